"""What waits for whom: one line per kind of work and place, with how many, since when and until when.

Asked of all desks at once, so the page of one person and the reminders of everybody come from the same code and never
disagree. A fixed number of statements, whatever the number of desks and dossiers. No names of families.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import connection
from django.db.models import Count, F, Min, Q
from django.utils import timezone

from recognition.choices import (
    STEP_STATE,
    ActionState,
    LearningModel,
    RulebookStatus,
    State,
    Step,
    VisitState,
    WorkKind,
    YearReportState,
)
from recognition.domain.closing import SIGNERS
from recognition.domain.desks import Desk, Piles, desks_of
from recognition.models import ActionPoint, DocumentReceipt, InspectionVisit, Objection, Rulebook, YearReport
from recognition.rules import needs_pass, reference_day, season_closed, staff_roles
from recognition.workflow import next_steps
from units.choices import LEVEL_ORDER, REGISTER_KEEPERS, ImportState, Level, Role
from units.models import ImportBatch, Place, Posting
from units.rules import Scope

OPEN_STATES = tuple(str(state) for state in (*STEP_STATE.values(), State.RETURNED))
REPORTS_FROM = (12, 1)  # a year's report is asked for from this day of the year on
_COLUMNS = ("hamlet_id", "commune_id", "district_id", "province_id")


@dataclass(frozen=True)
class Work:
    """One line of a work list. `target`: the paper it is about, where a line stands for a single one."""

    user_id: int
    kind: str
    place: Place | None
    year: int
    count: int
    model: str = ""
    state: str = ""
    step: str = ""
    passed_only: bool = False
    rulebook_id: int | None = None  # set when the list holds dossiers of other rulebooks that wait for somebody else
    rulebook_title: str = ""
    oldest: datetime.date | None = None
    due: datetime.date | None = None
    provisional: bool = False  # the deadline was not compared with the original text
    target: int | None = None

    def days_waiting(self, today: datetime.date) -> int | None:
        """Whole days the oldest has waited."""
        return None if self.oldest is None else max((today - self.oldest).days, 0)

    def days_left(self, today: datetime.date) -> int | None:
        """Days until the last day; negative when it is over."""
        return None if self.due is None else (self.due - today).days

    def is_late(self, today: datetime.date) -> bool:
        """Is the last day over? On that day itself it is not."""
        return self.due is not None and self.due < today

    @property
    def key(self) -> str:
        """What this line is about, the same from day to day."""
        parts = (self.place.pk if self.place else 0, self.year, self.model, self.state, self.step)
        return ":".join(str(part or "") for part in (self.kind, *parts, self.rulebook_id, self.target))


def work_of(postings: Iterable[Posting], year: int, today: datetime.date | None = None) -> list[Work]:
    """Everything that waits at the desks of `postings` for an assessed year, late lines first."""
    today = today or timezone.localdate()
    desks = desks_of(postings)
    if not desks:
        return []
    found = [] if season_closed(year) else _dossiers(desks, year)
    found += _objections(desks, year) + _visits(desks, year) + _reports(desks, year, today) + _imports(desks, year)
    found += _documents(desks, year)
    return sorted(found, key=lambda one: (not one.is_late(today), one.kind != WorkKind.RETURNED, _order(one)))


def _order(one: Work) -> tuple:
    return one.due is None, one.due or datetime.date.max


# --- Dossiers


@dataclass(frozen=True)
class _Group:
    """Dossiers alike in everything that decides who takes the next step."""

    rulebook_id: int
    model: str
    state: str
    passed: bool
    count: int
    oldest: datetime.date


def _dossiers(desks: list[Desk], year: int) -> list[Work]:
    groups = _groups(desks, year)
    ids = {group.rulebook_id for rows in groups.values() for group in rows}
    rulebooks = Rulebook.objects.in_bulk(ids)
    found = []
    for desk in desks:
        lines = defaultdict(list)
        listed = defaultdict(list)
        for group in groups.get(desk.place.pk, ()) if desk.place else ():
            listed[group.model, group.state].append(group)
            step, kind = _step_of(desk, rulebooks[group.rulebook_id], group, year)
            if step is not None:
                lines[group.model, group.state].append((group, step, kind))
        for (model, state), rows in lines.items():
            found += _lines(desk, year, model, state, rows, listed[model, state], rulebooks)
    return found


def _groups(desks: list[Desk], year: int) -> dict[int, list[_Group]]:
    """Open dossiers by desk place. One statement a level of places, and one for the rules above the ward."""
    by_level = defaultdict(dict)
    for desk in desks:
        if desk.place:
            by_level[desk.place.level][desk.place.pk] = desk
    found = defaultdict(list)
    for level, rows in by_level.items():
        pairs = [(root, member) for root, desk in rows.items() for member in desk.members]
        params = [[root for root, _member in pairs], [member for _root, member in pairs], year, list(OPEN_STATES)]
        if level in (Level.HAMLET, Level.COMMUNE):
            join = f"JOIN recognition_registration r ON r.{level}_id = l.member"
        else:  # the index of dossiers starts with the ward; above it only few models have steps
            join = (
                f"JOIN units_place c ON c.level = 'commune' AND c.{level}_id = l.member"
                " JOIN recognition_registration r ON r.commune_id = c.id AND r.model = ANY(%s)"
            )
            params.insert(2, _models_above(level, {role for desk in rows.values() for role in desk.roles}, year))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.root, r.rulebook_id, r.model, r.state, r.passed IS TRUE, count(*), min(r.state_at)"
                f" FROM unnest(%s::bigint[], %s::bigint[]) AS l(root, member) {join}"
                " WHERE r.year = %s AND r.state = ANY(%s) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 3, 4, 2, 5",
                params,
            )
            for root, rulebook_id, model, state, passed, count, oldest in cursor.fetchall():
                group = _Group(rulebook_id, model, state, passed, count, timezone.localdate(oldest))
                found[root].append(group)
    return found


def _models_above(level: str, roles: set[str], year: int) -> list[str]:
    """Models in whose rules somebody of `roles` has a step at `level`."""
    rows = Rulebook.objects.filter(valid_from_year__lte=year).exclude(status=RulebookStatus.DRAFT)
    rows = rows.filter(Q(valid_to_year__isnull=True) | Q(valid_to_year__gte=year))
    return sorted(
        {
            row.model
            for row in rows
            if any(roles.intersection(step.roles) and _performs(level, step, year) for step in row.spec.procedure)
        }
    )


def _performs(level: str, step, year: int) -> bool:
    """Does a place of `level` take the step? The level that performs it or one above it; a decision only its own."""
    wanted = step.level_on(reference_day(year))
    if wanted is None:
        return False
    if step.step == Step.DECIDE:
        return level == wanted
    return LEVEL_ORDER.index(Level(level)) <= LEVEL_ORDER.index(Level(wanted))


def _step_of(desk: Desk, rulebook: Rulebook, group: _Group, year: int):
    """(step, kind of line) the desk takes next with dossiers of this group; (None, "") when it is not its turn."""
    spec = rulebook.spec
    steps = next_steps(spec, group.state)
    if group.state == State.RETURNED:
        first = spec.procedure[0]
        mine = desk.roles.intersection(first.roles) and _performs(desk.level, first, year) and steps
        return (spec.step_named(steps[0]), WorkKind.RETURNED) if mine else (None, "")
    for name in steps:
        step = spec.step_named(name)
        if not desk.roles.intersection(step.roles) or not _performs(desk.level, step, year):
            continue
        if name == Step.INSPECT and _is_own(desk, group.model):
            continue
        if name == Step.PROPOSE and needs_pass(rulebook, Step.PROPOSE) and not group.passed:
            continue
        return step, WorkKind.STEP
    return None, ""


def _is_own(desk: Desk, model: str) -> bool:
    """Nobody inspects the community of their own place."""
    own = {LearningModel.COMMUNITY_HAMLET: Level.HAMLET, LearningModel.COMMUNITY_COMMUNE: Level.COMMUNE}.get(model)
    return own is not None and LEVEL_ORDER.index(Level(desk.level)) >= LEVEL_ORDER.index(own)


def _lines(desk, year, model, state, rows, listed, rulebooks) -> list[Work]:
    """Lines of one model and state: one a step; one a rulebook where the plain list holds dossiers of others, too."""
    by_step = defaultdict(list)
    for group, step, kind in rows:
        passed_only = step.step == Step.PROPOSE and needs_pass(rulebooks[group.rulebook_id], Step.PROPOSE)
        by_step[step.step, kind, passed_only].append((group, step))
    found = []
    for (name, kind, passed_only), pairs in by_step.items():
        whole = sum(group.count for group in listed if group.passed or not passed_only)
        ids = (
            {None} if whole == sum(group.count for group, _step in pairs) else {one.rulebook_id for one, _step in pairs}
        )
        for rulebook_id in sorted(ids, key=lambda pk: pk or 0):
            part = [pair for pair in pairs if rulebook_id in (None, pair[0].rulebook_id)]
            found.append(_line(desk, year, model, state, name, kind, part, passed_only, rulebooks.get(rulebook_id)))
    return found


def _line(desk, year, model, state, name, kind, pairs, passed_only, rulebook) -> Work:
    deadlines = [step.deadline for _group, step in pairs if step.deadline]
    nearest = min(deadlines, key=lambda one: one.on(year), default=None)
    return Work(
        user_id=desk.user_id,
        kind=kind,
        place=desk.place,
        year=year,
        count=sum(group.count for group, _step in pairs),
        model=model,
        state=state,
        step=name,
        passed_only=passed_only,
        rulebook_id=rulebook.pk if rulebook else None,
        rulebook_title=rulebook.title if rulebook else "",
        oldest=min(group.oldest for group, _step in pairs),
        due=nearest.on(year) if nearest else None,
        provisional=nearest is not None and nearest.fact.confidence != "V",
    )


# --- Everything else


def _inside(desks: list[Desk], prefix: str, *, own: bool = False) -> Q:
    """Filter for rows inside any of the desks' places."""
    scope = Scope(everything=any(desk.place is None for desk in desks))
    for desk in desks:
        if desk.place:
            scope.places.setdefault(desk.place.level, set()).update(desk.members)
    return scope.q(prefix=prefix, own=own)


def _objections(desks: list[Desk], year: int) -> list[Work]:
    """Objections whose answer is this person's; the clock counts working days."""
    mine = [desk for desk in desks if desk.place and desk.holds(Role.WARD_CHAIR, Role.DECIDER)]
    if not mine:
        return []
    columns = [f"registration__{name}" for name in _COLUMNS]
    rows = (
        Objection.objects.filter(_inside(mine, "registration__"), outcome="", registration__year=year)
        .values_list(*columns)
        .annotate(Count("pk"), Min("received_on"), Min("due_on"))
    )
    piles = Piles()
    for *places, count, oldest, due in rows:
        piles.add(places, count, oldest, due)
    return _from_piles(mine, piles, WorkKind.OBJECTION, year, provisional=True)


def _from_piles(desks, piles: Piles, kind: str, year: int, **more) -> list[Work]:
    lines = []
    for desk in desks:
        pile = piles.at(desk)
        if pile.count:
            lines.append(
                Work(desk.user_id, kind, desk.place, year, pile.count, oldest=pile.oldest, due=pile.due, **more)
            )
    return lines


def _visits(desks: list[Desk], year: int) -> list[Work]:
    """Minutes that wait for the signature of the inspected place, and what it still has to put right."""
    mine = {}
    for desk in desks:
        staff = (Role.HAMLET_OFFICER,) if desk.level == Level.HAMLET else (Role.WARD_CHAIR, Role.WARD_OFFICER)
        if desk.place and desk.holds(*staff):
            for pk in desk.members:
                mine.setdefault(pk, []).append(desk)
    if not mine:
        return []
    found = []
    minutes = InspectionVisit.objects.filter(place__in=mine, state=VisitState.TEAM_SIGNED, inspection__year=year)
    for pk, place_id, signed_at in minutes.order_by("pk").values_list("pk", "place_id", "team_signed_at"):
        since = timezone.localdate(signed_at)
        found += [
            Work(desk.user_id, WorkKind.MINUTES, desk.place, year, 1, oldest=since, target=pk)
            for desk in mine[place_id]
        ]
    actions = (
        ActionPoint.objects.filter(state=ActionState.OPEN, visit__place__in=mine, visit__inspection__year=year)
        .values("visit__inspection_id", "visit__place_id")
        .annotate(count=Count("pk"), oldest=Min("created_at"), due=Min("due_on"))
        .order_by("due")
    )
    for row in actions:
        line = Work(
            0,
            WorkKind.ACTION_POINT,
            None,
            year,
            row["count"],
            oldest=timezone.localdate(row["oldest"]),
            due=row["due"],
            target=row["visit__inspection_id"],
        )
        found += [replace(line, user_id=desk.user_id, place=desk.place) for desk in mine[row["visit__place_id"]]]
    return found


def _reports(desks: list[Desk], year: int, today: datetime.date) -> list[Work]:
    """Yearly reports this person signs and has not sent, and those from below that wait for an answer."""
    signers = [desk for desk in desks if desk.place and desk.holds(*SIGNERS.get(desk.level, ()))]
    readers = [desk for desk in desks if desk.holds(Role.LEADER) and desk.level not in (Level.COMMUNE, Level.HAMLET)]
    if not signers and not readers:
        return []
    newest = (
        YearReport.objects.filter(_inside(signers + readers, "place__", own=True), year=year)
        .order_by("place_id", "-version")
        .distinct("place_id")
        .values_list("place_id", "state", "signed_at", "answered_at", "place__district_id", "place__province_id")
    )
    states, piles = {}, Piles()
    for place_id, state, signed_at, answered_at, district_id, province_id in newest:
        states[place_id] = state, answered_at
        if state == YearReportState.SENT:
            piles.add({district_id, province_id} - {place_id}, 1, timezone.localdate(signed_at))
    found = _from_piles(readers, piles, WorkKind.REPORT_ANSWER, year)
    asked = datetime.date(year, *REPORTS_FROM)
    for desk in signers:
        state, answered_at = states.get(desk.place.pk, ("", None))
        stood = desk.place.existed_on(min(datetime.date(year, 12, 31), today))
        if state == YearReportState.RETURNED or (not state and today >= asked and stood):
            since = timezone.localdate(answered_at) if state else asked
            found.append(Work(desk.user_id, WorkKind.REPORT, desk.place, year, 1, state=state, oldest=since))
    return found


def _imports(desks: list[Desk], year: int) -> list[Work]:
    """Uploaded lists that were checked and wait for the yes or no of whoever keeps the register."""
    mine = [desk for desk in desks if desk.place and desk.holds(*REGISTER_KEEPERS)]
    if not mine:
        return []
    rows = (
        ImportBatch.objects.filter(_inside(mine, "place__", own=True), state=ImportState.PREVIEW)
        .values("place_id")
        .annotate(
            commune=F("place__commune_id"),
            district=F("place__district_id"),
            province=F("place__province_id"),
            count=Count("pk"),
        )
    )
    piles = Piles()
    for row in rows:
        piles.add([row["place_id"], row["commune"], row["district"], row["province"]], row["count"])
    return _from_piles(mine, piles, WorkKind.IMPORT, year)


def _documents(desks: list[Desk], year: int) -> list[Work]:
    """Documents from above this place has not opened, and those it must still answer."""
    mine = [desk for desk in desks if desk.place and desk.holds(*staff_roles(desk.level))]
    if not mine:
        return []
    members = {pk for desk in mine for pk in desk.members}
    rows = (
        DocumentReceipt.objects.filter(place__in=members, document__withdrawn_at=None, document__year=year)
        .annotate(fresh=Q(opened_at=None), silent=Q(document__reply_wanted=True, replied_at=None))
        .filter(Q(fresh=True) | Q(silent=True))
        .values_list("place_id", "fresh", "silent")
        .annotate(Count("pk"), Min("document__sent_at"), Min("document__due_on"))
        .order_by("place_id")
    )
    piles = {WorkKind.DOCUMENT: Piles(), WorkKind.REPLY: Piles()}
    for place_id, fresh, silent, count, sent_at, due in rows:
        since = timezone.localdate(sent_at)
        if fresh:
            piles[WorkKind.DOCUMENT].add([place_id], count, since)
        if silent:
            piles[WorkKind.REPLY].add([place_id], count, since, due)
    return [line for kind, found in piles.items() for line in _from_piles(mine, found, kind, year)]
