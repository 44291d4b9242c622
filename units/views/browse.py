"""The place a list stands in. Lists of the register always stand in one ward or hamlet; above that one drills down."""

from __future__ import annotations

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from units.choices import Level, RegistrantKind
from units.domain.totals import register_total, register_totals
from units.models import Place, User
from units.rules import role_scope, scope_of

WITH_LIST = (Level.COMMUNE, Level.HAMLET)


def own_places(user: User) -> list[Place]:
    """Places of the person's postings, nearest ones (with lists) first, each once."""
    places = {posting.place_id: posting.place for posting in user.active_postings() if posting.place_id}
    return sorted(places.values(), key=lambda place: place.level not in WITH_LIST)


def place_or_404(user: User, pk: int, *levels: str) -> Place:
    """The place if it is inside the person's postings (and of one of `levels`)."""
    rows = Place.objects.select_related("province", "district", "commune")
    place = rows.filter(pk=pk, **({"level__in": levels} if levels else {})).first()
    if place is None or not scope_of(user).covers(place):
        raise Http404
    return place


def own_tabs(user: User, current: Place | None, url_name: str) -> list[dict]:
    """Links between the places of somebody posted to several; empty for everybody else."""
    places = own_places(user)
    if len(places) < 2:
        return []
    return [
        {"label": place.name, "url": reverse(url_name, args=[place.pk]), "active": place == current} for place in places
    ]


def drill_down(place: Place | None, url_name: str, *, kind: str = RegistrantKind.HOUSEHOLD) -> dict:
    """Places one level below `place` (None: the nation) with how many registrants each holds now."""
    level = place.child_level if place else Level.PROVINCE
    day = place.valid_to if place and place.is_legacy else timezone.localdate()
    below = Place.objects.below(place) if place else Place.objects.all()
    places = below.filter(level=level).on(day).order_by("sort_key", "pk")
    totals = register_totals(place, level, kind=kind)
    rows = [{"place": one, "total": totals.get(one.pk, 0), "url": reverse(url_name, args=[one.pk])} for one in places]
    return {
        "place": place,
        "title": place.name if place else _("Cả nước"),
        "rows": rows,
        "total": register_total(place, kind=kind),
        "level_label": Level(level).label,
    }


def hamlets_kept_by(user: User, roles):
    """Today's hamlets whose register the person keeps, in the order people count them."""
    return (
        Place.objects.filter(level=Level.HAMLET)
        .current()
        .filter(role_scope(user, roles).q(own=True))
        .select_related("commune")
        .order_by("commune__sort_key", "sort_key", "pk")
    )


def places_kept_by(user: User, roles):
    """Today's wards and hamlets whose register the person keeps: the ward first, then hamlets as people count them."""
    return (
        Place.objects.filter(level__in=WITH_LIST)
        .current()
        .filter(role_scope(user, roles).q(own=True))
        .select_related("commune")
        .order_by("level", "commune__sort_key", "sort_key", "pk")
    )


def hamlets_of(place: Place) -> list[Place]:
    """Hamlets to filter a ward's list by: today's, or those of its last day."""
    if place.level != Level.COMMUNE:
        return []
    day = place.valid_to if place.is_legacy else timezone.localdate()
    return list(Place.objects.below(place).filter(level=Level.HAMLET).on(day).order_by("sort_key", "pk"))
