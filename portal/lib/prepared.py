"""Statements prepared once per connection: for short reads whose planning costs more than their work."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Sequence

from django.db import connection

# Raw database connection → names prepared on it. A connection that goes takes its entry along.
_known: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def fetch_one(name: str, types: str, sql: str, values: Sequence) -> tuple:
    """First row of `sql` (with $1, $2 … of `types`), planned once per connection and `name`."""
    return _run(name, types, sql, values, lambda cursor: cursor.fetchone())


def fetch_all(name: str, types: str, sql: str, values: Sequence) -> list[tuple]:
    """All rows of `sql`, as fetch_one()."""
    return _run(name, types, sql, values, lambda cursor: cursor.fetchall())


def _run(name: str, types: str, sql: str, values: Sequence, fetch: Callable):
    """Run a statement that is planned once per connection.

    Behind a pool that hands connections round between transactions (Django's DISABLE_SERVER_SIDE_CURSORS says so)
    nothing can stay prepared, so there the statement runs as any other.
    """
    with connection.cursor() as cursor:
        if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            cursor.execute(
                re.sub(r"\$(\d+)", r"%(v\1)s", sql.replace("%", "%%")),
                {f"v{position}": value for position, value in enumerate(values, start=1)},
            )
            return fetch(cursor)
        raw = connection.connection
        prepared = _known.setdefault(raw, set())
        if name not in prepared:
            # Past Django's wrappers: preparing is no query of the page and carries no history context.
            with raw.cursor() as bare:
                bare.execute(f"PREPARE {name} ({types}) AS {sql}")
            prepared.add(name)
        cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(values))})", list(values))
        return fetch(cursor)
