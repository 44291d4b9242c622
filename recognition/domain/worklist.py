"""What waits for whom: one line per kind of work and place, with how many, since when and until when.

Asked of all desks at once, so the page of one person and the reminders of everybody come from the same code and never
disagree. A fixed number of statements, whatever the number of desks and dossiers. No names of families.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from portal.lib.workdays import PLAIN, WorkCalendar
from recognition.choices import (
    STEP_STATE,
    LearningModel,
    RulebookStatus,
    State,
    Step,
    WorkKind,
)
from recognition.domain.desks import Desk, desks_of
from recognition.domain.holidays import incomplete_between, work_calendar
from recognition.domain.work import Work
from recognition.domain.work_papers import papers_of
from recognition.domain.work_registering import not_begun
from recognition.models import Rulebook
from recognition.models.registrations import SINCE
from recognition.rules import needs_pass, reference_day, season_closed
from recognition.workflow import next_steps
from units.choices import LEVEL_ORDER, Level
from units.models import Posting

OPEN_STATES = tuple(str(state) for state in (*STEP_STATE.values(), State.RETURNED))
MODEL_ORDER, STEP_ORDER = LearningModel.values, Step.values


def work_of(postings: Iterable[Posting], year: int, today: datetime.date | None = None) -> list[Work]:
    """Everything that waits at the desks of `postings` for an assessed year, late lines first."""
    today = today or timezone.localdate()
    desks = desks_of(postings)
    if not desks:
        return []
    found = [] if season_closed(year) else not_begun(desks, year, today) + _dossiers(desks, year)
    found += papers_of(desks, year, today)
    return sorted(found, key=lambda one: (not one.is_late(today), one.kind != WorkKind.RETURNED, _order(one)))


def _order(one: Work) -> tuple:
    """By last day, then models and steps in the order people know them."""
    model = MODEL_ORDER.index(one.model) if one.model in MODEL_ORDER else len(MODEL_ORDER)
    return one.due or datetime.date.max, model, STEP_ORDER.index(one.step) if one.step else 0


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


@dataclass(frozen=True)
class _Clock:
    """Working days, and the years of which not all holidays are entered."""

    calendar: WorkCalendar = PLAIN
    incomplete: tuple[int, ...] = ()


def _dossiers(desks: list[Desk], year: int) -> list[Work]:
    groups = _groups(desks, year)
    ids = {group.rulebook_id for rows in groups.values() for group in rows}
    rulebooks = Rulebook.objects.in_bulk(ids)
    clocked = any(step.within for one in rulebooks.values() for step in one.spec.procedure)
    oldest = [group.oldest for rows in groups.values() for group in rows]
    clock = _Clock()
    if clocked:
        first, last = min(oldest), max(oldest)
        clock = _Clock(work_calendar(first, last), incomplete_between(first.year, last.year + 1))
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
            found += _lines(desk, year, model, state, rows, listed[model, state], rulebooks, clock)
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
                f"SELECT l.root, r.rulebook_id, r.model, r.state, r.passed IS TRUE, count(*), min({SINCE})"
                f" FROM unnest(%s::bigint[], %s::bigint[]) AS l(root, member) {join}"
                " WHERE r.year = %s AND r.state = ANY(%s) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 3, 4, 2, 5",
                params,
            )
            for root, rulebook_id, model, state, passed, count, oldest in cursor.fetchall():
                group = _Group(rulebook_id, model, state, passed, count, oldest)
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


def _lines(desk, year, model, state, rows, listed, rulebooks, clock) -> list[Work]:
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
            found.append(
                _line(desk, year, model, state, name, kind, part, passed_only, rulebooks.get(rulebook_id), clock)
            )
    return found


def _line(desk, year, model, state, name, kind, pairs, passed_only, rulebook, clock) -> Work:
    due, fact, unsure = min(
        (_last_day(step, group, year, clock) for group, step in pairs), key=lambda one: one[0] or datetime.date.max
    )
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
        due=due,
        provisional=fact is not None and fact.confidence != "V",
        unsure=unsure,
    )


def _last_day(step, group: _Group, year: int, clock: _Clock):
    """(last day, where it comes from, years of its clock whose holidays are incomplete) of a step for the dossiers that
    have waited longest; (None, None, ()) without one.

    A date of the year, or so many working days after the step before; where the rules give both, the nearer one.
    """
    days = [(step.deadline.on(year), step.deadline.fact, ())] if step.deadline else []
    if step.within:
        last = step.within.until(group.oldest, clock.calendar)
        crossed = tuple(one for one in clock.incomplete if group.oldest.year <= one <= last.year)
        days.append((last, step.within.fact, crossed))
    return min(days, key=lambda one: one[0], default=(None, None, ()))
