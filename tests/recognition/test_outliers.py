"""R-21 and R-22 at their boundaries."""

from decimal import Decimal

import pytest

from recognition import outliers


@pytest.mark.parametrize(
    ("passed", "assessed", "found"),
    [(10, 10, True), (40, 40, True), (39, 40, False), (0, 40, False), (2, 2, True), (1, 1, False), (0, 0, False)],
)
def test_everybody_passed(passed, assessed, found):
    assert bool(outliers.pass_rate("Khu phố 1", passed=passed, assessed=assessed)) is found


@pytest.mark.parametrize(
    ("same", "assessed", "found"),
    [
        (30, 100, False),
        (31, 100, True),
        (3, 10, False),
        (4, 10, True),
        (3, 9, True),
        (2, 7, False),
        (2, 2, True),
        (1, 1, False),
        (1, 3, False),
        (10, 10, True),
        (0, 0, False),
    ],
)
def test_more_than_thirty_percent_carry_the_same_scores(same, assessed, found):
    assert bool(outliers.identical_scores("Khu phố 1", same=same, assessed=assessed)) is found


@pytest.mark.parametrize(
    ("own", "inspected", "found"),
    [("90", "80", False), ("90", "79.5", True), ("80", "90", False), ("80", "90.5", True), ("80", "80", False)],
)
def test_a_gap_of_more_than_ten_points_either_way(own, inspected, found):
    gap = outliers.score_gap("Phường 1", own=Decimal(own), inspected=Decimal(inspected))

    assert bool(gap) is found


def test_findings_carry_rule_level_place_numbers_and_a_sentence():
    (passed,) = outliers.pass_rate("Khu phố 1", passed=40, assessed=40)
    (same,) = outliers.identical_scores("Khu phố 2", same=7, assessed=22)
    (gap,) = outliers.score_gap("Phường 3", own=Decimal("95.5"), inspected=Decimal(84))

    assert [(one.rule, one.level, one.where) for one in (passed, same, gap)] == [
        ("R-21", "warn", "Khu phố 1"),
        ("R-21", "warn", "Khu phố 2"),
        ("R-22", "warn", "Phường 3"),
    ]
    assert passed.message == "Khu phố 1: 40/40 hồ sơ đạt (100%). Hãy xem lại vài hồ sơ trước khi tin con số này."
    assert same.message == "Khu phố 2: 7/22 hồ sơ có điểm giống hệt nhau (31,8%, quá 30%)."
    assert gap.message == "Phường 3: tự chấm 95,5 điểm, kiểm tra 84 điểm, lệch −11,5 (quá 10 điểm)."
    assert gap.numbers == {"own": Decimal("95.5"), "inspected": Decimal(84), "gap": Decimal("-11.5")}
