"""Kinds of work that exist only for the tests of the queue."""

import time

from django.contrib.auth.models import Group
from django.db import transaction

from portal import jobs


@jobs.handler("tests.count")
def count(job, progress):
    """Counts to `upto`."""
    upto = job.params["upto"]
    for done in range(1, upto + 1):
        progress(done, upto, f"Đã đếm đến {done}")
    return {"counted": upto}


@jobs.handler("tests.refuse")
def refuse(job, progress):
    """Gives up with a sentence for people."""
    raise jobs.JobError("Danh sách không có cột “Họ và tên”.")


@jobs.handler("tests.crash")
def crash(job, progress):
    """Writes something and then meets a defect."""
    with transaction.atomic():
        Group.objects.create(name="half done")
        raise ZeroDivisionError("a defect")


@jobs.handler("tests.slow_first_time")
def slow_first_time(job, progress):
    """Writes one row per run; the first run then hangs inside its transaction until somebody kills it."""
    with transaction.atomic():
        Group.objects.create(name=f"attempt {job.attempts}")
        progress(1, 2, "Đang giữ giao dịch mở")
        if job.attempts == 1:
            time.sleep(120)
    return {"attempt": job.attempts}
