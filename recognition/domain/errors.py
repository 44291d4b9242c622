"""Refusals of the yearly work, each with a sentence a ward officer understands."""

from units.domain.errors import PortalError


class RecognitionError(PortalError):
    """Something the rules do not allow."""


class NotPermitted(RecognitionError):
    """The person's postings do not cover it."""


class RowsRefused(RecognitionError):
    """An all-or-nothing action met rows it could not take. `skipped` lists (registration id, sentence)."""

    def __init__(self, message: str, skipped: list[tuple[int, str]]):
        self.skipped = skipped
        super().__init__(message)
