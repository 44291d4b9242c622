"""How long dossiers wait: exact per step at every level, told on the dashboard, kept by triggers."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from recognition.choices import LearningModel, Stage, State
from recognition.domain import integrity_waiting
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.dashboards import dashboard
from recognition.domain.extents import extent_of
from recognition.domain.registering import send_back
from recognition.domain.waiting import stuck, waits
from recognition.models import Registration, WaitingDay
from tests.factories.recognition import YEAR, load_shipped_rulebooks, make_registration, make_ward
from tests.factories.units import CommuneFactory, HamletFactory, ProvinceFactory, make_household, make_officer
from tests.recognition.test_dashboard import get, words
from tests.recognition.test_tallies import merged_wards, register
from units.choices import Role
from units.models import Place

pytestmark = pytest.mark.django_db
FAMILY = LearningModel.FAMILY
TODAY = datetime.date(2025, 12, 20)


def waiting_since(hamlet, name: str, state: str, days: int, **more):
    """A dossier that took its last step `days` before TODAY, late in the evening of Viet Nam."""
    row = register(make_household(hamlet, name), YEAR, state, **more)
    day = TODAY - datetime.timedelta(days=days)
    # 23:30 in Viet Nam is still the same day there, and 16:30 in UTC.
    at = datetime.datetime(day.year, day.month, day.day, 16, 30, tzinfo=datetime.UTC)
    Registration.objects.filter(pk=row.pk).update(state_at=at)
    return row


@pytest.fixture
def province():
    load_shipped_rulebooks()
    found = ProvinceFactory(name="Tỉnh Mẫu")
    wards = [CommuneFactory(name=f"Phường {n}", parent=found) for n in (1, 2)]
    hamlets = [HamletFactory(parent=ward, name="Khu phố 1") for ward in wards]
    for n, days in enumerate((1, 3, 10)):
        waiting_since(hamlets[0], f"Lê {n}", State.REVIEWED, days)
    waiting_since(hamlets[1], "Trần 0", State.REVIEWED, 40)
    waiting_since(hamlets[1], "Trần 1", State.SELF_ASSESSED, 2)
    waiting_since(hamlets[1], "Trần 2", State.RECOGNISED, 90)
    return found


def test_median_and_longest_at_every_level(province):
    ward = province.children.get(name="Phường 1")
    for place, expected in (
        (None, {"REVIEWED": (4, 40, Decimal("6.5")), "SELF_ASSESSED": (1, 2, Decimal(2))}),
        (province, {"REVIEWED": (4, 40, Decimal("6.5")), "SELF_ASSESSED": (1, 2, Decimal(2))}),
        (ward, {"REVIEWED": (3, 10, Decimal(3))}),
        (ward.children.get(), {"REVIEWED": (3, 10, Decimal(3))}),
    ):
        found = waits(extent_of(place, YEAR), FAMILY, TODAY)
        assert {state: (one.count, one.longest, one.median) for state, one in found.items()} == expected


def test_stuck_where_most_days_are_lost(province):
    found = stuck(extent_of(province, YEAR), "commune", FAMILY, TODAY)
    names = {one.pk: one.name for one in province.children.all()}

    assert [(names[one.place_id], one.state, one.count, one.longest, one.lost) for one in found] == [
        ("Phường 2", "REVIEWED", 1, 40, 40),
        ("Phường 1", "REVIEWED", 3, 10, 14),
        ("Phường 2", "SELF_ASSESSED", 1, 2, 2),
    ]


def test_days_follow_every_change_and_a_fault_is_found(province):
    kept = {(one.state, one.day): one.count for one in WaitingDay.objects.filter(count__gt=0)}
    assert kept[State.SELF_ASSESSED, TODAY - datetime.timedelta(days=2)] == 1

    Registration.objects.filter(state=State.SELF_ASSESSED).update(state=State.WITHDRAWN)

    assert not WaitingDay.objects.filter(state=State.SELF_ASSESSED, count__gt=0).exists()
    assert integrity_waiting.waiting_days() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recognition_waitingday SET count = count + 1 WHERE day = %s", [datetime.date(2025, 11, 10)]
        )
    assert [one.message for one in integrity_waiting.waiting_days()] == [
        "Hồ sơ chờ ở Phường 2, năm 2025, Gia đình học tập, Đã bình xét, từ ngày 10/11/2025: 2 ≠ 1 (đếm lại)."
    ]


def test_a_correction_does_not_begin_the_wait_anew_but_a_step_does():
    ward = make_ward()
    row = make_registration(ward, state=State.SELF_ASSESSED)
    today = timezone.localdate()
    Registration.objects.filter(pk=row.pk).update(state_at=row.state_at - datetime.timedelta(days=7))

    def score(total) -> None:
        row.refresh_from_db()
        entry = Entry(row.pk, row.shown_as, total=total)
        assert record_scores(actor=ward.hamlet_officer, stage=Stage.SELF, entries=[entry]).done == [row.pk]

    def waited() -> dict:
        """Days by state: as the ward counts its dossiers, and as the kept days say above it."""
        found = [waits(extent_of(place, YEAR), FAMILY, today) for place in (ward.place, ward.place.province)]
        ours, above = ({state: (one.count, one.longest) for state, one in each.items()} for each in found)
        assert ours == above
        assert integrity_waiting.waiting_days() == []
        return ours

    for total in (85, 88):  # twice: the second correction must not take the day of the first
        score(total)
        assert waited() == {"SELF_ASSESSED": (1, 7)}
    row.refresh_from_db()
    assert (row.self_half, timezone.localdate(row.state_at)) == (176, today)

    send_back(actor=ward.chair, shown={row.pk: row.shown_as}, reason="Thiếu minh chứng")
    assert waited() == {"RETURNED": (1, 0)}  # now somebody else has to work: their days are their own
    Registration.objects.filter(pk=row.pk).update(state_at=row.state_at - datetime.timedelta(days=3))
    assert waited() == {"RETURNED": (1, 3)}
    score(90)
    assert waited() == {"SELF_ASSESSED": (1, 0)}  # entered anew, by a new step


def test_merged_ward_waits_with_its_predecessors():
    old, new = merged_wards()
    Registration.objects.filter(commune=old[0]).update(state=State.REVIEWED)
    Registration.objects.filter(commune=old[1]).update(state=State.REVIEWED)

    found = waits(extent_of(new, 2024), FAMILY, datetime.date(2025, 1, 1))

    assert (found["REVIEWED"].count, found["REVIEWED"].longest) == (3, 31)
    province = waits(extent_of(new.province, 2024), FAMILY, datetime.date(2025, 1, 1))
    assert "REVIEWED" not in province  # another province of today holds the old district in this made-up reform


def test_funnel_tells_reached_standing_and_who(province, client):
    data = dashboard(province, YEAR, FAMILY, today=TODAY)

    assert [(one.label, one.figure, one.waiting.count if one.waiting else None) for one in data.funnel] == [
        ("Đăng ký", "registered", 0),
        ("Tự đánh giá", "assessed", 1),
        ("Họp bình xét", "reviewed", 4),
        ("Trình đề nghị", "proposed", 0),
        ("Quyết định", "decided", None),
    ]
    assert [one.reached for one in data.funnel] == [6, 0, 0, 1, 1]  # these bare dossiers hold no points

    page = get(client, make_officer(Role.LEADER, province), f"/theo-doi/{province.pk}/?nam={YEAR}")

    text = words(page)
    assert "Chờ trình đề nghị Cán bộ Hội Khuyến học phường, xã, Chủ tịch Hội Khuyến học phường, xã" in text
    assert f'href="/theo-doi/{province.pk}/so/proposed/?nam={YEAR}&amp;mo-hinh=FAMILY"' in page
    # Above the ward families are told place by place, below it by the list of those who stand there.
    assert f'href="/theo-doi/{province.pk}/so/at_reviewed/?nam={YEAR}&amp;mo-hinh=FAMILY"' in page
    second = Place.objects.get(name="Phường 2", parent=province)
    assert f"place={second.pk}&amp;nam={YEAR}&amp;model=FAMILY&amp;state=REVIEWED" in page
    assert "Phường 2 · Chờ trình đề nghị" in text and "Phường 2 · Chờ họp bình xét" in text
