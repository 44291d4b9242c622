"""Quận 10 in 2017: fifteen wards self-scored and inspected on the 15 criteria of Circular 44/2014.

The scores are invented; they give the printed result of article 004: wards 6 and 13 "tốt", twelve "khá". The article
leaves one ward unaccounted for (2 + 12 = 14 of 15), so one, drawn by the seed, stays without a result.
"""

from __future__ import annotations

import datetime
import random
from decimal import Decimal

from recognition.choices import LearningModel, Stage, State
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.deciding import issue, prepare
from recognition.domain.inspecting import Member, create_inspection, split_criteria
from recognition.domain.inspection_sheets import inspect
from recognition.domain.inspection_signing import sign_for_team
from recognition.domain.proposing import propose
from recognition.domain.registering import register_many
from recognition.domain.visiting import add_action, plan_visits
from recognition.models import Inspection, Proposal, Registration
from units.domain.communities import add_community
from units.models import Place, User

YEAR = 2017
MODEL = LearningModel.COMMUNITY_COMMUNE
GOOD_WARDS = ("Phường 6", "Phường 13")
SIGNING_WARD = "Phường 13"  # became a part of Phường Hòa Hưng, whose people have accounts to sign with
NUMBERED = [f"Phường {number}" for number in range(1, 16)]


def build_district_2017(rng: random.Random, users: dict[str, User], district: Place) -> dict:
    """The whole chain of 2017 for the 15 wards. Returns the ranks by ward name."""
    officer, decider = users["hoiquan10"], users["ubndquan10"]
    wards = Place.objects.filter(district=district, level="commune", name__in=NUMBERED)
    wards = list(wards.on(datetime.date(YEAR, 12, 31)).order_by("sort_key"))
    registrants = [add_community(actor=officer, place=ward, opened_on=datetime.date(2016, 1, 1)) for ward in wards]
    register_many(actor=officer, registrant_ids=[row.pk for row in registrants], model=MODEL, year=YEAR)
    rows = {
        row.commune_id: row
        for row in Registration.objects.filter(district=district, year=YEAR, model=MODEL).select_related("rulebook")
    }
    without_result = rng.choice([ward.name for ward in wards if ward.name not in GOOD_WARDS])
    record_scores(
        actor=officer,
        stage=Stage.SELF,
        entries=[
            Entry(
                rows[ward.pk].pk,
                State.REGISTERED,
                scores=_scores(rng, rows[ward.pk], 92 if ward.name in GOOD_WARDS else 84),
            )
            for ward in wards
        ],
    )
    for ward in wards:
        proposal = Proposal(
            place=ward,
            model=MODEL,
            year=YEAR,
            signed_on=datetime.date(2017, 12, 11),
            signer="Hồ Thị Phượng",
            signer_title="Chủ tịch Hội",
        )
        propose(actor=officer, proposal=proposal, shown={rows[ward.pk].pk: State.SELF_ASSESSED})
    _inspect(rng, users, district, wards, rows, without_result)
    _decide(decider, wards, rows, without_result)
    ranks = dict(
        Registration.objects.filter(pk__in=[row.pk for row in rows.values()]).values_list("commune__name", "rank")
    )
    return {"ranks": ranks, "without_result": without_result}


def _scores(rng, row: Registration, target: float) -> dict[str, Decimal]:
    """Invented points per criterion around a target share of each maximum, in half points."""
    scores = {}
    for leaf in row.rulebook.spec.leaves:
        share = min(max(rng.gauss(target / 100, 0.05), 0.4), 1)
        scores[leaf.code] = Decimal(round(float(leaf.maximum) * share * 2)) / 2
    return scores


def _fit(rng, row: Registration, low: float, high: float) -> dict[str, Decimal]:
    """Points whose total lies in [low, high): raised or lowered half a point at a time."""
    scores = _scores(rng, row, (low + high) / 2)
    leaves = {leaf.code: leaf.maximum for leaf in row.rulebook.spec.leaves}
    half = Decimal("0.5")
    while not low <= sum(scores.values()) < high:
        up = sum(scores.values()) < low
        code = rng.choice([code for code in leaves if (scores[code] < leaves[code] if up else scores[code] > 0)])
        scores[code] += half if up else -half
    return scores


def _inspect(rng, users: dict[str, User], district: Place, wards, rows, without_result: str) -> None:
    """Two inspectors with the criteria split between them; every ward but one visited, scored and signed."""
    lead, second = users["kiemtra"], users["thanhtra"]
    team = create_inspection(
        actor=lead,
        inspection=Inspection(
            place=district,
            model=MODEL,
            year=YEAR,
            decision_number="(dữ liệu trình diễn)",
            decision_on=datetime.date(2017, 12, 15),
            starts_on=datetime.date(2017, 12, 18),
            ends_on=datetime.date(2018, 1, 19),
            note="Điểm là số liệu dựng cho bản trình diễn; chỉ kết quả xếp loại theo bài báo 004.",
        ),
        members=[Member(lead.full_name, lead, is_lead=True), Member(second.full_name, second)],
    )
    days = {ward.pk: datetime.date(2017, 12, 18) + datetime.timedelta(days=2 * n) for n, ward in enumerate(wards)}
    plan_visits(actor=lead, inspection=team, dates=days)
    members = {one.user_id: one.pk for one in team.members.all()}
    codes = [criterion.code for criterion in rows[wards[0].pk].rulebook.spec.criteria]
    split_criteria(
        actor=lead,
        inspection=team,
        duties={code: members[lead.pk if n < 8 else second.pk] for n, code in enumerate(codes)},
    )
    fresh = {row.commune_id: row for row in Registration.objects.filter(district=district, year=YEAR, model=MODEL)}
    for ward in wards:
        if ward.name == without_result:
            continue
        bounds = (86, 95) if ward.name in GOOD_WARDS else (72, 84)
        inspect(
            actor=lead,
            registration=fresh[ward.pk],
            shown=State.PROPOSED,
            scores=_fit(rng, rows[ward.pk], *bounds),
            remarks={"visited_on": days[ward.pk].isoformat(), "window": "01/01/2017–31/12/2017"},
        )
    _follow_up(lead, team, next(ward for ward in wards if ward.name == SIGNING_WARD))


def _follow_up(lead: User, team: Inspection, ward: Place) -> None:
    """One ward with something to put right, its minutes signed by the team."""
    add_action(
        actor=lead,
        inspection=team,
        place=ward,
        code="1",
        text="Bổ sung kế hoạch xây dựng cộng đồng học tập theo quý",
        due_on=datetime.date(2018, 2, 28),
        responsible="Hội Khuyến học phường",
    )
    sign_for_team(actor=lead, inspection=team, place=ward)


def _decide(decider: User, wards, rows, without_result: str) -> None:
    """One decision per proposal, as each ward sent its own."""
    for ward in wards:
        if ward.name == without_result:
            continue
        row = Registration.objects.select_related("proposal").get(pk=rows[ward.pk].pk)
        draft = prepare(
            actor=decider,
            proposal=row.proposal,
            signed_on=datetime.date(2018, 2, 26),
            signer="Ngô Đức Thành",
            signer_title="Chủ tịch",
        )
        issue(actor=decider, decision=draft, recognise={row.pk: State.INSPECTED})
