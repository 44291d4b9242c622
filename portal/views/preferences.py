"""Switches of the top bar: year, text size, language. All POST, all go back to where the person was."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.context_processors import TEXT_SIZE_COOKIE, TEXT_SIZES
from portal.lib import years

ONE_YEAR = 365 * 24 * 3600  # seconds a choice is remembered


class SeeOther(HttpResponseRedirect):
    """303: after a POST, fetch that page with GET."""

    status_code = 303


def _back(request, *, without: str = "") -> SeeOther:
    """Where the person was; `without` names a query parameter that must not undo the choice just made."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    if safe and without:
        parts = urlsplit(target)
        kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != without]
        target = urlunsplit(parts._replace(query=urlencode(kept)))
    return SeeOther(target if safe else reverse("portal:home"))


def _remember(request, cookie: str, field: str, allowed) -> SeeOther:
    """Go back with `field` of the form kept in `cookie`; a value that is not `allowed` changes nothing."""
    response = _back(request)
    value = request.POST.get(field)
    if value in allowed:
        response.set_cookie(
            cookie, value, max_age=ONE_YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    return response


@require_POST
def set_year(request):
    """Remember the year for this session. A year out of range changes nothing and says so."""
    year = years.parse_year(request.POST.get(years.PARAM))
    if year is None:
        messages.error(request, _("Năm không hợp lệ. Hãy chọn một năm trong danh sách."))
    else:
        years.set_year(request, year)
    return _back(request, without=years.PARAM)


@login_not_required
@require_POST
def set_text_size(request):
    """Remember the text size in a cookie: it belongs to the screen, not to the person."""
    return _remember(request, TEXT_SIZE_COOKIE, "size", TEXT_SIZES)


@login_not_required
@require_POST
def set_language(request):
    """Remember the language in a cookie. Open to people who are not signed in (sign-in and public pages)."""
    return _remember(request, settings.LANGUAGE_COOKIE_NAME, "language", dict(settings.LANGUAGES))
