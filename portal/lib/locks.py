"""Taking turns where no row stands that could be locked."""

from django.db import connection


def wait_turn(name: str) -> None:
    """Until the end of the transaction, whoever waits for the same name follows. `name`: "app.what"."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
