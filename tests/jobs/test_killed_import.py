"""A worker killed in the middle of writing a ward's list: nothing half-done, and the list is written all the same."""

import io
import os
import signal

import pytest
import xlsxwriter
from django.core.management import call_command
from django.db import connections

from portal import jobs
from portal.jobs.models import Job
from tests.factories.units import CommuneFactory, HamletFactory, make_officer
from tests.jobs.conftest import wait_until, waiting_for_a_lock
from units.choices import RegistrantKind, Role
from units.domain import importing
from units.models import Registrant

pytestmark = pytest.mark.django_db(transaction=True)
HOUSEHOLDS = 400
FAMILY, GIVEN = ("Nguyễn Văn", "Trần Thị", "Lê Hoàng", "Phạm Ngọc"), ("An", "Bình", "Chi", "Dũng", "Giang")


def ward_list() -> bytes:
    """A plain list of households that are told apart by name and address."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Danh sách")
        sheet.write_row(0, 0, ["STT", "Họ và tên chủ hộ", "Địa chỉ", "Khu phố", "Số nhân khẩu"])
        for number in range(HOUSEHOLDS):
            name = f"{FAMILY[number % 4]} {GIVEN[number % 5]}"
            sheet.write_row(number + 1, 0, [number + 1, name, f"{number + 1} Tô Hiến Thành", "Khu phố 1", 4])
    return target.getvalue()


def test_import_killed_while_writing_is_written_once_and_whole(start_worker):
    ward = CommuneFactory(name="Phường Hòa Hưng")
    HamletFactory(parent=ward, name="Khu phố 1")
    officer = make_officer(Role.WARD_OFFICER, ward)
    batch = importing.receive(
        actor=officer, place=ward, year=2026, register=False, file_name="ho.xlsx", data=ward_list()
    )
    importing.check(batch=batch)
    importing.request_confirmation(actor=officer, batch=batch)
    job = jobs.enqueue("units.import_confirm", {"batch": batch.pk}, created_by=officer)

    # A lock on a table the import writes late stops the worker in the middle of its transaction.
    obstacle = connections.create_connection("default")
    obstacle.set_autocommit(False)
    obstacle.cursor().execute("LOCK TABLE units_stay IN SHARE MODE")
    victim = start_worker()
    wait_until(lambda: waiting_for_a_lock() == 1)
    os.kill(victim.pid, signal.SIGKILL)
    start_worker()
    wait_until(lambda: Job.objects.get(pk=job.pk).attempts == 2)
    assert Registrant.objects.filter(kind=RegistrantKind.HOUSEHOLD).count() == 0
    obstacle.rollback()
    obstacle.close()

    wait_until(lambda: Job.objects.get(pk=job.pk).is_finished)
    batch.refresh_from_db()
    assert Job.objects.get(pk=job.pk).state == "DONE"
    assert (batch.state, batch.counts["added"]) == ("DONE", HOUSEHOLDS)
    assert Registrant.objects.filter(kind=RegistrantKind.HOUSEHOLD).count() == HOUSEHOLDS
    call_command("check_integrity")
