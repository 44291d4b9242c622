"""Cells of the other kinds' lists: from what somebody typed to a value, or to the sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from portal.lib.tabular import is_formula_like
from portal.lib.text import clean, fold
from units.domain.importing.rows import BadCell, is_legacy_coded, is_marked, legacy_sentence, text_of

_EXCEL_ERROR = re.compile(r"^#[A-Z0-9/]+[!?]?$")
_THOUSANDS = re.compile(r"^\d{1,3}(?:[., ]\d{3})+$")


def text(label: object, limit: int) -> Callable[[object], str]:
    """Reader of a short text, kept as text even if it would run as a formula: notes begin with "-" and "+"."""

    def read(value: object) -> str:
        found = text_of(value)
        if _EXCEL_ERROR.match(found):
            raise BadCell(_("Ô có lỗi công thức %(text)s. Hãy sửa trong Excel rồi nhập lại.") % {"text": found})
        if is_legacy_coded(found):
            raise BadCell(legacy_sentence(found))
        if len(found) > limit:
            raise BadCell(_("Cột %(label)s dài quá %(limit)s ký tự.") % {"label": label, "limit": limit})
        return found

    return read


def name(label: object) -> Callable[[object], str]:
    """Reader of the name of a clan or organisation: it holds a letter."""
    plain = text(label, 200)

    def read(value: object) -> str:
        found = plain(value)
        if is_formula_like(found):
            raise BadCell(
                _("Cột %(label)s là một công thức (“%(text)s”). Hãy ghi bằng chữ.")
                % {"label": label, "text": found[:60]}
            )
        if found and not any(letter.isalpha() for letter in found):
            raise BadCell(_("Cột %(label)s ghi “%(text)s”, không phải tên.") % {"label": label, "text": found[:60]})
        return found

    return read


def whole(label: object, most: int) -> Callable[[object], int]:
    """Reader of a whole number from 0 to `most`; thousands may be set apart."""

    def read(value: object) -> int:
        found = text_of(value)
        found = re.sub(r"(?i)\s*(đồng|đ|vnd|vnđ)$", "", found)
        digits = re.sub(r"[., ]", "", found) if _THOUSANDS.match(found) else found
        if not re.fullmatch(r"\d{1,15}", digits):
            raise BadCell(
                _("Cột %(label)s ghi “%(text)s”, phải là một số từ 0 trở lên.") % {"label": label, "text": found[:40]}
            )
        if int(digits) > most:
            raise BadCell(_("Cột %(label)s là %(text)s, quá lớn.") % {"label": label, "text": found[:40]})
        return int(digits)

    return read


def mark(label: object) -> Callable[[object], bool]:
    """Reader of a tick."""
    return lambda value: is_marked(value, label)


def choice(label: object, choices: Iterable[tuple], words: dict[str, object]) -> Callable[[object], object]:
    """Reader of one of a few values: its label as the portal prints it, or the words (folded) people use for it."""
    known = {fold(str(shown)): value for value, shown in choices} | words
    printed = [str(shown) for _value, shown in choices]

    def read(value: object) -> object:
        folded = fold(text_of(value))
        if folded in known:
            return known[folded]
        raise BadCell(
            _("Cột %(label)s ghi “%(text)s”. Hãy ghi một trong: %(choices)s.")
            % {"label": label, "text": clean(text_of(value))[:40], "choices": "; ".join(printed)}
        )

    return read
