"""How far a year may come by 31 December. Pure: days and counts in, a range or a refusal out.

Honest guesses, and the range between them: the days left at the pace so far, the curve of last year (what share of its
recognitions was reached by the same day), and the dossiers that are on their way, all decided by then. Nobody is
recognised evenly over a year, so one number would lie. And nobody is recognised without registering: no guess goes
beyond those registered and not refused, and those who may still register.
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
class Chain:
    """The year's dossiers as they stand. `open`: registered, not decided; `waiting`: of these at the deciding body.

    still: how many may yet register; 0 when the last day has passed, None when nobody knows. until: that last day;
    provisional: it was not compared with the original text.
    passed_before, registered_before: recognised and registered of last year, while this year has decided too few.
    """

    open: int
    waiting: int = 0
    refused: int = 0
    still: int | None = 0
    until: datetime.date | None = None
    provisional: bool = False
    passed_before: int = 0
    registered_before: int = 0

    def rate(self, recognised: int) -> tuple[Decimal | None, bool]:
        """(share of dossiers that end recognised, of this year?): of the decided, else of last year's registered."""
        decided = recognised + self.refused
        if decided >= FEWEST_COUNT:
            return Decimal(recognised) / decided, True
        if self.registered_before >= FEWEST_COUNT:
            return min(Decimal(self.passed_before) / self.registered_before, Decimal(1)), False
        return None, False


@dataclass(frozen=True)
class Forecast:
    """`low` to `high` recognised by 31 December; both None with the `reason` when nothing honest can be said.

    now: recognised until today. by_pace, by_curve: this year's pace and last year's curve took part. chain, rate,
    rate_is_new: the dossiers on their way, the share of them taken to pass, and whether this year says so.
    """

    year: int
    now: int
    low: int | None = None
    high: int | None = None
    total: int | None = None
    by_curve: bool = False
    reason: str = ""
    by_pace: bool = True
    chain: Chain | None = None
    rate: Decimal | None = None
    rate_is_new: bool = False

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
        if not self.by_pace:
            if self.low == self.high:
                return _("Hồ sơ đang làm có thể đưa năm %(year)d đến khoảng %(low)s được công nhận.") % values
            text = _("Hồ sơ đang làm có thể đưa năm %(year)d đến khoảng %(low)s đến %(high)s được công nhận.")
            return text % values
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
        """What the range rests on and takes for granted, in sentences."""
        if self.low is None:
            return ""
        parts = [self._pace_words, *self._chain_words, _("Chỉ để tham khảo.")]
        return " ".join(part for part in parts if part)

    @property
    def _pace_words(self) -> str:
        if not self.by_pace:
            return _("Năm nay chưa đủ ngày công nhận để tính nhịp.")
        if self.by_curve:
            return _("Tính theo nhịp từ đầu năm, nhịp 30 ngày qua và tiến độ cùng ngày của năm trước.")
        return _("Tính theo nhịp từ đầu năm và nhịp 30 ngày qua; chưa có số liệu theo ngày của năm trước.")

    @property
    def _chain_words(self) -> list[str]:
        """What is taken for granted about the dossiers on their way and about who may still register."""
        if self.chain is None:
            return []
        found = []
        if self.rate is not None and self.chain.open:
            values = {
                "open": number(self.chain.open),
                "waiting": number(self.chain.waiting),
                "rate": number(round_half_up(self.rate * 100, 1), 1),
                "year": self.year if self.rate_is_new else self.year - 1,
            }
            if self.by_pace:
                text = _("Coi như %(open)s hồ sơ đang làm kịp quyết định trước 31/12, %(rate)s%% đạt như năm %(year)d.")
            else:
                text = _(
                    "Thấp nhất khi chỉ %(waiting)s hồ sơ đã trình được quyết định, cao nhất khi cả %(open)s hồ sơ đang "
                    "làm được quyết định trước 31/12; %(rate)s%% đạt như năm %(year)d."
                )
            found.append(text % values)
        if self.chain.still == 0:
            if self.chain.until is not None:
                if self.chain.provisional:
                    text = _("Hạn đăng ký %(day)s (tạm thời) đã qua nên không tính ai chưa đăng ký.")
                else:
                    text = _("Hạn đăng ký %(day)s đã qua nên không tính ai chưa đăng ký.")
                found.append(text % {"day": f"{self.chain.until:%d/%m/%Y}"})
        elif self.chain.still is not None:
            text = _("Không vượt số đã đăng ký cộng %(still)s đối tượng còn có thể đăng ký.")
            found.append(text % {"still": number(self.chain.still)})
        return found

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
    *,
    year: int,
    today: datetime.date,
    days: ByDay,
    last_year: ByDay | None = None,
    total: int | None = None,
    chain: Chain | None = None,
) -> Forecast:
    """The forecast for 31 December of `year`, as known on `today`. Counts after `today` are not looked at.

    days, last_year: recognised per day of this year and the year before. total: all that could be recognised. chain:
    the dossiers as they stand. No forecast exceeds the total, nor recognised + open + those who may still register.
    """
    end = datetime.date(year, 12, 31)
    known = {day: count for day, count in days.items() if count and day <= min(today, end)}
    now = sum(known.values())
    if today >= end:
        return Forecast(year, now, total=total, reason=_("Năm %(year)d đã kết thúc.") % {"year": year})
    if today < datetime.date(year, 1, 1):
        return Forecast(year, now, total=total, reason=_("Năm %(year)d chưa bắt đầu.") % {"year": year})
    passed = (today - min(known)).days + 1 if known else 0
    by_pace = passed >= FEWEST_DAYS and now >= FEWEST_COUNT
    rate, is_new = chain.rate(now) if chain else (None, False)
    guesses, share = [], None
    if by_pace:
        left = (end - today).days
        guesses.append(now + Decimal(now) * left / passed)
        if passed > RECENT_DAYS:
            since = today - datetime.timedelta(days=RECENT_DAYS)
            recent = sum(count for day, count in known.items() if day > since)
            guesses.append(now + Decimal(recent) * left / RECENT_DAYS)
        share = _share_by(last_year or {}, today)
        if share is not None:
            guesses.append(Decimal(now) / share)
    if chain and rate is not None and (by_pace or chain.open >= FEWEST_COUNT):
        guesses.append(now + chain.open * rate)
        if not by_pace:
            guesses.append(now + chain.waiting * rate)
    if not guesses:
        text = _(
            "Chưa đủ số liệu để dự báo: cần ít nhất %(count)d lượt công nhận trong ít nhất %(days)d ngày, "
            "hoặc %(count)d hồ sơ đang làm."
        )
        return Forecast(year, now, total=total, reason=text % {"count": FEWEST_COUNT, "days": FEWEST_DAYS})
    low, high = (int(round_half_up(one, 0)) for one in (min(guesses), max(guesses)))
    for most in _bounds(now, total, chain):
        low, high = min(low, most), min(high, most)
    return Forecast(year, now, low, high, total, share is not None, "", by_pace, chain, rate, is_new)


def _bounds(now: int, total: int | None, chain: Chain | None) -> list[int]:
    """What no forecast exceeds."""
    bounds = [total] if total is not None and total >= now else []
    if chain is not None and chain.still is not None:
        bounds.append(now + chain.open + chain.still)
    return bounds


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
