"""Runs one claimed job: calls its handler, writes progress and outcome."""

import json
import logging
import time
import traceback

import pghistory
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from portal.jobs import queue
from portal.jobs.models import Job
from portal.jobs.registry import handler_of
from portal.lib.errors import PortalError

PROGRESS_INTERVAL = 0.5  # seconds between two written progress reports
logger = logging.getLogger(__name__)


def run_now(job: Job) -> Job:
    """Run `job` in this process, or wait until the worker that was faster has; returns it finished."""
    while True:
        if queue.claim(connection, job.pk):
            execute(job.pk, connection)
        job.refresh_from_db()
        if job.is_finished:
            return job
        time.sleep(0.2)


def execute(pk: int, control: BaseDatabaseWrapper) -> None:
    """Run the job that was claimed on `control` and note the outcome there.

    A lost connection or a deadlock counts as an interruption: the job is tried again, up to queue.MAX_ATTEMPTS.
    """
    job = Job.objects.select_related("created_by").get(pk=pk)
    try:
        try:
            queue.lock(connection, pk)
            with pghistory.context(**_history_of(job)):
                result = handler_of(job.kind)(job, _Progress(control, pk))
            result = json.dumps(result or {}, cls=DjangoJSONEncoder)
        finally:
            queue.unlock(connection, pk)
    except PortalError as error:
        queue.fail(control, pk, error.message)
    except ValidationError as error:
        queue.fail(control, pk, " ".join(error.messages))
    except (InterfaceError, OperationalError):
        logger.warning("job %s was interrupted", pk, exc_info=True)
        queue.unlock(control, pk)
        queue.recover(control)
        return
    except Exception:
        logger.exception("job %s failed", pk)
        message = _(
            "Việc không làm được vì một lỗi ngoài dự kiến. Không có gì bị ghi dở dang. "
            "Hãy báo quản trị hệ thống: việc số %(number)s."
        )
        queue.fail(control, pk, message % {"number": pk}, traceback.format_exc())
    else:
        queue.finish(control, pk, result)
    queue.unlock(control, pk)


def _history_of(job: Job) -> dict:
    """Changes made by a job are the doing of whoever asked for it (same keys as HistoryContextMiddleware)."""
    person = job.created_by
    return {
        "user": person.pk if person else None,
        "user_name": person.get_full_name() if person else "",
        "url": f"job:{job.kind}#{job.pk}",
        "ip": "",
    }


class _Progress:
    """What handlers get as `progress`: writes at most every PROGRESS_INTERVAL seconds, and the end."""

    def __init__(self, control: BaseDatabaseWrapper, pk: int) -> None:
        self.control, self.pk, self.next_at = control, pk, 0.0

    def __call__(self, done: int, total: int, message: str = "") -> None:
        now = time.monotonic()
        if now >= self.next_at or done >= total:
            self.next_at = now + PROGRESS_INTERVAL
            queue.write_progress(self.control, self.pk, done, total, str(message))
