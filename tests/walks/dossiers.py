"""Steps of the yearly work: dossiers of every model go as far as the dice say, and stay open there."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence

from portal.lib.errors import PortalError
from recognition.choices import LearningModel, ProposalState, Stage, State
from recognition.domain import assessing, deciding, proposing, registering
from recognition.domain.assessing import Entry
from recognition.models import Proposal, Registration, ReviewMeeting
from tests.factories.recognition import full_scores
from tests.walks.steps import Done
from tests.walks.world import TODAY, World
from units.models import Registrant

MODELS = (
    LearningModel.FAMILY,
    LearningModel.FAMILY,
    LearningModel.CITIZEN,
    LearningModel.CLAN,
    LearningModel.UNIT,
    LearningModel.COMMUNITY_HAMLET,
    LearningModel.COMMUNITY_COMMUNE,
)
YEARS = (TODAY.year, TODAY.year, TODAY.year - 1)


def work(words: str, rows: Sequence[Registration]) -> Done:
    return Done(f"{words}: {[row.pk for row in rows]} of {rows[0].year}", since=rows[0].year, moved=set())


def standing_at(world: World, *states: str, most: int = 3, same: Sequence[str] = (), **where) -> list[Registration]:
    """Some dossiers in a state, alike in model, year, rules and `same`."""
    rows = Registration.objects.filter(state__in=states, **where).order_by("pk")
    rows = list(rows.select_related("rulebook", "hamlet", "commune"))
    if not rows:
        return []
    first = world.dice.choice(rows)
    names = ("model", "year", "rulebook_id", *same)
    alike = [row for row in rows if all(getattr(row, name) == getattr(first, name) for name in names)]
    return world.dice.sample(alike, min(len(alike), most))


def entries(world: World, rows: Sequence[Registration]) -> list[Entry]:
    less = world.dice.choice((0, 0, 4))
    return [Entry(row.pk, row.shown_as, scores=full_scores(row, less=less)) for row in rows]


def shown(rows: Sequence[Registration]) -> dict[int, str]:
    return {row.pk: row.shown_as for row in rows}


def enrol(world: World) -> Done | None:
    model, year = world.dice.choice(MODELS), world.dice.choice(YEARS)
    kind = registering.MODEL_KIND[model]
    people = world.some(kind, 4)
    outcome = registering.register_many(
        actor=world.officer, registrant_ids=[row.pk for row in people], model=model, year=year
    )
    return Done(f"{outcome.done} enrol as {model} of {year}", since=year, moved=set())


def score(world: World, rows: Sequence[Registration] = ()) -> Done | None:
    rows = rows or standing_at(world, State.REGISTERED, State.RETURNED, State.SELF_ASSESSED)
    if not rows:
        return None
    assessing.record_scores(actor=world.officer, stage=Stage.SELF, entries=entries(world, rows))
    return work("scored", rows)


def meet(world: World, rows: Sequence[Registration] = ()) -> Done | None:
    rows = rows or standing_at(world, State.SELF_ASSESSED, State.REVIEWED, same=("hamlet_id", "commune_id"))
    if not rows:
        return None
    meeting = ReviewMeeting(
        place=rows[0].place,
        model=rows[0].model,
        year=rows[0].year,
        held_on=datetime.date(rows[0].year, 11, 15),
        venue="Nhà văn hóa",
        chair="Trần Văn Ba",
        secretary="Lý Thị Thu",
        invited=50,
        present=40,
    )
    assessing.hold_meeting(actor=world.officer, meeting=meeting, entries=entries(world, rows))
    return work("in a meeting", rows)


def inspect(world: World, rows: Sequence[Registration] = ()) -> Done | None:
    rows = rows or standing_at(world, State.REVIEWED, State.INSPECTED, model=LearningModel.COMMUNITY_HAMLET)
    if not rows:
        return None
    assessing.record_scores(actor=world.inspector, stage=Stage.INSPECTION, entries=entries(world, rows))
    return work("inspected", rows)


def propose(world: World, rows: Sequence[Registration] = ()) -> Done | None:
    rows = rows or standing_at(world, State.REVIEWED, State.INSPECTED, same=("commune_id",))
    if not rows:
        return None
    letter = Proposal(
        place=rows[0].commune,
        model=rows[0].model,
        year=rows[0].year,
        signed_on=min(TODAY, datetime.date(rows[0].year, 12, 1)),
        signer="Phạm Thị Chi",
        signer_title="Chủ tịch",
    )
    proposing.propose(actor=world.chair, proposal=letter, shown=shown(rows))
    return work("proposed", rows)


def decide(world: World) -> Done | None:
    letters = list(Proposal.objects.filter(state=ProposalState.SENT).order_by("pk"))
    if not letters:
        return None
    letter = world.dice.choice(letters)
    rows = list(Registration.objects.filter(proposal=letter, state=State.PROPOSED).order_by("pk"))
    refused = [row for row in rows if world.dice.random() < 0.3]
    decision = deciding.prepare(
        actor=world.decider, proposal=letter, signed_on=letter.signed_on, signer="Đào", signer_title="Chủ tịch"
    )
    deciding.issue(
        actor=world.decider,
        decision=decision,
        recognise=shown([row for row in rows if row not in refused]),
        refuse=shown(refused),
        refusal_reasons=dict.fromkeys((row.pk for row in refused), "Vi phạm quy ước"),
    )
    return work("decided", rows)


def send_back(world: World) -> Done | None:
    rows = standing_at(world, State.SELF_ASSESSED, State.REVIEWED, State.INSPECTED, State.PROPOSED)
    if not rows:
        return None
    registering.send_back(actor=world.decider, shown=shown(rows), reason="Thiếu chữ ký")
    return work("sent back", rows)


def withdraw(world: World) -> Done | None:
    rows = standing_at(world, State.REGISTERED, State.RETURNED, State.REVIEWED, most=2)
    if not rows:
        return None
    registering.withdraw(actor=world.officer, shown=shown(rows), reason="Đổi ý")
    return work("withdrawn", rows)


STEPS = {enrol: 4, score: 3, meet: 3, inspect: 1, propose: 2, decide: 2, send_back: 1, withdraw: 1}


def work_of_two_years(world: World) -> None:
    """Dossiers of last year and this one, of every model, some left at every step."""
    for year in (TODAY.year - 1, TODAY.year):
        for model in dict.fromkeys(MODELS):
            people = Registrant.objects.filter(kind=registering.MODEL_KIND[model], closed_on=None).order_by("pk")
            keys = [pk for pk in people.values_list("pk", flat=True) if world.dice.random() < 0.6]
            registering.register_many(actor=world.officer, registrant_ids=keys, model=model, year=year)
    _go_on(world, score, State.REGISTERED)
    _go_on(world, meet, State.SELF_ASSESSED, "hamlet_id", "commune_id")
    _go_on(world, inspect, State.REVIEWED, model=LearningModel.COMMUNITY_HAMLET)
    for state in (State.REVIEWED, State.INSPECTED):
        _go_on(world, propose, state, "commune_id", passed=True)
    for step in (decide, decide, decide, decide, send_back, send_back, withdraw, withdraw):
        step(world)


def _go_on(world: World, step, state: str, *same: str, **where) -> None:
    """Most dossiers that stand in a state take the step, those alike together."""
    alike = defaultdict(list)
    rows = Registration.objects.filter(state=state, **where).order_by("pk")
    for row in rows.select_related("rulebook", "hamlet", "commune"):
        if world.dice.random() < 0.75:
            alike[row.model, row.year, row.rulebook_id, *(getattr(row, name) for name in same)].append(row)
    for rows in alike.values():
        try:
            step(world, rows)
        except PortalError:  # no meeting or no known body for this model
            pass
