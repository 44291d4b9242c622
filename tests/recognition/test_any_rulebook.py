"""Whatever rulebook lies in the folder, at each of its boundaries: one step below, at, above; every knock-out.

Expectations come from a plain reading of the file (`rulebook_reading`), held in place by the rows written out in
test_boundaries. The invented rulebooks have what no shipped one has. No database.
"""

from decimal import Decimal

import pytest

from recognition.rulebook_checks import RULEBOOK_DIR, parse_rulebook
from recognition.scoring import ScoreError, evaluate
from recognition.shares import Share
from tests.factories.recognition import shipped_specs
from tests.recognition import rulebook_samples as samples
from tests.recognition.rulebook_reading import (
    below,
    conditions,
    full,
    highest_level,
    items,
    marks,
    minimums,
    number,
    rank_of,
    rescaled,
    scored,
    sheet,
    worth,
)
from units.choices import OrganisationType

AREAS = ("NORMAL", "DIFFICULT")
SHIPPED = {spec.code: spec for spec in shipped_specs()}
INVENTED = {
    name: parse_rulebook(content, name)
    for name, content in {
        "tối thiểu từng mục": samples.citizen(),
        "quy đổi mục không áp dụng": samples.citizen(na_allowed=True, policy="RESCALE"),
        "tối thiểu của mục lớn": samples.with_minimums(),
        "bảng đổi tỷ lệ ra điểm": samples.with_table(),
        "mức độ 2 đã biết": samples.levels(),
        "mức độ 2 của tỉnh": samples.variant_of(SHIPPED["COMMUNE-TT25"].content),
    }.items()
}
ALL = SHIPPED | INVENTED
POINTS = [name for name, spec in ALL.items() if spec.content["evaluation"] == "points"]
LEVELS = [name for name, spec in ALL.items() if spec.content["evaluation"] == "levels"]
WHOLE = Share(1, 1)


def around(boundary: Decimal, step: Decimal, *, most: Decimal = Decimal(100)) -> list[Decimal]:
    """One step below, at, one step above, as far as there are such totals."""
    return [one for one in (boundary - step, boundary, boundary + step) if 0 <= one <= most]


def measures_of(content: dict, **said) -> dict:
    """Every share whole, every condition answered with no, but for what is said."""
    shares = {one["measure"]: WHOLE for one in content.get("derived") or []}
    return shares | dict.fromkeys(conditions(content), False) | said


def best(content: dict, measures: dict, kind: str = "") -> dict[str, Decimal]:
    """The best sheet: full points, and what the table gives where a table decides."""
    points = full(content, kind)
    for derived in content.get("derived") or []:
        if derived.get("brackets"):
            share = measures[derived["measure"]]
            points[derived["criterion"]] = worth(derived, Decimal(share.numerator) * 100 / share.denominator)
    return points


def test_every_file_of_the_folder_is_tried():
    assert len(SHIPPED) == len(list(RULEBOOK_DIR.glob("*.yaml")))
    assert {*POINTS, *LEVELS} == set(ALL)


@pytest.mark.parametrize("name", POINTS)
def test_marks_and_ranks(name):
    spec, content = ALL[name], ALL[name].content
    step = number(content["step"])
    floors = [number(one["from"]) for one in content.get("ranks") or []]
    for area in AREAS:
        mark = marks(content)[area]
        for total in {one for boundary in (mark, *floors) for one in around(boundary, step)}:
            rank = rank_of(content, total)
            result = evaluate(spec, sheet(content, total), area=area)
            found = (result.total, result.passed, result.rank)
            assert found == (total, total >= mark and rank != "NOT_MET", rank), (area, total)


@pytest.mark.parametrize("name", POINTS)
def test_every_item_at_its_bounds(name):
    spec, content = ALL[name], ALL[name].content
    step, most = number(content["step"]), full(content)
    assert sum(most.values()) == 100
    for code, maximum in most.items():
        for wrong in (maximum + step, -step, step / 2):
            with pytest.raises(ScoreError) as error:
                evaluate(spec, {**most, code: wrong})
            assert list(error.value.faults) == [code]
        for right in (maximum, maximum - step, Decimal(0)):
            assert evaluate(spec, {**most, code: right}).total == 100 - maximum + right
        left_open = evaluate(spec, {**most, code: None})
        assert (left_open.total, left_open.passed, left_open.missing) == (100 - maximum, False, [code])


def too_low(content: dict, points: dict[str, Decimal]) -> list[str]:
    """Criteria with fewer points than their minimum."""
    return [code for code, least in minimums(content) if sum(points[leaf] for leaf in below(content, code)) < least]


@pytest.mark.parametrize("name", [name for name in POINTS if minimums(ALL[name].content)])
def test_every_minimum(name):
    spec, content = ALL[name], ALL[name].content
    step, most = number(content["step"]), full(content)
    for code, least in minimums(content):
        leaves = below(content, code)
        for total in around(least, step, most=sum(most[leaf] for leaf in leaves)):
            points = dict(most)
            while (over := sum(points[leaf] for leaf in leaves) - total) > 0:
                leaf = max(leaves, key=points.__getitem__)
                points[leaf] -= min(over, step)
            broken = [
                other for other, fewest in minimums(content) if sum(points[x] for x in below(content, other)) < fewest
            ]
            assert (code in broken) is (total < least)
            enough = sum(points.values()) >= marks(content)["NORMAL"]
            result = evaluate(spec, points)
            assert result.passed is (enough and not broken), (code, total)
            said = [one.split(" được ")[0] for one in result.reasons if "dưới mức tối thiểu" in one]
            assert set(said) == {f"Mục {one}" for one in broken}


@pytest.mark.parametrize("name", [name for name in ALL if conditions(ALL[name].content)])
def test_every_declared_condition(name):
    spec, content = ALL[name], ALL[name].content
    points = best(content, measures_of(content))
    for condition in conditions(content):
        for answer, passes in ((False, True), (True, False), (None, False)):
            result = evaluate(spec, points, measures=measures_of(content, **{condition: answer}))
            assert (result.total, result.passed) == (100, passes), (condition, answer)


def asked_of(content: dict, code: str) -> str:
    """A type of organisation an item is asked of; nothing where it is asked of everybody."""
    return next((one["applies_to"][0] for one in scored(content) if one["code"] == code and one.get("applies_to")), "")


def derived_with(key: str) -> list[tuple[str, str]]:
    """(rulebook, measure) of the shares that have this key."""
    return [
        (name, derived["measure"])
        for name, spec in ALL.items()
        for derived in spec.content.get("derived") or []
        if derived.get(key)
    ]


@pytest.mark.parametrize(("name", "measure"), derived_with("required"))
def test_every_required_share(name, measure):
    spec, content = ALL[name], ALL[name].content
    derived = next(one for one in content["derived"] if one["measure"] == measure)
    kind = asked_of(content, derived.get("criterion"))
    points = best(content, measures_of(content), kind)
    for area in AREAS:
        hundredths = int(number(derived["required"][area]) * 100)
        shares = [(Share(hundredths + more, 10000), more >= 0) for more in (-1, 0, 1) if hundredths + more <= 10000]
        for share, enough in [*shares, (Share(0, 0), False), (Share(0, None), False), (None, False)]:
            measures = measures_of(content, **{measure: share})
            result = evaluate(spec, points, area=area, measures=measures, organisation_type=kind)
            if content["evaluation"] == "points":
                assert result.passed is enough, (area, share)
                continue
            met = set(full(content, kind)) - (set() if enough else {derived["criterion"]})
            level = highest_level(content, met, kind)
            assert (result.level, result.passed) == (level, level is not None), (area, share)


@pytest.mark.parametrize(("name", "measure"), derived_with("brackets"))
def test_every_row_of_a_table_from_share_to_points(name, measure):
    spec, content = ALL[name], ALL[name].content
    derived, step = next(one for one in content["derived"] if one["measure"] == measure), number(content["step"])
    for row in derived["brackets"]:
        hundredths = int(number(row["from"]) * 100)
        for counted in range(max(hundredths - 1, 0), min(hundredths + 1, 10000) + 1):
            measures = measures_of(content, **{measure: Share(counted, 10000)})
            points = best(content, measures)
            assert evaluate(spec, points, measures=measures).passed, counted
            other = points[derived["criterion"]] + (step if not points[derived["criterion"]] else -step)
            assert not evaluate(spec, points | {derived["criterion"]: other}, measures=measures).passed, counted


@pytest.mark.parametrize("name", POINTS)
def test_every_item_that_may_not_apply(name):
    spec, content = ALL[name], ALL[name].content
    step, most = number(content["step"]), full(content)
    for one in scored(content):
        code = one["code"]
        others = {other: points for other, points in most.items() if other != code}
        if not one.get("na_allowed"):
            with pytest.raises(ScoreError):
                evaluate(spec, others, na=[code])
            continue
        first = next(iter(others))
        points = others | {first: others[first] - step}
        total = rescaled(content, sum(points.values()), most[code])
        assert evaluate(spec, others, na=[code]).total == 100
        assert evaluate(spec, points, na=[code]).total == total


@pytest.mark.parametrize("name", LEVELS)
def test_every_indicator_of_every_level(name):
    spec, content = ALL[name], ALL[name].content
    kinds = ["", *OrganisationType.values] if content["model"] == "UNIT" else [""]
    for kind in kinds:
        met = full(content, kind)
        for unmet in (None, *met):
            result = evaluate(spec, {**met, unmet: 0} if unmet else met, organisation_type=kind)
            level = highest_level(content, set(met) - {unmet}, kind)
            assert (result.level, result.passed) == (level, level is not None), (kind, unmet)
            if unmet:
                open_one = {code: value for code, value in met.items() if code != unmet}
                result = evaluate(spec, open_one, organisation_type=kind)
                assert (result.passed, result.missing) == (False, [unmet])
        for one in items(content):
            if not one.get("children") and one["code"] not in met:
                with pytest.raises(ScoreError):
                    evaluate(spec, {**met, one["code"]: 1}, organisation_type=kind)
