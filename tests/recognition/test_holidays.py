"""Working days without public holidays: what the law fixes, what is entered for a year, what the clocks make of it."""

import datetime

import pytest
from django.test import Client
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
    off = holidays.work_calendar(day("2025-12-30"))
    # Wednesday 31 December, then Friday 2 January
    assert [add_working_days(day("2025-12-30"), n, off) for n in (1, 2)] == [day("2025-12-31"), day("2026-01-02")]
    # Thursday and Friday off, then a weekend
    assert add_working_days(day("2026-04-29"), 1, holidays.work_calendar(day("2026-04-29"))) == day("2026-05-04")
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
    assert add_working_days(start, 1, holidays.work_calendar(start)) == day("2027-02-10")
    page = client.post(url, {"do": "complete", "source": "Thông báo thử"}, follow=True).content.decode()
    assert "Năm 2027 đã ghi đủ" in page and "Thông báo thử · Quản Văn Một" in page
    assert holidays.note_on(start) == "đã trừ ngày nghỉ lễ"
    assert holidays.note_on(start, day("2028-01-03")) == (
        "đã trừ ngày lễ dương lịch; năm 2028 chưa ghi đủ Tết và các ngày nghỉ theo thông báo"
    )
    client.post(url, tet | {"last": "05/02/2027", "name": "Tên khác"})  # again: the same days, another name
    assert (Holiday.objects.count(), Holiday.objects.get(day="2027-02-05").name) == (5, "Tên khác")
    client.post(url, {"do": "back", "pk": Holiday.objects.get(day="2027-02-05").pk})
    assert add_working_days(start, 1, holidays.work_calendar(start)) == day("2027-02-05")
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
    assert line.due == within.until(day("2018-04-20"), holidays.work_calendar(day("2018-04-20")))
    assert within.until(day("2018-04-20")) < line.due
    # Nobody said that the days off of 2018 are all there: the list warns of a day that may come too early.
    assert line.unsure == (2018,)
    client = Client()
    client.force_login(district.inspector)
    warning = "năm 2018 chưa ghi đủ ngày nghỉ lễ, hạn thật có thể muộn hơn"
    assert warning in client.get(reverse("recognition:work-list") + "?nam=2017").content.decode()
    admin = make_officer(Role.ADMINISTRATOR, None)
    holidays.enter_days(actor=admin, first=day("2018-02-15"), last=day("2018-02-20"), name="Dịp nghỉ thử")
    holidays.declare_year(actor=admin, year=2018, complete=True, source="Thông báo thử")
    (line,) = [one for one in work_of(postings, 2017, day("2018-04-23")) if one.step == "inspect"]
    assert line.unsure == ()
    assert warning not in client.get(reverse("recognition:work-list") + "?nam=2017").content.decode()


def test_a_weekday_swapped_for_a_saturday_is_off_and_the_saturday_is_worked(client):
    admin = make_officer(Role.ADMINISTRATOR, None, name="Quản Văn Một")
    client.force_login(admin)
    url = reverse("recognition:holiday-list")
    friday = day("2029-04-27")  # invented days, not those of any notice: Monday 30/4 and Tuesday 1/5 are the law's
    assert add_working_days(friday, 1, holidays.work_calendar(friday)) == day("2029-05-02")

    typed = {"do": "swap", "name": "Hoán đổi dịp 30/4", "off": "02/05/2029", "work": "05/05/2029"}
    answer = client.post(f"{url}?nam=2026", typed, follow=True)

    assert answer.redirect_chain == [(f"{url}?nam=2029", 302)]
    page = answer.content.decode()
    assert "Đã ghi hoán đổi: nghỉ 02/05/2029, làm bù 05/05/2029." in page
    assert "thay cho ngày nghỉ 02/05/2029" in page and "hoán đổi với ngày 05/05/2029" in page
    calendar = holidays.work_calendar(friday)
    # Wednesday is off now; Thursday, Friday, then the Saturday counts and the Sunday does not.
    assert [add_working_days(friday, n, calendar) for n in (1, 2, 3, 4)] == [
        day(f"2029-05-{n:02}") for n in (3, 4, 5, 7)
    ]
    for off, work, words in (
        ("05/05/2029", "06/05/2029", "Ngày nghỉ hoán đổi phải là ngày trong tuần, từ thứ hai đến thứ sáu."),
        ("03/05/2029", "04/05/2029", "Ngày làm bù phải là thứ bảy hoặc chủ nhật."),
        ("02/05/2029", "12/05/2029", "Ngày 02/05/2029 đã ghi là “Hoán đổi dịp 30/4”; hãy bỏ trước nếu muốn ghi lại."),
        ("01/05/2029", "12/05/2029", "Ngày 01/05/2029 là ngày lễ nên không hoán đổi."),
        ("03/05/2029", "07/07/2029", "Ngày nghỉ và ngày làm bù cách nhau nhiều nhất 60 ngày; hãy xem lại hai ngày."),
    ):
        refused = client.post(f"{url}?nam=2029", typed | {"off": off, "work": work})
        assert (
            refused.status_code == 422
            and words in refused.content.decode()
            and f'value="{off}"' in (refused.content.decode())
        )
    # sixty days apart is not yet a slip; a range of days off does not swallow a day that is worked
    holidays.swap_days(actor=admin, off=day("2029-05-09"), work=day("2029-07-08"), name="x")
    with pytest.raises(RecognitionError, match="Ngày 05/05/2029 đang ghi là ngày làm bù; hãy bỏ hoán đổi đó trước."):
        holidays.enter_days(actor=admin, first=day("2029-05-03"), last=day("2029-05-06"), name="x")
    # … and leaves one that is off in exchange for it together with it
    assert holidays.enter_days(actor=admin, first=day("2029-05-02"), last=day("2029-05-03"), name="Nghỉ thêm") == 2
    days = Holiday.objects.filter(day__range=("2029-05-02", "2029-05-05")).order_by("day")
    pairs = [(one.name, one.is_off, one.other_day) for one in days]
    swapped = ("Hoán đổi dịp 30/4", True, day("2029-05-05")), ("Hoán đổi dịp 30/4", False, day("2029-05-02"))
    assert pairs == [swapped[0], ("Nghỉ thêm", True, None), swapped[1]]
    holidays.take_back_day(actor=admin, pk=days[1].pk)
    with pytest.raises(NotPermitted):
        holidays.swap_days(actor=make_ward().officer, off=day("2029-05-10"), work=day("2029-05-12"), name="x")

    kept = Holiday.objects.get(day="2029-05-05")
    back = client.post(f"{url}?nam=2029", {"do": "back", "pk": kept.pk}, follow=True).content.decode()
    assert "Đã bỏ hoán đổi giữa ngày 05/05/2029 và ngày 02/05/2029." in back
    assert add_working_days(friday, 2, holidays.work_calendar(friday)) == day("2029-05-03")
    assert (
        list(Holiday.objects.filter(day__month=5, day__lt="2029-05-09").values_list("is_off", "is_work"))
        == [(False, False)] * 3
    )
    holidays.swap_days(actor=admin, off=day("2029-05-02"), work=day("2029-05-06"), name="Lần khác")
    assert add_working_days(friday, 3, holidays.work_calendar(friday)) == day("2029-05-06")
