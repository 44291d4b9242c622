"""One dossier judged by its rulebook: item by item, or by a bare total."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from recognition.rulebook_spec import RulebookSpec
from recognition.scoring.knock_outs import knock_outs
from recognition.scoring.levels import judge_levels
from recognition.scoring.points import TOTAL, ScoreError, check_area, checked, checked_number, half_points, not_asked
from recognition.scoring.share_points import judged_share_points
from recognition.scoring.totals import NOT_MET, Result, bare_total, na_reason, nothing_applies, total_of, verdict_of
from recognition.shares import Share, conditions_met, required_shares


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
    points = checked(spec, scores, na, area, organisation_type)
    na |= not_asked(spec, organisation_type)
    missing = [code for code in spec.leaf_codes if code not in points and code not in na]
    judge = judge_levels if spec.evaluation == "levels" else _judge_points
    judged = judge(spec, points, na, missing, area, measures, organisation_type)
    return replace(judged, halves=half_points(spec, points, na))


def _judge_points(spec, points, na, missing, area, measures, organisation_type) -> Result:
    total, stopped = total_of(spec, points, na), []
    if applies := len(na) < len(spec.leaves):
        # knock-outs are looked at after the total, so the total is always shown.
        stopped = knock_outs(spec, points, na, missing, measures)
    short, reached = required_shares(spec, area, measures, not_asked(spec, organisation_type))
    wrong, right = judged_share_points(spec, points, na, measures)
    stopped += [*short.values(), *wrong]
    verdict, rank, enough = verdict_of(spec, total, area)
    if failed_anyway := bool(missing or stopped or not applies):
        # A rank or "đạt" beside a failure would contradict it, so only the sum is stated.
        verdict = bare_total(spec, total)
    if rank is not None and failed_anyway:
        rank = None if missing else NOT_MET  # an unfinished sheet has no rank yet
    return Result(
        total=total,
        maximum=spec.maximum,
        passed=enough and not failed_anyway,
        rank=rank,
        level=None,
        reasons=[verdict, *_remarks(spec, na, missing, applies), *stopped, *reached, *right],
        missing=missing,
    )


def _remarks(spec, na, missing, applies) -> list[str]:
    """What is to know about the sheet itself: items left out, items left open."""
    found = [na_reason(spec, na)] if na else []
    if not applies:
        found.append(nothing_applies())
    if missing:
        found.append(
            _("Còn %(count)d mục chưa chấm: %(codes)s. Mục chưa chấm tính 0 điểm và chưa thể công nhận.")
            % {"count": len(missing), "codes": ", ".join(missing)}
        )
    return found


def evaluate_total(
    spec: RulebookSpec, total: Decimal | float, area: str = "NORMAL", *, measures=None, organisation_type: str = ""
) -> Result:
    """Score a dossier of which only the total is known (paper sheets, old records). measures: as `evaluate` takes them.

    Raises ScoreError: bad number, or a rulebook no total can judge (levels, minimum per criterion).
    """
    check_area(area)
    if needs_criteria(spec):
        raise ScoreError(
            {TOTAL: _("Bộ tiêu chí %(code)s phải chấm từng mục, không nhập riêng tổng điểm.") % {"code": spec.code}}
        )
    number, fault = checked_number(total, spec.maximum, spec.step, lambda: _("Tổng điểm"))
    if fault:
        raise ScoreError({TOTAL: fault})
    verdict, rank, enough = verdict_of(spec, number, area)
    short, reached = required_shares(spec, area, measures, not_asked(spec, organisation_type))
    knocked_out = [*conditions_met(spec, measures), *short.values()]
    if knocked_out:
        verdict, rank, enough = bare_total(spec, number), rank and NOT_MET, False
    return Result(number, spec.maximum, enough, rank, None, [verdict, *knocked_out, *reached], [])


def needs_criteria(spec: RulebookSpec) -> bool:
    """True for levels, and when a minimum per criterion or a table from share to points exists: then a bare total
    proves nothing."""
    return (
        spec.evaluation == "levels"
        or any(knock.minimum is not None for knock in spec.knock_outs)
        or any(criterion.minimum is not None for _depth, criterion in spec.walk())
        or any(derived.brackets for derived in spec.derived)
    )
