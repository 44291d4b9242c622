"""The register of certificates as a workbook."""

import io

import xlsxwriter
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from recognition.choices import CheckOutcome, LearningModel


@in_official_language
def certificates_workbook(rows) -> bytes:
    """One row per certificate (rows carry `outcome`). Text stays text: no cell is a formula."""
    heads = [
        (_("Số vào sổ"), 12),
        (_("Cấp cho"), 34),
        (_("Địa chỉ"), 44),
        (_("Danh hiệu"), 24),
        (_("Năm"), 8),
        (_("Quyết định"), 16),
        (_("Ngày ký"), 12),
        (_("Hiệu lực đến"), 13),
        (_("Tình trạng"), 14),
        (_("Lý do"), 40),
    ]
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Sổ giấy công nhận")
    for column, (name, width) in enumerate(heads):
        sheet.write(0, column, name, bold)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    line = 0
    for line, one in enumerate(rows.iterator(chunk_size=2000), start=1):
        award = one.award
        sheet.write_row(
            line,
            0,
            [
                f"{one.number:04d}/{one.number_year}",
                one.printed_name,
                one.printed_address,
                str(LearningModel(award.model).label),
                award.year,
                str(award.decision),
            ],
        )
        sheet.write_datetime(line, 6, award.decision.signed_on, day)
        if award.valid_until:
            sheet.write_datetime(line, 7, award.valid_until, day)
        sheet.write_row(line, 8, [str(CheckOutcome(one.outcome).label), award.status_reason])
    sheet.autofilter(0, 0, max(line, 1), len(heads) - 1)
    book.close()
    return buffer.getvalue()
