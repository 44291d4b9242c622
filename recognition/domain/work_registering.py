"""Registering that has not begun: hamlets where families stand in the register and none is registered for the year.

Registering is voluntary, so a hamlet that has begun is not asked for the rest.
"""

from __future__ import annotations

import datetime

from recognition.choices import LearningModel, Step, WorkKind
from recognition.domain.desks import Desk
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import figures_by_place
from recognition.domain.work import Work
from recognition.opening import nearest, openings
from recognition.rules import reference_day
from units.choices import Level


def not_begun(desks: list[Desk], year: int, today: datetime.date) -> list[Work]:
    """Lines for hamlets that have registered nobody though the year is open. Few statements; one a province for its
    rules."""
    mine = [desk for desk in desks if desk.level == Level.HAMLET and desk.place.existed_on(today)]
    if not mine or year != today.year:  # a past year is not begun any more
        return []
    steps = {}
    for desk in mine:
        if desk.place.province_id not in steps:
            rulebook = rulebook_for(LearningModel.FAMILY, year, desk.place.province)
            steps[desk.place.province_id] = rulebook.spec.step_named(Step.REGISTER) if rulebook else None
    plans = openings(year, {pk for desk in mine for pk in desk.place.fact_ids.values() if pk})
    figures = figures_by_place(Level.HAMLET, sorted({desk.place.pk for desk in mine}), year, LearningModel.FAMILY)
    found = []
    for desk in mine:
        step, now = steps[desk.place.province_id], figures[desk.place.pk]
        if step is None or now.registered or not now.total or not desk.holds(*step.roles):
            continue
        if step.level_on(reference_day(year)) != Level.HAMLET:
            continue
        plan = nearest(plans, desk.place.fact_ids.values())
        if plan and not plan.is_open(today):
            continue
        due = step.deadline.on(year) if step.deadline else None
        found.append(
            Work(
                user_id=desk.user_id,
                kind=WorkKind.STEP,
                place=desk.place,
                year=year,
                count=now.total,
                model=LearningModel.FAMILY,
                step=Step.REGISTER,
                due=due,
                provisional=due is not None and step.deadline.fact.confidence != "V",
            )
        )
    return found
