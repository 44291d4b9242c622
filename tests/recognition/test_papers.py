"""Decision and certificate papers: what they say, read back from the PDF, and the QR that leads to the check page."""

import datetime
from dataclasses import replace
from io import BytesIO

import docx
import pypdfium2
import pytest
import zxingcpp
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.lib.paper import to_pdf
from recognition.choices import AwardStatus, LearningModel, State
from recognition.domain import certifying
from recognition.domain.deciding import decided_awards, issue, prepare
from recognition.domain.kept_lists import letter_list, minutes_list
from recognition.domain.registering import send_back
from recognition.models import (
    Award,
    Certificate,
    Decision,
    KeptList,
    Letterhead,
    Proposal,
    Registration,
    ReviewMeeting,
)
from recognition.papers import certificates_pdf, decision_paper, decision_pdf, proposal_paper
from recognition.papers.letterheads import head_of, unbroken
from tests.factories.recognition import YEAR, make_registration, make_registrations, make_ward
from tests.factories.units import HamletFactory
from tests.portal.test_papers_lib import read_text
from units.models import Household, Registrant

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def ward():
    return make_ward()


def decided(ward, *names: str) -> Decision:
    make_registrations(ward, len(names), state=State.RECOGNISED, names=list(names))
    return Decision.objects.get()


def certificates(decision):
    return Certificate.objects.filter(award__decision=decision)


def words(text: str) -> str:
    """Text with every run of white space as one space: typesetting breaks lines where it likes."""
    return " ".join(text.split())


def test_certificate_prints_name_address_title_number_and_validity(ward):
    decision = decided(ward, "Đặng Thị Hồng")

    text = words(read_text(certificates_pdf(decision, certificates(decision))))

    assert "GIẤY CÔNG NHẬN" in text
    assert "Gia đình ông (bà) Đặng Thị Hồng" in text
    assert "1 Tô Hiến Thành, Khu phố 1, Phường Hòa Hưng" in text
    assert "GIA ĐÌNH HỌC TẬP" in text
    assert f"năm {YEAR}" in text
    assert "Quyết định số 01/QĐ-UBND ngày 01/12/2025" in text
    assert "Số vào sổ: 0001/2025" in text
    assert f"Có giá trị đến hết ngày {Award.objects.get().valid_until:%d/%m/%Y}" in text
    assert "ỦY BAN NHÂN DÂN PHƯỜNG HÒA HƯNG" in text.upper()


def test_what_came_later_changes_neither_the_decision_nor_what_is_printed_from_it(ward, client):
    """A paper replaced in the next year, a head and an address that changed, a recognition revoked."""
    decision = decided(ward, "Lê Văn An", "Đặng Thị Hồng", "Vũ Văn Sáu")
    an, hong, _sau = certificates(decision).order_by("number")
    Registrant.objects.filter(pk=an.award.registrant_id).update(name="Lê Thị Con")
    Household.objects.filter(pk=an.award.registrant_id).update(address="99 Đường Khác", group_name="Tổ 9")
    Household.objects.filter(pk=hong.award.registrant_id).update(group_name="Tổ 3")
    new = certifying.replace(
        actor=ward.decider, certificate=an, printed_name="Lê Văn Ân", printed_address="1 Tô Hiến Thành", reason="In sai"
    )
    certifying.revoke(actor=ward.decider, award=hong.award, ground="FALSE", reason="Khai sai", on=decision.signed_on)
    client.force_login(ward.officer)

    made = decision_paper(decision, decided_awards(decision))

    assert [row[1:3] for row in made.annexes[0].blocks[0].rows] == [
        ["Lê Văn An", "1 Tô Hiến Thành"],
        ["Đặng Thị Hồng", "2 Tô Hiến Thành"],
        ["Vũ Văn Sáu", "3 Tô Hiến Thành"],
    ]
    assert "Công nhận 3 hộ gia đình" in made.blocks[-4].text
    page = client.get(reverse("recognition:decision-detail", args=[decision.pk])).content.decode()
    assert "Danh sách được công nhận (3)" in page and "In giấy thứ 1–2" in page and str(new) in page
    batch = client.post(reverse("recognition:decision-certificates", args=[decision.pk, 1])).content
    text = words(read_text(batch))
    assert ("Lê Văn Ân" in text, "Vũ Văn Sáu" in text, "Lê Văn An" in text, "Đặng Thị Hồng" in text) == (
        *(True, True),
        *(False, False),
    )
    # A paper that holds no more is still shown, marked, and not handed out again.
    for old, mark in ((an, "ĐÃ THAY THẾ"), (hong, "ĐÃ THU HỒI"), (new, "")):
        url = reverse("recognition:certificate-paper", args=[old.pk])
        shown = words(read_text(client.get(url).content))
        assert [one for one in ("ĐÃ THAY THẾ", "ĐÃ THU HỒI") if one in shown] == ([mark] if mark else [])
        again = client.post(url, {"reason": "Rách"}, follow=True)
        refused = "Giấy này đã bị thu hồi hoặc thay thế nên không in lại."
        assert bool(mark) is (again["Content-Type"].startswith("text/html") and refused in again.content.decode())


def test_an_address_put_right_before_the_decision_is_the_same_on_decision_and_certificate(ward):
    rows = make_registrations(ward, 2, state=State.PROPOSED, names=["Lê Văn An", "Đặng Thị Hồng"])
    Household.objects.filter(pk=rows[0].registrant_id).update(address="9 Tô Hiến Thành", group_name="Tổ 3")
    walked = prepare(
        actor=ward.decider,
        proposal=Proposal.objects.get(),
        signed_on=datetime.date(YEAR, 12, 1),
        signer="Nguyễn Thị Đào",
        signer_title="Chủ tịch",
    )
    issue(actor=ward.decider, decision=walked, recognise={row.pk: State.PROPOSED for row in rows})
    decision = Decision.objects.get()
    Household.objects.update(group_name="Tổ 5")

    listed = decision_paper(decision, decided_awards(decision)).annexes[0].blocks[0].rows
    assert [row[2] for row in listed] == ["9 Tô Hiến Thành, Tổ 5", "2 Tô Hiến Thành"]
    printed = certificates(decision).order_by("number").values_list("printed_address", flat=True)
    assert [one.split(",")[0] for one in printed] == ["9 Tô Hiến Thành", "2 Tô Hiến Thành"]


def test_a_hamlet_prints_an_extract_of_the_list_and_the_decision_says_what_it_said(ward, client):
    decision = decided(ward, "Lê Văn An", "Đặng Thị Hồng", "Vũ Văn Sáu")
    other = HamletFactory(parent=ward.place, name="Khu phố 2")
    Award.objects.filter(registrant__name="Đặng Thị Hồng").update(hamlet=other)
    client.force_login(ward.hamlet_officer)

    text = words(read_text(client.get(reverse("recognition:decision-paper", args=[decision.pk])).content))
    whole = words(read_text(decision_pdf(decision, decided_awards(decision))))

    assert "Điều 1. Công nhận 3 hộ gia đình (danh sách kèm theo)" in text and "Đặng Thị Hồng" not in text
    assert "TRÍCH DANH SÁCH" in text and "Trích 2 trong 3 hộ gia đình: phần thuộc địa bàn của người in." in text
    assert "Công nhận 3 hộ gia đình" in whole and "TRÍCH" not in whole.upper()


def test_qr_of_a_certificate_leads_to_its_own_check_page(ward, client, settings):
    settings.PUBLIC_URL = "http://testserver"
    decision = decided(ward, "Lê Văn Bình", "Đặng Thị Hồng")

    document = pypdfium2.PdfDocument(certificates_pdf(decision, certificates(decision)))
    pages = []
    for page in document:
        picture = page.render(scale=2.5).to_pil()
        (code,) = zxingcpp.read_barcodes(picture)
        response = client.get(code.text.removeprefix("http://testserver"))
        pages.append(
            (code.text.startswith("http://testserver/kiem-tra/"), response.status_code, response.content.decode())
        )
    document.close()

    # Numbered in the order of the list: by given name, Bình before Hồng.
    assert [(ok, status) for ok, status, _html in pages] == [(True, 200), (True, 200)]
    assert "Lê Văn Bình" in pages[0][2] and "Đặng Thị Hồng" not in pages[0][2]
    assert "Đặng Thị Hồng" in pages[1][2] and "Lê Văn Bình" not in pages[1][2]


def test_decision_prints_grounds_articles_and_the_list_in_order(ward):
    decision = decided(ward, "Trần Thị Yến", "Lê Văn An", "Đặng Thị Hồng")

    text = words(read_text(decision_pdf(decision, decided_awards(decision))))

    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "Số: 01/QĐ-UBND" in text
    assert "Hòa Hưng, ngày 01 tháng 12 năm 2025" in text
    assert "Về việc công nhận danh hiệu “Gia đình học tập” năm 2025" in text
    assert "Xét Tờ trình số 01/TTr-HKH ngày 01/12/2025" in text
    assert "Điều 1. Công nhận 3 hộ gia đình" in text
    assert text.index("Lê Văn An") < text.index("Đặng Thị Hồng") < text.index("Trần Thị Yến")


@pytest.mark.parametrize(
    ("model", "counted"),
    [
        (LearningModel.FAMILY, "1 hộ gia đình"),
        (LearningModel.CITIZEN, "1 công dân"),
        (LearningModel.CLAN, "1 dòng họ"),
        (LearningModel.COMMUNITY_HAMLET, "1 cộng đồng"),
        (LearningModel.UNIT, "1 đơn vị"),
    ],
)
def test_papers_call_people_people_and_clans_clans(ward, client, model, counted):
    decision = decided(ward, "Lê Văn An")
    letter = decision.proposal
    Proposal.objects.update(model=model)  # the same list, read as one of another model
    decision.model = letter.model = model

    ruling = words(read_text(decision_pdf(decision, decided_awards(decision))))
    proposal = words(read_text(to_pdf(proposal_paper(letter, letter_list(letter)))))
    client.force_login(ward.officer)
    page = client.get(reverse("recognition:proposal-paper", args=[letter.pk])).content.decode()
    meeting = ReviewMeeting.objects.get()
    ReviewMeeting.objects.update(model=model)
    minutes = client.get(reverse("recognition:meeting-minutes", args=[meeting.pk]))
    file = client.get(reverse("recognition:meeting-minutes", args=[meeting.pk]) + "?tep=docx").content
    word = "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(file)).paragraphs)

    assert f"Điều 1. Công nhận {counted}" in ruling
    assert f"cho {counted} (danh sách kèm theo)" in proposal
    assert f"cho {counted} (danh sách kèm theo)" in page
    assert "Căn cứ kết quả đăng ký, tự đánh giá và bình xét năm" in page
    for text in (minutes.content.decode(), word):
        assert f"Cuộc họp xét {counted}; đề nghị công nhận {counted}" in text


def test_decision_page_keeps_the_decree_s_margins(ward):
    decision = decided(ward, "Lê Văn An")

    made = replace(decision_paper(decision, decided_awards(decision)), code="")  # the code stands in the margin
    document = pypdfium2.PdfDocument(to_pdf(made))
    page = document[0]
    width, height = page.get_size()
    text = page.get_textpage()
    letters = [n for n in range(text.count_chars()) if text.get_text_range(n, 1).strip()]  # not the spaces at line ends
    inked = [text.get_charbox(n) for n in letters]
    document.close()

    millimetre = 72 / 25.4
    assert (round(width), round(height)) == (595, 842)
    assert min(box[0] for box in inked) >= 29.5 * millimetre  # left 30 mm
    assert max(box[2] for box in inked) <= width - 14.5 * millimetre  # right 15 mm
    assert max(box[3] for box in inked) <= height - 19 * millimetre  # top 20 mm
    assert min(box[1] for box in inked) >= 19.5 * millimetre  # bottom 20 mm


# --- The public check page


def check_page(client, certificate):
    return client.get(reverse("recognition:check", args=[certificate.token]))


def test_check_page_shows_everything_printed_and_nothing_else(ward, client):
    decision = decided(ward, "Đặng Thị Hồng")
    certificate = certificates(decision).get()

    html = check_page(client, certificate).content.decode()

    for printed in (
        "Gia đình ông (bà) Đặng Thị Hồng",
        "1 Tô Hiến Thành, Khu phố 1, Phường Hòa Hưng",
        "Gia đình học tập năm 2025",
        "Số 01/QĐ-UBND ngày 01/12/2025",
        "0001/2025",
        "Chủ tịch Nguyễn Thị Đào",
    ):
        assert printed in html
    assert "Giấy công nhận này có thật và còn hiệu lực." in html
    assert "90" not in html.split('id="main"')[1].split("</main>")[0]  # points stay inside


def test_check_page_says_when_it_expired_was_revoked_or_replaced(ward, client):
    decision = decided(ward, "Đặng Thị Hồng")
    certificate = certificates(decision).get()
    award = Award.objects.all()

    award.update(valid_until=datetime.date(2026, 1, 31))
    assert "Giấy là thật nhưng đã hết hạn ngày 31/01/2026." in check_page(client, certificate).content.decode()

    award.update(status=AwardStatus.REVOKED, status_reason="Khai sai")
    html = check_page(client, certificate).content.decode()
    assert "Việc công nhận này đã bị thu hồi." in html
    assert "Khai sai" not in html

    award.update(status=AwardStatus.VALID, status_reason="")
    newer = Certificate.objects.create(
        award=award.get(), place=decision.place, number_year=2026, number=9, token="t" * 32,
        printed_name="Đặng Thị Hồng", issued_on=datetime.date(2026, 2, 1),
    )  # fmt: skip
    Certificate.objects.filter(pk=certificate.pk).update(replaced_by=newer)
    assert "Giấy này đã được thay bằng giấy khác." in check_page(client, certificate).content.decode()


@pytest.mark.parametrize("token", ["khong-co", "x" * 300, "a'; DROP TABLE", "%00", "é"])
def test_token_that_never_existed_gets_a_sentence(client, token):
    response = client.get(reverse("recognition:check", args=[token.replace("%00", "nul")]))

    assert response.status_code == 404
    assert "Mã này không ứng với giấy công nhận nào" in response.content.decode()


# --- The decision screens


def form_data(rows, **changes):
    data = {
        "signed_on": "05/12/2025",
        "number": "",
        "signer_title": "Chủ tịch",
        "signer": "Nguyễn Thị Đào",
        "grounds": "Căn cứ Quyết định số 448/QĐ-KHVN.",
        "row": [f"{row.pk}:PROPOSED" for row in rows],
        "step": "check",
    }
    data |= {f"choice-{row.pk}": "recognise" for row in rows}
    return data | changes


def proposed(ward, count=2):
    rows = make_registrations(ward, count, state=State.PROPOSED)
    rows[0].refresh_from_db()
    return rows, rows[0].proposal


def test_decider_chooses_checks_and_issues(ward, client):
    rows, proposal = proposed(ward, 3)
    client.force_login(ward.decider)
    url = reverse("recognition:decision-create", args=[proposal.pk])
    data = form_data(rows) | {f"choice-{rows[2].pk}": "refuse", f"reason-{rows[2].pk}": "Chưa đủ minh chứng"}

    check = client.post(url, data)

    assert check.status_code == 200
    assert "Chưa đủ minh chứng" in check.content.decode()
    draft = Decision.objects.get()
    issued = client.post(reverse("recognition:decision-issue", args=[draft.pk]), data, follow=True)
    assert "Đã ban hành quyết định 01/QĐ-UBND: công nhận 2, không công nhận 1." in issued.content.decode()
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["RECOGNISED", "RECOGNISED", "REFUSED"]
    assert rows[2].state_note == "Chưa đủ minh chứng"
    assert list(Certificate.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_the_rules_do_not_travel_with_every_row_of_the_list(ward, client):
    _rows, proposal = proposed(ward, 12)
    client.force_login(ward.decider)

    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("recognition:decision-create", args=[proposal.pk]))

    assert page.content.decode().count('name="row"') == 12
    lists = [query["sql"] for query in captured if query["sql"].startswith('SELECT "recognition_registration"')]
    assert not [sql for sql in lists if '"recognition_rulebook"."content"' in sql]


def test_pressing_issue_twice_issues_once(ward, client):
    rows, proposal = proposed(ward)
    client.force_login(ward.decider)
    client.post(reverse("recognition:decision-create", args=[proposal.pk]), form_data(rows))
    draft = Decision.objects.get()
    url = reverse("recognition:decision-issue", args=[draft.pk])

    client.post(url, form_data(rows))
    second = client.post(url, form_data(rows), follow=True)

    assert "đã được ban hành trước đó; không ban hành lần hai." in second.content.decode()
    assert Award.objects.count() == 2
    assert Certificate.objects.count() == 2
    assert Decision.objects.count() == 1


def test_what_is_issued_is_the_paper_the_person_saw_not_what_another_browser_wrote_since(ward, client):
    rows, proposal = proposed(ward)
    client.force_login(ward.decider)
    create = reverse("recognition:decision-create", args=[proposal.pk])
    seen = form_data(rows, signer="Người Ký A", grounds="Căn cứ A.")
    client.post(create, seen)
    client.post(create, form_data(rows, signer="Người Ký B", signed_on="20/12/2025", grounds="Căn cứ B."))

    client.post(reverse("recognition:decision-issue", args=[Decision.objects.get().pk]), seen)

    decision = Decision.objects.get()
    assert (decision.signer, decision.signed_on, decision.grounds) == (
        "Người Ký A",
        datetime.date(2025, 12, 5),
        ["Căn cứ A."],
    )
    assert set(Certificate.objects.values_list("issued_on", flat=True)) == {datetime.date(2025, 12, 5)}


def test_another_list_for_a_decision_issued_meanwhile_is_refused_and_kept(ward, client):
    rows, proposal = proposed(ward, 3)
    client.force_login(ward.decider)
    client.post(reverse("recognition:decision-create", args=[proposal.pk]), form_data(rows))
    url = reverse("recognition:decision-issue", args=[Decision.objects.get().pk])
    client.post(url, form_data(rows) | {f"choice-{rows[2].pk}": "leave"})
    mine = form_data(rows) | {f"choice-{rows[2].pk}": "refuse", f"reason-{rows[2].pk}": "Chưa đủ minh chứng"}
    mine[f"choice-{rows[0].pk}"] = "leave"

    response = client.post(url, mine)

    html = response.content.decode()
    assert response.status_code == 409
    assert "vừa ban hành Quyết định 01/QĐ-UBND cho tờ trình này với danh sách khác" in html
    assert 'value="Chưa đủ minh chứng"' in html
    rows[2].refresh_from_db()
    assert rows[2].state == "PROPOSED"


def test_issuing_without_the_paper_is_refused_with_words(ward, client):
    rows, proposal = proposed(ward)
    client.force_login(ward.decider)
    client.post(reverse("recognition:decision-create", args=[proposal.pk]), form_data(rows))

    response = client.post(
        reverse("recognition:decision-issue", args=[Decision.objects.get().pk]), form_data(rows, number="-3", signer="")
    )

    assert response.status_code == 409
    assert Decision.objects.get().number is None
    assert Award.objects.count() == 0


def test_list_decided_in_another_browser_is_refused_whole_with_reasons(ward, client):
    rows, proposal = proposed(ward)
    client.force_login(ward.decider)
    client.post(reverse("recognition:decision-create", args=[proposal.pk]), form_data(rows))
    draft = Decision.objects.get()
    stale = form_data(rows) | {"row": [f"{rows[0].pk}:PROPOSED", f"{rows[1].pk}:REVIEWED"]}

    response = client.post(reverse("recognition:decision-issue", args=[draft.pk]), stale)

    html = response.content.decode()
    assert response.status_code == 409
    assert "Có 1 hồ sơ không quyết định được nên chưa ban hành. Không có gì thay đổi." in html
    assert rows[1].registrant.name in html
    assert Award.objects.count() == 0
    draft.refresh_from_db()
    assert draft.number is None


def test_refusal_without_reason_is_asked_for_and_choices_are_kept(ward, client):
    rows, proposal = proposed(ward)
    client.force_login(ward.decider)
    data = form_data(rows, signer="Người khác") | {f"choice-{rows[0].pk}": "refuse"}

    response = client.post(reverse("recognition:decision-create", args=[proposal.pk]), data)

    html = response.content.decode()
    assert response.status_code == 422
    assert client.post(reverse("recognition:decision-create", args=[proposal.pk]), {}).status_code == 422
    assert "Cần ghi lý do không công nhận." in html
    assert 'value="Người khác"' in html
    assert '<option value="refuse" selected>' in html
    assert Decision.objects.count() == 0


def test_date_before_the_proposal_is_refused_beside_the_field(ward, client):
    rows, proposal = proposed(ward)
    client.force_login(ward.decider)

    response = client.post(
        reverse("recognition:decision-create", args=[proposal.pk]), form_data(rows, signed_on="30/11/2025")
    )

    assert response.status_code == 422
    assert "Ngày quyết định (30/11/2025) không được trước ngày tờ trình (01/12/2025)." in response.content.decode()


def test_used_number_is_refused_and_nothing_changes(ward, client):
    make_registration(ward, state=State.RECOGNISED, name="Lê Văn Cũ")
    rows = make_registrations(ward, 1, state=State.PROPOSED, names=["Trần Thị Mới"])
    rows[0].refresh_from_db()
    client.force_login(ward.decider)
    data = form_data(rows, number="1")
    client.post(reverse("recognition:decision-create", args=[rows[0].proposal_id]), data)
    draft = Decision.objects.get(state="DRAFT")

    response = client.post(reverse("recognition:decision-issue", args=[draft.pk]), data)

    assert response.status_code == 409
    assert "Số 01/QĐ-UBND đã dùng trong năm 2025." in response.content.decode()
    rows[0].refresh_from_db()
    assert rows[0].state == "PROPOSED"


def test_programs_that_ask_for_the_head_only_are_answered(ward, client):
    decision = decided(ward, "Lê Văn An")
    check = reverse("recognition:check", args=[certificates(decision).first().token])

    assert client.head(check).status_code == 200  # messengers preview the link behind a QR code this way
    assert client.head("/kiem-tra/sai/").status_code == 404
    client.force_login(ward.officer)
    assert client.head(reverse("recognition:decision-detail", args=[decision.pk])).status_code == 200


def test_decision_papers_open_as_pdf(ward, client):
    decision = decided(ward, "Lê Văn An", "Đặng Thị Hồng")
    client.force_login(ward.officer)

    for url in (
        reverse("recognition:decision-paper", args=[decision.pk]),
        reverse("recognition:decision-certificates", args=[decision.pk, 1]),
        reverse("recognition:certificate-paper", args=[certificates(decision).first().pk]),
    ):
        response = client.post(url, {"reason": "Rách"}) if "/giay" in url else client.get(url)
        assert response["Content-Type"] == "application/pdf"
        assert response["Cache-Control"] == "no-store, private"
        pages = len(pypdfium2.PdfDocument(BytesIO(response.content)))
        assert pages == (1 if "giay-cong-nhan/" in url and "quyet-dinh" not in url else 2)


@pytest.mark.parametrize("text", ["hong", "HỒNG", "0002", "2/2025"])
def test_certificate_is_found_by_name_without_marks_or_by_number(ward, client, text):
    decided(ward, "Lê Văn An", "Đặng Thị Hồng")
    client.force_login(ward.officer)
    session = client.session
    session["year"] = YEAR
    session.save()

    html = client.get(reverse("recognition:certificate-list"), {"q": text}).content.decode()

    assert "Đặng Thị Hồng" in html
    assert "Lê Văn An" not in html


@pytest.mark.parametrize("url_name", ["recognition:decision-detail", "recognition:certificate-list"])
def test_queries_do_not_grow_with_rows(ward, client, url_name):
    client.force_login(ward.officer)
    counts = []
    for number, amount in enumerate((3, 20)):
        names = [f"Nguyễn Văn {chr(65 + number)}{chr(97 + index)}" for index in range(amount)]
        make_registrations(ward, amount, state=State.RECOGNISED, names=names)
        args = [Decision.objects.latest("pk").pk] if "detail" in url_name else []
        client.get(reverse(url_name, args=args))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(reverse(url_name, args=args))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_ward_that_meets_about_its_organisations_gets_minutes_too(ward, client):
    make_registrations(ward, 1, state=State.REVIEWED, names=["Trường THCS Hòa Hưng"])
    meeting = ReviewMeeting.objects.get()
    Letterhead.objects.create(place=ward.place, body="ASSOCIATION", superior="Hội Khuyến học thành phố của chúng ta")
    ReviewMeeting.objects.update(place=ward.place, model=LearningModel.UNIT)
    client.force_login(ward.officer)
    url = reverse("recognition:meeting-minutes", args=[meeting.pk])

    page = client.get(url).content.decode()
    file = words(read_text(client.get(url + "?tep=pdf").content))

    for text in (page, file):
        assert "HỘI KHUYẾN HỌC THÀNH PHỐ CỦA CHÚNG TA" in words(text).replace("\xa0", " ")  # the place's own letterhead
        assert f"tại {meeting.venue}, Phường Hòa Hưng tổ chức họp bình xét" in words(text)
        assert "Độc lập - Tự do - Hạnh phúc" in text
    assert "Mẫu BB-01 (mã của phần mềm, không phải mẫu chính thức)" in page


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Hội Khuyến học Phường Hòa Hưng", "Hội Khuyến học Phường\xa0Hòa\xa0Hưng"),
        ("Hội Khuyến học Thành phố Hồ Chí Minh", "Hội Khuyến học Thành\xa0phố\xa0Hồ\xa0Chí\xa0Minh"),
        ("Hội Khuyến học " + "Xã " + "a" * 21, "Hội Khuyến học " + "Xã\xa0" + "a" * 21),
        ("Hội Khuyến học " + "Xã " + "a" * 22, "Hội Khuyến học " + "Xã " + "a" * 22),  # would not fit a line
        ("Chi hội Khu phố 4", "Chi hội Khu phố 4"),
        ("", ""),
    ],
)
def test_a_heading_breaks_before_the_name_of_the_place(line, wanted):
    assert unbroken(line) == wanted


def test_letter_and_minutes_are_printed_again_as_they_were_sent(ward, client):
    """A dossier returned, points and address changed, another letterhead: the paper of the day stays, to the digit."""
    rows = make_registrations(ward, 3, state=State.PROPOSED, names=["Lê Văn An", "Đặng Thị Hồng", "Vũ Văn Sáu"])
    letter, meeting = Proposal.objects.get(), ReviewMeeting.objects.get()
    urls = [
        reverse("recognition:proposal-paper", args=[letter.pk]),
        reverse("recognition:meeting-minutes", args=[meeting.pk]),
    ]
    client.force_login(ward.officer)
    before = [words(read_text(client.get(url + "?tep=pdf").content)) for url in urls]
    assert "công nhận danh hiệu “Gia đình học tập” năm 2025 cho 3 hộ gia đình" in before[0]
    assert "Cuộc họp xét 3 hộ gia đình; đề nghị công nhận 3 hộ gia đình" in before[1]

    send_back(actor=ward.decider, shown={rows[1].pk: State.PROPOSED}, reason="Thiếu chữ ký chủ hộ")
    Registration.objects.filter(pk=rows[0].pk).update(self_half=160, review_half=161)
    Registrant.objects.filter(pk=rows[2].registrant_id).update(name="Vũ Thị Con")
    Household.objects.filter(pk=rows[2].registrant_id).update(address="99 Đường Khác")
    head = Letterhead.objects.create(place=ward.place, body="ASSOCIATION", agency="Hội Khuyến học phường Hòa Hưng")
    first_set = words(read_text(client.get(urls[0] + "?tep=pdf").content))
    assert first_set.split("Kính gửi")[1] == before[0].split("Kính gửi")[1]
    assert "HỘI KHUYẾN HỌC PHƯỜNG HÒA HƯNG" in first_set  # set up for the first time: nothing was said before
    # Changed after the letter's day the head is another paper's; on its own day it is mended.
    sent_today = letter.created_at
    Proposal.objects.update(created_at=sent_today - 2 * DAY)
    head.agency = "Hội Khuyến học tên mới"
    head.save()

    after = [words(read_text(client.get(url + "?tep=pdf").content)) for url in urls]
    assert after == [first_set, before[1]]
    assert head_of(ward.place, "ASSOCIATION", sent_today).agency == ("Hội Khuyến học tên mới",)
    # On screen it is said what became of it.
    page = words(client.get(reverse("recognition:proposal-detail", args=[letter.pk])).content.decode())
    assert "Đã trả lại sau khi gửi (1)" in page and "Thiếu chữ ký chủ hộ" in page
    page = client.get(reverse("recognition:meeting-detail", args=[meeting.pk])).content.decode()
    assert (page.count("Đã trả lại sau cuộc họp"), "Đặng Thị Hồng" in page, "Vũ Thị Con" in page) == (1, True, False)
    # A page of many tells what the papers say, and of older ones what is left of them.
    lists = [(f"/to-trinh/?nam={YEAR}", "listing"), (f"/hop-binh-xet/?nam={YEAR}", "meetings")]

    def told():
        letter, meeting = (next(iter(client.get(url).context[name])) for url, name in lists)
        return letter.listed, meeting.listed, meeting.passed

    assert told() == (3, 3, 3)
    # What was written before lists were kept is printed from what is left, and every page says so.
    pages = [
        *urls,
        reverse("recognition:proposal-detail", args=[letter.pk]),
        reverse("recognition:meeting-detail", args=[meeting.pk]),
    ]
    said = "Danh sách này lấy theo hồ sơ hôm nay"
    assert [said in client.get(url).content.decode() for url in pages] == [False] * 4
    KeptList.objects.all().delete()
    assert [said in client.get(url).content.decode() for url in pages] == [True] * 4
    letter, meeting = Proposal.objects.get(), ReviewMeeting.objects.get()
    assert [len(letter_list(letter)), len(minutes_list(meeting))] == [2, 2]
    assert letter_list(letter)[0].agreed_half == 161
    assert told() == (2, 2, 2)
