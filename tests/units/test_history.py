"""History as people read it: who, when, field: before → after."""

import datetime

import pghistory
import pytest
from django.db import connection

from tests.factories.units import HamletFactory, make_household, make_officer
from units.choices import Poverty, Role
from units.domain import history, register
from units.models import Citizen, Clan, Community, Household, Organisation, Place, Registrant, User


def steps(*tracks: history.Track) -> list[tuple]:
    return [(entry.title, entry.actor, entry.changes) for entry in history.timeline(*tracks)]


def household_tracks(registrant: Registrant) -> tuple[history.Track, history.Track]:
    return (
        history.Track(Registrant, [registrant.pk], created="Đưa vào sổ"),
        history.Track(Household, [registrant.pk]),
    )


def in_own_transaction(call, **context):
    """What a request or command does: one transaction, one context."""
    with pghistory.context(**context):
        result = call()
    return result


@pytest.mark.django_db(transaction=True)
def test_life_of_a_household_reads_from_the_newest_step_down():
    hamlet = HamletFactory(name="Khu phố 1")
    other = HamletFactory(name="Khu phố 2", parent=hamlet.commune)
    registrant = in_own_transaction(
        lambda: register.add_household(
            actor=None, hamlet=hamlet, name="Lê An", opened_on=datetime.date(2025, 1, 1), members=3
        ),
        user_name="Trần Văn Ba",
    )
    in_own_transaction(
        lambda: register.correct_household(
            actor=None,
            registrant=registrant,
            name="Lê Ân",
            hamlet=other,
            members=None,
            poverty=Poverty.POOR,
        ),
        user_name="Lê Thị An",
        ip="10.0.0.7",
    )
    in_own_transaction(
        lambda: register.close_registrant(
            actor=None, registrant=registrant, reason="MOVED_AWAY", closed_on=datetime.date(2026, 2, 10)
        ),
        action="Dọn sổ cuối năm",
    )

    entries = history.timeline(*household_tracks(registrant))

    assert [(entry.title, entry.actor, entry.text, entry.address) for entry in entries] == [
        ("Sửa thông tin", "Hệ thống", "Dọn sổ cuối năm", ""),
        ("Sửa thông tin", "Lê Thị An", "", "10.0.0.7"),
        ("Đưa vào sổ", "Trần Văn Ba", "", ""),
    ]
    assert [entry.changes for entry in entries] == [
        [("Ra khỏi sổ ngày", "", "10/02/2026"), ("Lý do", "", "Chuyển đi nơi khác")],
        [
            ("Tên", "Lê An", "Lê Ân"),
            ("Khu phố, thôn", "Khu phố 1", "Khu phố 2"),
            ("Số nhân khẩu", "3", ""),
            ("Diện hộ", "Không thuộc diện", "Nghèo"),
        ],
        [],
    ]
    assert entries[0].at > entries[1].at > entries[2].at


@pytest.mark.django_db(transaction=True)
def test_history_stays_when_the_person_goes():
    registrant, person = make_household(HamletFactory()), make_officer(Role.WARD_OFFICER, HamletFactory().commune)
    in_own_transaction(
        lambda: register.correct_household(actor=None, registrant=registrant, phone="0912345678"),
        user=person.pk,
        user_name="Người đã nghỉ",
    )
    person.postings.all().delete()
    User.objects.filter(pk=person.pk).delete()

    newest = history.timeline(*household_tracks(registrant))[0]

    assert (newest.actor, newest.changes) == ("Người đã nghỉ", [("Điện thoại", "", "0912345678")])


@pytest.mark.django_db(transaction=True)
def test_bulk_sql_leaves_history_too():
    registrant = make_household(HamletFactory())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE units_household SET group_name = 'Tổ 3'")

    assert steps(*household_tracks(registrant))[0] == ("Sửa thông tin", "Hệ thống", [("Tổ", "", "Tổ 3")])


@pytest.mark.django_db(transaction=True)
def test_describe_titles_a_step_and_several_rows_name_their_subject():
    place = HamletFactory(name="Khu phố 1")
    second = HamletFactory(name="Khu phố 2", parent=place.commune)
    with pghistory.context(user_name="An"):
        Place.objects.filter(pk__in=[place.pk, second.pk]).update(note="gộp tổ")

    entries = history.timeline(
        history.Track(Place, [place.pk], subject="Khu phố 1", describe=lambda before, event: ("Ghi chú", "success")),
        history.Track(Place, [second.pk], subject="Khu phố 2"),
    )

    assert [(entry.title, entry.tone, entry.changes) for entry in entries[:1]] == [
        ("Ghi chú", "success", [("Khu phố 1: Ghi chú", "", "gộp tổ"), ("Khu phố 2: Ghi chú", "", "gộp tổ")])
    ]


@pytest.mark.django_db(transaction=True)
def test_only_the_fields_asked_for_are_shown():
    registrant = make_household(HamletFactory(), members=3)
    register.correct_household(actor=None, registrant=registrant, members=4, phone="0912345678")

    assert steps(history.Track(Household, [registrant.pk], fields=["members"]))[0][2] == [("Số nhân khẩu", "3", "4")]


@pytest.mark.django_db(transaction=True)
def test_long_histories_are_cut_without_inventing_what_stood_before():
    registrant = make_household(HamletFactory(), members=1)
    for members in (2, 3, 4, 5):
        register.correct_household(actor=None, registrant=registrant, members=members)

    shown = history.timeline(history.Track(Household, [registrant.pk]), limit=3)

    assert [entry.changes for entry in shown] == [[("Số nhân khẩu", "4", "5")], [("Số nhân khẩu", "3", "4")]]


@pytest.mark.django_db(transaction=True)
def test_queries_do_not_grow_with_the_history(django_assert_num_queries):
    hamlet = HamletFactory()
    other = HamletFactory(parent=hamlet.commune)
    registrant = make_household(hamlet)
    places = [other, hamlet]
    register.correct_household(actor=None, registrant=registrant, hamlet=other)

    with django_assert_num_queries(3):
        history.timeline(*household_tracks(registrant))
    for number in range(20):
        register.correct_household(
            actor=None, registrant=registrant, hamlet=places[(number + 1) % 2], phone=f"09123456{number:02d}"
        )
    with django_assert_num_queries(3):
        entries = history.timeline(*household_tracks(registrant))

    assert len(entries) == 22


@pytest.mark.django_db(transaction=True)
def test_version_moves_with_every_part_of_the_record_and_only_then():
    registrant, stranger = make_household(HamletFactory()), make_household(HamletFactory())
    seen = [register.household_version(registrant.pk)]

    register.correct_household(actor=None, registrant=stranger, name="Khác")
    assert register.household_version(registrant.pk) == seen[0]
    register.correct_household(actor=None, registrant=registrant, name="Lê Bình")
    seen.append(register.household_version(registrant.pk))
    register.correct_household(actor=None, registrant=registrant, phone="0912345678")
    seen.append(register.household_version(registrant.pk))

    assert len(set(seen)) == 3
    assert history.version((Registrant, 0), (Household, 0)) == "0-0"


@pytest.mark.django_db
def test_newest_author_without_history_is_nobody():
    assert history.newest_author((Registrant, 0), (Household, 0)) == ("", None)


@pytest.mark.parametrize("model", [Registrant, Household, Citizen, Clan, Organisation, Place, Community])
def test_every_field_a_history_may_show_has_a_name_of_its_own(model):
    """Else the page of a family that moved says "District" between Vietnamese words."""
    shown = history._tracked_fields(history.Track(model, []))

    assert shown
    assert [one.name for one in shown if str(one.verbose_name) == one.name.replace("_", " ")] == []
