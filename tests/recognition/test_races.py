"""Real threads on real rows: exactly one wins, and nothing half-done remains."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from recognition.choices import Action, LearningModel, Stage, State
from recognition.domain import holidays
from recognition.domain.assessing import Entry, hold_meeting, record_scores
from recognition.domain.correcting_minutes import correct_minutes
from recognition.domain.deciding import issue, prepare
from recognition.domain.errors import RecognitionError, RowsRefused
from recognition.domain.inspection_sheets import ScoreConflict, save_score
from recognition.domain.integrity import check_all
from recognition.domain.numbering import reserve
from recognition.domain.proposing import propose
from recognition.domain.registering import register_many
from recognition.domain.transitions import move
from recognition.models import (
    Assessment,
    Award,
    Certificate,
    Decision,
    Holiday,
    InspectionScore,
    InspectionSheet,
    InspectionVisit,
    Proposal,
    Registration,
    ReviewMeeting,
)
from tests.factories.recognition import (
    YEAR,
    add_inspector,
    full_scores,
    letter_of,
    make_community,
    make_district,
    make_learning_clan,
    make_registrations,
    make_ward,
    make_ward_dossier,
    meeting_of,
)
from tests.factories.units import HamletFactory, make_citizen, make_household, make_officer, make_organisation
from tests.units.test_reforms_races import one_after_the_other
from tests.walks import dossiers
from units.choices import Role

pytestmark = pytest.mark.django_db(transaction=True)


def together(*calls):
    """Run the calls at the same moment, each on its own connection; results or exceptions in their order."""
    gate = threading.Barrier(len(calls))

    def run(call):
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def shown(rows):
    return {row.pk: row.shown_as for row in rows}


def draft(actor, proposal):
    return prepare(
        actor=actor, proposal=proposal, signed_on=datetime.date(2025, 12, 10), signer="A", signer_title="Chủ tịch"
    )


def test_a_double_click_on_issue_makes_one_decision():
    ward = make_ward()
    rows = make_registrations(ward, 20, state=State.PROPOSED)
    decision = draft(ward.decider, Proposal.objects.get())
    pages = shown(rows)

    results = together(*[lambda: issue(actor=ward.decider, decision=decision, recognise=pages)] * 4)

    assert sorted(result.again for result in results) == [False, True, True, True]
    assert Award.objects.count() == Certificate.objects.count() == 20
    assert Decision.objects.get().number == 1


def test_a_double_click_on_a_swap_of_days_is_told():
    keeper = make_officer(Role.ADMINISTRATOR, None)
    days = {"off": datetime.date(2025, 5, 2), "work": datetime.date(2025, 4, 26), "name": "Hoán đổi"}

    results = together(*[lambda: holidays.swap_days(actor=keeper, **days)] * 3)

    refused = [str(one) for one in results if one is not None]
    assert refused == ["Ngày 26/04/2025 đã ghi là “Hoán đổi”; hãy bỏ trước nếu muốn ghi lại."] * 2
    assert Holiday.objects.count() == 2


def test_two_deciders_with_the_same_list():
    ward = make_ward()
    rows = make_registrations(ward, 20, state=State.PROPOSED)
    other = make_officer(Role.DECIDER, ward.place, name="Đỗ Văn Phó")
    letter = Proposal.objects.get()
    one = draft(ward.decider, letter)
    two = Decision.objects.get(pk=one.pk)
    two.pk = None
    two.save()
    pages = shown(rows)

    results = together(
        lambda: issue(actor=ward.decider, decision=one, recognise=pages),
        lambda: issue(actor=other, decision=two, recognise=pages),
    )

    losers = [result for result in results if isinstance(result, RecognitionError)]
    assert len(losers) == 1
    assert isinstance(losers[0], RowsRefused)
    assert "vừa chuyển hồ sơ này sang “Được công nhận”" in losers[0].skipped[0][1]
    assert Award.objects.count() == 20
    assert list(Decision.objects.filter(state="ISSUED").values_list("number", flat=True)) == [1]


def test_the_same_typed_number_for_two_decisions():
    ward = make_ward()
    drafts = []
    for name in ("Lê Thị An", "Lê Thị Bé"):
        rows = make_registrations(ward, 1, state=State.PROPOSED, names=[name])
        drafts.append((draft(ward.decider, Proposal.objects.order_by("pk").last()), shown(rows)))

    results = together(
        *[
            lambda decision=decision, pages=pages: issue(
                actor=ward.decider, decision=decision, recognise=pages, number=7
            )
            for decision, pages in drafts
        ]
    )

    (loser,) = [result for result in results if isinstance(result, Exception)]
    assert loser.message == "Số 07/QĐ-UBND đã dùng trong năm 2025. Hãy chọn số khác hoặc để trống."
    assert Award.objects.count() == 1


def test_registering_the_same_families_twice_at_once():
    ward = make_ward()
    ids = [make_household(ward.hamlet, f"Lê Văn {n}").pk for n in range(30)]

    results = together(
        *[
            lambda ids=part, actor=actor: register_many(actor=actor, registrant_ids=ids, model="FAMILY", year=YEAR)
            for part, actor in ((ids, ward.officer), (ids[::-1], ward.hamlet_officer))
        ]
    )

    assert sum(len(result.done) for result in results) == 30
    assert Registration.objects.count() == 30


@pytest.mark.parametrize("_round", range(3))
def test_approving_while_the_team_corrects_its_score(_round):
    """The decision was drawn for one score; when another has been written meanwhile, it must not go through."""
    district = make_district(1)
    row = make_ward_dossier(district)
    record_scores(
        actor=district.inspector,
        stage=Stage.INSPECTION,
        entries=[Entry(row.pk, row.state, scores=full_scores(row))],
    )
    row.refresh_from_db()
    page, lower = row.shown_as, full_scores(row, less=8)

    edited, approved = together(
        lambda: record_scores(
            actor=district.inspector, stage=Stage.INSPECTION, entries=[Entry(row.pk, page, scores=lower)]
        ),
        lambda: move(actor=district.decider, action=Action.RECOGNISE, shown={row.pk: page}, only_passed=True),
    )

    assert sorted(len(result.done) for result in (edited, approved)) == [0, 1]
    row.refresh_from_db()
    total = Assessment.objects.get(registration=row, stage=Stage.INSPECTION).total_half
    assert (row.state, total) == ((State.RECOGNISED, 200) if approved.done else (State.INSPECTED, 184))


def test_two_inspectors_write_the_same_criterion():
    """The first is kept, the second is told both values; a first line makes visit and sheet once for both."""
    district = make_district(1)
    other, row = add_inspector(district), make_ward_dossier(district)
    for code in ("1", "2"):
        first, second = together(
            *[
                lambda actor=actor, points=points, code=code: save_score(
                    actor=actor, registration=row, code=code, points=points
                )
                for actor, points in ((district.inspector, 5), (other, 4.5))
            ]
        )

        kept, told = (first, second) if isinstance(second, ScoreConflict) else (second, first)
        assert isinstance(told, ScoreConflict), (first, second)
        ours, theirs = ("5", "4,5") if kept is first else ("4,5", "5")
        assert told.message.startswith(f"Mục {code}: {kept.by_name} vừa ghi {ours} lúc ")
        assert told.message.endswith(f"; bạn ghi {theirs}. Chưa lưu; hãy chọn một trong hai.")
        assert InspectionScore.objects.get(code=code).half == kept.half == (10 if kept is first else 9)
    assert InspectionSheet.objects.count() == InspectionVisit.objects.count() == 1


def one_of_every_model(ward):
    """Dossiers a ward's meeting has agreed on, one a model; the hamlet's own is inspected, too."""
    clan = make_learning_clan(ward)  # its one family is recognised, so clan and hamlet reach their shares
    home = Registration.objects.get().registrant
    other = make_household(HamletFactory(parent=ward.place, name="Khu phố 2"), "Lê Thị Hai")
    people = {
        LearningModel.FAMILY: other,
        LearningModel.CITIZEN: make_citizen(home),
        LearningModel.CLAN: clan,
        LearningModel.UNIT: make_organisation(ward.place),
        LearningModel.COMMUNITY_HAMLET: make_community(ward.hamlet),
    }
    full = SimpleNamespace(choice=lambda points_less: points_less[0])
    cast = SimpleNamespace(officer=ward.officer, inspector=ward.chair, dice=full)
    for model, registrant in people.items():
        register_many(actor=ward.officer, registrant_ids=[registrant.pk], model=model, year=YEAR)
        mine = Registration.objects.filter(registrant=registrant, model=model, year=YEAR)
        for step in (dossiers.score, dossiers.meet, dossiers.inspect):
            if step is not dossiers.inspect or model == LearningModel.COMMUNITY_HAMLET:
                step(cast, list(mine.all()))
        yield mine.get()


def corrected_or_proposed(ward, row):
    """The points are corrected while the dossier is proposed: one of the two, and what is proposed is what stands."""
    inspected = row.state == State.INSPECTED
    stage, editor = (Stage.INSPECTION, ward.chair) if inspected else (Stage.REVIEW, ward.officer)
    agreed = row.inspection_half if inspected else row.review_half
    page, lower = shown([row]), [Entry(row.pk, row.shown_as, scores=full_scores(row, less=2))]
    assert agreed != 196, row.model
    letters = [letter_of(ward) for _hand in range(2)]
    for letter in letters:
        letter.model = row.model

    edited, sent = together(
        lambda: record_scores(actor=editor, stage=stage, entries=lower),
        lambda: propose(actor=ward.chair, proposal=letters[0], shown=page),
    )

    before, had = row.state, row.inspection_half if inspected else row.review_half
    assert had == 200
    row.refresh_from_db()
    if isinstance(sent, RowsRefused):  # the correction came first: the list showed what is no more
        assert (edited.done, row.state) == ([row.pk], before)
        propose(actor=ward.chair, proposal=letters[1], shown=shown([row]))
        row.refresh_from_db()
    else:
        assert (sent.done, edited.done) == ([row.pk], [])
    points = row.inspection_half if inspected else row.review_half
    assert (row.state, points) == (State.PROPOSED, 196 if edited.done else agreed)
    assert Assessment.objects.get(registration=row, stage=stage).total_half == points


def decided_once(ward, deputy, row):
    one = draft(ward.decider, row.proposal)
    two = Decision.objects.get(pk=one.pk)
    two.pk = None
    two.save()
    page = shown([row])
    results = together(
        lambda: issue(actor=ward.decider, decision=one, recognise=page),
        lambda: issue(actor=deputy, decision=two, recognise=page),
    )

    (loser,) = [result for result in results if isinstance(result, Exception)]
    assert isinstance(loser, RowsRefused), loser
    assert "vừa chuyển hồ sơ này sang “Được công nhận”" in loser.skipped[0][1]
    assert Award.objects.filter(registration=row, decision__state="ISSUED").count() == 1


def test_of_every_model_one_wins_who_corrects_or_proposes_and_one_of_two_deciders():
    ward = make_ward()
    deputy = make_officer(Role.DECIDER, ward.place, name="Đỗ Văn Phó")
    for row in one_of_every_model(ward):
        assert row.passed, row.model
        corrected_or_proposed(ward, row)
        decided_once(ward, deputy, row)
    numbers = Decision.objects.filter(state="ISSUED").order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 7))  # the family of the clan, and five models
    assert check_all() == []


def test_two_people_enter_the_same_grid():
    ward = make_ward()
    rows = make_registrations(ward, 40)
    results = together(
        *[
            lambda actor=actor, total=total, order=order: record_scores(
                actor=actor,
                stage=Stage.SELF,
                entries=[Entry(row.pk, row.shown_as, total=total) for row in rows[::order]],
            )
            for actor, total, order in ((ward.officer, 80, 1), (ward.hamlet_officer, 95, -1))
        ]
    )

    won = max(results, key=lambda result: len(result.done))
    assert sorted(len(result.done) for result in results) == [0, 40]
    (total,) = set(Assessment.objects.values_list("total_half", flat=True))
    assert total == (160 if won is results[0] else 190)


def test_a_double_click_on_meeting_and_on_letter():
    ward = make_ward()
    rows = make_registrations(ward, 5, state=State.SELF_ASSESSED)
    entries = [Entry(row.pk, row.shown_as, total=90, votes_for=40, votes_against=0) for row in rows]
    results = together(
        *[lambda: hold_meeting(actor=ward.hamlet_officer, meeting=meeting_of(ward), entries=entries)] * 2
    )
    assert sum(isinstance(result, RecognitionError) for result in results) == 1
    assert ReviewMeeting.objects.count() == 1

    pages = shown(Registration.objects.all())
    results = together(*[lambda: propose(actor=ward.officer, proposal=letter_of(ward), shown=pages)] * 2)
    assert sum(isinstance(result, RowsRefused) for result in results) == 1
    assert Proposal.objects.get().number == 1


def test_nobody_proposes_what_is_just_being_corrected():
    """A letter rests on minutes as they are: whoever corrects them waits for the letter being sent, and is refused."""
    ward = make_ward()
    rows = make_registrations(ward, 2, state=State.REVIEWED)
    meeting = ReviewMeeting.objects.get()

    sent, refused = one_after_the_other(
        lambda: propose(actor=ward.officer, proposal=letter_of(ward), shown=shown(rows)),
        lambda: correct_minutes(
            actor=ward.hamlet_officer, meeting=meeting, reason="Nhầm", values={"venue": "Khác"}, attendees={}
        ),
    )

    assert len(sent.done) == 2
    assert str(refused).startswith("Đã có hồ sơ của cuộc họp này được trình nên biên bản không sửa được nữa.")
    meeting.refresh_from_db()
    assert meeting.venue == "Nhà văn hóa khu phố 1"


def test_eight_clerks_reserve_numbers_without_gap_or_double():
    place = make_ward().place

    def some(worker):
        taken = []
        for turn in range(5):
            with transaction.atomic():
                first = reserve(place=place, series="GCN", year=2025, count=3)
                if (worker + turn) % 4 == 0:
                    transaction.set_rollback(True)  # a failed action gives its numbers back
                else:
                    taken += range(first, first + 3)
        return taken

    results = together(*[lambda worker=worker: some(worker) for worker in range(8)])

    numbers = sorted(number for taken in results for number in taken)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == 8 * 5 * 3 - 10 * 3
