"""Inspections: the team, its plan with R-05, its score beside the ward's, and who may not inspect."""

import datetime
import io

import docx
import pytest
from django.test import Client

from recognition.choices import Rank, Stage, State
from recognition.domain.assessing import EntriesRefused
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import (
    Member,
    completeness_sentence,
    create_inspection,
    plan,
    split_criteria,
)
from recognition.domain.inspection_sheets import inspect
from recognition.domain.visiting import plan_visits
from recognition.models import Assessment, Inspection, Registration, Rulebook
from tests.factories.recognition import full_scores, make_district, make_ward_dossier
from tests.factories.units import make_officer
from units.choices import Role
from units.models import User

pytestmark = pytest.mark.django_db
YEAR = 2017


@pytest.fixture
def district():
    return make_district(3)


def team_of(district, **more) -> Inspection:
    return Inspection(
        **{
            "place": district.place,
            "model": "COMMUNITY_COMMUNE",
            "year": YEAR,
            "starts_on": datetime.date(YEAR, 12, 5),
            "ends_on": datetime.date(YEAR, 12, 20),
            **more,
        }
    )


def score(district, row, *, less=0.0, actor=None, shown=None, scores=None):
    return inspect(
        actor=actor or district.inspector,
        registration=row,
        shown=shown or row.shown_as,
        scores=scores or full_scores(row, less=less),
        remarks={"1": "Đủ nghị quyết, kế hoạch", "visited_on": "2017-12-06", "window": "01/01/2017–31/12/2017"},
    )


# --- The team


def test_the_decision_that_sets_up_a_team_lists_members_criteria_and_days(district):
    lead = Member("Hoàng Văn Bình", district.inspector, is_lead=True)
    draft = team_of(district, decision_number="12/QĐ-UBND", decision_on=datetime.date(YEAR, 12, 1))
    team = create_inspection(actor=district.inspector, inspection=draft, members=[lead, Member("Ông Tư")])
    second = team.members.get(name="Ông Tư")
    split_criteria(actor=district.inspector, inspection=team, duties={"1": None, "2": second.pk})
    wards = [row.place for row in plan(district.place, team.model, YEAR)]
    plan_visits(actor=district.inspector, inspection=team, dates={wards[1].pk: datetime.date(YEAR, 12, 6)})
    client = Client()
    client.force_login(district.inspector)
    url = f"/doan-kiem-tra/{team.pk}/quyet-dinh/"

    page = client.get(url).content.decode()
    for text in (
        "Số: 12/QĐ-UBND",
        "Thành lập đoàn kiểm tra danh hiệu “Cộng đồng học tập cấp xã” năm 2017",
        "gồm 2 người, do ông (bà) Hoàng Văn Bình làm trưởng đoàn",
        "từ ngày 05/12/2017 đến ngày 20/12/2017",
        "(Kèm theo Quyết định số 12/QĐ-UBND)",
        "<td>2. ",
        f'<td>{wards[1].name}</td><td class="centred">06/12/2017</td>',
    ):
        assert text in page, text
    assert f"<td>{wards[0].name}</td>" not in page  # only where the team goes
    other = client.get(f"{url}?co-quan=ASSOCIATION&tep=docx")
    lines = [p.text for p in docx.Document(io.BytesIO(other.content)).tables[0].rows[0].cells[0].paragraphs]
    assert lines[-1].endswith("/QĐ-HKH") and "12/" not in lines[-1]  # the other body's number is not known
    assert client.get(f"{url}?tep=pdf").content.startswith(b"%PDF")


def test_a_district_sets_up_its_team(district):
    lead = Member("Hoàng Văn Bình", district.inspector, is_lead=True)

    team = create_inspection(
        actor=district.inspector, inspection=team_of(district), members=[lead, Member("Ông Tư, Phòng Giáo dục")]
    )

    assert [(one.name, one.is_lead) for one in team.members.all()] == [
        ("Hoàng Văn Bình", True),
        ("Ông Tư, Phòng Giáo dục", False),
    ]
    assert team.created_by_name == "Hoàng Văn Bình"


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ([], "Đoàn kiểm tra phải có ít nhất một thành viên."),
        ([Member("Ông Tư")], "Đoàn kiểm tra phải có đúng một trưởng đoàn."),
        (
            [Member("Ông Tư", is_lead=True), Member("Bà Năm", is_lead=True)],
            "Đoàn kiểm tra phải có đúng một trưởng đoàn.",
        ),
    ],
)
def test_a_team_has_members_and_one_head(district, members, sentence):
    with pytest.raises(RecognitionError) as refused:
        create_inspection(actor=district.inspector, inspection=team_of(district), members=members)

    assert refused.value.message == sentence
    assert not Inspection.objects.exists()


def test_a_second_team_in_the_same_year(district):
    lead = [Member("Hoàng Văn Bình", district.inspector, is_lead=True)]
    create_inspection(actor=district.inspector, inspection=team_of(district), members=lead)

    with pytest.raises(RecognitionError, match="Năm này đã có đoàn kiểm tra cho mô hình này."):
        create_inspection(actor=district.inspector, inspection=team_of(district), members=lead)


def test_a_ward_sets_up_no_team(district):
    lead = [Member("A", is_lead=True)]

    with pytest.raises(NotPermitted, match="Bạn không được phân công lập đoàn kiểm tra của Quận 10."):
        create_inspection(actor=district.officers[0], inspection=team_of(district), members=lead)


# --- The score


def test_the_teams_score_stands_beside_the_wards_and_gives_the_rank(district):
    assert district.team
    row = make_ward_dossier(district)

    saved = score(district, row, less=8)

    assert (saved.state, saved.self_half, saved.inspection_half, saved.rank) == (State.INSPECTED, 200, 184, Rank.GOOD)
    kept = {one.stage: one for one in saved.assessments.all()}
    assert set(kept) == {Stage.SELF, Stage.INSPECTION}
    assert kept[Stage.INSPECTION].remarks["1"] == "Đủ nghị quyết, kế hoạch"
    assert kept[Stage.INSPECTION].remarks["visited_on"] == "2017-12-06"


@pytest.mark.parametrize(
    ("total", "rank"),
    [
        (85, Rank.GOOD),
        (84.5, Rank.FAIR),
        (70, Rank.FAIR),
        (69.5, Rank.AVERAGE),
        (50, Rank.AVERAGE),
        (49.5, Rank.NOT_MET),
    ],
)
def test_the_rank_follows_from_the_points(district, total, rank):
    assert district.team
    row = make_ward_dossier(district)
    scores, left = full_scores(row), 100 - total
    for code in scores:
        taken = min(scores[code], left)
        scores[code] -= taken
        left -= taken

    assert score(district, row, scores=scores).rank == rank


def test_without_a_team_nobody_inspects(district):
    row = make_ward_dossier(district)

    with pytest.raises(RecognitionError, match="Chưa lập đoàn kiểm tra năm 2017 cho địa bàn này."):
        score(district, row)


def test_an_inspector_outside_the_team(district):
    assert district.team
    row = make_ward_dossier(district)
    other = make_officer(Role.INSPECTOR, district.place, name="Lý Văn Ngoài")

    with pytest.raises(NotPermitted, match="Bạn không có tên trong đoàn kiểm tra Quận 10 năm 2017."):
        score(district, row, actor=other)


def test_who_entered_the_self_score_cannot_inspect(district):
    row = make_ward_dossier(district)
    officer = district.officers[0]
    officer.postings.all().delete()
    officer.postings.create(role=Role.INSPECTOR, place=district.place, starts_on="2015-01-01")
    district.team.members.create(user=officer, name=officer.full_name)

    with pytest.raises(NotPermitted, match="phải khác người đã làm bước trước"):
        score(district, row, actor=User.objects.get(pk=officer.pk))


def test_points_out_of_bounds_name_the_criterion(district):
    assert district.team
    row = make_ward_dossier(district)

    with pytest.raises(EntriesRefused) as refused:
        score(district, row, scores=full_scores(row) | {"5": 10.5})

    assert refused.value.faults[row.pk] == {
        "5": "Mục 5 (Kết quả phổ cập giáo dục, xóa mù chữ): 10,5 điểm vượt quá điểm tối đa 10."
    }


# --- The plan


def test_the_plan_lists_every_ward_and_says_what_is_missing(district):
    assert district.team
    inspected = make_ward_dossier(district, 0)
    score(district, inspected, less=8)
    make_ward_dossier(district, 1)

    rows = plan(district.place, "COMMUNITY_COMMUNE", YEAR)

    assert [(row.place.name, row.self_points, row.inspected_points, row.gap) for row in rows] == [
        ("Phường 1", 100, 92, -8),
        ("Phường 2", 100, None, None),
        ("Phường 3", None, None, None),
    ]
    assert completeness_sentence(rows) == (
        "R-05: 1 nơi có kết quả trên 3 nơi trong kế hoạch; 2 nơi chưa có kết quả: Phường 2, Phường 3. "
        "Cần kiểm tra nốt hoặc ghi rõ lý do trước khi báo cáo."
    )


def test_a_gap_of_more_than_ten_points_is_wide(district):
    assert district.team
    near, far = make_ward_dossier(district, 0), make_ward_dossier(district, 1)
    score(district, near, less=8)
    scores = full_scores(far) | {"4": 0, "1": 7.5}
    score(district, far, scores=scores)

    wide = {row.place.name: row.wide for row in plan(district.place, "COMMUNITY_COMMUNE", YEAR)}

    assert wide == {"Phường 1": False, "Phường 2": True, "Phường 3": False}


# --- The pages


@pytest.fixture
def inspector_client(district) -> Client:
    client = Client()
    client.force_login(district.inspector, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sheet(row, **typed) -> dict:
    """What the page posts for a full score."""
    spec = row.rulebook.spec
    points = {f"s-{n}": str(leaf.maximum).replace(".", ",") for n, leaf in enumerate(spec.leaves)}
    visit = {"visited_on": "06/12/2017", "window_from": "01/01/2017", "window_to": "31/12/2017"}
    return {"shown": row.shown_as, **points, **visit, **typed}


def test_the_page_takes_half_points_with_comma_or_point(district, inspector_client):
    assert district.team
    row = make_ward_dossier(district)
    page = inspector_client.get(f"/doan-kiem-tra/cham-diem/{row.pk}/")
    assert "địa phương tự chấm 100 điểm" in page.content.decode()

    answer = inspector_client.post(
        f"/doan-kiem-tra/cham-diem/{row.pk}/", sheet(row, **{"s-0": "7,5", "s-3": "9.5", "m-0": "Thiếu kế hoạch quý"})
    )

    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.inspection_half) == (State.INSPECTED, 198)
    kept = Assessment.objects.get(registration=row, stage=Stage.INSPECTION)
    assert kept.remarks == {
        "1": "Thiếu kế hoạch quý",
        "visited_on": "2017-12-06",
        "window": "01/01/2017–31/12/2017",
    }


def test_errors_stand_beside_their_fields_and_typed_values_stay(district, inspector_client):
    assert district.team
    row = make_ward_dossier(district)

    answer = inspector_client.post(
        f"/doan-kiem-tra/cham-diem/{row.pk}/",
        sheet(row, **{"s-0": "8,5", "s-1": "tốt", "s-2": "", "m-4": "Đủ hồ sơ", "window_to": "31/01/2018"}),
    )

    html = answer.content.decode()
    assert answer.status_code == 422
    for sentence in (
        "8,5 điểm vượt quá điểm tối đa 8.",
        "“tốt” không phải là số; hãy nhập số từ 0 đến 6, ví dụ 9,5.",
        "Mục 3 chưa chấm; hãy nhập số từ 0 đến 6.",
        "Số liệu phải trong năm đánh giá, từ 01/01/2017 đến 31/12/2017.",
    ):
        assert sentence in html
    assert 'value="8,5"' in html
    assert "Đủ hồ sơ" in html
    assert Registration.objects.get(pk=row.pk).state == State.PROPOSED


def test_a_stale_page_is_told_and_keeps_what_was_typed(district, inspector_client):
    assert district.team
    row = make_ward_dossier(district)
    stale = sheet(row, **{"s-0": "6"})
    score(district, row, less=8)

    answer = inspector_client.post(f"/doan-kiem-tra/cham-diem/{row.pk}/", stale)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Hoàng Văn Bình vừa chuyển hồ sơ này sang “Đã kiểm tra” lúc " in html
    assert 'value="6"' in html
    row.refresh_from_db()
    assert row.inspection_half == 184


def test_pages_of_the_team(district, inspector_client):
    page = inspector_client.get("/doan-kiem-tra/?nam=2017").content.decode()
    assert "Lập đoàn kiểm tra" in page
    answer = inspector_client.post(
        f"/doan-kiem-tra/lap/{district.place.pk}/?nam=2017",
        {
            "decision_number": "15/QĐ-UBND",
            "decision_on": "01/12/2017",
            "starts_on": "05/12/2017",
            "ends_on": "20/12/2017",
            "lead": district.inspector.pk,
            "others": "Ông Tư, Phòng Giáo dục\n\nBà Năm",
        },
    )
    team = Inspection.objects.get()
    assert answer.headers["Location"] == f"/doan-kiem-tra/{team.pk}/"
    assert [one.name for one in team.members.all()] == ["Hoàng Văn Bình", "Ông Tư, Phòng Giáo dục", "Bà Năm"]

    html = inspector_client.get(f"/doan-kiem-tra/{team.pk}/").content.decode()
    assert "3 nơi chưa có kết quả: Phường 1, Phường 2, Phường 3" in html
    assert html.count("chưa có kết quả</span>") == 3


def test_the_plan_page_costs_the_same_for_two_wards_and_twelve(django_assert_max_num_queries):
    for count in (2, 12):
        district = make_district(count)
        for index in range(count):
            make_ward_dossier(district, index)
        team = district.team
        client = Client()
        client.force_login(district.inspector, backend="django.contrib.auth.backends.ModelBackend")
        with django_assert_max_num_queries(11):
            assert client.get(f"/doan-kiem-tra/{team.pk}/").status_code == 200


def test_a_ward_reads_its_own_inspection(district):
    assert district.team
    row = make_ward_dossier(district)
    score(district, row, less=8)
    client = Client()
    client.force_login(district.officers[0], backend="django.contrib.auth.backends.ModelBackend")

    html = client.get(f"/ho-so/{row.pk}/").content.decode()

    assert "Đủ nghị quyết, kế hoạch" in html
    assert "−8" in html
    assert "06/12/2017" in html
    assert "Ghi kết quả kiểm tra</a>" not in html
    assert client.get(f"/doan-kiem-tra/cham-diem/{row.pk}/").status_code == 403


def test_a_ward_of_2017_goes_from_its_register_to_the_letter(district):
    """Registering, fifteen criteria, the letter of its People's Committee: all on screen, for a place long gone."""
    client = Client()
    client.force_login(district.officers[0], backend="django.contrib.auth.backends.ModelBackend")
    client.post("/tuy-chon/nam/", {"nam": "2017"})
    community, ward = district.communities[0], district.wards[0]
    assert f"/ho-so/dang-ky/{community.pk}/?nam=2017" in client.get(f"/cong-dong/{community.pk}/").content.decode()

    client.post(f"/ho-so/dang-ky/{community.pk}/", {"model": "COMMUNITY_COMMUNE", "year": "2017"})
    row = Registration.objects.get()
    typed = sheet(row, **{"s-3": "7,5", "m-3": "Quyết định công nhận trường chuẩn"})
    client.post(f"/ho-so/{row.pk}/cham-diem/", typed)
    row.refresh_from_db()
    assert (row.state, row.self_half) == (State.SELF_ASSESSED, 195)

    url = f"/to-trinh/lap/{ward.pk}/?nam=2017&model=COMMUNITY_COMMUNE"
    assert url.replace("&", "&amp;") in client.get("/to-trinh/?nam=2017").content.decode()
    answer = client.post(
        url,
        {
            "signed_on": "11/12/2017",
            "signer_title": "Chủ tịch Ủy ban nhân dân",
            "signer": "Hồ Văn Bảy",
            "row": f"{row.pk}:{row.shown_as}",
        },
    )
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Đã lập Tờ trình số 01/TTr-UBND với 1 hồ sơ, gửi Quận 10." in page
    row.refresh_from_db()
    assert row.state == State.PROPOSED


def test_without_a_rulebook_for_the_year_the_page_says_so(district):
    Rulebook.objects.filter(code="COMMUNE-TT25").delete()
    client = Client()
    client.force_login(district.officers[0], backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(f"/cong-dong/{district.communities[0].pk}/").content.decode()

    assert "Đổi năm ở đầu trang để đăng ký năm khác." in page
