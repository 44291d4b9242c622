"""How far do the cells of a workbook reach, and how much does it unfold into? Asked before the reader builds a cell.

The reader builds a full rectangle up to the farthest filled cell, and writes out each text as often as cells name it
or repeat it. So a few kilobytes can become gigabytes in many ways, and every way of writing a cell that the reader
takes is looked at here: with a name space before the tag, other quotes, attributes in any order, no reference at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat

from django.utils.translation import gettext as _

MAX_COLUMNS = 104  # A…CZ; a list of people is far narrower, and width times height is memory
_LEAST_CELL = 22  # bytes of a cell that names a shared text: <c t="s"><v>0</v></c>
_ODS_CELLS = {"table:table-cell", "table:covered-table-cell"}
# A cell that holds a value, behind its reference: its style, then a type that is no error, then what is no formula.
_PLAIN_CELL = rb'(?: s="[0-9]++")?+(?: t="(?:s|n|b|str|inlineStr)")?+(?:><v>|/>|><is>|></c>)'
_TAG = rb"<(?:[^<>\s/:]*:)?%s(?=[\s/>])"  # of any name space
_REFERENCE = re.compile(rb"(?:^|\s)r\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SHARED = re.compile(rb' t="s"><v>([0-9]+)<')  # in a plain sheet
_HIDDEN = re.compile(rb'<row (?=[^<>]*\bhidden="(?:1|true)")[^<>]*\br="([0-9]{1,7})"')
_ANY_VALUE = re.compile(_TAG % b"v" + rb"[^<]*>\s*([0-9]+)\s*<")  # numbers taken for names of texts, too


class Unreadable(Exception):
    """The file cannot be read; the text tells an officer what it is and what to do."""


@dataclass(frozen=True)
class Limits:
    """How large a file may be: bytes as uploaded, bytes unfolded, rows."""

    max_bytes: int
    max_unzipped_bytes: int
    max_rows: int


def broken() -> Unreadable:
    """The refusal of what is no workbook."""
    return Unreadable(_("Tệp bị hỏng hoặc không phải tệp Excel. Hãy mở bằng Excel, lưu lại dạng .xlsx rồi tải lên."))


def too_many_rows(limits: Limits) -> Unreadable:
    """The refusal of a sheet that is too long."""
    text = _("Danh sách có quá nhiều dòng (giới hạn %(limit)s dòng một lần nhập). Hãy chia thành nhiều tệp.")
    return Unreadable(text % {"limit": f"{limits.max_rows:,}".replace(",", ".")})


def too_wide() -> Unreadable:
    """The refusal of a sheet that is too wide."""
    text = _("Bảng có quá %(limit)s cột. Hãy giữ lại các cột của danh sách rồi tải lên.")
    return Unreadable(text % {"limit": MAX_COLUMNS})


def too_much(limits: Limits) -> Unreadable:
    """The refusal of a file that unfolds too far."""
    text = _("Tệp nén bất thường: mở ra lớn hơn %(limit)s MB. Hãy chép danh sách sang một tệp Excel mới rồi tải lên.")
    return Unreadable(text % {"limit": limits.max_unzipped_bytes // 1048576})


def is_plain_sheet(xml: bytes, limits: Limits) -> bool:
    """Stands every cell near and holds a value, written as spreadsheets write them? Nearly every list, told fast."""
    digits = len(str(limits.max_rows * 2))
    near = rb' r="[A-Z](?:[0-9]{1,%d}+|[12][0-9]{%d})"' % (digits - 1, digits - 1)
    if b":c" in xml or b"<!" in xml[:4096]:
        return False
    return not re.search(rb"<c(?!%s%s|[A-Za-z])" % (near, _PLAIN_CELL), xml)


def hidden_rows(xml: bytes) -> frozenset[int]:
    """Rows of a sheet, from 0, that a filter or somebody has hidden."""
    return frozenset(int(row) - 1 for row in _HIDDEN.findall(xml)) if b'hidden="' in xml else frozenset()


def check_sheet(xml: bytes, limits: Limits) -> None:
    """Refuse a sheet of .xlsx whose cells reach too far. Raises Unreadable."""
    if b"<!ENTITY" in xml or b"\x00" in xml:
        raise broken()
    digits = len(str(limits.max_rows * 2))
    rows = rb"0*(?:[0-9]{1,%d}|[12][0-9]{%d})" % (digits - 1, digits - 1)
    near = re.compile(rb"(?:[A-Ca-c]?[A-Za-z])" + rows)
    nearly_all = rb' r="[A-C]?[A-Z](?:[0-9]{1,%d}+|[12][0-9]{%d})"' % (digits - 1, digits - 1)
    without = False
    for found in re.finditer(_TAG % b"c" + rb"(?!%s)([^<>]*)>" % nearly_all, xml):
        told = found[1]
        if told.count(b'"') % 2 or told.count(b"'") % 2:
            raise broken()
        reference = _REFERENCE.search(told)
        where = (reference[1] or reference[2] or b"").strip() if reference else b""
        without |= not where
        if where and not near.fullmatch(where) and not told.endswith(b"/"):
            raise too_wide() if re.match(rb"[A-Za-z]{3}|[D-Zd-z][A-Za-z]", where) else too_many_rows(limits)
    if without:
        _check_unnamed(xml, re.compile(rows), limits)


def _check_unnamed(xml: bytes, near: re.Pattern, limits: Limits) -> None:
    """Cells without a reference stand behind the one before, in the row that their row says it is."""
    for row in re.split(_TAG % b"row", xml)[1:]:
        told, _end, cells = row.partition(b">")
        if told.count(b'"') % 2 or told.count(b"'") % 2:
            raise broken()
        reference = _REFERENCE.search(told)
        where = (reference[1] or reference[2] or b"").strip() if reference else b""
        if where and not near.fullmatch(where) and not told.endswith(b"/"):
            raise too_many_rows(limits)
        if len(re.findall(_TAG % b"c", cells)) > MAX_COLUMNS:
            raise too_wide()


class SharedTexts:
    """How much text the cells of a workbook come to, each written out where it is named. `texts`: the part that holds
    them; `sheets`: those that name them, with whether they are plain."""

    def __init__(self, limits: Limits):
        self.limits, self.room = limits, limits.max_unzipped_bytes
        self.texts: bytes = b""
        self.sheets: list[tuple[bytes, bool]] = []

    def check(self) -> None:
        """Raises Unreadable."""
        longest = max(map(len, self.texts.split(b"<si")))  # or several in one, where they are written otherwise
        if longest * (sum(len(xml) for xml, _plain in self.sheets) // _LEAST_CELL) <= self.room:
            return  # whatever they name
        lengths = [len(text) for text in re.split(_TAG % b"si", self.texts)[1:]]
        for xml, plain in self.sheets:
            for number in (_SHARED if plain else _ANY_VALUE).findall(xml):
                self.room -= lengths[int(number)] if len(number) < 9 and int(number) < len(lengths) else 0
                if self.room < 0:
                    raise too_much(self.limits)


class OdsReach:
    """How far the filled cells of OpenDocument reach, and how much text they hold. Cells and rows say how often they
    repeat, empty ones in front of a filled one, too, and the reader of values writes all of them out."""

    def __init__(self, limits: Limits):
        self.limits, self.room = limits, limits.max_unzipped_bytes
        self.row = self.column = self.filled_to = 0
        self.row_times = self.cell_times = 1
        self.letters = self.letters_of_row = 0
        self.in_cell = self.is_hidden = False
        self.sheet, self.hidden = -1, {}  # position of a sheet → its hidden rows that say something

    def read(self, xml: bytes) -> None:
        """Raises Unreadable: beyond the limits, or where tags do not close (the reader would never come to an end)."""
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(xml, True)
        except (expat.ExpatError, LookupError, ValueError) as error:  # not closed, or an encoding nobody knows
            raise broken() from error

    def _start(self, tag: str, told: dict[str, str]) -> None:
        if tag in _ODS_CELLS:
            self.cell_times = int(told.get("table:number-columns-repeated", "1"))
            self.in_cell, self.letters = True, sum(map(len, told.values()))
            if "office:value-type" in told or "table:formula" in told:
                self.filled_to = self.column + self.cell_times
        elif tag == "text:p":
            self.filled_to = self.column + self.cell_times
        elif tag == "text:s" and self.in_cell:
            self.letters += int(told.get("text:c", "1"))  # so many spaces
        elif tag == "table:table-row":
            self.column = self.filled_to = self.letters_of_row = 0
            self.row_times = int(told.get("table:number-rows-repeated", "1"))
            self.is_hidden = told.get("table:visibility", "visible") != "visible"
        elif tag == "table:table":
            self.row, self.sheet = 0, self.sheet + 1

    def _text(self, text: str) -> None:
        if self.in_cell:
            self.letters += len(text)

    def _end(self, tag: str) -> None:
        if tag in _ODS_CELLS:
            self.column += self.cell_times
            self.letters_of_row += self.letters * self.cell_times
            self.in_cell = False
        elif tag == "table:table-row":
            if self.filled_to > MAX_COLUMNS:
                raise too_wide()
            self.row += self.row_times
            if self.filled_to and self.row > self.limits.max_rows:
                raise too_many_rows(self.limits)
            if self.filled_to and self.is_hidden:
                rows = range(self.row - self.row_times, self.row)
                self.hidden[self.sheet] = self.hidden.get(self.sheet, frozenset()).union(rows)
            if self.filled_to:
                self.room -= self.letters_of_row * self.row_times
            if self.room < 0:
                raise too_much(self.limits)
