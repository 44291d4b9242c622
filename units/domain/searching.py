"""One search across the register: names, parts of an address, phone numbers, the last four digits of an ID.

Names are found through the index of words and word pairs, whatever the scope. Addresses and phones are looked at only
inside a ward or hamlet, where few rows are read; somebody posted to a province writes the words of a name in full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.functions import Replace

from portal.lib.text import fold
from units.choices import Level, RegistrantKind
from units.models import Citizen, Clan, Household, Organisation, Place, Registrant, User
from units.rules import scope_of

MOST, LONGEST = 50, 100
PROFILES = {
    RegistrantKind.HOUSEHOLD: Household,
    RegistrantKind.CITIZEN: Citizen,
    RegistrantKind.CLAN: Clan,
    RegistrantKind.ORGANISATION: Organisation,
}
EXACT, PREFIX, LAST_WORD, WORD, ELSEWHERE = range(5)


@dataclass(frozen=True)
class Found:
    """The rows of a search, likeliest first; `more`: there are others; `narrow`: addresses were looked at too."""

    rows: list[Registrant]
    more: bool
    narrow: bool


def _by_name(folded: str, *, narrow: bool) -> Q:
    """Whole words in a row. Inside a ward the last may be unfinished; in a province every word counts whole, so that
    the index of word pairs answers (a family name alone would name a third of the people)."""
    words = folded.split()
    known = words[:-1] if narrow else words
    query = Q(search_name__startswith=folded) | Q(search_name__contains=f" {folded}")
    if len(known) > 1:
        return query & Q(bigrams__contains=[f"{a} {b}" for a, b in zip(known, known[1:], strict=False)])
    return query & Q(bigrams__contains=known) if known else query


def _is_narrow(user: User) -> bool:
    """Is the person posted to wards and hamlets only?"""
    scope = scope_of(user)
    return not scope.everything and not (scope.places.keys() & {Level.PROVINCE, Level.DISTRICT})


def search_register(*, user: User, text: str, kind: str = "", most: int = MOST) -> Found:
    """Registrants inside the person's postings that fit `text`, likeliest first, open ones first among equals.

    Two queries and one for each kind found, whatever the number of rows.
    Too short a text (fewer than two letters or digits) finds nothing.
    """
    folded = fold(text[:LONGEST])
    digits = re.sub(r"[\s.\-]", "", text.strip())[:LONGEST]
    narrow = _is_narrow(user)
    if len(folded) < 2:
        return Found([], False, narrow)
    rows = Registrant.objects.visible_to(user)
    if kind in RegistrantKind.values:
        rows = rows.filter(kind=kind)
    query = _by_name(folded, narrow=narrow)
    if re.fullmatch(r"\d{4}", digits):
        query |= Q(citizen__id_last4=digits)
    if narrow:
        query |= Q(household__address_key__contains=folded)
        if re.fullmatch(r"\+?\d{8,12}", digits):
            rows = rows.annotate(phone_digits=Replace(F("household__phone"), Value(" "), Value("")))
            query |= Q(phone_digits=digits) | Q(organisation__phone=digits) | Q(clan__phone=digits)
    elif not any(ch.isalpha() for ch in folded) and len(digits) != 4:
        return Found([], False, narrow)  # a bare number names nobody in a whole province
    rank = Case(
        When(search_name=folded, then=Value(EXACT)),
        When(search_name__startswith=folded, then=Value(PREFIX)),
        When(search_name__endswith=f" {folded}", then=Value(LAST_WORD)),
        When(search_name__contains=f" {folded}", then=Value(WORD)),
        default=Value(ELSEWHERE),
        output_field=IntegerField(),
    )
    found = list(
        rows.filter(query)
        .annotate(rank=rank)
        .order_by("rank", F("closed_on").desc(nulls_first=True), "sort_key", "id")[: most + 1]
    )
    return Found(_with_particulars(found[:most]), len(found) > most, narrow)


def _with_particulars(rows: list[Registrant]) -> list[Registrant]:
    """The rows with places and profiles: one query, and one for each kind among them.

    Joining eight tables to the search cost more in planning than the search itself (docs/performance.md).
    """
    columns = ("hamlet", "commune", "province")
    places = Place.objects.in_bulk({getattr(row, f"{name}_id") for row in rows for name in columns} - {None})
    for row in rows:
        for name in columns:
            if getattr(row, f"{name}_id"):
                setattr(row, name, places[getattr(row, f"{name}_id")])
    for kind, model in PROFILES.items():
        ours = {row.pk: row for row in rows if row.kind == kind}
        for pk, profile in (model.objects.in_bulk(ours) if ours else {}).items():
            setattr(ours[pk], kind.lower(), profile)
    return rows
