"""Scores of one dossier or a hamlet: bounds, gaps, stages side by side, meetings with votes."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognition.choices import Rank, Stage, State
from recognition.domain.assessing import EntriesRefused, Entry, hold_meeting, record_scores
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.registering import send_back
from recognition.models import Assessment, Registration, ReviewMeeting
from tests.factories.recognition import (
    full_scores,
    make_district,
    make_registration,
    make_registrations,
    make_ward,
    make_ward_dossier,
    meeting_of,
)
from tests.factories.units import HamletFactory
from units.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


def self_score(ward, *entries):
    return record_scores(actor=ward.hamlet_officer, stage=Stage.SELF, entries=entries)


def faults(ward, *entries) -> dict:
    with pytest.raises(EntriesRefused) as refused:
        self_score(ward, *entries)
    return refused.value.faults


def test_points_by_criterion_are_kept_in_half_points(ward):
    row = make_registration(ward)
    scores = full_scores(row) | {"1.2": Decimal("9.5"), "2.2": 8}
    del scores["1.1"]

    self_score(ward, Entry(row.pk, row.shown_as, scores=scores, na=frozenset({"1.1"})))

    row.refresh_from_db()
    kept = row.assessments.get(stage=Stage.SELF)
    assert kept.scores == [-1, 19, 20, 20, 16, 20, 20, 20, 20, 20]
    assert (row.state, row.self_half, kept.total_half, kept.passed) == (State.SELF_ASSESSED, 195, 195, True)
    assert row.passed is None  # the self-score alone decides nothing
    assert kept.reasons[0] == "Tổng điểm 97,5/100, đạt mức công nhận 80 điểm."


def test_a_total_from_a_paper_sheet_is_enough(ward):
    row = make_registration(ward)

    self_score(ward, Entry(row.pk, row.shown_as, total=Decimal("79.5")))

    kept = row.assessments.get()
    assert (kept.scores, kept.total_half, kept.passed) == ([], 159, False)


@pytest.mark.parametrize(
    ("code", "points", "sentence"),
    [
        ("1.1", 10.5, "10,5 điểm vượt quá điểm tối đa 10."),
        ("1.1", -1, "-1 điểm nhỏ hơn 0; hãy nhập số từ 0 đến 10."),
        ("1.1", 9.3, "9,3 không đúng bước điểm; điểm phải là bội số của 0,5."),
    ],
)
def test_a_bad_number_names_criterion_and_bound(ward, code, points, sentence):
    row = make_registration(ward)

    (found,) = faults(ward, Entry(row.pk, row.shown_as, scores=full_scores(row) | {code: points})).values()

    title = row.rulebook.spec.by_code[code].title
    assert found == {code: f"Mục {code} ({title}): {sentence}"}


def test_a_criterion_left_open_is_asked_for(ward):
    row = make_registration(ward)
    scores = full_scores(row) | {"2.3": None}
    del scores["4.2"]

    assert faults(ward, Entry(row.pk, row.shown_as, scores=scores))[row.pk] == {
        "2.3": "Mục 2.3 chưa chấm; hãy nhập số từ 0 đến 10.",
        "4.2": "Mục 4.2 chưa chấm; hãy nhập số từ 0 đến 10.",
    }


def test_one_bad_row_of_a_grid_saves_nothing(ward):
    good, bad, worse = make_registrations(ward, 3)

    found = faults(
        ward,
        Entry(good.pk, good.shown_as, total=90),
        Entry(bad.pk, bad.shown_as, total=101),
        Entry(worse.pk, worse.shown_as, total=50.25),
    )

    assert set(found) == {bad.pk, worse.pk}
    assert found[bad.pk]["total"] == "Tổng điểm: 101 điểm vượt quá điểm tối đa 100."
    assert not Assessment.objects.exists()
    assert set(Registration.objects.values_list("state", flat=True)) == {State.REGISTERED}


def test_a_grid_of_four_hundred_costs_what_one_row_costs(ward):
    rows = make_registrations(ward, 401)
    costs = []
    for part in (rows[:1], rows[1:]):
        actor = User.objects.get(pk=ward.hamlet_officer.pk)
        entries = [Entry(row.pk, row.shown_as, scores=full_scores(row)) for row in part]
        with CaptureQueriesContext(connection) as queries:
            assert len(record_scores(actor=actor, stage=Stage.SELF, entries=entries).done) == len(part)
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert Assessment.objects.count() == 401


def test_rows_somebody_else_moved_are_left_and_explained(ward):
    mine, theirs = make_registrations(ward, 2)
    self_score(ward, Entry(theirs.pk, theirs.shown_as, total=70))

    outcome = self_score(ward, Entry(mine.pk, mine.shown_as, total=95), Entry(theirs.pk, theirs.shown_as, total=95))

    assert outcome.done == [mine.pk]
    assert outcome.skipped[0][1].startswith("Trần Văn Ba vừa chuyển hồ sơ này sang “Đã tự đánh giá” lúc ")
    assert theirs.assessments.get().total_half == 140


def test_the_same_family_twice_in_one_form_counts_once(ward):
    row = make_registration(ward)

    self_score(ward, Entry(row.pk, row.shown_as, total=50), Entry(row.pk, row.shown_as, total=60))

    row.refresh_from_db()
    assert row.self_half == 120


def test_correcting_replaces_and_history_keeps_both(ward):
    row = make_registration(ward)
    self_score(ward, Entry(row.pk, State.REGISTERED, total=70))
    self_score(ward, Entry(row.pk, State.SELF_ASSESSED, total=75))

    kept = row.assessments.get()
    assert kept.total_half == 150
    assert list(kept.events.order_by("pgh_id").values_list("total_half", flat=True)) == [140, 150]


def test_a_returned_dossier_starts_again_without_the_old_verdict(ward):
    row = make_registration(ward, state=State.REVIEWED)
    send_back(actor=ward.officer, shown={row.pk: State.REVIEWED}, reason="Sai điểm mục 3")

    self_score(ward, Entry(row.pk, State.RETURNED, total=85))

    row.refresh_from_db()
    assert (row.self_half, row.review_half, row.passed, row.meeting) == (170, None, None, None)
    assert list(row.assessments.values_list("stage", flat=True)) == [Stage.SELF]


def test_a_difficult_area_has_its_own_pass_mark(ward):
    ward.place.area_class = "DIFFICULT"
    ward.place.save()
    row = make_registration(ward)

    self_score(ward, Entry(row.pk, row.shown_as, total=72))

    assert row.assessments.get().passed


@pytest.mark.parametrize(("less", "rank"), [(0, Rank.GOOD)])
def test_inspection_gives_the_rank_by_points(less, rank):
    district = make_district(1)
    row = make_ward_dossier(district)

    record_scores(
        actor=district.inspector, stage=Stage.INSPECTION, entries=[Entry(row.pk, row.shown_as, scores=full_scores(row))]
    )

    row.refresh_from_db()
    assert (row.state, row.inspection_half, row.rank, row.passed) == (State.INSPECTED, 200, rank, True)


# --- Review meetings


def listed(rows, *, total=90, votes=40, against=0):
    return [Entry(row.pk, row.shown_as, total=total, votes_for=votes, votes_against=against) for row in rows]


def test_a_meeting_keeps_minutes_votes_and_agreed_scores(ward):
    rows = make_registrations(ward, 2, state=State.SELF_ASSESSED)
    meeting = meeting_of(ward)

    outcome = hold_meeting(
        actor=ward.hamlet_officer, meeting=meeting, entries=listed(rows[:1]) + listed(rows[1:], total=79.5, votes=11)
    )

    assert outcome.done == [row.pk for row in rows]
    assert list(meeting.registrations.order_by("pk").values_list("state", "review_half", "passed")) == [
        (State.REVIEWED, 180, True),
        (State.REVIEWED, 159, False),
    ]
    assert Assessment.objects.get(registration=rows[1], stage=Stage.REVIEW).votes_for == 11
    assert meeting.created_by_name == "Trần Văn Ba"


def test_more_votes_than_people(ward):
    rows = make_registrations(ward, 1, state=State.SELF_ASSESSED)

    with pytest.raises(EntriesRefused) as refused:
        hold_meeting(actor=ward.hamlet_officer, meeting=meeting_of(ward), entries=listed(rows, votes=39, against=2))

    assert refused.value.faults == {rows[0].pk: {"votes": "Có 41 phiếu nhưng chỉ 40 người có mặt."}}
    assert not ReviewMeeting.objects.exists()


def test_present_more_than_invited_is_refused_by_the_minutes(ward):
    rows = make_registrations(ward, 1, state=State.SELF_ASSESSED)

    with pytest.raises(ValidationError, match="Số người có mặt phải từ 1"):
        hold_meeting(actor=ward.hamlet_officer, meeting=meeting_of(ward, present=60), entries=listed(rows))


def test_a_double_click_on_the_meeting_keeps_one(ward):
    rows = make_registrations(ward, 1, state=State.SELF_ASSESSED)
    hold_meeting(actor=ward.hamlet_officer, meeting=meeting_of(ward), entries=listed(rows))

    with pytest.raises(RecognitionError, match="Trần Văn Ba vừa chuyển hồ sơ này sang “Đã bình xét”"):
        hold_meeting(actor=ward.hamlet_officer, meeting=meeting_of(ward), entries=listed(rows))

    assert ReviewMeeting.objects.count() == 1


def test_an_empty_meeting_is_not_kept(ward):
    with pytest.raises(RecognitionError, match="Cuộc họp chưa xét gia đình nào nên chưa lưu."):
        hold_meeting(actor=ward.hamlet_officer, meeting=meeting_of(ward), entries=[])


def test_a_meeting_judges_its_own_hamlet_only(ward):
    rows = make_registrations(ward, 1, state=State.SELF_ASSESSED)
    meeting = meeting_of(ward)
    meeting.place = HamletFactory(parent=ward.place, name="Khu phố 2")

    with pytest.raises(RecognitionError, match="Danh sách có hồ sơ không thuộc Khu phố 2 hoặc không phải năm 2025."):
        hold_meeting(actor=ward.officer, meeting=meeting, entries=listed(rows))


def test_a_chair_does_not_record_the_meeting(ward):
    rows = make_registrations(ward, 1, state=State.SELF_ASSESSED)

    with pytest.raises(NotPermitted, match="Bạn không được phân công ghi biên bản họp của Khu phố 1."):
        hold_meeting(actor=ward.chair, meeting=meeting_of(ward), entries=listed(rows))
