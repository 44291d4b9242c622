"""Scoring by table at every boundary of every shipped rulebook, and by properties for any sheet of points."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.rulebook_checks import RULEBOOK_DIR, parse_rulebook, read_rulebook
from recognition.scoring import (
    ScoreError,
    evaluate,
    evaluate_total,
    from_half_points,
    points_text,
    to_half_points,
)
from tests.recognition.rulebook_samples import FACT, citizen, levels

FAMILY = read_rulebook(RULEBOOK_DIR / "family-448.yaml")
DRAFT = read_rulebook(RULEBOOK_DIR / "family-2022.yaml")
COMMUNE = read_rulebook(RULEBOOK_DIR / "commune-tt44.yaml")
CITIZEN = parse_rulebook(citizen(), "citizen.yaml")
LEVELS = parse_rulebook(levels(), "levels.yaml")
RESCALED = replace(FAMILY, na_policy="RESCALE")
SHIPPED = [FAMILY, DRAFT, COMMUNE]
CHILDREN = {"1.1", "1.2", "1.3"}


def sheet(spec, total):
    """Points that add up to `total`, filled from the first item on."""
    left, points = Decimal(str(total)), {}
    for leaf in spec.leaves:
        points[leaf.code] = min(leaf.maximum, left)
        left -= points[leaf.code]
    assert left == 0
    return points


@pytest.mark.parametrize("spec", [FAMILY, DRAFT], ids=lambda spec: spec.code)
@pytest.mark.parametrize(
    ("area", "total", "passed", "sentence"),
    [
        ("NORMAL", "0", False, "Tổng điểm 0/100, chưa đạt mức công nhận 80 điểm."),
        ("NORMAL", "79.5", False, "Tổng điểm 79,5/100, chưa đạt mức công nhận 80 điểm."),
        ("NORMAL", "80", True, "Tổng điểm 80/100, đạt mức công nhận 80 điểm."),
        ("NORMAL", "80.5", True, "Tổng điểm 80,5/100, đạt mức công nhận 80 điểm."),
        ("NORMAL", "100", True, "Tổng điểm 100/100, đạt mức công nhận 80 điểm."),
        ("DIFFICULT", "69.5", False, "Tổng điểm 69,5/100, chưa đạt mức công nhận 70 điểm."),
        ("DIFFICULT", "70", True, "Tổng điểm 70/100, đạt mức công nhận 70 điểm."),
        ("DIFFICULT", "70.5", True, "Tổng điểm 70,5/100, đạt mức công nhận 70 điểm."),
        ("DIFFICULT", "79.5", True, "Tổng điểm 79,5/100, đạt mức công nhận 70 điểm."),
    ],
)
def test_family_passes_from_the_mark_of_its_area(spec, area, total, passed, sentence):
    by_item = evaluate(spec, sheet(spec, total), area=area)
    by_total = evaluate_total(spec, Decimal(total), area)

    assert by_item == by_total
    assert (by_item.total, by_item.maximum, by_item.passed) == (Decimal(total), Decimal(100), passed)
    assert (by_item.rank, by_item.level, by_item.reasons, by_item.missing) == (None, None, [sentence], [])


@pytest.mark.parametrize("area", ["NORMAL", "DIFFICULT"])
@pytest.mark.parametrize(
    ("total", "rank", "passed", "words"),
    [
        ("0", "NOT_MET", False, "xếp loại Không đạt (từ 0 đến dưới 50 điểm)"),
        ("49.5", "NOT_MET", False, "xếp loại Không đạt (từ 0 đến dưới 50 điểm)"),
        ("50", "AVERAGE", True, "xếp loại Trung bình (từ 50 đến dưới 70 điểm)"),
        ("50.5", "AVERAGE", True, "xếp loại Trung bình (từ 50 đến dưới 70 điểm)"),
        ("69.5", "AVERAGE", True, "xếp loại Trung bình (từ 50 đến dưới 70 điểm)"),
        ("70", "FAIR", True, "xếp loại Khá (từ 70 đến dưới 85 điểm)"),
        ("70.5", "FAIR", True, "xếp loại Khá (từ 70 đến dưới 85 điểm)"),
        ("84.5", "FAIR", True, "xếp loại Khá (từ 70 đến dưới 85 điểm)"),
        ("85", "GOOD", True, "xếp loại Tốt (từ 85 điểm trở lên)"),
        ("85.5", "GOOD", True, "xếp loại Tốt (từ 85 điểm trở lên)"),
        ("87.5", "GOOD", True, "xếp loại Tốt (từ 85 điểm trở lên)"),
        ("92", "GOOD", True, "xếp loại Tốt (từ 85 điểm trở lên)"),
        ("94.5", "GOOD", True, "xếp loại Tốt (từ 85 điểm trở lên)"),
        ("100", "GOOD", True, "xếp loại Tốt (từ 85 điểm trở lên)"),
    ],
)
def test_commune_rank_at_every_boundary(area, total, rank, passed, words):
    by_item = evaluate(COMMUNE, sheet(COMMUNE, total), area=area)

    assert by_item == evaluate_total(COMMUNE, Decimal(total), area)
    assert (by_item.total, by_item.rank, by_item.passed) == (Decimal(total), rank, passed)
    assert by_item.reasons == [f"Tổng điểm {points_text(total)}/100, {words}."]


@pytest.mark.parametrize(
    ("scores", "faults"),
    [
        (
            {"9.9": 1},
            {
                "9.9": "Mã tiêu chí “9.9” không có trong bộ tiêu chí FAMILY-448; các mã dùng được: "
                "1.1, 1.2, 1.3, 2.1, 2.2, 2.3, 3.1, 3.2, 4.1, 4.2."
            },
        ),
        ({"1": 30}, {"1": "Điểm mục 1 là tổng các mục con; hãy chấm từng mục: 1.1, 1.2, 1.3."}),
        (
            {"3.1": 10.5},
            {
                "3.1": "Mục 3.1 (Gia đình quan tâm, động viên, tạo điều kiện cho mọi thành viên học tập): "
                "10,5 điểm vượt quá điểm tối đa 10."
            },
        ),
        (
            {"3.1": -0.5},
            {
                "3.1": "Mục 3.1 (Gia đình quan tâm, động viên, tạo điều kiện cho mọi thành viên học tập): "
                "-0,5 điểm nhỏ hơn 0; hãy nhập số từ 0 đến 10."
            },
        ),
        (
            {"4.1": 9.25},
            {
                "4.1": "Mục 4.1 (Việc làm, thu nhập, đời sống ổn định, cải thiện): "
                "9,25 không đúng bước điểm; điểm phải là bội số của 0,5."
            },
        ),
    ],
)
def test_faulty_points_name_the_criterion_and_the_bound(scores, faults):
    with pytest.raises(ScoreError) as error:
        evaluate(FAMILY, scores)

    assert error.value.faults == faults
    assert str(error.value) == "\n".join(faults.values())


@pytest.mark.parametrize(
    "value",
    ["10", "", "mười", True, False, [], {}, float("nan"), float("inf"), float("-inf"), Decimal("NaN"), 10**5000],
    ids=lambda value: str(value)[:10] if not isinstance(value, int) else "int",
)
def test_what_is_not_a_finite_number_is_refused(value):
    with pytest.raises(ScoreError) as error:
        evaluate(FAMILY, {"1.1": value})

    sentence = error.value.faults["1.1"]
    assert sentence.startswith("Mục 1.1 (Trẻ em độ tuổi phổ cập đều được đến trường")
    assert sentence.endswith("không phải là số; hãy nhập số từ 0 đến 10.")


def test_all_faults_are_reported_at_once():
    with pytest.raises(ScoreError) as error:
        evaluate(FAMILY, {"1.1": 11, "1.2": -1, "x": 1, "1.3": 5}, na={"3.1"})

    assert set(error.value.faults) == {"1.1", "1.2", "x", "3.1"}


def test_tiny_and_huge_numbers_are_refused_without_being_rounded_into_range():
    for value in (Decimal("1E+400"), Decimal("9.99999999999999999999999999999999999999"), Decimal("1E-400"), 1e308):
        with pytest.raises(ScoreError):
            evaluate(FAMILY, {"1.1": value})


def test_minus_zero_is_zero():
    assert points_text(evaluate(FAMILY, sheet(FAMILY, 0) | {"1.1": -0.0}).total) == "0"


def test_area_must_be_known():
    with pytest.raises(ScoreError, match="Vùng “CITY” không có; hãy chọn một trong: NORMAL, DIFFICULT."):
        evaluate(FAMILY, {}, area="CITY")
    with pytest.raises(ScoreError, match="Vùng “CITY” không có"):
        evaluate_total(FAMILY, 80, "CITY")


def test_scores_must_be_pairs():
    with pytest.raises(ScoreError, match="Bảng điểm phải là các cặp mã tiêu chí và số điểm"):
        evaluate(FAMILY, [10, 10])


@pytest.mark.parametrize("absent", [{}, {"4.2": None}], ids=["left out", "null"])
def test_missing_items_count_nothing_and_never_pass(absent):
    points = {code: value for code, value in sheet(FAMILY, 100).items() if code != "4.2"}

    result = evaluate(FAMILY, points | absent)

    assert (result.total, result.passed, result.missing) == (Decimal(90), False, ["4.2"])
    assert result.reasons == [
        "Tổng điểm 90/100.",
        "Còn 1 mục chưa chấm: 4.2. Mục chưa chấm tính 0 điểm và chưa thể công nhận.",
    ]


def test_unfinished_ranked_sheet_has_no_rank():
    points = sheet(COMMUNE, 100)
    del points["7"], points["15"]

    result = evaluate(COMMUNE, points)

    assert (result.total, result.rank, result.passed, result.missing) == (Decimal(89), None, False, ["7", "15"])


# --- Not applicable


def test_full_points_policy_gives_the_maximum_of_what_does_not_apply():
    points = {leaf.code: Decimal(7) for leaf in FAMILY.leaves if leaf.code not in CHILDREN}

    result = evaluate(FAMILY, points, na=CHILDREN)

    assert (result.total, result.passed) == (Decimal(79), False)  # 7 × 7 + 30
    assert result.reasons == [
        "Tổng điểm 79/100, chưa đạt mức công nhận 80 điểm.",
        "Mục không áp dụng: 1.1, 1.2, 1.3; các mục này được tính đủ điểm tối đa.",
    ]


@pytest.mark.parametrize(
    ("scored", "total"),
    [
        # Children do not apply: 70 points can be reached, so one point counts 100/70.
        ("0", "0"),
        ("0.5", "0.5"),  # 0.714… → 0.5
        ("55.5", "79.5"),  # 79.28… → 79.5
        ("56", "80"),  # exactly 80
        ("56.5", "80.5"),  # 80.71… → 80.5
        ("69.5", "99.5"),  # 99.28… → 99.5
        ("70", "100"),
    ],
)
def test_rescale_policy_rounds_half_up_to_the_step(scored, total):
    points = {leaf.code: Decimal(0) for leaf in FAMILY.leaves if leaf.code not in CHILDREN}
    left = Decimal(scored)
    for code in points:
        points[code] = min(Decimal(10), left)
        left -= points[code]

    result = evaluate(RESCALED, points, na=CHILDREN)

    assert (result.total, result.passed) == (Decimal(total), Decimal(total) >= 80)
    assert result.reasons[1] == "Mục không áp dụng: 1.1, 1.2, 1.3; tổng điểm được quy đổi về thang 100 điểm."


def test_rescale_takes_the_upper_step_at_an_exact_half():
    # 20 of 100 do not apply: 61 of 80 is 76.25, exactly between 76 and 76.5.
    points = {leaf.code: Decimal(0) for leaf in FAMILY.leaves if leaf.code not in {"1.1", "1.2"}}
    points |= dict.fromkeys(["1.3", "2.1", "2.2", "2.3", "3.1", "3.2"], Decimal(10)) | {"4.1": Decimal(1)}

    assert evaluate(RESCALED, points, na={"1.1", "1.2"}).total == Decimal("76.5")


@pytest.mark.parametrize("policy", ["FULL_POINTS", "RESCALE"])
def test_nothing_applies_gives_nothing_and_does_not_pass(policy):
    spec = parse_rulebook(citizen(na_allowed=True, policy=policy), "citizen.yaml")

    result = evaluate(spec, {}, na=set(spec.leaf_codes))

    assert (result.total, result.passed, result.missing) == (Decimal(0), False, [])
    assert result.reasons[0] == "Tổng điểm 0/100."
    assert result.reasons[-1] == "Tất cả các mục đều không áp dụng nên không có căn cứ để công nhận."


def test_item_that_must_be_scored_cannot_be_marked_not_applicable():
    with pytest.raises(ScoreError, match=r"Mục 3\.1 \(.*\) không được đánh dấu “không áp dụng”\."):
        evaluate(FAMILY, {}, na={"3.1"})


def test_points_and_not_applicable_together_are_refused():
    with pytest.raises(ScoreError, match=r"Mục 1\.1 .* vừa có điểm vừa đánh dấu “không áp dụng”; hãy bỏ một trong hai"):
        evaluate(FAMILY, {"1.1": 0}, na={"1.1"})
    assert evaluate(FAMILY, {"1.1": None}, na={"1.1"}).missing[0] == "1.2"


@pytest.mark.parametrize("code", ["1", "7.7", "*"])
def test_unknown_or_parent_code_cannot_be_marked_not_applicable(code):
    with pytest.raises(ScoreError) as error:
        evaluate(FAMILY, {}, na={code})

    assert list(error.value.faults) == [code]


# --- Knock-outs and derived shares


@pytest.mark.parametrize(
    ("lowest", "passed"),
    [("4.5", False), ("5", True), ("5.5", True)],
)
def test_minimum_per_item_knocks_out_whatever_the_total(lowest, passed):
    points = dict.fromkeys(CITIZEN.leaf_codes, Decimal(10)) | {"7": Decimal(lowest)}

    result = evaluate(CITIZEN, points)

    assert (result.total, result.passed) == (90 + Decimal(lowest), passed)
    sentence = f"Mục 7 được {points_text(lowest)} điểm, dưới mức tối thiểu 5 nên không được công nhận."
    assert (sentence in result.reasons) is not passed


def test_unscored_item_is_missing_not_knocked_out():
    points = dict.fromkeys(CITIZEN.leaf_codes, Decimal(10))
    del points["7"]

    result = evaluate(CITIZEN, points)

    assert (result.passed, result.missing) == (False, ["7"])
    assert not any("mức tối thiểu" in reason for reason in result.reasons)


def test_minimum_of_one_group_looks_at_its_sum_and_ignores_what_does_not_apply():
    data = FAMILY.to_dict() | {
        "knock_outs": [{"title": "Nhóm 1", "criterion": "1", "min": 15, "fact": {"mark": "X", "note": "thử"}}]
    }
    spec = parse_rulebook(data, "family.yaml")
    weak = sheet(FAMILY, 100) | {"1.1": Decimal("4.5"), "1.2": Decimal(5), "1.3": Decimal(5)}

    assert evaluate(spec, weak).passed is False
    assert evaluate(spec, weak | {"1.1": Decimal(5)}).passed is True
    without = {code: value for code, value in weak.items() if code not in CHILDREN}
    assert evaluate(spec, without, na=CHILDREN).passed is True


def test_knocked_out_commune_is_not_met_even_with_a_good_total():
    data = COMMUNE.to_dict() | {
        "knock_outs": [{"title": "Mất an ninh", "condition": "unrest", "fact": {"mark": "X", "note": "thử"}}]
    }
    spec = parse_rulebook(data, "commune.yaml")

    result = evaluate(spec, sheet(spec, 95), measures={"unrest": True})

    assert (result.total, result.rank, result.passed) == (Decimal(95), "NOT_MET", False)
    assert result.reasons == ["Tổng điểm 95/100.", "Không được công nhận: Mất an ninh."]
    assert evaluate(spec, sheet(spec, 95), measures={"unrest": False}).rank == "GOOD"
    assert evaluate(spec, sheet(spec, 95)).rank == "GOOD"


def test_declared_condition_of_the_draft_family_rulebook():
    result = evaluate(DRAFT, sheet(DRAFT, 100), measures={"member_sanctioned": 1})

    assert (result.total, result.passed) == (Decimal(100), False)
    assert result.reasons[-1] == (
        "Không được công nhận: Có thành viên bị kết án hoặc bị xử phạt vi phạm hành chính trong năm."
    )


@pytest.mark.parametrize(
    ("area", "share", "passed", "reason"),
    [
        ("NORMAL", 60, True, None),
        ("NORMAL", 59.99, False, "Tỷ lệ hộ: 59,99%, dưới mức yêu cầu 60%."),
        ("DIFFICULT", 50, True, None),
        ("DIFFICULT", 49.9, False, "Tỷ lệ hộ: 49,9%, dưới mức yêu cầu 50%."),
        ("NORMAL", None, False, "Chưa có số liệu “Tỷ lệ hộ” (cần từ 60%)."),
    ],
)
def test_required_share_depends_on_the_area(area, share, passed, reason):
    fact = {"mark": "X", "note": "thử"}
    share_rule = {
        "code": "D-03",
        "title": "Tỷ lệ hộ",
        "measure": "hamlet_family_share",
        "numerator": "a",
        "denominator": "b",
    }
    share_rule |= {"required": {"NORMAL": 60, "DIFFICULT": 50}, "fact": fact}
    spec = parse_rulebook(FAMILY.to_dict() | {"derived": [share_rule]}, "family.yaml")

    result = evaluate(spec, sheet(spec, 100), area=area, measures={"hamlet_family_share": share})

    assert result.passed is passed
    assert result.reasons[1:] == ([reason] if reason else [])
    assert evaluate(spec, sheet(spec, 100), area=area).passed is True  # shares not looked at yet


# --- Total only


@pytest.mark.parametrize(
    ("total", "sentence"),
    [
        (100.5, "Tổng điểm: 100,5 điểm vượt quá điểm tối đa 100."),
        (-1, "Tổng điểm: -1 điểm nhỏ hơn 0; hãy nhập số từ 0 đến 100."),
        (80.25, "Tổng điểm: 80,25 không đúng bước điểm; điểm phải là bội số của 0,5."),
        ("80", "Tổng điểm: “80” không phải là số; hãy nhập số từ 0 đến 100."),
        (None, "Tổng điểm: “None” không phải là số; hãy nhập số từ 0 đến 100."),
    ],
)
def test_faulty_total_is_refused(total, sentence):
    with pytest.raises(ScoreError) as error:
        evaluate_total(FAMILY, total)

    assert error.value.faults == {"total": sentence}


@pytest.mark.parametrize("spec", [CITIZEN, LEVELS], ids=["minimum per item", "levels"])
def test_a_total_alone_is_refused_where_items_decide(spec):
    with pytest.raises(ScoreError, match="phải chấm từng mục, không nhập riêng tổng điểm"):
        evaluate_total(spec, 1)


# --- Levels


@pytest.mark.parametrize(
    ("met", "level", "passed"),
    [
        ({"1.1", "1.2", "2.1", "2.2"}, 2, True),
        ({"1.1", "1.2", "2.1"}, 1, True),
        ({"1.1", "2.1"}, None, False),
        (set(), None, False),
    ],
)
def test_level_is_the_highest_whose_indicators_are_all_met(met, level, passed):
    result = evaluate(LEVELS, {code: int(code in met) for code in LEVELS.leaf_codes})

    assert (result.level, result.passed, result.total, result.maximum) == (level, passed, len(met), 4)


def test_levels_sheet_says_what_is_short_and_what_is_missing():
    result = evaluate(LEVELS, {"1.1": 1, "1.2": 0, "2.1": 1})

    assert (result.level, result.passed, result.missing) == (None, False, ["2.2"])
    assert result.reasons == [
        "Chưa đạt mức độ 1 vì các chỉ tiêu: 1.2.",
        "Chưa đạt mức độ 2 vì các chỉ tiêu: 1.2, 2.2.",
        "Còn 1 chỉ tiêu chưa đánh giá: 2.2.",
    ]


def test_levels_that_all_do_not_apply_give_no_level():
    data = levels()
    data["na_policy"] = {"value": "FULL_POINTS", "fact": FACT}
    for criterion in data["criteria"]:
        for item in criterion["children"]:
            item["na_allowed"] = True
    spec = parse_rulebook(data, "levels.yaml")

    result = evaluate(spec, {}, na=set(spec.leaf_codes))
    partly = evaluate(spec, {"1.1": 1, "2.1": 1, "2.2": 0}, na={"1.2"})

    assert (result.level, result.passed, result.total) == (None, False, 0)
    assert (partly.level, partly.passed) == (1, True)


def test_levels_take_only_met_or_not_met():
    with pytest.raises(ScoreError, match="vượt quá điểm tối đa 1"):
        evaluate(LEVELS, {"1.1": 2})
    with pytest.raises(ScoreError, match="không đúng bước điểm"):
        evaluate(LEVELS, {"1.1": 0.5})


# --- Stored arrays


def test_half_points_follow_the_order_of_the_rulebook():
    points = {"2.1": 8.5, "1.2": Decimal(10), "3.1": 0, "4.2": None}

    halves = to_half_points(FAMILY, points, na={"1.1"})

    assert halves == [-1, 20, None, 17, None, None, 0, None, None, None]
    scores, na = from_half_points(FAMILY, halves)
    assert na == {"1.1"}
    assert scores == {
        **{"1.2": Decimal(10), "1.3": None, "2.1": Decimal("8.5"), "2.2": None, "2.3": None},
        **{"3.1": Decimal(0), "3.2": None, "4.1": None, "4.2": None},
    }
    assert to_half_points(FAMILY, scores, na) == halves


def test_array_of_another_rulebook_is_refused():
    with pytest.raises(ScoreError, match="Bảng điểm có 3 mục, bộ tiêu chí FAMILY-448 có 10 mục"):
        from_half_points(FAMILY, [1, 2, 3])


# --- Properties


@st.composite
def sheets(draw):
    """A rulebook and a sheet as people fill it in: nothing, the least and the most stand there more often. Items are
    drawn by plain chance: sixty choices a sheet would take the whole time of these tests."""
    spec = draw(st.sampled_from([FAMILY, DRAFT, COMMUNE, CITIZEN, RESCALED]))
    chance = random.Random(draw(st.integers(0, 2**32 - 1)))
    na = {leaf.code for leaf in spec.leaves if leaf.na_allowed and chance.random() < 0.5}
    empty = chance.choice((0, 0.1, 0.5))
    points = {}
    for leaf in spec.leaves:
        if leaf.code in na:
            continue
        most = int(leaf.maximum * 2)
        half = chance.choice((0, most, chance.randint(0, most), chance.randint(0, most)))
        if chance.random() >= empty:
            points[leaf.code] = Decimal(half) / 2
    return spec, points, na


@settings(max_examples=150, deadline=None)
@given(sheets(), st.sampled_from(["NORMAL", "DIFFICULT"]))
def test_any_sheet_stays_in_bounds_and_survives_storage(drawn, area):
    spec, points, na = drawn

    result = evaluate(spec, points, area=area, na=na)

    assert 0 <= result.total <= result.maximum == 100
    assert result.total % spec.step == 0
    assert result.reasons and all(reason.endswith(".") for reason in result.reasons)
    assert not (result.passed and result.missing)
    assert set(result.missing) == set(spec.leaf_codes) - set(points) - na
    if spec.ranks and not result.missing:
        assert (result.rank != "NOT_MET") is result.passed
    scores, stored_na = from_half_points(spec, to_half_points(spec, points, na))
    assert evaluate(spec, scores, area=area, na=stored_na) == result


@settings(max_examples=150, deadline=None)
@given(sheets(), st.data())
def test_one_more_half_point_never_makes_it_worse(drawn, data):
    spec, points, na = drawn
    raisable = [code for code, value in points.items() if value < spec.by_code[code].maximum]
    if not raisable:
        return
    code = data.draw(st.sampled_from(raisable))
    before = evaluate(spec, points, na=na)

    after = evaluate(spec, points | {code: points[code] + Decimal("0.5")}, na=na)

    order = [None, "NOT_MET", "AVERAGE", "FAIR", "GOOD"]
    assert after.total >= before.total
    assert after.passed >= before.passed
    assert order.index(after.rank) >= order.index(before.rank)


@pytest.mark.parametrize(("number", "text"), [(9.5, "9,5"), (10, "10"), ("10.00", "10"), (0, "0"), (100, "100")])
def test_points_are_written_the_vietnamese_way(number, text):
    assert points_text(number) == text
