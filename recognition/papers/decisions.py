"""The decision of recognition (QD-01) with its list as annex."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from portal.lib import paper
from portal.lib.language import in_official_language
from portal.lib.numbers import number
from recognition.choices import LearningModel
from recognition.domain.kept_lists import addresses_then
from recognition.models import Award, Decision
from recognition.papers.letterheads import COMMITTEE, head_of
from recognition.papers.words import address_of, half_points, noun_of
from units.choices import Level


@in_official_language
def decision_paper(decision: Decision, awards: QuerySet[Award]) -> paper.Paper:
    """The decision and its list, in the layout of NĐ 30/2020, Phụ lục I.

    Of a list the reader may see in part only that part is printed, as an extract; the decision says what it said.
    """
    rows, total = list(awards), decision.awards.count()
    part = len(rows) < total
    then = addresses_then(decision.proposal)
    model = LearningModel(decision.model)
    families = decision.model == LearningModel.FAMILY
    noun = noun_of(decision.model)
    title = f"danh hiệu “{model.label}” năm {decision.year}"
    head = head_of(decision.place, COMMITTEE, decision.issued_at)
    return paper.Paper(
        heading=head.heading(str(decision), decision.signed_on),
        kind="Quyết định",
        title=f"Về việc công nhận {title}",
        code="QD-01",
        blocks=(
            paper.Text(decision.authority.upper(), paper.CENTRE, bold=True),
            *paper.grounds(decision.grounds),
            paper.Text("QUYẾT ĐỊNH:", paper.CENTRE, bold=True),
            *_articles(decision, total, noun, title),
            paper.Closing(
                recipients=("- Như Điều 3;", f"- {head.archive}"),
                signers=(paper.Signer(head.signed_for, decision.signer_title, decision.signer),),
            ),
        ),
        annexes=(
            paper.Annex(
                title=("TRÍCH DANH SÁCH" if part else "DANH SÁCH", f"{noun.capitalize()} được công nhận {title}"),
                reference=f"(Kèm theo Quyết định số {decision} ngày {decision.signed_on:%d/%m/%Y})",
                blocks=(
                    *([paper.Text(_extract(len(rows), total, noun), paper.CENTRE)] if part else []),
                    _family_list(rows, then) if families else _community_list(rows, then),
                ),
            ),
        ),
    )


def decision_pdf(decision: Decision, awards: QuerySet[Award]) -> bytes:
    """The same as PDF."""
    return paper.to_pdf(decision_paper(decision, awards))


def _articles(decision: Decision, count: int, noun: str, title: str) -> list[paper.Article]:
    association = (
        decision.proposal.place.name
        if decision.proposal and decision.proposal.place.level != Level.HAMLET
        else decision.place.name
    )
    return [
        paper.Article("Điều 1", f"Công nhận {number(count)} {noun} (danh sách kèm theo) đạt {title}."),
        paper.Article("Điều 2", f"Hội Khuyến học {association} cấp Giấy công nhận theo quy định."),
        paper.Article(
            "Điều 3",
            f"Văn phòng, Hội Khuyến học {association} và các {noun} có tên trong danh sách chịu trách nhiệm "
            "thi hành Quyết định này. Quyết định có hiệu lực kể từ ngày ký.",
        ),
    ]


def _extract(count: int, total: int, noun: str) -> str:
    return f"Trích {number(count)} trong {number(total)} {noun}: phần thuộc địa bàn của người in."


def _name(award: Award) -> str:
    """As decided: a head who changed since does not enter an old decision."""
    return getattr(award, "printed_name", "") or award.name_then


def _street(award: Award, letter: Mapping[int, str]) -> str:
    """Street and group of a household as decided: as the letter had them, unless put right before the decision, which
    the certificate shows. Without the letter's list: as they are, or the street of then where it moved."""
    then, listed = getattr(award, "printed_address", "") or "", letter.get(award.registration_id)
    for place in (award.commune, award.hamlet):
        then = then.removesuffix(place.name).removesuffix(", ") if place else then
    if listed is not None and (not then or f"{listed}, ".startswith(f"{then}, ")):
        return listed
    return then if then and then != award.registrant.household.address else address_of(award.registrant)


def _family_list(rows: list[Award], then: Mapping[int, str]) -> paper.Table:
    return paper.Table(
        columns=("STT", "Họ và tên chủ hộ", "Địa chỉ", "Khu phố, thôn", "Điểm", "Ghi chú"),
        widths=(0.7, 2.7, 3.8, 1.5, 0.8, 1),
        centred=(0, 4),
        rows=[
            [
                str(index),
                _name(award),
                _street(award, then),
                award.hamlet.name if award.hamlet else "",
                half_points(award.total_half),
                "",
            ]
            for index, award in enumerate(rows, start=1)
        ],
    )


def _community_list(rows: list[Award], then: Mapping[int, str]) -> paper.Table:
    return paper.Table(
        columns=("STT", "Tên", "Địa chỉ", "Điểm", "Xếp loại"),
        widths=(0.6, 3, 3, 0.8, 1),
        centred=(0, 3, 4),
        rows=[
            [
                str(index),
                _name(award),
                then.get(award.registration_id, address_of(award.registrant)) or award.place.name,
                half_points(award.total_half),
                award.result_text,
            ]
            for index, award in enumerate(rows, start=1)
        ],
    )
