"""Migrations whose operations are taken together make the same tables as one operation after another."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from portal.lib.one_step import one_step

FIRST = [
    migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField())]),
]
SECOND = [
    migrations.CreateModel(
        "Book",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
        ],
    ),
    migrations.CreateModel("Page", [("id", models.BigAutoField(primary_key=True))]),
    migrations.AddField("Page", "book", models.ForeignKey("shop.Book", models.CASCADE)),
    migrations.AddField("Page", "number", models.IntegerField(default=1)),
    migrations.AddConstraint(
        "Page", models.CheckConstraint(condition=models.Q(number__gte=1), name="shop_page_number_positive")
    ),
    migrations.AddIndex("Page", models.Index(fields=["number"], name="shop_page_number")),
    migrations.AddField("Shelf", "floor", models.IntegerField(default=0)),
    migrations.AddConstraint("Shelf", models.UniqueConstraint(fields=["name", "floor"], name="shop_shelf_once")),
    migrations.RunSQL("ALTER TABLE shop_page SET (fillfactor = 60)", "ALTER TABLE shop_page RESET (fillfactor)"),
]


def migration(name: str, operations: list) -> migrations.Migration:
    made = migrations.Migration(name, "shop")
    made.operations = operations
    return made


def schema() -> list[tuple]:
    """Columns, constraints, indexes and options of the tables, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_name LIKE 'shop%' AND table_schema = 'public'"
            " UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '' FROM pg_constraint"
            " WHERE conrelid::regclass::text LIKE 'shop%'"
            " UNION ALL SELECT tablename, indexname, indexdef, '' FROM pg_indexes WHERE tablename LIKE 'shop%'"
            " UNION ALL SELECT relname, 'options', reloptions::text, '' FROM pg_class"
            " WHERE relname LIKE 'shop%' AND relkind = 'r' ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()


@pytest.mark.django_db
def test_together_they_make_the_same_tables_and_take_them_back():
    found = {}
    for way, taken in (("singly", list), ("together", one_step)):
        first, second = migration("0001", taken(FIRST)), migration("0002", taken(SECOND))
        start = ProjectState()
        with connection.schema_editor() as editor:
            between = first.apply(start.clone(), editor)
        before = schema()
        with connection.schema_editor() as editor:
            second.apply(between.clone(), editor)
        after = schema()
        with connection.schema_editor() as editor:
            second.unapply(between, editor)
        assert schema() == before
        with connection.schema_editor() as editor:
            first.unapply(start, editor)
        assert schema() == []
        found[way] = before, after

    assert found["together"] == found["singly"]
    assert {row[1] for row in found["together"][1]} >= {
        "shop_page_number_positive", "shop_page_number", "shop_shelf_once", "floor", "book_id", "shelf_id",
    }  # fmt: skip
