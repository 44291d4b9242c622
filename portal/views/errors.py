"""Error pages: calm words, what to do next, and typed answers are not lost."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.csrf import requires_csrf_token

from portal.lib.pages import page_before, split_address
from portal.lib.uploads import MEGABYTE, megabytes

UNTYPED = {"next"}  # sent along, but nobody typed it
SECRET_FIELDS = ("password", "token", "otp", "code", "secret")  # never echoed back into a page


def bad_request(request, exception=None):
    """400: the address or form could not be read; 413 when it was longer than any form may be.

    Not `requires_csrf_token`, which reads the form once more and stumbles again; the page gets its token all the same.
    """
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        boxes = isinstance(exception, TooManyFieldsSent) and settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        limit = megabytes(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        back = page_before(request) or request.path  # the address of the form may take nothing but what it sends
        return render(request, "413_text.html", {"limit": limit, "boxes": boxes, "path": back}, status=413)
    return render(request, "400.html", status=400)


@requires_csrf_token
def permission_denied(request, exception=None):
    """403: signed in, but this is not the person's to do. Shows the reason when the view gave one."""
    reason = str(exception) if exception and exception.args and isinstance(exception.args[0], str) else ""
    return render(request, "403.html", {"reason": reason}, status=403)


@requires_csrf_token
def page_not_found(request, exception=None):
    """404: no such page, or one outside the person's places; the two are not told apart."""
    return render(request, "404.html", status=404)


def method_not_allowed(request, allowed):
    """405: an address that only takes what a form sends was opened like a page (used by portal.courtesy)."""
    response = render(request, "405.html", status=405)
    response.headers["Allow"] = allowed
    return response


def changed_meanwhile(request):
    """409: somebody else, or the first of two clicks, did it in the same moment (used by portal.courtesy)."""
    return render(request, "409.html", status=409)


def too_large(request, size: int, most: int):
    """413: more sent at once than the page takes; nothing of it was read (used by portal.middleware)."""
    back = page_before(request) or request.path
    context = {"size": megabytes(max(size, most + MEGABYTE // 10)), "limit": megabytes(most), "path": back}
    return render(request, "413.html", context, status=413)


@requires_csrf_token
def server_error(request):
    """500: no database, no context processors: the page must come out even when everything else is broken."""
    try:
        styles = [static(name) for name in ("css/fonts.css", "css/tokens.css", "css/base.css", "css/error.css")]
    except Exception:  # whatever is wrong with the static files, plain text is better than no page
        styles = []
    return HttpResponse(loader.get_template("500.html").render({"styles": styles}), status=500)


def _came_from_here(request) -> bool:
    """Did the browser say the form was on our own page? Only then may its content be offered again:
    a page of a stranger must not be able to prepare a form and have our person press the button."""
    source = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return bool(source) and split_address(source).netloc == request.get_host()


@login_not_required
def csrf_failure(request, reason=""):
    """403 after a stale form token (session expired, signed in again elsewhere): offers the answers back.

    Signed in: a page that posts the same fields again with a fresh token. Not signed in: the way to sign in;
    static/js/draft.js restores the answers afterwards. Files cannot be kept by any browser, so they are named.
    """
    fields = []
    files = []
    signed_in = request.user.is_authenticated if hasattr(request, "user") else False
    own = _came_from_here(request)
    if own and signed_in:
        fields = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken" and not any(word in name.lower() for word in SECRET_FIELDS)
        ]
        files = [one.name for one in request.FILES.values()]
    shown = [(name, value) for name, value in fields if value and len(value) < 500 and name not in UNTYPED][:40]
    context = {
        "fields": fields,
        "shown": shown,
        "files": files,
        "can_resend": bool(own and signed_in and not files),
        "path": request.get_full_path(),
        "form_page": page_before(request) or reverse("portal:home"),
        "own": own,
    }
    return render(request, "403_csrf.html", context, status=403)
