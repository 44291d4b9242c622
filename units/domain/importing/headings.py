"""Which column holds what: headings recognised by meaning, in any order, with or without marks. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from portal.lib.text import clean, fold
from units.domain.importing.rows import text_of

# What a list may tell about a household, in the words of the preview page.
FIELD_LABELS = {
    "identity": _("Mã hộ"),
    "number": _("Số thứ tự"),
    "name": _("Họ và tên chủ hộ"),
    "address": _("Địa chỉ"),
    "house_no": _("Số nhà"),
    "street": _("Đường"),
    "group": _("Tổ"),
    "hamlet": _("Khu phố, thôn, ấp"),
    "members": _("Số nhân khẩu"),
    "adults": _("Số người lớn"),
    "pupils": _("Số học sinh"),
    "poverty": _("Diện hộ"),
    "poor": _("Hộ nghèo"),
    "near_poor": _("Hộ cận nghèo"),
    "phone": _("Điện thoại"),
    "register": _("Đăng ký danh hiệu"),
    "note": _("Ghi chú"),
}
IGNORED = "ignored"
JOINT = " – "
SEARCH_ROWS = 60  # a letterhead is shorter than this
LONGEST = 150  # letters of a heading; what is longer is a note, and not worth asking every rule

# Asked in this order on folded text; the first that fits wins. Narrow meanings stand before wide ones: "điện thoại
# chủ hộ" is a phone number, "hộ cận nghèo" is not "hộ nghèo".
_RULES = [
    ("identity", r"^ma ho khong sua$"),
    (IGNORED, r"\b(ngay sinh|nam sinh|sinh nam|gioi tinh|cccd|cmnd|can cuoc|dinh danh|nghe nghiep|quan he|ky ten|chu ky"
              r"|dan toc|ton giao|email|(?<!dia )diem|xep loai|ket qua|khong dang ky|ngay dang ky"
              r"|vao so tu ngay|ra khoi so)\b"
              r"|\b(dang ky|dk)\b.* khong$|^dong$|^ly do$"),  # the last two of the workbook of refused rows
    ("number", r"^(stt|tt|so tt|so thu tu|thu tu|no)$"),
    ("phone", r"\b(dien thoai|so dt|sdt|dtdd|di dong|phone|mobile|zalo)\b|^dt$"),
    ("register", r"\b(dang ky|dang ki|dk|dki)\b(?! (ho khau|thuong tru|tam tru|ket hon|khai sinh))"
                 r"|\b(gdht|gia dinh hoc tap)\b"),
    ("poverty", r"\bngheo\b.*\bngheo\b|(?<!dai )\bdien ho\b|^(thuoc )?dien$|\bloai ho\b"),
    ("near_poor", r"\bcan ngheo\b|^hcn$"),
    ("poor", r"\bngheo\b|^hn$"),
    ("pupils", r"\b(hoc sinh|tre em|di hoc|so hs|tre di hoc|con di hoc)\b|^hs$"),
    ("adults", r"\b(nguoi lon|truong thanh|tu 18|tren 18|du 18)\b"),
    ("note", r"\b(ghi chu|luu y|note)\b"),
    ("house_no", r"^so nha$"),
    ("street", r"^(ten duong|duong|duong pho|ten duong pho|hem duong)$"),
    ("address", r"\b(dia chi|so nha|noi o|cho o|thuong tru|tam tru|noi cu tru|dia diem)\b"),
    ("group", r"^(so )?(to|to so|to dan|to nhan dan|to doan ket|to tu quan|nhom|nhom ho|thuoc to)$"),
    ("name", r"\b(chu ho|ho va ten|ho ten|ten chu|dai dien ho|nguoi dai dien|ten ho|ten gia dinh|ho gia dinh)\b"
             r"|^(ten|ho dem va ten|ho va ten dem)$"),
    ("hamlet", r"\b(khu pho|kp|thon|khom|khoi pho|tieu khu|to dan pho|tdp|khu dan cu|ten ap|thon ap)\b"
               r"|^(ap|ban|buon|xom|lang|dia ban|khu vuc|khu|thuoc ap)$"),
    ("members", r"\b(nhan khau|thanh vien|so khau|so nguoi|so nk)\b|^(khau|nk)$"),
]  # fmt: skip
Rules = list[tuple[str, re.Pattern]]


def compiled(rules: list[tuple[str, str]]) -> Rules:
    """Meanings of headings, in the order they are asked."""
    return [(name, re.compile(pattern)) for name, pattern in rules]


_COMPILED = compiled(_RULES)
_YEAR = re.compile(r"\b(20[1-4]\d)\b")
_ANY_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass
class Header:
    """The heading of a table: first data row (from 0), column of each field, what was skipped and what was said."""

    row: int
    height: int
    columns: dict[str, int]
    headings: list[str]
    twice: list[tuple[str, str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    year: int | None = None

    @property
    def first_row(self) -> int:
        """Position of the first row below the heading."""
        return self.row + self.height


def field_of(
    heading: object, parent: object = "", aliases: dict[str, str] | None = None, rules: Rules = _COMPILED
) -> str | None:
    """Field a heading means: by itself, else together with the group heading above it. None when unknown or longer
    than a heading is."""
    if not parent and isinstance(heading, str) and JOINT in heading:
        parent, heading = heading.rsplit(JOINT, 1)  # a two-row heading written in one cell, as our own workbooks do
    own, above = fold(heading), fold(parent)
    for text in filter(None, (own, f"{above} {own}".strip() if above else "")):
        if aliases and text in aliases:
            return _of_year(aliases[text], own, above, rules)
        if max(len(own), len(above)) > LONGEST:
            continue
        for name, pattern in rules:
            if pattern.search(text):
                return _of_year(name, own, above, rules)
    return None


def _of_year(name: str, own: str, above: str, rules: Rules) -> str | None:
    """A number that is kept by year ("learners") belongs to the year the heading above it names, not to the year of the
    list: "2025" over "Số học viên". None when no single known year is named there."""
    years = set(_ANY_YEAR.findall(above)) - set(_ANY_YEAR.findall(own))
    if not years:
        return name
    known = {one for one, _pattern in rules}
    if not any(one.startswith(f"{name}_20") for one in known):
        return name
    found = f"{name}_{years.pop()}"
    return found if not years and found in known else None


def _text(value: object) -> str:
    """A cell of a heading as text; a year is often a number there."""
    if isinstance(value, str):
        return clean(value)
    is_year = isinstance(value, float) and value.is_integer() and _ANY_YEAR.fullmatch(str(int(value)))
    return str(int(value)) if is_year else ""


def find_header(rows: list[list], *, aliases: dict[str, str] | None = None, rules: Rules = _COMPILED) -> Header | None:
    """The heading of a sheet: the row (or two rows) near the top that names most columns, the household's head among
    them. None when no row does."""
    best: Header | None = None
    for position, row in enumerate(rows[:SEARCH_ROWS]):
        texts = [_text(value) for value in row]
        if sum(1 for text in texts if text) < 2:
            continue
        header = _header_at(rows, position, texts, aliases, rules)
        if header and "name" in header.columns and (best is None or len(header.columns) > len(best.columns)):
            best = header
    return best


def headings_near(rows: list[list]) -> list[str]:
    """What the sheet's headings seem to be (its first row with three texts), to show when none is understood."""
    for row in rows[:SEARCH_ROWS]:
        texts = [clean(value) for value in row if isinstance(value, str) and clean(value)]
        if len(texts) >= 3:
            return texts[:15]
    return [text_of(value) for row in rows[:5] for value in row if text_of(value)][:15]


def _header_at(rows: list[list], position: int, texts: list[str], aliases, rules: Rules) -> Header | None:
    below = rows[position + 1] if position + 1 < len(rows) else []
    second = [_text(value) for value in below]
    height = 2 if _is_second_row(texts, second, below, aliases, rules) else 1
    header = Header(position, height, {}, [])
    parent = ""
    for column in range(max(len(texts), len(second) if height == 2 else 0)):
        top = texts[column] if column < len(texts) else ""
        under = second[column] if height == 2 and column < len(second) else ""
        if top:
            parent = top
        if under:
            meaning = field_of(under, parent, aliases, rules)
            label = f"{parent}{JOINT}{under}" if parent else under
        else:
            meaning, label = (field_of(top, "", aliases, rules), top) if top else (None, "")
        header.headings.append(label)
        if not label:
            continue
        if meaning is None:
            header.unknown.append(label)
        elif meaning == IGNORED:
            header.ignored.append(label)
        elif meaning in header.columns:
            header.twice.append((meaning, header.headings[header.columns[meaning]], label))
        else:
            header.columns[meaning] = column
            if meaning == "register" and (year := _YEAR.search(label)):
                header.year = int(year[1])
    _settle(header)
    return header


def _settle(header: Header) -> None:
    """Meanings that depend on the other columns."""
    columns = header.columns
    # "Tổ dân phố" is the place below the ward in some towns and a group inside it in others: where the list names
    # both, the other one is the place. Found as "twice", because both headings mean a hamlet.
    for twice in [twice for twice in header.twice if twice[0] == "hamlet"]:
        first, second = fold(twice[1]), fold(twice[2])
        is_group = [text.startswith(("to dan pho", "tdp")) for text in (first, second)]
        if "group" not in columns and is_group != [True, True] and any(is_group):
            header.twice.remove(twice)
            position = header.headings.index(twice[2])
            if is_group[0]:
                columns["group"], columns["hamlet"] = columns["hamlet"], position
            else:
                columns["group"] = position
    if "address" not in columns and "house_no" in columns and "street" not in columns:
        columns["address"] = columns.pop("house_no")
    if "address" in columns and "house_no" not in columns and "street" in columns:
        columns["house_no"] = columns.pop("address")


def _is_second_row(texts: list[str], second: list[str], below: list, aliases, rules: Rules) -> bool:
    """Is the row below part of the heading? It names columns, and no person stands under the name."""
    filled = [text for text in second if text]
    years = bool(filled) and all(map(_ANY_YEAR.fullmatch, filled))  # "Người học" over 2024, 2025
    if (len(filled) < 2 and not years) or len(filled) != sum(1 for value in below if value not in ("", None)):
        return False
    for column, text in enumerate(texts):
        under = second[column] if column < len(second) else ""
        if text and under and field_of(text, "", aliases, rules) == "name" and not field_of(under, "", aliases, rules):
            return False  # a person's name: the list has begun
    return years or sum(1 for text in filled if field_of(text, "", aliases, rules)) >= max(1, len(filled) // 2)
