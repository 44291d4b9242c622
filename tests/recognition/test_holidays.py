"""Working days without public holidays: what the law fixes, what is entered for a year, what the clocks make of it."""

import datetime

import pytest
from django.urls import reverse

from portal.lib.workdays import add_working_days, fixed_holidays
from recognition.domain import holidays
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.objecting import window_until
from recognition.domain.worklist import work_of
from recognition.models import Holiday, Registration
from tests.factories.recognition import make_district, make_registration, make_ward, make_ward_dossier
from tests.factories.units import make_officer
from units.choices import Role
from units.models import Posting

pytestmark = pytest.mark.django_db


def day(text):
    return datetime.date.fromisoformat(text)


def test_the_four_days_of_the_law_on_both_sides():
    assert fixed_holidays(2026) == [day("2026-01-01"), day("2026-04-30"), day("2026-05-01"), day("2026-09-02")]
    off = holidays.days_off(day("2025-12-30"))
    # Wednesday 31 December, then Friday 2 January
    assert [add_working_days(day("2025-12-30"), n, off) for n in (1, 2)] == [day("2025-12-31"), day("2026-01-02")]
    # Thursday and Friday off, then a weekend
    assert add_working_days(day("2026-04-29"), 1, holidays.days_off(day("2026-04-29"))) == day("2026-05-04")
    assert add_working_days(day("2026-04-29"), 1) == day("2026-04-30")


def test_entered_days_count_until_taken_back_and_a_year_says_whether_it_is_complete(client):
    admin = make_officer(Role.ADMINISTRATOR, None, name="Quản Văn Một")
    start = day("2027-02-04")
    client.force_login(admin)
    url = reverse("recognition:holiday-list") + "?nam=2027"
    assert "Năm 2027 chưa ghi đủ" in client.get(url).content.decode()
    too_early = client.post(url, {"do": "complete", "source": "Thông báo thử"})
    assert "Năm 2027 chưa ghi ngày nghỉ nào ngoài ngày lễ dương lịch." in too_early.content.decode()
    # invented days, not those of any notice
    tet = {"do": "days", "name": "Dịp nghỉ thử", "first": "05/02/2027", "last": "09/02/2027"}
    assert "Đã ghi 5 ngày nghỉ, từ 05/02/2027 đến 09/02/2027." in client.post(url, tet, follow=True).content.decode()
    assert add_working_days(start, 1, holidays.days_off(start)) == day("2027-02-10")
    page = client.post(url, {"do": "complete", "source": "Thông báo thử"}, follow=True).content.decode()
    assert "Năm 2027 đã ghi đủ" in page and "Thông báo thử · Quản Văn Một" in page
    assert holidays.note_on(start) == "đã trừ ngày nghỉ lễ"
    assert holidays.note_on(start, day("2028-01-03")) == (
        "đã trừ ngày lễ dương lịch; năm 2028 chưa ghi đủ Tết và các ngày nghỉ theo thông báo"
    )
    client.post(url, tet | {"last": "05/02/2027", "name": "Tên khác"})  # again: the same days, another name
    assert (Holiday.objects.count(), Holiday.objects.get(day="2027-02-05").name) == (5, "Tên khác")
    client.post(url, {"do": "back", "pk": Holiday.objects.get(day="2027-02-05").pk})
    assert add_working_days(start, 1, holidays.days_off(start)) == day("2027-02-05")
    assert (
        "Ngày này không còn là ngày nghỉ."
        in client.post(url, {"do": "back", "pk": "99999999999999999999"}, follow=True).content.decode()
    )
    client.post(url, {"do": "open"})
    assert holidays.incomplete_years(start) == [2027]
    for first, last, words in (
        ("2027-02-09", "2027-02-08", "Ngày cuối không được trước ngày đầu"),
        ("2027-02-01", "2027-02-15", "nhiều nhất 14 ngày"),
        ("1999-12-31", "1999-12-31", "Năm phải từ 2000 đến 2100"),
    ):
        with pytest.raises(RecognitionError, match=words):
            holidays.enter_days(actor=admin, first=day(first), last=day(last), name="x")
    with pytest.raises(NotPermitted):
        holidays.enter_days(actor=make_ward().officer, first=start, last=start, name="x")


def test_days_are_shown_in_their_own_year_and_no_other_year_answers(client):
    admin = make_officer(Role.ADMINISTRATOR, None)
    client.force_login(admin)
    url = reverse("recognition:holiday-list")
    fixed = {"do": "days", "name": "Dịp nghỉ thử", "first": "01/01/2031", "last": "01/01/2031"}
    answer = client.post(f"{url}?nam=2026", fixed, follow=True)
    assert answer.redirect_chain == [(f"{url}?nam=2031", 302)]
    assert "Đã ghi ngày nghỉ 01/01/2031." in answer.content.decode()
    # a day of the law itself, entered once more, makes no year complete
    with pytest.raises(RecognitionError, match="Năm 2031 chưa ghi ngày nghỉ nào ngoài ngày lễ dương lịch"):
        holidays.declare_year(actor=admin, year=2031, complete=True, source="Thông báo thử")
    for year in ("1999", "2101", "0", "abc", "99999", "-1"):
        assert client.get(url, {"nam": year}).status_code == 404, year
        assert (
            client.post(f"{url}?nam={year}", fixed | {"first": "02/01/2031", "last": "02/01/2031"}).status_code == 404
        )
    assert Holiday.objects.count() == 1
    assert "?nam=1999" not in client.get(url, {"nam": "2000"}).content.decode()
    assert "?nam=2101" not in client.get(url, {"nam": "2100"}).content.decode()


def test_objections_and_the_work_list_count_without_them():
    ward = make_ward()
    row = make_registration(ward, state="RECOGNISED")
    decided = row.award.decision
    decided.signed_on = day("2026-04-29")
    assert window_until(row) == day("2026-05-12")  # seven days; 30/4 and 1/5 beside two weekends
    district = make_district()
    dossier = make_ward_dossier(district)
    Registration.objects.filter(pk=dossier.pk).update(stands_since=day("2018-04-20"))
    postings = Posting.objects.filter(user__in=[district.inspector, district.decider]).select_related("place")
    (line,) = [one for one in work_of(postings, 2017, day("2018-04-23")) if one.step == "inspect"]
    within = dossier.rulebook.spec.step_named("inspect").within
    assert line.due == within.until(day("2018-04-20"), holidays.days_off(day("2018-04-20")))
    assert within.until(day("2018-04-20")) < line.due
