"""What the yearly work knows about reforms of the map: dossiers at work, and dossiers made since in the new places."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q

from recognition.choices import State, VisitState
from recognition.models import Registration, Tally
from recognition.models.tallies import COUNTERS

ENDED = (State.WITHDRAWN, State.RECOGNISED, State.REFUSED)
DECIDED = (State.RECOGNISED, State.REFUSED)
UNSIGNED = (VisitState.PLANNED, VisitState.VISITED, VisitState.CANCELLED)


def open_work(places) -> int:
    """Dossiers registered in the places (as they then stood) that have not ended."""
    ids = [place.pk for place in places]
    rows = Registration.objects.filter(Q(hamlet__in=ids) | Q(commune__in=ids, hamlet__isnull=True))
    return rows.exclude(state__in=ENDED).count()


def built_on(change) -> int:
    """Dossiers made since, where the change took their registrants or in hamlets it created. Those of somebody who had
    stood there before, registered then, are none of its."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM recognition_registration r WHERE r.id <> ALL(%s) AND (r.hamlet_id = ANY(%s) OR"
            " EXISTS (SELECT 1 FROM units_placechangemove m WHERE m.change_id = %s"
            " AND m.registrant_id = r.registrant_id AND m.to_place_id = coalesce(r.hamlet_id, r.commune_id))"
            # Not by when its history was written: that is when its transaction began, perhaps to wait for this change.
            " AND coalesce((SELECT min(e.state_at) FROM recognition_registrationevent e WHERE e.pgh_obj_id = r.id"
            " AND e.pgh_label = 'insert'), r.state_at) > %s)",
            [_kept(change, "dossiers"), [row["id"] for row in change.created], change.pk, change.done_at],
        )
        return cursor.fetchone()[0]


def decided_on(change) -> int:
    """Dossiers a renaming took along that were decided since: the decision bears the new name."""
    keys = _kept(change, "dossiers")
    return Registration.objects.filter(pk__in=keys, state__in=DECIDED).count() if keys else 0


def carry_work(change, moved: dict[int, int]) -> dict[int, dict]:
    """Open dossiers of this year go on under the hamlet's new name, and so do visits nobody has signed. Earlier years
    stay as they are, to the digit. Two statements, whatever their number."""
    pairs = [list(moved), list(moved.values())]
    found: dict[int, dict] = {new: {"of": old} for old, new in moved.items()}
    statements = {
        "dossiers": (
            "UPDATE recognition_registration r SET hamlet_id = t.new_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS t (old_id, new_id)"
            " WHERE r.hamlet_id = t.old_id AND r.year >= %s AND r.state <> ALL(%s) RETURNING r.hamlet_id, r.id",
            [*pairs, change.effective_on.year, [str(state) for state in ENDED]],
        ),
        "visits": (
            "UPDATE recognition_inspectionvisit v SET place_id = t.new_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS t (old_id, new_id)"
            " WHERE v.place_id = t.old_id AND v.state = ANY(%s) RETURNING v.place_id, v.id",
            [*pairs, [str(state) for state in UNSIGNED]],
        ),
    }
    with connection.cursor() as cursor:
        for name, (sql, params) in statements.items():
            cursor.execute(sql, params)
            for place, key in cursor.fetchall():
                found[place].setdefault(name, []).append(key)
    return found


def give_work_back(change) -> None:
    """The carried dossiers and visits stand at the hamlet's old name again; sums of the new name are all nought."""
    old = {row["id"]: row["work"]["of"] for row in change.created if "work" in row}
    if not old:
        return
    pairs = [list(old), list(old.values())]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recognition_registration r SET hamlet_id = t.old_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS t (new_id, old_id)"
            " WHERE r.hamlet_id = t.new_id AND r.id = ANY(%s)",
            [*pairs, _kept(change, "dossiers")],
        )
        cursor.execute(
            "UPDATE recognition_inspectionvisit v SET place_id = t.old_id"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS t (new_id, old_id)"
            " WHERE v.place_id = t.new_id AND v.id = ANY(%s)",
            [*pairs, _kept(change, "visits")],
        )
    Tally.objects.filter(place__in=list(old), **dict.fromkeys(COUNTERS, 0)).delete()


def _kept(change, name: str) -> list[int]:
    return [key for row in change.created for key in row.get("work", {}).get(name, [])]
