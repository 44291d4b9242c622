"""Verbs of the register of households. What every kind shares stands in registrants.py."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import fold
from units.choices import Level, Poverty, RegistrantKind
from units.domain import registrants
from units.domain.close_reasons import CLOSE_REASONS
from units.domain.closing import close_registrant, reopen_registrant
from units.domain.errors import RegisterError
from units.domain.registrants import Book
from units.models import Household, Place, Registrant, User

__all__ = [
    "BOOK",
    "CLOSE_REASONS",
    "PROFILE_FIELDS",
    "add_household",
    "close_registrant",
    "correct_household",
    "household_version",
    "members_fault",
    "possible_duplicates",
    "reopen_registrant",
]

REGISTRANT_FIELDS = ("name", "hamlet", "note")
PROFILE_FIELDS = ("address", "group_name", "members", "adults", "pupils", "poverty", "phone")


def add_household(
    *,
    actor: User | None,
    hamlet: Place,
    name: str,
    opened_on: datetime.date,
    address: str = "",
    group_name: str = "",
    members: int | None = None,
    adults: int | None = None,
    pupils: int | None = None,
    poverty: str = Poverty.NONE,
    phone: str = "",
    note: str = "",
    seen_duplicates: Collection[int] | None = None,
) -> Registrant:
    """Enter a household: see `registrants.enter`. Raises NotAllowed, RegisterError, PossibleDuplicate."""
    return registrants.enter(
        actor=actor,
        book=BOOK,
        place=hamlet,
        name=name,
        opened_on=opened_on,
        note=note,
        seen_duplicates=seen_duplicates,
        address=address,
        group_name=group_name,
        members=members,
        adults=adults,
        pupils=pupils,
        poverty=poverty,
        phone=phone,
    )


def correct_household(*, actor: User | None, registrant: Registrant, version: str = "", **values) -> Registrant:
    """Correct a household: see `registrants.correct`. `values`: any of name, hamlet, note and the profile's fields."""
    return registrants.correct(actor=actor, book=BOOK, registrant=registrant, version=version, **values)


def household_version(pk: int) -> str:
    """What a household stands at; read it before the household that goes into a form."""
    return BOOK.version(pk)


def possible_duplicates(*, hamlet: Place, name: str, address: str, limit: int = 5) -> list[Registrant]:
    """Households of the ward that may be the same: same name without marks and same address (or, where one of the
    two has no address, the same hamlet). Closed ones too: they can be reopened."""
    return _alike(hamlet.commune_id, hamlet.pk, fold(name), fold(address))[:limit]


def _alike(commune_id: int, hamlet_id: int, folded: str, key: str) -> list[Registrant]:
    if not folded:
        return []
    rows = (
        Registrant.objects.households()
        .filter(commune_id=commune_id, search_name=folded)
        .select_related("household", "hamlet")
        .order_by("closed_on", "id")
    )
    return [
        row
        for row in rows[:200]
        if (row.household.address_key == key and key)
        or (row.hamlet_id == hamlet_id and not (row.household.address_key and key))
    ]


def members_fault(members: int | None, adults: int | None, pupils: int | None) -> str:
    """What is wrong with the numbers of a household's people, as a sentence; empty when they fit."""
    if members is None:
        return ""
    if members < 1:
        return _("Hộ phải có ít nhất 1 nhân khẩu; chưa rõ thì để trống.")
    if members < (adults or 0) + (pupils or 0):
        return _("Số nhân khẩu (%(members)s) ít hơn tổng người lớn (%(adults)s) và học sinh (%(pupils)s).") % {
            "members": members,
            "adults": adults or 0,
            "pupils": pupils or 0,
        }
    return ""


def _check(registrant: Registrant, profile: Household) -> None:
    fault = members_fault(profile.members, profile.adults, profile.pupils)
    if fault:
        raise RegisterError(fault, field="members")


BOOK = Book(
    kind=RegistrantKind.HOUSEHOLD,
    profile=Household,
    fields=PROFILE_FIELDS,
    noun=gettext_lazy("hộ"),
    name_label=gettext_lazy("họ tên chủ hộ"),
    levels=(Level.HAMLET,),
    wrong_level=gettext_lazy("Hộ gia đình phải thuộc một khu phố, thôn hoặc ấp."),
    place_field="hamlet",
    check=_check,
    alike=lambda registrant, profile: _alike(
        registrant.commune_id, registrant.hamlet_id, registrant.search_name, profile.address_key
    )[:5],
)
