"""What every page of the chain asks first: which place, which year, which dossier, and whether that is allowed."""

from __future__ import annotations

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse

from portal.lib.years import PARAM, current_year
from recognition.choices import LearningModel
from recognition.models import Registration
from units.choices import LEVEL_ORDER, Level
from units.models import Place, User
from units.rules import scope_of

WITH_NAMES = (Level.COMMUNE, Level.HAMLET)  # places whose lists name people; above them there are only totals


def year_of(request) -> int:
    """The year asked for by the address (?nam=), else that of the year switch."""
    return current_year(request)


def model_of(request) -> LearningModel:
    """The model asked for by the address (?model=), else families."""
    asked = request.GET.get("model", "")
    return LearningModel(asked) if asked in LearningModel.values else LearningModel.FAMILY


def own_places(user: User, *levels: str) -> list[Place]:
    """Places of the person's postings, nearest ones first, each once."""
    places = {posting.place_id: posting.place for posting in user.active_postings() if posting.place_id}
    found = [place for place in places.values() if not levels or place.level in levels]
    return sorted(found, key=lambda place: -LEVEL_ORDER.index(Level(place.level)))


def place_or_404(user: User, pk, *levels: str) -> Place:
    """The place if it is inside the person's postings (and of one of `levels`)."""
    rows = Place.objects.select_related("province", "district", "commune", "parent")
    readable = str(pk).isdecimal() and len(str(pk)) < 19
    place = rows.filter(pk=pk, **({"level__in": levels} if levels else {})).first() if readable else None
    if place is None or not scope_of(user).covers(place):
        raise Http404
    return place


def own_tabs(user: User, current: Place | None, url, *levels: str) -> list[dict]:
    """Links between the places of somebody posted to several. `url`: a function of the place."""
    places = own_places(user, *levels)
    if len(places) < 2:
        return []
    return [{"label": place.name, "url": url(place), "active": place == current} for place in places]


def hamlets_of(place: Place, year: int) -> list[Place]:
    """Hamlets of a ward that stood during the year's end, or stand today."""
    if place.level != Level.COMMUNE:
        return []
    rows = Place.objects.below(place).filter(level=Level.HAMLET).order_by("sort_key", "pk")
    return [hamlet for hamlet in rows if hamlet.valid_to is None or hamlet.valid_to.year >= year]


def registration_or_404(request, pk: int) -> Registration:
    """One dossier inside the person's postings, with everything its pages show of it."""
    rows = Registration.objects.visible_to(request.user).select_related(
        "registrant__household",
        "registrant__community",
        "rulebook",
        "hamlet__province",
        "hamlet__district",
        "hamlet__commune",
        "commune__province",
        "commune__district",
        "district",
        "province",
        "proposal",
        "meeting",
        "award__decision",
    )
    return get_object_or_404(rows, pk=pk)


def list_url(**query) -> str:
    """Address of the list of dossiers with its filters."""
    params = QueryDict(mutable=True)
    names = {"year": PARAM}
    params.update({names.get(name, name): value for name, value in query.items() if value not in (None, "")})
    return reverse("recognition:registration-list") + (f"?{params.urlencode()}" if params else "")
