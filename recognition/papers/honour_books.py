"""The register of commendations and lists of delegates as workbooks."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language

_FACE = "Times New Roman"


def _book(title: str, sheet_name: str, heads: Sequence[tuple[str, int]], rows: Iterable[Sequence]) -> bytes:
    """One sheet with a title, headings and rows; text is never run as a formula. Dates stand as dates."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        look = {"font_name": _FACE, "font_size": 12}
        bold = book.add_format({**look, "bold": True, "font_size": 14})
        head = book.add_format(
            {**look, "bold": True, "border": 1, "bg_color": "#E3EEF1", "text_wrap": True, "align": "center"}
        )
        plain = book.add_format({**look, "border": 1, "text_wrap": True, "valign": "top"})
        day = book.add_format({**look, "border": 1, "num_format": "dd/mm/yyyy", "valign": "top"})
        sheet = book.add_worksheet(sheet_name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, title, bold)
        for column, (name, width) in enumerate(heads):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, name, head)
        sheet.freeze_panes(3, 0)
        line = 2
        for line, row in enumerate(rows, start=3):
            for column, value in enumerate(row):
                if hasattr(value, "strftime"):
                    sheet.write_datetime(line, column, value, day)
                elif isinstance(value, int):
                    sheet.write_number(line, column, value, plain)
                else:
                    sheet.write_string(line, column, str(value or ""), plain)
        sheet.autofilter(2, 0, max(line, 3), len(heads) - 1)
    return buffer.getvalue()


@in_official_language
def commendations_workbook(rows) -> bytes:
    """The register: one row per commendation given, revoked ones with their reason."""
    heads = [
        (_("Số vào sổ"), 12),
        (_("Tên"), 34),
        (_("Đối tượng"), 11),
        (_("Chức vụ, đơn vị"), 30),
        (_("Địa bàn"), 24),
        (_("Hình thức khen"), 34),
        (_("Thành tích"), 44),
        (_("Quyết định"), 16),
        (_("Ngày ký"), 12),
        (_("Tình trạng"), 13),
        (_("Lý do"), 36),
    ]
    lines = (
        (
            one.book_label,
            one.name,
            one.get_honouree_display(),
            one.position,
            one.place.name,
            one.roll.form.name,
            one.achievement or one.roll.title,
            str(one.roll.decision),
            one.roll.decision.signed_on,
            one.get_state_display(),
            one.reason,
        )
        for one in rows.iterator(chunk_size=2000)
    )
    return _book(_("Sổ khen thưởng"), _("Sổ khen thưởng"), heads, lines)


@in_official_language
def delegates_workbook(congress, delegates) -> bytes:
    """The list of delegates of a congress."""
    heads = [
        (_("STT"), 6),
        (_("Họ và tên"), 30),
        (_("Chức vụ, đơn vị"), 36),
        (_("Đơn vị cử"), 26),
        (_("Thành phần"), 24),
        (_("Lý do cử"), 44),
    ]
    lines = (
        (number, one.name, one.position, one.place.name, one.get_kind_display(), one.basis)
        for number, one in enumerate(delegates, start=1)
    )
    title = _("Danh sách đại biểu dự %(title)s, ngày %(day)s") % {
        "title": congress.title,
        "day": congress.held_on.strftime("%d/%m/%Y"),
    }
    return _book(title, _("Đại biểu"), heads, lines)
