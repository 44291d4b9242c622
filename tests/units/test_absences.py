"""Households a written list does not name: found, looked through, taken out of the register together."""

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recognition.domain.integrity import register_tallies, stays
from tests.factories.units import CommuneFactory, HamletFactory, make_citizen, make_household, make_officer
from tests.units.import_files import people
from units.choices import Role
from units.domain import importing
from units.domain.absences import absent, close_households
from units.domain.errors import NotAllowed, RegisterError
from units.models import Registrant

pytestmark = pytest.mark.django_db


def test_who_is_missing_leaves_together_with_their_people():
    today = timezone.localdate()
    ward = CommuneFactory(name="Phường Hòa Hưng")
    one, two, three = (HamletFactory(parent=ward, name=f"Khu phố {number}") for number in (1, 2, 3))
    make_household(one, "Lê Có", address="1 Hòa Hưng")
    gone, dead = make_household(one, "Lê Đi", address="2 Hòa Hưng"), make_household(two, "Lê Mất", address="3 Hòa Hưng")
    make_household(one, "Lê Sai", address="4 Hòa Hưng")  # named by a row that cannot be written
    make_household(two, "Lê Giống", address="5 Hòa Hưng")  # perhaps meant by a row that asks
    make_household(three, "Lê Ba", address="6 Hòa Hưng")  # the list is not about this hamlet
    closed = make_household(one, "Lê Cũ")
    close_households(actor=None, households=[closed.pk], reason="DISSOLVED", closed_on=today)
    citizen = make_citizen(gone, "Lê Thị Con")
    officer = make_officer(Role.WARD_OFFICER, ward)
    data = people(
        ["Lê Có", "1 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
        ["Lê Mới", "7 Hòa Hưng", "KP 2", 3, 2, 1, None, None],
        ["Lê Sai", "4 Hòa Hưng", "KP 1", "nhiều", None, None, None, None],
        ["Lê Giống", "50 Hòa Hưng", "KP 2", 3, 2, 1, None, None],
    )
    batch = importing.check(
        batch=importing.receive(
            actor=officer, place=ward, year=today.year, register=False, file_name="ds.xlsx", data=data
        )
    )
    assert not absent(batch).exists()  # nothing is written yet
    importing.request_confirmation(actor=officer, batch=batch)
    batch = importing.confirm(actor=officer, batch=batch)
    assert list(absent(batch).order_by("pk")) == [gone, dead]

    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("units:import-absent", args=[batch.pk])
    detail = client.get(reverse("units:import-detail", args=[batch.pk])).content.decode()
    assert "2 hộ đang trong sổ ở các khu phố, thôn này không có trong danh sách" in detail and page in detail
    shown = client.get(page)
    assert [row.name for row in shown.context["rows"]] == ["Lê Đi", "Lê Mất"]

    entry = {"households": [gone.pk, dead.pk], "reason": "MOVED_AWAY", "closed_on": f"{today:%d/%m/%Y}"}
    refused = {}
    for field, value in (("households", []), ("reason", ""), ("closed_on", "01/01/2001"), ("households", [closed.pk])):
        form = client.post(page, entry | {field: value}).context["form"]
        refused[field, str(value)] = [text for texts in form.errors.values() for text in texts]
    tomorrow = today + datetime.timedelta(days=1)
    form = client.post(page, entry | {"closed_on": f"{tomorrow:%d/%m/%Y}"}).context["form"]
    assert form.errors["closed_on"] == ["Ngày ra khỏi sổ không được sau hôm nay."]
    assert refused["households", "[]"] == ["Hãy đánh dấu ít nhất một hộ."]
    assert refused["closed_on", "01/01/2001"] == [
        "Ngày ra khỏi sổ không được trước ngày vào sổ: "
        f"Lê Đi ({gone.opened_on:%d/%m/%Y}), Lê Mất ({dead.opened_on:%d/%m/%Y})."
    ]
    assert len(refused["reason", ""]) == len(refused["households", f"[{closed.pk}]"]) == 1
    assert absent(batch).count() == 2

    done = client.post(page, entry, follow=True).content.decode()
    assert "Đã đưa 2 hộ ra khỏi sổ." in done and "Mọi hộ trong sổ đều có trong danh sách" in done
    left = Registrant.objects.filter(pk__in=[gone.pk, dead.pk, citizen.pk])
    assert set(left.values_list("closed_on", "close_reason")) == {(today, "MOVED_AWAY")}
    assert not left.filter(stays__until__isnull=True).exists()
    assert (register_tallies(), stays()) == ([], [])
    with pytest.raises(RegisterError, match="Có hộ vừa ra khỏi sổ hoặc không còn ở đây."):
        close_households(actor=officer, households=[gone.pk], reason="MOVED_AWAY", closed_on=today)


def test_others_take_nobody_out_and_many_cost_as_much_as_one():
    today, hamlet = timezone.localdate(), HamletFactory()
    homes = [make_household(hamlet, f"Lê {number}").pk for number in range(7)]
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory())
    with pytest.raises(NotAllowed):
        close_households(actor=stranger, households=homes, reason="DISSOLVED", closed_on=today)
    assert Registrant.objects.open().households().count() == 7
    costs = []
    for some in (homes[:1], homes[1:]):
        with CaptureQueriesContext(connection) as counted:
            close_households(actor=None, households=some, reason="DISSOLVED", closed_on=today)
        costs.append(len(counted))
    assert costs[0] == costs[1]
