"""Forms of commendation as data: which body gives what, on which basis. And who may list, decide and keep them."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from recognition.choices import IssuingBody
from recognition.domain.association import may_write
from recognition.domain.closing import may_sign
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.models import CommendationForm
from recognition.rules import may_issue
from units.choices import Level, Role
from units.models import Place, User
from units.rules import role_scope

FILE = Path(__file__).resolve().parents[2] / "data" / "commendations" / "forms.yaml"
# What a change must not touch once somebody was commended: the paper says it.
IDENTITY = ("kind", "name", "body", "level", "for_collective", "for_individual", "place_id")


@cache
def _shipped() -> list[dict]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@transaction.atomic
def load_forms() -> int:
    """Add the forms that ship with the product and are not there yet; what people changed stays. Returns how many."""
    known = set(CommendationForm.objects.filter(place=None).values_list("body", "level", "kind"))
    added = [CommendationForm(**row) for row in _shipped() if (row["body"], row["level"], row["kind"]) not in known]
    for form in added:
        form.full_clean()
    CommendationForm.objects.bulk_create(added)
    return len(added)


def forms_for(place: Place, day: datetime.date | None = None):
    """Forms a place may propose for on a day: those for everywhere, its own, and those of places above it."""
    chain = [pk for pk in (place.pk, place.commune_id, place.district_id, place.province_id) if pk]
    rows = CommendationForm.objects.on(day or timezone.localdate())
    above = {Level.PROVINCE: place.province_id, Level.DISTRICT: place.district_id, Level.COMMUNE: place.commune_id}
    levels = {level for level, pk in above.items() if pk or place.level == level}
    return rows.filter(Q(place__isnull=True) | Q(place__in=chain), level__in=["", *levels])


def giving_place(form: CommendationForm, place: Place) -> Place | None:
    """The place whose body gives `form` to somebody proposed by `place`; None for a central body.

    Raises RecognitionError when the place has nobody at that level.
    """
    if form.is_central:
        return None
    found = place if place.level == form.level else getattr(place, form.level)
    if found is None:
        raise RecognitionError(
            _("%(place)s không thuộc cấp nào trao “%(form)s”.") % {"place": place.name, "form": form.name}
        )
    return found


def authority_of(form: CommendationForm, place: Place | None) -> str:
    """The giving body by name, as papers say it."""
    if place is None:
        return "Trung ương Hội Khuyến học Việt Nam" if form.body == IssuingBody.ASSOCIATION else form.giver
    name = place.name if place.name[-1].isdigit() else place.name[:1].lower() + place.name[1:]
    return f"{'Ủy ban nhân dân' if form.body == IssuingBody.COMMITTEE else 'Hội Khuyến học'} {name}"


def may_keep_lists(user: User, place: Place) -> bool:
    """May the person write lists of commendation and of delegates for `place`? Who writes the association's figures."""
    return may_write(user, place)


def may_decide(user: User, form: CommendationForm, place: Place | None) -> bool:
    """May the person sign for the giving body? A committee: its decider; an association: who signs reports."""
    if place is None:
        return False
    return may_issue(user, place) if form.body == IssuingBody.COMMITTEE else may_sign(user, place)


def may_keep_forms(user: User, place: Place | None) -> bool:
    """May the person add or correct forms? For everywhere: administrators; a place's own: those who sign there."""
    if user.has_role(Role.ADMINISTRATOR):
        return True
    roles = (Role.WARD_CHAIR, Role.LEADER, Role.DECIDER)
    return place is not None and place.pk in role_scope(user, roles).places.get(place.level, ())


@transaction.atomic
def save_form(*, actor: User, form: CommendationForm) -> CommendationForm:
    """Add or correct a form. Once a decision used it, only basis, source and dates change. Raises NotPermitted,
    RecognitionError."""
    if not may_keep_forms(actor, form.place):
        raise NotPermitted(_("Bạn không được phân công sửa hình thức khen này."))
    if form.pk:
        stored = CommendationForm.objects.select_for_update(of=("self",)).get(pk=form.pk)
        changed = [name for name in IDENTITY if getattr(stored, name) != getattr(form, name)]
        if changed and form.lists.exclude(decision=None).exists():
            raise RecognitionError(
                _(
                    "Hình thức này đã có quyết định khen nên không đổi tên, loại, cơ quan. "
                    "Hãy ghi ngày ngừng và thêm mới."
                )
            )
    form.name, form.legal_basis, form.source = clean(form.name), clean(form.legal_basis), clean(form.source)
    try:
        form.full_clean()
    except ValidationError as error:
        raise RecognitionError(next(iter(error.messages))) from error
    form.save()
    return form
