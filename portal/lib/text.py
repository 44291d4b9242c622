"""Vietnamese text: one way to store, search and sort names."""

import re
import unicodedata
from functools import lru_cache

# đ/Đ has no Unicode decomposition, so stripping marks alone would leave it.
_D = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "Ð": "d"})
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
# Digits written inside names ("Khu phố 2", "Tổ 10") must sort as numbers.
_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"[^\W\d_]+")
# The Vietnamese alphabet order; letters outside it follow by code point, digits come before all letters.
_ALPHABET = "0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_ORDER = {letter: f"{index:02d}" for index, letter in enumerate(_ALPHABET, start=10)}
# Tone order of Vietnamese dictionaries: ngang, huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_SHAPES = {"\u0302", "\u0306", "\u031b"}


def clean(value: object) -> str:
    """Text as it is stored: NFC, no control or invisible characters, single spaces, trimmed."""
    text = str(value if value is not None else "")
    # Printable means no control, invisible or odd space characters: then only the form could still be wrong.
    if not text.isprintable() or not unicodedata.is_normalized("NFC", text):
        text = "".join(" " if unicodedata.category(ch) in {"Cc", "Zs", "Zl", "Zp"} else ch for ch in text)
        text = "".join(ch for ch in text if unicodedata.category(ch) not in {"Cf", "Cs", "Co", "Cn"})
        # Last, because an invisible character may have stood between a letter and its mark.
        text = unicodedata.normalize("NFC", text)
    return _SPACES.sub(" ", text).strip() if "  " in text else text.strip()


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


@lru_cache(maxsize=20_000)  # a million names are made of a few thousand words
def _word_key(word: str) -> str:
    """Sort key of one word in Vietnamese alphabet order; the tone decides only between equal letters.

    Digits only (letters "10"… "99…", end of the letters "00", tone "1"…"5", end of the word "0"), so every database
    collation orders keys alike; spaces or letters in a key would not.
    """
    letters: list[str] = []
    tones, base = "", ""
    for ch in unicodedata.normalize("NFD", word.lower()):
        if ch in _TONES:
            tones += _TONES[ch]
        elif unicodedata.combining(ch):
            # In NFD the dot below comes before the circumflex (ậ = a, dot, circumflex): only the base matters here.
            base = unicodedata.normalize("NFC", base + ch)
            if letters and ch in _SHAPES:
                letters[-1] = _ORDER.get(base, letters[-1])
        elif ch.isalnum():
            base = ch
            letters.append(_ORDER.get(ch, f"99{ord(ch):07d}"))
    return "".join(letters) + "00" + tones + "0" if letters else ""


def sort_key(name: str) -> str:
    """Key that sorts people the Vietnamese way: given name (last word), then family name, then middle names."""
    words = clean(name).split()
    if not words:
        return ""
    return "".join(map(_word_key, [words[-1], *words[:-1]]))[:300]


def natural_key(name: str) -> str:
    """Key that sorts place names with numbers as people count: Khu phố 2 before Khu phố 10."""
    return _DIGITS.sub(lambda m: m.group().zfill(6), fold(name))[:200]


def title_case(name: str) -> str:
    """ "NGUYỄN THỊ HOA" → "Nguyễn Thị Hoa", "H'HEN NIÊ" → "H'Hen Niê"; mixed-case names stay as typed."""
    text = clean(name)
    if text and (text.isupper() or text.islower()):
        return _WORDS.sub(lambda match: match.group()[:1].upper() + match.group()[1:].lower(), text)
    return text
