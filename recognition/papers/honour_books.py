"""The register of commendations and lists of delegates as workbooks."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.lists import list_workbook


@in_official_language
def commendations_workbook(rows) -> bytes:
    """The register: one row per commendation given, revoked ones with their reason."""
    heads = [
        (_("Số vào sổ"), 11),
        (_("Tên"), 22),
        (_("Đối tượng"), 9),
        (_("Chức vụ, đơn vị"), 17),
        (_("Địa bàn"), 13),
        (_("Hình thức khen"), 17),
        (_("Thành tích"), 24),
        (_("Quyết định"), 12),
        (_("Ngày ký"), 11),
        (_("Tình trạng"), 10),
        (_("Lý do"), 16),
    ]
    lines = (
        (
            one.book_label,
            one.name,
            one.get_honouree_display(),
            one.position,
            one.place.name,
            one.roll.form.name,
            one.achievement or one.roll.title,
            str(one.roll.decision),
            one.roll.decision.signed_on,
            one.get_state_display(),
            one.reason,
        )
        for one in rows.iterator(chunk_size=2000)
    )
    return list_workbook(_("Sổ khen thưởng"), _("Sổ khen thưởng"), heads, lines)


@in_official_language
def delegates_workbook(congress, delegates) -> bytes:
    """The list of delegates of a congress."""
    heads = [
        (_("STT"), 6),
        (_("Họ và tên"), 24),
        (_("Chức vụ, đơn vị"), 28),
        (_("Đơn vị cử"), 18),
        (_("Thành phần"), 18),
        (_("Lý do cử"), 30),
    ]
    lines = (
        (number, one.name, one.position, one.place.name, one.get_kind_display(), one.basis)
        for number, one in enumerate(delegates, start=1)
    )
    title = _("Danh sách đại biểu dự %(title)s, ngày %(day)s") % {
        "title": congress.title,
        "day": congress.held_on.strftime("%d/%m/%Y"),
    }
    return list_workbook(title, _("Đại biểu"), heads, lines)
