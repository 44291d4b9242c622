"""What other parts of the portal do when an import is confirmed or taken back.

Each function gets `batch` and `actor` by keyword, inside the import's own transaction, and returns figures for the
result, for example {"registered": 185}. An undo hook that finds something built on the import raises PortalError
with the sentence; then nothing is undone. Row facts stand in ImportRow (registrant_id, wants_registration).
"""

from collections.abc import Callable

on_confirm: list[Callable] = []
on_undo: list[Callable] = []


def run(functions: list[Callable], *, batch, actor) -> dict[str, int]:
    """Call the functions in order and add up what they report."""
    figures: dict[str, int] = {}
    for function in functions:
        for key, value in (function(batch=batch, actor=actor) or {}).items():
            figures[key] = figures.get(key, 0) + value
    return figures
