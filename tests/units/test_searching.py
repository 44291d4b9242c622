"""The search of the top bar: who is found by what, in which order, and never outside one's postings."""

import unicodedata

import pytest
from django.urls import reverse

from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    ProvinceFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from units.choices import CloseReason, RegistrantKind, Role
from units.domain.searching import search_register
from units.models import Citizen, Registrant

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return CommuneFactory(parent=ProvinceFactory())


@pytest.fixture
def officer(ward):
    return make_officer(Role.WARD_OFFICER, ward)


def names(user, text, **more):
    return [row.name for row in search_register(user=user, text=text, **more).rows]


def test_every_kind_is_found_likeliest_first(ward, officer):
    hamlet = HamletFactory(parent=ward)
    exact = make_household(hamlet, "Trần Hòa")
    make_household(hamlet, "Trần Hòa Bình")
    make_household(hamlet, "Lê Trần Hòa")
    make_citizen(exact, "Nguyễn Trần Hòa Thuận")
    make_clan(ward, "Họ Trần Hòa")
    make_organisation(ward, "Trường Trần Hòa")
    make_household(hamlet, "Trần Văn Hòa")

    found = names(officer, "tran hoa")

    assert found[:2] == ["Trần Hòa", "Trần Hòa Bình"]
    assert sorted(found[2:5]) == sorted(["Lê Trần Hòa", "Họ Trần Hòa", "Trường Trần Hòa"])
    assert found[5:] == ["Nguyễn Trần Hòa Thuận"]
    assert names(officer, "tran hoa", kind=RegistrantKind.CLAN) == ["Họ Trần Hòa"]


@pytest.mark.parametrize("text", ["Đặng Thị Hồng", "dang thi hong", "DANG  THI HO", "thị hồng", "hồng"])
def test_marks_case_and_decomposed_letters_do_not_matter(ward, officer, text):
    make_household(HamletFactory(parent=ward), "Đặng Thị Hồng")
    for form in ("NFC", "NFD"):
        assert names(officer, unicodedata.normalize(form, text)) == ["Đặng Thị Hồng"]


def test_only_whole_words_and_the_start_of_the_last_one_fit(ward, officer):
    make_household(HamletFactory(parent=ward), "Nguyễn Thanh Hà")
    assert names(officer, "thanh h") == ["Nguyễn Thanh Hà"]
    assert names(officer, "hanh ha") == []
    assert names(officer, "h") == []
    leader = make_officer(Role.LEADER, ward.parent)
    assert names(leader, "thanh ha") == ["Nguyễn Thanh Hà"]
    assert names(leader, "thanh h") == []  # in a province every word is written in full


def test_address_phone_and_last_digits(ward, officer):
    hamlet = HamletFactory(parent=ward)
    home = make_household(hamlet, "Lê An", address="12/3 Đường Sư Vạn Hạnh", phone="0903 123 456")
    citizen = make_citizen(home, "Lê Thị Bình")
    Citizen.objects.filter(pk=citizen.pk).update(id_hash="x" * 64, id_last4="0417")

    assert names(officer, "su van hanh") == ["Lê An"]
    assert names(officer, "0903123456") == ["Lê An"]
    assert names(officer, "0417") == ["Lê Thị Bình"]
    assert names(officer, "0418") == []


def test_nobody_outside_the_postings_is_found(ward, officer):
    foreign = HamletFactory(parent=CommuneFactory(parent=ward.parent))
    make_household(foreign, "Phạm Văn Lạ", address="1 Đường Lạ")
    leader = make_officer(Role.LEADER, ward.parent)

    assert names(leader, "pham van la") == ["Phạm Văn Lạ"]
    assert names(officer, "pham van la") == []
    assert names(officer, "duong la") == []
    assert names(leader, "duong la") == []  # addresses only inside a ward, and the page says so


def test_closed_ones_come_after_open_ones_of_the_same_name(ward, officer):
    hamlet = HamletFactory(parent=ward)
    closed = make_household(hamlet, "Võ Tư", opened_on="2020-01-01")
    Registrant.objects.filter(pk=closed.pk).update(closed_on="2025-01-01", close_reason=CloseReason.MISTAKE)
    open_one = make_household(hamlet, "Võ Tư")
    assert [row.pk for row in search_register(user=officer, text="vo tu").rows] == [open_one.pk, closed.pk]


def test_a_scan_of_everybody_finds_the_same(ward, officer):
    hamlet = HamletFactory(parent=ward)
    everybody = ["Nguyễn Văn An", "Nguyễn Văn Anh", "Trần Nguyễn Văn", "Văn An", "An Văn Nguyễn", "Nguyễn An"]
    for name in everybody:
        make_household(hamlet, name)
    for text in ("nguyen van", "nguyen van an", "van an", "an", "nguyen"):
        expected = {
            row.name
            for row in Registrant.objects.all()
            if row.search_name.startswith(text) or f" {text}" in row.search_name
        }
        assert set(names(officer, text)) == expected


def test_page_says_what_was_looked_for_and_costs_the_same_for_any_number(
    client, ward, officer, django_assert_num_queries
):
    hamlet = HamletFactory(parent=ward)
    make_household(hamlet, "Đỗ Một", address="<b>1</b>")
    client.force_login(officer)
    address = reverse("units:search")
    client.get(address, {"q": "do"})
    for _round in range(2):
        with django_assert_num_queries(7):
            page = client.get(address, {"q": "do"}).content.decode()
        make_household(hamlet, "Đỗ Hai")
        make_household(hamlet, "Đỗ Ba")
    assert "&lt;b&gt;1&lt;/b&gt;" in page and "<b>1</b>" not in page

    short = client.get(address, {"q": "do"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in short and "Đỗ Một" in short
    assert "Không tìm thấy “zz” trong phạm vi của bạn." in client.get(address, {"q": "zz"}).content.decode()
    assert client.get(address, {"q": "đ" * 5000}).status_code == 200
    assert client.get(address, {"q": "\x00"}).status_code == 400
