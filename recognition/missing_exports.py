"""Who is missing, as a workbook: the families by what they lack, and a ward's hamlets with their counts."""

from __future__ import annotations

import io

import xlsxwriter
from django.utils.translation import gettext as _

from portal.lib.lists import height_of
from portal.lib.numbers import EMPTY
from recognition.choices import State
from recognition.domain.measures.missing import Family, HamletRow, Lack

_FACE = "Times New Roman"
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_HEAD = 3  # row of the column titles, counted from 0


def families_xlsx(*, title: str, year: int, lead: str, found: list[Family]) -> bytes:
    """One list of families with what each lacks."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        _Book(book, title, year, lead).families(found)
    return target.getvalue()


def hamlets_xlsx(*, title: str, year: int, lead: str, rows: list[HamletRow], found: list[Family]) -> bytes:
    """The hamlets of a ward with their counts, and on a second sheet every family that is missing."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        made = _Book(book, title, year, lead)
        made.hamlets(rows)
        made.families(found)
    return target.getvalue()


class _Book:
    """Lays out the sheets in one look."""

    def __init__(self, book, title: str, year: int, lead: str):
        self.book, self.title, self.year, self.lead = book, title, year, lead
        base = {"font_name": _FACE, "font_size": 12}
        self.big = book.add_format({**base, "bold": True, "font_size": 14})
        self.note = book.add_format({**base, "italic": True})
        self.head = book.add_format(
            {**base, "bold": True, "border": 1, "bg_color": "#E3EEF1", "text_wrap": True, "align": "center"}
        )
        self.text = book.add_format({**base, "border": 1, "text_wrap": True, "valign": "top"})
        self.count = book.add_format({**base, "border": 1, "num_format": "#,##0", "valign": "top"})
        self.share = book.add_format({**base, "border": 1, "num_format": '0.00"%"', "valign": "top"})

    def sheet(self, name: str, columns: list[tuple[str, float]]):
        """A new sheet with its headings."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEAD)
        sheet.set_footer("&C&P/&N")
        sheet.write_string(0, 0, f"{self.title} · {_('năm %(year)s') % {'year': self.year}}", self.big)
        sheet.write_string(1, 0, self.lead, self.note)
        for position, (label, width) in enumerate(columns):
            sheet.set_column(position, position, width)
            sheet.write_string(_HEAD, position, label, self.head)
        sheet.freeze_panes(_HEAD + 1, 0)
        return sheet

    def families(self, found: list[Family]) -> None:
        """The sheet of families and what each lacks."""
        columns = [
            (_("STT"), 6),
            (_("Khu phố, thôn"), 20),
            (_("Họ và tên chủ hộ"), 28),
            (_("Địa chỉ"), 30),
            (_("Còn thiếu gì"), 32),
            (_("Cụ thể"), 44),
            (_("Tình trạng hồ sơ"), 18),
        ]
        sheet = self.sheet(_("Danh sách"), columns)
        for position, one in enumerate(found, start=1):
            line = _HEAD + position
            sheet.write_number(line, 0, position, self.count)
            state = str(State(one.state).label) if one.state else EMPTY
            name = one.name or _("Ngoài địa bàn bạn phụ trách")
            texts = (one.hamlet, name, one.address, one.lack_label, one.note, state)
            sheet.set_row(line, height_of(texts, [width for _label, width in columns[1:]]))
            for column, text in enumerate(texts, start=1):
                sheet.write_string(line, column, text, self.text)
        if found:
            sheet.autofilter(_HEAD, 0, _HEAD + len(found), len(columns) - 1)
        else:
            sheet.write_string(_HEAD + 1, 0, _("Không còn ai thiếu."), self.note)

    def hamlets(self, rows: list[HamletRow]) -> None:
        """The sheet of hamlets with how many more each needs."""
        columns = [
            (_("Khu phố, thôn"), 24),
            (_("Tổng số hộ"), 10),
            (_("Được công nhận"), 11),
            (_("Tỷ lệ"), 10),
            (_("Cần"), 9),
            (_("Còn thiếu"), 9),
            *((str(label), 14) for label in Lack.labels),
        ]
        sheet = self.sheet(_("Khu phố"), columns)
        for line, row in enumerate(rows, start=_HEAD + 1):
            share, mark = row.mark.share, row.mark
            sheet.write_string(line, 0, row.place.name, self.text)
            sheet.write_number(line, 1, share.denominator or 0, self.count)
            sheet.write_number(line, 2, share.numerator, self.count)
            self._number(sheet, line, 3, share.percent, self.share)
            self._number(sheet, line, 4, mark.required, self.share)
            self._number(
                sheet, line, 5, mark.lacking if mark.required is not None and share.known else None, self.count
            )
            for position, count in enumerate(row.cells, start=6):
                sheet.write_number(line, position, count, self.count)

    def _number(self, sheet, line: int, column: int, value, look) -> None:
        """A number, or a dash where there is none."""
        if value is None:
            sheet.write_string(line, column, EMPTY, self.text)
        else:
            sheet.write_number(line, column, float(value), look)
