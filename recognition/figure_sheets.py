"""Spreadsheets of declared figures and of targets: reading what people filled in, and the templates they start from.

Columns are those of articles.csv and targets.csv, under their own names or in Vietnamese, in any order. No database.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib import tables
from portal.lib.tabular import Limits, Sheet, Unreadable, read_workbook, write_workbook
from portal.lib.text import clean, fold
from recognition.checks import resolve_model
from recognition.choices import LearningModel
from recognition.figure_checks import GROUP_LABELS
from recognition.figure_files import FIGURE_COLUMNS, TARGET_COLUMNS
from recognition.figure_names import MEASURE_LABELS
from units.choices import Level
from units.domain.importing.merged import Merged

LIMITS = Limits(max_bytes=5 * 1024 * 1024, max_unzipped_bytes=60 * 1024 * 1024, max_rows=20_000)
MOST_FILLED = 5_000
HEADINGS = {
    "article": gettext_lazy("Nguồn"),
    "published_on": gettext_lazy("Ngày của văn bản"),
    "place_code": gettext_lazy("Mã địa bàn"),
    "place_level": gettext_lazy("Cấp"),
    "place_name": gettext_lazy("Địa bàn"),
    "period": gettext_lazy("Giai đoạn"),
    "year": gettext_lazy("Năm"),
    "model": gettext_lazy("Mô hình"),
    "group": gettext_lazy("Nhóm"),
    "measure": gettext_lazy("Số đo"),
    "value": gettext_lazy("Giá trị"),
    "printed_percent": gettext_lazy("Tỷ lệ in (%)"),
    "printed_text": gettext_lazy("Nguyên văn"),
    "scope_code": gettext_lazy("Mã địa bàn"),
    "scope_level": gettext_lazy("Cấp"),
    "scope_name": gettext_lazy("Địa bàn"),
    "percent": gettext_lazy("Chỉ tiêu (%)"),
    "area": gettext_lazy("Khu vực"),
    "legal_basis": gettext_lazy("Căn cứ"),
}
# What a file must have at least, and the column whose empty cell means "nothing to say here".
NEEDED = {
    "figures": ("article", "published_on", "place_code", "year", "model", "measure", "value"),
    "targets": ("scope_code", "year", "model", "measure", "percent", "legal_basis"),
}
FILLED = {"figures": "value", "targets": "percent"}
COLUMNS = {"figures": FIGURE_COLUMNS, "targets": TARGET_COLUMNS}
HEADER_WITHIN = 15
OWN = ("value", "printed_percent", "printed_text", "percent")  # each row has its own: never carried down
LONGEST_CELL, LONGEST = 300, {("figures", "article"): 60, ("targets", "article"): 200, ("targets", "legal_basis"): 200}
LEVEL = ("place_level", "scope_level")  # for the reader only: places are told by their code
WIDTHS = {
    "place_name": 30,
    "scope_name": 30,
    "model": 38,
    "group": 30,
    "measure": 30,
    "legal_basis": 40,
} | dict.fromkeys(LEVEL, 20)
FAULT = "fault"  # beside the cells of a row: why it cannot be taken at all


class CellRefused(Exception):
    """One cell cannot be; the text says which and what is wanted."""


@dataclass(frozen=True)
class FilledRow:
    """A row with something to say: its number in the sheet and its cells as text, by column."""

    number: int
    cells: dict[str, str]


def read_sheet(data: bytes, name: str, kind: str, notices: list[str] | None = None) -> list[FilledRow]:
    """Filled rows of the first sheet that has the columns of `kind`. Raises Unreadable with the sentence.

    `notices` is given what is to be said beside the rows: text that was converted, merged cells, sheets not read.
    """
    sheets, hidden = read_workbook(data, name, LIMITS)
    told = [] if notices is None else notices
    told += filter(None, [tables.make_unicode(sheets)])
    missing: list[str] = []
    found = []
    for sheet in sheets:
        for start, head in enumerate(sheet.rows[:HEADER_WITHIN]):
            columns = _columns(head, kind)
            lacks = [one for one in NEEDED[kind] if one not in columns]
            if not lacks:
                found.append((sheet, start, columns))
                break
            if columns and (not missing or len(lacks) < len(missing)):
                missing = lacks
    if found:
        sheet, start, columns = found[0]
        _check_once(sheet, start, columns, kind)
        told += tables.not_read(sheet, [other for other, *_rest in found[1:]], hidden)
        return _rows(sheet, start + 1, columns, kind, told)
    names = ", ".join(f"{HEADINGS[one]} ({one})" for one in missing or NEEDED[kind])
    text = _("Không thấy đủ các cột. Còn thiếu: %(names)s. Hãy tải mẫu và điền vào đó.") % {"names": names}
    raise Unreadable(tables.with_hidden(text, hidden))


def _meanings(head: Iterable, kind: str) -> Iterator[tuple[int, str]]:
    known = {fold(str(HEADINGS[one])): one for one in COLUMNS[kind]} | {fold(one): one for one in COLUMNS[kind]}
    for position, cell in enumerate(head):
        column = known.get(fold(str(cell)))
        if column:
            yield position, column


def _columns(head: Iterable, kind: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, column in _meanings(head, kind):
        found.setdefault(column, position)
    return found


def _check_once(sheet: Sheet, start: int, columns: dict[str, int], kind: str) -> None:
    head = sheet.rows[start]
    for position, column in _meanings(head, kind):
        if columns[column] != position:
            raise tables.two_columns(sheet, HEADINGS[column], clean(head[columns[column]]), clean(head[position]))


def _rows(sheet: Sheet, first: int, columns: dict[str, int], kind: str, told: list[str]) -> list[FilledRow]:
    found = []
    merged = Merged(sheet, columns, first, OWN)
    for number, row in enumerate(sheet.rows[first:], start=first + 1):
        merged.fill(row, number - 1)
        cells = {one: _text(row[position]) for one, position in columns.items() if position < len(row)}
        faults = [sheet.fault_at(number - 1, position, HEADINGS[one]) for one, position in columns.items()]
        faults.append(merged.fault(number - 1, HEADINGS))
        for one, text in cells.items():
            if len(text) > (most := LONGEST.get((kind, one), LONGEST_CELL)):
                faults.append(_("Cột %(label)s dài quá %(limit)s ký tự.") % {"label": HEADINGS[one], "limit": most})
                cells[one] = text[:most]
        if any(faults):
            cells[FAULT] = " ".join(filter(None, faults))
        elif not cells.get(FILLED[kind]):
            continue
        found.append(FilledRow(number, cells))
        if len(found) > MOST_FILLED:
            raise Unreadable(
                _("Một tệp ghi nhiều nhất %(most)d dòng. Hãy chia thành nhiều tệp.") % {"most": MOST_FILLED}
            )
    if not found:
        text = _("Không có dòng nào được điền ở cột %(column)s.")
        raise Unreadable(text % {"column": HEADINGS[FILLED[kind]]})
    if merged.filled:
        told.append(merged.notices(HEADINGS)[0][1])
    return found


def _text(value) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean(str(value))


# --- Cells


def _refuse(column: str, text: str, wanted: str) -> CellRefused:
    return CellRefused(
        _("Cột %(column)s ghi “%(value)s”, cần %(wanted)s.")
        % {"column": HEADINGS[column], "value": text[:40], "wanted": wanted}
    )


def whole(cells: dict[str, str], column: str) -> int:
    """A whole number from 0, also as "1.234". Raises the row's refusal."""
    text = re.sub(r"[.\s](?=\d{3}\b)", "", cells.get(column, ""))
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise _refuse(column, cells.get(column, ""), _("số nguyên từ 0"))
    return int(text)


def check(cells: dict[str, str]) -> None:
    """Refuse a row whose cells hold errors of formulas."""
    if FAULT in cells:
        raise CellRefused(cells[FAULT])


def year(cells: dict[str, str]) -> int:
    """The year of the row, four digits. Raises the row's refusal."""
    text = cells.get("year", "")
    if not re.fullmatch(r"(19|20)[0-9]{2}", text):
        raise _refuse("year", text, _("năm có bốn chữ số"))
    return int(text)


def percent(cells: dict[str, str], column: str) -> Decimal | None:
    """A percentage from 0 to 100 with at most two decimals; None when empty. Raises the row's refusal."""
    text = cells.get(column, "").removesuffix("%").strip().replace(",", ".")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text) or Decimal(text) > 100:
        raise _refuse(column, text, _("tỷ lệ từ 0 đến 100, nhiều nhất hai chữ số lẻ"))
    return Decimal(text)


def day(cells: dict[str, str], column: str) -> datetime.date:
    """A real day, 15/12/2025 or 2025-12-15. Raises the row's refusal."""
    text = cells.get(column, "")
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    try:
        if match:
            return datetime.date(int(match[3]), int(match[2]), int(match[1]))
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise _refuse(column, text, _("ngày có thật, ví dụ 15/12/2025")) from error


def model(cells: dict[str, str]) -> str:
    """The model a cell names by its label or an older name. Raises the row's refusal."""
    text = cells.get("model", "")
    by_label = {fold(str(one.label)): str(one) for one in LearningModel}
    found = by_label.get(fold(text)) or resolve_model(text)[0]
    if found not in LearningModel.values:
        raise _refuse("model", text, _("tên một mô hình, ví dụ Gia đình học tập"))
    return str(found)


def one_of(cells: dict[str, str], column: str, known: dict, *, empty: str | None = None) -> str:
    """A code or its label. `empty`: what an empty cell means, when it may be empty."""
    text = cells.get(column, "")
    if not text and empty is not None:
        return empty
    by_label = {fold(str(label)): code for code, label in known.items()} | {fold(code): code for code in known}
    found = by_label.get(fold(text))
    if found is None:
        raise _refuse(
            column, text, _("một trong: %(known)s") % {"known": ", ".join(str(one) for one in known.values())}
        )
    return found


def group(cells: dict[str, str]) -> str:
    """The key of a group named in words; "" when empty. Raises the row's refusal."""
    return one_of(cells, "group", GROUP_LABELS, empty="")


def measure(cells: dict[str, str], known: Iterable[str]) -> str:
    """The key of a measure named in words, one of `known`. Raises the row's refusal."""
    return one_of(cells, "measure", {one: MEASURE_LABELS[one] for one in known})


# --- Files for people


def template(kind: str, lines: list[dict]) -> bytes:
    """A workbook to fill in: one row per thing asked, its last columns empty."""
    return _book(kind, lines, [])


def refused_book(kind: str, rows: list[tuple[FilledRow, str]]) -> bytes:
    """The rows that were not taken, as they were, with the reason in the last column."""
    return _book(kind, [row.cells | {"why": why} for row, why in rows], ["why"])


def _shown(level: str) -> str:
    """A level in words; what somebody wrote there stays."""
    return _("Cả nước") if level == "nation" else str(Level(level).label) if level in Level.values else level


def _book(kind: str, lines: list[dict], more: list[str]) -> bytes:
    columns = COLUMNS[kind]
    head = [str(HEADINGS[one]) for one in columns] + [_("Vì sao chưa nhận")] * len(more)
    widths = [WIDTHS.get(one, 14) for one in columns]
    lines = [line | {one: _shown(line[one]) for one in LEVEL if one in line} for line in lines]
    rows = [[line.get(one, "") for one in (*columns, *more)] for line in lines]
    return write_workbook(
        [(_("Số liệu") if kind == "figures" else _("Chỉ tiêu"), head, rows, [*widths, *([60] * len(more))])]
    )
