"""Closing the year: who signs and answers, what stands in the way, and that a signed report never changes."""

import copy
import datetime
import io
import json
import re
import threading
from dataclasses import replace
from queue import Empty, Queue

import docx
import openpyxl
import pypdfium2
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from recognition.choices import LearningModel, RulebookOrigin, YearReportState
from recognition.domain.closing import (
    FindingsOpen,
    answer,
    freeze,
    is_intact,
    prepare,
    sign_and_send,
    thaw,
)
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.integrity_reports import reports as signed_reports
from recognition.domain.report_text import draft_narrative
from recognition.domain.reporting import build_report
from recognition.domain.reports_below import places_below
from recognition.domain.rulebooks import load_rulebooks
from recognition.models import AssociationYear, DeclaredFigure, Document, Rulebook, Season, Target, YearReport
from recognition.rulebook_checks import parse_rulebook
from tests.factories.recognition import YEAR, make_ward
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer, make_organisation
from tests.recognition.test_reports import table
from tests.recognition.test_tallies import register
from units.choices import Role
from units.domain import lives
from units.domain.places import HamletDraft
from units.domain.reforms.hamlets import merge_hamlets
from units.models import Place, Registrant, Succession

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    found = make_ward()
    for number in range(3):
        household = make_household(found.hamlet, f"Hộ {number}")
        register(household, YEAR, ("RECOGNISED", "RECOGNISED", "REFUSED")[number])
    return found


@pytest.fixture
def leader(ward):
    return make_officer(Role.LEADER, ward.place.province, name="Em")


def sign(ward, **more):
    return sign_and_send(actor=ward.chair, place=ward.place, year=YEAR, signer_title="Chủ tịch", **more)


def test_a_chair_signs_and_the_leader_above_accepts(ward, leader):
    report = sign(ward, texts=["Hai khu phố."])

    assert (report.version, report.state, report.signed_by_name) == (1, "SENT", ward.chair.full_name)
    assert list(report.tables) == ["TK-01", "TK-02", "TK-03", "TK-04", "TK-05", "TK-06", "TK-07", "TK-08"]
    assert report.narrative[0] == {"title": "I. Đặc điểm tình hình", "text": "Hai khu phố."}
    assert "- Gia đình học tập: 3 đăng ký, 2 được công nhận trên tổng số 3 (66,67%)." in (
        report.narrative[2]["text"].splitlines()
    )
    assert is_intact(report)
    assert answer(actor=leader, report=report, accepted=True).state == YearReportState.ACCEPTED
    with pytest.raises(RecognitionError, match="đã được trả lời: Đã nhận"):
        answer(actor=leader, report=report, accepted=False, note="Muộn")


def test_the_text_begins_with_what_the_records_say(ward):
    """Every sentence of the outline, exactly; causes, lessons and proposals are left to people."""
    for model, percent, year in (("FAMILY", "70", YEAR), ("CLAN", "65", YEAR), ("FAMILY", "75.5", YEAR + 1)):
        Target.objects.create(
            model=model, measure="recognised_of_total", year=year, percent=percent, legal_basis="KH 1"
        )
    make_organisation(ward.place, "Trường Tiểu học Một", type="PRIMARY")
    make_organisation(ward.place, "Ủy ban", type="AGENCY")
    AssociationYear.objects.create(
        place=ward.place, year=YEAR, centres=1, fund=12_500_000, scholarships=20, source="BC 1"
    )
    before = CommuneFactory(parent=ward.place.parent, name="Phường Cũ")
    Succession.objects.create(
        from_place=before, to_place=ward.place, effective_on=datetime.date(YEAR, 3, 1), partial=True
    )
    Document.objects.create(
        place=ward.place,
        kind="PLAN",
        number="05/KH-HKH",
        issued_on=datetime.date(YEAR, 1, 5),
        title="Kế hoạch năm",
        year=YEAR,
        sent_at=timezone.now(),
    )

    prepared = prepare(ward.place, YEAR)
    text = {one["title"].split(".")[0]: one["text"].splitlines() for one in prepared_text(prepared)}

    day = min(datetime.date(YEAR, 12, 31), timezone.localdate())
    assert text["I"] == [
        f"Tính đến ngày {day:%d/%m/%Y}, {ward.place.name} có: 1 khu phố, thôn, 3 hộ gia đình, 2 cơ quan, đơn vị, "
        "trong đó 1 trường học.",
        f"Sắp xếp địa bàn trong năm: Phường Cũ vào {ward.place.name} từ ngày 01/03/{YEAR} (một phần).",
    ]
    assert text["II"] == [
        "Đã ban hành và gửi cấp dưới 1 văn bản:",
        f"- Kế hoạch năm số 05/KH-HKH ngày 05/01/{YEAR}: Kế hoạch năm",
    ]
    assert text["III"] == [
        "1. Tuyên truyền, tập huấn",
        "2. Xây dựng các mô hình học tập (biểu TK-01 đến TK-07)",
        "- Gia đình học tập: 3 đăng ký, 2 được công nhận trên tổng số 3 (66,67%), "
        "còn thiếu 3,33 điểm phần trăm so với chỉ tiêu 70,00%.",
        "- Dòng họ học tập: chưa có đăng ký trong năm.",
        "- Cộng đồng học tập (khu phố, thôn, ấp): chưa có đăng ký trong năm.",
        "- Đơn vị học tập: chưa có đăng ký trong năm.",
        "- Cộng đồng học tập cấp xã: chưa có đăng ký trong năm.",
        "3. Trung tâm học tập cộng đồng",
        "Có 1 trung tâm.",
        "4. Quỹ khuyến học, khen thưởng",
        "Trong năm: quỹ khuyến học 12.500.000 đồng, 20 suất học bổng.",
        "5. Chuyển đổi số, Công dân học tập",
        "Công dân học tập: chưa có đăng ký trong năm.",
    ]
    assert text["IV"] == ["Hạn chế: chưa đạt chỉ tiêu về Gia đình học tập (thiếu 3,33 điểm %)."]
    assert text["V"] == [f"Chỉ tiêu cho năm {YEAR + 1}:", f"- Gia đình học tập 75,50% (đến năm {YEAR + 1}, KH 1)"]
    assert text["VI"] == []
    Target.objects.filter(year=YEAR, model="FAMILY").update(percent="66.67")
    again = {one["title"].split(".")[0]: one["text"] for one in prepared_text(prepare(ward.place, YEAR))}
    assert again["IV"] == "Ưu điểm: đạt chỉ tiêu về Gia đình học tập."
    assert "(66,67%), đạt chỉ tiêu 66,67%." in again["III"]


def prepared_text(prepared):
    return draft_narrative(prepared.place, prepared.year, prepared.tables)


def test_a_frozen_table_is_the_same_table(ward):
    before = build_report("TK-01", ward.place, YEAR)

    after = thaw(json.loads(json.dumps(freeze(before))), ward.place)

    assert after == before


def test_nothing_that_happens_later_changes_a_digit(ward, leader):
    make_organisation(ward.place)
    AssociationYear.objects.create(place=ward.place, year=YEAR, members=5, source="BC 01")
    report = sign(ward)
    shown = [table(thaw(kept, ward.place)) for kept in report.tables.values()]

    household = make_household(ward.hamlet, "Hộ nhập muộn", opened_on=datetime.date(YEAR, 1, 1))
    register(household, YEAR, "RECOGNISED")
    other = CommuneFactory(parent=ward.place.province, name="Phường Mới")
    ward.place.name = "Phường Đổi Tên"
    ward.place.save()
    AssociationYear.objects.update(members=99)

    again = YearReport.objects.get(pk=report.pk)
    assert [table(thaw(kept, ward.place)) for kept in again.tables.values()] == shown
    assert is_intact(again)
    assert table(build_report("TK-01", ward.place, YEAR)) != shown[0]
    assert [(row.place.name, row.state) for row in places_below(ward.place.province, YEAR)] == [
        ("Phường Đổi Tên", "SENT"),
        (other.name, ""),
    ]


def test_merging_moving_and_new_rules_change_no_digit_of_what_was_signed(ward, client):
    """By the verbs people use: the hamlet merges, a household moves away, the rulebook is replaced, the ward ends."""
    report = sign(ward)
    files = {}
    client.force_login(ward.chair)

    def shown():
        kept = YearReport.objects.get(pk=report.pk)
        page = client.get(reverse("recognition:year-report-detail", args=[kept.pk])).content.decode()
        panels = page.split("Phần lời")[1].split("</main>")[0]
        return [table(thaw(one, ward.place)) for one in kept.tables.values()], panels, is_intact(kept)

    before = shown()
    files = {kind: text_of(client, report, kind) for kind in ("docx", "pdf", "xlsx")}
    household = Registrant.objects.filter(hamlet=ward.hamlet).earliest("pk")
    lives.move(
        actor=None, registrant=household, hamlet=HamletFactory(parent=CommuneFactory()), on=datetime.date(YEAR, 12, 30)
    )
    second = HamletFactory(parent=ward.place, name="Khu phố 2")
    today = timezone.localdate()
    merge_hamlets(actor=None, hamlets=[ward.hamlet, second], into=HamletDraft("Chung", "khu phố"), on=today)
    book = Rulebook.objects.get(code="FAMILY-448")
    content = copy.deepcopy(book.content) | {"version": book.version + 1, "title": "Bộ mới"}
    load_rulebooks(specs=[parse_rulebook(content, book.code)], origin=RulebookOrigin.ASSOCIATION)
    assert not Rulebook.objects.get(pk=book.pk).is_active
    heir = CommuneFactory(parent=ward.place.province, name="Phường Kế Thừa")
    Succession.objects.create(from_place=ward.place, to_place=heir, effective_on=today, partial=False)
    Place.objects.filter(pk=ward.place.pk).update(valid_to=today - datetime.timedelta(days=1))

    assert shown() == before
    assert {kind: text_of(client, report, kind) for kind in files} == files
    assert table(build_report("TK-01", ward.place, YEAR)) != before[0][0]  # and today's table has moved


def text_of(client, report, kind):
    """What a file says, without the moment it was made."""
    content = client.get(reverse("recognition:year-report-file", args=[report.pk, kind])).content
    if kind == "pdf":
        return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    if kind == "docx":
        return re.sub(r"<[^>]+>", " ", docx.Document(io.BytesIO(content)).element.xml)
    return [[cell.value for cell in row] for sheet in openpyxl.load_workbook(io.BytesIO(content)) for row in sheet]


def test_a_correction_is_a_new_version_with_a_reason(ward, leader):
    first = sign(ward)
    with pytest.raises(RecognitionError, match="đã có bản 1; hãy ghi lý do lập bản mới"):
        sign(ward)
    answer(actor=leader, report=first, accepted=False, note="Thiếu một hộ")

    second = sign(ward, reason="Bổ sung hộ bị sót")

    assert (second.version, second.reason) == (2, "Bổ sung hộ bị sót")
    first.refresh_from_db()
    assert (first.state, first.answer_note) == ("RETURNED", "Thiếu một hộ")
    with pytest.raises(RecognitionError, match="xem bản 2"):
        answer(actor=leader, report=first, accepted=True)


def test_only_the_chair_signs_and_only_a_leader_above_answers(ward, leader):
    for who in (ward.officer, ward.decider, leader):
        with pytest.raises(NotPermitted):
            sign_and_send(actor=who, place=ward.place, year=YEAR, signer_title="Chủ tịch")
    report = sign(ward)
    stranger = make_officer(Role.LEADER, CommuneFactory().parent)
    for who in (ward.chair, ward.officer, stranger, make_officer(Role.LEADER, ward.place)):
        with pytest.raises(NotPermitted):
            answer(actor=who, report=report, accepted=True)
    with pytest.raises(RecognitionError, match="Hãy ghi lý do trả lại"):
        answer(actor=leader, report=report, accepted=False, note="  ")


def declare(ward, **values):
    for measure, value in values.items():
        DeclaredFigure.objects.create(
            source="BC 12",
            published_on=datetime.date(YEAR, 12, 1),
            place=ward.place,
            year=YEAR,
            period=str(YEAR),
            model=LearningModel.CLAN,
            measure=measure,
            value=value,
        )


def test_an_error_blocks_signing_until_it_is_put_right(ward):
    declare(ward, total=3, registered=5, recognised=2)

    with pytest.raises(FindingsOpen) as refused:
        sign(ward)

    assert [one.rule for _key, one in refused.value.findings] == ["R-01"]
    assert not YearReport.objects.exists()
    DeclaredFigure.objects.filter(measure="registered").update(value=3)
    assert sign(ward).version == 1


def test_what_is_kept_and_changed_by_hand_is_noticed(client, ward):
    report = sign(ward)
    assert signed_reports() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE recognition_yearreport SET narrative = '[]' WHERE id = %s", [report.pk])
    client.force_login(ward.chair)

    assert not is_intact(YearReport.objects.get(pk=report.pk))
    assert [one.message for one in signed_reports()] == [f"Báo cáo {report} khác với bản đã ký."]
    page = client.get(reverse("recognition:year-report-detail", args=[report.pk])).content.decode()
    assert "Nội dung không khớp mã kiểm tra" in page


def test_a_new_version_without_reason_is_refused_by_the_database(ward):
    report = sign(ward)
    report.pk, report.version = None, 2
    with pytest.raises(IntegrityError, match="reason_of_new_version"), transaction.atomic():
        report.save(force_insert=True)


def test_files_say_what_was_signed(client, ward):
    report = sign(ward, texts=["Phường có 3 hộ & <một> khu phố."])
    client.force_login(ward.chair)

    def get(kind):
        return client.get(reverse("recognition:year-report-file", args=[report.pk, kind]))

    document = docx.Document(io.BytesIO(get("docx").content))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert "Phường có 3 hộ & <một> khu phố." in texts
    assert any(report.checksum[:16] in text for text in texts)
    book = openpyxl.load_workbook(io.BytesIO(get("xlsx").content))
    assert book.sheetnames == list(report.tables)
    assert get("pdf").content.startswith(b"%PDF")


def test_signing_on_screen_keeps_what_was_typed(client, ward):
    client.force_login(ward.chair)
    address = reverse("recognition:year-report-sign", args=[ward.place.pk]) + f"?nam={YEAR}"

    refused = client.post(address, {"t-0": "Đã viết", "signer_title": ""})
    client.post(address, {"t-0": "Đã viết", "signer_title": "Chủ tịch"})

    assert refused.status_code == 422
    assert "Đã viết" in refused.content.decode()
    assert YearReport.objects.get().narrative[0]["text"] == "Đã viết"


def test_who_has_not_sent(client, ward, leader, django_assert_num_queries):
    sign(ward)
    for number in range(3):
        CommuneFactory(parent=ward.place.province, name=f"Phường im lặng {number}")
    with django_assert_num_queries(2):
        rows = places_below(ward.place.province, YEAR)
    assert [row.state for row in rows] == ["SENT", "", "", ""]
    client.force_login(leader)
    address = reverse("recognition:year-report-place", args=[ward.place.province_id])
    page = client.get(address + f"?nam={YEAR}&tinh-trang=chua").content.decode()
    assert "3 trên 4 nơi chưa gửi." in page
    assert ward.place.name not in page.split("Cấp dưới")[1]


def test_closing_a_year_by_command(ward, capsys):
    with pytest.raises(CommandError, match="Còn 1 nơi chưa gửi"):
        call_command("close_year", year=YEAR, lock=True)
    call_command("close_year", year=YEAR, place=ward.place.province.code, json=True)
    data = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in data["missing"]] == [ward.place.name]
    assert {key: value for key, value in data.items() if key != "missing"} == {
        "year": YEAR, "places": 1, "returned": [], "report": None, "locked": False, "unlocked": False,
    }  # fmt: skip

    call_command("close_year", year=YEAR, lock=True, even_if_missing=True)
    assert Season.objects.get(year=YEAR).is_closed
    with pytest.raises(CommandError, match="bỏ --place") as refused:  # a year is closed for all places or for none
        call_command("close_year", year=YEAR, place=ward.place.province.code, unlock=True)
    assert refused.value.returncode == 2 and Season.objects.get(year=YEAR).is_closed
    call_command("close_year", year=YEAR, unlock=True)
    assert not Season.objects.get(year=YEAR).is_closed
    with pytest.raises(CommandError, match="chưa kết thúc"):
        call_command("close_year", year=2100, lock=True, even_if_missing=True)


@pytest.mark.django_db(transaction=True)
def test_two_signatures_at_once_make_two_versions_at_most_one_without_reason():
    ward = make_ward()
    outcomes = []

    def run():
        try:
            outcomes.append(sign(ward).version)
        except RecognitionError as error:
            outcomes.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 in outcomes
    assert sum("đã có bản 1" in str(one) for one in outcomes) == 1
    assert YearReport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_closing_week_of_some_tens_of_wards_at_once():
    """Every ward signs twice at the same moment, its leader accepts, others look on: nothing lost, totals exact."""
    first = make_ward()
    province, wards = first.place.province, [first]
    for number in range(2, 25):
        place = CommuneFactory(parent=province, name=f"Phường {number}")
        chair = make_officer(Role.WARD_CHAIR, place)
        wards.append(replace(first, place=place, hamlet=HamletFactory(parent=place), chair=chair))
    for number, one in enumerate(wards):
        for state in ("REGISTERED", "RECOGNISED")[number % 2 :]:
            register(make_household(one.hamlet, f"Hộ {state}"), YEAR, state)
    leader = make_officer(Role.LEADER, province)
    seen = []

    def look():
        below = places_below(province, YEAR)
        seen.append(sum(row.report is not None for row in below))
        return build_report("TK-01", province, YEAR).total.values["recognised"]

    def send(one):
        report = sign(one)
        return answer(actor=leader, report=report, accepted=True).state

    waiting = Queue()
    for number, one in enumerate(wards):
        for call in (lambda one=one: send(one), lambda one=one: send(one), *([] if number % 4 else [look])):
            waiting.put(call)
    outcomes = []

    def person():
        try:
            while True:
                try:
                    outcomes.append(waiting.get_nowait()())
                except Empty:
                    return
                except Exception as error:
                    outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=person) for _person in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    refused = [str(one) for one in outcomes if isinstance(one, Exception)]
    assert refused == ["Báo cáo này đã có bản 1; hãy ghi lý do lập bản mới."] * len(wards)
    assert outcomes.count("ACCEPTED") == len(wards) == 24
    assert outcomes.count(24) == len(seen) == 6  # every look saw all that was recognised
    reports = {one.place_id: one for one in YearReport.objects.select_related("place")}
    assert {(one.version, one.state) for one in reports.values()} == {(1, "ACCEPTED")}
    assert sorted(reports) == sorted(one.place.pk for one in wards)
    assert signed_reports() == []
    whole = build_report("TK-01", province, YEAR)
    signed = [thaw(one.tables["TK-01"], one.place).total.values for one in reports.values()]
    for name, expected in (("total", 36), ("registered", 36), ("recognised", 24)):
        assert sum(row[name] for row in signed) == whole.total.values[name] == expected
    assert {row.report.pk for row in places_below(province, YEAR)} == {one.pk for one in reports.values()}


def test_a_prepared_report_counts_findings_once(ward):
    declare(ward, total=3, registered=5)
    keys = [key for key, _finding in prepare(ward.place, YEAR).findings]
    assert len(keys) == len(set(keys)) >= 1
