"""The decision that sets up a team of inspection, with its members and its plan (QD-02).

Its wording is ours: no official form was found, so it is a draft for the body that signs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.lib import paper
from portal.lib.language import in_official_language
from recognition.choices import IssuingBody, VisitState
from recognition.domain.inspecting import PlanRow
from recognition.models import Inspection, InspectionMember, Rulebook
from recognition.papers.letterheads import head_of

SYMBOLS = {IssuingBody.COMMITTEE: "QĐ-UBND", IssuingBody.ASSOCIATION: "QĐ-HKH"}


def body_of(team: Inspection) -> IssuingBody:
    """Whose decision it is, as far as its number says: the association's where it carries HKH, else the committee's."""
    return IssuingBody.ASSOCIATION if "HKH" in team.decision_number.upper() else IssuingBody.COMMITTEE


@in_official_language
def team_paper(
    team: Inspection,
    rows: Sequence[PlanRow],
    duties: Mapping[str, InspectionMember],
    rulebook: Rulebook | None,
    body: IssuingBody,
) -> paper.Paper:
    """The decision, its members with what each looks at, and where the team goes when. Open parts stay open."""
    head = head_of(team.place, body)
    what = f"danh hiệu “{team.get_model_display()}” năm {team.year}"
    members = list(team.members.all())
    lead = next((one.name for one in members if one.is_lead), "…")
    visited = [row for row in rows if row.visit and row.visit.state != VisitState.CANCELLED] or list(rows)
    number = team.decision_number if body == body_of(team) and team.decision_number else f"      /{SYMBOLS[body]}"
    reference = f"(Kèm theo Quyết định số {number.strip()})" if team.decision_number else "(Kèm theo Quyết định)"
    rules = f", chấm theo bộ tiêu chí “{rulebook.spec.title}”" if rulebook else ""
    return paper.Paper(
        heading=head.heading(number, team.decision_on),
        kind="Quyết định",
        title=f"Về việc thành lập đoàn kiểm tra {what}",
        code="QD-02",
        blocks=(
            paper.Text(head.name.upper(), paper.CENTRE, bold=True),
            *paper.grounds([f"Căn cứ {one.named}" for one in (rulebook.spec.legal_basis if rulebook else ())]),
            paper.Text("QUYẾT ĐỊNH:", paper.CENTRE, bold=True),
            paper.Article(
                "Điều 1",
                f"Thành lập đoàn kiểm tra {what} của {team.place.name} gồm {len(members)} người, do ông (bà) {lead} "
                "làm trưởng đoàn (danh sách kèm theo).",
            ),
            paper.Article(
                "Điều 2",
                f"Đoàn kiểm tra {len(visited)} nơi từ ngày {team.starts_on:%d/%m/%Y} đến ngày {team.ends_on:%d/%m/%Y} "
                f"theo kế hoạch kèm theo{rules}; lập biên bản với từng nơi và báo cáo kết quả.",
            ),
            paper.Article(
                "Điều 3",
                "Thành viên đoàn và các nơi được kiểm tra chịu trách nhiệm thi hành Quyết định này. "
                "Quyết định có hiệu lực kể từ ngày ký.",
            ),
            paper.Closing(
                recipients=("- Như Điều 3;", f"- {head.archive}"),
                signers=(paper.Signer(head.signed_for, "Chủ tịch", ""),),
            ),
        ),
        annexes=(
            paper.Annex(
                title=("Phụ lục I", "DANH SÁCH ĐOÀN KIỂM TRA"),
                reference=reference,
                blocks=(_members(members, duties, rulebook),),
            ),
            paper.Annex(
                title=("Phụ lục II", "KẾ HOẠCH KIỂM TRA"), reference=reference, blocks=tuple(_plan(team, visited))
            ),
        ),
    )


def _members(members: Sequence[InspectionMember], duties: Mapping[str, InspectionMember], rulebook) -> paper.Table:
    titles = {one.code: one.title for one in rulebook.spec.criteria} if rulebook else {}
    given: dict[int, list[str]] = {}
    for code, member in duties.items():
        given.setdefault(member.pk, []).append(f"{code}. {titles.get(code, '')}".strip())
    return paper.Table(
        columns=("STT", "Họ và tên", "Nhiệm vụ", "Tiêu chí phụ trách"),
        widths=(0.7, 2.5, 1.5, 4.4),
        centred=(0,),
        rows=[
            (
                str(number),
                one.name,
                "Trưởng đoàn" if one.is_lead else "Thành viên",
                "; ".join(given.get(one.pk, [])) or ("Mọi tiêu chí" if not duties else ""),
            )
            for number, one in enumerate(members, start=1)
        ],
    )


def _plan(team: Inspection, rows: Sequence[PlanRow]) -> list:
    table = paper.Table(
        columns=("STT", "Nơi kiểm tra", "Ngày dự kiến", "Số hồ sơ", "Số nơi đến thăm", "Ghi chú"),
        widths=(0.75, 3.3, 1.5, 1.1, 1.3, 1.7),
        centred=(0, 2, 3, 4),
        rows=[
            (
                str(number),
                row.place.name,
                f"{day:%d/%m/%Y}" if (day := row.visit and (row.visit.planned_on or row.visit.visited_on)) else "",
                str(row.dossiers),
                str(row.drawn) if row.drawn else "",
                "",
            )
            for number, row in enumerate(rows, start=1)
        ],
    )
    return [table, *(paper.Text(line) for line in team.note.splitlines() if line.strip())]
