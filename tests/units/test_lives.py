"""What happens to a household, and that past years stay as they were counted."""

import datetime
import random
import threading

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
)
from tests.units.test_register import together
from units.choices import HeadChange, RegistrantKind, Role
from units.domain import citizens, clans, lives, register
from units.domain.duplicates.merging import merge_duplicates
from units.domain.errors import ChangedMeanwhile, NotAllowed, RegisterError
from units.domain.totals import register_total
from units.models import Citizen, ClanMembership, Household, Place, Registrant, Stay

pytestmark = pytest.mark.django_db
START = datetime.date(2023, 5, 1)
MOVED = datetime.date(2025, 3, 1)


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
def elsewhere():
    return HamletFactory(name="Khu phố 3", parent=CommuneFactory(name="Phường Vườn Lài", valid_from=None))


@pytest.fixture
def home(hamlet):
    return make_household(hamlet, "Nguyễn Văn Hòa", opened_on=START, members=6, adults=4, pupils=2)


@pytest.fixture
def officer(ward):
    return make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")


@pytest.fixture
def an(officer) -> Client:
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response) -> str:
    return response.content.decode()


def url(what: str, registrant: Registrant) -> str:
    return reverse(f"units:household-{what}", args=[registrant.pk])


def by_year(place, kind=RegistrantKind.HOUSEHOLD) -> list[int]:
    return [register_total(place, kind=kind, year=year) for year in (2023, 2024, 2025, 2026)]


# --- Moving


def test_moving_to_another_ward_counts_each_year_where_it_stood(hamlet, elsewhere, home, officer):
    make_citizen(home, opened_on=START)
    moved = lives.move(actor=officer, registrant=home, hamlet=elsewhere, on=MOVED)

    assert (moved.hamlet_id, moved.commune_id, moved.is_open) == (elsewhere.pk, elsewhere.commune_id, True)
    for kind in (RegistrantKind.HOUSEHOLD, RegistrantKind.CITIZEN):
        assert by_year(hamlet, kind) == by_year(hamlet.commune, kind) == [1, 1, 0, 0]
        assert by_year(elsewhere, kind) == by_year(elsewhere.commune, kind) == [0, 0, 1, 1]
    assert list(Stay.objects.filter(registrant=home).order_by("since").values_list("hamlet", "since", "until")) == [
        (hamlet.pk, START, MOVED),
        (elsewhere.pk, MOVED, None),
    ]
    with pytest.raises(NotAllowed):  # handed over
        lives.move(actor=officer, registrant=home, hamlet=hamlet, on=MOVED)


def test_somebody_who_came_in_after_the_day_is_counted_at_the_new_place_only(hamlet, neighbour, home, officer):
    late = make_citizen(home, opened_on=datetime.date(2025, 6, 1))
    lives.move(actor=officer, registrant=home, hamlet=neighbour, on=MOVED)

    assert by_year(hamlet, RegistrantKind.CITIZEN) == [0, 0, 0, 0]
    assert by_year(neighbour, RegistrantKind.CITIZEN) == [0, 0, 1, 1]
    late.refresh_from_db()
    assert late.hamlet == neighbour


def test_moves_that_cannot_be(ward, hamlet, neighbour, home, officer):
    gone = HamletFactory(name="Khu phố 9", parent=ward, valid_to=datetime.date(2025, 6, 30))
    young = HamletFactory(name="Khu phố 8", parent=ward, valid_from=datetime.date(2025, 7, 1))
    sentences = []
    for place, day in (
        (hamlet, MOVED),
        (ward, MOVED),
        (gone, MOVED),
        (young, MOVED),
        (neighbour, datetime.date(2020, 1, 1)),
        (neighbour, datetime.date(2999, 1, 1)),
    ):
        with pytest.raises(RegisterError) as refusal:
            lives.move(actor=officer, registrant=home, hamlet=place, on=day)
        sentences.append((refusal.value.field, refusal.value.message))

    assert sentences == [
        ("hamlet", "Hộ đang ở Khu phố 1, hãy chọn nơi khác."),
        ("hamlet", "Hộ gia đình phải thuộc một khu phố, thôn hoặc ấp."),
        (
            "hamlet",
            "Khu phố 9 không có vào ngày 01/03/2025 hoặc nay không còn. Hãy xem lại nơi đến và ngày chuyển.",
        ),
        (
            "hamlet",
            "Khu phố 8 không có vào ngày 01/03/2025 hoặc nay không còn. Hãy xem lại nơi đến và ngày chuyển.",
        ),
        ("on", "Ngày này không được trước ngày 01/05/2023 là ngày “Nguyễn Văn Hòa” về nơi đang ở."),
        ("on", "Ngày này không được sau hôm nay."),
    ]
    assert by_year(hamlet) == [1, 1, 1, 1]


def test_readers_and_strangers_move_nothing(ward, hamlet, elsewhere, home):
    for actor in (make_officer(Role.LEADER, ward), make_officer(Role.WARD_OFFICER, elsewhere.commune)):
        with pytest.raises(NotAllowed):
            lives.move(actor=actor, registrant=home, hamlet=elsewhere, on=MOVED)


# --- Head


def test_change_of_head_stands_in_the_history_with_day_and_reason(home, an):
    version = an.get(url("head", home)).context["form"].initial["version"]
    answer = {"name": "TRẦN THỊ BA", "reason": "DIED", "on": "01/02/2026", "version": version}
    page = an.post(url("head", home), answer, follow=True)

    assert "Chủ hộ nay là “Trần Thị Ba”." in text(page)
    newest = page.context["history"][0]
    assert newest.text == "Đổi chủ hộ từ ngày 01/02/2026: Chủ hộ cũ qua đời"
    assert newest.changes == [("Tên", "Nguyễn Văn Hòa", "Trần Thị Ba")]
    stale = an.post(url("head", home), answer | {"name": "Lê Văn Tư"})
    assert "Người khác vừa sửa hộ này" in text(stale)
    assert Registrant.objects.get().name == "Trần Thị Ba"


def test_change_of_head_that_changes_nothing_is_refused(home, officer):
    with pytest.raises(RegisterError) as refusal:
        lives.change_head(actor=officer, registrant=home, name="Nguyễn Văn  Hòa", on=MOVED, reason=HeadChange.AGREED)
    assert refusal.value.message == "“Nguyễn Văn Hòa” đang là chủ hộ."


# --- Split and merge


def test_split_takes_people_off_and_counts_the_new_household_from_that_day(hamlet, home, officer):
    goes, stays = make_citizen(home, "Nguyễn Văn Con"), make_citizen(home, "Nguyễn Thị Mẹ")
    new = lives.split(
        actor=officer,
        registrant=home,
        on=MOVED,
        name="Nguyễn Văn Con",
        address="12/3 Hòa Hưng",
        numbers={"members": 2, "adults": 2, "pupils": 0},
        people=[goes.pk],
    )

    assert list(Household.objects.order_by("pk").values_list("members", "adults", "pupils")) == [(4, 2, 2), (2, 2, 0)]
    assert by_year(hamlet) == [1, 1, 2, 2]
    assert dict(Citizen.objects.values_list("pk", "household")) == {goes.pk: new.pk, stays.pk: home.pk}


def test_second_click_on_split_enters_no_second_household(home, officer):
    entry = {"actor": officer, "registrant": home, "on": MOVED, "name": "Nguyễn Văn Con"}
    lives.split(**entry)
    with pytest.raises(RegisterError) as refusal:
        lives.split(**entry)

    assert refusal.value.message == "Hộ “Nguyễn Văn Con” đã vào sổ ở Khu phố 1 cùng ngày: có lẽ đã tách rồi."
    assert Registrant.objects.households().count() == 2


def test_split_that_does_not_fit_writes_nothing(home, officer):
    other = make_citizen(make_household(home.hamlet))
    for changes, error in (
        ({"numbers": {"members": 6}}, "Hộ chỉ có 6, không tách được 6."),
        ({"numbers": {"members": 2, "adults": 5}}, "Hộ chỉ có 4, không tách được 5."),
        ({"people": [other.pk]}, "Người khác vừa sửa hộ này, nên chưa có gì được lưu. Hãy xem lại rồi làm lại."),
    ):
        with pytest.raises(RegisterError) as refusal:
            lives.split(actor=officer, registrant=home, on=MOVED, name="Nguyễn Văn Con", **changes)
        assert refusal.value.message == error
    assert Registrant.objects.households().count() == 2
    assert Household.objects.get(pk=home.pk).members == 6


def test_merge_adds_people_up_and_takes_the_household_out(hamlet, neighbour, home, officer):
    old = make_household(neighbour, "Nguyễn Thị Bà", opened_on=START, members=2, adults=2, pupils=0)
    person = make_citizen(old, opened_on=START)
    clans.add_families(actor=officer, clan=make_clan(hamlet.commune), households=[old.pk], since=START)

    lives.merge(actor=officer, registrant=old, into=home, on=MOVED)

    old.refresh_from_db()
    person.refresh_from_db()
    assert (old.closed_on, old.close_reason) == (MOVED, "MERGED")
    assert Household.objects.values_list("members", "adults", "pupils").get(pk=home.pk) == (8, 6, 2)
    assert (person.is_open, person.hamlet, person.citizen.household_id) == (True, hamlet, home.pk)
    assert by_year(neighbour) == by_year(neighbour, RegistrantKind.CITIZEN) == [1, 1, 0, 0]
    assert by_year(hamlet, RegistrantKind.CITIZEN) == [0, 0, 1, 1]
    assert ClanMembership.objects.get().until == MOVED


def test_merges_that_cannot_be(elsewhere, home, officer):
    far = make_household(elsewhere, "Lê Xa")
    with pytest.raises(RegisterError) as refusal:
        lives.merge(actor=None, registrant=home, into=far, on=MOVED)
    assert refusal.value.message == "Hai hộ ở hai phường, xã khác nhau. Hãy chuyển hộ về cùng phường, xã trước."
    with pytest.raises(NotAllowed):
        lives.merge(actor=officer, registrant=home, into=far, on=MOVED)
    with pytest.raises(RegisterError):
        lives.merge(actor=officer, registrant=home, into=home, on=MOVED)
    near = make_household(home.hamlet, "Lê Gần", opened_on=START)
    drawn = register.household_version(home.pk)
    register.correct_household(actor=officer, registrant=home, phone="0912345678")
    with pytest.raises(ChangedMeanwhile):
        lives.merge(actor=officer, registrant=home, into=near, on=MOVED, version=drawn)


def test_nobody_goes_to_a_hamlet_that_has_ended(hamlet, neighbour, home):
    """The register of an ended ward waits there to be carried; its hamlets take nobody in any more."""
    Place.objects.filter(commune=hamlet.commune).update(valid_to=MOVED - datetime.timedelta(days=1))
    near, far = make_household(hamlet, "Lê Gần", opened_on=START), make_household(neighbour, "Lê Bên", opened_on=START)
    one, other = make_citizen(near, "Lê Một", opened_on=START), make_citizen(far, "Lê Hai", opened_on=START)
    here, there = (Registrant.objects.get(pk=row.pk) for row in (home, far))

    for verb in (
        lambda: lives.merge(actor=None, registrant=there, into=here, on=MOVED),
        lambda: citizens.transfer(actor=None, registrant=other, host=here, on=MOVED),
        lambda: merge_duplicates(actor=None, kept=here, other=there, on=MOVED),
    ):
        with pytest.raises(RegisterError) as refusal:
            verb()
        assert refusal.value.message == (
            "Khu phố 1 không còn sau ngày 28/02/2025 nên không chuyển ai về đó được nữa. Hãy chuyển sổ của nơi này về"
            " khu phố, thôn hiện nay trước."
        )
    assert not Stay.objects.exclude(until=None).exists()
    # On its last day it still took people in, and nobody moves where both stand in one hamlet.
    citizens.transfer(actor=None, registrant=other, host=here, on=MOVED - datetime.timedelta(days=1))
    lives.merge(actor=None, registrant=Registrant.objects.get(pk=near.pk), into=here, on=MOVED)
    assert set(Citizen.objects.values_list("registrant", "household")) == {(one.pk, home.pk), (other.pk, home.pk)}


# --- Pages


def test_household_is_handed_to_another_ward_on_screen(elsewhere, home, an):
    assert "Nhập vào hộ khác" in text(an.get(url("detail", home)))
    page = an.post(url("move", home), {"hamlet": elsewhere.pk, "on": "01/03/2025"}, follow=True)

    assert page.redirect_chain == [("/ho-gia-dinh/", 302)]
    assert "Hộ “Nguyễn Văn Hòa” đã chuyển đến Khu phố 3, Phường Vườn Lài." in text(page)
    assert an.get(url("detail", home)).status_code == 404
    receiver = Client()
    receiver.force_login(
        make_officer(Role.WARD_OFFICER, elsewhere.commune), backend="django.contrib.auth.backends.ModelBackend"
    )
    history = receiver.get(url("detail", home)).context["history"]
    assert history[0].title == "Chuyển địa bàn"
    assert history[0].text == "Chuyển đến Khu phố 3, Phường Vườn Lài từ ngày 01/03/2025"


def test_split_and_merge_on_screen(hamlet, home, an):
    person = make_citizen(home, "Nguyễn Văn Con")
    version = an.get(url("split", home)).context["form"].initial["version"]
    answer = {"name": "Nguyễn Văn Con", "members": "2", "people": [person.pk], "on": "01/03/2025", "version": version}
    asked = an.post(url("split", home), answer)
    assert asked.context["form"].errors["members"] == [
        "Số còn lại ở hộ cũ không khớp. Hãy ghi cả số người, số người lớn và số học sinh tách ra."
    ]
    answer |= {"adults": "2", "pupils": "0"}
    page = an.post(url("split", home), answer, follow=True)
    assert "Đã tách hộ “Nguyễn Văn Con” từ hộ “Nguyễn Văn Hòa”." in text(page)
    new = Registrant.objects.households().latest("pk")

    nothing = an.post(f"{url('merge', new)}?q=hoa", {"on": "01/04/2025"})
    assert nothing.context["form"].errors["into"] == ["Hãy chọn hộ để nhập vào."]
    version = nothing.context["form"].initial["version"]
    page = an.post(f"{url('merge', new)}?q=hoa", {"into": home.pk, "on": "01/04/2025", "version": version}, follow=True)
    assert "Hộ “Nguyễn Văn Con” đã nhập vào hộ “Nguyễn Văn Hòa”." in text(page)
    assert "Mở lại hộ" in text(page)
    assert Household.objects.get(pk=home.pk).members == 6
    assert by_year(hamlet) == [1, 1, 1, 1]


def test_closed_household_is_reopened_first(home, an):
    an.post(url("close", home), {"reason": "MISTAKE", "closed_on": "01/03/2026"})
    page = an.get(url("move", home), follow=True)
    assert "Hộ này đã ra khỏi sổ. Hãy mở lại hộ trước." in text(page)
    an.post(url("reopen", home))
    assert by_year(home.hamlet) == [1, 1, 1, 1]


# --- Any order of events


def recount(place, kind: str, year: int) -> int:
    """Who stood in a place on 31 December, counted from the stays themselves."""
    day = datetime.date(year, 12, 31)
    rows = Stay.objects.filter(kind=kind, since__lte=day, **{place.fact_column: place.pk})
    return rows.exclude(until__lte=day).count()


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_nobody_is_counted_twice_and_people_stand_with_their_household(seed, elsewhere):
    chance = random.Random(seed)
    ward = CommuneFactory(valid_from=None)
    hamlets = [*(HamletFactory(name=f"Khu phố {n}", parent=ward) for n in (1, 2, 3)), elsewhere]
    homes = [make_household(chance.choice(hamlets), f"Lê {n}", opened_on=START, members=9) for n in range(4)]
    for home in homes:
        make_citizen(home, f"Lê Thị {home.pk}", opened_on=START)

    def step(number: int, on: datetime.date) -> None:
        home = chance.choice(homes)
        home.refresh_from_db()
        what = chance.choice(("move", "move", "split", "merge", "close", "reopen", "correct"))
        if what == "move":
            lives.move(actor=None, registrant=home, hamlet=chance.choice(hamlets), on=on)
        elif what == "split":
            homes.append(lives.split(actor=None, registrant=home, on=on, name=f"Lê tách {number}"))
        elif what == "merge":
            lives.merge(actor=None, registrant=home, into=chance.choice(homes), on=on)
        elif what == "close":
            register.close_registrant(actor=None, registrant=home, reason="MOVED_AWAY", closed_on=on)
        elif what == "reopen":
            register.reopen_registrant(actor=None, registrant=home, today=on)
        else:
            register.correct_household(actor=None, registrant=home, hamlet=chance.choice(hamlets))

    day = START
    for number in range(25):
        day += datetime.timedelta(days=chance.randint(0, 80))
        try:
            with transaction.atomic():
                step(number, min(day, datetime.date(2026, 10, 1)))
        except RegisterError:
            pass  # what cannot be is refused and changes nothing

    for kind in (RegistrantKind.HOUSEHOLD, RegistrantKind.CITIZEN):
        for place in (*hamlets, ward, elsewhere.commune):
            for year in (2023, 2024, 2025, 2026):
                assert register_total(place, kind=kind, year=year) == recount(place, kind, year)
        for year in (2023, 2024, 2025, 2026):
            end = datetime.date(year, 12, 31)
            there = Stay.objects.filter(kind=kind, since__lte=end).exclude(until__lte=end)
            assert there.count() == there.values("registrant").distinct().count()
    people = Citizen.objects.filter(active=True).select_related("registrant", "household__registrant")
    assert {(one.registrant.hamlet_id, one.household.registrant.is_open) for one in people} == {
        (one.household.registrant.hamlet_id, True) for one in people
    }
    open_rows = Registrant.objects.filter(kind__in=("HOUSEHOLD", "CITIZEN"), closed_on__isnull=True)
    assert set(open_rows.values_list("pk", "hamlet")) == set(
        Stay.objects.filter(until__isnull=True).values_list("registrant", "hamlet")
    )


@pytest.mark.django_db(transaction=True)
def test_whoever_waited_for_a_move_finds_the_household_where_it_went():
    """A lock that waits reads the row anew, but joined to the hamlet it stood in before it finds none."""
    ward = CommuneFactory()
    one, two = HamletFactory(parent=ward), HamletFactory(parent=ward)
    home = make_household(one, "Lê An", opened_on=START, members=5)
    moved = threading.Event()

    def move():
        with transaction.atomic():
            lives.move(actor=None, registrant=home, hamlet=two, on=MOVED)
            moved.set()
            connection.cursor().execute("SELECT pg_sleep(0.2)")

    def split():
        moved.wait(60)
        return lives.split(actor=None, registrant=home, on=MOVED, name="Lê Bé", numbers={"members": 2})

    _moved, new = together(move, split)
    assert (new.hamlet, new.household.members) == (two, 2)
    assert set(Registrant.objects.values_list("name", "hamlet")) == {("Lê An", two.pk), ("Lê Bé", two.pk)}
