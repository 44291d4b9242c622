"""Pages leaders look at: a generated province of five years against the same pages of an empty database.

Both databases hold the official places and the rulebooks; the rows of the tables are the same places in both. What is
timed is the whole page: middleware, statements, template. A million households, made once and used again:

    python -m benchmarks --only leader_pages --households 1000000 --keep bench_million      (and --drop bench_million)
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from benchmarks import __main__ as runner
from benchmarks import compare
from recognition.choices import LearningModel
from recognition.domain.generating import generate, plan
from recognition.models import Registration, Tally, WaitingDay
from units.choices import Role
from units.models import Household, Place, Posting, User

# A million takes 17 minutes to make on a quiet machine, 10,000 a few seconds: --households says how many.
HOUSEHOLDS = {"small": 3_000, "full": 100_000}
YEARS = 5
TIMES_EMPTY = 1.5
LEADER = "bench_leader"


def keeping(base: str, scale: str, *, keep: str | None = None, households: int | None = None) -> list[dict]:
    """Measure a filled copy of the `base` database against an empty one; kept ones are used as they are."""
    filled = keep or f"{base}_leader_pages"
    empty = f"{filled}_empty"
    with runner.database(empty, template=base, keep=bool(keep)) as fresh:
        if fresh:
            leader = User.objects.create(username=LEADER, full_name="Lãnh đạo")
            Posting.objects.create(user=leader, role=Role.LEADER, place=province(), starts_on="2020-01-01")
        with runner.database(filled, template=empty, keep=bool(keep)) as fresh:
            if fresh:
                generate(plan(scale="province", years=YEARS, seed=1, households=households or HOUSEHOLDS[scale]))
                put_back()
            for name in (empty, filled):
                use(name)
                call_command("migrate", verbosity=0)  # a kept one may be older than the code
                settle()
            return measure(filled, empty)


def province() -> Place:
    """Where everything is made."""
    return Place.objects.get(code="79", valid_to=None)


def measure(filled: str, empty: str, repeats: int = 15) -> list[dict]:
    """Dashboard, wall, explanation and report of a province, and the dashboards above and below it."""
    leader = User.objects.get(username=LEADER)
    ward = Tally.objects.filter(level="commune", year=timezone.localdate().year).order_by("pk").first().commune_id
    made = f"{Household.objects.count():,} households, {Registration.objects.count():,} dossiers of {YEARS} years"
    days = f"{WaitingDay.objects.exclude(count=0).count():,} rows of waiting days"
    return [
        compare(
            name,
            work=visit(address),
            floor=visit(address),
            before_work=ready(filled, leader, address),
            before_floor=ready(empty, leader, address),
            target=TIMES_EMPTY,
            repeats=repeats,
            note=f"{made}, {days}; floor: the same page of an empty database",
        )
        for name, address in pages(province().pk, ward)
    ]


def put_back() -> None:
    """The history of the generated rows as if written a month ago: made in one go, all of it would be of today."""
    table = "recognition_registrationevent"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} SET pgh_created_at = pgh_created_at - interval '30 days'")
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        # The range index still says of the pages the rows were on before that they hold today.
        cursor.execute("REINDEX INDEX registrationevent_when")


def settle() -> None:
    """What autovacuum would have done by the morning."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def pages(province: int, ward: int) -> list[tuple[str, str]]:
    """(name, address) of what is looked at."""
    year = timezone.localdate().year
    query = f"?nam={year}&mo-hinh={LearningModel.FAMILY}"
    return [
        ("dashboard of a province", f"/theo-doi/{province}/{query}"),
        ("the province on the wall", f"/theo-doi/{province}/trinh-chieu/{query}"),
        ("where its rate comes from", f"/theo-doi/{province}/so/recognised_of_total/{query}"),
        ("TK-01 of the province", f"/bao-cao/TK-01/{province}/?nam={year}"),
        ("dashboard of a ward of it", f"/theo-doi/{ward}/{query}"),
        ("dashboard of the nation", f"/theo-doi/ca-nuoc/{query}"),
    ]


_clients: dict[str, Client] = {}


def use(name: str) -> None:
    """Point the connection at a database."""
    connection.close()
    connection.settings_dict["NAME"] = name


def ready(name: str, user: User, address: str) -> Callable[[], None]:
    """The database chosen, the person signed in there, the page seen once: statements planned, caches warm."""

    def prepare() -> None:
        use(name)
        if name not in _clients:
            _clients[name] = Client(HTTP_HOST="localhost")
            _clients[name].force_login(user)
        visit(address)()

    return prepare


def visit(address: str) -> Callable[[], None]:
    """One page, which must be there."""

    def get() -> None:
        response = _clients[connection.settings_dict["NAME"]].get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address}: {response.status_code}")

    return get
