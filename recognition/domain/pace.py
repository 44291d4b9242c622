"""How many were recognised per day: read from the kept days, never from a million dossiers."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from recognition.choices import Step
from recognition.domain.extents import extent_of
from recognition.domain.tallies import Figures
from recognition.forecast import Chain, Forecast, forecast
from recognition.models import Rulebook
from recognition.models.registrations import SINCE
from recognition.rulebook_procedure import DeadlineSpec
from units.choices import Level
from units.models import Place


def recognised_by_day(
    place: Place | None, years: Iterable[int], models: Iterable[str]
) -> dict[tuple[str, int], dict[datetime.date, int]]:
    """(model, year) → day → recognised dossiers of that year, counted on the day of their decision. One statement.

    Years before a place existed are those of the places that went wholly into it.
    """
    if place is not None and place.level == Level.HAMLET:
        source = f"SELECT model, year, {SINCE} AS day, count(*) AS n FROM recognition_registration"
        column, kept = "hamlet_id", ""
    else:
        source = "SELECT model, year, day, sum(count)::bigint AS n FROM recognition_waitingday"
        column, kept = "" if place is None else f"{place.level}_id", " AND count <> 0"
    parts, params = [], []
    for year in years:
        parts.append("year = %s" + (f" AND {column} = ANY(%s)" if column else ""))
        params += [year, list(extent_of(place, year).ids)] if column else [year]
    where = " OR ".join(f"({part})" for part in parts)
    sql = f"{source} WHERE ({where}) AND model = ANY(%s) AND state = 'RECOGNISED'{kept} GROUP BY 1, 2, 3"
    found: dict[tuple[str, int], dict[datetime.date, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, [str(one) for one in models]])
        for model, year, day, count in cursor.fetchall():
            found[model, year][day] = count
    return dict(found)


@dataclass(frozen=True)
class Standing:
    """What a forecast of one model looks at beside the days: this year's and last year's figures, and the rules."""

    figures: Figures
    previous: Figures
    rulebook: Rulebook | None

    def chain(self, year: int, today: datetime.date) -> Chain | None:
        """The dossiers on their way; None where figures are declared, which say nothing of steps."""
        now = self.figures
        if now.declared:
            return None
        last = registering_ends(self.rulebook)
        until = last.on(year) if last is not None else None
        before = self.previous
        return Chain(
            open=now.open,
            waiting=now.at_proposed,
            refused=now.refused,
            still=0 if until is not None and today > until else max(now.total - now.registered, 0),
            until=until,
            provisional=last is not None and last.fact.provisional,
            passed_before=before.recognised,
            registered_before=0 if before.unknown & {"registered", "recognised"} else before.registered,
        )


def registering_ends(rulebook: Rulebook | None) -> DeadlineSpec | None:
    """The last day of registering with its source; None without one."""
    step = rulebook.spec.step_named(Step.REGISTER) if rulebook else None
    return step.deadline if step is not None else None


def forecasts(
    place: Place | None, year: int, models: Mapping[str, Standing], *, today: datetime.date | None = None
) -> dict[str, Forecast]:
    """A forecast per model. One statement, whatever the size of the place."""
    today = today or timezone.localdate()
    days = recognised_by_day(place, (year - 1, year), models)
    return {
        model: forecast(
            year=year,
            today=today,
            days=days.get((model, year), {}),
            last_year=days.get((model, year - 1), {}),
            total=one.figures.shown("total"),
            chain=one.chain(year, today),
        )
        for model, one in models.items()
    }
