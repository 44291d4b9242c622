"""The life of a household: it moves, changes its head, splits, merges. Past years stay as they were counted."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping

import pghistory
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from portal.lib.text import clean, fold
from units.choices import CloseReason, HeadChange, Level
from units.domain import closing, register, registrants
from units.domain.errors import ChangedMeanwhile, RegisterError
from units.domain.places_held import held, hold_wards_of
from units.domain.registrants import check_may_correct, day_text, people_of
from units.models import Citizen, ClanMembership, Household, Place, Registrant, Stay, User

NUMBERS = ("members", "adults", "pupils")


@transaction.atomic
def move(*, actor: User | None, registrant: Registrant, hamlet: Place, on: datetime.date) -> Registrant:
    """A household lives in another hamlet from `on` on, of the same ward or of any other; its citizens go with it.

    Whoever keeps the register it leaves hands it over; from then on those who keep the other one keep it. Years whose
    31 December lies before `on` still count it where it stood. Raises NotAllowed, RegisterError.
    """
    hold_wards_of([registrant.pk], hamlet)
    hamlet = held(hamlet)
    row = _open_household(actor, registrant)
    if hamlet.level != Level.HAMLET:
        raise RegisterError(_("Hộ gia đình phải thuộc một khu phố, thôn hoặc ấp."), field="hamlet")
    if hamlet.pk == row.hamlet_id:
        raise RegisterError(_("Hộ đang ở %(place)s, hãy chọn nơi khác.") % {"place": hamlet.name}, field="hamlet")
    if hamlet.is_legacy or not hamlet.existed_on(on):
        raise RegisterError(
            _("%(place)s không có vào ngày %(day)s hoặc nay không còn. Hãy xem lại nơi đến và ngày chuyển.")
            % {"place": hamlet.name, "day": day_text(on)},
            field="hamlet",
        )
    check_day(row, on)
    with official_language():  # kept in the history
        note = _("Chuyển đến %(place)s, %(ward)s từ ngày %(day)s") % {
            "place": hamlet.name,
            "ward": hamlet.commune,
            "day": day_text(on),
        }
    with pghistory.context(note=note):
        keys = [row.pk, *people_of(row).filter(closed_on__isnull=True).values_list("pk", flat=True)]
        stand_elsewhere(keys, hamlet, on)
    row.refresh_from_db()
    return row


def stand_elsewhere(keys: Collection[int], place: Place, on: datetime.date) -> None:
    """Close the open stays of registrants on a day and open new ones in `place`; a few statements for any number.

    Raises RegisterError where the place had ended: the register of an ended ward waits there to be carried.
    """
    stays = list(Stay.objects.select_for_update().filter(registrant__in=keys, until__isnull=True).order_by("pk"))
    for stay in stays:
        stay.until = max(stay.since, on)  # whoever came in later than that day stood nowhere before it
    if place.valid_to and any(stay.until > place.valid_to for stay in stays):
        raise RegisterError(
            _(
                "%(place)s không còn sau ngày %(day)s nên không chuyển ai về đó được nữa. Hãy chuyển sổ của nơi này về"
                " khu phố, thôn hiện nay trước."
            )
            % {"place": place.name, "day": day_text(place.valid_to)},
            field="on",
        )
    Stay.objects.bulk_update(stays, ["until"])
    Registrant.objects.filter(pk__in=keys).update(**place.fact_ids)
    Stay.objects.bulk_create(
        Stay(registrant_id=stay.registrant_id, kind=stay.kind, since=stay.until, **place.fact_ids) for stay in stays
    )


@transaction.atomic
def change_head(
    *, actor: User | None, registrant: Registrant, name: str, on: datetime.date, reason: str, version: str = ""
) -> Registrant:
    """Another person heads the household from `on` on. Day and reason stand in the history beside both names.

    Raises NotAllowed, RegisterError, ChangedMeanwhile.
    """
    row = _open_household(actor, registrant)
    if reason not in HeadChange.values:
        raise RegisterError(_("Hãy chọn lý do đổi chủ hộ."), field="reason")
    if clean(name) == row.name:
        raise RegisterError(_("“%(name)s” đang là chủ hộ.") % {"name": row.name}, field="name")
    check_day(row, on)
    with official_language():  # kept in the history
        note = _("Đổi chủ hộ từ ngày %(day)s: %(reason)s") % {"day": day_text(on), "reason": HeadChange(reason).label}
    with pghistory.context(note=note):
        return register.correct_household(actor=actor, registrant=row, name=name, version=version)


@transaction.atomic
def split(
    *,
    actor: User | None,
    registrant: Registrant,
    on: datetime.date,
    name: str,
    address: str = "",
    numbers: Mapping[str, int | None] | None = None,
    people: Collection[int] = (),
    version: str = "",
) -> Registrant:
    """Part of a household becomes a household of its own in the same hamlet from `on` on; returns the new one.

    `numbers`: members, adults and pupils that go; they are taken off the old household where it knows its own.
    `people`: keys of citizens who go. Raises NotAllowed, RegisterError, ChangedMeanwhile.
    """
    held(registrant.place)
    row = _open_household(actor, registrant)
    check_day(row, on)
    going = {key: (numbers or {}).get(key) for key in NUMBERS}
    left = _numbers_left(row, going)
    if version and version != register.household_version(row.pk):
        raise _changed()
    if _split_before(row, name, on):
        raise RegisterError(
            _("Hộ “%(name)s” đã vào sổ ở %(place)s cùng ngày: có lẽ đã tách rồi.")
            % {"name": clean(name), "place": row.hamlet.name},
            field="name",
        )
    with official_language():  # kept in the history
        note = _("Tách hộ từ ngày %(day)s: “%(old)s” tách ra “%(new)s”") % {
            "day": day_text(on),
            "old": row.name,
            "new": clean(name),
        }
    with pghistory.context(note=note):
        if left:
            register.correct_household(actor=actor, registrant=row, **left)
        new = register.add_household(
            actor=actor,
            hamlet=row.hamlet,
            name=name,
            opened_on=on,
            address=address,
            group_name=row.household.group_name,
            poverty=row.household.poverty,
            **going,
        )
        wanted = set(people)
        citizens = Citizen.objects.filter(household=row.pk, active=True, pk__in=wanted)
        if citizens.count() != len(wanted):
            raise _changed()
        citizens.update(household=new.pk)
    return new


def _numbers_left(row: Registrant, going: Mapping[str, int | None]) -> dict[str, int]:
    """Members, adults and pupils that stay, as far as the household knows its own. Raises RegisterError."""
    left = {}
    for key in NUMBERS:
        known = getattr(row.household, key)
        if known is None or going[key] is None:
            continue
        left[key] = known - going[key]
        if left[key] < (1 if key == "members" else 0):
            raise RegisterError(
                _("Hộ chỉ có %(known)s, không tách được %(going)s.") % {"known": known, "going": going[key]}, field=key
            )
    remaining = [left.get(key, getattr(row.household, key)) for key in NUMBERS]
    if left and register.members_fault(*remaining):
        raise RegisterError(
            _("Số còn lại ở hộ cũ không khớp. Hãy ghi cả số người, số người lớn và số học sinh tách ra."),
            field="members",
        )
    return left


def _split_before(row: Registrant, name: str, on: datetime.date) -> bool:
    """Did a second click, or somebody else, just enter the same new household?"""
    same = Registrant.objects.households().open().filter(hamlet=row.hamlet_id, opened_on=on, search_name=fold(name))
    return same.exclude(pk=row.pk).exists()


@transaction.atomic
def merge(
    *, actor: User | None, registrant: Registrant, into: Registrant, on: datetime.date, version: str = ""
) -> Registrant:
    """A household becomes part of another of the same ward from `on` on; returns that one.

    Its people are added where both know their numbers, its citizens are counted there, and it leaves the register.
    Raises NotAllowed, RegisterError, ChangedMeanwhile.
    """
    if registrant.pk == into.pk:
        raise RegisterError(_("Hãy chọn một hộ khác để nhập vào."), field="into")
    hold_wards_of([registrant.pk, into.pk])
    # Locked in one order: two merges the other way round wait for each other.
    list(Household.objects.select_for_update().filter(pk__in=[registrant.pk, into.pk]).order_by("pk"))
    row, target = _open_household(actor, registrant), _open_household(actor, into, field="into")
    if row.commune_id != target.commune_id:
        raise RegisterError(
            _("Hai hộ ở hai phường, xã khác nhau. Hãy chuyển hộ về cùng phường, xã trước."), field="into"
        )
    check_day(row, on)
    check_day(target, on)
    if version and version != register.household_version(row.pk):
        raise _changed()
    with official_language():  # kept in the history
        note = _("Nhập hộ từ ngày %(day)s: “%(old)s” nhập vào “%(new)s”") % {
            "day": day_text(on),
            "old": row.name,
            "new": target.name,
        }
    with pghistory.context(note=note):
        sums = {}
        for key in NUMBERS:
            ours, theirs = getattr(row.household, key), getattr(target.household, key)
            if ours is not None and theirs is not None:
                sums[key] = ours + theirs
        if sums:
            register.correct_household(actor=actor, registrant=target, **sums)
        keys = list(Citizen.objects.filter(household=row.pk, active=True).values_list("pk", flat=True))
        Citizen.objects.filter(pk__in=keys).update(household=target.pk)
        if row.hamlet_id != target.hamlet_id:
            stand_elsewhere(keys, target.hamlet, on)
        members = ClanMembership.objects.filter(household=row.pk, until__isnull=True)
        for member in members:
            member.until = max(member.since, on)
            member.save(update_fields=["until"])
        closing.close_registrant(actor=actor, registrant=row, reason=CloseReason.MERGED, closed_on=on)
    target.refresh_from_db()
    return target


def _open_household(actor: User | None, registrant: Registrant, *, field: str = "") -> Registrant:
    """The household, locked, when the person keeps it and it is in the register."""
    profile = registrants.locked(register.BOOK, registrant)
    row = profile.registrant
    check_may_correct(actor=actor, registrant=row)
    if not row.is_open:
        raise RegisterError(
            _("“%(name)s” đã ra khỏi sổ ngày %(day)s.") % {"name": row.name, "day": day_text(row.closed_on)},
            field=field,
        )
    row.household = profile
    return row


def check_day(registrant: Registrant, on: datetime.date) -> None:
    """Nothing happens before the household stood where it stands, or after today."""
    stay = registrant.stays.filter(until__isnull=True).first()
    earliest = stay.since if stay else registrant.opened_on
    if on < earliest:
        raise RegisterError(
            _("Ngày này không được trước ngày %(day)s là ngày “%(name)s” về nơi đang ở.")
            % {"day": day_text(earliest), "name": registrant.name},
            field="on",
        )
    if on > timezone.localdate():
        raise RegisterError(_("Ngày này không được sau hôm nay."), field="on")


def _changed() -> ChangedMeanwhile:
    return ChangedMeanwhile(
        _("Người khác vừa sửa hộ này, nên chưa có gì được lưu. Hãy xem lại rồi làm lại."), differences=[], version=""
    )
