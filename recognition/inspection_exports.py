"""Self against inspected scores as a workbook: criteria, places, findings, a sheet each."""

from __future__ import annotations

import io

import xlsxwriter
from django.utils.translation import gettext as _

from portal.lib.lists import height_of, set_page
from portal.lib.numbers import EMPTY
from recognition.domain.inspection_gaps import Gap, GapReport

_FACE = "Times New Roman"
_NAMES = 31  # Excel takes no longer sheet names


def gaps_xlsx(report: GapReport) -> bytes:
    """The workbook; text is never run as a formula. Average differences are rounded once, so they stand as numbers."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    team = report.inspection
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": _("Chênh lệch điểm tự chấm và kiểm tra")})
        title = _("Chênh lệch điểm tự chấm và kiểm tra, %(model)s, %(place)s, năm %(year)d") % {
            "model": team.get_model_display(),
            "place": team.place.name,
            "year": team.year,
        }
        writer = _Writer(book, title)
        for number, table in enumerate(report.rulebooks, start=1):
            name = _("Theo tiêu chí") + (f" {number}" if number > 1 else "")
            rows = [(f"{gap.code}. {gap.name}", gap) for gap in table.criteria]
            writer.gaps(name, _("Tiêu chí"), rows, note=table.title)
        writer.gaps(_("Theo nơi kiểm tra"), _("Nơi kiểm tra"), [(gap.name, gap) for gap in report.places])
        writer.findings(report)
    return target.getvalue()


class _Writer:
    """Lays out one sheet after the other in one look."""

    def __init__(self, book, title: str):
        self.book, self.title = book, title
        base = {"font_name": _FACE, "font_size": 12}
        self.head = book.add_format(
            {**base, "bold": True, "border": 1, "bg_color": "#E3EEF1", "text_wrap": True, "align": "center"}
        )
        self.big = book.add_format({**base, "bold": True, "font_size": 14})
        self.text = book.add_format({**base, "border": 1, "text_wrap": True, "valign": "top"})
        self.count = book.add_format({**base, "border": 1, "num_format": "#,##0", "valign": "top"})
        self.number = book.add_format({**base, "border": 1, "num_format": "0.00", "valign": "top"})
        self.signed = book.add_format({**base, "border": 1, "num_format": "+0.00;-0.00;0.00", "valign": "top"})
        self.note = book.add_format({**base, "italic": True})

    def sheet(self, name: str, columns: list[tuple[str, float]]):
        """A new sheet with its headings."""
        sheet = self.book.add_worksheet(name[:_NAMES])
        set_page(sheet, heading=2)
        sheet.write_string(0, 0, self.title, self.big)
        for position, (label, width) in enumerate(columns):
            sheet.set_column(position, position, width)
            sheet.write_string(2, position, label, self.head)
        sheet.set_row(2, height_of([label for label, _width in columns], [width for _label, width in columns]))
        sheet.freeze_panes(3, 1)  # the names stay, too
        return sheet

    def gaps(self, name: str, label: str, rows: list[tuple[str, Gap]], note: str = "") -> None:
        """The sheet of differences between own and inspected scores."""
        columns = [
            (label, 46),
            (_("Số phiếu"), 10),
            (_("Tự chấm bình quân"), 13),
            (_("Kiểm tra bình quân"), 13),
            (_("Chênh lệch bình quân"), 13),
            (_("Lệch lớn nhất"), 12),
            (_("Ở"), 26),
        ]
        sheet = self.sheet(name, columns)
        if note:
            sheet.write_string(1, 0, note, self.note)
        for line, (words, gap) in enumerate(rows, start=3):
            sheet.set_row(line, height_of([words], [46]))
            sheet.write_string(line, 0, words, self.text)
            sheet.write_number(line, 1, gap.count, self.count)
            if not gap.count:
                for position in range(2, 7):
                    sheet.write_string(line, position, EMPTY, self.text)
                continue
            sheet.write_number(line, 2, float(gap.own), self.number)
            sheet.write_number(line, 3, float(gap.inspected), self.number)
            sheet.write_number(line, 4, float(gap.gap), self.signed)
            sheet.write_number(line, 5, float(gap.largest), self.signed)
            sheet.write_string(line, 6, gap.largest_at, self.text)

    def findings(self, report: GapReport) -> None:
        """The sheet of what the teams found."""
        sheet = self.sheet(_("Cần xem lại"), [(_("Quy tắc"), 10), (_("Nơi"), 30), (_("Nhận xét"), 90)])
        for line, one in enumerate(report.findings, start=3):
            sheet.set_row(line, height_of([one.rule, one.where, one.message], [10, 30, 90]))
            sheet.write_string(line, 0, one.rule, self.text)
            sheet.write_string(line, 1, one.where, self.text)
            sheet.write_string(line, 2, one.message, self.text)
        if not report.findings:
            sheet.write_string(3, 0, _("Không có dấu hiệu nào theo quy tắc R-21, R-22."), self.note)
