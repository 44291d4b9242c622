"""Clans and their families: entering, one clan at a time, who sees what."""

import datetime
import threading
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from tests.factories.units import CommuneFactory, HamletFactory, make_clan, make_household, make_officer
from units.choices import CloseReason, RegistrantKind, Role
from units.domain import clans, closing, registrants
from units.domain.errors import NotAllowed, RegisterError
from units.domain.totals import register_total
from units.models import Clan, ClanMembership, Registrant

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime.date(2025, 1, 1)
MAY = datetime.date(2025, 5, 1)
LIST = "/dong-ho/"


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


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def an(officer) -> Client:
    return signed_in(officer)


def text(response) -> str:
    return response.content.decode()


def url(what: str, *keys) -> str:
    return reverse(f"units:clan-{what}", args=keys)


def family_names(response) -> list[str]:
    return [one.household.registrant.name for one in response.context["families"]]


# --- Verbs


def test_clan_is_entered_with_hall_committee_and_fund(ward, officer):
    clan = registrants.enter(
        actor=officer,
        book=clans.BOOK,
        place=ward,
        name="Họ Nguyễn Hữu",
        opened_on=NEW_YEAR,
        hall_address=" 12  Hòa Hưng",
        has_committee=True,
        committee_head="Nguyễn Hữu Tâm",
        fund=25_000_000,
    )

    assert Clan.objects.values().get() == {
        "registrant_id": clan.pk,
        "hall_address": "12 Hòa Hưng",
        "has_committee": True,
        "committee_head": "Nguyễn Hữu Tâm",
        "phone": "",
        "fund": 25_000_000,
    }
    assert register_total(ward, kind=RegistrantKind.CLAN) == 1
    with pytest.raises(RegisterError) as refusal:
        registrants.correct(actor=officer, book=clans.BOOK, registrant=clan, has_committee=False)
    assert refusal.value.message == "Có trưởng ban thì dòng họ phải có ban khuyến học."


def test_families_of_several_hamlets_belong_to_one_clan_at_a_time(ward, hamlet, neighbour, officer):
    first, second = make_clan(ward, "Họ Nguyễn Hữu"), make_clan(ward, "Họ Nguyễn Phước")
    hoa, binh = make_household(hamlet, "Nguyễn Hữu Hòa"), make_household(neighbour, "Nguyễn Hữu Bình")
    add = {"actor": officer, "since": MAY}

    assert len(clans.add_families(clan=first, households=[hoa.pk, binh.pk], **add)) == 2
    assert clans.add_families(clan=first, households=[hoa.pk], **add) == []
    with pytest.raises(RegisterError) as refusal:
        clans.add_families(clan=second, households=[hoa.pk, make_household(hamlet, "Lê An").pk], **add)

    assert refusal.value.message == (
        "Mỗi hộ chỉ thuộc một dòng họ. Đang thuộc dòng họ khác: “Nguyễn Hữu Hòa” (Họ Nguyễn Hữu). Hãy cho hộ rời dòng"
        " họ đó trước."
    )
    assert ClanMembership.objects.filter(clan=second.pk).count() == 0


def test_a_family_leaves_and_joins_another_clan_without_overlap(ward, hamlet, officer):
    first, second = make_clan(ward, "Họ Nguyễn Hữu"), make_clan(ward, "Họ Nguyễn Phước")
    hoa = make_household(hamlet, "Nguyễn Hữu Hòa")
    clans.add_families(actor=officer, clan=first, households=[hoa.pk], since=NEW_YEAR)

    with pytest.raises(RegisterError) as refusal:
        clans.end_family(actor=officer, clan=first, household=hoa.pk, until=datetime.date(2024, 1, 1))
    assert refusal.value.message == "Ngày rời dòng họ không được trước ngày vào (01/01/2025)."
    clans.end_family(actor=officer, clan=first, household=hoa.pk, until=MAY)
    with pytest.raises(RegisterError) as refusal:
        clans.add_families(actor=officer, clan=second, households=[hoa.pk], since=datetime.date(2025, 4, 1))
    assert refusal.value.message == (
        "Hộ “Nguyễn Hữu Hòa” còn thuộc Họ Nguyễn Hữu đến ngày 01/05/2025. Hãy chọn ngày vào từ ngày đó trở đi."
    )
    clans.add_families(actor=officer, clan=second, households=[hoa.pk], since=MAY)

    assert list(ClanMembership.objects.order_by("since").values_list("clan", "since", "until")) == [
        (first.pk, NEW_YEAR, MAY),
        (second.pk, MAY, None),
    ]


def test_strangers_closed_ones_and_readers_are_refused(ward, hamlet, officer):
    clan = make_clan(ward)
    foreign = make_household(HamletFactory(), "Nguyễn Hữu Xa")
    gone = make_household(hamlet, "Nguyễn Hữu Đi")
    closing.close_registrant(actor=None, registrant=gone, reason=CloseReason.MOVED_AWAY, closed_on=MAY)

    for household in (foreign, gone, clan):
        with pytest.raises(RegisterError) as refusal:
            clans.add_families(actor=officer, clan=clan, households=[household.pk], since=MAY)
        assert refusal.value.message == "Có hộ không còn trong sổ hoặc ngoài địa bàn của bạn. Hãy tìm và chọn lại."
    with pytest.raises(NotAllowed):
        reader = make_officer(Role.LEADER, ward)
        clans.add_families(actor=reader, clan=clan, households=[make_household(hamlet).pk], since=MAY)


def test_a_household_out_of_the_register_is_no_family_until_it_is_back(ward, hamlet, officer):
    clan, hoa = make_clan(ward), make_household(hamlet, "Nguyễn Hữu Hòa")
    clans.add_families(actor=officer, clan=clan, households=[hoa.pk], since=NEW_YEAR)

    closing.close_registrant(actor=officer, registrant=hoa, reason=CloseReason.MOVED_AWAY, closed_on=MAY)
    assert clans.families_now(clan).count() == 0
    closing.reopen_registrant(actor=officer, registrant=hoa)
    assert clans.families_now(clan).count() == 1


def test_a_clan_out_of_the_register_holds_no_family_back(ward, hamlet, officer):
    gone, other, hoa = make_clan(ward), make_clan(ward, "Họ Trần"), make_household(hamlet, "Nguyễn Hữu Hòa")
    clans.add_families(actor=officer, clan=gone, households=[hoa.pk], since=NEW_YEAR)
    closing.close_registrant(actor=officer, registrant=gone, reason=CloseReason.DISSOLVED, closed_on=MAY)

    clans.add_families(actor=officer, clan=other, households=[hoa.pk], since=MAY)

    assert list(hoa.household.clan_memberships.order_by("pk").values_list("clan", "since", "until")) == [
        (gone.pk, NEW_YEAR, MAY),
        (other.pk, MAY, None),
    ]
    closing.reopen_registrant(actor=officer, registrant=gone)
    assert [clans.families_now(clan).count() for clan in (gone, other)] == [0, 1]


def test_database_keeps_one_clan_a_household(ward, hamlet):
    first, second = make_clan(ward), make_clan(ward, "Họ Trần")
    home = make_household(hamlet).household
    ClanMembership.objects.create(clan=first.clan, household=home, since=MAY)
    for change in (
        lambda: ClanMembership.objects.create(clan=second.clan, household=home, since=MAY),
        lambda: ClanMembership.objects.update(until=NEW_YEAR),
        lambda: Clan.objects.update(committee_head="Ông Tâm"),
        lambda: Clan.objects.update(fund=-1),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_two_clans_asking_for_the_same_households_at_once():
    ward = CommuneFactory(valid_from=None)
    hamlet = HamletFactory(parent=ward)
    homes = [make_household(hamlet, f"Nguyễn {number}").pk for number in range(5)]
    both = [make_clan(ward, "Họ Nguyễn Hữu"), make_clan(ward, "Họ Nguyễn Phước")]
    outcomes, start = [], threading.Barrier(2)

    def ask(clan, order):
        start.wait()
        try:
            outcomes.append(len(clans.add_families(actor=None, clan=clan, households=order, since=MAY)))
        except RegisterError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=ask, args=(clan, order)) for clan, order in zip(both, (homes, homes[::-1]), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, outcomes)) == ["5", "refused"]
    assert ClanMembership.objects.values("clan").distinct().count() == 1


# --- Pages


def test_families_are_found_ticked_added_and_leave(ward, hamlet, neighbour, an, officer):
    clan, other = make_clan(ward), make_clan(ward, "Họ Nguyễn Phước")
    hoa = make_household(hamlet, "Nguyễn Hữu Hòa", address="12 Hòa Hưng")
    binh = make_household(neighbour, "Nguyễn Hữu Bình")
    taken = make_household(hamlet, "Nguyễn Hữu Cảnh")
    make_household(hamlet, "Lê An")
    clans.add_families(actor=officer, clan=other, households=[taken.pk], since=MAY)

    page = an.get(url("families", clan.pk), {"q": "nguyen huu"})
    assert [(one["row"].name, str(one["clan"] or "")) for one in page.context["offered"]] == [
        ("Nguyễn Hữu Bình", ""),
        ("Nguyễn Hữu Cảnh", "Họ Nguyễn Phước"),
        ("Nguyễn Hữu Hòa", ""),
    ]
    assert "Đang thuộc Họ Nguyễn Phước" in text(page)

    address = f"{url('families', clan.pk)}?q=nguyen+huu"
    nothing = an.post(address, {"since": "01/05/2025"})
    assert nothing.context["form"].errors["households"] == ["Hãy đánh dấu ít nhất một hộ."]
    added = an.post(address, {"households": [hoa.pk, binh.pk], "since": "01/05/2025"}, follow=True)
    assert "Đã thêm 2 gia đình vào “Họ Nguyễn Hữu”." in text(added)
    assert family_names(added) == ["Nguyễn Hữu Bình", "Nguyễn Hữu Hòa"]
    assert "Ở 2 khu phố, thôn." in text(added)
    assert [entry.title for entry in added.context["history"]] == ["Thêm gia đình vào dòng họ", "Đưa vào sổ"]

    left = an.post(url("family-end", clan.pk, hoa.pk), {"until": "01/06/2025"}, follow=True)
    assert "Gia đình “Nguyễn Hữu Hòa” đã rời “Họ Nguyễn Hữu”." in text(left)
    assert family_names(left) == ["Nguyễn Hữu Bình"]
    again = an.get(url("family-end", clan.pk, hoa.pk), follow=True)
    assert "Hộ này không còn trong dòng họ." in text(again)


def test_families_elsewhere_are_only_named_to_the_keeper_and_only_counted_to_others(ward, hamlet, neighbour, officer):
    clan = make_clan(hamlet)
    homes = [make_household(hamlet, "Nguyễn Hữu Hòa"), make_household(neighbour, "Nguyễn Hữu Bình", address="7 Lạ")]
    clans.add_families(actor=officer, clan=clan, households=[home.pk for home in homes], since=MAY)

    page = signed_in(make_officer(Role.HAMLET_OFFICER, hamlet)).get(url("detail", clan.pk))
    assert family_names(page) == ["Nguyễn Hữu Bình", "Nguyễn Hữu Hòa"]
    assert "7 Lạ" not in text(page) and f"/ho-gia-dinh/{homes[1].pk}/" not in text(page)

    reader = signed_in(make_officer(Role.INSPECTOR, hamlet)).get(url("detail", clan.pk))
    assert family_names(reader) == ["Nguyễn Hữu Hòa"]
    assert "Nguyễn Hữu Bình" not in text(reader)
    assert "1 gia đình ở ngoài địa bàn của bạn" in text(reader)

    for role, families in (
        (Role.HAMLET_OFFICER, ["Nguyễn Hữu Bình", "Nguyễn Hữu Hòa"]),
        (Role.INSPECTOR, ["Nguyễn Hữu Hòa"]),
    ):
        answer = signed_in(make_officer(role, hamlet)).get(reverse("units:clan-export", args=[hamlet.pk]))
        sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[1]
        cells = [str(cell.value) for row in sheet.iter_rows() for cell in row]
        assert [name for name in ("Nguyễn Hữu Bình", "Nguyễn Hữu Hòa") if name in cells] == families


def test_money_is_read_as_people_write_it(ward, an):
    entry = {"name": "Họ Trần", "place": ward.pk, "opened_on": "01/02/2026", "has_committee": "", "committee_head": ""}
    for written, stored in (("25.000.000", 25_000_000), ("25,000,000 đ", 25_000_000), ("0", 0), ("", None)):
        an.post(f"{LIST}them/", entry | {"fund": written, "name": f"Họ {written or 'Lê'}x"})
        assert Clan.objects.order_by("-pk").first().fund == stored
    refused = an.post(f"{LIST}them/", entry | {"fund": "nhiều"})
    assert list(refused.context["form"].errors) == ["fund"]


def test_list_counts_families_in_one_statement(ward, hamlet, an, officer):
    counts = []
    for number in range(30):
        clan = make_clan(ward, f"Họ {number}", has_committee=number == 7)
        home = make_household(hamlet, f"Nguyễn {number}")
        clans.add_families(actor=officer, clan=clan, households=[home.pk], since=MAY)
        if number in (2, 29):
            with CaptureQueriesContext(connection) as captured:
                page = an.get(LIST)
            counts.append(len(captured))

    assert counts[0] == counts[1]
    assert {row.families for row in page.context["listing"].rows} == {1}
    assert page.context["listing"].total == 30
    chosen = an.get(LIST, {"committee": "yes"}).context["listing"]
    assert [row.name for row in chosen.rows] == ["Họ 7"]
    assert Registrant.objects.filter(kind="CLAN").count() == 30
