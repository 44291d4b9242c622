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


def qr_svg(text: str) -> str:
    """QR code of `text` as an SVG picture with its white margin (error correction M: survives a fold or a stain)."""
    return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg(add_quiet_zones=True)


def qr_png(text: str, *, dot: int = 6) -> bytes:
    """The same as a PNG, `dot` pixels a module, for papers that hold no SVG."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    target = io.BytesIO()
    Image.fromarray(barcode.to_image(scale=dot, add_quiet_zones=True)).save(target, "PNG")
    return target.getvalue()


def place_and_date(place_name: str, day: datetime.date) -> str:
    """ "Hòa Hưng, ngày 05 tháng 01 năm 2026": days under 10, months 1 and 2 take a zero (NĐ 30/2020, Phụ lục I)."""
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    return f"{place_name}, ngày {day.day:02d} tháng {month} năm {day.year}"


def short_place_name(name: str) -> str:
    """The name as it stands before a date: "Phường Hòa Hưng" → "Hòa Hưng", numbered wards keep their kind."""
    for kind in ("Thành phố ", "Tỉnh ", "Thị trấn ", "Thị xã ", "Quận ", "Huyện ", "Phường ", "Xã ", "Đặc khu "):
        if name.startswith(kind):
            rest = name[len(kind) :]
            return name if rest.isdigit() else rest
    return name
