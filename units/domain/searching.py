"""One search across the register: names, parts of an address, phone numbers, the last four digits of an ID; and places.

Names are found through the index of words and word pairs, whatever the scope. Addresses and phones are looked at only
inside a ward or hamlet, where few rows are read; somebody posted to a province writes the words of a name in full.

One narrow statement answers, planned once per connection: planning and making model objects cost ten times what the
index does (docs/performance.md). What tells people apart is fetched for the rows shown only.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from datetime import date

from portal.lib import phones, prepared
from portal.lib.text import fold
from units.choices import Level, OrganisationType, RegistrantKind
from units.domain import place_search
from units.models import Place, User
from units.rules import LEVEL_COLUMNS, Scope, places_visible_to, scope_of

MOST, LONGEST = 50, 100
COUNTED = 1000  # more results than that are "more than 1,000"
_TYPES = dict(OrganisationType.choices)
_DETAILS = {
    RegistrantKind.HOUSEHOLD: "SELECT registrant_id, address FROM units_household",
    RegistrantKind.CITIZEN: "SELECT registrant_id, birth_year, id_last4 FROM units_citizen",
    RegistrantKind.ORGANISATION: "SELECT registrant_id, type FROM units_organisation",
}
# Whole name, its beginning, its last word, any word, anything else.
_RANK = (
    "CASE WHEN r.search_name = {text} THEN 0 WHEN r.search_name LIKE {start} THEN 1"
    " WHEN r.search_name LIKE {last} THEN 2 WHEN r.search_name LIKE {word} THEN 3 ELSE 4 END"
)


@dataclass(slots=True)
class Hit:
    """A row found: what it is called, where it stands (nearest first), and what tells it from its namesakes."""

    pk: int
    kind: str
    name: str
    closed_on: date | None
    place_ids: tuple[int | None, ...] = ()
    where: list[str] = field(default_factory=list)
    address: str = ""
    type_label: str = ""
    birth_year: int | None = None
    id_last4: str = ""


@dataclass(frozen=True)
class Found:
    """One page of a search, likeliest first. `total`: of all pages, never more than COUNTED + 1; `narrow`: addresses
    were looked at too."""

    rows: list[Hit]
    total: int
    narrow: bool

    @property
    def many(self) -> bool:
        """More than anybody counts."""
        return self.total > COUNTED


class _Statement:
    """SQL with its values: $1, $2 … and their types."""

    def __init__(self):
        self.values, self.types = [], []

    def put(self, value: object, type_: str) -> str:
        """Hold a value and give its place in the SQL."""
        self.values.append(value)
        self.types.append(type_)
        return f"${len(self.values)}::{type_}"  # told here too: where nothing stays prepared, nobody else says it

    def fetch(self, sql: str) -> list[tuple]:
        """Run it."""
        types = ", ".join(self.types)
        return prepared.fetch_all(f"search_{zlib.crc32(f'{types} {sql}'.encode())}", types, sql, self.values)


def _is_narrow(scope: Scope) -> bool:
    """Is the person posted to wards and hamlets only?"""
    return not scope.everything and not (scope.places.keys() & {Level.PROVINCE, Level.DISTRICT})


def _by_name(said: _Statement, folded: str, likes: dict, *, narrow: bool) -> str:
    """Whole words in a row. Inside a ward the last may be unfinished; in a province every word counts whole, so that
    the index of word pairs answers (a family name alone would name a third of the people)."""
    words = folded.split()
    known = words[:-1] if narrow else words
    grams = [f"{a} {b}" for a, b in zip(known, known[1:], strict=False)] or known
    query = f"(r.search_name LIKE {likes['start']} OR r.search_name LIKE {likes['word']})"
    return f"({query} AND r.bigrams @> {said.put(grams, 'varchar[]')})" if grams else query


def _by_address_and_phone(said: _Statement, folded: str, text: str) -> list[str]:
    """What only whoever works in a ward or hamlet can look for; the households are joined as `h`."""
    fits = [f"h.address_key LIKE {said.put(f'%{folded}%', 'text')}"]
    number = phones.plain(text[:LONGEST])
    if re.fullmatch(r"\+?[0-9]{7,15}", number):
        phone = said.put(number, "text")
        fits.append(f"translate(h.phone, ' .-()', '') = {phone}")
        fits += [
            f"r.id = ANY(ARRAY(SELECT registrant_id FROM units_{one} WHERE phone = {phone}))"
            for one in ("organisation", "clan")
        ]
    return fits


def _inside(said: _Statement, scope: Scope) -> str:
    """Inside the places of somebody's postings."""
    inside = [
        f"r.{LEVEL_COLUMNS[level]} = ANY({said.put(sorted(ids), 'bigint[]')})"
        for level, ids in sorted(scope.places.items())
    ]
    return f"({' OR '.join(inside)})"


def search_register(*, user: User, text: str, kind: str = "", most: int = MOST, offset: int = 0) -> Found:
    """Registrants inside the person's postings that fit `text`, likeliest first, open ones first among equals.

    One query, one for the places and one for each kind on the page, whatever the number of rows.
    Too short a text (fewer than two letters or digits) finds nothing.
    """
    folded = fold(text[:LONGEST])
    digits = re.sub(r"[\s.\-]", "", text.strip())[:LONGEST]
    scope = scope_of(user)
    narrow = _is_narrow(scope)
    if len(folded) < 2 or (not scope.everything and not scope.places):
        return Found([], 0, narrow)
    four = bool(re.fullmatch(r"\d{4}", digits))
    if not narrow and not any(ch.isalpha() for ch in folded) and not four:
        return Found([], 0, narrow)  # a bare number names nobody in a whole province
    said = _Statement()
    likes = {
        "text": said.put(folded, "text"),
        "start": said.put(f"{folded}%", "text"),
        "last": said.put(f"% {folded}", "text"),
        "word": said.put(f"% {folded}%", "text"),
    }
    fits = [_by_name(said, folded, likes, narrow=narrow)]
    if four:
        last = said.put(digits, "text")
        fits.append(f"r.id = ANY(ARRAY(SELECT registrant_id FROM units_citizen WHERE id_last4 = {last}))")
    if narrow:
        fits += _by_address_and_phone(said, folded, text)
    joins = " LEFT JOIN units_household h ON h.registrant_id = r.id" if narrow else ""
    where = [f"({' OR '.join(fits)})"]
    if not scope.everything:
        where.append(_inside(said, scope))
    if kind in RegistrantKind.values:
        where.append(f"r.kind = {said.put(kind, 'text')}")
    # The count stands beside the page even when the page is empty.
    rows = said.fetch(
        f"WITH hits AS MATERIALIZED (SELECT r.id, {_RANK.format(**likes)} AS rank, r.closed_on, r.sort_key"
        f" FROM units_registrant r{joins} WHERE {' AND '.join(where)}),"
        f" page AS (SELECT * FROM hits ORDER BY rank, closed_on DESC NULLS FIRST, sort_key, id"
        f" LIMIT {said.put(most, 'int')} OFFSET {said.put(offset, 'int')}),"
        f" total AS (SELECT count(*) AS n FROM (SELECT 1 FROM hits LIMIT {COUNTED + 1}) c)"
        " SELECT t.n, r.id, r.kind, r.name, r.closed_on, r.hamlet_id, r.commune_id, r.province_id"
        " FROM total t LEFT JOIN page p ON true LEFT JOIN units_registrant r ON r.id = p.id"
        " ORDER BY p.rank, p.closed_on DESC NULLS FIRST, p.sort_key, p.id"
    )
    hits = [Hit(*row[1:5], row[5:]) for row in rows if row[1] is not None]
    _tell_apart(hits)
    return Found(hits, rows[0][0], narrow)


def _tell_apart(hits: list[Hit]) -> None:
    """Names of places and the facts that tell namesakes apart: a query by key, and one for each kind shown."""
    if not hits:
        return
    keys = sorted({pk for hit in hits for pk in hit.place_ids if pk})
    names = dict(_by_key("SELECT id, name FROM units_place WHERE id", keys))
    by_kind: dict[str, dict[int, Hit]] = {}
    for hit in hits:
        hit.where = [names[pk] for pk in hit.place_ids if pk]
        by_kind.setdefault(hit.kind, {})[hit.pk] = hit
    for kind, ours in by_kind.items():
        if kind not in _DETAILS:
            continue
        for pk, *facts in _by_key(f"{_DETAILS[kind]} WHERE registrant_id", sorted(ours)):
            if kind == RegistrantKind.HOUSEHOLD:
                (ours[pk].address,) = facts
            elif kind == RegistrantKind.CITIZEN:
                ours[pk].birth_year, ours[pk].id_last4 = facts
            else:
                ours[pk].type_label = _TYPES.get(facts[0], facts[0])


def _by_key(sql: str, keys: list[int]) -> list[tuple]:
    said = _Statement()
    return said.fetch(f"{sql} = ANY({said.put(keys, 'bigint[]')})")


@dataclass(frozen=True)
class FoundPlaces:
    """One page of the places a text means, best first, those of today before ended ones; `total` as of Found."""

    rows: list[Place]
    total: int

    @property
    def many(self) -> bool:
        """More than anybody counts."""
        return self.total > COUNTED


def search_places(*, user: User, text: str, most: int = MOST, offset: int = 0) -> FoundPlaces:
    """Places inside the person's postings, ended ones too, in two queries. Places below a match, and words that stand
    scattered over a name and the names above it, count only when no name fits by itself."""
    if len(fold(text[:LONGEST])) < 2:
        return FoundPlaces([], 0)
    fitting = place_search.search(places_visible_to(user), text[:LONGEST])
    rows = fitting.filter(rank__lt=place_search.BELOW)
    total = rows.order_by()[: COUNTED + 1].count()
    if not total:
        rows = fitting
        total = rows.order_by()[: COUNTED + 1].count()
    return FoundPlaces(list(place_search.with_names_above(rows)[offset : offset + most]) if total else [], total)
