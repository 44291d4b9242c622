"""Carry out a plan: all of it or nothing, in a number of statements that does not depend on how many move."""

from __future__ import annotations

import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from units.choices import CloseReason, Level
from units.domain.errors import RegisterError
from units.domain.places import _last_number
from units.domain.places_held import lock_wards
from units.domain.reforms import renaming
from units.domain.reforms.plans import (
    ASSIGNED,
    KINDS_THAT_ASK_ALL,
    Plan,
    assignment,
    check_assigned,
    check_no_import,
    preview,
)
from units.models import ChangeKind, Place, PlaceChange, PlaceChangeCommune, Succession, User

# Where a registrant of place `p` stands.
PLACE_COLUMNS = """
hamlet_id = CASE WHEN p.level = 'hamlet' THEN p.id END,
commune_id = CASE WHEN p.level = 'commune' THEN p.id ELSE p.commune_id END,
district_id = p.district_id, province_id = p.province_id
"""


@transaction.atomic
def carry_out(*, actor: User | None, plan: Plan) -> PlaceChange:
    """Do what the plan says; the verbs have asked whether the person may. Raises RegisterError, nothing written.

    Registrations, awards, tallies and stays of the past keep the places of their time: only the open stay ends on the
    day, and a new one begins in the new place.
    """
    lock_places(plan)
    check_no_import([plan.place, *(target.commune for target in plan.targets)])
    shown = preview(plan)
    if plan.kind in KINDS_THAT_ASK_ALL:
        check_assigned(shown)
    before = plan.on - datetime.timedelta(days=1)
    ending = [place for place in plan.sources if plan.closes and (place.valid_to is None or place.valid_to > before)]
    change = PlaceChange.objects.create(
        kind=plan.kind,
        place=plan.place,
        effective_on=plan.on,
        actor=actor,
        actor_name=actor.full_name if actor else _("Dòng lệnh"),
        counts=shown.counts,
        closed=[{"id": place.pk, "name": place.name, "valid_to": _iso(place.valid_to)} for place in ending],
    )
    # Open stays of registrants and places end first, so a new hamlet may bear the name of an old one.
    Place.objects.filter(pk__in=[place.pk for place in ending]).update(valid_to=before)
    places = _create_targets(plan)
    _move(change, plan, places)
    if plan.closes and plan.kind != ChangeKind.RENAME:
        _close_communities(change, plan)
    change.created = [
        {"id": place.pk, "name": place.name, "code": place.code, "commune": place.commune_id}
        for place, target in zip(places, plan.targets, strict=True)
        if target.existing is None
    ]
    if plan.kind == ChangeKind.RENAME:
        renaming.take_along(change, plan, places)
    change.successions = _write_successions(change, plan, places)
    change.save(update_fields=["created", "successions"])
    PlaceChangeCommune.objects.bulk_create(
        PlaceChangeCommune(change=change, place_id=pk) for pk in sorted({t.commune.pk for t in plan.targets})
    )
    return change


def lock_places(plan: Plan) -> None:
    """Imports into these communes and other changes of these places wait; so do people entering a household there."""
    communes = {plan.place.pk, *(target.commune.pk for target in plan.targets)}
    lock_wards(communes)
    ids = communes | {place.pk for place in plan.sources}
    # The full lock also waits for rows being entered that point to these places.
    found = Place.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    now = {place.pk: place.valid_to for place in found}
    if any(now.get(place.pk) != place.valid_to for place in plan.sources):
        raise RegisterError(_("Người khác vừa sắp xếp các khu phố này. Hãy mở lại trang; chưa có gì thay đổi."))


def _create_targets(plan: Plan) -> list[Place]:
    """The place of each target; missing ones are created with the next codes of their commune."""
    last = {target.commune.pk: None for target in plan.targets if target.existing is None}
    created = []
    for target in plan.targets:
        if target.existing is not None:
            continue
        commune = target.commune
        if last[commune.pk] is None:
            last[commune.pk] = _last_number(commune)  # once a commune
        last[commune.pk] += 1
        place = Place(
            code=f"{commune.code}-{last[commune.pk]:02d}",
            level=Level.HAMLET,
            kind=target.kind,
            name=target.name,
            parent=commune,
            area_class=target.area_class,
            valid_from=plan.on,
            valid_to=commune.valid_to,
        )
        place.derive()
        created.append(place)
    try:
        with transaction.atomic():
            Place.objects.bulk_create(created)
    except IntegrityError:
        raise RegisterError(_("Tên khu phố, thôn mới trùng với một nơi đã có. Hãy đặt tên khác.")) from None
    fresh = iter(created)
    return [target.existing or next(fresh) for target in plan.targets]


def _move(change: PlaceChange, plan: Plan, places: list[Place]) -> None:
    values = assignment(plan) | {
        "change": change.pk,
        "on": plan.on,
        "positions": list(range(len(places))),
        "places": [place.pk for place in places],
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"{ASSIGNED} INSERT INTO units_placechangemove"
            " (change_id, registrant_id, from_place_id, to_place_id, old_stay)"
            " SELECT %(change)s, a.id, coalesce(a.hamlet_id, a.commune_id), t.place_id, s.id FROM assigned a"
            " JOIN unnest(%(positions)s::int[], %(places)s::bigint[]) AS t (position, place_id)"
            " ON t.position = a.target JOIN units_stay s ON s.registrant_id = a.id AND s.until IS NULL ORDER BY a.id",
            values,
        )
        if plan.kind == ChangeKind.RENAME:
            renaming.note_communities(change, plan, places)
        cursor.execute("ANALYZE units_placechangemove")  # else the planner joins the new rows by nested loops
        cursor.execute(
            f"UPDATE units_registrant r SET {PLACE_COLUMNS} FROM units_placechangemove m"
            " JOIN units_place p ON p.id = m.to_place_id WHERE m.change_id = %(change)s AND r.id = m.registrant_id",
            values,
        )
        # Who came on the day or later was never at the old place as far as any list of a year's end knows.
        cursor.execute(
            f"UPDATE units_stay s SET {PLACE_COLUMNS} FROM units_placechangemove m"
            " JOIN units_place p ON p.id = m.to_place_id"
            " WHERE m.change_id = %(change)s AND s.id = m.old_stay AND s.since >= %(on)s",
            values,
        )
        cursor.execute(
            "UPDATE units_stay s SET until = %(on)s FROM units_placechangemove m"
            " WHERE m.change_id = %(change)s AND s.id = m.old_stay AND s.since < %(on)s",
            values,
        )
        cursor.execute(
            "INSERT INTO units_stay (registrant_id, kind, hamlet_id, commune_id, district_id, province_id, since)"
            " SELECT r.id, r.kind, r.hamlet_id, r.commune_id, r.district_id, r.province_id, %(on)s"
            " FROM units_placechangemove m JOIN units_stay s ON s.id = m.old_stay"
            " JOIN units_registrant r ON r.id = m.registrant_id"
            " WHERE m.change_id = %(change)s AND s.until IS NOT NULL ORDER BY r.id",
            values,
        )
        cursor.execute(
            "UPDATE units_placechangemove m SET new_stay = s.id FROM units_stay s WHERE m.change_id = %(change)s"
            " AND s.registrant_id = m.registrant_id AND s.until IS NULL AND s.id <> m.old_stay",
            values,
        )


def _close_communities(change: PlaceChange, plan: Plan) -> None:
    """The community of a place ends with it; that of the new one is entered like any other."""
    values = {
        "change": change.pk,
        "on": plan.on,
        "places": [*(place.pk for place in plan.sources), *([plan.ward.pk] if plan.ward else [])],
        "reason": CloseReason.DISSOLVED,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO units_placechangemove (change_id, registrant_id, from_place_id, old_stay)"
            " SELECT %(change)s, r.id, c.place_id, s.id FROM units_community c"
            " JOIN units_registrant r ON r.id = c.registrant_id AND r.closed_on IS NULL"
            " JOIN units_stay s ON s.registrant_id = r.id AND s.until IS NULL"
            " WHERE c.place_id = ANY(%(places)s) ORDER BY r.id",
            values,
        )
        cursor.execute(
            "UPDATE units_registrant r SET closed_on = greatest(s.since, %(on)s), close_reason = %(reason)s"
            " FROM units_placechangemove m JOIN units_stay s ON s.id = m.old_stay"
            " WHERE m.change_id = %(change)s AND m.to_place_id IS NULL AND r.id = m.registrant_id",
            values,
        )
        cursor.execute(
            "UPDATE units_stay s SET until = greatest(s.since, %(on)s) FROM units_placechangemove m"
            " WHERE m.change_id = %(change)s AND m.to_place_id IS NULL AND s.id = m.old_stay",
            values,
        )


def _write_successions(change: PlaceChange, plan: Plan, places: list[Place]) -> list[int]:
    """From each old hamlet to every place something of it went to; partial where that is more than one."""
    hamlets = {place.pk for place in plan.sources}
    links = {(hamlet, places[position].pk) for hamlet, position in plan.by_hamlet.items() if hamlet in hamlets}
    links |= {(hamlet, places[position].pk) for (hamlet, _group), position in plan.by_group.items()}
    links |= set(
        change.moves.filter(to_place__isnull=False, from_place__in=hamlets)
        .values_list("from_place_id", "to_place_id")
        .distinct()
    )
    levels = {place.pk: place.level for place in places}
    links = {link for link in links if levels[link[1]] == Level.HAMLET and link[0] != link[1]}
    known = set(
        Succession.objects.filter(from_place__in=hamlets, effective_on=plan.on).values_list(
            "from_place_id", "to_place_id"
        )
    )
    ways = {hamlet: sum(1 for link in links | known if link[0] == hamlet) for hamlet in hamlets}
    # Whole only when the hamlet as such was assigned and nothing of it went anywhere else.
    written = Succession.objects.bulk_create(
        Succession(
            from_place_id=old,
            to_place_id=new,
            effective_on=plan.on,
            partial=ways[old] > 1 or old not in plan.by_hamlet,
        )
        for old, new in sorted(links - known)
    )
    return [link.pk for link in written]


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
