"""The workbook of an import's refused rows, in their own columns."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.tabular import write_workbook
from units.choices import RegistrantKind, RowVerdict
from units.models import ImportBatch, ImportRow

LEFT_OUT = (RowVerdict.REFUSED, RowVerdict.DUPLICATE)


@in_official_language
def refused_workbook(batch: ImportBatch) -> bytes:
    """Rows left out (refused, or probable duplicates nobody added), one sheet for each sheet of the list: its columns
    as they came, the hamlet and the group where no column told them, then the row's number and the reason. It can be
    corrected and uploaded as it is."""
    sheets: dict[str, list[ImportRow]] = {}
    rows = batch.rows.filter(verdict__in=LEFT_OUT).select_related("hamlet").defer("bigrams", "sort_key").order_by("id")
    for row in rows.iterator(chunk_size=2000):
        sheets.setdefault(row.sheet, []).append(row)
    told = batch.mapping.get("sheets", {})
    return write_workbook([(name, *_refused_sheet(found, told.get(name, {}), batch)) for name, found in sheets.items()])


def _refused_sheet(rows: list[ImportRow], told: dict, batch: ImportBatch) -> tuple[list[str], list[list], list[int]]:
    """Headings, rows and widths. `told`: what the sheet's own columns tell (`Reading.sheets`)."""
    headings = told.get("headings", [])
    added = []
    # The name of a community is its hamlet: a second column would say the same thing twice.
    if not told.get("hamlet", True) and batch.kind != RegistrantKind.COMMUNITY:
        added.append((_("Khu phố"), lambda row: row.hamlet.name if row.hamlet else row.hamlet_text))
    if not told.get("group", True) and any(row.group_name for row in rows):
        added.append((_("Tổ"), lambda row: row.group_name))
    head = [*headings, *(heading for heading, _of in added), _("Dòng"), _("Lý do")]
    body = [
        [
            *row.raw[: len(headings)],
            *[""] * (len(headings) - len(row.raw)),
            *(of(row) for _heading, of in added),
            row.row_no,
            " ".join(row.reasons),
        ]
        for row in rows
    ]
    return head, body, [16] * (len(head) - 2) + [8, 80]
