"""Poor households beside learning families, as articles print them: declared, with its source, never counted here.

Rows of DeclaredFigure for families with measure "count" and group "poor" (files of figures may hold them): the number
of poor households, with the printed percentage where the source gives one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from recognition.choices import LearningModel
from recognition.domain.tallies import Figures, share
from recognition.models import DeclaredFigure
from units.models import Place

MEASURE, GROUP = "count", "poor"
YEARS = 10


@dataclass(frozen=True)
class PovertyShare:
    """A declared number of poor households. `percent` is as printed or, where nothing is printed, of `whole`."""

    year: int
    households: int
    percent: Decimal | None
    is_printed: bool
    source: str


def poor_declared(place: Place | None, rows: Iterable[int | None], year: int) -> dict[int, int]:
    """Declared poor households of a year by place: of the given places and of `place` itself. One query.

    Where several sources say something, the last one entered counts.
    """
    ids = {pk for pk in rows if pk} | ({place.pk} if place else set())
    found = DeclaredFigure.objects.filter(
        place__in=ids, model=LearningModel.FAMILY, measure=MEASURE, group=GROUP, year=year
    )
    return dict(found.order_by("pk").values_list("place_id", "value"))


def poverty_of(place: Place | None, year: int, figures: Figures) -> list[PovertyShare]:
    """What is declared for exactly this place, up to the year, oldest first. One query."""
    if place is None:
        return []
    rows = DeclaredFigure.objects.filter(
        place=place,
        model=LearningModel.FAMILY,
        measure=MEASURE,
        group=GROUP,
        year__lte=year,
        year__gt=year - YEARS,
    ).order_by("year", "source")
    return [
        PovertyShare(
            row.year,
            row.value,
            # Only this year's households are at hand; another year's share is printed or not known.
            row.printed_percent if row.printed_percent is not None else _of_total(row, year, figures),
            row.printed_percent is not None,
            row.source,
        )
        for row in rows
    ]


def _of_total(row: DeclaredFigure, year: int, figures: Figures) -> Decimal | None:
    return share(row.value, figures.total) if row.year == year and "total" not in figures.unknown else None
