"""Files people hand in: judged by what is in them, never by their name; pictures are drawn anew.

A picture is turned upright, scaled down and written again from its pixels alone, so that where and with what it was
taken, and whatever else was hidden in the file, stays outside. Documents are kept as they came and only ever saved,
never shown by the browser.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import ExifTags, Image

from portal.lib.numbers import number
from portal.lib.text import clean

MEGABYTE = 1024 * 1024
EDGE = 2000  # longest side a kept picture has, in pixels
QUALITY = 85
# JPEG is decoded smaller at once, the others only whole: a flood of pixels would fill the memory of the server.
MAX_PIXELS = {"JPEG": 64_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
# A progressive JPEG is drawn over and over, some ten times; 10 MB can ask for a hundred thousand, minutes of work.
MAX_SCANS = 500
_TURNS = {  # by the number of the Exif standard; 1 is upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
MAX_UNZIPPED_BYTES = 100 * MEGABYTE
NAME_LENGTH = 150

TYPES = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PDF": ("application/pdf", ".pdf"),
    "DOCX": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
    "XLSX": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
}
OFFICE_PARTS = {"word/document.xml": "DOCX", "xl/workbook.xml": "XLSX"}
# Refused with a way out rather than decoded: libheif (pi-heif 1.4.0) brought the process down on damaged files.
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")


class FileRefused(ValueError):
    """A file that is not taken; the message is the sentence for people."""


@dataclass(frozen=True)
class Accepted:
    """What is kept of a file: its true kind, its bytes (a picture drawn anew) and a harmless name."""

    format: str
    data: bytes
    name: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def most_bytes(limit):
    """Decorator of a view: a larger request is answered by portal.middleware before its body is read.

    `limit`: a function without arguments, because settings may differ from one test to the next.
    """

    def mark(view):
        view.most_bytes = limit
        return view

    return mark


def megabytes(size: int) -> str:
    """50331648 → "48"; 10590618 → "10,1"."""
    return number(round(size / MEGABYTE, 1))


def too_large(name: str, size: int, most: int) -> str:
    """The sentence about a file of `size` bytes where `most` are allowed. Never shows the limit as the size."""
    size = max(size, most + MEGABYTE // 10)
    return _("Tệp “%(name)s” lớn %(size)s MB, vượt giới hạn %(limit)s MB. Hãy chọn tệp nhỏ hơn.") % {
        "name": name,
        "size": megabytes(size),
        "limit": megabytes(most),
    }


def shown_name(name: str) -> str:
    """A file name as pages show it: no folders, no control characters, not too long."""
    return clean(str(name).replace("\\", "/").rpartition("/")[2])[:NAME_LENGTH] or _("tệp không tên")


def accept(data: bytes, name: str) -> Accepted:
    """Judge a file by its content. Raises FileRefused with the sentence."""
    name = shown_name(name)
    if not data:
        raise FileRefused(_("Tệp “%(name)s” rỗng. Hãy chọn lại tệp.") % {"name": name})
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        kind, kept = "JPEG", _picture(data, name)
    elif data.startswith(b"%PDF-"):
        kind, kept = "PDF", _pdf(data, name)
    elif data.startswith(b"PK\x03\x04"):
        kind, kept = _office(data, name), data
    else:
        raise FileRefused(_unknown(data, name))
    stem, dot, suffix = name.rpartition(".")
    stem = stem if dot and len(suffix) <= 5 else name
    ending = TYPES[kind][1]
    return Accepted(kind, kept, stem[: NAME_LENGTH - len(ending)] + ending)


def _unknown(data: bytes, name: str) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return _(
            "Ảnh “%(name)s” ở dạng HEIC, cổng không đọc được. Cách nhanh: mở ảnh, chụp màn hình rồi gửi ảnh chụp đó. "
            "Lần sau, trên iPhone hãy chọn Cài đặt, Camera, Định dạng, Tương thích nhất trước khi chụp."
        ) % {"name": name}
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _("Tệp “%(name)s” ở dạng Word, Excel cũ hoặc có mật khẩu. Hãy lưu lại dạng .docx, .xlsx hay PDF.") % {
            "name": name
        }
    return _(
        "Tệp “%(name)s” không phải ảnh JPEG, PNG, WebP, cũng không phải PDF, Word (.docx) hay Excel (.xlsx); "
        "đổi đuôi tên tệp không làm đổi loại tệp."
    ) % {"name": name}


def _broken(name: str) -> str:
    return _("Tệp “%(name)s” bị hỏng, không mở được. Hãy lưu hoặc chụp lại.") % {"name": name}


def _picture(data: bytes, name: str) -> bytes:
    """The picture drawn anew: upright, at most EDGE pixels long, as JPEG without any metadata."""
    if data.count(b"\xff\xda") > MAX_SCANS:
        raise FileRefused(_broken(name))
    try:
        with Image.open(io.BytesIO(data), formats=tuple(MAX_PIXELS)) as picture:
            # Phones hide a second picture in a JPEG (depth, brightness); Pillow then calls it MPO.
            if picture.width * picture.height > MAX_PIXELS.get(picture.format, MAX_PIXELS["JPEG"]):
                raise FileRefused(_too_many_pixels(name, picture.width, picture.height))
            picture.draft("RGB", (EDGE, EDGE))
            upright = _turned(picture)
            upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            upright.thumbnail((EDGE, EDGE))
            return to_jpeg(upright)
    except Image.DecompressionBombError as error:
        raise FileRefused(_too_many_pixels(name)) from error
    except FileRefused:
        raise
    except Exception as error:  # a decoder fed with anything may raise anything
        raise FileRefused(_broken(name)) from error


def _turned(picture: Image.Image) -> Image.Image:
    """As the camera says it was held; as it lies where that cannot be read (cameras write anything there)."""
    try:
        turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
    except Exception:
        turn = None
    return picture if turn is None else picture.transpose(turn)


def to_jpeg(picture: Image.Image) -> bytes:
    """Pixels only, on white; nothing the picture carried beside them is written."""
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    target = io.BytesIO()
    sheet.save(target, "JPEG", quality=QUALITY, optimize=True)
    return target.getvalue()


def _too_many_pixels(name: str, width: int = 0, height: int = 0) -> str:
    if not width:
        return _("Ảnh “%(name)s” có quá nhiều điểm ảnh. Hãy thu nhỏ ảnh rồi gửi lại.") % {"name": name}
    return _("Ảnh “%(name)s” có %(width)d × %(height)d điểm ảnh, quá lớn. Hãy thu nhỏ ảnh rồi gửi lại.") % {
        "name": name,
        "width": width,
        "height": height,
    }


def _pdf(data: bytes, name: str) -> bytes:
    tail = data[-2048:]
    if b"startxref" not in tail or b"%%EOF" not in tail:
        raise FileRefused(_broken(name))
    return data


def _office(data: bytes, name: str) -> str:
    """DOCX or XLSX; other archives, macros and archives that unfold too far are refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            kind = next((kind for part, kind in OFFICE_PARTS.items() if part in names), None)
            if kind is None or "[Content_Types].xml" not in names:
                raise FileRefused(_unknown(b"", name))
            if _has_macro(archive, names):
                raise FileRefused(
                    _("Tệp “%(name)s” có macro nên không nhận. Hãy lưu lại dạng .docx, .xlsx hay PDF.") % {"name": name}
                )
            room = MAX_UNZIPPED_BYTES
            for info in archive.infolist():
                # The size in the directory is only a claim, so every part is really unfolded, up to the limit.
                with archive.open(info) as stream:
                    while chunk := stream.read(MEGABYTE):
                        room -= len(chunk)
                        if room < 0:
                            raise FileRefused(
                                _("Tệp “%(name)s” nén bất thường: mở ra lớn hơn %(limit)s MB.")
                                % {"name": name, "limit": megabytes(MAX_UNZIPPED_BYTES)}
                            )
            return kind
    except FileRefused:
        raise
    # ValueError: parts said to stand before the file begins, and names in no encoding.
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError) as error:
        raise FileRefused(_broken(name)) from error


def _has_macro(archive: zipfile.ZipFile, names: set[str]) -> bool:
    """Told by the usual name of the part, or by the list of contents: the name may be any other."""
    with archive.open("[Content_Types].xml") as stream:
        contents = stream.read(MEGABYTE).replace(b"\0", b"").lower()  # UTF-16 is allowed there too
    return (
        any(part.lower().endswith("vbaproject.bin") for part in names)
        or b"macroenabled" in contents
        or b"vbaproject" in contents
        or b"ms-excel.macrosheet" in contents
    )


def small_picture(stream, edge: int) -> bytes:
    """A preview of a kept picture."""
    with Image.open(stream, formats=("JPEG",)) as picture:
        picture.draft("RGB", (edge, edge))
        small = picture.convert("RGB")
        small.thumbnail((edge, edge))
        return to_jpeg(small)
