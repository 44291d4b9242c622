"""Yearly reports of the places below: who has sent, and whether the records still say what was signed there."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from recognition import year_checks
from recognition.checks import Finding, stamped
from recognition.choices import LearningModel, YearReportState
from recognition.domain.extents import name_under
from recognition.domain.tallies import figures_by_place
from recognition.models import YearReport
from units.choices import Level
from units.models import Place

# Tables with one sum of a model, and the columns of it that a later correction moves.
SIGNED_SUMS = {
    "TK-01": LearningModel.FAMILY,
    "TK-02": LearningModel.CLAN,
    "TK-03": LearningModel.COMMUNITY_HAMLET,
    "TK-04": LearningModel.UNIT,
    "TK-05": LearningModel.CITIZEN,
}
COMPARED = ("registered", "recognised")


@dataclass(frozen=True)
class Sent:
    """A place below with its newest report; None when it has sent nothing."""

    place: Place
    report: YearReport | None

    @property
    def state(self) -> str:
        return self.report.state if self.report else ""


def places_below(place: Place | None, year: int) -> list[Sent]:
    """The places whose reports `place` waits for (None: the nation waits for provinces). Two queries."""
    level = Level.PROVINCE if place is None else Level.COMMUNE
    day = min(datetime.date(year, 12, 31), timezone.localdate())
    rows = Place.objects.on(day).filter(level=level)
    if place is not None:
        if place.level not in (Level.PROVINCE, Level.DISTRICT):
            return []
        rows = rows.filter(**{place.fact_column: place.pk})
    newest = YearReport.objects.filter(place=OuterRef("pk"), year=year).order_by("-version").values("pk")[:1]
    rows = list(rows.annotate(report_id=Subquery(newest)).select_related("parent").order_by("sort_key", "pk"))
    reports = YearReport.objects.defer("tables", "narrative", "findings").in_bulk(
        [row.report_id for row in rows if row.report_id]
    )
    return [Sent(row, reports.get(row.report_id)) for row in rows]


def report_findings(place: Place | None, year: int) -> list[Finding]:
    """What a place that sums up others asks before it signs: R-26 who is missing, R-12 what moved since they signed.

    A fixed number of statements, however many places there are.
    """
    below = places_below(place, year)
    code = place.code if place else ""
    if not below:
        return []
    counts = {state: sum(one.state == state for one in below) for state in ("", *YearReportState.values)}
    found = year_checks.check_reports_below(
        places=len(below),
        silent=counts[""],
        waiting=counts[YearReportState.SENT],
        returned=counts[YearReportState.RETURNED],
    )
    return stamped([*found, *_moved(below, year)], place=code, year=year)


def _moved(below: list[Sent], year: int) -> list[Finding]:
    """R-12: registered and recognised of every model, as signed below and as the records say today."""
    standing = {one.report.pk: one.place for one in below if one.report and one.state != YearReportState.RETURNED}
    named = Counter(place.name for place in standing.values())
    if not standing:
        return []
    sums = {model: KeyTransform("total", KeyTransform(code, F("tables"))) for code, model in SIGNED_SUMS.items()}
    signed = YearReport.objects.filter(pk__in=standing).order_by("pk").values_list("pk", *sums.values())
    found = []
    rows = list(signed)
    level, ids = below[0].place.level, [place.pk for place in standing.values()]
    for position, model in enumerate(sums, start=1):
        now = figures_by_place(level, ids, year, model)
        moved = {}
        for row in rows:
            place, total = standing[row[0]], row[position]
            if not total or total["declared"]:  # nobody can recount what was declared
                continue
            pair = {name: (total["values"][name] or 0, getattr(now[place.pk], name)) for name in COMPARED}
            if any(before != after for before, after in pair.values()):
                moved[name_under(place, place.parent if named[place.name] > 1 else None)] = pair
        found += stamped(year_checks.check_signed_below(str(model.label), moved), model=str(model))
    return found
