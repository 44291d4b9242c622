"""The rulebooks of today at their boundaries, in rows written out by hand. No database.

They hold the plain reading in place that `test_any_rulebook` tries every rulebook of the folder by.
"""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from recognition.rulebook_checks import parse_rulebook
from recognition.rulebook_reader import RulebookError
from recognition.scoring import ScoreError, evaluate, evaluate_total, from_half_points, to_half_points
from recognition.shares import Share
from tests.factories.recognition import shipped_specs
from tests.recognition import rulebook_reading as reading
from tests.recognition.rulebook_samples import HIGHER, LOCAL, TABLE, variant_of, variant_spec, with_table
from units.choices import OrganisationType

SPECS = {spec.code: spec for spec in shipped_specs()}
LEVELS = ("COMMUNE-TT25", "DISTRICT-TT25", "PROVINCE-TT25", "UNIT-TT24", "UNIT-TT24-DISTRICT")
AREAS = ("NORMAL", "DIFFICULT")
# What is passed and which rank it brings, written out: total → (passes in a normal area, in a difficult one, rank).
MARKS = {
    **dict.fromkeys(("FAMILY-448", "FAMILY-2022", "CLAN-448", "HAMLET-448"), (80, 70)),
    **dict.fromkeys(("UNIT-448", "CITIZEN-324"), (80, 80)),
    **dict.fromkeys(("COMMUNE-TT44", "UNIT-TT22", "UNIT-TT22-DISTRICT"), (50, 50)),
}
RANKED = ("COMMUNE-TT44", "UNIT-TT22", "UNIT-TT22-DISTRICT")


def test_marks_and_ranks_of_today_s_rulebooks():
    assert {code: tuple(SPECS[code].pass_mark(area) for area in AREAS) for code in MARKS} == MARKS
    assert {code: tuple(reading.marks(SPECS[code].content).values()) for code in MARKS} == MARKS
    ranks = {code: [(one.rank, one.floor) for one in SPECS[code].ranks] for code in MARKS if SPECS[code].ranks}
    assert ranks == dict.fromkeys(RANKED, [("GOOD", 85), ("FAIR", 70), ("AVERAGE", 50), ("NOT_MET", 0)])


@pytest.mark.parametrize("code", MARKS)
@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize(("step", "passes"), [("-0.5", False), ("0", True), ("0.5", True)])
def test_pass_mark(code, area, step, passes):
    total = Decimal(MARKS[code][AREAS.index(area)]) + Decimal(step)

    result = evaluate(SPECS[code], reading.sheet(SPECS[code].content, total), area=area)

    assert (result.total, result.passed) == (total, passes)


@pytest.mark.parametrize("code", RANKED)
@pytest.mark.parametrize(
    ("total", "rank"),
    [
        ("0", "NOT_MET"),
        ("49.5", "NOT_MET"),
        ("50", "AVERAGE"),
        ("50.5", "AVERAGE"),
        ("69.5", "AVERAGE"),
        ("70", "FAIR"),
        ("70.5", "FAIR"),
        ("84.5", "FAIR"),
        ("85", "GOOD"),
        ("85.5", "GOOD"),
        ("100", "GOOD"),
    ],
)
def test_rank(code, total, rank):
    result = evaluate(SPECS[code], reading.sheet(SPECS[code].content, Decimal(total)))

    assert (result.rank, result.passed) == (rank, rank != "NOT_MET")


@pytest.mark.parametrize("index", [str(n) for n in range(1, 11)])
@pytest.mark.parametrize(("points", "passes"), [("4.5", False), ("5", True), ("5.5", True)])
def test_a_citizen_needs_five_in_every_index(index, points, passes):
    spec = SPECS["CITIZEN-324"]

    result = evaluate(spec, {**reading.full(spec.content), index: Decimal(points)})

    assert result.total == 90 + Decimal(points)  # far above 80: only the index decides
    assert result.passed is passes
    sentence = f"Mục {index} được 4,5 điểm, dưới mức tối thiểu 5 nên không được công nhận."
    assert (sentence in result.reasons) is not passes


@pytest.mark.parametrize(("sanctioned", "passes"), [(True, False), (False, True)])
def test_a_sanctioned_member_knocks_a_family_of_2022_out(sanctioned, passes):
    spec = SPECS["FAMILY-2022"]

    assert evaluate(spec, reading.full(spec.content), measures={"member_sanctioned": sanctioned}).passed is passes


# Every share a shipped rulebook asks for, written out: (rulebook, measure) → percent in a normal, in a difficult area.
REQUIRED = {
    ("CLAN-448", "clan_family_share"): (60, 60),
    ("HAMLET-448", "hamlet_family_share"): (60, 50),
    ("UNIT-TT24", "unit_member_citizen_share"): (90, 90),
    ("UNIT-TT24", "unit_learner_citizen_share"): (95, 95),
}


def test_knock_outs_and_required_shares_of_today_s_rulebooks():
    today = [SPECS[code] for code in (*MARKS, *LEVELS)]
    asked = {
        (spec.code, one.measure): tuple(one.required[area] for area in AREAS)
        for spec in today
        for one in spec.derived
        if one.required
    }
    assert asked == REQUIRED
    knocks = {(spec.code, one.criterion or one.condition) for spec in today for one in spec.knock_outs}
    assert knocks == {("CITIZEN-324", "*"), ("FAMILY-2022", "member_sanctioned")}
    assert not [code for spec in today for code, one in spec.by_code.items() if one.minimum is not None]


@pytest.mark.parametrize(("code", "measure"), REQUIRED)
@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize(("step", "passes"), [("-0.01", False), ("0", True), ("0.01", True)])
def test_required_share(code, measure, area, step, passes):
    spec, required = SPECS[code], REQUIRED[code, measure][AREAS.index(area)]
    shares = {one.measure: 100 for one in spec.derived} | {measure: required + Decimal(step)}
    kind = "PRIMARY" if code.startswith("UNIT") else ""  # a school: asked for its learners, too
    full = {leaf.code: leaf.maximum for leaf in spec.leaves if leaf.is_for(kind)}

    assert evaluate(spec, full, area=area, measures=shares, organisation_type=kind).passed is passes


@pytest.mark.parametrize("code", LEVELS)
@pytest.mark.parametrize("kind", ["", *OrganisationType.values])
def test_a_level_needs_every_indicator_asked_of_the_subject(code, kind):
    spec = SPECS[code]
    asked = [leaf.code for leaf in spec.leaves if leaf.is_for(kind)]
    met = dict.fromkeys(asked, 1)

    # As shipped the wording of level 2 is not known, so meeting what level 1 asks never gives it (decision 0019).
    result = evaluate(spec, met, organisation_type=kind)
    assert (result.level, result.passed) == (1, True)
    assert result.reasons[-1] == (
        "Chưa thể công nhận mức độ 2: bộ tiêu chí chưa có nguyên văn các chỉ tiêu của mức độ này. Khi Hội ghi các chỉ "
        "tiêu đó vào bộ tiêu chí thì mới xét."
    )
    entered = evaluate(replace(spec, unknown_levels=()), met, organisation_type=kind)
    assert (entered.level, entered.passed) == (2, True)

    for indicator in asked:  # the same indicators serve both levels until the stricter wording is known
        result = evaluate(spec, {**met, indicator: 0}, organisation_type=kind)
        assert (result.level, result.passed) == (None, False)
        assert f"Chưa đạt mức độ 1 vì các chỉ tiêu: {indicator}." in result.reasons
        del_one = {name: value for name, value in met.items() if name != indicator}
        assert evaluate(spec, del_one, organisation_type=kind).missing == [indicator]


def test_every_indicator_of_a_province_s_own_level_2_on_both_sides():
    spec = variant_spec(SPECS["COMMUNE-TT25"].content, "79")
    met = dict.fromkeys(spec.leaf_codes, 1)

    result = evaluate(spec, met)
    assert (result.level, result.passed, result.reasons[-1]) == (2, True, "Đạt đủ các chỉ tiêu của mức độ 2.")
    one_less = evaluate(spec, {**met, HIGHER: 0})
    assert (one_less.level, one_less.passed) == (1, True)
    assert f"Chưa đạt mức độ 2 vì các chỉ tiêu: {HIGHER}." in one_less.reasons
    for indicator in set(spec.leaf_codes) - {HIGHER}:
        result = evaluate(spec, {**met, indicator: 0})
        assert (result.level, result.passed) == (None, False)
    assert evaluate(spec, dict.fromkeys(set(spec.leaf_codes) - {HIGHER}, 1)).missing == [HIGHER]


def test_what_is_not_asked_of_a_type_cannot_be_scored_and_is_kept_as_not_applicable():
    spec = SPECS["UNIT-TT24"]
    asked = {leaf.code: 1 for leaf in spec.leaves if leaf.is_for("AGENCY")}
    assert [code for code in spec.leaf_codes if code not in asked] == ["3.1b", "3.4", "3.5", "3.6"]

    with pytest.raises(ScoreError) as error:
        evaluate(spec, {**asked, "3.5": 1}, organisation_type="AGENCY")
    assert error.value.faults["3.5"].endswith("không áp dụng cho loại hình đơn vị này.")

    halves = to_half_points(spec, asked, organisation_type="AGENCY")
    assert halves == [2, 2, 2, -1, 2, 2, -1, -1, -1]
    assert from_half_points(spec, halves)[1] == {"3.1b", "3.4", "3.5", "3.6"}


def test_each_group_of_citizens_has_its_wording():
    for leaf in SPECS["CITIZEN-324"].leaves:
        assert [variant.group for variant in leaf.variants] == [1, 2, 3, 4]
        assert all(variant.fact.provisional for variant in leaf.variants)


def test_unseen_wordings_are_named_neutrally_and_marked():
    unseen = [leaf for spec in SPECS.values() for leaf in spec.leaves if "chưa có nguyên văn" in leaf.title]

    assert len(unseen) == 22
    assert all(leaf.title == f"Chỉ tiêu {leaf.code} (chưa có nguyên văn)" and leaf.provisional for leaf in unseen)


@pytest.mark.parametrize(("counted", "level"), [(69, 1), (70, 2), (71, 2)])
def test_a_province_may_ask_for_digital_skills_by_declared_numbers(counted, level):
    """D-12: no text read says who has digital skills, so the share is declared; where rules ask for it, it counts."""
    content = variant_of(SPECS["COMMUNE-TT25"].content)
    share = {"code": "D-12", "criterion": HIGHER, "measure": "commune_digital_citizen_share", "title": "Kỹ năng số"}
    share |= {"numerator": "Công dân học tập có kỹ năng số", "denominator": "Công dân học tập", "fact": LOCAL}
    content["derived"].append(share | {"required": {"NORMAL": 70, "DIFFICULT": 70}})
    spec = parse_rulebook(content, content["code"])
    met = dict.fromkeys(spec.leaf_codes, 1)
    assert evaluate(spec, met, measures={share["measure"]: Share(counted, 100)}).level == level
    assert evaluate(spec, met, measures={}).level == 1  # nobody declared it


@pytest.mark.parametrize(
    ("counted", "whole", "worth"),
    [(6999, 10000, "6.5"), (7, 10, "8"), (7001, 10000, "8"), (624, 1000, "0"), (5, 8, "6.5"), (0, 8, "0")],
)
def test_points_follow_the_share_at_every_boundary_of_its_table(counted, whole, worth):
    spec = parse_rulebook(with_table(), "x")
    measures = {"commune_family_share": Share(counted, whole), "commune_hamlet_share": Share(1, 1)}
    full = {leaf.code: leaf.maximum for leaf in spec.leaves}

    right = evaluate(spec, full | {"9": Decimal(worth)}, measures=measures)
    other = Decimal(worth) - Decimal("0.5") if worth == "8" else Decimal(worth) + Decimal("0.5")
    wrong = evaluate(spec, full | {"9": other}, measures=measures)

    said = f"Mục 9: Tỷ lệ Gia đình học tập của xã {measures['commune_family_share'].text()} đổi được"
    assert right.passed and right.reasons[-1] == f"{said} {worth.replace('.', ',')} điểm."
    assert not wrong.passed and wrong.rank == "NOT_MET"
    assert any(one.startswith(said) and "hãy ghi lại cho đúng" in one for one in wrong.reasons)
    # nobody counted: nothing to hold against the points; and a bare total says nothing of the item
    assert evaluate(spec, full | {"9": other}).passed
    with pytest.raises(ScoreError, match="phải chấm từng mục"):
        evaluate_total(spec, 90)


@pytest.mark.parametrize(
    ("table", "more", "sentence"),
    [
        (TABLE[:2], {}, "dòng cuối bắt đầu từ 0 để tỷ lệ nào cũng có điểm."),
        ([{"from": 101, "points": 8}, TABLE[2]], {}, "tỷ lệ phải từ 0 đến 100"),
        ([TABLE[1], TABLE[0], TABLE[2]], {}, "ghi từ tỷ lệ cao xuống thấp, không lặp lại."),
        ([TABLE[0], TABLE[1] | {"points": 8}, TABLE[2]], {}, "tỷ lệ cao hơn phải được nhiều điểm hơn."),
        ([TABLE[0] | {"points": 8.5}, TABLE[2]], {}, "điểm phải từ 0 đến 8 và đúng bước 0,5."),
        ([TABLE[0], TABLE[1] | {"points": 6.25}, TABLE[2]], {}, "điểm phải từ 0 đến 8 và đúng bước 0,5."),
        (TABLE, {"criterion": ""}, "chỉ đổi ra điểm cho một mục được chấm điểm."),
        (TABLE, {"brackets_fact": {"mark": "V"}}, "độ tin cậy V phải có nguồn."),
    ],
)
def test_a_table_that_does_not_hold_is_refused(table, more, sentence):
    with pytest.raises(RulebookError, match=re.escape(sentence)):
        parse_rulebook(with_table(table, more), "x")
