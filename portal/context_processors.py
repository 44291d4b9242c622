"""What every page's frame needs. Lazy: a fragment or a public page that shows no frame pays nothing."""

from functools import cached_property

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from portal import navigation
from portal.lib import work_count, years
from portal.version import VERSION

TEXT_SIZE_COOKIE = "text_size"
TEXT_SIZES = ("1", "2", "3")


class Shell:
    """Frame of the page for one request: navigation, years, posting, text size. Attributes are read by base.html."""

    demo = settings.DEMO
    development = settings.PORTAL_ENV == "development"
    version = VERSION

    def __init__(self, request):
        self.request = request

    @cached_property
    def signed_in(self) -> bool:
        user = getattr(self.request, "user", None)
        return bool(user and user.is_authenticated)

    @cached_property
    def postings(self) -> list:
        """Postings in force of the person signed in."""
        return self.request.user.active_postings() if self.signed_in else []

    @property
    def posting(self):
        """The posting shown in the top bar."""
        return self.postings[0] if self.postings else None

    @cached_property
    def navigation(self) -> list[dict]:
        """Groups of links for the left rail."""
        if not self.signed_in:
            return []
        match = self.request.resolver_match
        place = next((posting.place_id for posting in self.postings if posting.place_id), None)
        return navigation.visible_groups(
            {posting.role for posting in self.postings}, place, match.view_name if match else ""
        )

    @property
    def year(self) -> int:
        """Year of the session."""
        return years.current_year(self.request)

    @property
    def work_count(self) -> int | None:
        """Lines in the person's work list as last counted; None: the menu asks for it."""
        return work_count.kept(self.request.user.pk, self.year)

    @property
    def years(self) -> list[int]:
        """Years offered by the switch, newest first."""
        return years.allowed_years()

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def here(self) -> str:
        """Address to come back to after a switch. A page reached by POST has no address to return to."""
        return self.request.get_full_path() if self.request.method == "GET" else "/"

    @cached_property
    def text_size(self) -> str:
        """1 (normal), 2 or 3."""
        size = self.request.COOKIES.get(TEXT_SIZE_COOKIE, "1")
        return size if size in TEXT_SIZES else "1"

    @property
    def text_sizes(self) -> tuple[str, ...]:
        return TEXT_SIZES

    @cached_property
    def draft_key(self) -> str:
        """Opaque per-user key under which the browser keeps unfinished forms; tells nothing about the person."""
        return salted_hmac("portal.draft", str(self.request.user.pk)).hexdigest()[:20] if self.signed_in else ""


def shell(request) -> dict:
    """Adds `shell` to every template."""
    return {"shell": Shell(request)}
