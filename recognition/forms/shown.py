"""Rows as a page showed them: hidden values "id:state@moment", read back exactly."""

from __future__ import annotations

from collections.abc import Iterable

MAX_BIGINT_DIGITS = 18


def read_shown(values: Iterable[str]) -> dict[int, str]:
    """Registration id → what was shown, in the posted order. Altered values are left out."""
    found = {}
    for value in values:
        pk, _colon, shown = value.partition(":")
        if pk.isdecimal() and len(pk) <= MAX_BIGINT_DIGITS:
            found[int(pk)] = shown[:40]
    return found


def shown_pairs(shown: dict[int, str], name: str = "row") -> list[tuple[str, str]]:
    """The same rows as hidden fields for the next page."""
    return [(name, f"{pk}:{value}") for pk, value in shown.items()]
