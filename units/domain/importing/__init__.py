"""A ward's Excel list into the register: read → stage → check → preview → confirm, and back again.

receive() keeps the file, check() reads and judges every row, confirm() writes exactly what was shown, undo() takes
all of it back; import_at_once() is the same in one transaction, for the command line.
"""

from units.domain.importing.applying import confirm, release, request_confirmation
from units.domain.importing.at_once import Outcome, import_at_once
from units.domain.importing.batches import (
    ImportRefused,
    check,
    discard,
    forget_heading,
    match_headings,
    matchable,
    may_import,
    receive,
)
from units.domain.importing.duplicates import decide_duplicate
from units.domain.importing.undoing import request_undo, undo, undo_obstacles

__all__ = [
    "ImportRefused",
    "Outcome",
    "check",
    "confirm",
    "decide_duplicate",
    "discard",
    "forget_heading",
    "match_headings",
    "matchable",
    "import_at_once",
    "may_import",
    "receive",
    "release",
    "request_confirmation",
    "request_undo",
    "undo",
    "undo_obstacles",
]
