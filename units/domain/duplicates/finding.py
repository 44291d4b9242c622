"""Pairs of the register that may be the same, with a score and its reasons.

Two rows are compared only inside a block: same commune and the same key (name and address, name and phone, …), an
equality the database hashes. A block above MOST_IN_BLOCK rows is not compared, and the answer says so: forty households
under one name and phone are a typing habit, not duplicates. Points are our own choice, not anybody's rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext_lazy as _

from units.choices import RegistrantKind
from units.models import Place, Registrant

MOST_IN_BLOCK = 40
KINDS = (RegistrantKind.HOUSEHOLD, RegistrantKind.CITIZEN, RegistrantKind.CLAN, RegistrantKind.ORGANISATION)

# Points by reason, and from how many points on a pair is shown, by kind.
POINTS = {
    RegistrantKind.HOUSEHOLD: {
        "name": 45,
        "near_name": 20,
        "address": 30,
        "no_address": 10,
        "phone": 20,
        "hamlet": 5,
    },
    RegistrantKind.CITIZEN: {"name": 45, "birth_year": 30, "near_year": 10, "host": 15, "sex": 5, "hamlet": 5},
    RegistrantKind.CLAN: {"name": 70, "address": 15, "phone": 10, "hamlet": 5},
    RegistrantKind.ORGANISATION: {"name": 70, "address": 15, "phone": 10, "hamlet": 5},
}
ENOUGH = {
    RegistrantKind.HOUSEHOLD: 55,
    RegistrantKind.CITIZEN: 75,
    RegistrantKind.CLAN: 70,
    RegistrantKind.ORGANISATION: 70,
}
REASONS = {
    "name": _("cùng tên"),
    "near_name": _("cùng họ và tên gọi"),
    "address": _("cùng địa chỉ"),
    "no_address": _("một bên chưa ghi địa chỉ"),
    "phone": _("cùng điện thoại"),
    "hamlet": _("cùng khu phố, thôn"),
    "birth_year": _("cùng năm sinh"),
    "near_year": _("năm sinh lệch một năm"),
    "host": _("cùng hộ hoặc đơn vị"),
    "sex": _("cùng giới tính"),
}

_PHONE = r"regexp_replace(regexp_replace({}, '\D', '', 'g'), '^84', '0')"
# What is read of each kind: the profile's table and columns of the `row` table below.
_ROWS = {
    RegistrantKind.HOUSEHOLD: (
        "units_household",
        f"p.address_key AS address, {_PHONE.format('p.phone')} AS phone,"
        " split_part(r.search_name, ' ', 1) || ' ' || split_part(r.search_name, ' ', -1) AS near_name",
    ),
    RegistrantKind.CITIZEN: (
        "units_citizen",
        "p.birth_year, p.sex, coalesce(p.household_id, p.organisation_id) AS host, p.id_hash",
    ),
    RegistrantKind.CLAN: (
        "units_clan",
        f"lower(p.hall_address) AS address, {_PHONE.format('p.phone')} AS phone",
    ),
    RegistrantKind.ORGANISATION: (
        "units_organisation",
        f"lower(p.address) AS address, {_PHONE.format('p.phone')} AS phone",
    ),
}
# Blocks of each kind: (key, condition on the row).
_BLOCKS = {
    RegistrantKind.HOUSEHOLD: (
        ("'na ' || search_name || '|' || address", "address <> ''"),
        ("'np ' || search_name || '|' || phone", "phone <> ''"),
        # Same name in one hamlet, one of the two without an address.
        ("'nh ' || search_name || '|' || hamlet_id", "true"),
        ("'pa ' || phone || '|' || address", "phone <> '' AND address <> ''"),
        ("'aw ' || near_name || '|' || address", "address <> ''"),
    ),
    RegistrantKind.CITIZEN: (("'n ' || search_name", "true"),),
    RegistrantKind.CLAN: (("'n ' || search_name", "true"),),
    RegistrantKind.ORGANISATION: (("'n ' || search_name", "true"),),
}
_SAME = {
    "name": "a.search_name = b.search_name",
    "near_name": "a.search_name <> b.search_name AND a.near_name = b.near_name",
    "address": "a.address = b.address AND a.address <> ''",
    "no_address": "a.search_name = b.search_name AND a.hamlet_id = b.hamlet_id AND (a.address = '' OR b.address = '')",
    "phone": "a.phone = b.phone AND a.phone <> ''",
    "hamlet": "a.hamlet_id = b.hamlet_id",
    "birth_year": "a.birth_year = b.birth_year",
    "near_year": "abs(a.birth_year - b.birth_year) = 1",
    "host": "a.host = b.host",
    "sex": "a.sex = b.sex",
}
# Two different ID numbers are two people.
_NEVER = {RegistrantKind.CITIZEN: "a.id_hash <> '' AND b.id_hash <> '' AND a.id_hash <> b.id_hash"}


@dataclass
class Pair:
    """Two registrants that may be the same; `points`: reason → points, which add up to `score`."""

    first_id: int
    second_id: int
    score: int
    points: dict[str, int]
    dismissed: bool = False
    actor_name: str = ""
    decided_at: object = None
    first: Registrant | None = None
    second: Registrant | None = None

    @property
    def reasons(self) -> list[str]:
        """In words, the weightiest first."""
        return [str(REASONS[name]) for name in sorted(self.points, key=lambda name: -self.points[name])]


@dataclass
class Scan:
    """Pairs found, most likely first. `total`: how many there are in all; `left_out`: blocks too big to compare, with
    `left_out_rows` rows in them."""

    pairs: list[Pair] = field(default_factory=list)
    total: int = 0
    left_out: int = 0
    left_out_rows: int = 0


def find_duplicates(
    *,
    place: Place,
    kind: str = RegistrantKind.HOUSEHOLD,
    dismissed: bool | None = False,
    registrant: int | None = None,
    limit: int | None = None,
    offset: int = 0,
    most_in_block: int = MOST_IN_BLOCK,
) -> Scan:
    """Probable duplicates among the open registrants of a kind in `place`, one statement whatever its size.

    `dismissed`: False (those nobody has judged), True (those somebody said are two) or None (both). With `registrant`
    only pairs it is part of. In a hamlet both stand in that hamlet.
    """
    names = list(POINTS[RegistrantKind(kind)])
    values = {
        "place": place.pk,
        "kind": str(kind),
        "most": most_in_block,
        "enough": ENOUGH[kind],
        "registrant": registrant,
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(_comparison(place, kind, names, dismissed=dismissed, one=bool(registrant)), values)
        found = cursor.fetchall()
    return _scan_of(found, kind, names)


def _comparison(place: Place, kind: str, names: list[str], *, dismissed: bool | None, one: bool) -> str:
    """The statement: rows → blocks with a key in common → pairs → what they share → points, beside what was judged.

    Blocks too big to compare are counted; their row stands before the pairs, so it comes even when there are none.
    """
    table, columns = _ROWS[kind]
    keys = " UNION ALL ".join(
        f"SELECT id, commune_id, {key} AS key FROM row WHERE {condition}" for key, condition in _BLOCKS[kind]
    )
    flags = ", ".join(f"coalesce({_SAME[name]}, false) AS {name}" for name in names)
    score = " + ".join(f"CASE WHEN {name} THEN {POINTS[kind][name]} ELSE 0 END" for name in names)
    never = f"WHERE NOT ({_NEVER[kind]})" if kind in _NEVER else ""
    with_it = "AND (a.id = %(registrant)s OR b.id = %(registrant)s)" if one else ""
    judged = "" if dismissed is None else f"AND coalesce(n.dismissed, false) = {'true' if dismissed else 'false'}"
    return f"""
WITH row AS MATERIALIZED (
  SELECT r.id, r.commune_id, r.hamlet_id, r.search_name, {columns}
  FROM units_registrant r JOIN {table} p ON p.registrant_id = r.id
  WHERE r.{place.fact_column} = %(place)s AND r.kind = %(kind)s AND r.closed_on IS NULL
), sized AS (
  SELECT id, commune_id, key, count(*) OVER (PARTITION BY commune_id, key) AS size FROM ({keys}) k
), block AS MATERIALIZED (
  SELECT id, commune_id, key, size FROM sized WHERE size > 1
), candidate AS MATERIALIZED (
  SELECT DISTINCT a.id AS first, b.id AS second
  FROM block a JOIN block b ON b.commune_id = a.commune_id AND b.key = a.key AND b.id > a.id
  WHERE a.size <= %(most)s AND b.size <= %(most)s {with_it}
), compared AS (
  SELECT a.id AS first, b.id AS second, {flags}
  FROM candidate c JOIN row a ON a.id = c.first JOIN row b ON b.id = c.second {never}
), scored AS (
  SELECT *, {score} AS score FROM compared
), judged AS (
  SELECT s.*, coalesce(n.dismissed, false) AS dismissed, n.actor_name, n.decided_at
  FROM scored s LEFT JOIN units_notduplicate n ON n.first_id = s.first AND n.second_id = s.second
  WHERE s.score >= %(enough)s {judged}
), big AS (
  SELECT count(DISTINCT (commune_id, key)) AS blocks, count(DISTINCT id) AS rows FROM block WHERE size > %(most)s
)
SELECT b.blocks, b.rows, (SELECT count(*) FROM judged), j.first, j.second, j.score, j.dismissed, j.actor_name,
  j.decided_at, {", ".join(f"j.{name}" for name in names)}
FROM big b LEFT JOIN LATERAL (SELECT * FROM judged ORDER BY score DESC, first, second
  LIMIT %(limit)s OFFSET %(offset)s) j ON true
"""


def _scan_of(found: list[tuple], kind: str, names: list[str]) -> Scan:
    """The rows of the statement as pairs, each with the points its reasons give."""
    scan = Scan(left_out=found[0][0], left_out_rows=found[0][1], total=found[0][2])
    for row in found:
        first, second, total, is_dismissed, who, when = row[3:9]
        if first is None:
            continue
        points = {name: POINTS[kind][name] for name, holds in zip(names, row[9:], strict=True) if holds}
        scan.pairs.append(Pair(first, second, total, points, is_dismissed, who or "", when))
    return scan


def with_registrants(pairs: list[Pair], kind: str) -> list[Pair]:
    """The pairs with their registrants, in one query."""
    keys = {key for pair in pairs for key in (pair.first_id, pair.second_id)}
    rows = Registrant.objects.select_related(RegistrantKind(kind).lower(), "hamlet", "commune").in_bulk(keys)
    for pair in pairs:
        pair.first, pair.second = rows[pair.first_id], rows[pair.second_id]
    return pairs
