"""Run the benchmarks: python -m benchmarks [--scale small|full] [--only NAME] [--json] [--write].

Makes its own databases on the configured server and drops them afterwards, also when it is interrupted. A module
with `keeping` (leader_pages) can leave what it made for the next run: --keep NAME makes or uses it, --drop removes it.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import pkgutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import benchmarks

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
HEADINGS = ("what", "time", "floor", "ratio", "target", "")


def main() -> int:
    """Exit code 0 when no target is missed beyond the tolerance, 1 otherwise."""
    names = [info.name for info in pkgutil.iter_modules(benchmarks.__path__) if not info.name.startswith("_")]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--scale", choices=("small", "full"), default="small")
    parser.add_argument("--only", choices=names, action="append", help="this module (may be given several times)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help=f"write the table into docs/{PAGE.name}")
    parser.add_argument("--households", type=int, help="so many instead of those of the scale (leader_pages)")
    parser.add_argument("--keep", metavar="NAME", help="use the database of this name, made first if need be; it stays")
    parser.add_argument("--drop", metavar="NAME", help="remove a kept database; nothing is measured")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))  # so the databases are dropped then, too

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("DEBUG", "false")  # query logging would be measured as well
    import django  # noqa: PLC0415  (settings start the private server, which --help should not)

    django.setup()
    if options.drop:
        return drop_kept(options.drop)
    rows = []
    with base_database() as base:
        for name in options.only or names:
            module = importlib.import_module(f"benchmarks.{name}")
            if not hasattr(module, "run") and not hasattr(module, "keeping"):
                continue
            print(f"{name} …", file=sys.stderr, flush=True)
            if hasattr(module, "keeping"):
                made = module.keeping(base, options.scale, keep=options.keep, households=options.households)
            else:
                with copy_of(base, name):
                    made = module.run(options.scale)
            rows += [{"module": name, **row} for row in made]
        about = about_machine()
    if options.json:
        print(json.dumps({"scale": options.scale, "on": about, "results": rows}, ensure_ascii=False))
    else:
        print("\n".join(table(rows)))
        print(about)
    if options.write:
        write(rows, options.scale, about)
    return int(any(benchmarks.verdict(row) == "missed" for row in rows))


@contextmanager
def base_database() -> Iterator[str]:
    """A database with all tables, the official places and the rulebooks; every module starts from a copy of it."""
    from django.core.management import call_command  # noqa: PLC0415  (needs django.setup)

    name = f"bench_{os.getpid()}"
    with database(name):
        call_command("migrate", verbosity=0)
        with open(os.devnull, "w") as nowhere:
            call_command("load_places", stdout=nowhere)
            call_command("load_rulebooks", stdout=nowhere)
        yield name


@contextmanager
def copy_of(base: str, module: str) -> Iterator[None]:
    """Work in a fresh copy of the base database."""
    from django.db import connection  # noqa: PLC0415  (needs django.setup)

    connection.close()
    with database(f"{base}_{module}", template=base):
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield


@contextmanager
def database(name: str, template: str = "template0", *, keep: bool = False) -> Iterator[bool]:
    """Create a database, point the connection at it, and drop it in the end; yields whether it was made now.

    With `keep` one of that name is used as it is, and stays.
    """
    from django.db import connection  # noqa: PLC0415  (needs django.setup)

    before = connection.settings_dict["NAME"]
    quoted = connection.ops.quote_name(name)
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
        there = keep and cursor.fetchone() == (1,)
        if not there:
            cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE {connection.ops.quote_name(template)} ENCODING 'UTF8'")
    try:
        connection.settings_dict["NAME"] = name
        yield not there
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        if not keep:
            with connection._nodb_cursor() as cursor:  # without FORCE, which may not end the server's own vacuuming
                cursor.execute(f"DROP DATABASE {quoted}")


def drop_kept(name: str) -> int:
    """Remove a kept database and its empty twin."""
    from django.db import connection  # noqa: PLC0415  (needs django.setup)

    with connection._nodb_cursor() as cursor:
        for one in (name, f"{name}_empty"):
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(one)}")
    return 0


def about_machine() -> str:
    """What the numbers were taken on: processors, PostgreSQL and whether it waits for the disk."""
    from django.db import connection  # noqa: PLC0415  (needs django.setup)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{os.cpu_count()} vCPU, PostgreSQL {version.split()[0]} (fsync {fsync}), Python {python}"


def cells(rows: list[dict]) -> list[tuple[str, ...]]:
    """The table as text, row by row."""
    return [
        (
            row["name"],
            seconds(row["seconds"]),
            seconds(row["floor_seconds"]),
            f"{row['ratio']:.{2 if row['ratio'] >= 0.1 else 4}f}×",
            f"≤ {row['target']:g}×",
            " ".join(filter(None, (benchmarks.verdict(row), row["note"]))),
        )
        for row in rows
    ]


def seconds(value: float) -> str:
    """A time people can read."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.{1 if value >= 0.01 else 3}f} ms"


def table(rows: list[dict]) -> list[str]:
    """Lines of the table for a terminal."""
    lines = [HEADINGS, *cells(rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS) - 1)]
    return [
        "  ".join([line[0].ljust(widths[0]), *(line[i].rjust(widths[i]) for i in range(1, len(widths))), line[-1]])
        for line in lines
    ]


def write(rows: list[dict], scale: str, about: str) -> None:
    """Put the table between the marks of docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    lines = [
        f"`python -m benchmarks --scale {scale}`, {datetime.date.today():%Y-%m-%d}, {about}.",
        "",
        "| " + " | ".join((*HEADINGS[:-1], "verdict")) + " |",
        "|---|---:|---:|---:|---:|---|",
        *("| " + " | ".join(row) + " |" for row in cells(rows)),
    ]
    PAGE.write_text("\n".join((f"{head}{BEGIN}", *lines, f"{END}{tail}")), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
