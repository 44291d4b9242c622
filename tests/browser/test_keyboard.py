"""A household entered, moved and found by keyboard alone on a small screen: every stop is seen and has a name."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.steps import type_to_search, use_session_of
from tests.factories.units import CommuneFactory, HamletFactory, make_officer
from units.choices import Role
from units.models import Registrant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STOP = """async () => {
    const e = document.activeElement;
    const labels = [...(e.labels || [])].map(label => label.innerText).join(" ");
    const name = (e.getAttribute("aria-label") || labels || e.innerText || e.value || "").trim();
    const faults = () => {
        const box = e.getBoundingClientRect(), style = getComputedStyle(e);
        const x = box.left + Math.min(box.width / 2, 40), y = box.top + Math.min(box.height / 2, 16);
        const top = document.elementFromPoint(x, y), labelled = [...(e.labels || [])].some(one => one.contains(top));
        const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
        return [!(top && (e.contains(top) || top.contains(e) || labelled)) && "hidden", !ring && "no ring",
            !name && !e.querySelector("[aria-label]") && "no name"].filter(Boolean);
    };
    // What comes into view on focus is there after a frame or two, on a busy machine after some more.
    for (let frame = 0; frame < 30; frame += 1) if (faults().length) await new Promise(requestAnimationFrame);
    return {name, field: e.name || "", page: e === document.body, faults: faults()};
}"""


class Keyboard:
    """Somebody who only has keys. `faults`: stops that could not be seen or had no name."""

    def __init__(self, page):
        self.page, self.faults = page, []

    def to(self, wanted: str) -> None:
        """Tab to a control by its words or its field's name."""
        for _press in range(150):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(STOP)
            if stop["page"]:
                continue  # round the end of the document
            if stop["faults"]:
                self.faults.append((self.page.url, stop["name"] or stop["field"], stop["faults"]))
            if wanted in (stop["field"], stop["name"].split("\n")[0]):
                return
        raise AssertionError(f"{wanted} is not reached by Tab on {self.page.url}")

    def press(self, wanted: str) -> None:
        """Tab to a link or button and follow it."""
        self.to(wanted)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, field: str, text: str) -> None:
        self.to(field)
        self.page.keyboard.type(text)


def test_a_household_is_entered_moved_and_found_by_keyboard_alone(browser_context, live_server):
    ward = CommuneFactory(name="Phường Hòa Hưng")
    one, two = (HamletFactory(parent=ward, name=f"Khu phố {number}") for number in (1, 2))
    use_session_of(browser_context, live_server.url, make_officer(Role.WARD_OFFICER, ward))
    page, errors = browser_context.new_page(), []
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(reduced_motion="reduce")
    page.on("pageerror", lambda error: errors.append(str(error)))
    keys = Keyboard(page)

    page.goto(f"{live_server.url}{reverse('units:household-create')}")
    keys.write("name", "lê văn an")
    keys.to("hamlet")
    page.keyboard.press("ArrowDown")  # the first one
    keys.write("phone", "+84 (0)912-345.678")
    keys.press("Lưu hộ")
    home = Registrant.objects.get()
    assert (home.name, home.hamlet, home.household.phone) == ("Lê Văn An", one, "0912345678")
    assert "0912 345 678" in page.inner_text("main")

    keys.press("Chuyển đi nơi khác")
    keys.to("hamlet_q")
    type_to_search(page, "khu pho 2", url=reverse("units:place-options"), field="hamlet_q")
    expect(page.locator("#id_hamlet_options input[type=radio]")).to_have_count(1)
    keys.to("hamlet")
    page.keyboard.press("Space")
    keys.press("Chuyển hộ")
    home.refresh_from_db()
    assert home.hamlet == two

    keys.to("q")
    type_to_search(page, "le van", url=reverse("units:search"), field="q")
    expect(page.locator("#topbar-found a").first).to_be_visible()
    keys.press("Lê Văn An")
    assert page.url.endswith(reverse("units:household-detail", args=[home.pk]))

    page.goto(f"{live_server.url}{reverse('units:search')}?q=le+van")
    keys.to("Cộng đồng")  # past the tabs, more than a phone is wide
    stops = page.locator(".table-wrap[tabindex='0']")
    assert stops.count() == 0  # a table shown as cards does not scroll, so it is no stop
    assert (keys.faults, errors) == ([], [])
