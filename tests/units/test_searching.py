"""The search of the top bar: who is found by what, in which order, and never outside one's postings."""

import random
import unicodedata

import pytest
from django.db import connection
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
from units.domain.searching import COUNTED, search_places, search_register
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


def test_behind_a_pool_that_keeps_nothing_prepared_the_same_is_found(ward, officer, monkeypatch):
    home = make_household(HamletFactory(parent=ward), "Lê Văn An", address="12/3 Đường Sư Vạn Hạnh", phone="0903123456")
    citizen = make_citizen(home, "Lê Thị Bình")
    Citizen.objects.filter(pk=citizen.pk).update(id_hash="x" * 64, id_last4="0417")
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    leader = make_officer(Role.LEADER, ward.parent)
    assert names(officer, "le van a") == names(officer, "0903123456") == names(leader, "le van an") == ["Lê Văn An"]
    assert names(officer, "(0903) 123-456") == names(officer, "+84 903.123.456") == ["Lê Văn An"]
    assert names(officer, "100% van") == names(leader, "100%") == []
    assert [(row.name, row.birth_year) for row in search_register(user=leader, text="0417").rows] == [
        ("Lê Thị Bình", 1985)
    ]


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
        with django_assert_num_queries(9):
            page = client.get(address, {"q": "do"}).content.decode()
        make_household(hamlet, "Đỗ Hai")
        make_household(hamlet, "Đỗ Ba")
    assert "&lt;b&gt;1&lt;/b&gt;" in page and "<b>1</b>" not in page

    short = client.get(address, {"q": "do"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in short and "Đỗ Một" in short
    assert "Không tìm thấy “zz” trong phạm vi của bạn." in client.get(address, {"q": "zz"}).content.decode()
    assert client.get(address, {"q": "đ" * 5000}).status_code == 200
    assert client.get(address, {"q": "\x00"}).status_code == 400


def test_places_of_the_postings_are_found_and_ended_ones_say_so(client, ward, officer):
    old = HamletFactory(parent=ward, name="Khu phố Hòa Hưng Cũ", valid_to="2025-06-30")
    HamletFactory(parent=ward, name="Khu phố Hòa Hưng 2")
    HamletFactory(parent=CommuneFactory(parent=ward.parent), name="Khu phố Hòa Hưng 3")

    def found(user, text):
        return [place.name for place in search_places(user=user, text=text).rows]

    assert found(officer, "khu pho hoa hung") == ["Khu phố Hòa Hưng 2", "Khu phố Hòa Hưng Cũ"]
    assert found(make_officer(Role.LEADER, ward.parent), "hòa hưng 3") == ["Khu phố Hòa Hưng 3"]
    assert found(officer, "k") == found(officer, "hoa hung 3") == []

    client.force_login(officer)
    page = client.get(reverse("units:search"), {"q": "hoa hung"})
    assert [(one["name"], one["ended"]) for one in page.context["places"]] == [
        ("Khu phố Hòa Hưng 2", ""),
        ("Khu phố Hòa Hưng Cũ", "cũ, đến 30/06/2025"),
    ]
    assert reverse("units:place-detail", args=[old.pk]) in page.content.decode()
    alone = client.get(reverse("units:search"), {"q": "hoa hung", "loai": "PLACE"})
    assert [one["name"] for one in alone.context["lines"]] == ["Khu phố Hòa Hưng 2", "Khu phố Hòa Hưng Cũ"]


def test_every_result_is_on_some_page_and_the_total_is_honest(client, ward, officer):
    """Nothing ends silently at fifty; beyond the bound the page says "more than"."""
    client.force_login(officer)
    stands = {"kind": "CLAN", "commune": ward, "province": ward.province, "opened_on": "2025-01-01"}
    fresh = [Registrant(name=f"Phan Tộc {n:04}", **stands) for n in range(COUNTED + 1)]
    [row.derive() for row in fresh]
    Registrant.objects.bulk_create(fresh[:120])

    def page(number):
        return client.get(reverse("units:search"), {"q": "phan toc", "trang": number})

    seen = [one["name"] for number in (1, 2, 3) for one in page(number).context["lines"]]
    assert seen == [f"Phan Tộc {n:04}" for n in range(120)]
    assert "120 kết quả" in page(1).content.decode() and "trong 120" in page(3).content.decode()
    first = f"{reverse('units:search')}?q=phan+toc"  # past the end: back to the start, never "nothing found"
    assert [(page(n).status_code, page(n).url) for n in (4, 999999)] == [(302, first)] * 2
    nobody = client.get(reverse("units:search"), {"q": "zzz", "trang": 3}, follow=True)
    assert nobody.status_code == 200 and "Không tìm thấy “zzz”" in nobody.content.decode()

    Registrant.objects.bulk_create(fresh[120:1000])
    assert "1.000 kết quả" in page(1).content.decode() and "Hơn" not in page(1).content.decode()
    Registrant.objects.bulk_create(fresh[1000:])
    assert "Hơn 1.000 kết quả trong sổ." in page(1).content.decode()
    assert [one["name"] for one in page(21).context["lines"]] == ["Phan Tộc 1000"]


def test_reading_everybody_finds_the_same_in_a_province(ward):
    """The index of word pairs against a read of every row: random names out of few words, every text of theirs."""
    leader, words, dice = make_officer(Role.LEADER, ward.parent), ["an", "binh", "van", "thi", "le"], random.Random(3)
    fresh = [
        Registrant(
            kind="CLAN",
            name=" ".join(dice.choices(words, k=dice.randint(2, 4))),
            commune=ward,
            province=ward.province,
            opened_on="2025-01-01",
        )
        for _n in range(150)
    ]
    [row.derive() for row in fresh]
    Registrant.objects.bulk_create(fresh)
    for text in {" ".join(row.name.split()[:2]) for row in fresh} | {fresh[0].name, *words}:
        expected = sorted(row.pk for row in fresh if f" {text} " in f" {row.name} ")
        assert sorted(row.pk for row in search_register(user=leader, text=text, most=1000).rows) == expected, text
