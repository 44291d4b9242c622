"""The other learning models of the demo ward, each taken through its own rulebook's steps up to a goal."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterable
from decimal import Decimal
from itertools import cycle

from django.db.models import Q

from portal.lib.moments import as_of
from recognition.choices import MODEL_KIND, Action, LearningModel, Stage, State, Step
from recognition.domain.assessing import Entry, hold_meeting, record_scores
from recognition.domain.deciding import issue, prepare
from recognition.domain.measures.computing import count_for_dossiers
from recognition.domain.measures.freezing import type_share
from recognition.domain.proposing import propose
from recognition.domain.registering import counting_day, register_many, send_back, withdraw
from recognition.domain.rulebooks import rulebook_for
from recognition.models import Inspection, InspectionMember, Proposal, Registration, ReviewMeeting
from recognition.rules import performing_level
from units.choices import Level
from units.models import Place, Stay, User

MODELS = (
    LearningModel.CLAN,
    LearningModel.UNIT,
    LearningModel.CITIZEN,
    LearningModel.COMMUNITY_HAMLET,
    LearningModel.COMMUNITY_COMMUNE,
)
SHARE_REGISTERED = 0.9
# How far the dossiers of the running year are, dealt out in turn; a past year's are all decided.
GOALS = (
    State.RECOGNISED,
    State.SELF_ASSESSED,
    State.RECOGNISED,
    State.REVIEWED,
    State.REGISTERED,
    State.PROPOSED,
    State.RECOGNISED,
    State.RETURNED,
    State.INSPECTED,
    State.REFUSED,
    State.WITHDRAWN,
)
# A hamlet passes only when enough of its families are recognised: these are far, the others still wait for families.
GOALS_OF_READY_HAMLETS = (State.RECOGNISED, State.PROPOSED, State.INSPECTED, State.REFUSED)
LEAST = 60  # points aimed at; more where a dossier has to pass to reach its goal
LEAST_OF_RECOGNISED_HAMLET = 88
GOALS_OF_OTHER_HAMLETS = (State.REVIEWED, State.SELF_ASSESSED, State.REGISTERED, State.RETURNED, State.WITHDRAWN)
TYPED_REASON = "Theo danh sách Công dân học tập do đơn vị lập (dữ liệu trình diễn)."
_ACTION = {
    Step.SELF_ASSESS: Action.SELF_ASSESS,
    Step.REVIEW: Action.REVIEW,
    Step.INSPECT: Action.INSPECT,
    Step.PROPOSE: Action.PROPOSE,
    Step.DECIDE: Action.RECOGNISE,
}
ORDER = (Step.REGISTER, Step.SELF_ASSESS, Step.REVIEW, Step.INSPECT, Step.PROPOSE, Step.DECIDE)
REACHED = {
    State.REGISTERED: Step.REGISTER,
    State.WITHDRAWN: Step.REGISTER,
    State.SELF_ASSESSED: Step.SELF_ASSESS,
    State.RETURNED: Step.SELF_ASSESS,
    State.REVIEWED: Step.REVIEW,
    State.INSPECTED: Step.INSPECT,
    State.PROPOSED: Step.PROPOSE,
    State.RECOGNISED: Step.DECIDE,
    State.REFUSED: Step.DECIDE,
}


def build_models(rng: random.Random, users: dict[str, User], *, year: int, wards: Iterable[Place], mixed: bool) -> dict:
    """Every model but the family's, in the wards of that year; counts by model and state.

    `mixed`: dossiers stand at every stage, else they go as far as their rules know an authority. A model that has no
    rules for the year has no dossiers either.
    """
    for ward in wards:
        for model in MODELS:
            _one_model(rng, users, year, ward, model, mixed=mixed)
    return {
        model.value: Registration.objects.filter(year=year, model=model, commune__in=list(wards)).count()
        for model in MODELS
    }


def _one_model(rng, users: dict[str, User], year: int, ward: Place, model: str, *, mixed: bool) -> None:
    day = counting_day(year)
    if rulebook_for(model, year, ward.province) is None:
        return
    standing = Stay.objects.filter(Q(until__isnull=True) | Q(until__gt=day), commune=ward, since__lte=day)
    standing = standing.filter(kind=MODEL_KIND[model])
    if model in (LearningModel.COMMUNITY_HAMLET, LearningModel.COMMUNITY_COMMUNE):
        standing = standing.filter(hamlet__isnull=model == LearningModel.COMMUNITY_COMMUNE)
    found = standing.order_by("registrant_id").values_list("registrant_id", flat=True)
    few = model not in (LearningModel.UNIT, LearningModel.CITIZEN)
    chosen = [pk for pk in found if few or rng.random() < SHARE_REGISTERED]
    if not chosen:
        return
    offset = datetime.timedelta(days=2 * MODELS.index(model))
    with as_of(_DAYS[Step.REGISTER](year) + offset):
        register_many(actor=users["phuong"], registrant_ids=chosen, model=model, year=year)
    rows = Registration.objects.filter(commune=ward, year=year, model=model).select_related(
        "rulebook", "registrant__organisation", "hamlet", "commune"
    )
    by_rulebook: dict[int, list[Registration]] = {}
    for position, row in enumerate(rows.order_by("pk")):
        row.goal = GOALS[position % len(GOALS)] if mixed and len(chosen) > 1 else State.RECOGNISED
        row.least = LEAST
        by_rulebook.setdefault(row.rulebook_id, []).append(row)
    if mixed and model == LearningModel.COMMUNITY_HAMLET:
        _goals_of_hamlets([row for part in by_rulebook.values() for row in part])
    for part in by_rulebook.values():
        _walk(rng, users, year, ward, part, offset)
    if mixed:
        _loose_ends(users, year, [row for part in by_rulebook.values() for row in part])


def _goals_of_hamlets(rows: list[Registration]) -> None:
    found = count_for_dossiers({row.pk: row.rulebook.spec for row in rows})
    ready, others = cycle(GOALS_OF_READY_HAMLETS), cycle(GOALS_OF_OTHER_HAMLETS)
    for row in rows:
        required = next(one for one in row.rulebook.spec.derived if one.code == "D-03").required["NORMAL"]
        row.goal = next(ready if found[row.pk]["D-03"].share.meets(required) else others)
        row.least = LEAST_OF_RECOGNISED_HAMLET if row.goal == State.RECOGNISED else LEAST


def _type_shares(actor: User, rows: list[Registration]) -> None:
    """Organisations know their learning citizens better than a ward's register: they declare them, with a reason."""
    for row in rows:
        for derived in row.rulebook.spec.derived:
            if not derived.measure.startswith("unit_") or not derived.required or row.goal != State.RECOGNISED:
                continue
            values = {"numerator": 48, "denominator": 50, "reason": TYPED_REASON}
            type_share(actor=actor, registration=row, code=derived.code, **values)


# When a step is usually taken; every model some days later than the one before it, as they are worked off in life.
_DAYS = {
    Step.REGISTER: lambda year: datetime.date(year, 3, 5),
    Step.SELF_ASSESS: lambda year: datetime.date(year, 10, 12),
    Step.REVIEW: lambda year: datetime.date(year, 11, 5),
    Step.INSPECT: lambda year: datetime.date(year, 11, 12),
    Step.PROPOSE: lambda year: datetime.date(year, 11, 14),
    Step.DECIDE: lambda year: datetime.date(year, 11, 18),
}
_HANDED_IN_BY = 3  # self-scores come in three lots, five days apart


def _walk(
    rng, users: dict[str, User], year: int, ward: Place, rows: list[Registration], offset: datetime.timedelta
) -> None:
    """Take the dossiers of one rulebook from step to step, each as far as its goal; where the rules name no
    authority, all stop."""
    rulebook, day = rows[0].rulebook, datetime.date(year, 1, 1)
    sheets = {row.pk: _scores(rng, row) for row in rows}
    for step in rulebook.spec.steps[1:]:
        level = performing_level(rulebook, _ACTION[step], year)
        due = [row for row in rows if ORDER.index(REACHED[row.goal]) >= ORDER.index(step)]
        due = _as_they_stand(due)
        if rulebook.spec.step_named(step).optional:
            due = [row for row in due if row.goal == State.INSPECTED]
        if not due:
            continue
        place = {Level.DISTRICT: ward.district, Level.PROVINCE: ward.province}.get(level, ward)
        actor = users[_ACTORS.get((step, level), "phuong")]
        if level is None or (step == Step.PROPOSE and performing_level(rulebook, Action.RECOGNISE, year) is None):
            return  # nobody is named to answer a proposal either
        day = max(day, _DAYS[step](year) + offset)  # a step is never taken before the one it follows
        with as_of(day):
            if step == Step.REVIEW:
                _review(actor, year, due, sheets, at_hamlet=level == Level.HAMLET)
            elif step == Step.INSPECT:
                _inspect(actor, year, place, due, sheets)
            elif step == Step.PROPOSE:
                _propose(actor, year, ward, due)
            elif step == Step.DECIDE:
                _decide(actor, year, due)
        for lot in range(_HANDED_IN_BY if step == Step.SELF_ASSESS else 0):
            with as_of(day + datetime.timedelta(days=5 * lot)):
                entries = [Entry(row.pk, row.state, scores=sheets[row.pk]) for row in due[lot::_HANDED_IN_BY]]
                record_scores(actor=actor, stage=Stage.SELF, entries=entries)
        if step == Step.SELF_ASSESS:
            _type_shares(actor, due)


_ACTORS = {
    (Step.INSPECT, Level.COMMUNE): "chutich",
    (Step.INSPECT, Level.DISTRICT): "kiemtra",
    (Step.INSPECT, Level.PROVINCE): "thanhtra",
    (Step.DECIDE, Level.COMMUNE): "quyetdinh",
    (Step.DECIDE, Level.DISTRICT): "ubndquan10",
    (Step.DECIDE, Level.PROVINCE): "ubndtp",
}


def _as_they_stand(rows: list[Registration]) -> list[Registration]:
    now = Registration.objects.in_bulk([row.pk for row in rows])
    for row in rows:
        row.state, row.passed, row.proposal_id = now[row.pk].state, now[row.pk].passed, now[row.pk].proposal_id
    return rows


def _scores(rng, row: Registration) -> dict[str, Decimal]:
    """Points around 90 % of each maximum; of a checklist all indicators, those of the first level, or some."""
    spec = row.rulebook.spec
    organisation = getattr(row.registrant, "organisation", None)
    leaves = [leaf for leaf in spec.leaves if leaf.is_for(organisation.type if organisation else "")]
    if spec.evaluation == "levels":
        first = min(spec.levels)
        missed = {"all": set(), "first": {leaf.code for leaf in leaves if first not in leaf.levels}}
        missed["some"] = {rng.choice(leaves).code}
        short = missed[rng.choices(("all", "first", "some"), (4, 5, 1))[0]]
        return {leaf.code: Decimal(leaf.code not in short) for leaf in leaves}
    target = min(max(rng.gauss(90, 5), row.least), 99)
    scores = {}
    for leaf in leaves:
        share = min(max(rng.gauss(target / 100, 0.05), 0.4), 1)
        scores[leaf.code] = Decimal(round(float(leaf.maximum) * share * 2)) / 2
    return scores


def _review(actor: User, year: int, rows: list[Registration], sheets: dict, *, at_hamlet: bool) -> None:
    """A meeting of each hamlet, or of the ward where it reviews."""
    for place in {row.hamlet if at_hamlet else row.commune for row in rows}:
        meeting = ReviewMeeting(
            place=place,
            model=rows[0].model,
            year=year,
            held_on=min(datetime.date(year, 11, 12), counting_day(year)),
            starts_at=datetime.time(14, 0),
            ends_at=datetime.time(16, 0),
            venue=f"Văn phòng {place.name}",
            chair="Lê Thị Mai",
            secretary="Phan Thị Hạnh",
            front_representative="Đinh Văn Lộc",
            invited=20,
            present=18,
            opinions="Hội nghị thống nhất với kết quả tự chấm điểm.",
        )
        here = [row for row in rows if (row.hamlet if at_hamlet else row.commune) == place]
        entries = [
            Entry(row.pk, row.state, scores=sheets[row.pk], votes_for=17, votes_against=1)
            for row in sorted(here, key=lambda row: row.pk)
        ]
        hold_meeting(actor=actor, meeting=meeting, entries=entries)


def _inspect(actor: User, year: int, place: Place, rows: list[Registration], sheets: dict) -> None:
    model = rows[0].model
    team = Inspection.objects.filter(place=place, model=model, year=year).first()
    if team is None:
        team = Inspection.objects.create(
            place=place,
            model=model,
            year=year,
            decision_number="(dữ liệu trình diễn)",
            decision_on=min(datetime.date(year, 11, 21), counting_day(year)),
            starts_on=min(datetime.date(year, 11, 22), counting_day(year)),
            ends_on=min(datetime.date(year, 11, 24), counting_day(year)),
            note="Điểm là số liệu dựng cho bản trình diễn.",
            created_by_name=actor.full_name,
        )
        InspectionMember.objects.create(inspection=team, user=actor, name=actor.full_name, is_lead=True)
    entries = [Entry(row.pk, row.state, scores=sheets[row.pk]) for row in rows]
    record_scores(actor=actor, stage=Stage.INSPECTION, entries=entries)


def _propose(actor: User, year: int, ward: Place, rows: list[Registration]) -> None:
    shown = {row.pk: row.state for row in rows if row.passed is not False}
    if not shown:
        return
    own = rows[0].model == LearningModel.COMMUNITY_COMMUNE
    proposal = Proposal(
        place=ward,
        model=rows[0].model,
        year=year,
        signed_on=min(datetime.date(year, 11, 20), counting_day(year)),
        signer="Phạm Quốc Đạo" if own else "Trần Thị Chi",
        signer_title="Chủ tịch" if own else "Chủ tịch Hội",
    )
    propose(actor=actor, proposal=proposal, shown=shown)


def _decide(actor: User, year: int, rows: list[Registration]) -> None:
    """Everybody who passed is recognised but those whose goal is a refusal; the others are refused with a reason."""
    waiting = [row for row in rows if row.proposal_id]
    if not waiting:
        return
    yes = {row.pk: row.state for row in waiting if row.passed and row.goal == State.RECOGNISED}
    no = {row.pk: row.state for row in waiting if row.pk not in yes}
    draft = prepare(
        actor=actor,
        proposal=Proposal.objects.get(pk=waiting[0].proposal_id),
        signed_on=min(datetime.date(year, 11, 25), counting_day(year)),
        signer=actor.full_name,
        signer_title="Chủ tịch",
    )
    reasons = dict.fromkeys(no, "Minh chứng chưa đầy đủ khi đối chiếu.")
    issue(actor=actor, decision=draft, recognise=yes, refuse=no, refusal_reasons=reasons)


def _loose_ends(users: dict[str, User], year: int, rows: list[Registration]) -> None:
    rows = _as_they_stand(rows)
    gone = {row.pk: row.state for row in rows if row.goal == State.WITHDRAWN}
    back = {row.pk: row.state for row in rows if row.goal == State.RETURNED}
    if gone:
        with as_of(datetime.date(year, 6, 15)):
            withdraw(actor=users["phuong"], shown=gone, reason="Xin rút đăng ký năm nay.")
    if back:
        with as_of(datetime.date(year, 11, 16)):
            send_back(actor=users["chutich"], shown=back, reason="Đề nghị bổ sung minh chứng.")
