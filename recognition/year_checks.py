"""Rules for a year's dossiers and for one year beside the next (R-xx). Pure: numbers and days in, findings out."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from portal.lib.numbers import number, round_half_up
from recognition.checks import ERROR, NOTICE, WARN, Finding

GAP_LIMIT = Decimal(10)  # more points between self-score and inspected score are pointed out
SHARE_LIMIT = Decimal(30)  # points of the rate of recognised; R-21: percent of equal scores
TOTAL_LIMIT = Decimal(20)  # percent of the total
# R-21 has no smallest number in the list; only what its words need: one dossier alone is no rate and is identical to
# none. The same for a year's figures, for inspections (recognition.outliers) and for declared figures.
FEWEST = 2
UPGRADE_MONTHS = 12
MOST_NAMED = 5  # places told one by one


def months_later(day: datetime.date, months: int) -> datetime.date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def check_upgrade(
    *,
    asked_on: datetime.date,
    decided_on: datetime.date | None,
    valid_until: datetime.date | None = None,
    directly: bool = False,
    months: int = UPGRADE_MONTHS,
    blocks: bool = True,
) -> list[Finding]:
    """R-09: level 2 is asked for on a valid decision of level 1 at least `months` old.

    directly: the first request meets level 2 at once, which the circulars allow ("đạt ở mức độ nào thì đề nghị mức độ
    đó"). Too early is an error where the rulebook `blocks`; otherwise, and for whoever lost level 1, a warning: the one
    who decides judges.
    """
    if directly:
        return []
    if decided_on is None:
        return [Finding("R-09", WARN, _("Đề nghị mức độ 2 nhưng chưa có quyết định công nhận mức độ 1."))]
    if valid_until is not None and valid_until < asked_on:
        text = _("Quyết định công nhận mức độ 1 đã hết hiệu lực ngày %(day)s.") % {"day": f"{valid_until:%d/%m/%Y}"}
        return [Finding("R-09", WARN, text, printed=valid_until.isoformat())]
    earliest = months_later(decided_on, months)
    if asked_on < earliest:
        text = _("Quyết định mức độ 1 ngày %(day)s chưa đủ %(months)d tháng; sớm nhất ngày %(earliest)s.") % {
            "day": f"{decided_on:%d/%m/%Y}",
            "months": months,
            "earliest": f"{earliest:%d/%m/%Y}",
        }
        days = {"printed": asked_on.isoformat(), "expected": earliest.isoformat()}
        return [Finding("R-09", ERROR, text, **days) if blocks else Finding("R-09", WARN, text, **days)]
    return []


def check_deadline(*, done_on: datetime.date, deadline: datetime.date | None, reason: str = "") -> list[Finding]:
    """R-11: a step after its last day is a warning, with a written reason only a notice. No deadline, no finding."""
    if deadline is None or done_on <= deadline:
        return []
    values = {"day": f"{done_on:%d/%m/%Y}", "deadline": f"{deadline:%d/%m/%Y}", "reason": reason.strip()}
    facts = {"printed": done_on.isoformat(), "expected": deadline.isoformat()}
    if values["reason"]:
        text = _("Làm ngày %(day)s, sau hạn %(deadline)s; lý do: %(reason)s.")
        return [Finding("R-11", NOTICE, text % values, **facts)]
    return [Finding("R-11", WARN, _("Làm ngày %(day)s, sau hạn %(deadline)s mà không ghi lý do.") % values, **facts)]


def check_snapshot(kept: Mapping[str, int], now: Mapping[str, int]) -> list[Finding]:
    """R-12: figures a dossier took over from other models still equal these. Keys: names people know."""
    message = _("%(name)s: hồ sơ ghi %(kept)s, sổ hiện có %(now)s.")
    return [
        Finding(
            "R-12",
            WARN,
            message % {"name": name, "kept": number(value), "now": number(now[name])},
            printed=value,
            expected=now[name],
        )
        for name, value in kept.items()
        if name in now and now[name] != value
    ]


def check_late_places(*, late: int, places: int, last: datetime.date, deadline: datetime.date) -> list[Finding]:
    """R-11 over many places: how many took a step after its last day, and the latest of them."""
    if not late:
        return []
    text = _("%(late)s trên %(places)s nơi làm sau hạn %(deadline)s, muộn nhất ngày %(last)s.") % {
        "late": number(late),
        "places": number(places),
        "deadline": f"{deadline:%d/%m/%Y}",
        "last": f"{last:%d/%m/%Y}",
    }
    return [Finding("R-11", WARN, text, printed=last.isoformat(), expected=deadline.isoformat())]


def check_drifts(label: str, moved: Sequence[tuple[str, int]]) -> list[Finding]:
    """R-12 over many places. `moved`: their names, with how many dossiers there took over figures that no longer equal
    the records."""
    if not moved:
        return []
    text = _(
        "%(label)s: %(count)s hồ sơ ở %(places)s nơi ghi số khác sổ hiện có; nhiều nhất ở %(name)s (%(most)s hồ sơ)."
    )
    name, most = max(moved, key=lambda one: one[1])
    count = sum(dossiers for _name, dossiers in moved)
    values = {"label": label, "count": number(count), "places": number(len(moved))}
    return [Finding("R-12", WARN, text % (values | {"name": name, "most": number(most)}), printed=count)]


def check_signed_below(label: str, moved: Mapping[str, Mapping[str, tuple[int, int]]]) -> list[Finding]:
    """R-12 for reports signed below. `moved`: place → registered and recognised as (signed there, in the records)."""
    if not moved:
        return []
    said = [
        _("%(name)s (đăng ký %(registered)s, đạt %(recognised)s)")
        % {"name": name, **{key: _moved(*pair) for key, pair in one.items()}}
        for name, one in list(moved.items())[:MOST_NAMED]
    ]
    if len(moved) > MOST_NAMED:
        said.append(_("và %(n)s nơi khác") % {"n": number(len(moved) - MOST_NAMED)})
    text = _("%(label)s: %(places)s nơi đã ký báo cáo với số khác sổ hiện có: %(names)s.")
    values = {"label": label, "places": number(len(moved)), "names": "; ".join(said)}
    signed, now = (sum(one["recognised"][side] for one in moved.values()) for side in (0, 1))
    return [Finding("R-12", WARN, text % values, measure="recognised", printed=signed, expected=now)]


def _moved(before: int, after: int) -> str:
    return number(before) if before == after else f"{number(before)} → {number(after)}"


def check_reports_below(*, places: int, silent: int, waiting: int, returned: int) -> list[Finding]:
    """R-26 for a report that sums up others: the reports of all places below were taken."""
    missing = silent + waiting + returned
    if not missing:
        return []
    parts = (
        (silent, _("%(n)s nơi chưa gửi")),
        (waiting, _("%(n)s nơi chờ nhận")),
        (returned, _("%(n)s nơi bị trả lại")),
    )
    text = _("Mới nhận báo cáo năm của %(taken)s trên %(places)s nơi cấp dưới; còn %(parts)s.") % {
        "taken": number(places - missing),
        "places": number(places),
        "parts": ", ".join(words % {"n": number(count)} for count, words in parts if count),
    }
    return [Finding("R-26", WARN, text, measure="reports", printed=places - missing, expected=places)]


def check_all_passed(label: str, *, registered: int, recognised: int) -> list[Finding]:
    """R-21: everybody who registered was recognised."""
    if registered < FEWEST or recognised < registered:
        return []
    text = _("%(label)s: cả %(count)s hồ sơ đăng ký đều đạt (100%%); hãy xem việc bình xét có thực chất.")
    facts = {"measure": "recognised", "printed": recognised}
    return [Finding("R-21", WARN, text % {"label": label, "count": number(registered)}, **facts)]


def check_same_scores(label: str, counts: Mapping[Decimal, int]) -> list[Finding]:
    """R-21: more than 30 % of a quarter with one and the same score. `counts`: points → dossiers."""
    scored = sum(counts.values())
    points, most = max(counts.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
    if most < FEWEST or Decimal(most) * 100 <= SHARE_LIMIT * scored:
        return []
    share = Decimal(most) * 100 / scored
    text = _("%(label)s: %(most)s trên %(scored)s hồ sơ cùng được %(points)s điểm (%(share)s%%); có thể chấm chép.")
    values = {
        "label": label,
        "most": number(most),
        "scored": number(scored),
        "points": number(points),
        "share": number(round_half_up(share, 2), 2),
    }
    return [Finding("R-21", WARN, text % values, measure="assessed", printed=most)]


def is_wide(self_points, inspected_points) -> bool:
    """R-22: is the gap between the two scores wide enough to be asked about?"""
    if self_points is None or inspected_points is None:
        return False
    return abs(Decimal(inspected_points) - Decimal(self_points)) > GAP_LIMIT


def check_gaps(label: str, wide: int, widest) -> list[Finding]:
    """R-22 over many dossiers: how many have a wide gap, and the widest."""
    if not wide:
        return []
    text = _("%(label)s: %(count)s hồ sơ có điểm kiểm tra lệch điểm tự chấm hơn 10 điểm, lệch nhiều nhất %(gap)s điểm.")
    values = {"label": label, "count": number(wide), "gap": number(widest)}
    return [Finding("R-22", WARN, text % values, measure="inspected", printed=wide)]


@dataclass(frozen=True)
class YearCounts:
    """What R-24 compares: the total and the recognised of one year; None where unknown."""

    total: int | None
    recognised: int | None

    @property
    def rate(self) -> Decimal | None:
        if not self.total or self.recognised is None:
            return None
        return Decimal(self.recognised) * 100 / self.total


def check_changes(
    label: str, by_year: Mapping[int, YearCounts], *, boundary_years: Collection[int] = ()
) -> list[Finding]:
    """R-24: from one year to the very next the rate moves at most 30 points and the total at most 20 %.

    Years that do not follow one another are not compared: nobody knows what happened between. A total may jump in a
    year of `boundary_years`, in which places merged or split; a rate may not.
    """
    found = []
    for year in sorted(by_year):
        before, now = by_year.get(year - 1), by_year[year]
        if before is None:
            continue
        names = {"label": label, "before": year - 1, "year": year}
        if before.rate is not None and now.rate is not None and abs(now.rate - before.rate) > SHARE_LIMIT:
            text = _("%(label)s: tỷ lệ đạt từ %(a)s%% (%(before)d) thành %(b)s%% (%(year)d), lệch hơn 30 điểm.")
            a, b = round_half_up(before.rate, 2), round_half_up(now.rate, 2)
            values = {**names, "a": number(a, 2), "b": number(b, 2)}
            found.append(Finding("R-24", WARN, text % values, year=year, measure="recognised_of_total", printed=b))
        if not before.total or now.total is None or year in boundary_years:
            continue
        if abs(now.total - before.total) * 100 > TOTAL_LIMIT * before.total:
            text = _(
                "%(label)s: tổng số từ %(a)s (%(before)d) thành %(b)s (%(year)d), "
                "lệch hơn 20%% mà không có sắp xếp địa bàn."
            )
            values = {**names, "a": number(before.total), "b": number(now.total)}
            found.append(Finding("R-24", WARN, text % values, year=year, measure="total", printed=now.total))
    return found
