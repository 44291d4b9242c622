"""The association's own figures and its training register: sums, refusals, and who counts as trained."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from recognition.domain.association import (
    FIGURES,
    association_rows,
    cancel_training,
    record_association_year,
    record_attendance,
    save_training,
    trained_share,
)
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.models import AssociationYear, Season, Training
from tests.factories.units import CommuneFactory, HamletFactory, ProvinceFactory, make_officer
from units.choices import Role

pytestmark = pytest.mark.django_db
YEAR = 2026


def write(place, year=YEAR, **figures):
    return AssociationYear.objects.create(place=place, year=year, source="BC 01/BC-HKH", **figures)


@pytest.fixture
def province():
    return ProvinceFactory()


@pytest.fixture
def wards(province):
    return [CommuneFactory(parent=province, name=f"Phường {n}") for n in range(3)]


def test_a_province_sums_its_wards_and_says_who_is_silent(province, wards):
    write(wards[0], members=300, population=1000, fund=0)
    write(wards[1], members=28, population=200)
    write(province, members=999)

    rows, total = association_rows(province, YEAR)

    assert [(row.values["members"], row.values["fund"], row.reported, row.places) for row in rows] == [
        (300, 0, 1, 1),
        (28, None, 1, 1),
        (None, None, 0, 1),
    ]
    assert (total.values["members"], total.values["fund"], total.values["centres"]) == (328, 0, None)
    assert (total.reported, total.places, total.own) == (2, 3, False)
    assert total.member_share == Decimal("27.33")  # 328/1200 = 27,333… %


def test_a_province_without_reporting_wards_shows_its_own_figures(province, wards):
    write(province, members=1000, population=3333)

    _rows, total = association_rows(province, YEAR)
    national, nation = association_rows(None, YEAR)

    assert (total.values["members"], total.own, total.reported) == (1000, True, 0)
    own = [row for row in national if row.place == province]
    assert [(row.values["members"], row.own) for row in own] == [(1000, True)]
    assert nation.values["members"] == 1000


def test_a_ward_that_ended_before_the_year_is_not_waited_for(province, wards):
    CommuneFactory(parent=province, valid_from=None, valid_to=datetime.date(2025, 6, 30))

    assert association_rows(province, 2026)[1].places == 3
    assert association_rows(province, 2024)[1].places == 1


def test_correcting_replaces_and_keeps_the_old_figures_in_the_history(wards):
    officer = make_officer(Role.WARD_OFFICER, wards[0])
    figures = dict.fromkeys(FIGURES) | {"members": 10}
    record_association_year(actor=officer, place=wards[0], year=2025, figures=figures, source=" BC  01 ")
    row = record_association_year(
        actor=officer, place=wards[0], year=2025, figures=figures | {"members": 12}, source="BC 02"
    )

    assert list(row.events.order_by("pgh_id").values_list("members", "source")) == [(10, "BC 01"), (12, "BC 02")]


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({}, "Hãy ghi ít nhất một số liệu."),
        ({"members": 11, "population": 10}, "Số hội viên không thể nhiều hơn dân số."),
        ({"branches": 200_000_001}, "Số này quá lớn, hãy xem lại."),
    ],
)
def test_figures_that_cannot_be_are_refused(wards, figures, sentence):
    officer = make_officer(Role.WARD_OFFICER, wards[0])
    with pytest.raises(RecognitionError) as refused:
        record_association_year(
            actor=officer, place=wards[0], year=2025, figures=dict.fromkeys(FIGURES) | figures, source="BC"
        )
    assert refused.value.message == sentence
    assert not AssociationYear.objects.exists()


def test_members_as_many_as_people_are_possible_and_the_database_refuses_one_more(wards):
    row = write(wards[0], members=10, population=10)
    row.members = 11
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_other_wards_and_other_roles_may_not_write(wards):
    for who in (make_officer(Role.WARD_OFFICER, wards[1]), make_officer(Role.INSPECTOR, wards[0])):
        with pytest.raises(NotPermitted):
            record_association_year(
                actor=who, place=wards[0], year=2025, figures=dict.fromkeys(FIGURES) | {"members": 1}, source="BC"
            )


def held(actor, place, on=datetime.date(YEAR, 3, 1), title="Bộ tiêu chí"):
    return save_training(actor=actor, training=Training(place=place, held_on=on, title=title))


def test_who_was_trained_counts_once_and_cancelled_sessions_do_not_count(wards):
    ward, other = wards[0], wards[1]
    hamlet = HamletFactory(parent=ward)
    chair = make_officer(Role.WARD_CHAIR, ward, name="Trần Thị Chi")
    branch = make_officer(Role.HAMLET_OFFICER, hamlet, name="Lê Văn Ba")
    make_officer(Role.HAMLET_OFFICER, hamlet, name="Phạm Thị Tư")
    stranger = make_officer(Role.WARD_OFFICER, other, name="Ngô Văn Dũng")
    first, second = held(chair, ward), held(chair, ward, title="Cách ghi biểu")
    with pytest.raises(RecognitionError, match="Lớp này đã có trong danh sách: cùng ngày, cùng nội dung"):
        held(chair, ward)  # sent twice; it would count as two sessions

    came = record_attendance(
        actor=chair,
        training=first,
        user_ids=[chair.pk, branch.pk, stranger.pk],
        names="Nguyễn Văn Khách\n\n nguyen van khach \nLê Văn Ba",
    )
    record_attendance(actor=chair, training=second, user_ids=[branch.pk], names="")

    assert came == 3  # the stranger is no officer here; a name twice, or of an officer ticked, counts once
    assert sorted(first.attendances.values_list("name", flat=True)) == ["Lê Văn Ba", "Nguyễn Văn Khách", "Trần Thị Chi"]
    share = trained_share(ward, YEAR)
    assert (share.trained, share.officers, share.sessions, share.percent) == (2, 3, 2, Decimal("66.67"))
    cancel_training(actor=chair, training=first, reason="Mưa bão")
    share = trained_share(ward, YEAR)
    assert (share.trained, share.officers, share.sessions) == (1, 3, 1)
    with pytest.raises(RecognitionError, match="đã hủy"):
        record_attendance(actor=chair, training=first, user_ids=[], names="")
    assert held(chair, ward).pk and save_training(actor=chair, training=second).pk == second.pk


def test_attendance_waits_for_the_day(wards):
    chair = make_officer(Role.WARD_CHAIR, wards[0])
    session = held(chair, wards[0], on=datetime.date(2099, 1, 1))
    with pytest.raises(RecognitionError, match="chưa diễn ra"):
        record_attendance(actor=chair, training=session, user_ids=[chair.pk], names="")


def test_a_locked_year_keeps_the_figures_and_trainings_its_reports_count(client, wards):
    officer = make_officer(Role.WARD_OFFICER, wards[0])
    held = Training(place=wards[0], held_on=datetime.date(2024, 5, 4), title="Nghiệp vụ")
    save_training(actor=officer, training=held)
    season = {"opens_on": datetime.date(2024, 1, 1), "closes_on": datetime.date(2024, 12, 31)}
    Season.objects.create(year=2024, is_closed=True, **season)
    moved = Training.objects.get()
    moved.held_on = datetime.date(2025, 5, 4)  # out of the locked year, and another one into it
    late = Training(place=wards[0], held_on=datetime.date(2024, 12, 31), title="Bổ sung")
    figures = {"place": wards[0], "figures": {"members": 5}, "source": "BC"}

    for act in (
        lambda: record_association_year(actor=officer, year=2024, **figures),
        lambda: save_training(actor=officer, training=moved),
        lambda: save_training(actor=officer, training=late),
        lambda: cancel_training(actor=officer, training=held, reason="Hoãn"),
        lambda: record_attendance(actor=officer, training=held, user_ids=[], names="Lê An"),
    ):
        with pytest.raises(RecognitionError, match="^Năm 2024 đã khóa sổ.$"):
            act()
    kept = Training.objects.get()
    assert (kept.held_on.year, kept.cancelled_reason, kept.attendances.count()) == (2024, "", 0)
    record_association_year(actor=officer, year=2025, **figures)
    assert AssociationYear.objects.get().year == 2025

    client.force_login(officer)
    figures_url = reverse("recognition:association-place", args=[wards[0].pk])
    session_url = reverse("recognition:training-detail", args=[held.pk])
    for url, button in ((f"{figures_url}?nam=2024", "Ghi số liệu năm"), (session_url, "Lưu người dự")):
        page = client.get(url).content.decode()
        assert ("Năm 2024 đã khóa sổ." in page, button in page) == (True, False), url
    assert "Ghi số liệu năm" in client.get(f"{figures_url}?nam=2025").content.decode()
    refused = client.post(session_url, {"names": "Lê An"})
    assert (refused.status_code, "Năm 2024 đã khóa sổ." in refused.content.decode()) == (422, True)


def test_a_number_is_typed_the_vietnamese_way_and_wrong_ones_stay_on_the_page(client, wards):
    chair = make_officer(Role.WARD_CHAIR, wards[0])
    client.force_login(chair)
    address = reverse("recognition:association-edit", args=[wards[0].pk]) + "?nam=2025"

    wrong = client.post(address, {"members": "nhiều", "branches": "7", "source": "BC 01"})
    right = client.post(address, {"members": "1.250", "fund": "36.300.000", "source": "BC 01"}, follow=True)

    assert wrong.status_code == 422
    assert "Hãy nhập một số nguyên, ví dụ 1.250." in wrong.content.decode()
    assert 'value="nhiều"' in wrong.content.decode() and 'value="7"' in wrong.content.decode()
    row = AssociationYear.objects.get()
    assert (row.year, row.members, row.fund, row.branches) == (2025, 1250, 36_300_000, None)
    assert "36.300.000" in right.content.decode()


def test_a_page_costs_the_same_for_any_number_of_rows(client, django_assert_num_queries, province):
    client.force_login(make_officer(Role.LEADER, province))
    address = reverse("recognition:association-place", args=[province.pk]) + f"?nam={YEAR}"
    write(CommuneFactory(parent=province), members=1)
    client.get(address)

    for _more in range(2):
        with django_assert_num_queries(13):
            assert client.get(address).status_code == 200
        for number in range(2):
            write(CommuneFactory(parent=province, name=f"Phường {number}"), members=1)


@pytest.mark.parametrize(
    "short, long",
    [
        ("/hoi/", "/hoi/{pk}/"),
        ("/tong-ket/", "/tong-ket/{pk}/"),
        ("/bao-cao-nam/", "/bao-cao-nam/dia-ban/{pk}/"),
        ("/trung/", "/trung/dia-ban/{pk}/"),
    ],
)
def test_a_short_address_goes_on_to_the_own_place_with_its_year(client, wards, short, long):
    client.force_login(make_officer(Role.WARD_OFFICER, wards[0]))

    assert client.get(f"{short}?nam=2025").url == f"{long.format(pk=wards[0].pk)}?nam=2025"
    assert client.get(short).url == long.format(pk=wards[0].pk)
