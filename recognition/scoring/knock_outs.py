"""What stops recognition whatever the total (R-08): too few points in an item, a declared condition."""

from decimal import Decimal

from django.utils.translation import gettext as _

from recognition.rulebook_criteria import ALL_LEAVES
from recognition.rulebook_spec import RulebookSpec
from recognition.scoring.points import points_text
from recognition.shares import conditions_met


def knock_outs(spec: RulebookSpec, points, na, missing, measures) -> list[str]:
    """Sentences for every knock-out that applies; unscored items are reported as missing, not twice."""
    found = []
    for code, minimum in _minimums(spec):
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


def _minimums(spec):
    """(code, fewest points) as the items say themselves, then as the list of knock-outs says."""
    found = [(code, criterion.minimum) for code, criterion in spec.by_code.items() if criterion.minimum is not None]
    for knock in spec.knock_outs:
        if knock.minimum is not None:
            codes = spec.leaf_codes if knock.criterion == ALL_LEAVES else (knock.criterion,)
            found += [(code, knock.minimum) for code in codes]
    return found
