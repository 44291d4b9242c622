"""Meetings, proposals and decisions of one commune's years: one of each where dossiers came that far."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass

from django.utils import timezone
from psycopg2.extras import execute_values

from recognition.choices import DecisionState, ProposalState, State
from recognition.domain.deciding import CERTIFICATES, authority_name
from recognition.domain.deciding import SYMBOL as DECISION_SYMBOL
from recognition.domain.generating.names import person
from recognition.domain.generating.plan import MODEL, CommunePlan, Plan
from recognition.domain.generating.years import DECIDED, TABLE
from recognition.domain.kept_lists import keep_letters, keep_minutes
from recognition.domain.numbering import reserve
from recognition.domain.proposing import SYMBOL as PROPOSAL_SYMBOL
from recognition.models import Decision, Proposal, Registration, ReviewMeeting
from recognition.rules import reference_day
from units.models import Place

MAKER = "Dữ liệu giả lập"
MEETINGS = "generated_meeting"
PROPOSALS = "generated_proposal"
REVIEWED_STATES = (State.REVIEWED, State.PROPOSED, State.REFUSED, State.RECOGNISED)
PROPOSED_STATES = (State.PROPOSED, State.REFUSED, State.RECOGNISED)


@dataclass(frozen=True)
class Paper:
    """Dossiers of one commune and year that were proposed together; `recognised` counts those with a certificate."""

    commune: Place
    year: int
    goal: int
    recognised: int

    @property
    def decided(self) -> bool:
        return self.goal == DECIDED


def create_scratch(cursor) -> None:
    """Scratch tables of the session; emptied before each commune."""
    for table in (MEETINGS, PROPOSALS):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
    cursor.execute(f"CREATE TEMPORARY TABLE {MEETINGS} (hamlet_id bigint, year smallint, id bigint, held_on date)")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {PROPOSALS} (commune_id bigint, year smallint, goal smallint, id bigint,"
        " signed_on date, decision_id bigint, decided_on date, valid_until date, first_certificate integer)"
    )


@dataclass(frozen=True)
class Written:
    """Meetings and letters of one commune, before its dossiers stand in them."""

    meetings: list[ReviewMeeting]
    letters: list[Proposal]


def write_papers(cursor, plan: Plan, commune: CommunePlan, hamlets: dict[int, Place]) -> Written:
    """Hold the meetings, send the proposals and issue the decisions the chosen outcomes need."""
    rng = random.Random(f"{plan.seed}:{commune.commune.code}:papers")
    cursor.execute(f"TRUNCATE {MEETINGS}, {PROPOSALS}")
    meetings = _meetings(cursor, rng, hamlets)
    communes = {place.pk: place for place in (commune.commune, *commune.former)}
    return Written(meetings, _proposals(cursor, rng, plan, communes))


def keep_lists(written: Written, commune: CommunePlan) -> None:
    """Keep the lists of meetings and letters, as the verbs do, once the dossiers are written."""
    communes = [commune.commune, *commune.former]
    dossiers = Registration.objects.filter(commune__in=communes, model=MODEL)
    keep_minutes(written.meetings, dossiers)
    keep_letters(written.letters, dossiers)


def _meetings(cursor, rng: random.Random, hamlets: dict[int, Place]) -> list[ReviewMeeting]:
    cursor.execute(
        f"SELECT d.hamlet_id, d.year FROM {TABLE} d JOIN units_place p ON p.id = d.hamlet_id"
        " WHERE d.state = ANY(%s) GROUP BY d.hamlet_id, d.year, p.code ORDER BY d.year, p.code",
        [[str(state) for state in REVIEWED_STATES]],
    )
    meetings = []
    for hamlet_id, year in cursor.fetchall():
        present = rng.randint(38, 72)
        meetings.append(
            ReviewMeeting(
                place_id=hamlet_id,
                model=MODEL,
                year=year,
                held_on=_past(datetime.date(year, 11, rng.randint(5, 15))),
                starts_at=datetime.time(19),
                ends_at=datetime.time(21),
                venue=f"Nhà văn hóa {hamlets[hamlet_id].name}",
                chair=person(rng),
                secretary=person(rng),
                front_representative=person(rng),
                invited=present + rng.randint(0, 15),
                present=present,
                opinions="Các hộ thống nhất với kết quả tự chấm điểm.",
                created_by_name=MAKER,
            )
        )
    ReviewMeeting.objects.bulk_create(meetings)
    if meetings:
        rows = [(one.place_id, one.year, one.pk, one.held_on) for one in meetings]
        execute_values(cursor.cursor, f"INSERT INTO {MEETINGS} VALUES %s", rows, page_size=1000)
    return meetings


def _proposals(cursor, rng: random.Random, plan: Plan, communes: dict[int, Place]) -> list[Proposal]:
    cursor.execute(
        f"SELECT d.commune_id, d.year, d.goal, count(*) FILTER (WHERE d.state = %s) FROM {TABLE} d"
        " JOIN units_place p ON p.id = d.commune_id WHERE d.state = ANY(%s)"
        " GROUP BY d.commune_id, d.year, d.goal, p.code ORDER BY d.year, p.code, d.goal DESC",
        [str(State.RECOGNISED), [str(state) for state in PROPOSED_STATES]],
    )
    papers = [Paper(communes[pk], year, goal, recognised) for pk, year, goal, recognised in cursor.fetchall()]
    proposals = [_proposal(rng, paper) for paper in papers]
    Proposal.objects.bulk_create(proposals)
    decisions = {
        proposal: _decision(rng, plan, paper, proposal)
        for paper, proposal in zip(papers, proposals, strict=True)
        if paper.decided
    }
    Decision.objects.bulk_create(decisions.values())
    rows = []
    for paper, proposal in zip(papers, proposals, strict=True):
        decision = decisions.get(proposal)
        until = first = None
        if decision is not None:
            until = plan.rulebooks[paper.year].spec.validity.until(decision.signed_on)
            if paper.recognised:
                first = reserve(
                    place=paper.commune, series=CERTIFICATES, year=decision.number_year, count=paper.recognised
                )
        rows.append(
            (
                paper.commune.pk,
                paper.year,
                paper.goal,
                proposal.pk,
                proposal.signed_on,
                decision and decision.pk,
                decision and decision.signed_on,
                until,
                first,
            )
        )
    if rows:
        execute_values(cursor.cursor, f"INSERT INTO {PROPOSALS} VALUES %s", rows)
    return proposals


def _proposal(rng: random.Random, paper: Paper) -> Proposal:
    signed_on = _past(datetime.date(paper.year, 11, 18))
    return Proposal(
        place=paper.commune,
        to_place=paper.commune,
        model=MODEL,
        year=paper.year,
        number=reserve(place=paper.commune, series=PROPOSAL_SYMBOL, year=signed_on.year),
        symbol=PROPOSAL_SYMBOL,
        signed_on=signed_on,
        signer=person(rng),
        signer_title="Chủ tịch Hội",
        state=ProposalState.DECIDED if paper.decided else ProposalState.SENT,
        created_by_name=MAKER,
    )


def _decision(rng: random.Random, plan: Plan, paper: Paper, proposal: Proposal) -> Decision:
    signed_on = _past(datetime.date(paper.year, 11, 21))
    spec = plan.rulebooks[paper.year].spec
    authority = spec.authority_on(reference_day(paper.year))
    return Decision(
        place=paper.commune,
        authority=authority_name(authority.authority, paper.commune),
        model=MODEL,
        year=paper.year,
        proposal=proposal,
        number=reserve(place=paper.commune, series=DECISION_SYMBOL, year=signed_on.year),
        number_year=signed_on.year,
        symbol=DECISION_SYMBOL,
        signed_on=signed_on,
        signer=person(rng),
        signer_title="Chủ tịch",
        grounds=[
            *(f"Căn cứ {basis.document};" for basis in spec.legal_basis),
            f"Xét Tờ trình số {proposal} ngày {proposal.signed_on:%d/%m/%Y} của Hội Khuyến học {paper.commune.name}.",
        ],
        state=DecisionState.ISSUED,
        issued_at=timezone.now(),
        issued_by_name=MAKER,
    )


def _past(day: datetime.date) -> datetime.date:
    """Papers of the running year are never dated after today."""
    return min(day, timezone.localdate())
