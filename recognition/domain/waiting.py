"""How long dossiers have stood where they stand: per step, and where below most time is being lost."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from recognition.domain.extents import Extent
from recognition.models.registrations import SINCE
from recognition.models.waiting import OPEN_STATES
from units.choices import Level


@dataclass(frozen=True)
class Wait:
    """Open dossiers of one state: how many, since when the longest, and the median of whole days waited."""

    count: int
    oldest: datetime.date
    longest: int
    median: Decimal


@dataclass(frozen=True)
class Stuck:
    """Dossiers of one place below that stand in one state. `lost`: days waited by all of them together."""

    place_id: int
    state: str
    count: int
    longest: int
    lost: int

    @property
    def mean(self) -> int:
        return round(self.lost / self.count)


def waits(extent: Extent, model: str, today: datetime.date) -> dict[str, Wait]:
    """Waiting by state of everything open in an extent and its year. One statement, whatever its size."""
    sql, params = _days(extent, model, by_hamlet=extent.place is not None and extent.place.level == Level.HAMLET)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, day, sum(count)::bigint FROM ({sql}) d GROUP BY 1, 2 ORDER BY 1, 2", params)
        days: dict[str, list[tuple[datetime.date, int]]] = {}
        for state, day, count in cursor.fetchall():
            days.setdefault(state, []).append((day, count))
    return {
        state: Wait(
            sum(count for _day, count in rows),
            rows[0][0],
            _waited(rows[0][0], today),
            _median([(_waited(day, today), count) for day, count in rows]),
        )
        for state, rows in days.items()
    }


def stuck(extent: Extent, level: str, model: str, today: datetime.date, *, limit: int = 10) -> list[Stuck]:
    """Where below most days are lost, most first: place and state. One statement."""
    sql, params = _days(extent, model, by_hamlet=level == Level.HAMLET)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {level}_id, state, sum(count)::bigint, max(%s - day), sum(count * (%s - day))::bigint AS lost"
            f" FROM ({sql}) d WHERE {level}_id IS NOT NULL GROUP BY 1, 2 HAVING sum(count * (%s - day)) > 0"
            " ORDER BY lost DESC, 1, 2 LIMIT %s",
            [today, today, *params, today, limit],
        )
        return [Stuck(*row) for row in cursor.fetchall()]


def _waited(day: datetime.date, today: datetime.date) -> int:
    return max((today - day).days, 0)


def _median(rows: list[tuple[int, int]]) -> Decimal:
    """Median of (days, how many) pairs; between the middle two when their number is even."""
    ordered = sorted(rows)
    total = sum(count for _days, count in ordered)
    middle = []
    for position in ((total - 1) // 2, total // 2):
        passed = 0
        for days, count in ordered:
            passed += count
            if position < passed:
                middle.append(days)
                break
    return Decimal(sum(middle)) / 2


def _days(extent: Extent, model: str, *, by_hamlet: bool) -> tuple[str, list]:
    """SQL: (places, state, day, count) of the extent's open dossiers. Hamlets are told apart by the dossiers only."""
    if by_hamlet:  # a ward's dossiers stand side by side in the index
        return (
            f"SELECT state, {SINCE} AS day, 1 AS count, hamlet_id, commune_id FROM recognition_registration"
            f" WHERE {extent.place.level}_id = ANY(%s) AND year = %s AND model = %s AND state = ANY(%s)",
            [list(extent.ids), extent.year, model, list(OPEN_STATES)],
        )
    columns = "state, day, count, commune_id, district_id, province_id"
    where, params = "TRUE", []
    if extent.place is not None:
        where, params = f"{extent.place.level}_id = ANY(%s)", [list(extent.ids)]
    return (
        f"SELECT {columns} FROM recognition_waitingday WHERE {where} AND year = %s AND model = %s AND count <> 0"
        " AND state <> 'RECOGNISED'",
        [*params, extent.year, model],
    )
