"""How many were recognised per day: read from the kept days, never from a million dossiers."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from recognition.domain.extents import extent_of
from recognition.forecast import ByDay, Forecast, forecast
from recognition.models.waiting import SINCE
from units.choices import Level
from units.models import Place


def recognised_by_day(place: Place | None, year: int, models: Iterable[str]) -> dict[str, dict[datetime.date, int]]:
    """Model → day → recognised dossiers of the year, counted on the day of their decision. One statement."""
    extent = extent_of(place, year)
    params: list = [year, [str(one) for one in models]]
    if place is not None and place.level == Level.HAMLET:
        source, where = f"SELECT model, {SINCE} AS day, count(*) AS n FROM recognition_registration", "hamlet_id"
        tail = " AND state = 'RECOGNISED' GROUP BY 1, 2"
    else:
        source = "SELECT model, day, sum(count)::bigint AS n FROM recognition_waitingday"
        where = "" if place is None else f"{place.level}_id"
        tail = " AND state = 'RECOGNISED' AND count <> 0 GROUP BY 1, 2"
    sql = f"{source} WHERE year = %s AND model = ANY(%s)"
    if where:
        sql += f" AND {where} = ANY(%s)"
        params.append(list(extent.ids))
    found: dict[str, dict[datetime.date, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(sql + tail, params)
        for model, day, count in cursor.fetchall():
            found[model][day] = count
    return dict(found)


def forecasts(
    place: Place | None, year: int, totals: dict[str, int | None], *, today: datetime.date | None = None
) -> dict[str, Forecast]:
    """A forecast per model of `totals`. Two statements, whatever the size of the place."""
    today = today or timezone.localdate()
    now, before = (recognised_by_day(place, one, totals) for one in (year, year - 1))
    empty: ByDay = {}
    return {
        model: forecast(
            year=year, today=today, days=now.get(model, empty), last_year=before.get(model, empty), total=total
        )
        for model, total in totals.items()
    }
