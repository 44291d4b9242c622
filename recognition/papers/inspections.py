"""Papers of an inspection: whom to visit (a list to take along), and the minutes both sides sign (BB-02)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from portal.lib import paper
from portal.lib.language import in_official_language
from portal.lib.numbers import signed
from recognition.choices import VisitState
from recognition.models import InspectionVisit, SampledRegistrant
from recognition.papers.letterheads import ASSOCIATION, head_of
from recognition.papers.words import address_of, points


def _day(text: str) -> str:
    """ "2017-12-18" as people write it; dots to be filled in by hand for nothing."""
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else "…/…/……"


def _cell(value) -> str:
    return "K.áp dụng" if value == "na" else points(value)


@in_official_language
def visit_list_paper(visit: InspectionVisit, drawn: Sequence[SampledRegistrant]) -> paper.Paper:
    """The list of those drawn, with room to write the result by hand, and how to draw it again."""
    sample = visit.sample
    rows = [
        (
            str(row.position),
            row.registrant.name,
            address_of(row.registrant),
            row.registrant.hamlet.name if row.registrant.hamlet else "",
            ""
            if row.registration is None or row.registration.self_half is None
            else points(row.registration.self_points),
            _stands_for(row),
            row.get_result_display() if row.result else "",
        )
        for row in drawn
    ]
    return paper.Paper(
        heading=head_of(visit.inspection.place, ASSOCIATION).heading(
            "", visit.planned_on or visit.visited_on or visit.inspection.starts_on
        ),
        kind="Danh sách",
        title=f"Đối tượng được bốc ngẫu nhiên để đến thăm, {visit.place.name}, năm {visit.inspection.year}",
        code="DS-KT",
        blocks=(
            paper.Text(
                f"Danh sách bốc: {sample.get_frame_display().lower()}; {sample.frame_count} đối tượng; "
                f"bốc {sample.size}; số hạt giống {sample.seed}."
            ),
            paper.Table(
                columns=("TT bốc", "Họ tên", "Địa chỉ", "Khu phố, thôn", "Tự chấm", "Thay cho, lý do", "Kết quả"),
                widths=(0.8, 2.6, 2.6, 1.7, 1, 2, 1.8),
                centred=(0, 4),
                rows=rows,
            ),
            paper.Text(f"Dấu của danh sách (sha256): {sample.frame_hash}", paper.NOTE),
            paper.Closing(signers=(paper.Signer("", "Người đi thăm"), paper.Signer("", "Đại diện địa bàn"))),
        ),
    )


def _stands_for(row: SampledRegistrant) -> str:
    if row.replaces:
        return f"{row.replaces.registrant.name}: {row.reason}"
    return f"đã thay bằng số {row.replaced_by.position}" if hasattr(row, "replaced_by") else ""


@in_official_language
def inspection_paper(visit: InspectionVisit, minutes: dict) -> paper.Paper:
    """The minutes from their plain values (`domain.inspection_minutes.minutes_of`)."""
    lead = next((one["name"] for one in minutes["members"] if one["is_lead"]), "")
    others = [one["name"] for one in minutes["members"] if not one["is_lead"]]
    what = f"danh hiệu “{minutes['model']}” năm {minutes['year']}"
    decision = (
        f"Căn cứ Quyết định số {minutes['decision_number']}"
        + (f" ngày {_day(minutes['decision_on'])}" if minutes["decision_on"] else "")
        + f" thành lập đoàn kiểm tra; ngày {_day(minutes['visited_on'])}, đoàn kiểm tra {minutes['by']}"
        if minutes["decision_number"]
        else f"Ngày {_day(minutes['visited_on'])}, đoàn kiểm tra {minutes['by']}"
    )
    window = f"số liệu từ {_day(minutes['window_from'])} đến {_day(minutes['window_to'])}"
    blocks: list = [
        paper.Text(f"{decision} kiểm tra {what} tại {minutes['place']}, {window}."),
        paper.Text("I. Thành phần đoàn", paper.HEADING),
        paper.Text(f"Trưởng đoàn: ông (bà) {lead}."),
        *([paper.Text("Thành viên: " + ", ".join(f"ông (bà) {name}" for name in others) + ".")] if others else []),
        paper.Text("II. Kết quả chấm điểm", paper.HEADING),
    ]
    for sheet in minutes["sheets"]:
        blocks += _sheet(sheet)
    if not minutes["sheets"]:
        blocks.append(paper.Text("Đoàn không chấm điểm hồ sơ nào."))
    blocks += [paper.Text(f"Chênh lệch cần lưu ý (R-22): {text}") for text in minutes["gaps"]]
    number = 3
    if minutes["sample"]:
        blocks += [paper.Text("III. Đến thăm ngẫu nhiên", paper.HEADING), *_sample(minutes["sample"])]
        number = 4
    roman = ("", "I", "II", "III", "IV", "V", "VI")
    said = [line for line in minutes["findings"].splitlines() if line.strip()] or ["Đoàn không có nhận xét khác."]
    blocks += [paper.Text(f"{roman[number]}. Nhận xét của đoàn", paper.HEADING), *(paper.Text(line) for line in said)]
    blocks.append(paper.Text(f"{roman[number + 1]}. Việc phải làm sau kiểm tra", paper.HEADING))
    blocks.append(_actions(minutes["actions"]) if minutes["actions"] else paper.Text("Không có."))
    blocks.append(paper.Text(f"{roman[number + 2]}. Ý kiến của nơi được kiểm tra", paper.HEADING))
    blocks += _opinion(visit)
    blocks.append(paper.Text("Biên bản đã được đọc cho hai bên cùng nghe và ký tên./."))
    if visit.checksum:
        blocks.append(paper.Text(f"Dấu của bản ký trên phần mềm (sha256): {visit.checksum}", paper.NOTE))
    blocks.append(
        paper.Closing(
            signers=(
                paper.Signer("", "Đại diện nơi được kiểm tra", visit.place_signed_name),
                paper.Signer("", "Trưởng đoàn kiểm tra", visit.team_signed_name or lead),
            )
        )
    )
    return paper.Paper(
        heading=head_of(visit.inspection.place, ASSOCIATION, visit.team_signed_at).heading("", visit.visited_on),
        kind="Biên bản",
        title=f"Kiểm tra {what} tại {minutes['place']}",
        code="BB-02",
        blocks=tuple(blocks),
    )


def _sheet(sheet: dict) -> list:
    """One dossier: totals in a sentence, then its criteria with both scores and the finding."""
    own, gap = points(sheet["own"]), "" if sheet["gap"] is None else f" (chênh lệch {signed(sheet['gap'])})"
    unit = "chỉ tiêu đạt" if sheet["by_levels"] else "điểm"
    verdict = f"; kết quả: {sheet['result']}" if sheet["result"] else ""
    words = f"{sheet['name']}: tự chấm {own or '–'}, đoàn chấm {points(sheet['inspected'])} {unit}{gap}{verdict}."
    rows = [
        (
            one["code"],
            one["title"],
            points(one["max"]),
            _cell(one["own"]),
            _cell(one["inspected"]),
            one["remark"],
        )
        for one in sheet["criteria"]
        if one["is_leaf"]
    ]
    note = " (bộ tiêu chí tạm thời, chưa đối chiếu văn bản gốc)" if sheet["provisional"] else ""
    return [
        paper.Text(words),
        paper.Text(f"Chấm theo: {sheet['rulebook']}{note}.", paper.NOTE),
        paper.Table(
            columns=("Mục", "Nội dung", "Tối đa", "Tự chấm", "Đoàn chấm", "Nhận xét"),
            widths=(0.8, 4, 0.9, 0.9, 0.9, 2.6),
            centred=(0, 2, 3, 4),
            rows=rows,
        ),
    ]


def _sample(sample: dict) -> list:
    return [
        paper.Text(
            f"Bốc {sample['size']} trong {sample['frame_count']} ({sample['frame'].lower()}), số hạt giống "
            f"{sample['seed']}: {sample['confirmed']} đúng như hồ sơ, {sample['differs']} khác hồ sơ, "
            f"{sample['absent']} vắng nhà."
        ),
        paper.Table(
            columns=("TT bốc", "Họ tên", "Địa chỉ", "Kết quả", "Ghi chú"),
            widths=(0.8, 2.6, 2.9, 2.1, 2.4),
            centred=(0,),
            rows=[
                (
                    str(one["position"]),
                    one["name"],
                    one["address"],
                    "đã thay" if one["replaced"] else one["result_text"],
                    "; ".join(
                        part
                        for part in (
                            one["note"],
                            f"thay cho {one['stands_for']}: {one['reason']}" if one["stands_for"] else "",
                        )
                        if part
                    ),
                )
                for one in sample["rows"]
            ],
        ),
    ]


def _actions(actions: Sequence[dict]) -> paper.Table:
    return paper.Table(
        columns=("Mục", "Việc phải làm", "Hạn", "Người chịu trách nhiệm"),
        widths=(0.8, 5, 1.5, 2.6),
        centred=(0, 2),
        rows=[(one["code"], one["text"], _day(one["due_on"]), one["responsible"]) for one in actions],
    )


def _opinion(visit: InspectionVisit) -> list:
    """What the inspected side said when it signed; ruled lines before that."""
    if visit.state != VisitState.SIGNED:
        return [paper.Space(3)]
    words = "Thống nhất với biên bản." if visit.place_agrees else "Không thống nhất với biên bản."
    return [paper.Text(words), *(paper.Text(line) for line in visit.place_opinion.splitlines() if line.strip())]
