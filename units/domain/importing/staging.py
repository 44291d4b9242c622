"""Rows into the database as fast as it takes them: one COPY, fed while the file is still being read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import lru_cache

from django.db import connection

from portal.lib.text import bigrams, sort_key
from units.choices import RowVerdict
from units.domain.importing.reading import Row, SheetPlan
from units.domain.importing.rows import text_of
from units.models import ImportBatch

# The staging table lives for one transaction and has no index and no history, so writing it costs next to nothing.
TABLE = "import_incoming"
# Keys are ASCII: bytes compare several times faster than a language's rules, and mean the same.
_CREATE = f"""
    DROP TABLE IF EXISTS pg_temp.{TABLE} CASCADE;
    CREATE TEMPORARY TABLE {TABLE} (
        -- What rows are compared by stands first: every scan takes a row apart only as far as it needs.
        ordinal integer, is_good boolean, hamlet_id bigint, identity bigint, row_no integer, address_key varchar
        COLLATE "C", search_name varchar COLLATE "C", bigrams varchar[], sort_key varchar, name varchar, sheet varchar,
        raw text, hamlet_text varchar, address varchar, group_name varchar, members smallint, adults smallint,
        pupils smallint, poverty varchar, phone varchar, note varchar, wants_registration boolean, reasons text[]
    ) ON COMMIT DROP
"""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})
_NUMBERS = {None: "\\N"} | {number: str(number) for number in range(100)}
SHEET_NAME = 120  # letters of a sheet's name that are kept; spreadsheets allow 31
PROGRESS_EVERY = 2000
_as_json = json.JSONEncoder(ensure_ascii=False, default=text_of).encode
# A sample of three thousand rows tells the planner as much as one of thirty thousand, and costs a tenth.
SAMPLE = "SET LOCAL default_statistics_target = 10"


def stage(rows: Iterable[Row], *, progress: Callable[[int], None] = lambda done: None) -> int:
    """Copy rows into the staging table of this transaction and return how many. Calls progress(rows done).

    Only rows that cannot be taken keep their cells as they came; `keep_cells` adds those of rows the register refuses.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        feed = _Feed(rows, progress)
        cursor.cursor.copy_expert(f"COPY {TABLE} FROM STDIN", feed, 1 << 16)
        # Without statistics the planner takes the table for tiny and joins it row by row.
        cursor.execute(f"{SAMPLE}; ANALYZE {TABLE} (ordinal, is_good, hamlet_id, identity, address_key, search_name)")
    return feed.count


def keep_cells(batch: ImportBatch, plans: Iterable[SheetPlan]) -> None:
    """Rows left out after they were judged: how they came, for people to look at and for the workbook of refusals."""
    left = batch.rows.filter(verdict__in=(RowVerdict.REFUSED, RowVerdict.DUPLICATE), raw=[])
    found = list(left.values_list("pk", "sheet", "row_no"))
    sheets = {plan.sheet.name[:SHEET_NAME]: plan.sheet.rows for plan in plans}
    cells = [as_json(sheets[sheet][number - 1]) for _pk, sheet, number in found]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE units_importrow AS r SET raw = d.raw::jsonb FROM unnest(%s::bigint[], %s::text[]) AS d (id, raw)"
            " WHERE r.id = d.id",
            [[pk for pk, _sheet, _number in found], cells],
        )


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
    return text.translate(_ESCAPES) if "\\" in text or not text.isprintable() else text


def _array(values: list[str]) -> str:
    """A text[] literal inside COPY text; both layers of quoting."""
    if not values:
        return "{}"
    quoted = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return _escape("{" + quoted + "}")


@lru_cache(maxsize=10_000)
def _of_name(name: str, search_name: str) -> str:
    """The columns made of a name alone: the same names come again and again."""
    # Folded words are letters, digits and spaces only, so they need no quoting inside the array.
    pairs = '","'.join(bigrams(search_name))
    return "\t".join((search_name, f'{{"{pairs}"}}' if pairs else "{}", sort_key(name), _escape(name[:300])))


def as_json(cells: list) -> str:
    """A row as it came, for the database."""
    return _as_json(cells).replace("\\u0000", "")


def _line(ordinal: int, row: Row) -> str:
    return "\t".join(
        (
            str(ordinal),
            "f" if row.reasons else "t",
            _number(row.hamlet_id),
            _number(row.identity),
            str(row.number),
            row.address_key,
            _of_name(row.name, row.search_name),
            _escape(row.sheet[:SHEET_NAME]),
            _escape(as_json(row.raw)) if row.reasons else "[]",
            _escape(row.hamlet_text),
            _escape(row.address),
            _escape(row.group_name),
            _number(row.members),
            _number(row.adults),
            _number(row.pupils),
            row.poverty,
            _escape(row.phone),
            _escape(row.note),
            "t" if row.wants_registration else "f",
            _array(row.reasons) + "\n" if row.reasons else "{}\n",
        )
    )


def _number(value: int | None) -> str:
    return _NUMBERS.get(value) or str(value)
