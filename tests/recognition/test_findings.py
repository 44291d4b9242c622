"""findings_for: every rule that applies to a place and year, each finding once, in a fixed number of statements."""

import datetime
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recognition.choices import LearningModel
from recognition.domain.closing import FindingsOpen, prepare, sign_and_send
from recognition.domain.findings import findings_for
from recognition.models import DeclaredFigure
from tests.factories.recognition import YEAR, make_ward
from tests.factories.units import CommuneFactory, make_household, make_officer
from tests.recognition.test_tallies import register
from units.choices import Role
from units.models import Succession

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


def households(ward, count):
    return [make_household(ward.hamlet, f"Hộ {n}", opened_on=datetime.date(YEAR - 5, 1, 1)) for n in range(count)]


def declare(ward, source="12/BC-HKH", year=YEAR, **values):
    for measure, value in values.items():
        DeclaredFigure.objects.create(
            source=source,
            place=ward.place,
            year=year,
            period=str(year),
            published_on=datetime.date(year, 12, 31),
            model=LearningModel.CLAN,
            measure=measure,
            value=value,
        )


def rules(place, year=YEAR):
    return [one.rule for one in findings_for(place, year)]


def test_nothing_recorded_nothing_found(ward):
    assert findings_for(ward.place, YEAR) == []


def test_r21_in_a_quarter_and_r22_with_the_widest_gap(ward):
    for number, household in enumerate(households(ward, 10)):
        # Self-score 90; the inspection gave four of them 75 and the others scores of their own.
        register(household, YEAR, self_half=180, inspection_half=150 if number < 4 else 170 + number)

    found = {one.rule: one for one in findings_for(ward.place, YEAR)}

    assert set(found) == {"R-21", "R-22"}
    assert found["R-21"].message == (
        f"Gia đình học tập, {ward.hamlet.name}: 4 trên 10 hồ sơ cùng được 75 điểm (40,00%); có thể chấm chép."
    )
    assert found["R-22"].message == (
        "Gia đình học tập: 4 hồ sơ có điểm kiểm tra lệch điểm tự chấm hơn 10 điểm, lệch nhiều nhất 15 điểm."
    )
    assert (found["R-22"].place, found["R-22"].year, found["R-22"].model) == (ward.place.code, YEAR, "FAMILY")


def test_r24_and_a_boundary_event_that_explains_the_total(ward):
    many = households(ward, 10)
    for household in many:
        register(household, YEAR - 1, "REGISTERED")
    newer = [make_household(ward.hamlet, f"Mới {n}", opened_on=datetime.date(YEAR, 2, 1)) for n in range(3)]
    for household in (*many[:6], *newer):
        register(household, YEAR, "RECOGNISED")

    found = {one.measure: one for one in findings_for(ward.place, YEAR) if one.rule == "R-24"}

    assert set(found) == {"total", "recognised_of_total"}
    assert "tổng số từ 10" in found["total"].message and "thành 13" in found["total"].message
    other = CommuneFactory(parent=ward.place.province, name="Phường Cũ")
    Succession.objects.create(
        from_place=other, to_place=ward.place, effective_on=datetime.date(YEAR, 7, 1), partial=True
    )
    assert {one.measure for one in findings_for(ward.place, YEAR) if one.rule == "R-24"} == {"recognised_of_total"}


def test_declared_figures_are_told_once_with_their_source(ward):
    declare(ward, total=3, registered=5, recognised=2)

    found = [one for one in findings_for(ward.place, YEAR) if one.rule == "R-01"]

    assert [one.message for one in found] == [
        "Số liệu khai báo, nguồn 12/BC-HKH: Số đăng ký 5 lớn hơn tổng số 3.",
    ]
    assert (found[0].printed, found[0].expected, found[0].model) == (5, 3, "CLAN")
    assert rules(ward.place, YEAR - 1) == []
    assert rules(CommuneFactory(parent=ward.place.province)) == []


def test_an_error_of_a_source_blocks_signing_and_a_warning_wants_a_reason(ward):
    declare(ward, total=3, registered=5, recognised=2)
    chair = make_officer(Role.WARD_CHAIR, ward.place)

    def sign(**more):
        return sign_and_send(actor=chair, place=ward.place, year=YEAR, signer_title="Chủ tịch", **more)

    with pytest.raises(FindingsOpen, match="Còn số liệu sai"):
        sign()
    DeclaredFigure.objects.filter(measure="registered").update(value=3)
    for household in households(ward, 10):
        register(household, YEAR, "RECOGNISED")
    with pytest.raises(FindingsOpen, match="Có cảnh báo chưa được giải thích") as refused:
        sign()
    ((key, finding),) = refused.value.findings
    assert (finding.rule, finding.level) == ("R-21", "warn")
    assert [key] == [one for one, _finding in prepare(ward.place, YEAR).warnings]

    report = sign(explanations={key: "Đã bình xét tại từng tổ"})

    assert [(one["rule"], one["reason"]) for one in report.findings] == [("R-21", "Đã bình xét tại từng tổ")]


def test_statements_do_not_grow_with_dossiers(ward):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            findings_for(ward.place, YEAR)
        return len(seen)

    count()
    declare(ward, total=30, registered=5, recognised=2)
    for household in households(ward, 2):
        register(household, YEAR, self_half=180, inspection_half=120)
    few = count()
    declare(ward, source="13/BC-HKH", total=30, registered=5, recognised=2)
    for household in households(ward, 12):
        register(household, YEAR, self_half=180, inspection_half=120)

    assert count() == few


def test_command_for_a_place_and_year(ward):
    declare(ward, total=3, registered=5, recognised=2)
    out = StringIO()

    call_command("check_figures", "--json", place=ward.place.code, year=YEAR, stdout=out)

    (found,) = json.loads(out.getvalue())["findings"]
    assert (found["rule"], found["place"], found["printed"], found["expected"]) == ("R-01", ward.place.code, 5, 3)


def test_the_page_lists_every_rule_and_says_which_are_not_automatic(client, ward):
    client.force_login(ward.officer)

    page = client.get(reverse("recognition:declared-rules")).content.decode()

    assert all(f"R-{number:02}" in page for number in range(1, 29))
    assert "Chưa tự kiểm tra" not in page
    assert reverse("recognition:declared-rules") in client.get(reverse("recognition:declared-list")).content.decode()


def test_a_source_named_like_a_paper_has_its_page(client, ward):
    declare(ward, source="12/BC-HKH", total=3, registered=5)
    client.force_login(ward.officer)

    assert "12/BC-HKH" in client.get(reverse("recognition:declared-list")).content.decode()
    page = client.get(reverse("recognition:declared-detail", args=["12/BC-HKH"]))
    assert page.status_code == 200 and "Số đăng ký 5 lớn hơn tổng số 3." in page.content.decode()
