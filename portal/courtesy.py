"""Middleware that keeps people from dead ends when their session has ended in the middle of their work."""

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.lib.pages import page_before
from portal.views.errors import method_not_allowed

READING = ("GET", "HEAD")


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
