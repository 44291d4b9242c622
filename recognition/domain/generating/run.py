"""Runs a plan commune by commune: each commune is one transaction, so whatever was written is whole."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pghistory
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from recognition.domain.errors import RecognitionError
from recognition.domain.generating import dossiers, others, papers, people, points, years
from recognition.domain.generating.places import build_hamlets
from recognition.domain.generating.plan import CommunePlan, Plan
from recognition.models import Assessment, Award, Certificate, Decision, Registration, ReviewMeeting, Season
from units.models import Citizen, Clan, Community, Household, Organisation, Place, Registrant, Stay

COUNTED = (
    Place,
    Registrant,
    Household,
    Organisation,
    Clan,
    Citizen,
    Community,
    Stay,
    Registration,
    Assessment,
    ReviewMeeting,
    Decision,
    Award,
    Certificate,
)
ANALYZED = (*COUNTED, *(model._meta.get_field("events").related_model for model in COUNTED))


@dataclass
class Generated:
    """What a run wrote: rows by table, seconds by part."""

    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def total_seconds(self) -> float:
        return sum(self.seconds.values())

    def lap(self, part: str, since: float) -> float:
        """Add the time since `since` to a part and return the time now."""
        now = time.perf_counter()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - since
        return now


def generate(plan: Plan, *, progress: Callable[[int, int], None] = lambda done, of: None) -> Generated:
    """Write everything the plan says and tell how much it was. Calls progress(communes done, of).

    Raises RecognitionError in production. History and tallies are written by the same triggers as always.
    """
    if settings.PRODUCTION:
        raise RecognitionError(_("Không tạo dữ liệu giả lập trên hệ thống đang vận hành (PORTAL_ENV=production)."))
    done = Generated()
    before = _counts()
    with (
        pghistory.context(user=None, user_name=papers.MAKER, action="generate"),
        connection.cursor() as cursor,
    ):
        _seasons(plan)
        bounds = _create_scratch(cursor, plan)
        for number, commune in enumerate(plan.communes, start=1):
            _commune(cursor, plan, commune, bounds, done, first=number == 1)
            progress(number, len(plan.communes))
        started = time.perf_counter()
        _drop_scratch(cursor)
        _analyze(cursor)
        done.lap("analyze", started)
    after = _counts()
    done.rows = {name: after[name] - before[name] for name in after}
    return done


def _commune(cursor, plan: Plan, commune: CommunePlan, bounds, done: Generated, *, first: bool) -> None:
    with transaction.atomic():
        clock = time.perf_counter()
        hamlets = build_hamlets(commune)
        clock = done.lap("places", clock)
        people.enter_households(cursor, plan, commune, hamlets)
        clock = done.lap("households", clock)
        if plan.years[-1] > others.SINCE.year:
            others.enter_others(plan, commune, hamlets)
        clock = done.lap("others", clock)
        years.choose_outcomes(cursor, plan, commune, hamlets, bounds)
        of_both_times = {place.pk: place for pair in hamlets for place in (pair.new, pair.old)}
        written = papers.write_papers(cursor, plan, commune, of_both_times)
        clock = done.lap("papers", clock)
        dossiers.write_dossiers(cursor)
        clock = done.lap("dossiers", clock)
        if first:  # with statistics of an empty database the lists are joined row by row
            _analyze(cursor)
        papers.keep_lists(written, commune)
        clock = done.lap("lists", clock)
    done.lap("commit", clock)


def _seasons(plan: Plan) -> None:
    Season.objects.bulk_create(
        [
            Season(year=year, opens_on=datetime.date(year, 1, 1), closes_on=datetime.date(year, 12, 31))
            for year in plan.years
        ],
        ignore_conflicts=True,
    )


def _create_scratch(cursor, plan: Plan):
    people.create_scratch(cursor)
    years.create_scratch(cursor)
    papers.create_scratch(cursor)
    rulebooks = {rulebook.pk: rulebook for rulebook in plan.rulebooks.values()}
    return points.create_points(cursor, list(rulebooks.values()))


def _drop_scratch(cursor) -> None:
    names = (people.TABLE, years.TABLE, years.SEASON, years.GOALS, papers.MEETINGS, papers.PROPOSALS, points.TABLE)
    cursor.execute(f"DROP TABLE {', '.join(names)}")


def _analyze(cursor) -> None:
    """Fresh statistics, so the next page or benchmark is planned for the size the tables now have."""
    for model in ANALYZED:
        cursor.execute(f"ANALYZE {model._meta.db_table}")
    cursor.execute("ANALYZE recognition_tally, units_registertally")


def _counts() -> dict[str, int]:
    return {model._meta.model_name: model.objects.count() for model in COUNTED}
