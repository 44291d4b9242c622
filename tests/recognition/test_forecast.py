"""How far a year may come by 31 December: exact arithmetic, and when nothing honest can be said."""

import datetime
from decimal import Decimal

import pytest

from recognition.forecast import Chain, forecast

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
        assert found.text == (
            "Chưa đủ số liệu để dự báo: cần ít nhất 10 lượt công nhận trong ít nhất 14 ngày, hoặc 10 hồ sơ đang làm."
        )
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


# --- Dossiers on their way


def with_chain(days=EVEN, **chain):
    return forecast(year=2026, today=D(2026, 9, 18), days=days, total=1000, chain=Chain(**chain))


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        # 100 recognised; the pace alone says 151 to 308. 25 refused: 80 % pass, so 50 open ones make it 140.
        ({"open": 50, "refused": 25}, (140, 150)),
        ({"open": 51, "refused": 25}, (141, 151)),  # 140,8; nobody unregistered may come any more
        ({"open": 50, "refused": 25, "still": 1}, (140, 151)),
        ({"open": 50, "refused": 25, "still": 158}, (140, 308)),  # the bound lies where the pace does
        ({"open": 50, "refused": 25, "still": 157}, (140, 307)),
        ({"open": 50, "refused": 25, "still": None}, (140, 308)),  # nobody knows who may come
        ({"open": 0, "refused": 25}, (100, 100)),  # all are decided
        ({"open": 250, "refused": 0}, (151, 350)),  # everything decided so far passed
        ({"open": 2000, "refused": 0}, (151, 1000)),  # never above everybody
    ],
)
def test_no_forecast_exceeds_who_registered_and_who_still_may(chain, expected):
    found = with_chain(**chain)

    assert (found.low, found.high) == expected


@pytest.mark.parametrize(
    ("refused", "rate", "is_new"), [(1, "0.9", True), (0, "0.5", False)]
)  # ten decided this year; nine do not speak for it yet
def test_the_share_that_passes_is_this_years_once_ten_are_decided(refused, rate, is_new):
    found = with_chain(days={D(2026, 9, 1): 9}, open=20, refused=refused, passed_before=20, registered_before=40)

    assert (found.rate, found.rate_is_new, found.by_pace) == (Decimal(rate), is_new, False)
    # no pace yet: all 20 decided, or none of them, as none waits at the deciding body
    assert (found.low, found.high) == (9, 9 + 20 * Decimal(rate))


@pytest.mark.parametrize(("provisional", "mark"), [(False, ""), (True, " (tạm thời)")])
def test_before_anybody_is_recognised_the_chain_speaks(provisional, mark):
    found = with_chain(
        days={},
        open=60,
        waiting=24,
        passed_before=90,
        registered_before=120,
        until=D(2026, 3, 31),
        provisional=provisional,
    )

    assert (found.now, found.low, found.high, found.by_pace) == (0, 18, 45, False)
    assert found.text == "Hồ sơ đang làm có thể đưa năm 2026 đến khoảng 18 đến 45 được công nhận."
    assert found.share_text == "1,80% đến 4,50% tổng số"
    assert found.basis == (
        "Năm nay chưa đủ ngày công nhận để tính nhịp. Thấp nhất khi chỉ 24 hồ sơ đã trình được quyết định, "
        "cao nhất khi cả 60 hồ sơ đang làm được quyết định trước 31/12; 75,0% đạt như năm 2025. "
        f"Hạn đăng ký 31/03/2026{mark} đã qua nên không tính ai chưa đăng ký. Chỉ để tham khảo."
    )


@pytest.mark.parametrize(
    ("chain", "enough"),
    [
        ({"open": 10, "registered_before": 10, "passed_before": 10}, True),
        ({"open": 9, "registered_before": 10, "passed_before": 10}, False),  # too few on their way
        ({"open": 10, "registered_before": 9, "passed_before": 9}, False),  # and nothing to say how many pass
    ],
)
def test_too_few_dossiers_say_nothing(chain, enough):
    found = with_chain(days={}, **chain)

    assert (found.low is not None) is enough
    assert enough or found.text.startswith("Chưa đủ số liệu để dự báo")


def test_the_assumptions_beside_a_pace_are_said():
    found = with_chain(open=50, waiting=5, refused=25, still=300, until=D(2026, 12, 1))

    assert found.basis == (
        "Tính theo nhịp từ đầu năm và nhịp 30 ngày qua; chưa có số liệu theo ngày của năm trước. "
        "Coi như 50 hồ sơ đang làm kịp quyết định trước 31/12, 80,0% đạt như năm 2026. "
        "Không vượt số đã đăng ký cộng 300 đối tượng còn có thể đăng ký. Chỉ để tham khảo."
    )
