"""The whole chain by real clicks: a ward's Excel list becomes families, scores, minutes, a letter, a decision and
certificates that check; an inspector ranks a ward; a leader sees the numbers move.

Every screen it passes must fit an office PC and a phone; with SCREENSHOTS set, pictures of them are written there.
"""

import datetime
import os
import random
import re
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from django.core.management import call_command
from playwright.sync_api import Page, expect

from recognition.domain.demo import PASSWORD, build
from recognition.domain.demo.accounts import create_accounts
from recognition.domain.demo.district import build_district_2017
from recognition.models import Registration, Season
from tests.browser.steps import follow, settled
from units.domain import gazetteer
from units.models import Place

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / os.environ.get("SCREENSHOTS", "screenshots")
TAKE_PICTURES = "SCREENSHOTS" in os.environ  # sixty of them take longer than the walk
LIST = ROOT / "tests" / "lists" / "ho-gia-dinh-mau-phuong.xlsx"
OFFICE, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
ON_THE_LIST = 211
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
# Three rows of a table stand for all of them, and the menu is the same on every page.
LOOK = """axe.run(
    {exclude: ['tbody tr:nth-child(n+4)'].concat(%s)},
    {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})"""
YEAR = 2026


@pytest.fixture
def places(settings, live_server):
    """Real places and the shipped rulebooks."""
    settings.PUBLIC_URL = live_server.url
    gazetteer.load()
    call_command("load_rulebooks", verbosity=0)


@pytest.fixture
def demo(places):
    """A small demonstration: of one year, twelve families in each hamlet that has a list."""
    return build(seed=11, households=132, years=(YEAR,))


@pytest.fixture
def quan_10(places):
    """Of the demonstration only Quận 10 in 2017."""
    district = Place.objects.coded("771", on=datetime.date(2017, 12, 31))
    Season.objects.create(year=2017, opens_on=datetime.date(2017, 1, 1), closes_on=datetime.date(2017, 12, 31))
    users = create_accounts(dict.fromkeys(("ward", "hamlet", "district", "province", "nation"), district))
    return build_district_2017(random.Random(11), users, district)


class Walk:
    """A person at a browser: signs in, and looks at every screen at both sizes."""

    def __init__(self, context, url: str):
        self.url = url
        self.number = 0
        self.page: Page = context.new_page()
        if TAKE_PICTURES:
            PICTURES.mkdir(parents=True, exist_ok=True)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._hear)
        self.page.set_viewport_size(OFFICE)

    def _hear(self, line) -> None:
        # 422 answers a form with faults in it, 409 a line somebody else wrote: that is what the walk wants to see.
        if line.type == "error" and "422" not in line.text and "409" not in line.text:
            self.faults.append(line.text)

    def sign_in(self, username: str) -> None:
        self.page.context.clear_cookies()
        self.page.goto(f"{self.url}/tai-khoan/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", PASSWORD)
        follow(self.page.locator("main button[type=submit]"))
        expect(self.page.locator("h1")).to_contain_text("Xin chào")

    def picture(self, name: str) -> None:
        """Both sizes; no page may be wider than a phone, and every page must be usable with a screen reader."""
        self.number += 1
        settled(self.page)
        for label, size in (("pc", OFFICE), ("phone", PHONE)):
            self.page.set_viewport_size(size)
            for _moment in range(150):  # charts follow the window a moment later
                width = self.page.evaluate("document.documentElement.scrollWidth")
                if width <= size["width"]:
                    break
                self.page.wait_for_timeout(100)
            assert width <= size["width"], f"{name}: wider than the {label}"
            if TAKE_PICTURES:
                self.page.screenshot(path=PICTURES / f"{self.number:02d}-{name}-{label}.png")
        self.page.set_viewport_size(OFFICE)
        self._check_for_all_readers(name)

    def _check_for_all_readers(self, name: str) -> None:
        """WCAG 2.1 A and AA as far as a program can tell: contrast, names of fields and buttons, order of headings …"""
        self.page.evaluate(AXE)
        found = self.page.evaluate(LOOK % ("[]" if self.number == 1 else "['.rail']"))
        for fault in found["violations"]:
            self.faults.append(f"{name}: {fault['help']}: {fault['nodes'][0]['html'][:200]}")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def tile(self, label: str) -> int:
        """The number on a dashboard's tile."""
        text = self.page.locator(".stat-tile", has_text=label).first.inner_text()
        return int(re.search(r"\d[\d.]*", text.split("\n", 1)[1]).group().replace(".", ""))


def test_from_a_list_in_excel_to_a_certificate_that_checks(demo, live_server, browser_context, start_worker):
    start_worker()
    walk = Walk(browser_context, live_server.url)
    hamlet = Place.objects.get(name="Khu phố 4", parent__name="Phường Hòa Hưng")
    ward = hamlet.parent
    before = leader_sees(walk, ward)

    walk.sign_in("phuong")
    walk.picture("trang-chu-can-bo")
    import_the_list(walk)
    registered = Registration.objects.filter(hamlet=hamlet, year=YEAR, model="FAMILY").count()
    assert 0 < registered <= ON_THE_LIST
    score_in_the_grid(walk, hamlet, registered)
    hold_the_meeting(walk, hamlet)
    send_the_letter(walk, ward)
    proposed = Registration.objects.filter(hamlet=hamlet, year=YEAR, model="FAMILY", state="PROPOSED")
    passed = proposed.count()
    assert passed == registered - 1  # the first family of the grid got 60 points

    walk.sign_in("quyetdinh")
    decide(walk, passed)
    certificates_check(walk)

    after = leader_sees(walk, ward)
    assert after["Tổng số hộ"] - before["Tổng số hộ"] == ON_THE_LIST
    assert after["Đã đăng ký"] - before["Đã đăng ký"] == registered
    assert after["Được công nhận"] - before["Được công nhận"] == passed
    call_command("check_integrity")
    assert walk.faults == []


def leader_sees(walk: Walk, ward: Place) -> dict[str, int]:
    walk.sign_in("lanhdao")
    walk.open(f"/theo-doi/{ward.pk}/")
    walk.picture("theo-doi-lanh-dao")
    return {label: walk.tile(label) for label in ("Tổng số hộ", "Đã đăng ký", "Được công nhận")}


def import_the_list(walk: Walk) -> None:
    page = walk.page
    follow(page.get_by_role("link", name="Nhập từ Excel").first)
    walk.picture("nhap-excel")
    follow(page.locator("main").get_by_role("link", name=re.compile("Tải danh sách")).first)
    page.set_input_files("input[type=file]", LIST)
    walk.picture("nhap-excel-tai-len")
    follow(page.get_by_role("button", name="Tải lên và xem trước"))
    page.wait_for_url(re.compile(r"/nhap-excel/\d+/$"), timeout=60_000)  # the worker has checked the list
    confirm = page.get_by_role("button", name="Xác nhận, ghi vào sổ")
    walk.picture("nhap-excel-xem-truoc")
    expect(page.locator(".confirm-panel")).to_contain_text(f"Thêm mới {ON_THE_LIST} hộ")
    follow(confirm)
    page.wait_for_url(re.compile(r"/nhap-excel/\d+/$"), timeout=60_000)
    expect(page.get_by_text("Đã ghi vào sổ bộ")).to_be_visible()
    walk.picture("nhap-excel-xong")
    expect(page.locator("main")).to_contain_text(f"Thêm mới {ON_THE_LIST} hộ")


def score_in_the_grid(walk: Walk, hamlet: Place, registered: int) -> None:
    page = walk.page
    walk.open(f"/cham-diem/{hamlet.pk}/")
    cells = page.locator(".grid-input")
    expect(cells).to_have_count(registered)
    cells.first.focus()
    page.keyboard.type("60")
    page.keyboard.press("Enter")  # moves down, like a spreadsheet
    page.keyboard.type("120")  # above the maximum: marked at once
    page.keyboard.press("Enter")
    for _row in range(8):
        page.keyboard.type("91,5")
        page.keyboard.press("Enter")
    page.evaluate(
        """document.querySelectorAll('.grid-input').forEach((cell, n) => {
             if (n < 10) return;
             cell.value = '91,5';
             cell.dispatchEvent(new Event('input', { bubbles: true }));
           })"""
    )
    walk.picture("cham-diem-bang-o-sai")
    follow(page.get_by_role("button", name="Lưu điểm"))
    expect(page.locator(".error-summary")).to_contain_text("Tổng điểm: 120 điểm vượt quá điểm tối đa 100.")
    wrong = page.locator(".grid-input.is-invalid")
    expect(wrong).to_have_value("120")  # what was typed is still there
    walk.picture("cham-diem-bang-loi")
    wrong.fill("92")
    follow(page.get_by_role("button", name="Lưu điểm"))
    expect(page.locator("#messages")).to_contain_text("Đã lưu")
    walk.picture("cham-diem-bang-xong")


def hold_the_meeting(walk: Walk, hamlet: Place) -> None:
    page = walk.page
    walk.open(f"/hop-binh-xet/ghi/{hamlet.pk}/")
    page.fill("#id_held_on", "15/11/2026")
    page.fill("#id_venue", "Văn phòng khu phố 4")
    page.fill("#id_chair", "Lê Thị Mai")
    page.fill("#id_secretary", "Phan Thị Hạnh")
    page.fill("#id_invited", "60")
    page.fill("#id_present", "52")
    walk.picture("hop-binh-xet")
    follow(page.get_by_role("button", name="Lưu biên bản"))
    page.wait_for_url(re.compile(r"/hop-binh-xet/\d+/"))
    walk.picture("bien-ban")


def send_the_letter(walk: Walk, ward: Place) -> None:
    page = walk.page
    walk.open(f"/to-trinh/lap/{ward.pk}/")
    # Other hamlets of the demonstration are ready too; this letter is about hamlet 4 alone.
    page.evaluate(
        """document.querySelectorAll('.hamlet-group').forEach(group => {
             group.open = true;
             if (!group.querySelector('summary').innerText.includes('Khu phố 4'))
               group.querySelectorAll('input[name=row]').forEach(box => { if (box.checked) box.click(); });
           })"""
    )
    page.fill("#id_signed_on", "20/11/2026")
    page.fill("#id_signer", "Trần Thị Chi")
    page.fill("#id_signer_title", "Chủ tịch Hội")
    walk.picture("lap-to-trinh")
    follow(page.get_by_role("button", name="Lập và gửi tờ trình"))
    page.wait_for_url(re.compile(r"/to-trinh/\d+/"))
    walk.picture("to-trinh")


def decide(walk: Walk, passed: int) -> None:
    page = walk.page
    walk.picture("trang-chu-nguoi-ky")
    follow(page.get_by_role("link", name="Quyết định", exact=True).first)
    walk.picture("quyet-dinh")
    follow(page.get_by_role("link", name="Xem và quyết định").last)
    walk.picture("soan-quyet-dinh")
    follow(page.get_by_role("button", name="Kiểm tra lại trước khi ban hành"))
    expect(page.locator(".confirm-panel")).to_contain_text(f"{passed} hồ sơ")
    walk.picture("kiem-tra-quyet-dinh")
    page.locator(".confirm-panel").get_by_role("button", name="Ban hành quyết định").dblclick()
    expect(page.locator("h1")).to_contain_text("QĐ-UBND", timeout=30_000)
    expect(page.locator("main")).to_contain_text(f"Danh sách được công nhận ({passed})")
    walk.picture("quyet-dinh-ban-hanh")


def certificates_check(walk: Walk) -> None:
    """The PDF is opened and its first QR decoded; a stranger's browser opens what it says."""
    page = walk.page
    form = page.locator("form", has=page.get_by_role("button", name=re.compile("In giấy thứ 1–")))
    token = form.locator("input[name=csrfmiddlewaretoken]").get_attribute("value")
    response = page.context.request.post(
        f"{walk.url}{form.get_attribute('action')}", form={"csrfmiddlewaretoken": token}, timeout=60_000
    )
    assert response.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(response.body())
    picture = document[0].render(scale=2.5).to_pil()
    name = re.search(r"Gia đình ông \(bà\) ([^\r\n]+)", document[0].get_textpage().get_text_range()).group(1)
    document.close()
    (code,) = zxingcpp.read_barcodes(picture)
    stranger = page.context.browser.new_context(locale="vi-VN").new_page()
    stranger.set_viewport_size(PHONE)
    stranger.goto(code.text)
    expect(stranger.locator("main")).to_contain_text("Giấy công nhận này có thật và còn hiệu lực.")
    expect(stranger.locator("main")).to_contain_text(name)
    if TAKE_PICTURES:
        picture.save(PICTURES / "giay-cong-nhan.png")
        stranger.screenshot(path=PICTURES / "kiem-tra-giay-phone.png")
    stranger.goto(f"{walk.url}/kiem-tra/khong-he-co/")
    expect(stranger.locator("main")).to_contain_text("Mã này không ứng với giấy công nhận nào")
    stranger.context.close()


def test_two_inspectors_score_the_last_ward_and_its_rank_appears(quan_10, live_server, browser_context):
    walk = Walk(browser_context, live_server.url)
    walk.number = 50
    page = walk.page
    left_out = quan_10["without_result"]
    district = Place.objects.get(code="771")
    row = Registration.objects.get(year=2017, commune__name=left_out)

    walk.sign_in("kiemtra")
    with page.expect_navigation():
        page.select_option("#year-switch", "2017")
    expect(page.locator("#year-switch")).to_have_value("2017")
    walk.open("/doan-kiem-tra/")
    walk.picture("doan-kiem-tra")
    walk.open(f"/bao-cao/TK-06/{district.pk}/")
    expect(page.locator("main")).to_contain_text("R-05")
    walk.picture("tk-06-thieu-mot-phuong")
    walk.open(f"/doan-kiem-tra/cham-diem/{row.pk}/")
    page.fill("#id_visited_on", "15/01/2018")
    page.fill("#id_window_from", "01/01/2017")
    page.fill("#id_window_to", "31/12/2017")
    scores = page.locator(".sheet-score input:not([type=checkbox])")
    expect(scores).to_have_count(15)
    second_inspector_scores_the_ninth_item(walk, row)
    scores.nth(8).fill("2")
    scores.nth(8).blur()
    conflict = page.locator(".line-state.is-refused").first
    expect(conflict).to_contain_text("Trịnh Công Sự vừa ghi 1")
    expect(conflict).to_contain_text("bạn ghi 2")
    walk.picture("hai-nguoi-cham-mot-muc")
    conflict.get_by_role("button").first.click()
    expect(page.locator(".line-state.is-refused")).to_have_count(0)
    for position, leaf in enumerate(row.rulebook.spec.leaves):
        scores.nth(position).fill(f"{float(leaf.maximum) - 1:g}".replace(".", ","))
    scores.last.blur()
    expect(page.locator("[data-sheet-total]")).to_have_text("85")
    settled(page)  # every line is saved as it is left
    walk.picture("cham-diem-kiem-tra")
    follow(page.get_by_role("button", name="Lưu kết quả kiểm tra"))
    walk.picture("kiem-tra-xong")

    row.refresh_from_db()
    assert (row.inspection_half, row.rank, row.state) == (170, "GOOD", "INSPECTED")
    walk.open(f"/bao-cao/TK-06/{district.pk}/")
    expect(page.locator("main")).not_to_contain_text("R-05")
    expect(page.locator("tr", has_text=left_out).first).to_contain_text("Tốt")
    assert walk.faults == []


def second_inspector_scores_the_ninth_item(walk: Walk, row: Registration) -> None:
    """Theirs by the split, in a browser of their own, while the head of the team has the sheet open."""
    context = walk.page.context.browser.new_context(locale="vi-VN")
    second = Walk(context, walk.url)
    second.sign_in("thanhtra")
    second.open(f"/doan-kiem-tra/cham-diem/{row.pk}/")
    item = second.page.locator(".sheet-score input:not([type=checkbox])").nth(8)
    item.fill("1")
    item.blur()
    expect(second.page.locator(".line-state").nth(8)).to_contain_text("Trịnh Công Sự")
    assert second.faults == []
    context.close()
