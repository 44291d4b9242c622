"""Real worker processes on the test database."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.db import connection

PATIENCE = 60  # seconds; a worker needs about one to start


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when `condition` holds; fail after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def waiting_for_a_lock() -> int:
    """Server processes of this database that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


@pytest.fixture
def start_worker():
    """Start worker processes on the test database; they are killed at the end."""
    target = connection.settings_dict
    address = ":".join(filter(None, [quote(target["HOST"], safe=""), str(target["PORT"] or "")]))
    login = ":".join(quote(target[key], safe="") for key in ("USER", "PASSWORD") if target[key])
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{login}@{address}/{target['NAME']}",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    processes = []

    def start(*arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "tests.jobs.worker_process", *arguments]
        processes.append(subprocess.Popen(command, env=environment))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
