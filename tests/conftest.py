"""What every test may use. Tests run on real PostgreSQL; without DATABASE_URL on the portal's private one."""

import gc
import logging
import os
import shutil
import sys

import django.test.utils
import pytest
from django.db import connection
from django.template import RequestContext
from django.test import TransactionTestCase, override_settings
from django.test.signals import template_rendered
from django.utils import translation

# Tests start Python a dozen times: what it compiles is kept, also where the machine says otherwise.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What migrations themselves write stays: content types and permissions.
EMPTY_FILLED_TABLES = """
DO $$
DECLARE
    name regclass;
    filled boolean;
    names text[] := '{}';
BEGIN
    FOR name IN
        SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO filled;
        IF filled THEN
            names := names || name::text;
        END IF;
    END LOOP;
    IF names <> '{}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(names, ', ') || ' CASCADE';
    END IF;
END $$
"""

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_make_parametrize_id(val):
    """Bytes are not spelled out: files hold the moment they are made, and two workers must name their tests alike."""
    return "bytes" if isinstance(val, bytes) else None


def pytest_collection_finish():
    """What was imported and collected stays to the end: looking through it for garbage again and again cost a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)


def empty_filled_tables(_case) -> None:
    """After a test that commits. Django would empty all tables and write content types and permissions anew."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_FILLED_TABLES)


TransactionTestCase._fixture_teardown = empty_filled_tables


def tell_of_pages_only(self, context):
    """Render a template; only of a whole page does the test client hear, and keep its context. Django tells of every
    part of it: hundreds of badges and icons, each with a copy of its context."""
    if context.template is self and isinstance(context, RequestContext):
        template_rendered.send(sender=self, template=self, context=context)
    return self.nodelist.render(context)


django.test.utils.instrumented_test_render = tell_of_pages_only
# Thousands of refusals are meant here; each would be written down with its trace.
logging.getLogger("django.request").setLevel(logging.ERROR)


@pytest.fixture(scope="session", autouse=True)
def quick_and_contained(django_test_environment, tmp_path_factory):
    """Cheap password hashes; uploaded files go to a folder of the test run; no list of all static files per client."""
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        WHITENOISE_AUTOREFRESH=True,
        MEDIA_ROOT=tmp_path_factory.getbasetemp() / "media",
    ):
        yield


@pytest.fixture(autouse=True)
def vietnamese_at_first():
    """A request in English leaves its language on the thread; every test begins in Vietnamese."""
    translation.activate("vi")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """What tests commit need not reach the disk at once: no test cuts the power."""
    connection.settings_dict["OPTIONS"].setdefault("options", "-c synchronous_commit=off")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database; at the end, sessions left by killed processes or finished threads do not hold it back.

    They are waited for, ten seconds at most: a busy machine ends them a moment after it was told to. The session that
    asks is closed as well: where the browser's event loop was running, Django later knows another one as its own.
    """
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
            )
        connection.close()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that browser tests drive. Without one they are left out, except in CI, where that is a failure."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail("No Chromium found: CI never leaves the browser tests out.")
    pytest.skip("No Chromium on this machine (set CHROMIUM to its path).")
