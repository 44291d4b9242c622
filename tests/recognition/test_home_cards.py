"""What waits for whom on the first page, from the tallies and the rulebook's own procedure."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.lib.home import FIGURE, SHORTCUT, TASK, collect
from recognition.choices import State
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.factories.units import make_officer
from units.choices import ImportState, Role
from units.models import ImportBatch, User

pytestmark = pytest.mark.django_db
LATE = "Quá hạn"  # the factories' year is over


@pytest.fixture
def ward():
    return make_ward()


def cards(user, kind, year=YEAR):
    return [card for card in collect(User.objects.get(pk=user.pk), year) if card.kind == kind]


def tasks(user, year=YEAR) -> list[tuple]:
    return [(card.title, card.value, str(card.badge)) for card in cards(user, TASK, year)]


def test_each_role_sees_its_own_next_step(ward):
    make_registrations(ward, 3, names=["Lê A", "Lê B", "Lê C"])
    make_registrations(ward, 2, names=["Lý A", "Lý B"], state=State.REVIEWED)
    make_registrations(ward, 1, names=["Hồ A"], state=State.PROPOSED)

    to_score = ("Gia đình học tập: hồ sơ chờ tự chấm điểm", 3, LATE)
    to_propose = ("Gia đình học tập: hồ sơ chờ lập tờ trình", 2, "")
    to_decide = ("Gia đình học tập: hồ sơ chờ quyết định", 1, LATE)
    assert tasks(ward.hamlet_officer) == [to_score]
    assert tasks(ward.officer) == [to_score, to_propose]
    assert tasks(ward.chair) == [to_propose, ("báo cáo năm chưa ký, gửi", 1, "")]  # that year is over
    assert tasks(ward.decider) == [to_decide]


def test_returned_dossiers_come_first(ward):
    make_registrations(ward, 1, names=["Lê A"])
    make_registrations(ward, 2, names=["Lý A", "Lý B"], state=State.RETURNED)

    assert tasks(ward.hamlet_officer)[0] == ("Gia đình học tập: hồ sơ bị trả lại, cần bổ sung", 2, "Cần bổ sung")


def test_unconfirmed_deadline_says_so(ward):
    make_registrations(ward, 1)

    [card] = cards(ward.hamlet_officer, TASK)

    assert card.hint == f"Khu phố 1 · hạn 30/11/{YEAR} (tạm thời, chưa đối chiếu văn bản gốc)"


def test_other_wards_and_other_years_have_nothing_to_do(ward):
    make_registrations(ward, 3)
    elsewhere = make_ward("Phường Vườn Lài")

    assert tasks(elsewhere.officer) == []
    assert tasks(ward.officer, YEAR - 1) == []


def test_leader_sees_figures_and_no_tasks(ward):
    make_registrations(ward, 3)
    leader = make_officer(Role.LEADER, ward.place)

    assert tasks(leader) == []
    assert [card.value for card in cards(leader, FIGURE)][:2] == [3, 0]


def test_uploaded_list_waits_for_its_people(ward):
    ImportBatch.objects.create(place=ward.hamlet, year=YEAR, file_name="a.xlsx", state=ImportState.PREVIEW)
    ImportBatch.objects.create(place=ward.hamlet, year=YEAR, file_name="b.xlsx", state=ImportState.DONE)

    assert tasks(ward.hamlet_officer) == [("danh sách Excel đã kiểm tra xong, chờ bạn xác nhận", 1, "")]
    assert tasks(ward.decider) == []


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_ways_in(ward, role):
    user = make_officer(role, None if role == Role.ADMINISTRATOR else ward.place)

    assert [card for card in cards(user, SHORTCUT) if not card.url] == []
    assert cards(user, SHORTCUT)


def test_cards_cost_the_same_for_one_dossier_and_for_many(ward):
    make_registrations(ward, 1, names=["Lê A"])
    user = User.objects.get(pk=ward.officer.pk)
    user.active_postings()
    with CaptureQueriesContext(connection) as first:
        collect(user, YEAR)
    make_registrations(ward, 30, state=State.REVIEWED)
    user = User.objects.get(pk=ward.officer.pk)
    user.active_postings()
    with CaptureQueriesContext(connection) as second:
        collect(user, YEAR)

    assert len(first) == len(second) <= 18
