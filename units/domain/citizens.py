"""Verbs of the register of citizens. What every kind shares stands in registrants.py."""

from __future__ import annotations

import datetime
import hmac
import re
from collections.abc import Collection

import pghistory
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.language import official_language
from units.choices import Level, RegistrantKind
from units.domain import registrants
from units.domain.errors import RegisterError
from units.domain.lives import check_day, stand_elsewhere
from units.domain.places_held import held, hold_wards_of
from units.domain.registrants import Book, check_may_correct, day_text, same_name
from units.models import Citizen, Registrant, User
from units.models.citizens import EARLIEST_BIRTH

ID_DIGITS = 12
# Where a citizen may be counted: kind → field of the profile.
SIDES = {RegistrantKind.HOUSEHOLD: "household", RegistrantKind.ORGANISATION: "organisation"}
_ONCE = "units_citizen_id_once"


def id_digits(text: str) -> str:
    """The 12 digits of an ID number, typed with or without spaces and dots. The RegisterError never repeats it."""
    digits = re.sub(r"[\s.]", "", text or "")
    if not re.fullmatch(rf"[0-9]{{{ID_DIGITS}}}", digits):
        raise RegisterError(_("Số căn cước gồm đúng 12 chữ số; chưa rõ thì để trống."), field="id_number")
    return digits


def id_hash(digits: str) -> str:
    """What is stored instead of an ID number: HMAC-SHA256 under CITIZEN_HASH_KEY, in hexadecimal."""
    return hmac.new(settings.CITIZEN_HASH_KEY.encode(), digits.encode(), "sha256").hexdigest()


def _check(registrant: Registrant, profile: Citizen) -> None:
    if not EARLIEST_BIRTH <= profile.birth_year <= timezone.localdate().year:
        raise RegisterError(_("Hãy xem lại năm sinh."), field="birth_year")
    if (profile.household_id is None) == (profile.organisation_id is None):
        raise RegisterError(_("Mỗi người được tính một nơi: ở hộ hoặc ở đơn vị."))


def _alike(registrant: Registrant, profile: Citizen) -> list[Registrant]:
    """Same name without marks and same birth year in the ward; two different ID numbers are two people."""
    rows = same_name(registrant)
    found = Citizen.objects.in_bulk([row.pk for row in rows])
    return [
        row
        for row in rows
        if found[row.pk].birth_year == profile.birth_year
        and not (profile.id_hash and found[row.pk].id_hash and profile.id_hash != found[row.pk].id_hash)
    ]


BOOK = Book(
    kind=RegistrantKind.CITIZEN,
    profile=Citizen,
    fields=("birth_year", "sex", "group", "id_hash", "id_last4"),
    noun=gettext_lazy("công dân"),
    name_label=gettext_lazy("họ và tên"),
    levels=(Level.COMMUNE, Level.HAMLET),
    wrong_level=gettext_lazy("Công dân phải thuộc một phường, xã hoặc một khu phố, thôn."),
    check=_check,
    alike=_alike,
)


def add_citizen(
    *,
    actor: User | None,
    host: Registrant,
    name: str,
    birth_year: int,
    sex: str,
    group: int,
    opened_on: datetime.date,
    id_number: str = "",
    note: str = "",
    seen_duplicates: Collection[int] | None = None,
) -> Registrant:
    """Enter a citizen at the household or organisation (`host`) that counts them; they stand where it stands.

    `id_number` is checked, hashed and forgotten. Raises NotAllowed, RegisterError (also when somebody open has that ID
    number anywhere in the country), PossibleDuplicate.
    """
    side = SIDES.get(host.kind)
    if side is None:
        raise RegisterError(_("Mỗi người được tính một nơi: ở hộ hoặc ở đơn vị."))
    with transaction.atomic():
        held(host.place)  # places before registrants, as everybody holds them
        # Locked, so that it cannot leave the register while somebody enters it.
        host = Registrant.objects.select_for_update(of=("self",), no_key=True).get(pk=host.pk)
        if not host.is_open:
            raise RegisterError(_("“%(name)s” đã ra khỏi sổ. Hãy mở lại trước.") % {"name": host.name})
        return _guarded(
            id_number,
            lambda known: registrants.enter(
                actor=actor,
                book=BOOK,
                place=host.place,
                name=name,
                opened_on=opened_on,
                note=note,
                seen_duplicates=seen_duplicates,
                birth_year=birth_year,
                sex=sex,
                group=group,
                **{f"{side}_id": host.pk},
                **known,
            ),
        )


def correct_citizen(
    *, actor: User | None, registrant: Registrant, version: str = "", id_number: str = "", **values
) -> Registrant:
    """Correct a citizen: see `registrants.correct`. An empty `id_number` leaves the stored hash as it is."""
    return _guarded(
        id_number,
        lambda known: registrants.correct(
            actor=actor, book=BOOK, registrant=registrant, version=version, **values, **known
        ),
        besides=registrant.pk,
    )


@transaction.atomic
def transfer(*, actor: User | None, registrant: Registrant, host: Registrant, on: datetime.date) -> Registrant:
    """A citizen is counted at another household or organisation from `on` on: at work instead of at home, for example.

    The person must keep both registers. Years whose 31 December lies before `on` stay as they were.
    Raises NotAllowed, RegisterError.
    """
    side = SIDES.get(host.kind)
    if side is None:
        raise RegisterError(_("Mỗi người được tính một nơi: ở hộ hoặc ở đơn vị."))
    hold_wards_of([host.pk, registrant.pk])
    host = Registrant.objects.select_for_update(of=("self",), no_key=True).get(pk=host.pk)
    profile = registrants.locked(BOOK, registrant)
    row = profile.registrant
    check_may_correct(actor=actor, registrant=row)
    check_may_correct(actor=actor, registrant=host)
    for one in (row, host):
        if not one.is_open:
            raise RegisterError(_("“%(name)s” đã ra khỏi sổ. Hãy mở lại trước.") % {"name": one.name})
    if host.pk in (profile.household_id, profile.organisation_id):
        raise RegisterError(_("Người này đang được tính ở “%(host)s”.") % {"host": host.name})
    check_day(row, on)
    check_day(host, on)
    with official_language():  # kept in the history
        note = _("Tính ở “%(host)s” từ ngày %(day)s") % {"host": host.name, "day": day_text(on)}
    with pghistory.context(note=note):
        profile.household_id = profile.organisation_id = None
        setattr(profile, f"{side}_id", host.pk)
        profile.save(update_fields=["household", "organisation"])
        if host.place != row.place:
            stand_elsewhere([row.pk], host.place, on)
    row.refresh_from_db()
    return row


def holder(hashed: str, *, besides: int | None = None) -> Citizen | None:
    """The open citizen with this hash anywhere in the country, if there is one."""
    rows = Citizen.objects.filter(id_hash=hashed, active=True).exclude(pk=besides)
    return rows.select_related("registrant__commune").first()


def _guarded(id_number: str, write, *, besides: int | None = None) -> Registrant:
    """Run `write` with what is stored of the ID number; the second of two people with one number is refused."""
    if not id_number:
        return write({})
    digits = id_digits(id_number)
    known = {"id_hash": id_hash(digits), "id_last4": digits[-4:]}
    _refuse_known(known["id_hash"], besides)
    try:
        with transaction.atomic():
            return write(known)
    except IntegrityError as error:
        if _ONCE not in str(error):
            raise
    _refuse_known(known["id_hash"], besides)
    raise RegisterError(_("Người có số căn cước này đã có trong sổ."), field="id_number")


def _refuse_known(hashed: str, besides: int | None) -> None:
    there = holder(hashed, besides=besides)
    if there:
        raise RegisterError(
            _(
                "Người có số căn cước này đã có trong sổ của %(place)s. Mỗi người chỉ tính một lần: nơi cũ đưa người"
                " này ra khỏi sổ rồi mới thêm được."
            )
            % {"place": there.registrant.commune},
            field="id_number",
        )
