"""Middleware that keeps people from dead ends when their session has ended in the middle of their work."""

import logging

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, OperationalError
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.lib.pages import page_before
from portal.views.errors import changed_meanwhile, method_not_allowed

READING = ("GET", "HEAD")
# PostgreSQL: the same row made by another, a row gone that was pointed to, two that wait for each other.
TWO_AT_ONCE = {"23505", "23503", "40P01", "40001"}
logger = logging.getLogger(__name__)


class SignInAgainMiddleware(LoginRequiredMiddleware):
    """Closes every page; after signing in again a person who was sending a form comes back to that form.

    Django would come back to the address the form was sent to, which often accepts POST only; and
    static/js/draft.js gives the answers back on the page they were typed on.
    """

    def handle_no_permission(self, request, view_func):
        if request.method in READING:
            return super().handle_no_permission(request, view_func)
        messages.warning(
            request,
            _("Phiên làm việc đã hết nên chưa ghi được gì. Hãy đăng nhập lại; nội dung bạn vừa nhập sẽ được đưa lại."),
        )
        return redirect_to_login(
            page_before(request) or reverse("portal:home"),
            self.get_login_url(view_func),
            self.get_redirect_field_name(view_func),
        )


class NotAllowedPageMiddleware:
    """Gives "405 Method Not Allowed" a page with words; Django sends it empty."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 405 and not response.streaming and not response.content:
            return method_not_allowed(request, response.headers.get("Allow", ""))
        return response


class ChangedMeanwhileMiddleware:
    """Gives words to what two people, or two clicks, can only cause at the same moment: between looking and writing
    the other one has made or removed the very row. Verbs are transactions, so nothing of it is half written.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if request.method in READING or not _of_two_at_once(exception):
            return None
        logger.warning("Two at once on %s", request.path, exc_info=exception)
        return changed_meanwhile(request)


def _of_two_at_once(exception: Exception) -> bool:
    if isinstance(exception, IntegrityError | OperationalError):
        return getattr(exception.__cause__, "pgcode", None) in TWO_AT_ONCE
    return isinstance(exception, ObjectDoesNotExist)
