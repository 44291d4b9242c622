"""The workbook of an import's refused rows, in their own columns."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.tabular import write_workbook
from units.choices import RegistrantKind, RowVerdict
from units.models import ImportBatch

LEFT_OUT = (RowVerdict.REFUSED, RowVerdict.DUPLICATE)


@in_official_language
def refused_workbook(batch: ImportBatch) -> bytes:
    """Rows left out (refused, or probable duplicates nobody added), one sheet for each sheet of the list: its columns
    as they came, the hamlet where no column told it, then the row's number and the reason. It can be corrected and
    uploaded as it is."""
    sheets: dict[str, tuple[list[str], list[list]]] = {}
    rows = batch.rows.filter(verdict__in=LEFT_OUT).select_related("hamlet").order_by("id")
    for row in rows.iterator(chunk_size=2000):
        info = batch.mapping.get("sheets", {}).get(row.sheet, {})
        headings, tells_hamlet = info.get("headings", []), info.get("hamlet", True)
        # The name of a community is its hamlet: a second column would say the same thing twice.
        tells_hamlet = tells_hamlet or batch.kind == RegistrantKind.COMMUNITY
        if row.sheet not in sheets:
            extra = [] if tells_hamlet else [_("Khu phố")]
            sheets[row.sheet] = ([*headings, *extra, _("Dòng"), _("Lý do")], [])
        cells = [*row.raw[: len(headings)], *[""] * (len(headings) - len(row.raw))]
        place = [] if tells_hamlet else [row.hamlet.name if row.hamlet else row.hamlet_text]
        sheets[row.sheet][1].append([*cells, *place, row.row_no, " ".join(row.reasons)])
    return write_workbook(
        [(name, head, body, [16] * (len(head) - 2) + [8, 80]) for name, (head, body) in sheets.items()]
    )
