"""The first page after signing in: what waits for this person, by role."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.lib import home as cards
from portal.lib.years import current_year


@require_safe
def home(request):
    """Tasks first, then figures, each from the cards the apps registered (portal/lib/home.py)."""
    found = cards.collect(request.user, current_year(request))
    return render(
        request,
        "portal/home.html",
        {
            "tasks": [card for card in found if card.kind == cards.TASK],
            "figures": [card for card in found if card.kind == cards.FIGURE],
            "shortcuts": [card for card in found if card.kind == cards.SHORTCUT],
            "postings": request.user.active_postings(),
            "year": current_year(request),
        },
    )
