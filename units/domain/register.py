"""Verbs of the register: households come, are corrected, leave and come back. Records are closed, never deleted."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.lib.text import clean, fold
from units import rules
from units.choices import CloseReason, Level, Poverty, RegistrantKind
from units.domain import history
from units.domain.errors import ChangedMeanwhile, NotAllowed, PossibleDuplicate, RegisterError
from units.models import Household, Place, Registrant, Stay, User

REGISTRANT_FIELDS = ("name", "hamlet", "note")
PROFILE_FIELDS = ("address", "group_name", "members", "adults", "pupils", "poverty", "phone")
# Closing reasons a person may choose; undoing an import sets its own.
CLOSE_REASONS = [reason for reason in CloseReason if reason != CloseReason.IMPORT_UNDONE]


@transaction.atomic
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
    """Enter a household: registrant, profile and its stay in `hamlet` since `opened_on`.

    `actor` None is a command run by whoever runs the portal. With `seen_duplicates` (keys of the likely duplicates the
    person was shown) others found now raise PossibleDuplicate; None skips the check.
    Raises NotAllowed, RegisterError.
    """
    if seen_duplicates is not None:
        # Two clicks or two people adding the same household wait for each other here, so the second one is asked.
        Place.objects.select_for_update(no_key=True).get(pk=hamlet.pk)
    _check_hamlet(actor=actor, hamlet=hamlet)
    _check_opening(hamlet=hamlet, opened_on=opened_on)
    if seen_duplicates is not None:
        found = possible_duplicates(hamlet=hamlet, name=name, address=address)
        if any(row.pk not in seen_duplicates for row in found):
            raise PossibleDuplicate(_("Hộ này có thể đã có trong sổ."), duplicates=found)
    registrant = Registrant(
        kind=RegistrantKind.HOUSEHOLD, name=clean(name), opened_on=opened_on, note=clean(note), **hamlet.fact_ids
    )
    profile = Household(
        address=address,
        group_name=group_name,
        members=members,
        adults=adults,
        pupils=pupils,
        poverty=poverty,
        phone=clean(phone),
    )
    _check_values(registrant, profile)
    registrant.save()
    profile.registrant = registrant
    profile.save(force_insert=True)
    Stay.objects.create(registrant=registrant, kind=registrant.kind, since=opened_on, **hamlet.fact_ids)
    return registrant


def possible_duplicates(*, hamlet: Place, name: str, address: str, limit: int = 5) -> list[Registrant]:
    """Households of the ward that may be the same: same name without marks and same address (or, where one of the
    two has no address, the same hamlet). Closed ones too: they can be reopened."""
    folded, key = fold(name), fold(address)
    if not folded:
        return []
    rows = (
        Registrant.objects.households()
        .filter(commune_id=hamlet.commune_id, search_name=folded)
        .select_related("household", "hamlet")
        .order_by("closed_on", "id")
    )
    same = [
        row
        for row in rows[:200]
        if (row.household.address_key == key and key)
        or (row.hamlet_id == hamlet.pk and not (row.household.address_key and key))
    ]
    return same[:limit]


def household_version(pk: int) -> str:
    """What a household stands at; read it before the household that goes into a form."""
    return history.version((Registrant, pk), (Household, pk))


@transaction.atomic
def correct_household(*, actor: User | None, registrant: Registrant, version: str = "", **values) -> Registrant:
    """Correct a household. `values`: any of name, hamlet, note and the profile's fields; others stay.

    A new `hamlet` of the same ward means it was entered in the wrong one: the open stay moves too. `version` is what
    the page was drawn from; ChangedMeanwhile is raised when somebody changed the household since (empty: no check).
    Nothing is written when nothing differs. Raises NotAllowed, RegisterError.
    """
    unknown = set(values) - {*REGISTRANT_FIELDS, *PROFILE_FIELDS}
    if unknown:
        raise TypeError(f"correct_household() does not know {sorted(unknown)}")
    profile = _locked_household(registrant)
    locked = profile.registrant
    _check_may_correct(actor=actor, registrant=locked)
    if not locked.is_open:
        raise RegisterError(
            _("“%(name)s” đã ra khỏi sổ ngày %(day)s. Hãy mở lại hộ trước khi sửa.")
            % {"name": locked.name, "day": _day(locked.closed_on)}
        )
    hamlet = values.get("hamlet", locked.hamlet)
    if hamlet.pk != locked.hamlet_id:
        _check_move(actor=actor, registrant=locked, hamlet=hamlet)
    before = {name: _stored(locked, profile, name) for name in values}
    typed = {name: clean(value) if isinstance(value, str) else value for name, value in values.items()}
    changed = {name for name in values if typed[name] != before[name]}
    if version and version != household_version(locked.pk):
        _raise_changed(locked, typed, before, changed)
    for name in changed:
        setattr(locked if name in REGISTRANT_FIELDS else profile, name, typed[name])
    if "hamlet" in changed:
        for column, pk in hamlet.fact_ids.items():
            setattr(locked, column, pk)
    _check_values(locked, profile)
    if changed & set(REGISTRANT_FIELDS):
        locked.save()
    if changed & set(PROFILE_FIELDS):
        profile.save()
    if "hamlet" in changed:
        Stay.objects.filter(registrant=locked, until__isnull=True).update(**hamlet.fact_ids)
    return locked


@transaction.atomic
def close_registrant(
    *,
    actor: User | None,
    registrant: Registrant,
    reason: str,
    closed_on: datetime.date,
    today: datetime.date | None = None,
) -> Registrant:
    """Take a registrant out of the register from `closed_on` on; it is no longer counted at that year's end.

    Raises NotAllowed, RegisterError (already out, bad date or reason).
    """
    locked = Registrant.objects.select_for_update(of=("self",)).get(pk=registrant.pk)
    _check_may_correct(actor=actor, registrant=locked)
    if not locked.is_open:
        raise RegisterError(
            _("“%(name)s” đã được đưa ra khỏi sổ ngày %(day)s (%(reason)s), không cần làm lại.")
            % {"name": locked.name, "day": _day(locked.closed_on), "reason": locked.get_close_reason_display()}
        )
    if reason not in CloseReason.values:
        raise RegisterError(_("Hãy chọn lý do đưa ra khỏi sổ."), field="reason")
    stay = locked.stays.filter(until__isnull=True).first()
    earliest = stay.since if stay else locked.opened_on
    if closed_on < earliest:
        raise RegisterError(
            _("Ngày ra khỏi sổ không được trước ngày %(day)s là ngày vào sổ.") % {"day": _day(earliest)},
            field="closed_on",
        )
    if closed_on > (today or timezone.localdate()):
        raise RegisterError(_("Ngày ra khỏi sổ không được sau hôm nay."), field="closed_on")
    locked.closed_on, locked.close_reason = closed_on, reason
    locked.save(update_fields=["closed_on", "close_reason"])
    locked.stays.filter(until__isnull=True).update(until=closed_on)
    return locked


@transaction.atomic
def reopen_registrant(*, actor: User | None, registrant: Registrant, today: datetime.date | None = None) -> Registrant:
    """Take a registrant back into the register.

    Closed this year: the closing is undone, as if it had not been. Closed in an earlier year: it counts again from
    today, so the totals of the years in between stay as they were. Raises NotAllowed, RegisterError.
    """
    today = today or timezone.localdate()
    locked = Registrant.objects.select_for_update(of=("self",)).get(pk=registrant.pk)
    _check_may_correct(actor=actor, registrant=locked)
    if locked.is_open:
        raise RegisterError(_("“%(name)s” đang ở trong sổ, không cần mở lại.") % {"name": locked.name})
    place = locked.place
    if not place.existed_on(today):
        raise RegisterError(
            _("%(place)s không còn từ ngày %(day)s. Hãy thêm “%(name)s” vào khu phố, thôn hiện nay.")
            % {
                "place": place.name,
                "day": _day(place.valid_to + datetime.timedelta(days=1)),
                "name": locked.name,
            }
        )
    last = locked.stays.order_by("-since", "-id").first()
    if last and last.until == locked.closed_on and last.until.year == today.year:
        locked.stays.filter(pk=last.pk).update(until=None)
    else:
        Stay.objects.create(registrant=locked, kind=locked.kind, since=today, **place.fact_ids)
    locked.closed_on, locked.close_reason = None, ""
    locked.save(update_fields=["closed_on", "close_reason"])
    return locked


def _locked_household(registrant: Registrant) -> Household:
    """The household with its registrant, both rows locked until the transaction ends."""
    return (
        Household.objects.select_for_update(of=("self", "registrant"))
        .select_related("registrant__hamlet", "registrant__commune")
        .get(pk=registrant.pk)
    )


def _stored(registrant: Registrant, profile: Household, name: str):
    return getattr(registrant if name in REGISTRANT_FIELDS else profile, name)


def _raise_changed(registrant: Registrant, typed: dict, stored: dict, changed: set[str]) -> None:
    rows = ((Registrant, registrant.pk), (Household, registrant.pk))
    who, when = history.newest_author(*rows)
    raise ChangedMeanwhile(
        _("Người khác vừa sửa hộ này, nên những gì bạn nhập chưa được lưu."),
        differences=[(name, stored[name], typed[name]) for name in typed if name in changed],
        version=history.version(*rows),
        who=who,
        when=when,
    )


def _check_may_correct(*, actor: User | None, registrant: Registrant) -> None:
    if actor is not None and not rules.may_correct(actor, registrant):
        raise NotAllowed(_("Bạn không giữ sổ của địa bàn này."))


def _check_hamlet(*, actor: User | None, hamlet: Place) -> None:
    if hamlet.level != Level.HAMLET:
        raise RegisterError(_("Hộ gia đình phải thuộc một khu phố, thôn hoặc ấp."), field="hamlet")
    if actor is not None and not rules.may_keep_register(actor, hamlet):
        raise NotAllowed(_("Bạn không giữ sổ của %(place)s.") % {"place": hamlet.name})
    if hamlet.is_legacy:
        raise RegisterError(
            _("%(place)s không còn sau ngày %(day)s. Hãy chọn khu phố, thôn hiện nay.")
            % {"place": hamlet.name, "day": _day(hamlet.valid_to)},
            field="hamlet",
        )


def _check_opening(*, hamlet: Place, opened_on: datetime.date) -> None:
    if opened_on > timezone.localdate():
        raise RegisterError(_("Ngày vào sổ không được sau hôm nay."), field="opened_on")
    if hamlet.valid_from and opened_on < hamlet.valid_from:
        raise RegisterError(
            _("%(place)s có từ ngày %(day)s; ngày vào sổ không được trước ngày đó.")
            % {"place": hamlet.name, "day": _day(hamlet.valid_from)},
            field="opened_on",
        )


def _check_move(*, actor: User | None, registrant: Registrant, hamlet: Place) -> None:
    """Only the wrong hamlet of the same ward can be corrected; anything else is a move between wards."""
    if hamlet.level == Level.HAMLET and hamlet.commune_id != registrant.commune_id:
        raise RegisterError(
            _(
                "%(hamlet)s thuộc %(other)s, không thuộc %(ward)s. Hộ đã chuyển sang phường, xã khác thì đưa ra khỏi sổ"
                " ở đây; nơi đến sẽ thêm hộ vào sổ của mình."
            )
            % {"hamlet": hamlet.name, "other": hamlet.commune, "ward": registrant.commune},
            field="hamlet",
        )
    _check_hamlet(actor=actor, hamlet=hamlet)


def _check_values(registrant: Registrant, profile: Household) -> None:
    """Lengths, ranges and sums, as a sentence about the first wrong field. Asks the database nothing."""
    registrant.derive()
    profile.derive()
    if not registrant.search_name:
        raise RegisterError(_("Cần ghi họ tên chủ hộ."), field="name")
    if registrant.name[:1] in "=+-@":
        raise RegisterError(_("Họ tên không được bắt đầu bằng “%s”.") % registrant.name[:1], field="name")
    for row, fields in ((registrant, ("name", "note")), (profile, PROFILE_FIELDS)):
        try:
            row.clean_fields(exclude={one.name for one in row._meta.fields} - set(fields))
        except ValidationError as error:
            name, texts = next(iter(error.message_dict.items()))
            raise RegisterError(texts[0], field=name) from error
    fault = members_fault(profile.members, profile.adults, profile.pupils)
    if fault:
        raise RegisterError(fault, field="members")


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


def _day(day: datetime.date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
