"""Every model that a ward decides, by real clicks from the register to a certificate that checks.

Families have their own walk in test_journey; what differs here is only the rulebook.
"""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from recognition.choices import LearningModel, State
from recognition.models import Certificate, Registration
from tests.browser.steps import follow, use_session_of
from tests.factories.recognition import YEAR, make_community, make_registration, make_ward
from tests.factories.units import make_citizen, make_clan, make_organisation
from units.models import ClanMembership, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ward(settings, live_server):
    """A ward whose one family is recognised already: what hamlet and clan are measured by."""
    settings.PUBLIC_URL = live_server.url
    ward = make_ward()
    ward.family = make_registration(ward, state=State.RECOGNISED).registrant
    return ward


@pytest.fixture
def desk(browser_context, live_server):
    """Opens a page as somebody, by the name of a route."""
    page = browser_context.new_page()
    page.set_viewport_size({"width": 1366, "height": 768})
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    def sign_in(user: User) -> Page:
        use_session_of(browser_context, live_server.url, user)
        return page

    yield sign_in
    assert faults == []


def make_registrant(model: str, ward):
    if model == LearningModel.CLAN:
        clan = make_clan(ward.hamlet)
        ClanMembership.objects.create(clan=clan.clan, household=ward.family.household, since="2020-01-01")
        return clan
    if model == LearningModel.UNIT:
        return make_organisation(ward.hamlet)
    if model == LearningModel.CITIZEN:
        return make_citizen(ward.family)
    return make_community(ward.hamlet)


@pytest.mark.parametrize(
    "model", [LearningModel.CLAN, LearningModel.UNIT, LearningModel.CITIZEN, LearningModel.COMMUNITY_HAMLET]
)
def test_from_the_register_to_a_certificate(model, ward, desk, live_server):
    registrant = make_registrant(model, ward)
    keeper = ward.officer if model == LearningModel.UNIT else ward.hamlet_officer
    query = f"?nam={YEAR}&model={model}"

    def open_page(page: Page, route: str, pk: int) -> None:
        page.goto(f"{live_server.url}{reverse(f'recognition:{route}', args=[pk])}{query}")

    page = desk(keeper)
    open_page(page, "registration-create-many", ward.hamlet.pk)
    page.get_by_label(f"Chọn {registrant.name}").check()
    follow(page.get_by_role("button", name="Đăng ký các dòng đã chọn"))
    follow(page.locator("main").get_by_role("button", name=re.compile("^Đăng ký")))
    dossier = Registration.objects.get(registrant=registrant, model=model, year=YEAR)

    open_page(page, "assessment-form", dossier.pk)
    for n, leaf in enumerate(dossier.rulebook.spec.leaves):
        page.fill(f"[name=s-{n}]", f"{float(leaf.maximum):g}".replace(".", ","))
    follow(page.get_by_role("button", name="Lưu").first)
    expect(page.locator("#messages")).to_contain_text("100")

    page = desk(ward.officer)
    open_page(page, "meeting-create", ward.hamlet.pk)
    for field, value in {
        "held_on": f"15/11/{YEAR}",
        "venue": "Nhà văn hóa khu phố",
        "chair": "Lê Thị Mai",
        "secretary": "Phan Thị Hạnh",
        "invited": "20",
        "present": "18",
    }.items():
        page.fill(f"#id_{field}", value)
    follow(page.get_by_role("button", name="Lưu biên bản"))
    expect(page.locator("#messages")).to_contain_text("Đã lưu biên bản với 1 hồ sơ.")

    open_page(page, "proposal-create", ward.place.pk)
    page.fill("#id_signed_on", f"20/11/{YEAR}")
    page.fill("#id_signer", "Phạm Thị Chi")
    page.fill("#id_signer_title", "Chủ tịch Hội")
    follow(page.get_by_role("button", name="Lập và gửi tờ trình"))
    page.wait_for_url(re.compile(r"/to-trinh/\d+/"))

    page = desk(ward.decider)
    page.goto(f"{live_server.url}{reverse('recognition:decision-list')}{query}")
    follow(page.get_by_role("link", name="Xem và quyết định").last)
    follow(page.get_by_role("button", name="Kiểm tra lại trước khi ban hành"))
    follow(page.locator(".confirm-panel").get_by_role("button", name="Ban hành quyết định"))
    expect(page.locator("h1")).to_contain_text("QĐ-UBND")

    dossier.refresh_from_db()
    assert dossier.state == State.RECOGNISED
    certificate = Certificate.objects.get(award__registration=dossier)
    page.context.clear_cookies()
    page.goto(f"{live_server.url}{reverse('recognition:check', args=[certificate.token])}")
    expect(page.locator("main")).to_contain_text("Giấy công nhận này có thật và còn hiệu lực.")
    expect(page.locator("main")).to_contain_text(str(LearningModel(model).label))
