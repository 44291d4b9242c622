"""Hamlets that end, merge, split and move: who goes where, what stays, what can be undone."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognition.domain.integrity import register_tallies, stays
from recognition.domain.integrity_register import hosts, places
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    PostingFactory,
    make_citizen,
    make_household,
    make_officer,
    make_organisation,
)
from tests.url_matrix.cast import make_community
from units.choices import ImportState, RegistrantKind, Role
from units.domain import register
from units.domain.communities import add_community
from units.domain.errors import NotAllowed, RegisterError
from units.domain.lives import merge as join_homes
from units.domain.places import HamletDraft
from units.domain.reforms.hamlets import (
    close_hamlet,
    merge_hamlets,
    move_hamlet,
    plan_merge,
    plan_split,
    rename_hamlets,
    split_hamlet,
)
from units.domain.reforms.plans import preview
from units.domain.reforms.undoing import undo_change
from units.models import (
    ImportBatch,
    Place,
    PlaceChange,
    Posting,
    RegisterTally,
    Registrant,
    Stay,
    Succession,
)

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 9, 1)
BEFORE = datetime.date(2026, 8, 31)


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))


@pytest.fixture
def ward():
    return CommuneFactory(code="27163", name="Phường Hòa Hưng")


@pytest.fixture
def an(ward):
    return make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")


def hamlets(ward, count=3):
    return [HamletFactory(code=f"{ward.code}-{n:02d}", name=f"Khu phố {n}", parent=ward) for n in range(1, count + 1)]


def where(registrant):
    registrant.refresh_from_db()
    return registrant.place.name


def figures():
    """Everything a total is read from, without rows of nought."""
    names = ("place_id", "level", "commune_id", "district_id", "province_id", "kind", "year", "came", "gone")
    rows = RegisterTally.objects.exclude(came=0, gone=0).order_by("place_id", "kind", "year").values_list(*names)
    return list(rows)


def snapshot():
    """The register and the map, row by row."""
    people = (
        "pk",
        "name",
        "community__place",
        "hamlet_id",
        "commune_id",
        "district_id",
        "province_id",
        "closed_on",
        "close_reason",
    )
    place = ("pk", "code", "name", "parent_id", "valid_from", "valid_to")
    stay = ("pk", "registrant_id", "hamlet_id", "commune_id", "district_id", "province_id", "since", "until")
    return (
        list(Registrant.objects.order_by("pk").values_list(*people)),
        list(Place.objects.order_by("pk").values_list(*place)),
        list(Stay.objects.order_by("pk").values_list(*stay)),
        list(Succession.objects.order_by("pk").values_list("pk", "partial")),
        figures(),
    )


def total(place, year, kind=RegistrantKind.HOUSEHOLD):
    rows = RegisterTally.objects.filter(place=place, kind=kind, year__lte=year)
    return sum(row.came - row.gone for row in rows)


def test_hamlets_merge_into_a_new_one(ward, an):
    one, two, three = hamlets(ward)
    first, second, other = (
        make_household(one, "Nguyễn Văn An"),
        make_household(two, "Trần Thị Bé"),
        make_household(three),
    )
    child = make_citizen(first, "Nguyễn Thị Hoa")
    school = make_organisation(two)
    community = make_community(one)

    change = merge_hamlets(actor=an, hamlets=[one, two], into=HamletDraft("1", "khu phố"), on=DAY)

    new = Place.objects.get(commune=ward, name="Khu phố 1", valid_to=None)
    assert (new.code, new.valid_from, new.kind) == ("27163-04", DAY, "khu phố")
    assert [where(row) for row in (first, second, child, school, other)] == ["Khu phố 1"] * 4 + ["Khu phố 3"]
    assert {first.hamlet_id, second.hamlet_id, child.hamlet_id, school.hamlet_id} == {new.pk}
    assert list(Place.objects.filter(pk__in=[one.pk, two.pk]).values_list("valid_to", flat=True)) == [BEFORE] * 2
    assert list(first.stays.order_by("since").values_list("hamlet", "since", "until")) == [
        (one.pk, datetime.date(2020, 1, 1), DAY),
        (new.pk, DAY, None),
    ]
    community.refresh_from_db()
    assert (community.closed_on, community.close_reason) == (DAY, "DISSOLVED")
    assert sorted(Succession.objects.values_list("from_place", "to_place", "effective_on", "partial")) == [
        (one.pk, new.pk, DAY, False),
        (two.pk, new.pk, DAY, False),
    ]
    assert change.counts == {"HOUSEHOLD": 2, "CLAN": 0, "ORGANISATION": 1, "CITIZEN": 1, "COMMUNITY": 1}
    assert [total(place, 2025) for place in (one, two, three, new, ward)] == [1, 1, 1, 0, 3]
    assert [total(place, 2026) for place in (one, two, three, new, ward)] == [0, 0, 1, 2, 3]
    assert (register_tallies(), stays()) == ([], [])


def test_a_merge_into_one_that_stays(ward, an):
    one, two, _three = hamlets(ward)
    household = make_household(one)

    merge_hamlets(actor=an, hamlets=[one, two], into=two, on=DAY)

    two.refresh_from_db()
    assert (where(household), household.hamlet_id, two.valid_to) == ("Khu phố 2", two.pk, None)
    assert Place.objects.filter(commune=ward).count() == 3


def test_whoever_came_on_the_day_or_later_counts_at_the_new_place_only(ward, an):
    one, two, _three = hamlets(ward)
    late = make_household(one, opened_on=datetime.date(2026, 10, 1))

    change = merge_hamlets(actor=an, hamlets=[one], into=two, on=DAY)

    assert list(late.stays.values_list("hamlet", "since", "until")) == [(two.pk, datetime.date(2026, 10, 1), None)]
    undo_change(actor=an, change=change)
    assert list(late.stays.values_list("hamlet", "since", "until")) == [(one.pk, datetime.date(2026, 10, 1), None)]


def test_hamlets_change_their_names_and_the_past_keeps_the_old_ones(ward, an):
    one, two, three = hamlets(ward)
    three.area_class = "DIFFICULT"
    three.save()
    homes = [make_household(place, name) for place, name in ((one, "Lê An"), (two, "Lê Bé"), (three, "Lê Ca"))]
    citizen, community = make_citizen(homes[0]), make_community(one)
    ba = make_officer(Role.HAMLET_OFFICER, one)
    posting = ba.postings.get()
    before, postings = snapshot(), list(Posting.objects.order_by("pk").values())

    refused = {}
    for told, names in {"nothing": {one: "", two: "Khu phố 2"}, "taken": {one: "kp 3", two: "khu pho 3"}}.items():
        with pytest.raises(RegisterError) as error:
            rename_hamlets(actor=an, names=names, on=DAY)
        refused[told] = error.value.message
    assert refused == {
        "nothing": "Hãy ghi tên mới cho ít nhất một khu phố, thôn.",
        "taken": "Phường Hòa Hưng đã có Khu phố 3. Hãy đặt tên khác hoặc sửa địa bàn đã có.",
    }
    assert snapshot() == before

    # One and two change names, three becomes another kind; all in one go.
    change = rename_hamlets(actor=an, names={one: "2", two: "Khu phố 1", three: "Ấp Bàu Sim"}, on=DAY)
    assert [where(row) for row in (*homes, citizen)] == ["Khu phố 2", "Khu phố 1", "Ấp Bàu Sim", "Khu phố 2"]
    new = {place.name: place for place in Place.objects.filter(commune=ward, valid_to=None)}
    assert {name: (place.kind, place.area_class, place.valid_from) for name, place in new.items()} == {
        "Khu phố 1": ("khu phố", "NORMAL", DAY),
        "Khu phố 2": ("khu phố", "NORMAL", DAY),
        "Ấp Bàu Sim": ("ấp", "DIFFICULT", DAY),
    }
    assert list(
        Place.objects.filter(pk__in=[one.pk, two.pk, three.pk]).order_by("pk").values_list("name", "valid_to")
    ) == [
        ("Khu phố 1", BEFORE),
        ("Khu phố 2", BEFORE),
        ("Khu phố 3", BEFORE),
    ]
    assert sorted(Succession.objects.values_list("from_place", "to_place", "partial")) == sorted(
        [
            (one.pk, new["Khu phố 2"].pk, False),
            (two.pk, new["Khu phố 1"].pk, False),
            (three.pk, new["Ấp Bàu Sim"].pk, False),
        ]
    )
    old_and_new = (one, two, three, new["Khu phố 2"], new["Khu phố 1"], new["Ấp Bàu Sim"], ward)
    assert [total(place, 2025) for place in old_and_new] == [1, 1, 1, 0, 0, 0, 3]
    assert [total(place, 2026) for place in old_and_new] == [0, 0, 0, 1, 1, 1, 3]
    # The community is the same one under the new name: nobody has to enter it anew.
    community.refresh_from_db()
    assert (community.name, community.search_name, community.closed_on) == ("Khu phố 2", "khu pho 2", None)
    assert (community.hamlet_id, community.community.place_id) == (new["Khu phố 2"].pk,) * 2
    assert list(community.stays.order_by("since").values_list("hamlet", "until")) == [
        (one.pk, DAY),
        (new["Khu phố 2"].pk, None),
    ]
    assert add_community(actor=an, place=new["Khu phố 2"]) == community
    # The officer goes on under the new name and keeps the people.
    assert sorted(ba.postings.values_list("place__name", "starts_on", "ends_on")) == sorted(
        [("Khu phố 1", posting.starts_on, BEFORE), ("Khu phố 2", DAY, None)]
    )
    assert Registrant.objects.visible_to(ba).households().count() == 1
    assert (register_tallies(), stays()) == ([], [])

    undo_change(actor=an, change=change)
    assert (snapshot(), list(Posting.objects.order_by("pk").values())) == (before, postings)


def test_a_split_by_group_and_by_household(ward, an):
    one, _two, _three = hamlets(ward)
    first, second = make_household(one, "Lê A", group_name="Tổ 1"), make_household(one, "Lê B", group_name="Tổ 2")
    third = make_household(one, "Lê C", group_name="Tổ 2")
    school = make_organisation(one)
    into = [HamletDraft("1", "khu phố"), HamletDraft("4", "khu phố")]

    with pytest.raises(RegisterError) as refused:
        split_hamlet(actor=an, hamlet=one, into=into, groups={"Tổ 1": 0}, registrants={third.pk: 0}, on=DAY)
    assert str(refused.value.message) == (
        "Còn 2 hộ, đơn vị hoặc dòng họ chưa được phân về đâu (Lê B, Trường Tiểu học Hòa Hưng)."
        " Hãy phân hết rồi làm lại."
    )
    assert not PlaceChange.objects.exists()

    split_hamlet(
        actor=an,
        hamlet=one,
        into=into,
        groups={"Tổ 1": 0, "Tổ 2": 1},
        registrants={third.pk: 0, school.pk: 1},
        on=DAY,
    )
    assert [where(row) for row in (first, second, third, school)] == [
        "Khu phố 1",
        "Khu phố 4",
        "Khu phố 1",
        "Khu phố 4",
    ]
    assert list(Succession.objects.values_list("partial", flat=True)) == [True, True]


def test_a_hamlet_moves_to_another_commune(ward):
    one = hamlets(ward)[0]
    other = CommuneFactory(code="27001", name="Phường Vườn Lài", parent=ward.parent)
    household = make_household(one)
    officer = make_officer(Role.WARD_OFFICER, ward)
    admin = make_officer(Role.ADMINISTRATOR, None)

    with pytest.raises(NotAllowed) as refused:
        move_hamlet(actor=officer, hamlet=one, commune=other, on=DAY)
    assert "Phường Vườn Lài" in str(refused.value.message)

    change = move_hamlet(actor=admin, hamlet=one, commune=other, on=DAY)
    household.refresh_from_db()
    assert (household.commune_id, household.hamlet.code, household.hamlet.name) == (other.pk, "27001-01", "Khu phố 1")
    assert [total(place, 2025) for place in (ward, other)] == [1, 0]
    assert [total(place, 2026) for place in (ward, other)] == [0, 1]
    assert set(PlaceChange.objects.at(other)) == set(PlaceChange.objects.at(ward)) == {change}


def test_only_an_empty_hamlet_just_ends(ward, an):
    one, two, _three = hamlets(ward)
    make_household(one)

    with pytest.raises(RegisterError) as refused:
        close_hamlet(actor=an, hamlet=one, on=DAY)
    assert str(refused.value.message) == (
        "Khu phố 1 còn 1 hộ, đơn vị hoặc dòng họ trong sổ. Hãy nhập nơi này vào khu phố, thôn khác."
    )
    close_hamlet(actor=an, hamlet=two, on=DAY)
    two.refresh_from_db()
    assert two.valid_to == BEFORE


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (
            datetime.date(2026, 12, 1),
            "Ngày có hiệu lực không được sau hôm nay. Hãy làm việc này từ ngày 01/12/2026.",
        ),
        (
            datetime.date(2025, 12, 31),
            "Ngày có hiệu lực phải trong năm 2026; danh sách của các năm trước giữ nguyên.",
        ),
    ],
)
def test_days_that_cannot_be(ward, an, on, sentence):
    one, two, _three = hamlets(ward)

    with pytest.raises(RegisterError) as refused:
        merge_hamlets(actor=an, hamlets=[one], into=two, on=on)
    assert str(refused.value.message) == sentence


def test_what_a_merge_refuses(ward, an):
    one, two, _three = hamlets(ward)
    elsewhere = HamletFactory()

    def refusal(**values):
        with pytest.raises(RegisterError) as refused:
            merge_hamlets(**{"actor": an, "hamlets": [one, two], "into": two, "on": DAY} | values)
        return str(refused.value.message)

    assert refusal(into=HamletDraft("3", "khu phố")) == (
        "Phường Hòa Hưng đã có Khu phố 3. Hãy đặt tên khác hoặc sửa địa bàn đã có."
    )
    assert refusal(hamlets=[one], into=HamletDraft("9", "khu phố")) == (
        "Nhập thành khu phố, thôn mới cần ít nhất hai nơi."
    )
    assert refusal(hamlets=[one, elsewhere]) == "Các khu phố, thôn được nhập phải cùng một phường, xã."
    assert refusal(into=elsewhere) == "Hãy chọn nơi nhập vào là khu phố, thôn của Phường Hòa Hưng còn vào ngày đó."
    ImportBatch.objects.create(place=ward, year=2026, state=ImportState.CONFIRMING, file_name="ho.xlsx")
    assert refusal() == ("Danh sách ho.xlsx đang được ghi vào sổ ở đây. Hãy đợi xong rồi làm lại; chưa có gì thay đổi.")


def test_a_stranger_reforms_nothing(ward):
    one, two, _three = hamlets(ward)
    hamlet_officer = make_officer(Role.HAMLET_OFFICER, one)

    with pytest.raises(NotAllowed):
        merge_hamlets(actor=hamlet_officer, hamlets=[one], into=two, on=DAY)


def test_the_preview_counts_and_writes_nothing(ward, an):
    one, two, _three = hamlets(ward)
    make_citizen(make_household(one))
    make_community(one)
    ba = make_officer(Role.HAMLET_OFFICER, one, name="Trần Văn Ba")
    before = snapshot()

    shown = preview(plan_merge(actor=an, hamlets=[one], into=two, on=DAY))

    assert shown.counts == {"HOUSEHOLD": 1, "CLAN": 0, "ORGANISATION": 0, "CITIZEN": 1, "COMMUNITY": 1}
    assert [(posting.user, posting.place) for posting in shown.postings] == [(ba, one)]
    assert (shown.unassigned, shown.open_work) == (0, 0)
    assert snapshot() == before
    into = [HamletDraft("1", "khu phố"), HamletDraft("8", "khu phố")]
    assert preview(plan_split(actor=an, hamlet=one, into=into, on=DAY)).unassigned == 1


def test_postings_stay_where_they_are(ward, an):
    one, two, _three = hamlets(ward)
    posting = PostingFactory(role=Role.HAMLET_OFFICER, place=one)

    merge_hamlets(actor=an, hamlets=[one], into=two, on=DAY)

    posting.refresh_from_db()
    assert (posting.place, posting.ends_on) == (one, None)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (
            lambda new, moved, ward, an: make_household(new, "Hộ Mới", opened_on=datetime.date(2026, 10, 1)),
            "Không hoàn tác được: có 1 đối tượng mới vào sổ ở nơi mới.",
        ),
        (
            lambda new, moved, ward, an: PostingFactory(role=Role.HAMLET_OFFICER, place=new),
            "Không hoàn tác được: có 1 người được phân công ở nơi mới.",
        ),
        (
            lambda new, moved, ward, an: merge_hamlets(
                actor=an, hamlets=[new], into=Place.objects.get(name="Khu phố 3"), on=datetime.date(2026, 10, 1)
            ),
            "Không hoàn tác được: có 1 đối tượng đã chuyển đi, ra khỏi sổ hoặc trở lại sổ sau đó;"
            " 1 lần sắp xếp sau đó ở nơi mới.",
        ),
        (
            lambda new, moved, ward, an: HamletFactory(name="Khu phố 1", parent=ward),
            "Không hoàn tác được: nay đã có khu phố, thôn khác mang tên cũ. Hãy đổi tên nơi đó trước.",
        ),
    ],
)
def test_what_was_built_on_is_not_undone(ward, an, build, sentence):
    one, two, _three = hamlets(ward)
    moved = make_household(one)
    change = merge_hamlets(actor=an, hamlets=[one, two], into=HamletDraft("9", "khu phố"), on=DAY)
    build(Place.objects.get(name="Khu phố 9"), moved, ward, an)
    before = snapshot()

    with pytest.raises(RegisterError) as refused:
        undo_change(actor=an, change=change)

    assert str(refused.value.message) == sentence
    assert snapshot() == before


def test_who_came_and_left_since_the_hamlet_turns_out_to_have_ended(ward, an):
    one, two, _three = hamlets(ward)
    guest = make_household(one, opened_on=DAY + datetime.timedelta(days=9))
    register.close_registrant(
        actor=an, registrant=guest, reason="MOVED_AWAY", closed_on=DAY + datetime.timedelta(days=20)
    )
    community = add_community(actor=an, place=one, opened_on=DAY + datetime.timedelta(days=30))
    before = snapshot()

    change = merge_hamlets(actor=an, hamlets=[one], into=two, on=DAY)

    community.refresh_from_db()
    assert (community.opened_on, community.closed_on) == (DAY + datetime.timedelta(days=30),) * 2
    assert (total(one, 2026), total(one, 2026, RegistrantKind.COMMUNITY), places()) == (0, 0, [])
    undo_change(actor=an, change=change)
    assert snapshot() == before


def test_people_who_joined_a_household_since_keep_the_reform(ward, an):
    """Two families are merged after their hamlets were: taking the hamlets apart would part people from their home."""
    one, two, _three = hamlets(ward)
    stays_on, joins = make_household(one, "Hộ A"), make_household(two, "Hộ B")
    child = make_citizen(joins)
    change = merge_hamlets(actor=an, hamlets=[one], into=two, on=DAY)
    join_homes(actor=an, registrant=joins, into=stays_on, on=DAY + datetime.timedelta(days=9))
    before = snapshot()

    with pytest.raises(RegisterError) as refused:
        undo_change(actor=an, change=change)

    assert str(refused.value.message) == (
        "Không hoàn tác được: có 1 công dân đã được tính ở hộ hoặc đơn vị khác sau đó."
    )
    assert snapshot() == before
    child.refresh_from_db()
    assert (where(child), hosts()) == ("Khu phố 2", [])


def test_undone_once_only(ward, an):
    one, two, _three = hamlets(ward)
    change = merge_hamlets(actor=an, hamlets=[one], into=two, on=DAY)
    undone = undo_change(actor=an, change=change)

    assert undone.undone_by_name == "Lê Thị An"
    with pytest.raises(RegisterError) as refused:
        undo_change(actor=an, change=change)
    assert str(refused.value.message) == "Việc này đã được hoàn tác."


def test_as_many_statements_for_many_as_for_one(ward):
    one, two, three = hamlets(ward)
    make_household(one)
    for number in range(12):
        make_citizen(make_household(two, f"Hộ {number}"))

    def statements(hamlet):
        with CaptureQueriesContext(connection) as queries:
            merge_hamlets(actor=None, hamlets=[hamlet], into=three, on=DAY)
        return len(queries)

    assert statements(one) == statements(two)
