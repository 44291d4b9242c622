"""The queue, its outcome and its promises, inside one process."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections

from portal import jobs
from portal.jobs import queue
from portal.jobs.models import Job
from tests.jobs import kinds  # noqa: F401  (registers the kinds used here)


@pytest.fixture
def control():
    """A second connection, as a worker has."""
    second = connections.create_connection("default")
    yield second
    second.close()


def test_enqueue_unknown_kind_is_refused_at_once(db):
    with pytest.raises(LookupError, match="tests.nobody"):
        jobs.enqueue("tests.nobody", {}, created_by=None)

    assert Job.objects.count() == 0


def test_run_now_keeps_result_and_progress(db):
    job = jobs.run_now(jobs.enqueue("tests.count", {"upto": 7}, created_by=None))

    assert (job.state, job.result, job.done, job.total) == ("DONE", {"counted": 7}, 7, 7)
    assert (job.message, job.attempts) == ("Đã đếm đến 7", 1)
    assert job.started_at <= job.finished_at


def test_refusal_keeps_the_sentence_for_people(db):
    job = jobs.run_now(jobs.enqueue("tests.refuse", {}, created_by=None))

    assert (job.state, job.message, job.error) == ("FAILED", "Danh sách không có cột “Họ và tên”.", "")


def test_defect_leaves_nothing_half_done_and_says_whom_to_tell(db):
    job = jobs.run_now(jobs.enqueue("tests.crash", {}, created_by=None))

    assert job.state == "FAILED"
    assert job.message == (
        "Việc không làm được vì một lỗi ngoài dự kiến. Không có gì bị ghi dở dang. "
        f"Hãy báo quản trị hệ thống: việc số {job.pk}."
    )
    assert "ZeroDivisionError: a defect" in job.error
    assert not Group.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_claim_every_job_exactly_once():
    pks = [jobs.enqueue("tests.count", {"upto": 1}, created_by=None).pk for _ in range(60)]

    def claim_all(_):
        own = connections.create_connection("default")
        try:
            return list(iter(lambda: queue.claim(own), None))
        finally:
            own.close()

    with ThreadPoolExecutor(4) as pool:
        claimed = [pk for mine in pool.map(claim_all, range(4)) for pk in mine]

    assert sorted(claimed) == pks


@pytest.mark.django_db(transaction=True)
def test_oldest_job_comes_first(control):
    first = jobs.enqueue("tests.count", {"upto": 1}, created_by=None)
    jobs.enqueue("tests.count", {"upto": 1}, created_by=None)

    assert queue.claim(control) == first.pk


@pytest.mark.django_db(transaction=True)
def test_recover_leaves_a_running_job_alone_and_takes_it_when_its_session_is_gone(control):
    job = jobs.enqueue("tests.count", {"upto": 1}, created_by=None)
    assert queue.claim(control) == job.pk

    assert queue.recover(connection) == []
    control.close()
    while not (found := queue.recover(connection)):
        pass  # the server needs a moment to see that the session has ended

    job.refresh_from_db()
    assert found == [job.pk]
    assert (job.state, job.attempts) == ("QUEUED", 1)
    assert job.message == "Máy xử lý bị ngắt giữa chừng; việc đang được làm lại từ đầu."


@pytest.mark.django_db(transaction=True)
def test_job_whose_transaction_still_runs_is_not_started_again(control):
    job = jobs.enqueue("tests.count", {"upto": 1}, created_by=None)
    worker_session = connections.create_connection("default")
    queue.claim(worker_session)
    queue.lock(control, job.pk)
    queue.unlock(worker_session, job.pk)

    assert queue.recover(connection) == []

    queue.unlock(control, job.pk)
    assert queue.recover(connection) == [job.pk]
    worker_session.close()


def test_job_interrupted_three_times_is_given_up_with_a_sentence(db):
    job = Job.objects.create(kind="tests.count", state="RUNNING", attempts=3)

    queue.recover(connection)

    job.refresh_from_db()
    assert job.state == "FAILED"
    assert job.finished_at is not None
    assert job.message == (
        "Việc này bị ngắt giữa chừng 3 lần nên đã dừng hẳn. Không có gì bị ghi dở dang. "
        "Hãy thử lại; nếu vẫn bị, báo cho quản trị hệ thống."
    )


def test_two_handlers_for_one_kind_are_refused():
    with pytest.raises(ValueError, match="tests.count is handled twice"):
        jobs.handler("tests.count")(lambda job, progress: {})
