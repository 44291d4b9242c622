"""How far a year may come by 31 December: exact arithmetic, and when nothing honest can be said."""

import datetime
from decimal import Decimal

import pytest

from recognition.forecast import forecast

D = datetime.date
EVEN = {D(2026, 3, 1): 40, D(2026, 9, 18): 60}  # 202 days from the first to 18/9


def test_the_pace_so_far_goes_on_for_the_days_left():
    found = forecast(year=2026, today=D(2026, 3, 20), days={D(2026, 3, 1): 30, D(2026, 3, 20): 10}, total=1000)

    # 40 in 20 days, 286 days left: 40 + 40 × 286 / 20 = 612; no 30 days yet and no year before
    assert (found.now, found.low, found.high, found.by_curve) == (40, 612, 612, False)
    assert (found.low_share, found.share_text) == (Decimal("61.20"), "61,20% tổng số")
    assert found.text == "Với nhịp này, đến 31/12/2026 khoảng 612 được công nhận."


def test_the_last_thirty_days_make_it_a_range():
    found = forecast(year=2026, today=D(2026, 9, 18), days=EVEN, total=1000)

    # so far: 100 + 100 × 104 / 202 = 151,49; the last 30 days: 100 + 60 × 104 / 30 = 308
    assert (found.low, found.high) == (151, 308)
    assert found.text == "Với nhịp này, đến 31/12/2026 khoảng 151 đến 308 được công nhận."
    assert found.share_text == "15,10% đến 30,80% tổng số"


def test_last_years_curve_takes_part_when_it_exists():
    before = {D(2025, 5, 1): 25, D(2025, 12, 20): 75, D(2026, 1, 15): 500}  # after 31/12 belongs to no curve

    found = forecast(year=2026, today=D(2026, 9, 18), days=EVEN, last_year=before, total=1000)

    assert (found.low, found.high, found.by_curve) == (151, 400, True)  # 25 of 100 by 18/9: 100 / 0,25


@pytest.mark.parametrize(("early", "by_curve"), [(4, False), (5, True)])
def test_a_curve_that_had_hardly_begun_is_left_out(early, by_curve):
    before = {D(2025, 5, 1): early, D(2025, 12, 20): 100 - early}

    assert forecast(year=2026, today=D(2026, 9, 18), days=EVEN, last_year=before).by_curve is by_curve


def test_no_forecast_exceeds_everybody():
    found = forecast(year=2026, today=D(2026, 9, 18), days=EVEN, total=200)

    assert (found.low, found.high, found.high_share) == (151, 200, Decimal("100.00"))


@pytest.mark.parametrize(
    ("today", "count", "enough"),
    [(D(2026, 6, 14), 10, True), (D(2026, 6, 13), 10, False), (D(2026, 6, 14), 9, False), (D(2026, 6, 14), 0, False)],
)
def test_too_few_days_or_too_few_recognitions(today, count, enough):
    found = forecast(year=2026, today=today, days={D(2026, 6, 1): count}, total=100)

    assert (found.low is not None) is enough
    if not enough:
        assert found.text == "Chưa đủ số liệu để dự báo: cần ít nhất 10 lượt công nhận trong ít nhất 14 ngày."
        assert found.share_text == found.basis == found.against(Decimal(70)) == ""


@pytest.mark.parametrize(
    ("today", "text"), [(D(2026, 12, 31), "Năm 2026 đã kết thúc."), (D(2025, 12, 31), "Năm 2026 chưa bắt đầu.")]
)
def test_only_a_running_year_has_one(today, text):
    assert forecast(year=2026, today=today, days=EVEN).text == text


def test_days_to_come_are_not_looked_at_and_29_february_has_a_day_before():
    days = {D(2028, 1, 1): 20, D(2028, 6, 1): 500}

    found = forecast(year=2028, today=D(2028, 2, 29), days=days, last_year={D(2027, 2, 28): 50, D(2027, 7, 1): 50})

    assert (found.now, found.by_curve, found.high) == (20, True, 122)  # 20 + 20 × 306 / 60; the curve says 40
    assert found.low == 20  # nobody in the last 30 days


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("15.10", "Có thể đạt chỉ tiêu 15,1%."),
        ("15.11", "Chưa chắc đạt chỉ tiêu 15,11%."),
        ("30.80", "Chưa chắc đạt chỉ tiêu 30,8%."),
        ("30.81", "Có thể không đạt chỉ tiêu 30,81%."),
    ],
)
def test_where_the_range_stands_to_the_target(target, words):
    assert forecast(year=2026, today=D(2026, 9, 18), days=EVEN, total=1000).against(Decimal(target)) == words
