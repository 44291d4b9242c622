"""Rows of a list as the lines COPY reads, into `ImportRow` itself.

Nearly every line of a list is plain: a number, a name, cells that say what their heading asks for. Such lines are taken
a thousand at a time and column by column, each different cell once; that is three times as fast as row by row. Whatever
is not plain in any way goes through `reading.RowReader` alone, which says what is wrong, and gives the same for plain
lines.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from itertools import islice

from portal.lib.text import bigrams, clean, fold, sort_key
from units.choices import Poverty, RowVerdict
from units.domain.importing import rows
from units.domain.importing.reading import Row, RowReader
from units.domain.importing.ready import Ready
from units.domain.importing.rows import PHONE_STARTS, text_of

COLUMNS = (
    "row_no, registrant_id, verdict, name, search_name, bigrams, sort_key, address, address_key, hamlet_id,"
    " hamlet_text, members, adults, pupils, group_name, poverty, phone, note, wants_registration, raw, reasons, sheet,"
    " batch_id"
)
SHEET_NAME = 120  # letters of a sheet's name that are kept; spreadsheets allow 31
BLOCK = 1000
REMEMBERED = 50_000
_REMEMBERED = {"members", "adults", "pupils", "group", "hamlet", "register", "poverty", "poor", "near_poor"}
_NEW = f"\t{RowVerdict.ADDED}"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})
_as_json = json.JSONEncoder(ensure_ascii=False, default=text_of).encode
_PHONES = PHONE_STARTS | {""}
_ODD = None  # what a column holds for a cell that is not plain


class _Told(dict):
    """What a cell says, found out once for each different cell."""

    def __init__(self, say: Callable):
        super().__init__()
        self.say = say

    def __missing__(self, cell):
        try:
            said = self.say(cell)
        except rows.BadCell:
            said = _ODD
        if len(self) >= REMEMBERED:
            self.clear()
        self[cell] = said
        return said


def escape(text: str) -> str:
    """Text inside COPY text."""
    return text.translate(_ESCAPES) if "\\" in text or not text.isprintable() else text


def as_json(cells: list) -> str:
    """A row as it came, for the database."""
    return _as_json(cells).replace("\\u0000", "")


def _array(values: list[str]) -> str:
    """A text[] literal inside COPY text; both layers of quoting."""
    if not values:
        return "{}"
    quoted = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return escape("{" + quoted + "}")


def _number(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def _of_name(name: str, search_name: str) -> str:
    """The columns made of a name alone."""
    # Folded words are letters, digits and spaces only, so they need no quoting inside the array.
    pairs = '","'.join(bigrams(search_name))
    return "\t".join((escape(name[:300]), search_name, f'{{"{pairs}"}}' if pairs else "{}", sort_key(name)))


def _without_derived(columns: str) -> str:
    """Columns of a name for a row whose household is written from `ready`: to be found and sorted by is its affair."""
    name, search_name, *_derived = f"{columns}\t".split("\t")
    return f"{name}\t{search_name}\t{{}}\t"


class Encoder:
    """Turns the lines of one sheet into COPY text, in blocks. `new_ids`: keys for households that are new. `ready`: is
    to have what was made of them, too."""

    def __init__(self, reader: RowReader, *, batch_id: int, new_ids: Iterator[int], ready: Ready | None = None):
        self.reader, self.new_ids, self.ready = reader, new_ids, ready
        self.tail = f"{escape(reader.sheet_name[:SHEET_NAME])}\t{batch_id}\n"
        self.rest = f"[]\t{{}}\t{self.tail}"
        self.remembered = [column for name, column in reader.columns.items() if name in _REMEMBERED]
        self.read = read = rows.readers()
        self.names, self.words, self.streets = _Told(_name), _Told(_word), _Told(self._street)
        self.short_names = _Told(_without_derived)
        self.people, self.poverty, self.hamlets = _Told(self._people), _Told(self._poverty), _Told(self._hamlet)
        self.state = (reader.group, reader.hamlet_line)
        self.groups = _Told(lambda cell: escape(read["group"](cell) if _is_told(cell) else reader.group))
        self.ticks = _Told(lambda cell: "t" if _is_told(cell) and read["register"](cell) else "f")

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """(rows, their text), in the order of the sheet."""
        for found in self.reader.runs(BLOCK):
            if isinstance(found, tuple):
                yield len(found[1]), self._of_run(*found)
            else:
                yield 1, self.line(found).encode()

    def line(self, row: Row, key: str = "") -> str:
        """One row, plain or not. `key`: what its block had for it, if it came from one."""
        if row.reasons:
            key = f"\\N\t{RowVerdict.REFUSED}"
        elif row.identity is not None:
            key = f"{row.identity}\t"
        else:
            key = key or f"{next(self.new_ids)}{_NEW}"  # one for each row, never two: `staging` has no more
            if self.ready:
                self.ready.others.append(int(key.partition("\t")[0]))
        return "\t".join(
            (
                str(row.number),
                key,
                _of_name(row.name, row.search_name),
                escape(row.address),
                row.address_key,
                _number(row.hamlet_id),
                escape(row.hamlet_text),
                _number(row.members),
                _number(row.adults),
                _number(row.pupils),
                escape(row.group_name),
                row.poverty,
                escape(row.phone),
                escape(row.note),
                "t" if row.wants_registration else "f",
                escape(as_json(row.raw)) if row.reasons else "[]",
                _array(row.reasons),
                self.tail,
            )
        )

    def _of_run(self, first: int, run: list[list]) -> bytes:
        """Lines that are surely households, the first of them on row `first`; nothing between them changed the group or
        the hamlet."""
        cells = list(zip(*run, strict=True))
        types = set().union(*(map(type, cells[column]) for column in self.remembered))
        # True is 1 to a dictionary, and a tick to people.
        columns = None if bool in types else self._columns(first, cells, len(run))
        odd = range(len(run)) if columns is None else self._odd(columns)
        if self.ready and columns:
            self.ready.keep(self.reader.sheet_name[:SHEET_NAME], first, columns, odd)
            columns[2] = list(map(self.short_names.__getitem__, columns[2]))
        lines = [""] * len(run) if columns is None else list(map("\t".join, zip(*columns, strict=True)))
        for position in odd:
            key = columns[1][position] if columns else ""
            lines[position] = self.line(self.reader.row(run[position], first - 1 + position), key)
        return "".join(lines).encode()

    @staticmethod
    def _odd(columns: list[list]) -> list[int]:
        """Where a column does not hold what it should; the text there is made empty."""
        odd = set()
        for column in columns:
            if _ODD in column:
                odd.update(position for position, text in enumerate(column) if text is _ODD)
                column[:] = [text or "" for text in column]
        return sorted(odd)

    def _columns(self, first: int, cells: list[tuple], count: int) -> list[list]:
        """As COLUMNS has them; those made of the same cells are one text."""
        at = self.reader.columns

        def of(name: str) -> tuple:
            return cells[at[name]] if name in at else ("",) * count

        def each(told: _Told, *names: str) -> list:
            source = of(names[0]) if len(names) == 1 else zip(*map(of, names), strict=True)
            return list(map(told.__getitem__, source))

        state = (self.reader.group, self.reader.hamlet_line)
        if state != self.state:
            self.groups.clear()
            self.hamlets.clear()
            self.state = state
        if "identity" in at:
            keys = list(map(self._key, of("identity")))
        else:
            keys = [f"{key}{_NEW}" for key in islice(self.new_ids, count)]
        address = of("address") if self.reader.address_column is not None else ("",) * count
        return [
            list(map(str, range(first, first + count))),
            keys,
            each(self.names, "name"),
            [_ODD] * count if "house_no" in at else self._addresses(address),
            each(self.hamlets, "hamlet"),
            each(self.people, "members", "adults", "pupils"),
            each(self.groups, "group"),
            each(self.poverty, "poverty", "poor", "near_poor"),
            self._phones(of("phone")),
            list(map(self._note, of("note"))) if "note" in at else [""] * count,
            each(self.ticks, "register"),
            [self.rest] * count,
        ]

    # What a plain cell says, or _ODD. Only RowReader says why one is not plain.

    def _key(self, cell: object) -> str | None:
        if not _is_told(cell):
            return f"{next(self.new_ids)}{_NEW}"
        try:
            return f"{self.read['identity'](cell)}\t"
        except rows.BadCell:
            return _ODD

    def _addresses(self, cells: tuple) -> list:
        """Nearly always all of a block are clean, which is told of all at once."""
        try:
            text = "\n".join(cells)
        except TypeError:
            return list(map(self._address, cells))
        odd = "\\" in text or "  " in text or " \n" in text or "\n " in text or text != text.strip(" ")
        odd = odd or not text.replace("\n", "").isprintable() or not unicodedata.is_normalized("NFC", text)
        odd = odd or text.count("\n") >= len(cells)  # a line break inside a cell would end the row
        return list(map(self._address if odd else self._clean_address, cells))

    def _address(self, cell: object) -> str | None:
        text = clean(cell) if type(cell) is str else "\\"
        return _ODD if "\\" in text else self._clean_address(text)

    def _clean_address(self, text: str) -> str | None:
        if len(text) > 250 or text in rows.ERRORS:
            return _ODD
        # The number is everybody's own, the street the same for many.
        number, _space, street = text.partition(" ")
        if number.isascii():
            spaced = number.replace("/", " ")
            plain = number.isalnum() or spaced.replace(" ", "0").isalnum()
            number = " ".join(spaced.lower().split()) if plain else fold(number)
        elif (number := self.words[number]) is _ODD:
            return _ODD
        if not street:
            return f"{text}\t{number}"
        street = self.streets[street]
        return _ODD if street is _ODD else f"{text}\t{f'{number} {street}'.strip()[:250]}"

    def _street(self, text: str) -> str | None:
        words = [self.words[word] for word in text.split(" ")]
        return _ODD if _ODD in words else " ".join(filter(None, words))

    def _hamlet(self, cell: object) -> str | None:
        row = Row(self.reader.sheet_name, 0, [])
        self.reader.place(row, (self.read["hamlet"](cell) if _is_told(cell) else "") or self.reader.hamlet_line)
        return _ODD if row.reasons else f"{row.hamlet_id}\t{escape(row.hamlet_text)}"

    def _people(self, cells: tuple) -> str | None:
        numbers = [
            self.read[name](cell) if _is_told(cell) else None
            for name, cell in zip(("members", "adults", "pupils"), cells, strict=True)
        ]
        return _ODD if rows.people_fault(*numbers) else "\t".join(map(_number, numbers))

    def _poverty(self, cells: tuple) -> str | None:
        if not self.reader.tells_poverty:
            return ""
        said, poor, near = (
            self.read[name](cell) if _is_told(cell) else ""
            for name, cell in zip(("poverty", "poor", "near_poor"), cells, strict=True)
        )
        return _ODD if poor and near else "POOR" if poor else "NEAR_POOR" if near else str(said or Poverty.NONE)

    def _phones(self, cells: tuple) -> list:
        """Nearly always all of a block are ten digits or empty."""
        try:
            text = "".join(cells)
        except TypeError:
            text = "?"
        ten = text.isascii() and (text.isdigit() or not text) and {0, 10}.issuperset(map(len, cells))
        if ten and _PHONES.issuperset(cell[:2] for cell in cells):
            return list(cells)
        return list(map(self._phone, cells))

    def _phone(self, cell: object) -> str | None:
        if cell == "":
            return ""
        try:
            return escape(self.read["phone"](cell)) if _is_told(cell) else ""
        except rows.BadCell:
            return _ODD

    def _note(self, cell: object) -> str | None:
        try:
            return escape(self.read["note"](cell)) if _is_told(cell) else ""
        except rows.BadCell:
            return _ODD


def _is_told(cell: object) -> bool:
    return cell != "" and cell is not None


def _name(cell: object) -> str | None:
    name, search_name = rows.named(cell)
    return _of_name(name, search_name) if search_name else _ODD


def _word(word: str) -> str | None:
    """Folded; _ODD where it looks like a code page from before Unicode."""
    return _ODD if rows.is_legacy_coded(word) else rows.fold_word(word)
