"""Moments: as people read them, and the one that a step is put down with."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

_told: ContextVar[datetime.datetime | None] = ContextVar("told_moment", default=None)


def moment(when: datetime.datetime) -> str:
    """ "14:05 27/11/2026" in Viet Nam."""
    return timezone.localtime(when).strftime("%H:%M %d/%m/%Y")


def now() -> datetime.datetime:
    """This moment or, while a past year is made up for the demonstration, the one it tells."""
    return _told.get() or timezone.now()


@contextmanager
def as_of(day: datetime.date, at: datetime.time = datetime.time(9)) -> Iterator[None]:
    """Within, steps are put down as taken then; never later than now."""
    token = _told.set(min(timezone.make_aware(datetime.datetime.combine(day, at)), timezone.now()))
    try:
        yield
    finally:
        _told.reset(token)
