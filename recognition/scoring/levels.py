"""Rulebooks of levels: the highest level all of whose indicators are met (1 = met, 0 = not met)."""

from decimal import Decimal

from django.utils.translation import gettext as _

from recognition.rulebook_spec import RulebookSpec
from recognition.scoring.points import not_asked
from recognition.scoring.totals import Result, nothing_applies
from recognition.shares import conditions_met, required_shares


def judge_levels(spec: RulebookSpec, points, na, missing, area, measures, organisation_type) -> Result:
    """An indicator whose required share is too low is not met, whatever somebody ticked; a share that belongs to no
    indicator, and a declared condition, stop every level."""
    met = {code for code, value in points.items() if value} | na
    too_low, enough = required_shares(spec, area, measures, not_asked(spec, organisation_type))
    stopped = conditions_met(spec, measures)
    for derived in spec.derived:
        if derived.code in too_low and derived.criterion in spec.leaf_codes:
            met.discard(derived.criterion)
        elif derived.code in too_low:
            stopped.append(too_low.pop(derived.code))
    reasons = []
    if len(na) == len(spec.leaves):
        met = set()
        reasons.append(nothing_applies())
    reached, said = _highest(spec, met)
    reasons += said
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


def _highest(spec, met) -> tuple[int | None, list[str]]:
    """(highest level reached, what is to say of each)."""
    reasons, reached = [], None
    for level in sorted({level for leaf in spec.leaves for level in leaf.levels}):
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
    return reached, reasons
