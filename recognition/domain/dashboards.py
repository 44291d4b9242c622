"""What a leader asks of a place, a year and a model: how far are we, who is behind, what waits for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from recognition import checks
from recognition.checks import Finding
from recognition.choices import STEP_STATE, WARD_MODELS, State, Step
from recognition.domain.declared import (
    TargetFor,
    children_with_declared,
    declared_findings,
    declared_within,
    target_for,
    with_declared,
)
from recognition.domain.extents import Extent, extent_of
from recognition.domain.ranking import ranking_findings
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import AT_STATE, ChildFigures, Figures, children_figures, yearly
from recognition.models import Rulebook
from recognition.workflow import next_steps
from units.choices import Role
from units.models import Place

TREND_YEARS = 5
# Models that have a dashboard: those with a rulebook that carries them through the chain.
DASHBOARD_MODELS = WARD_MODELS


@dataclass(frozen=True)
class Waiting:
    """Dossiers that stand in one state, what comes next, and who has to do it."""

    state: str
    count: int
    step: str
    who: str

    @property
    def label(self) -> str:
        if self.state == State.RETURNED:
            return _("Chờ bổ sung")
        return _("Chờ %(step)s") % {"step": str(Step(self.step).label).lower()} if self.step else self.state_label

    @property
    def state_label(self) -> str:
        return str(State(self.state).label)


@dataclass(frozen=True)
class Dashboard:
    """Everything one dashboard page shows; no personal data."""

    place: Place | None
    year: int
    model: str
    extent: Extent
    figures: Figures
    previous: Figures
    trend: dict[int, Figures]
    target: TargetFor | None
    children: list[ChildFigures]
    waiting: list[Waiting]
    rulebook: Rulebook | None
    findings: list[Finding]

    @property
    def gap(self):
        """Points between the rate reached and the target; None without either."""
        rate = self.figures.recognised_of_total
        return None if rate is None or self.target is None else rate - self.target.percent

    @property
    def against_last_year(self):
        """Points between this year's and last year's rate; None when either is unknown."""
        rate, before = self.figures.recognised_of_total, self.previous.recognised_of_total
        return None if rate is None or before is None else rate - before


def dashboard(place: Place | None, year: int, model: str) -> Dashboard:
    """The dashboard of a place (None: the nation). A fixed number of statements, whatever the size of the place."""
    years = range(year - TREND_YEARS + 1, year + 1)
    trend = yearly(place, years, model)
    declared = {one: declared_within(place, one, model) for one in (year - 1, year)}
    for one in declared:
        trend[one] = with_declared(trend[one], declared[one])
    children = children_with_declared(
        children_figures(place, year, model, with_previous=True), declared[year], declared[year - 1]
    )
    rulebook = rulebook_for(model, year, _province(place))
    findings = checks.check_order(**_counts(trend[year])) + ranking_findings(place, year, model, trend[year])
    findings += declared_findings(place, year, model)
    return Dashboard(
        place=place,
        year=year,
        model=model,
        extent=extent_of(place, year),
        figures=trend[year],
        previous=trend[year - 1],
        trend=trend,
        target=target_for(place, year, model),
        children=children,
        waiting=waiting_for(trend[year], rulebook),
        rulebook=rulebook,
        findings=findings,
    )


def _province(place: Place | None) -> Place | None:
    return None if place is None else (place.province or place)


def _counts(figures: Figures) -> dict:
    return {name: figures.shown(name) for name in ("total", "registered", "recognised")}


def waiting_for(figures: Figures, rulebook: Rulebook | None) -> list[Waiting]:
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
        found.append(Waiting(state, count, step.step if step else "", who))
    return found


SORTS: dict[str, Callable[[ChildFigures], object]] = {
    "ten": lambda row: None,  # the order people count: as read
    "tong": lambda row: row.figures.total,
    "dang-ky": lambda row: row.figures.registered,
    "dat": lambda row: row.figures.recognised,
    "ty-le": lambda row: row.figures.recognised_of_total,
    "nam-truoc": lambda row: _progress(row),
    "cho": lambda row: row.figures.open,
}


def _progress(row: ChildFigures):
    now, before = row.figures.recognised_of_total, row.previous.recognised_of_total
    return None if now is None or before is None else now - before


def ranked(rows: list[ChildFigures], sort: str) -> list[ChildFigures]:
    """Rows in the asked order ("-" in front: largest first); rows without the figure always last."""
    key = SORTS[sort.removeprefix("-")]
    if sort.removeprefix("-") == "ten":
        return rows[::-1] if sort.startswith("-") else rows
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    return sorted(known, key=key, reverse=sort.startswith("-")) + unknown
