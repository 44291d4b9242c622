"""The signed yearly report as a paper: the text, then every table as an annex on its side."""

from __future__ import annotations

from django.utils import timezone

from portal.lib import paper
from portal.lib.language import in_official_language
from recognition.domain.closing import thaw
from recognition.domain.report_parts import TEXT, Report
from recognition.exports import all_notes, row_texts, widths
from recognition.models import YearReport
from recognition.papers.letterheads import ASSOCIATION, head_of

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


@in_official_language
def year_report_paper(report: YearReport) -> paper.Paper:
    """Layout of NĐ 30/2020 (báo cáo): heading, title, text, signature; tables as numbered annexes."""
    head = head_of(report.place, ASSOCIATION)
    day = timezone.localdate(report.signed_at)
    blocks = []
    for section in report.narrative:
        blocks.append(paper.Text(section["title"], style=paper.HEADING, bold=True))
        lines = [line for line in section["text"].splitlines() if line.strip()] or ["…"]
        blocks += [paper.Text(line.strip()) for line in lines]
    explained = [one for one in report.findings if one.get("reason")]
    if explained:
        blocks.append(paper.Text("Giải trình số liệu", style=paper.HEADING, bold=True))
        blocks += [paper.Text(f"- {one['message']} Lý do: {one['reason']}") for one in explained]
    blocks.append(paper.Text(f"Bản {report.version}; mã kiểm tra {report.checksum[:16]}.", style=paper.NOTE))
    blocks.append(
        paper.Closing(
            recipients=("- Hội Khuyến học cấp trên;", "- Ủy ban nhân dân cùng cấp;", f"- {head.archive}"),
            signers=(paper.Signer(head.signed_for, report.signer_title, report.signed_by_name),),
        )
    )
    tables = [thaw(kept, report.place) for kept in report.tables.values()]
    return paper.Paper(
        heading=head.heading("      /BC-HKH", day),
        kind="Báo cáo",
        title=f"Kết quả công nhận các mô hình học tập năm {report.year}",
        blocks=tuple(blocks),
        annexes=tuple(_annex(number, table) for number, table in enumerate(tables)),
    )


def _annex(number: int, table: Report) -> paper.Annex:
    rows = [row_texts(table, row) for row in (*table.rows, *([table.total] if table.total else []))]
    numeric = [position for position, column in enumerate(table.columns) if column.kind != TEXT]
    return paper.Annex(
        title=(f"Phụ lục {ROMAN[number]}", f"Biểu {table.code}. {table.title}"),
        reference="(Kèm theo Báo cáo năm)",
        blocks=(
            paper.Table(
                columns=[column.title for column in table.columns],
                rows=rows,
                widths=widths(table, rows),
                right=numeric,
                bold=[len(table.rows)] if table.total else [],
                size=10,
            ),
            *(paper.Text(text, style=paper.NOTE) for text in all_notes(table)),
        ),
        landscape=True,
    )
