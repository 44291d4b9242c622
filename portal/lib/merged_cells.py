"""Cells a spreadsheet has merged over several rows: the file keeps their value in the first cell only.

Everything is counted from 0. The reader of workbooks tells them for .xlsx and .xls; OpenDocument is asked here.
"""

from __future__ import annotations

import io
from xml.etree import ElementTree

Merged = list[tuple[int, int, int]]  # (first row, last row, column of the value)

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def tall(ranges: list[tuple[tuple[int, int], tuple[int, int]]] | None) -> Merged:
    """Of ranges ((first row, first column), (last row, last column)) those that reach over more than one row."""
    return [(top, bottom, column) for (top, column), (bottom, _last) in ranges or () if bottom > top]


def in_ods(xml: bytes, *, max_rows: int, max_columns: int) -> dict[int, Merged]:
    """Of content.xml, by position of the sheet."""
    if b"number-rows-spanned" not in xml:
        return {}
    try:
        return _of_ods_sheets(xml, max_rows, max_columns)
    except (ElementTree.ParseError, ValueError):
        return {}  # broken: the reader of values says so


def _of_ods_sheets(xml: bytes, max_rows: int, max_columns: int) -> dict[int, Merged]:
    found: dict[int, Merged] = {}
    sheet, row = -1, 0
    for event, element in ElementTree.iterparse(io.BytesIO(xml), events=("start", "end")):
        if event == "start" and element.tag == f"{_TABLE}table":
            sheet, row = sheet + 1, 0
        elif event == "end" and element.tag == f"{_TABLE}table-row":
            column = 0
            for cell in element:
                height = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
                if height > 1 and row < max_rows and column < max_columns:
                    found.setdefault(sheet, []).append((row, min(row + height, max_rows) - 1, column))
                column += int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
            row += int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            element.clear()
    return found
