"""A place held still while somebody is entered in it."""

from __future__ import annotations

from units.models import Place


def held(place: Place) -> Place:
    """The place as it stands now, locked until the transaction ends.

    A reform takes the full lock of the hamlets it ends: either it waits for whoever is being entered and carries them
    along, or they wait for it and are then refused, because the hamlet has ended.
    """
    rows = Place.objects.select_related("commune", "district", "province", "parent")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=place.pk)
