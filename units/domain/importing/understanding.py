"""Which sheets of a file hold a list, where its heading stands, and what is to be said about it before the rows.

Nothing here asks the database. `reading` goes on with the lines below the heading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from portal.lib import tables
from portal.lib.numbers import number
from portal.lib.tabular import Sheet, Unreadable
from portal.lib.text import clean
from units.domain.importing import headings, rows
from units.domain.importing.hamlets import looks_like_hamlet
from units.domain.importing.headings import FIELD_LABELS, Header

_LETTERHEAD = re.compile(
    r"\b(khu phố|kp|khu dân cư|tổ dân phố|tdp|thôn|ấp|khóm|buôn|làng|xóm|khối phố|tiểu khu)"
    r"\s*(số\s*)?\.?\s*([\w]+(?:\s+[\w]+){0,3})",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\bnăm\s+(20[1-4]\d)\b", re.IGNORECASE)


@dataclass
class SheetPlan:
    """A sheet that holds a list: its heading, and the hamlet its name or letterhead tells."""

    sheet: Sheet
    header: Header
    hamlet_text: str = ""
    hamlet_from: str = ""


@dataclass
class Reading:
    """How a file is understood. `notices`: dicts with tone and text, shown above the preview."""

    plans: list[SheetPlan]
    notices: list[dict] = field(default_factory=list)

    @property
    def fields(self) -> set[str]:
        """Fields at least one sheet tells."""
        return {name for plan in self.plans for name in plan.header.columns}

    @property
    def sheets(self) -> dict[str, dict]:
        """By sheet: its headings, and whether columns tell the hamlet and the group; for the workbook of refused
        rows."""
        return {
            plan.sheet.name[:120]: {
                "headings": plan.header.headings,
                "hamlet": "hamlet" in plan.header.columns,
                "group": "group" in plan.header.columns,
            }
            for plan in self.plans
        }

    @property
    def row_total(self) -> int:
        """Lines below the headings, empty ones included: the measure of progress."""
        return sum(len(plan.sheet.rows) - plan.header.first_row for plan in self.plans)

    def note(self, tone: str, text: str) -> None:
        """Add a notice."""
        self.notices.append({"tone": tone, "text": str(text)})


@dataclass(frozen=True)
class Vocabulary:
    """The words of one kind of list: what its headings mean, what its fields are called, `missing(headings found)`:
    the sentence when no sheet has a heading that can be used."""

    rules: headings.Rules
    labels: dict[str, object]
    missing: Callable[[str], str]


def understand(
    sheets: list[Sheet],
    hidden: list[str],
    *,
    year: int,
    aliases: dict[str, str] | None = None,
    words: Vocabulary | None = None,
) -> Reading:
    """Find the lists in a workbook. Raises Unreadable with a sentence when there is none."""
    reading = Reading([])
    labels = words.labels if words else FIELD_LABELS
    if notice := tables.make_unicode(sheets):
        reading.note("warning", notice)
    filled = [sheet for sheet in sheets if any(value not in ("", None) for row in sheet.rows for value in row)]
    if not filled:
        raise Unreadable(tables.with_hidden(_("Tệp không có dòng nào. Hãy kiểm tra lại tệp rồi tải lên."), hidden))
    skipped = []
    for sheet in filled:
        found = {"rules": words.rules} if words else {}
        header = headings.find_header(sheet.rows, aliases=aliases, **found)
        if header is None:
            skipped.append(sheet)
            continue
        if header.twice:
            meaning, first, second = header.twice[0]
            raise tables.two_columns(sheet, labels[meaning], first, second)
        reading.plans.append(SheetPlan(sheet, header, *_hamlet_of_sheet(sheet, header)))
    if not reading.plans:
        near = _quoted(headings.headings_near(filled[0].rows))
        error = Unreadable(tables.with_hidden(words.missing(near) if words else _no_columns(filled), hidden))
        error.headings = headings.headings_near(filled[0].rows)  # a person may say what they mean
        raise error
    _describe(reading, skipped, hidden, year, labels)
    return reading


def _no_columns(sheets: list[Sheet]) -> str:
    found = headings.headings_near(sheets[0].rows)
    if not found:
        return _("Tệp rỗng, không có dữ liệu. Hãy chọn lại tệp danh sách.")
    if any(rows.is_legacy_coded(text) for text in found):
        return rows.legacy_sentence(next(text for text in found if rows.is_legacy_coded(text)))
    if any(headings.field_of(text) not in (None, headings.IGNORED) for text in found):
        return _(
            "Không thấy cột họ tên chủ hộ. Các tiêu đề đọc được: %(found)s. "
            "Hãy ghi tiêu đề “Họ và tên chủ hộ” cho cột tên."
        ) % {"found": _quoted(found)}
    return _(
        "Không nhận ra cột nào của danh sách hộ gia đình. Các ô đầu tiên đọc được: %(found)s. "
        "Danh sách cần một dòng tiêu đề, ít nhất có “Họ và tên chủ hộ” và “Địa chỉ”."
    ) % {"found": _quoted(found)}


def _quoted(texts: list[str]) -> str:
    return ", ".join(f"“{text[:40]}”" for text in texts) or "–"


def _hamlet_of_sheet(sheet: Sheet, header: Header) -> tuple[str, str]:
    """What hamlet a whole sheet is about: from its name ("KP 4"), else from its letterhead."""
    if looks_like_hamlet(sheet.name):
        return clean(sheet.name), "sheet"
    for row in sheet.rows[: header.row]:
        for value in row:
            match = _LETTERHEAD.search(clean(value)) if isinstance(value, str) else None
            if match:
                kind, rest = match[1], match[3].split()
                # A number ends the name; otherwise the capitals that follow belong to it ("Ấp Hòa Bình").
                text = rest[0] if rest[0][0].isdecimal() else " ".join(rest)
                return f"{kind} {text}", "letterhead"
    return "", ""


def _describe(reading: Reading, skipped: list[Sheet], hidden: list[str], year: int, labels) -> None:
    for plan in reading.plans:
        header = plan.header
        columns = sorted((column, name) for name, column in header.columns.items() if name != "number")
        pairs = "; ".join(f"“{header.headings[column]}” → {labels[name]}" for column, name in columns)
        where = (
            _("dòng %(first)s–%(last)s") % {"first": header.row + 1, "last": header.row + header.height}
            if header.height > 1
            else _("dòng %(first)s") % {"first": header.row + 1}
        )
        reading.note(
            "info",
            _("Trang tính “%(sheet)s”: tiêu đề ở %(where)s. Các cột: %(pairs)s.")
            % {"sheet": plan.sheet.name, "where": where, "pairs": pairs},
        )
        below = range(header.first_row, len(plan.sheet.rows))
        hidden_rows = sum(row in below and any(plan.sheet.rows[row]) for row in plan.sheet.hidden)
        if hidden_rows:
            text = _("Trang tính “%(sheet)s” có %(count)s dòng đang ẩn hoặc bị lọc; các dòng đó vẫn được đọc.")
            reading.note("warning", text % {"sheet": plan.sheet.name, "count": number(hidden_rows)})
        if header.unknown:
            reading.note("warning", _("Không dùng các cột: %(names)s.") % {"names": _quoted(header.unknown)})
        if header.ignored:
            reading.note("info", _("Không lưu các cột: %(names)s.") % {"names": _quoted(header.ignored)})
        title = " ".join(clean(value) for row in plan.sheet.rows[: header.row] for value in row if value)
        found = header.year or next((int(text) for text in _YEAR.findall(_without_dates(title))), None)
        if found and found != year:
            reading.note(
                "warning",
                _("Danh sách ghi năm %(found)s nhưng bạn chọn năm %(year)s. Hãy kiểm tra trước khi xác nhận.")
                % {"found": found, "year": year},
            )
    if skipped:
        reading.note(
            "info",
            _("Bỏ qua trang tính không có danh sách: %(names)s.") % {"names": _quoted([s.name for s in skipped])},
        )
    if hidden:
        reading.note("info", _("Bỏ qua trang tính ẩn: %(names)s.") % {"names": _quoted(hidden)})


def _without_dates(title: str) -> str:
    """Letterheads carry the day of writing, which says nothing about the list's year."""
    return re.sub(r"ngày\s*\S*\s*tháng\s*\S*\s*năm\s*\d*", " ", title, flags=re.IGNORECASE)
