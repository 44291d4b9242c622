"""What goes along when a hamlet bears another name: its community, its officers, and the work at hand.

Decisions and certificates of before keep the name of then; whatever goes on goes on under the new one. All that
taking it back needs is kept in the rows `created` of the change (docs/decisions/0026).
"""

from __future__ import annotations

import datetime

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from units.choices import RegistrantKind
from units.domain.reforms import hooks
from units.domain.reforms.plans import Plan
from units.models import Community, Place, PlaceChange, Posting, Registrant


def note_communities(change: PlaceChange, plan: Plan, places: list[Place]) -> None:
    """The communities move with everybody else: their stays and columns are written by the same statements."""
    moved = _moved(plan, places)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO units_placechangemove (change_id, registrant_id, from_place_id, to_place_id, old_stay)"
            " SELECT %s, r.id, c.place_id, t.new_id, s.id FROM units_community c"
            " JOIN unnest(%s::bigint[], %s::bigint[]) AS t (old_id, new_id) ON t.old_id = c.place_id"
            " JOIN units_registrant r ON r.id = c.registrant_id AND r.closed_on IS NULL"
            " JOIN units_stay s ON s.registrant_id = r.id AND s.until IS NULL ORDER BY r.id",
            [change.pk, list(moved), [place.pk for place in moved.values()]],
        )


def take_along(change: PlaceChange, plan: Plan, places: list[Place]) -> None:
    """After everybody has moved: the communities bear the new names, officers and open work follow."""
    moved = _moved(plan, places)
    told = {row["id"]: row for row in change.created}
    _rename_communities(change, told)
    _take_postings(plan, moved, told)
    for carry in hooks.carry_work:
        for place, work in carry(change, {old: new.pk for old, new in moved.items()}).items():
            told[place].setdefault("work", {}).update(work)


def give_back(change: PlaceChange) -> None:
    """Take it back, after everybody stands at the old places again and before the new ones are removed."""
    for give in hooks.give_work_back:
        give(change)
    _name_back(change)
    kept = postings_of(change)
    if not kept:
        return
    ends = {pk: day(last) for one in kept for pk, last in one["ended"]}
    Posting.objects.filter(pk__in=[pk for one in kept for pk in one["made"]]).delete()
    rows = list(Posting.objects.filter(pk__in=ends))
    for row in rows:
        row.ends_on = ends[row.pk]
    Posting.objects.bulk_update(rows, ["ends_on"])


def postings_of(change: PlaceChange) -> list[dict]:
    """Postings a renaming took along, by created hamlet."""
    return [row["postings"] for row in change.created if "postings" in row]


def day(text: str | None) -> datetime.date | None:
    """A day out of what a change keeps."""
    return None if text is None else datetime.date.fromisoformat(text)


def _moved(plan: Plan, places: list[Place]) -> dict[int, Place]:
    return {place.pk: places[plan.by_hamlet[place.pk]] for place in plan.sources}


def _rename_communities(change: PlaceChange, told: dict[int, dict]) -> None:
    moves = dict(
        change.moves.filter(registrant__kind=RegistrantKind.COMMUNITY, to_place__isnull=False).values_list(
            "registrant", "to_place"
        )
    )
    rows = list(Registrant.objects.filter(pk__in=moves).order_by("pk"))
    for row in rows:
        place = told[moves[row.pk]]
        place["community"] = {"id": row.pk, "name": row.name}
        row.name = place["name"]
        row.derive()
    Registrant.objects.bulk_update(rows, ["name", "search_name", "bigrams", "sort_key"])
    profiles = list(Community.objects.filter(pk__in=moves).order_by("pk"))
    for one in profiles:
        one.place_id = moves[one.pk]
    Community.objects.bulk_update(profiles, ["place"])


def _name_back(change: PlaceChange) -> None:
    names = {row["community"]["id"]: row["community"]["name"] for row in change.created if "community" in row}
    rows = list(Registrant.objects.filter(pk__in=names).order_by("pk"))
    for row in rows:
        row.name = names[row.pk]
        row.derive()
    Registrant.objects.bulk_update(rows, ["name", "search_name", "bigrams", "sort_key"])
    places = dict(change.moves.filter(registrant__in=names).values_list("registrant", "from_place"))
    profiles = list(Community.objects.filter(pk__in=names).order_by("pk"))
    for one in profiles:
        one.place_id = places[one.pk]
    Community.objects.bulk_update(profiles, ["place"])


def _take_postings(plan: Plan, moved: dict[int, Place], told: dict[int, dict]) -> None:
    """Under another name a hamlet keeps its officers: each goes on in the new one with the same role."""
    old = list(Posting.objects.filter(place__in=moved).in_force(max(plan.on, timezone.localdate())).order_by("pk"))
    new = Posting.objects.bulk_create(
        Posting(
            user_id=one.user_id,
            role=one.role,
            place=moved[one.place_id],
            starts_on=max(one.starts_on, plan.on),
            ends_on=one.ends_on,
        )
        for one in old
    )
    for one, made in zip(old, new, strict=True):
        kept = told[made.place_id].setdefault("postings", {"made": [], "ended": []})
        kept["made"].append(made.pk)
        kept["ended"].append([one.pk, one.ends_on.isoformat() if one.ends_on else None])
    # On the day it began a posting cannot have ended the day before.
    ended = Greatest(F("starts_on"), Value(plan.on - datetime.timedelta(days=1)))
    Posting.objects.filter(pk__in=[one.pk for one in old]).update(ends_on=ended)
