"""A real headless Chromium, and what a journey through the portal needs."""

import os

import pytest
from playwright.sync_api import sync_playwright

from tests.jobs.conftest import start_worker

__all__ = ["start_worker"]


@pytest.fixture
def browser_context(chromium_path, monkeypatch):
    # Playwright's own loop makes Django believe it runs asynchronously; the tests do not.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        context = browser.new_context(locale="vi-VN")
        context.set_default_timeout(15_000)
        yield context
        browser.close()
