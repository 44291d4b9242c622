"""Many registrants at once, in the places of their time, and a register carried from one hamlet to another.

A few statements for any number.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from units import rules
from units.choices import Level, Poverty, RegistrantKind
from units.domain.errors import NotAllowed, RegisterError
from units.domain.registrants import Book
from units.models import Household, Place, Registrant, Stay, User


@dataclass(frozen=True)
class HouseholdDraft:
    """A household to be entered."""

    name: str
    address: str
    group_name: str
    members: int
    adults: int
    pupils: int
    opened_on: datetime.date
    poverty: str = Poverty.NONE


@transaction.atomic
def add_households(*, actor: User, hamlet: Place, drafts: Sequence[HouseholdDraft]) -> list[Registrant]:
    """Enter many households of one hamlet. Raises NotAllowed; the database refuses numbers that do not add up."""
    if hamlet.level != Level.HAMLET:
        raise RegisterError(_("Hộ gia đình phải thuộc một khu phố, thôn hoặc ấp."))
    if not rules.may_keep_register(actor, hamlet):
        raise NotAllowed(_("Bạn không giữ sổ của %(place)s.") % {"place": hamlet.name})
    registrants, profiles, stays = [], [], []
    for draft in drafts:
        registrant = Registrant(
            kind=RegistrantKind.HOUSEHOLD, name=draft.name, opened_on=draft.opened_on, **hamlet.fact_ids
        )
        registrant.derive()
        registrants.append(registrant)
    Registrant.objects.bulk_create(registrants, batch_size=2000)
    for registrant, draft in zip(registrants, drafts, strict=True):
        profile = Household(
            registrant=registrant,
            address=draft.address,
            group_name=draft.group_name,
            members=draft.members,
            adults=draft.adults,
            pupils=draft.pupils,
            poverty=draft.poverty,
        )
        profile.derive()
        profiles.append(profile)
        stays.append(Stay(registrant=registrant, kind=registrant.kind, since=draft.opened_on, **hamlet.fact_ids))
    Household.objects.bulk_create(profiles, batch_size=2000)
    Stay.objects.bulk_create(stays, batch_size=2000)
    return registrants


@dataclass(frozen=True)
class RegistrantDraft:
    """An organisation, clan or citizen to be entered. `values`: fields of its profile."""

    place: Place
    name: str
    opened_on: datetime.date
    values: Mapping[str, object]


@transaction.atomic
def add_registrants(*, actor: User | None, book: Book, drafts: Sequence[RegistrantDraft]) -> list[Registrant]:
    """Enter many registrants of one kind, also where a place has ended since: whoever stood there is carried later.

    A citizen stands where the household or organisation named in its values stands. Raises NotAllowed, RegisterError.
    """
    for place in {draft.place.pk: draft.place for draft in drafts}.values():  # as many as there are places
        if place.level not in book.levels:
            raise RegisterError(book.wrong_level, field=book.place_field)
        if actor is not None and not rules.may_keep_register(actor, place):
            raise NotAllowed(_("Bạn không giữ sổ của %(place)s.") % {"place": place.name})
    registrants, profiles, stays = [], [], []
    for draft in drafts:
        registrant = Registrant(kind=book.kind, name=draft.name, opened_on=draft.opened_on, **draft.place.fact_ids)
        registrant.derive()
        profile = book.profile(**draft.values)
        book.check(registrant, profile)
        registrants.append(registrant)
        profiles.append(profile)
    Registrant.objects.bulk_create(registrants, batch_size=2000)
    for registrant, profile, draft in zip(registrants, profiles, drafts, strict=True):
        profile.registrant = registrant
        if hasattr(profile, "derive"):
            profile.derive()
        stays.append(Stay(registrant=registrant, kind=book.kind, since=draft.opened_on, **draft.place.fact_ids))
    book.profile.objects.bulk_create(profiles, batch_size=2000)
    Stay.objects.bulk_create(stays, batch_size=2000)
    return registrants


@transaction.atomic
def carry_register(*, actor: User, moves: Mapping[Place, Place], on: datetime.date) -> int:
    """Carry every open registrant of hamlets that ended into their successors on a day; returns how many moved.

    Where they stood before stays in their stays, so yearly totals, registrations and awards of the past keep the
    hamlet and ward of their time. Raises NotAllowed when the person keeps neither register.
    """
    for old, new in moves.items():
        if not (rules.may_keep_register(actor, old) and rules.may_keep_register(actor, new)):
            raise NotAllowed(_("Bạn không giữ sổ của cả %(old)s và %(new)s.") % {"old": old.name, "new": new.name})
    pairs = [[old.pk for old in moves], [new.pk for new in moves.values()]]
    to_new = " FROM unnest(%s::bigint[], %s::bigint[]) AS m(old_id, new_id) JOIN units_place p ON p.id = m.new_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE units_registrant r SET hamlet_id = p.id, commune_id = p.commune_id, district_id = p.district_id,"
            f" province_id = p.province_id{to_new} WHERE r.hamlet_id = m.old_id AND r.kind <> 'COMMUNITY'"
            " AND r.closed_on IS NULL RETURNING r.id",
            pairs,
        )
        moved = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("UPDATE units_stay SET until = %s WHERE registrant_id = ANY(%s) AND until IS NULL", [on, moved])
        cursor.execute(
            "INSERT INTO units_stay (registrant_id, kind, hamlet_id, commune_id, district_id, province_id, since)"
            " SELECT id, kind, hamlet_id, commune_id, district_id, province_id, %s FROM units_registrant"
            " WHERE id = ANY(%s) ORDER BY id",
            [on, moved],
        )
    return len(moved)
