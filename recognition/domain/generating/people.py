"""Households of one commune: COPY into a scratch table, then one INSERT … SELECT per table of the register."""

from __future__ import annotations

import datetime
import io
import random

from portal.lib.text import bigrams, fold, sort_key
from recognition.domain.generating.names import address, people
from recognition.domain.generating.places import HamletPair
from recognition.domain.generating.plan import REFORM, CommunePlan, Plan
from units.choices import CloseReason, Poverty, RegistrantKind

TABLE = "generated_household"
_COLUMNS = (
    "n, name, search_name, bigrams, sort_key, hamlet_id, old_hamlet_id, opened_on, closed_on, address, address_key,"
    " group_name, members, adults, pupils, poverty"
)
LATER = 0.06  # came after the first year
LEFT = 0.03  # left during the years
MEMBERS = ((1, 0), (2, 0), (2, 0), (2, 1), (2, 1), (2, 2), (2, 2), (2, 3), (3, 0), (3, 1), (3, 2), (4, 1), (5, 0))


def create_scratch(cursor) -> None:
    """The scratch table of the session; emptied before each commune."""
    cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {TABLE} (n integer,"
        " id bigint DEFAULT nextval(pg_get_serial_sequence('units_registrant', 'id')::regclass),"
        " name varchar, search_name varchar, bigrams varchar[], sort_key varchar, hamlet_id bigint,"
        " old_hamlet_id bigint, opened_on date, closed_on date, address varchar, address_key varchar,"
        " group_name varchar, members smallint, adults smallint, pupils smallint, poverty varchar)"
    )


def enter_households(cursor, plan: Plan, commune: CommunePlan, hamlets: list[HamletPair]) -> None:
    """Fill the scratch table and the register with the households of one commune."""
    rng = random.Random(f"{plan.seed}:{commune.commune.code}:households")
    cursor.execute(f"TRUNCATE {TABLE}")
    feed = io.StringIO("".join(_lines(rng, plan, commune, hamlets)))
    cursor.cursor.copy_expert(f"COPY {TABLE} ({_COLUMNS}) FROM STDIN", feed)
    cursor.execute(f"ANALYZE {TABLE} (hamlet_id, old_hamlet_id)")
    for statement, params in _STATEMENTS:
        cursor.execute(statement, params)


def _lines(rng: random.Random, plan: Plan, commune: CommunePlan, hamlets: list[HamletPair]):
    """One COPY line per household; hamlets differ in size, groups are numbered through the commune."""
    weights = [rng.uniform(0.6, 1.4) for _hamlet in hamlets]
    belongs = sorted(rng.choices(range(len(hamlets)), weights=weights, k=commune.households))
    urban = commune.commune.kind == "phường"
    first = plan.years[0]
    for n, (index, name) in enumerate(zip(belongs, people(rng, commune.households), strict=True), start=1):
        pair = hamlets[index]
        opened, closed = _when(rng, first, plan.years[-1])
        folded = fold(name)
        home = address(rng, urban=urban)
        adults, pupils = rng.choice(MEMBERS)
        poverty = Poverty.NONE
        if (chance := rng.random()) < 0.04:
            poverty = Poverty.POOR if chance < 0.012 else Poverty.NEAR_POOR
        pairs = '","'.join(bigrams(folded))
        yield (
            f'{n}\t{name}\t{folded}\t{{"{pairs}"}}\t{sort_key(name)}\t{pair.new.pk}\t{pair.old.pk}\t{opened}\t'
            f"{closed or chr(92) + 'N'}\t{home}\t{fold(home)}\tTổ {index * 8 + int(rng.random() * 8) + 1}\t"
            f"{adults + pupils + (rng.random() < 0.2)}\t{adults}\t{pupils}\t{poverty.value}\n"
        )


def _when(rng: random.Random, first: int, last: int) -> tuple[datetime.date, datetime.date | None]:
    """Entered before the first year or, a few, later; a few of those who were there have left."""
    chance = rng.random()
    month, day = int(rng.random() * 9) + 1, int(rng.random() * 20) + 5  # never past today, never the day of the reform
    if last > first and chance < LATER:
        return datetime.date(rng.randint(first, last - 1), month, day), None
    opened = datetime.date(first - 1 - int(rng.random() * 12), month, day)
    if last > first and chance < LATER + LEFT:
        return opened, datetime.date(rng.randint(first, last - 1), month, day)
    return opened, None


_OLD = "h.closed_on IS NOT NULL AND h.closed_on <= %(reform)s"
_PARAMS = {
    "reform": REFORM,
    "kind": RegistrantKind.HOUSEHOLD.value,
    "moved": CloseReason.MOVED_AWAY.value,
}
_STATEMENTS = [
    (
        "INSERT INTO units_registrant (id, kind, name, search_name, bigrams, sort_key, hamlet_id, commune_id,"
        " district_id, province_id, opened_on, closed_on, close_reason, note)"
        " SELECT h.id, %(kind)s, h.name, h.search_name, h.bigrams, h.sort_key, p.id, p.commune_id, p.district_id,"
        " p.province_id, h.opened_on, h.closed_on, CASE WHEN h.closed_on IS NULL THEN '' ELSE %(moved)s END, ''"
        f" FROM {TABLE} h JOIN units_place p"
        f" ON p.id = CASE WHEN {_OLD} THEN h.old_hamlet_id ELSE h.hamlet_id END ORDER BY h.n",
        _PARAMS,
    ),
    (
        "INSERT INTO units_household (registrant_id, address, address_key, group_name, members, adults, pupils,"
        " poverty, phone) SELECT id, address, address_key, group_name, members, adults, pupils, poverty, ''"
        f" FROM {TABLE} ORDER BY n",
        {},
    ),
    (
        "INSERT INTO units_stay (registrant_id, kind, hamlet_id, commune_id, district_id, province_id, since, until)"
        " SELECT s.registrant_id, %(kind)s, p.id, p.commune_id, p.district_id, p.province_id, s.since, s.until"
        " FROM (SELECT n, 1 AS part, id AS registrant_id, old_hamlet_id AS place_id, opened_on AS since,"
        f" least(closed_on, %(reform)s) AS until FROM {TABLE} h WHERE h.opened_on < %(reform)s"
        " UNION ALL SELECT n, 2, id, hamlet_id, greatest(opened_on, %(reform)s), closed_on"
        f" FROM {TABLE} h WHERE NOT coalesce({_OLD}, FALSE)) AS s"
        " JOIN units_place p ON p.id = s.place_id ORDER BY s.n, s.part",
        _PARAMS,
    ),
]
