"""Vietnamese text from before Unicode: TCVN3 (".Vn…" fonts) and VNI-Windows, recognised and made Unicode.

Old spreadsheets keep the bytes of those code pages; read as Western text they look like "NguyÔn V¨n" or "Nguyeãn Vaên".
Recognition is careful, because a wrong guess spoils a name: a whole file is looked at first, and a cell is changed only
when it is no Vietnamese as it stands and every word of it is Vietnamese afterwards.

Tables: TCVN 5712:1993 (VN3), and VNI-Windows as its fonts show it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

TCVN3, VNI = "TCVN3", "VNI"
ENOUGH_WORDS, ENOUGH_SHARE = 3, 0.9  # words that must speak for a code page, and their share among those not plain

_TCVN3_BYTES = {
    "ăâêôơưđ": (0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE),
    "ĂÂÊÔƠƯĐ": (0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7),
    "àảãáạ": (0xB5, 0xB6, 0xB7, 0xB8, 0xB9),
    "ằẳẵắặ": (0xBB, 0xBC, 0xBD, 0xBE, 0xC6),
    "ầẩẫấậ": (0xC7, 0xC8, 0xC9, 0xCA, 0xCB),
    "èẻẽéẹ": (0xCC, 0xCE, 0xCF, 0xD0, 0xD1),
    "ềểễếệ": (0xD2, 0xD3, 0xD4, 0xD5, 0xD6),
    "ìỉĩíị": (0xD7, 0xD8, 0xDC, 0xDD, 0xDE),
    "òỏõóọ": (0xDF, 0xE1, 0xE2, 0xE3, 0xE4),
    "ồổỗốộ": (0xE5, 0xE6, 0xE7, 0xE8, 0xE9),
    "ờởỡớợ": (0xEA, 0xEB, 0xEC, 0xED, 0xEE),
    "ùủũúụ": (0xEF, 0xF1, 0xF2, 0xF3, 0xF4),
    "ừửữứự": (0xF5, 0xF6, 0xF7, 0xF8, 0xF9),
    "ỳỷỹýỵ": (0xFA, 0xFB, 0xFC, 0xFD, 0xFE),
}
_FROM_TCVN3 = {
    code: letter for letters, codes in _TCVN3_BYTES.items() for letter, code in zip(letters, codes, strict=True)
}
# VNI writes a letter and a mark behind it; marks by tone, in the order ngang huyền hỏi ngã sắc nặng.
_PLAIN_MARKS, _ROUND_MARKS, _HAT_MARKS = "øûõùï", "èúüéë", "àåãáä"
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_FROM_VNI: dict[str, str] = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
for _letter in "aeouy":
    for _mark, _tone in zip(_PLAIN_MARKS, _TONES, strict=True):
        _FROM_VNI[_letter + _mark] = unicodedata.normalize("NFC", _letter + _tone)
for _letter, _shape, _marks, _flat in (
    ("a", "ă", _ROUND_MARKS, "ê"),
    ("a", "â", _HAT_MARKS, "â"),
    ("e", "ê", _HAT_MARKS, "â"),
    ("o", "ô", _HAT_MARKS, "â"),
):
    _FROM_VNI[_letter + _flat] = _shape
    for _mark, _tone in zip(_marks, _TONES, strict=True):
        _FROM_VNI[_letter + _mark] = unicodedata.normalize("NFC", _shape + _tone)
for _letter, _base in (("ô", "ơ"), ("ö", "ư")):
    for _mark, _tone in zip(_PLAIN_MARKS, _TONES, strict=True):
        _FROM_VNI[_letter + _mark] = unicodedata.normalize("NFC", _base + _tone)
_FROM_VNI |= {key.upper(): value.upper() for key, value in list(_FROM_VNI.items())}
_FROM_VNI |= {  # a capital letter with a small mark: the first letter of a name
    key[0].upper() + key[1]: value.upper() for key, value in list(_FROM_VNI.items()) if len(key) == 2
}
_VNI_PART = re.compile("|".join(sorted(map(re.escape, _FROM_VNI), key=len, reverse=True)))

_INITIAL = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx]"
_RIME = (
    "uyên|uyêt|uyê|uya|uyu|uynh|uych|oang|oanh|oach|oăng|oăn|oăm|oăt|oăc|oong|iêng|iêu|iên|iêm|iêp|iêt|iêc|yên|yêt|yêu|yêm"
    "|yêng|uông|uôi|uôn|uôm|uôt|uôc|ương|ươi|ươu|ươn|ươm|ươp|ươt|ươc|uân|uât|uâng|uây|oai|oay|oan|oam|oat|oac|oeo|oen|oet"
    "|uêch|uênh|uơ|uêu|uê|uy|uyt|uyn|uyp|ia|ya|ua|ưa|ai|ay|ao|au|âu|ây|eo|êu|iu|oa|oe|oi|ôi|ơi|ui|ưi|ưu|ang|anh|ach|ac"
    "|am|an|ap|at|ăng|ăc|ăm|ăn|ăp|ăt|âng|âc|âm|ân|âp|ât|eng|ec|em|en|ep|et|ênh|êch|êm|ên|êp|êt|inh|ich|im|in|ip|it|iêc"
    "|ong|oc|om|on|op|ot|ông|ôc|ôm|ôn|ôp|ôt|ơm|ơn|ơp|ơt|ung|uc|um|un|up|ut|ưng|ưc|ưm|ưn|ưt|uôm|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y"
)
_SYLLABLE = re.compile(f"(?:{_INITIAL})?(?P<rime>{_RIME})")
_SIGN = re.compile(r"[\u00a1-\u00bf×÷](?=[^\W\d_])|(?<=[^\W\d_])[\u00a1-\u00bf×÷]")  # "®o", "Gi¸": no Vietnamese word
_UNICODE_ONLY = re.compile("[ĂăĐđĨĩŨũƠơƯưẠ-ỹ]")


@lru_cache(maxsize=50_000)
def is_syllable(word: str) -> bool:
    """Is a word built as Vietnamese syllables are: initial, rime, at most one tone? Letters only, any case."""
    marks = unicodedata.normalize("NFD", word.lower())
    before, tone, _after = marks, "", ""
    for mark in _TONES:
        if mark in marks:
            before, tone, _after = marks.partition(mark)
            break
    toneless = unicodedata.normalize("NFC", before + _after)
    found = _SYLLABLE.fullmatch(toneless)
    if found is None:  # a second tone is no letter either
        return False
    at = len(unicodedata.normalize("NFC", before)) - 1 - found.start("rime")
    return not tone or at in _tone_places(found["rime"])


@lru_cache(maxsize=500)
def _tone_places(rime: str) -> set[int]:
    """Where a rime may carry its tone: VNI writes it behind the vowel, where Vietnamese has none ("Giaù" for Giá)."""
    vowels = len(rime) - len(rime.lstrip("aăâeêioôơuưy"))
    shaped = [at for at, letter in enumerate(rime) if letter in "ăâêôơ"] or [
        at for at, letter in enumerate(rime) if letter == "ư"
    ]
    if shaped:
        return {shaped[-1]}
    if vowels < len(rime) or vowels == 1:
        return {vowels - 1}
    if vowels == 3:
        return {1}
    return {0, 1} if rime in ("oa", "oe", "uy") else {0}


def from_tcvn3(text: str) -> str:
    """TCVN3 read as Western text, made Unicode. Capital letters with tones are small ones in another font."""
    return "".join(_FROM_TCVN3.get(ord(letter), letter) for letter in text)


def from_vni(text: str) -> str:
    """VNI-Windows read as Western text, made Unicode."""
    return _VNI_PART.sub(lambda part: _FROM_VNI[part.group()], text)


_CONVERT = {TCVN3: from_tcvn3, VNI: from_vni}


def _words(text: str) -> list[str]:
    """The words of a text that are not plain ASCII: only they tell code pages apart."""
    return [word for word in text.split() if not word.isascii()]


def _is_vietnamese(word: str) -> bool:
    letters = re.sub(r"[\W\d_]+", " ", word).split()
    return bool(letters) and not _SIGN.search(word) and all(is_syllable(part) for part in letters)


def is_vietnamese(text: str) -> bool:
    """Are nearly all words with marks built as Vietnamese ones are? False when there are too few to tell."""
    words = _words(text[:200_000])
    return len(words) >= ENOUGH_WORDS and sum(map(_is_vietnamese, words)) >= ENOUGH_SHARE * len(words)


def code_page(texts: Iterable[str]) -> str:
    """TCVN3 or VNI when the texts speak for it, else an empty text: Unicode, or nothing that can be told."""
    different = {text for text in texts if not text.isascii()}  # names and hamlets come again and again
    words = {word for text in different for word in _words(unicodedata.normalize("NFC", text))}
    odd = [word for word in words if not _is_vietnamese(word)]
    if len(odd) < ENOUGH_WORDS or len(odd) * 2 < len(words):
        return ""  # mostly Vietnamese as it stands
    best, share = "", 0.0
    for name, convert in _CONVERT.items():
        right = sum(_is_vietnamese(convert(word)) for word in odd) / len(odd)
        if right > share:
            best, share = name, right
    return best if share >= ENOUGH_SHARE else ""


def is_whole(texts: Iterable[str]) -> bool:
    """Is all of a file in the old code page? Unicode shows itself by letters that neither of them has."""
    return not any(_UNICODE_ONLY.search(unicodedata.normalize("NFC", text)) for text in texts if not text.isascii())


def to_unicode(text: str, page: str, *, whole: bool = False) -> str:
    """A cell of a file in `page`, made Unicode (NFC). Cells that are Vietnamese as they stand stay as they are, unless
    the `whole` file is in the code page: "Khu phè 1" is Khu phố 1 there."""
    if text.isascii() or any(ord(letter) > 0xFF for letter in text):
        return text  # neither code page has a letter beyond the Western ones: it is Unicode already
    if not whole and all(map(_is_vietnamese, _words(text))):
        return text
    converted = unicodedata.normalize("NFC", _CONVERT[page](text))
    return converted if all(map(_is_vietnamese, _words(converted))) else text
