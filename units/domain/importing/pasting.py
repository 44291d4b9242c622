"""Rows pasted into a grid on screen: judged and written as an import like any other, so they have history and undo.

A paste becomes a small workbook with the headings of our own template; everything after that is the one import engine.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.tabular import Unreadable, write_workbook
from portal.lib.text import clean, fold
from units.choices import RowVerdict
from units.domain.importing import headings
from units.domain.importing import rows as cells_of
from units.domain.importing.applying import confirm, request_confirmation
from units.domain.importing.batches import ImportRefused, check, lock_register, open_list, receive
from units.domain.importing.duplicates import decide_duplicate
from units.models import ImportBatch, Place, User

MOST = 500  # rows on screen at once; longer lists are uploaded
LONGEST = 1000  # letters of one cell; what is longer is cut and refused as too long
FIRST_ROW = 2  # rows are numbered as in the workbook the paste becomes: the headings are row 1
# Column → heading. The headings are words the import reads, so they are written in Vietnamese whatever the page speaks.
COLUMNS = {
    "name": "Họ và tên chủ hộ",
    "address": "Địa chỉ",
    "group": "Tổ",
    "hamlet": "Khu phố, thôn, ấp",
    "members": "Số nhân khẩu",
    "adults": "Người lớn",
    "pupils": "Học sinh",
    "poverty": "Diện hộ",
    "phone": "Điện thoại",
    "register": "Đăng ký",
    "note": "Ghi chú",
}
FIELDS = tuple(COLUMNS)
_SHEET = gettext_lazy("Dán từ Excel")
GOOD = (RowVerdict.ADDED, RowVerdict.CHANGED, RowVerdict.UNCHANGED)


@dataclass
class PastedRow:
    """One row of the grid: where it stands, what becomes of it, and what is wrong in which cell."""

    number: int
    verdict: str
    reasons: list[str] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)
    row_id: int | None = None

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
    """Copied text as rows in the order of the grid. `unused`: headings that no column of the grid holds."""

    rows: list[list[str]]
    by_headings: bool = False
    unused: list[str] = field(default_factory=list)


def read_text(text: str) -> Pasted:
    """Copied cells (tabs between columns, one line a row, quotes as Excel writes them) as rows of the grid: by their
    headings when these were copied too, otherwise in the order of the grid, a serial number in front left out.

    Raises ImportRefused when there are more rows than the grid takes.
    """
    lines = [[clean(cell)[:LONGEST] for cell in line] for line in _split(text)]
    lines = [line for line in lines if any(line)]
    header = headings.find_header(lines)
    if header is not None:
        body = lines[header.first_row :]
        pasted = Pasted([_by_headings(line, header) for line in body], True, [*header.unknown, *header.ignored])
    else:
        numbered = bool(lines) and all(line[0] == "" or line[0].rstrip(".").isdigit() for line in lines)
        body = [line[1:] if numbered else line for line in lines]
        width = len(FIELDS)
        pasted = Pasted([(line + [""] * width)[:width] for line in body])
        if any(len(line) > width and any(line[width:]) for line in body):
            pasted.unused = [_("các cột sau cột thứ %(count)d") % {"count": width}]
    check_size(len(pasted.rows))
    return pasted


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


def _by_headings(line: list[str], header: headings.Header) -> list[str]:
    def at(name: str) -> str:
        column = header.columns.get(name)
        return line[column] if column is not None and column < len(line) else ""

    told = {name: at(name) for name in FIELDS}
    if "house_no" in header.columns:
        told["address"] = " ".join(filter(None, (at("house_no"), at("street"))))
    for name, word in (("poor", "Nghèo"), ("near_poor", "Cận nghèo")):  # words the import reads
        if not told["poverty"] and (fold(at(name)) in cells_of.YES or at(name) in cells_of.TICKS):
            told["poverty"] = word if at(name) else ""
    return [told[name] for name in FIELDS]


def preview(*, actor: User | None, place: Place, year: int, rows: Sequence[Sequence[str]]) -> list[PastedRow]:
    """What would become of each row that says anything; nothing is kept. Raises NotAllowed, ImportRefused."""
    with transaction.atomic():
        judged = _judge(actor=actor, place=place, year=year, register=False, rows=rows)[1]
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
    own_households: Collection[int] = (),
    good_only: bool = False,
) -> Saved:
    """Write the rows as one import: all of them, or nothing; with `good_only` those that can be written.

    `own_households`: numbers of rows that look like a household of the register and are none. Raises NotAllowed,
    ImportRefused (nothing was written).
    """
    lock_register(place.fact_ids["commune_id"] or place.pk)
    batch, judged = _judge(actor=actor, place=place, year=year, register=register, rows=rows)
    own = [row for row in judged if row.verdict == RowVerdict.DUPLICATE and row.number in own_households]
    left = [row for row in judged if row.verdict not in GOOD and row not in own]
    if (left and not good_only) or len(left) == len(judged):
        transaction.set_rollback(True)
        return Saved(None, judged, left)
    decide_duplicate(actor=actor, batch=batch, rows=[row.row_id for row in own], add=True)
    request_confirmation(actor=actor, batch=batch)
    return Saved(confirm(actor=actor, batch=batch), judged, left)


def _judge(*, actor, place, year, register, rows) -> tuple[ImportBatch, list[PastedRow]]:
    told = [[clean(cell)[:LONGEST] for cell in row] for row in rows]
    numbers = [number for number, row in enumerate(told, start=FIRST_ROW) if any(row)]
    check_size(len(numbers))
    if not numbers:
        raise ImportRefused(_("Bảng chưa có dòng nào. Hãy dán hoặc gõ ít nhất một hộ."))
    # A serial number tells the reader that a line is a household, never a title or a total.
    body = [[number - 1, *row] if number in numbers else [] for number, row in enumerate(told, start=FIRST_ROW)]
    data = write_workbook([(str(_SHEET), ["STT", *COLUMNS.values()], body, [6, 30, 36, *[14] * 9])])
    name = _("Dán từ Excel %(at)s") % {"at": timezone.localtime().strftime("%d-%m-%Y %Hh%M")}
    batch = receive(actor=actor, place=place, year=year, register=register, file_name=f"{name}.xlsx", data=data)
    cells = _cells(batch)
    batch = check(batch=batch)
    found = {
        row.row_no: PastedRow(row.row_no, row.verdict, list(row.reasons), cells.get(row.row_no, {}), row.pk)
        for row in batch.rows.only("row_no", "verdict", "reasons")
    }
    for number in numbers:
        row = found.setdefault(number, PastedRow(number, RowVerdict.REFUSED, [_("Thiếu họ tên chủ hộ.")]))
        if row.verdict not in GOOD and not row.cells:
            row.cells = {"name": " ".join(row.reasons)}  # told by the register or by another row: it is about the head
    return batch, [found[number] for number in sorted(found)]


def _cells(batch: ImportBatch) -> dict[int, dict[str, str]]:
    """Sentences by row and field, from the same readers that stage the rows."""
    try:
        _understood, readers, _finder, _fixed = open_list(batch)
    except Unreadable:
        return {}  # `check` tells it
    return {row.number: row.cells for reader in readers for row in reader if row.cells}
