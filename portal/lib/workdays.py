"""Working days counted simply, Monday to Friday. Public holidays are not known here; pages that use it say so."""

from __future__ import annotations

import datetime


def add_working_days(day: datetime.date, count: int) -> datetime.date:
    """The `count`-th working day after `day`; the day itself is not counted."""
    while count > 0:
        day += datetime.timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day
