"""Real threads: an import taken back twice at the same moment, by command and on screen. One does it, one is told."""

import io
import re

import pytest
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from portal import jobs
from portal.jobs.models import Job
from tests.clock import this_year
from tests.factories.units import CommuneFactory, HamletFactory, make_officer
from tests.units.import_files import people
from tests.units.test_register import together
from units.choices import ImportState, Role
from units.domain.importing import import_at_once
from units.models import Registrant

pytestmark = pytest.mark.django_db(transaction=True)


def test_exactly_one_takes_it_back():
    ward = CommuneFactory(name="Phường Hòa Hưng")
    HamletFactory(parent=ward, name="Khu phố 1")
    an, binh = (make_officer(Role.WARD_OFFICER, ward, name=name) for name in ("Nguyễn Thị An", "Trần Văn Bình"))

    def imported(name):
        rows = people([name, "1 Hòa Hưng", "Khu phố 1"], [f"{name} Hai", "2 Hòa Hưng", "Khu phố 1"])
        told = {"actor": None, "place": ward, "year": this_year(), "register": False}
        return import_at_once(**told, file_name="a.xlsx", data=rows).batch

    def by_command(batch):
        out = io.StringIO()
        call_command("undo_import", batch.pk, stdout=out)
        return out.getvalue().strip()

    first = imported("Lê An")
    told = together(lambda: by_command(first), lambda: by_command(first))

    assert sorted(told) == [
        f"Lần nhập số {first.pk} đã được hoàn tác từ trước.",
        f"Đã hoàn tác lần nhập số {first.pk} (“a.xlsx”).",
    ]
    assert Registrant.objects.open().count() == 0

    second = imported("Lê Bảo")
    url = reverse("units:import-undo", args=[second.pk])

    def on_screen(user):
        browser = Client()
        browser.force_login(user)

        def press():
            answer = browser.post(url)
            return answer.url, [str(one) for one in get_messages(answer.wsgi_request)]

        return press

    pressed = together(on_screen(an), on_screen(binh))

    job = Job.objects.get()
    led = [(reverse("jobs:detail", args=[job.pk]), [])]
    (other,) = [one for one in pressed if one not in led]
    assert led[0] in pressed
    assert other[0] == reverse("units:import-detail", args=[second.pk])
    assert re.fullmatch(
        rf"{job.created_by.full_name} đã bấm hoàn tác lần nhập này lúc \d\d:\d\d \d\d/\d\d/\d{{4}}, máy đang làm; "
        r"không cần bấm lại\.",
        other[1][0],
    )
    # A command while the work of the screen waits: the command does it, the work finds it done.
    assert by_command(second) == f"Đã hoàn tác lần nhập số {second.pk} (“a.xlsx”)."
    assert jobs.run_now(job).state == "DONE"
    second.refresh_from_db()
    assert (second.state, Registrant.objects.open().count()) == (ImportState.UNDONE, 0)
    assert on_screen(an)() == (other[0], ["Lần nhập này đang ở tình trạng “Đã hoàn tác” nên không hoàn tác được."])
