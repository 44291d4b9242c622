"""Refusals of the yearly work, each with a sentence a ward officer understands."""

from django.utils.translation import gettext as _

from units.domain.errors import PortalError


class RecognitionError(PortalError):
    """Something the rules do not allow."""


class NotPermitted(RecognitionError):
    """The person's postings do not cover it."""


class VersionMoved(RecognitionError):
    """The dossier has gone to another version of its rules since it was read: its criteria may ask something else."""

    def __init__(self):
        super().__init__(
            _(
                "Hồ sơ vừa chuyển sang phiên bản khác của bộ tiêu chí nên chưa lưu gì. Hãy tải lại trang, xem lại các "
                "tiêu chí rồi ghi lại."
            )
        )


class RowsRefused(RecognitionError):
    """An all-or-nothing action met rows it could not take. `skipped` lists (registration id, sentence)."""

    def __init__(self, message: str, skipped: list[tuple[int, str]]):
        self.skipped = skipped
        super().__init__(message)
