"""The one typeface of printed papers: Times New Roman or a face with its measures, whole, never mixed.

NĐ 30/2020 asks for Times New Roman in Unicode. Debian's Liberation Serif 1.07 lacks most Vietnamese letters and
engines then mix in another face without a word; so a family counts only when all four styles have every letter.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTFont

_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
_LOWER = [unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES] + ["đ"]
# The 146 letters of Vietnamese that carry marks or may carry them, lower and upper case.
VIETNAMESE_LETTERS = "".join(_LOWER) + "".join(letter.upper() for letter in _LOWER)
STYLES = ("regular", "bold", "italic", "bold italic")
_STYLE_NAMES = {"regular": "Regular", "bold": "Bold", "italic": "Italic", "bold italic": "Bold Italic"}


class FontMissing(RuntimeError):
    """No usable face was found; the message says what to install."""


@dataclass(frozen=True)
class Family:
    """A face that covers every Vietnamese letter in four styles."""

    name: str
    files: dict[str, Path]

    @property
    def folders(self) -> list[str]:
        """Folders to hand to the typesetter, without repeats."""
        return sorted({str(path.parent) for path in self.files.values()})


def _places() -> list[tuple[str, list[Path], dict[str, str]]]:
    """Families in order of preference, where they may lie, and their file names by style."""
    system = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts/Supplemental"),
        Path("C:/Windows/Fonts"),
    ]
    times = {"regular": "times.ttf", "bold": "timesbd.ttf", "italic": "timesi.ttf", "bold italic": "timesbi.ttf"}
    times_mac = {
        style: f"Times New Roman{'' if style == 'regular' else ' ' + _STYLE_NAMES[style]}.ttf" for style in STYLES
    }
    times_core = {
        "regular": "Times_New_Roman.ttf",
        "bold": "Times_New_Roman_Bold.ttf",
        "italic": "Times_New_Roman_Italic.ttf",
        "bold italic": "Times_New_Roman_Bold_Italic.ttf",
    }
    liberation = {style: f"LiberationSerif-{_STYLE_NAMES[style].replace(' ', '')}.ttf" for style in STYLES}
    tinos = {
        "regular": "400Regular/Tinos_400Regular.ttf",
        "bold": "700Bold/Tinos_700Bold.ttf",
        "italic": "400Regular_Italic/Tinos_400Regular_Italic.ttf",
        "bold italic": "700Bold_Italic/Tinos_700Bold_Italic.ttf",
    }
    package = [settings.NODE_MODULES / "@expo-google-fonts" / "tinos"]
    return [
        ("Times New Roman", system, times),
        ("Times New Roman", system, times_core),
        ("Times New Roman", system, times_mac),
        ("Liberation Serif", system, liberation),
        ("Tinos", package, tinos),
    ]


def missing_letters(path: Path, letters: str = VIETNAMESE_LETTERS) -> str:
    """Letters of `letters` that a font file lacks."""
    with TTFont(path, lazy=True) as font:
        known = font.getBestCmap()
    return "".join(letter for letter in letters if ord(letter) not in known)


def _complete(folder: Path, names: dict[str, str]) -> dict[str, Path] | None:
    files = {style: folder / name for style, name in names.items()}
    if not all(path.is_file() for path in files.values()):
        return None
    return files if not any(missing_letters(path) for path in files.values()) else None


def families() -> list[Family]:
    """Every usable family found on this machine, best first."""
    found = []
    for name, roots, names in _places():
        for root in roots:
            if not root.is_dir():
                continue
            first = names["regular"]
            folders = {root} if (root / first).is_file() else {path.parent for path in root.rglob(first)}
            for folder in sorted(folders):
                files = _complete(folder, names)
                if files:
                    found.append(Family(name, files))
    return found


@lru_cache(maxsize=1)
def paper_family() -> Family:
    """The face papers are printed in. Raises FontMissing when none covers Vietnamese."""
    found = families()
    if not found:
        raise FontMissing(
            "Không tìm thấy phông chữ in có đủ 146 chữ cái tiếng Việt. "
            "Hãy chạy “npm ci” (gói phông Tinos) hoặc cài Times New Roman / Liberation Serif 2."
        )
    return found[0]
