"""What became of an action: a message, or after a bulk action a page with what went and what did not."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render

from recognition.domain.errors import NotPermitted, RecognitionError

LISTED = 500  # more refusals than this are counted, not listed


def tell(request, done: str, verb, **options) -> bool:
    """One verb by the person signed in: `done` as a message, or its refusal. Did it go? 403 when it is not theirs."""
    try:
        verb(actor=request.user, **options)
    except NotPermitted as error:
        raise PermissionDenied(error.message) from error
    except RecognitionError as error:
        messages.error(request, error.message)
        return False
    messages.success(request, done)
    return True


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
