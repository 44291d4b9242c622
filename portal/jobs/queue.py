"""The SQL of the queue: claiming, progress, outcome, and finding what a killed worker left behind.

Everything runs on a connection given by the caller. A worker uses one beside Django's own, so that progress shows
while the handler's transaction is still open and the handler cannot lose the lock by accident.

Who runs a job holds a shared advisory lock on it in its session. PostgreSQL drops the lock as soon as that session
is gone, so "RUNNING and not locked" means "abandoned": no heartbeat, no time limit, no false alarm for slow work.
"""

from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

MAX_ATTEMPTS = 3
LOCK_SPACE = 0x6A6F62  # "job": keeps these advisory locks apart from anybody else's
_KEY = f"{LOCK_SPACE}, (id %% 2147483647)::int"


def claim(connection: BaseDatabaseWrapper, pk: int | None = None) -> int | None:
    """Take the oldest waiting job (or job `pk`, if it still waits), lock it for this session, return its id."""
    # Locked in the statement that marks it RUNNING: nobody may ever see it RUNNING and unlocked.
    rows = _execute(
        connection,
        f"""
        WITH waiting AS MATERIALIZED (
            SELECT id FROM jobs_job
            WHERE state = 'QUEUED' AND (%(pk)s::bigint IS NULL OR id = %(pk)s)
            ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        ), locked AS MATERIALIZED (
            SELECT id, pg_advisory_lock_shared({_KEY}) FROM waiting
        )
        UPDATE jobs_job SET state = 'RUNNING', attempts = attempts + 1, done = 0, total = 0, message = '',
               error = '', started_at = clock_timestamp(), finished_at = NULL
        FROM locked WHERE jobs_job.id = locked.id RETURNING jobs_job.id
        """,
        {"pk": pk},
    )
    return rows[0][0] if rows else None


def lock(connection: BaseDatabaseWrapper, pk: int) -> None:
    """Hold the job's lock in one more session: the one that does the work.

    When a process is killed in the middle of a long statement, the server notices a little later. Until then this
    keeps the job from being started a second time beside the dying first one.
    """
    _execute(connection, f"SELECT pg_advisory_lock_shared({_KEY}) FROM (SELECT %s::bigint AS id) job", [pk])


def unlock(connection: BaseDatabaseWrapper, pk: int) -> None:
    """Give the lock back; where the session is gone, so is the lock."""
    if connection.connection is None or connection.needs_rollback:
        return
    try:
        _execute(connection, f"SELECT pg_advisory_unlock_shared({_KEY}) FROM (SELECT %s::bigint AS id) job", [pk])
    except (InterfaceError, OperationalError):
        connection.close()


def write_progress(connection: BaseDatabaseWrapper, pk: int, done: int, total: int, message: str) -> None:
    """Note how far the job is. Waits for no lock: progress is only for the eye."""
    _execute(
        connection,
        """
        UPDATE jobs_job SET done = %s, total = %s, message = %s
        WHERE id = (SELECT id FROM jobs_job WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
        """,
        [done, total, message[:500], pk],
    )


def finish(connection: BaseDatabaseWrapper, pk: int, result: str) -> None:
    """The work is done; `result` is JSON."""
    _execute(
        connection,
        """
        UPDATE jobs_job SET state = 'DONE', result = %s, done = total, finished_at = clock_timestamp() WHERE id = %s
        """,
        [result, pk],
    )


def fail(connection: BaseDatabaseWrapper, pk: int, message: str, error: str = "") -> None:
    """The work cannot be done: `message` for people, `error` for whoever looks after the portal."""
    _execute(
        connection,
        """
        UPDATE jobs_job SET state = 'FAILED', message = %s, error = %s, finished_at = clock_timestamp() WHERE id = %s
        """,
        [message[:500], error, pk],
    )


def give_back(connection: BaseDatabaseWrapper, pk: int) -> None:
    """Put an interrupted job back into the queue as if it had not been tried: its worker was asked to stop."""
    _execute(
        connection,
        """
        UPDATE jobs_job SET state = 'QUEUED', attempts = attempts - 1, done = 0, total = 0, message = ''
        WHERE id = %s AND state = 'RUNNING'
        """,
        [pk],
    )


def recover(connection: BaseDatabaseWrapper) -> list[int]:
    """Queue abandoned jobs again, or fail them after MAX_ATTEMPTS; returns the ids. Never by one who runs a job."""
    rows = _execute(
        connection,
        f"""
        WITH running AS MATERIALIZED (
            SELECT id FROM jobs_job WHERE state = 'RUNNING' FOR NO KEY UPDATE SKIP LOCKED
        ), abandoned AS MATERIALIZED (
            SELECT id FROM running WHERE pg_try_advisory_xact_lock({_KEY})
        )
        UPDATE jobs_job SET
            state = CASE WHEN attempts < %(most)s THEN 'QUEUED' ELSE 'FAILED' END,
            message = CASE WHEN attempts < %(most)s THEN %(again)s ELSE %(given_up)s END,
            finished_at = CASE WHEN attempts < %(most)s THEN NULL ELSE clock_timestamp() END
        FROM abandoned WHERE jobs_job.id = abandoned.id RETURNING jobs_job.id
        """,
        {
            "most": MAX_ATTEMPTS,
            "again": _("Máy xử lý bị ngắt giữa chừng; việc đang được làm lại từ đầu."),
            "given_up": _(
                "Việc này bị ngắt giữa chừng %(times)s lần nên đã dừng hẳn. Không có gì bị ghi dở dang. "
                "Hãy thử lại; nếu vẫn bị, báo cho quản trị hệ thống."
            )
            % {"times": MAX_ATTEMPTS},
        },
    )
    return sorted(row[0] for row in rows)


def _execute(connection: BaseDatabaseWrapper, sql: str, params) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []
