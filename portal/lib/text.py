"""Vietnamese text: one way to store, search and sort names."""

import re
import unicodedata

# đ/Đ has no Unicode decomposition, so stripping marks alone would leave it.
_D = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "Ð": "d"})
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
# Digits written inside names ("Khu phố 2", "Tổ 10") must sort as numbers.
_DIGITS = re.compile(r"\d+")
# The Vietnamese alphabet order; letters outside it keep their code point after it.
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_ORDER = {letter: f"{index:02d}" for index, letter in enumerate(_ALPHABET, start=10)}
# Tone order of Vietnamese dictionaries: ngang, huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_SHAPES = {"\u0302", "\u0306", "\u031b"}


def clean(value: object) -> str:
    """Text as it is stored: NFC, no control characters, single spaces, trimmed."""
    text = unicodedata.normalize("NFC", str(value if value is not None else ""))
    text = "".join(" " if unicodedata.category(ch) in {"Cc", "Zs", "Zl", "Zp"} else ch for ch in text)
    text = "".join(ch for ch in text if unicodedata.category(ch) not in {"Cf", "Cs", "Co", "Cn"})
    return _SPACES.sub(" ", text).strip()


def fold(value: object) -> str:
    """Text as it is searched: no marks, đ→d, lower case, letters and digits separated by single spaces.

    Works for NFC and NFD input alike: "Đặng Thị Hồng" → "dang thi hong".
    """
    text = unicodedata.normalize("NFD", str(value if value is not None else "")).translate(_D).lower()
    text = "".join(ch for ch in text if not unicodedata.combining(ch))
    return _NOT_WORD.sub(" ", text).strip()


def bigrams(folded: str) -> list[str]:
    """Neighbouring word pairs plus single words of folded text, for the GIN name index.

    Trigrams are the wrong index for Vietnamese names: Nguyễn, Văn and Thị occur in most of them.
    """
    words = folded.split()
    return sorted(set(words) | {f"{a} {b}" for a, b in zip(words, words[1:], strict=False)})


def _letter_key(word: str) -> str:
    """Sort key of one word in Vietnamese alphabet order; the tone decides only between equal letters."""
    letters, tones = [], []
    base = ""
    for ch in unicodedata.normalize("NFD", word.lower()):
        if ch in _TONES:
            tones.append(_TONES[ch])
        elif ch in _SHAPES:
            base = unicodedata.normalize("NFC", base + ch)
            letters[-1] = _ORDER.get(base, f"9{base}")
        else:
            base = ch
            letters.append(_ORDER.get(ch, f"9{ch}"))
    return "".join(letters) + " " + "".join(tones)


def sort_key(name: str) -> str:
    """Key that sorts people the Vietnamese way: given name (last word), then family name, then middle names."""
    words = clean(name).split()
    if not words:
        return ""
    ordered = [words[-1], *words[:-1]]
    return "  ".join(_letter_key(word) for word in ordered)[:300]


def natural_key(name: str) -> str:
    """Key that sorts place names with numbers as people count: Khu phố 2 before Khu phố 10."""
    return _DIGITS.sub(lambda m: m.group().zfill(6), fold(name))[:200]


def title_case(name: str) -> str:
    """"NGUYỄN THỊ HOA" → "Nguyễn Thị Hoa"; mixed-case names stay as typed."""
    text = clean(name)
    if text and (text.isupper() or text.islower()):
        return " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" "))
    return text
