"""The worker as a real process: killed, asked to stop, two side by side."""

import os
import signal

import pytest
from django.contrib.auth.models import Group

from portal import jobs
from portal.jobs.models import Job
from tests.jobs import kinds  # noqa: F401  (registers the kinds used here)
from tests.jobs.conftest import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_killed_worker_job_is_done_again_and_leaves_nothing_half_done(start_worker):
    job = jobs.enqueue("tests.slow_first_time", {}, created_by=None)
    victim = start_worker()
    # Seen from another session while the handler's transaction is open.
    wait_until(lambda: Job.objects.filter(pk=job.pk, done=1, total=2, message="Đang giữ giao dịch mở").exists())

    os.kill(victim.pid, signal.SIGKILL)
    start_worker()
    wait_until(lambda: Job.objects.get(pk=job.pk).is_finished)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == ("DONE", 2, {"attempt": 2})
    assert list(Group.objects.values_list("name", flat=True)) == ["attempt 2"]


def test_worker_asked_to_stop_puts_its_job_back(start_worker):
    job = jobs.enqueue("tests.slow_first_time", {}, created_by=None)
    worker = start_worker()
    wait_until(lambda: Job.objects.filter(pk=job.pk, done=1).exists())

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=60) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, job.done) == ("QUEUED", 0, 0)
    assert not Group.objects.exists()


def test_two_workers_share_the_queue_and_end_when_it_is_empty(start_worker):
    wanted = [jobs.enqueue("tests.count", {"upto": 3}, created_by=None).pk for _ in range(30)]

    workers = [start_worker("--once"), start_worker("--once")]

    assert [worker.wait(timeout=PATIENCE) for worker in workers] == [0, 0]
    finished = Job.objects.filter(state="DONE", attempts=1, result={"counted": 3}).order_by("pk")
    assert list(finished.values_list("pk", flat=True)) == wanted
