"""What the yearly work knows about reforms of the map: dossiers at work, and dossiers made since in the new places."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q

from recognition.choices import State
from recognition.models import Registration


def open_work(places) -> int:
    """Dossiers registered in the places (as they then stood) that have not ended."""
    ids = [place.pk for place in places]
    rows = Registration.objects.filter(Q(hamlet__in=ids) | Q(commune__in=ids, hamlet__isnull=True))
    return rows.exclude(state__in=[State.WITHDRAWN, State.RECOGNISED, State.REFUSED]).count()


def built_on(change) -> int:
    """Dossiers of the registrants a change moved, registered where it took them, or in hamlets it created."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM recognition_registration r WHERE r.hamlet_id = ANY(%s) OR EXISTS ("
            " SELECT 1 FROM units_placechangemove m WHERE m.change_id = %s AND m.registrant_id = r.registrant_id"
            " AND m.to_place_id = coalesce(r.hamlet_id, r.commune_id))",
            [[row["id"] for row in change.created], change.pk],
        )
        return cursor.fetchone()[0]
