"""The search of the top bar."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portal.lib.listing import PAGE, Listing
from portal.lib.text import clean
from units.choices import RegistrantKind
from units.domain.place_search import former_mark
from units.domain.searching import COUNTED, LONGEST, MOST, Hit, search_places, search_register

SUGGESTED, SUGGESTED_PLACES = 8, 3
PLACES_FIRST = 5  # places above the register's results, when both are asked for
PLACES = "PLACE"
KINDS = (
    RegistrantKind.HOUSEHOLD,
    RegistrantKind.CITIZEN,
    RegistrantKind.CLAN,
    RegistrantKind.ORGANISATION,
    RegistrantKind.COMMUNITY,
)
_KIND_LABELS = dict(RegistrantKind.choices)


class _Pages:
    """What Listing slices: each slice is one search. `found`: the last of them."""

    def __init__(self, find: Callable):
        self.find, self.found = find, None

    def __getitem__(self, part: slice):
        self.found = self.find(offset=part.start, most=part.stop - part.start)
        return self.found.rows

    def total(self) -> int | None:
        """How many there are; None when more than anybody counts."""
        return None if self.found.many else self.found.total


def _line(hit: Hit) -> dict:
    """One result: what it is, where it stands, and what tells it from others of the same name."""
    more = hit.address or hit.type_label
    if hit.birth_year:
        more = _("sinh năm %(year)d") % {"year": hit.birth_year}
        if hit.id_last4:
            more += " · " + _("số định danh …%(last)s") % {"last": hit.id_last4}
    return {
        "name": hit.name,
        "url": reverse(f"units:{hit.kind.lower()}-detail", args=[hit.pk]),
        "kind": _KIND_LABELS[hit.kind],
        "more": more,
        "where": ", ".join(hit.where),
        "ended": _("đã ra khỏi sổ") if hit.closed_on else "",
    }


def _place_line(place) -> dict:
    """The same of a place; one that no longer exists says until when it did."""
    return {
        "name": place.name,
        "url": reverse("units:place-detail", args=[place.pk]),
        "kind": place.kind[:1].upper() + place.kind[1:],
        "more": place.code,
        "where": ", ".join(step.name for step in reversed(place.ancestors)),
        "ended": former_mark(place).strip("()"),
    }


@require_safe
@vary_on_headers("HX-Request")
def search(request):
    """Places and registrants of every kind, likeliest first; a few of them as suggestions while somebody types."""
    text = clean(request.GET.get("q", ""))[:LONGEST]
    kind = request.GET.get("loai", "")
    if request.htmx and not request.htmx.history_restore_request:
        places = search_places(user=request.user, text=text, most=SUGGESTED_PLACES)
        found = search_register(user=request.user, text=text, kind=kind, most=SUGGESTED)
        context = {
            "text": text,
            "lines": [*map(_place_line, places.rows), *map(_line, found.rows)],
            "more": found.total + places.total > len(found.rows) + len(places.rows),
            "all_url": request.get_full_path(),
        }
        return render(request, "units/_search_suggestions.html", context)

    def find(**page):
        if kind == PLACES:
            return search_places(user=request.user, text=text, **page)
        return search_register(user=request.user, text=text, kind=kind, **page)

    pages = _Pages(find)
    listing = Listing(request, pages, page_size=MOST, total=pages.total)
    if listing.page > 1 and not listing.rows:  # past the end, as an old address may be: "nothing found" would be untrue
        return redirect(listing.url(**{PAGE: None}))
    lines = [_place_line(row) if kind == PLACES else _line(row) for row in listing.rows]
    address = f"{reverse('units:search')}?q={quote(text)}"
    places = None
    if not kind and listing.page == 1:
        places = search_places(user=request.user, text=text, most=PLACES_FIRST)
    context = {
        "text": text,
        "listing": listing,
        "lines": lines,
        "total": pages.found.total,
        "many": pages.found.many,
        "bound": COUNTED,
        "places": [_place_line(row) for row in places.rows] if places else [],
        "places_left": places.total - len(places.rows) if places else 0,
        "places_many": places.many if places else False,
        "places_url": f"{address}&loai={PLACES}",
        "narrow": kind == PLACES or getattr(pages.found, "narrow", True),
    }
    choices = [("", _("Tất cả")), *((one.value, one.label) for one in KINDS), (PLACES, _("Địa bàn"))]
    context["tabs"] = [
        {"label": label, "url": address + (f"&loai={value}" if value else ""), "active": value == kind}
        for value, label in choices
    ]
    return render(request, "units/search.html", context)
