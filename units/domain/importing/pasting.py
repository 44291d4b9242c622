"""Rows pasted into a grid on screen: judged and written as an import like any other, so they have history and undo.

A paste becomes a small workbook with the headings of our own template; everything after that is the one import engine.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib import tables
from portal.lib.tabular import Sheet, Unreadable, read_workbook, write_workbook
from portal.lib.text import clean, fold
from units.choices import RegistrantKind, RowVerdict
from units.domain.importing import headings, kinds
from units.domain.importing import rows as cells_of
from units.domain.importing.applying import confirm, request_confirmation
from units.domain.importing.batches import (
    ImportRefused,
    check,
    entry_day,
    limits,
    open_list,
    receive,
)
from units.domain.importing.duplicates import decide_duplicate
from units.domain.importing.grids import HOUSEHOLDS, Grid
from units.domain.importing.kinds import staging as kind_rows
from units.domain.importing.merged import OWN, Merged
from units.domain.places_held import lock_register
from units.models import ImportBatch, ImportRow, Place, User

MOST = 500  # rows on screen at once; longer lists are uploaded
LONGEST = 1000  # letters of one cell; what is longer is cut and refused as too long
# Headings a copied list may have two of where the grid has one column.
_HOSTS = {"household": "host", "organisation": "host"}
_JOINED = {RegistrantKind.HOUSEHOLD: ("house_no", "street", "poor", "near_poor"), RegistrantKind.CITIZEN: tuple(_HOSTS)}
_MERGED = re.compile(r"(\d{1,4})((?:;\d{1,4},\d{1,3},\d{1,4})*)")
FIRST_ROW = 2  # rows are numbered as in the workbook the paste becomes: the headings are row 1
_SHEET = gettext_lazy("Dán từ Excel")
GOOD = (RowVerdict.ADDED, RowVerdict.CHANGED, RowVerdict.UNCHANGED)


@dataclass
class PastedRow:
    """One row of the grid: where it stands, what becomes of it, and what is wrong in which cell. `row`: as staged."""

    number: int
    verdict: str
    reasons: list[str] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)
    row: ImportRow | None = None

    @property
    def label(self) -> str:
        return str(RowVerdict(self.verdict).label)


@dataclass
class Saved:
    """What a paste did. `batch`: the import it became, None while nothing was written. `rows`: all rows as judged;
    `left`: those that were not written."""

    batch: ImportBatch | None
    rows: list[PastedRow]
    left: list[PastedRow]


@dataclass
class Pasted:
    """Copied text as rows in the order of the grid. `unused`: headings that no column of the grid holds. `notices`:
    what was understood of merged cells."""

    rows: list[list[str]]
    by_headings: bool = False
    unused: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def read_text(
    text: str, grid: Grid = HOUSEHOLDS, year: int | None = None, *, merged: str = "", start: int = 0
) -> Pasted:
    """Copied cells (tabs between columns, one line a row, quotes as Excel writes them) as rows of the grid: by their
    headings when these were copied too, otherwise in the order of the grid, a serial number in front left out.

    `start`: pasted from this column of the grid on; then the rows begin there, without headings or serial numbers.
    `merged`: cells over several rows, which the text itself does not tell: "rows;row,column,height;…", from 0.
    Raises ImportRefused when there are more rows than the grid takes, or two columns of one meaning.
    """
    every = [[clean(cell)[:LONGEST] for cell in line] for line in _split(text)]
    sheet = Sheet(str(_SHEET), every)
    converted = tables.make_unicode([sheet])
    places = [place for place, line in enumerate(every) if any(line)]
    lines = [every[place] for place in places]
    year = year or timezone.localdate().year
    header = None if start else headings.find_header(lines, **grid.rules(year))
    if header is not None and header.twice:
        labels = _labels(kinds.list_of_kind(grid.kind), grid, year)
        meaning, first, second = header.twice[0]
        raise ImportRefused(str(tables.two_columns(sheet, labels[meaning], first, second)))
    numbered = not start and bool(lines) and all(line[0] == "" or line[0].rstrip(".").isdecimal() for line in lines)
    if header is not None:
        known = header.columns
    else:
        known = {name: column for column, name in enumerate(grid.fields[start:], start=int(numbered))}
    tall = _ranges(merged, len(every), places)
    told = _fill_merged(lines, tall, known, header.first_row if header else 0, grid, year)
    if header is not None:
        columns, left = _columns_of(header, grid, year)
        body = lines[header.first_row :]
        rows = [_by_headings(line, columns, grid) for line in body]
        pasted = Pasted(rows, True, [*header.unknown, *header.ignored, *left])
    elif start:
        pasted = Pasted([line[: len(grid.fields) - start] for line in lines])
    else:
        body = [line[1:] if numbered else line for line in lines]
        width = len(grid.fields)
        pasted = Pasted([(line + [""] * width)[:width] for line in body])
        if any(len(line) > width and any(line[width:]) for line in body):
            pasted.unused = [_("các cột sau cột thứ %(count)d") % {"count": width}]
    pasted.notices = [converted, *told] if converted else told
    check_size(len(pasted.rows))
    return pasted


def _ranges(told: str, count: int, places: list[int]) -> list[tuple[int, int, int]]:
    """(first, last, column) of merged cells among the lines that say anything, which stood at `places` of the text.
    None where they were told of another number of lines: rows Excel hides are in one of the two only."""
    found = _MERGED.fullmatch(told)
    if not found or int(found[1]) != count:
        return []
    ranges = []
    for top, column, height in (map(int, one.split(",")) for one in found[2].split(";") if one):
        inside = [number for number, place in enumerate(places) if top <= place < top + height]
        if len(inside) > 1 and places[inside[0]] == top:
            ranges.append((inside[0], inside[-1], column))
    return ranges


def _fill_merged(lines: list[list[str]], tall: list, columns: dict[str, int], first_row: int, grid: Grid, year: int):
    """Write merged cells into each of their rows, as a file's are; returns what is to be said about it."""
    if not tall:
        return []
    kind = kinds.list_of_kind(grid.kind)
    labels = _labels(kind, grid, year)
    own = kind.own_fields(columns) if kind else OWN
    merged = Merged(Sheet(str(_SHEET), lines, merged=tall), columns, first_row, own)
    for position, line in enumerate(lines):
        merged.fill(line, position)
    return [text for _tone, text in merged.notices(labels)]


def _labels(kind, grid: Grid, year: int) -> dict[str, object]:
    """What the fields of a grid are called."""
    return kind.vocabulary(ImportBatch(kind=grid.kind, year=year)).labels if kind else headings.FIELD_LABELS


def check_size(count: int) -> None:
    """Raise ImportRefused when there are more rows than the grid takes."""
    if count > MOST:
        raise ImportRefused(
            _("Mỗi lần dán nhiều nhất %(most)d dòng, bạn dán %(count)d dòng. Hãy dán từng phần hoặc tải tệp Excel lên.")
            % {"most": MOST, "count": count}
        )


def _split(text: str) -> list[list[str]]:
    if text.count('"') % 2 == 0:
        try:
            return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
        except csv.Error:
            pass  # quotes that are not Excel's: inches, nicknames
    return [line.split("\t") for line in text.splitlines()]


def _columns_of(header: headings.Header, grid: Grid, year: int) -> tuple[dict[str, int], list[str]]:
    """(columns of the copied cells by field of the grid, headings no column of the grid holds). Numbers of the year the
    list is for ("Người học 2026") are the grid's own."""
    found = {name.removesuffix(f"_{year}"): position for name, position in header.columns.items()}
    known = {*grid.fields, "number", *_JOINED.get(grid.key, ())}
    left = [header.headings[position] for name, position in sorted(found.items()) if name not in known]
    return found, left


def _by_headings(line: list[str], columns: dict[str, int], grid: Grid) -> list[str]:
    def at(name: str) -> str:
        column = columns.get(name)
        return line[column] if column is not None and column < len(line) else ""

    told = {name: at(name) for name in grid.fields}
    if grid is HOUSEHOLDS:
        if "house_no" in columns:
            told["address"] = " ".join(filter(None, (at("house_no"), at("street"))))
        for name, word in (("poor", "Nghèo"), ("near_poor", "Cận nghèo")):  # words the import reads
            if not told["poverty"] and (fold(at(name)) in cells_of.YES or at(name) in cells_of.TICKS):
                told["poverty"] = word if at(name) else ""
    if grid.kind == RegistrantKind.CITIZEN:  # both told: nobody is called that, and the check says so
        told["host"] = told["host"] or " / ".join(filter(None, map(at, _HOSTS)))
    return [told[name] for name in grid.fields]


def preview(
    *, actor: User | None, place: Place, year: int, rows: Sequence[Sequence[str]], grid: Grid = HOUSEHOLDS
) -> list[PastedRow]:
    """What would become of each row that says anything; nothing is kept. Raises NotAllowed, ImportRefused."""
    with transaction.atomic():
        judged = _judge(actor=actor, place=place, year=year, register=False, rows=rows, grid=grid)[1]
        transaction.set_rollback(True)
    return judged


@transaction.atomic
def save(
    *,
    actor: User | None,
    place: Place,
    year: int,
    register: bool,
    rows: Sequence[Sequence[str]],
    grid: Grid = HOUSEHOLDS,
    own: Collection[int] = (),
    good_only: bool = False,
) -> Saved:
    """Write the rows as one import: all of them, or nothing; with `good_only` those that can be written.

    `own`: numbers of rows that look like one the register has and are another. Raises NotAllowed,
    ImportRefused (nothing was written).
    """
    lock_register(place.fact_ids["commune_id"] or place.pk)
    place = Place.objects.select_related("commune").get(pk=place.pk)  # it may have ended while these rows waited
    batch, judged = _judge(actor=actor, place=place, year=year, register=register, rows=rows, grid=grid)
    others = [row for row in judged if row.verdict == RowVerdict.DUPLICATE and row.number in own]
    left = [row for row in judged if row.verdict not in GOOD and row not in others]
    if (left and not good_only) or len(left) == len(judged):
        transaction.set_rollback(True)
        return Saved(None, judged, left)
    decide_duplicate(actor=actor, batch=batch, rows=[row.row.pk for row in others], add=True)
    request_confirmation(actor=actor, batch=batch)
    return Saved(confirm(actor=actor, batch=batch), judged, left)


def _judge(*, actor, place, year, register, rows, grid: Grid) -> tuple[ImportBatch, list[PastedRow]]:
    told = [[clean(cell)[:LONGEST] for cell in row] for row in rows]
    numbers = [number for number, row in enumerate(told, start=FIRST_ROW) if any(row)]
    check_size(len(numbers))
    if not numbers:
        raise ImportRefused(_("Bảng chưa có dòng nào. Hãy dán hoặc gõ ít nhất một %(noun)s.") % {"noun": grid.noun})
    missing = {number: _missing(row, grid, grid.needed) for number, row in enumerate(told, start=FIRST_ROW)}
    # A column nobody filled says nothing; a serial number tells the reader that a line is a row, never a title.
    used = [k for k, name in enumerate(grid.fields) if name in ("name", "hamlet") or any(row[k] for row in told)]
    body = [
        [number - 1, *(row[k] for k in used)] if number in numbers and not missing[number] else []
        for number, row in enumerate(told, start=FIRST_ROW)
    ]
    titles = ["STT", *(grid.columns[grid.fields[k]] for k in used)]
    data = write_workbook([(str(_SHEET), titles, body, [6, 30, *[18] * (len(used) - 1)])])
    name = _("Dán từ Excel %(at)s") % {"at": timezone.localtime().strftime("%d-%m-%Y %Hh%M")}
    batch = receive(
        actor=actor, place=place, year=year, register=register, file_name=f"{name}.xlsx", data=data, kind=grid.kind
    )
    found: dict[int, PastedRow] = {}
    if any(body):
        cells = _cells(batch)
        batch = check(batch=batch)
        for row in batch.rows.all():
            faults = {
                field if field in grid.fields else _HOSTS.get(field, field): text
                for field, text in cells.get(row.row_no, {}).items()
            }
            faults = {field: text for field, text in faults.items() if field in grid.fields}
            found[row.row_no] = PastedRow(row.row_no, row.verdict, list(row.reasons), faults, row)
    for number in numbers:
        faults = missing[number] or _missing([], grid, ("name",))
        row = found.setdefault(number, PastedRow(number, RowVerdict.REFUSED, list(faults.values()), faults))
        if row.verdict not in GOOD and not row.cells:
            row.cells = {"name": " ".join(row.reasons)}  # told by the register or by another row
    return batch, [found[number] for number in sorted(found)]


def _missing(row: Sequence[str], grid: Grid, needed: Collection[str]) -> dict[str, str]:
    """The sentence by column that a row cannot do without."""
    empty = [name for k, name in enumerate(grid.fields) if name in needed and not "".join(row[k : k + 1])]
    if grid is HOUSEHOLDS:
        return dict.fromkeys(empty, _("Thiếu họ tên chủ hộ."))
    return {name: _("Thiếu %(label)s.") % {"label": grid.label(name).lower()} for name in empty}


def _cells(batch: ImportBatch) -> dict[int, dict[str, str]]:
    """Sentences by row and field, from the same readers and the same judge that stage the rows."""
    kind = kinds.list_of(batch)
    try:
        if kind is None:
            _understood, readers, _finder, _fixed = open_list(batch)
            return {row.number: row.cells for reader in readers for row in reader if row.cells}
        sheets, hidden = read_workbook(bytes(batch.file_bytes), batch.file_name, limits())
        scene = kind_rows.scene_of(kind, batch, entry_day(batch.year))
        _understood, lines = kind_rows.read(kind, sheets, hidden, {}, scene)
    except Unreadable:
        return {}  # `check` tells it
    kind_rows.judge(kind, lines, scene)
    return {line.number: line.cells for line in lines if line.cells}
