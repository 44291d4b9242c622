"""PDF by typst: one document per call, one typeface, data as JSON. Templates are templates/typst/*.typ."""

from __future__ import annotations

import datetime
import io
import json
from functools import lru_cache
from pathlib import Path

import typst
import zxingcpp
from django.conf import settings
from PIL import Image

from portal.lib.fonts import paper_family

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "typst"


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paper_family().folders)


def compile(template: str, data: dict) -> bytes:
    """Typeset `templates/typst/<template>` with `data` (anything JSON can hold) and return the PDF's bytes.

    Raises FontMissing when no face covers Vietnamese; never falls back to another face letter by letter.
    """
    compiler = typst.Compiler(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False), "font": paper_family().name},
    )
    return compiler.compile(format="pdf")


# Most bytes a QR code of each version (its size) holds at error correction M (ISO/IEC 18004, table 7).
QR_BYTES = {1: 14, 2: 26, 3: 42, 4: 62, 5: 84, 6: 106, 7: 122, 8: 152, 9: 180, 10: 213}


def _qr(text: str) -> zxingcpp.Barcode:
    """QR code of `text` (error correction M: survives a fold or a stain).

    Size and mask are named: trying all eight masks takes five times as long as the rest. Our addresses end in a random
    token, so no mask makes big blank fields; 600 blurred codes were read no worse than those with the best mask.
    """
    version = next((one for one, most in QR_BYTES.items() if len(text.encode()) <= most), None)
    options = {"options": f"version={version},dataMask=3"} if version else {}
    return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", **options)


def qr_png(text: str, *, dot: int = 6) -> bytes:
    """The QR code with its white margin as a PNG, `dot` pixels a module."""
    target = io.BytesIO()
    picture = Image.fromarray(_qr(text).to_image(scale=dot, add_quiet_zones=True))
    picture.save(target, "PNG", compress_level=1)
    return target.getvalue()


def qr_dots(text: str) -> list[int]:
    """The same for a typst template (`qr` of common.typ): one pixel a module, as the numbers JSON can hold."""
    return list(qr_png(text, dot=1))


LONG_TOWN = 17  # letters of a place that leave room for the date in the right half of a heading


def place_and_date(place_name: str, day: datetime.date) -> str:
    """ "Hòa Hưng, ngày 05 tháng 01 năm 2026": days under 10, months 1 and 2 take a zero (NĐ 30/2020, Phụ lục I).

    Where it cannot stand on one line it breaks behind the place, not within the date.
    """
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    date = f"ngày {day.day:02d} tháng {month} năm {day.year}"
    if len(place_name) > LONG_TOWN:
        date = date.replace(" ", "\N{NO-BREAK SPACE}")
    return f"{place_name}, {date}"


def short_place_name(name: str) -> str:
    """The name as it stands before a date: "Phường Hòa Hưng" → "Hòa Hưng", numbered wards keep their kind."""
    for kind in ("Thành phố ", "Tỉnh ", "Thị trấn ", "Thị xã ", "Quận ", "Huyện ", "Phường ", "Xã ", "Đặc khu "):
        if name.startswith(kind):
            rest = name[len(kind) :]
            return name if rest.isdecimal() else rest
    return name
