"""Load the official places and their successions, set-based: a second run changes nothing and writes no history."""

import csv
import io
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.lib.text import clean, fold, natural_key
from units.choices import Level
from units.domain.errors import PortalError
from units.domain.places import refresh_search
from units.models import Place

DATA = Path(__file__).resolve().parent.parent / "data"
OFFICIAL_LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
# The one text every succession of 2025 rests on; the resolutions for single communes are not in our list.
DECREE_2025 = "NQ 202/2025/QH15 và các nghị quyết sắp xếp cấp xã 2025"
PLACE_COLUMNS = ("code", "level", "kind", "name", "parent_code", "valid_from", "valid_to", "note", "provisional")
LOCK = 7120250701  # two loads at once would both try to add the same places


class GazetteerError(PortalError):
    """The list of places does not fit together; nothing was loaded."""


@dataclass(frozen=True)
class Counts:
    """What a load did with one kind of row."""

    added: int
    changed: int
    unchanged: int

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Loaded:
    """Result of `load`. `provisional`: places with a code of our own, counted in `places` too."""

    places: Counts
    successions: Counts
    provisional: int


def load(*, units: Path | None = None, successions: Path | None = None, supplement: Path | None = None) -> Loaded:
    """Bring places and successions up to the lists. All or nothing.

    Adds what is missing and corrects name, kind and parent. An end date once written is never taken back, and notes and
    area classes belong to people. Raises GazetteerError when a row has no parent or a succession no ends.
    """
    official = _read(units or DATA / "gazetteer" / "units.csv")
    ours = _read(supplement or DATA / "places_supplement.csv")
    links = _read(successions or DATA / "gazetteer" / "successions.csv")
    for row in official:
        row |= {"note": "", "provisional": False}
    for row in ours:
        row |= {"provisional": True}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        _stage_places(cursor, [*official, *ours])
        places = _write_places(cursor)
        if places.changed:
            refresh_search(Place.objects.filter(level=Level.HAMLET))
        cursor.execute("ANALYZE units_place")  # the links below are found by code among ten thousand places just added
        _stage_links(cursor, links)
        linked = _write_links(cursor)
        cursor.execute("DROP TABLE incoming_place, incoming_link")
        cursor.execute("ANALYZE units_succession")
    return Loaded(places=places, successions=linked, provisional=len(ours))


def _read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _copy(cursor, table: str, rows) -> None:
    """COPY rows (tuples; None and "" become NULL) into a staging table."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    buffer.seek(0)
    cursor.cursor.copy_expert(f"COPY {table} FROM STDIN WITH (FORMAT csv)", buffer)
    cursor.execute(f"ANALYZE {table.split()[0]}")  # without it the planner joins ten thousand rows by nested loops


# --- Places


def _stage_places(cursor, rows: list[dict]) -> None:
    cursor.execute(
        "DROP TABLE IF EXISTS incoming_place;"
        " CREATE TEMPORARY TABLE incoming_place (code text, level text, kind text, name text, parent_code text,"
        " valid_from date, valid_to date, note text, provisional boolean, folded text, sort_key text,"
        " id bigint, parent_id bigint)"
    )
    _copy(
        cursor,
        f"incoming_place ({', '.join(PLACE_COLUMNS)}, folded, sort_key)",
        (
            [*(clean(row[column]) for column in PLACE_COLUMNS), fold(row["name"]), natural_key(row["name"])]
            for row in rows
        ),
    )


# The parent a place had on its last day (today for those that still exist). `search_name` of the parent already holds
# the names above it, so one level's search text is its own folded name and the parent's.
_FIND_PARENTS = """
UPDATE incoming_place i SET parent_id = p.id FROM units_place p
WHERE i.level = %s AND p.code = i.parent_code AND p.level IN ('province', 'district')
  AND coalesce(i.valid_to, 'infinity') BETWEEN coalesce(p.valid_from, '-infinity') AND coalesce(p.valid_to, 'infinity')
"""
_FIND_SELVES = """
UPDATE incoming_place i SET id = t.id FROM units_place t
WHERE i.level = %s AND t.code = i.code AND t.valid_from IS NOT DISTINCT FROM i.valid_from
"""
_DERIVED = """
  left(i.folded || coalesce(' ' || p.search_name, ''), 700),
  CASE WHEN p.level = 'province' THEN p.id ELSE p.province_id END,
  CASE WHEN p.level = 'district' THEN p.id ELSE p.district_id END
"""
_ADD = f"""
INSERT INTO units_place (code, level, kind, name, sort_key, valid_from, valid_to, note, provisional, area_class,
  parent_id, search_name, province_id, district_id)
SELECT i.code, i.level, i.kind, i.name, i.sort_key, i.valid_from, i.valid_to, coalesce(i.note, ''), i.provisional,
  'NORMAL', i.parent_id, {_DERIVED}
FROM incoming_place i LEFT JOIN units_place p ON p.id = i.parent_id
WHERE i.level = %s AND i.id IS NULL ORDER BY i.code
"""
_CORRECT = f"""
UPDATE units_place t SET kind = n.kind, name = n.name, sort_key = n.sort_key, parent_id = n.parent_id,
  valid_to = coalesce(n.valid_to, t.valid_to), search_name = n.search_name,
  province_id = n.province_id, district_id = n.district_id
FROM (
  SELECT i.id, i.kind, i.name, i.sort_key, i.parent_id, i.valid_to, d.*
  FROM incoming_place i LEFT JOIN units_place p ON p.id = i.parent_id
  CROSS JOIN LATERAL (SELECT {_DERIVED}) AS d (search_name, province_id, district_id)
  WHERE i.level = %s AND i.id IS NOT NULL
) AS n
WHERE t.id = n.id AND (t.kind, t.name, t.sort_key, t.parent_id, t.valid_to, t.search_name, t.province_id, t.district_id)
  IS DISTINCT FROM (n.kind, n.name, n.sort_key, n.parent_id, coalesce(n.valid_to, t.valid_to), n.search_name,
  n.province_id, n.district_id)
"""


def _write_places(cursor) -> Counts:
    added = changed = 0
    for level in OFFICIAL_LEVELS:  # parents first
        cursor.execute(_FIND_PARENTS, [level])
        cursor.execute(_FIND_SELVES, [level])
        if level != Level.PROVINCE:
            _refuse(
                cursor,
                "SELECT code, name FROM incoming_place WHERE level = %s AND parent_id IS NULL ORDER BY code",
                [level],
                _("Không tìm thấy địa bàn cấp trên của: %s. Chưa nạp gì."),
            )
        cursor.execute(_CORRECT, [level])
        changed += cursor.rowcount
        cursor.execute(_ADD, [level])
        added += cursor.rowcount
    cursor.execute("SELECT count(*) FROM incoming_place")
    total = cursor.fetchone()[0]
    return Counts(added=added, changed=changed, unchanged=total - added - changed)


# --- Successions


def _stage_links(cursor, rows: list[dict]) -> None:
    cursor.execute(
        "DROP TABLE IF EXISTS incoming_link;"
        " CREATE TEMPORARY TABLE incoming_link (level text, from_code text, to_code text, effective_on date,"
        " partial boolean, from_id bigint, to_id bigint)"
    )
    _copy(
        cursor,
        "incoming_link (level, from_code, to_code, effective_on, partial)",
        (
            [row["level"], row["from_code"], row["to_code"], row["effective_on"], row["partial"] == "yes"]
            for row in rows
        ),
    )


def _write_links(cursor) -> Counts:
    cursor.execute(
        "UPDATE incoming_link l SET from_id = f.id, to_id = t.id FROM units_place f, units_place t"
        " WHERE f.level = l.level AND f.code = l.from_code AND f.valid_to = l.effective_on - 1"
        " AND t.level = l.level AND t.code = l.to_code AND t.valid_from = l.effective_on"
    )
    _refuse(
        cursor,
        "SELECT from_code, to_code FROM incoming_link WHERE from_id IS NULL OR to_id IS NULL ORDER BY 1, 2",
        [],
        _("Không tìm thấy địa bàn cũ hoặc mới của: %s. Chưa nạp gì."),
    )
    cursor.execute(
        "UPDATE units_succession s SET partial = l.partial FROM incoming_link l WHERE s.from_place_id = l.from_id"
        " AND s.to_place_id = l.to_id AND s.effective_on = l.effective_on AND s.partial <> l.partial"
    )
    changed = cursor.rowcount
    cursor.execute(
        "INSERT INTO units_succession (from_place_id, to_place_id, effective_on, partial, decree)"
        " SELECT from_id, to_id, effective_on, partial, %s FROM incoming_link ORDER BY from_id, to_id"
        " ON CONFLICT (from_place_id, to_place_id, effective_on) DO NOTHING",
        [DECREE_2025],
    )
    added = cursor.rowcount
    cursor.execute("SELECT count(*) FROM incoming_link")
    total = cursor.fetchone()[0]
    return Counts(added=added, changed=changed, unchanged=total - added - changed)


def _refuse(cursor, query: str, params: list, sentence: str) -> None:
    """Raise GazetteerError naming the first rows of a query that must find none."""
    cursor.execute(query, params)
    faults = cursor.fetchall()
    if faults:
        shown = ", ".join(f"{first} ({second})" for first, second in faults[:5])
        more = _(" và %d dòng khác") % (len(faults) - 5) if len(faults) > 5 else ""
        raise GazetteerError(sentence % (shown + more))
