"""Shares computed from other models' results: counts, lists, freezing, drift, typed numbers, and what they stop."""

import datetime
import io
import json
import threading
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recognition.choices import LearningModel, RulebookOrigin, Stage, State
from recognition.domain.assessing import EntriesRefused, Entry, record_scores
from recognition.domain.certifying import revoke
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.integrity import CHECKS
from recognition.domain.measures import computing
from recognition.domain.measures.freezing import basis_for, count_again, keep, take_back_typed, type_share
from recognition.domain.measures.showing import lines_of
from recognition.domain.proposing import propose
from recognition.domain.registering import register, send_back
from recognition.domain.rulebooks import load_rulebooks
from recognition.management.commands.score import _measures as typed_measures
from recognition.models import Award, MeasureSnapshot, Proposal, Registration, Rulebook
from recognition.rulebook_checks import parse_rulebook
from recognition.scoring import evaluate
from recognition.shares import Share, requirement_sentence
from tests.factories.recognition import (
    YEAR,
    full_scores,
    make_community,
    make_district,
    make_registrations,
    make_ward,
    make_ward_dossier,
    shipped_specs,
)
from tests.factories.units import HamletFactory, make_citizen, make_clan, make_household, make_organisation
from tests.recognition.rulebook_samples import with_table
from tests.recognition.test_affiliating import recognised
from units.models import ClanMembership, OrganisationYear, Place

ON = datetime.date(YEAR, 12, 28)
TITLE = "Tỷ lệ hộ là Gia đình học tập"


# --- Pure


@pytest.mark.parametrize(
    ("numerator", "denominator", "percent", "met", "lacking", "sentence"),
    [
        (41, 120, "34.17", False, 31, "Hộ: mới 41/120 hộ (34,2%) được công nhận, cần 60%, còn thiếu 31."),
        (71, 120, "59.17", False, 1, "Hộ: mới 71/120 hộ (59,2%) được công nhận, cần 60%, còn thiếu 1."),
        (72, 120, "60.00", True, 0, "Hộ: 72/120 hộ (60,0%), đạt mức 60%."),
        (73, 120, "60.83", True, 0, "Hộ: 73/120 hộ (60,8%), đạt mức 60%."),
        # half up would show 60,0 % and hide that one is missing
        (5999, 10000, "59.99", False, 1, "Hộ: mới 5.999/10.000 hộ (59,99%) được công nhận, cần 60%, còn thiếu 1."),
        (0, 0, None, False, 0, "Hộ: không có mẫu số (chưa có hộ nào để tính), cần 60%."),
        (0, None, None, False, 0, "Chưa có số liệu “Hộ” (cần từ 60%)."),
    ],
)
def test_a_share_is_judged_exactly_and_said_in_one_sentence(numerator, denominator, percent, met, lacking, sentence):
    share = Share(numerator, denominator)

    assert share.percent == (percent and Decimal(percent))
    assert (share.meets(60), share.lacking(60)) == (met, lacking)
    assert requirement_sentence(title="Hộ", measure="hamlet_family_share", share=share, required=60) == sentence


# --- A hamlet


@pytest.fixture
def ward(db):
    return make_ward()


def hamlet_dossier(ward, *, stage=Stage.REVIEW) -> Registration:
    """The hamlet's own dossier with full points, scored up to `stage`."""
    row = register(actor=ward.officer, registrant=make_community(ward.hamlet), model="COMMUNITY_HAMLET", year=YEAR)
    score(row, Stage.SELF, ward.hamlet_officer)
    if stage == Stage.REVIEW:
        score(row, Stage.REVIEW, ward.officer)
    return row


def score(row: Registration, stage, actor, **values) -> None:
    row.refresh_from_db()
    entry = Entry(row.pk, row.shown_as, scores=full_scores(row), **values)
    record_scores(actor=actor, stage=stage, entries=[entry])
    row.refresh_from_db()


def result_of(row: Registration) -> tuple:
    """(passed, sentences about shares) of the latest assessment."""
    sheet = row.assessments.order_by("pk").last()
    return sheet.passed, [text for text in sheet.reasons if TITLE in text]


def letter(ward) -> Proposal:
    return Proposal(
        place=ward.place,
        model=LearningModel.COMMUNITY_HAMLET,
        year=YEAR,
        signed_on=datetime.date(YEAR, 12, 20),
        signer="Phạm Thị Chi",
        signer_title="Chủ tịch Hội Khuyến học",
    )


def test_a_hamlet_passes_from_its_required_share_on_not_one_household_below(ward):
    make_registrations(ward, 3, state=State.RECOGNISED)
    make_registrations(ward, 1, names=["Lê Chờ"])  # registered: counted as nobody's result, and still open
    row = hamlet_dossier(ward)  # 3 of 4
    assert (row.passed, result_of(row)) == (True, (True, [f"{TITLE}: 3/4 hộ (75,0%), đạt mức 60%."]))
    kept = row.measures.get(code="D-03")
    assert (kept.numerator, kept.denominator, kept.still_open, len(kept.list_hash)) == (3, 4, 1, 64)

    make_household(ward.hamlet, "Trần Chưa Đăng Ký")  # 3 of 5: exactly 60 %
    count_again(actor=ward.officer, registration=row)
    row.refresh_from_db()
    assert (row.passed, result_of(row)) == (True, (True, [f"{TITLE}: 3/5 hộ (60,0%), đạt mức 60%."]))

    make_household(ward.hamlet, "Trần Mới")  # 3 of 6: one too few
    count_again(actor=ward.officer, registration=row)
    row.refresh_from_db()
    short = f"{TITLE}: mới 3/6 hộ (50,0%) được công nhận, cần 60%, còn thiếu 1."
    assert (row.passed, result_of(row)) == (False, (False, [short]))
    with pytest.raises(RowsRefused) as refused:
        propose(actor=ward.officer, proposal=letter(ward), shown={row.pk: row.shown_as})
    assert refused.value.skipped == [(row.pk, f"Hồ sơ chưa đạt nên không thể thực hiện “Trình đề nghị”. {short}")]

    Place.objects.filter(pk=ward.place.pk).update(area_class="DIFFICULT")  # there 50 % are enough
    count_again(actor=ward.officer, registration=row)
    row.refresh_from_db()
    assert (row.passed, result_of(row)) == (True, (True, [f"{TITLE}: 3/6 hộ (50,0%), đạt mức 50%."]))
    make_household(ward.hamlet, "Trần Mới Nữa")  # 3 of 7
    count_again(actor=ward.officer, registration=row)
    assert result_of(row)[0] is False


def test_nobody_to_count_is_no_denominator_and_no_pass(ward):
    row = hamlet_dossier(ward)

    assert (row.passed, result_of(row)) == (
        False,
        (False, [f"{TITLE}: không có mẫu số (chưa có hộ nào để tính), cần 60%."]),
    )
    line = next(one for one in lines_of(row, "NORMAL") if one.derived.code == "D-03")
    assert (line.share.percent, line.share.text(), line.met) == (None, "không có mẫu số", False)


def test_submitting_freezes_the_share_and_drift_shows_afterwards(client, ward):
    families = make_registrations(ward, 4, state=State.RECOGNISED)
    make_household(ward.hamlet, "Lê Năm")
    row = hamlet_dossier(ward)  # 4 of 5
    propose(actor=ward.officer, proposal=letter(ward), shown={row.pk: row.shown_as})
    row.refresh_from_db()
    frozen = row.measures.get(code="D-03")
    before = lines_of(row, "NORMAL")[0]
    assert (before.drift, before.share) == (False, Share(4, 5))

    for family in families[:2]:  # 2 of 5 are left: below the mark
        award = Award.objects.get(registration=family)
        revoke(actor=ward.decider, award=award, ground="FALSE", reason="Khai sai số người học", on=ON)
    line = lines_of(row, "NORMAL")[0]
    assert (line.drift, line.share, line.now.share) == (True, Share(4, 5), Share(2, 5))
    assert row.measures.get(code="D-03").computed_at == frozen.computed_at
    row.refresh_from_db()
    assert row.passed is True  # judged by what it was submitted with
    client.force_login(ward.decider)
    check = client.post(
        reverse("recognition:decision-create", args=[row.proposal_id]),
        {
            "step": "check",
            "signed_on": f"28/12/{YEAR}",
            "signer": "Nguyễn Thị Đào",
            "signer_title": "Chủ tịch",
            "grounds": "Căn cứ A;",
            "row": f"{row.pk}:{row.shown_as}",
            f"choice-{row.pk}": "recognise",
        },
    ).content.decode()
    assert "4/5 (80,0%), cần từ 60%" in check and "nay 2/5 (40,0%)" in check
    assert CHECKS["shares"]() == []
    behind = MeasureSnapshot.objects.filter(registration=row, code="D-03")
    behind.update(numerator=2)
    assert [fault.message for fault in CHECKS["shares"]()] == [
        f"“{row.registrant.name}” năm {YEAR} ghi là đạt nhưng D-03 chỉ 2/5, dưới mức cần."
    ]
    behind.update(numerator=4)
    with pytest.raises(NotPermitted) as refused:
        count_again(actor=ward.officer, registration=row)
    assert str(refused.value) == "Hồ sơ đã trình nên các tỷ lệ đã chốt, không tính lại hay khai lại được."

    send_back(actor=ward.decider, shown={row.pk: row.shown_as}, reason="Xem lại tỷ lệ")
    score(row, Stage.SELF, ward.hamlet_officer)  # begins again, so it is counted again
    assert result_of(row) == (False, [f"{TITLE}: mới 2/5 hộ (40,0%) được công nhận, cần 60%, còn thiếu 1."])


def test_proposing_counts_once_more_and_refuses_what_fell_below(ward):
    families = make_registrations(ward, 3, state=State.RECOGNISED)
    make_household(ward.hamlet, "Lê Bốn")
    make_household(ward.hamlet, "Lê Năm")
    row = hamlet_dossier(ward)  # 3 of 5
    revoke(
        actor=ward.decider, award=Award.objects.get(registration=families[0]), ground="FALSE", reason="Khai sai", on=ON
    )

    with pytest.raises(RowsRefused) as refused:
        propose(actor=ward.officer, proposal=letter(ward), shown={row.pk: row.shown_as})

    assert "mới 2/5 hộ (40,0%)" in refused.value.skipped[0][1]
    row.refresh_from_db()
    assert (row.state, row.proposal_id) == (State.REVIEWED, None)


def test_all_hamlets_of_a_ward_are_counted_again_before_they_are_proposed(client, ward):
    row = hamlet_dossier(ward)  # reviewed before its families were decided
    other = register(
        actor=ward.officer,
        registrant=make_community(HamletFactory(parent=ward.place, name="Khu phố 2")),
        model="COMMUNITY_HAMLET",
        year=YEAR,
    )
    make_registrations(ward, 1, state=State.RECOGNISED)
    client.force_login(ward.officer)
    query = f"?nam={YEAR}&model=COMMUNITY_HAMLET"
    page = client.get(reverse("recognition:proposal-create", args=[ward.place.pk]) + query).content.decode()
    assert "1 hồ sơ được chấm theo số cũ." in page and "Không trình: 1 hồ sơ chưa đạt" in page

    answer = client.post(reverse("recognition:measure-count-place", args=[ward.place.pk]) + query, follow=True)
    page = answer.content.decode()
    assert "Đã tính lại tỷ lệ của 1 hồ sơ: 1 hồ sơ nay đạt, 0 hồ sơ nay chưa đạt." in page
    assert "hồ sơ được chấm theo số cũ" not in page and "Danh sách trình: 1 hồ sơ sẵn sàng" in page
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.passed, other.passed) == (True, None)


def test_numbers_are_typed_with_a_reason_and_stay_in_the_history(ward):
    make_registrations(ward, 1, state=State.RECOGNISED)
    make_household(ward.hamlet, "Lê Hai")
    row = hamlet_dossier(ward)  # 1 of 2
    assert row.passed is False

    def typed(numerator, denominator, reason, actor=ward.officer, code="D-03"):
        return type_share(
            actor=actor, registration=row, code=code, numerator=numerator, denominator=denominator, reason=reason
        )

    for values, sentence in (
        ((6, 10, "  "), "Khai số thay cho số máy tính phải ghi lý do, ví dụ số văn bản xác nhận."),
        ((6, 10, "x" * 501), "Lý do dài quá 500 ký tự. Hãy viết gọn lại."),
        ((0, 0, "Theo biên bản"), "Mẫu số phải từ 1 trở lên."),
        ((11, 10, "Theo biên bản"), "Tử số phải từ 0 đến mẫu số."),
        ((-1, 10, "Theo biên bản"), "Tử số phải từ 0 đến mẫu số."),
    ):
        with pytest.raises(RecognitionError) as refused:
            typed(*values)
        assert str(refused.value) == sentence
    with pytest.raises(RecognitionError) as refused:
        typed(1, 1, "Theo biên bản", code="D-99")
    assert str(refused.value) == "Bộ tiêu chí của hồ sơ không có tỷ lệ “D-99”."
    with pytest.raises(NotPermitted):
        typed(6, 10, "Theo biên bản", actor=ward.decider)

    typed(6, 10, "Theo biên bản rà soát số 12 của khu phố")
    row.refresh_from_db()
    kept = row.measures.get(code="D-03")
    assert (row.passed, kept.share, kept.computed, kept.typed_by_name) == (
        True,
        Share(6, 10),
        Share(1, 2),
        ward.officer.full_name,
    )
    score(row, Stage.REVIEW, ward.officer)  # scoring again keeps what was typed
    assert row.passed is True

    take_back_typed(actor=ward.officer, registration=row, code="D-03")
    row.refresh_from_db()
    assert (row.passed, row.measures.get(code="D-03").share) == (False, Share(1, 2))
    with pytest.raises(RecognitionError):
        take_back_typed(actor=ward.officer, registration=row, code="D-03")
    history = list(kept.events.order_by("pgh_id").values_list("typed_numerator", "typed_reason"))
    assert (6, "Theo biên bản rà soát số 12 của khu phố") in history
    assert history[-1] == (None, "")


# --- Every other measure


def share(measure, subjects, **more) -> tuple:
    one = next(iter(computing.count(measure, subjects, **more).values()))
    return one.share.numerator, one.share.denominator, one.still_open


def test_what_each_measure_counts(ward):
    families = make_registrations(ward, 2, state=State.RECOGNISED)
    open_family = make_registrations(ward, 1, names=["Lê Chờ"])[0]
    other = HamletFactory(parent=ward.place, name="Khu phố 2")
    far = make_household(other, "Phạm Xa")
    gone = make_household(ward.hamlet, "Lê Chuyển Đi")
    gone.stays.update(until=datetime.date(YEAR, 6, 1))  # moved away before the day that counts
    clan = make_clan(ward.hamlet)
    elsewhere = make_household(HamletFactory(), "Phạm Ở Phường Khác")
    for household in (families[0].registrant, open_family.registrant, far, elsewhere):
        ClanMembership.objects.create(clan=clan.clan, household=household.household, since=datetime.date(2020, 1, 1))
    school = make_organisation(ward.hamlet)
    OrganisationYear.objects.create(organisation=school.organisation, year=YEAR, staff=4, learners=10)
    make_citizen(school, "Thầy Một", group=2)
    make_citizen(school, "Trò Một", group=4)
    families[0].registrant.household.adults = 2
    families[0].registrant.household.save()
    make_citizen(families[0].registrant, "Người Lớn", birth_year=1980)
    make_citizen(families[0].registrant, "Trẻ Em", birth_year=YEAR - 10)
    hamlet = computing.places([ward.hamlet.pk], YEAR)
    commune = computing.places([ward.place.pk], YEAR)
    province = computing.places([ward.place.province_id], YEAR)
    here = computing.registrant_in(clan.pk, YEAR, ward.place)
    work = computing.registrant_in(school.pk, YEAR, ward.place)
    home = computing.registrant_in(families[0].registrant_id, YEAR, ward.place)

    assert share("hamlet_family_share", hamlet) == (2, 3, 1)
    assert share("commune_family_share", commune) == (2, 4, 1)
    assert share("hamlet_clan_unit_share", hamlet) == (0, 2, 0)
    assert share("commune_clan_share", commune) == (0, 1, 0)
    assert share("commune_unit_share", commune) == (0, 1, 0)
    assert share("commune_citizen_share", commune) == (0, 4, 0)
    assert share("commune_hamlet_share", commune) == (0, 2, 0)
    assert share("province_commune_share", province) == (0, 1, 0)
    # the clan's families of the recognising ward, or wherever they live
    assert share("clan_family_share", here) == (1, 3, 1)
    assert share("clan_family_share", here, within="everywhere") == (1, 4, 1)
    # staff, learners and adults are reported numbers
    assert share("unit_member_citizen_share", work) == (0, 4, 0)
    assert share("unit_learner_citizen_share", work) == (0, 10, 0)
    assert share("household_citizen_share", home) == (0, 2, 0)
    assert computing.count("commune_literacy_share", commune) == {}

    names = [one.name for one in computing.members(ward.officer, "clan_family_share", here, within="everywhere")]
    assert sorted(names) == ["", "Lê Chờ", "Nguyễn Văn A", "Phạm Xa"]  # the other ward's family stays unnamed
    counted = computing.members(ward.officer, "hamlet_family_share", hamlet, only=computing.COUNTED)
    assert [one.name for one in counted] == ["Nguyễn Văn A", "Nguyễn Văn B"]
    rest = computing.members(ward.officer, "hamlet_family_share", hamlet, only=computing.NOT_COUNTED)
    assert [(one.name, one.state_label) for one in rest] == [("Lê Chờ", "Đã đăng ký")]


def test_a_household_counts_for_a_past_year_as_it_then_stood(ward):
    make_registrations(ward, 2, state=State.RECOGNISED)
    subjects = computing.places([ward.hamlet.pk], YEAR)
    before = share("hamlet_family_share", subjects)
    Place.objects.filter(pk=ward.hamlet.pk).update(valid_to=datetime.date(YEAR, 6, 30))  # merged away in the middle
    ward.hamlet.refresh_from_db()

    assert before == (2, 2, 0)
    assert share("hamlet_family_share", subjects) == (2, 2, 0)  # counted on its last day
    assert share("hamlet_family_share", computing.places([ward.hamlet.pk], YEAR + 1)) == (0, 2, 0)


def test_statements_do_not_grow_with_dossiers(ward):
    places = [ward.hamlet, *(HamletFactory(parent=ward.place, name=f"Khu phố {n}") for n in range(2, 7))]
    make_registrations(ward, 1, state=State.RECOGNISED)
    rows = [
        register(actor=ward.officer, registrant=make_community(place), model="COMMUNITY_HAMLET", year=YEAR)
        for place in places
    ]

    def statements(some) -> int:
        entries = [Entry(row.pk, row.state, scores=full_scores(row)) for row in some]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            done = record_scores(actor=ward.officer, stage=Stage.SELF, entries=entries).done
        assert len(done) == len(some)
        return len(queries)

    assert statements(rows[:1]) == statements(rows[1:])
    assert MeasureSnapshot.objects.filter(code="D-03").values_list("denominator", flat=True).distinct().count() == 2


@pytest.mark.django_db(transaction=True)
def test_typing_and_submitting_at_once_never_changes_a_submitted_share():
    ward = make_ward()
    make_registrations(ward, 3, state=State.RECOGNISED)
    make_household(ward.hamlet, "Lê Bốn")
    row = hamlet_dossier(ward)
    start = threading.Barrier(2)
    outcomes = []

    def run(verb):
        try:
            start.wait()
            verb()
            outcomes.append("done")
        except RecognitionError as error:
            outcomes.append(str(error))
        finally:
            close_old_connections()
            connection.close()

    threads = [
        threading.Thread(
            target=run,
            args=(lambda: propose(actor=ward.officer, proposal=letter(ward), shown={row.pk: row.shown_as}),),
        ),
        threading.Thread(
            target=run,
            args=(
                lambda: type_share(
                    actor=ward.officer, registration=row, code="D-03", numerator=1, denominator=9, reason="Khai lại"
                ),
            ),
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    row.refresh_from_db()
    kept = row.measures.get(code="D-03")
    if row.state == State.PROPOSED:
        assert (kept.is_typed, row.passed) == (False, True)
    else:  # the typed numbers came first, so the dossier had fallen below its mark
        assert (kept.share, row.passed) == (Share(1, 9), False)
    assert outcomes.count("done") == 1


def test_a_dossier_submitted_before_shares_were_kept_is_judged_by_the_first_look(ward):
    make_registrations(ward, 3, state=State.RECOGNISED)
    row = hamlet_dossier(ward)
    propose(actor=ward.officer, proposal=letter(ward), shown={row.pk: row.shown_as})
    row.refresh_from_db()
    MeasureSnapshot.objects.filter(registration=row).delete()

    first = basis_for([row], {row.rulebook_id: row.rulebook})[row.pk]
    assert first.measures["hamlet_family_share"] == Share(3, 3)
    keep({row.pk: first.fresh}, {row.pk: row.rulebook})
    make_household(ward.hamlet, "Lê Bốn")
    again = basis_for([row], {row.rulebook_id: row.rulebook})[row.pk]
    assert (again.measures["hamlet_family_share"], again.fresh) == (Share(3, 3), {})


def test_an_organisation_is_asked_only_the_shares_of_its_type(ward):
    """D-06: 90 % of staff and, in schools, 95 % of learners; in levels the indicator falls with its share."""
    spec = next(one for one in shipped_specs() if one.code == "UNIT-TT24")
    school = [leaf.code for leaf in spec.leaves if leaf.is_for("PRIMARY")]
    agency = [leaf.code for leaf in spec.leaves if leaf.is_for("AGENCY")]

    def judged(codes, kind, staff, learners=None):
        measures = {"unit_member_citizen_share": staff, "unit_learner_citizen_share": learners}
        result = evaluate(spec, dict.fromkeys(codes, 1), measures=measures, organisation_type=kind)
        return result.passed, result.level

    enough = Share(95, 100)
    assert judged(agency, "AGENCY", Share(90, 100)) == (True, 1)
    assert judged(agency, "AGENCY", Share(89, 100)) == (False, None)
    assert judged(school, "PRIMARY", enough, enough) == (True, 1)
    assert judged(school, "PRIMARY", enough, Share(94, 100)) == (False, None)
    assert judged(school, "PRIMARY", enough, None) == (False, None)


def test_the_command_enforces_given_shares_and_names_those_not_given(tmp_path):
    spec = next(one for one in shipped_specs() if one.code == "HAMLET-448")
    sheet = tmp_path / "diem.json"
    sheet.write_text(json.dumps({leaf.code: int(leaf.maximum) for leaf in spec.leaves}))

    def score_of(*more) -> dict:
        out = io.StringIO()
        call_command("score", "--rulebook", "HAMLET-448", "--scores", str(sheet), "--json", *more, stdout=out)
        return json.loads(out.getvalue())

    bare, below = score_of(), score_of("--share", "D-03=71/120")
    assert [(one["passed"], one["unchecked"]) for one in (bare, below)] == [(True, ["D-03"]), (False, [])]
    assert below["reasons"][-1] == f"{TITLE}: mới 71/120 hộ (59,2%) được công nhận, cần 60%, còn thiếu 1."
    for wrong in ("D-99=1/2", "D-03=1", "D-03=x/2", "D-03=-1/2", "D-03=" + "9" * 30 + "/1"):
        with pytest.raises(CommandError, match="--share ghi như D-03=41/120; bộ tiêu chí này có: D-03, D-03b."):
            typed_measures(spec, [wrong], [])
    with pytest.raises(CommandError, match="--condition ghi như"):
        typed_measures(spec, [], ["x=yes"])
    with pytest.raises(CommandError, match="--share D-03=121/120: tử số phải từ 0 đến mẫu số."):
        typed_measures(spec, ["D-03=121/120"], [])
    with pytest.raises(CommandError, match="D-03 được ghi hai lần."):
        typed_measures(spec, ["D-03=120/120", "D-03=1/120"], [])


@pytest.mark.django_db
def test_points_of_a_table_are_asked_when_saved_and_again_when_proposed(client):
    """D-04 by an invented table: what the share is worth is told, other points are refused, and points follow a share
    that has moved when it is counted again."""
    district = make_district(1)
    book = Rulebook.objects.get(code="COMMUNE-TT44")
    content = with_table() | {"version": book.version + 1}
    load_rulebooks(specs=[parse_rulebook(content, book.code)], origin=RulebookOrigin.ASSOCIATION)
    row = make_ward_dossier(district, state=State.REGISTERED)
    assert row.rulebook.version == book.version + 1
    homes = [make_household(HamletFactory(parent=district.wards[0]), f"Hộ {n}") for n in range(4)]
    for home in homes:
        home.stays.update(since=datetime.date(2015, 1, 1))
    full = {leaf.code: leaf.maximum for leaf in row.rulebook.spec.leaves}

    def save(points):
        row.refresh_from_db()
        entry = Entry(row.pk, row.shown_as, scores=full | {"9": points})
        return record_scores(actor=district.officers[0], stage=Stage.SELF, entries=[entry])

    with pytest.raises(EntriesRefused) as refused:
        save(8)
    sentence = "Mục 9: Tỷ lệ Gia đình học tập của xã 0/4 (0,0%) đổi được 0 điểm."
    assert refused.value.faults == {row.pk: {"9": f"{sentence} Phiếu ghi 8 điểm; hãy ghi lại cho đúng."}}
    assert save(0).done == [row.pk]
    assert row.assessments.get().reasons[-1] == sentence
    client.force_login(district.officers[0])
    page = client.get(reverse("recognition:assessment-form", args=[row.pk])).content.decode()
    assert "Mục 9 được 0 điểm theo bảng đổi." in page

    # Three of four families turn out to be recognised: from 62.5 % on it is worth more, and nobody scores again.
    for home in homes[:3]:
        recognised(home, SimpleNamespace(place=district.wards[0]), "FAMILY", "FAMILY-448", 2017)
    count_again(actor=district.officers[0], registration=row)
    row.refresh_from_db()
    kept = row.assessments.get()
    assert (row.self_half, kept.total_half, kept.passed, kept.rank) == (200, 200, True, "GOOD")
    assert kept.scores[row.rulebook.spec.leaf_codes.index("9")] == 16
    assert kept.reasons[-1].endswith("3/4 (75,0%) đổi được 8 điểm.")
    with pytest.raises(EntriesRefused):
        save(7)
