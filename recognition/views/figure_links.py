"""Where a figure leads: the list it counts. Lists hold personal data, so people get links only inside their scope."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

from django.urls import reverse

from portal.lib.years import this_year
from recognition.choices import MODEL_KIND, LearningModel, State
from recognition.domain.tallies import AT_STATE, COMMUNITY_LEVEL
from units.choices import Level
from units.models import Place, User
from units.rules import scope_of

# Counts that are the dossiers standing in one state.
STATE_OF = {name: state for state, name in AT_STATE.items()} | {
    "recognised": State.RECOGNISED,
    "refused": State.REFUSED,
    "withdrawn": State.WITHDRAWN,
}
# The yearly table that prints a model's figures.
TABLE_OF = {
    LearningModel.FAMILY: "TK-01",
    LearningModel.CLAN: "TK-02",
    LearningModel.COMMUNITY_HAMLET: "TK-03",
    LearningModel.UNIT: "TK-04",
    LearningModel.CITIZEN: "TK-05",
    LearningModel.COMMUNITY_COMMUNE: "TK-06",
}


def may_open_lists(user: User, place: Place | None) -> bool:
    """Do the person's postings cover the place? Totals are open to everybody signed in, names are not."""
    scope = scope_of(user)
    return scope.everything or (place is not None and scope.covers(place))


def registrations(user: User, place: Place | None, year: int, model: str, state: str = "", **more) -> str:
    """The dossiers a count is made of; "" for people outside the place. `more`: further filters of the list."""
    return list_of(place.pk if place else None, year, model, state, **more) if may_open_lists(user, place) else ""


def list_of(place_pk: int | None, year: int, model: str, state: str = "", **more) -> str:
    """Address of that list, for callers who know that the person may open it."""
    query = {"place": place_pk or "", "nam": year, "model": model, "state": state, **more}
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse('recognition:registration-list')}?{text}"


def register(user: User, place: Place | None, model: str) -> str:
    """The register a total is made of; "" for people outside the place."""
    if place is None or not may_open_lists(user, place):
        return ""
    return reverse(f"units:{MODEL_KIND[LearningModel(model)].lower()}-place", args=[place.pk])


def working_list(user: User, place: Place | None, year: int, model: str, figure: str) -> str:
    """The working list of exactly the rows a figure counts; "" where there is none, and for people outside the place.

    A register shows today: it is the total of the running year alone. Communities are counted as places. Above the
    ward registers and families are no list of names but of places, whatever the state.
    """
    by_places = place is None or place.level not in (Level.COMMUNE, Level.HAMLET)
    if by_places and (figure == "total" or model == LearningModel.FAMILY):
        return ""
    if figure == "total":
        return register(user, place, model) if year >= this_year() and model not in COMMUNITY_LEVEL else ""
    if figure == "registered" or figure in STATE_OF:
        return registrations(user, place, year, model, STATE_OF.get(figure, ""))
    return ""


def behind(user: User, place: Place | None, year: int, model: str, figure: str) -> str:
    """Where the rows of a figure stand: its working list, else the page that explains it and lists them."""
    return working_list(user, place, year, model, figure) or explain(place, year, model, figure)


def missing(user: User, place: Place | None, year: int) -> str:
    """Who is missing for a hamlet or ward to reach its mark; "" for people outside it and for places above."""
    if place is None or place.level not in (Level.HAMLET, Level.COMMUNE) or not may_open_lists(user, place):
        return ""
    return f"{reverse('recognition:missing-place', args=[place.pk])}?{urlencode({'nam': year})}"


# A table of a province has a thousand such links, and looking a route up costs more than writing its address.
@lru_cache(maxsize=256)
def _shape(name: str, *more) -> tuple[str, str]:
    """The address of a page about a place, in front of and behind the place's key."""
    front, back = reverse(f"recognition:{name}", args=[0, *more]).split("/0/", 1)
    return f"{front}/", f"/{back}"


@lru_cache(maxsize=256)
def _asked(year: int, model: str) -> str:
    return urlencode({"nam": year, "mo-hinh": model})


def crumb_query(year: int, model: str) -> str:
    """What the places above carry along: the same year and model."""
    return f"?{_asked(year, model)}"


def _of_place(name: str, place_pk: int | None, year: int, model: str, *more) -> str:
    """A page about a place and model in a year; the nation has a route of its own."""
    if place_pk is None:
        return f"{reverse(f'recognition:{name}-nation', args=more)}?{_asked(year, model)}"
    front, back = _shape(name, *more)
    return f"{front}{place_pk}{back}?{_asked(year, model)}"


def dashboard(place_pk: int | None, year: int, model: str) -> str:
    """The dashboard of a place (None: the nation)."""
    return _of_place("dashboard", place_pk, year, model)


def report(table: str, place_pk: int | None, year: int, **more) -> str:
    """A yearly table of a place (None: the nation)."""
    url = (
        reverse("recognition:report", args=[table, place_pk])
        if place_pk
        else reverse("recognition:report-nation", args=[table])
    )
    return f"{url}?{urlencode({'nam': year, **more})}"


def targets(place: Place | None, year: int) -> str:
    """Address of the targets of a place, or of the nation, for a year."""
    url = reverse("recognition:target-place", args=[place.pk]) if place else reverse("recognition:target-nation")
    return f"{url}?{urlencode({'nam': year})}"


def screen(place_pk: int | None, year: int, model: str) -> str:
    """The dashboard for the screen of a meeting room."""
    return _of_place("screen", place_pk, year, model)


def phone(place_pk: int | None, year: int, model: str) -> str:
    """The three answers for a phone."""
    return _of_place("brief", place_pk, year, model)


def explain(place, year: int, model: str, figure: str) -> str:
    """Where a figure comes from. `place`: a Place, a row of one (with `pk`), or None for the nation."""
    return explain_pk(None if place is None else place.pk, year, model, figure)


def explain_pk(place_pk: int | None, year: int, model: str, figure: str) -> str:
    """The same by the key of the place."""
    return _of_place("explain", place_pk, year, model, figure)


def dossier(pk: int) -> str:
    """One dossier."""
    return reverse("recognition:registration-detail", args=[pk])
