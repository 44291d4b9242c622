"""findings_for: every rule that applies to a place and year, each finding once, in a fixed number of statements."""

import datetime
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recognition.choices import LearningModel
from recognition.domain.boundaries import boundary_years
from recognition.domain.certifying import revoke
from recognition.domain.closing import FindingsOpen, prepare, sign_and_send
from recognition.domain.findings import findings_for
from recognition.domain.proposing import propose
from recognition.models import Award, DeclaredFigure, Proposal, Registration, Rulebook
from tests.factories.recognition import YEAR, make_community, make_registrations, make_ward
from tests.factories.units import CommuneFactory, make_household, make_officer
from tests.recognition.test_measures import hamlet_dossier, letter
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
    assert [one.measure for one in findings_for(None, YEAR) if one.rule == "R-24"] == ["recognised_of_total", "total"]
    other = CommuneFactory(parent=ward.place.province, name="Phường Cũ")
    Succession.objects.create(
        from_place=other, to_place=ward.place, effective_on=datetime.date(YEAR, 7, 1), partial=True
    )
    for place in (ward.place, ward.place.province, None):
        assert {one.measure for one in findings_for(place, YEAR) if one.rule == "R-24"} == {"recognised_of_total"}
        assert boundary_years(place, range(YEAR - 3, YEAR + 1)) == {YEAR}


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


def letter_of(place, signed_on, **more) -> Registration:
    """A ward's own dossier under Circular 25 with its letter; the circular wants letters by 28 February."""
    registrant = make_community(place)
    proposal = Proposal.objects.create(
        place=place,
        to_place=place.province,
        model=LearningModel.COMMUNITY_COMMUNE,
        year=YEAR,
        number=1,
        symbol="TTr-UBND",
        signed_on=signed_on,
        signer="Nguyễn Văn Phú",
        signer_title="Chủ tịch",
        created_by_name="Lê Thị An",
    )
    return Registration.objects.create(
        registrant=registrant,
        model=LearningModel.COMMUNITY_COMMUNE,
        year=YEAR,
        state="PROPOSED",
        state_at=timezone.now(),
        rulebook=Rulebook.objects.get(code="COMMUNE-TT25"),
        proposal=proposal,
        **place.fact_ids,
        **more,
    )


def open_findings(actor, place) -> list[tuple]:
    """What stands in the way of signing: rule, level and words."""
    with pytest.raises(FindingsOpen) as refused:
        sign_and_send(actor=actor, place=place, year=YEAR, signer_title="Chủ tịch")
    found = [(one.rule, one.level, one.message) for _key, one in refused.value.findings]
    return [one for one in found if one[0] != "R-26"]  # nobody below has sent: see test_nation_report


def test_r11_a_late_step_wants_a_reason_from_whoever_signs_in_a_ward_and_above(ward):
    province = ward.place.province
    leader = make_officer(Role.LEADER, province)
    letter_of(CommuneFactory(parent=province, name="Phường Đúng Hạn"), datetime.date(YEAR + 1, 2, 28))
    assert findings_for(province, YEAR) == []
    late = letter_of(ward.place, datetime.date(YEAR + 1, 3, 1))
    label = "Cộng đồng học tập cấp xã, Trình đề nghị"

    assert open_findings(ward.chair, ward.place) == [
        ("R-11", "warn", f"{label}: Làm ngày 01/03/2026, sau hạn 28/02/2026 mà không ghi lý do.")
    ]
    assert open_findings(leader, province) == [
        ("R-11", "warn", f"{label}: 1 trên 2 nơi làm sau hạn 28/02/2026, muộn nhất ngày 01/03/2026.")
    ]
    reasons = {key: "Bão số 3" for key, _finding in prepare(province, YEAR).warnings}
    report = sign_and_send(actor=leader, place=province, year=YEAR, signer_title="Chủ tịch", explanations=reasons)
    assert [(one["rule"], one["reason"]) for one in report.findings] == [("R-11", "Bão số 3"), ("R-26", "Bão số 3")]

    Registration.objects.filter(pk=late.pk).update(late_reason="Mới thành lập phường")
    assert [(one.level, one.message) for one in findings_for(ward.place, YEAR)] == [
        ("notice", f"{label}: Làm ngày 01/03/2026, sau hạn 28/02/2026; lý do: Mới thành lập phường.")
    ]
    assert findings_for(province, YEAR) == []
    Registration.objects.filter(pk=late.pk).update(late_reason="")
    Proposal.objects.filter(place=ward.place).update(state="RETURNED")  # to be handed in again
    assert findings_for(province, YEAR) == []


def test_r12_a_share_that_moved_after_submitting_is_named_in_the_ward_and_counted_above(ward):
    families = make_registrations(ward, 4, state="RECOGNISED")
    row = hamlet_dossier(ward)
    propose(actor=ward.officer, proposal=letter(ward), shown={row.pk: row.shown_as})
    province = ward.place.province
    told = [one for place in (ward.place, province) for one in findings_for(place, YEAR)]
    # four of four, and all alike
    assert {(one.rule, one.measure) for one in told} == {("R-21", "assessed"), ("R-21", "recognised")}

    award = Award.objects.get(registration=families[0])
    revoke(actor=ward.decider, award=award, ground="FALSE", reason="Khai sai", on=datetime.date(YEAR, 12, 31))

    ((rule, level, message),) = [one for one in open_findings(ward.chair, ward.place) if one[0] != "R-21"]
    assert (rule, level) == ("R-12", "warn")
    assert message.startswith(f"{row.registrant.name}, ") and message.endswith("(tử số): hồ sơ ghi 4, sổ hiện có 3.")
    above = open_findings(make_officer(Role.LEADER, province), province)
    assert [one for one in above if one[0] != "R-21"] == [
        (
            "R-12",
            "warn",
            "Cộng đồng học tập (khu phố, thôn, ấp): 1 hồ sơ ở 1 nơi ghi số khác sổ hiện có; "
            f"nhiều nhất ở {ward.place} (1 hồ sơ).",
        )
    ]

    namesake = make_ward(ward.place.name, province=province)  # as many districts had a "Phường 1"
    families = make_registrations(namesake, 4, state="RECOGNISED")
    row = hamlet_dossier(namesake)
    propose(actor=namesake.officer, proposal=letter(namesake), shown={row.pk: row.shown_as})
    award = Award.objects.get(registration=families[0])
    revoke(actor=namesake.decider, award=award, ground="FALSE", reason="Khai sai", on=datetime.date(YEAR, 12, 31))
    (told,) = [one.message for one in findings_for(province, YEAR) if one.rule == "R-12"]
    assert "2 hồ sơ ở 2 nơi" in told
