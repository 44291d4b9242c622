"""Who still owes figures: places below with neither dossiers of the year nor declared figures."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, Value
from django.utils import timezone

from recognition.models import Declaration, DeclaredFigure, Nudge, Tally
from units.choices import Level
from units.models import Place

SILENT = Q(has_records=False, is_declared=False, is_covered=False)


@dataclass(frozen=True)
class Owing:
    """A place below. For a row of the nation `places` wards are counted, of which `owe` have nothing.

    is_covered: a hamlet whose ward declared for the whole ward and did not ask it (Nudge) for figures of its own.
    """

    place: Place
    has_records: bool
    is_declared: bool
    declaration: Declaration | None = None
    places: int = 1
    owe: int = 0
    is_covered: bool = False

    @property
    def owes(self) -> bool:
        return self.owe > 0


def counted_day(year: int) -> datetime.date:
    """The day whose places are asked: the last of the year, or today."""
    return min(datetime.date(year, 12, 31), timezone.localdate())


def owing(place: Place | None, year: int) -> list[Owing]:
    """Wards of a province or district, hamlets of a ward; the nation's provinces with their wards counted.

    A ward that declares for the whole ward has said what there is of its hamlets: they owe nothing, unless somebody
    above reminded them in that year to send theirs. Three queries at most, whatever the number of places.
    """
    if place is None:
        return _provinces(year)
    if place.level == Level.HAMLET:
        return []
    level = Level.HAMLET if place.level == Level.COMMUNE else Level.COMMUNE
    found = _with_state(year, level).filter(**{place.fact_column: place.pk})
    rows = list(found.select_related("province", "district", "commune").order_by("sort_key", "pk"))
    kept = {one.place_id: one for one in Declaration.objects.filter(place__in=rows, year=year)}
    return [
        Owing(
            row,
            row.has_records,
            row.is_declared,
            kept.get(row.pk),
            owe=int(not row.has_records and not row.is_declared and not row.is_covered),
            is_covered=row.is_covered,
        )
        for row in rows
    ]


def count_owing(place: Place | None, year: int) -> tuple[int, int]:
    """(places that owe, places in all) below a place. One query."""
    if place is not None and place.level == Level.HAMLET:
        return 0, 0
    level = Level.HAMLET if place is not None and place.level == Level.COMMUNE else Level.COMMUNE
    rows = _with_state(year, level)
    if place is not None:
        rows = rows.filter(**{place.fact_column: place.pk})
    found = rows.aggregate(owe=Count("pk", filter=SILENT), places=Count("pk"))
    return found["owe"], found["places"]


def _with_state(year: int, level: str):
    """Places of a level that stood on the day, each with whether it has dossiers and declared figures of the year.

    And whether its ward spoke for it. Of wards nobody does: a province's own figures are no ward's.
    """
    dossiers = Tally.objects.filter(place_id=OuterRef("pk"), year=year).filter(Q(registered__gt=0) | Q(withdrawn__gt=0))
    figures = DeclaredFigure.objects.filter(place_id=OuterRef("pk"), year=year)
    covered = Value(False)
    if level == Level.HAMLET:
        of_ward = DeclaredFigure.objects.filter(place_id=OuterRef("commune_id"), year=year)
        covered = Exists(of_ward) & ~Exists(Nudge.objects.filter(place_id=OuterRef("pk"), year=year))
    return (
        Place.objects.on(counted_day(year))
        .filter(level=level)
        .annotate(
            has_records=Exists(dossiers),
            is_declared=Exists(figures),
            is_covered=ExpressionWrapper(covered, output_field=BooleanField()),
        )
    )


def _provinces(year: int) -> list[Owing]:
    counted = {
        row["province_id"]: row
        for row in _with_state(year, Level.COMMUNE)
        .values("province_id")
        .annotate(
            places=Count("pk"),
            owe=Count("pk", filter=SILENT),
            kept=Count("pk", filter=Q(has_records=True)),
        )
        .order_by()
    }
    rows = list(
        Place.objects.on(counted_day(year))
        .filter(level=Level.PROVINCE)
        .annotate(is_declared=Exists(DeclaredFigure.objects.filter(place_id=OuterRef("pk"), year=year)))
        .order_by("sort_key", "pk")
    )
    kept = {one.place_id: one for one in Declaration.objects.filter(place__in=rows, year=year)}
    return [
        Owing(
            row,
            bool(counted.get(row.pk, {}).get("kept")),
            row.is_declared,
            kept.get(row.pk),
            counted.get(row.pk, {}).get("places", 0),
            counted.get(row.pk, {}).get("owe", 0),
        )
        for row in rows
    ]
