"""One commune through three years: level 1, refused level 2 a few weeks too early, then level 2, by real clicks.

Nobody knows the official wording of level 2, so the country's rulebook does not give it. The province of this walk is
invented, and so is its variant: who inspects and decides, and one indicator of its own that level 2 asks beyond
level 1.
"""

import datetime
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from recognition.choices import LearningModel, Stage
from recognition.domain import rulebook_drafts
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.inspecting import Member, create_inspection
from recognition.domain.inspection_sheets import inspect
from recognition.domain.registering import register
from recognition.models import Award, Certificate, Inspection, Proposal, Registration, Rulebook
from tests.browser.steps import follow, use_session_of
from tests.factories.recognition import load_shipped_rulebooks, make_community
from tests.factories.units import CommuneFactory, ProvinceFactory, make_officer
from tests.recognition.rulebook_samples import HIGHER, LOCAL, variant_of
from units.choices import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MODEL = LearningModel.COMMUNITY_COMMUNE


@pytest.fixture
def stage(settings, live_server):
    """A province whose leaders wrote and activated their variant, a ward that stood in all three years, its people."""
    settings.PUBLIC_URL = live_server.url
    load_shipped_rulebooks()
    province = ProvinceFactory(name="Tỉnh Lâm Đồng", code="68", valid_from=None)
    ward = CommuneFactory(name="Xã Liên Hương", parent=province, valid_from=None)
    writer = make_officer(Role.LEADER, province, name="Vũ Thị Em")
    general = Rulebook.objects.filter(code="COMMUNE-TT25").order_by("-version").first()
    draft = rulebook_drafts.copy_rulebook(actor=writer, rulebook=general, province=province)
    rulebook_drafts.save_draft(actor=writer, draft=draft, content=variant_of(draft.content), revision=1)
    checker = make_officer(Role.LEADER, province, name="Võ Văn Hai")
    book = rulebook_drafts.activate_draft(actor=checker, draft=draft, revision=2)
    return {
        "book": book,
        "province": province,
        "ward": ward,
        "community": make_community(ward),
        "officer": make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An"),
        "inspector": make_officer(Role.INSPECTOR, province, name="Hoàng Văn Bình"),
        "decider": make_officer(Role.DECIDER, province, name="Đặng Văn Ký"),
    }


class Walk:
    """Pages as the people of the stage see them."""

    def __init__(self, stage, context, url):
        self.stage, self.context, self.url = stage, context, url
        self.page = context.new_page()
        self.faults = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, user, route, *args, query=""):
        use_session_of(self.context, self.url, user)
        self.page.goto(f"{self.url}{reverse(f'recognition:{route}', args=args)}{query}")

    def follow(self, button: str) -> None:
        """Press it, and wait until the page it leads to is there."""
        follow(self.page.get_by_role("button", name=button).first)

    def assess(self, year: int, *, higher: bool) -> Registration:
        """Register, tick every indicator (the higher one or not), on the sheet."""
        row = register(actor=self.stage["officer"], registrant=self.stage["community"], model=MODEL, year=year)
        assert row.rulebook == self.stage["book"]
        self.open(self.stage["officer"], "assessment-form", row.pk)
        position = row.rulebook.spec.leaf_codes.index(HIGHER)
        self.page.evaluate("for (const one of document.querySelectorAll('select[name^=s-]')) one.value = '1'")
        self.page.select_option(f"[name=s-{position}]", "1" if higher else "0")
        self.follow("Lưu")
        self.page.wait_for_url(re.compile(rf"/ho-so/{row.pk}/$"))
        row.refresh_from_db()
        return row

    def send(self, year: int, signed_on: str) -> Proposal:
        self.open(self.stage["officer"], "proposal-create", self.stage["ward"].pk, query=f"?nam={year}&model={MODEL}")
        self.page.fill("#id_signed_on", signed_on)
        self.page.fill("#id_signer", "Ngô Văn Phú")
        self.page.fill("#id_signer_title", "Chủ tịch")
        self.follow("Lập và gửi tờ trình")
        self.page.wait_for_url(re.compile(r"/to-trinh/\d+/"))
        return Proposal.objects.get(year=year)

    def inspect(self, row: Registration, day: datetime.date, *, higher: bool) -> None:
        """The province's team agrees with the ward; its own pages have a walk of their own."""
        team = Inspection(place=self.stage["province"], model=MODEL, year=row.year, starts_on=day, ends_on=day)
        lead = Member("Hoàng Văn Bình", self.stage["inspector"], is_lead=True)
        create_inspection(actor=self.stage["inspector"], inspection=team, members=[lead])
        row.refresh_from_db()
        scores = dict.fromkeys(row.rulebook.spec.leaf_codes, 1) | ({} if higher else {HIGHER: 0})
        window = {"visited_on": day.isoformat(), "window": f"01/01/{row.year}–31/12/{row.year}"}
        inspect(actor=self.stage["inspector"], registration=row, shown=row.shown_as, scores=scores, remarks=window)
        row.refresh_from_db()

    def check_decision(self, proposal: Proposal, signed_on: str) -> None:
        """Up to the page that asks once more."""
        self.open(self.stage["decider"], "decision-create", proposal.pk)
        self.page.fill("#id_signed_on", signed_on)
        self.check_again()

    def check_again(self, *, refuse: str = "") -> None:
        if refuse:
            self.page.locator(".js-choice").select_option("refuse")
            self.page.locator("[name^=reason-]").fill(refuse)
        self.follow("Kiểm tra lại trước khi ban hành")
        expect(self.page.locator(".confirm-panel")).to_be_visible()

    def issue(self) -> None:
        self.follow("Ban hành quyết định")
        expect(self.page.locator("h1")).to_contain_text("QĐ-UBND")

    def certificate_says(self, row: Registration, *lines: str) -> None:
        """A stranger's browser at the address of the QR code."""
        certificate = Certificate.objects.get(award__registration=row)
        self.context.clear_cookies()
        self.page.goto(f"{self.url}{reverse('recognition:check', args=[certificate.token])}")
        for line in ("Giấy công nhận này có thật và còn hiệu lực.", "Cộng đồng Xã Liên Hương", *lines):
            expect(self.page.locator("main")).to_contain_text(line)


def test_level_1_then_too_early_then_level_2(stage, live_server, browser_context):
    walk = Walk(stage, browser_context, live_server.url)
    main = walk.page.locator("main")

    # 2024: everything but the province's own indicator: level 1, decided on 14 March 2025
    row = walk.assess(2024, higher=False)
    expect(main).to_contain_text(f"Chưa đạt mức độ 2 vì các chỉ tiêu: {HIGHER}.")
    letter = walk.send(2024, "20/02/2025")
    walk.inspect(row, datetime.date(2025, 3, 5), higher=False)
    assert (row.state, row.passed, row.level) == ("INSPECTED", True, 1)
    walk.check_decision(letter, "14/03/2025")
    walk.issue()
    first = Award.objects.get(registration=row)
    assert (first.level, first.valid_from, first.valid_until) == (
        1,
        datetime.date(2025, 3, 14),
        datetime.date(2028, 12, 31),
    )
    walk.certificate_says(row, "Mức độ 1", "01/QĐ-UBND", "31/12/2028")

    # 2025: level 2 is met, but asked for on 27 February 2026, two weeks before twelve months have passed
    row = walk.assess(2025, higher=True)
    expect(main).to_contain_text("Đạt đủ các chỉ tiêu của mức độ 2.")
    letter = walk.send(2025, "27/02/2026")
    walk.inspect(row, datetime.date(2026, 3, 10), higher=True)
    early = "Quyết định mức độ 1 ngày 14/03/2025 chưa đủ 12 tháng; sớm nhất ngày 14/03/2026."
    walk.open(stage["officer"], "registration-detail", row.pk)
    expect(main).to_contain_text(early)
    walk.check_decision(letter, "20/03/2026")
    expect(walk.page.locator(".confirm-panel")).to_contain_text(early)  # before the decider presses
    walk.follow("Quay lại sửa")
    walk.check_again(refuse=early)
    expect(walk.page.locator(".confirm-panel")).not_to_contain_text("R-09")
    walk.issue()
    row.refresh_from_db()
    assert (row.state, row.level, row.state_note) == ("REFUSED", 2, early)
    first.refresh_from_db()
    assert (first.status, Award.objects.count()) == ("VALID", 1)  # level 1 holds on

    # 2026: asked for in time; the sheet is filled in as the year before
    row = register(actor=stage["officer"], registrant=stage["community"], model=MODEL, year=2026)
    entry = Entry(row.pk, row.state, scores=dict.fromkeys(row.rulebook.spec.leaf_codes, 1))
    record_scores(actor=stage["officer"], stage=Stage.SELF, entries=[entry])
    letter = walk.send(2026, "20/11/2026")
    walk.inspect(row, datetime.date(2026, 11, 23), higher=True)
    walk.check_decision(letter, "25/11/2026")
    expect(walk.page.locator(".confirm-panel")).not_to_contain_text("R-09")
    walk.issue()
    second = Award.objects.get(registration=row)
    assert (second.level, second.valid_until) == (2, datetime.date(2029, 12, 31))
    walk.certificate_says(row, "Mức độ 2", "/QĐ-UBND", "31/12/2029")

    # the rules that allowed it say themselves that they are the province's and provisional
    walk.open(stage["decider"], "rulebook-detail", stage["book"].pk)
    expect(main).to_contain_text("Có trị số tạm thời")
    expect(main).to_contain_text(LOCAL["note"])
    assert walk.faults == []
