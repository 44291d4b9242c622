"""Spreadsheets in and out: .xlsx, .xlsm, .xls, .ods and .csv read as plain values; .xlsx written without formulas.

Reading trusts nothing: what a file claims to be, how large it says it is, and where it says its cells stand are all
checked before a cell is built, because a few kilobytes can unfold into gigabytes. Every refusal is a sentence for
the person who chose the file.
"""

from __future__ import annotations

import csv
import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from portal.lib import cell_errors, legacy_text, merged_cells, workbook_checks, xls_checks
from portal.lib.cell_errors import Faults, cell_name
from portal.lib.lists import heading_height, set_page
from portal.lib.merged_cells import Merged
from portal.lib.numbers import number as number_text
from portal.lib.workbook_checks import (
    MAX_COLUMNS,
    Limits,
    OdsReach,
    SharedTexts,
    Unreadable,
    broken,
    too_many_rows,
    too_much,
    too_wide,
)

__all__ = [
    "Limits",
    "Sheet",
    "Unreadable",
    "guarded_format",
    "heading_format",
    "is_formula_like",
    "read_workbook",
    "safe_cell",
    "too_large",
    "write_workbook",
]

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# Markers of the code pages that Vietnamese office files come in; Windows-1258 is tried last, it accepts nearly all.
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass
class Sheet:
    """One visible sheet. `rows[0]` is row 1 of the sheet. `faults`: cells that read as empty because they hold an
    error, or a formula that was saved without its result. `merged`: cells over several rows, whose other rows read as
    empty. `hidden`: rows a filter or somebody has hidden, where the file tells them."""

    name: str
    rows: list[list]
    faults: Faults = field(default_factory=dict)
    file_name: str = ""
    merged: Merged = field(default_factory=list)
    hidden: frozenset[int] = frozenset()

    def fault_at(self, row: int, column: int, label: object) -> str:
        """Why a cell under the heading `label` reads as empty although something stands there; "" without a fault."""
        error = self.faults.get((row, column))
        if error is None:
            return ""
        if not error:
            text = _("Cột %(label)s là công thức chưa có kết quả. Hãy mở tệp bằng Excel, lưu lại rồi tải lên.")
            return text % {"label": label}
        return _(
            "Ô %(cell)s (cột %(label)s, trang tính “%(sheet)s”, tệp “%(file)s”) báo lỗi %(error)s. "
            "Hãy sửa ô đó trong tệp, lưu lại rồi tải lên."
        ) % {
            "cell": cell_name(row, column),
            "label": label,
            "sheet": self.name,
            "file": self.file_name,
            "error": error,
        }


def read_workbook(data: bytes, file_name: str, limits: Limits) -> tuple[list[Sheet], list[str]]:
    """Visible sheets of a file and the names of its hidden ones. Raises Unreadable."""
    if not data:
        raise Unreadable(_("Tệp rỗng, không có dữ liệu. Hãy chọn lại tệp danh sách."))
    if len(data) > limits.max_bytes:
        raise Unreadable(too_large(len(data), limits.max_bytes))
    found = _Found()
    if data.startswith(ZIP):
        found = _check_archive(data, limits)
    elif data.startswith(OLE):
        if ENCRYPTED in data:
            raise Unreadable(_password_sentence())
        xls_checks.check(data, limits)
    else:
        rows = _read_csv(data, limits)
        sheets, hidden = [Sheet(file_name.rsplit(".", 1)[0], rows, cell_errors.in_text(rows))], []
        return _finished(sheets, file_name), hidden
    sheets, hidden = _read_calamine(data, found, limits)
    if data.startswith(OLE):
        by_name = cell_errors.in_xls(data)
        for sheet in sheets:
            sheet.faults = by_name.get(sheet.name, {})
    return _finished(sheets, file_name), hidden


def _finished(sheets: list[Sheet], file_name: str) -> list[Sheet]:
    """Each sheet knows its file; a cell with an error is empty in every format."""
    for sheet in sheets:
        sheet.file_name = file_name
        for row, column in sheet.faults:
            if row < len(sheet.rows) and column < len(sheet.rows[row]):
                sheet.rows[row][column] = ""
    return sheets


def _password_sentence() -> str:
    return _(
        "Tệp có mật khẩu nên không đọc được. Hãy mở tệp bằng Excel, vào Tệp › Thông tin › Bảo vệ sổ làm việc, "
        "bỏ mật khẩu, lưu lại rồi tải lên."
    )


def read_file(path: Path, most: int) -> bytes:
    """A file named on the command line, not read into memory when larger than `most` bytes.

    Raises OSError: not there, or a device, which would never end; Unreadable: too large.
    """
    if not path.is_file():
        raise OSError
    size = path.stat().st_size
    if size > most:
        raise Unreadable(too_large(size, most))
    return path.read_bytes()


def too_large(size: int, most: int) -> str:
    """The sentence about a file of `size` bytes where `most` are allowed."""
    return _(
        "Tệp lớn %(size)s MB, vượt giới hạn %(limit)s MB. Hãy xóa hình ảnh trong tệp hoặc chia thành nhiều tệp."
    ) % {"size": number_text(round(size / 1048576, 1)), "limit": most // 1048576}


@dataclass
class _Found:
    """What was seen on the way, by position of the sheet: cells with errors, hidden rows, and the merged cells of an
    OpenDocument file."""

    faults: dict[int, Faults] = field(default_factory=dict)
    hidden: dict[int, frozenset[int]] = field(default_factory=dict)
    merged: dict[int, Merged] = field(default_factory=dict)


def _check_archive(data: bytes, limits: Limits) -> _Found:
    """Refuse what is no spreadsheet or unfolds too far."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "word/document.xml" in names:
                raise Unreadable(_("Đây là tệp Word. Hãy chép bảng sang Excel, lưu dạng .xlsx rồi tải lên."))
            if "xl/workbook.bin" in names:
                raise Unreadable(_("Tệp dạng .xlsb không đọc được. Hãy mở bằng Excel, lưu lại dạng .xlsx rồi tải lên."))
            if "xl/workbook.xml" not in names and "content.xml" not in names:
                raise Unreadable(_("Tệp này không phải danh sách Excel. Hãy chọn tệp .xlsx, .xls, .ods hoặc .csv."))
            if any(info.flag_bits & 1 for info in archive.infolist()):
                raise Unreadable(_password_sentence())
            if sum(info.file_size for info in archive.infolist()) > limits.max_unzipped_bytes:
                raise too_much(limits)
            room, found, faults, hidden = limits.max_unzipped_bytes, _Found(), {}, {}
            shared = SharedTexts(limits)
            for info in archive.infolist():
                # The size in the directory is only a claim, so every part is really unfolded, up to the limit.
                parts = []
                with archive.open(info) as stream:
                    while chunk := stream.read(1 << 20):
                        room -= len(chunk)
                        if room < 0:
                            raise too_much(limits)
                        parts.append(chunk)
                data = b"".join(parts)
                if info.filename == "content.xml":
                    found = _check_ods(data, limits)
                elif b"sheetData" in data:  # wherever it stands: the workbook may call its sheets anything
                    plain = workbook_checks.is_plain_sheet(data, limits)
                    if not plain:
                        workbook_checks.check_sheet(data, limits)
                        faults[info.filename] = cell_errors.in_xlsx(data)
                    hidden[info.filename] = workbook_checks.hidden_rows(data)
                    shared.sheets.append((data, plain))
                elif info.filename.lower() == "xl/sharedstrings.xml":
                    shared.texts = data
            shared.check()
            if shared.sheets:
                found.faults, found.hidden = (_by_sheet_position(archive, parts) for parts in (faults, hidden))
            return found
    # ValueError: parts said to stand before the file begins, names in no encoding.
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise broken() from error


def _check_ods(xml: bytes, limits: Limits) -> _Found:
    if b"<!ENTITY" in xml:
        raise broken()
    reach, within = OdsReach(limits), {"max_rows": limits.max_rows, "max_columns": MAX_COLUMNS}
    reach.read(xml)
    return _Found(cell_errors.in_ods(xml, **within), reach.hidden, merged_cells.in_ods(xml, **within))


def _by_sheet_position(archive: zipfile.ZipFile, told: dict[str, Any]) -> dict[int, Any]:
    """Turn part names into positions of sheets through the workbook's relations; what says nothing is left out."""
    found = {part: cells for part, cells in told.items() if cells}
    if not found:
        return {}
    try:
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        workbook = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    except KeyError:
        return {}
    targets = {}
    for tag in re.findall(r"<Relationship\s[^<>]*>", relations):
        key, target = re.search(r'\bId="([^"]*)"', tag), re.search(r'\bTarget="([^"]*)"', tag)
        if key and target:
            targets[key[1]] = "xl/" + target[1].removeprefix("/xl/").removeprefix("xl/")
    names = {}
    for position, tag in enumerate(re.findall(r"<sheet\s[^<>]*>", workbook)):
        key = re.search(r'\br:id="([^"]*)"', tag)
        if key and targets.get(key[1]) in found:
            names[position] = found[targets[key[1]]]
    return names


def _read_calamine(data: bytes, found: _Found, limits: Limits) -> tuple[list[Sheet], list[str]]:
    sheets, hidden, rows_left = [], [], limits.max_rows
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            for position, info in enumerate(workbook.sheets_metadata):
                if info.visible != SheetVisibleEnum.Visible:
                    hidden.append(info.name)
                    continue
                sheet = workbook.get_sheet_by_index(position)
                if sheet.total_width > MAX_COLUMNS:
                    raise too_wide()
                rows_left -= sheet.height
                if rows_left < 0:
                    raise too_many_rows(limits)
                rows = sheet.to_python(skip_empty_area=False)
                tall = merged_cells.tall(sheet.merged_cell_ranges) or found.merged.get(position, [])
                told = {"merged": tall, "hidden": found.hidden.get(position, frozenset())}
                sheets.append(Sheet(info.name, rows, found.faults.get(position, {}), **told))
    except PasswordError as error:
        raise Unreadable(_password_sentence()) from error
    except (CalamineError, OSError, ValueError) as error:
        raise broken() from error
    except BaseException as error:
        # The reader's own language stops at some broken files with this, which is no ordinary exception.
        if type(error).__name__ != "PanicException":
            raise
        raise broken() from error
    return sheets, hidden


def _read_csv(data: bytes, limits: Limits) -> list[list]:
    text = _decode(data)
    head = text[:20000]
    if re.match(r"\s*<(!doctype|html|table|\?xml)", head, re.IGNORECASE):
        raise Unreadable(
            _("Tệp này là trang web được đặt tên như tệp Excel. Hãy mở bằng Excel, lưu lại dạng .xlsx rồi tải lên.")
        )
    delimiter = max(",;\t", key=head.count)
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > limits.max_rows:
                raise too_many_rows(limits)
            if len(row) > MAX_COLUMNS:
                raise too_wide()
    except csv.Error as error:
        raise broken() from error
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 whose first mark is missing: every second byte of plain letters is zero, the others never are."""
    head = data[:4096]
    for encoding, zeros, letters in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if zeros.count(0) * 3 > len(zeros) and 0 not in letters and len(data) % 2 == 0:
            try:
                data.decode(encoding)
            except UnicodeDecodeError:
                return None
            return encoding
    return None


def _decode(data: bytes) -> str:
    for bom, encoding in BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise broken() from error
    if (encoding := _unmarked_utf16(data)) is not None:
        return data.decode(encoding)
    if b"\x00" in data[:4096] or data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc")):
        raise Unreadable(_("Tệp này không phải danh sách Excel. Hãy chọn tệp .xlsx, .xls, .ods hoặc .csv."))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        western = data.decode("latin-1")
        if legacy_text.code_page(western.splitlines()[:2000]):
            return western  # TCVN3 or VNI: whoever reads the cells makes them Unicode and says so
        windows = unicodedata.normalize("NFC", data.decode("cp1258", errors="replace"))
        if legacy_text.is_vietnamese(windows):
            return windows
        raise Unreadable(
            _("Chữ trong tệp .csv không phải bảng mã Unicode (UTF-8) nên sẽ bị sai dấu. ")
            + _("Hãy mở bằng Excel, chọn Lưu thành › «CSV UTF-8» hoặc .xlsx rồi tải lên.")
        ) from error


def is_formula_like(value: object) -> bool:
    """Would a spreadsheet run this text as a formula?"""
    return isinstance(value, str) and value.startswith(FORMULA_START)


def safe_cell(value: object) -> object:
    """A value for a file that may be opened as text (CSV): what would run as a formula gets an apostrophe."""
    return f"'{value}" if is_formula_like(value) else value


def heading_format(book):
    """How the first row of our workbooks looks."""
    return book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E8EEF4", "border": 1})


def guarded_format(book):
    """Quote prefix: Excel keeps showing such a cell as text even after somebody edits it."""
    return book.add_format({"quote_prefix": True})


def sheet_names(names: list[str]) -> list[str]:
    """Names a workbook takes: at most 31 letters, none of Excel's own signs, no two alike. An uploaded file, which need
    not be Excel's, calls its sheets as it likes."""
    taken: list[str] = []
    for told in names:
        first = name = _cut(_CONTROL.sub(" ", re.sub(r"[\[\]:*?/\\]", " ", told)).strip(" '"), 31) or "Sheet"
        number = 1
        while name.lower() in map(str.lower, taken):
            number += 1
            end = f" ({number})"
            name = _cut(first, 31 - len(end)) + end
        taken.append(name)
    return taken


def _cut(text: str, most: int) -> str:
    """The start of a text as Excel counts it: a sign beyond the first 65,536 is two."""
    return text.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore").strip(" '")


def write_workbook(sheets: list[tuple[str, list[str], list[list], list[int]]]) -> bytes:
    """An .xlsx of (name, headings, rows, column widths). Text is written as text whatever it starts with."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        head, guarded = heading_format(book), guarded_format(book)
        names = sheet_names([sheet[0] for sheet in sheets])
        for name, (_told, headings, rows, widths) in zip(names, sheets, strict=True):
            sheet = book.add_worksheet(name)
            set_page(sheet, heading=0)
            sheet.set_row(0, heading_height(headings, widths))
            for position, width in enumerate(widths):
                sheet.set_column(position, position, width)
            for position, heading in enumerate(headings):
                sheet.write_string(0, position, _CONTROL.sub(" ", str(heading)), head)
            for number, row in enumerate(rows, start=1):
                for position, value in enumerate(row):
                    if isinstance(value, bool) or not isinstance(value, int | float):
                        text = _CONTROL.sub(" ", "" if value is None else str(value))[:32767]
                        if text:
                            sheet.write_string(number, position, text, guarded if is_formula_like(text) else None)
                    else:
                        sheet.write_number(number, position, value)
    return target.getvalue()
