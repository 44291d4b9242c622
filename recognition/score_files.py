"""The scoring grid of a hamlet as a workbook: downloaded with hidden keys, filled in, read back line by line."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xlsxwriter
from django.utils.translation import gettext as _

from portal.lib import tables
from portal.lib.language import in_official_language
from portal.lib.lists import set_page
from portal.lib.tabular import Sheet, Unreadable, is_formula_like
from portal.lib.text import clean, fold
from units.domain.importing.merged import Merged
from units.domain.importing.rows import text_of

KEY, NUMBER, NAME, ADDRESS, STATE = "Mã hồ sơ (không sửa)", "STT", "Họ và tên, tên gọi", "Địa chỉ", "Tình trạng"
_KEY, _NAME, _ADDRESS = fold(KEY), re.compile(r"\b(ho va ten|ho ten|ten goi|chu ho|ten)\b"), re.compile(r"\bdia chi\b")
_TOTAL = re.compile(r"^(tong )?(so )?diem\b|^tong diem\b|^tong\b")
REASON = "Vì sao không nhận"
_SERIAL = {"stt", "tt", "so tt", "so thu tu", fold(STATE), fold(REASON)}  # columns that say nothing to be read
SEARCH_ROWS = 30  # a heading stands above this


def write_refused(title: str, columns: Sequence[Column], rows: Sequence[Refused], guide: Sequence[str]) -> bytes:
    """Lines that were not taken, as they were read, with the reason at the end: mended and uploaded like the grid.
    A key that fits no dossier is left out; the line then finds its own by name."""
    lines = [Known(one.pk, one.name, one.address, one.reason, one.texts) for one in rows]
    return write_scores(title, columns, lines, guide, last=REASON)


@dataclass(frozen=True)
class Column:
    """One column of the grid: its key (criterion code, "total", or the code of a question) and what it means."""

    key: str
    title: str
    maximum: str = ""


@dataclass(frozen=True)
class Known:
    """One dossier of the grid, as a line of the workbook; `pk` is None on a refused line that fits none."""

    pk: int | None
    name: str
    address: str
    state: str
    texts: Sequence[str]
    locked: bool = False
    given: frozenset[str] = frozenset()  # columns whose points are read off a share: not to be filled in


@dataclass
class Refused:
    """A line that could not be taken: its number in the sheet, the name on it, and why; what else it says, so that it
    can be given back to be mended."""

    number: int
    name: str
    reason: str
    pk: int | None = None
    address: str = ""
    texts: Sequence[str] = ()


@dataclass
class Read:
    """What a workbook says: texts by dossier and column, lines that fit no dossier, lines without any score."""

    typed: dict[int, list[str]] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    empty: int = 0
    unused: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)  # about the file: text converted, sheets not read


@in_official_language
def write_scores(
    title: str, columns: Sequence[Column], rows: Sequence[Known], guide: Sequence[str], *, last: str = STATE
) -> bytes:
    """The grid as .xlsx: a hidden first column of keys, a heading that stays in sight, a sheet that tells how.
    `last`: what the last column says of a line, its state or why it was refused."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        face = {"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1}
        head = book.add_format({**face, "bg_color": "#E8EEF4"})
        text, guarded = book.add_format({"num_format": "@"}), book.add_format({"quote_prefix": True})
        open_cell = book.add_format({"num_format": "@", "bg_color": "#FFFBE6", "border": 1, "align": "right"})
        sheet = book.add_worksheet(_("Điểm"))
        set_page(sheet, heading=0, landscape=len(columns) > 1)
        sheet.freeze_panes(1, 3)  # the names stay, too
        sheet.set_row(0, 34)  # two lines: "1.1 (tối đa 10)"
        widths = [
            (KEY, 14),
            (NUMBER, 6),
            (NAME, 28),
            (ADDRESS, 30),
            *((heading(one), 12) for one in columns),
            (last, 16 if last == STATE else 60),
        ]
        for position, (name, width) in enumerate(widths):
            sheet.set_column(position, position, width, text, {"hidden": position == 0})
            sheet.write_string(0, position, name, head)
        for number, row in enumerate(rows, start=1):
            if row.pk is not None:
                sheet.write_number(number, 0, row.pk)
            sheet.write_number(number, 1, number)
            for position, value in ((2, row.name), (3, row.address), (4 + len(columns), row.state)):
                sheet.write_string(number, position, value, guarded if is_formula_like(value) else text)
            for position, (column, value) in enumerate(zip(columns, row.texts, strict=True), start=4):
                shape = text if row.locked or column.key in row.given else open_cell
                if value:
                    sheet.write_string(number, position, value, shape)
                else:
                    sheet.write_blank(number, position, None, shape)
        help_sheet = book.add_worksheet(_("Hướng dẫn"))
        help_sheet.set_column(0, 0, 110)
        lines = [title, *guide, *(f"{one.key}: {one.title}" for one in columns if one.key != "total")]
        for number, line in enumerate(lines):
            help_sheet.write_string(number, 0, line)
    return target.getvalue()


def heading(column: Column) -> str:
    """ "1.2 (tối đa 10)": read back by its first word."""
    name = _("Tổng điểm") if column.key == "total" else column.key
    return f"{name} ({_('tối đa')} {column.maximum})" if column.maximum else name


def read_scores(
    sheets: Sequence[Sheet], columns: Sequence[Column], rows: Sequence[Known], hidden: Sequence[str] = ()
) -> Read:
    """Scores of a workbook, ours or anybody's with the same headings, given to the dossiers they belong to: by the
    hidden key, else by name (and address where names repeat). Raises Unreadable when no heading is understood."""
    notice = tables.make_unicode(sheets)
    found = []
    for sheet in sheets:
        for position, cells in enumerate(sheet.rows[:SEARCH_ROWS]):
            where = _columns_of(sheet, cells, columns)
            if where:
                found.append((sheet, position, where))
                break
    if found:
        sheet, position, where = found[0]
        read = _read(sheet, position, where, columns, rows)
        read.notices = list(filter(None, [notice])) + tables.not_read(sheet, [one[0] for one in found[1:]], hidden)
        return read
    wanted = ", ".join(f"“{heading(one)}”" for one in columns[:4])
    text = _(
        "Không thấy dòng tiêu đề có cột họ tên và các cột điểm (%(wanted)s …). Hãy tải bảng điểm về rồi điền vào đó."
    ) % {"wanted": wanted}
    raise Unreadable(tables.with_hidden(text, hidden))


def _columns_of(sheet: Sheet, cells: Sequence, columns: Sequence[Column]) -> dict[str, int]:
    """Where each thing stands in a heading; nothing when it names no dossier or no score. Raises Unreadable where two
    columns are the key, or the same criterion."""
    found: dict[str, int] = {}
    twice: list[tuple[str, int]] = []
    codes = {one.key.lower(): one.key for one in columns if one.key != "total"}
    for position, cell in enumerate(cells):
        text, folded = text_of(cell), fold(text_of(cell))
        first = text.split()[0].rstrip(".:)").lower() if text.split() else ""
        if first in codes or folded == _KEY:
            name = codes.get(first, "key")
            if name in found:
                twice.append((name, position))
            found.setdefault(name, position)
        elif any(one.key == "total" for one in columns) and _TOTAL.search(folded):
            told = found.get("total")
            if told is None or ("diem" in folded and "diem" not in fold(text_of(cells[told]))):
                found["total"] = position
            elif "diem" in folded:
                twice.append(("total", position))
        elif _ADDRESS.search(folded):
            found.setdefault("address", position)
        elif _NAME.search(folded):
            found.setdefault("name", position)
    scored = [one for one in columns if one.key in found]
    if not scored or not ("name" in found or "key" in found):
        return {}
    for name, position in twice:
        first, second = text_of(cells[found[name]]), text_of(cells[position])
        raise tables.two_columns(sheet, first, first, second)
    return found


def _read(sheet: Sheet, head: int, where: Mapping[str, int], columns, rows: Sequence[Known]) -> Read:
    read, by_key = Read(), {row.pk: row for row in rows}
    labels = {name: text_of(sheet.rows[head][column]) for name, column in where.items()}
    merged = Merged(sheet, where, head + 1, where.keys() - {"address"})
    by_name: dict[str, list[Known]] = {}
    for row in rows:
        by_name.setdefault(fold(row.name), []).append(row)
    used = set(where.values())
    read.unused = [
        text_of(cell)
        for position, cell in enumerate(sheet.rows[head])
        if text_of(cell) and position not in used and fold(text_of(cell)) not in _SERIAL
    ]
    for position in range(head + 1, len(sheet.rows)):
        cells, number = sheet.rows[position], position + 1
        merged.fill(cells, position)
        shared = merged.fault(position, labels)

        def at(name: str, cells=cells) -> str:
            column = where.get(name)
            return text_of(cells[column])[:200] if column is not None and column < len(cells) else ""

        texts = [at(one.key) for one in columns]
        name = clean(at("name"))
        wrong = [(position, where[one.key]) for one in columns if (position, where.get(one.key)) in sheet.faults]
        if not any(texts) and not wrong and not (shared and (name or at("key"))):
            read.empty += bool(name)
            continue
        row, reason = _owner(at("key"), name, at("address"), by_key, by_name)
        if row is not None and row.given and not wrong and not shared:
            if not any(text for one, text in zip(columns, texts, strict=True) if one.key not in row.given):
                read.empty += 1  # only what the portal wrote there itself
                continue
            texts = [
                text or (kept if one.key in row.given else "")
                for one, text, kept in zip(columns, texts, row.texts, strict=True)
            ]
        if shared:
            reason = shared
        elif wrong:
            reason = sheet.fault_at(*wrong[0], text_of(sheet.rows[head][wrong[0][1]]))
        elif row is not None and row.pk in read.typed:
            reason = _("Trùng với dòng %(row)d: cùng một hồ sơ.") % {"row": read.numbers[row.pk]}
        elif row is not None and row.locked:
            if texts == list(row.texts):
                continue
            reason = _("Hồ sơ đang ở tình trạng “%(state)s” nên không nhận điểm tự chấm nữa.") % {"state": row.state}
        if reason:
            told = (name or (row.name if row else ""), reason, row.pk if row else None, at("address"), texts)
            read.refused.append(Refused(number, *told))
        else:
            # A column the file does not have says nothing: what is kept stays.
            read.typed[row.pk] = [
                text if one.key in where else kept for one, text, kept in zip(columns, texts, row.texts, strict=True)
            ]
            read.numbers[row.pk] = number
    return read


def _owner(key: str, name: str, address: str, by_key, by_name) -> tuple[Known | None, str]:
    """The dossier a line belongs to, or why none does."""
    if key:
        row = by_key.get(int(key)) if key.isdecimal() and len(key) < 19 else None
        if row is None:
            return None, _("Mã hồ sơ “%(key)s” không có trong bảng này (khu phố, năm và danh hiệu đang mở).") % {
                "key": key[:20]
            }
        if name and fold(name) != fold(row.name):
            return None, _("Mã trên dòng là của “%(known)s” nhưng dòng ghi “%(name)s”. Hãy tải lại bảng điểm.") % {
                "known": row.name,
                "name": name[:60],
            }
        return row, ""
    if not name:
        return None, _("Dòng có điểm nhưng không có họ tên.")
    found = by_name.get(fold(name), [])
    if len(found) > 1 and address:
        found = [row for row in found if fold(row.address) == fold(address)] or found
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, _("Có %(count)d hồ sơ tên “%(name)s”. Hãy ghi đúng địa chỉ hoặc dùng bảng điểm tải về.") % {
            "count": len(found),
            "name": name[:60],
        }
    return None, _("Không có hồ sơ tên “%(name)s” trong bảng này.") % {"name": name[:60]}
