"""What mass tables name exists and stays: asked by statement triggers, of plain SQL too and of two at once."""

import threading

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from tests.factories.units import CommuneFactory, HamletFactory, make_household
from tests.recognition.test_races import together
from units.choices import CloseReason
from units.domain.closing import close_registrant
from units.models import Household, ImportBatch, ImportRow, Place, Registrant, Stay

NOWHERE = 999_999_999


def refused(sentence: str, sql: str, *values) -> None:
    with pytest.raises(IntegrityError, match=sentence), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.django_db
def test_rows_name_only_what_exists_and_what_they_name_stays():
    hamlet = HamletFactory()
    home, other = make_household(hamlet), make_household(hamlet)
    absent = "name a row of units_place that does not exist"
    for table in ("units_registrant", "units_stay"):
        for column in ("hamlet_id", "commune_id", "district_id", "province_id"):
            refused(f"{table} {absent}", f"UPDATE {table} SET {column} = %s", NOWHERE)
    nobody = "name a row of units_registrant that does not exist"
    refused(
        f"units_household {nobody}",
        "UPDATE units_household SET registrant_id = %s WHERE registrant_id = %s",
        NOWHERE,
        home.pk,
    )
    refused(
        f"units_stay {nobody}", "UPDATE units_stay SET registrant_id = %s WHERE registrant_id = %s", NOWHERE, home.pk
    )
    with pytest.raises(IntegrityError, match=f"units_household {nobody}"), transaction.atomic():
        Household.objects.create(registrant_id=NOWHERE)
    refused("units_registrant is still named", "DELETE FROM units_registrant WHERE id = %s", home.pk)
    copied = "INSERT INTO units_stay (registrant_id, hamlet_id, province_id, kind, since, until) SELECT registrant_id,"
    refused(absent, f"{copied} %s, province_id, kind, since, since FROM units_stay", NOWHERE)
    stayed = "INSERT INTO units_stay (registrant_id, province_id, kind, since) SELECT %s, province_id, kind, since"
    refused(nobody, f"{stayed} FROM units_stay LIMIT 1", NOWHERE)
    batches = "name a row of units_importbatch that does not exist"
    refused(batches, "UPDATE units_registrant SET import_batch_id = %s WHERE id = %s", NOWHERE, home.pk)
    with pytest.raises(IntegrityError, match=batches), transaction.atomic():
        ImportRow.objects.create(batch_id=NOWHERE, sheet="", row_no=1)

    batch = ImportBatch.objects.create(place=hamlet, year=2026, file_name="a", file_hash="", created_by_name="")
    Registrant.objects.filter(pk=home.pk).update(import_batch=batch)
    still = "a deleted row of units_%s is still named"
    refused(still % "importbatch", "DELETE FROM units_importbatch WHERE id = %s", batch.pk)
    Registrant.objects.update(import_batch=None)
    ImportRow.objects.create(batch=batch, sheet="", row_no=1)
    refused(still % "importbatch", "DELETE FROM units_importbatch WHERE id = %s", batch.pk)

    empty = HamletFactory(parent=hamlet.parent)
    Stay.objects.filter(registrant=other).update(hamlet=empty)
    refused(still % "place", "DELETE FROM units_place WHERE id = %s", empty.pk)  # a stay alone names it
    Stay.objects.filter(registrant=other).update(hamlet=hamlet)
    assert Place.objects.filter(pk=empty.pk)._raw_delete("default") == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_named_while_it_is_deleted_is_kept_or_the_row_refused():
    """Places, imports and registrants: whoever names one first keeps it; a row that comes too late is refused."""
    ward = CommuneFactory()
    hamlet, empty = HamletFactory(parent=ward), HamletFactory(parent=ward)
    home = make_household(hamlet)
    batch = ImportBatch.objects.create(place=hamlet, year=2026, file_name="a", file_hash="", created_by_name="")
    bare = Registrant(kind=home.kind, name="Lê Trống", opened_on=home.opened_on, **hamlet.fact_ids)
    bare.save()
    stay = Stay.objects.get(registrant=home)
    cases = (
        (Stay.objects.filter(pk=stay.pk), {"hamlet": empty}),
        (Registrant.objects.filter(pk=home.pk), {"import_batch": batch}),
        (Stay.objects.filter(pk=stay.pk), {"registrant": bare}),
    )
    for rows, naming in cases:
        ((column, wanted),) = naming.items()
        named, deleted, before = threading.Event(), threading.Event(), rows.values(column).get()

        def name(rows=rows, naming=naming, named=named):
            with transaction.atomic():
                rows.update(**naming)
                named.set()
                connection.cursor().execute("SELECT pg_sleep(0.2)")

        def delete(wanted=wanted, named=named):
            named.wait(60)
            type(wanted).objects.filter(pk=wanted.pk)._raw_delete("default")

        assert [type(one) for one in together(name, delete)] == [type(None), IntegrityError], column
        assert rows.values(column).get() == {column: wanted.pk}
        rows.update(**before)

        # The other way round: deleted first, named while that is not yet certain.
        def delete_slowly(wanted=wanted, deleted=deleted):
            with transaction.atomic():
                type(wanted).objects.filter(pk=wanted.pk)._raw_delete("default")
                deleted.set()
                connection.cursor().execute("SELECT pg_sleep(0.2)")

        def name_late(rows=rows, naming=naming, deleted=deleted):
            deleted.wait(60)
            rows.update(**naming)

        assert [type(one) for one in together(name_late, delete_slowly)] == [IntegrityError, type(None)], column
        assert rows.values(column).get() == before


@pytest.mark.django_db(transaction=True)
def test_a_row_waits_for_what_it_names_only_when_it_starts_to_name_it():
    """A merger holds its places and then needs the rows in them: who holds such a row must not wait for the place."""
    hamlet = HamletFactory()
    beside = HamletFactory(parent=hamlet.parent)
    home, other = make_household(hamlet), make_household(hamlet)
    batch, next_batch = [
        ImportBatch.objects.create(place=hamlet, year=2026, file_name="a", file_hash="", created_by_name="")
        for _number in range(2)
    ]
    Registrant.objects.update(import_batch=batch)
    merger = connection.copy()
    try:
        merger.set_autocommit(False)
        with merger.cursor() as cursor:
            cursor.execute("SELECT FROM units_place FOR UPDATE")
            cursor.execute("SELECT FROM units_importbatch FOR UPDATE")
        with transaction.atomic():
            connection.cursor().execute("SET LOCAL lock_timeout = '100ms'")
            assert Registrant.objects.update(name="Lê Tám") == 2
            assert Stay.objects.update(until=None) == 2
            assert Registrant.objects.update(hamlet=hamlet, import_batch=batch) == 2  # named already
            with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():  # asks the ward first
                close_registrant(actor=None, registrant=other, reason=CloseReason.DISSOLVED, closed_on=other.opened_on)
            for rows, moved in (
                (Registrant.objects.filter(pk=home.pk), {"hamlet": beside}),
                (Registrant.objects.filter(pk=home.pk), {"import_batch": next_batch}),
                (Stay.objects.filter(registrant=other), {"hamlet": beside}),
            ):
                with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
                    rows.update(**moved)
    finally:
        merger.close()
    assert set(Registrant.objects.values_list("name", "hamlet")) == {("Lê Tám", hamlet.pk)}
