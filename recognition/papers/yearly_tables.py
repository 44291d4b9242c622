"""A yearly table (TK-01 … TK-08) as a paper: A4 on its side, one table, notes, who made it and who answers."""

from __future__ import annotations

from portal.lib import docx, paper
from portal.lib.language import in_official_language
from recognition.domain.report_parts import TEXT, Report
from recognition.exports import all_notes, row_texts, widths
from recognition.papers.letterheads import ASSOCIATION, head_of, head_of_nation

SIZE, SMALL = 10, 9  # of a table; SMALL for many columns
MANY_COLUMNS = 11
NUMBERING = ("no", "year")  # columns that number the rows


def table_blocks(report: Report) -> tuple:
    """The table and its notes, the same in every paper that prints it. Notes as one paragraph: it takes less room."""
    rows = [row_texts(report, row) for row in (*report.rows, *([report.total] if report.total else []))]
    notes = all_notes(report)
    return (
        paper.Table(
            columns=[column.title for column in report.columns],
            rows=rows,
            widths=widths(report, rows),
            centred=[position for position, column in enumerate(report.columns) if column.key in NUMBERING],
            right=[
                position
                for position, column in enumerate(report.columns)
                if column.kind != TEXT and column.key not in NUMBERING
            ],
            bold=[len(report.rows)] if report.total else [],
            size=SIZE if len(report.columns) <= MANY_COLUMNS else SMALL,
        ),
        *([paper.Text("Ghi chú: " + " ".join(notes), style=paper.NOTE)] if notes else []),
    )


@in_official_language
def table_paper(report: Report) -> paper.Paper:
    """The table in the layout of NĐ 30/2020."""
    head = head_of(report.place, ASSOCIATION) if report.place else head_of_nation()
    return paper.Paper(
        heading=head.heading("", report.made_on),
        kind=f"Biểu {report.code}",
        title=f"{report.title}, {report.place_name}",  # on one line: a ward's table fits one page
        landscape=True,
        blocks=(
            *table_blocks(report),
            paper.Closing(signers=(paper.Signer("", "NGƯỜI LẬP BIỂU"), paper.Signer("", "THỦ TRƯỞNG ĐƠN VỊ")), room=10),
        ),
    )


def report_docx(report: Report) -> bytes:
    """The table as a .docx."""
    return docx.render(table_paper(report))


def report_pdf(report: Report) -> bytes:
    """The table as a PDF, page for page the same. Raises FontMissing."""
    return paper.to_pdf(table_paper(report))
