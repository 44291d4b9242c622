"""Switches of the top bar: year, text size, language. All POST, all go back to where the person was."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from portal.context_processors import TEXT_SIZE_COOKIE, TEXT_SIZES
from portal.lib import years

YEAR_OF_COOKIE = 365 * 24 * 3600


def _back(request) -> HttpResponseRedirect:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else reverse("portal:home"))


@require_POST
def set_year(request):
    """Remember the year for this session. A year out of range changes nothing and says so."""
    year = years.parse_year(request.POST.get("nam"))
    if year is None:
        messages.error(request, _("Năm không hợp lệ. Hãy chọn một năm trong danh sách."))
    else:
        years.set_year(request, year)
    return _back(request)


@login_not_required
@require_POST
def set_text_size(request):
    """Remember the text size in a cookie: it belongs to the screen, not to the person."""
    response = _back(request)
    size = request.POST.get("size")
    if size in TEXT_SIZES:
        response.set_cookie(
            TEXT_SIZE_COOKIE,
            size,
            max_age=YEAR_OF_COOKIE,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@login_not_required
@require_POST
def set_language(request):
    """Django's own language switch, open to people who are not signed in yet (sign-in and public pages)."""
    return django_set_language(request)
