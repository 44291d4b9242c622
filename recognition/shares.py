"""Shares computed from other models' results: how many of whom, whether that is enough, and how people say it.

Pure: no database, no request. What is counted for each measure stands in `domain/measures/definitions.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.numbers import number, round_half_up

# Whom each measure counts. A rulebook may ask for these only: nothing else can be computed from the register.
NOUNS = {
    "household_citizen_share": gettext_lazy("người lớn"),
    "clan_family_share": gettext_lazy("hộ"),
    "hamlet_family_share": gettext_lazy("hộ"),
    "hamlet_clan_unit_share": gettext_lazy("dòng họ, đơn vị"),
    "commune_family_share": gettext_lazy("hộ"),
    "commune_hamlet_share": gettext_lazy("khu phố, thôn"),
    "commune_clan_share": gettext_lazy("dòng họ"),
    "commune_unit_share": gettext_lazy("đơn vị"),
    "commune_citizen_share": gettext_lazy("công dân trong sổ"),
    "commune_family_adult_share": gettext_lazy("người lớn của gia đình học tập"),
    "commune_unit_staff_share": gettext_lazy("người của đơn vị học tập"),
    "unit_citizen_share": gettext_lazy("thành viên"),
    "unit_member_citizen_share": gettext_lazy("cán bộ, người lao động"),
    "unit_learner_citizen_share": gettext_lazy("người học"),
    "district_commune_share": gettext_lazy("xã"),
    "province_commune_share": gettext_lazy("phường, xã"),
    # Nothing in the register: always declared.
    "commune_literacy_share": gettext_lazy("người trong độ tuổi"),
    "commune_digital_citizen_share": gettext_lazy("công dân học tập"),
}
# How each is named where one is chosen: whom it counts ÷ among whom.
TITLES = {
    "commune_digital_citizen_share": gettext_lazy("Công dân học tập có kỹ năng số ÷ công dân học tập (luôn phải khai)"),
    "household_citizen_share": gettext_lazy("Công dân học tập ÷ người lớn của hộ"),
    "clan_family_share": gettext_lazy("Gia đình học tập ÷ hộ của dòng họ"),
    "hamlet_family_share": gettext_lazy("Gia đình học tập trong năm ÷ hộ của khu phố, thôn"),
    "hamlet_clan_unit_share": gettext_lazy("Dòng họ, đơn vị học tập ÷ dòng họ, đơn vị của khu phố, thôn"),
    "commune_family_share": gettext_lazy("Gia đình học tập trong năm ÷ hộ của xã"),
    "commune_hamlet_share": gettext_lazy("Khu phố, thôn học tập ÷ khu phố, thôn của xã"),
    "commune_clan_share": gettext_lazy("Dòng họ học tập ÷ dòng họ của xã"),
    "commune_unit_share": gettext_lazy("Đơn vị học tập ÷ đơn vị của xã"),
    "commune_citizen_share": gettext_lazy("Công dân học tập ÷ công dân trong sổ của xã"),
    "commune_family_adult_share": gettext_lazy("Công dân học tập ÷ người lớn của các gia đình học tập trong xã"),
    "commune_unit_staff_share": gettext_lazy(
        "Công dân học tập ÷ cán bộ, người lao động của các đơn vị học tập trong xã"
    ),
    "unit_citizen_share": gettext_lazy("Công dân học tập ÷ thành viên của đơn vị"),
    "unit_member_citizen_share": gettext_lazy("Công dân học tập ÷ cán bộ, người lao động của đơn vị"),
    "unit_learner_citizen_share": gettext_lazy("Công dân học tập ÷ người học của đơn vị"),
    "district_commune_share": gettext_lazy("Xã được công nhận ÷ xã của huyện"),
    "province_commune_share": gettext_lazy("Xã được công nhận ÷ xã của tỉnh"),
    "commune_literacy_share": gettext_lazy(
        "Người đạt chuẩn biết chữ ÷ người trong độ tuổi (không có trong sổ, luôn phải khai)"
    ),
}
# What the register does not hold of a measure, and so has to be declared or is left out; said wherever it is shown.
GAPS = {
    "household_citizen_share": gettext_lazy("Mẫu số là số người lớn ghi ở hộ; tử số chỉ có người đã vào sổ công dân."),
    "commune_family_adult_share": gettext_lazy(
        "Mẫu số là số người lớn các hộ ghi. Người lớn tính ở nơi làm việc không có trong tử số: sổ không ghi họ ở hộ "
        "nào."
    ),
    "commune_unit_staff_share": gettext_lazy(
        "Mẫu số là số người các đơn vị báo cáo. Tử số gồm cả người tính ở nhà mà đơn vị đã xác nhận."
    ),
    "commune_literacy_share": gettext_lazy(
        "Sổ không ghi ai đạt chuẩn biết chữ, nên cả hai số phải khai theo kết quả phổ cập giáo dục, xóa mù chữ."
    ),
    "commune_digital_citizen_share": gettext_lazy(
        "Mẫu số là công dân học tập trong sổ. Chưa có văn bản nào cho biết thế nào là có kỹ năng số, nên tử số phải "
        "khai."
    ),
}
# Only the denominator stands in the register: the numerator of the other measure.
DENOMINATOR_OF = {"commune_digital_citizen_share": "commune_citizen_share"}
MEASURES = tuple(NOUNS)
MOST_PLACES = 6


def noun_of(measure: str) -> str:
    """What the measure counts: "hộ", "người học" …"""
    return str(NOUNS.get(measure, ""))


def gap_of(measure: str) -> str:
    """What of the measure is not in the register, in a sentence; empty when all of it is."""
    return str(GAPS.get(measure, ""))


@dataclass(frozen=True)
class Share:
    """`numerator` of `denominator`. A denominator of None: nobody gave the number; of 0: there is nobody to count.

    Both mean that there is no percentage: never 0 % and never 100 %.
    """

    numerator: int
    denominator: int | None

    @property
    def known(self) -> bool:
        return bool(self.denominator)

    @property
    def percent(self) -> Decimal | None:
        """In percent, half up to two decimals; None without a denominator."""
        if not self.denominator:
            return None
        return round_half_up(Decimal(self.numerator) * 100 / Decimal(self.denominator), 2)

    def meets(self, required) -> bool:
        """Is the exact share at least `required` percent? Rounding never lifts anybody over the mark."""
        return self.known and Decimal(self.numerator) * 100 >= Decimal(required) * Decimal(self.denominator)

    def lacking(self, required) -> int:
        """How many more are needed for `required` percent; 0 when it is met or there is no denominator."""
        if not self.denominator:
            return 0
        return max(math.ceil(Decimal(required) * self.denominator / 100) - self.numerator, 0)

    def percent_text(self, required=None) -> str:
        """ "34,2%", half up; with as many decimals as it takes to see that it is below `required`. Dash without one."""
        if not self.denominator:
            return "–"
        exact = Decimal(self.numerator) * 100 / Decimal(self.denominator)
        places = 1
        if required is not None and not self.meets(required):
            while places < MOST_PLACES and round_half_up(exact, places) >= Decimal(required):
                places += 1
        return number(round_half_up(exact, places), places) + "%"

    def text(self, required=None) -> str:
        """ "41/120 (34,2%)"; without a denominator it says so."""
        if self.denominator is None:
            return _("chưa có số liệu")
        if not self.denominator:
            return _("không có mẫu số")
        return f"{number(self.numerator)}/{number(self.denominator)} ({self.percent_text(required)})"


def requirement_sentence(*, title: str, measure: str, share: Share | None, required) -> str:
    """What a required share comes to, in one Vietnamese sentence; the dossier's reasons keep it."""
    names = {"title": title, "noun": noun_of(measure), "required": number(Decimal(required))}
    if share is None or share.denominator is None:
        return _("Chưa có số liệu “%(title)s” (cần từ %(required)s%%).") % names
    if not share.denominator:
        return _("%(title)s: không có mẫu số (chưa có %(noun)s nào để tính), cần %(required)s%%.") % names
    names |= {
        "numerator": number(share.numerator),
        "denominator": number(share.denominator),
        "percent": share.percent_text(required),
        "lacking": number(share.lacking(required)),
    }
    if share.meets(required):
        return _("%(title)s: %(numerator)s/%(denominator)s %(noun)s (%(percent)s), đạt mức %(required)s%%.") % names
    return (
        _(
            "%(title)s: mới %(numerator)s/%(denominator)s %(noun)s (%(percent)s) được công nhận, cần %(required)s%%, "
            "còn thiếu %(lacking)s."
        )
        % names
    )


def required_shares(spec, area: str, measures, beside=frozenset()) -> tuple[dict[str, str], list[str]]:
    """({code: sentence} for required shares that are too low or not computed, [sentences for those reached]).

    Both are empty when measures is None. `beside`: items not asked of this subject; their shares are not asked either.
    """
    short, reached = {}, []
    if measures is None:
        return short, reached
    for derived in spec.derived:
        required = derived.required.get(area)
        if required is None or derived.criterion in beside:
            continue
        value = measures.get(derived.measure)
        if value is None or isinstance(value, Share):
            sentence = requirement_sentence(
                title=derived.title, measure=derived.measure, share=value, required=required
            )
            if value is not None and value.meets(required):
                reached.append(sentence)
            else:
                short[derived.code] = sentence
            continue
        value = Decimal(str(value))
        if not value.is_finite() or value < required:
            names = {"title": derived.title, "required": number(required), "value": number(value)}
            short[derived.code] = _("%(title)s: %(value)s%%, dưới mức yêu cầu %(required)s%%.") % names
    return short, reached


def points_of_shares(spec, measures, beside=frozenset()) -> dict[str, tuple[Decimal, str]]:
    """Item → (points its share is worth, the sentence that says so): rules with a table, shares that are known."""
    found = {}
    for derived in spec.derived if measures is not None else ():
        share = measures.get(derived.measure)
        worth = derived.points_for(share) if isinstance(share, Share) else None
        if worth is not None and derived.criterion not in beside:
            names = {"code": derived.criterion, "title": derived.title, "share": share.text()}
            names["points"] = number(worth.normalize())
            found[derived.criterion] = (
                worth,
                _("Mục %(code)s: %(title)s %(share)s đổi được %(points)s điểm.") % names,
            )
    return found


def conditions_met(spec, measures) -> list[str]:
    """Sentences for declared conditions that hold, and for those nobody answered; none when measures is None."""
    if measures is None:
        return []
    found = []
    for knock in spec.conditions:
        answer = measures.get(knock.condition)
        if answer is None:
            found.append(_("Chưa khai có hay không: “%(title)s”.") % {"title": knock.title})
        elif answer:
            found.append(_("Không được công nhận: %(title)s.") % {"title": knock.title})
    return found
