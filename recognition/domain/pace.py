"""How many were recognised per day: read from the kept days, never from a million dossiers."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from recognition.domain.extents import extent_of
from recognition.forecast import Forecast, forecast
from recognition.models.registrations import SINCE
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


def forecasts(
    place: Place | None, year: int, totals: dict[str, int | None], *, today: datetime.date | None = None
) -> dict[str, Forecast]:
    """A forecast per model of `totals`. One statement, whatever the size of the place."""
    days = recognised_by_day(place, (year - 1, year), totals)
    return {
        model: forecast(
            year=year,
            today=today or timezone.localdate(),
            days=days.get((model, year), {}),
            last_year=days.get((model, year - 1), {}),
            total=total,
        )
        for model, total in totals.items()
    }
