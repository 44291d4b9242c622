"""Who stands in the register but not in a list: they may have moved away, closed or died. Found after a list was
written, looked through by a person, taken out of the register together, and brought back together."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from units.choices import ImportState, Level, RegistrantKind, RowVerdict
from units.models import ImportBatch, Registrant


def absent(batch: ImportBatch) -> QuerySet:
    """Open registrants of the kind and the places a written list is about, whom it does not name. Rows that were not
    written name whoever bears that name, too: they stand in the list, only not well enough."""
    if batch.state != ImportState.DONE:
        return Registrant.objects.none()
    rows = batch.rows.order_by()
    good = rows.filter(verdict__in=(RowVerdict.ADDED, RowVerdict.CHANGED, RowVerdict.UNCHANGED))
    left = rows.filter(verdict__in=(RowVerdict.DUPLICATE, RowVerdict.REFUSED))
    found = Registrant.objects.filter(_about(batch, good), kind=batch.kind).open()
    # NOT EXISTS is joined; NOT IN a hundred thousand rows may be asked row by row.
    found = found.filter(~Exists(good.filter(registrant_id=OuterRef("pk"))))
    found = found.filter(~Exists(left.filter(search_name=OuterRef("search_name"))))
    return found.filter(opened_on__lte=timezone.localdate(batch.confirmed_at))  # nobody who came since


def _about(batch: ImportBatch, good: QuerySet) -> Q:
    """Where a list is complete, as far as it tells by itself: in the places its rows stand in."""
    if batch.kind == RegistrantKind.HOUSEHOLD:
        return Q(hamlet__in=good.values("hamlet"))
    ward, whole = Q(commune=batch.place_id), batch.place.level == Level.COMMUNE
    inside = ward if whole else Q(hamlet=batch.place_id)
    if batch.kind == RegistrantKind.COMMUNITY:
        return inside & Q(hamlet__isnull=False)  # a list of hamlets seldom names the ward itself
    named = Registrant.objects.filter(kind=batch.kind, pk__in=good.values("registrant_id"))
    if batch.kind == RegistrantKind.CITIZEN:
        # A list of members speaks of their hamlets, a list of staff of their organisation.
        homes = named.filter(citizen__household__isnull=False).values("hamlet")
        work = named.filter(citizen__organisation__isnull=False).values("citizen__organisation")
        return inside & (Q(citizen__household__isnull=False, hamlet__in=homes) | Q(citizen__organisation__in=work))
    # A ward's list without hamlets is about all of the ward; one that names a hamlet in each row about those hamlets.
    rows = good.filter(Exists(named.filter(pk=OuterRef("registrant_id"))))
    if whole and rows.filter(hamlet__isnull=True).exists():
        return ward
    return inside & Q(hamlet__in=rows.values("hamlet")) if whole else inside
