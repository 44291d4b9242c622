"""What a leader asks of a place, a year and a model: how far are we, who is behind, what waits for whom."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from recognition import checks
from recognition.checks import Finding
from recognition.choices import STEP_STATE, WARD_MODELS, LearningModel, State, Step
from recognition.domain import maps
from recognition.domain.all_models import ModelFigures, all_models
from recognition.domain.declared import (
    children_with_declared,
    declared_findings,
    declared_within,
    with_declared,
)
from recognition.domain.extents import Extent, child_level, extent_of
from recognition.domain.poverty import PovertyShare, poverty_of
from recognition.domain.ranking import ranking_findings
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import AT_STATE, ChildFigures, Figures, children_figures, yearly
from recognition.domain.targets import TargetFor, target_for, targets_for
from recognition.domain.waiting import Stuck, Wait, stuck, waits
from recognition.models import Rulebook
from recognition.workflow import next_steps
from units.choices import AreaClass, Level, Role
from units.models import Place

TREND_YEARS = 5
# Models that have a dashboard: those with a rulebook that carries them through the chain.
DASHBOARD_MODELS = WARD_MODELS


@dataclass(frozen=True)
class Waiting:
    """Dossiers that stand in one state, since when, what comes next, and who has to do it."""

    state: str
    count: int
    step: str
    who: str
    wait: Wait | None = None

    @property
    def label(self) -> str:
        if self.state == State.RETURNED:
            return _("Chờ bổ sung")
        return _("Chờ %(step)s") % {"step": str(Step(self.step).label).lower()} if self.step else self.state_label

    @property
    def state_label(self) -> str:
        return str(State(self.state).label)


@dataclass(frozen=True)
class FunnelStep:
    """One step of the chain: how many dossiers have taken it, and those of them that stand here and wait.

    `figure`: the name under which the count is explained (recognition/figure_names.py).
    """

    step: str
    figure: str
    reached: int
    optional: bool
    waiting: Waiting | None

    @property
    def label(self) -> str:
        return str(Step(self.step).label)


@dataclass(frozen=True)
class Dashboard:
    """Everything one dashboard page shows; no personal data."""

    place: Place | None
    year: int
    model: str
    extent: Extent
    models: list[ModelFigures]
    figures: Figures
    previous: Figures
    trend: dict[int, Figures]
    target: TargetFor | None
    children: list[ChildFigures]
    waiting: list[Waiting]
    funnel: list[FunnelStep]
    stuck: list[Stuck]
    poverty: list[PovertyShare]
    rulebook: Rulebook | None
    findings: list[Finding]
    two_maps: bool  # the places below stood otherwise in that year than today
    rows_are_former: bool  # the rows are the predecessors of a place that did not stand yet
    area_targets: dict[str, TargetFor | None]  # what places below are measured by, by their area class

    @property
    def gap(self):
        """Points between the rate reached and the target; None without either."""
        rate = self.figures.recognised_of_total
        return None if rate is None or self.target is None else rate - self.target.percent

    def gap_of(self, row: ChildFigures):
        """The same for a place below, by the target of its area class, as in table TK-01."""
        rate, target = row.figures.recognised_of_total, self.area_targets.get(row.place.area_class)
        return None if rate is None or target is None else rate - target.percent

    @property
    def against_last_year(self):
        """Points between this year's and last year's rate; None when either is unknown."""
        rate, before = self.figures.recognised_of_total, self.previous.recognised_of_total
        return None if rate is None or before is None else rate - before


def dashboard(
    place: Place | None,
    year: int,
    model: str,
    *,
    rows_map: str = maps.THEN,
    today: datetime.date | None = None,
    alone: bool = False,
) -> Dashboard:
    """The dashboard of a place (None: the nation). A fixed number of statements, whatever the size of the place.

    rows_map: the places below as they stood that year, or as they stand today with those years carried into them.
    alone: only what the wall shows is asked: this model, this year and the last, no trend, nothing of what is stuck.
    """
    today = today or timezone.localdate()
    years = 2 if alone else TREND_YEARS
    trend = yearly(place, range(year - years + 1, year + 1), model)
    declared = {one: declared_within(place, one, model) for one in (year - 1, year)}
    for one in declared:
        trend[one] = with_declared(trend[one], declared[one])
    two_maps = not alone and maps.differs(place, year)
    carried = two_maps and rows_map == maps.TODAY
    if carried:
        children = maps.children_today(place, year, model)
    else:
        children = children_with_declared(
            children_figures(place, year, model, with_previous=not alone),
            declared[year],
            () if alone else declared[year - 1],
        )
    extent = extent_of(place, year)
    rulebook = rulebook_for(model, year, _province(place))
    models = _this_model(place, year, model, trend) if alone else all_models(place, year)
    waiting = waiting_for(trend[year], rulebook, waits(extent, model, today) if trend[year].open else {})
    target = next((one.target for one in models if one.model == model), None)
    return Dashboard(
        place=place,
        year=year,
        model=model,
        extent=extent,
        models=models,
        figures=trend[year],
        previous=trend[year - 1],
        trend=trend,
        target=target,
        children=children,
        waiting=waiting,
        funnel=funnel_of(trend[year], rulebook, waiting),
        stuck=[] if alone or not trend[year].open else _stuck_below(place, extent, model, today),
        poverty=poverty_of(place, year, trend[year]) if model == LearningModel.FAMILY and not alone else [],
        rulebook=rulebook,
        findings=_findings(place, year, model, trend[year]),
        two_maps=two_maps,
        rows_are_former=extent.is_before and not carried,
        area_targets=_area_targets(place, year, model, children, target),
    )


def _this_model(place: Place | None, year: int, model: str, trend: dict[int, Figures]) -> list[ModelFigures]:
    """The figures of one model beside its target, without asking for the others."""
    applies = targets_for(place, year, models=(model,)).get(model)
    return [ModelFigures(LearningModel(model), trend[year], trend[year - 1], applies)]


def _findings(place: Place | None, year: int, model: str, figures: Figures) -> list[Finding]:
    found = checks.check_order(**_counts(figures)) + ranking_findings(place, year, model, figures)
    return found + declared_findings(place, year, model)


def _stuck_below(place: Place | None, extent: Extent, model: str, today: datetime.date) -> list[Stuck]:
    """What stands longest in the places below, where these have rows of the model."""
    below = place.level if extent.is_before else child_level(place)
    return stuck(extent, below, model, today) if below and _has_rows(below, model) else []


def _area_targets(place: Place | None, year: int, model: str, children, own: TargetFor | None) -> dict:
    """By area class of the places below; one query for the class that is not the place's own, if any stands there."""
    mine = place.area_class if place else AreaClass.NORMAL
    areas = {row.place.area_class for row in children}
    return {area: own if area == mine else target_for(place, year, model, area) for area in areas}


def _has_rows(level: str, model: str) -> bool:
    """Do dossiers of the model stand in places of `level`? A ward's own dossier stands in no hamlet."""
    return level != Level.HAMLET or model != LearningModel.COMMUNITY_COMMUNE


def _province(place: Place | None) -> Place | None:
    return None if place is None else (place.province or place)


def _counts(figures: Figures) -> dict:
    return {name: figures.shown(name) for name in ("total", "registered", "recognised")}


def waiting_for(figures: Figures, rulebook: Rulebook | None, since: dict[str, Wait] | None = None) -> list[Waiting]:
    """Open dossiers by state, in the order of the procedure, with the next step and the roles that take it."""
    spec = rulebook.spec if rulebook else None
    order = [str(STEP_STATE[Step(step.step)]) for step in spec.procedure if step.step in STEP_STATE] if spec else []
    found = []
    for state in [*order, *(str(one) for one in AT_STATE if one not in order)]:
        count = figures.waiting[state]
        if not count and state not in order:
            continue
        steps = next_steps(spec, state) if spec else []
        step = spec.step_named(steps[0]) if steps else None
        who = ", ".join(str(Role(role).label) for role in step.roles) if step else ""
        found.append(Waiting(state, count, step.step if step else "", who, (since or {}).get(state)))
    return found


# Step → figure that counts the dossiers which have taken it.
REACHED = {
    Step.REGISTER: "registered",
    Step.SELF_ASSESS: "assessed",
    Step.REVIEW: "reviewed",
    Step.INSPECT: "inspected",
    Step.PROPOSE: "proposed",
    Step.DECIDE: "decided",
}


def funnel_of(figures: Figures, rulebook: Rulebook | None, waiting: list[Waiting]) -> list[FunnelStep]:
    """The steps of the rulebook in their order; without one, nothing."""
    if rulebook is None:
        return []
    by_state = {one.state: one for one in waiting}
    order = list(rulebook.spec.steps)
    reached = dict(REACHED)
    if Step.INSPECT in order and Step.PROPOSE in order and order.index(Step.PROPOSE) < order.index(Step.INSPECT):
        reached[Step.PROPOSE] = "proposed_or_inspected"
    return [
        FunnelStep(
            step.step,
            reached[Step(step.step)],
            getattr(figures, reached[Step(step.step)]),
            step.optional,
            by_state.get(str(STEP_STATE.get(Step(step.step), ""))),
        )
        for step in rulebook.spec.procedure
    ]


SORTS: dict[str, Callable[[ChildFigures], object]] = {
    "ten": lambda row: None,  # the order people count: as read
    "tong": lambda row: row.figures.total,
    "dang-ky": lambda row: row.figures.registered,
    "dat": lambda row: row.figures.recognised,
    "ty-le": lambda row: row.figures.recognised_of_total,
    "nam-truoc": lambda row: _progress(row),
    "cho": lambda row: row.figures.open,
    "tu-cham": lambda row: row.figures.assessed,
    "tham-dinh": lambda row: row.figures.inspected,
}


def _progress(row: ChildFigures):
    now, before = row.figures.recognised_of_total, row.previous.recognised_of_total
    return None if now is None or before is None else now - before


def places_in_rank(rows: list[ChildFigures], *, previous: bool = False) -> dict[int, int]:
    """Place → its rank by rate, best first; equal rates share it, places without a rate and ended ones have none."""
    rates = {}
    for row in rows:
        figures = row.previous if previous else row.figures
        if row.place.is_former or (previous and not figures.has_dossiers):
            continue
        if figures.recognised_of_total is not None:
            rates[row.place.pk] = figures.recognised_of_total
    ordered = sorted(rates.values(), reverse=True)
    first = {rate: position for position, rate in reversed(list(enumerate(ordered, start=1)))}
    return {pk: first[rate] for pk, rate in rates.items()}


def ranked(rows: list[ChildFigures], sort: str) -> list[ChildFigures]:
    """Rows in the asked order ("-": largest first); then those without the figure, then places that ended."""
    key = SORTS[sort.removeprefix("-")]
    standing = [row for row in rows if not row.place.is_former]
    former = [row for row in rows if row.place.is_former]
    if sort.removeprefix("-") == "ten":
        return (standing[::-1] if sort.startswith("-") else standing) + former
    known = [row for row in standing if key(row) is not None]
    unknown = [row for row in standing if key(row) is None]
    return sorted(known, key=key, reverse=sort.startswith("-")) + unknown + former
