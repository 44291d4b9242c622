"""Papers of commendation: the letter with its list (KT-01), the decision with its list (KT-02), giấy khen (KT-03).

NĐ 30/2020 shapes letter and decision; giấy khen has a free design and follows the place's layout. Wording is ours: no
official form was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

from portal.lib import paper, pdf
from portal.lib.language import in_official_language
from recognition.choices import CheckOutcome, IssuingBody
from recognition.domain.honours.forms import authority_of
from recognition.honour_choices import IN_REGISTER, CommendationKind, CommendationState, Honouree
from recognition.models import Commendation, CommendationDecision, CommendationList
from recognition.papers.certificates import CHECK_PATH, LOOK, MARKS
from recognition.papers.letterheads import ASSOCIATION, head_of

# Printed across a paper that is only looked at any more.
_MARKS = {
    CommendationState.REVOKED: MARKS[CheckOutcome.REVOKED],
    CommendationState.REPLACED: MARKS[CheckOutcome.REPLACED],
}
_KINDS = {
    CommendationKind.MERIT: "giấy khen",
    CommendationKind.HIGH_MERIT: "bằng khen",
    CommendationKind.MEDAL: "kỷ niệm chương",
}


def noun_of_form(kind: str) -> str:
    """ "giấy khen" in running text; other forms are called by a general word."""
    return _KINDS.get(kind, "hình thức khen")


def _counts(items: Sequence[Commendation]) -> str:
    """ "3 tập thể và 2 cá nhân", leaving out what there is none of."""
    collectives = sum(one.honouree == Honouree.COLLECTIVE for one in items)
    parts = [f"{collectives} tập thể"] if collectives else []
    if len(items) - collectives:
        parts.append(f"{len(items) - collectives} cá nhân")
    return " và ".join(parts) or "0 tập thể, cá nhân"


def _list(items: Sequence[Commendation]) -> list:
    """Collectives, then individuals, each under a heading of its own."""
    blocks = []
    for honouree, title in ((Honouree.COLLECTIVE, "Tập thể"), (Honouree.INDIVIDUAL, "Cá nhân")):
        rows = [one for one in items if one.honouree == honouree]
        if not rows:
            continue
        blocks.append(paper.Text(f"{title} ({len(rows)})", paper.HEADING, bold=True))
        blocks.append(
            paper.Table(
                columns=("STT", "Tên", "Chức vụ, địa bàn", "Thành tích"),
                widths=(0.6, 2.4, 1.9, 4.2),
                centred=(0,),
                rows=[
                    (str(number), one.name, one.position or one.place.name, one.achievement)
                    for number, one in enumerate(rows, start=1)
                ],
            )
        )
    return blocks


@in_official_language
def list_paper(roll: CommendationList, items: Sequence[Commendation]) -> paper.Paper:
    """The letter that asks for the commendation, with its list. Before it is sent, number and day stay open."""
    head = head_of(roll.place, ASSOCIATION)
    to = authority_of(roll.form, roll.to_place)
    form = roll.form.name[:1].lower() + roll.form.name[1:]
    number = str(roll) if roll.number else "      /TTr-HKH"
    reference = f"(Kèm theo Tờ trình số {roll} ngày {roll.signed_on:%d/%m/%Y})" if roll.number else ""
    return paper.Paper(
        heading=head.heading(number, roll.signed_on),
        kind="Tờ trình",
        title=f"Về việc đề nghị tặng {form}",
        code="KT-01",
        blocks=(
            paper.Text(f"Kính gửi: {to}", paper.CENTRE),
            *paper.grounds([f"Căn cứ {roll.form.legal_basis}"]),
            paper.Text(
                f"Hội Khuyến học {roll.place.name} đề nghị {to} xem xét tặng {form} cho {_counts(items)} "
                f"(danh sách kèm theo). Nội dung khen: {roll.title}, {_years(roll)}."
            ),
            paper.Text(f"Kính đề nghị {to} xem xét, quyết định./."),
            paper.Closing(
                recipients=("- Như trên;", f"- {head.archive}"),
                signers=(paper.Signer(head.signed_for, roll.signer_title, roll.signer),),
            ),
        ),
        annexes=(
            paper.Annex(title=("DANH SÁCH", f"Đề nghị tặng {form}"), reference=reference, blocks=tuple(_list(items))),
        ),
    )


def _years(roll: CommendationList) -> str:
    return f"năm {roll.years}" if roll.year_from == roll.year_to else f"giai đoạn {roll.years}"


@in_official_language
def decision_of_commendation_paper(decision: CommendationDecision, items: Sequence[Commendation]) -> paper.Paper:
    """The decision and the list of those commended, as signed: `items` are without papers given in place of others."""
    roll = decision.roll
    noun, giver = noun_of_form(roll.form.kind), roll.to_place or roll.place
    head = head_of(giver, roll.form.body, decision.issued_at)
    kept = [one for one in items if one.state in IN_REGISTER]
    counts = _counts(kept)
    return paper.Paper(
        heading=head.heading(str(decision), decision.signed_on),
        kind="Quyết định",
        title=f"Về việc tặng {noun}",
        code="KT-02",
        blocks=(
            paper.Text(decision.authority.upper(), paper.CENTRE, bold=True),
            *paper.grounds(decision.grounds),
            paper.Text("QUYẾT ĐỊNH:", paper.CENTRE, bold=True),
            paper.Article(
                "Điều 1",
                f"Tặng {noun} cho {counts} (danh sách kèm theo). Nội dung khen: {roll.title}, {_years(roll)}.",
            ),
            paper.Article(
                "Điều 2",
                f"Văn phòng, Hội Khuyến học {roll.place.name} và các tập thể, cá nhân có tên trong danh sách chịu "
                "trách nhiệm thi hành Quyết định này. Quyết định có hiệu lực kể từ ngày ký.",
            ),
            paper.Closing(
                recipients=("- Như Điều 2;", f"- {head.archive}"),
                signers=(paper.Signer(head.signed_for, decision.signer_title, decision.signer),),
            ),
        ),
        annexes=(
            paper.Annex(
                title=("DANH SÁCH", f"Tập thể, cá nhân được tặng {noun}"),
                reference=f"(Kèm theo Quyết định số {decision} ngày {decision.signed_on:%d/%m/%Y})",
                blocks=tuple(_list(kept)),
            ),
        ),
    )


@in_official_language
def commendations_pdf(
    decision: CommendationDecision, items: Sequence[Commendation], *, to_look_at: bool = False
) -> bytes:
    """A page per giấy khen, in the giving body's layout. Only what the portal's own bodies give is printed here.

    `to_look_at`: a copy for the eye, marked as those of certificates are.
    """
    roll = decision.roll
    head = head_of(roll.to_place, roll.form.body, decision.issued_at)
    kind = roll.form.kind
    title = _KINDS.get(kind, roll.form.name).upper()
    return pdf.compile(
        "certificate.typ",
        {
            "issuer": list(head.agency),
            "heading": title,
            "given": "TẶNG",
            "book": "Số vào sổ khen thưởng",
            "authority": f"CHỦ TỊCH {decision.authority.upper()}"
            if roll.form.body == IssuingBody.COMMITTEE
            else decision.authority.upper(),
            "decision": str(decision),
            "decided_on": f"{decision.signed_on:%d/%m/%Y}",
            "place_and_date": pdf.place_and_date(head.town, decision.signed_on),
            "signed_for": head.signed_for,
            "layout": head.layout,
            "check_address": urlsplit(settings.PUBLIC_URL).netloc + CHECK_PATH.rstrip("/"),
            "signer_title": decision.signer_title,
            "signer": decision.signer,
            "watermark": "BẢN TRÌNH DIỄN" if settings.DEMO else "",
            "rows": [
                printed_of(one)
                | {"praise": _praise(one), "mark": _MARKS.get(one.state, LOOK if to_look_at else "")}
                | {"number": one.book_label, "qr": pdf.qr_dots(f"{settings.PUBLIC_URL}{CHECK_PATH}{one.token}/")}
                for one in items
            ],
        },
    )


@in_official_language
def printed_of(one: Commendation) -> dict[str, str]:
    """What its paper says of one name; the public check page shows the same words."""
    return {
        "subject": _subject(one),
        "detail": ", ".join(dict.fromkeys(part for part in (one.position, *_where(one)) if part)),
        "achievement": f"{one.roll.title}, {_years(one.roll)}",
    }


def _praise(one: Commendation) -> str:
    """ "Đã có thành tích trong …": the list's title goes on with the sentence where it begins with these words."""
    words = f"{one.roll.title}, {_years(one.roll)}"
    known = words.lower().startswith("thành tích")
    return f"Đã có {words[0].lower()}{words[1:]}" if known else f"Đã có thành tích: {words}"


def _where(one: Commendation) -> list[str]:
    """Hamlet and ward, "Khu phố 1, Phường Hòa Hưng", where no position says who it is."""
    near = [place.name for place in (one.hamlet, one.commune) if place] or [one.place.name]
    return [] if one.position else near


def _subject(one: Commendation) -> str:
    """ "Gia đình ông (bà) …" for families, the name itself for the others."""
    if one.registrant_id and one.registrant.kind == "HOUSEHOLD":
        return f"Gia đình ông (bà) {one.name}"
    return f"Ông (bà) {one.name}" if one.honouree == Honouree.INDIVIDUAL else one.name
