"""What an import costs grows with its list and no faster, told without a clock: rows the database goes through.

A list imported once more was compared row by row with itself for an hour: its rows had no statistics.
"""

import re

import pytest
from django.db import connection

from tests.factories.units import CommuneFactory, HamletFactory
from tests.units.importing.steps import at_once, confirmed, previewed
from units.domain import importing
from units.models import first_versions

pytestmark = pytest.mark.django_db
SMALL, TIMES = 400, 4
SELECTED = re.compile(r"CREATE TEMP TABLE \w+ ON COMMIT DROP AS(.*?);", re.DOTALL)


def a_list(count: int, members: int = 3) -> bytes:
    lines = [f"Trần {chr(65 + n % 26)}a {chr(65 + n % 17)}u;{n}/2 Bắc Hải;Khu phố 1;{members}" for n in range(count)]
    return "\n".join(["Họ tên chủ hộ;Địa chỉ;Khu phố;Nhân khẩu", *lines]).encode()


def gone_through(plan: dict) -> float:
    """Rows a plan's steps handed on or looked at in vain, all loops together."""
    removed = sum(value for name, value in plan.items() if name.startswith("Rows Removed by"))
    own = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return own + sum(map(gone_through, plan.get("Plans", ())))


class Work:
    """Counts, while it is entered, the rows of the plans of all statements, and those read from tables by triggers."""

    def __init__(self):
        self.rows = self.statements = 0

    def __call__(self, execute, sql, params, many, context):
        self.statements += 1
        body = SELECTED.search(sql)
        if body:
            self.explain(execute, body[1], params, many, context)
        elif re.match(r"\s*(WITH|UPDATE|SELECT i\.row_no)", sql):
            return self.explain(execute, sql, params, many, context)
        return execute(sql, params, many, context)

    def explain(self, execute, sql, params, many, context):
        execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params, many, context)
        self.rows += gone_through(context["cursor"].fetchone()[0][0]["Plan"])

    def of_tables(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_all_tables")
            return int(cursor.fetchone()[0])


def cost(step) -> tuple[int, int]:
    """(rows gone through, statements) of a step."""
    work = Work()
    before = work.of_tables()
    with connection.execute_wrapper(work):
        step()
    return work.rows + work.of_tables() - before, work.statements


def costs(count: int) -> dict[str, tuple[int, int]]:
    place = CommuneFactory()
    HamletFactory(parent=place, name="Khu phố 1")
    found, batches = {}, []
    found["new"] = cost(lambda: batches.append(at_once(place, a_list(count)).batch))
    found["again"] = cost(lambda: at_once(place, a_list(count)))
    found["changed"] = cost(lambda: at_once(place, a_list(count, 4)))
    found["shown"] = cost(lambda: batches.append(previewed(place, a_list(count, 3))))
    found["confirmed"] = cost(lambda: confirmed(batches[-1]))
    found["undone"] = cost(lambda: importing.undo(actor=None, batch=batches[-1]))
    return found


def known_before() -> None:
    """The database knows its tables as they were before these imports: of their rows it expects one or none."""
    costs(SMALL)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE units_importrow, units_registrant, units_household, units_stay, units_importbatch")


def test_four_times_the_list_goes_through_four_times_the_rows_in_as_many_statements():
    known_before()
    few, many = costs(SMALL), costs(SMALL * TIMES)

    assert {name: told[1] for name, told in few.items()} == {name: told[1] for name, told in many.items()}
    growth = {name: many[name][0] / few[name][0] for name in few}
    assert all(0.5 * TIMES < one < 1.5 * TIMES for one in growth.values()), growth


def test_taking_back_a_list_of_a_register_that_seemed_empty():
    """All that stood there was taken back when the statistics were made: of a thousand who stand none is expected."""

    def taken_back(count: int) -> int:
        place = CommuneFactory()
        HamletFactory(parent=place, name="Khu phố 1")
        for _turn in range(2):
            batch = at_once(place, a_list(count)).batch
            rows, _statements = cost(lambda batch=batch: importing.undo(actor=None, batch=batch))
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE units_importrow, units_registrant, units_household, units_stay")
        return rows

    few, many = taken_back(SMALL), taken_back(SMALL * TIMES)

    assert 0.5 * TIMES < many / few < 1.5 * TIMES, (few, many)


@pytest.mark.parametrize("model", first_versions.MODELS)
def test_first_versions_written_into_an_empty_history_are_not_looked_through_for_each_other(model):
    """A table empty when the statement began was read again for every row it grew by: a minute and more for 100,000."""
    table, event = model._meta.db_table, model.pgh_event_model._meta.db_table

    def blocks(count: int) -> int:
        place = CommuneFactory()
        HamletFactory(parent=place, name="Khu phố 1")
        at_once(place, a_list(count))
        with connection.cursor() as cursor:
            cursor.execute(
                f"TRUNCATE {event}; ANALYZE {event}; DROP TABLE IF EXISTS old_values;"
                f"CREATE TEMP TABLE old_values AS SELECT * FROM {table}; ANALYZE old_values, units_registrant;"
            )
            written = first_versions.writing(model, "old_values")
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {written}")
            plan = cursor.fetchone()[0][0]["Plan"]
            cursor.execute(f"SELECT count(*) FROM {event}")
            assert cursor.fetchone()[0] == model.objects.count() >= count
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    few, many = blocks(SMALL), blocks(SMALL * TIMES)  # the second time 400 and 1,600 stand there

    assert many / few < 1.5 * (1 + TIMES), (few, many)
