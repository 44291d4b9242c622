"""What many tests of a module look at, built once and rolled back after the last of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def built_once(django_db_blocker) -> Iterator[None]:
    """For a module's fixture: everything written inside is gone afterwards. A test that also takes `db` writes in a
    savepoint of its own, so the tests of the module do not see each other's rows.
    """
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            yield
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)
