"""Years in which places merged, split or moved: a total may jump then (R-24)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from units.models import Place, PlaceChange, Succession

_STEPS = ("", "__commune", "__district", "__province")  # a place and those above it


def boundary_years(place: Place | None, years: Collection[int]) -> set[int]:
    """Those of `years` for one place, or for the nation. Two queries."""
    if place is not None:
        return {year for _pk, year in boundary_years_of({place.pk}, years)}
    spans = Q(effective_on__year__in=list(years))
    return {
        year
        for rows in (Succession.objects.filter(spans), PlaceChange.objects.filter(spans, undone_at=None))
        for year in rows.order_by().values_list("effective_on__year", flat=True).distinct()
    }


def boundary_years_of(places: Collection[int], years: Collection[int]) -> set[tuple[int, int]]:
    """(place, year) for many places: something of the place itself or inside it changed. Two queries."""
    spans = Q(effective_on__year__in=list(years))
    reforms = PlaceChange.objects.filter(undone_at=None)
    return {
        *_touched(Succession.objects.filter(spans), ("from_place", "to_place"), places),
        *_touched(reforms.filter(spans), ("place", "to_communes__place"), places),
    }


def _touched(rows, ends: tuple[str, ...], places: Collection[int]) -> Iterable[tuple[int, int]]:
    columns = [f"{end}{step}" for end in ends for step in _STEPS]
    inside = reduce(or_, (Q(**{f"{column}__in": places}) for column in columns))
    for year, *found in rows.filter(inside).order_by().values_list("effective_on__year", *columns).distinct():
        yield from ((pk, year) for pk in found if pk in places)
