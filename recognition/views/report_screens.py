"""Tables of figures on screen and as files: what yearly reports, summaries and signed papers have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import HttpResponse
from django.utils.translation import gettext as _

from portal.lib import docx, paper
from portal.lib.moments import moment
from portal.lib.text import fold
from recognition.domain.report_parts import TEXT, Report
from recognition.exports import notes_below, reports_xlsx, row_texts
from recognition.models import SignedReport
from recognition.views.paper_files import attachment
from units.models import Place

FILES = ("xlsx", "docx", "pdf")


def screen(table: Report) -> dict:
    """A table as cells of text."""

    def cells(row):
        return [
            {
                "text": text,
                "numeric": column.kind != TEXT,
                "is_name": column.key == "name",
                "is_number": column.key == "no",
                "is_short": column.key == "year",
                "title": column.title,
            }
            for column, text in zip(table.columns, row_texts(table, row), strict=True)
        ]

    return {
        "table": table,
        "head": [{"title": column.title, "numeric": column.kind != TEXT} for column in table.columns],
        "rows": [cells(row) for row in table.rows],
        "total": cells(table.total) if table.total else None,
        "notes": notes_below(table),
    }


def file_response(kind: str, name: str, tables: Sequence[Report], document: Callable[[], paper.Paper]) -> HttpResponse:
    """The tables as a workbook, or the paper made by `document()` as Word or PDF."""
    if kind == "xlsx":
        content = reports_xlsx(tables)
    else:
        content = (docx.render if kind == "docx" else paper.to_pdf)(document())
    return attachment(content, name, kind)


def slug(place: Place | None) -> str:
    """The place in the name of a file."""
    return fold(place.name).replace(" ", "-") if place else "ca-nuoc"


def signature_facts(report: SignedReport) -> list[tuple[str, object]]:
    """What a page says of a signature; `summary_list` leaves out what is empty."""
    return [
        (_("Bản"), report.version),
        (_("Lý do lập bản mới"), report.reason),
        (_("Người ký"), f"{report.signed_by_name} ({report.signer_title})"),
        (_("Ký lúc"), moment(report.signed_at)),
    ]
