"""Verbs every kind of registrant shares: come and be corrected; closing.py has leaving and coming back. Records are
closed, never deleted.

What differs between kinds stands in a `Book`; register.py (households), organisations.py, … hold one each.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.lib.text import clean
from units import rules
from units.choices import Level, RegistrantKind
from units.domain import history
from units.domain.errors import ChangedMeanwhile, NotAllowed, PossibleDuplicate, RegisterError
from units.domain.places_held import held, hold_wards_of
from units.models import Place, Registrant, Stay, User

_BASE_FIELDS = ("name", "note")


@dataclass(frozen=True)
class Book:
    """What the verbs must know of one kind.

    `profile`: its model, one-to-one with Registrant. `fields`: what people type of it. `place_field`: the name the
    place goes by in values and refusals. `levels`: where one may stand, `wrong_level` the sentence when it does not.
    `noun` and `name_label` go into sentences ("hộ", "họ tên chủ hộ"). `check(registrant, profile)` raises
    RegisterError. `alike(registrant, profile)` offers possible duplicates in the ward, of rows not yet stored too.
    """

    kind: str
    profile: type[models.Model]
    fields: tuple[str, ...]
    noun: Any
    name_label: Any
    levels: tuple[str, ...]
    wrong_level: Any
    place_field: str = "place"
    check: Callable[[Registrant, models.Model], None] = lambda registrant, profile: None
    alike: Callable[[Registrant, models.Model], list[Registrant]] = lambda registrant, profile: []

    @property
    def registrant_fields(self) -> tuple[str, ...]:
        return (*_BASE_FIELDS, self.place_field)

    def rows(self, pk: int) -> tuple:
        """The rows whose history is this registrant's."""
        return (Registrant, pk), (self.profile, pk)

    def version(self, pk: int) -> str:
        """What a registrant stands at; read it before the registrant that goes into a form."""
        return history.version(*self.rows(pk))


def same_name(registrant: Registrant) -> list[Registrant]:
    """Registrants of the same kind in the ward with the same name without marks, closed ones too."""
    if not registrant.search_name:
        return []
    rows = Registrant.objects.filter(
        kind=registrant.kind, commune_id=registrant.commune_id, search_name=registrant.search_name
    )
    return list(rows.select_related("hamlet", "commune").order_by("closed_on", "id")[:5])


@transaction.atomic
def enter(
    *,
    actor: User | None,
    book: Book,
    place: Place,
    name: str,
    opened_on: datetime.date,
    note: str = "",
    seen_duplicates: Collection[int] | None = None,
    **values,
) -> Registrant:
    """Enter a registrant: its row, profile (`values`) and its stay in `place` since `opened_on`.

    `actor` None is a command run by whoever runs the portal. With `seen_duplicates` (keys of the likely duplicates the
    person was shown) others found now raise PossibleDuplicate; None skips the check.
    Raises NotAllowed, RegisterError.
    """
    # Two clicks or two people adding the same one wait for each other here, so the second one is asked.
    place = held(place)
    check_place(actor=actor, book=book, place=place)
    check_opening(place=place, opened_on=opened_on)
    registrant = Registrant(kind=book.kind, name=clean(name), opened_on=opened_on, note=clean(note), **place.fact_ids)
    profile = book.profile(**_cleaned(values))
    check_values(book, registrant, profile)
    if seen_duplicates is not None:
        found = book.alike(registrant, profile)
        if any(row.pk not in seen_duplicates for row in found):
            raise PossibleDuplicate(
                _("%(noun)s này có thể đã có trong sổ.") % {"noun": capfirst(str(book.noun))}, duplicates=found
            )
    registrant.save()
    profile.registrant = registrant
    profile.save(force_insert=True)
    Stay.objects.create(registrant=registrant, kind=registrant.kind, since=opened_on, **place.fact_ids)
    return registrant


@transaction.atomic
def correct(*, actor: User | None, book: Book, registrant: Registrant, version: str = "", **values) -> Registrant:
    """Correct a registrant. `values`: any of name, note, the place and the profile's fields; others stay.

    A new place of the same ward means it was entered in the wrong one: the open stay moves too. `version` is what the
    page was drawn from; ChangedMeanwhile is raised when somebody changed the row since (empty: no check).
    Nothing is written when nothing differs. Raises NotAllowed, RegisterError.
    """
    unknown = set(values) - {*book.registrant_fields, *book.fields}
    if unknown:
        raise TypeError(f"a {book.kind} does not have {sorted(unknown)}")
    asked = values.get(book.place_field)
    if asked is not None and asked.pk != registrant.place.pk:  # places before registrants, as everybody holds them
        hold_wards_of([registrant.pk], asked)
        held(asked)
    profile = locked(book, registrant)
    row = profile.registrant
    check_may_correct(actor=actor, registrant=row)
    if not row.is_open:
        raise RegisterError(
            _("“%(name)s” đã ra khỏi sổ ngày %(day)s. Hãy mở lại %(noun)s trước khi sửa.")
            % {"name": row.name, "day": day_text(row.closed_on), "noun": book.noun}
        )
    place = values.get(book.place_field, row.place)
    if place.pk != row.place.pk:
        place = held(place)
        _check_move(actor=actor, book=book, registrant=row, place=place)
    before = {name: _stored(book, row, profile, name) for name in values}
    typed = _cleaned(values)
    changed = {name for name in values if typed[name] != before[name]}
    if version and version != book.version(row.pk):
        _raise_changed(book, row, typed, before, changed)
    for name in changed - {book.place_field}:
        setattr(row if name in _BASE_FIELDS else profile, name, typed[name])
    if book.place_field in changed:
        stand_in(row, place)
    check_values(book, row, profile)
    if changed & set(book.registrant_fields):
        row.save()
    if changed & set(book.fields):
        profile.save()
    if book.place_field in changed:
        people = list(people_of(row).filter(closed_on__isnull=True).values_list("pk", flat=True))
        Registrant.objects.filter(pk__in=people).update(**place.fact_ids)
        Stay.objects.filter(registrant__in=[row.pk, *people], until__isnull=True).update(**place.fact_ids)
    return row


# --- Parts other verbs use too


# Kinds at which citizens are counted.
HOSTS = (RegistrantKind.HOUSEHOLD, RegistrantKind.ORGANISATION)


def people_of(registrant: Registrant) -> QuerySet:
    """Citizens counted at a household or organisation, closed ones too; nobody for other kinds."""
    if registrant.kind not in HOSTS:
        return Registrant.objects.none()
    side = "household" if registrant.kind == RegistrantKind.HOUSEHOLD else "organisation"
    return Registrant.objects.filter(kind=RegistrantKind.CITIZEN, **{f"citizen__{side}": registrant.pk})


def locked(book: Book, registrant: Registrant) -> models.Model:
    """The profile with its registrant, both rows locked until the transaction ends.

    Locked first and read afterwards: a statement that waited for somebody moving the household reads the locked rows
    anew, but joins them to the hamlet they stood in before, and so finds none.
    """
    hold_wards_of([registrant.pk])
    rows = book.profile.objects.filter(pk=registrant.pk)
    rows.select_for_update(of=("self", "registrant")).select_related("registrant").get()
    return rows.select_related("registrant__hamlet", "registrant__commune").get()


def stand_in(registrant: Registrant, place: Place) -> None:
    """Put the place columns of `place` into a registrant, unsaved."""
    for column, pk in place.fact_ids.items():
        setattr(registrant, column, pk)


def check_may_correct(*, actor: User | None, registrant: Registrant) -> None:
    """Raises NotAllowed for somebody who does not keep the register it stands in."""
    if actor is not None and not rules.may_correct(actor, registrant):
        raise NotAllowed(_("Bạn không giữ sổ của địa bàn này."))


def check_place(*, actor: User | None, book: Book, place: Place) -> None:
    """Raises RegisterError or NotAllowed when nobody, or not this person, may enter one in `place` today."""
    if place.level not in book.levels:
        raise RegisterError(book.wrong_level, field=book.place_field)
    if actor is not None and not rules.may_keep_register(actor, place):
        raise NotAllowed(_("Bạn không giữ sổ của %(place)s.") % {"place": place.name})
    for ended in (place, place.commune):  # a ward may have ended whose hamlets nobody has carried yet
        if ended is not None and ended.is_legacy:
            today = _("khu phố, thôn") if ended.level == Level.HAMLET else _("phường, xã")
            raise RegisterError(
                _("%(place)s không còn sau ngày %(day)s. Hãy chọn %(today)s hiện nay.")
                % {"place": ended.name, "day": day_text(ended.valid_to), "today": today},
                field=book.place_field,
            )


def check_opening(*, place: Place, opened_on: datetime.date, field: str = "opened_on") -> None:
    """Raises RegisterError for a day in the future or before the place."""
    if opened_on > timezone.localdate():
        raise RegisterError(_("Ngày vào sổ không được sau hôm nay."), field=field)
    if place.valid_from and opened_on < place.valid_from:
        raise RegisterError(
            _("%(place)s có từ ngày %(day)s; ngày vào sổ không được trước ngày đó.")
            % {"place": place.name, "day": day_text(place.valid_from)},
            field=field,
        )


def day_text(day: datetime.date) -> str:
    """A day as people read it: 31/12/2026."""
    return date_format(day, "SHORT_DATE_FORMAT")


def _cleaned(values: dict) -> dict:
    return {name: clean(value) if isinstance(value, str) else value for name, value in values.items()}


def _stored(book: Book, registrant: Registrant, profile: models.Model, name: str):
    if name == book.place_field:
        return registrant.place
    return getattr(registrant if name in _BASE_FIELDS else profile, name)


def _raise_changed(book: Book, registrant: Registrant, typed: dict, stored: dict, changed: set[str]) -> None:
    who, when = history.newest_author(*book.rows(registrant.pk))
    raise ChangedMeanwhile(
        _("Người khác vừa sửa %(noun)s này, nên những gì bạn nhập chưa được lưu.") % {"noun": book.noun},
        differences=[(name, stored[name], typed[name]) for name in typed if name in changed],
        version=book.version(registrant.pk),
        who=who,
        when=when,
    )


def _check_move(*, actor: User | None, book: Book, registrant: Registrant, place: Place) -> None:
    """Only the wrong place of the same ward can be corrected; anything else is a move between wards."""
    if place.level in book.levels and place.fact_ids["commune_id"] != registrant.commune_id:
        raise RegisterError(
            _(
                "%(place)s thuộc %(other)s, không thuộc %(ward)s. %(noun)s đã chuyển sang phường, xã khác thì đưa ra"
                " khỏi sổ ở đây; nơi đến sẽ thêm %(same)s vào sổ của mình."
            )
            % {
                "place": place.name,
                "other": place.commune or place,
                "ward": registrant.commune,
                "noun": capfirst(str(book.noun)),
                "same": book.noun,
            },
            field=book.place_field,
        )
    check_place(actor=actor, book=book, place=place)


def check_values(book: Book, registrant: Registrant, profile: models.Model) -> None:
    """Lengths, ranges and sums, as a sentence about the first wrong field. Asks the database nothing."""
    registrant.derive()
    if hasattr(profile, "derive"):
        profile.derive()
    if not registrant.search_name:
        raise RegisterError(_("Cần ghi %(label)s.") % {"label": book.name_label}, field="name")
    if registrant.name[:1] in "=+-@":
        raise RegisterError(
            _("%(label)s không được bắt đầu bằng “%(sign)s”.")
            % {"label": capfirst(str(book.name_label)), "sign": registrant.name[:1]},
            field="name",
        )
    for row, fields in ((registrant, _BASE_FIELDS), (profile, book.fields)):
        try:
            row.clean_fields(exclude={one.name for one in row._meta.fields} - set(fields))
        except ValidationError as error:
            name, texts = next(iter(error.message_dict.items()))
            raise RegisterError(texts[0], field=name) from error
    book.check(registrant, profile)
