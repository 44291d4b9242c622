"""Finding the people of an organisation among citizens counted at home, and keeping what its officer confirmed.

Matched by ID number (its keyed hash) where one is given, else by name and year of birth, and only among people the
asking officer may see. Nothing is taken for granted: every match is offered, somebody confirms it.
"""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.lib import legacy_text
from portal.lib.text import clean, fold
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.models import Affiliation
from units.domain.citizens import id_hash
from units.models import Citizen, Registrant, User
from units.models.citizens import EARLIEST_BIRTH
from units.rules import may_correct, scope_of

MOST_LINES = 500
_ID = re.compile(r"(?<!\d)(?:\d[ .]?){11}\d(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:\d{1,2}[/.-]\d{1,2}[/.-])?((?:19|20)\d{2})(?!\d)")


@dataclass
class Match:
    """One line of a pasted list: who it may be, or why nobody."""

    line: str
    name: str
    birth_year: int | None
    candidates: list[Citizen] = field(default_factory=list)
    known: list[Citizen] = field(default_factory=list)  # of the organisation already
    fault: str = ""

    @property
    def sure(self) -> bool:
        """One person, whose name has every word of the name that was told."""
        if len(self.candidates) != 1:
            return False
        return set(fold(self.name).split()) <= set(self.candidates[0].registrant.search_name.split())


def match(*, user: User, organisation: Registrant, text: str) -> list[Match]:
    """Who the lines of a list (name, year of birth, or an ID number) may be. Four statements for any number of lines.

    The ID numbers are hashed and forgotten. Raises RecognitionError for an empty or too long list.
    """
    lines = [line for line in map(clean, text.splitlines()) if line]
    if page := legacy_text.code_page(lines):  # who is meant is shown before anything is kept
        whole = legacy_text.is_whole(lines)
        lines = [legacy_text.to_unicode(line, page, whole=whole) for line in lines]
    if not lines:
        raise RecognitionError(_("Hãy dán danh sách, mỗi người một dòng."))
    if len(lines) > MOST_LINES:
        raise RecognitionError(
            _("Danh sách có %(count)d dòng; mỗi lần tìm nhiều nhất %(most)d dòng.")
            % {"count": len(lines), "most": MOST_LINES}
        )
    asked = [_read(line) for line in lines]
    rows = Citizen.objects.filter(active=True).filter(scope_of(user).q(prefix="registrant__"))
    hashes, names = {one for _match, one in asked} - {""}, {fold(one.name) for one, _hash in asked} - {""}
    rows = rows.filter(Q(id_hash__in=hashes) | Q(registrant__search_name__in=names))
    by_hash, by_name = {}, defaultdict(list)
    for one in rows.select_related("registrant__commune", "registrant__hamlet", "household__registrant").order_by("pk"):
        by_hash[one.id_hash] = one
        by_name[one.registrant.search_name, one.birth_year].append(one)
    there = _there(organisation)
    for found, hashed in asked:
        if hashed and hashed in by_hash:
            people = [by_hash[hashed]]
        else:  # whoever is kept with another ID number is somebody else
            people = by_name[fold(found.name), found.birth_year]
            people = [one for one in people if not (hashed and one.id_hash)]
        found.candidates = [one for one in people if one.pk not in there]
        found.known = [one for one in people if one.pk in there]
        if found.fault or people:
            continue
        found.fault = _("Không tìm thấy trong sổ công dân thuộc phạm vi của bạn.")
    return [one for one, _hash in asked]


def _read(line: str) -> tuple[Match, str]:
    """(what a line says, hash of its ID number). The line that is kept shows no more than the last four digits."""
    hashed, number = "", _ID.search(line)
    if number:
        digits = re.sub(r"\D", "", number.group())
        hashed = id_hash(digits)
        line = f"{line[: number.start()]}…{digits[-4:]}{line[number.end() :]}"
    year = _YEAR.search(line)
    rest = _YEAR.sub(" ", line)
    name = clean(re.sub(r"[^\w\s'-]|[\d_…]", " ", rest)).strip("- ")
    found = Match(line[:200], name[:150], int(year.group(1)) if year else None)
    if not hashed and (not name or found.birth_year is None or found.birth_year < EARLIEST_BIRTH):
        found.fault = _("Dòng này phải có họ tên và năm sinh, hoặc số căn cước 12 chữ số.")
    return found, hashed


def _there(organisation: Registrant) -> set[int]:
    """Citizens who are the organisation's already: counted there, or confirmed."""
    counted = Citizen.objects.filter(organisation_id=organisation.pk).values_list("pk", flat=True)
    confirmed = Affiliation.objects.filter(organisation_id=organisation.pk, until=None)
    return {*counted, *confirmed.values_list("citizen_id", flat=True)}


@transaction.atomic
def confirm(
    *, actor: User, organisation: Registrant, citizens: Collection[int], learner: bool, since: datetime.date
) -> int:
    """Keep that these citizens are the organisation's staff or learners from a day on; those known already stay.

    Raises NotPermitted when the person does not keep the organisation's register, RecognitionError for nobody.
    """
    _check(actor, organisation)
    Registrant.objects.select_for_update(of=("self",)).get(pk=organisation.pk)  # two officers confirm one after another
    seen = Citizen.objects.filter(pk__in=list(citizens), active=True).filter(scope_of(actor).q(prefix="registrant__"))
    new = sorted(set(seen.values_list("pk", flat=True)) - _there(organisation))
    if not new:
        raise RecognitionError(_("Chưa chọn ai, hoặc những người đã chọn đều đã là người của đơn vị."))
    Affiliation.objects.bulk_create(
        Affiliation(
            citizen_id=pk,
            organisation_id=organisation.pk,
            learner=learner,
            since=since,
            by=actor,
            by_name=actor.full_name,
        )
        for pk in new
    )
    return len(new)


@transaction.atomic
def end(*, actor: User, organisation: Registrant, affiliation: int, on: datetime.date) -> None:
    """From `on` on somebody is not of the organisation any more. Raises NotPermitted, RecognitionError."""
    _check(actor, organisation)
    row = Affiliation.objects.select_for_update(of=("self",)).filter(
        pk=affiliation, organisation_id=organisation.pk, until=None
    )
    one = row.first()
    if one is None:
        raise RecognitionError(_("Người này đã thôi là người của đơn vị."))
    one.until = max(on, one.since)
    one.save(update_fields=["until"])


def people_of(user: User, organisation: Registrant) -> Iterable[Affiliation]:
    """Those confirmed and not ended whom the person may see, by name."""
    rows = Affiliation.objects.filter(organisation_id=organisation.pk, until=None)
    rows = rows.filter(scope_of(user).q(prefix="citizen__registrant__"))
    return rows.select_related("citizen__registrant__commune", "citizen__registrant__hamlet").order_by(
        "citizen__registrant__sort_key", "pk"
    )


def _check(actor: User, organisation: Registrant) -> None:
    if not may_correct(actor, organisation):
        raise NotPermitted(_("Bạn không được phân công giữ sổ của đơn vị này."))
