"""Counts and lists of measures. One statement per measure, however many dossiers or places are asked at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from recognition.choices import FINAL_STATES, State
from recognition.domain.measures.definitions import DEFINITIONS
from recognition.domain.transitions import scope_condition
from recognition.rulebook_spec import RulebookSpec
from recognition.shares import DENOMINATOR_OF, Share
from units.models import Place, User
from units.rules import scope_of

OPEN = tuple(str(state) for state in State if state not in FINAL_STATES)
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of nothing
EVERYWHERE = "everywhere"


@dataclass(frozen=True)
class Computed:
    """A share with what proves it: how many dossiers it rests on are still open, and the checksum of its list.

    `listed`: how many stand on the list; with a reported denominator fewer than that number.
    """

    share: Share
    still_open: int = 0
    list_hash: str = EMPTY_HASH
    listed: int = 0


@dataclass(frozen=True)
class Subjects:
    """SQL of the subjects of a measure with its parameters: dossiers, or a place in a year."""

    sql: str
    params: tuple


def dossiers(ids: Iterable[int]) -> Subjects:
    """The given dossiers as subjects, by their ids."""
    return Subjects(
        "SELECT r.id AS subject, r.registrant_id, r.year::int, r.hamlet_id, r.commune_id, r.district_id, r.province_id"
        " FROM recognition_registration r WHERE r.id = ANY(%s)",
        (list(ids),),
    )


def places(ids: Iterable[int], year: int) -> Subjects:
    """Hamlets, communes, districts or provinces in a year as subjects, by their ids."""
    columns = ", ".join(
        f"CASE WHEN w.level = '{level}' THEN w.id ELSE {'NULL::bigint' if level == 'hamlet' else f'w.{level}_id'} END"
        f" AS {level}_id"
        for level in ("hamlet", "commune", "district", "province")
    )
    return Subjects(
        f"SELECT w.id AS subject, NULL::bigint AS registrant_id, %s::int AS year, {columns}"
        " FROM units_place w WHERE w.id = ANY(%s)",
        (year, list(ids)),
    )


def registrant_in(registrant_id: int, year: int, commune: Place) -> Subjects:
    """A registrant (a clan) in a year, as its commune sees it."""
    return Subjects(
        "SELECT g.id AS subject, g.id AS registrant_id, %s::int AS year, g.hamlet_id, %s::bigint AS commune_id,"
        " g.district_id, g.province_id FROM units_registrant g WHERE g.id = %s",
        (year, commune.pk, registrant_id),
    )


def count(measure: str, subjects: Subjects, *, within: str = "commune") -> dict[int, Computed]:
    """The measure of every subject. A subject of which nothing is known is left out."""
    definition = DEFINITIONS.get(measure)
    if definition is None:  # nothing in the register to count: only declared
        return {}
    members = definition.members(subjects.sql, everywhere=within == EVERYWHERE)
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x.subject, count(*) FILTER (WHERE x.counted), count(*), count(*) FILTER (WHERE x.state = ANY(%s)),"
            " encode(sha256(convert_to(string_agg(coalesce(x.registrant_id, -x.place_id) || ':' || x.counted::int, ','"
            " ORDER BY coalesce(x.registrant_id, -x.place_id)), 'UTF8')), 'hex')"
            f" FROM ({members}) x GROUP BY x.subject",
            [list(OPEN), *subjects.params, today],
        )
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
        whole = definition.whole or "NULL::int"
        cursor.execute(f"{definition.dated(subjects.sql)} SELECT t.subject, {whole} FROM t", [*subjects.params, today])
        wholes = dict(cursor.fetchall())
    found = {}
    for subject, reported in wholes.items():
        numerator, listed, still_open, digest = counted.get(subject, (0, 0, 0, EMPTY_HASH))
        denominator = reported if definition.whole else listed
        found[subject] = Computed(Share(numerator, denominator), still_open, digest, listed)
    return found


def denominator(measure: str, subjects: Subjects) -> int | None:
    """The denominator of a measure whose numerator has to be declared; None when that has to be declared, too."""
    whole = DENOMINATOR_OF.get(measure)
    counted = next(iter(count(whole, subjects).values()), None) if whole else None
    return counted.share.numerator if counted else None


def count_for_dossiers(specs: Mapping[int, RulebookSpec]) -> dict[int, dict[str, Computed]]:
    """Every derived share of dossiers: registration id → spec in, registration id → {code: Computed} out.

    One statement pair per measure asked for; a share that cannot be computed is left out.
    """
    wanted: dict[tuple[str, str], list[int]] = {}
    for pk, spec in specs.items():
        for derived in spec.derived:
            wanted.setdefault((derived.measure, derived.within), []).append(pk)
    results = {key: count(key[0], dossiers(ids), within=key[1]) for key, ids in wanted.items()}
    return {
        pk: {
            derived.code: results[derived.measure, derived.within][pk]
            for derived in spec.derived
            if pk in results[derived.measure, derived.within]
        }
        for pk, spec in specs.items()
    }


# --- The list behind a figure


@dataclass(frozen=True)
class Member:
    """One line of the list behind a share. `name` is empty for somebody outside the reader's postings."""

    registrant_id: int | None
    kind: str
    name: str
    place_name: str
    counted: bool
    dossier_id: int | None
    state: str

    @property
    def state_label(self) -> str:
        return str(State(self.state).label) if self.state else ""


ALL, COUNTED, NOT_COUNTED = "", "dat", "chua"


def members(
    user: User,
    measure: str,
    subjects: Subjects,
    *,
    within: str = "commune",
    only: str = ALL,
    limit: int = 50,
    offset: int = 0,
) -> list[Member]:
    """The list a share counts, page by page, in the order of names. Names stay inside the reader's postings."""
    definition = DEFINITIONS.get(measure)
    if definition is None:
        return []
    shown, shown_params = scope_condition(scope_of(user), "g")
    condition = {COUNTED: "WHERE x.counted", NOT_COUNTED: "WHERE NOT x.counted"}.get(only, "")
    sql = definition.members(subjects.sql, everywhere=within == EVERYWHERE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x.registrant_id, coalesce(g.kind, ''),"
            f" CASE WHEN x.place_id IS NOT NULL THEN q.name WHEN {shown} THEN g.name ELSE '' END,"
            f" CASE WHEN x.place_id IS NOT NULL OR {shown} THEN coalesce(h.name, c.name, '') ELSE coalesce(c.name, '')"
            f" END, x.counted, CASE WHEN {shown} THEN x.dossier_id END, coalesce(x.state, '')"
            f" FROM ({sql}) x LEFT JOIN units_registrant g ON g.id = x.registrant_id"
            " LEFT JOIN units_place q ON q.id = x.place_id LEFT JOIN units_place h ON h.id = g.hamlet_id"
            f" LEFT JOIN units_place c ON c.id = g.commune_id {condition}"
            " ORDER BY h.sort_key NULLS FIRST, coalesce(g.sort_key, q.sort_key), x.registrant_id, x.place_id"
            " LIMIT %s OFFSET %s",
            [*shown_params, *shown_params, *shown_params, *subjects.params, timezone.localdate(), limit, offset],
        )
        return [Member(*row) for row in cursor.fetchall()]
