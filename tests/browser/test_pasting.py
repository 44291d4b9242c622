"""Rows copied in Excel land in the grid by Ctrl+V, a fault is found and mended by keyboard alone, and all are saved."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories.units import CommuneFactory, HamletFactory, make_officer
from units.choices import RegistrantKind, Role
from units.domain.importing.grids import GRIDS
from units.models import Organisation, Registrant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COPIED = (
    "STT\tTên đơn vị\tLoại hình\tKhu phố\tCó chi hội\r\n"
    "1\tTrường Tiểu học Hòa Hưng\tTiểu học\tKP 1\tx\r\n"
    "2\tCông ty May Hòa Hưng\tXưởng may\tKP 2\t\r\n"
    "3\tTrạm Y tế\tcơ quan nhà nước\t\t\r\n"
)


def test_organisations_pasted_and_mended_by_keyboard(browser_context, live_server):
    ward = CommuneFactory(name="Phường Hòa Hưng")
    for number in (1, 2):
        HamletFactory(parent=ward, name=f"Khu phố {number}")
    client = Client()
    client.force_login(make_officer(Role.WARD_OFFICER, ward), backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    browser_context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, faults = browser_context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{live_server.url}{reverse('units:organisation-place', args=[ward.pk])}")
    page.click("text=Dán từ Excel")

    page.evaluate("text => navigator.clipboard.writeText(text)", COPIED)
    page.locator('input[name="c-0-0"]').focus()
    page.keyboard.press("Control+v")
    state = page.locator("[data-paste-state]")
    expect(state).to_have_text("2 dòng ghi được; 1 dòng cần sửa")
    column = GRIDS[RegistrantKind.ORGANISATION].fields.index("type")
    wrong = page.locator("input.paste-input[aria-invalid=true]")
    assert wrong.evaluate_all("cells => cells.map(cell => cell.name)") == [f"c-1-{column}"]
    expect(page.locator("#kq-3")).to_contain_text("Cột Loại hình ghi “Xưởng may”.")

    # From the first cell: one down, one to the right, type over what stands there, on to the button.
    page.locator('input[name="c-0-0"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("doanh nghiệp")
    expect(state).to_have_text("3 dòng ghi được")
    assert wrong.count() == 0
    page.keyboard.press("Control+Enter")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Lưu tất cả vào sổ"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/nhap-excel/\d+/$"))

    assert "Đã ghi vào sổ (đơn vị): thêm mới 3, thay đổi 0, không đổi 0." in page.inner_text("main")
    assert list(Organisation.objects.order_by("type").values_list("type", "has_branch")) == [
        ("AGENCY", False),
        ("ENTERPRISE", False),
        ("PRIMARY", True),
    ]
    assert Registrant.objects.open().filter(kind=RegistrantKind.ORGANISATION, commune=ward).count() == 3
    assert faults == []
