"""Public pages: closed until opened, counts only, names of families only where the ward decided so."""

import csv
import io

import pytest
from django.urls import reverse

from recognition.choices import LearningModel, State
from recognition.domain.errors import NotPermitted
from recognition.domain.publishing import set_public_page
from tests.factories.recognition import YEAR, make_community, make_registrations, make_ward
from tests.factories.units import make_officer
from tests.recognition.test_tallies import register
from units.choices import Role
from units.models import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    found = make_ward()
    make_registrations(found, 2, state=State.RECOGNISED, names=["Lê Thị Bí Mật", "Trần Văn Kín"])
    make_registrations(found, 1, state=State.REVIEWED, names=["Ngô Chờ"])
    register(make_community(found.hamlet), YEAR, "REGISTERED", model=LearningModel.COMMUNITY_HAMLET)
    return found


def url(name, ward):
    return reverse(f"recognition:public-{name}", args=[ward.place.pk])


def publish(ward, **more):
    return set_public_page(actor=ward.chair, place=ward.place, **{"is_open": True, "shows_heads": False} | more)


def test_nothing_is_public_until_the_chair_opens_it_and_after_it_is_closed(client, ward):
    assert [client.get(url(name, ward)).status_code for name in ("page", "csv", "json")] == [404, 404, 404]
    with pytest.raises(NotPermitted):
        set_public_page(actor=ward.officer, place=ward.place, is_open=True, shows_heads=False)
    publish(ward)
    assert client.get(url("page", ward)).status_code == 200
    publish(ward, is_open=False)
    assert client.get(url("page", ward)).status_code == 404


def test_counts_without_any_name_of_a_person(client, ward):
    publish(ward)
    page = client.get(url("page", ward)).content.decode()
    assert "66,67%" in page
    for name in ("Lê Thị Bí Mật", "Trần Văn Kín", "Ngô Chờ"):
        assert name not in page
    assert list(client.get(url("json", ward)).json()["results"]) == [
        {
            "place_code": ward.place.code,
            "place": ward.place.name,
            "year": YEAR,
            "model": model,
            "total": total,
            "registered": registered,
            "recognised": recognised,
            "recognised_percent": percent,
        }
        for model, total, registered, recognised, percent in (
            ("FAMILY", 3, 3, 2, 66.67),
            ("COMMUNITY_HAMLET", 1, 1, 0, 0.0),
        )
    ]
    rows = list(csv.DictReader(io.StringIO(client.get(url("csv", ward)).content.decode("utf-8-sig"))))
    assert [(row["model"], row["recognised"], row["recognised_percent"]) for row in rows] == [
        ("FAMILY", "2", "66.67"),
        ("COMMUNITY_HAMLET", "0", "0.0"),
    ]


def test_a_name_in_open_data_never_runs_as_a_formula(client, ward):
    Place.objects.filter(pk=ward.place.pk).update(name="=1+1")
    publish(ward)

    rows = list(csv.DictReader(io.StringIO(client.get(url("csv", ward)).content.decode("utf-8-sig"))))

    assert {row["place"] for row in rows} == {"'=1+1"}
    assert {row["place"] for row in client.get(url("json", ward)).json()["results"]} == {"=1+1"}


def test_heads_are_shown_where_the_ward_decided_so_and_only_recognised_ones(client, ward):
    publish(ward, shows_heads=True)
    page = client.get(url("page", ward)).content.decode()
    assert "Lê Thị Bí Mật" in page and "Trần Văn Kín" in page
    assert "Ngô Chờ" not in page


def test_a_province_publishes_its_counts_and_the_pages_of_its_wards_and_never_a_name(client, ward):
    province, leader = ward.place.province, make_officer(Role.LEADER, ward.place.province)
    publish(ward, shows_heads=True)
    address = reverse("recognition:public-page", args=[province.pk])
    assert client.get(address).status_code == 404
    with pytest.raises(NotPermitted, match="lãnh đạo của tỉnh mới mở trang công khai của nơi mình"):
        set_public_page(actor=ward.chair, place=province, is_open=True, shows_heads=False)
    with pytest.raises(NotPermitted):  # a ward's page is the ward's
        set_public_page(actor=leader, place=ward.place, is_open=True, shows_heads=False)

    client.force_login(leader)
    settings = reverse("recognition:public-settings", args=[province.pk])
    assert "họ tên chủ hộ" not in client.get(settings).content.decode()
    assert client.post(settings, {"is_open": "on", "shows_heads": "on"}).status_code == 302
    assert (province.public_page.is_open, province.public_page.shows_heads) == (True, False)

    client.logout()
    page = client.get(address).content.decode()
    assert "66,67%" in page and "Lê Thị Bí Mật" not in page
    assert f'href="{url("page", ward)}"' in page
    csv_text = client.get(reverse("recognition:public-csv", args=[province.pk])).content.decode("utf-8-sig")
    assert [row["recognised"] for row in csv.DictReader(io.StringIO(csv_text))] == ["2", "0"]
    publish(ward, is_open=False)
    assert f'href="{url("page", ward)}"' not in client.get(address).content.decode()


def test_the_chair_sets_it_on_screen_and_the_history_keeps_it(client, ward):
    client.force_login(ward.chair)
    client.post(url("settings", ward), {"is_open": "on"})
    page = ward.place.public_page
    assert (page.is_open, page.shows_heads) == (True, False)
    client.post(url("settings", ward), {})
    assert list(page.events.order_by("pgh_id").values_list("is_open", flat=True)) == [True, False]
