"""Points that a table of the rulebook reads off a share: nobody types them."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from recognition.rulebook_spec import RulebookSpec
from recognition.scoring.points import ScoreError, not_asked, points_text
from recognition.shares import points_of_shares


def wrong_points(sentence: str, given: Decimal) -> str:
    """The sentence where a sheet says other points than the rules read off a share; `sentence` tells how they do."""
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


def judged_share_points(spec: RulebookSpec, points, na: frozenset[str], measures) -> tuple[list[str], list[str]]:
    """(sentences that stop recognition, sentences of items whose points are right)."""
    wrong, right = [], []
    for code, (worth, sentence) in points_of_shares(spec, measures, na).items():
        if code in points and points[code] != worth:
            wrong.append(wrong_points(sentence, points[code]))
        elif code in points:
            right.append(sentence)
    return wrong, right
