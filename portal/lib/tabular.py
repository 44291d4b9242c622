"""Spreadsheets in and out: .xlsx, .xlsm, .xls, .ods and .csv read as plain values; .xlsx written without formulas.

Reading trusts nothing: what a file claims to be, how large it says it is, and where it says its cells stand are all
checked before a cell is built, because a few kilobytes can unfold into gigabytes. Every refusal is a sentence for
the person who chose the file.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field
from xml.parsers import expat

import xlsxwriter
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from portal.lib import cell_errors, legacy_text, merged_cells
from portal.lib.cell_errors import Faults, cell_name
from portal.lib.merged_cells import Merged
from portal.lib.numbers import number as number_text

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# Markers of the code pages that Vietnamese office files come in; Windows-1258 is tried last, it accepts nearly all.
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
MAX_COLUMNS = 104  # A…CZ; a list of people is far narrower, and width times height is memory
FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
_ODS_CELLS = {"table:table-cell", "table:covered-table-cell"}
# A cell that holds a value, behind its reference: its style, then a type that is no error, then what is no formula.
_PLAIN_CELL = rb'(?: s="[0-9]++")?+(?: t="(?:s|n|b|str|inlineStr)")?+(?:><v>|/>|><is>|></c>)'
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Unreadable(Exception):
    """The file cannot be read; the text tells an officer what it is and what to do."""


@dataclass(frozen=True)
class Limits:
    """How large a file may be: bytes as uploaded, bytes unfolded, rows."""

    max_bytes: int
    max_unzipped_bytes: int
    max_rows: int


@dataclass
class Sheet:
    """One visible sheet. `rows[0]` is row 1 of the sheet. `faults`: cells that read as empty because they hold an
    error, or a formula that was saved without its result. `merged`: cells over several rows, whose other rows read as
    empty."""

    name: str
    rows: list[list]
    faults: Faults = field(default_factory=dict)
    file_name: str = ""
    merged: Merged = field(default_factory=list)

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
    merged: dict[int, Merged] = {}
    if data.startswith(ZIP):
        faults, merged = _check_archive(data, limits)
    elif data.startswith(OLE):
        if ENCRYPTED in data:
            raise Unreadable(_password_sentence())
        faults = {}
    else:
        rows = _read_csv(data, limits)
        sheets, hidden = [Sheet(file_name.rsplit(".", 1)[0], rows, cell_errors.in_text(rows))], []
        return _finished(sheets, file_name), hidden
    sheets, hidden = _read_calamine(data, faults, merged, limits)
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


def _broken_sentence() -> str:
    return _("Tệp bị hỏng hoặc không phải tệp Excel. Hãy mở bằng Excel, lưu lại dạng .xlsx rồi tải lên.")


def _too_many_rows(limits: Limits) -> str:
    return _("Danh sách có quá nhiều dòng (giới hạn %(limit)s dòng một lần nhập). Hãy chia thành nhiều tệp.") % {
        "limit": f"{limits.max_rows:,}".replace(",", ".")
    }


def too_large(size: int, most: int) -> str:
    """The sentence about a file of `size` bytes where `most` are allowed."""
    return _(
        "Tệp lớn %(size)s MB, vượt giới hạn %(limit)s MB. Hãy xóa hình ảnh trong tệp hoặc chia thành nhiều tệp."
    ) % {"size": number_text(round(size / 1048576, 1)), "limit": most // 1048576}


def _check_archive(data: bytes, limits: Limits) -> tuple[dict[int, Faults], dict[int, Merged]]:
    """Refuse what is no spreadsheet or unfolds too far; return by sheet position cells with errors, and the merged
    cells of an OpenDocument file."""
    bomb = _(
        "Tệp nén bất thường: mở ra lớn hơn %(limit)s MB. Hãy chép danh sách sang một tệp Excel mới rồi tải lên."
    ) % {"limit": limits.max_unzipped_bytes // 1048576}
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
                raise Unreadable(bomb)
            room, faults, ods, merged = limits.max_unzipped_bytes, {}, {}, {}
            for info in archive.infolist():
                # The size in the directory is only a claim, so every part is really unfolded, up to the limit.
                is_sheet = info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml")
                parts = [] if is_sheet or info.filename == "content.xml" else None
                with archive.open(info) as stream:
                    while chunk := stream.read(1 << 20):
                        room -= len(chunk)
                        if room < 0:
                            raise Unreadable(bomb)
                        if parts is not None:
                            parts.append(chunk)
                if is_sheet:
                    faults[info.filename] = _check_sheet_xml(b"".join(parts), limits)
                elif parts is not None:
                    ods = _check_ods(b"".join(parts), limits)
                    within = {"max_rows": limits.max_rows, "max_columns": MAX_COLUMNS}
                    merged = merged_cells.in_ods(b"".join(parts), **within)
            return _by_sheet_position(archive, faults) or ods, merged
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Unreadable(_broken_sentence()) from error


def _check_sheet_xml(xml: bytes, limits: Limits) -> Faults:
    """The reader builds a full rectangle up to the farthest filled cell, so a far one is refused beforehand."""
    if b"<!ENTITY" in xml:
        raise Unreadable(_broken_sentence())
    digits = len(str(limits.max_rows * 2))
    near = rb' r="[A-Z](?:[0-9]{1,%d}+|[12][0-9]{%d})"' % (digits - 1, digits - 1)
    if not re.search(rb"<c(?!%s%s|[A-Za-z])" % (near, _PLAIN_CELL), xml):
        return {}  # every cell stands near and holds a value: nearly every list, told fastest
    start = rb'<c\s[^>]*?r="' if re.search(rb'<c(?=\s)(?! r=")', xml) else rb'<c r="'
    far_row = rb"[A-Z]{1,3}(?:[1-9][0-9]{%d,}|[3-9][0-9]{%d})" % (digits, digits - 1)
    far_column = rb"(?:[A-Z]{3,}|[D-Z][A-Z])[0-9]+"
    if re.search(start + far_row + rb'"[^>]*[^/]>', xml):
        raise Unreadable(_too_many_rows(limits))
    if re.search(start + far_column + rb'"[^>]*[^/]>', xml):
        raise Unreadable(_too_wide_sentence())
    return cell_errors.in_xlsx(xml)


def _too_wide_sentence() -> str:
    return _("Bảng có quá %(limit)s cột. Hãy giữ lại các cột của danh sách rồi tải lên.") % {"limit": MAX_COLUMNS}


def _check_ods(xml: bytes, limits: Limits) -> dict[int, Faults]:
    if b"<!ENTITY" in xml:
        raise Unreadable(_broken_sentence())
    _OdsReach(limits).read(xml)
    return cell_errors.in_ods(xml, max_rows=limits.max_rows, max_columns=MAX_COLUMNS)


class _OdsReach:
    """How far the filled cells of OpenDocument reach. Cells and rows say how often they repeat, empty ones in front of
    a filled one, too, and the reader of values writes all of them out."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.row = self.column = self.filled_to = 0
        self.row_times = self.cell_times = 1

    def read(self, xml: bytes) -> None:
        """Raises Unreadable: beyond the limits, or where tags do not close (the reader would never come to an end)."""
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        try:
            parser.Parse(xml, True)
        except (expat.ExpatError, LookupError, ValueError) as error:  # not closed, or an encoding nobody knows
            raise Unreadable(_broken_sentence()) from error

    def _start(self, tag: str, told: dict[str, str]) -> None:
        if tag in _ODS_CELLS:
            self.cell_times = int(told.get("table:number-columns-repeated", "1"))
            if "office:value-type" in told or "table:formula" in told:
                self.filled_to = self.column + self.cell_times
        elif tag == "text:p":
            self.filled_to = self.column + self.cell_times
        elif tag == "table:table-row":
            self.column = self.filled_to = 0
            self.row_times = int(told.get("table:number-rows-repeated", "1"))
        elif tag == "table:table":
            self.row = 0

    def _end(self, tag: str) -> None:
        if tag in _ODS_CELLS:
            self.column += self.cell_times
        elif tag == "table:table-row":
            if self.filled_to > MAX_COLUMNS:
                raise Unreadable(_too_wide_sentence())
            self.row += self.row_times
            if self.filled_to and self.row > self.limits.max_rows:
                raise Unreadable(_too_many_rows(self.limits))


def _by_sheet_position(archive: zipfile.ZipFile, faults: dict[str, Faults]) -> dict[int, Faults]:
    """Turn part names into positions of sheets through the workbook's relations."""
    found = {part: cells for part, cells in faults.items() if cells}
    if not found:
        return {}
    try:
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        workbook = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    except KeyError:
        return {}
    targets = {}
    for tag in re.findall(r"<Relationship\s[^>]*>", relations):
        key, target = re.search(r'\bId="([^"]*)"', tag), re.search(r'\bTarget="([^"]*)"', tag)
        if key and target:
            targets[key[1]] = "xl/" + target[1].removeprefix("/xl/").removeprefix("xl/")
    names = {}
    for position, tag in enumerate(re.findall(r"<sheet\s[^>]*>", workbook)):
        key = re.search(r'\br:id="([^"]*)"', tag)
        if key and targets.get(key[1]) in found:
            names[position] = found[targets[key[1]]]
    return names


def _read_calamine(
    data: bytes, faults: dict[int, Faults], merged: dict[int, Merged], limits: Limits
) -> tuple[list[Sheet], list[str]]:
    sheets, hidden, rows_left = [], [], limits.max_rows
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            for position, info in enumerate(workbook.sheets_metadata):
                if info.visible != SheetVisibleEnum.Visible:
                    hidden.append(info.name)
                    continue
                sheet = workbook.get_sheet_by_index(position)
                if sheet.total_width > MAX_COLUMNS:
                    raise Unreadable(_too_wide_sentence())
                rows_left -= sheet.height
                if rows_left < 0:
                    raise Unreadable(_too_many_rows(limits))
                rows = sheet.to_python(skip_empty_area=False)
                tall = merged_cells.tall(sheet.merged_cell_ranges) or merged.get(position, [])
                sheets.append(Sheet(info.name, rows, faults.get(position, {}), merged=tall))
    except PasswordError as error:
        raise Unreadable(_password_sentence()) from error
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(_broken_sentence()) from error
    except BaseException as error:
        # The reader's own language stops at some broken files with this, which is no ordinary exception.
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable(_broken_sentence()) from error
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
                raise Unreadable(_too_many_rows(limits))
            if len(row) > MAX_COLUMNS:
                raise Unreadable(_too_wide_sentence())
    except csv.Error as error:
        raise Unreadable(_broken_sentence()) from error
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
                raise Unreadable(_broken_sentence()) from error
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


def write_workbook(sheets: list[tuple[str, list[str], list[list], list[int]]]) -> bytes:
    """An .xlsx of (name, headings, rows, column widths). Text is written as text whatever it starts with."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        head, guarded = heading_format(book), guarded_format(book)
        for name, headings, rows, widths in sheets:
            sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", name)[:31])
            sheet.freeze_panes(1, 0)
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
