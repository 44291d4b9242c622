"""Files that should not come, and what any door that reads spreadsheets says to them."""

import html
import io
import re
import zipfile

import openpyxl

from tests.units.import_files import people, xlsx
from tests.units.xls_files import number_cell, record, text_cell, xls

LIST = "không phải danh sách Excel"
BROKEN = "bị hỏng hoặc không phải tệp Excel"
# What no door can make a list of: the sentence says what it is or what the door looks for in vain.
NOTHING = "Không nhận ra cột nào|Không thấy|Tệp không có cột mã ẩn|Tệp thiếu cột: level"
BOMB = "Tệp nén bất thường: mở ra lớn hơn"


def page_words(text: str) -> str:
    """What people read of a page, without its frame."""
    text = text[text.find("<main") : text.rfind("</main>")] if "<main" in text else text
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def zipped(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name.replace("__", "/").replace("_x", ".x"), data)
    return target.getvalue()


def cell_at(row: int, column: int) -> bytes:
    book = openpyxl.Workbook()
    book.active.cell(row, column).value = "x"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_part(data: bytes, name: str, change, **more: bytes) -> bytes:
    """A workbook one of whose parts is changed by hand: `change(xml) -> xml`. `more`: parts to add."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = old.read(info)
            new.writestr(info, change(part) if info.filename == name else part)
        for added, part in more.items():
            new.writestr(added, part)
    return target.getvalue()


def _bomb() -> bytes:
    """A text of a megabyte that four hundred cells name: a few kilobytes, written out 400 MB."""
    texts = {"xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 1_000_000 + b"</t></si></sst>"}

    def named(xml: bytes) -> bytes:
        return re.sub(rb't="inlineStr"><is><t>x</t></is>', b't="s"><v>0</v>', xml)

    return with_part(xlsx([["x"]] * 400), "xl/worksheets/sheet1.xml", named, **texts)


FILES = {
    "empty": (b"", "rỗng"),
    "spaces": (b" \r\n \r\n", "rỗng"),
    "noise": (bytes(range(256)) * 9, LIST),
    "pdf": (b"%PDF-1.7\n%%EOF", LIST),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), LIST),
    "word": (zipped(word__document_xml=b"<w/>"), "Đây là tệp Word"),
    "archive": (zipped(readme_xml=b"x"), LIST),
    "cut off": (people(["Lê An"])[:2500], BROKEN),
    "bytes lost": (people(["Lê An"])[:40] + people(["Lê An"])[60:], BROKEN),
    "names in no encoding": (zipped(xl__workbook_xml=b"<w/>", đ=b"x").replace("đ".encode(), b"\xff\xff"), BROKEN),
    "password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "Tệp có mật khẩu"),
    "bomb": (_bomb(), BOMB),
    "old and cut off": (xls(number_cell(0, 0))[:700], BROKEN),
    "old bomb": (xls(b"".join(text_cell(*divmod(n, 100), 0) for n in range(11_000)), texts=("x" * 30_000,)), BOMB),
    "old lie": (xls(record(0x200, b"\xff" * 14) + number_cell(0, 0)), BROKEN),
    "web page": (b"<html><table><tr><td>1</td></tr></table>", "Tệp này là trang web"),
    "no table": (xlsx([["Kính gửi"], ["Lời nói đầu"]]), NOTHING),
    "wrong template": (xlsx([["Ngày", "Nhiệt độ"], ["1/1/1900", 30]]), NOTHING),
    "too wide": (cell_at(1, 500), "Bảng có quá 104 cột"),
    "far corner": (cell_at(1048576, 16384), "Bảng có quá 104 cột"),
    "half UTF-16": (b"\xff\xfeL\x00\xea", BROKEN),
    "another language": ("氏名,住所\n山田太郎,東京都千代田区\n".encode("shift-jis"), "không phải bảng mã Unicode"),
    "endless cell": (b'"' + b"x" * 200_000, BROKEN),
}
# What each door is tried with; the reader behind them is one, so the rest is tried at the households' alone.
EVERYWHERE = (
    *("empty", "noise", "pdf", "word", "cut off", "password", "bomb", "old bomb", "no table", "far corner"),
    "another language",
)
