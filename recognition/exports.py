"""Yearly tables as cells of text and as Excel files. The figures come ready from `domain.reporting`.

On paper: recognition/papers/yearly_tables.py.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from portal.lib.numbers import EMPTY, number, signed
from portal.lib.text import fold
from recognition.domain.report_parts import COUNT, PERCENT, POINTS, SIGNED, TEXT, Column, Report, ReportRow

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF_TYPE = "application/pdf"
_FACE = "Times New Roman"
_NUMBER_FORMATS = {COUNT: "#,##0", POINTS: "0.0", PERCENT: "0.00", SIGNED: "+0.00;-0.00;0.00"}
_WIDTHS = {COUNT: 11, POINTS: 12, PERCENT: 12, SIGNED: 12, TEXT: 22}


def file_stem(report: Report) -> str:
    """ "TK-01-phuong-hoa-hung-2026", the name of its file: letters every system can store."""
    return f"{report.code}-{fold(report.place_name).replace(' ', '-')}-{report.year}"


def cell_text(column: Column, value) -> str:
    """A value as people read it: 1.234 · 66,67 · +1,50 · dash when unknown."""
    if value is None or value == "":
        return EMPTY
    if column.kind == TEXT:
        return str(value)
    if column.kind == SIGNED:
        return signed(value, 2)
    return number(value, 2) if column.kind == PERCENT else number(value)


def state_notes(report: Report) -> list[str]:
    """What a reader must know about how settled the figures are."""
    notes = []
    if report.is_open_year:
        notes.append(
            _("Năm %(year)d chưa kết thúc; số liệu tính đến ngày %(day)s.")
            % {"year": report.year, "day": report.made_on.strftime("%d/%m/%Y")}
        )
    if report.provisional:
        notes.append(_("Bộ tiêu chí áp dụng có phần tạm thời, chưa đối chiếu văn bản gốc."))
    return notes


def _name(row: ReportRow) -> str:
    """The row's place, marked where its figures are declared or the place ended in the year."""
    marks = "*" * bool(row.declared) + "†" * row.is_former
    return f"{row.values['name']} {marks}".rstrip()


def row_texts(report: Report, row: ReportRow) -> list[str]:
    """Every cell of a row as people read it: the name with its marks, a total without a number of its own."""
    texts = []
    for column in report.columns:
        value = row.values.get(column.key)
        if column.key == "name":
            texts.append(_name(row))
        else:
            texts.append("" if column.key == "no" and value is None else cell_text(column, value))
    return texts


def _mark_notes(report: Report) -> list[str]:
    rows = (*report.rows, *([report.total] if report.total else []))
    notes = []
    if any(row.declared for row in rows):
        notes.append("* " + _("Số liệu khai báo."))
    if any(row.is_former for row in rows):
        notes.append("† " + _("Đơn vị đã chấm dứt."))
    return notes


def notes_below(report: Report) -> list[str]:
    """Notes under the table: marks, what was counted, how settled it is."""
    return [*_mark_notes(report), *report.notes, *state_notes(report)]


def all_notes(report: Report) -> list[str]:
    """The same with the rules' findings, for files; the screen shows those on top."""
    return [*notes_below(report), *(f"{one.label} ({one.rule}): {one.text}" for one in report.findings)]


# --- Excel


def report_xlsx(report: Report) -> bytes:
    """The table as a workbook: sums and percentages are live formulas, text is never run as one."""
    return reports_xlsx([report])


def reports_xlsx(reports: Sequence[Report]) -> bytes:
    """Several tables of one place and year as one workbook, a sheet each."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        first = reports[0]
        book.set_properties({"title": first.title, "subject": f"{first.code} {first.place_name} {first.year}"})
        for report in reports:
            _Sheet(book, book.add_worksheet(report.code), report).write()
    return target.getvalue()


class _Sheet:
    """Writes one report onto one worksheet."""

    HEAD = 5  # row of the column titles, counted from 0

    def __init__(self, book, sheet, report: Report):
        self.book, self.sheet, self.report = book, sheet, report
        self.index = {column.key: position for position, column in enumerate(report.columns)}
        self.last = len(report.columns) - 1
        self.formats: dict[tuple, object] = {}

    def style(self, **options):
        """A cell format; the same one is made once."""
        key = tuple(sorted(options.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": _FACE, "font_size": 12, **options})
        return self.formats[key]

    def write(self) -> None:
        """The whole sheet: head, rows, total, notes, sources."""
        report, sheet = self.report, self.sheet
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.8, right=0.6, top=0.8, bottom=0.8)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(self.HEAD)
        sheet.set_footer("&C&P/&N")
        centre = {"align": "center", "valign": "vcenter", "text_wrap": True}
        sheet.write_string(0, 0, _("Biểu %(code)s") % {"code": report.code}, self.style(italic=True))
        titles = ((1, report.title.upper(), {"bold": True, "font_size": 14}), (2, report.place_name, {"bold": True}))
        made = _("Lập ngày %(day)s") % {"day": report.made_on.strftime("%d/%m/%Y")}
        for line, text, look in (*titles, (3, made, {"italic": True})):
            sheet.merge_range(line, 0, line, self.last, "", self.style(**centre, **look))
            sheet.write_string(line, 0, text, self.style(**centre, **look))
        head = self.style(bold=True, border=1, bg_color="#E3EEF1", **centre)
        for position, column in enumerate(report.columns):
            sheet.set_column(position, position, 6 if column.key == "no" else _WIDTHS[column.kind])
            sheet.write_string(self.HEAD, position, column.title, head)
        sheet.set_row(self.HEAD, 50)
        sheet.freeze_panes(self.HEAD + 1, 2)
        line = self.HEAD + 1
        for row in report.rows:
            self.row(line, row)
            line += 1
        if report.total:
            self.row(line, report.total, is_total=True)
            line += 1
        for text in all_notes(report):
            line += 1
            sheet.merge_range(line, 0, line, self.last, "", self.style(text_wrap=True, italic=True, valign="top"))
            sheet.write_string(line, 0, text, self.style(text_wrap=True, italic=True, valign="top"))
            sheet.set_row(line, 16 * (1 + len(text) // 130))

    def row(self, line: int, row: ReportRow, *, is_total: bool = False) -> None:
        """One line of the table."""
        look = {"border": 1, "valign": "vcenter"}
        if is_total:
            look |= {"bold": True, "bg_color": "#F1F5F7"}
        texts = [str(row.values.get(one.key) or "") for one in self.report.columns if one.kind == TEXT]
        lines = max((-(-len(text) * 11 // (_WIDTHS[TEXT] * 10)) for text in texts), default=1)
        if lines > 1:
            self.sheet.set_row(line, 16 * lines)
        for column in self.report.columns:
            position, value = self.index[column.key], row.values.get(column.key)
            if column.kind == TEXT:
                text = _name(row) if column.key == "name" else str(value or EMPTY)
                self.sheet.write_string(line, position, text, self.style(text_wrap=True, indent=1, **look))
            elif value is None:
                text = "" if column.key == "no" else EMPTY
                self.sheet.write_string(line, position, text, self.style(align="right", **look))
            else:
                style = self.style(num_format=_NUMBER_FORMATS[column.kind], **look)
                formula = self.formula(column, line, is_total=is_total)
                plain = float(value) if isinstance(value, Decimal) else value
                if formula:
                    self.sheet.write_formula(line, position, formula, style, plain)
                else:
                    self.sheet.write_number(line, position, plain, style)

    def formula(self, column: Column, line: int, *, is_total: bool) -> str:
        """SUM of the rows above for a total, percentage, sum or difference of columns; empty for a plain value."""
        if column.over:
            part, whole = (xl_rowcol_to_cell(line, self.index[key]) for key in column.over)
            return f'=IF(N({whole})=0,"{EMPTY}",ROUND({part}/{whole}*100,2))'
        if column.plus:
            return f"=SUM({','.join(xl_rowcol_to_cell(line, self.index[key]) for key in column.plus)})"
        if column.minus:
            first, second = (xl_rowcol_to_cell(line, self.index[key]) for key in column.minus)
            return f"=ROUND(N({first})-N({second}),2)"
        if is_total and column.summed and self.report.rows:
            position = self.index[column.key]
            first = xl_rowcol_to_cell(self.HEAD + 1, position)
            return f"=SUM({first}:{xl_rowcol_to_cell(line - 1, position)})"
        return ""


# --- Paper


def widths(report: Report, rows: list[list[str]]) -> list[float]:
    """Shares of the columns on paper: a number longer than usual (đồng), or a long title, gets the room it needs."""
    return [
        0.6
        if column.key in ("no", "year")
        else text_width(rows, position)
        if column.kind == TEXT
        else max(1, max((len(row[position]) for row in rows), default=0) / 7, len(column.title) / 24)
        for position, column in enumerate(report.columns)
    ]


def text_width(rows: list[list[str]], position: int) -> float:
    """Of a column of words, beside 1 for a number: as its longest text needs, so that few lines wrap."""
    longest = max((len(row[position]) for row in rows), default=0)
    return min(max(longest / 11, 1.4), 3.6)
