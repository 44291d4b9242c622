"""The team's sheet: lines saved one by one, two inspectors, criteria given to members, every model, the conclusion."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognition.choices import Stage, State
from recognition.domain.assessing import EntriesRefused, Entry, record_scores
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import Member, create_inspection, split_criteria
from recognition.domain.inspection_sheets import ScoreConflict, inspect, save_score, sheet_of
from recognition.domain.registering import register
from recognition.models import Assessment, Inspection, InspectionScore, InspectionSheet, Registration
from tests.factories.recognition import (
    YEAR,
    add_inspector,
    full_scores,
    make_community,
    make_district,
    make_family_team,
    make_learning_clan,
    make_registrations,
    make_ward,
    make_ward_dossier,
)
from tests.factories.units import make_officer, make_organisation
from units.choices import Role
from units.models import User

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def district():
    return make_district(1)


@pytest.fixture
def row(district):
    assert district.team
    return make_ward_dossier(district)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


# --- Line by line


def test_a_line_is_kept_with_who_and_version_and_the_dossier_does_not_move(district, row):
    first = save_score(actor=district.inspector, registration=row, code="1", points=7.5, remark=" Thiếu  kế hoạch ")
    again = save_score(actor=district.inspector, registration=row, code="1", points=7, remark="Thiếu kế hoạch", seen=1)

    assert (first.half, first.remark, first.version, first.by_name) == (15, "Thiếu kế hoạch", 1, "Hoàng Văn Bình")
    assert (again.half, again.version) == (14, 2)
    assert InspectionScore.objects.count() == 1
    row.refresh_from_db()
    assert (row.state, row.inspection_half) == (State.PROPOSED, None)


def test_the_same_value_twice_changes_nothing(district, row):
    save_score(actor=district.inspector, registration=row, code="1", points=7)

    assert save_score(actor=district.inspector, registration=row, code="1", points=7, seen=0) is None
    assert InspectionScore.objects.get().version == 1


def test_the_second_inspector_is_told_both_values_and_nothing_is_lost(district, row):
    other = add_inspector(district)
    save_score(actor=district.inspector, registration=row, code="1", points=7)

    with pytest.raises(ScoreConflict) as refused:
        save_score(actor=other, registration=row, code="1", points=6, seen=0)

    assert refused.value.message.startswith("Mục 1: Hoàng Văn Bình vừa ghi 7 lúc ")
    assert refused.value.message.endswith("; bạn ghi 6. Chưa lưu; hãy chọn một trong hai.")
    assert InspectionScore.objects.get().half == 14
    kept = save_score(actor=other, registration=row, code="1", points=6, seen=1)
    assert (kept.half, kept.version, kept.by_name) == (12, 2, "Đặng Thị Hai")


def test_different_remarks_conflict_too(district, row):
    other = add_inspector(district)
    save_score(actor=district.inspector, registration=row, code="1", points=7, remark="Đủ")

    with pytest.raises(ScoreConflict, match="vừa ghi nhận xét “Đủ” .* bạn ghi “Thiếu”"):
        save_score(actor=other, registration=row, code="1", points=7, remark="Thiếu", seen=0)


@pytest.mark.parametrize(
    ("code", "points", "sentence"),
    [
        ("1", 8.5, "8,5 điểm vượt quá điểm tối đa 8."),
        ("1", -0.5, "-0,5 điểm nhỏ hơn 0"),
        ("1", 7.25, "không đúng bước điểm"),
    ],
)
def test_points_out_of_bounds(district, row, code, points, sentence):
    with pytest.raises(EntriesRefused) as refused:
        save_score(actor=district.inspector, registration=row, code=code, points=points)

    assert sentence in refused.value.faults[row.pk][code]
    assert not InspectionSheet.objects.filter(scores__isnull=False).exists()


def test_a_criterion_that_is_not_of_the_rulebook(district, row):
    with pytest.raises(RecognitionError, match="Bộ tiêu chí không có mục “99”."):
        save_score(actor=district.inspector, registration=row, code="99", points=1)


# --- Criteria given to members


def test_only_the_member_and_the_head_write_a_given_criterion(district, row):
    other = add_inspector(district)
    members = {member.user_id: member.pk for member in district.team.members.all()}
    split_criteria(
        actor=district.inspector,
        inspection=district.team,
        duties={"1": members[district.inspector.pk], "2": members[other.pk], "3": None},
    )

    with pytest.raises(EntriesRefused) as refused:
        save_score(actor=other, registration=row, code="1", points=7)
    assert refused.value.faults[row.pk] == {
        "1": "Mục 1 giao cho Hoàng Văn Bình; chỉ người này hoặc trưởng đoàn ghi điểm."
    }
    save_score(actor=district.inspector, registration=row, code="1", points=7)
    with pytest.raises(EntriesRefused, match="giao cho Hoàng Văn Bình"):  # not: choose between his and yours
        save_score(actor=other, registration=row, code="1", points=5)
    for actor, code in ((other, "2"), (other, "3"), (district.inspector, "2")):
        seen = InspectionScore.objects.filter(code=code).count()
        points = 5 if actor == other else 4
        assert save_score(actor=actor, registration=row, code=code, points=points, seen=seen).half == points * 2


def test_a_criterion_or_member_of_elsewhere_is_refused(district):
    with pytest.raises(RecognitionError, match="Bộ tiêu chí không có mục “99”."):
        split_criteria(actor=district.inspector, inspection=district.team, duties={"99": None})
    with pytest.raises(RecognitionError, match="Người phụ trách mục 1 không có tên trong đoàn."):
        split_criteria(actor=district.inspector, inspection=district.team, duties={"1": 0})
    with pytest.raises(NotPermitted, match="Chỉ người lập đoàn hoặc trưởng đoàn phân công tiêu chí."):
        split_criteria(actor=district.officers[0], inspection=district.team, duties={"1": None})


# --- The conclusion


def test_concluding_writes_sheet_and_dossier_with_the_self_score_of_the_moment(district, row):
    inspect(actor=district.inspector, registration=row, shown=row.shown_as, scores=full_scores(row, less=8))

    sheet = sheet_of(district.team, row)
    assert (sheet.total_half, sheet.self_half, sheet.rank, sheet.passed) == (184, 200, "GOOD", True)
    assert len(sheet.self_scores) == 15
    assert sheet.concluded_by_name == "Hoàng Văn Bình"
    row.refresh_from_db()
    assert (row.state, row.inspection_half) == (State.INSPECTED, 184)


def test_a_line_changed_afterwards_opens_the_sheet_again(district, row):
    inspect(actor=district.inspector, registration=row, shown=row.shown_as, scores=full_scores(row))
    row.refresh_from_db()

    save_score(actor=district.inspector, registration=row, code="1", points=4, seen=1)

    sheet = sheet_of(district.team, row)
    assert (sheet.concluded_at, sheet.total_half) == (None, 200)
    scores = full_scores(row) | {"1": 4}
    inspect(actor=district.inspector, registration=row, shown=row.shown_as, scores=scores)
    assert (sheet_of(district.team, row).total_half, Registration.objects.get().inspection_half) == (192, 192)


def test_concluding_over_a_line_somebody_else_wrote_meanwhile_saves_nothing(district, row):
    other = add_inspector(district)
    save_score(actor=other, registration=row, code="2", points=3)

    with pytest.raises(ScoreConflict) as refused:
        inspect(actor=district.inspector, registration=row, shown=row.shown_as, scores=full_scores(row), seen={"1": 0})

    assert set(refused.value.faults) == {"2"}
    row.refresh_from_db()
    assert (row.state, row.inspection_half) == (State.PROPOSED, None)
    assert not Assessment.objects.filter(stage=Stage.INSPECTION).exists()
    assert [score.half for score in InspectionScore.objects.all()] == [6]


def test_an_open_criterion_is_named(district, row):
    scores = full_scores(row)
    del scores["3"]

    with pytest.raises(EntriesRefused) as refused:
        inspect(actor=district.inspector, registration=row, shown=row.shown_as, scores=scores)

    assert refused.value.faults[row.pk] == {"3": "Mục 3 chưa chấm; hãy nhập số từ 0 đến 6."}


# --- Every model, and who may not


def community_of_hamlet(ward):
    """Reviewed already: its meeting comes before the team."""
    row = register(actor=ward.officer, registrant=make_community(ward.hamlet), model="COMMUNITY_HAMLET", year=YEAR)
    row = scored(row, ward.hamlet_officer)
    entry = Entry(row.pk, row.shown_as, scores=full_scores(row), votes_for=1, votes_against=0)
    record_scores(actor=ward.officer, stage=Stage.REVIEW, entries=[entry])
    row.refresh_from_db()
    return row


def scored(row, actor):
    record_scores(actor=actor, stage=Stage.SELF, entries=[Entry(row.pk, row.state, scores=full_scores(row))])
    row.refresh_from_db()
    return row


def clan(ward):
    registrant = make_learning_clan(ward)
    return scored(register(actor=ward.officer, registrant=registrant, model="CLAN", year=YEAR), ward.hamlet_officer)


def unit(ward):
    registrant = make_organisation(ward.hamlet)
    return scored(register(actor=ward.officer, registrant=registrant, model="UNIT", year=YEAR), ward.officer)


def family(ward):
    (row,) = make_registrations(ward, 1, state=State.SELF_ASSESSED)
    row.refresh_from_db()
    return row


def team_of_ward(ward, model) -> Inspection:
    team = make_family_team(ward)
    Inspection.objects.filter(pk=team.pk).update(model=model)
    return Inspection.objects.get(pk=team.pk)


@pytest.mark.parametrize("make", [clan, unit, family])
def test_where_inspecting_is_no_step_the_sheet_alone_keeps_the_result(make):
    ward = make_ward()
    row = make(ward)
    team = team_of_ward(ward, row.model)
    before = (row.state, row.state_at, row.inspection_half)

    inspect(actor=ward.chair, registration=row, shown=row.shown_as, scores=full_scores(row, less=2))

    sheet = sheet_of(team, row)
    assert (sheet.total_half, sheet.passed, sheet.visit.place) == (196, True, ward.hamlet)
    row.refresh_from_db()
    assert (row.state, row.state_at, row.inspection_half) == before


def test_a_hamlet_inspected_by_its_ward_moves_on():
    ward = make_ward()
    row = community_of_hamlet(ward)
    team = team_of_ward(ward, row.model)

    inspect(actor=ward.chair, registration=row, shown=row.shown_as, scores=full_scores(row, less=2))

    row.refresh_from_db()
    assert (row.state, row.inspection_half) == (State.INSPECTED, 196)
    assert sheet_of(team, row).total_half == 196


@pytest.mark.parametrize("make", [clan, unit, family, community_of_hamlet])
def test_staff_of_a_hamlet_inspects_nobody_of_it(make):
    ward = make_ward()
    row = make(ward)
    team = team_of_ward(ward, row.model)
    ward.chair.postings.create(role=Role.HAMLET_OFFICER, place=ward.hamlet, starts_on="2020-01-01")
    chair = User.objects.get(pk=ward.chair.pk)

    with pytest.raises(NotPermitted, match="Cán bộ của địa bàn không được kiểm tra chính địa bàn mình."):
        save_score(actor=chair, registration=row, code=row.rulebook.spec.leaf_codes[0], points=1)
    assert sheet_of(team, row) is None


@pytest.mark.parametrize("make", [clan, unit, family])
def test_who_entered_the_self_score_does_not_inspect_it(make):
    ward = make_ward()
    row = make(ward)
    team = team_of_ward(ward, row.model)
    maker = row.state_by
    maker.postings.all().delete()
    maker.postings.create(role=Role.WARD_OFFICER, place=ward.place, starts_on="2020-01-01")
    team.members.create(user=maker, name=maker.full_name)

    with pytest.raises(NotPermitted, match="phải khác người đã làm bước trước"):
        inspect(actor=User.objects.get(pk=maker.pk), registration=row, shown=row.shown_as, scores=full_scores(row))


def test_a_dossier_without_self_score_is_not_checked():
    ward = make_ward()
    (row,) = make_registrations(ward, 1)
    make_family_team(ward)

    with pytest.raises(NotPermitted, match="đang ở tình trạng “Đã đăng ký”"):
        save_score(actor=ward.chair, registration=row, code=row.rulebook.spec.leaf_codes[0], points=1)


@pytest.mark.parametrize(("model", "levels"), [("COMMUNITY_COMMUNE", "quận, huyện"), ("COMMUNITY_DISTRICT", "tỉnh")])
def test_only_a_level_above_inspects(model, levels):
    ward = make_ward()
    team = Inspection(place=ward.place, model=model, year=YEAR, starts_on=f"{YEAR}-12-01", ends_on=f"{YEAR}-12-20")

    with pytest.raises(RecognitionError, match=f"do cấp trên của nơi được kiểm tra lập: .*{levels}"):
        create_inspection(actor=ward.chair, inspection=team, members=[Member("A", ward.chair, is_lead=True)])


# --- The page


def line_data(row, n, points, **more):
    return {f"s-{n}": points, f"m-{n}": "", f"v-{n}": "0", **more}


def test_a_line_of_the_page_answers_with_its_new_version(district, row):
    client = signed_in(district.inspector)
    url = f"/doan-kiem-tra/cham-diem/{row.pk}/muc/0/"

    answer = client.post(url, line_data(row, 0, "7,5", **{"m-0": "Đủ"}))

    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="v-0" value="1"' in html
    assert "Đã lưu: Hoàng Văn Bình" in html
    kept = InspectionScore.objects.get()
    assert (kept.code, kept.half, kept.remark) == ("1", 15, "Đủ")


def test_a_conflict_shows_both_values_and_offers_both(district, row):
    save_score(actor=add_inspector(district), registration=row, code="1", points=7)

    answer = signed_in(district.inspector).post(f"/doan-kiem-tra/cham-diem/{row.pk}/muc/0/", line_data(row, 0, "6"))

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Đặng Thị Hai vừa ghi 7 lúc" in html
    assert "bạn ghi 6." in html
    assert 'data-points="7"' in html
    assert 'name="v-0" value="0"' in html  # nothing is overwritten before somebody chooses
    assert InspectionScore.objects.get().half == 14


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("tốt", 422, "“tốt” không phải là số"),
        ("9", 422, "9 điểm vượt quá điểm tối đa 8."),
        ("9" * 5000, 422, "không phải là số"),
        ("NaN", 422, "không phải là số"),
        ("<script>", 422, "“&lt;script&gt;” không phải là số"),
    ],
)
def test_bad_input_on_a_line_is_told(district, row, typed, status, sentence):
    answer = signed_in(district.inspector).post(
        f"/doan-kiem-tra/cham-diem/{row.pk}/muc/0/", line_data(row, 0, typed, **{"v-0": "x"})
    )

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert not InspectionScore.objects.exists()


def test_lines_of_others_and_lines_that_are_not_there(district, row):
    url = f"/doan-kiem-tra/cham-diem/{row.pk}/muc/"
    client = signed_in(district.inspector)
    assert client.post(f"{url}15/", {}).status_code == 404
    stranger = signed_in(make_officer(Role.INSPECTOR, district.place, name="Lý Văn Ngoài"))
    answer = stranger.post(f"{url}0/", line_data(row, 0, "7"))
    assert answer.status_code == 403
    assert "Bạn không có tên trong đoàn kiểm tra Quận 10 năm 2017." in answer.content.decode()
    assert not InspectionScore.objects.exists()


def test_the_sheet_shows_what_was_saved_and_whose_criterion_it_is(district, row):
    other = add_inspector(district)
    member = district.team.members.get(user=other)
    split_criteria(actor=district.inspector, inspection=district.team, duties={"2": member.pk})
    save_score(actor=other, registration=row, code="2", points=5.5, remark="Xem sổ")

    html = signed_in(district.inspector).get(f"/doan-kiem-tra/cham-diem/{row.pk}/").content.decode()

    assert 'value="5,5"' in html
    assert ">Xem sổ</textarea>" in html.replace("\n", "")
    assert 'name="v-1" value="1"' in html
    assert "Giao cho Đặng Thị Hai." in html


def test_a_family_sheet_leads_back_to_the_visit():
    ward = make_ward()
    row = family(ward)
    team = make_family_team(ward)
    client = signed_in(ward.chair)
    url = f"/doan-kiem-tra/cham-diem/{row.pk}/"
    assert "Cuộc kiểm tra" not in client.get(url).content.decode()  # the visit is written on its own page

    points = {f"s-{n}": str(leaf.maximum) for n, leaf in enumerate(row.rulebook.spec.leaves)}
    answer = client.post(url, {"shown": row.shown_as, **points})

    assert answer.headers["Location"] == f"/doan-kiem-tra/{team.pk}/noi/{ward.hamlet.pk}/"
    assert sheet_of(team, row).total_half == 200
    assert signed_in(ward.officer).get(url).status_code == 403


def test_the_sheet_costs_the_same_for_one_line_saved_and_fifteen(district, row):
    client = signed_in(district.inspector)
    url = f"/doan-kiem-tra/cham-diem/{row.pk}/"
    save_score(actor=district.inspector, registration=row, code="1", points=5)
    with CaptureQueriesContext(connection) as one_line:
        client.get(url)
    for code, points in full_scores(row).items():
        if code != "1":
            save_score(actor=district.inspector, registration=row, code=code, points=points)
    with CaptureQueriesContext(connection) as fifteen:
        client.get(url)
    assert len(one_line) == len(fifteen) <= 20
