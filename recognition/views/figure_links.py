"""Where a figure leads: the list it counts. Lists hold personal data, so people get links only inside their scope."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from recognition.choices import MODEL_KIND, LearningModel
from units.models import Place, User
from units.rules import scope_of


def may_open_lists(user: User, place: Place | None) -> bool:
    """Do the person's postings cover the place? Totals are open to everybody signed in, names are not."""
    scope = scope_of(user)
    return scope.everything or (place is not None and scope.covers(place))


def registrations(user: User, place: Place | None, year: int, model: str, state: str = "", **more) -> str:
    """The dossiers a count is made of; "" for people outside the place. `more`: further filters of the list."""
    if not may_open_lists(user, place):
        return ""
    query = {"place": place.pk if place else "", "nam": year, "model": model, "state": state, **more}
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse('recognition:registration-list')}?{text}"


def register(user: User, place: Place | None, model: str) -> str:
    """The register a total is made of; "" for people outside the place."""
    if place is None or not may_open_lists(user, place):
        return ""
    return reverse(f"units:{MODEL_KIND[LearningModel(model)].lower()}-place", args=[place.pk])


def dashboard(place_pk: int | None, year: int, model: str) -> str:
    """The dashboard of a place (None: the nation)."""
    url = reverse("recognition:dashboard", args=[place_pk]) if place_pk else reverse("recognition:dashboard-nation")
    return f"{url}?{urlencode({'nam': year, 'mo-hinh': model})}"


def report(table: str, place_pk: int | None, year: int, **more) -> str:
    """A yearly table of a place (None: the nation)."""
    url = (
        reverse("recognition:report", args=[table, place_pk])
        if place_pk
        else reverse("recognition:report-nation", args=[table])
    )
    return f"{url}?{urlencode({'nam': year, **more})}"
