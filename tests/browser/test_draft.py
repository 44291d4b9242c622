"""What was typed survives the end of a session, and nothing of it stays after signing out."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.steps import follow, use_session_of
from tests.factories.units import CommuneFactory, make_officer
from units.choices import Role

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.browser.draft_page"),
]
NOTE = "Đang ở nhờ\nnhà con gái"
STORED = "Object.keys(sessionStorage).filter(key => key.startsWith('draft:')).length"


@pytest.fixture
def people():
    ward = CommuneFactory()
    return {name: make_officer(Role.WARD_OFFICER, ward, username=name) for name in ("an", "chi")}


@pytest.fixture
def sign_in(browser_context, live_server, people):
    """Give the browser a session of a person, as after signing in."""

    def act(name: str) -> None:
        use_session_of(browser_context, live_server.url, people[name])

    return act


@pytest.fixture
def page(browser_context, live_server, sign_in) -> Page:
    """The kept form, opened by An and filled in."""
    sign_in("an")
    page = browser_context.new_page()
    page.goto(f"{live_server.url}/thu/")
    page.fill("#id_head", "Trần Thị Ánh Tuyết")
    page.check("#id_poor")
    page.select_option("#id_hamlet", "2")
    page.fill("input[name=password]", "bí mật")
    page.fill("#id_note", NOTE)
    # A draft is written a moment after the last key.
    page.wait_for_function(
        "note => Object.values(sessionStorage).some(text => text.includes(JSON.stringify(note)))", arg=NOTE
    )
    return page


def end_session(page: Page) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def answers(page: Page) -> tuple:
    return (
        page.input_value("#id_head"),
        page.is_checked("#id_poor"),
        page.input_value("#id_hamlet"),
        page.input_value("#id_note"),
        page.input_value("input[name=password]"),
    )


def test_answers_come_back_after_signing_in_again(page, live_server, sign_in):
    end_session(page)
    follow(page.locator("#send"))
    assert "/login/" in page.url
    sign_in("an")
    page.goto(f"{live_server.url}/thu/")

    assert answers(page) == ("Trần Thị Ánh Tuyết", True, "2", NOTE, "")
    assert "Đã đưa lại nội dung bạn nhập lúc" in page.inner_text(".draft-note")


def test_key_and_content_tell_nothing_they_need_not(page, people):
    [[key, text]] = page.evaluate("Object.entries(sessionStorage).filter(pair => pair[0].startsWith('draft:'))")

    assert "an" not in key.split(":")[1]
    assert len(key.split(":")[1]) == 20
    assert "bí mật" not in text
    assert "csrf" not in text
    assert page.evaluate("localStorage.length") == 0


def test_nothing_stays_after_the_form_was_accepted(page, live_server):
    assert page.evaluate(STORED) == 1
    follow(page.locator("#send"))

    assert (page.url, page.evaluate(STORED)) == (f"{live_server.url}/", 0)


def test_refused_form_keeps_the_answers_until_it_is_accepted(page, live_server):
    page.fill("#id_head", "")
    follow(page.locator("#send"))
    expect(page.locator(".error-summary")).to_be_visible()
    still = page.evaluate(STORED)
    page.fill("#id_head", "Trần Thị Ánh")
    follow(page.locator("#send"))

    assert (page.url, still, page.evaluate(STORED)) == (f"{live_server.url}/", 1, 0)


def test_signing_out_in_another_tab_empties_this_one(page, live_server):
    other = page.context.new_page()
    other.goto(f"{live_server.url}/")
    other.click(".user-menu summary")
    other.click("[data-sign-out] button")
    page.wait_for_url(lambda url: "/login/" in url)

    assert page.evaluate(STORED) == 0


def test_next_person_on_the_same_machine_sees_nothing(page, live_server, sign_in):
    end_session(page)
    sign_in("chi")
    page.goto(f"{live_server.url}/thu/")

    assert page.input_value("#id_head") == ""
    assert page.evaluate(STORED) == 0


def test_answers_can_be_thrown_away(page, live_server):
    page.goto(f"{live_server.url}/thu/")
    page.click(".draft-note button")
    expect(page.locator(".draft-note")).to_have_count(0)

    assert answers(page) == ("", False, "1", "", "")
    assert page.evaluate(STORED) == 0


def test_pages_break_no_content_rule(browser_context, live_server, sign_in):
    sign_in("an")
    page = browser_context.new_page()
    complaints = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/styleguide/")
    page.wait_for_selector("#chart-hbar canvas")
    page.hover("#chart-bar canvas")

    assert complaints == []


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
@pytest.mark.parametrize("size", ["1", "3"])
def test_no_page_is_wider_than_the_screen(browser_context, live_server, sign_in, width, height, size):
    sign_in("an")
    browser_context.add_cookies([{"name": "text_size", "value": size, "url": live_server.url}])
    page = browser_context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{live_server.url}/styleguide/")

    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_what_a_form_asks_beside_keeps_the_draft_and_what_it_saves_removes_it(page):
    answered = """([where, line]) => {
        const cell = document.querySelector(where);
        cell.toggleAttribute("data-line", line);
        const detail = { successful: true, xhr: { responseURL: window.location.href } };
        cell.dispatchEvent(new CustomEvent("htmx:afterRequest", { bubbles: true, detail }));
    }"""

    page.evaluate(answered, ["#id_note", False])  # suggestions, a check while typing
    assert page.evaluate(STORED) == 1
    page.evaluate(answered, ["#id_note", True])
    assert page.evaluate(STORED) == 0

    page.fill("#id_note", NOTE + " ở Thủ Đức")
    page.click("#send")
    page.wait_for_url(lambda url: not url.endswith("/thu/"))
    assert page.evaluate(STORED) == 0  # accepted: the next page brings nothing back
