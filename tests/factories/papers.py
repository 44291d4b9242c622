"""One of every paper the portal makes, of one ward, with the longest names people have.

`every_paper`: those of portal.lib.paper, by the name of the function that builds them. `every_sheet`: PDFs of a design
of their own, by template. A paper that is missing here fails tests/recognition/test_paper_layout.py.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

from portal.lib import paper
from recognition.choices import CertificateLayout, IssuingBody, SampleResult, State
from recognition.domain.closing import freeze
from recognition.domain.entry_links import MadeLink
from recognition.domain.inspecting import duties_of, plan, rulebook_of, split_criteria
from recognition.domain.inspection_minutes import minutes_of
from recognition.domain.inspection_sheets import inspect
from recognition.domain.inspection_signing import sign_for_place, sign_for_team
from recognition.domain.kept_lists import Listed, letter_list, minutes_list
from recognition.domain.reporting import build_report
from recognition.domain.sampling import draw_sample, drawn_rows, record_result, replace_drawn
from recognition.domain.visiting import add_action, plan_visits, record_visit
from recognition.honour_choices import CommendationKind, CommendationState, DelegateKind, Honouree
from recognition.models import (
    Award,
    Certificate,
    Commendation,
    CommendationDecision,
    CommendationForm,
    CommendationList,
    Congress,
    Decision,
    Delegate,
    InspectionVisit,
    Letterhead,
    PeriodReport,
    Proposal,
    Registration,
    ReviewMeeting,
    Rulebook,
    YearReport,
)
from recognition.papers import (
    certificates_pdf,
    decision_paper,
    inspection_paper,
    minutes_paper,
    proposal_paper,
    registration_paper,
    score_paper,
    visit_list_paper,
)
from recognition.papers.commendations import commendations_pdf, decision_of_commendation_paper, list_paper
from recognition.papers.congresses import delegates_paper
from recognition.papers.entry_slips import slips_pdf
from recognition.papers.inspection_teams import team_paper
from recognition.papers.reports import period_report_paper, report_paper, year_report_paper
from recognition.papers.yearly_tables import table_paper
from tests.factories.recognition import YEAR, Ward, full_scores, make_family_team, make_registrations
from units.papers import household_slips

LONG = "Công Tằng Tôn Nữ Nguyễn Thị Phương Nghiêm Thuỵ Hằng"
DAY = datetime.date(YEAR, 11, 20)
MOMENT = datetime.datetime(YEAR + 1, 1, 5, 2, tzinfo=datetime.UTC)


def long_names(count: int) -> list[str]:
    """`count` distinct names, every third of them long."""
    return [f"{LONG if n % 3 == 0 else 'Nguyễn Văn'} {chr(65 + n // 26)}{chr(97 + n % 26)}" for n in range(count)]


def every_paper(ward: Ward, *, rows: int = 1) -> dict[str, paper.Paper]:
    """`rows`: how many stand in each list."""
    recognised = make_registrations(ward, rows, state=State.RECOGNISED, names=long_names(rows))
    meeting, letter, decision = ReviewMeeting.objects.get(), Proposal.objects.get(), Decision.objects.get()
    family = Rulebook.objects.get(code="FAMILY-448")
    return {
        "registration_paper": registration_paper(family, YEAR, ward.hamlet, recognised[0].registrant),
        "score_paper": score_paper(
            family, YEAR, ward.hamlet, recognised[0].registrant, url="https://hoctap.example/ho-so/123456/tu-cham/"
        ),
        "minutes_paper": minutes_paper(meeting, _results(meeting)),
        "proposal_paper": proposal_paper(letter, letter_list(letter)),
        "decision_paper": decision_paper(decision, Award.objects.filter(decision=decision)),
        **_inspection(ward, rows),
        **_honours(ward, rows),
        **_reports(ward),
    }


def _results(meeting) -> list[Listed]:
    """What the meeting agreed on, every other family not proposed and told why."""
    why = "Chưa tham gia các lớp học của trung tâm học tập cộng đồng"
    return [one if n % 2 == 0 else replace(one, passed=False, why=why) for n, one in enumerate(minutes_list(meeting))]


def _inspection(ward: Ward, rows: int) -> dict[str, paper.Paper]:
    """A team's decision, its list of households to visit, its minutes signed by both sides."""
    families = make_registrations(
        ward, rows + 2, state=State.SELF_ASSESSED, names=[f"Trần {name}" for name in long_names(rows + 2)]
    )
    team = make_family_team(ward)
    team.decision_number, team.decision_on = "12/QĐ-HKH", datetime.date(YEAR, 11, 3)
    team.save()
    head = {"actor": ward.chair, "inspection": team}
    member = team.members.get()
    split_criteria(duties={code.code: member.pk for code in families[0].rulebook.spec.criteria}, **head)
    plan_visits(dates={ward.hamlet.pk: DAY}, **head)
    sample = draw_sample(place=ward.hamlet, frame="DOSSIERS", size=rows + 1, seed="2025", **head)
    first = sample.rows.order_by("position").first()
    replace_drawn(actor=ward.chair, row=first, reason="Đi vắng dài ngày, hàng xóm cho biết đến sau Tết mới về")
    for row in sample.rows.filter(replaced_by=None):
        record_result(actor=ward.chair, row=row, result=SampleResult.CONFIRMED, seen=row.version)
    inspect(actor=ward.chair, registration=families[0], shown="", scores=full_scores(families[0], less=2))
    window = {"window_from": datetime.date(YEAR, 1, 1), "window_to": datetime.date(YEAR, 10, 31)}
    record_visit(place=ward.hamlet, visited_on=DAY, findings="Hồ sơ đủ.\nMinh chứng sắp xếp gọn.", **window, **head)
    add_action(place=ward.hamlet, text="Bổ sung danh sách người lớn học tập", due_on=DAY, responsible=LONG, **head)
    visit = sign_for_team(place=ward.hamlet, **head)
    opinion = {"agrees": False, "opinion": "Đề nghị xem lại mục 1.1."}
    sign_for_place(actor=ward.hamlet_officer, inspection=team, place=ward.hamlet, shown=visit.checksum, **opinion)
    visit = InspectionVisit.objects.get(pk=visit.pk)
    planned = plan(team.place, team.model, team.year, team)
    return {
        "team_paper": team_paper(team, planned, duties_of(team), rulebook_of(team), IssuingBody.ASSOCIATION),
        "visit_list_paper": visit_list_paper(visit, drawn_rows(visit)),
        "inspection_paper": inspection_paper(visit, minutes_of(visit)),
    }


def honoured(ward: Ward, rows: int, kind: str = CommendationKind.MERIT, body: str = IssuingBody.COMMITTEE):
    """(list, decision, those commended), not saved."""
    form = CommendationForm(
        kind=kind,
        name="Giấy khen của Chủ tịch Ủy ban nhân dân",
        body=body,
        legal_basis="Luật Thi đua, khen thưởng",
        level="commune",
    )
    roll = CommendationList(
        place=ward.place, to_place=ward.place, form=form, title="Thành tích xuất sắc trong phong trào khuyến học",
        year_from=2021, year_to=YEAR, number=3, symbol="TTr-HKH", signed_on=DAY, signer=LONG, signer_title="Chủ tịch",
    )  # fmt: skip
    decision = CommendationDecision(
        roll=roll, place=ward.place, authority="Ủy ban nhân dân phường Hòa Hưng", number=7, number_year=YEAR,
        symbol="QĐ-UBND", signed_on=DAY, signer=LONG, signer_title="Chủ tịch",
        grounds=["Căn cứ Luật Tổ chức chính quyền địa phương", "Xét đề nghị của Hội Khuyến học"],
    )  # fmt: skip
    items = [
        Commendation(
            roll=roll, name=f"Chi hội Khuyến học {name}" if n % 2 else name, province=ward.place.province,
            honouree=Honouree.COLLECTIVE if n % 2 else Honouree.INDIVIDUAL, hamlet=ward.hamlet, commune=ward.place,
            achievement="Gia đình học tập 5 năm liền (2021, 2022, 2023, 2024, 2025)", state=CommendationState.GIVEN,
            position="" if n % 2 else "Phó Chủ tịch Hội Khuyến học phường kiêm Chi hội trưởng Khu phố 1",
            book_number=n + 1, book_year=YEAR, token=f"{n:032d}",
        )
        for n, name in enumerate(long_names(rows))
    ]  # fmt: skip
    return roll, decision, items


def _honours(ward: Ward, rows: int) -> dict[str, paper.Paper]:
    roll, decision, items = honoured(ward, rows)
    congress = Congress(
        place=ward.place, title="Hội nghị biểu dương gia đình, dòng họ, cộng đồng học tập tiêu biểu 2021–2025",
        held_on=DAY, venue="Nhà văn hóa phường Hòa Hưng", year_from=2021, year_to=YEAR,
    )  # fmt: skip
    delegates = [
        Delegate(
            congress=congress, place=ward.hamlet, kind=DelegateKind.HONOURED, name=name,
            position="Chi hội trưởng Chi hội Khuyến học Khu phố 1", basis="Giấy khen 07/QĐ-UBND",
        )
        for name in long_names(rows)
    ]  # fmt: skip
    return {
        "list_paper": list_paper(roll, items),
        "decision_of_commendation_paper": decision_of_commendation_paper(decision, items),
        "delegates_paper": delegates_paper(congress, delegates),
    }


def _reports(ward: Ward) -> dict[str, paper.Paper]:
    tables = [build_report("TK-01", ward.place, YEAR)]
    kept = {
        "place": ward.place, "version": 1, "tables": {one.code: freeze(one) for one in tables}, "checksum": "5f" * 32,
        "narrative": [{"title": "I. Đặc điểm tình hình", "text": "Phường có 1 khu phố.\nDân cư ổn định."}],
        "findings": [{"message": "R-24: số hộ tăng trên 20%.", "reason": "Sáp nhập địa bàn"}],
        "signer_title": "Chủ tịch", "signed_by_name": LONG, "signed_at": MOMENT,
    }  # fmt: skip
    return {
        "table_paper": table_paper(tables[0]),
        "year_report_paper": year_report_paper(YearReport(year=YEAR, **kept)),
        "report_paper": report_paper(ward.place, "Kết quả năm", kept["narrative"], tables, signer=LONG),
        "period_report_paper": period_report_paper(PeriodReport(year_from=2021, year_to=YEAR, **kept)),
    }


def every_sheet(ward: Ward, *, rows: int = 1) -> dict[str, bytes]:
    """PDFs whose design is ours, by template; the certificates once framed, once for a form with a frame."""
    roll, decision, items = honoured(ward, rows)
    made = Decision.objects.get()
    households = [one.registrant for one in _dossiers_of(made)]
    links = [
        MadeLink(row, f"{n:022d}", datetime.date(YEAR, 12, 31)) for n, row in enumerate(_dossiers_of(made), start=1)
    ]
    kept = {"place": ward.place, "body": IssuingBody.COMMITTEE}
    framed = certificates_pdf(made, Certificate.objects.filter(award__decision=made))
    Letterhead.objects.update_or_create(
        **kept, defaults={"certificate_layout": CertificateLayout.PLAIN, "signed_for": "TM. Ủy ban nhân dân"}
    )
    plain = certificates_pdf(made, Certificate.objects.filter(award__decision=made))
    return {
        "certificate.typ": framed,
        "certificate.typ, plain": plain,
        "certificate.typ, commendations": commendations_pdf(decision, items),
        "slips.typ": slips_pdf(links, place_name=f"{ward.hamlet.name}, {ward.place.name}"),
        "households.typ": household_slips(ward.hamlet, households, YEAR),
    }


def _dossiers_of(decision: Decision):
    return Registration.objects.filter(award__decision=decision).select_related("registrant__household").order_by("pk")
