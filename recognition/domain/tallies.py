"""Figures of a place, a year and a model, read from the kept tallies. One statement each, whatever the size.

Every figure people see comes from here: tiles, dashboards, reports, commands. Tallies are exact in the same
transaction as the work they count, so these figures equal a recount of the records at any moment.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

from django.db import connection

from portal.lib import prepared
from portal.lib.numbers import round_half_up
from recognition.choices import MODEL_KIND, LearningModel, Rank, State
from recognition.domain.extents import Extent, child_level, extent_of
from recognition.models.tallies import COUNTERS
from units.choices import Level
from units.models import Place

# Communities are the places themselves: their total is the number of places that stood on 31 December.
COMMUNITY_LEVEL = {
    LearningModel.COMMUNITY_HAMLET: Level.HAMLET,
    LearningModel.COMMUNITY_COMMUNE: Level.COMMUNE,
    LearningModel.COMMUNITY_DISTRICT: Level.DISTRICT,
    LearningModel.COMMUNITY_PROVINCE: Level.PROVINCE,
}
AT_STATE = {
    State.REGISTERED: "at_registered",
    State.SELF_ASSESSED: "at_self_assessed",
    State.REVIEWED: "at_reviewed",
    State.INSPECTED: "at_inspected",
    State.PROPOSED: "at_proposed",
    State.RETURNED: "returned",
}
# Bare sums: nothing to add comes back as NULL and is read as 0 in Python, which plans faster than 17 coalesces.
SUMS = ", ".join(f"sum({name}) AS {name}" for name in COUNTERS)
# Each root with itself and every place of its level that went wholly into it. Parameters: ids, level.
_LINE = (
    "line(root, member) AS (SELECT i, i FROM unnest(%s::bigint[]) AS i UNION"
    # OFFSET 0 keeps this a look-up per place: a recursion is expected to grow, so a plain join reads whole tables.
    " SELECT line.root, x.from_place_id FROM line CROSS JOIN LATERAL (SELECT u.from_place_id FROM units_succession u"
    " JOIN units_place f ON f.id = u.from_place_id AND f.level = %s"
    " WHERE u.to_place_id = line.member AND NOT u.partial OFFSET 0) x)"
)
_STANDING = (
    "(p.valid_from IS NULL OR p.valid_from <= {day}) AND (p.valid_to IS NULL OR p.valid_to >= {day})"  # day: SQL
)


def share(part, whole) -> Decimal | None:
    """`part` in percent of `whole`, half up to two decimals; None (shown as a dash) when the whole is nothing."""
    if part is None or not whole:
        return None
    return round_half_up(Decimal(part) * 100 / Decimal(whole), 2)


@dataclass(frozen=True)
class Figures:
    """Counts of one place, year and model. `total`: registrants that stood there on 31 December of the year.

    `declared` names the sources when (part of) the counts are declared figures instead of records.
    """

    total: int = 0
    registered: int = 0
    assessed: int = 0
    reviewed: int = 0
    inspected: int = 0
    at_registered: int = 0
    at_self_assessed: int = 0
    at_reviewed: int = 0
    at_inspected: int = 0
    at_proposed: int = 0
    returned: int = 0
    withdrawn: int = 0
    recognised: int = 0
    refused: int = 0
    rank_good: int = 0
    rank_fair: int = 0
    rank_average: int = 0
    rank_not_met: int = 0
    met_level_1: int = 0
    met_level_2: int = 0
    declared: tuple[str, ...] = ()
    unknown: frozenset[str] = field(default=frozenset())  # measures a declared source does not give

    def __add__(self, other: Figures) -> Figures:
        summed = {name: getattr(self, name) + getattr(other, name) for name in NUMBERS}
        sources = tuple(dict.fromkeys((*self.declared, *other.declared)))
        return Figures(**summed, declared=sources, unknown=self.unknown | other.unknown)

    @property
    def has_dossiers(self) -> bool:
        """Was anything registered or recognised at all? A year nobody recorded is not a year of zeros."""
        return bool(self.registered or self.recognised)

    @property
    def registered_of_total(self) -> Decimal | None:
        return None if "registered" in self.unknown else share(self.registered, self.total)

    @property
    def recognised_of_registered(self) -> Decimal | None:
        return None if self.unknown & {"registered", "recognised"} else share(self.recognised, self.registered)

    @property
    def recognised_of_total(self) -> Decimal | None:
        return None if self.unknown & {"total", "recognised"} else share(self.recognised, self.total)

    @property
    def waiting(self) -> dict[str, int]:
        """Open dossiers by the state they stand in."""
        return {state: getattr(self, name) for state, name in AT_STATE.items()}

    @property
    def proposed(self) -> int:
        """Dossiers that have reached the deciding body, whatever it said."""
        return self.at_proposed + self.decided

    @property
    def proposed_or_inspected(self) -> int:
        """The same where the team comes after the proposal: what it has scored was proposed, too."""
        return self.proposed + self.at_inspected

    @property
    def decided(self) -> int:
        """Dossiers with a decision, for or against."""
        return self.recognised + self.refused

    @property
    def open(self) -> int:
        """Dossiers of the year that have no decision yet."""
        return sum(self.waiting.values())

    @property
    def ranks(self) -> dict[str, int]:
        return {rank: getattr(self, f"rank_{rank.lower()}") for rank in Rank.values}

    def shown(self, name: str) -> int | None:
        """A count, or None when only sources are known that do not give it (shown as a dash, never as zero)."""
        return getattr(self, name) or (None if name in self.unknown else 0)


NUMBERS = tuple(one.name for one in fields(Figures) if one.name not in ("declared", "unknown"))


@dataclass(frozen=True)
class ChildPlace:
    """What a table of figures needs of a place: cheaper than a model object for thousands of rows."""

    pk: int
    code: str
    name: str
    level: str
    parent_name: str
    area_class: str
    valid_from: datetime.date | None
    valid_to: datetime.date | None
    is_former: bool  # ended during the year; its rows still belong to the sum

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class ChildFigures:
    """One row of the level below."""

    place: ChildPlace
    figures: Figures
    previous: Figures = Figures()


def rows_of(extent: Extent) -> tuple[str, list]:
    """SQL condition and parameters: the kept rows that add up to the extent."""
    if extent.place is None:
        return "level = 'commune'", []
    if len(extent.ids) == 1:  # a plain equality is planned faster
        among, params = "= %s", [extent.ids[0]]
    else:
        among, params = "= ANY(%s)", [list(extent.ids)]
    if extent.place.level in (Level.PROVINCE, Level.DISTRICT):
        return f"level = 'commune' AND {extent.place.level}_id {among}", params
    return f"place_id {among}", params


def _places_of(extent: Extent, level: str) -> tuple[str, list]:
    """SQL condition on units_place p: places of `level` inside the extent, itself included."""
    if extent.place is None:
        return "p.level = %s", [level]
    if _above(level, extent.place.level):
        return "false", []
    column = "id" if extent.place.level == level else f"{extent.place.level}_id"
    return f"p.level = %s AND p.{column} = ANY(%s)", [level, list(extent.ids)]


def total_sql(extent: Extent, model: str, *, year: str) -> tuple[str, list]:
    """SQL of the total on 31 December of `year` (a SQL expression)."""
    if model in COMMUNITY_LEVEL:
        where, params = _places_of(extent, COMMUNITY_LEVEL[model])
        day = f"make_date({year}, 12, 31)"
        return f"SELECT count(*) FROM units_place p WHERE {where} AND {_STANDING.format(day=day)}", params
    where, params = rows_of(extent)
    return (
        f"SELECT sum(came - gone) FROM units_registertally WHERE {where} AND kind = %s AND year <= {year}",
        [*params, MODEL_KIND[model]],
    )


def yearly(place: Place | None, years: Iterable[int], model: str) -> dict[int, Figures]:
    """Figures of several years, from records only. One statement, two when the years cross the start of the place."""
    by_ids: dict[tuple[int, ...], list[int]] = {}
    early: tuple[int, ...] | None = None
    for year in sorted(set(years)):
        ids = () if place is None else (place.pk,)
        if place is not None and place.valid_from is not None and year <= place.valid_from.year:
            early = early or with_predecessors(place)  # the same places for every early year: look them up once
            ids = early
        by_ids.setdefault(ids, []).append(year)
    found: dict[int, Figures] = {}
    for ids, some in by_ids.items():
        found |= _yearly_of(Extent(place, some[0], ids), some, model)
    return found


def with_predecessors(place: Place) -> tuple[int, ...]:
    """The place and all that went wholly into it, through any number of reforms. One statement."""
    line = _LINE.replace("%s", "ARRAY[$1]", 1).replace("%s", "$2")
    (members,) = prepared.fetch_one(
        "place_predecessors",
        "bigint, text",
        f"WITH RECURSIVE {line} SELECT array_agg(member ORDER BY member) FROM line",
        [place.pk, str(place.level)],
    )
    return tuple(members)


def _one_year(extent: Extent, year: int, model: str) -> Figures:
    """The common case, one place and one year: planned once per connection, for planning costs more than reading."""
    first = "bigint"
    if extent.place is None:
        shape, where, values = "nation", "level = 'commune'", [-1]
    elif extent.place.level in (Level.PROVINCE, Level.DISTRICT):
        shape = extent.place.level
        where, values = f"level = 'commune' AND {shape}_id = $1", list(extent.ids)
    else:
        shape, where, values = "place", "place_id = $1", list(extent.ids)
    if len(values) > 1:  # with its predecessors
        shape, where, values, first = f"{shape}s", where.replace("$1", "ANY($1)"), [values], "bigint[]"
    return figures_from(
        prepared.fetch_one(
            f"figures_{shape}",
            f"{first}, text, int, text",
            f"SELECT (SELECT sum(came - gone) FROM units_registertally WHERE {where} AND kind = $2 AND year <= $3),"
            f" {SUMS} FROM recognition_tally WHERE {where} AND year = $3 AND model = $4",
            [*values, str(MODEL_KIND[model]), year, str(model)],
        )
    )


def figures_from(numbers: tuple) -> Figures:
    """Figures from one row of sums in the order of their fields; nothing counts as 0."""
    return Figures(*[value or 0 for value in numbers])


def _yearly_of(extent: Extent, years: list[int], model: str) -> dict[int, Figures]:
    if len(years) == 1 and model not in COMMUNITY_LEVEL:
        return {years[0]: _one_year(extent, years[0], model)}
    where, params = rows_of(extent)
    total, total_params = total_sql(extent, model, year="y.year")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT y.year, ({total}), t.* FROM unnest(%s::int[]) AS y(year)"
            f" LEFT JOIN LATERAL (SELECT {SUMS} FROM recognition_tally"
            f" WHERE {where} AND year = y.year AND model = %s) AS t ON true",
            [*total_params, years, *params, model],
        )
        return {row[0]: figures_from(row[1:]) for row in cursor.fetchall()}


def figures_for(place: Place | None, year: int, model: str) -> Figures:
    """Figures of one place (None: the nation) in one year, from records only."""
    return yearly(place, [year], model)[year]


def children_figures(place: Place | None, year: int, model: str, *, with_previous: bool = False) -> list[ChildFigures]:
    """Rows of the level below with their sums, in the order people count. One statement, two with last year.

    Nation → provinces; province → districts (before 07/2025) or communes; commune → hamlets. Before a place existed:
    its predecessors. Places that ended during the year keep their row, so the rows always add up to the whole.
    """
    extent = extent_of(place, year)
    level = place.level if extent.is_before else child_level(place)
    if level is None or (model in COMMUNITY_LEVEL and _above(COMMUNITY_LEVEL[model], level)):
        return []
    rows, row_params, column = _child_rows(extent, level)
    kids, kid_params = _child_places(extent, level)
    if model in COMMUNITY_LEVEL:
        inside, total_params = _places_of(extent, COMMUNITY_LEVEL[model])
        own = "id" if level == COMMUNITY_LEVEL[model] else f"{level}_id"
        total = (
            f"SELECT p.{own} AS id, count(*) AS total FROM units_place p"
            f" WHERE {inside} AND {_STANDING.format(day='%s::date')} GROUP BY 1"
        )
        total_params = [*total_params, extent.day, extent.day]
    else:
        total = (
            f"SELECT {column} AS id, sum(came - gone)::bigint AS total FROM units_registertally"
            f" WHERE {rows} AND kind = %s AND year <= %s GROUP BY 1"
        )
        total_params = [*row_params, MODEL_KIND[model], year]
    names = ", ".join(f"coalesce(s.{name}, 0) AS {name}" for name in COUNTERS)
    counters = ", ".join(f"x.{name}" for name in COUNTERS)
    with connection.cursor() as cursor:
        # Names are looked up row by row (LIMIT 1): joined plainly, the planner reads the whole table of places.
        cursor.execute(
            f"WITH k AS (SELECT p.id FROM units_place p WHERE {kids} AND {_STANDING.format(day='%s::date')}),"
            f" s AS (SELECT {column} AS id, {SUMS} FROM recognition_tally"
            f" WHERE {rows} AND year = %s AND model = %s GROUP BY 1),"
            f" r AS ({total}),"
            f" x AS (SELECT id, k.id IS NULL AS former, coalesce(r.total, 0) AS total, {names}"
            f" FROM k FULL JOIN s USING (id) FULL JOIN r USING (id))"
            f" SELECT p.id, p.code, p.name, p.level, coalesce(a.name, ''), p.area_class, p.valid_from, p.valid_to,"
            f" x.former, x.total, {counters} FROM x"
            f" JOIN LATERAL (SELECT * FROM units_place o WHERE o.id = x.id LIMIT 1) p ON true"
            f" LEFT JOIN LATERAL (SELECT o.name FROM units_place o WHERE o.id = p.parent_id LIMIT 1) a ON true"
            f" WHERE NOT x.former OR x.total <> 0 OR x.registered + x.withdrawn <> 0"
            f" ORDER BY p.sort_key, p.id",
            [*kid_params, extent.day, extent.day, *row_params, year, model, *total_params],
        )
        found = [ChildFigures(ChildPlace(*row[:9]), Figures(*row[9:])) for row in cursor.fetchall()]
    if not with_previous or not found:
        return found
    before = figures_by_place(level, [row.place.pk for row in found], year - 1, model)
    return [replace(row, previous=before[row.place.pk]) for row in found]


def figures_by_place(level: str, ids: list[int], year: int, model: str) -> dict[int, Figures]:
    """Figures of many places of one level in one statement, whole predecessors counted, from records only."""
    column = f"{level}_id" if level in (Level.PROVINCE, Level.DISTRICT) else "place_id"
    only = "t.level = 'commune' AND " if column != "place_id" else ""
    if model in COMMUNITY_LEVEL:
        community = COMMUNITY_LEVEL[model]
        own = "id" if level == community else f"{level}_id"
        total = (
            "SELECT l.root, count(*) AS total FROM line l JOIN units_place p"
            f" ON p.{own} = l.member AND p.level = '{community}'"
            f" AND {_STANDING.format(day='make_date(%s, 12, 31)')} GROUP BY 1"
        )
        total_params = [year, year]
    else:
        total = (
            "SELECT l.root, sum(m.total)::bigint AS total FROM line l CROSS JOIN LATERAL ("
            "SELECT sum(t.came - t.gone) AS total FROM units_registertally t"
            f" WHERE {only}t.{column} = l.member AND t.kind = %s AND t.year <= %s) m GROUP BY 1"
        )
        total_params = [MODEL_KIND[model], year]
    each = ", ".join(f"sum({name}) AS {name}" for name in COUNTERS)
    sums = ", ".join(f"sum(m.{name})::bigint AS {name}" for name in COUNTERS)
    names = ", ".join(f"coalesce(s.{name}, 0)" for name in COUNTERS)
    with connection.cursor() as cursor:
        # Summed per place of the line (see _LINE): index look-ups whatever size the tables have.
        cursor.execute(
            f"WITH RECURSIVE {_LINE},"
            f" s AS (SELECT l.root, {sums} FROM line l CROSS JOIN LATERAL (SELECT {each} FROM recognition_tally t"
            f" WHERE {only}t.{column} = l.member AND t.year = %s AND t.model = %s) m GROUP BY 1),"
            f" r AS ({total})"
            f" SELECT i, coalesce(r.total, 0), {names} FROM unnest(%s::bigint[]) AS i"
            " LEFT JOIN s ON s.root = i LEFT JOIN r ON r.root = i",
            [ids, level, year, model, *total_params, ids],
        )
        return {row[0]: Figures(*row[1:]) for row in cursor.fetchall()}


def _child_rows(extent: Extent, level: str) -> tuple[str, list, str]:
    """Condition, parameters and grouping column of the kept rows that make up the children."""
    if level == Level.HAMLET and extent.place.level == Level.COMMUNE:
        return "level = 'hamlet' AND commune_id = ANY(%s)", [list(extent.ids)], "place_id"
    where, params = rows_of(extent)
    return where, params, f"{level}_id" if level in (Level.PROVINCE, Level.DISTRICT) else "place_id"


def _child_places(extent: Extent, level: str) -> tuple[str, list]:
    """Condition on units_place p: the places that get a row even with nothing to count."""
    if extent.place is None:
        return "p.level = %s", [level]
    if extent.is_before:
        return "p.id = ANY(%s)", [[one.pk for one in extent.predecessors]]
    return f"p.level = %s AND p.{extent.place.level}_id = %s", [level, extent.place.pk]


def _above(level: str, other: str) -> bool:
    order = list(Level.values)
    return order.index(level) < order.index(other)
