"""Rows copied in Excel land in the grid by Ctrl+V, a fault is found and mended by keyboard alone, and all are saved."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.steps import follow, use_session_of
from tests.factories.units import CommuneFactory, HamletFactory, make_officer
from units.choices import RegistrantKind, Role
from units.domain.importing.grids import GRIDS
from units.models import Organisation, Registrant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COPIED = (
    "STT\tTên đơn vị\tLoại hình\tKhu phố\tCó chi hội\r\n"
    "1\tTrường Tiểu học Hòa Hưng\tTiểu học\tKP 2\tx\r\n"
    "2\tCông ty May Hòa Hưng\tXưởng may\t\t\r\n"
    "3\tTrạm Y tế\tcơ quan nhà nước\t\t\r\n"
)
# As Excel hands out the same cells beside the text: the hamlet's cell reaches over two rows.
TABLE = (
    "<table><tr>"
    + "".join(f"<td>{text}</td>" for text in COPIED.split("\r\n")[0].split("\t"))
    + """</tr>
<tr><td>1</td><td>Trường Tiểu học Hòa Hưng</td><td>Tiểu học</td><td rowspan="2">KP 2</td><td>x</td></tr>
<tr><td>2</td><td>Công ty May Hòa Hưng</td><td>Xưởng may</td><td></td></tr>
<tr><td>3</td><td>Trạm Y tế</td><td>cơ quan nhà nước</td><td></td><td></td></tr></table>"""
)
WRITE = """([text, table]) => navigator.clipboard.write([new ClipboardItem({
  "text/plain": new Blob([text], { type: "text/plain" }), "text/html": new Blob([table], { type: "text/html" }) })])"""

PASTE = """([name, part, times]) => {
  const data = new DataTransfer(), told = { clipboardData: data, bubbles: true, cancelable: true };
  data.setData("text/plain", part.repeat(times));
  document.querySelector(`input[name="${name}"]`).dispatchEvent(new ClipboardEvent("paste", told));
}"""


def test_organisations_pasted_and_mended_by_keyboard(browser_context, live_server):
    ward = CommuneFactory(name="Phường Hòa Hưng")
    for number in (1, 2):
        HamletFactory(parent=ward, name=f"Khu phố {number}")
    use_session_of(browser_context, live_server.url, make_officer(Role.WARD_OFFICER, ward))
    browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, faults = browser_context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{live_server.url}{reverse('units:organisation-place', args=[ward.pk])}")
    follow(page.locator("text=Dán từ Excel").first)

    page.evaluate(WRITE, [COPIED, TABLE])
    page.locator('input[name="c-0-0"]').focus()
    page.keyboard.press("Control+v")
    state = page.locator("[data-paste-state]")
    expect(state).to_have_text("2 dòng ghi được; 1 dòng cần sửa")
    expect(page.locator("[data-paste-told]")).to_contain_text("của mọi dòng trong ô: Khu phố, thôn, ấp (1 dòng).")
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
    expect(wrong).to_have_count(0)

    # More rows than the grid takes, and more text than may be sent, change nothing in the second column either.
    told, rows = page.locator("[data-paste-told]"), page.locator("[data-paste] tbody tr")
    before = rows.count()
    for part, times, sentence in (
        ("Tiểu học\n", 501, "Mỗi lần dán nhiều nhất 500 dòng, bạn dán 501 dòng."),
        ("á" * 50_000 + "\n", 100, "Phần dán quá lớn (hơn 10 MB chữ)."),
    ):
        page.evaluate(PASTE, ["c-3-1", part, times])
        expect(told).to_contain_text(sentence)
        assert (rows.count(), page.input_value('input[name="c-3-1"]')) == (before, "")
    page.locator('input[name="c-2-1"]').focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Lưu tất cả vào sổ")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/nhap-excel/\d+/$"))

    assert "Đã ghi vào sổ (đơn vị): thêm mới 3, thay đổi 0, không đổi 0." in page.inner_text("main")
    assert list(Organisation.objects.order_by("type").values_list("type", "has_branch")) == [
        ("AGENCY", False),
        ("ENTERPRISE", False),
        ("PRIMARY", True),
    ]
    made = Registrant.objects.open().filter(kind=RegistrantKind.ORGANISATION, commune=ward)
    hamlets = [None, "Khu phố 2", "Khu phố 2"]
    assert list(made.order_by("organisation__type").values_list("hamlet__name", flat=True)) == hamlets
    assert faults == []
