"""The parts of `make demo` that can be tried without running all of it."""

import os
import socket
import subprocess
import sys

from portal import demo_server


def test_busy_port_is_replaced_by_the_next_free_one(capsys):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]

        port = demo_server.free_port(taken)

    assert taken < port < taken + demo_server.PORTS_TRIED
    assert capsys.readouterr().out == f"Cổng {taken} đang bận, dùng cổng {port}.\n"


def test_accounts_are_shown_as_a_table(capsys):
    accounts = [
        {"role": "Cán bộ phường", "username": "an", "password": "mat-khau", "place": "Phường Hòa Hưng"},
        {"role": "Lãnh đạo", "username": "lanhdao", "password": "mat-khau", "place": "Cả nước"},
    ]

    demo_server.announce("http://localhost:8000", accounts, 3.4)

    assert capsys.readouterr().out.splitlines()[1:6] == [
        "Cổng công nhận mô hình học tập: http://localhost:8000   (sẵn sàng sau 3 giây)",
        "",
        "   Vai trò         Tên đăng nhập   Mật khẩu   Ai, ở đâu",
        "   Cán bộ phường   an              mat-khau   Phường Hòa Hưng",
        "   Lãnh đạo        lanhdao         mat-khau   Cả nước",
    ]


def test_every_child_is_ended_before_the_demo_is():
    children = {
        "web": demo_server.start_child([sys.executable, "-c", "import time; time.sleep(60)"]),
        "worker": demo_server.start_child([sys.executable, "-c", "pass"]),
    }

    demo_server.end(children)

    assert children["web"].returncode == -15
    assert children["worker"].returncode is not None


def test_pid_file_of_somebody_else_is_not_taken_for_a_running_demo(tmp_path):
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (tmp_path / "demo.pid").write_text(str(sleeper.pid))

    command = [sys.executable, "-m", "portal.demo_server", "stop"]
    done = subprocess.run(command, env=os.environ | {"VAR_DIR": str(tmp_path)}, capture_output=True, text=True)

    assert (done.returncode, done.stdout, sleeper.poll()) == (0, "", None)
    sleeper.kill()
    sleeper.wait()
