"""Everything the rules of declared figures ask the database about some places and years, read in a fixed number of
statements; whoever saves holds the places' locks from then on."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import F, Q, Sum

from recognition.domain.boundaries import boundary_years_of
from recognition.models import Declaration, DeclaredFigure, Season, Tally
from recognition.rules import may_declare
from units.choices import Level
from units.models import Place, User

Where = tuple[int, int]  # key of the place, year
LastYear = dict[tuple[str, str], int]  # model, measure → figure of the year before


@dataclass
class Ground:
    """What stands before saving. Everything is by (key of the place, year)."""

    allowed: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    kept: dict[Where, Declaration] = field(default_factory=dict)
    figures: dict[Where, list[DeclaredFigure]] = field(default_factory=dict)
    records: dict[Where, dict[str, int]] = field(default_factory=dict)
    loaded_sources: set[tuple[str, int, int]] = field(default_factory=set)
    printed: dict[Where, LastYear] = field(default_factory=dict)
    declared: dict[Where, LastYear] = field(default_factory=dict)
    boundary: set[Where] = field(default_factory=set)  # something of the place merged, split or moved in the year

    def last_year(self, place: Place, year: int) -> LastYear:
        """Figures of the year before: of articles, and over them what the place declared itself."""
        where = (place.pk, year - 1)
        return self.printed.get(where, {}) | self.declared.get(where, {})

    def remember(self, declaration: Declaration, figures: Collection[DeclaredFigure]) -> None:
        """What is about to be saved stands from now on, also as the year before the next one."""
        where = (declaration.place_id, declaration.year)
        self.kept[where], self.figures[where] = declaration, list(figures)
        self.declared[where] = {
            (one.model, one.measure): one.value for one in figures if not one.group and one.measure in _COMPARED
        }


_COMPARED = ("total", "recognised")


def ground_of(actor: User, places: Collection[Place], years: Collection[int]) -> Ground:
    """Lock the places and read what is known of them in these years. Twelve statements at most, however many."""
    keys = {place.pk for place in places}
    # Two people declaring the same place follow one another; readers and foreign keys do not wait.
    list(Place.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
    found = Ground(allowed={place.pk for place in places if may_declare(actor, place)})
    found.closed = set(Season.objects.filter(year__in=years, is_closed=True).values_list("year", flat=True))
    for one in Declaration.objects.filter(place__in=keys, year__in=years):
        found.kept[one.place_id, one.year] = one
        found.figures[one.place_id, one.year] = []
    for figure in DeclaredFigure.objects.filter(declaration__in=[one.pk for one in found.kept.values()]):
        found.figures[figure.place_id, figure.year].append(figure)
    read_records(found, places, years)
    sources = DeclaredFigure.objects.filter(place__in=keys, year__in=years, declaration__isnull=True)
    found.loaded_sources = set(sources.order_by().values_list("source", "place_id", "year").distinct())
    last = DeclaredFigure.objects.filter(
        place__in=keys, year__in={year - 1 for year in years}, group="", measure__in=_COMPARED
    )
    for figure in last:
        told = found.declared if figure.declaration_id else found.printed
        told.setdefault((figure.place_id, figure.year), {})[figure.model, figure.measure] = figure.value
    found.boundary = boundary_years_of(keys, years)
    return found


def read_records(found: Ground, places: Collection[Place], years: Collection[int]) -> None:
    """Model → dossiers kept of a year: of wards and hamlets themselves, of higher places the sum of their wards."""
    for level in dict.fromkeys(place.level for place in places):
        keys = [place.pk for place in places if place.level == level]
        rows = Tally.objects.filter(year__in=years)
        if level in (Level.COMMUNE, Level.HAMLET):
            rows, column = rows.filter(place_id__in=keys), "place_id"
        else:
            column = f"{level}_id"
            rows = rows.filter(level=Level.COMMUNE, **{f"{column}__in": keys})
        counted = rows.values(column, "year", "model").annotate(dossiers=Sum(F("registered") + F("withdrawn")))
        for row in counted.filter(~Q(dossiers=0)).order_by("model"):
            found.records.setdefault((row[column], row["year"]), {})[row["model"]] = row["dossiers"]


def outside(place: Place, year: int) -> bool:
    """Did the place not exist at any time of the year?"""
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    return bool((place.valid_from and place.valid_from > last) or (place.valid_to and place.valid_to < first))
