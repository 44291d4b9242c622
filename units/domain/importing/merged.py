"""Cells a file itself declares merged over several rows: what they say holds for each of those rows. Plain empty cells
are never filled, and nothing that every row must tell of itself is."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from portal.lib.numbers import number
from portal.lib.tabular import Sheet

# Whatever one person or household has of its own: two rows that share it are a mistake, not a way of writing.
OWN = frozenset(
    {
        "identity",
        "number",
        "name",
        "members",
        "adults",
        "pupils",
        "phone",
        "birth_year",
        "id_number",
        "contact",
        "branch_chair",
        "committee_head",
        "fund",
        "staff",
        "learners",
    }
)


class Merged:
    """The merged cells of a sheet under the columns of a list. `own`: fields that are not carried down."""

    def __init__(self, sheet: Sheet, columns: dict[str, int], first_row: int, own: Collection[str] = OWN):
        self.sheet = sheet
        self.told: dict[int, list[tuple[int, object]]] = {}  # row → (column, value) of the merged cell above it
        self.lost: dict[int, list[tuple[int, str]]] = {}  # row → (column, error) of the merged cell above it
        self.filled: dict[str, int] = {}  # field → rows that were given its value
        self.kept: set[str] = set()  # fields of their own that were merged all the same
        self.shared: dict[int, list[tuple[str, int]]] = {}  # row → (such a field, row it is merged with)
        self.names = {column: name for name, column in sorted(columns.items(), key=lambda one: one[1])}
        room = len(sheet.rows) * max(len(columns), 1)  # ranges that lie upon each other are no list
        for top, bottom, column in sheet.merged:
            bottom = min(bottom, len(sheet.rows) - 1)
            room -= max(bottom - top, 0)
            # Empty merged cells below the last row (a place for signatures) are nobody's.
            if not first_row <= top < len(sheet.rows) or column not in self.names or room < 0:
                continue
            value = sheet.rows[top][column] if column < len(sheet.rows[top]) else ""
            name = self.names[column]
            if (top, column) in sheet.faults:
                for row in range(top + 1, bottom + 1):
                    self.lost.setdefault(row, []).append((column, sheet.faults[top, column]))
            elif value in ("", None):
                continue
            elif name.split("_20")[0] in own:
                self.kept.add(name)
                for row in range(top + 1, bottom + 1):
                    self.shared.setdefault(row, []).append((name, top))
            else:
                for row in range(top + 1, bottom + 1):
                    self.told.setdefault(row, []).append((column, value))

    def __bool__(self) -> bool:
        return bool(self.told or self.lost)

    def fill(self, cells: list, position: int) -> None:
        """Write into a row what the merged cells above it say. Done once more it changes nothing."""
        for column, value in self.told.get(position, ()):
            if column < len(cells) and cells[column] in ("", None):
                cells[column] = value
                name = self.names[column]
                self.filled[name] = self.filled.get(name, 0) + 1
        for column, error in self.lost.get(position, ()):
            self.sheet.faults.setdefault((position, column), error)

    def fault(self, position: int, labels: Mapping[str, object]) -> str:
        """Why a row cannot be taken that shares what it must tell of itself; "" when it does not."""
        text = _("Ô ở cột %(label)s bị gộp với dòng %(row)d. Hãy bỏ gộp và ghi riêng cho từng dòng.")
        return " ".join(text % {"label": labels[name], "row": top + 1} for name, top in self.shared.get(position, ()))

    def notices(self, labels: dict) -> list[tuple[str, str]]:
        """(tone, sentence) for the preview."""
        told = []
        if self.filled:
            named = ", ".join(
                _("%(label)s (%(count)s dòng)") % {"label": labels[name], "count": number(self.filled[name])}
                for name in self.names.values()
                if name in self.filled
            )
            text = _("Trang tính “%(sheet)s” có ô gộp; nội dung ô gộp được hiểu là của mọi dòng trong ô: %(named)s.")
            told.append(("warning", text % {"sheet": self.sheet.name, "named": named}))
        if self.kept:
            text = _(
                "Trang tính “%(sheet)s” có ô gộp ở cột %(named)s. Mỗi dòng cần ghi riêng ở đó nên chỉ dòng đầu của "
                "ô gộp được đọc."
            )
            named = ", ".join(str(labels[name]) for name in sorted(self.kept))
            told.append(("warning", text % {"sheet": self.sheet.name, "named": named}))
        return told
