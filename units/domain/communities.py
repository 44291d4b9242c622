"""Communities: a hamlet or a commune as a registrant, so every registration of the year has one."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import clean
from units import rules
from units.choices import CloseReason, Level, RegistrantKind
from units.domain.errors import NotAllowed, RegisterError
from units.domain.registrants import Book, check_opening
from units.models import Community, Place, Registrant, Stay, User

LEVELS = (Level.COMMUNE, Level.HAMLET)
# Its name is that of its place, so only the note is typed.
BOOK = Book(
    kind=RegistrantKind.COMMUNITY,
    profile=Community,
    fields=(),
    noun=gettext_lazy("cộng đồng"),
    name_label=gettext_lazy("tên cộng đồng"),
    levels=LEVELS,
    wrong_level=gettext_lazy("Chỉ khu phố, thôn, ấp và phường, xã có cộng đồng học tập trong sổ."),
)


@transaction.atomic
def add_community(
    *, actor: User | None, place: Place, opened_on: datetime.date | None = None, note: str = ""
) -> Registrant:
    """Enter the community of a hamlet or commune; the one already there is returned as it is.

    `opened_on` defaults to the day the place (or the commune of a hamlet) began, else 1 January of this year. A place
    that has ended enters closed from the day after its last, so no later year counts it.
    Raises NotAllowed, RegisterError.
    """
    _check(actor=actor, place=place)
    if opened_on:
        check_opening(place=place, opened_on=opened_on)
    Place.objects.select_for_update(no_key=True).get(pk=place.pk)  # two clicks: the second finds the first one's
    there = Registrant.objects.filter(community__place=place).first()
    return there or _create([place], opened_on, clean(note))[0]


@transaction.atomic
def ensure_communities(
    *, actor: User | None, commune: Place, opened_on: datetime.date | None = None
) -> list[Registrant]:
    """Enter the communities still missing for a commune and all its hamlets; returns the new ones.

    The number of statements does not depend on the number of hamlets. Raises NotAllowed, RegisterError.
    """
    if commune.level != Level.COMMUNE:
        raise RegisterError(_("Hãy chọn một phường, xã."))
    _check(actor=actor, place=commune)
    Place.objects.select_for_update(no_key=True).get(pk=commune.pk)
    return _create(list(missing_communities(commune)), opened_on)


def missing_communities(commune: Place):
    """The commune and its hamlets (of today, or of its last day when it has ended) that have no community yet."""
    day = commune.valid_to if commune.is_legacy else timezone.localdate()
    places = Place.objects.filter(pk=commune.pk) | Place.objects.below(commune).on(day)
    return (
        places.filter(level__in=LEVELS, community__isnull=True)
        .select_related("commune")
        .order_by("level", "sort_key", "pk")
    )


def _check(*, actor: User | None, place: Place) -> None:
    if place.level not in LEVELS:
        raise RegisterError(_("Chỉ khu phố, thôn, ấp và phường, xã có cộng đồng học tập trong sổ."))
    if actor is not None and not rules.may_keep_register(actor, place):
        raise NotAllowed(_("Bạn không giữ sổ của %(place)s.") % {"place": place.name})


def start_of(place: Place, opened_on: datetime.date | None) -> datetime.date:
    """The day asked for, never before the place; without one the day the place or its commune began, else this year."""
    began = place.valid_from or (place.commune.valid_from if place.commune_id else None)
    this_year = datetime.date(min(timezone.localdate().year, (place.valid_to or datetime.date.max).year), 1, 1)
    start = opened_on or began or this_year
    return max(start, place.valid_from) if place.valid_from else start


def _create(places: list[Place], opened_on: datetime.date | None, note: str = "") -> list[Registrant]:
    registrants = []
    for place in places:
        start = start_of(place, opened_on)
        registrant = Registrant(kind=BOOK.kind, name=place.name, opened_on=start, note=note, **place.fact_ids)
        if place.is_legacy:
            if start > place.valid_to:
                raise RegisterError(_("%(place)s không còn vào ngày đó.") % {"place": place.name}, field="opened_on")
            registrant.closed_on = place.valid_to + datetime.timedelta(days=1)
            registrant.close_reason = CloseReason.DISSOLVED
        registrant.derive()
        registrants.append(registrant)
    Registrant.objects.bulk_create(registrants)
    pairs = list(zip(registrants, places, strict=True))
    Community.objects.bulk_create(Community(registrant=registrant, place=place) for registrant, place in pairs)
    Stay.objects.bulk_create(
        Stay(
            registrant=registrant,
            kind=registrant.kind,
            since=registrant.opened_on,
            until=registrant.closed_on,
            **place.fact_ids,
        )
        for registrant, place in pairs
    )
    return registrants
