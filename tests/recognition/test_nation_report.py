"""The yearly report from the ward to the nation: who is missing below, what moved since they signed, who reads it."""

import datetime
import io

import docx
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from recognition.choices import LearningModel, WorkKind, YearReportState
from recognition.domain.closing import answer, is_intact, prepare, sign_and_send, thaw
from recognition.domain.desks import desks_of
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.explaining import frozen
from recognition.domain.reports_below import places_below, report_findings
from recognition.domain.work_papers import papers_of
from recognition.models import YearReport
from tests.factories.recognition import YEAR, make_ward
from tests.factories.units import (
    CommuneFactory,
    DistrictFactory,
    HamletFactory,
    ProvinceFactory,
    make_household,
    make_officer,
)
from tests.recognition.test_tallies import register
from units.choices import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    found = make_ward()
    for number, state in enumerate(("RECOGNISED", "RECOGNISED", "REFUSED")):
        register(make_household(found.hamlet, f"Hộ {number}"), YEAR, state)
    return found


def said(place):
    return [(one.rule, one.level, one.text) for one in report_findings(place, YEAR)]


def test_from_the_ward_to_the_nation_and_back(ward, client):
    province = ward.place.province
    above, top = make_officer(Role.LEADER, province, name="Em"), make_officer(Role.LEADER, None, name="Cao Văn Vinh")
    silent = CommuneFactory(parent=province, name="Phường im lặng")

    # The province is told who is missing; it signs with the reason.
    first = sign_and_send(actor=ward.chair, place=ward.place, year=YEAR, signer_title="Chủ tịch")
    assert said(province) == [
        ("R-26", "warn", "Mới nhận báo cáo năm của 0 trên 2 nơi cấp dưới; còn 1 nơi chưa gửi, 1 nơi chờ nhận.")
    ]
    answer(actor=above, report=first, accepted=False, note="Thiếu một hộ")
    assert "1 nơi bị trả lại" in said(province)[0][2]
    second = sign_and_send(actor=ward.chair, place=ward.place, year=YEAR, signer_title="Chủ tịch", reason="Đã xem lại")
    answer(actor=above, report=second, accepted=True)
    ((key, _missing),) = prepare(province, YEAR).warnings
    middle = sign_and_send(
        actor=above, place=province, year=YEAR, signer_title="Chủ tịch", explanations={key: "Phường mới lập"}
    )
    assert [one["reason"] for one in middle.findings] == ["Phường mới lập"]

    # The nation waits for the province, reads and accepts it, and signs on screen.
    sign = reverse("recognition:year-report-sign-nation") + f"?nam={YEAR}"
    assert [(row.place.name, row.state) for row in places_below(None, YEAR)] == [(province.name, "SENT")]
    answer(actor=top, report=middle, accepted=True)
    assert said(None) == []
    client.force_login(make_officer(Role.ADMINISTRATOR, None))
    assert client.get(sign).status_code == 403
    client.force_login(top)
    page = client.get(sign).content.decode()
    assert "Ghi kiến nghị, nếu có" in page and "với cấp trên" not in page
    assert f"Chưa có chỉ tiêu cho năm {YEAR + 1}." in page and f'href="/chi-tieu/?nam={YEAR + 1}"' in page
    done = client.post(sign, {"signer_title": "Chủ tịch Hội", "t-0": "Cả nước có 3 hộ."})
    report = YearReport.objects.get(place=None)
    assert done.headers["Location"] == reverse("recognition:year-report-detail", args=[report.pk])
    assert (report.version, report.state, report.signed_by_name) == (1, YearReportState.SIGNED, "Cao Văn Vinh")
    table = thaw(report.tables["TK-01"], None)
    assert [row.values["name"] for row in table.rows] == [province.name]
    assert [table.total.values[name] for name in ("total", "registered", "recognised")] == [3, 3, 2]

    # The same form once more, from the back button or a slow line, signs nothing; meant so, it is a new version.
    typed = {"signer_title": "Chủ tịch Hội", "before": "0", "reason": "Gửi lại"}
    page = client.post(sign, typed)
    assert page.status_code == 422 and YearReport.objects.filter(place=None).count() == 1
    assert "Bản 1 đã được ký sau khi bạn mở trang này, nên lần gửi này chưa ký gì thêm." in page.content.decode()
    assert page.context["form"]["before"].value() == 1

    # Everybody reads it; nobody answers it.
    with pytest.raises(NotPermitted):
        answer(actor=top, report=report, accepted=True)
    client.force_login(ward.officer)
    shown = client.get(done.headers["Location"]).content.decode()
    assert "Cả nước có 3 hộ." in shown and "Trả lại báo cáo" not in shown
    home = client.get(reverse("recognition:year-report-nation") + f"?nam={YEAR}").content.decode()
    assert done.headers["Location"] in home and "nơi chưa gửi" not in home  # who has sent is for the nation's own
    file = client.get(reverse("recognition:year-report-file", args=[report.pk, "docx"]))
    assert file.headers["Content-Disposition"] == f'attachment; filename="bao-cao-nam-{YEAR}-ca-nuoc-ban-1.docx"'
    assert file.headers["Cache-Control"] == "no-store, private"
    paper = docx.Document(io.BytesIO(file.content))
    cells = "\n".join(cell.text for one in paper.tables[:1] for cell in one.rows[0].cells)
    assert "HỘI KHUYẾN HỌC VIỆT\xa0NAM" in cells and "/BC-KHVN" in cells
    assert "- Hội Khuyến học các tỉnh, thành phố;" in "\n".join(cell.text for cell in paper.tables[1]._cells)
    (kept,) = frozen(ward.officer, None, YEAR, "TK-01", "recognised")
    assert (kept.report, kept.own, kept.value) == (report, True, 2)
    assert [one.report for one in frozen(top, province, YEAR, "TK-01", "recognised")] == [middle, report]

    # A later recognition: every level above is told where its signed parts no longer add up.
    register(make_household(ward.hamlet, "Hộ sót", opened_on=datetime.date(YEAR, 1, 1)), YEAR, "RECOGNISED")
    words = "Gia đình học tập: 1 nơi đã ký báo cáo với số khác sổ hiện có: {} (đăng ký 3 → 4, đạt 2 → 3)."
    assert ("R-12", "warn", words.format(ward.place.name)) in said(province)
    assert said(None) == [("R-12", "warn", words.format(province.name))]
    reasons = {key: "Bổ sung sau" for key, _one in prepare(None, YEAR).warnings}
    options = {"actor": top, "place": None, "year": YEAR, "signer_title": "Chủ tịch Hội", "explanations": reasons}
    with pytest.raises(RecognitionError, match="đã có bản 1; hãy ghi lý do lập bản mới"):
        sign_and_send(**options)
    again = sign_and_send(**options, reason="Một tỉnh bổ sung")
    assert (again.version, thaw(again.tables["TK-01"], None).total.values["recognised"]) == (2, 3)
    report.refresh_from_db()
    assert is_intact(report) and thaw(report.tables["TK-01"], None) == table
    assert silent.name not in shown


def test_what_moved_is_counted_in_as_many_statements_for_one_place_as_for_many(ward, django_assert_num_queries):
    province = ward.place.province
    for number in range(3):
        place = ward.place if number == 0 else CommuneFactory(parent=province, name=f"Phường {number}")
        sign_and_send(
            actor=ward.chair if number == 0 else make_officer(Role.WARD_CHAIR, place),
            place=place,
            year=YEAR,
            signer_title="Chủ tịch",
        )
        with django_assert_num_queries(2 + 1 + 5):  # places with their reports, the signed sums, five models
            report_findings(province, YEAR)


def test_wards_of_one_name_in_two_districts_are_told_apart(ward):
    province = ward.place.province
    for number in ("3", "10"):
        district = DistrictFactory(parent=province, name=f"Quận {number}")
        place = CommuneFactory(parent=district, name="Phường 1")
        chair, hamlet = make_officer(Role.WARD_CHAIR, place), HamletFactory(parent=place)
        sign_and_send(actor=chair, place=place, year=YEAR, signer_title="Chủ tịch")
        register(make_household(hamlet, "Hộ sót", opened_on=datetime.date(YEAR, 1, 1)), YEAR, "RECOGNISED")

    assert (
        "R-12",
        "warn",
        "Gia đình học tập: 2 nơi đã ký báo cáo với số khác sổ hiện có: Phường 1, Quận 3 (đăng ký 0 → 1, đạt 0 → 1);"
        " Phường 1, Quận 10 (đăng ký 0 → 1, đạt 0 → 1).",
    ) in said(province)


def test_the_nations_desk_is_asked_for_its_report_in_december(ward):
    top = make_officer(Role.LEADER, None)

    def asked(day):
        found = papers_of(desks_of(top.active_postings()), YEAR, day)
        return [(one.kind, one.place) for one in found if one.kind == WorkKind.REPORT]

    assert asked(datetime.date(YEAR, 11, 30)) == []
    assert asked(datetime.date(YEAR, 12, 1)) == [(WorkKind.REPORT, None)]
    stored(None, YearReportState.SIGNED)
    assert asked(datetime.date(YEAR, 12, 1)) == []


def stored(place, state):
    return YearReport.objects.create(
        place=place, year=YEAR, state=state, checksum="0", signer_title="Chủ tịch", signed_by_name="A",
        signed_at=timezone.now(),
    )  # fmt: skip


def test_only_the_nations_report_is_answered_by_nobody():
    province = ProvinceFactory()
    for place, state in ((None, "SENT"), (None, "ACCEPTED"), (province, "SIGNED")):
        with pytest.raises(IntegrityError, match="nation_is_answered_by_nobody"), transaction.atomic():
            stored(place, state)
    stored(None, "SIGNED")
    with pytest.raises(IntegrityError, match="version_once"), transaction.atomic():
        stored(None, "SIGNED")


def test_a_declared_report_below_is_not_compared_with_records(ward):
    """What nobody can recount moves nowhere."""
    report = sign_and_send(actor=ward.chair, place=ward.place, year=YEAR, signer_title="Chủ tịch")
    tables = report.tables
    tables["TK-01"]["total"]["values"]["recognised"] = 99
    YearReport.objects.filter(pk=report.pk).update(tables=tables)
    province = ward.place.province
    assert [one.model for one in report_findings(province, YEAR) if one.rule == "R-12"] == [LearningModel.FAMILY]
    tables["TK-01"]["total"]["declared"] = ["BC 12"]
    YearReport.objects.filter(pk=report.pk).update(tables=tables)
    assert [one.rule for one in report_findings(province, YEAR)] == ["R-26"]


def test_a_version_signed_under_a_shorter_outline_is_taken_up(ward, client):
    report = sign_and_send(actor=ward.chair, place=ward.place, year=YEAR, signer_title="Chủ tịch")
    YearReport.objects.filter(pk=report.pk).update(narrative=[{"title": "I. Kết quả", "text": ""}])
    client.force_login(ward.chair)
    page = client.get(reverse("recognition:year-report-sign", args=[ward.place.pk]) + f"?nam={YEAR}")
    assert page.status_code == 200 and "I. Kết quả" in page.content.decode()
