"""What every answer keeps to: nothing private in caches, nothing PostgreSQL cannot hold in its text."""

import pytest
from django.urls import reverse

from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from units.choices import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return make_officer(Role.WARD_OFFICER, HamletFactory().commune)


def household_of(officer):
    ward = officer.active_postings()[0].place
    return make_household(ward.children.get(), "Nguyễn Văn Hòa")


def test_pages_and_files_of_a_signed_in_person_are_kept_by_no_cache(client, officer):
    registrant = household_of(officer)
    client.force_login(officer)

    for url in (
        reverse("portal:home"),
        reverse("units:household-detail", args=[registrant.pk]),
        reverse("units:household-place", args=[registrant.commune_id]),
        reverse("units:household-export", args=[registrant.commune_id]),
        reverse("units:household-detail", args=[0]),
    ):
        assert "no-store" in client.get(url)["Cache-Control"], url


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("get", "/kiem-tra/%00/", {}),
        ("get", "/dia-ban/", {"q": "hoa\0hung"}),
        ("get", "/dia-ban/", {"q\0": "hoa hung"}),
        ("post", "/ho-so/hang-loat/", {"action": "WITHDRAW", "row": "1:REG\0"}),
    ],
)
def test_nul_characters_get_a_page_with_words(client, officer, method, path, data):
    client.force_login(officer)

    response = getattr(client, method)(path, data)

    assert response.status_code == 400
    assert "Yêu cầu này không đọc được" in response.content.decode()


@pytest.mark.parametrize("key", ["9" * 30, "9" * 6000, "²", "-1"])
def test_an_altered_hamlet_gets_the_sentence_beside_the_field(client, officer, key):
    client.force_login(officer)
    CommuneFactory()

    response = client.post(reverse("units:household-create"), {"name": "Lê Thị Mới", "hamlet": key, "poverty": "NONE"})

    assert response.status_code in {200, 422}
    assert "Hãy chọn một khu phố, thôn hoặc ấp trong danh sách." in response.content.decode()
    assert 'value="Lê Thị Mới"' in response.content.decode()


def test_form_in_another_encoding_gets_a_page_with_words(client, officer):
    client.force_login(officer)

    response = client.post(
        reverse("portal:set-year"),
        "nam=2025",
        content_type="application/x-www-form-urlencoded; charset=utf-16",
    )

    assert response.status_code == 400
    assert "hỏng trên đường truyền" in response.content.decode()
