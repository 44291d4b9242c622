"""Where a figure comes from: the rows it counts, who came and went since a day, and what was signed.

The conditions are those of the tallies, so the list is as long as the figure. Names only for a hamlet or ward; above
them the figure is explained by the places below.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from recognition.choices import MODEL_KIND, State
from recognition.domain.extents import Extent
from recognition.domain.tallies import COMMUNITY_LEVEL, Figures
from recognition.figure_names import FIGURES
from recognition.models import Registration, YearReport
from recognition.models.tallies import COUNTERS
from recognition.models.waiting import OPEN_STATES
from units.choices import Level
from units.models import Place, Stay, User

WITH_NAMES = (Level.COMMUNE, Level.HAMLET)
MOST_IN_WARD = 10_000_000  # no bound: what a ward reads are its own dossiers
LONGEST_ABOVE = 31  # days back that changes are looked for above the ward
SHOWN = 20  # changes told by name, newest first; beyond it their number


def _in(states) -> str:
    return "state IN ({})".format(", ".join(f"'{state}'" for state in states))


CONDITIONS = {
    **COUNTERS,
    "proposed": _in([State.PROPOSED, State.RECOGNISED, State.REFUSED]),
    "proposed_or_inspected": _in([State.PROPOSED, State.INSPECTED, State.RECOGNISED, State.REFUSED]),
    "decided": _in([State.RECOGNISED, State.REFUSED]),
    "open": _in(OPEN_STATES),
}


def counted(figure: str) -> str:
    """The count whose rows explain a figure: itself, or the part of a rate."""
    over = FIGURES[figure].over
    return over[0] if over else figure


def value_of(figures: Figures, figure: str):
    """The figure; None where it is not known."""
    if FIGURES[figure].over:
        return getattr(figures, figure)
    return figures.shown(figure)


# --- The list


def dossiers(user: User, extent: Extent, model: str, figure: str):
    """The dossiers a count is made of, inside the person's postings, people in the Vietnamese order of names."""
    rows = Registration.objects.visible_to(user).filter(year=extent.year, model=model).filter(_inside(extent))
    # Unqualified names of the condition stand for the innermost table, that of the registrations.
    same = RawSQL(f"SELECT c.id FROM recognition_registration c WHERE {_of(extent)[0]} AND c.year = %s AND c.model = %s"
                  f" AND {_qualified(figure)}", [*_of(extent)[1], extent.year, model])  # fmt: skip
    return (
        rows.filter(pk__in=same)
        .select_related("registrant", "hamlet", "commune")
        .order_by("registrant__sort_key", "registrant_id", "pk")
    )


def registrants(extent: Extent, model: str):
    """The stays a total is made of: who stood there on 31 December."""
    day = extent.day
    return (
        Stay.objects.filter(_inside(extent), kind=MODEL_KIND[model], since__lte=day)
        .filter(Q(until__isnull=True) | Q(until__gt=day))
        .select_related("registrant", "hamlet", "commune")
        .order_by("registrant__sort_key", "registrant_id", "pk")
    )


def _inside(extent: Extent) -> Q:
    if extent.place is None:
        return Q()
    inside = Q(**{f"{extent.place.level}_id__in": list(extent.ids)})
    if extent.place.level == Level.HAMLET:  # stays are found by their ward
        inside &= Q(commune_id__in=Place.objects.filter(pk__in=extent.ids).values("commune_id"))
    return inside


def _of(extent: Extent) -> tuple[str, list]:
    if extent.place is None:
        return "TRUE", []
    return f"c.{extent.place.level}_id = ANY(%s)", [list(extent.ids)]


def _qualified(figure: str) -> str:
    return f"({CONDITIONS[figure]})"


# --- Changes


@dataclass(frozen=True)
class Change:
    """A dossier that began or ceased to count."""

    registration_id: int
    name: str
    place: str
    before: str
    after: str
    at: datetime.datetime
    by: str
    note: str

    @property
    def before_label(self) -> str:
        return str(State(self.before).label) if self.before else ""

    @property
    def after_label(self) -> str:
        return str(State(self.after).label) if self.after else ""


@dataclass
class Changes:
    """What a count gained and lost since the beginning of a day. By place above the ward: (place id, came, went)."""

    since: datetime.date
    came: int = 0
    went: int = 0
    coming: list[Change] = field(default_factory=list)
    going: list[Change] = field(default_factory=list)
    by_place: list[tuple[int, int, int]] = field(default_factory=list)
    too_many: int = 0  # more dossiers than this were worked on: nothing was added up

    @property
    def net(self) -> int:
        return self.came - self.went


# Whose last change of state is not before the day. In a ward: its dossiers, found by the index of its list.
_IN_WARD = (
    "SELECT c.id, 1 AS n FROM recognition_registration c"
    " WHERE c.state_at >= %s AND c.year = %s AND c.model = %s AND {where}"
)
# Above it: what the append-only history wrote since, so many entries at most; a moment in a dossier is never later
# than its entry. `n`: of how many entries a dossier is made.
_ABOVE = (
    "SELECT e.id, count(*) AS n FROM (SELECT c.pgh_obj_id AS id FROM recognition_registrationevent c"
    " WHERE c.pgh_created_at >= %s AND c.state_at >= %s AND c.year = %s AND c.model = %s AND {where}"
    " LIMIT {most}) e GROUP BY e.id"
)
_FLIPS = (
    "WITH touched AS ({touched}),"
    " flips AS (SELECT r.id, r.registrant_id, r.hamlet_id, r.commune_id, r.district_id, r.province_id,"
    " r.state, r.state_at, r.state_by_name, r.state_note, coalesce(b.state, '') AS was_state,"
    " coalesce(b.counted, FALSE) AS was, coalesce(n.counted, FALSE) AS is_now FROM touched t"
    " JOIN recognition_registration r ON r.id = t.id"
    " CROSS JOIN LATERAL (SELECT {condition} AS counted FROM recognition_registration c WHERE c.id = t.id) n"
    " LEFT JOIN LATERAL (SELECT c.state, {condition} AS counted FROM recognition_registrationevent c"
    " WHERE c.pgh_obj_id = t.id AND c.state_at < %s ORDER BY c.pgh_id DESC LIMIT 1) b ON TRUE"
    " WHERE (SELECT coalesce(sum(n), 0) FROM touched) <= {most}),"
    " moved AS (SELECT * FROM flips WHERE was <> is_now) "
)


def changes(extent: Extent, model: str, figure: str, since: datetime.date, *, below: str | None = None) -> Changes:
    """Who came into a count of dossiers and who left it since `since` began. One statement.

    below: a level; then numbers by place of that level instead of names. Above the ward it is needed, and no more than
    HISTORY_MOST_READ entries of the history are read, however large the place and the day; then `too_many` says so
    and nothing is added up.
    """
    start = timezone.make_aware(datetime.datetime.combine(since, datetime.time.min))
    where, params = _of(extent)
    found = Changes(since)
    most, values = settings.HISTORY_MOST_READ, [start, start, extent.year, model, *params, start]
    if extent.place is not None and extent.place.level in WITH_NAMES:  # as many as the ward has, all of them its own
        touched, most, values = _IN_WARD.format(where=where), MOST_IN_WARD, values[1:]
    else:
        touched = _ABOVE.format(where=where, most=most + 1)
    sql = _FLIPS.format(touched=touched, condition=_qualified(figure), most=most)
    with connection.cursor() as cursor:
        if below is not None:
            cursor.execute(
                f"{sql} SELECT {below}_id, count(*) FILTER (WHERE is_now), count(*) FILTER (WHERE was) FROM moved"
                " GROUP BY 1 UNION ALL SELECT 0, coalesce(sum(n), 0), 0 FROM touched",
                values,
            )
            rows = {pk: (came, went) for pk, came, went in cursor.fetchall() if pk is not None}
            found.too_many = most if rows.pop(0)[0] > most else 0
            ordered = sorted(rows.items(), key=lambda row: (-sum(row[1]), row[0]))
            found.by_place = [(pk, came, went) for pk, (came, went) in ordered]
            found.came = sum(row[1] for row in found.by_place)
            found.went = sum(row[2] for row in found.by_place)
            return found
        cursor.execute(
            f"{sql} SELECT m.is_now, m.total, m.id, g.name, coalesce(p.name, ''), m.was_state, m.state, m.state_at,"
            " m.state_by_name, m.state_note FROM (SELECT *, count(*) OVER (PARTITION BY is_now) AS total,"
            " row_number() OVER (PARTITION BY is_now ORDER BY state_at DESC, id) AS position FROM moved) m"
            " JOIN units_registrant g ON g.id = m.registrant_id"
            " LEFT JOIN units_place p ON p.id = coalesce(m.hamlet_id, m.commune_id)"
            " WHERE m.position <= %s ORDER BY m.is_now DESC, m.position",
            [*values, SHOWN],
        )
        for is_now, total, *rest in cursor.fetchall():
            (found.coming if is_now else found.going).append(Change(*rest))
            if is_now:
                found.came = total
            else:
                found.went = total
    return found


def stay_changes(extent: Extent, model: str, since: datetime.date) -> Changes:
    """Who came to the register of a hamlet or ward and who left it since a day, by the dates written there."""
    rows = Stay.objects.filter(_inside(extent), kind=MODEL_KIND[model]).select_related(
        "registrant", "hamlet", "commune"
    )
    came = rows.filter(since__gte=since, since__lte=extent.day).filter(Q(until__isnull=True) | Q(until__gt=extent.day))
    went = rows.filter(until__gte=since, until__lte=extent.day, since__lt=since)
    return Changes(
        since,
        came=came.count(),
        went=went.count(),
        coming=[_stay(one, one.since) for one in came.order_by("-since", "pk")[:SHOWN]],
        going=[_stay(one, one.until) for one in went.order_by("-until", "pk")[:SHOWN]],
    )


def _stay(stay: Stay, day: datetime.date) -> Change:
    at = timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
    return Change(stay.registrant_id, stay.registrant.name, str(stay.hamlet or stay.commune or ""), "", "", at, "", "")


def has_changes(extent: Extent, model: str, figure: str) -> bool:
    """Can the changes of a count be told? Of places by their own dates elsewhere; of registers up to the ward."""
    if figure != "total":
        return True
    return model not in COMMUNITY_LEVEL and extent.place is not None and extent.place.level in WITH_NAMES


# --- What was signed


@dataclass(frozen=True)
class Frozen:
    """The figure as a signed report prints it. `own`: the report is the place's own, else that of a place above."""

    report: YearReport
    own: bool
    value: object


def frozen(user: User, place: Place | None, year: int, table: str, figure: str) -> list[Frozen]:
    """Newest signed reports of the place and the places above that print the figure. One query."""
    above = Q(place=None)
    if place is not None:
        ids = [pk for pk in (place.pk, place.commune_id, place.district_id, place.province_id) if pk]
        above = Q(place__in=ids) | (above if place.level == Level.PROVINCE else Q())
    reports = (
        YearReport.objects.visible_to(user)
        .filter(above, year=year)
        .annotate(table=KeyTransform(table, "tables"))
        .defer("tables", "narrative", "findings")
        .select_related("place")
        .order_by("place_id", "-version")
        .distinct("place_id")
    )
    found = []
    for report in reports:
        row = _printed(report, place)
        if row is not None and figure in row["values"]:
            kept = row["values"][figure]
            value = kept["decimal"] if isinstance(kept, dict) else kept
            found.append(Frozen(report, report.place_id == (place.pk if place else None), value))
    return sorted(found, key=lambda one: not one.own)


def _printed(report: YearReport, place: Place | None) -> dict | None:
    table = report.table
    if not table:
        return None
    if report.place_id == (place.pk if place else None):
        return table["total"]
    return next((row for row in table["rows"] if row["place"] == place.pk), None)
