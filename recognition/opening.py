"""When registration of a year opens. Without a plan it is open; a place that wants it sends its yearly plan with a day.

The plan of the nearest place counts: a ward's own before the province's. A withdrawn or replaced plan opens nothing
and closes nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.choices import DocumentKind
from recognition.models import Document, DocumentReceipt
from units.choices import LEVEL_ORDER, Level
from units.models import Place, Registrant

_DEPTH = {level: number for number, level in enumerate(LEVEL_ORDER)}


@dataclass(frozen=True)
class Opening:
    """The plan that says when registration opens somewhere."""

    document_id: int
    number: str
    opens_on: datetime.date
    depth: int  # level of the sender; the centre -1
    sent_at: datetime.datetime

    def is_open(self, today: datetime.date) -> bool:
        """From the day itself on."""
        return self.opens_on <= today


def _plans(year: int):
    return Document.objects.standing().filter(year=year, opens_on__isnull=False, kind=DocumentKind.PLAN)


def openings(year: int, place_ids: Iterable[int]) -> dict[int, Opening]:
    """The nearest plan for each of the places it was sent to, or that sent it. Two statements."""
    ids = set(place_ids)
    fields = ("pk", "number", "opens_on", "place__level", "sent_at")
    own = [(row[0], row[1:]) for row in _plans(year).filter(place__in=ids).values_list("place_id", *fields)]
    received = [
        (row[0], row[1:])
        for row in DocumentReceipt.objects.filter(document__in=_plans(year), place__in=ids).values_list(
            "place_id", *(f"document__{name}" for name in fields)
        )
    ]
    found: dict[int, Opening] = {}
    for place_id, (pk, number, opens_on, level, sent_at) in own + received:
        depth = _DEPTH[Level(level)] if level else -1
        _put(found, place_id, Opening(pk, number, opens_on, depth, sent_at))
    return found


def _put(found: dict[int, Opening], place_id: int, one: Opening) -> None:
    before = found.get(place_id)
    if before is None or (one.depth, one.sent_at) > (before.depth, before.sent_at):
        found[place_id] = one


def nearest(found: dict[int, Opening], place_ids: Iterable[int | None]) -> Opening | None:
    """The plan that counts for a fact with these places."""
    known = [found[pk] for pk in place_ids if pk in found]
    return max(known, key=lambda one: (one.depth, one.sent_at), default=None)


def opening_at(place: Place, year: int) -> Opening | None:
    """The plan that counts at a place."""
    ids = [pk for pk in place.fact_ids.values() if pk]
    return nearest(openings(year, ids), ids)


def not_open_sentence(one: Opening, year: int) -> str:
    """Refusal: registration of the year opens on a later day."""
    return _("Theo kế hoạch năm số %(number)s, đăng ký của năm %(year)d mở từ ngày %(day)s.") % {
        "number": one.number,
        "year": year,
        "day": one.opens_on.strftime("%d/%m/%Y"),
    }


def too_early(registrant_ids: list[int], year: int) -> dict[int, str]:
    """Registrants whose registration has not opened yet, each with the sentence. One statement when no plan waits."""
    today = timezone.localdate()
    if not _plans(year).filter(opens_on__gt=today).exists():
        return {}
    columns = ("hamlet_id", "commune_id", "district_id", "province_id")
    rows = Registrant.objects.filter(Q(pk__in=registrant_ids)).values_list("pk", *columns)
    places = {pk: ids for pk, *ids in rows}
    found = openings(year, {pk for ids in places.values() for pk in ids if pk})
    early = {}
    for pk, ids in places.items():
        one = nearest(found, ids)
        if one and not one.is_open(today):
            early[pk] = not_open_sentence(one, year)
    return early
