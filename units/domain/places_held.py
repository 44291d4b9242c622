"""Places held still while somebody is entered, moved, taken out or registered there.

One order for everybody, so that nobody waits in a ring: the lists of the ward (advisory lock), its row, its hamlets,
the registrants, and what is made of them: visits, dossiers by key, their sums. Whoever rearranges places takes the full
lock of the wards' rows.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from units.models import Place

LOCK_SPACE = 0x696D70  # "imp": keeps our advisory locks apart from anybody else's


def held(place: Place) -> Place:
    """The place as it stands now, locked until the transaction ends.

    A reform takes the full lock of the hamlets it ends: either it waits for whoever is being entered and carries them
    along, or they wait for it and are then refused, because the hamlet has ended.
    """
    hold_wards_of([], place)
    rows = Place.objects.select_related("commune", "district", "province", "parent")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=place.pk)


def hold_wards_of(registrants: Collection[int], *places: Place) -> None:
    """Reforms of the wards the registrants stand in, and of `places`, wait for this transaction, or it waits for them;
    nobody else does. Taken before the rows of registrants: a reform holds the wards when it comes to those."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM units_place WHERE id = ANY(%s) OR id = ANY(ARRAY(SELECT commune_id FROM units_registrant"
            " WHERE id = ANY(%s))) ORDER BY id FOR KEY SHARE",
            [[place.commune_id or place.pk for place in places], list(registrants)],
        )


def hold_registrants(keys: Collection[int]) -> None:
    """Registrants stay where they stand until the transaction ends: whoever moves, merges or takes one out waits, and
    so do lists and reforms of their wards. What is read afterwards is what those left behind."""
    ids, waited = list(keys), set()
    with connection.cursor() as cursor:
        wards = _wards_of(cursor, ids)
        while wards - waited:  # again where they were carried to another ward meanwhile
            _lists_wait(cursor, list(wards - waited), shared=True)
            waited |= wards
            wards = _wards_of(cursor, ids, keep=True)


def _wards_of(cursor, registrants: list[int], *, keep: bool = False) -> set[int]:
    """Wards the registrants stand in, without those this transaction wrote itself: they are nobody else's yet. With
    `keep` the rows are locked, and what is told is where they stand then."""
    lock = "ORDER BY id FOR KEY SHARE" if keep else ""
    cursor.execute(
        "SELECT DISTINCT coalesce(commune_id, 0) FROM (SELECT commune_id FROM units_registrant WHERE id = ANY(%s)"
        f" AND xmin <> pg_current_xact_id()::xid {lock}) AS found",
        [registrants],
    )
    return {pk for (pk,) in cursor.fetchall()}


def lock_register(commune_id: int) -> None:
    """Make everybody who changes which households a ward has wait for this transaction: other imports by the advisory
    lock, entry by hand by the rows of the hamlets."""
    with connection.cursor() as cursor:
        _lists_wait(cursor, [commune_id])
        cursor.execute(_HAMLETS_OF, [[commune_id]])


def lock_wards(keys: Collection[int]) -> None:
    """`lock_register` for a reform: the rows of the wards too, and those before their hamlets, as `held` takes them."""
    wards = sorted(keys)
    with connection.cursor() as cursor:
        _lists_wait(cursor, wards)
        cursor.execute("SELECT 1 FROM units_place WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [wards])
        cursor.execute(_HAMLETS_OF, [wards])


_HAMLETS_OF = "SELECT 1 FROM units_place WHERE commune_id = ANY(%s) AND level = 'hamlet' ORDER BY id FOR NO KEY UPDATE"


def _lists_wait(cursor, wards: list[int], *, shared: bool = False) -> None:
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    cursor.execute(
        f"SELECT count({lock}(%s, ward.id)::text) FROM unnest(%s::int[]) AS ward (id)",
        [LOCK_SPACE, [pk % 2147483647 for pk in sorted(wards)]],
    )
