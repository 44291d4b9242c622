"""A ward checks families by random sample: one hamlet visited and waiting for its signature, one still to visit."""

from __future__ import annotations

import datetime

from recognition.choices import LearningModel, SampleFrame, SampleResult
from recognition.domain.inspecting import Member, create_inspection
from recognition.domain.inspection_signing import sign_for_team
from recognition.domain.registering import counting_day
from recognition.domain.sampling import draw_sample, record_result, replace_drawn
from recognition.domain.visiting import add_action, plan_visits, record_visit
from recognition.models import Inspection, Registration
from units.models import Place, User

SEED = "20261120"  # fixed, so the demonstration is the same every time


def build_family_check(users: dict[str, User], ward: Place, year: int) -> None:
    """The team of the ward's chair and its officer; invented findings."""
    lead, second = users["chutich"], users["phuong"]
    last = counting_day(year)
    start = last - datetime.timedelta(days=5)
    team = create_inspection(
        actor=lead,
        inspection=Inspection(
            place=ward,
            model=LearningModel.FAMILY,
            year=year,
            decision_number="(dữ liệu trình diễn)",
            decision_on=start,
            starts_on=start,
            ends_on=max(datetime.date(year, 12, 20), last),
            note="Kiểm tra ngẫu nhiên; kết quả là số liệu dựng cho bản trình diễn.",
        ),
        members=[Member(lead.full_name, lead, is_lead=True), Member(second.full_name, second)],
    )
    scored = Registration.objects.live().filter(
        commune=ward, model=LearningModel.FAMILY, year=year, self_half__isnull=False
    )
    hamlets = list(
        Place.objects.filter(pk__in=scored.order_by().values("hamlet").distinct()).order_by("sort_key", "pk")
    )
    plan_visits(actor=lead, inspection=team, dates={hamlet.pk: last for hamlet in hamlets[:2]})
    own = next((hamlet for hamlet in hamlets if hamlet.pk in _posted(users["chihoi"])), hamlets[0])
    if scored.filter(hamlet=own).count() < 8:
        return
    sample = draw_sample(actor=lead, inspection=team, place=own, frame=SampleFrame.DOSSIERS, size=5, seed=SEED)
    drawn = list(sample.rows.all())
    found = [
        (SampleResult.CONFIRMED, ""),
        (SampleResult.CONFIRMED, ""),
        (SampleResult.DIFFERS, "Chưa có góc học tập cho con như hồ sơ ghi"),
        (SampleResult.CONFIRMED, ""),
    ]
    for row, (result, note) in zip(drawn, found, strict=False):
        record_result(actor=lead, row=row, result=result, note=note)
    stand_in = replace_drawn(actor=lead, row=drawn[4], reason="Cả nhà về quê, hàng xóm xác nhận")
    record_result(actor=lead, row=stand_in, result=SampleResult.CONFIRMED)
    record_visit(
        actor=lead,
        inspection=team,
        place=own,
        visited_on=last,
        window_from=datetime.date(year, 1, 1),
        window_to=last,
        findings="Các gia đình nắm được tiêu chí; sổ ghi của chi hội đầy đủ.",
    )
    add_action(
        actor=lead,
        inspection=team,
        place=own,
        text="Xem lại điểm góc học tập của hộ có kết quả khác hồ sơ",
        due_on=last + datetime.timedelta(days=10),
        responsible="Chi hội trưởng",
    )
    sign_for_team(actor=lead, inspection=team, place=own)


def _posted(user: User) -> set[int]:
    return {posting.place_id for posting in user.active_postings()}
