"""Working days: Monday to Friday without public holidays.

Fixed by Bộ luật Lao động 2019, Điều 112: 1 January, 30 April, 1 May, 2 September. The others (Tết, Giỗ Tổ Hùng Vương,
the second day of 2 September, days in lieu) differ every year; whoever runs the portal enters them; none is reckoned.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection

FIXED = ((1, 1), (4, 30), (5, 1), (9, 2))  # month, day


def fixed_holidays(year: int) -> list[datetime.date]:
    """The public holidays of a year whose date is in the law itself."""
    return [datetime.date(year, month, day) for month, day in FIXED]


def add_working_days(day: datetime.date, count: int, off: Collection[datetime.date] = frozenset()) -> datetime.date:
    """The `count`-th working day after `day`; the day itself is not counted, nor are weekends and days `off`."""
    while count > 0:
        day += datetime.timedelta(days=1)
        if day.weekday() < 5 and day not in off:
            count -= 1
    return day
