"""What points add up to, and the rank and verdict that follow from the sum."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from recognition.scoring.points import points_text, points_texts

NOT_MET = "NOT_MET"


@dataclass(frozen=True)
class Result:
    """Outcome of scoring. `rank` only for ranked rulebooks, `level` only for levels.

    `reasons`: Vietnamese sentences, the verdict first. `missing`: codes not scored yet. `halves`: the sheet as the
    database keeps it (`points.half_points`); of a bare total nothing.
    """

    total: Decimal
    maximum: Decimal
    passed: bool
    rank: str | None
    level: int | None
    reasons: list[str]
    missing: list[str]
    halves: list[int | None] = field(default_factory=list, compare=False)


def total_of(spec, points, na):
    """Points in all; what does not apply (`na`) counts in full or is scaled away, by the policy of the rulebook."""
    scored = sum(points.values(), Decimal(0))
    not_applicable = sum((spec.by_code[code].maximum for code in na), Decimal(0))
    applicable = spec.maximum - not_applicable
    if not applicable:
        return Decimal(0)  # nothing was assessed, so nothing is given
    if spec.na_policy == "RESCALE":
        return spec.round_to_step(scored * spec.maximum / applicable)
    return scored + not_applicable


def nothing_applies() -> str:
    """The reason of a sheet on which no item applies: there is nothing to recognise by."""
    return _("Tất cả các mục đều không áp dụng nên không có căn cứ để công nhận.")


def na_reason(spec, na):
    """The reason that names the items that do not apply, and how the total takes them."""
    codes = ", ".join(code for code in spec.leaf_codes if code in na)
    if spec.na_policy == "RESCALE":
        return _("Mục không áp dụng: %(codes)s; tổng điểm được quy đổi về thang %(max)s điểm.") % {
            "codes": codes,
            "max": points_text(spec.maximum),
        }
    return _("Mục không áp dụng: %(codes)s; các mục này được tính đủ điểm tối đa.") % {"codes": codes}


def bare_total(spec, total):
    """The reason that says the total and the maximum and nothing more."""
    return _("Tổng điểm %(total)s/%(max)s.") % {"total": points_text(total), "max": points_text(spec.maximum)}


def verdict_of(spec, total, area):
    """(sentence, rank or None, enough points?). Ranks are computed from points, never typed (R-07)."""
    mark = spec.pass_mark(area)
    names = dict(zip(("total", "max", "mark"), points_texts(total, spec.maximum, mark), strict=True))
    rank = spec.rank_for(total)
    if rank is None:
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
