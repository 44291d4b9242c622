"""Rules that point at results too good or too equal to be true (R-21, R-22). Pure: numbers and words in, findings out.

They accuse nobody: each is a reason to look, with the numbers it rests on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from portal.lib.numbers import number, signed
from recognition import year_checks
from recognition.checks import WARN, Finding
from recognition.year_checks import FEWEST, SHARE_LIMIT

SAME_SHARE = SHARE_LIMIT  # percent of the dossiers of a hamlet that may carry identical scores


@dataclass(frozen=True)
class Outlier(Finding):
    """A finding with the place it is about and the numbers behind it."""

    where: str = ""
    numbers: dict[str, Decimal | int] = field(default_factory=dict, hash=False)


def pass_rate(where: str, *, passed: int, assessed: int) -> list[Outlier]:
    """R-21: everybody assessed passed."""
    if assessed < FEWEST or passed < assessed:
        return []
    sentence = _(
        "%(where)s: %(passed)s/%(assessed)s hồ sơ đạt (100%%). Hãy xem lại vài hồ sơ trước khi tin con số này."
    )
    values = {"where": where, "passed": number(passed), "assessed": number(assessed)}
    return [Outlier("R-21", WARN, sentence % values, where=where, numbers={"passed": passed, "assessed": assessed})]


def identical_scores(where: str, *, same: int, assessed: int) -> list[Outlier]:
    """R-21: more than 30 % of a hamlet's dossiers carry the very same scores (copied sheets)."""
    if same < FEWEST or Decimal(same) * 100 <= SAME_SHARE * assessed:
        return []
    share = Decimal(same) * 100 / assessed
    sentence = _("%(where)s: %(same)s/%(assessed)s hồ sơ có điểm giống hệt nhau (%(share)s%%, quá 30%%).")
    values = {"where": where, "same": number(same), "assessed": number(assessed), "share": number(share, 1)}
    return [
        Outlier(
            "R-21", WARN, sentence % values, where=where, numbers={"same": same, "assessed": assessed, "share": share}
        )
    ]


def is_wide(gap: Decimal | None) -> bool:
    """R-22: is the gap wide enough to be asked about?"""
    return gap is not None and year_checks.is_wide(0, gap)


def score_gap(where: str, *, own: Decimal, inspected: Decimal) -> list[Outlier]:
    """R-22: self-score and inspected score are more than 10 points apart, either way."""
    gap = inspected - own
    if not is_wide(gap):
        return []
    sentence = _("%(where)s: tự chấm %(own)s điểm, kiểm tra %(inspected)s điểm, lệch %(gap)s (quá 10 điểm).")
    values = {"where": where, "own": number(own), "inspected": number(inspected), "gap": signed(gap)}
    return [
        Outlier("R-22", WARN, sentence % values, where=where, numbers={"own": own, "inspected": inspected, "gap": gap})
    ]
