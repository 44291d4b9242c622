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
    stay as they are, to the digit. Two statements, whatever their number; visits before dossiers and both by key, as
    everybody locks them.
    """
    found: dict[int, dict] = {new: {"of": old} for old, new in moved.items()}
    pairs = [list(moved), list(moved.values())]
    carried = {
        "visits": _to_other_hamlets(_VISITS, pairs, "x.state = ANY(%s)", [[str(state) for state in UNSIGNED]]),
        "dossiers": _to_other_hamlets(
            _DOSSIERS,
            pairs,
            "x.year >= %s AND x.state <> ALL(%s)",
            [change.effective_on.year, [str(state) for state in ENDED]],
        ),
    }
    for name, rows in carried.items():
        for place, key in rows:
            found[place].setdefault(name, []).append(key)
    return found


def give_work_back(change) -> None:
    """The carried dossiers and visits stand at the hamlet's old name again; sums of the new name are all nought."""
    old = {row["id"]: row["work"]["of"] for row in change.created if "work" in row}
    if not old:
        return
    pairs = [list(old), list(old.values())]
    _to_other_hamlets(_VISITS, pairs, "x.id = ANY(%s)", [_kept(change, "visits")])
    _to_other_hamlets(_DOSSIERS, pairs, "x.id = ANY(%s)", [_kept(change, "dossiers")])
    Tally.objects.filter(place__in=list(old), **dict.fromkeys(COUNTERS, 0)).delete()


_VISITS, _DOSSIERS = ("recognition_inspectionvisit", "place_id"), ("recognition_registration", "hamlet_id")


def _to_other_hamlets(table: tuple[str, str], pairs: list[list[int]], which: str, params: list) -> list[tuple]:
    """Rows of a table that stand in the first hamlets of `pairs` stand in the second ones; (hamlet, key) of each.

    Locked by key first: an update takes rows as it finds them, and whoever scores a list takes them by key.
    """
    name, column = table
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH mine AS MATERIALIZED (SELECT x.id, t.after FROM {name} x"
            f" JOIN unnest(%s::bigint[], %s::bigint[]) AS t (before, after) ON x.{column} = t.before"
            f" WHERE {which} ORDER BY x.id FOR NO KEY UPDATE OF x)"
            f" UPDATE {name} x SET {column} = mine.after FROM mine WHERE x.id = mine.id RETURNING x.{column}, x.id",
            [*pairs, *params],
        )
        return cursor.fetchall()


def _kept(change, name: str) -> list[int]:
    return [key for row in change.created for key in row.get("work", {}).get(name, [])]
