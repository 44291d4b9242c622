"""`make demo`: everything the portal needs, with demo data, in one process that cleans up after itself.

python -m portal.demo_server         prepare the database, run web server and worker until Ctrl-C or SIGTERM
python -m portal.demo_server stop    end the one that runs in this checkout
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import django
import psutil
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from portal.env import env_int

ROOT = Path(__file__).resolve().parent.parent
PID_FILE = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "demo.pid"
FIRST_PORT = 8000
PORTS_TRIED = 50
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, kill or make, a closed terminal
PR_SET_PDEATHSIG = 1  # linux/prctl.h
SHORTEST_LIFE = 5  # seconds; a child that ends sooner would only end again


class Stopped(Exception):
    """One of STOP_SIGNALS arrived."""


def main(arguments: list[str]) -> int:
    """Run or stop the demo; returns the exit code."""
    if arguments == ["stop"]:
        return stop()
    for number in STOP_SIGNALS:
        signal.signal(number, _raise_stopped)
    children: dict[str, subprocess.Popen] = {}
    try:
        return run(children)
    except Stopped:
        print("\nĐang dừng…", flush=True)
        return 0
    except (CommandError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        # A second Ctrl-C must not leave half of the processes behind.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        end(children)
        if PID_FILE.exists() and PID_FILE.read_text() == str(os.getpid()):
            PID_FILE.unlink()
        # The private PostgreSQL stops with its last user: when this process ends (portal/database.py).


def run(children: dict[str, subprocess.Popen]) -> int:
    """Prepare everything, fill `children` with the running processes and watch over them."""
    began = time.monotonic()
    if _running() is not None:
        print(f"Bản demo ở thư mục này đang chạy (tiến trình {PID_FILE.read_text()}); dừng bằng: make stop")
        return 1
    port = free_port(env_int("PORT", FIRST_PORT))
    address = f"http://localhost:{port}"
    os.environ["PORTAL_ENV"] = "demo"
    os.environ["PUBLIC_URL"] = address
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()  # reads the settings, which start PostgreSQL when no DATABASE_URL is set
    PID_FILE.parent.mkdir(parents=True, exist_ok=True)
    PID_FILE.write_text(str(os.getpid()))
    accounts = prepare()

    commands = {
        "web": [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
            "--port", str(port), "--workers", "2", "--blocking-threads", "2",
            "--respawn-failed-workers", "--log-level", "warning", "portal.wsgi:application",
        ],
        "worker": [sys.executable, "manage.py", "worker"],
    }  # fmt: skip
    started: dict[str, float] = {}
    for name, command in commands.items():
        children[name], started[name] = start_child(command), time.monotonic()
    if wait_for_web(f"http://127.0.0.1:{port}", children["web"]):
        announce(address, accounts, time.monotonic() - began)

    while True:
        time.sleep(0.5)
        for name, child in children.items():
            if child.poll() is None:
                continue
            if time.monotonic() - started[name] < SHORTEST_LIFE:
                print(f"Tiến trình {name} dừng ngay khi chạy (mã {child.returncode}); xem thông báo phía trên.")
                return 1
            children[name], started[name] = start_child(commands[name]), time.monotonic()


def prepare() -> list[dict]:
    """Tables, places, rulebooks, demo records, static files. Returns the demo accounts."""
    step("Chuẩn bị cơ sở dữ liệu")
    call_command("migrate", verbosity=0)
    step("Nạp địa bàn")
    call_command("load_places", verbosity=0)
    step("Nạp bộ tiêu chí")
    call_command("load_rulebooks", verbosity=0)
    step("Tạo dữ liệu demo")
    call_command("seed_demo")
    step("Gom tệp tĩnh")
    call_command("collectstatic", verbosity=0, interactive=False)
    listed = StringIO()
    call_command("seed_demo", "--accounts", "--json", stdout=listed)
    django.db.connections.close_all()
    return json.loads(listed.getvalue())


def step(text: str) -> None:
    """Say what happens now."""
    print(f"• {text}", flush=True)


def free_port(wanted: int) -> int:
    """`wanted`, or the next port nobody listens on."""
    for port in range(wanted, wanted + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port != wanted:
            print(f"Cổng {wanted} đang bận, dùng cổng {port}.")
        return port
    raise SystemExit(f"Các cổng {wanted}–{wanted + PORTS_TRIED - 1} đều bận; chọn cổng khác: make demo PORT=9000")


def start_child(command: list[str]) -> subprocess.Popen:
    """In a session of its own, so that Ctrl-C reaches this process only and the order of stopping is ours."""
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_end_with_parent
    )


def _end_with_parent() -> None:
    """Have Linux send SIGTERM to this child should the demo itself be killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_for_web(address: str, child: subprocess.Popen) -> bool:
    """True as soon as the web server answers a page; False when it has ended before."""
    while child.poll() is None:
        try:
            urlopen(f"{address}/health/", timeout=10).close()
        except HTTPError:
            return True  # an answer all the same; the page says what is wrong
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def announce(address: str, accounts: list[dict], seconds: float) -> None:
    """Where to look and whom to be."""
    print(f"\nCổng công nhận mô hình học tập: {address}   (sẵn sàng sau {seconds:.0f} giây)\n")
    columns = {"role": "Vai trò", "username": "Tên đăng nhập", "password": "Mật khẩu", "place": "Ai, ở đâu"}
    rows = [columns, *accounts]
    widths = {key: max(len(str(row[key])) for row in rows) for key in columns}
    for row in rows:
        print("   " + "   ".join(str(row[key]).ljust(widths[key]) for key in columns).rstrip())
    print("\nDừng tất cả: Ctrl-C", flush=True)


def end(children: dict[str, subprocess.Popen]) -> None:
    """Ask every child to end, then make sure."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    for child in children.values():
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def stop() -> int:
    """End the demo of this checkout, if one runs."""
    process = _running()
    if process is not None:
        process.terminate()
        process.wait(timeout=60)
        print("Đã dừng bản demo.")
    return 0


def _running() -> psutil.Process | None:
    try:
        process = psutil.Process(int(PID_FILE.read_text()))
        if process.pid != os.getpid() and "portal.demo_server" in process.cmdline():
            return process
    except (FileNotFoundError, ValueError, psutil.Error):
        pass
    return None


def _raise_stopped(*_: object) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
