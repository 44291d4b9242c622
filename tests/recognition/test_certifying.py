"""After the decision: revoking, replacing, reprinting, objections, the public check and what stands on the papers."""

import datetime
import io
import threading

import docx as reader
import openpyxl
import pypdfium2
import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from portal.lib import pdf
from portal.lib.workdays import add_working_days
from recognition.choices import AwardStatus, CheckOutcome, State
from recognition.domain import certifying, objecting
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.printing import printed_before
from recognition.models import (
    Award,
    Certificate,
    CertificateCheck,
    CertificatePrint,
    Holiday,
    Letterhead,
    Objection,
)
from tests.clock import within_a_minute
from tests.factories.recognition import make_registration, make_registrations, make_ward
from tests.factories.units import CommuneFactory, DistrictFactory, HamletFactory
from tests.portal.test_papers_lib import read_text

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def ward():
    return make_ward()


@pytest.fixture
def certificate(ward):
    make_registration(ward, state=State.RECOGNISED, name="Nguyễn Thị Phương Nghiêm Thuỵ")
    return Certificate.objects.get()


def revoke(actor, certificate, **changes):
    given = {"ground": "FALSE", "reason": "Khai sai số người học", "on": TODAY()} | changes
    return certifying.revoke(actor=actor, award=certificate.award, **given)


def replace(actor, certificate, **changes):
    given = {"printed_name": "Nguyễn Thị Phượng", "printed_address": "9 Hòa Hưng", "reason": "In sai tên"} | changes
    return certifying.replace(actor=actor, certificate=certificate, **given)


def test_revoked_award_keeps_its_record_with_ground_reason_and_number(ward, certificate):
    revoke(ward.decider, certificate, number="12/QĐ-UBND")

    award = Award.objects.get()
    assert (award.status, award.status_on) == (AwardStatus.REVOKED, TODAY())
    assert award.status_reason == "Khai báo sai sự thật: Khai sai số người học. Quyết định thu hồi số 12/QĐ-UBND"
    assert certifying.outcome_of(Certificate.objects.get()) == CheckOutcome.REVOKED


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": "  "}, "Thu hồi phải ghi căn cứ và lý do."),
        ({"ground": "X"}, "Thu hồi phải ghi căn cứ và lý do."),
        (
            {"on": datetime.date(2025, 11, 30)},
            "Ngày thu hồi phải từ ngày quyết định công nhận (01/12/2025) đến hôm nay.",
        ),
        ({"on": datetime.date(9999, 1, 1)}, "Ngày thu hồi phải từ ngày quyết định công nhận (01/12/2025) đến hôm nay."),
    ],
)
def test_revocation_without_ground_or_on_an_impossible_day_is_refused(ward, certificate, changes, sentence):
    with pytest.raises(RecognitionError) as caught:
        revoke(ward.decider, certificate, **changes)

    assert caught.value.message == sentence
    assert Award.objects.get().status == AwardStatus.VALID


def test_revoking_on_the_day_of_the_decision_is_allowed_and_twice_is_not(ward, certificate):
    revoke(ward.decider, certificate, on=datetime.date(2025, 12, 1))

    with pytest.raises(RecognitionError, match="đã bị thu hồi hoặc thay thế từ trước"):
        revoke(ward.decider, certificate)


def test_only_the_deciding_body_changes_an_award(ward, certificate):
    stranger = make_ward("Phường Xa").decider
    for person in (ward.officer, ward.chair, ward.hamlet_officer, stranger):
        with pytest.raises(NotPermitted):
            revoke(person, certificate)
        with pytest.raises(NotPermitted):
            replace(person, certificate)

    assert Award.objects.filter(status=AwardStatus.VALID).exists() and Certificate.objects.count() == 1


def test_replacement_takes_the_next_number_and_a_new_secret_and_ends_the_old_paper(ward, certificate):
    new = replace(ward.decider, certificate)

    certificate.refresh_from_db()
    assert certificate.replaced_by == new and new.token != certificate.token and len(new.token) == 32
    assert (new.printed_name, new.printed_address, new.number_year) == ("Nguyễn Thị Phượng", "9 Hòa Hưng", TODAY().year)
    assert certificate.printed_name == "Nguyễn Thị Phương Nghiêm Thuỵ"
    assert certifying.outcome_of(certificate) == CheckOutcome.REPLACED
    assert certifying.outcome_of(new) == CheckOutcome.VALID
    with pytest.raises(RecognitionError, match="đã được thay bằng giấy khác"):
        replace(ward.decider, certificate)


@pytest.mark.parametrize(("field", "sentence"), [("printed_name", "tên in"), ("reason", "phải ghi lý do")])
def test_replacement_needs_a_name_and_a_reason(ward, certificate, field, sentence):
    with pytest.raises(RecognitionError, match=sentence):
        replace(ward.decider, certificate, **{field: " "})


def test_revoked_recognition_gets_no_new_paper(ward, certificate):
    revoke(ward.decider, certificate)

    with pytest.raises(RecognitionError, match="không còn hiệu lực nên không cấp lại giấy"):
        replace(ward.decider, certificate)


@pytest.mark.django_db(transaction=True)
def test_of_two_replacements_at_once_one_wins(ward, certificate):
    results = []

    def run():
        try:
            results.append(replace(ward.decider, certificate).number)
        except RecognitionError as error:
            results.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Certificate.objects.count() == 2
    assert sorted(map(str, results))[1] == "Giấy này đã được thay bằng giấy khác; hãy mở giấy mới nhất."


def test_every_print_is_noted_and_a_reprint_keeps_its_reason(ward, certificate, client):
    client.force_login(ward.chair)
    url = reverse("recognition:certificate-paper", args=[certificate.pk])

    # Looking is not printing: a marked copy, however often it is opened.
    for _n in range(2):
        assert "BẢN XEM" in read_text(client.get(url).content)
    assert not CertificatePrint.objects.exists()
    first = client.post(url)
    assert (first["Content-Type"], "BẢN XEM" in read_text(first.content)) == ("application/pdf", False)
    assert client.post(url, {"reason": ""}).status_code == 302  # again, and nobody says why
    assert client.post(url, {"reason": "Mất giấy"})["Content-Type"] == "application/pdf"
    batch = reverse("recognition:decision-certificates", args=[certificate.award.decision_id, 1])
    assert client.get(batch).status_code == 405
    assert client.post(batch)["Content-Type"] == "application/pdf"
    page = client.get(reverse("recognition:certificate-detail", args=[certificate.pk])).content.decode()
    assert ("in theo tập 1 giấy của quyết định" in page, "Mất giấy" in page) == (True, True)

    kept = CertificatePrint.objects.order_by("id").values_list("certificate", "count", "reason", "by_name")
    assert list(kept) == [
        (certificate.pk, 1, "", "Phạm Thị Chi"),
        (certificate.pk, 1, "Mất giấy", "Phạm Thị Chi"),
        (None, 1, "", "Phạm Thị Chi"),
    ]


def test_a_file_that_could_not_be_made_is_no_print(ward, certificate, client, monkeypatch):
    """A full disk, a typesetter that gives up: the next try is still the first, and nobody is asked why."""
    monkeypatch.setattr(pdf, "compile", lambda *_args, **_values: 1 / 0)
    client.force_login(ward.chair)
    client.raise_request_exception = False

    for name, args in (
        ("certificate-paper", [certificate.pk]),
        ("decision-certificates", [certificate.award.decision_id, 1]),
    ):
        assert client.post(reverse(f"recognition:{name}", args=args)).status_code == 500
    assert not CertificatePrint.objects.exists()


def test_a_batch_counts_for_the_papers_it_held(ward, client):
    """A hamlet prints its part of a decision; a paper given in place of another was in no batch before it was there."""
    make_registrations(ward, 2, state=State.RECOGNISED)
    first, second = Certificate.objects.order_by("number")
    Award.objects.filter(pk=second.award_id).update(hamlet=HamletFactory(parent=ward.place, name="Khu phố 2"))
    decision = first.award.decision
    batch = reverse("recognition:decision-certificates", args=[decision.pk, 1])

    def printed(certificate):
        return printed_before(certificate, decision)

    client.force_login(ward.hamlet_officer)
    assert client.post(batch)["Content-Type"] == "application/pdf"
    assert (printed(first), printed(second)) == (True, False)
    client.force_login(ward.chair)
    page = client.get(reverse("recognition:certificate-detail", args=[second.pk])).content.decode()
    assert "Giấy này chưa được in lần nào." in page and "in theo tập" not in page

    new = replace(ward.decider, first)
    assert printed(new) is False
    client.post(batch)
    assert (printed(new), printed(second)) == (True, True)
    # What was printed before batches were noted paper by paper counts for all that were there then.
    CertificatePrint.objects.update(papers=None)
    assert (printed(first), printed(new)) == (True, False)


def test_pages_revoke_and_replace_and_the_register_filters_by_what_holds(ward, certificate, client):
    client.force_login(ward.decider)
    page = client.post(
        reverse("recognition:certificate-replace", args=[certificate.pk]),
        {"printed_name": "Lê Văn Mới", "printed_address": "", "reason": "Sai tên"},
        follow=True,
    )
    assert "Đã cấp giấy số" in page.content.decode()
    new = Certificate.objects.get(printed_name="Lê Văn Mới")
    year = {"nam": 2025}
    found = client.get(reverse("recognition:certificate-list"), year | {"holds": "REPLACED"}).context["listing"].rows
    assert [one.pk for one in found] == [certificate.pk]
    bad = client.post(reverse("recognition:certificate-revoke", args=[new.pk]), {"ground": "FALSE", "reason": ""})
    assert bad.status_code == 422
    data = {"ground": "FALSE", "reason": "Sai", "on": TODAY().strftime("%d/%m/%Y")}
    done = client.post(reverse("recognition:certificate-revoke", args=[new.pk]), data, follow=True)
    assert "Đã thu hồi công nhận của Lê Văn Mới." in done.content.decode()
    sheet = client.get(reverse("recognition:certificate-list"), year | {"tep": "xlsx", "holds": "REVOKED"})
    book = openpyxl.load_workbook(io.BytesIO(sheet.content)).active
    rows = list(book.values)
    assert (rows[0][0], rows[2][0], len(rows)) == ("Sổ giấy công nhận, năm 2025", "Số vào sổ", 5)
    # On paper: A4 on its side, one page wide, the headings on every page.
    setup = book.page_setup
    assert (setup.orientation, setup.paperSize, setup.fitToHeight) == ("landscape", 9, 0)
    assert book.sheet_properties.pageSetUpPr.fitToPage and book.print_title_rows == "$1:$3"
    assert {row[1] for row in rows[3:]} == {"Nguyễn Thị Phương Nghiêm Thuỵ", "Lê Văn Mới"}


# --- The public check


def test_checks_are_counted_by_day_and_outcome_and_know_nothing_of_the_visitor(ward, certificate, client):
    url = reverse("recognition:check", args=[certificate.token])
    client.get(url)
    client.get(url)
    client.get(reverse("recognition:check", args=["khong-co"]))

    kept = CertificateCheck.objects.order_by("outcome").values_list("day", "outcome", "count")
    assert list(kept) == [(TODAY(), "UNKNOWN", 1), (TODAY(), "VALID", 2)]
    assert {field.name for field in CertificateCheck._meta.fields} == {"id", "day", "outcome", "count"}


@pytest.mark.parametrize(
    "place", ["hoa hung", "Phường Hòa Hưng", "UBND phường Hòa Hưng", "Hòa Hưng, Tỉnh", "P. Hòa Hưng", "UBND P.Hòa Hưng"]
)
def test_typed_number_shows_less_than_the_code(ward, certificate, client, place):
    page = client.get(reverse("recognition:check-start"), {"number": "0001/2025", "place": place})

    html = page.content.decode()
    assert "Giấy công nhận này có thật và còn hiệu lực." in html and "01/QĐ-UBND" in html
    assert certificate.printed_name not in html and "Tô Hiến Thành" not in html and certificate.token not in html


@pytest.mark.parametrize(
    ("number", "place", "sentence"),
    [
        ("0002/2025", "hoa hung", "Không có giấy công nhận nào mang số này ở nơi đó"),
        ("0001/2025", "xa la", "Không có giấy công nhận nào mang số này ở nơi đó"),
        ("0001/2025", "%%%", "Hãy gõ tên nơi cấp như in trên giấy, ví dụ: Hòa Hưng."),
        ("0001/2025", "phường", "Hãy gõ tên nơi cấp như in trên giấy, ví dụ: Hòa Hưng."),
        ("abc", "hoa hung", "Hãy gõ số và năm như in trên giấy, ví dụ: 0012/2026."),
    ],
)
def test_number_that_does_not_exist_gets_a_sentence(ward, certificate, client, number, place, sentence):
    assert (
        sentence in client.get(reverse("recognition:check-start"), {"number": number, "place": place}).content.decode()
    )


def test_a_typed_place_is_the_one_called_so_and_too_many_are_told_apart_by_more_words(ward, certificate, client):
    """Numbered wards of many districts: none is hidden behind the first five, "Phường 1" is not "Phường 10"."""
    award, places = certificate.award, [CommuneFactory(name="Phường 10")]
    places += [CommuneFactory(name="Phường 1", parent=DistrictFactory(name=f"Quận {letter}")) for letter in "ABCDEF"]
    for n, place in enumerate(places):
        Certificate.objects.create(
            award=award, place=place, number_year=2016, number=1, token=f"{n:032d}", printed_name="A",
            issued_on=datetime.date(2016, 12, 1),
        )  # fmt: skip

    def asked(place):
        html = client.get(reverse("recognition:check-start"), {"number": "0001/2016", "place": place}).content.decode()
        return html.count("còn hiệu lực."), "Nhiều nơi có tên như vậy đã cấp giấy mang số này" in html

    assert asked("Phường 1") == (0, True)
    assert asked("Phường 1, Quận E") == (1, False)
    assert asked("P1, Q. E") == (1, False)
    assert asked("phuong 10") == (1, False)
    assert asked("Quận E") == (1, False)
    assert CertificateCheck.objects.get(outcome="UNKNOWN").count == 1


def test_checks_from_one_address_are_limited(ward, certificate, client, settings):
    settings.CHECKS_PER_MINUTE = 2
    url = reverse("recognition:check", args=[certificate.token])

    def asked(number):
        return [client.get(url, REMOTE_ADDR=f"10.9.{last}.{number}").status_code for last in (8, 8, 8, 9)]

    assert within_a_minute(asked) == [200, 200, 429, 200]

    def from_one_line(number):
        addresses = [f"2001:db8:0:{number:x}::{last}" for last in (1, 2, 3)]
        return [client.get(url, REMOTE_ADDR=address).status_code for address in addresses]

    assert within_a_minute(from_one_line) == [200, 200, 429]


# --- Objections


def test_working_days_skip_the_week_end():
    friday = datetime.date(2026, 11, 27)

    assert add_working_days(friday, 1) == datetime.date(2026, 11, 30)
    assert add_working_days(friday, 7) == datetime.date(2026, 12, 8)
    assert add_working_days(datetime.date(2026, 11, 28), 1) == datetime.date(2026, 11, 30)


def object_to(ward, row, **changes):
    given = {"objector": "Ông Tư", "text": "Hộ này chưa học", "received_on": datetime.date(2025, 12, 2)} | changes
    return objecting.enter(actor=ward.officer, registration=row, **given)


def test_objection_is_due_ten_working_days_after_it_came(ward, certificate):
    one = object_to(ward, certificate.award.registration)

    assert (one.published_on, one.window_until) == (datetime.date(2025, 12, 1), datetime.date(2025, 12, 10))
    assert one.due_on == datetime.date(2025, 12, 16)
    assert one.is_late == (TODAY() > one.due_on)


@pytest.mark.parametrize(("day", "taken"), [(1, True), (10, True), (11, False)])
def test_window_has_a_first_and_a_last_day(ward, certificate, day, taken):
    row = certificate.award.registration
    if taken:
        assert object_to(ward, row, received_on=datetime.date(2025, 12, day)).pk
        return
    with pytest.raises(RecognitionError) as caught:
        object_to(ward, row, received_on=datetime.date(2025, 12, day))
    assert caught.value.message == (
        "Thời hạn phản ánh là từ 01/12/2025 đến 10/12/2025; phản ánh nhận ngày 11/12/2025 nằm ngoài thời hạn."
    )


def test_nothing_published_nothing_to_object_to(ward):
    row = make_registration(ward, state=State.PROPOSED)

    with pytest.raises(RecognitionError, match="chưa có kết quả công bố"):
        object_to(ward, row)


def test_answer_that_keeps_leaves_the_award_and_comes_once(ward, certificate):
    one = object_to(ward, certificate.award.registration)
    with pytest.raises(RecognitionError, match="Phản ánh này đã được ghi"):
        object_to(ward, certificate.award.registration)
    objecting.answer(actor=ward.chair, objection=one, outcome="KEPT", text="Đã kiểm tra, đúng.")

    with pytest.raises(RecognitionError, match="Phạm Thị Chi đã trả lời phản ánh này"):
        objecting.answer(actor=ward.decider, objection=one, outcome="REVOKED", text="Khác")
    assert Award.objects.get().status == AwardStatus.VALID


def test_answer_that_revokes_does_both_or_nothing(ward, certificate):
    one = object_to(ward, certificate.award.registration)

    with pytest.raises(NotPermitted):
        objecting.answer(actor=ward.chair, objection=one, outcome="REVOKED", text="Khai sai")
    assert Objection.objects.get().outcome == ""
    objecting.answer(actor=ward.decider, objection=one, outcome="REVOKED", text="Khai sai")

    award = Award.objects.get()
    assert (award.status, award.status_reason) == ("REVOKED", "Theo kết quả giải quyết phản ánh: Khai sai")


def test_officer_enters_and_chair_answers_on_the_pages(ward, certificate, client):
    client.force_login(ward.officer)
    url = reverse("recognition:objection-create", args=[certificate.award.registration_id])
    data = {"objector": "Bà Năm", "contact": "", "received_on": "02/12/2025", "text": "Sai"}
    assert client.post(url, data | {"received_on": "15/01/2026"}).status_code == 422
    assert client.post(url, data).status_code == 302
    one = Objection.objects.get()
    page = reverse("recognition:objection-detail", args=[one.pk])
    assert "đã trừ ngày lễ dương lịch; năm 2025 chưa ghi đủ" in client.get(page).content.decode()
    Holiday.objects.create(day="2025-12-05", name="x", is_off=True)  # known since the objection was entered
    assert "theo ngày nghỉ lễ ghi sau đó là 17/12/2025" in client.get(page).content.decode()
    assert client.post(page, {"outcome": "KEPT", "text": "x"}).status_code == 403
    client.force_login(ward.chair)
    assert client.post(page, {"outcome": "KEPT", "text": ""}).status_code == 422
    assert client.post(page, {"outcome": "KEPT", "text": "Đúng"}).status_code == 302
    listed = client.get(reverse("recognition:objection-list"), {"nam": 2025})
    assert (listed.context["waiting"], listed.context["late"]) == (0, 0)
    assert "Giữ nguyên kết quả" in listed.content.decode()


# --- Papers and their heads


def word_lines(response) -> list[str]:
    document = reader.Document(io.BytesIO(response.content))
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return ["".join(t.text or "" for t in p.iter(f"{w}t")) for p in document.element.body.iter(f"{w}p")]


def test_letterhead_of_a_place_stands_on_its_papers(ward, certificate, client):
    client.force_login(ward.decider)
    url = reverse("recognition:letterhead", args=[ward.place.pk, "COMMITTEE"])
    data = {"superior": "", "agency": "UBND Thành phố|Phường Hòa Hưng mới", "signed_for": "TM. ỦY BAN NHÂN DÂN",
            "archive": "Lưu: VT, VX.", "certificate_layout": "PLAIN"}  # fmt: skip
    assert client.post(url, data).status_code == 302
    assert Letterhead.objects.get().events.count() == 1
    decision = certificate.award.decision

    lines = word_lines(client.get(reverse("recognition:decision-paper", args=[decision.pk]), {"tep": "docx"}))
    order = [
        "UBND THÀNH PHỐ",
        "PHƯỜNG HÒA HƯNG MỚI",
        "Số: 01/QĐ-UBND",
        "QUYẾT ĐỊNH",
        "TM. ỦY BAN NHÂN DÂN",
        "DANH SÁCH",
    ]
    assert [line for line in lines if line in order] == order
    assert "- Lưu: VT, VX." in lines and certificate.printed_name in lines


def test_papers_of_the_chain_open_as_word_and_pdf_with_names_and_codes(ward, certificate, client):
    client.force_login(ward.officer)
    row = certificate.award.registration
    expected = {
        reverse("recognition:proposal-paper", args=[row.proposal_id]): ("TỜ TRÌNH", "TT-01"),
        reverse("recognition:meeting-minutes", args=[row.meeting_id]): ("BIÊN BẢN", "BB-01"),
        reverse("recognition:registration-paper", args=[row.pk]) + "?mau=dang-ky": ("GIẤY ĐĂNG KÝ", "GD-01"),
        reverse("recognition:registration-paper", args=[row.pk]) + "?mau=tu-cham": ("PHIẾU TỰ CHẤM ĐIỂM", "GD-02"),
    }
    for url, (kind, code) in expected.items():
        joint = "&" if "?" in url else "?"
        answer = client.get(f"{url}{joint}tep=docx")
        lines = word_lines(answer)
        foot = reader.Document(io.BytesIO(answer.content)).sections[0].first_page_footer.paragraphs[0].text
        assert kind in lines and code in foot and "không phải mẫu chính thức" in foot, url
        assert any(certificate.printed_name in line for line in lines), url
        assert client.get(f"{url}{joint}tep=pdf").content.startswith(b"%PDF")


def test_batch_has_one_filled_form_per_family_and_costs_no_query_per_family(
    ward, client, django_assert_max_num_queries
):
    for name in ("Lê Văn An", "Trần Thị Bình", "Đặng Văn Chi"):
        make_registration(ward, name=name)
    client.force_login(ward.officer)
    url = reverse("recognition:registration-papers", args=[ward.hamlet.pk])

    with django_assert_max_num_queries(14):
        lines = word_lines(client.get(url, {"nam": 2025, "mau": "tu-cham", "san": "1", "tep": "docx"}))

    assert lines.count("PHIẾU TỰ CHẤM ĐIỂM") == 3
    assert [line for line in lines if line.startswith("Họ và tên chủ hộ: ")] == [
        f"Họ và tên chủ hộ: {name}" for name in ("Lê Văn An", "Trần Thị Bình", "Đặng Văn Chi")
    ]
    # A sheet of paper each, however many families: the signatures stand on the page of the points.
    printed = pypdfium2.PdfDocument(client.get(url, {"nam": 2025, "mau": "tu-cham", "san": "1"}).content)
    assert len(printed) == 3
    printed.close()
    blank = word_lines(client.get(url, {"nam": 2025, "mau": "dang-ky", "tep": "docx"}))
    explained = next(line for line in blank if "được xét hằng năm theo" in line)
    assert "Sau khi đăng ký, các bước tiếp theo là: tự chấm điểm (hạn 30/11/2025), họp bình xét" in explained
    assert "Từ 80 trên 100 điểm thì được đề nghị công nhận (mức điểm tạm thời)." in explained
    assert "Học tập của trẻ em trong gia đình" in blank  # what one commits oneself to
    assert any(line.startswith("Họ và tên chủ hộ: ....") for line in blank)
