"""From points to a result: total, passed or not, rank or level, and why. Pure: no database, no request.

Points are checked before anything is added up; a ScoreError names the criterion and the bound.
Rule numbers in comments (R-06 …) are those of docs/rulebooks.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from recognition.rulebook_criteria import ALL_LEAVES, AREAS
from recognition.rulebook_spec import RulebookSpec
from recognition.shares import Share, conditions_met, points_of_shares, required_shares

NOT_MET = "NOT_MET"
NOT_APPLICABLE = -1  # in a stored array of half points
TOTAL = "total"  # key of a fault that concerns the total, not one criterion


class ScoreError(ValueError):
    """Points that cannot be accepted. `faults` maps a criterion code (or "total", "area") to one sentence."""

    def __init__(self, faults):
        self.faults = dict(faults)
        super().__init__("\n".join(self.faults.values()))


@dataclass(frozen=True)
class Result:
    """Outcome of scoring. `rank` only for ranked rulebooks, `level` only for levels.

    `reasons`: Vietnamese sentences, the verdict first. `missing`: codes not scored yet.
    """

    total: Decimal
    maximum: Decimal
    passed: bool
    rank: str | None
    level: int | None
    reasons: list[str]
    missing: list[str]


def evaluate(
    spec: RulebookSpec,
    scores: Mapping[str, Decimal | float | None],
    *,
    area: str = "NORMAL",
    na: Iterable[str] = (),
    measures: Mapping[str, Share | Decimal | float | bool | None] | None = None,
    organisation_type: str = "",
) -> Result:
    """Score a dossier criterion by criterion.

    scores: points by leaf code; None or absent = not scored yet (counts 0, never passes).
    na: codes marked "không áp dụng". measures: derived shares (a Share, or percent) and declared conditions, by
    measure name; None skips them. organisation_type: indicators not asked of it are left out.
    Raises ScoreError with every fault found.
    """
    na = frozenset(na)
    points = _checked(spec, scores, na, area, organisation_type)
    na |= not_asked(spec, organisation_type)
    missing = [code for code in spec.leaf_codes if code not in points and code not in na]
    if spec.evaluation == "levels":
        return _levels_result(spec, points, na, missing, area, measures, organisation_type)

    reasons = []
    total = _total(spec, points, na)
    if na:
        reasons.append(_na_reason(spec, na))
    nothing_applies = len(na) == len(spec.leaves)
    if nothing_applies:
        reasons.append(_("Tất cả các mục đều không áp dụng nên không có căn cứ để công nhận."))
    if missing:
        reasons.append(
            _("Còn %(count)d mục chưa chấm: %(codes)s. Mục chưa chấm tính 0 điểm và chưa thể công nhận.")
            % {"count": len(missing), "codes": ", ".join(missing)}
        )
    # knock-outs are looked at after the total, so the total is always shown.
    knocked_out = [] if nothing_applies else _knock_outs(spec, points, na, missing, measures)
    short, reached = required_shares(spec, area, measures, not_asked(spec, organisation_type))
    knocked_out += short.values()
    for code, (worth, sentence) in points_of_shares(spec, measures, na).items():
        if code in points and points[code] != worth:
            knocked_out.append(wrong_points(sentence, points[code]))
        elif code in points:
            reached.append(sentence)
    verdict, rank, enough = _verdict(spec, total, area)
    failed_anyway = bool(missing or knocked_out or nothing_applies)
    if failed_anyway:
        # A rank or "đạt" beside a failure would contradict it, so only the sum is stated.
        verdict = _bare_total(spec, total)
    if rank is not None and missing:
        rank = None  # an unfinished sheet has no rank yet
    elif rank is not None and failed_anyway:
        rank = NOT_MET
    return Result(
        total=total,
        maximum=spec.maximum,
        passed=enough and not failed_anyway,
        rank=rank,
        level=None,
        reasons=[verdict, *reasons, *knocked_out, *reached],
        missing=missing,
    )


def evaluate_total(
    spec: RulebookSpec, total: Decimal | float, area: str = "NORMAL", *, measures=None, organisation_type: str = ""
) -> Result:
    """Score a dossier of which only the total is known (paper sheets, old records). measures: as `evaluate` takes them.

    Raises ScoreError: bad number, or a rulebook no total can judge (levels, minimum per criterion).
    """
    _check_area(area)
    if needs_criteria(spec):
        raise ScoreError(
            {TOTAL: _("Bộ tiêu chí %(code)s phải chấm từng mục, không nhập riêng tổng điểm.") % {"code": spec.code}}
        )
    number, fault = _number(total, spec.maximum, spec.step, lambda: _("Tổng điểm"))
    if fault:
        raise ScoreError({TOTAL: fault})
    verdict, rank, enough = _verdict(spec, number, area)
    short, reached = required_shares(spec, area, measures, not_asked(spec, organisation_type))
    knocked_out = [*conditions_met(spec, measures), *short.values()]
    if knocked_out:
        verdict, rank, enough = _bare_total(spec, number), rank and NOT_MET, False
    return Result(number, spec.maximum, enough, rank, None, [verdict, *knocked_out, *reached], [])


def wrong_points(sentence: str, given: Decimal) -> str:
    return _("%(sentence)s Phiếu ghi %(given)s điểm; hãy ghi lại cho đúng.") % {
        "sentence": sentence,
        "given": points_text(given),
    }


def with_share_points(spec: RulebookSpec, scores, na: Iterable[str], measures, organisation_type: str = ""):
    """The points, and for items left open what their share is worth: nobody has to type what the rules decide."""
    beside = frozenset(na) | not_asked(spec, organisation_type)
    worth = {code: points for code, (points, _sentence) in points_of_shares(spec, measures, beside).items()}
    left_open = {code: points for code, points in worth.items() if scores.get(code) is None}
    return {**scores, **left_open} if left_open else scores


def check_share_points(spec: RulebookSpec, scores, na: Iterable[str], measures, organisation_type: str = "") -> None:
    """Raises ScoreError for items whose points are not those their share is worth; for whoever is typing them."""
    beside = frozenset(na) | not_asked(spec, organisation_type)
    faults = {
        code: wrong_points(sentence, Decimal(str(scores[code])))
        for code, (worth, sentence) in points_of_shares(spec, measures, beside).items()
        if scores.get(code) is not None and Decimal(str(scores[code])) != worth
    }
    if faults:
        raise ScoreError(faults)


def not_asked(spec: RulebookSpec, organisation_type: str) -> frozenset[str]:
    """Codes of the items that are not asked of this type of organisation."""
    if not organisation_type:
        return frozenset()  # asked ten thousand times a morning: families and people have no type
    return frozenset(leaf.code for leaf in spec.leaves if not leaf.is_for(organisation_type))


def to_half_points(spec: RulebookSpec, scores, na: Iterable[str] = (), organisation_type: str = "") -> list[int | None]:
    """Points as the array kept by the database: half points in leaf order, -1 not applicable, None open."""
    na = frozenset(na)
    points = _checked(spec, scores, na, "NORMAL", organisation_type)
    na |= not_asked(spec, organisation_type)
    return [
        NOT_APPLICABLE if code in na else int(points[code] * 2) if code in points else None for code in spec.leaf_codes
    ]


def from_half_points(spec: RulebookSpec, halves) -> tuple[dict[str, Decimal | None], set[str]]:
    """Back from the stored array: (points by code, codes not applicable). Raises ScoreError: wrong length."""
    if len(halves) != len(spec.leaves):
        raise ScoreError(
            {
                TOTAL: _("Bảng điểm có %(found)d mục, bộ tiêu chí %(code)s có %(expected)d mục.")
                % {"found": len(halves), "code": spec.code, "expected": len(spec.leaves)}
            }
        )
    by_code = dict(zip(spec.leaf_codes, halves, strict=True))
    na = {code for code, half in by_code.items() if half == NOT_APPLICABLE}
    scores = {code: None if half is None else Decimal(half) / 2 for code, half in by_code.items() if code not in na}
    return scores, na


def points_text(number) -> str:
    """A number of points as people write it, exact: 9,5 (English 9.5) and 10, never 10,0."""
    text = format(Decimal(number), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if (get_language() or "vi").startswith("vi") else text


def _checked(spec, scores, na, area, organisation_type=""):
    """Known points by leaf code as Decimal. Raises ScoreError naming every faulty criterion."""
    _check_area(area)
    if not isinstance(scores, Mapping):
        raise ScoreError({TOTAL: _('Bảng điểm phải là các cặp mã tiêu chí và số điểm, thí dụ {"1.1": 10}.')})
    faults, points = {}, {}
    beside = not_asked(spec, organisation_type)
    na = na - beside
    for code in beside:
        if scores.get(code) is not None:
            faults[code] = _("Mục %(code)s (%(title)s) không áp dụng cho loại hình đơn vị này.") % _named(spec, code)
    for code in na:
        fault = _code_fault(spec, code)
        if fault is None and not spec.by_code[code].na_allowed:
            fault = _("Mục %(code)s (%(title)s) không được đánh dấu “không áp dụng”.") % _named(spec, code)
        elif fault is None and scores.get(code) is not None:
            fault = _("Mục %(code)s (%(title)s) vừa có điểm vừa đánh dấu “không áp dụng”; hãy bỏ một trong hai.")
            fault %= _named(spec, code)
        if fault:
            faults[code] = fault
    for code, value in scores.items():
        fault = _code_fault(spec, code)
        if fault is None and value is not None and code not in faults:
            leaf = spec.by_code[code]
            number, fault = _number(value, leaf.maximum, spec.step, lambda leaf=leaf: _item_label(leaf))
            if not fault:
                points[code] = number
        if fault:
            faults[code] = fault
    if faults:
        raise ScoreError(faults)
    return points


def _check_area(area):
    if area not in AREAS:
        raise ScoreError(
            {
                "area": _("Vùng “%(area)s” không có; hãy chọn một trong: %(areas)s.")
                % {"area": area, "areas": ", ".join(AREAS)}
            }
        )


def _code_fault(spec, code):
    criterion = spec.by_code.get(code) if isinstance(code, str) else None
    if criterion is None:
        return _("Mã tiêu chí “%(code)s” không có trong bộ tiêu chí %(rulebook)s; các mã dùng được: %(codes)s.") % {
            "code": code,
            "rulebook": spec.code,
            "codes": ", ".join(spec.leaf_codes),
        }
    if not criterion.is_leaf:
        return _("Điểm mục %(code)s là tổng các mục con; hãy chấm từng mục: %(codes)s.") % {
            "code": code,
            "codes": ", ".join(leaf.code for leaf in criterion.leaves),
        }
    return None


def _number(value, maximum, step, label):
    """(Decimal, "") or (None, sentence). Text is refused: reading what people typed is the form's work.

    A hundred thousand cells are right for each one that is wrong, so words (`label()`, numbers as text) are made for
    a fault only.
    """
    number = None
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except (InvalidOperation, ValueError):  # ints too long to print
            number = None
    if number is None or not number.is_finite():
        return None, _("%(label)s: “%(value)s” không phải là số; hãy nhập số từ 0 đến %(max)s.") % {
            "label": label(),
            "max": points_text(maximum),
            "value": str(value)[:40] if not isinstance(value, int) or isinstance(value, bool) else "…",
        }
    if number == 0:
        return Decimal(0), ""  # also -0.0, which would print as "-0"
    if number < 0:
        fault = _("%(label)s: %(value)s điểm nhỏ hơn 0; hãy nhập số từ 0 đến %(max)s.")
    elif number > maximum:
        fault = _("%(label)s: %(value)s điểm vượt quá điểm tối đa %(max)s.")
    elif number % step:
        fault = _("%(label)s: %(value)s không đúng bước điểm; điểm phải là bội số của %(step)s.")
    else:
        return number, ""
    return None, fault % {
        "label": label(),
        "max": points_text(maximum),
        "step": points_text(step),
        "value": points_text(number) if abs(number.adjusted()) < 20 else str(number)[:40],
    }


def _item_label(leaf):
    return _("Mục %(code)s (%(title)s)") % {"code": leaf.code, "title": leaf.title}


def _named(spec, code):
    return {"code": code, "title": spec.by_code[code].title}


def _total(spec, points, na):
    scored = sum(points.values(), Decimal(0))
    not_applicable = sum((spec.by_code[code].maximum for code in na), Decimal(0))
    applicable = spec.maximum - not_applicable
    if not applicable:
        return Decimal(0)  # nothing was assessed, so nothing is given
    if spec.na_policy == "RESCALE":
        return spec.round_to_step(scored * spec.maximum / applicable)
    return scored + not_applicable


def _na_reason(spec, na):
    codes = ", ".join(code for code in spec.leaf_codes if code in na)
    if spec.na_policy == "RESCALE":
        return _("Mục không áp dụng: %(codes)s; tổng điểm được quy đổi về thang %(max)s điểm.") % {
            "codes": codes,
            "max": points_text(spec.maximum),
        }
    return _("Mục không áp dụng: %(codes)s; các mục này được tính đủ điểm tối đa.") % {"codes": codes}


def needs_criteria(spec: RulebookSpec) -> bool:
    """True for levels, and when a minimum per criterion or a table from share to points exists: then a bare total
    proves nothing."""
    return (
        spec.evaluation == "levels"
        or any(knock.minimum is not None for knock in spec.knock_outs)
        or any(criterion.minimum is not None for _depth, criterion in spec.walk())
        or any(derived.brackets for derived in spec.derived)
    )


def _knock_outs(spec, points, na, missing, measures):
    """Sentences for every knock-out that applies; unscored items are reported as missing, not twice."""
    minimums = [(code, criterion.minimum) for code, criterion in spec.by_code.items() if criterion.minimum is not None]
    for knock in spec.knock_outs:
        if knock.minimum is not None:
            codes = spec.leaf_codes if knock.criterion == ALL_LEAVES else (knock.criterion,)
            minimums += [(code, knock.minimum) for code in codes]
    found = []
    for code, minimum in minimums:
        leaves = [leaf.code for leaf in spec.by_code[code].leaves]
        if any(leaf in missing for leaf in leaves) or all(leaf in na for leaf in leaves):
            continue
        reached = sum((spec.by_code[leaf].maximum if leaf in na else points[leaf] for leaf in leaves), Decimal(0))
        if reached < minimum:
            found.append(
                _("Mục %(code)s được %(points)s điểm, dưới mức tối thiểu %(min)s nên không được công nhận.")
                % {"code": code, "points": points_text(reached), "min": points_text(minimum)}
            )
    return found + conditions_met(spec, measures)


def _bare_total(spec, total):
    return _("Tổng điểm %(total)s/%(max)s.") % {"total": points_text(total), "max": points_text(spec.maximum)}


def _verdict(spec, total, area):
    """(sentence, rank or None, enough points?). Ranks are computed from points, never typed (R-07)."""
    names = {"total": points_text(total), "max": points_text(spec.maximum)}
    mark = spec.pass_mark(area)
    rank = spec.rank_for(total)
    if rank is None:
        names["mark"] = points_text(mark)
        if total >= mark:
            return _("Tổng điểm %(total)s/%(max)s, đạt mức công nhận %(mark)s điểm.") % names, None, True
        return _("Tổng điểm %(total)s/%(max)s, chưa đạt mức công nhận %(mark)s điểm.") % names, None, False
    position = spec.ranks.index(rank)
    names |= {"rank": rank.title, "floor": points_text(rank.floor)}
    if position == 0:
        sentence = _("Tổng điểm %(total)s/%(max)s, xếp loại %(rank)s (từ %(floor)s điểm trở lên).") % names
    else:
        names["ceiling"] = points_text(spec.ranks[position - 1].floor)
        sentence = _("Tổng điểm %(total)s/%(max)s, xếp loại %(rank)s (từ %(floor)s đến dưới %(ceiling)s điểm).") % names
    return sentence, rank.rank, rank.rank != NOT_MET and total >= mark


def _levels_result(spec, points, na, missing, area, measures, organisation_type):
    """Checklist by level: the highest level all of whose indicators are met (1 = met, 0 = not met).

    An indicator whose required share is too low is not met, whatever somebody ticked; a share that belongs to no
    indicator, and a declared condition, stop every level.
    """
    met = {code for code, value in points.items() if value} | na
    too_low, enough = required_shares(spec, area, measures, not_asked(spec, organisation_type))
    stopped = conditions_met(spec, measures)
    for derived in spec.derived:
        if derived.code in too_low and derived.criterion in spec.leaf_codes:
            met.discard(derived.criterion)
        elif derived.code in too_low:
            stopped.append(too_low.pop(derived.code))
    levels = sorted({level for leaf in spec.leaves for level in leaf.levels})
    reasons, reached = [], None
    if len(na) == len(spec.leaves):
        met = set()
        reasons.append(_("Tất cả các mục đều không áp dụng nên không có căn cứ để công nhận."))
    for level in levels:
        short = [leaf.code for leaf in spec.leaves if level in leaf.levels and leaf.code not in met]
        if short:
            reasons.append(
                _("Chưa đạt mức độ %(level)d vì các chỉ tiêu: %(codes)s.") % {"level": level, "codes": ", ".join(short)}
            )
        elif level not in spec.awarded_levels:
            reasons.append(
                _(
                    "Chưa thể công nhận mức độ %(level)d: bộ tiêu chí chưa có nguyên văn các chỉ tiêu của mức độ này. "
                    "Khi Hội ghi các chỉ tiêu đó vào bộ tiêu chí thì mới xét."
                )
                % {"level": level}
            )
        else:
            reached = level
            reasons.append(_("Đạt đủ các chỉ tiêu của mức độ %(level)d.") % {"level": level})
    if missing:
        reasons.append(
            _("Còn %(count)d chỉ tiêu chưa đánh giá: %(codes)s.") % {"count": len(missing), "codes": ", ".join(missing)}
        )
    failed = bool(missing or stopped)
    return Result(
        total=Decimal(len(met)),
        maximum=spec.maximum,
        passed=reached is not None and not failed,
        rank=None,
        level=None if failed else reached,
        reasons=[*reasons, *too_low.values(), *stopped, *enough],
        missing=missing,
    )
