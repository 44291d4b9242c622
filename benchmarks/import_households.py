"""Importing a list of households (target T1): from the file to the committed register with its history and totals.

The floor reads the same file with calamine and copies the same rows, ready made, into tables with the same columns
and indexes, but without checks, foreign keys, history and totals. The peak of memory is that of a process of its own.

Taking the list back closes every household again and writes both its versions into the history; the floor changes the
same columns of the same rows of the bare tables. No target in the plan.
"""

from __future__ import annotations

import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pghistory
import psutil
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from benchmarks import compare
from portal.lib.tabular import write_workbook
from units.choices import Level
from units.domain.importing import import_at_once, undo
from units.models import ImportBatch, Place, Registrant

SIZES = {"small": ((2_000, 2.0),), "full": ((10_000, 2.0), (100_000, 1.5))}
REPEATS = 5
UNDO_TARGET = 4.0  # our own
WARD = "27163"
TABLES = ("units_registrant", "units_household", "units_stay")
HEAD = ["STT", "Họ và tên chủ hộ", "Địa chỉ", "Tổ", "Khu phố", "Số nhân khẩu", "Người lớn", "Học sinh", "Diện hộ",
        "Điện thoại", "Đăng ký GĐHT"]  # fmt: skip
FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
)
MIDDLE = ("Văn", "Thị", "Ngọc", "Thanh", "Minh", "Hữu", "Kim", "Thùy", "Đức", "Quốc", "Công", "Mỹ", "Xuân", "Hồng")
GIVEN = (
    "An",
    "Bình",
    "Dũng",
    "Đạt",
    "Hạnh",
    "Hiếu",
    "Hùng",
    "Hương",
    "Khánh",
    "Lan",
    "Long",
    "Nam",
    "Nga",
    "Oanh",
    "Phúc",
)
STREETS = ("Hòa Hưng", "Cách Mạng Tháng Tám", "Lý Thường Kiệt", "Tô Hiến Thành", "Bắc Hải", "Sư Vạn Hạnh")

# What the process of its own runs: the command as a dry run (all the work, no commit), then its own peak.
MEMORY_PROBE = """
import io, resource, sys
import django
from django.core.management import call_command
django.setup()
path, code, year = sys.argv[1:]
call_command("import_register", path, place=code, year=int(year), dry_run=True, stdout=io.StringIO())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10))
"""


def run(scale: str) -> list[dict]:
    """One result per size of list."""
    ward = Place.objects.coded(WARD)
    for number in range(1, 13):
        Place.objects.create(
            code=f"{WARD}-{number}", level=Level.HAMLET, kind="khu phố", name=f"Khu phố {number}", parent=ward
        )
    return [
        row for count, target in SIZES[scale] for row in (_compare(ward, count, target), _compare_undo(ward, count))
    ]


def _compare(ward: Place, count: int, target: float) -> dict:
    data = make_list(count)
    small, statements = _statements(ward, make_list(count // 10)), _statements(ward, data)
    copies = _copies()
    peak = _peak_memory(ward, data)
    works, floors = [], []  # processor time of both programs: a busy machine moves it less than the clock
    row = compare(
        f"import {count:,} households",
        work=lambda: works.append(_processor_time(lambda: _import(ward, data))),
        floor=lambda: floors.append(_processor_time(lambda: _floor(data, copies))),
        before_work=_empty_register,
        before_floor=_empty_floor,
        target=target,
        repeats=REPEATS,
        note=f"{statements} statements, {small} for a tenth of the rows; peak {peak} MB",
    )
    ratio = statistics.median(a / b for a, b in zip(works[1:], floors[1:], strict=True))
    return row | {"note": f"{row['note']}; processor time {ratio:.2f}×"}


def _compare_undo(ward: Place, count: int) -> dict:
    data, batches, works, floors = make_list(count), [], [], []
    _empty_register()
    _import(ward, data)
    copies = _copies()

    def again() -> None:
        _empty_register()
        batches.append(_import(ward, data))

    def filled() -> None:
        _empty_floor()
        _copy(copies)

    row = compare(
        f"take {count:,} households back",
        work=lambda: works.append(_processor_time(lambda: _undo(batches[-1]))),
        floor=lambda: floors.append(_processor_time(_close_bare)),
        before_work=again,
        before_floor=filled,
        target=UNDO_TARGET,
        repeats=3,
    )
    ratio = statistics.median(a / b for a, b in zip(works[1:], floors[1:], strict=True))
    return row | {"note": f"processor time {statistics.median(works[1:]):.2f} s, {ratio:.2f}×"}


def _undo(batch: ImportBatch) -> None:
    with pghistory.context(user=None, user_name="benchmark"):
        undo(actor=None, batch=batch)
    assert not Registrant.objects.open().exists()


def _close_bare() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE floor_units_stay SET until = since")
        cursor.execute("UPDATE floor_units_registrant SET closed_on = opened_on, close_reason = 'IMPORT_UNDONE'")


def _processor_time(work: Callable[[], None]) -> float:
    """Seconds this process and its database process worked; the server must run on this machine."""
    server = psutil.Process(connection.connection.info.backend_pid)
    before = time.process_time() + sum(server.cpu_times()[:2])
    work()
    return time.process_time() + sum(server.cpu_times()[:2]) - before


def make_list(count: int) -> bytes:
    """A plain list of invented households."""
    chance = random.Random(count)
    rows = []
    for number in range(1, count + 1):
        adults, pupils = chance.randint(1, 4), chance.randint(0, 3)
        rows.append(
            [
                number,
                f"{chance.choice(FAMILY)} {chance.choice(MIDDLE)} {chance.choice(GIVEN)}",
                f"{number}/{chance.randint(1, 99)} {chance.choice(STREETS)}",
                f"Tổ {chance.randint(1, 60)}",
                f"Khu phố {chance.randint(1, 12)}",
                adults + pupils,
                adults,
                pupils,
                chance.choice(("", "", "", "Nghèo", "Cận nghèo")),
                f"09{chance.randint(10**7, 10**8 - 1)}",
                chance.choice(("x", "")),
            ]
        )
    return write_workbook([("Danh sách", HEAD, rows, [12] * len(HEAD))])


def _import(ward: Place, data: bytes) -> ImportBatch:
    with pghistory.context(user=None, user_name="benchmark"):
        outcome = import_at_once(
            actor=None, place=ward, year=timezone.localdate().year, register=False, file_name="list.xlsx", data=data
        )
    assert not outcome.refused and not outcome.duplicates
    return outcome.batch


def _statements(ward: Place, data: bytes) -> int:
    _empty_register()
    with CaptureQueriesContext(connection) as captured:
        _import(ward, data)
    return len(captured)


def _empty_register() -> None:
    events = [f"{table}event" for table in TABLES]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join((*TABLES, *events))}, units_registertally, units_importbatch CASCADE")


def _copies() -> dict[str, bytes]:
    """The rows the import has just written, as COPY text, and empty tables like theirs."""
    copies = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS floor_{table}")
            cursor.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING DEFAULTS INCLUDING INDEXES)")
            columns = _columns(cursor, table)
            target = io.BytesIO()
            cursor.cursor.copy_expert(f"COPY {table} ({columns}) TO STDOUT", target)
            copies[f"floor_{table} ({columns})"] = target.getvalue()
    return copies


def _columns(cursor, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    return cursor.fetchone()[0]


def _floor(data: bytes, copies: dict[str, bytes]) -> None:
    """calamine read and raw COPY of the same rows, committed."""
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        book.get_sheet_by_index(0).to_python()
    _copy(copies)


def _copy(copies: dict[str, bytes]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for target, text in copies.items():
            cursor.cursor.copy_expert(f"COPY {target} FROM STDIN", io.BytesIO(text))


def _empty_floor() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(f'floor_{table}' for table in TABLES)}")


def _peak_memory(ward: Place, data: bytes) -> int:
    """Megabytes a process that does nothing but import this list needs at its peak."""
    _empty_register()
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(data)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-c", MEMORY_PROBE, file.name, ward.code, str(timezone.localdate().year)],
            cwd=Path(__file__).resolve().parent.parent,
            env={**os.environ, "DATABASE_URL": _database_url()},
            capture_output=True,
            text=True,
            check=True,
        )
    return int(done.stdout)


def _database_url() -> str:
    settings = connection.settings_dict
    secret = f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else ""
    port = f":{settings['PORT']}" if settings["PORT"] else ""
    host = quote(settings["HOST"], safe="")
    return f"postgresql://{quote(settings['USER'])}{secret}@{host}{port}/{settings['NAME']}"
