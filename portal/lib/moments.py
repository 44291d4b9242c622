"""Moments as people read them."""

import datetime

from django.utils import timezone


def moment(when: datetime.datetime) -> str:
    """ "14:05 27/11/2026" in Viet Nam."""
    return timezone.localtime(when).strftime("%H:%M %d/%m/%Y")
