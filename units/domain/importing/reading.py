"""From the lines below a heading to rows: which lines are households, and what each of their cells says.

Nothing here asks the database: the ward's hamlets come in as a HamletFinder, the sheets from `understanding`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from portal.lib.text import clean, fold
from units.domain.importing import headings, rows
from units.domain.importing.hamlets import HamletFinder, looks_like_hamlet
from units.domain.importing.headings import FIELD_LABELS
from units.domain.importing.merged import OWN, Merged
from units.domain.importing.understanding import SheetPlan

_GROUP_ROW = re.compile(r"^(?:to|to dan pho|to nhan dan|nhom|to doan ket)\s+(?:so\s+)?\w{1,6}$")
_OUTLINE = re.compile(r"^\s*(?:[IVXLC]{1,5}|[A-H]|\d{1,3})\s*[.):/-]\s*", re.IGNORECASE)
_TOTAL = re.compile(r"^(?:tong cong|tong so|tong|cong)(?:$|\s+(?:\d|to\b|khu\b|ho\b|so\b|kp\b|toan\b|cac\b|danh\b))")
_SIGNATURE = re.compile(
    r"\b(nguoi lap|lap bang|lap bieu|nguoi tong hop|chi hoi truong|truong khu pho|truong thon|truong ap|to truong"
    r"|bi thu|chu tich|xac nhan|ky ten|ky va ghi|noi nhan|thay mat|t m|tm|ngay \d* ?thang \d* ?nam)\b"
)
_COUNT = re.compile(r"\b(\d{1,6})\s*(?:hộ|gia đình)\b", re.IGNORECASE)
_NUMBERING = re.compile(r"^\(?\s*(?:\d{1,2}|[a-zA-Z])\s*\)?(?:\s*=.*)?$")


def _is_blank(cells: list) -> bool:
    """Nothing but spaces: what is left of deleted rows, often thousands of them. The first real cell ends the look."""
    return all(not value or (isinstance(value, str) and value.isspace()) for value in cells)


@dataclass(slots=True)
class Row:
    """One line that names a household, as it goes to the staging table. `reasons`: why it cannot be taken."""

    sheet: str
    number: int
    raw: list
    identity: int | None = None
    name: str = ""
    search_name: str = ""
    hamlet_id: int | None = None
    hamlet_text: str = ""
    address: str = ""
    address_key: str = ""
    group_name: str = ""
    members: int | None = None
    adults: int | None = None
    pupils: int | None = None
    poverty: str = ""
    phone: str = ""
    note: str = ""
    wants_registration: bool = False
    reasons: list[str] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)  # field → its first sentence, for a grid on screen

    def refuse(self, name: str, text: object) -> None:
        """Say why the row cannot be taken, and which field it is about."""
        self.reasons.append(str(text))
        self.cells.setdefault(name, str(text))


class RowReader:
    """Turns the lines of one sheet into Rows; remembers the group and hamlet lines between them."""

    def __init__(self, plan: SheetPlan, finder: HamletFinder, *, fixed_hamlet: int | None, own: frozenset[str] = OWN):
        self.plan, self.finder = plan, finder
        self.merged = Merged(plan.sheet, plan.header.columns, plan.header.first_row, own)
        self.columns = plan.header.columns
        self.number_column, self.name_column = self.columns.get("number"), self.columns["name"]
        self.address_column = None if "house_no" in self.columns else self.columns.get("address")
        self.sheet_name, self.faults = plan.sheet.name, plan.sheet.faults
        self.told_columns = [column for name, column in self.columns.items() if name != "number"]
        self.fixed_hamlet = fixed_hamlet
        self.sheet_hamlet = _resolved(plan.hamlet_text, finder)
        readers = rows.readers()
        self.simple = [(name, column, readers[name]) for name, column in self.columns.items() if name in readers]
        self.tells_poverty = bool(self.columns.keys() & {"poverty", "poor", "near_poor"})
        self.group, self.hamlet_line = "", ""
        self.totals: list[str] = []
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for found in self.runs(1):
            yield self.row(found[1][0], found[0] - 1) if isinstance(found, tuple) else found

    def runs(self, most: int) -> Iterator[Row | tuple[int, list[list]]]:
        """The lines in order: at most `most` lines that are surely rows as (row of the first, lines), each other one as
        a Row."""
        source, first = self.plan.sheet.rows, self.plan.header.first_row
        faulty = {position for position, _column in self.faults} | self.merged.lost.keys()
        number, name, merged = self.number_column, self.name_column, bool(self.merged)
        reading, run, start = True, [], 0
        for position in range(first, len(source)):
            cells = source[position]
            if (
                # Nearly every line: a serial number other than 0, and something in the name's column.
                number is not None
                and type(cells[number]) is float
                and cells[number] != 0
                and type(cells[name]) is str
                and cells[name] != ""
                and position not in faulty
                and (position != first or not self._is_numbering(cells))
            ):
                reading = True
                if merged:
                    self.merged.fill(cells, position)
                start = start if run else position
                run.append(cells)
                if len(run) == most:
                    self.count += most
                    yield start + 1, run
                    run = []
                continue
            if run:
                self.count += len(run)
                yield start + 1, run
                run = []
            if self._is_surely_row(cells) and (position != first or not self._is_numbering(cells)):
                line = "row"
                reading = True
            elif self.faults and self._is_lost(cells, position, reading):
                line = "row"
                reading = reading or self._has_number(cells)
            elif not any(cells) or _is_blank(cells):
                continue
            else:
                # After the signatures only a numbered line or a heading printed again starts another part of the list.
                reading = reading or self._repeats_heading(cells) or self._is_numbered(cells)
                line = self._line_kind(cells, position) if reading else "skip"
            if line == "end":
                reading = False
            elif line == "row":
                self.count += 1
                if merged:
                    self.merged.fill(cells, position)
                yield self.row(cells, position)
        if run:
            self.count += len(run)
            yield start + 1, run

    def _is_surely_row(self, cells: list) -> bool:
        """A serial number other than 0, and something in the name's column."""
        number = cells[self.number_column] if self.number_column is not None else None
        name = cells[self.name_column]
        return type(number) is float and number != 0 and type(name) is str and name != ""

    def _is_lost(self, cells: list, position: int, reading: bool) -> bool:
        """A household that would be passed over because cells with errors read as empty. It is told as refused.

        A formula saved without its result is no error here: lists often hold rows of them made ready for later.
        """
        errors = [column for column in self.told_columns if self.faults.get((position, column))]
        if not errors or cells[self.name_column] not in ("", None):
            return False
        texts = [fold(value) for value in cells if isinstance(value, str) and not value.isspace() and value]
        if not texts:
            return True
        if self.name_column not in errors:
            return False
        other = any(_TOTAL.match(text) or _SIGNATURE.search(text) for text in texts)
        return self._has_number(cells) or (reading and not other)

    def _line_kind(self, cells: list, position: int) -> str:
        """row, skip or end; notes group, hamlet and total lines on the way."""
        if self._is_numbered(cells) and (position != self.plan.header.first_row or not self._is_numbering(cells)):
            return "row"
        filled = [value for value in cells if value not in ("", None)]
        texts = [clean(value) for value in filled if isinstance(value, str)]
        if not texts:
            has_name = self._at(cells, "name") not in ("", None)
            return "row" if has_name and len(filled) > 1 and not self._is_numbering(cells) else "skip"
        first = fold(_OUTLINE.sub("", texts[0])) or fold(texts[0])
        if len(filled) <= 2 and (len(texts) == len(filled) == 1 or isinstance(filled[0], str)):
            title, is_group = clean(_OUTLINE.sub("", texts[0])), bool(_GROUP_ROW.match(first))
            # "Tổ dân phố 5" is a hamlet in some wards, a group in others: the ward's own hamlets tell.
            if looks_like_hamlet(title) and (not is_group or self.finder.find(title).pk):
                self.hamlet_line, self.group = title, ""
                return "skip"
            if is_group:
                self.group = title
                return "skip"
        if _TOTAL.match(first) and not self._looks_like_person(cells):
            self.totals.append(texts[0])
            return "skip"
        known = [self._at(cells, name) for name in ("number", "members", "adults", "group", "register")]
        if all(value in ("", None) for value in known) and any(_SIGNATURE.search(fold(text)) for text in texts):
            return "end"
        if self._repeats_heading(cells) or self._is_numbering(cells):
            return "skip"
        return "row"

    def _is_numbered(self, cells: list) -> bool:
        """A serial number and something in the name's column: surely a household."""
        name = self._at(cells, "name")
        return isinstance(name, str) and name != "" and self._has_number(cells)

    def _has_number(self, cells: list) -> bool:
        number = self._at(cells, "number")
        return isinstance(number, float) or str(number).strip().isdecimal()

    def _looks_like_person(self, cells: list) -> bool:
        """Tống … is a family name; a total line has no address."""
        return bool(self._at(cells, "address") or self._at(cells, "house_no"))

    def _repeats_heading(self, cells: list) -> bool:
        name = self._at(cells, "name")
        return (
            isinstance(name, str) and bool(name) and headings.field_of(name) == "name" and len(fold(name).split()) > 1
        )

    def _is_numbering(self, cells: list) -> bool:
        """The line "(1) (2) (3) …" under a heading."""
        filled = [rows.text_of(value) for value in cells if value not in ("", None)]
        return len(filled) >= 3 and all(_NUMBERING.match(text) for text in filled)

    def _at(self, cells: list, name: str) -> object:
        column = self.columns.get(name)
        return "" if column is None else cells[column]

    def row(self, cells: list, position: int) -> Row:
        """One line as a row, with what is wrong in it."""
        row = Row(self.sheet_name, position + 1, cells)
        reasons = row.reasons
        if self.faults:
            self._refuse_faults(reasons, position)
        try:
            row.name, row.search_name = rows.named(cells[self.name_column])
            if not row.search_name:
                raise rows.BadCell(_("Ô họ tên ghi “%(text)s”, không phải tên người.") % {"text": row.name[:60]})
        except rows.BadCell as error:
            if not reasons:
                row.refuse("name", error)
        try:
            column = self.address_column
            row.address = self._address(cells) if column is None else rows.address_of(cells[column])
            row.address_key = rows.fold_text(row.address)[:250]
        except rows.BadCell as error:
            row.refuse("address", error)
        told = {}
        for name, column, reader in self.simple:
            value = cells[column]
            if value != "" and value is not None:
                try:
                    told[name] = reader(value)
                except rows.BadCell as error:
                    row.refuse(name, error)
        get = told.get
        row.identity = get("identity")
        row.members, row.adults, row.pupils = get("members"), get("adults"), get("pupils")
        row.group_name, row.phone, row.note = get("group", self.group), get("phone", ""), get("note", "")
        row.wants_registration = get("register", False)
        fault = rows.people_fault(row.members, row.adults, row.pupils)
        if fault:
            row.refuse("members", fault)
        if self.tells_poverty:
            poor, near = get("poor", False), get("near_poor", False)
            if poor and near:
                row.refuse("poverty", _("Đánh dấu cả Nghèo và Cận nghèo. Chỉ được đánh dấu một."))
            row.poverty = "POOR" if poor else "NEAR_POOR" if near else str(get("poverty", "NONE"))
        self.place(row, get("hamlet", "") or self.hamlet_line)
        return row

    def _refuse_faults(self, reasons: list[str], position: int) -> None:
        """Errors, and formulas saved without their results, would read as empty cells."""
        for name, column in self.columns.items():
            if name != "number" and (why := self.plan.sheet.fault_at(position, column, FIELD_LABELS[name])):
                reasons.append(why)

    def _address(self, cells: list) -> str:
        """Of a list with columns of its own for number and street; nothing where no column tells it."""
        if "house_no" not in self.columns:
            return ""
        both = (rows.address_of(self._at(cells, name)) for name in ("house_no", "street"))
        return " ".join(filter(None, both))

    def place(self, row: Row, told: str) -> None:
        """Where the household stands: its own column, else the line above, else the whole list's hamlet."""
        text = told or ("" if self.fixed_hamlet else self.sheet_hamlet)
        row.hamlet_text = text[:200]
        if not text:
            row.hamlet_id = self.fixed_hamlet
            if row.hamlet_id is None:
                row.refuse(
                    "hamlet",
                    _("Ô khu phố, thôn để trống. Hãy ghi khu phố, thôn vào từng dòng.")
                    if "hamlet" in self.columns
                    else _("Không rõ khu phố, thôn nào. Hãy thêm cột “Khu phố” hoặc chọn khu phố khi tải lên."),
                )
            return
        match = self.finder.find(text)
        row.hamlet_id = match.pk
        if match.pk is None:
            row.refuse("hamlet", match.reason)
        elif self.fixed_hamlet and match.pk != self.fixed_hamlet:
            row.refuse(
                "hamlet",
                _("Dòng này ghi %(found)s, nhưng danh sách đang nhập cho %(chosen)s.")
                % {"found": self.finder.name_of(match.pk), "chosen": self.finder.name_of(self.fixed_hamlet)},
            )


def _resolved(text: str, finder: HamletFinder) -> str:
    """The hamlet a sheet's name or letterhead tells: words behind the name are dropped; words that are no hamlet and
    hold no number ("Bản in") tell nothing."""
    words = text.split()
    for length in range(len(words), 1, -1):
        if finder.find(" ".join(words[:length])).pk:
            return " ".join(words[:length])
    return text if any(letter.isdecimal() for letter in text) else ""


def printed_total(text: str) -> int | None:
    """Number of households a total line prints ("Tổng cộng: 211 hộ" → 211); None when it prints none."""
    match = _COUNT.search(text)
    return int(match[1]) if match and fold(text).startswith(("tong cong", "tong so")) else None
