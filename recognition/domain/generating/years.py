"""The yearly dossiers of one commune: who registered, how far each came, with which points. One statement for all.

Chance comes from a hash of the household's number in its commune and a salt of seed, commune and year, so the same seed
gives the same outcome whatever the ids are.
"""

from __future__ import annotations

import hashlib
import random

from psycopg2.extras import execute_values

from recognition.choices import State
from recognition.domain.generating import people, points
from recognition.domain.generating.places import HamletPair
from recognition.domain.generating.plan import REFORM, CommunePlan, Plan
from recognition.domain.registering import counting_day

TABLE = "generated_dossier"
SEASON = "generated_season"
GOALS = "generated_goal"
# How far a hamlet is in the running year; earlier years are decided.
REGISTERED, ASSESSED, REVIEWED, PROPOSED, DECIDED = range(1, 6)
RUNNING = (REGISTERED, ASSESSED, ASSESSED, REVIEWED, REVIEWED, PROPOSED, DECIDED, DECIDED)
WITHDRAWN, RETURNED, REFUSED = 0.008, 0.004, 0.006  # shares of a year's dossiers
RETURN_REASON = "Chưa có minh chứng học tập của người lớn, đề nghị bổ sung."
REFUSE_REASON = "Thông tin trong hồ sơ không khớp với thực tế tại địa bàn."
WITHDRAW_REASON = "Gia đình xin rút đăng ký."


def create_scratch(cursor) -> None:
    """Scratch tables of the session; emptied before each commune."""
    for table in (TABLE, SEASON, GOALS):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {SEASON} (year smallint, day date, rulebook_id bigint, passing smallint,"
        " most smallint, registered float8, recognised float8, salt bigint)"
    )
    cursor.execute(f"CREATE TEMPORARY TABLE {GOALS} (hamlet_id bigint, year smallint, goal smallint)")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {TABLE} ("
        "id bigint DEFAULT nextval(pg_get_serial_sequence('recognition_registration', 'id')::regclass),"
        " n integer, registrant_id bigint, year smallint, rulebook_id bigint, area varchar, hamlet_id bigint,"
        " commune_id bigint, district_id bigint, province_id bigint, goal smallint, state varchar,"
        " review_half smallint, self_half smallint, variant smallint, jitter float8)"
    )


def choose_outcomes(cursor, plan: Plan, commune: CommunePlan, hamlets: list[HamletPair], bounds) -> None:
    """Fill the scratch table of dossiers for every year of one commune."""
    rng = random.Random(f"{plan.seed}:{commune.commune.code}:years")
    cursor.execute(f"TRUNCATE {TABLE}, {SEASON}, {GOALS}")
    execute_values(cursor.cursor, f"INSERT INTO {SEASON} VALUES %s", _seasons(rng, plan, commune, bounds))
    execute_values(cursor.cursor, f"INSERT INTO {GOALS} VALUES %s", _goals(rng, plan, hamlets), page_size=1000)
    cursor.execute(_CHOOSE, {"reform": REFORM, "household_salt": _salt(plan.seed, commune.commune.code, "household")})
    cursor.execute(f"ANALYZE {TABLE} (hamlet_id, commune_id, year, state)")


def _seasons(rng: random.Random, plan: Plan, commune: CommunePlan, bounds) -> list[tuple]:
    """Shares of the commune, rising through the years: registered 70–92 %, recognised of these 60–85 %."""
    registered, recognised = rng.uniform(0.72, 0.82), rng.uniform(0.62, 0.70)
    registered_rise, recognised_rise = rng.uniform(0.03, 0.09), rng.uniform(0.06, 0.14)
    rows = []
    for index, year in enumerate(plan.years):
        part = index / max(len(plan.years) - 1, 1)
        rulebook = plan.rulebooks[year]
        limits = bounds[rulebook.pk, commune.commune.area_class]
        rows.append(
            (
                year,
                counting_day(year),
                rulebook.pk,
                limits.passing,
                limits.maximum,
                registered + registered_rise * part + rng.uniform(-0.01, 0.01),
                recognised + recognised_rise * part + rng.uniform(-0.01, 0.01),
                _salt(plan.seed, commune.commune.code, year),
            )
        )
    return rows


def _goals(rng: random.Random, plan: Plan, hamlets: list[HamletPair]) -> list[tuple]:
    """How far each hamlet came in each year: the places of the counting day."""
    rows = []
    for year in plan.years:
        now = counting_day(year) >= REFORM
        running = year == plan.years[-1]
        for pair in hamlets:
            rows.append((pair.new.pk if now else pair.old.pk, year, rng.choice(RUNNING) if running else DECIDED))
    return rows


def _salt(seed: int, code: str, what: object) -> int:
    """A 62-bit number for hashint8extended; the last digit is left free for its several uses."""
    digest = hashlib.sha256(f"{seed}:{code}:{what}".encode()).digest()
    return int.from_bytes(digest[:7], "big") * 16


def _chance(use: int, salt: str = "y.salt") -> str:
    """SQL: an even chance from 0 to 1 for the household, by the number of its use."""
    return f"((hashint8extended(h.n, {salt} + {use}) & 1048575)::float8 / 1048576)"


# Most families decide alike every year; one in ten decides anew.
_WILLING = f"CASE WHEN {_chance(0)} < 0.1 THEN {_chance(1)} ELSE {_chance(0, '%(household_salt)s')} END"
_REVIEW = (
    f"CASE WHEN d.passes THEN d.passing + floor((d.most - d.passing - 2) * power(d.{{}}, 0.9))"
    f" ELSE d.passing - 1 - floor({points.BELOW - 1} * d.{{}} * d.{{}}) END"
).replace("{}", "height")
_CHOOSE = f"""
INSERT INTO {TABLE} (n, registrant_id, year, rulebook_id, area, hamlet_id, commune_id, district_id, province_id, goal,
                     state, review_half, self_half, variant, jitter)
SELECT d.n, d.id, d.year, d.rulebook_id, d.area_class, d.hamlet_id, d.commune_id, d.district_id, d.province_id, d.goal,
  CASE WHEN d.fate < {WITHDRAWN} THEN '{State.WITHDRAWN}'
       WHEN d.goal = {REGISTERED} THEN '{State.REGISTERED}'
       WHEN d.goal = {ASSESSED} THEN '{State.SELF_ASSESSED}'
       WHEN d.fate < {WITHDRAWN + RETURNED} THEN '{State.RETURNED}'
       WHEN NOT d.passes OR d.goal = {REVIEWED} THEN '{State.REVIEWED}'
       WHEN d.goal = {PROPOSED} THEN '{State.PROPOSED}'
       WHEN d.fate < {WITHDRAWN + RETURNED + REFUSED} THEN '{State.REFUSED}'
       ELSE '{State.RECOGNISED}' END,
  d.review, least(d.most, d.review + (ARRAY[0, 0, 0, 0, 1, 2, 4, 8])[1 + floor(8 * d.lowered)::int]),
  floor({points.VARIANTS} * d.height), d.jitter
FROM (
  SELECT d.*, ({_REVIEW})::smallint AS review
  FROM (
    SELECT h.n, h.id, y.year, y.rulebook_id, y.passing, y.most, g.goal, p.area_class, p.id AS hamlet_id, p.commune_id,
      p.district_id, p.province_id, {_chance(2)} AS fate, {_chance(3)} < y.recognised + {WITHDRAWN + REFUSED} AS passes,
      {_chance(4)} AS height, {_chance(5)} AS lowered, {_chance(6)} AS jitter
    FROM {people.TABLE} h
    CROSS JOIN {SEASON} y
    JOIN units_place p ON p.id = CASE WHEN y.day < %(reform)s THEN h.old_hamlet_id ELSE h.hamlet_id END
    JOIN {GOALS} g ON g.hamlet_id = p.id AND g.year = y.year
    WHERE h.opened_on <= y.day AND (h.closed_on IS NULL OR h.closed_on > y.day) AND {_WILLING} < y.registered
  ) AS d
) AS d
ORDER BY d.year, d.n
"""
