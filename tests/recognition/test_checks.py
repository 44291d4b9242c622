"""The named rules at their boundaries. No database."""

import datetime
from decimal import Decimal

import pytest

from recognition import checks
from recognition.checks import ERROR, HINT, NOTICE, WARN


def said(findings):
    return [(one.rule, one.level, one.message) for one in findings]


@pytest.mark.parametrize(
    ("counts", "messages"),
    [
        ({"total": 10, "registered": 10, "recognised": 10}, []),
        ({"total": 10, "registered": 11}, ["Số đăng ký 11 lớn hơn tổng số 10."]),
        ({"registered": 10, "recognised": 11}, ["Số được công nhận 11 lớn hơn số đăng ký 10."]),
        ({"registered": 10, "recognised": 11, "late": 1}, []),
        ({"total": 1234, "recognised": 1235}, ["Số được công nhận 1.235 lớn hơn tổng số 1.234."]),
        ({"total": 0, "registered": 0, "recognised": 0}, []),
        (
            {"registered": 5557, "recognised_expected": True},
            ["Có số đăng ký (5.557) nhưng không có số được công nhận."],
        ),
        ({}, []),
    ],
)
def test_r01_recognised_registered_total(counts, messages):
    assert said(checks.check_order(**counts)) == [("R-01", ERROR, message) for message in messages]


def test_r02_parts_that_add_up_are_silent():
    assert checks.check_sum("Đăng ký", 511, {"staff": 440, "residents": 71}) == []
    assert checks.check_sum("Đăng ký", None, {"staff": 440}) == []
    assert checks.check_sum("Đăng ký", 511, {}) == []


def test_r02_parts_that_do_not_add_up():
    found = checks.check_sum("Đăng ký", 551, {"staff": 440, "residents": 71})

    assert said(found) == [("R-02", ERROR, "Đăng ký: 440 + 71 = 511, khác số tổng 551.")]


@pytest.mark.parametrize(
    ("part", "whole", "printed", "expected"),
    [
        (74087, 123461, "60.01", []),
        (1, 8, "12.50", []),
        (1, 800, "0.13", []),  # 0.125 rounds half up
        (1, 800, "0.12", [(NOTICE, "x: 1/800 = 0,13%, in 0,12% là làm tròn xuống.")]),
        (505, 511, "98.82", [(NOTICE, "x: 505/511 = 98,83%, in 98,82% là làm tròn xuống.")]),
        (338, 440, "99.54", [(ERROR, "x: 338/440 = 76,82%, nguồn in 99,54%.")]),
        (505, 511, "98.84", [(ERROR, "x: 505/511 = 98,83%, nguồn in 98,84%.")]),
        (3, 0, "10", []),
        (3, 4, None, []),
    ],
)
def test_r03_percentages(part, whole, printed, expected):
    found = checks.check_percent("x", part, whole, printed)

    assert said(found) == [("R-03", level, message) for level, message in expected]


def test_r04_proposes_the_misprinted_numerator():
    found = checks.propose_percent("Cán bộ", 338, 440, Decimal("99.54"))

    assert said(found) == [
        ("R-04", HINT, "Cán bộ: có thể in nhầm một chữ số, 338 → 438."),
        ("R-03", NOTICE, "Cán bộ: 438/440 = 99,55%, in 99,54% là làm tròn xuống."),
    ]


def test_r04_is_silent_where_the_percentage_fits():
    assert checks.propose_percent("x", 505, 511, "98.83") == []
    assert checks.propose_percent("x", 505, 511, "98.82") == []  # only truncated


def test_one_digit_changes_never_start_with_zero():
    assert sorted(checks.one_digit_changes(10)) == [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 30, 40, 50, 60, 70, 80, 90]


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"inspected": 15, "ranked": 15}, None),
        ({"inspected": 15, "ranked": 14, "unranked_with_reason": 1}, None),
        (
            {"inspected": 15, "ranked": 14},
            "Kiểm tra 15 đơn vị, xếp loại 14; còn 1 đơn vị chưa xếp loại mà không ghi lý do.",
        ),
        (
            {"inspected": 15, "ranked": 14, "names": ["Phường 9"]},
            "Kiểm tra 15 đơn vị, xếp loại 14; còn 1 đơn vị chưa xếp loại mà không ghi lý do: Phường 9.",
        ),
        (
            {"inspected": 15, "ranked": 12, "unranked_with_reason": 1},
            "Kiểm tra 15 đơn vị, xếp loại 12, không xếp loại có lý do 1; "
            "còn 2 đơn vị chưa xếp loại mà không ghi lý do.",
        ),
        ({"inspected": 14, "ranked": 15}, "Kiểm tra 14 đơn vị nhưng có tới 15 đơn vị được xếp loại."),
    ],
)
def test_r05_every_inspected_place_is_ranked(numbers, message):
    assert said(checks.check_ranked(**numbers)) == ([("R-05", ERROR, message)] if message else [])


def test_r20_equal_totals_of_different_models():
    found = checks.check_same_totals({"Cộng đồng": 80, "Đơn vị": 80, "Dòng họ": 18})

    assert said(found) == [("R-20", WARN, "Cộng đồng, Đơn vị cùng có tổng số 80: có thể chép nhầm.")]


def test_r23_missing_and_falling_targets():
    local = {("Gia đình", 2025): Decimal(80), ("Gia đình", 2030): Decimal(75)}
    national = {("Gia đình", 2025): Decimal(70), ("Dòng họ", 2025): Decimal(65)}

    assert said(checks.check_targets("Tỉnh Bình Dương", local, national)) == [
        ("R-23", WARN, "Tỉnh Bình Dương: không có chỉ tiêu Dòng họ (chỉ tiêu cả nước năm 2025 là 65%)."),
        ("R-23", WARN, "Tỉnh Bình Dương: chỉ tiêu Gia đình giảm từ 80% (2025) xuống 75% (2030)."),
    ]


@pytest.mark.parametrize(
    ("printed", "model", "findings"),
    [
        ("FAMILY", "FAMILY", []),
        ("COMMENDATION", "COMMENDATION", []),
        (
            "Gia đình hiếu học",
            "FAMILY",
            [("R-25", NOTICE, "“Gia đình hiếu học” được hiểu là “Gia đình học tập”.")],
        ),
        ("DÒNG TỘC  hiếu học", "CLAN", [("R-25", NOTICE, "“DÒNG TỘC hiếu học” được hiểu là “Dòng họ học tập”.")]),
        ("Gia đình văn hóa", None, [("R-25", ERROR, "Không rõ mô hình “Gia đình văn hóa”.")]),
    ],
)
def test_r25_names_of_models(printed, model, findings):
    found, notices = checks.resolve_model(printed)

    assert (found, said(notices)) == (model, findings)


def test_r25_misprint_is_told_once():
    found = checks.check_words(["18/18 dòng học", "gia đình Dòng học"])

    assert said(found) == [("R-25", NOTICE, "“dòng học” là lỗi in, hiểu là “dòng họ”.")]


def test_r26_date_issuer_period_and_years():
    assert said(checks.check_source(published_on=None, issuer=" ", period="2016-2018", years={2016})) == [
        ("R-26", ERROR, "Nguồn không ghi ngày công bố."),
        ("R-26", ERROR, "Nguồn không ghi nơi ban hành."),
        ("R-26", WARN, "Giai đoạn 2016-2018 thiếu số liệu các năm: 2017, 2018."),
    ]
    day = datetime.date(2023, 6, 5)
    assert said(checks.check_source(published_on=day, issuer="Hội Khuyến học", period="", years={2022})) == [
        ("R-26", ERROR, "Nguồn không ghi giai đoạn của số liệu."),
    ]
    assert checks.check_source(published_on=day, issuer="Hội Khuyến học", period="2022", years={2022}) == []
