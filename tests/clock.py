"""The day in Viet Nam, asked when it is needed: a run of the tests may pass midnight, even that of 31 December."""

import datetime
from collections.abc import Callable

from django.utils import timezone


def today() -> datetime.date:
    """The day it is in Viet Nam."""
    return timezone.localdate()


def this_year() -> int:
    """The year it is in Viet Nam."""
    return today().year


def within_a_minute(ask: Callable[[int], object]) -> object:
    """What `ask(n)` answers, all in one minute of the clock, by which requests of an address are limited.

    Asked again, with another number to make an address of, when the minute ended in between.
    """
    for number in range(7, 10):
        minute = timezone.now().replace(second=0, microsecond=0)
        answers = ask(number)
        if timezone.now().replace(second=0, microsecond=0) == minute:
            return answers
    raise AssertionError("three times the minute ended in between")
