"""Probable duplicates: exact pairs and points, never across wards; what people said stays; merges and their undo."""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from units.choices import RegistrantKind, Role, Sex
from units.domain import clans, closing, lives, register
from units.domain.duplicates.deciding import dismiss, take_back
from units.domain.duplicates.finding import find_duplicates
from units.domain.duplicates.merging import merge_duplicates, standing_in_the_way, undo_merge, values_of
from units.domain.errors import ChangedMeanwhile, NotAllowed, RegisterError
from units.domain.totals import register_total
from units.models import Citizen, ClanMembership, Household, NotDuplicate, Registrant, RegistrantMerge, Stay

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return CommuneFactory(name="Phường Hòa Hưng", valid_from=None)


@pytest.fixture
def hamlet(ward):
    return HamletFactory(name="Khu phố 1", parent=ward)


@pytest.fixture
def neighbour(ward):
    return HamletFactory(name="Khu phố 2", parent=ward)


@pytest.fixture
def officer(ward):
    return make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")


def scores(place, kind=RegistrantKind.HOUSEHOLD, **more):
    return {
        (pair.first_id, pair.second_id): pair.score for pair in find_duplicates(place=place, kind=kind, **more).pairs
    }


# --- Finding


@pytest.mark.parametrize(
    ("mine", "other", "same_hamlet", "points"),
    [
        (("Trần Văn Hòa", "12 A", ""), ("TRAN VAN HOA", "12 a", ""), True, {"name": 45, "address": 30, "hamlet": 5}),
        (("Trần Văn Hòa", "12 A", ""), ("Trần Văn Hoà", "12 A", ""), False, {"name": 45, "address": 30}),
        (
            ("Trần Văn Hòa", "12 A", "0903 123 456"),
            ("Trần Văn Hòa", "12 A", "+84903123456"),
            True,
            {"name": 45, "address": 30, "phone": 20, "hamlet": 5},
        ),
        (("Trần Văn Hòa", "", "0903123456"), ("Trần Văn Hòa", "9 B", "0903.123.456"), False, {"name": 45, "phone": 20}),
        (("Trần Văn Hòa", "", ""), ("Trần Văn Hòa", "9 B", ""), True, {"name": 45, "no_address": 10, "hamlet": 5}),
        (("Trần Văn Hòa", "12 A", ""), ("Trần Hòa", "12 A", ""), True, {"near_name": 20, "address": 30, "hamlet": 5}),
        (
            ("Trần Văn Hòa", "1", "0903123456"),
            ("Lê Thị Tư", "1", "0903123456"),
            True,
            {"address": 30, "phone": 20, "hamlet": 5},
        ),
        # One step below the bound each: not shown.
        (("Trần Văn Hòa", "12 A", ""), ("Trần Văn Hòa", "9 B", ""), True, None),
        (("Trần Văn Hòa", "", ""), ("Trần Văn Hòa", "9 B", ""), False, None),
        (("Trần Văn Hòa", "12 A", ""), ("Trần Hòa", "12 A", ""), False, None),
        (("Trần Văn Hòa", "1", "0903123456"), ("Lê Thị Tư", "1", "0903123456"), False, None),
        (("Trần Văn Hòa", "12 A", ""), ("Lê Thị Tư", "12 A", ""), True, None),
    ],
)
def test_points_of_two_households(ward, hamlet, neighbour, mine, other, same_hamlet, points):
    a = make_household(hamlet, mine[0], address=mine[1], phone=mine[2])
    b = make_household(hamlet if same_hamlet else neighbour, other[0], address=other[1], phone=other[2])
    found = find_duplicates(place=ward).pairs

    assert [(pair.first_id, pair.second_id, pair.points) for pair in found] == (
        [(a.pk, b.pk, points)] if points else []
    )
    assert all(pair.score == sum(points.values()) for pair in found)


@pytest.mark.parametrize(
    ("profile", "score"),
    [
        ({}, 100),
        ({"sex": Sex.MALE}, 95),
        ({"birth_year": 1986}, 80),
        ({"birth_year": 1987}, None),
        ({"id_hash": "b" * 64, "id_last4": "2222"}, None),
    ],
)
def test_points_of_two_citizens(ward, hamlet, profile, score):
    home = make_household(hamlet)
    a = make_citizen(home, "Nguyễn Thị Hoa", id_hash="a" * 64, id_last4="1111")
    b = make_citizen(home, "Nguyen Thi Hoa", **profile)
    assert scores(ward, RegistrantKind.CITIZEN) == ({(a.pk, b.pk): score} if score else {})


def test_clans_and_organisations_by_name_inside_the_ward(ward, hamlet):
    a, b = make_clan(ward, "Họ Nguyễn Hữu"), make_clan(hamlet, "Ho Nguyen Huu")
    c, d = make_organisation(hamlet, "Trường Sao Mai"), make_organisation(hamlet, "TRƯỜNG SAO MAI")
    make_clan(CommuneFactory(), "Họ Nguyễn Hữu")
    assert scores(ward, RegistrantKind.CLAN) == {(a.pk, b.pk): 70}
    assert scores(ward, RegistrantKind.ORGANISATION) == {(c.pk, d.pk): 75}


def test_never_across_wards_never_closed_ones_and_a_hamlet_sees_its_own(ward, hamlet, neighbour):
    other_ward = CommuneFactory(parent=ward.parent, valid_from=None)
    a, b = (make_household(hamlet, "Trần Văn Hòa", address="12 A") for _n in range(2))
    c = make_household(neighbour, "Trần Văn Hòa", address="12 A")
    make_household(HamletFactory(parent=other_ward), "Trần Văn Hòa", address="12 A")
    gone = make_household(hamlet, "Trần Văn Hòa", address="12 A")
    register.close_registrant(actor=None, registrant=gone, reason="MISTAKE", closed_on=datetime.date.today())

    inside = {(a.pk, b.pk): 80, (a.pk, c.pk): 75, (b.pk, c.pk): 75}
    assert scores(ward) == scores(ward.parent) == inside
    assert scores(hamlet) == {(a.pk, b.pk): 80}
    assert scores(other_ward) == {}
    assert scores(ward, registrant=c.pk) == {(a.pk, c.pk): 75, (b.pk, c.pk): 75}
    page = find_duplicates(place=ward, limit=1, offset=1)
    assert (page.total, [(pair.first_id, pair.second_id) for pair in page.pairs]) == (3, [(a.pk, c.pk)])
    assert find_duplicates(place=ward, limit=1, offset=9).total == 3


def test_a_block_too_big_is_left_out_and_said(ward, hamlet):
    for _n in range(3):
        make_household(hamlet, "Trần Văn Hòa", address="12 A")
    scan = find_duplicates(place=ward, most_in_block=3)
    assert (scan.total, scan.left_out) == (3, 0)
    make_household(hamlet, "Trần Văn Hòa", address="12 A")
    scan = find_duplicates(place=ward, most_in_block=3)
    # The same four under three keys: name and address, name and hamlet, name like and address.
    assert (scan.total, scan.left_out, scan.left_out_rows) == (0, 3, 4)


def test_whoever_judged_a_pair_is_remembered(ward, hamlet, officer):
    a, b = (make_household(hamlet, "Trần Văn Hòa", address="12 A") for _n in range(2))
    for _twice in range(2):
        dismiss(actor=officer, first=b, second=a)
    assert scores(ward) == {}
    [pair] = find_duplicates(place=ward, dismissed=True).pairs
    assert (pair.actor_name, pair.dismissed) == ("Lê Thị An", True)
    take_back(actor=officer, first=a, second=b)
    assert scores(ward) == {(a.pk, b.pk): 80}
    assert NotDuplicate.objects.get().events.count() == 2
    with pytest.raises(NotAllowed):
        dismiss(actor=make_officer(Role.WARD_OFFICER, CommuneFactory()), first=a, second=b)


def test_command_lists_pairs_and_refuses_an_unknown_place(ward, hamlet, capsys):
    a, b = (make_household(hamlet, "Trần Văn Hòa", address="12 A") for _n in range(2))
    call_command("find_duplicates", place=ward.code, json=True)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["total"], answer["left_out_blocks"]) == (1, 0)
    assert answer["pairs"] == [
        {
            "first": {"id": a.pk, "name": "Trần Văn Hòa"},
            "second": {"id": b.pk, "name": "Trần Văn Hòa"},
            "score": 80,
            "points": {"name": 45, "address": 30, "hamlet": 5},
        }
    ]
    call_command("find_duplicates", place=ward.code)
    assert "80: Trần Văn Hòa" in (out := capsys.readouterr().out) and "1 cặp có thể trùng." in out
    with pytest.raises(CommandError, match="Không có địa bàn hiện nay mang mã 99999."):
        call_command("find_duplicates", place="99999")


# --- Merging and taking back


def everything() -> list:
    """All that a merge may touch, as plain values."""
    return [
        list(model.objects.order_by("pk").values()) for model in (Registrant, Household, Citizen, Stay, ClanMembership)
    ]


def test_merge_keeps_chosen_values_moves_what_belongs_and_undo_restores_exactly(hamlet, neighbour, officer, ward):
    kept = make_household(hamlet, "Trần Văn Hòa", address="12 A", members=3, phone="0903123456")
    other = make_household(neighbour, "Trần Văn Hoà", address="12 A", members=5, poverty="POOR")
    person = make_citizen(other, "Trần Thị Con")
    clans.add_families(actor=officer, clan=make_clan(ward), households=[other.pk], since=datetime.date(2024, 1, 1))
    before = everything()

    merge = merge_duplicates(
        actor=officer, kept=kept, other=other, take={"members": True, "poverty": True, "phone": False}
    )

    today = datetime.date.today()
    other.refresh_from_db()
    person.refresh_from_db()
    values = values_of(kept)
    assert (values["members"], values["poverty"], values["phone"]) == (5, "POOR", "0903123456")
    assert (other.closed_on, other.close_reason) == (today, "DUPLICATE")
    assert (person.is_open, person.hamlet, person.citizen.household_id) == (True, hamlet, kept.pk)
    assert list(ClanMembership.objects.order_by("pk").values_list("household", "until")) == [
        (other.pk, today),
        (kept.pk, None),
    ]
    assert register_total(ward, kind=RegistrantKind.HOUSEHOLD) == 1

    undo_merge(actor=officer, merge=merge)
    assert everything() == before
    assert register_total(ward, kind=RegistrantKind.HOUSEHOLD) == 2
    with pytest.raises(RegisterError, match="Việc gộp này đã được hoàn tác."):
        undo_merge(actor=officer, merge=merge)


def test_citizens_merge_with_the_number_of_the_one_that_goes(hamlet, officer):
    home = make_household(hamlet)
    kept = make_citizen(home, "Nguyễn Thị Hoa")
    other = make_citizen(home, "Nguyễn Thị Hoa", id_hash="a" * 64, id_last4="1111")
    before = everything()
    merge = merge_duplicates(actor=officer, kept=kept, other=other, take={"id_last4": True})
    assert Citizen.objects.values_list("id_hash", "id_last4").get(pk=kept.pk) == ("a" * 64, "1111")
    undo_merge(actor=officer, merge=merge)
    assert everything() == before


def test_clans_merge_with_their_families(hamlet, ward, officer):
    kept, other = make_clan(ward, "Họ Lê"), make_clan(ward, "Họ Lê")
    home = make_household(hamlet)
    clans.add_families(actor=officer, clan=other, households=[home.pk], since=datetime.date(2024, 1, 1))
    before = everything()
    merge = merge_duplicates(actor=officer, kept=kept, other=other)
    assert [row.household_id for row in clans.families_now(kept)] == [home.pk]
    undo_merge(actor=officer, merge=merge)
    assert everything() == before


def test_undo_is_refused_once_something_was_built_on_it(hamlet, neighbour, officer):
    def merged():
        kept = make_household(hamlet, "Trần Văn Hòa")
        other = make_household(hamlet, "Trần Văn Hòa")
        person = make_citizen(other)
        return merge_duplicates(actor=officer, kept=kept, other=other), kept, other, person

    merge, kept, _other, _person = merged()
    register.correct_household(actor=officer, registrant=kept, phone="0911222333")
    assert refusal(officer, merge) == "Không hoàn tác được: “Trần Văn Hòa” đã được sửa sau khi gộp."
    merge, _kept, other, _person = merged()
    closing.reopen_registrant(actor=officer, registrant=other)
    assert refusal(officer, merge) == "Không hoàn tác được: “Trần Văn Hòa” đã được mở lại hoặc thay đổi sau khi gộp."
    merge, _kept, _other, person = merged()
    register.close_registrant(actor=officer, registrant=person, reason="MISTAKE", closed_on=datetime.date.today())
    assert refusal(officer, merge) == "Không hoàn tác được: có 1 công dân đã chuyển đi hoặc ra khỏi sổ sau đó."
    merge, kept, _other, _person = merged()  # the citizen went along with the one that was kept
    lives.move(actor=officer, registrant=kept, hamlet=neighbour, on=datetime.date.today())
    assert refusal(officer, merge) == "Không hoàn tác được: có 1 công dân đã chuyển đi hoặc ra khỏi sổ sau đó."
    merge, kept, _other, _person = merged()
    merge_duplicates(actor=officer, kept=make_household(hamlet), other=kept)
    assert refusal(officer, merge) == "Không hoàn tác được: “Trần Văn Hòa” đã ra khỏi sổ sau khi gộp."
    merge, kept, _other, _person = merged()
    merge_duplicates(actor=officer, kept=kept, other=make_household(hamlet))
    assert refusal(officer, merge) == ("Không hoàn tác được: có lần gộp khác sau đó. Hãy hoàn tác lần gộp đó trước.")


def refusal(officer, merge) -> str:
    fresh = RegistrantMerge.objects.get(pk=merge.pk)
    with pytest.raises(RegisterError) as error:
        undo_merge(actor=officer, merge=fresh)
    assert error.value.message == standing_in_the_way(fresh)
    return error.value.message


def test_merges_that_cannot_be(hamlet, officer):
    a, b = make_household(hamlet, "Trần Văn Hòa"), make_household(hamlet, "Trần Văn Hòa")
    far = make_household(HamletFactory(parent=CommuneFactory(valid_from=None)), "Trần Văn Hòa")
    with pytest.raises(NotAllowed):
        merge_duplicates(actor=officer, kept=a, other=far)
    with pytest.raises(RegisterError, match="Chỉ gộp được hai đối tượng của cùng một phường, xã."):
        merge_duplicates(actor=None, kept=a, other=far)
    with pytest.raises(RegisterError, match="Hãy chọn hai đối tượng khác nhau, cùng loại."):
        merge_duplicates(actor=officer, kept=a, other=a)
    with pytest.raises(ChangedMeanwhile):
        merge_duplicates(actor=officer, kept=a, other=b, version="old")
    merge_duplicates(actor=officer, kept=a, other=b)
    with pytest.raises(RegisterError, match="“Trần Văn Hòa” đã ra khỏi sổ ngày"):
        merge_duplicates(actor=officer, kept=a, other=b)
    assert RegistrantMerge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_merging_the_other_way_round_leave_one(hamlet):
    a, b = make_household(hamlet, "Trần Văn Hòa"), make_household(hamlet, "Trần Văn Hòa")

    def merge(pair):
        try:
            merge_duplicates(actor=None, kept=pair[0], other=pair[1])
        except RegisterError as error:
            return error.message[:28]
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(merge, [(a, b), (b, a)]))
    assert results == ["done", "“Trần Văn Hòa” đã ra khỏi sổ"]
    assert Registrant.objects.open().count() == 1


# --- Pages


def test_pair_is_found_compared_merged_and_taken_back_on_screen(client, hamlet, officer):
    a = make_household(hamlet, "Trần Văn Hòa", address="12 A", members=3)
    b = make_household(hamlet, "Trần Văn Hòa", address="12 A", members=5)
    client.force_login(officer)
    page = client.get(reverse("units:duplicate-place", args=[hamlet.pk])).content.decode()
    address = reverse("units:duplicate-pair", args=[a.pk, b.pk])
    assert address in page and "cùng tên, cùng địa chỉ, cùng khu phố, thôn" in page
    panel = client.get(reverse("units:duplicate-of", args=[b.pk]), headers={"HX-Request": "true"}).content.decode()
    assert address in panel and "<html" not in panel

    register.correct_household(actor=officer, registrant=a, phone="0903123456")
    drawn = client.get(address)
    chosen = {row["name"]: row["chosen"] for row in drawn.context["rows"] if row["differs"]}
    assert chosen == {"members": "", "phone": "a"}  # what one side alone knows is taken over
    assert "0903 123 456" in drawn.content.decode()
    entry = {"keep": "b", "f_members": "a", "version": drawn.context["version"]}
    done = client.post(address, entry, follow=True)
    assert "Đã gộp “Trần Văn Hòa” vào “Trần Văn Hòa”." in done.content.decode()
    assert (Household.objects.get(pk=b.pk).members, Registrant.objects.get(pk=a.pk).is_open) == (3, False)
    merge = RegistrantMerge.objects.get()
    client.post(reverse("units:merge-undo", args=[merge.pk]))
    assert (Household.objects.get(pk=b.pk).members, Registrant.objects.get(pk=a.pk).is_open) == (5, True)

    stale = client.post(address, entry).content.decode()
    assert "Người khác vừa sửa một trong hai, nên chưa gộp. Hãy xem lại rồi làm lại." in stale
    assert "Hãy chọn giữ lại bên nào." in client.post(address, {"keep": "x"} | {"keep": ""}).content.decode()
    client.post(reverse("units:duplicate-dismiss", args=[a.pk, b.pk]))
    assert address not in client.get(reverse("units:duplicate-place", args=[hamlet.pk])).content.decode()
    judged = client.get(reverse("units:duplicate-place", args=[hamlet.pk]), {"da_xem": "roi"}).content.decode()
    assert address in judged and "Lê Thị An" in judged


def test_list_costs_the_same_for_any_number_of_pairs(client, hamlet, officer, django_assert_num_queries):
    client.force_login(officer)
    address = reverse("units:duplicate-place", args=[hamlet.pk])
    make_household(hamlet, "Trần Văn Hòa", address="12 A"), make_household(hamlet, "Trần Văn Hòa", address="12 A")
    client.get(address)
    for _round in range(2):
        with django_assert_num_queries(8):
            assert client.get(address, {"trang": "x", "loai": "??", "da_xem": "1"}).status_code == 200
        for _n in range(3):
            make_household(hamlet, "Trần Văn Hòa", address="12 A")


def test_head_split_is_no_duplicate_of_the_household_it_left(ward, hamlet, officer):
    home = make_household(hamlet, "Trần Văn Hòa", address="12 A", members=6)
    lives.split(actor=officer, registrant=home, on=datetime.date(2025, 3, 1), name="Trần Văn Con", address="12 A")
    assert scores(ward) == {}
