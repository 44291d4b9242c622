"""What the checks of the books share: a fault, and how its sentences are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

SHOWN = 20  # faults told one by one per check; the rest as a number


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `check`: which check found it; `message`: where and what, for people."""

    check: str
    message: str


def rows_of(sql: str, params: list | None = None) -> list[tuple]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or [])
        return cursor.fetchall()


def faults(check: str, rows: list[tuple], sentence: Callable[[tuple], str]) -> list[Fault]:
    """A fault for each row, the first SHOWN in words."""
    found = [Fault(check, sentence(row)) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        found.append(Fault(check, _("… và %(count)d lỗi cùng loại.") % {"count": len(rows) - SHOWN}))
    return found
