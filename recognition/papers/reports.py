"""Reports as papers in the layout of NĐ 30/2020 (báo cáo): text, signature, then every table as an annex on its side.

The yearly report, summaries of several years, of the citizen pilot and of inspections.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.utils import timezone

from portal.lib import paper
from portal.lib.language import in_official_language
from recognition.domain.closing import thaw
from recognition.domain.report_parts import Report
from recognition.models import PeriodReport, SignedReport, YearReport
from recognition.papers.letterheads import ASSOCIATION, head_of, head_of_nation
from recognition.papers.yearly_tables import table_blocks
from units.models import Place

ABOVE = ("- Hội Khuyến học cấp trên;", "- Ủy ban nhân dân cùng cấp;")
BELOW = ("- Hội Khuyến học các tỉnh, thành phố;",)  # of the nation's papers
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


@in_official_language
def report_paper(
    place: Place | None,
    title: str,
    sections: Sequence[dict],
    tables: Sequence[Report],
    *,
    signer: str = "",
    signer_title: str = "",
    signed_at: datetime.datetime | None = None,
    below: Sequence[paper.Text] = (),
) -> paper.Paper:
    """The report of a place (None: the nation): lines as paragraphs, empty ones to write; number open.

    signed_at: when it was signed; without, it is a draft of today. `below`: paragraphs after the
    text, before the signature.
    """
    head = head_of(place, ASSOCIATION, signed_at) if place else head_of_nation()
    blocks = []
    for section in sections:
        if section["title"]:
            blocks.append(paper.Text(section["title"], style=paper.HEADING, bold=True))
        lines = [line for line in section["text"].splitlines() if line.strip()] or ["…"]
        blocks += [paper.Text(line.strip()) for line in lines]
    blocks += below
    blocks.append(
        paper.Closing(
            recipients=(*(ABOVE if place else BELOW), f"- {head.archive}"),
            signers=(paper.Signer(head.signed_for, signer_title or "CHỦ TỊCH", signer),),
        )
    )
    return paper.Paper(
        heading=head.heading("      /BC-HKH" if place else "      /BC-KHVN", timezone.localdate(signed_at)),
        kind="Báo cáo",
        title=title,
        blocks=tuple(blocks),
        annexes=tuple(_annex(number, table) for number, table in enumerate(tables)),
    )


def year_report_paper(report: YearReport) -> paper.Paper:
    """A signed yearly report."""
    return _signed(report, f"Kết quả công nhận các mô hình học tập năm {report.year}")


def period_report_paper(report: PeriodReport) -> paper.Paper:
    """A signed summary of several years."""
    return _signed(report, period_title(report.year_from, report.year_to))


@in_official_language
def _signed(report: SignedReport, title: str) -> paper.Paper:
    """Always from what was frozen."""
    explained = [one for one in report.findings if one.get("reason")]
    below = []
    if explained:
        below.append(paper.Text("Giải trình số liệu", style=paper.HEADING, bold=True))
        below += [paper.Text(f"- {one['message']} Lý do: {one['reason']}") for one in explained]
    below.append(paper.Text(f"Bản {report.version}; mã kiểm tra {report.checksum[:16]}.", style=paper.NOTE))
    return report_paper(
        report.place,
        title,
        report.narrative,
        [thaw(kept, report.place) for kept in report.tables.values()],
        signer=report.signed_by_name,
        signer_title=report.signer_title,
        signed_at=report.signed_at,
        below=below,
    )


def period_title(first: int, last: int) -> str:
    """The title of a summary on paper."""
    return f"Tổng kết xây dựng các mô hình học tập giai đoạn {first}–{last}"


def _annex(number: int, table: Report) -> paper.Annex:
    return paper.Annex(
        title=(f"Phụ lục {ROMAN[number]}", f"Biểu {table.code}. {table.title}"),
        reference="(Kèm theo Báo cáo)",
        blocks=table_blocks(table),
        landscape=True,
    )
