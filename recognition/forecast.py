"""How far a year may come by 31 December at the present pace. Pure: days and counts in, a range or a refusal out.

Two honest guesses, and the range between them: the days left at the pace so far, and the curve of last year (what share
of its recognitions was reached by the same day). Nobody is recognised evenly over a year, so one number would lie.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from portal.lib.numbers import number, round_half_up

# Ours: before so many days since the first recognition, or with so few of them, a pace is a matter of luck.
FEWEST_DAYS = 14
FEWEST_COUNT = 10
RECENT_DAYS = 30
# The curve of a year is used once it had reached this share by the same day; a smaller one multiplies every accident.
SMALLEST_SHARE = Decimal("0.05")

ByDay = Mapping[datetime.date, int]


@dataclass(frozen=True)
class Forecast:
    """`low` to `high` recognised by 31 December; both None with the `reason` when nothing honest can be said.

    now: recognised until today. by_curve: last year's curve took part.
    """

    year: int
    now: int
    low: int | None = None
    high: int | None = None
    total: int | None = None
    by_curve: bool = False
    reason: str = ""

    @property
    def low_share(self) -> Decimal | None:
        return self._share(self.low)

    @property
    def high_share(self) -> Decimal | None:
        return self._share(self.high)

    def _share(self, value: int | None) -> Decimal | None:
        return round_half_up(Decimal(value) * 100 / self.total, 2) if value is not None and self.total else None

    @property
    def text(self) -> str:
        """The forecast as people read it."""
        if self.low is None:
            return self.reason
        values = {"low": number(self.low), "high": number(self.high), "year": self.year}
        if self.low == self.high:
            return _("Với nhịp này, đến 31/12/%(year)d khoảng %(low)s được công nhận.") % values
        return _("Với nhịp này, đến 31/12/%(year)d khoảng %(low)s đến %(high)s được công nhận.") % values

    @property
    def share_text(self) -> str:
        """The same in percent of all; empty when the total is unknown."""
        if self.low_share is None:
            return ""
        if self.low_share == self.high_share:
            return _("%(low)s%% tổng số") % {"low": number(self.low_share, 2)}
        return _("%(low)s%% đến %(high)s%% tổng số") % {
            "low": number(self.low_share, 2),
            "high": number(self.high_share, 2),
        }

    @property
    def basis(self) -> str:
        """What the range rests on, in a sentence."""
        if self.low is None:
            return ""
        if self.by_curve:
            return _(
                "Tính theo nhịp từ đầu năm, nhịp 30 ngày qua và tiến độ cùng ngày của năm trước; chỉ để tham khảo."
            )
        return _(
            "Tính theo nhịp từ đầu năm và nhịp 30 ngày qua; chưa có số liệu theo ngày của năm trước; chỉ để tham khảo."
        )

    def against(self, percent: Decimal | None) -> str:
        """Where the range stands to a target: above, below or around it."""
        if percent is None or self.low_share is None:
            return ""
        if self.low_share >= percent:
            return _("Có thể đạt chỉ tiêu %(percent)s%%.") % {"percent": number(percent)}
        if self.high_share < percent:
            return _("Có thể không đạt chỉ tiêu %(percent)s%%.") % {"percent": number(percent)}
        return _("Chưa chắc đạt chỉ tiêu %(percent)s%%.") % {"percent": number(percent)}


def forecast(
    *, year: int, today: datetime.date, days: ByDay, last_year: ByDay | None = None, total: int | None = None
) -> Forecast:
    """The forecast for 31 December of `year`, as known on `today`. Counts after `today` are not looked at.

    days, last_year: recognised per day of this year and the year before. total: all that could be recognised; no
    forecast exceeds it.
    """
    end = datetime.date(year, 12, 31)
    known = {day: count for day, count in days.items() if count and day <= min(today, end)}
    now = sum(known.values())
    if today >= end:
        return Forecast(year, now, total=total, reason=_("Năm %(year)d đã kết thúc.") % {"year": year})
    if today < datetime.date(year, 1, 1):
        return Forecast(year, now, total=total, reason=_("Năm %(year)d chưa bắt đầu.") % {"year": year})
    passed = (today - min(known)).days + 1 if known else 0
    if passed < FEWEST_DAYS or now < FEWEST_COUNT:
        text = _("Chưa đủ số liệu để dự báo: cần ít nhất %(count)d lượt công nhận trong ít nhất %(days)d ngày.")
        return Forecast(year, now, total=total, reason=text % {"count": FEWEST_COUNT, "days": FEWEST_DAYS})
    left = (end - today).days
    guesses = [now + Decimal(now) * left / passed]
    if passed > RECENT_DAYS:
        since = today - datetime.timedelta(days=RECENT_DAYS)
        recent = sum(count for day, count in known.items() if day > since)
        guesses.append(now + Decimal(recent) * left / RECENT_DAYS)
    share = _share_by(last_year or {}, today)
    if share is not None:
        guesses.append(Decimal(now) / share)
    most = total if total is not None and total >= now else None
    low, high = (int(round_half_up(one, 0)) for one in (min(guesses), max(guesses)))
    if most is not None:
        low, high = min(low, most), min(high, most)
    return Forecast(year, now, low, high, total, share is not None)


def _share_by(last_year: ByDay, today: datetime.date) -> Decimal | None:
    """What share of last year's recognitions stood by the same day; None when too little is known."""
    year = today.year - 1
    end = datetime.date(year, 12, 31)
    same = min(datetime.date(year, today.month, 28 if (today.month, today.day) == (2, 29) else today.day), end)
    in_year = {day: count for day, count in last_year.items() if day <= end}
    whole = sum(in_year.values())
    if whole < FEWEST_COUNT:
        return None
    share = Decimal(sum(count for day, count in in_year.items() if day <= same)) / whole
    return share if share >= SMALLEST_SHARE else None
