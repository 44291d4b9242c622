"""The register of certificates as a workbook."""

from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.lists import list_workbook
from recognition.choices import CheckOutcome, LearningModel


@in_official_language
def certificates_workbook(rows, year: int) -> bytes:
    """One row per certificate of a year (rows carry `outcome`)."""
    heads = [
        (_("Số vào sổ"), 11),
        (_("Cấp cho"), 27),
        (_("Địa chỉ"), 36),
        (_("Danh hiệu"), 15),
        (_("Năm"), 6),
        (_("Quyết định"), 12),
        (_("Ngày ký"), 11),
        (_("Hiệu lực đến"), 11),
        (_("Tình trạng"), 11),
        (_("Lý do"), 14),
    ]
    lines = (
        (
            f"{one.number:04d}/{one.number_year}",
            one.printed_name,
            one.printed_address,
            str(LearningModel(one.award.model).label),
            one.award.year,
            str(one.award.decision),
            one.award.decision.signed_on,
            one.award.valid_until or "",
            str(CheckOutcome(one.outcome).label),
            one.award.status_reason,
        )
        for one in rows.iterator(chunk_size=2000)
    )
    title = _("Sổ giấy công nhận, năm %(year)d") % {"year": year}
    return list_workbook(title, _("Sổ giấy công nhận"), heads, lines)
