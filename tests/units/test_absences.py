"""Households a written list does not name: found, looked through, taken out of the register together."""

import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recognition.domain.integrity import register_tallies, stays
from recognition.domain.integrity_register import hosts
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from tests.units.import_files import people, xlsx
from units.choices import Role
from units.domain import importing
from units.domain.absences import absent
from units.domain.citizens import transfer
from units.domain.closing import close_registrant, reopen_registrant
from units.domain.communities import add_community
from units.domain.errors import NotAllowed, RegisterError
from units.domain.leaving import bring_back, take_out
from units.models import ImportBatch, Place, Registrant, Stay

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
    close_registrant(actor=None, registrant=closed, reason="DISSOLVED", closed_on=today)
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
    assert "2 hộ đang trong sổ ở những nơi này không có trong danh sách" in detail and page in detail
    shown = client.get(page)
    assert [row.name for row in shown.context["rows"]] == ["Lê Đi", "Lê Mất"]

    entry = {"chosen": [gone.pk, dead.pk], "reason": "MOVED_AWAY", "closed_on": f"{today:%d/%m/%Y}"}
    refused = {}
    for field, value in (("chosen", []), ("reason", ""), ("closed_on", "01/01/2001"), ("chosen", [closed.pk])):
        form = client.post(page, entry | {field: value}).context["form"]
        refused[field, str(value)] = [text for texts in form.errors.values() for text in texts]
    tomorrow = today + datetime.timedelta(days=1)
    form = client.post(page, entry | {"closed_on": f"{tomorrow:%d/%m/%Y}"}).context["form"]
    assert form.errors["closed_on"] == ["Ngày ra khỏi sổ không được sau hôm nay."]
    assert refused["chosen", "[]"] == ["Hãy đánh dấu ít nhất một dòng."]
    assert refused["closed_on", "01/01/2001"] == [
        "Ngày ra khỏi sổ không được trước ngày vào sổ: "
        f"Lê Đi ({gone.opened_on:%d/%m/%Y}), Lê Mất ({dead.opened_on:%d/%m/%Y})."
    ]
    assert len(refused["reason", ""]) == len(refused["chosen", f"[{closed.pk}]"]) == 1
    assert absent(batch).count() == 2

    done = client.post(page, entry, follow=True).content.decode()
    assert "Đã đưa 2 hộ ra khỏi sổ." in done and "Mọi hộ trong sổ đều có trong danh sách" in done
    left = Registrant.objects.filter(pk__in=[gone.pk, dead.pk, citizen.pk])
    assert set(left.values_list("closed_on", "close_reason")) == {(today, "MOVED_AWAY")}
    assert not left.filter(stays__until__isnull=True).exists()
    assert (register_tallies(), stays()) == ([], [])
    with pytest.raises(RegisterError, match="Có đối tượng vừa ra khỏi sổ hoặc không còn ở đây."):
        take_out(actor=officer, batch=batch, chosen=[gone.pk], reason="MOVED_AWAY", closed_on=today)

    # Back together, their people too; one that was taken back and closed again meanwhile stays as it is.
    assert "Đã đưa 2 hộ ra khỏi sổ từ ngày" in done and "1 công dân tính ở đó ra cùng." in done
    reopen_registrant(actor=officer, registrant=dead)
    close_registrant(actor=officer, registrant=dead, reason="DISSOLVED", closed_on=today)
    again = client.post(reverse("units:import-absent-back", args=[batch.pk, 0]), follow=True).content.decode()
    assert "Đã đưa 1 hộ trở lại sổ." in again and f"({officer.full_name})" in again
    left = dict(Registrant.objects.filter(pk__in=[gone.pk, dead.pk, citizen.pk]).values_list("name", "close_reason"))
    assert left == {"Lê Đi": "", "Lê Mất": "DISSOLVED", "Lê Thị Con": ""}
    assert list(gone.stays.values_list("since", "until")) == [(gone.opened_on, None)]
    assert (register_tallies(), stays(), hosts()) == ([], [], [])
    twice = client.post(reverse("units:import-absent-back", args=[batch.pk, 0]), follow=True).content.decode()
    assert f"Lần đưa ra khỏi sổ này đã được {officer.full_name} hoàn tác lúc " in twice
    never = client.post(reverse("units:import-absent-back", args=[batch.pk, 99]), follow=True).content.decode()
    assert "Danh sách này không có lần đưa ra khỏi sổ đó." in never and "hoàn tác lúc" not in never


def written(kind, place, *rows):
    """A list of a kind, written."""
    return importing.import_at_once(
        actor=None,
        place=place,
        year=timezone.localdate().year,
        register=False,
        file_name="ds.xlsx",
        data=xlsx(list(rows)),
        kind=kind,
    ).batch


def test_other_kinds_know_who_is_missing_too():
    today, ward = timezone.localdate(), CommuneFactory(name="Phường Hòa Hưng")
    one, two = (HamletFactory(parent=ward, name=f"Khu phố {number}") for number in (1, 2))
    officer = make_officer(Role.WARD_OFFICER, ward)
    make_clan(HamletFactory(), "Họ Xa")

    # A list of clans that names no hamlets is about the whole ward.
    for place, name in ((one, "Họ Lê"), (two, "Họ Trần"), (ward, "Họ Đỗ")):
        make_clan(place, name)
    batch = written("CLAN", ward, ["Tên dòng họ", "Ghi chú"], ["Họ Lê", "đông con cháu"])
    assert [row.name for row in absent(batch).order_by("pk")] == ["Họ Trần", "Họ Đỗ"]

    # One that names a hamlet in each row is about those hamlets.
    school, gone = make_organisation(one, "Trường Tiểu học Một"), make_organisation(one, "Hợp tác xã Cũ")
    make_organisation(two, "Trạm Y tế")
    clerk = make_citizen(gone, "Lê Kế Toán", birth_year=1990, id_hash="a" * 64, id_last4="1234")
    batch = written("ORGANISATION", ward, ["Tên đơn vị", "Khu phố"], ["Trường Tiểu học Một", "Khu phố 1"])
    assert [row.name for row in absent(batch)] == ["Hợp tác xã Cũ"]
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("units:import-absent", args=[batch.pk])
    shown = client.get(page).content.decode()
    assert "Trường Tiểu học Một" not in shown and "Hợp tác xã Cũ" in shown and "đơn vị biết chắc" in shown
    entry = {"chosen": [gone.pk], "reason": "DISSOLVED", "closed_on": f"{today:%d/%m/%Y}"}
    assert "Đã đưa 1 đơn vị ra khỏi sổ." in client.post(page, entry, follow=True).content.decode()
    clerk.refresh_from_db()
    assert clerk.closed_on == today
    # Whoever was entered elsewhere meanwhile is counted there and stays out here.
    make_citizen(school, "Lê Kế Toán", birth_year=1990, id_hash="a" * 64, id_last4="1234")
    bring_back(actor=officer, batch=batch, position=0)
    assert set(Registrant.objects.open().filter(pk__in=[gone.pk, clerk.pk])) == {gone}

    # A list of staff is about its organisation, a list of family members about their hamlets.
    home, other = make_household(one, "Lê An"), make_household(one, "Lê Bé")
    make_citizen(school, "Lê Đi Rồi", birth_year=1980)
    make_citizen(other, "Lê Thị Út", birth_year=1999)
    make_citizen(make_household(two, "Lê Ca"), "Lê Thị Xa", birth_year=1999)
    head = ["Họ và tên", "Năm sinh", "Giới tính", "Nhóm", "Tính ở"]
    batch = written("CITIZEN", ward, head, ["Lê Cô Giáo", 1985, "Nữ", 3, school.name])
    assert [row.name for row in absent(batch).order_by("pk")] == ["Lê Kế Toán", "Lê Đi Rồi"]
    batch = written("CITIZEN", ward, head, ["Lê Văn An", 1970, "Nam", 1, home.name])
    assert [row.name for row in absent(batch)] == ["Lê Thị Út"]

    # A hamlet's community ends with its hamlet, not with a list.
    for place in (one, two, ward):
        add_community(actor=None, place=place)
    batch = written("COMMUNITY", ward, ["STT", "Cộng đồng"], [1, "Khu phố 1"])
    (missing,) = absent(batch)
    assert missing.name == "Khu phố 2"
    for reason, sentence in (("DISSOLVED", "Khu phố 2 vẫn còn"), ("MOVED_AWAY", "Hãy chọn lý do")):
        with pytest.raises(RegisterError, match=sentence):
            take_out(actor=officer, batch=batch, chosen=[missing.pk], reason=reason, closed_on=today)
    take_out(actor=officer, batch=batch, chosen=[missing.pk], reason="MISTAKE", closed_on=today)
    assert not absent(batch).exists()
    Place.objects.filter(pk=two.pk).update(valid_to=today - datetime.timedelta(days=1))
    with pytest.raises(RegisterError, match=r"không còn: Khu phố 2 \(Khu phố 2\)"):
        bring_back(actor=officer, batch=batch, position=0)
    assert (register_tallies(), stays(), hosts()) == ([], [], [])


def test_others_take_nobody_out_and_many_cost_as_much_as_one():
    today, hamlet = timezone.localdate(), HamletFactory()
    batch = ImportBatch.objects.create(place=hamlet.parent, year=today.year, file_name="a", created_by_name="")
    homes = [make_household(hamlet, f"Lê {number}") for number in range(7)]
    for home in homes:
        make_citizen(home)
    keys = [home.pk for home in homes]
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory())
    with pytest.raises(NotAllowed):
        take_out(actor=stranger, batch=batch, chosen=keys, reason="DISSOLVED", closed_on=today)
    assert Registrant.objects.open().households().count() == 7
    out, back = [], []
    for position, some in enumerate((keys[:1], keys[1:])):
        with CaptureQueriesContext(connection) as counted:
            take_out(actor=None, batch=batch, chosen=some, reason="DISSOLVED", closed_on=today)
        out.append(len(counted))
        with pytest.raises(NotAllowed):
            bring_back(actor=stranger, batch=batch, position=position)
        with CaptureQueriesContext(connection) as counted:
            bring_back(actor=None, batch=batch, position=position)
        back.append(len(counted))
    assert (out[0], back[0]) == (out[1], back[1])
    # Closed in an earlier year: counted again from today, the years between stay as they were.
    yesteryear = datetime.date(today.year - 1, 6, 1)
    take_out(actor=None, batch=batch, chosen=keys[:1], reason="DISSOLVED", closed_on=yesteryear)
    bring_back(actor=None, batch=batch, position=2)
    assert list(homes[0].stays.order_by("pk").values_list("since", "until")) == [
        (homes[0].opened_on, yesteryear),
        (today, None),
    ]
    assert (register_tallies(), stays(), hosts()) == ([], [], [])


def test_whoever_came_to_a_school_after_it_closed_leaves_that_day_and_comes_back_with_it(monkeypatch):
    """A school is taken out from a day before somebody is counted there: until then they stood at home. Bringing the
    school back, one way or the other, leaves nothing of it."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))
    hamlet = HamletFactory(name="Khu phố 1")
    school, home = make_organisation(hamlet.commune), make_household(hamlet)
    pupil, born = make_citizen(home), make_citizen(school, opened_on=datetime.date(2026, 6, 1))
    transfer(actor=None, registrant=pupil, host=school, on=datetime.date(2026, 5, 4))
    batch = ImportBatch.objects.create(kind="ORGANISATION", place=hamlet.commune, year=2026)
    closing = {"reason": "MOVED_AWAY", "closed_on": datetime.date(2026, 3, 3)}

    def register():
        rows = Registrant.objects.order_by("pk").values_list("pk", "closed_on", "close_reason", "hamlet", "commune")
        return list(rows), list(Stay.objects.order_by("pk").values())

    before = register()
    for leave, back in (
        (
            lambda: close_registrant(actor=None, registrant=school, **closing),
            lambda: reopen_registrant(actor=None, registrant=school),
        ),
        (
            lambda: take_out(actor=None, batch=batch, chosen=[school.pk], **closing),
            lambda: bring_back(actor=None, batch=batch, position=0),
        ),
    ):
        leave()
        assert dict(Registrant.objects.values_list("pk", "closed_on")) == {
            home.pk: None,
            school.pk: datetime.date(2026, 3, 3),
            pupil.pk: datetime.date(2026, 5, 4),
            born.pk: datetime.date(2026, 6, 1),
        }
        assert [*stays(), *register_tallies(), *hosts()] == []
        back()
        assert register() == before
