"""Verbs of the register: what they write, what they refuse, and that totals and stays follow."""

import datetime
import re
import threading

import pghistory
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories.units import CommuneFactory, HamletFactory, ProvinceFactory, make_household, make_officer
from units.choices import CloseReason, Poverty, RegistrantKind, Role
from units.domain import communities, register
from units.domain.errors import ChangedMeanwhile, NotAllowed, PossibleDuplicate, RegisterError
from units.domain.totals import register_total, register_totals
from units.models import Community, Household, Place, RegisterTally, Registrant, Stay

NEW_YEAR = datetime.date(2025, 1, 1)


def day(text: str) -> datetime.date:
    return datetime.datetime.strptime(text, "%d/%m/%Y").date()


@pytest.fixture
def ward(db) -> Place:
    return CommuneFactory(name="Phường Hòa Hưng", valid_from=None)


@pytest.fixture
def hamlet(ward) -> Place:
    return HamletFactory(name="Khu phố 1", parent=ward)


@pytest.fixture
def neighbour(ward) -> Place:
    return HamletFactory(name="Khu phố 2", parent=ward)


@pytest.fixture
def officer(ward):
    return make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")


@pytest.fixture
def branch_officer(hamlet):
    return make_officer(Role.HAMLET_OFFICER, hamlet, name="Trần Văn Ba")


def tallies(place: Place) -> list[tuple]:
    return list(RegisterTally.objects.filter(place=place).order_by("year").values_list("year", "came", "gone"))


# --- Entering


def test_add_household_writes_registrant_profile_and_stay(hamlet, officer):
    registrant = register.add_household(
        actor=officer,
        hamlet=hamlet,
        name="  Đặng  Thị Hồng",
        opened_on=NEW_YEAR,
        address="12/3  Hòa Hưng",
        group_name="Tổ 5",
        members=4,
        adults=2,
        pupils=2,
        poverty=Poverty.NEAR_POOR,
        phone="0912 345 678",
        note="mới về",
    )

    stored = Registrant.objects.values(
        "kind", "name", "search_name", "hamlet", "commune", "district", "province", "opened_on", "closed_on", "note"
    ).get(pk=registrant.pk)
    assert stored == {
        "kind": "HOUSEHOLD",
        "name": "Đặng Thị Hồng",
        "search_name": "dang thi hong",
        "hamlet": hamlet.pk,
        "commune": hamlet.commune_id,
        "district": None,
        "province": hamlet.province_id,
        "opened_on": NEW_YEAR,
        "closed_on": None,
        "note": "mới về",
    }
    assert Household.objects.values().get() == {
        "registrant_id": registrant.pk,
        "address": "12/3 Hòa Hưng",
        "address_key": "12 3 hoa hung",
        "group_name": "Tổ 5",
        "members": 4,
        "adults": 2,
        "pupils": 2,
        "poverty": "NEAR_POOR",
        "phone": "0912 345 678",
    }
    assert list(Stay.objects.values_list("registrant", "hamlet", "commune", "kind", "since", "until")) == [
        (registrant.pk, hamlet.pk, hamlet.commune_id, "HOUSEHOLD", NEW_YEAR, None)
    ]
    assert tallies(hamlet) == tallies(hamlet.commune) == [(2025, 1, 0)]


def test_hamlet_officer_adds_in_the_own_hamlet_only(hamlet, neighbour, branch_officer):
    register.add_household(actor=branch_officer, hamlet=hamlet, name="Lê An", opened_on=NEW_YEAR)

    with pytest.raises(NotAllowed) as refusal:
        register.add_household(actor=branch_officer, hamlet=neighbour, name="Lê An", opened_on=NEW_YEAR)

    assert refusal.value.message == "Bạn không giữ sổ của Khu phố 2."
    assert Registrant.objects.count() == 1


@pytest.mark.parametrize("role", [Role.DECIDER, Role.INSPECTOR, Role.LEADER])
def test_readers_add_nothing(hamlet, ward, role):
    with pytest.raises(NotAllowed):
        register.add_household(actor=make_officer(role, ward), hamlet=hamlet, name="Lê An", opened_on=NEW_YEAR)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": "  "}, "name", "Cần ghi họ tên chủ hộ."),
        ({"name": "..."}, "name", "Cần ghi họ tên chủ hộ."),
        ({"name": "=1+1"}, "name", "Họ tên chủ hộ không được bắt đầu bằng “=”."),
        ({"members": 0}, "members", "Hộ phải có ít nhất 1 nhân khẩu; chưa rõ thì để trống."),
        (
            {"members": 3, "adults": 2, "pupils": 2},
            "members",
            "Số nhân khẩu (3) ít hơn tổng người lớn (2) và học sinh (2).",
        ),
        ({"opened_on": day("31/12/2999")}, "opened_on", "Ngày vào sổ không được sau hôm nay."),
    ],
)
def test_add_household_refuses_with_a_sentence_about_the_field(hamlet, officer, changes, field, sentence):
    values = {"name": "Lê An", "opened_on": NEW_YEAR} | changes

    with pytest.raises(RegisterError) as refusal:
        register.add_household(actor=officer, hamlet=hamlet, **values)

    assert (refusal.value.field, refusal.value.message) == (field, sentence)
    assert Registrant.objects.count() == 0


def test_members_may_be_more_than_adults_and_pupils(hamlet, officer):
    registrant = register.add_household(
        actor=officer, hamlet=hamlet, name="Lê An", opened_on=NEW_YEAR, members=5, adults=2, pupils=2
    )

    assert registrant.household.members == 5


def test_household_stands_in_a_hamlet_that_exists(ward, officer):
    gone = HamletFactory(name="Khu phố 9", parent=ward, valid_to=day("30/06/2025"))
    young = HamletFactory(name="Khu phố 8", parent=ward, valid_from=day("01/07/2025"))

    sentences = []
    for place in (ward, gone, young):
        with pytest.raises(RegisterError) as refusal:
            register.add_household(actor=officer, hamlet=place, name="Lê An", opened_on=NEW_YEAR)
        sentences.append(refusal.value.message)

    assert sentences == [
        "Hộ gia đình phải thuộc một khu phố, thôn hoặc ấp.",
        "Khu phố 9 không còn sau ngày 30/06/2025. Hãy chọn khu phố, thôn hiện nay.",
        "Khu phố 8 có từ ngày 01/07/2025; ngày vào sổ không được trước ngày đó.",
    ]


def test_database_keeps_the_rules_when_the_verbs_are_passed_by(hamlet):
    registrant = make_household(hamlet)

    for change in (
        lambda: Household.objects.filter(pk=registrant.pk).update(members=3, adults=2, pupils=2),
        lambda: Registrant.objects.filter(pk=registrant.pk).update(closed_on=day("01/01/2026")),
        lambda: Registrant.objects.filter(pk=registrant.pk).update(close_reason="MISTAKE"),
        lambda: Registrant.objects.filter(pk=registrant.pk).update(closed_on=day("01/01/2019"), close_reason="MISTAKE"),
        lambda: Registrant.objects.filter(pk=registrant.pk).update(hamlet=None),
        lambda: Registrant.objects.filter(pk=registrant.pk).update(name=""),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


# --- Likely duplicates


def test_same_name_and_address_in_the_ward_is_asked_about(hamlet, neighbour, officer):
    there = make_household(neighbour, "Đặng Thị Hồng", address="12 Hòa Hưng")
    make_household(neighbour, "Đặng Thị Hồng", address="99 Bắc Hải")
    make_household(hamlet, "Đặng Thị Hoa", address="12 Hòa Hưng")
    make_household(HamletFactory(), "Đặng Thị Hồng", address="12 Hòa Hưng")
    entry = {"actor": officer, "hamlet": hamlet, "name": "ĐẶNG THI HỒNG", "address": "12, hoà hưng"}

    with pytest.raises(PossibleDuplicate) as question:
        register.add_household(**entry, opened_on=NEW_YEAR, seen_duplicates=())
    added = register.add_household(**entry, opened_on=NEW_YEAR, seen_duplicates={there.pk})

    assert question.value.duplicates == [there]
    assert added.hamlet == hamlet


def test_without_an_address_the_same_name_in_the_hamlet_is_asked_about(hamlet, neighbour):
    here = make_household(hamlet, "Lê An", address="12 Hòa Hưng")
    make_household(neighbour, "Lê An", address="12 Hòa Hưng")

    assert register.possible_duplicates(hamlet=hamlet, name="Lê An", address="") == [here]
    assert register.possible_duplicates(hamlet=hamlet, name="", address="12 Hòa Hưng") == []


# --- Correcting


def test_correct_changes_what_is_given_and_nothing_else(hamlet, officer):
    registrant = make_household(hamlet, "Lê Văn An", members=3, address="1 Hòa Hưng")

    register.correct_household(actor=officer, registrant=registrant, name="Lê Văn Ân", members=None, phone="0912345678")

    registrant = Registrant.objects.select_related("household").get()
    assert (registrant.name, registrant.search_name) == ("Lê Văn Ân", "le van an")
    assert (registrant.household.members, registrant.household.phone) == (None, "0912345678")
    assert registrant.household.address == "1 Hòa Hưng"


def test_correct_with_the_same_values_writes_nothing(hamlet, officer):
    registrant = make_household(hamlet, "Lê An", members=3)
    before = register.household_version(registrant.pk)

    register.correct_household(actor=officer, registrant=registrant, name=" Lê  An", members=3, hamlet=hamlet)

    assert register.household_version(registrant.pk) == before


def test_wrong_hamlet_is_corrected_with_the_open_stay(hamlet, neighbour, officer):
    registrant = make_household(hamlet, opened_on=day("01/03/2024"))

    register.correct_household(actor=officer, registrant=registrant, hamlet=neighbour)

    assert Registrant.objects.get().hamlet == neighbour
    assert list(Stay.objects.values_list("hamlet", "since", "until")) == [(neighbour.pk, day("01/03/2024"), None)]
    assert (register_total(hamlet), register_total(neighbour)) == (0, 1)
    assert register_total(hamlet.commune, year=2024) == 1


def test_hamlet_of_another_ward_is_refused(hamlet, officer):
    elsewhere = HamletFactory(name="Khu phố 3", parent=CommuneFactory(name="Phường Vườn Lài"))
    registrant = make_household(hamlet)

    with pytest.raises(RegisterError) as refusal:
        register.correct_household(actor=officer, registrant=registrant, hamlet=elsewhere)

    assert refusal.value.field == "hamlet"
    assert refusal.value.message == (
        "Khu phố 3 thuộc Phường Vườn Lài, không thuộc Phường Hòa Hưng. Hộ đã chuyển sang phường, xã khác thì đưa ra"
        " khỏi sổ ở đây; nơi đến sẽ thêm hộ vào sổ của mình."
    )
    assert Registrant.objects.get().hamlet == hamlet


def test_hamlet_officer_cannot_move_a_household_out_of_the_own_hamlet(hamlet, neighbour, branch_officer):
    registrant = make_household(hamlet)

    with pytest.raises(NotAllowed):
        register.correct_household(actor=branch_officer, registrant=registrant, hamlet=neighbour)

    assert Registrant.objects.get().hamlet == hamlet


def test_closed_household_is_reopened_before_it_is_corrected(hamlet, officer):
    registrant = make_household(hamlet, "Lê An")
    register.close_registrant(
        actor=officer, registrant=registrant, reason=CloseReason.MOVED_AWAY, closed_on=day("05/02/2026")
    )

    with pytest.raises(RegisterError) as refusal:
        register.correct_household(actor=officer, registrant=registrant, name="Lê Ân")

    assert refusal.value.message == "“Lê An” đã ra khỏi sổ ngày 05/02/2026. Hãy mở lại hộ trước khi sửa."


def test_second_of_two_editors_sees_both_values_and_overwrites_nothing(hamlet, officer):
    registrant = make_household(hamlet, "Lê An", members=3, address="1 Hòa Hưng")
    drawn = register.household_version(registrant.pk)
    register.correct_household(actor=officer, registrant=registrant, version=drawn, members=4)

    with pytest.raises(ChangedMeanwhile) as conflict:
        register.correct_household(
            actor=officer, registrant=registrant, version=drawn, members=5, address="1 Hòa Hưng", name="Lê An"
        )
    assert conflict.value.differences == [("members", 4, 5)]
    assert Household.objects.get().members == 4

    register.correct_household(actor=officer, registrant=registrant, version=conflict.value.version, members=5)
    assert Household.objects.get().members == 5


def test_unknown_value_is_a_mistake_of_the_caller(hamlet, officer):
    with pytest.raises(TypeError):
        register.correct_household(actor=officer, registrant=make_household(hamlet), closed_on=NEW_YEAR)


# --- Leaving and coming back


def test_close_ends_the_stay_and_the_count(hamlet, officer):
    registrant = make_household(hamlet, opened_on=day("01/03/2024"))

    register.close_registrant(
        actor=officer, registrant=registrant, reason=CloseReason.MOVED_AWAY, closed_on=day("10/02/2026")
    )

    registrant.refresh_from_db()
    assert (registrant.closed_on, registrant.close_reason) == (day("10/02/2026"), "MOVED_AWAY")
    assert list(Stay.objects.values_list("since", "until")) == [(day("01/03/2024"), day("10/02/2026"))]
    assert [register_total(hamlet, year=year) for year in (2023, 2024, 2025, 2026)] == [0, 1, 1, 0]


def test_close_twice_is_refused(hamlet, officer):
    registrant = make_household(hamlet, "Lê An")
    values = {"actor": officer, "registrant": registrant, "reason": CloseReason.MISTAKE, "closed_on": day("10/02/2026")}
    register.close_registrant(**values)

    with pytest.raises(RegisterError) as refusal:
        register.close_registrant(**values)

    assert re.fullmatch(
        r"“Lê An” đã được đưa ra khỏi sổ ngày 10/02/2026 \(Nhập nhầm\), Hệ thống ghi lúc \d\d:\d\d \d\d/\d\d/\d{4};"
        r" không cần làm lại\.",
        refusal.value.message,
    )


@pytest.mark.parametrize(
    ("closed_on", "reason", "field", "sentence"),
    [
        ("31/12/2019", "MISTAKE", "closed_on", "Ngày ra khỏi sổ không được trước ngày 01/01/2020 là ngày vào sổ."),
        ("11/02/2026", "MISTAKE", "closed_on", "Ngày ra khỏi sổ không được sau hôm nay."),
        ("10/02/2026", "", "reason", "Hãy chọn lý do đưa ra khỏi sổ."),
    ],
)
def test_close_refuses_bad_days_and_reasons(hamlet, officer, closed_on, reason, field, sentence):
    registrant = make_household(hamlet)

    with pytest.raises(RegisterError) as refusal:
        register.close_registrant(
            actor=officer, registrant=registrant, reason=reason, closed_on=day(closed_on), today=day("10/02/2026")
        )

    assert (refusal.value.field, refusal.value.message) == (field, sentence)
    assert Registrant.objects.get().is_open


def test_reopening_in_the_same_year_undoes_the_closing(hamlet, officer):
    registrant = make_household(hamlet)
    register.close_registrant(
        actor=officer, registrant=registrant, reason=CloseReason.MISTAKE, closed_on=day("10/02/2026")
    )

    register.reopen_registrant(actor=officer, registrant=registrant, today=day("20/03/2026"))

    registrant.refresh_from_db()
    assert (registrant.closed_on, registrant.close_reason) == (None, "")
    assert list(Stay.objects.values_list("since", "until")) == [(day("01/01/2020"), None)]
    assert tallies(hamlet) == [(2020, 1, 0), (2026, 0, 0)]


def test_reopening_later_leaves_the_years_between_as_they_were(hamlet, officer):
    registrant = make_household(hamlet)
    register.close_registrant(
        actor=officer, registrant=registrant, reason=CloseReason.MOVED_AWAY, closed_on=day("10/02/2024")
    )

    register.reopen_registrant(actor=officer, registrant=registrant, today=day("20/03/2026"))

    assert list(Stay.objects.order_by("since").values_list("since", "until")) == [
        (day("01/01/2020"), day("10/02/2024")),
        (day("20/03/2026"), None),
    ]
    assert [register_total(hamlet, year=year) for year in (2023, 2024, 2025, 2026)] == [1, 0, 0, 1]


def test_reopen_refuses_what_is_open_and_where_nothing_stands_any_more(ward, officer):
    gone = HamletFactory(name="Khu phố 9", parent=ward, valid_to=day("30/06/2025"))
    registrant = make_household(gone, "Lê An")

    with pytest.raises(RegisterError) as refusal:
        register.reopen_registrant(actor=officer, registrant=registrant)
    assert refusal.value.message == "“Lê An” đang ở trong sổ, không cần mở lại."

    register.close_registrant(
        actor=officer, registrant=registrant, reason=CloseReason.DISSOLVED, closed_on=day("01/07/2025")
    )
    with pytest.raises(RegisterError) as refusal:
        register.reopen_registrant(actor=officer, registrant=registrant)
    assert refusal.value.message == (
        "Khu phố 9 không còn từ ngày 01/07/2025. Hãy thêm “Lê An” vào khu phố, thôn hiện nay."
    )


@pytest.mark.parametrize("role", [Role.DECIDER, Role.INSPECTOR, Role.LEADER, Role.ADMINISTRATOR])
def test_readers_change_nothing(hamlet, ward, role):
    reader, registrant = make_officer(role, ward), make_household(hamlet)

    for change in (
        lambda: register.correct_household(actor=reader, registrant=registrant, name="Khác"),
        lambda: register.close_registrant(actor=reader, registrant=registrant, reason="MISTAKE", closed_on=NEW_YEAR),
        lambda: register.reopen_registrant(actor=reader, registrant=registrant),
    ):
        with pytest.raises(NotAllowed) as refusal:
            change()
        assert refusal.value.message == "Bạn không giữ sổ của địa bàn này."


def test_a_command_without_a_person_may_do_everything(hamlet):
    registrant = register.add_household(actor=None, hamlet=hamlet, name="Lê An", opened_on=NEW_YEAR)
    register.correct_household(actor=None, registrant=registrant, name="Lê Ân")
    register.close_registrant(actor=None, registrant=registrant, reason="MISTAKE", closed_on=day("10/02/2026"))
    register.reopen_registrant(actor=None, registrant=registrant, today=day("11/02/2026"))

    assert Registrant.objects.values_list("name", "closed_on").get() == ("Lê Ân", None)


# --- Totals


@pytest.mark.django_db
def test_totals_by_place_come_from_the_tally(django_assert_num_queries):
    province = ProvinceFactory()
    wards = [CommuneFactory(parent=province) for _ in range(2)]
    hamlets = [HamletFactory(parent=wards[0]), HamletFactory(parent=wards[0]), HamletFactory(parent=wards[1])]
    for place, count in zip(hamlets, (2, 1, 3), strict=True):
        for number in range(count):
            make_household(place, f"Lê An {number}", opened_on=day("01/03/2024"))
    make_household(hamlets[0], "Lê Ba", opened_on=day("01/03/2025"))

    with django_assert_num_queries(3):
        assert register_totals(province, "commune") == {wards[0].pk: 4, wards[1].pk: 3}
        assert register_totals(wards[0], "hamlet", year=2024) == {hamlets[0].pk: 2, hamlets[1].pk: 1}
        assert register_totals(None, "province") == {province.pk: 7}
    assert (register_total(province), register_total(None, year=2024), register_total(wards[1])) == (7, 6, 3)


# --- Communities


def test_communities_of_a_ward_are_entered_once(ward, hamlet, neighbour, officer):
    HamletFactory(name="Khu phố 9", parent=ward, valid_to=day("30/06/2025"))

    added = communities.ensure_communities(actor=officer, commune=ward, opened_on=NEW_YEAR)

    assert sorted(row.name for row in added) == ["Khu phố 1", "Khu phố 2", "Phường Hòa Hưng"]
    assert list(Community.objects.order_by("pk").values_list("place", flat=True)) == [ward.pk, hamlet.pk, neighbour.pk]
    assert set(Registrant.objects.values_list("kind", "opened_on", "commune")) == {("COMMUNITY", NEW_YEAR, ward.pk)}
    assert register_total(ward, kind=RegistrantKind.COMMUNITY) == 3
    assert register_total(hamlet, kind=RegistrantKind.COMMUNITY) == 1
    assert communities.ensure_communities(actor=officer, commune=ward) == []


def test_ensuring_thirty_communities_costs_as_many_statements_as_three(ward):
    counts = []
    for hamlets in (2, 29):
        for number in range(hamlets):
            HamletFactory(name=f"Ấp {hamlets}-{number}", parent=ward)
        with CaptureQueriesContext(connection) as captured:
            communities.ensure_communities(actor=None, commune=ward)
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert Community.objects.count() == 32


@pytest.mark.django_db
def test_community_of_a_place_that_ended_enters_closed():
    old_ward = CommuneFactory(name="Phường 6", valid_from=None, valid_to=day("30/06/2025"))

    registrant = communities.add_community(actor=None, place=old_ward, opened_on=day("01/01/2017"))

    assert (registrant.name, registrant.closed_on, registrant.close_reason) == (
        "Phường 6",
        day("01/07/2025"),
        "DISSOLVED",
    )
    totals = [register_total(old_ward, kind="COMMUNITY", year=year) for year in (2016, 2017, 2024, 2025)]
    assert totals == [0, 1, 1, 0]
    assert communities.add_community(actor=None, place=old_ward) == registrant


@pytest.mark.django_db
def test_community_begins_with_its_place():
    ward = CommuneFactory(valid_from=day("01/07/2025"))
    young = HamletFactory(name="Khu phố 1", parent=ward, valid_from=day("01/02/2026"))
    HamletFactory(name="Khu phố 2", parent=ward)

    communities.ensure_communities(actor=None, commune=ward)

    assert dict(Registrant.objects.values_list("name", "opened_on")) == {
        ward.name: day("01/07/2025"),
        "Khu phố 1": day("01/02/2026"),
        "Khu phố 2": day("01/07/2025"),
    }
    assert communities.add_community(actor=None, place=young).opened_on == day("01/02/2026")


def test_communities_are_entered_by_who_keeps_the_place(ward, hamlet, branch_officer):
    with pytest.raises(NotAllowed):
        communities.ensure_communities(actor=branch_officer, commune=ward)
    assert communities.add_community(actor=branch_officer, place=hamlet).hamlet == hamlet


def test_only_wards_and_hamlets_are_communities(ward):
    with pytest.raises(RegisterError) as refusal:
        communities.add_community(actor=None, place=ward.province)
    assert refusal.value.message == "Chỉ khu phố, thôn, ấp và phường, xã có cộng đồng học tập trong sổ."
    with pytest.raises(RegisterError):
        communities.ensure_communities(actor=None, commune=ward.province)


# --- Two at once


def together(*actions) -> list:
    """Run the actions in threads of their own at the same moment; their results or exceptions, in order."""
    barrier, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(position, action):
        try:
            barrier.wait(timeout=60)
            results[position] = action()
        except Exception as error:
            results[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    return results


@pytest.mark.django_db(transaction=True)
def test_double_click_on_save_enters_one_household():
    hamlet = HamletFactory()
    entry = {"actor": None, "hamlet": hamlet, "name": "Lê An", "opened_on": NEW_YEAR, "seen_duplicates": ()}

    results = together(*[lambda: register.add_household(**entry)] * 4)

    assert sorted(type(result).__name__ for result in results) == ["PossibleDuplicate"] * 3 + ["Registrant"]
    assert Registrant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_close_one_household_at_the_same_moment_the_second_is_told_who_did_it():
    registrant = make_household(HamletFactory(), "Lê An")

    def close(name, reason):
        with pghistory.context(user=None, user_name=name, url="", ip=""):
            register.close_registrant(actor=None, registrant=registrant, reason=reason, closed_on=timezone.localdate())

    results = together(lambda: close("Trần Bé", "MOVED_AWAY"), lambda: close("Hồ Cúc", "MISTAKE"))

    registrant.refresh_from_db()
    first = "Trần Bé" if registrant.close_reason == "MOVED_AWAY" else "Hồ Cúc"
    refused = [result.message for result in results if result]
    assert len(refused) == 1 and f"({registrant.get_close_reason_display()}), {first} ghi lúc " in refused[0]


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_the_same_moment_one_wins_and_one_is_told():
    registrant = make_household(HamletFactory(), members=3)
    drawn = register.household_version(registrant.pk)

    results = together(
        *[
            lambda members=members: register.correct_household(
                actor=None, registrant=registrant, version=drawn, members=members
            )
            for members in (4, 5, 6, 7)
        ]
    )

    assert sorted(type(result).__name__ for result in results) == ["ChangedMeanwhile"] * 3 + ["Registrant"]
    winner = next(result for result in results if isinstance(result, Registrant))
    assert Household.objects.get().members == winner.household.members


@pytest.mark.django_db(transaction=True)
def test_closing_at_the_same_moment_counts_once():
    hamlet = HamletFactory()
    registrant = make_household(hamlet)
    values = {"actor": None, "registrant": registrant, "reason": "MISTAKE", "closed_on": day("10/02/2026")}

    results = together(*[lambda: register.close_registrant(**values)] * 3)

    assert sorted(type(result).__name__ for result in results) == ["RegisterError", "RegisterError", "Registrant"]
    assert tallies(hamlet) == [(2020, 1, 0), (2026, 0, 1)]


@pytest.mark.django_db(transaction=True)
def test_ensuring_communities_twice_at_once_enters_each_once():
    ward = HamletFactory().commune

    results = together(*[lambda: communities.ensure_communities(actor=None, commune=ward)] * 3)

    assert sorted(len(result) for result in results) == [0, 0, 2]
    assert Community.objects.count() == 2
