"""New households on their way into the register while their list is still at hand.

Where a list is read and written in one go, what was made for `ImportRow` serves the register as well: the same pieces
of COPY text, put together for three tables. PostgreSQL takes rows by COPY in less time than it needs to copy them from
one of its tables to another. A list that was shown first is written from its rows (`applying`), with the same result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, repeat

from django.db import connection

from units.choices import Poverty, RegistrantKind, RowVerdict
from units.models import ImportBatch

_NEW = f"\t{RowVerdict.ADDED}"
_TABLES = {
    "units_registrant": "id, name, search_name, bigrams, sort_key, hamlet_id, note, kind, commune_id, district_id,"
    " province_id, opened_on, close_reason, import_batch_id",
    "units_household": "registrant_id, address, address_key, members, adults, pupils, group_name, poverty, phone",
    "units_stay": "registrant_id, hamlet_id, kind, commune_id, district_id, province_id, since",
}


class Ready:
    """What was made of the plain lines of a list. `others`: keys of new households whose lines were not plain."""

    def __init__(self):
        self.blocks: list[_Block] = []
        self.others: list[int] = []

    def keep(self, sheet: str, first: int, columns: list[list], odd: list[int]) -> None:
        """A block of lines as `lines.Encoder` has them, without the odd ones."""
        _numbers, keys, names, addresses, hamlets, people, groups, poverty, phones, notes = columns[:10]
        ids = [key.removesuffix(_NEW) for key in keys]
        new = [key.isdecimal() for key in ids]  # others end with a tab, or are odd
        for position in odd:
            new[position] = False
        key_of = {text: text.partition("\t")[0] for text in set(hamlets)}
        hamlets = list(map(key_of.__getitem__, hamlets))
        self.blocks.append(
            _Block(sheet, first, new, ids, names, addresses, hamlets, people, groups, poverty, phones, notes)
        )

    def write(self, batch: ImportBatch, params: dict) -> int:
        """Copy those judged to be new; returns how many. `params`: as `applying` has them."""
        left_out = set(batch.rows.exclude(verdict=RowVerdict.ADDED).values_list("sheet", "row_no"))
        for block in self.blocks if left_out else ():
            rows = ((block.sheet, number) for number in count(block.first))
            block.new[:] = [is_new and row not in left_out for is_new, row in zip(block.new, rows, strict=False)]
        where = [RegistrantKind.HOUSEHOLD, *(params[name] or "\\N" for name in ("commune", "district", "province"))]
        since = "\t".join(map(str, (*where, params["day"])))
        copied = 0
        with connection.cursor() as cursor:
            for table, lines in (
                ("units_registrant", self._registrants(f"{since}\t\t{batch.pk}\n")),
                ("units_household", self._households()),
                ("units_stay", self._stays(f"{since}\n")),
            ):
                cursor.cursor.copy_expert(f"COPY {table} ({_TABLES[table]}) FROM STDIN", Text(lines), 1 << 18)
                copied = cursor.cursor.rowcount
        return copied

    def _registrants(self, tail: str) -> Iterator[bytes]:
        for one in self.blocks:
            yield _joined(one.new, one.ids, one.names, one.hamlets, one.notes, repeat(tail, len(one.new)))

    def _households(self) -> Iterator[bytes]:
        for one in self.blocks:
            poverty = [text or str(Poverty.NONE) for text in one.poverty]
            ends = [f"{phone}\n" for phone in one.phones]
            yield _joined(one.new, one.ids, one.addresses, one.people, one.groups, poverty, ends)

    def _stays(self, tail: str) -> Iterator[bytes]:
        for one in self.blocks:
            yield _joined(one.new, one.ids, one.hamlets, repeat(tail, len(one.new)))


@dataclass(slots=True)
class _Block:
    """Lines from row `first` on, column by column; `names`, `addresses` and `people` are several columns each. `new`:
    which of them go into the register."""

    sheet: str
    first: int
    new: list[bool]
    ids: list[str]
    names: list[str]
    addresses: list[str]
    hamlets: list[str]
    people: list[str]
    groups: list[str]
    poverty: list[str]
    phones: list[str]
    notes: list[str]


def _joined(new: list[bool], *columns) -> bytes:
    lines = map("\t".join, zip(*columns, strict=True))
    return "".join(lines if all(new) else [line for line, is_new in zip(lines, new, strict=True) if is_new]).encode()


class Text:
    """Blocks of text as the file COPY reads from."""

    def __init__(self, blocks: Iterator[bytes]):
        self.blocks, self.left = blocks, memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        while not self.left:
            block = next(self.blocks, None)
            if block is None:
                return b""
            self.left = memoryview(block)
        data = bytes(self.left[:size])
        self.left = self.left[size:]
        return data
