"""Rows into the database as fast as it takes them: one COPY, fed while the file is still being understood."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.db import connection

from units.choices import RowVerdict
from units.domain.importing.lines import COLUMNS, SHEET_NAME, Encoder, as_json
from units.domain.importing.reading import RowReader
from units.domain.importing.ready import Ready, Text
from units.domain.importing.understanding import SheetPlan
from units.models import ImportBatch

PROGRESS_EVERY = 2000
SORT_MEMORY = "96MB"  # for one transaction of the import
NEW_IDS = "nextval((SELECT pg_get_serial_sequence('units_registrant', 'id')::regclass))"  # the name looked up once


def stage(
    batch: ImportBatch,
    readers: Iterable[RowReader],
    *,
    most: int,
    progress: Callable[[int], None] = lambda done: None,
    ready: Ready | None = None,
) -> int:
    """Copy the rows into the batch and return how many. Calls progress(rows done). `most`: no list has more rows.

    Each row is taken for a new household with a key of its own; one that cannot be taken is refused and keeps its cells
    as they came; one that names a household of the register by its key has that key and no verdict. What becomes of
    them in the end is said by `checking`; `keep_cells` adds the cells of rows that one refuses.
    """
    with connection.cursor() as cursor:
        # The rows a statement wrote are looked through once more by its triggers: in memory, not on disk.
        memory = f"set_config('work_mem', '{SORT_MEMORY}', true)"
        cursor.execute(f"SELECT array_agg({NEW_IDS}), {memory} FROM generate_series(1, %s)", [most])
        ids = iter(cursor.fetchone()[0] or ())
        encoders = (Encoder(one, batch_id=batch.pk, new_ids=ids, ready=ready) for one in readers)
        # Encoded only as the server takes them, so memory stays flat.
        feed = Text(_counted((block for one in encoders for block in one.blocks()), progress))
        cursor.cursor.copy_expert(f"COPY units_importrow ({COLUMNS}) FROM STDIN", feed, 1 << 16)
        return cursor.cursor.rowcount


def _counted(blocks: Iterable[tuple[int, bytes]], progress: Callable[[int], None]) -> Iterator[bytes]:
    done = 0
    for count, text in blocks:
        before, done = done, done + count
        if before // PROGRESS_EVERY < done // PROGRESS_EVERY:
            progress(done)
        yield text


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
