"""The one writer of state: who may, from where, what a person is told, and that bulk costs nothing extra."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognition.choices import Action, State
from recognition.domain.transitions import move, split_shown
from recognition.models import Registration, Season, Tally
from recognition.rules import may
from tests.factories.recognition import (
    YEAR,
    District,
    Ward,
    make_district,
    make_registration,
    make_registrations,
    make_ward,
    make_ward_dossier,
)
from tests.factories.units import HamletFactory, make_officer
from units.choices import Role
from units.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward() -> Ward:
    return make_ward()


@pytest.fixture
def district() -> District:
    return make_district()


def fresh(user: User) -> User:
    """The same person in a new request."""
    return User.objects.get(pk=user.pk)


def refusal(outcome) -> str:
    assert outcome.done == []
    return outcome.skipped[0][1]


def test_a_move_writes_state_actor_moment_reason_and_history(ward):
    row = make_registration(ward, state=State.SELF_ASSESSED)

    outcome = move(actor=ward.officer, action=Action.RETURN, shown={row.pk: row.state}, note="Thiếu chữ ký")

    row.refresh_from_db()
    assert (outcome.done, outcome.skipped) == ([row.pk], [])
    assert (row.state, row.state_note, row.state_by, row.state_by_name) == (
        State.RETURNED,
        "Thiếu chữ ký",
        ward.officer,
        "Lê Thị An",
    )
    steps = row.events.order_by("pgh_id").values_list("state", "state_by_name")
    assert list(steps) == [
        (State.REGISTERED, "Trần Văn Ba"),
        (State.SELF_ASSESSED, "Trần Văn Ba"),
        (State.RETURNED, "Lê Thị An"),
    ]


def test_the_tally_follows_in_the_same_statement(ward):
    rows = make_registrations(ward, 3)

    move(actor=ward.officer, action=Action.WITHDRAW, shown={rows[0].pk: rows[0].state}, note="Chuyển đi")

    tally = Tally.objects.get(place=ward.place, year=YEAR, model="FAMILY")
    assert (tally.registered, tally.at_registered, tally.withdrawn) == (2, 2, 1)


def test_one_row_and_a_thousand_cost_the_same_statements(ward):
    many = make_registrations(ward, 1001, state=State.SELF_ASSESSED)
    costs = []
    for rows in (many[:1], many[1:]):
        actor = fresh(ward.officer)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            outcome = move(actor=actor, action=Action.RETURN, shown={row.pk: row.shown_as for row in rows}, note="Sửa")
        assert len(outcome.done) == len(rows)
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert costs[0] <= 8


def test_explaining_a_thousand_refusals_costs_the_same_as_one(ward):
    many = make_registrations(ward, 1001)
    costs = []
    for rows in (many[:1], many[1:]):
        actor = fresh(ward.officer)
        with CaptureQueriesContext(connection) as queries:
            outcome = move(actor=actor, action=Action.RETURN, shown={row.pk: row.state for row in rows}, note="Sửa")
        assert len(outcome.skipped) == len(rows)
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_wrong_state_is_said_with_its_name(ward):
    row = make_registration(ward)

    text = refusal(move(actor=ward.officer, action=Action.PROPOSE, shown={row.pk: row.state}))

    assert text == "Hồ sơ đang ở tình trạng “Đã đăng ký” nên chưa thể thực hiện “Trình đề nghị”."


def test_a_stale_state_names_who_was_faster_and_when(ward):
    row = make_registration(ward)
    move(actor=ward.hamlet_officer, action=Action.WITHDRAW, shown={row.pk: row.state}, note="Đổi ý")

    text = refusal(move(actor=ward.officer, action=Action.WITHDRAW, shown={row.pk: row.state}, note="Đổi ý"))

    assert text.startswith("Trần Văn Ba vừa chuyển hồ sơ này sang “Đã rút” lúc ")
    assert text.endswith("Hãy tải lại danh sách.")


def test_a_dossier_changed_within_its_state_is_stale_too(ward):
    row = make_registration(ward, state=State.SELF_ASSESSED)
    shown = row.shown_as
    make_same_state_change(ward, row)

    text = refusal(move(actor=ward.officer, action=Action.RETURN, shown={row.pk: shown}, note="Sửa"))

    assert text.startswith("Trần Văn Ba vừa sửa hồ sơ này lúc ")
    assert Registration.objects.get(pk=row.pk).state == State.SELF_ASSESSED


def make_same_state_change(ward, row):
    move(actor=ward.hamlet_officer, action=Action.SELF_ASSESS, shown={row.pk: row.state})


def test_what_was_shown_survives_the_way_through_a_page(ward):
    row = make_registration(ward)

    assert split_shown(row.shown_as) == (row.state, row.state_at)


@pytest.mark.parametrize("shown", ["", "NONSENSE", "REGISTERED@", "REGISTERED@abc", "REGISTERED@99999999999999999999"])
def test_an_altered_form_moves_nothing(ward, shown):
    row = make_registration(ward)

    outcome = move(actor=ward.officer, action=Action.WITHDRAW, shown={row.pk: shown}, note="x")

    assert outcome.done == ([row.pk] if shown == "REGISTERED@" else [])


def test_another_ward_does_not_even_learn_that_the_dossier_exists(ward):
    row = make_registration(ward)
    stranger = make_ward("Phường Vườn Lài").officer

    text = refusal(move(actor=stranger, action=Action.WITHDRAW, shown={row.pk: row.state}, note="x"))

    assert text == "Không tìm thấy hồ sơ này trong phạm vi của bạn."


def test_unknown_ids_are_answered_not_crashed_on(ward):
    assert refusal(move(actor=ward.officer, action=Action.WITHDRAW, shown={999: "REGISTERED"}, note="x"))


def test_the_right_place_with_the_wrong_role(ward):
    row = make_registration(ward, state=State.REVIEWED)

    text = refusal(move(actor=ward.hamlet_officer, action=Action.PROPOSE, shown={row.pk: row.state}))

    assert text == "Bạn không được phân công thực hiện “Trình đề nghị” cho hồ sơ này."


def test_a_hamlet_officer_acts_in_her_own_hamlet_only(ward):
    other = make_officer(Role.HAMLET_OFFICER, HamletFactory(parent=ward.place))
    row = make_registration(ward)

    assert refusal(move(actor=other, action=Action.WITHDRAW, shown={row.pk: row.state}, note="x"))


def test_a_decision_belongs_to_its_own_level(ward):
    """A decider of the province stands above the ward, but the ward's authority decides."""
    row = make_registration(ward, state=State.PROPOSED)
    above = make_officer(Role.DECIDER, ward.place.province)

    text = refusal(move(actor=above, action=Action.RECOGNISE, shown={row.pk: row.state}, only_passed=True))

    assert text == "Bạn không được phân công thực hiện “Công nhận” cho hồ sơ này."


def test_a_closed_year_takes_no_more_changes(ward):
    row = make_registration(ward)
    Season.objects.create(year=YEAR, opens_on=f"{YEAR}-01-01", closes_on=f"{YEAR}-12-31", is_closed=True)

    text = refusal(move(actor=ward.officer, action=Action.WITHDRAW, shown={row.pk: row.state}, note="x"))

    assert text == "Năm 2025 đã khóa sổ."


def test_only_families_that_passed_go_on(ward):
    good, bad = make_registrations(ward, 2, state=State.SELF_ASSESSED)
    from tests.factories.recognition import hold_meeting

    hold_meeting(ward, [good.pk], total=90)
    hold_meeting(ward, [bad.pk], total=40)

    outcome = move(
        actor=ward.officer, action=Action.PROPOSE, shown=dict.fromkeys([good.pk, bad.pk], "REVIEWED"), only_passed=True
    )

    assert outcome.done == [good.pk]
    assert outcome.skipped == [(bad.pk, "Hồ sơ chưa đạt nên không thể thực hiện “Trình đề nghị”.")]


def test_maker_and_checker_differ(ward):
    """Who proposed cannot decide, even when holding both postings; a colleague can."""
    row = make_registration(ward, state=State.PROPOSED)
    ward.officer.postings.create(role=Role.DECIDER, place=ward.place, starts_on="2020-01-01")
    both = fresh(ward.officer)

    text = refusal(move(actor=both, action=Action.RECOGNISE, shown={row.pk: row.state}, only_passed=True))

    assert text == "Người thực hiện “Công nhận” phải khác người đã làm bước trước."
    assert may(both, Action.RECOGNISE, row).reason == text
    assert may(ward.decider, Action.RECOGNISE, row)
    assert move(actor=ward.decider, action=Action.RECOGNISE, shown={row.pk: row.state}, only_passed=True).done


def test_a_ward_cannot_call_back_what_was_inspected(district):
    row = make_ward_dossier(district, state=State.PROPOSED)
    officer = district.officers[0]

    text = refusal(move(actor=officer, action=Action.RETURN, shown={row.pk: row.state}, note="Điểm thấp"))

    assert text == "Bạn không được phân công thực hiện “Trả lại bổ sung” cho hồ sơ này."
    assert move(actor=district.inspector, action=Action.RETURN, shown={row.pk: row.state}, note="Thiếu biên bản").done


def test_nobody_inspects_their_own_ward(district):
    row = make_ward_dossier(district)
    district.inspector.postings.create(role=Role.WARD_CHAIR, place=district.wards[0], starts_on="2015-01-01")
    both = fresh(district.inspector)

    text = refusal(move(actor=both, action=Action.INSPECT, shown={row.pk: row.state}))

    assert text == "Cán bộ của địa bàn không được kiểm tra chính địa bàn mình."
    assert may(both, Action.INSPECT, row).reason == text


def test_staff_of_a_hamlet_below_are_staff_of_the_ward(district):
    row = make_ward_dossier(district)
    hamlet = HamletFactory(parent=district.wards[0])
    district.inspector.postings.create(role=Role.HAMLET_OFFICER, place=hamlet, starts_on="2015-01-01")

    assert refusal(move(actor=fresh(district.inspector), action=Action.INSPECT, shown={row.pk: row.state}))


ROLES = ("hamlet_officer", "officer", "chair", "decider")
ALLOWED = {
    (State.REGISTERED, "hamlet_officer"): {"self_assess", "withdraw"},
    (State.REGISTERED, "officer"): {"self_assess", "withdraw"},
    (State.SELF_ASSESSED, "hamlet_officer"): {"self_assess", "review", "withdraw"},
    (State.SELF_ASSESSED, "officer"): {"self_assess", "review", "withdraw", "return"},
    (State.SELF_ASSESSED, "chair"): {"return"},
    (State.SELF_ASSESSED, "decider"): {"return"},
    (State.REVIEWED, "hamlet_officer"): {"review", "withdraw"},
    (State.REVIEWED, "officer"): {"review", "withdraw", "return", "propose"},
    (State.REVIEWED, "chair"): {"return", "propose"},
    (State.REVIEWED, "decider"): {"return"},
    (State.PROPOSED, "decider"): {"return", "recognise", "refuse"},
    (State.RETURNED, "hamlet_officer"): {"self_assess", "withdraw"},
    (State.RETURNED, "officer"): {"self_assess", "withdraw"},
}


@pytest.mark.parametrize("state", [state for state in State if state != State.INSPECTED])  # families have no inspection
def test_every_role_in_every_state(ward, state):
    """The buttons of a family dossier; the verb agrees with each of them."""
    row = make_registration(ward, state=state)
    for role in ROLES:
        user = getattr(ward, role)
        offered = {action for action in Action.values if may(user, action, row)}
        assert offered == ALLOWED.get((State(state), role), set()), (state, role)
        for action in Action.values:
            if action in ("register", *offered):
                continue
            outcome = move(actor=user, action=action, shown={row.pk: row.state}, note="x", only_passed=True)
            assert outcome.done == [], (state, role, action)
