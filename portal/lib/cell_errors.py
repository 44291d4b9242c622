"""Cells that hold no value but an error (#REF!, #N/A, #DIV/0! …) or a formula saved without its result.

The reader of workbooks hands both out as empty cells, and a figure would be lost without a word. So each format is
asked once more where such cells stand. Everything is counted from 0; the text of a formula without a result is "".
"""

from __future__ import annotations

import io
import re
import struct
from xml.etree import ElementTree

import xlrd
from xlrd.compdoc import CompDocError

Faults = dict[tuple[int, int], str]  # (row, column) → "#REF!", or "" for a formula without a result

NAMES = ("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!")
# A formula whose result is an empty text has one: Excel marks it as a text (t="str").
_UNCACHED = re.compile(
    rb'<c r="([A-Z]{1,3})(\d+)"(?![^<>]*\bt="str")[^<>]*><f[^<>]*?(?:/>|>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>'
)
# Never beyond its own cell: what does not close must not be looked through to the end of the sheet again and again.
_XLSX_ERROR = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"[^<>]*\bt="e"[^<>]*>(?:(?!</?c[ >]).)*?<v>([^<]*)</v>', re.DOTALL)
_ODS_MARKS = (b'value-type="error"', *(name.encode() for name in NAMES))
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
# A broken file may stop the second reader anywhere.
XLS_BROKEN = (
    xlrd.XLRDError,
    CompDocError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def column_number(letters: bytes) -> int:
    """AB → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def cell_name(row: int, column: int) -> str:
    """(2, 27) → AB3."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def in_xlsx(xml: bytes) -> Faults:
    """Of one sheet's XML."""
    found = {}
    if b"<f" in xml:
        found = {(int(row) - 1, column_number(letters)): "" for letters, row in _UNCACHED.findall(xml)}
    if b't="e"' in xml:
        for letters, row, text in _XLSX_ERROR.findall(xml):
            found[int(row) - 1, column_number(letters)] = text.decode("utf-8", "replace")[:20]
    return found


def in_xls(data: bytes) -> dict[str, Faults]:
    """Of a workbook from before 2007, by name of the sheet. The file was read already: one that only this second
    reader stumbles over has no errors known."""
    try:
        with xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), on_demand=True) as book:
            return {name: _of_xls_sheet(book.sheet_by_name(name)) for name in book.sheet_names()}
    except XLS_BROKEN:
        return {}


def _of_xls_sheet(sheet) -> Faults:
    found = {}
    for row in range(sheet.nrows):
        kinds = sheet.row_types(row)
        if xlrd.XL_CELL_ERROR in kinds:
            for column, kind in enumerate(kinds):
                if kind == xlrd.XL_CELL_ERROR:
                    code = sheet.cell_value(row, column)
                    found[row, column] = xlrd.error_text_from_code.get(code, "#N/A")
    return found


def in_ods(xml: bytes, *, max_rows: int, max_columns: int) -> dict[int, Faults]:
    """Of content.xml, by position of the sheet. LibreOffice marks the cell; Excel writes the error as its text."""
    if not any(mark in xml for mark in _ODS_MARKS):
        return {}
    try:
        return _of_ods_sheets(xml, max_rows, max_columns)
    except (ElementTree.ParseError, ValueError):
        return {}  # broken: the reader of values says so


def _of_ods_sheets(xml: bytes, max_rows: int, max_columns: int) -> dict[int, Faults]:
    found: dict[int, Faults] = {}
    sheet, row = -1, 0
    for event, element in ElementTree.iterparse(io.BytesIO(xml), events=("start", "end")):
        if event == "start" and element.tag == f"{_TABLE}table":
            sheet, row = sheet + 1, 0
        elif event == "end" and element.tag == f"{_TABLE}table-row":
            faults = _of_ods_row(element, max_columns)
            repeated = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            for place in range(row, min(row + repeated, max_rows)) if faults else ():
                found.setdefault(sheet, {}).update({(place, column): text for column, text in faults.items()})
            row += repeated
            element.clear()
    return found


def _of_ods_row(element, max_columns: int) -> dict[int, str]:
    found, column = {}, 0
    for cell in element:
        repeated = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        text = "".join(cell.find(f"{_TEXT}p").itertext()) if cell.find(f"{_TEXT}p") is not None else ""
        if cell.get(f"{_CALC}value-type") == "error" or text in NAMES:
            for place in range(column, min(column + repeated, max_columns)):
                found[place] = text[:20] or "#N/A"
        column += repeated
    return found


def in_text(rows: list[list]) -> Faults:
    """Of a CSV file, where an error is saved as its name."""
    return {
        (row, column): value
        for row, cells in enumerate(rows)
        for column, value in enumerate(cells)
        if value[:1] == "#" and value in NAMES
    }
