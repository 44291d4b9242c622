"""How far a hamlet or ward has come, in a few plain lines a chair can send on. Counts only, no personal data."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from recognition.choices import MODEL_KIND, LearningModel, Step
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import Figures, children_figures, figures_for
from units.choices import Level, RegistrantKind
from units.models import Place

# What is counted at a step, and of what.
COUNTED = {
    Step.REGISTER: ("registered", "total"),
    Step.SELF_ASSESS: ("assessed", "registered"),
    Step.REVIEW: ("reviewed", "registered"),
    Step.DECIDE: ("recognised", "total"),
}


@dataclass(frozen=True)
class ProgressRow:
    """`done` of `whole` at one place."""

    name: str
    done: int
    whole: int


@dataclass(frozen=True)
class Progress:
    """A place, what has been done there and below at one step, and the step's last day."""

    place: Place
    year: int
    model: str
    step: str
    steps: tuple[str, ...]
    own: ProgressRow
    rows: tuple[ProgressRow, ...]
    stages: tuple[tuple[str, ProgressRow], ...]  # every step of the place itself
    due: datetime.date | None
    provisional: bool
    silent: int = 0  # places below with nothing in the register: left out

    @property
    def kind(self) -> RegistrantKind:
        """Who is counted."""
        return RegistrantKind(MODEL_KIND[LearningModel(self.model)])


def progress(place: Place, year: int, model: str, step: str, today: datetime.date) -> Progress:
    """Progress of a place at `step`; an unknown step becomes the one whose last day comes next. Fixed statements."""
    rulebook = rulebook_for(model, year, place.province or place)
    procedure = {one.step: one for one in rulebook.spec.procedure} if rulebook else {}
    steps = tuple(name for name in COUNTED if name in procedure) or tuple(COUNTED)
    if step not in steps:
        step = _next_step(procedure, steps, year, today)
    own = figures_for(place, year, model)
    children = [] if place.level == Level.HAMLET else children_figures(place, year, model)
    known = [one for one in children if one.figures.total or one.figures.registered]
    silent = sum(not one.place.is_former for one in children) - sum(not one.place.is_former for one in known)
    deadline = procedure[step].deadline if step in procedure else None
    return Progress(
        place=place,
        year=year,
        model=model,
        step=step,
        steps=steps,
        own=_row(place.name, own, step),
        rows=tuple(_row(child.place.name, child.figures, step) for child in known if not child.place.is_former),
        stages=tuple((name, _row(place.name, own, name)) for name in steps),
        due=deadline.on(year) if deadline else None,
        provisional=deadline is not None and deadline.fact.confidence != "V",
        silent=silent,
    )


def _next_step(procedure: dict, steps: tuple[str, ...], year: int, today: datetime.date) -> str:
    """The first step whose last day is not over; the last one when all are."""
    for name in steps:
        deadline = procedure[name].deadline if name in procedure else None
        if deadline and deadline.on(year) >= today:
            return name
    return steps[-1]


def _row(name: str, figures: Figures, step: str) -> ProgressRow:
    done, whole = COUNTED[Step(step)]
    return ProgressRow(name, getattr(figures, done), getattr(figures, whole))
