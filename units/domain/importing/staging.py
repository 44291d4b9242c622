"""Rows into the database as fast as it takes them: one COPY, fed while the file is still being read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from django.db import connection

from portal.lib.text import bigrams, sort_key
from units.domain.importing.reading import Row
from units.domain.importing.rows import text_of

# The staging table lives for one transaction and has no index and no history, so writing it costs next to nothing.
TABLE = "import_incoming"
_CREATE = f"""
    CREATE TEMPORARY TABLE {TABLE} (
        ordinal integer, identity bigint, sheet varchar, row_no integer, raw text, name varchar,
        search_name varchar, bigrams varchar[], sort_key varchar, hamlet_id bigint, hamlet_text varchar,
        address varchar, address_key varchar,
        group_name varchar, members smallint, adults smallint, pupils smallint, poverty varchar, phone varchar,
        note varchar, wants_registration boolean, reasons text[]
    ) ON COMMIT DROP
"""
_COLUMNS = (
    "ordinal, identity, sheet, row_no, raw, name, search_name, bigrams, sort_key, hamlet_id, hamlet_text, address,"
    " address_key, group_name, members, adults, pupils, poverty, phone, note, wants_registration, reasons"
)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})
_NEEDS_ESCAPE = re.compile(r"[\\\t\n\r\x00]")
PROGRESS_EVERY = 2000
_as_json = json.JSONEncoder(ensure_ascii=False, default=text_of).encode


def stage(rows: Iterable[Row], *, progress: Callable[[int], None] = lambda done: None) -> int:
    """Copy rows into the staging table of this transaction and return how many. Calls progress(rows done)."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(_CREATE)
        feed = _Feed(rows, progress)
        cursor.cursor.copy_expert(f"COPY {TABLE} ({_COLUMNS}) FROM STDIN", feed, 1 << 16)
        # Without statistics the planner takes the table for tiny and joins it row by row.
        cursor.execute(f"ANALYZE {TABLE} (ordinal, hamlet_id, search_name, address_key, reasons)")
    return feed.count


class _Feed:
    """What psycopg2 reads from: encodes rows only as the server takes them, so memory stays flat."""

    def __init__(self, rows: Iterable[Row], progress: Callable[[int], None]):
        self.rows, self.progress = iter(rows), progress
        self.count, self.left = 0, b""

    def read(self, size: int = -1) -> bytes:
        """Next bytes of the COPY text, at most `size`."""
        parts, length = [self.left], len(self.left)
        while length < size:
            row = next(self.rows, None)
            if row is None:
                break
            self.count += 1
            line = _line(self.count, row).encode()
            parts.append(line)
            length += len(line)
            if self.count % PROGRESS_EVERY == 0:
                self.progress(self.count)
        data = b"".join(parts)
        self.left = data[size:]
        return data[:size]


def _escape(text: str) -> str:
    return text.translate(_ESCAPES) if _NEEDS_ESCAPE.search(text) else text


def _array(values: list[str]) -> str:
    """A text[] literal inside COPY text; both layers of quoting."""
    if not values:
        return "{}"
    quoted = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return _escape("{" + quoted + "}")


def _line(ordinal: int, row: Row) -> str:
    raw = _as_json(row.raw).replace("\\u0000", "")
    # Folded words are letters, digits and spaces only, so they need no quoting inside the array.
    pairs = '","'.join(bigrams(row.search_name))
    return "\t".join(
        (
            str(ordinal),
            _null(row.identity),
            _escape(row.sheet[:120]),
            str(row.number),
            _escape(raw),
            _escape(row.name[:300]),
            row.search_name,
            f'{{"{pairs}"}}' if pairs else "{}",
            sort_key(row.name),
            _null(row.hamlet_id),
            _escape(row.hamlet_text),
            _escape(row.address),
            row.address_key,
            _escape(row.group_name),
            _null(row.members),
            _null(row.adults),
            _null(row.pupils),
            row.poverty,
            _escape(row.phone),
            _escape(row.note),
            "t" if row.wants_registration else "f",
            _array(row.reasons) + "\n",
        )
    )


def _null(value: int | None) -> str:
    return "\\N" if value is None else str(value)
