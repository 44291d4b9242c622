"""Who below has not sent: hamlets and wards with work that is theirs to do and is not done."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone

from recognition.choices import State, Step, YearReportState
from recognition.domain.reports_below import places_below
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import AT_STATE, ChildPlace, Figures, children_figures
from recognition.domain.work_papers import REPORTS_FROM
from recognition.rules import reference_day
from recognition.workflow import next_steps
from units.choices import LEVEL_ORDER, Level
from units.models import Place

REPORT = "report"  # beside the steps of the procedure: the place's yearly report
STEPS_BELOW = (Step.REGISTER, Step.SELF_ASSESS, Step.REVIEW, Step.PROPOSE)


@dataclass(frozen=True)
class Missing:
    """One thing a place has not done: `count` dossiers wait for it (0: nothing was begun)."""

    step: str
    count: int
    due: datetime.date | None = None
    provisional: bool = False

    def is_late(self, today: datetime.date) -> bool:
        """Has its last day passed?"""
        return self.due is not None and self.due < today


@dataclass(frozen=True)
class Below:
    """A place of the level below with its figures and what it has not sent."""

    place: ChildPlace
    figures: Figures
    missing: tuple[Missing, ...]

    def lacks(self, step: str) -> Missing | None:
        """What it has not done of a step; None when nothing is missing."""
        return next((one for one in self.missing if one.step == step), None)

    def is_late(self, today: datetime.date) -> bool:
        """Is anything it lacks late?"""
        return any(one.is_late(today) for one in self.missing)


@dataclass(frozen=True)
class BelowPage:
    """Every place below with the steps that are theirs."""

    rows: tuple[Below, ...]
    steps: tuple[str, ...]

    @property
    def missing(self) -> list[Below]:
        return [row for row in self.rows if row.missing]

    def lacking(self, step: str) -> list[Below]:
        """The places that lack something of a step."""
        return [row for row in self.rows if row.lacks(step)]


def below(place: Place | None, year: int, model: str, today: datetime.date | None = None) -> BelowPage:
    """What the places below `place` have not done for a model and year. A fixed number of statements."""
    today = today or timezone.localdate()
    rows = [row for row in children_figures(place, year, model) if not row.place.is_former]
    if not rows:
        return BelowPage((), ())
    province = None if place is None else (place.province or place)
    rulebook = rulebook_for(model, year, province)
    level = rows[0].place.level
    steps = _steps_of(rulebook.spec, level, year) if rulebook else {}
    reports = {one.place.pk: one.state for one in places_below(place, year)}
    asked = today >= datetime.date(year, *REPORTS_FROM)
    found = []
    for row in rows:
        missing = _missing(row.figures, rulebook.spec, steps, year) if rulebook else []
        state = reports.get(row.place.pk)
        if state == YearReportState.RETURNED or (state == "" and asked):
            missing.append(Missing(REPORT, 0))
        found.append(Below(row.place, row.figures, tuple(missing)))
    return BelowPage(tuple(found), (*steps, *((REPORT,) if reports else ())))


def _steps_of(spec, level: str, year: int) -> dict:
    """Steps that places of `level`, or places below them, take."""
    found = {}
    for step in spec.procedure:
        performed = step.level_on(reference_day(year))
        if step.step in STEPS_BELOW and performed and LEVEL_ORDER.index(Level(performed)) >= LEVEL_ORDER.index(level):
            found[step.step] = step
    return found


def _missing(figures: Figures, spec, steps: dict, year: int) -> list[Missing]:
    counts: dict[str, int] = {}
    if Step.REGISTER in steps and not figures.registered and figures.total:
        counts[Step.REGISTER] = 0
    for state, counter in AT_STATE.items():
        waiting = getattr(figures, counter)
        name = _must_follow(spec, state) if waiting else None
        if name in steps:
            counts[name] = counts.get(name, 0) + waiting
    found = []
    for name, step in steps.items():
        if name in counts:
            due = step.deadline.on(year) if step.deadline else None
            found.append(Missing(name, counts[name], due, bool(due) and step.deadline.fact.confidence != "V"))
    return found


def _must_follow(spec, state: str) -> str | None:
    """The next step that is not left to choice."""
    names = next_steps(spec, State(state))
    return next((name for name in names if not spec.step_named(name).optional), None)
