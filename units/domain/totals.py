"""How many registrants stand where, read from RegisterTally: never by counting the register."""

from django.db.models import F, Sum

from units.choices import Level, RegistrantKind
from units.models import Place, RegisterTally


def _tallies(place: Place | None, kind: str, year: int | None):
    rows = RegisterTally.objects.filter(kind=kind)
    if year is not None:
        rows = rows.filter(year__lte=year)
    if place is None:
        return rows.filter(level=Level.COMMUNE)
    if place.level in (Level.COMMUNE, Level.HAMLET):
        return rows.filter(place=place)
    return rows.filter(level=Level.COMMUNE, **{place.fact_column: place.pk})


def register_total(place: Place | None, *, kind: str = RegistrantKind.HOUSEHOLD, year: int | None = None) -> int:
    """Registrants of a kind in `place` (None: the nation) on 31 December of `year`; without a year: now."""
    return _tallies(place, kind, year).aggregate(total=Sum(F("came") - F("gone")))["total"] or 0


def register_totals(
    place: Place | None, by: str, *, kind: str = RegistrantKind.HOUSEHOLD, year: int | None = None
) -> dict[int, int]:
    """Place id → registrants, for the places of level `by` below `place` (None: the nation)."""
    if by == Level.HAMLET:
        rows = RegisterTally.objects.filter(kind=kind, level=Level.HAMLET, commune_id=place.pk)
        if year is not None:
            rows = rows.filter(year__lte=year)
        key = "place_id"
    else:
        rows, key = _tallies(place, kind, year), f"{by}_id"
    return dict(rows.values_list(key).annotate(total=Sum(F("came") - F("gone"))).order_by())
