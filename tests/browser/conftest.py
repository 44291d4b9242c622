"""A real headless Chromium, and what a journey through the portal needs."""

import os
import threading
import time

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.jobs.conftest import start_worker

__all__ = ["start_worker"]
expect.set_options(timeout=15_000)  # as everything else a page is asked for: machines that test are busy ones


@pytest.fixture(scope="package")
def chromium(chromium_path):
    """One Chromium for all browser tests that follow each other; it ends before any other test begins."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's own loop makes Django believe it runs asynchronously; the tests do not.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def browser_context(chromium):
    """A person's browser with nothing in it."""
    context = chromium.new_context(locale="vi-VN")
    context.set_default_timeout(15_000)
    yield context
    context.close()
    wait_for_the_server()


def wait_for_the_server() -> None:
    """What the closed pages had asked for last is answered before the tables are emptied: both at once could lock each
    other out, and a late answer would write into the next test's database."""
    deadline = time.monotonic() + 15
    while any("process_request_thread" in thread.name for thread in threading.enumerate()):
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
