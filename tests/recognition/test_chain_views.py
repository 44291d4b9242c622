"""The chain's pages as people use them: what is shown, what a form does, what is told when it cannot be done."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from recognition.choices import Stage, State
from recognition.models import Assessment, Proposal, Registration, ReviewMeeting
from tests.factories.recognition import (
    full_scores,
    make_registration,
    make_registrations,
    make_ward,
    walk,
)
from tests.factories.units import make_household, make_officer
from units.choices import Role

pytestmark = pytest.mark.django_db
YEAR = 2025


@pytest.fixture
def ward():
    return make_ward()


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def an(ward) -> Client:
    """The ward's officer."""
    return client_of(ward.officer)


@pytest.fixture
def ba(ward) -> Client:
    """The hamlet's officer."""
    return client_of(ward.hamlet_officer)


def html(response, status=200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def followed(client, response) -> str:
    assert response.status_code == 302
    return html(client.get(response.headers["Location"]))


# --- The list


def test_the_list_counts_by_state_and_filters(ward, an):
    make_registrations(ward, 2, state=State.SELF_ASSESSED, names=["Đặng Thị Ánh", "Lê Văn Bình"])
    make_registration(ward, name="Nguyễn Văn Cường")

    page = html(an.get(f"/ho-so/?nam={YEAR}"))
    assert "<strong>3</strong> Tất cả" in page
    assert "<strong>2</strong> Đã tự đánh giá" in page

    page = html(an.get(f"/ho-so/?nam={YEAR}&state=SELF_ASSESSED&q=dang"))
    assert "Đặng Thị Ánh" in page
    assert "Lê Văn Bình" not in page
    assert "Nguyễn Văn Cường" not in page


def test_withdrawn_ones_are_listed_only_when_asked_for(ward, an):
    make_registration(ward, state=State.WITHDRAWN, name="Trần Thị Rút")

    assert "Trần Thị Rút" not in html(an.get(f"/ho-so/?nam={YEAR}"))
    assert "Trần Thị Rút" in html(an.get(f"/ho-so/?nam={YEAR}&state=WITHDRAWN"))


@pytest.mark.parametrize("path", ["/ho-so/?nam=2025", "/hop-binh-xet/?nam=2025", "/to-trinh/?nam=2025"])
def test_lists_cost_the_same_with_three_rows_and_forty(ward, path, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    costs = []
    for count, prefix in ((3, "Lê"), (37, "Trần")):
        make_registrations(ward, count, state=State.REVIEWED, names=[f"{prefix} Văn {n}" for n in range(count)])
        client = client_of(ward.officer)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            html(client.get(path))
        costs.append(len(queries))

    assert costs[0] == costs[1]


# --- Registering


def test_a_family_is_registered_from_its_page(ward, ba):
    family = make_household(ward.hamlet, "Nguyễn Văn Hòa")
    assert f"/ho-so/dang-ky/{family.pk}/" in html(ba.get(f"/ho-gia-dinh/{family.pk}/"))

    answer = ba.post(f"/ho-so/dang-ky/{family.pk}/", {"model": "FAMILY", "year": YEAR})

    assert "Đã đăng ký “Gia đình học tập” năm 2025 cho Nguyễn Văn Hòa." in followed(ba, answer)
    again = html(ba.post(f"/ho-so/dang-ky/{family.pk}/", {"model": "FAMILY", "year": YEAR}), 422)
    assert "Đã đăng ký năm 2025." in again
    assert Registration.objects.count() == 1


def test_the_register_page_shows_every_year(ward, an):
    row = make_registration(ward, state=State.RECOGNISED, name="Nguyễn Văn Hòa")

    page = html(an.get(f"/ho-gia-dinh/{row.registrant_id}/"))

    assert "Danh hiệu qua các năm" in page
    assert "Được công nhận" in page


def test_many_are_ticked_seen_again_and_registered(ward, ba):
    families = [make_household(ward.hamlet, name) for name in ("Lê Thị An", "Lê Thị Bé", "Lê Thị Cam")]
    url = f"/ho-so/dang-ky-nhieu/{ward.hamlet.pk}/?nam={YEAR}"
    assert "Chọn tất cả 3 dòng" in html(ba.get(url))

    confirm = html(ba.post(url, {"ids": [families[0].pk, families[2].pk]}))
    assert "Đăng ký 2 hồ sơ, năm 2025" in confirm
    assert "Lê Thị Bé" not in confirm
    assert not Registration.objects.exists()

    answer = ba.post(url, {"ids": f"{families[0].pk},{families[2].pk}", "confirmed": "1"})
    assert "Đã đăng ký 2 hồ sơ." in followed(ba, answer)
    assert set(Registration.objects.values_list("registrant", flat=True)) == {families[0].pk, families[2].pk}


def test_all_of_the_filter_means_exactly_those_counted(ward, ba):
    for name in ("Lê Thị An", "Trần Thị Bé", "Trần Thị Cam"):
        make_household(ward.hamlet, name)
    url = f"/ho-so/dang-ky-nhieu/{ward.hamlet.pk}/?nam={YEAR}&q=tran"

    confirm = html(ba.post(url, {"all": "1"}))

    assert "Đăng ký 2 hồ sơ, năm 2025" in confirm
    assert "Lê Thị An" not in confirm


def test_rows_that_could_not_be_registered_are_told_one_by_one(ward, ba):
    row = make_registration(ward, name="Lê Thị An")
    other = make_household(ward.hamlet, "Lê Thị Bé")
    url = f"/ho-so/dang-ky-nhieu/{ward.hamlet.pk}/?nam={YEAR}"

    page = html(ba.post(url, {"ids": f"{row.registrant_id},{other.pk}", "confirmed": "1"}))

    assert "Đã đăng ký 1 hồ sơ." in page
    assert "Lê Thị An" in page
    assert "Đã đăng ký năm 2025." in page


# --- One dossier


def test_the_dossier_shows_scores_side_by_side_and_who_did_what(ward, an):
    row = make_registration(ward, state=State.PROPOSED, name="Lê Thị An")

    page = html(an.get(f"/ho-so/{row.pk}/"))

    for text in ("Tự chấm", "Bình xét", "90 điểm", "40 phiếu đồng ý", "Trần Văn Ba", "Tờ trình 01/TTr-HKH"):
        assert text in page
    assert "Rút đăng ký</a>" not in page  # it has left for the authority


def test_only_actions_of_now_and_this_person(ward, an, ba):
    row = make_registration(ward, state=State.SELF_ASSESSED)

    officer, hamlet = html(an.get(f"/ho-so/{row.pk}/")), html(ba.get(f"/ho-so/{row.pk}/"))

    assert f"/ho-so/{row.pk}/tra-lai/" in officer
    assert f"/ho-so/{row.pk}/tra-lai/" not in hamlet
    assert f"/ho-so/{row.pk}/cham-diem/" in hamlet


def test_sending_back_needs_a_reason_and_keeps_it(ward, an):
    row = make_registration(ward, state=State.SELF_ASSESSED)
    url = f"/ho-so/{row.pk}/tra-lai/"
    html(an.post(url, {"shown": row.shown_as, "reason": "  "}), 422)

    page = followed(an, an.post(url, {"shown": row.shown_as, "reason": "Thiếu chữ ký chủ hộ"}))

    assert "Đã trả lại 1 hồ sơ." in page
    assert "Thiếu chữ ký chủ hộ" in page


def test_a_stale_form_is_told_and_keeps_the_reason(ward, an):
    row = make_registration(ward)
    stale = row.shown_as
    walk(ward, [row.pk], state=State.SELF_ASSESSED)

    page = html(an.post(f"/ho-so/{row.pk}/rut/", {"shown": stale, "reason": "Gia đình chuyển đi"}), 422)

    assert "Trần Văn Ba vừa chuyển hồ sơ này sang “Đã tự đánh giá” lúc " in page
    assert "Gia đình chuyển đi" in page
    assert Registration.objects.get(pk=row.pk).state == State.SELF_ASSESSED


def test_bulk_asks_first_and_then_acts_on_exactly_what_was_shown(ward, an):
    first, second, third = make_registrations(ward, 3, names=["Lê Thị An", "Lê Thị Bé", "Lê Thị Cam"])
    shown = [f"{row.pk}:{row.shown_as}" for row in (first, second)]
    confirm = html(an.post("/ho-so/hang-loat/", {"action": "withdraw", "row": shown}))
    assert "2 hồ sơ đã chọn" in confirm
    walk(ward, [second.pk], state=State.SELF_ASSESSED)

    page = html(
        an.post(
            "/ho-so/hang-loat/", {"action": "withdraw", "row": shown, "confirmed": "1", "reason": "Đăng ký nhầm năm"}
        )
    )

    assert "Đã rút 1 hồ sơ." in page
    assert "Lê Thị Bé" in page
    assert "vừa chuyển hồ sơ này sang “Đã tự đánh giá”" in page
    states = dict(Registration.objects.values_list("registrant__name", "state"))
    assert states == {"Lê Thị An": "WITHDRAWN", "Lê Thị Bé": "SELF_ASSESSED", "Lê Thị Cam": "REGISTERED"}


@pytest.mark.parametrize("rows", [[], ["abc"], ["99999999999999999999:REGISTERED"], ["1"]])
def test_bulk_with_nothing_ticked(an, rows):
    page = followed(an, an.post("/ho-so/hang-loat/", {"action": "withdraw", "row": rows}))

    assert "Hãy chọn ít nhất một hồ sơ." in page


# --- One score sheet


def sheet(row, **typed) -> dict:
    spec = row.rulebook.spec
    points = {f"s-{n}": str(leaf.maximum) for n, leaf in enumerate(spec.leaves)}
    return {"shown": row.shown_as, **points, **typed}


def test_the_sheet_takes_points_not_applicable_and_evidence(ward, ba):
    row = make_registration(ward)
    url = f"/ho-so/{row.pk}/cham-diem/"
    page = html(ba.get(url))
    assert "Trừ trường hợp ốm đau, bệnh tật, không có khả năng học tập." in page

    answer = ba.post(url, sheet(row, **{"s-0": "", "k-0": "on", "s-1": "9,5", "s-2": "8.5", "m-1": "Học bạ năm 2025"}))

    assert "Đã lưu điểm tự chấm: 98 điểm." in followed(ba, answer)
    kept = Assessment.objects.get()
    assert kept.scores[:3] == [-1, 19, 17]
    assert kept.remarks == {"1.2": "Học bạ năm 2025"}


def test_every_wrong_field_is_named_and_everything_typed_stays(ward, ba):
    row = make_registration(ward)

    page = html(
        ba.post(
            f"/ho-so/{row.pk}/cham-diem/", sheet(row, **{"s-0": "10,5", "s-1": "mười", "s-3": "", "m-5": "Sổ tay"})
        ),
        422,
    )

    for sentence in (
        "10,5 điểm vượt quá điểm tối đa 10.",
        "“mười” không phải là số; hãy nhập số từ 0 đến 10, ví dụ 9,5.",
        "Mục 2.1 chưa chấm; hãy nhập số từ 0 đến 10.",
    ):
        assert sentence in page
    assert "Mục 1.2 chưa chấm" not in page  # said once
    for typed in ('value="10,5"', 'value="mười"', "Sổ tay"):
        assert typed in page
    assert not Assessment.objects.exists()


# --- The grid


def grid_url(ward, mode=""):
    return f"/cham-diem/{ward.hamlet.pk}/?nam={YEAR}{mode}"


def shown_fields(rows) -> dict:
    return {f"shown-{row.pk}": row.shown_as for row in rows}


def test_the_grid_of_totals_saves_what_was_typed(ward, ba):
    rows = make_registrations(ward, 3)
    html(ba.get(grid_url(ward)))

    answer = ba.post(
        grid_url(ward),
        {**shown_fields(rows), f"v-{rows[0].pk}-0": "95,5", f"v-{rows[1].pk}-0": "80", f"v-{rows[2].pk}-0": ""},
    )

    assert "Đã lưu điểm của 2 hồ sơ." in followed(ba, answer)
    assert list(Registration.objects.order_by("pk").values_list("state", "self_half")) == [
        (State.SELF_ASSESSED, 191),
        (State.SELF_ASSESSED, 160),
        (State.REGISTERED, None),
    ]


def test_the_grid_by_criterion(ward, ba):
    (row,) = make_registrations(ward, 1)
    cells = {f"v-{row.pk}-{n}": "9,5" for n in range(10)} | {f"v-{row.pk}-0": "k"}

    answer = ba.post(grid_url(ward, "&kieu=muc"), {**shown_fields([row]), **cells})

    assert "Đã lưu điểm của 1 hồ sơ." in followed(ba, answer)
    kept = Assessment.objects.get()
    assert kept.scores == [-1] + [19] * 9
    assert kept.total_half == 191
    page = html(ba.get(grid_url(ward, "&kieu=muc")))
    assert f'name="v-{row.pk}-0" value="k"' in page


def test_wrong_cells_are_marked_and_nothing_is_saved_or_lost(ward, ba):
    rows = make_registrations(ward, 3)

    page = html(
        ba.post(
            grid_url(ward),
            {**shown_fields(rows), f"v-{rows[0].pk}-0": "95", f"v-{rows[1].pk}-0": "105", f"v-{rows[2].pk}-0": "chín"},
        ),
        422,
    )

    assert "Chưa lưu gì: 2 dòng cần sửa" in page
    assert "Tổng điểm: 105 điểm vượt quá điểm tối đa 100." in page
    assert "“chín” không phải là số" in page
    for text in ('value="95"', 'value="105"', 'value="chín"'):
        assert text in page
    assert not Assessment.objects.exists()


def test_a_half_filled_row_says_which_criteria_are_open(ward, ba):
    (row,) = make_registrations(ward, 1)
    cells = {f"v-{row.pk}-{n}": "9" for n in range(9)}

    page = html(ba.post(grid_url(ward, "&kieu=muc"), {**shown_fields([row]), **cells}), 422)

    assert "Mục 4.2 chưa chấm." in page


def test_a_row_somebody_else_scored_meanwhile_keeps_both_values_in_sight(ward, ba):
    mine, theirs = make_registrations(ward, 2)
    fields = {**shown_fields([mine, theirs]), f"v-{mine.pk}-0": "88", f"v-{theirs.pk}-0": "77"}
    walk(ward, [theirs.pk], state=State.SELF_ASSESSED, total=91)

    page = html(ba.post(grid_url(ward), fields), 409)

    assert "Đã lưu điểm của 1 hồ sơ." in page
    assert "1 dòng người khác vừa sửa, chưa lưu" in page
    assert "vừa chuyển hồ sơ này sang “Đã tự đánh giá”" in page
    assert "Điểm đang lưu: 91." in page
    assert 'value="77"' in page
    theirs.refresh_from_db()
    assert theirs.self_half == 182
    # Saving again is a decision taken with both values in sight.
    again = ba.post(grid_url(ward), {f"shown-{theirs.pk}": theirs.shown_as, f"v-{theirs.pk}-0": "77"})
    assert "Đã lưu điểm của 1 hồ sơ." in followed(ba, again)


def test_reviewed_families_are_read_only_in_the_grid(ward, ba):
    row = make_registration(ward, state=State.REVIEWED)

    page = html(ba.get(grid_url(ward)))

    assert f'name="v-{row.pk}-0"' not in page
    assert "Đã bình xét" in page


def test_a_grid_of_four_hundred_by_ten_stays_quick(ward, ba, django_assert_max_num_queries):
    rows = make_registrations(ward, 400)
    cells = {f"v-{row.pk}-{n}": "9" for row in rows for n in range(10)}

    with django_assert_max_num_queries(25):
        answer = ba.post(grid_url(ward, "&kieu=muc"), {**shown_fields(rows), **cells})

    assert answer.status_code == 302
    assert Assessment.objects.filter(stage=Stage.SELF, total_half=180).count() == 400
    with django_assert_max_num_queries(14):
        html(ba.get(grid_url(ward, "&kieu=muc")))


def test_a_ward_chooses_the_hamlet_first(ward, an):
    make_registrations(ward, 2)

    page = html(an.get(f"/cham-diem/{ward.place.pk}/?nam={YEAR}"))

    assert f"/cham-diem/{ward.hamlet.pk}/?nam={YEAR}" in page


# --- Meetings


def minutes(rows, **typed) -> dict:
    data = {
        "held_on": "15/11/2025",
        "starts_at": "19:00",
        "ends_at": "21:00",
        "venue": "Nhà văn hóa khu phố 1",
        "chair": "Trần Văn Ba",
        "secretary": "Lý Thị Thu",
        "invited": "50",
        "present": "40",
        "opinions": "Thống nhất.",
    }
    for row in rows:
        data |= {f"x-{row.pk}": "1", f"shown-{row.pk}": row.shown_as, f"d-{row.pk}": "90"}
    return data | typed


def meeting_url(ward):
    return f"/hop-binh-xet/ghi/{ward.hamlet.pk}/?nam={YEAR}"


def test_a_meeting_agrees_on_scores_and_votes(ward, ba):
    rows = make_registrations(ward, 2, state=State.SELF_ASSESSED, names=["Lê Thị An", "Lê Thị Bé"])
    assert 'value="90"' in html(ba.get(meeting_url(ward)))  # the self-score is filled in

    who = {
        "local": "1. Lê Văn An – Tổ trưởng tổ 3\n\n2) Ông Đỗ Văn Sáu\n3\tLê Thị Bé\tHội Phụ nữ",
        "guests": "Phạm Thị Nga, Phó Chủ tịch Hội Khuyến học phường",
        "excused": "Trần Văn Bảy; đi viện",
    }
    answer = ba.post(
        meeting_url(ward),
        minutes(rows, **{f"d-{rows[1].pk}": "75,5", f"y-{rows[1].pk}": "12", f"n-{rows[1].pk}": "28"}, **who),
    )

    page = followed(ba, answer)
    assert "Đã lưu biên bản với 2 hồ sơ." in page
    meeting = ReviewMeeting.objects.get()
    assert list(meeting.attendees.values_list("position", "standing", "name", "role")) == [
        (1, "LOCAL", "Lê Văn An", "Tổ trưởng tổ 3"),
        (2, "LOCAL", "Ông Đỗ Văn Sáu", ""),
        (3, "LOCAL", "Lê Thị Bé", "Hội Phụ nữ"),
        (4, "GUEST", "Phạm Thị Nga", "Phó Chủ tịch Hội Khuyến học phường"),
        (5, "EXCUSED", "Trần Văn Bảy", "đi viện"),
    ]
    assert "Người của địa bàn có mặt (3)" in page and "Phó Chủ tịch Hội Khuyến học phường" in page
    agreed = Assessment.objects.filter(stage=Stage.REVIEW).order_by("registration_id")
    assert list(agreed.values_list("total_half", "votes_for", "votes_against", "passed")) == [
        (180, 40, 0, True),
        (151, 12, 28, False),
    ]
    paper = html(ba.get(f"/hop-binh-xet/{meeting.pk}/bien-ban/"))
    for text in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "CHI HỘI KHU PHỐ 1",
        "Hồi 19 giờ 00 phút",
        "đề nghị công nhận 1 hộ gia đình, chưa đề nghị 1 hộ gia đình",
    ):
        assert text in paper


def test_an_unticked_family_stays_for_the_next_meeting(ward, ba):
    rows = make_registrations(ward, 2, state=State.SELF_ASSESSED)
    data = minutes(rows)
    del data[f"x-{rows[1].pk}"]

    ba.post(meeting_url(ward), data)

    assert list(Registration.objects.order_by("pk").values_list("state", flat=True)) == ["REVIEWED", "SELF_ASSESSED"]


def test_a_meeting_keeping_the_familys_own_score_keeps_its_criteria(ward, ba):
    from recognition.domain.assessing import Entry, record_scores

    row = make_registration(ward)
    record_scores(
        actor=ward.hamlet_officer, stage=Stage.SELF, entries=[Entry(row.pk, row.state, scores=full_scores(row, less=2))]
    )
    row.refresh_from_db()

    ba.post(meeting_url(ward), minutes([row], **{f"d-{row.pk}": "98"}))

    assert Assessment.objects.get(stage=Stage.REVIEW).scores == [16] + [20] * 9


def test_wrong_votes_and_dates_are_told_and_everything_stays(ward, ba):
    rows = make_registrations(ward, 2, state=State.SELF_ASSESSED)
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)

    page = html(
        ba.post(
            meeting_url(ward),
            minutes(
                rows,
                held_on=tomorrow.strftime("%d/%m/%Y"),
                **{f"y-{rows[0].pk}": "39", f"n-{rows[0].pk}": "2", f"d-{rows[1].pk}": "100,5"},
            ),
        ),
        422,
    )

    assert "Có 41 phiếu nhưng chỉ 40 người có mặt." in page
    assert "Tổng điểm: 100,5 điểm vượt quá điểm tối đa 100." in page
    assert "Ngày họp không được sau hôm nay" in page
    assert 'value="100,5"' in page
    assert "Thống nhất." in page
    assert not ReviewMeeting.objects.exists()


def test_pressing_twice_keeps_one_meeting(ward, ba):
    rows = make_registrations(ward, 1, state=State.SELF_ASSESSED)
    data = minutes(rows)
    ba.post(meeting_url(ward), data)

    html(ba.post(meeting_url(ward), data), 422)

    assert ReviewMeeting.objects.count() == 1


def test_only_who_may_record_a_meeting_is_offered_it(ward, ba):
    make_registrations(ward, 2, state=State.SELF_ASSESSED)
    chair = client_of(ward.chair)
    page = f"/hop-binh-xet/?nam={YEAR}"

    assert meeting_url(ward) in html(ba.get(page))
    told = html(chair.get(page))
    assert ward.hamlet.name in told and "/hop-binh-xet/ghi/" not in told
    assert chair.get(meeting_url(ward)).status_code == 403


# --- Letters


def letter(rows, **typed) -> dict:
    return {
        "signed_on": "01/12/2025",
        "signer_title": "Chủ tịch Hội Khuyến học",
        "signer": "Phạm Thị Chi",
        "row": [f"{row.pk}:{row.shown_as}" for row in rows],
        **typed,
    }


def letter_url(ward):
    return f"/to-trinh/lap/{ward.place.pk}/?nam={YEAR}"


def test_a_letter_goes_with_what_was_ticked(ward, an):
    rows = make_registrations(ward, 3, state=State.REVIEWED, names=["Lê Thị An", "Lê Thị Bé", "Lê Thị Cam"])
    assert "3 hồ sơ sẵn sàng" in html(an.get(letter_url(ward)))

    page = followed(an, an.post(letter_url(ward), letter(rows[:2])))

    assert "Đã lập Tờ trình số 01/TTr-HKH với 2 hồ sơ, gửi Phường Hòa Hưng." in page
    proposal = Proposal.objects.get()
    paper = html(an.get(f"/to-trinh/{proposal.pk}/van-ban/"))
    assert "Số: 01/TTr-HKH" in paper
    assert "Lê Thị Bé" in paper
    assert "Lê Thị Cam" not in paper


def test_a_letter_with_one_stale_family_is_not_written(ward, an):
    rows = make_registrations(ward, 2, state=State.REVIEWED, names=["Lê Thị An", "Lê Thị Bé"])
    data = letter(rows, note="Kèm biên bản họp")
    from recognition.domain.registering import send_back

    send_back(actor=ward.chair, shown={rows[1].pk: State.REVIEWED}, reason="Sai điểm")

    page = html(an.post(letter_url(ward), data), 422)

    assert "Có 1 hồ sơ không trình được nên chưa lập tờ trình." in page
    assert "Phạm Thị Chi vừa chuyển hồ sơ này sang “Trả lại bổ sung”" in page
    assert "Kèm biên bản họp" in page
    assert not Proposal.objects.exists()


def test_families_below_the_mark_are_not_offered(ward, an):
    from tests.factories.recognition import hold_meeting

    good, bad = make_registrations(ward, 2, state=State.SELF_ASSESSED, names=["Lê Thị An", "Lê Thị Bé"])
    hold_meeting(ward, [good.pk], total=90)
    hold_meeting(ward, [bad.pk], total=60)

    page = html(an.get(letter_url(ward)))

    assert f'value="{good.pk}:' in page
    assert f'value="{bad.pk}:' not in page
    assert "Không trình: 1 hồ sơ chưa đạt" in page


def test_the_authority_reads_the_letter_and_can_send_back(ward):
    rows = make_registrations(ward, 2, state=State.PROPOSED)
    decider = client_of(ward.decider)
    proposal = Proposal.objects.get()

    page = html(decider.get(f"/to-trinh/{proposal.pk}/"))
    assert f"/quyet-dinh/to-trinh/{proposal.pk}/" in page

    shown = [f"{row.pk}:{row.shown_as}" for row in rows]
    decider.post(
        "/ho-so/hang-loat/", {"action": "return", "row": shown, "confirmed": "1", "reason": "Thiếu biên bản họp"}
    )
    assert set(Registration.objects.values_list("state", flat=True)) == {State.RETURNED}
    assert "Bị trả lại" in html(decider.get(f"/to-trinh/{proposal.pk}/"))


def test_the_year_switch_wins_over_the_year_in_the_address(ward, an):
    make_registration(ward, name="Lê Thị An", year=2024)

    answer = an.post("/tuy-chon/nam/", {"nam": "2025", "next": "/ho-so/?nam=2024&model=FAMILY"})

    assert answer.headers["Location"] == "/ho-so/?model=FAMILY"
    assert "Gia đình học tập năm 2025" in html(an.get(answer.headers["Location"]))


def test_rows_are_ticked_only_by_those_who_may_do_something(ward):
    make_registration(ward, name="Lê Thị An")

    pages = {
        name: html(client_of(getattr(ward, name)).get(f"/ho-so/?nam={YEAR}"))
        for name in ("officer", "hamlet_officer", "chair", "decider")
    }
    leader = make_officer(Role.LEADER, ward.place)
    pages["leader"] = html(client_of(leader).get(f"/ho-so/?nam={YEAR}"))

    offered = {
        name: (page.count('value="return"'), page.count('value="withdraw"'), 'name="row"' in page)
        for name, page in pages.items()
    }
    assert offered == {
        "officer": (1, 1, True),
        "hamlet_officer": (0, 1, True),
        "chair": (1, 0, True),
        "decider": (1, 0, True),
        "leader": (0, 0, False),
    }
