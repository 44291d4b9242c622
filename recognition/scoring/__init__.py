"""From points to a result: total, passed or not, rank or level, and why. Pure: no database, no request.

points: checked as typed, kept as half points. totals: the sum, its rank and verdict. share_points: points a share
decides. knock_outs: minimums and conditions. levels: indicators met or not. judging: all of it for one dossier.
Rule numbers in comments (R-06 …) are those of docs/rulebooks.md.
"""

from recognition.scoring.judging import evaluate, evaluate_total, needs_criteria
from recognition.scoring.points import (
    NOT_APPLICABLE,
    TOTAL,
    ScoreError,
    from_half_points,
    not_asked,
    points_text,
    to_half_points,
)
from recognition.scoring.share_points import check_share_points, with_share_points, wrong_points
from recognition.scoring.totals import NOT_MET, Result

__all__ = [
    "NOT_APPLICABLE",
    "NOT_MET",
    "TOTAL",
    "Result",
    "ScoreError",
    "check_share_points",
    "evaluate",
    "evaluate_total",
    "from_half_points",
    "needs_criteria",
    "not_asked",
    "points_text",
    "to_half_points",
    "with_share_points",
    "wrong_points",
]
