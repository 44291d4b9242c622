"""import_register: what it prints, what it leaves, and its exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from recognition.models import Registration
from tests.clock import this_year
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from tests.units.import_files import people
from units.choices import Role
from units.domain import history
from units.models import ImportBatch, ImportRow, Place, RegisterTally, Registrant, Stay

ROOT = Path(__file__).resolve().parents[3]
PLAIN = ROOT / "tests" / "lists" / "ho-gia-dinh-don-gian.xlsx"
LETTERHEAD = ROOT / "tests" / "lists" / "ho-gia-dinh-mau-phuong.xlsx"


def make_ward() -> Place:
    ward = CommuneFactory(code="27163", name="Phường Hòa Hưng")
    for number in range(1, 5):
        HamletFactory(parent=ward, name=f"Khu phố {number}")
    return ward


@pytest.fixture
def ward(db):
    call_command("load_rulebooks", stdout=StringIO())
    return make_ward()


def run(path, *options, place: str = "27163", year: int | None = None) -> dict:
    """What the command prints with --json."""
    out = StringIO()
    call_command("import_register", str(path), *options, "--json", place=place, year=year or this_year(), stdout=out)
    return json.loads(out.getvalue())


def refusal(path, *options, **kwargs) -> str:
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command(
            "import_register", str(path), *options, stdout=out, **{"place": "27163", "year": this_year()} | kwargs
        )
    return str(error.value)


def numbers(report: dict) -> tuple:
    return tuple(report[name] for name in ("added", "changed", "unchanged", "duplicates", "refused", "registered"))


def test_both_lists_and_again(ward):
    assert numbers(run(PLAIN, "--register")) == (400, 0, 0, 0, [], 329)
    assert numbers(run(LETTERHEAD, "--register")) == (211, 0, 0, 0, [], 169)
    assert Registration.objects.filter(year=this_year(), state="REGISTERED").count() == 498
    assert numbers(run(PLAIN, "--register")) == (0, 0, 400, 0, [], 0)
    assert numbers(run(LETTERHEAD)) == (0, 0, 211, 0, [], 0)


def test_refused_rows_are_reported_and_are_no_failure(ward, tmp_path):
    make_household(Place.objects.get(name="Khu phố 1"), "Trần Văn Tâm", address="1 Hòa Hưng")
    path = tmp_path / "danh-sach.xlsx"
    path.write_bytes(
        people(
            ["Nguyễn Văn An", "2 Hòa Hưng", "KP 9", 3, 2, 1, None, None],
            ["Nguyễn Văn Bình", "3 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
            ["Trần Văn Tâm", "4 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
        )
    )

    report = run(path)

    sentence = "Phường Hòa Hưng không có “KP 9”. Gần giống nhất: Khu phố 4, Khu phố 3, Khu phố 2."
    assert numbers(report) == (1, 0, 0, 1, [{"sheet": "Danh sách", "row": 2, "reason": sentence}], 0)
    assert report["possible_duplicates"] == [
        {"sheet": "Danh sách", "row": 4, "reason": "Cùng khu phố đã có hộ trùng tên ở địa chỉ “1 Hòa Hưng”."}
    ]


def test_people_read_sentences(ward, tmp_path):
    path = tmp_path / "kp1.csv"
    path.write_text("Họ tên;Địa chỉ\nNguyễn Văn An;1 Hòa Hưng\n;2 Hòa Hưng\n", encoding="utf-8-sig")
    out = StringIO()

    call_command("import_register", str(path), place="27163", hamlet="kp 1", year=this_year(), stdout=out)

    assert out.getvalue().splitlines()[-2:] == [
        "Thêm mới 1, thay đổi 0, không đổi 0, có thể trùng 0, từ chối 1, đăng ký 0.",
        "Từ chối – kp1, dòng 3: Thiếu họ tên chủ hộ.",
    ]
    assert Registrant.objects.get().hamlet.name == "Khu phố 1"


def test_dry_run_keeps_nothing(ward):
    report = run(PLAIN, "--register", "--dry-run")

    assert numbers(report) == (400, 0, 0, 0, [], 0)
    assert (ImportBatch.objects.count(), ImportRow.objects.count(), Registrant.objects.count()) == (0, 0, 0)


def test_what_cannot_be_done_fails_with_a_sentence(ward, tmp_path):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    officer = make_officer(Role.WARD_OFFICER, CommuneFactory(), username="dung")

    assert (
        refusal(broken) == "Tệp bị hỏng hoặc không phải tệp Excel. Hãy mở bằng Excel, lưu lại dạng .xlsx rồi tải lên."
    )
    assert refusal(tmp_path / "none.xlsx") == f"Không mở được tệp {tmp_path / 'none.xlsx'}."
    assert refusal(PLAIN, place="99999") == "Không có địa bàn mang mã 99999."
    assert refusal(PLAIN, hamlet="Khu phố 9").startswith("Phường Hòa Hưng không có “Khu phố 9”.")
    assert refusal(PLAIN, year=1999) == f"Năm 1999 không hợp lệ. Hãy chọn từ 2010 đến {this_year() + 1}."
    assert refusal(PLAIN, user="ai-do") == "Không có tài khoản “ai-do” đang dùng."
    assert refusal(PLAIN, user=officer.username) == "Bạn không được phân công giữ sổ bộ của Phường Hòa Hưng."
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_register", str(broken), "--json", place="27163", year=this_year(), stdout=out)
    assert json.loads(out.getvalue()) == {
        "error": "Tệp bị hỏng hoặc không phải tệp Excel. Hãy mở bằng Excel, lưu lại dạng .xlsx rồi tải lên."
    }
    assert Registrant.objects.count() == 0


def test_history_names_the_command_line_or_the_person(ward):
    officer = make_officer(Role.WARD_OFFICER, ward, name="Nguyễn Thị An", username="an")
    run(LETTERHEAD)
    run(PLAIN, "--user", "an")

    names = set()
    for one in Registrant.objects.all():
        names.add(history.newest_author((Registrant, one.pk))[0])

    assert names == {"Dòng lệnh", "Nguyễn Thị An"}
    assert list(ImportBatch.objects.order_by("id").values_list("created_by", "created_by_name")) == [
        (None, "Dòng lệnh"),
        (officer.pk, "Nguyễn Thị An"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_in_the_middle_leaves_nothing():
    """The real command in a real process, killed while its rows are in the register but not yet committed."""
    ward = make_ward()
    # The last statement of the import waits for this lock, so the kill always comes at the same point.
    environment = {**os.environ, "DATABASE_URL": _url_of_the_test_database()}
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE units_stay IN SHARE MODE")
        process = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "import_register", PLAIN]
            + ["--place", ward.code, "--year", str(this_year())],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while not _others_on(cursor, "units_stay", waiting=True):
                assert process.poll() is None, process.stdout.read().decode()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        finally:
            process.kill()
            process.stdout.close()
            process.wait(60)
            cursor.execute("ROLLBACK")
        deadline = time.monotonic() + 60
        while _others_on(cursor, "units_stay") and time.monotonic() < deadline:
            time.sleep(0.1)

    assert [model.objects.count() for model in (ImportBatch, ImportRow, Registrant, Stay, RegisterTally)] == [0] * 5
    assert numbers(run(PLAIN))[:3] == (400, 0, 0)


def _url_of_the_test_database() -> str:
    settings = connection.settings_dict
    user, host = quote(settings["USER"]), quote(settings["HOST"], safe="")
    secret = f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else ""
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    return f"postgresql://{user}{secret}@{host}{port}/{settings['NAME']}"


def _others_on(cursor, table: str, *, waiting: bool = False) -> bool:
    """Does another session of this database hold, or wait for, a lock on the table?"""
    cursor.execute(
        "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = %s"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND l.pid <> pg_backend_pid() AND NOT (l.granted AND %s)",
        [table, waiting],
    )
    return cursor.fetchone()[0] > 0


def test_a_device_and_a_file_beyond_the_limit_are_refused_unread(ward, settings, tmp_path):
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    large = tmp_path / "to.csv"
    large.write_bytes(b"x" * (2 * 1024 * 1024))

    assert refusal("/dev/zero") == "Không mở được tệp /dev/zero."
    assert refusal(large).startswith("Tệp lớn 2 MB, vượt giới hạn 1 MB.")
