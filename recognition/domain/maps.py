"""The same years on two maps: that of today, and that of the year as it then was.

On today's map a place carries whatever went wholly into it. On the map of then each place keeps its own figures, as it
stood; what went over only in part is never split by guess and shows on that map alone.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from recognition.choices import MODEL_KIND
from recognition.domain.extents import child_level
from recognition.domain.tallies import (
    COMMUNITY_LEVEL,
    SUMS,
    ChildFigures,
    ChildPlace,
    Figures,
    figures_by_place,
    figures_from,
    with_predecessors,
)
from units.choices import Level
from units.models import Place

TODAY, THEN = "hom-nay", "nam-do"  # values of the switch in an address


@dataclass(frozen=True)
class PlaceLine:
    """A place through the years it stood, with its own figures only."""

    place_id: int
    name: str
    figures: dict[int, Figures]


def is_new_since(place: Place | None, years) -> bool:
    """Did the place itself begin within or after these years, so that earlier ones belong to others?"""
    return place is not None and place.valid_from is not None and place.valid_from.year >= min(years)


def lines_then(place: Place, years, model: str) -> list[PlaceLine]:
    """The place and everything that went wholly into it, each with its own years. Two statements."""
    ids, years = list(with_predecessors(place)), sorted(years)
    column = f"{place.level}_id" if place.level in (Level.PROVINCE, Level.DISTRICT) else "place_id"
    only = "level = 'commune' AND " if column != "place_id" else ""
    end = "make_date(y.year, 12, 31)"
    stood = f"(p.valid_from IS NULL OR p.valid_from <= {end}) AND (p.valid_to IS NULL OR p.valid_to >= {end})"
    if model in COMMUNITY_LEVEL:
        level = COMMUNITY_LEVEL[model]
        inside = "c.id = p.id" if level == place.level else f"c.{place.level}_id = p.id"
        total = (
            f"SELECT count(*) FROM units_place c WHERE c.level = '{level}' AND {inside}"
            f" AND (c.valid_from IS NULL OR c.valid_from <= {end}) AND (c.valid_to IS NULL OR c.valid_to >= {end})"
        )
        total_params: list = []
    else:
        total = f"SELECT sum(came - gone) FROM units_registertally WHERE {only}{column} = p.id AND kind = %s"
        total += " AND year <= y.year"
        total_params = [MODEL_KIND[model]]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.id, p.name, coalesce(a.name, ''), y.year, {stood}, ({total}), t.*"
            " FROM units_place p CROSS JOIN unnest(%s::int[]) AS y(year)"
            " LEFT JOIN units_place a ON a.id = coalesce(p.district_id, p.province_id) AND a.id <> p.id"
            f" LEFT JOIN LATERAL (SELECT {SUMS} FROM recognition_tally"
            f" WHERE {only}{column} = p.id AND year = y.year AND model = %s) AS t ON true"
            " WHERE p.id = ANY(%s) ORDER BY p.valid_from DESC NULLS LAST, p.sort_key, p.id, y.year",
            [*total_params, years, model, ids],
        )
        rows = cursor.fetchall()
    found: dict[int, PlaceLine] = {}
    for pk, name, above, year, was_there, *numbers in rows:
        figures = figures_from(tuple(numbers))
        if not was_there and not figures.has_dossiers:
            continue
        label = name if pk == place.pk or not above else f"{name} ({above})"
        found.setdefault(pk, PlaceLine(pk, label, {})).figures[year] = figures
    return list(found.values())


def differs(place: Place | None, year: int) -> bool:
    """Did places of the level below begin after the year, so that the maps show different rows? At most one query."""
    level = child_level(place)
    if level is None or (place is not None and place.valid_to is not None):
        return False
    end = datetime.date(year, 12, 31)
    if place is not None and place.valid_from is not None and place.valid_from > end:
        return True  # its rows of then are those it came from
    rows = Place.objects.filter(level=level, valid_from__gt=end, valid_to__isnull=True)
    return rows.filter(**({} if place is None else {place.fact_column: place.pk})).exists()


def children_today(place: Place | None, year: int, model: str) -> list[ChildFigures]:
    """Rows of the level below as the map is today, with the figures of `year` carried into them. Three statements."""
    level = child_level(place)
    if level is None:
        return []
    today = timezone.localdate()
    rows = Place.objects.filter(level=level).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today))
    rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=today))
    if place is not None:
        rows = rows.filter(**{place.fact_column: place.pk})
    places = [
        ChildPlace(*row, is_former=False)
        for row in rows.order_by("sort_key", "pk").values_list(
            "pk",
            "code",
            "name",
            "level",
            Coalesce(F("parent__name"), F("code")),
            "area_class",
            "valid_from",
            "valid_to",
        )
    ]
    ids = [one.pk for one in places]
    now, before = (figures_by_place(level, ids, one, model) for one in (year, year - 1))
    return [ChildFigures(one, now[one.pk], before[one.pk]) for one in places]
