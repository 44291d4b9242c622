"""The list of delegates (KT-04) as a paper. Its wording is ours: no official form was found."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from portal.lib import paper
from portal.lib.language import in_official_language
from recognition.models import Congress, Delegate
from recognition.papers.letterheads import ASSOCIATION, head_of


@in_official_language
def delegates_paper(congress: Congress, delegates: Sequence[Delegate], total: int | None = None) -> paper.Paper:
    """Delegates of every place, numbered through, each place under its name.

    total: how many there are, where `delegates` are only those of the reader's own places: an extract, and says so.
    """
    head = head_of(congress.place, ASSOCIATION)
    rows, bold = [], []
    place, number = None, 0
    for one in delegates:
        if one.place_id != place:
            place = one.place_id
            bold.append(len(rows))
            rows.append(("", one.place.name, "", "", ""))
        number += 1
        rows.append((str(number), one.name, one.position, one.get_kind_display(), one.basis))
    where = f", tại {congress.venue}" if congress.venue else ""
    part = total is not None and number < total
    count = f"Trích {number} trong {total} đại biểu: phần thuộc địa bàn của người in." if part else ""
    return paper.Paper(
        heading=head.heading("      /DS-HKH", timezone.localdate()),
        kind="Trích danh sách" if part else "Danh sách",
        title=f"Đại biểu dự {congress.title}",
        code="KT-04",
        blocks=(
            paper.Text(
                f"Ngày tổ chức: {congress.held_on:%d/%m/%Y}{where}. {count or f'Tổng số: {number} đại biểu.'}",
                paper.CENTRE,
            ),
            paper.Table(
                columns=("STT", "Họ và tên", "Chức vụ, đơn vị", "Thành phần", "Lý do cử"),
                widths=(0.8, 2.6, 2.6, 1.8, 2.4),
                centred=(0,),
                bold=bold,
                rows=rows,
            ),
            paper.Closing(recipients=(f"- {head.archive}",), signers=(paper.Signer(head.signed_for, "CHỦ TỊCH", ""),)),
        ),
    )
