"""What every walk does: sign in, follow a link, and wait for the page or its parts — never for time."""

from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect

from units.models import User


def use_session_of(context: BrowserContext, url: str, user: User) -> None:
    """The browser has a session of that person, as after signing in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])


def follow(control: Locator) -> None:
    """Click what leads to another page, and wait until that page and its scripts are there."""
    with control.page.expect_navigation():
        control.click()


def settled(page: Page) -> None:
    """Wait until the page is loaded and every part it asked for stands in it."""
    page.wait_for_load_state()
    expect(page.locator(".htmx-request")).to_have_count(0)


def type_to_search(page: Page, text: str, *, url: str, field: str) -> None:
    """Type into a field that asks while one types, and wait for what was found for the whole text."""

    def asks_all(response) -> bool:
        address = urlsplit(response.url)
        return address.path == url and parse_qs(address.query).get(field) == [text]

    with page.expect_response(asks_all):
        page.keyboard.type(text)
    settled(page)
