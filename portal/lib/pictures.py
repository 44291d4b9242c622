"""Pictures of text (PNG) to send by phone: typeset by typst in the typeface of the screen.

Be Vietnam Pro comes from npm as web fonts cut into alphabets; they are joined to whole faces once a process.
"""

from __future__ import annotations

import io
import json
import tempfile
from functools import lru_cache
from pathlib import Path

import typst
from django.conf import settings
from fontTools.merge import Merger
from fontTools.ttLib import TTFont

from portal.lib.fonts import VIETNAMESE_LETTERS, FontMissing, missing_letters
from portal.lib.pdf import TEMPLATES

FAMILY = "Be Vietnam Pro"
ALPHABETS = ("latin", "latin-ext", "vietnamese")
WEIGHTS = ("400", "700")
PIXELS_PER_INCH = 144
_LAYOUT_TABLES = ("GSUB", "GPOS", "GDEF")  # name glyphs by number, which joining changes


def _whole_face(weight: str) -> TTFont:
    """The face of one weight with every letter."""
    folder = Path(settings.NODE_MODULES) / "@fontsource" / "be-vietnam-pro" / "files"
    parts = []
    for alphabet in ALPHABETS:
        path = folder / f"be-vietnam-pro-{alphabet}-{weight}-normal.woff"
        if not path.is_file():
            raise FontMissing("Thiếu phông chữ Be Vietnam Pro. Hãy chạy “npm ci”.")
        part, plain = TTFont(path), io.BytesIO()
        part.flavor = None
        for tag in _LAYOUT_TABLES:
            if tag in part:
                del part[tag]
        part.save(plain)
        plain.seek(0)
        parts.append(plain)
    return Merger().merge(parts)


@lru_cache(maxsize=1)
def _faces() -> tuple[typst.Fonts, tempfile.TemporaryDirectory]:
    """The faces for the typesetter, with the folder they lie in: it lives as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix="portal-fonts-")
    for weight in WEIGHTS:
        path = Path(folder.name) / f"{weight}.ttf"
        _whole_face(weight).save(path)
        if missing := missing_letters(path, VIETNAMESE_LETTERS):
            raise FontMissing(f"Phông {FAMILY} thiếu chữ: {missing}")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder.name])
    return fonts, folder


def picture(template: str, data: dict) -> bytes:
    """Draw `templates/typst/<template>` with `data` (anything JSON can hold) and return the PNG's bytes."""
    compiler = typst.Compiler(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=_faces()[0],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False), "font": FAMILY},
    )
    return compiler.compile(format="png", ppi=PIXELS_PER_INCH)
