"""The page after a bulk action: what went, and row by row what did not."""

from __future__ import annotations

from django.contrib import messages
from django.shortcuts import redirect, render

LISTED = 500  # more refusals than this are counted, not listed


def outcome_page(request, *, title, done, outcome, names, back_url):
    """Result of a bulk action, row by row where a row did not go; nothing to say: back to the list."""
    if not outcome.skipped:
        messages.success(request, done)
        return redirect(back_url)
    context = {
        "title": title,
        "done": done if outcome.done else "",
        "skipped": [(pk, names.get(pk, "–"), text) for pk, text in outcome.skipped[:LISTED]],
        "skipped_count": len(outcome.skipped),
        "back_url": back_url,
    }
    return render(request, "recognition/registration_outcome.html", context, status=200 if outcome.done else 409)
