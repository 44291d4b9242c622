"""The private PostgreSQL: real servers in folders of their own, used by real processes."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg2
import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import database
from portal.cluster import SYSTEM_FOLDER, locate

# Joins the users of the server, says so, and stays until its standard input is closed.
USER = """
import sys
from pathlib import Path
from portal import database
print(database.start(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def var_dir():
    """A folder every account can reach; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    folder.chmod(0o755)
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def join(var_dir):
    """Start processes that use a server; at the end they are killed, the servers stopped and removed."""
    processes, places = [], {var_dir}

    def start(where: Path = var_dir) -> subprocess.Popen:
        places.add(where)
        command = [sys.executable, "-c", USER, str(where)]
        processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    for where in places:
        by_hand(where, "stop")
        cluster = locate(where)
        shutil.rmtree(cluster.home)
        shutil.rmtree(cluster.socket_folder, ignore_errors=True)


def by_hand(var_dir: Path, action: str) -> subprocess.CompletedProcess:
    """`python -m portal.database ACTION` on the server of `var_dir`."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_URL")}
    command = [sys.executable, "-m", "portal.database", action]
    return subprocess.run(command, env=environment | {"VAR_DIR": str(var_dir)}, capture_output=True, text=True)


def ask(url: str, sql: str):
    """First column of the first row, or None."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def leave(process: subprocess.Popen) -> None:
    process.stdin.close()
    assert process.wait(timeout=30) == 0


def running(var_dir: Path) -> bool:
    return by_hand(var_dir, "status").returncode == 0


def test_last_user_stops_the_server_even_when_the_others_were_killed(var_dir, join):
    first, second = join(), join()
    url, same = first.stdout.readline().strip(), second.stdout.readline().strip()
    assert url == same
    assert ask(url, "SELECT lower('ĐẶNG THỊ ỨNG')") == "đặng thị ứng"

    first.kill()
    first.wait()
    assert ask(url, "SELECT 1") == 1

    leave(second)
    assert not running(var_dir)


def test_many_starting_at_once_from_nothing_share_one_server(var_dir, join):
    processes = [join() for _ in range(4)]

    urls = {process.stdout.readline().strip() for process in processes}

    assert len(urls) == 1
    assert ask(urls.pop(), "SELECT current_user || ' ' || rolsuper FROM pg_roles WHERE rolname = current_user") == (
        "portal false"
    )


def test_start_by_hand_stays_until_stop_which_waits_for_the_last_user(var_dir, join):
    assert by_hand(var_dir, "start").returncode == 0
    assert running(var_dir)
    user = join()
    user.stdout.readline()

    refused = by_hand(var_dir, "stop")
    assert (refused.returncode, running(var_dir)) == (1, True)
    assert refused.stdout == "PostgreSQL is still in use; it stops when the last process that uses it ends.\n"

    leave(user)
    assert not running(var_dir)


def test_data_survives_a_killed_server_and_a_pid_file_that_names_somebody_else(var_dir, join):
    url = by_hand(var_dir, "url").stdout.strip()
    by_hand(var_dir, "start")
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    pid_file = locate(var_dir).data / "postmaster.pid"
    server = psutil.Process(int(pid_file.read_text().splitlines()[0]))
    group = [server, *server.children()]
    server.send_signal(signal.SIGKILL)
    psutil.wait_procs(group, timeout=30)

    pid_file.write_text(pid_file.read_text().replace(str(server.pid), str(os.getpid()), 1))
    assert not running(var_dir)
    user = join()

    assert user.stdout.readline().strip() == url
    assert ask(url, "SELECT answer FROM kept") == 42


def test_deep_checkout_gets_a_private_socket_folder_elsewhere(var_dir, join):
    deep = var_dir / ("d" * 60) / ("e" * 60)
    url = join(deep).stdout.readline().strip()

    assert ask(url, "SELECT 1") == 1
    folder = locate(deep).socket_folder
    assert folder.parent == Path("/tmp")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_only_its_own_account_can_enter_and_nobody_elses_folder_is_opened(var_dir, join):
    closed = var_dir / "home"
    closed.mkdir(mode=0o700, parents=True)
    before = [(path, path.stat().st_mode) for path in (closed, *closed.parents)]

    url = join(closed / "var").stdout.readline().strip()
    cluster = locate(closed / "var")

    assert ask(url, "SELECT 1") == 1
    assert ask(url, "SHOW listen_addresses") == ""
    assert [(path, path.stat().st_mode) for path, _ in before] == before
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (cluster.home, cluster.data)} == {0o700}
    owner = cluster.home.stat().st_uid
    server = psutil.Process(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]))
    assert server.uids().real == owner
    assert owner != 0
    # Root's home is closed to the server's account, so that server lives elsewhere; a person's lives in place.
    where = SYSTEM_FOLDER if os.getuid() == 0 else closed / "var"
    assert cluster.home.parent == where


def test_symbolic_link_in_place_of_the_folder_is_refused(var_dir):
    (var_dir / "elsewhere").mkdir(parents=True)
    (var_dir / "postgres").symlink_to(var_dir / "elsewhere")

    with pytest.raises(ImproperlyConfigured, match="must be a folder of the account that runs"):
        locate(var_dir)


def test_named_server_is_used_and_nothing_is_started(var_dir, monkeypatch):
    monkeypatch.setenv("TEST_DB_NAME", "test_mine")

    settings = database.config("postgresql://an:bi%20mat@db.example:5433/portal", var_dir=var_dir)

    wanted = {"HOST": "db.example", "PORT": 5433, "USER": "an", "PASSWORD": "bi mat", "NAME": "portal"}
    assert {key: settings[key] for key in wanted} == wanted
    assert settings["TEST"] == {"NAME": "test_mine"}
    assert not var_dir.exists()


def test_other_database_is_refused(var_dir):
    with pytest.raises(ImproperlyConfigured, match="must name a PostgreSQL server"):
        database.config("sqlite:///db.sqlite3", var_dir=var_dir)
