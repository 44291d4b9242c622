"""A list as a workbook of one sheet, ready to print: title, headings on every page, A4 on its side, one page wide."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Sequence

import xlsxwriter

FACE = "Times New Roman"
LINE = 15.75  # points of a line of 12-point text
A4 = 9
# Text is never run as a formula, nor a number guessed from it.
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def set_page(sheet, *, heading: int, landscape: bool = True) -> None:
    """A4, one page wide and as long as needed, the rows down to `heading` on every page, its number below."""
    sheet.set_paper(A4)
    if landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, heading)
    sheet.set_footer("&C&P/&N")
    sheet.freeze_panes(heading + 1, 0)


def heading_height(texts: Sequence, widths: Sequence[float]) -> float | None:
    """As `height_of`, for bold letters, which are wider."""
    return height_of(texts, [width * 0.8 for width in widths])


def height_of(texts: Sequence, widths: Sequence[float]) -> float | None:
    """Height in points of a row whose texts wrap, or None for one line. Excel would find it by itself, LibreOffice
    does not. Words are broken about where they would be."""
    lines = 1
    for text, width in zip(map(str, texts), widths, strict=False):
        room = max(int(width * 1.15), 1)  # letters are narrower than the digits widths count; capitals and m are not
        if len(text) > room:
            lines = max(lines, len(textwrap.wrap(text, room)))
    return LINE * lines if lines > 1 else None


def list_workbook(title: str, sheet_name: str, heads: Sequence[tuple[str, float]], rows: Iterable[Sequence]) -> bytes:
    """`heads`: (heading, width in characters); about 150 in all fill the sheet. Dates stand as dates."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        book.set_properties({"title": title})
        look = {"font_name": FACE, "font_size": 12}
        bold = book.add_format({**look, "bold": True, "font_size": 14})
        head = book.add_format(
            {**look, "bold": True, "border": 1, "bg_color": "#E3EEF1", "text_wrap": True, "align": "center"}
            | {"valign": "vcenter"}
        )
        plain = book.add_format({**look, "border": 1, "text_wrap": True, "valign": "top"})
        whole = book.add_format({**look, "border": 1, "valign": "top", "align": "center"})
        day = book.add_format({**look, "border": 1, "num_format": "dd/mm/yyyy", "valign": "top", "align": "center"})
        sheet = book.add_worksheet(sheet_name)
        set_page(sheet, heading=2)
        sheet.write_string(0, 0, title, bold)
        for column, (name, width) in enumerate(heads):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, name, head)
        widths = [width for _name, width in heads]
        sheet.set_row(2, height_of([name for name, _width in heads], widths))
        line = 2
        for line, row in enumerate(rows, start=3):
            sheet.set_row(line, height_of(row, widths))
            for column, value in enumerate(row):
                if hasattr(value, "strftime"):
                    sheet.write_datetime(line, column, value, day)
                elif isinstance(value, int):
                    sheet.write_number(line, column, value, whole)
                else:
                    sheet.write_string(line, column, str(value or ""), plain)
        sheet.autofilter(2, 0, max(line, 3), len(heads) - 1)
    return buffer.getvalue()
