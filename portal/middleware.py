"""Request-wide concerns."""

import pghistory
from django.http import HttpRequest, HttpResponse


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
        with pghistory.context(
            user=user.pk if user.is_authenticated else None,
            user_name=user.full_name if user.is_authenticated else "",
            url=request.path,
            ip=request.META.get("REMOTE_ADDR", ""),
        ):
            return self.get_response(request)
