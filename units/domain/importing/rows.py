"""From a cell as somebody typed it to a value, or to the sentence that says what is wrong with it. Pure."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib import cell_errors, phones
from portal.lib.tabular import is_formula_like
from portal.lib.text import clean, fold, title_case
from units.choices import Poverty

MAX_PEOPLE = 60  # more people under one head is a typing mistake or an institution
YES = {"x", "xx", "co", "yes", "y", "v", "1", "true", "dk", "dang ky", "da dang ky", "co dang ky", "ok", "r"}
_NONE = {"khong", "khong co", "ko", "ko co", "chua", "chua co"}
NO = _NONE | {"0", "k", "no", "n", "false", "khong dang ky", "chua dang ky"}
# Where there is nothing to say people draw lines, dots or an empty box. "?" or "²" says something, whatever it is.
_NOTHING = re.compile(r"[\s\-‐-―−./…_*☐□▢]*")
TICKS = frozenset("✓✔☑☒✗✘√×þüû")  # the last three: ticks of the Wingdings typeface
_NUMBER = re.compile(r"^([+-]?\d+)(?:[.,]0+)?\s*(?:nguoi|ng|khau|nk|em|hs|hoc sinh|nhan khau)?$")
PHONE_STARTS = frozenset(f"0{digit}" for digit in "123456789")  # ten digits beginning so are a number as it is kept
ERRORS = frozenset(cell_errors.NAMES)
# TCVN3 text read as Latin has symbols inside words ("V¨n") or a capital behind a small letter ("NguyÔn"); VNI text has
# an accent standing behind its vowel ("Vaên"). Vietnamese in Unicode, and minority or foreign names, have neither.
_TCVN3 = re.compile(r"[¨©ª«¬®µ¶¸¹»¼¾×÷þÞØÆåæÅ]|[a-z][À-Ý]")
_VNI = re.compile(r"[aeAE][øùûõïâêáàåäãØÙÛÕÏÂÊÁÀÅÄÃ]|[oO][øùûõïâåäØÙÛÕÏÂÅÄ]|[uU][øùûõïåäØÙÛÕÏÅÄ]|[ôöÔÖ][øùûõïØÙÛÕÏ]")


# Lazy: looked up only for a sentence, not for every one of a hundred thousand rows.
ADDRESS, GROUP, NOTE = gettext_lazy("địa chỉ"), gettext_lazy("tổ"), gettext_lazy("ghi chú")
REGISTRATION, POOR, NEAR_POOR = gettext_lazy("đăng ký"), gettext_lazy("hộ nghèo"), gettext_lazy("hộ cận nghèo")
MEMBERS, ADULTS, PUPILS = gettext_lazy("Số nhân khẩu"), gettext_lazy("Số người lớn"), gettext_lazy("Số học sinh")


class BadCell(Exception):
    """The cell cannot be understood; the text tells people what stands there and what to write."""


def text_of(value: object) -> str:
    """A cell as text: 186.0 → "186", dates as people write them."""
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date):
        return value.strftime("%d/%m/%Y")
    return clean(value)


@lru_cache(maxsize=50_000)
def fold_word(word: str) -> str:
    """`fold` of one word: a million names are made of a few thousand words."""
    return fold(word)


def fold_text(text: str) -> str:
    """`fold`, word by word from memory; same result."""
    return " ".join(filter(None, map(fold_word, text.split())))


def says_nothing(text: str) -> bool:
    """Is it what people write where there is nothing to say? Then the cell counts as empty."""
    return bool(_NOTHING.fullmatch(text))


def _unmarked(text: str) -> str:
    """Lower case without marks; signs stay, which `fold` would drop: "3½" is not 3."""
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def is_legacy_coded(text: str) -> bool:
    """Does text look like TCVN3 or VNI, the code pages before Unicode?"""
    return not text.isascii() and True in map(_is_legacy_word, text.split())


@lru_cache(maxsize=20_000)
def _is_legacy_word(word: str) -> bool:
    """Neither pattern reaches across spaces, and the words of addresses come again and again."""
    return not word.isascii() and bool(_TCVN3.search(word) or _VNI.search(word))


def legacy_sentence(text: str) -> str:
    """What to do about text in a code page from before Unicode."""
    return _(
        "Chữ “%(text)s” dùng bảng mã cũ (TCVN3 hoặc VNI). Hãy chuyển cả danh sách sang Unicode "
        "(UniKey: Ctrl+Shift+F6) rồi nhập lại."
    ) % {"text": text[:60]}


def name_of(value: object) -> str:
    """The head's name as it is stored. Raises BadCell."""
    if not isinstance(value, str):
        if value is None or value == "":
            raise BadCell(_("Thiếu họ tên chủ hộ."))
        raise BadCell(_("Ô họ tên ghi “%(text)s”, không phải tên người.") % {"text": text_of(value)})
    name = clean(value)
    if not name:
        raise BadCell(_("Thiếu họ tên chủ hộ."))
    if name in ERRORS:
        raise BadCell(_error_sentence(name))
    if name.isupper() or name.islower():
        name = title_case(name)
    if name.replace(" ", "").isalpha() and len(name) <= 200 and not is_legacy_coded(name):
        return name
    if is_formula_like(name):
        raise BadCell(_("Ô họ tên là một công thức (“%(text)s”). Hãy ghi họ tên bằng chữ.") % {"text": name[:60]})
    if is_legacy_coded(name):
        raise BadCell(legacy_sentence(name))
    if any(letter.isdigit() for letter in name):
        raise BadCell(_("Họ tên “%(text)s” có chữ số. Hãy ghi đúng họ tên chủ hộ.") % {"text": name[:60]})
    if not any(letter.isalpha() for letter in name):
        raise BadCell(_("Ô họ tên ghi “%(text)s”, không phải tên người.") % {"text": name[:60]})
    if len(name) > 200:
        raise BadCell(_("Họ tên dài quá 200 ký tự."))
    return name


@lru_cache(maxsize=10_000)
def named(value: object) -> tuple[str, str]:
    """The head's name as it is stored, and folded: the same names come again and again. Raises BadCell."""
    name = name_of(value)
    return name, fold_text(name)[:200]


def _error_sentence(text: str) -> str:
    return _("Ô có lỗi công thức %(text)s. Hãy sửa trong Excel rồi nhập lại.") % {"text": text}


def short_text(value: object, label: object, limit: int) -> str:
    """Free text of at most `limit` letters, kept as text even if it would run as a formula. Raises BadCell."""
    text = text_of(value)
    if text in ERRORS:
        raise BadCell(_error_sentence(text))
    if len(text) > limit:
        raise BadCell(_("Cột %(label)s dài quá %(limit)s ký tự.") % {"label": label, "limit": limit})
    return text


def address_of(value: object) -> str:
    """The address. "12/5" that Excel has turned into a date cannot be turned back for sure, so it is refused."""
    if isinstance(value, datetime.datetime | datetime.date):
        raise BadCell(
            _("Địa chỉ đã bị Excel đổi thành ngày %(day)s. Hãy đặt cột địa chỉ là kiểu Văn bản rồi ghi lại số nhà.")
            % {"day": value.strftime("%d/%m/%Y")}
        )
    text = clean(value) if type(value) is str else text_of(value)
    if len(text) > 250 or text in ERRORS:
        short_text(text, ADDRESS, 250)
    if text and is_legacy_coded(text):
        raise BadCell(legacy_sentence(text))
    return text


def count_of(value: object, label: object) -> int | None:
    """A number of people; empty is unknown. Raises BadCell."""
    if (
        type(value) is float
        and value == (whole := int(value) if abs(value) < 10**6 else -1)
        and 0 <= whole <= MAX_PEOPLE
    ):
        return whole
    if value is None or value == "":
        return None
    text = text_of(value)
    if text in ERRORS:
        raise BadCell(_error_sentence(text))
    folded = _unmarked(text).rstrip(" .;,")  # "4 người."
    if folded in _NONE or says_nothing(text):
        return None
    match = _NUMBER.match(folded)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time) or not match:
        raise BadCell(_("%(label)s ghi “%(text)s”, không phải là số người.") % {"label": label, "text": text[:40]})
    # A cell may hold more digits than int() takes (4,300), and a sentence should hold.
    number = int(match[1]) if len(match[1]) < 10 else match[1][:10] + "…"
    if isinstance(number, str) or not 0 <= number <= MAX_PEOPLE:
        raise BadCell(
            _("%(label)s là %(number)s, phải từ 0 đến %(limit)s.")
            % {"label": label, "number": number, "limit": MAX_PEOPLE}
        )
    return number


def is_marked(value: object, label: object) -> bool:
    """A tick: x, X, có, ✓ … or nothing. Raises BadCell for anything else, because guessing would register people."""
    if value is None or value == "":
        return False
    if value == "x" or value == "X":
        return True
    text = text_of(value)
    if text and text[0] in TICKS:
        return True
    folded = fold(text)
    if folded in YES:
        return True
    if folded in NO or says_nothing(text):
        return False
    raise BadCell(
        _("Cột %(label)s ghi “%(text)s”. Hãy ghi x nếu có, để trống nếu không.") % {"label": label, "text": text[:40]}
    )


def is_register_mark(value: object) -> bool:
    """A tick in the registration column, where the title's own name also means yes."""
    if isinstance(value, str) and re.search(r"\b(gdht|gia dinh hoc tap)\b", fold(value)) and "khong" not in fold(value):
        return True
    return is_marked(value, REGISTRATION)


def poverty_of(value: object) -> str:
    """Poverty class from words. Raises BadCell."""
    if value is None or value == "":
        return Poverty.NONE
    folded = fold(text_of(value)).removeprefix("ho ").removeprefix("thuoc ")
    if says_nothing(text_of(value)):
        return Poverty.NONE
    if "thoat" in folded or folded in NO or folded in {"khong thuoc dien", "binh thuong", "trung binh", "kha", "giau"}:
        return Poverty.NONE
    if folded in {"can ngheo", "cn", "hcn", "can ngheo mucsong"} or folded.startswith("can ngheo"):
        return Poverty.NEAR_POOR
    if folded in {"ngheo", "hn", "n"} or folded.startswith("ngheo"):
        return Poverty.POOR
    raise BadCell(_("Diện hộ ghi “%(text)s”. Hãy ghi Nghèo, Cận nghèo hoặc để trống.") % {"text": text_of(value)[:40]})


def phone_of(value: object) -> str:
    """Phone number, as `portal.lib.phones` reads it. Raises BadCell."""
    if type(value) is str and len(value) == 10 and value[:2] in PHONE_STARTS and value.isascii() and value.isdecimal():
        return value
    text = text_of(value)
    if fold(text) in {"0", *_NONE}:
        return ""
    try:
        return phones.read(text)
    except phones.NotAPhone as error:
        raise BadCell(phone_fault(error, text)) from None


def phone_fault(error: phones.NotAPhone, text: str) -> str:
    """What is wrong with what stands for a phone number, as a sentence."""
    if error.why == phones.LETTERS or len(text) < 6:
        return _("Điện thoại ghi “%(text)s”, không phải số điện thoại.") % {"text": text[:40]}
    if error.why == phones.LONG:
        return _("Điện thoại “%(text)s” quá dài. Chỉ ghi một số.") % {"text": text[:40]}
    return _(
        "Điện thoại “%(text)s” chưa đúng. Số di động có 10 chữ số, số cố định ghi cả mã vùng;"
        " ví dụ: 0912 345 678, 028 3865 1234."
    ) % {"text": text[:40]}


def identity_of(value: object) -> int:
    """The household's key in a list that was downloaded from the register. Raises BadCell."""
    text = text_of(value)
    if not text.isdecimal() or len(text) > 18:
        raise BadCell(_("Mã hộ ghi “%(text)s”. Đừng sửa cột này; nếu là hộ mới, hãy để trống.") % {"text": text[:40]})
    return int(text)


def group_of(value: object) -> str:
    """Group ("tổ"): a bare number becomes "Tổ 31"."""
    text = short_text(value, GROUP, 60)
    return short_text(f"Tổ {text.lstrip('0') or text}", GROUP, 60) if text.isdecimal() else text


def people_fault(members: int | None, adults: int | None, pupils: int | None) -> str:
    """Why the numbers of people cannot be right; empty when they can. Small children are in `members` only."""
    if members is None:
        return ""
    if members < 1:
        return _("Số nhân khẩu là 0; một hộ có ít nhất một người.")
    if (adults or 0) + (pupils or 0) > members:
        return _("Người lớn (%(adults)s) cộng học sinh (%(pupils)s) nhiều hơn số nhân khẩu (%(members)s).") % {
            "adults": adults or 0,
            "pupils": pupils or 0,
            "members": members,
        }
    return ""


def remembered(reader: Callable, *arguments) -> Callable:
    """The reader as a function of one cell that remembers: columns of numbers, ticks and groups repeat themselves."""
    return lru_cache(maxsize=2000, typed=True)(lambda value: reader(value, *arguments))


def readers() -> dict[str, Callable]:
    """How each simple column of a sheet is read; empty cells are not asked."""
    return {
        "identity": identity_of,
        "members": remembered(count_of, MEMBERS),
        "adults": remembered(count_of, ADULTS),
        "pupils": remembered(count_of, PUPILS),
        "group": remembered(group_of),
        "register": remembered(is_register_mark),
        "poor": remembered(is_marked, POOR),
        "near_poor": remembered(is_marked, NEAR_POOR),
        "poverty": remembered(poverty_of),
        "phone": phone_of,
        "note": partial(short_text, label=NOTE, limit=300),
        "hamlet": remembered(text_of),
    }
