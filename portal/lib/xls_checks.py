"""How much does a workbook from before 2007 (.xls) unfold into? Asked before the reader builds a cell.

Such a file keeps each text once, and every cell that shows it names it by its number in ten bytes; the reader writes
the text out for each of them. It also builds a full rectangle up to the farthest cell of every sheet, hidden ones too,
and as many sheets as the file lists, even when several are said to stand at one place. So the records are walked
through first, which takes no more memory than the file itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from xlrd.book import unpack_SST_table

from portal.lib.cell_errors import XLS_BROKEN
from portal.lib.workbook_checks import MAX_COLUMNS, Limits, broken, too_many_rows, too_much, too_wide

_END, _CONTINUE, _SHEET, _TEXTS, _TEXT_CELL = 0x0A, 0x3C, 0x85, 0xFC, 0xFD
_REACH = 0x200  # what a sheet says of how far it reaches; the reader sets memory aside for it
_CELLS = {0x03, 0x04, 0x06, 0x7E, 0xBD, 0xD6, _TEXT_CELL, 0x203, 0x204, 0x205, 0x206, 0x27E, 0x406}
_LONGEST = 32_767 * 3  # bytes of the longest text a cell can hold
_MOST_ROWS, _MOST_COLUMNS = 65_536, 256  # of the format
_MOST_STREAMS = 2  # a workbook for Excel 97 and one for Excel 95 beside it


def check(data: bytes, limits: Limits) -> None:
    """Refuse what unfolds too far. Raises Unreadable."""
    try:
        streams = _Container(data).workbooks()
        for stream in streams:
            texts, sheets = _contents(stream)
            _Reach(limits, stream, _lengths(texts)).check(sheets)
    except XLS_BROKEN as error:
        raise broken() from error
    if not streams:
        raise broken()


class _Container:
    """The file system inside such a file: sectors that follow each other as a table tells. A table that leads in a
    circle is refused: the readers would follow it for ever."""

    def __init__(self, data: bytes):
        self.data, self.size = data, 1 << struct.unpack_from("<H", data, 30)[0]
        if self.size not in (512, 4096):
            raise broken()
        directory, _, self.large_from, small_table, _, more, _ = struct.unpack_from("<iiiiiii", data, 48)
        numbers = list(struct.unpack_from("<109i", data, 76))
        seen = 0
        while more >= 0:  # where the table itself stands, when the beginning of the file has no room for it
            *further, more = struct.unpack(f"<{self.size // 4}i", self._sector(more))
            numbers += further
            seen += self.size
            if seen > len(data):
                raise broken()
        numbers = [number for number in numbers if number >= 0]
        if len(numbers) * self.size > len(data):  # one sector named again and again would be read as often
            raise broken()
        self.table = _numbers(b"".join(map(self._sector, numbers)))
        entries = self._chain(directory)
        self.entries = [entries[start : start + 128] for start in range(0, len(entries) - 127, 128)]
        self.small_table = _numbers(self._chain(small_table))
        self.small = self._chain(struct.unpack_from("<i", self.entries[0], 116)[0])

    def workbooks(self) -> list[bytes]:
        """Every stream a reader may take for the workbook."""
        found = []
        for entry in self.entries:
            name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace")
            start, size = struct.unpack_from("<iI", entry, 116)
            if name.lower() in ("workbook", "book"):
                if len(found) == _MOST_STREAMS:
                    raise broken()
                small = size < self.large_from
                found.append((self._small_chain(start) if small else self._chain(start))[:size])
        return found

    def _sector(self, number: int) -> bytes:
        return self.data[(number + 1) * self.size : (number + 2) * self.size]

    def _chain(self, number: int) -> bytes:
        return b"".join(map(self._sector, _followed(number, self.table)))

    def _small_chain(self, number: int) -> bytes:
        numbers = _followed(number, self.small_table)
        return b"".join(self.small[position * 64 : position * 64 + 64] for position in numbers)


def _numbers(table: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(table) // 4}i", table[: len(table) // 4 * 4]))


def _followed(number: int, table: list[int]) -> list[int]:
    """The sectors of a chain, in order."""
    found = []
    while number >= 0:
        found.append(number)
        if len(found) > len(table):
            raise broken()
        number = table[number]
    return found


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """(kind, where its content begins, its length) from `start` to the end of that part."""
    while start + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, start)
        if kind == _END:
            return
        yield kind, start + 4, size
        start += 4 + size


def _contents(stream: bytes) -> tuple[list[bytes], list[int]]:
    """The table of texts, in its pieces, and where each sheet begins."""
    texts: list[bytes] = []
    sheets, goes_on = [], False
    for kind, start, size in _records(stream, 0):
        goes_on = kind == _TEXTS or (goes_on and kind == _CONTINUE)
        if goes_on:
            texts.append(stream[start : start + size])
        elif kind == _SHEET:
            sheets.append(struct.unpack_from("<I", stream, start)[0])
    return texts, sheets


def _lengths(texts: list[bytes]) -> list[int] | None:
    """Bytes of each text; None where one cannot be made out (half a sign, as some programs cut them)."""
    if not texts:
        return []
    try:
        found, _formats = unpack_SST_table(texts, struct.unpack_from("<I", texts[0], 4)[0])
    except UnicodeError:
        return None
    return [len(text.encode("utf-8", "replace")) for text in found]


class _Reach:
    """What the cells of a workbook come to: their texts written out, and the rectangles around them."""

    def __init__(self, limits: Limits, stream: bytes, lengths: list[int] | None):
        self.limits, self.stream, self.lengths = limits, stream, lengths
        self.room, self.cells = limits.max_unzipped_bytes, limits.max_rows * MAX_COLUMNS
        self.records = len(stream) // 4 + 1  # an honest file has no record in two sheets

    def check(self, sheets: list[int]) -> None:
        """Raises Unreadable."""
        for start in sheets:
            rows = columns = 0
            for kind, at, size in _records(self.stream, start):
                self.records -= 1
                if self.records < 0:
                    raise broken()
                if kind == _REACH:
                    self._told(at, size)
                elif kind in _CELLS and size >= 6:
                    row, column = struct.unpack_from("<HH", self.stream, at)
                    if kind == 0xBD:  # several numbers side by side; the last column stands at the end
                        column = max(column, struct.unpack_from("<H", self.stream, at + size - 2)[0])
                    rows, columns = max(rows, row + 1), max(columns, column + 1)
                    if kind == _TEXT_CELL:
                        self._text(at)
            self.cells -= rows * columns
            if self.cells < 0:
                if columns > MAX_COLUMNS:
                    raise too_wide()
                raise too_many_rows(self.limits) if rows > self.limits.max_rows else too_much(self.limits)

    def _told(self, at: int, size: int) -> None:
        """What a sheet claims, where it is more than the format has."""
        if size >= 14:
            _first, rows, _left, columns = struct.unpack_from("<IIHH", self.stream, at)
            if rows > _MOST_ROWS or columns > _MOST_COLUMNS:
                raise broken()

    def _text(self, at: int) -> None:
        number = struct.unpack_from("<I", self.stream, at + 6)[0]
        if self.lengths is None:
            self.room -= _LONGEST
        elif number < len(self.lengths):
            self.room -= self.lengths[number]
        if self.room < 0:
            raise too_much(self.limits)
