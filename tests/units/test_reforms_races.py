"""Real threads: entering a household or writing a list in the very moment its hamlet ends."""

import datetime
import threading
import time

import pytest
from django.db import connection, transaction

from recognition.domain.integrity import CHECKS, check_all
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from tests.units.import_files import people
from tests.units.test_reforms import DAY
from units.choices import CloseReason, Role, RowVerdict, Sex
from units.domain import citizens, importing, register
from units.domain.clans import add_families
from units.domain.closing import close_registrant, reopen_registrant
from units.domain.duplicates.merging import merge_duplicates, undo_merge
from units.domain.errors import RegisterError
from units.domain.importing.batches import locked_batch
from units.domain.leaving import bring_back, take_out
from units.domain.lives import merge as join_homes
from units.domain.lives import move, split
from units.domain.organisations import record_year
from units.domain.places_held import lock_register, lock_wards
from units.domain.reforms.hamlets import merge_hamlets
from units.models import ImportBatch, Place, Registrant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))


@pytest.fixture
def ward():
    return CommuneFactory(code="27163", name="Phường Hòa Hưng")


def hamlet(ward, number):
    place = HamletFactory(code=f"{ward.code}-{number:02d}", name=f"Khu phố {number}", parent=ward)
    return Place.objects.select_related("commune").get(pk=place.pk)


def waiting() -> int:
    """How many wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the first answer for ever
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]


def until_somebody_waits():
    until = time.monotonic() + 60
    while not waiting() and time.monotonic() < until:
        time.sleep(0.02)


def the_second(started, second, results):
    """Run `second` in its thread once `started` is set; its result or exception stands second."""
    started.wait(60)
    try:
        results[1] = second()
    except Exception as error:
        results[1] = error
    finally:
        connection.close()


def one_after_the_other(first, second, then=None):
    """Run `first` without committing, start `second`, commit once it waits; the result or exception of each. `then`:
    what the first goes on to do before it commits."""
    done, results = threading.Event(), [None, None]

    def run_first():
        try:
            with transaction.atomic():
                results[0] = first()
                done.set()
                until_somebody_waits()
                if then:
                    results[0] = then()
        except Exception as error:
            results[0] = error
        finally:
            done.set()
            connection.close()

    threads = [
        threading.Thread(target=run_first),
        threading.Thread(target=the_second, args=(done, second, results)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return results


def enter(place):
    return register.add_household(
        actor=None, hamlet=place, name="Lê Thị Mới", opened_on=datetime.date(2026, 10, 5), address="1 Hồng Lĩnh"
    )


def test_whoever_enters_a_household_after_the_merge_is_told(ward):
    one, two = hamlet(ward, 1), hamlet(ward, 2)

    _change, refused = one_after_the_other(
        lambda: merge_hamlets(actor=None, hamlets=[one], into=two, on=DAY), lambda: enter(one)
    )

    assert isinstance(refused, RegisterError), refused
    assert str(refused.message) == "Khu phố 1 không còn sau ngày 31/08/2026. Hãy chọn khu phố, thôn hiện nay."
    assert not Registrant.objects.exists()


def test_a_household_entered_just_before_the_merge_goes_along(ward):
    one, two = hamlet(ward, 1), hamlet(ward, 2)

    entered, change = one_after_the_other(
        lambda: enter(one), lambda: merge_hamlets(actor=None, hamlets=[one], into=two, on=DAY)
    )

    assert change.counts["HOUSEHOLD"] == 1
    assert Registrant.objects.get(pk=entered.pk).hamlet == two
    assert check_all() == []


def test_nobody_moves_into_a_hamlet_that_just_ended(ward):
    one, two, three = (hamlet(ward, number) for number in (1, 2, 3))
    household = make_household(three)

    _change, refused = one_after_the_other(
        lambda: merge_hamlets(actor=None, hamlets=[one], into=two, on=DAY),
        lambda: move(actor=None, registrant=household, hamlet=one, on=datetime.date(2026, 10, 1)),
    )

    assert isinstance(refused, RegisterError), refused
    assert str(refused.message) == (
        "Khu phố 1 không có vào ngày 01/10/2026 hoặc nay không còn. Hãy xem lại nơi đến và ngày chuyển."
    )
    assert Registrant.objects.get(pk=household.pk).hamlet == three


def in_the_middle(monkeypatch, module, name, first, second):
    """Run `first` to where it has called `module.name`, start `second`, go on once that waits; the results of both.
    Where they wait in a ring PostgreSQL breaks one of them off: then its exception stands there."""
    there, called, main = threading.Event(), getattr(module, name), threading.current_thread()

    def and_wait(*args, **values):
        found = called(*args, **values)
        if threading.current_thread() is main and not there.is_set():
            there.set()
            until_somebody_waits()
        return found

    monkeypatch.setattr(module, name, and_wait)
    results = [None, None]
    thread = threading.Thread(target=the_second, args=(there, second, results))
    thread.start()
    try:
        results[0] = first()
    except Exception as error:
        results[0] = error
    thread.join(90)
    return results


def test_a_citizen_entered_while_the_hamlet_ends_never_waits_in_a_ring(ward, monkeypatch):
    """Whoever enters a citizen holds the household, too: the places come before it."""
    one, two = hamlet(ward, 1), hamlet(ward, 2)
    home = make_household(one)

    entered, change = in_the_middle(
        *(monkeypatch, citizens, "_refuse_known"),
        lambda: citizens.add_citizen(
            actor=None,
            host=home,
            name="Lê Thị Mới",
            birth_year=1970,
            sex=Sex.FEMALE,
            group=1,
            opened_on=datetime.date(2026, 8, 1),
            id_number="079170012345",
        ),
        lambda: merge_hamlets(actor=None, hamlets=[one], into=two, on=DAY),
    )

    assert isinstance(entered, Registrant), entered
    assert change.counts["CITIZEN"] == 1
    assert set(Registrant.objects.values_list("hamlet", flat=True)) == {two.pk}
    assert check_all() == []


def ready_to_write(ward):
    officer = make_officer(Role.WARD_OFFICER, ward)
    data = people(["Lê Thị A", "1 Hồng Lĩnh", "Khu phố 1", 3], ["Lê Thị B", "2 Hồng Lĩnh", "Khu phố 2", 3])
    batch = importing.receive(actor=officer, place=ward, year=2026, register=False, file_name="ho.xlsx", data=data)
    batch = importing.check(batch=batch)
    assert batch.rows.filter(verdict=RowVerdict.ADDED).count() == 2
    return officer, batch


def test_a_merge_waits_for_a_list_being_written_and_carries_it(ward):
    one, two = hamlet(ward, 1), hamlet(ward, 2)
    officer, batch = ready_to_write(ward)
    importing.request_confirmation(actor=officer, batch=batch)

    _batch, change = one_after_the_other(
        lambda: importing.confirm(actor=officer, batch=batch),
        lambda: merge_hamlets(actor=None, hamlets=[one], into=two, on=DAY),
    )

    assert change.counts["HOUSEHOLD"] == 1
    assert set(Registrant.objects.values_list("name", "hamlet__name")) == {
        ("Lê Thị A", "Khu phố 2"),
        ("Lê Thị B", "Khu phố 2"),
    }
    assert [fault for name in ("stays", "places", "register_tallies") for fault in CHECKS[name]()] == []


def test_a_list_confirmed_while_its_hamlet_ends_writes_nothing_into_it(ward):
    one, two = hamlet(ward, 1), hamlet(ward, 2)
    officer, batch = ready_to_write(ward)

    def confirm():
        importing.request_confirmation(actor=officer, batch=batch)
        return importing.confirm(actor=officer, batch=batch)

    change, written = one_after_the_other(lambda: merge_hamlets(actor=None, hamlets=[one], into=two, on=DAY), confirm)

    assert not isinstance(change, Exception), change
    assert not isinstance(written, Exception), written
    assert list(Registrant.objects.values_list("name", "hamlet__name")) == [("Lê Thị B", "Khu phố 2")]
    refused = batch.rows.get(verdict=RowVerdict.REFUSED)
    assert refused.reasons == ["Khu phố 1 không còn sau ngày 31/08/2026. Hãy chọn khu phố, thôn hiện nay."]
    assert [fault for name in ("stays", "places", "register_tallies") for fault in CHECKS[name]()] == []


def everything_done_to(ward, one):
    """Every verb that holds a registrant, each on registrants of its own in a hamlet that is about to end."""
    day = datetime.date(2026, 10, 1)
    closing = {"reason": CloseReason.MOVED_AWAY, "closed_on": day}
    homes = [make_household(one, f"Hộ {number}") for number in range(14)]
    school, clan = make_organisation(one), make_clan(ward)
    gone, away = make_citizen(homes[0], "Người đi"), make_citizen(homes[1], "Người vắng")
    goes = make_citizen(homes[2], "Người chuyển")
    batch = ImportBatch.objects.create(kind="CITIZEN", place=ward, year=2026)
    close_registrant(actor=None, registrant=gone, **closing)
    take_out(actor=None, batch=batch, chosen=[away.pk], **closing)
    merge = merge_duplicates(actor=None, kept=homes[3], other=homes[4])
    born = {"name": "Người sinh", "birth_year": 2026, "sex": "MALE", "group": 1, "opened_on": day}
    other = ImportBatch.objects.create(kind="HOUSEHOLD", place=ward, year=2026)
    return {
        "enter": lambda: enter(one),
        "add_citizen": lambda: citizens.add_citizen(actor=None, host=homes[5], **born),
        "transfer": lambda: citizens.transfer(actor=None, registrant=goes, host=school, on=day),
        "close": lambda: close_registrant(actor=None, registrant=homes[6], **closing),
        "reopen": lambda: reopen_registrant(actor=None, registrant=gone),
        "correct": lambda: register.correct_household(actor=None, registrant=homes[7], phone="0912345678"),
        "split": lambda: split(actor=None, registrant=homes[8], on=day, name="Hộ mới"),
        "join": lambda: join_homes(actor=None, registrant=homes[9], into=homes[10], on=day),
        "merge": lambda: merge_duplicates(actor=None, kept=homes[11], other=homes[12]),
        "unmerge": lambda: undo_merge(actor=None, merge=merge),
        "take_out": lambda: take_out(actor=None, batch=other, chosen=[homes[13].pk], **closing),
        "bring_back": lambda: bring_back(actor=None, batch=batch, position=0),
        "families": lambda: add_families(actor=None, clan=clan, households=[homes[0].pk, homes[1].pk], since=day),
        "year": lambda: record_year(actor=None, organisation=school, year=2026, staff=9),
    }


def test_no_verb_on_a_registrant_waits_in_a_ring_with_a_reform(ward):
    """A reform holds the ward before it comes to the registrants; whoever holds those must not want the ward then."""
    one, two = hamlet(ward, 1), hamlet(ward, 2)
    verbs, results = everything_done_to(ward, one), {}

    def run(name):
        try:
            results[name] = verbs[name]()
        except Exception as error:
            results[name] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[name]) for name in verbs]
    with transaction.atomic():
        lock_wards([ward.pk])
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60
        while waiting() + len(results) < len(verbs) and time.monotonic() < until:
            time.sleep(0.02)
        merge_hamlets(actor=None, hamlets=[one], into=two, on=DAY)
    for thread in threads:
        thread.join(60)

    told = {name: result for name, result in results.items() if isinstance(result, Exception)}
    assert sorted(results) == sorted(verbs)
    assert {name for name, error in told.items() if not isinstance(error, RegisterError)} == set(), told
    # Whoever names the hamlet itself is told that it has ended; the others go on where it went.
    assert {"enter", "reopen", "bring_back", "add_citizen", "unmerge"} >= set(told), told
    assert check_all() == []


def test_who_comes_back_to_another_ward_takes_the_wards_as_a_reform_of_both_does(ward):
    """By their keys, whatever the keys of their hamlets."""
    other = CommuneFactory(code="27164", name="Phường Vườn Lài")
    left, reached = hamlet(other, 1), hamlet(ward, 1)
    assert (ward.pk < other.pk, left.pk < reached.pk) == (True, True)
    home = make_household(left)
    citizen = make_citizen(home)
    close_registrant(actor=None, registrant=citizen, reason=CloseReason.MOVED_AWAY, closed_on=datetime.date(2026, 9, 1))
    move(actor=None, registrant=home, hamlet=reached, on=datetime.date(2026, 10, 1))

    reform, back = one_after_the_other(
        lambda: lock_wards([ward.pk]),
        lambda: reopen_registrant(actor=None, registrant=Registrant.objects.get(pk=citizen.pk)),
        then=lambda: lock_wards([other.pk]),
    )

    assert (reform, type(back)) == (None, Registrant), back
    assert Registrant.objects.open().get(pk=citizen.pk).hamlet == reached
    assert check_all() == []


def test_who_brings_back_what_a_list_lacked_comes_to_the_list_as_its_undo_does(ward):
    """After the hamlets."""
    one = hamlet(ward, 1)
    away = make_household(one)
    batch = ImportBatch.objects.create(kind="HOUSEHOLD", place=ward, year=2026)
    taken = {"reason": CloseReason.MOVED_AWAY, "closed_on": datetime.date(2026, 10, 1)}
    take_out(actor=None, batch=batch, chosen=[away.pk], **taken)

    undo, back = one_after_the_other(
        lambda: lock_register(ward.pk),
        lambda: bring_back(actor=None, batch=batch, position=0),
        then=lambda: locked_batch(batch),
    )

    assert (undo, back) == (batch, [away]), (undo, back)
    assert Registrant.objects.open().count() == 1
