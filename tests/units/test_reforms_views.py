"""Reforms on screen: preview, confirm, undo."""

import datetime

import pytest
from django.urls import reverse

from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from units.choices import Role
from units.models import PlaceChange, Succession

pytestmark = pytest.mark.django_db
REFORM = datetime.date(2025, 7, 1)


@pytest.fixture
def ward():
    return CommuneFactory(code="27163", name="Phường Hòa Hưng")


@pytest.fixture
def page(client, ward):
    client.force_login(make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An"))
    return client


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))


def text(response):
    return " ".join(response.content.decode().split())


def confirm(page, url, data):
    """Preview, then what the preview's button sends."""
    shown = page.post(url, data)
    assert shown.status_code == 200
    return page.post(url, data | {"seen": shown.context["shown"].fingerprint}, follow=True)


def test_merge_shows_then_does_then_undoes(page, ward, today):
    one, two = (HamletFactory(name=f"Khu phố {n}", parent=ward) for n in (1, 2))
    household = make_household(one)
    ba = make_officer(Role.HAMLET_OFFICER, one, name="Trần Văn Ba")
    url = reverse("units:hamlet-merge", args=[ward.pk])
    data = {"hamlets": [one.pk], "into": two.pk, "on": "01/09/2026"}

    shown = page.post(url, data)
    assert "Xem trước – chưa ghi gì" in text(shown)
    assert f"{ba.full_name} – Cán bộ chi hội khu phố, thôn, Khu phố 1" in text(shown)
    assert not PlaceChange.objects.exists()

    stale = page.post(url, data | {"seen": "9-9"})
    assert "Sổ vừa thay đổi. Hãy xem lại rồi xác nhận; chưa có gì được ghi." in text(stale)
    assert not PlaceChange.objects.exists()

    done = confirm(page, url, data)
    assert "Đã thực hiện. Có thể hoàn tác khi chưa có gì mới ở nơi đến." in text(done)
    household.refresh_from_db()
    assert household.hamlet == two
    assert "Nhập khu phố, thôn" in text(page.get(reverse("units:reform-list", args=[ward.pk])))

    undone = page.post(reverse("units:reform-undo", args=[PlaceChange.objects.get().pk]), follow=True)
    assert "Đã hoàn tác. Mọi hộ, đơn vị trở về nơi cũ." in text(undone)
    household.refresh_from_db()
    assert household.hamlet == one


def test_names_are_changed_on_one_page(page, ward, today):
    one, two = (HamletFactory(name=f"Khu phố {n}", parent=ward) for n in (1, 2))
    household = make_household(one)
    ba = make_officer(Role.HAMLET_OFFICER, one, name="Trần Văn Ba")
    url = reverse("units:hamlet-rename", args=[ward.pk])
    data = {"on": "01/09/2026", f"n{one.pk}": "Khu phố 46", f"n{two.pk}": ""}

    nothing = page.post(url, data | {f"n{one.pk}": " "})
    assert "Hãy ghi tên mới cho ít nhất một khu phố, thôn." in text(nothing)
    shown = text(page.post(url, data))
    assert "Nơi đến: Khu phố 46, " in shown
    assert "Người được phân công đi cùng tên mới:" in shown and f"{ba.full_name} – " in shown
    confirm(page, url, data)

    household.refresh_from_db()
    assert (household.hamlet.name, ward.children.filter(valid_to=None).count()) == ("Khu phố 46", 2)
    assert url in text(page.get(reverse("units:hamlet-update", args=[two.pk])))


def test_split_asks_for_names_then_for_everybody(page, ward, today):
    one = HamletFactory(name="Khu phố 1", parent=ward)
    first, second = make_household(one, "Lê A", group_name="Tổ 1"), make_household(one, "Lê B", group_name="Tổ 2")
    url = reverse("units:hamlet-split", args=[one.pk])
    data = {"names": "Khu phố 1\r\nKhu phố 5", "on": "01/09/2026"}

    asked = page.post(url, data)
    assert "Còn 2 hộ, đơn vị hoặc dòng họ chưa được phân về đâu (Lê A, Lê B). Hãy phân hết rồi làm lại." in text(asked)
    assert "Tổ 1 (1 hộ)" in text(asked)
    twice = page.post(url, data | {"names": "Khu phố 5\r\nkhu pho 5"})
    assert "“Khu phố 5” ghi hai lần. Mỗi nơi mới một tên." in text(twice)

    confirm(page, url, data | {"g0": "0", "g1": "0", f"r{second.pk}": "1"})
    names = []
    for row in (first, second):
        row.refresh_from_db()
        names.append(row.hamlet.name)
    assert names == ["Khu phố 1", "Khu phố 5"]


def test_a_hamlet_with_people_does_not_just_end(page, ward, today):
    one = HamletFactory(name="Khu phố 1", parent=ward)
    make_household(one)

    shown = page.post(reverse("units:hamlet-close", args=[one.pk]), {"on": "01/09/2026"})

    assert "Khu phố 1 còn 1 hộ, đơn vị hoặc dòng họ trong sổ. Hãy nhập nơi này vào khu phố, thôn khác." in text(shown)


def test_a_hamlet_moves_only_where_one_keeps_hamlets(page, client, ward, today):
    one = HamletFactory(name="Khu phố 1", parent=ward)
    other = CommuneFactory(name="Phường Vườn Lài", parent=ward.parent)
    url = reverse("units:hamlet-move", args=[one.pk])
    data = {"commune": other.pk, "on": "01/09/2026"}

    assert "Chỉ cán bộ Hội Khuyến học của Phường Vườn Lài và người quản trị" in text(page.post(url, data))
    client.force_login(make_officer(Role.ADMINISTRATOR, None))
    confirm(client, url, data)
    assert PlaceChange.objects.get().created[0]["commune"] == other.pk


def test_a_partial_ward_is_taken_over_bit_by_bit(page, ward, today):
    old = CommuneFactory(parent=ward.parent, name="Phường 14", valid_from=None, valid_to=datetime.date(2025, 6, 30))
    other = CommuneFactory(name="Phường Diên Hồng", parent=ward.parent)
    for place in (ward, other):
        Succession.objects.create(from_place=old, to_place=place, effective_on=REFORM, partial=True)
    hamlet = HamletFactory(name="Khu phố 1", parent=old, valid_to=old.valid_to)
    first, second = make_household(hamlet, "Lê A"), make_household(hamlet, "Lê B")
    assert "Chuyển sổ của Phường 14" in text(page.get(reverse("units:reform-list", args=[ward.pk])))
    url = reverse("units:ward-carry", args=[old.pk])

    nothing = page.post(url, {f"h{hamlet.pk}": ""})
    assert "Chưa chọn nơi đến nào." in text(nothing)
    one_by_one = f"{url}?tung-ho={hamlet.pk}"
    assert "Lê B" in text(page.get(one_by_one))
    foreign = page.post(one_by_one, {f"r{first.pk}": str(other.pk)})
    assert list(foreign.context["form"].errors) == [f"r{first.pk}"]

    confirm(page, one_by_one, {f"r{first.pk}": str(ward.pk)})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.commune, second.commune) == (ward, old)


def test_the_page_of_an_ended_ward_leads_to_its_register(page, ward):
    old = CommuneFactory(parent=ward.parent, name="Phường 12", valid_from=None, valid_to=datetime.date(2025, 6, 30))
    Succession.objects.create(from_place=old, to_place=ward, effective_on=REFORM)

    assert reverse("units:ward-carry", args=[old.pk]) in text(page.get(reverse("units:place-detail", args=[old.pk])))
    assert reverse("units:reform-list", args=[ward.pk]) in text(page.get(reverse("units:place-detail", args=[ward.pk])))
