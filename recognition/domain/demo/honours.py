"""Commendations of the demo ward: one decided, one that waits, one still written. Names by hand are invented."""

from __future__ import annotations

import datetime

from recognition.choices import IssuingBody, LearningModel
from recognition.domain.honours import congresses, deciding, lists
from recognition.domain.honours.candidates import Criterion, candidates
from recognition.domain.honours.deciding import DecisionPaper
from recognition.domain.honours.forms import load_forms
from recognition.domain.honours.lists import Draft
from recognition.honour_choices import (
    CommendationKind,
    CongressKind,
    CriterionRule,
    DelegateKind,
    Honouree,
    Occasion,
)
from recognition.models import CommendationForm, CommendationList, Congress
from units.choices import Level
from units.models import Place, User

FAMILIES = 24
SEATS = 30  # of a conference, shared out among the hamlets
BY_NAME = (
    (Honouree.COLLECTIVE, "Chi hội khuyến học khu phố 2", "Phường Hòa Hưng", "Vận động quỹ khuyến học vượt kế hoạch"),
    (Honouree.COLLECTIVE, "Ban khuyến học Câu lạc bộ Đọc sách Giấy Trắng", "Phường Hòa Hưng", "Mở tủ sách khu phố"),
    (Honouree.INDIVIDUAL, "Phan Thị Hạnh", "Thư ký chi hội khu phố 2", "Giữ lớp học buổi tối cho người lớn"),
)


def build_honours(users: dict[str, User], ward: Place, year: int) -> None:
    """Families recognised two years running commended; then a list of names that waits, and one being written."""
    load_forms()
    everywhere = CommendationForm.objects.filter(place=None)
    merit = everywhere.get(body=IssuingBody.COMMITTEE, level=Level.COMMUNE)
    officer = users["phuong"]
    criterion = Criterion(LearningModel.FAMILY, CriterionRule.RUNNING, year - 1, year - 2, 2)
    families = [one for one in candidates(ward, criterion) if not one.short]
    if families:
        title = "Thành tích trong phong trào khuyến học, khuyến tài"
        roll = _list(officer, ward, Draft(merit, Occasion.YEARLY, title, year - 2, year - 1, criterion))
        chosen = {one.registrant_id: one.years for one in families[:FAMILIES]}
        lists.add_candidates(actor=officer, roll=roll, shown=chosen)
        _send(users, roll, datetime.date(year, 1, 12))
        deciding.decide(
            actor=users["quyetdinh"],
            roll=roll,
            give=set(roll.items.values_list("pk", flat=True)),
            decline={},
            paper=DecisionPaper(datetime.date(year, 1, 20), "Phạm Quốc Đạo", "Chủ tịch", []),
        )
    title = "Tổng kết phong trào khuyến học của phường"
    roll = _list(officer, ward, Draft(merit, Occasion.PERIOD, title, year - 4, year))
    for honouree, name, position, achievement in BY_NAME:
        lists.add_name(
            actor=officer, roll=roll, honouree=honouree, name=name, position=position, achievement=achievement
        )
    _send(users, roll, datetime.date(year, 10, 5))
    medal = everywhere.get(kind=CommendationKind.MEDAL)
    roll = _list(officer, ward, Draft(medal, Occasion.SPECIAL, "Nhiều năm gắn bó với khuyến học", year, year))
    lists.add_name(
        actor=officer, roll=roll, honouree=Honouree.INDIVIDUAL, name="Đinh Văn Lộc", position="Ban công tác Mặt trận"
    )


def build_conference(users: dict[str, User], ward: Place, hamlets: list[Place], year: int) -> None:
    """A conference of the ward with seats for its hamlets, some of them filled from what the portal suggests."""
    officer = users["phuong"]
    conference = congresses.save_congress(
        actor=officer,
        congress=Congress(
            place=ward,
            kind=CongressKind.HONOURS,
            title="Hội nghị biểu dương Gia đình học tập tiêu biểu",
            held_on=datetime.date(year, 12, 18),
            venue="Hội trường Ủy ban nhân dân phường",
            year_from=year - 2,
            year_to=year - 1,
        ),
    )
    shared = congresses.suggested_seats(conference, SEATS)
    seats = {(pk, str(DelegateKind.HONOURED)): count for pk, count in shared.items()}
    seats |= {(one.pk, str(DelegateKind.OFFICIAL)): 1 for one in hamlets}
    congresses.set_quotas(actor=officer, congress=conference, seats=seats)
    for hamlet in hamlets[:3]:
        left = {DelegateKind.HONOURED: shared.get(hamlet.pk, 0), DelegateKind.OFFICIAL: 1}
        for one in congresses.suggestions(conference, hamlet):
            if left[one.kind] > 0:
                left[one.kind] -= 1
                congresses.add_delegate(
                    actor=officer,
                    congress=conference,
                    place=hamlet,
                    kind=one.kind,
                    name=one.name,
                    position=one.position,
                    basis=one.basis,
                    commendation=one.commendation,
                    user=one.user,
                )


def _list(actor: User, ward: Place, draft: Draft) -> CommendationList:
    return lists.create_list(actor=actor, place=ward, draft=draft)


def _send(users: dict[str, User], roll: CommendationList, day: datetime.date) -> None:
    lists.send(
        actor=users["chutich"], roll=roll, signed_on=day, signer="Trần Thị Chi", signer_title="Chủ tịch Hội Khuyến học"
    )
    roll.refresh_from_db()
