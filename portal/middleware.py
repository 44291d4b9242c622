"""Request-wide concerns."""

import pghistory
from django.http import HttpRequest, HttpResponse

from portal.lib import work_count
from portal.lib.client_address import client_address
from portal.views.errors import bad_request, too_large


class HistoryContextMiddleware:
    """Write who, from where and on which page beside every change made during a request.

    Names are kept as text, so history outlives the person's account.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        user = request.user
        if user.is_authenticated:
            work_count.forget(user.pk)  # what is sent may do some of the work counted in the menu
        with pghistory.context(
            user=user.pk if user.is_authenticated else None,
            user_name=user.full_name if user.is_authenticated else "",
            url=request.path,
            ip=client_address(request),
        ):
            return self.get_response(request)


class PrivatePagesMiddleware:
    """Pages and files of a signed-in person are kept by no cache: offices share computers, and Back after signing
    out must not show families' names. Responses that say themselves how they may be kept stay as they are.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response.headers and request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store, private"
        return response


class UploadSizeMiddleware:
    """413 for a request larger than its page takes (`portal.lib.uploads.most_bytes`), before its body is read.

    Stands before the check of the form token, which reads the form and with it every file. A request without a length
    has no body for Django, so nothing slips by.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs) -> HttpResponse | None:
        limit = getattr(view_func, "most_bytes", None)
        length = request.META.get("CONTENT_LENGTH") or ""
        if limit is None or not length.isdecimal() or int(length) <= limit():
            return None
        return too_large(request, int(length), limit())


class UnreadableTextMiddleware:
    """400 for what nobody types: NUL characters, which PostgreSQL cannot hold, and forms not sent as UTF-8."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = request.content_params.get("charset", "utf-8")
        if charset.lower().replace("_", "-") not in {"utf-8", "utf8", "us-ascii"}:
            return bad_request(request)
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs) -> HttpResponse | None:
        """After the check of the form token, so that reading the form here costs nothing more."""
        if "\0" in request.path or any(_has_nul(data) for data in (request.GET, request.POST)):
            return bad_request(request)
        return None


def _has_nul(data) -> bool:
    return any("\0" in name or any("\0" in value for value in values) for name, values in data.lists())
