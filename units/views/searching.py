"""The search of the top bar."""

from __future__ import annotations

from urllib.parse import quote

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from portal.lib.text import clean
from units.choices import RegistrantKind
from units.domain.searching import LONGEST, MOST, search_register

SUGGESTED = 8
KINDS = (
    RegistrantKind.HOUSEHOLD,
    RegistrantKind.CITIZEN,
    RegistrantKind.CLAN,
    RegistrantKind.ORGANISATION,
    RegistrantKind.COMMUNITY,
)


def _line(row) -> dict:
    """One result: what it is, where it stands, and what tells it from others of the same name."""
    more = ""
    if row.kind == RegistrantKind.HOUSEHOLD:
        more = row.household.address
    elif row.kind == RegistrantKind.ORGANISATION:
        more = row.organisation.get_type_display()
    elif row.kind == RegistrantKind.CITIZEN:
        more = _("sinh năm %(year)d") % {"year": row.citizen.birth_year}
        if row.citizen.id_last4:
            more += " · " + _("số định danh …%(last)s") % {"last": row.citizen.id_last4}
    places = [place.name for place in (row.hamlet, row.commune, row.province) if place]
    return {
        "row": row,
        "url": reverse(f"units:{row.kind.lower()}-detail", args=[row.pk]),
        "kind": row.get_kind_display(),
        "more": more,
        "where": ", ".join(places),
    }


@require_safe
@vary_on_headers("HX-Request")
def search(request):
    """Results of every kind, likeliest first; a few of them as suggestions while somebody types."""
    text = clean(request.GET.get("q", ""))[:LONGEST]
    kind = request.GET.get("loai", "")
    suggesting = request.htmx and not request.htmx.history_restore_request
    found = search_register(user=request.user, text=text, kind=kind, most=SUGGESTED if suggesting else MOST)
    context = {
        "text": text,
        "lines": [_line(row) for row in found.rows],
        "more": found.more,
        "narrow": found.narrow,
        "limit": MOST,
        "all_url": request.get_full_path(),
    }
    if suggesting:
        return render(request, "units/_search_suggestions.html", context)
    address = reverse("units:search")
    context["tabs"] = [
        {
            "label": label,
            "url": f"{address}?q={quote(text)}" + (f"&loai={value}" if value else ""),
            "active": value == kind,
        }
        for value, label in [("", _("Tất cả")), *((one.value, one.label) for one in KINDS)]
    ]
    return render(request, "units/search.html", context)
