"""Telephone numbers: read however people write them, kept as digits alone, shown in groups."""

import re
import unicodedata

# What people put between digits: spaces, dots, dashes of every length, brackets, commas, slashes.
_BETWEEN = re.compile(r"[\s.,;:/()\[\]_·•‐-―−-]+")
_LABEL = re.compile(r"^(?:điện thoại|di động|sđt|đtdđ|đt|dđ|sdt|dtdd|dt|tel|phone|mobile|zalo)\b", re.IGNORECASE)
_ABROAD = re.compile(r"^(?:\+84|0084|84(?=0?\d{9,10}$))0?")
# Mobile numbers have ten digits, landlines with their area code ten or eleven; so had mobile numbers before 2018.
_NATIONAL = re.compile(r"0[1-9]\d{8,9}")
# Hotlines (1800, 1900); landlines written without area code; numbers of other countries.
_OTHERS = re.compile(r"1[89]00\d{4,6}|[2-8]\d{6,7}|\+[1-9]\d{7,14}")
LETTERS, SHORT, LONG = "letters", "short", "long"


class NotAPhone(ValueError):
    """What was written is no telephone number. `why`: LETTERS, SHORT (or of no known form) or LONG (or several)."""

    def __init__(self, why: str):
        self.why = why
        super().__init__(why)


def read(text: str) -> str:
    """The number as it is kept: "+84 (0) 912-345.678" → "0912345678". Empty for nothing. Raises NotAPhone.

    Excel drops the leading zero of a number: nine digits, or ten of a landline, get it back.
    """
    typed = _LABEL.sub("", unicodedata.normalize("NFKC", text).strip())
    digits = plain(typed)
    if not digits:
        if re.search(r"\w", typed):
            raise NotAPhone(LETTERS)
        return ""
    if not re.fullmatch(r"\+?[0-9]+", digits):
        raise NotAPhone(LETTERS)
    if _NATIONAL.fullmatch(digits) or (_OTHERS.fullmatch(digits) and len(set(digits)) > 1):
        return digits
    raise NotAPhone(LONG if len(digits) > 11 else SHORT)


def plain(text: str) -> str:
    """A number without anything between its digits and without the country's code: two ways of writing one compare
    equal. What is no number stays whatever it is."""
    digits = _ABROAD.sub("0", _BETWEEN.sub("", text))
    return f"0{digits}" if re.fullmatch(r"[235789]\d{8}|2\d{9}", digits) else digits


def shown(phone: str) -> str:
    """In groups, as people read a number aloud: 0912 345 678, 028 3865 1234. Anything else as it stands."""
    digits = plain(phone or "")
    if re.fullmatch(r"0\d{9}", digits):
        groups = (4, 3, 3)
    elif re.fullmatch(r"02[48]\d{8}", digits):
        groups = (3, 4, 4)
    elif re.fullmatch(r"0\d{10}", digits):
        groups = (4, 3, 4)
    elif re.fullmatch(r"1[89]00\d{4,6}", digits):
        groups = (4, len(digits) - 4)
    else:
        return phone or ""
    parts, start = [], 0
    for size in groups:
        parts.append(digits[start : start + size])
        start += size
    return " ".join(parts)
