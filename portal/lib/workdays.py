"""Working days: Monday to Friday without public holidays, and the weekend days worked in exchange for a day off.

Fixed by Bộ luật Lao động 2019, Điều 112: 1 January, 30 April, 1 May, 2 September. The others (Tết, Giỗ Tổ Hùng Vương,
the second day of 2 September, days in lieu, swapped Saturdays) differ every year; whoever runs the portal enters them;
none is reckoned.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass

FIXED = ((1, 1), (4, 30), (5, 1), (9, 2))  # month, day


def fixed_holidays(year: int) -> list[datetime.date]:
    """The public holidays of a year whose date is in the law itself."""
    return [datetime.date(year, month, day) for month, day in FIXED]


def is_weekend(day: datetime.date) -> bool:
    """Saturday or Sunday?"""
    return day.weekday() >= 5


@dataclass(frozen=True)
class WorkCalendar:
    """Days `off` in the week, and weekend days that are `worked` in exchange for one of them."""

    off: Collection[datetime.date] = frozenset()
    worked: Collection[datetime.date] = frozenset()

    def is_working(self, day: datetime.date) -> bool:
        """Is the day one that waits count?"""
        return day in self.worked if is_weekend(day) else day not in self.off


PLAIN = WorkCalendar()


def add_working_days(day: datetime.date, count: int, calendar: WorkCalendar = PLAIN) -> datetime.date:
    """The `count`-th working day after `day`; the day itself is not counted."""
    while count > 0:
        day += datetime.timedelta(days=1)
        if calendar.is_working(day):
            count -= 1
    return day
