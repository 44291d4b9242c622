"""The moment steps are put down with: now, or the one a made-up year tells, never a later one."""

import datetime

from django.utils import timezone

from portal.lib import moments


def test_a_told_moment_holds_within_and_is_never_later_than_now():
    before = timezone.now()
    with moments.as_of(datetime.date(2025, 10, 15)):
        assert moments.moment(moments.now()) == "09:00 15/10/2025"
        with moments.as_of(datetime.date(2999, 1, 1)):
            assert before <= moments.now() <= timezone.now()
        assert moments.moment(moments.now()) == "09:00 15/10/2025"
    assert before <= moments.now() <= timezone.now()
