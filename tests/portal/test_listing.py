"""Lists: filters, sorts, pages, without counting."""

import pytest
from django import forms
from django.test import RequestFactory

from portal.lib.listing import Listing
from units.models import Place

pytestmark = pytest.mark.django_db
SORTS = {"name": ("sort_key", "id"), "code": ("code",)}


class FilterForm(forms.Form):
    q = forms.CharField(label="Tên", required=False)
    kind = forms.ChoiceField(
        label="Loại", required=False, choices=[("", "Tất cả"), ("tỉnh", "Tỉnh"), ("thành phố", "TP")]
    )
    day = forms.DateField(label="Ngày", required=False)


def contains(rows, data):
    rows = rows.filter(name__contains=data["q"]) if data["q"] else rows
    return rows.filter(kind=data["kind"]) if data["kind"] else rows


@pytest.fixture
def places():
    for number in range(1, 8):
        Place.objects.create(code=f"{number:02d}", level="province", kind="tỉnh", name=f"Tỉnh {number}")
    return Place.objects.filter(level="province")


def listing(places, query="", **options) -> Listing:
    options = {"sorts": SORTS, "default_sort": "name", "page_size": 3, **options}
    return Listing(RequestFactory().get(f"/tinh/?{query}"), places, **options)


def codes(one: Listing) -> list[str]:
    return [place.code for place in one]


def test_pages_without_a_count(places, django_assert_num_queries):
    first = listing(places)

    with django_assert_num_queries(1):
        assert codes(first) == ["01", "02", "03"]
        assert (first.previous_url, first.next_url) == ("", "/tinh/?trang=2")
        assert (first.total, first.page_links) == (None, [])
    assert (first.first_row, first.last_row) == (1, 3)


def test_last_page_knows_the_total(places):
    last = listing(places, "trang=3")

    assert codes(last) == ["07"]
    assert (last.total, last.next_url, last.previous_url) == (7, "", "/tinh/?trang=2")


def test_page_links_with_a_total(places):
    middle = listing(places, "trang=4&q=", total=lambda: 30)

    assert [link.get("number", "…") for link in middle.page_links] == [1, "…", 3, 4, 5, "…", 10]
    assert [link["number"] for link in middle.page_links if link.get("current")] == [4]


@pytest.mark.parametrize("page", ["0", "-5", "abc", ""])
def test_strange_page_is_the_first(places, page):
    assert codes(listing(places, f"trang={page}")) == ["01", "02", "03"]


def test_page_far_beyond_the_end_is_empty_and_leads_back(places):
    far = listing(places, "trang=99999999999")

    assert (codes(far), far.page, far.next_url) == ([], 400, "")


def test_sort_both_ways(places):
    up, down = listing(places, "xep=code"), listing(places, "xep=-code")

    assert (codes(up)[0], codes(down)[0]) == ("01", "07")
    assert up.sort_state("code") == {"url": "/tinh/?xep=-code", "direction": "asc"}
    assert down.sort_state("code") == {"url": "/tinh/?xep=code", "direction": "desc"}
    assert down.sort_state("name") == {"url": "/tinh/?xep=name", "direction": ""}


@pytest.mark.parametrize("asked", ["password", "-id", "parent__name", "?"])
def test_only_listed_sorts_are_obeyed(places, asked):
    one = listing(places, f"xep={asked}")

    assert one.order_fields == ["sort_key", "id"]
    assert one.sort_state("password") == {"url": "", "direction": ""}


def test_filter_with_chips_in_words(places):
    one = listing(places, "q=Tỉnh 5&kind=tỉnh&day=05/11/2026&xep=-name", form_class=FilterForm, apply=contains)

    assert codes(one) == ["05"]
    assert [(chip["label"], chip["value"]) for chip in one.chips] == [
        ("Tên", "Tỉnh 5"),
        ("Loại", "Tỉnh"),
        ("Ngày", "05/11/2026"),
    ]
    assert one.chips[0]["remove_url"] == "/tinh/?kind=t%E1%BB%89nh&day=05%2F11%2F2026&xep=-name"
    assert one.clear_url == "/tinh/?xep=-name"
    assert one.kept_params == [("xep", "-name")]


def test_bad_filter_value_still_shows_the_list_and_its_error(places):
    one = listing(places, "kind=sao hỏa&day=31/02/2026", form_class=FilterForm, apply=contains)

    assert codes(one) == ["01", "02", "03"]
    assert set(one.form.errors) == {"kind", "day"}
    assert one.chips == []


def follow(places, url: str, **options) -> Listing:
    return listing(places, url.partition("?")[2], keyset=True, **options)


def test_keyset_walks_forth_and_back(places):
    first = follow(places, "?")
    second = follow(places, first.next_url)
    third = follow(places, second.next_url)
    back = follow(places, third.previous_url)

    assert [codes(one) for one in (first, second, third, back)] == [
        ["01", "02", "03"],
        ["04", "05", "06"],
        ["07"],
        ["04", "05", "06"],
    ]
    assert (first.previous_url, third.next_url) == ("", "")
    assert codes(follow(places, back.previous_url)) == ["01", "02", "03"]


def test_keyset_descending(places):
    first = follow(places, "?xep=-code")

    assert codes(follow(places, first.next_url)) == ["04", "03", "02"]


@pytest.mark.parametrize("mark", ["sau=abc", "sau=%5B1%5D:xyz", "truoc=[]"])
def test_forged_mark_shows_the_first_page(places, mark):
    assert codes(follow(places, f"?{mark}")) == ["01", "02", "03"]


def test_mark_of_another_sort_shows_the_first_page(places):
    by_code = follow(places, "?xep=-code").next_url

    assert codes(follow(places, by_code.replace("xep=-code", "xep=name"))) == ["01", "02", "03"]


def test_empty_list_knows_whether_filters_made_it_empty(places):
    filtered = listing(places, "q=không có", form_class=FilterForm, apply=contains)

    assert (codes(filtered), filtered.is_filtered, filtered.total) == ([], True, 0)
    assert listing(Place.objects.none()).is_filtered is False
