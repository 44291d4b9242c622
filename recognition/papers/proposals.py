"""The proposal letter (TT-01) with its list (DS-01) as annex. Its wording is ours: no official form was found."""

from __future__ import annotations

from collections.abc import Sequence

from portal.lib import paper
from portal.lib.language import in_official_language
from portal.lib.numbers import number
from recognition.choices import LearningModel
from recognition.domain.kept_lists import Listed
from recognition.domain.proposing import letter_body
from recognition.models import Proposal
from recognition.papers.letterheads import ASSOCIATION, COMMITTEE, head_of
from recognition.papers.words import half_points, noun_of, steps_taken


@in_official_language
def proposal_paper(letter: Proposal, rows: Sequence[Listed]) -> paper.Paper:
    """The letter and its list as it was sent."""
    own = letter.model == LearningModel.COMMUNITY_COMMUNE  # the ward's own community: its People's Committee signs
    head = head_of(letter.place, COMMITTEE if own else ASSOCIATION, letter.created_at)
    families = letter.model == LearningModel.FAMILY
    title = f"danh hiệu “{letter.get_model_display()}” năm {letter.year}"
    to = f"Ủy ban nhân dân {letter.to_place.name}"
    steps = steps_taken(rows)
    return paper.Paper(
        heading=head.heading(str(letter), letter.signed_on),
        kind="Tờ trình",
        title=f"Về việc đề nghị công nhận {title}",
        code="TT-01, DS-01",
        blocks=(
            paper.Text(f"Kính gửi: {to}", paper.CENTRE),
            paper.Text(
                f"Căn cứ kết quả {steps} năm {letter.year}, {letter_body(letter.model, letter.place)} kính trình {to} "
                f"xem xét, quyết định công nhận {title} cho {number(len(rows))} {noun_of(letter.model)} "
                "(danh sách kèm theo)."
            ),
            *([paper.Text(letter.note)] if letter.note else []),
            paper.Text(f"Kính đề nghị {to} xem xét, quyết định./."),
            paper.Closing(
                recipients=("- Như trên;", f"- {head.archive}"),
                signers=(paper.Signer(head.signed_for, letter.signer_title, letter.signer),),
            ),
        ),
        annexes=(
            paper.Annex(
                title=("DANH SÁCH", f"Đề nghị công nhận {title}"),
                reference=f"(Kèm theo Tờ trình số {letter} ngày {letter.signed_on:%d/%m/%Y})",
                blocks=(_list(rows, families, noun_of(letter.model)),),
            ),
        ),
    )


def _list(rows: Sequence[Listed], families: bool, noun: str) -> paper.Table:
    return paper.Table(
        columns=(
            "STT",
            "Họ tên chủ hộ" if families else noun.capitalize(),
            "Địa chỉ",
            "Khu phố, thôn" if families else "Địa bàn",
            "Điểm",
            "Ghi chú",
        ),
        widths=(0.7, 2.6, 3.7, 1.5, 0.8, 1.2),
        centred=(0, 4),
        rows=[
            (
                str(index),
                row.name,
                row.address,
                row.place,
                half_points(row.agreed_half),
                row.late_reason,
            )
            for index, row in enumerate(rows, start=1)
        ],
    )
