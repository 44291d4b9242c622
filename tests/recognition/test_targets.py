"""Targets of places: whose applies, entering, correcting, withdrawing, R-23 while entered, and the pace beside them."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.lib.tabular import write_workbook
from recognition.domain.declared import load_figures
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.figure_importing import take_targets
from recognition.domain.pace import Standing, forecasts, recognised_by_day
from recognition.domain.tallies import Figures
from recognition.domain.targets import (
    TargetStale,
    TargetWarned,
    applying,
    save_target,
    scope_findings,
    target_for,
    withdraw_target,
)
from recognition.figure_sheets import read_sheet
from recognition.models import Registration, Rulebook, Target
from tests.factories.recognition import make_registrations, make_ward
from tests.factories.units import CommuneFactory, ProvinceFactory, make_officer
from tests.recognition.test_races import together
from units.choices import AreaClass, Role

MAIN = "recognised_of_total"


class Office:
    def __init__(self):
        self.province = ProvinceFactory(code="79", name="Thành phố Mẫu")
        self.ward = CommuneFactory(parent=self.province, code="00123", name="Phường Mẫu")
        self.chair = make_officer(Role.WARD_CHAIR, self.ward, name="Lê Thị Chi")
        self.leader = make_officer(Role.LEADER, self.province, name="Trần Văn Em")

    def save(self, percent, *, actor=None, version=0, explanation="", **more):
        facts = {"place": self.ward, "model": "FAMILY", "measure": MAIN, "year": 2026, "legal_basis": "KH 12/KH-UBND"}
        target = Target(percent=Decimal(percent), **(facts | more))
        return save_target(actor=actor or self.chair, target=target, shown_version=version, explanation=explanation)


@pytest.fixture
def office(db):
    return Office()


def national(percent, year=2025, **more):
    facts = {"model": "FAMILY", "measure": MAIN, "area_class": AreaClass.NORMAL} | more
    return Target.objects.create(place=None, year=year, percent=percent, **facts)


def whose(place, year=2026):
    found = target_for(place, year, "FAMILY")
    return found and (f"{found.percent:.2f}", found.year, found.scope, found.is_past)


def test_the_nearest_scope_wins_and_says_where_it_came_from(office, client):
    national(70)
    assert whose(office.ward) == ("70.00", 2025, "Cả nước", True)
    office.save("75", place=office.province, actor=office.leader)
    assert whose(office.ward) == ("75.00", 2026, "Thành phố Mẫu", False)
    own = office.save("80", confidence="M")
    assert whose(office.ward) == ("80.00", 2026, "Phường Mẫu", False)
    assert applying(office.ward, 2026)["FAMILY", MAIN].is_provisional

    client.force_login(office.chair)
    page = client.get(f"/chi-tieu/{office.ward.pk}/?nam=2026").content.decode()
    assert "Của địa bàn, 2026" in page and "Tạm thời" in page and "KH 12/KH-UBND" in page
    withdraw_target(actor=office.chair, target=own, shown_version=1, reason="Giao nhầm")
    assert whose(office.ward) == ("75.00", 2026, "Thành phố Mẫu", False)
    page = client.get(f"/chi-tieu/{office.ward.pk}/?nam=2026").content.decode()
    assert "Thành phố Mẫu, 2026" in page and "Đã rút" in page


def test_a_correction_wants_a_reason_and_stays_in_the_history(office):
    first = office.save("80")
    assert office.save("80", pk=first.pk, version=1).version == 1  # nothing new
    with pytest.raises(RecognitionError) as refused:
        office.save("82", pk=first.pk, version=1)
    assert refused.value.message == "Hãy ghi lý do sửa chỉ tiêu."

    office.save("82", pk=first.pk, version=1, reason="Theo KH điều chỉnh")
    with pytest.raises(TargetStale) as stale:
        office.save("83", pk=first.pk, version=1, reason="Muộn")

    assert stale.value.message == (
        "Lê Thị Chi vừa sửa chỉ tiêu này thành 82%. Số bạn gõ còn nguyên; bấm Lưu lần nữa để thay."
    )
    history = Target.objects.get(pk=first.pk).events.order_by("pgh_id")
    assert [(one.percent, one.version, one.reason) for one in history] == [
        (80, 1, ""),
        (82, 2, "Theo KH điều chỉnh"),
    ]
    with pytest.raises(RecognitionError, match="Chỉ tiêu này đã có: 82%. Hãy mở dòng đó để sửa."):
        office.save("90")
    with pytest.raises(RecognitionError, match="Hãy ghi lý do rút chỉ tiêu."):
        withdraw_target(actor=office.chair, target=first, shown_version=2, reason=" ")
    withdraw_target(actor=office.chair, target=first, shown_version=2, reason="Nhầm")
    assert office.save("60").version == 4  # entered anew over the withdrawn one


@pytest.mark.parametrize(("later", "warned"), [("80", False), ("79.99", True)])
def test_a_target_that_falls_wants_an_explanation(office, later, warned):
    office.save("80")
    if not warned:
        assert office.save(later, year=2027).explanation == ""
        return
    with pytest.raises(TargetWarned) as refused:
        office.save(later, year=2027)
    assert [one.text for one in refused.value.findings] == [
        "Phường Mẫu: chỉ tiêu Gia đình học tập giảm từ 80% (2026) xuống 79,99% (2027)."
    ]
    assert office.save(later, year=2027, explanation="Sáp nhập").explanation == "Sáp nhập"


def test_a_model_of_the_nation_that_a_scope_leaves_out_is_told_but_stops_nobody(office):
    national(65, year=2026, model="CLAN")
    office.save("80")

    assert [one.text for one in scope_findings(office.ward)] == [
        "Phường Mẫu: không có chỉ tiêu Dòng họ học tập (chỉ tiêu cả nước năm 2026 là 65%)."
    ]


def test_refusals_in_words(office):
    for more, error, words in (
        ({"place": office.province}, NotPermitted, "Bạn không được phân công đặt chỉ tiêu của Thành phố Mẫu."),
        ({"place": None}, NotPermitted, "Bạn không được phân công đặt chỉ tiêu của cả nước."),
        ({"measure": "recognised_of_staff"}, RecognitionError, "Mô hình này không có chỉ tiêu theo tỷ lệ đó."),
        ({"year": 2013}, RecognitionError, "Năm của chỉ tiêu từ 2014 đến 2045."),
        ({"year": 2046}, RecognitionError, "Năm của chỉ tiêu từ 2014 đến 2045."),
        ({"legal_basis": " "}, RecognitionError, "Hãy ghi căn cứ: số, ngày văn bản giao chỉ tiêu."),
        ({"percent": "100.01"}, RecognitionError, "Phường Mẫu: chỉ tiêu 100,01% năm 2026 không nằm trong 0–100%."),
    ):
        with pytest.raises(error) as refused:
            office.save(**({"percent": "80"} | more))
        assert refused.value.message == words
    assert office.save("100").percent == 100 and office.save("0", model="CLAN").percent == 0


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_wins():
    office = Office()
    first = together(*[lambda value=value: office.save(value) for value in ("70", "71", "72")])
    assert sum(isinstance(one, Target) for one in first) == 1 and Target.objects.count() == 1
    pk = Target.objects.get().pk

    second = together(
        *[lambda value=value: office.save(value, pk=pk, version=1, reason="Sửa") for value in ("80", "81", "82")]
    )

    assert sorted(type(one).__name__ for one in second) == ["Target", "TargetStale", "TargetStale"]
    assert Target.objects.get().version == 2


def test_loading_again_never_undoes_a_correction(db):
    target = national(60, year=2020, legal_basis="QĐ 281/QĐ-TTg", version=2, reason="Đính chính")
    for code, name in (("79", "Thành phố Hồ Chí Minh"), ("74", "Tỉnh Bình Dương"), ("60", "Tỉnh Bình Thuận")):
        ProvinceFactory(code=code, name=name, valid_from=None, valid_to=datetime.date(2025, 6, 30))
    from recognition.domain.declared import DATA, _not_corrected, _read_targets

    rows = _not_corrected(_read_targets(DATA / "targets.csv"))

    assert len(rows) == 24
    assert not [
        one for one in rows if one.place_id is None and one.model == "FAMILY" and one.year == 2020 and one.percent == 70
    ]
    assert target.percent == 60 and load_figures


def test_targets_from_a_file(office):
    head = ["scope_code", "year", "model", "measure", "percent", "area", "legal_basis"]

    def file(*rows):
        return read_sheet(
            write_workbook([("Chỉ tiêu", head, [list(row) for row in rows], [9] * 7)]), "a.xlsx", "targets"
        )

    good = ("123", 2026, "Gia đình học tập", "Công nhận/tổng số", "72,5", "", "KH 1")
    rows = file(
        good,
        ("79", 2026, "FAMILY", MAIN, 75, "normal", "KH 2"),
        good,
        ("00123", 2026, "CLAN", "recognised_of_staff", 5, "", "KH 1"),
        ("00123", 2026, "CLAN", MAIN, 101, "", "KH 1"),
        ("00123", 2026, "CLAN", MAIN, 50, "", ""),
    )
    call = {"actor": office.leader, "place": office.province, "rows": rows}
    preview = take_targets(**call, preview=True)
    assert Target.objects.count() == 0
    taken = take_targets(**call, versions=preview.versions)

    assert (taken.new, taken.changed, taken.same) == (preview.new, 0, 0) == (2, 0, 0)
    assert {row.number: why for row, why in taken.refused} == {
        4: "Chỉ tiêu này đã có ở dòng 2.",
        5: "Cột Số đo ghi “recognised_of_staff”, cần một trong: Công nhận/tổng số.",
        6: "Cột Chỉ tiêu (%) ghi “101”, cần tỷ lệ từ 0 đến 100, nhiều nhất hai chữ số lẻ.",
        7: "Hãy ghi căn cứ: số, ngày văn bản giao chỉ tiêu.",
    }
    assert whose(office.ward) == ("72.50", 2026, "Phường Mẫu", False)
    assert take_targets(**call).same == 2

    # A correction wants a reason; a later year is judged beside the earlier one of the same file.
    falling = file(
        ("00123", 2028, "FAMILY", MAIN, 60, "", "KH 3"),
        ("00123", 2027, "FAMILY", MAIN, 80, "", "KH 3"),
        ("79", 2026, "FAMILY", MAIN, 76, "", "KH 4"),
    )
    without = take_targets(actor=office.leader, place=office.province, rows=falling)
    assert (without.new, without.changed, [row.number for row, _why in without.refused]) == (1, 0, [2, 4])
    assert without.refused[1][1] == "Hãy ghi lý do sửa chỉ tiêu."
    assert Target.objects.get(place=office.province, year=2026, model="FAMILY").percent == 75
    with_reason = take_targets(actor=office.leader, place=office.province, rows=falling, reason="KH sửa đổi")
    assert (with_reason.new, with_reason.changed, with_reason.same, with_reason.refused) == (1, 1, 1, [])
    stored = Target.objects.get(place=office.province, year=2026, model="FAMILY")
    assert (stored.percent, stored.version, stored.reason, stored.legal_basis) == (76, 2, "KH sửa đổi", "KH 4")
    assert list(stored.events.order_by("pgh_id").values_list("percent", flat=True)) == [75, 76]
    new = file(("00123", 2027, "CLAN", MAIN, 60, "", "KH 3"), ("00123", 2026, "CLAN", MAIN, 80, "", "KH 3"))
    taken = take_targets(actor=office.leader, place=office.province, rows=new)
    assert (taken.new, [row.number for row, _why in taken.refused]) == (1, [2])
    again = file(("79", 2026, "FAMILY", MAIN, 77, "", "KH 5"))
    call = {"actor": office.leader, "place": office.province, "rows": again, "reason": "muộn"}
    late = take_targets(**call, versions={"row-2": 1})
    assert [why for _row, why in late.refused] == [
        f"{office.leader.full_name} vừa sửa chỉ tiêu này thành 76%. Số bạn gõ còn nguyên; bấm Lưu lần nữa để thay."
    ]


def test_targets_of_a_file_cost_the_same_for_any_number(office):
    head = ["scope_code", "year", "model", "measure", "percent", "area", "legal_basis"]
    costs = []
    for model, count in (("CLAN", 2), ("COMMUNITY_HAMLET", 18)):
        lines = [["79", 2026 + number, model, MAIN, 50 + number, "", "KH"] for number in range(count)]
        rows = read_sheet(write_workbook([("Chỉ tiêu", head, lines, [9] * 7)]), "a.xlsx", "targets")
        with CaptureQueriesContext(connection) as counted:
            assert take_targets(actor=office.leader, place=office.province, rows=rows).new == count
        costs.append(len(counted))
    assert costs[1] <= costs[0]  # the first also asks who the leader is


def test_the_form_saves_keeps_what_was_typed_and_withdraws(office, client):
    client.force_login(office.chair)
    url = f"/chi-tieu/{office.ward.pk}/dat/"
    typed = {"of": f"FAMILY:{MAIN}", "year": "2026", "area_class": "NORMAL", "percent": "72,5", "confidence": "P"}
    typed |= {"legal_basis": "KH 5/KH-UBND", "source": "", "version": "0"}

    wrong = client.post(url, typed | {"percent": "130"})
    assert wrong.status_code == 422 and 'value="130"' in wrong.content.decode()
    assert client.post(url, typed).status_code == 302
    kept = Target.objects.get()
    assert (kept.percent, kept.place, kept.confidence) == (Decimal("72.50"), office.ward, "P")
    edit = f"/chi-tieu/sua/{kept.pk}/"
    assert "72,5" in client.get(edit).content.decode()
    refused = client.post(edit, typed | {"percent": "74", "version": "1"})
    assert refused.status_code == 422 and "Hãy ghi lý do sửa chỉ tiêu." in refused.content.decode()
    assert client.post(edit, typed | {"percent": "74", "version": "1", "reason": "Theo KH"}).status_code == 302
    stale = client.post(edit, typed | {"percent": "75", "version": "1", "reason": "Theo KH"})
    assert "Lê Thị Chi vừa sửa chỉ tiêu này thành 74%." in stale.content.decode()
    assert 'name="version" value="2"' in stale.content.decode() and 'value="75"' in stale.content.decode()
    client.post(f"{edit}rut/", {"version": "2", "reason": "Nhầm"})
    assert Target.objects.get().is_withdrawn


def test_the_pace_is_read_from_kept_days_at_every_level(db):
    ward = make_ward()
    rows = make_registrations(ward, 12, state="RECOGNISED")
    year = rows[0].year
    day = timezone.make_aware(datetime.datetime(year, 3, 1, 9))
    Registration.objects.filter(pk__in=[one.pk for one in rows]).update(state_at=day)
    hamlet = rows[0].hamlet

    for place in (hamlet, ward.place, ward.place.district, ward.place.province, None):
        if place is None or place.level != "district":
            assert recognised_by_day(place, [year], ["FAMILY"]) == {("FAMILY", year): {datetime.date(year, 3, 1): 12}}
    rulebook = Rulebook.objects.get(pk=rows[0].rulebook_id)  # families register until 31 March
    figures = Figures(total=100, registered=14, at_proposed=1, returned=1, recognised=12)

    def coming(day: int, month: int, **more):
        standing = {"FAMILY": Standing(replace(figures, **more), Figures(), rulebook)}
        return forecasts(ward.place, year, standing, today=datetime.date(year, month, day))["FAMILY"]

    found = coming(20, 3)
    # 12 + 12 × 286 / 20 = 183, but there are only 100; all 14 that registered would be the least
    assert (found.now, found.low, found.high, found.chain.still) == (12, 14, 100, 86)
    assert (coming(31, 3).high, coming(1, 4).high) == (100, 14)  # from April on nobody new is expected
    assert coming(1, 4).chain.waiting == 1
    assert coming(20, 3, declared=("BC 1",)).chain is None
