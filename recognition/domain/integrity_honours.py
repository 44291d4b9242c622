"""Proof that commendations are what their papers say: given under a decision, within the seats of a congress."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from recognition.domain.integrity_faults import Fault, faults, rows_of


def commendations() -> list[Fault]:
    """Those given once have a decision and a number in the register, others have none; lists follow their
    decision; no place sends more delegates than its seats. One statement."""
    rows = rows_of(
        "SELECT c.name, 'state' FROM recognition_commendation c"
        " LEFT JOIN recognition_commendationdecision d ON d.roll_id = c.roll_id"
        " WHERE (c.state IN ('GIVEN', 'REVOKED', 'REPLACED')) <> (c.book_number IS NOT NULL AND d.id IS NOT NULL)"
        " OR (c.state = 'LISTED') <> (d.id IS NULL)"
        " UNION ALL SELECT l.title, 'list' FROM recognition_commendationlist l"
        " LEFT JOIN recognition_commendationdecision d ON d.roll_id = l.id"
        " WHERE (l.state = 'DECIDED') <> (d.id IS NOT NULL)"
        " UNION ALL SELECT p.name, 'seats' FROM recognition_delegate g JOIN units_place p ON p.id = g.place_id"
        " LEFT JOIN recognition_congressquota q ON q.congress_id = g.congress_id AND q.place_id = g.place_id"
        " AND q.kind = g.kind WHERE g.removed_reason = ''"
        " GROUP BY g.congress_id, p.id, p.name, g.kind, q.seats HAVING count(*) > coalesce(q.seats, 0) ORDER BY 1, 2"
    )
    words = {
        "state": _("Khen thưởng của %(name)s không khớp với quyết định của danh sách."),
        "list": _("Danh sách “%(name)s” không khớp với quyết định của nó."),
        "seats": _("%(name)s cử quá số đại biểu được phân bổ."),
    }
    return faults("commendations", rows, lambda row: words[row[1]] % {"name": row[0]})


CHECKS: dict[str, Callable[[], list[Fault]]] = {"commendations": commendations}
