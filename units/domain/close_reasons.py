"""Why somebody may leave the register, kind by kind."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext as _

from units.choices import CloseReason, RegistrantKind
from units.domain.errors import RegisterError
from units.models import Registrant

# Closing reasons a person may choose; undoing an import and merging households set their own.
CLOSE_REASONS = [one for one in CloseReason if one not in (CloseReason.IMPORT_UNDONE, CloseReason.MERGED)]
# A community is a place: it does not move, and nobody enters it twice.
COMMUNITY_REASONS = [CloseReason.DISSOLVED, CloseReason.MISTAKE]


def reasons_for(kind: str) -> list[CloseReason]:
    """Reasons a person may give for taking a registrant of this kind out of the register."""
    return COMMUNITY_REASONS if kind == RegistrantKind.COMMUNITY else CLOSE_REASONS


def check_places_gone(rows: list[Registrant], reason: str, on: datetime.date) -> None:
    """Raises RegisterError for a community that is said to have ended while its hamlet or ward goes on, or to have
    gone elsewhere: places end, merge and move on pages of their own, and their communities with them."""
    there = [row for row in rows if row.kind == RegistrantKind.COMMUNITY]
    if not there:
        return
    if reason not in COMMUNITY_REASONS:
        raise RegisterError(_("Hãy chọn lý do đưa ra khỏi sổ."), field="reason")
    standing = [row.name for row in there if row.place.existed_on(on)]
    if reason == CloseReason.DISSOLVED and standing:
        raise RegisterError(
            _(
                "%(places)s vẫn còn. Nơi đã kết thúc, nhập hoặc chia thì ghi ở trang sắp xếp khu phố, thôn: cộng đồng"
                " ra khỏi sổ cùng ngày. Chỉ đưa ra khỏi sổ ở đây khi đã nhập nhầm."
            )
            % {"places": ", ".join(standing[:5]) + (" …" if len(standing) > 5 else "")},
            field="reason",
        )
