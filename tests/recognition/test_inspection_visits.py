"""Visits: their plan, the random sample, what was found, action points, minutes signed by both sides."""

import datetime
import hashlib

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from recognition.choices import State, WorkKind
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import completeness_sentence, plan
from recognition.domain.inspection_minutes import minutes_of, seal_of
from recognition.domain.inspection_sheets import inspect, save_score
from recognition.domain.inspection_signing import reopen_visit, sign_for_place, sign_for_team
from recognition.domain.integrity import CHECKS
from recognition.domain.registering import register_many
from recognition.domain.reminders import facts_of, work_from
from recognition.domain.sampling import (
    ResultConflict,
    draw_sample,
    drawn_order,
    frame_hash,
    record_result,
    replace_drawn,
)
from recognition.domain.visiting import (
    add_action,
    cancel_visit,
    follow_up,
    is_late,
    plan_visits,
    record_visit,
    settle_action,
)
from recognition.domain.worklist import work_of
from recognition.models import ActionPoint, InspectionSample, InspectionVisit, SampledRegistrant
from recognition.views.work_lines import url_of
from tests.factories.recognition import (
    YEAR,
    add_inspector,
    full_scores,
    make_district,
    make_family_team,
    make_registrations,
    make_ward,
    make_ward_dossier,
)
from tests.factories.units import HamletFactory, make_household, make_officer
from units.choices import Role
from units.models import User

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def ward():
    return make_ward()


@pytest.fixture
def families(ward):
    return make_registrations(ward, 12, state=State.SELF_ASSESSED)


@pytest.fixture
def team(ward):
    return make_family_team(ward)


def draw(ward, team, **more):
    return draw_sample(
        actor=ward.chair, inspection=team, place=ward.hamlet, **{"frame": "DOSSIERS", "size": 4, "seed": "2025", **more}
    )


def visited(ward, team, **more):
    values = {
        "visited_on": datetime.date(YEAR, 11, 20),
        "window_from": datetime.date(YEAR, 1, 1),
        "window_to": datetime.date(YEAR, 10, 31),
        **more,
    }
    return record_visit(actor=ward.chair, inspection=team, place=ward.hamlet, **values)


def answered(ward, sample):
    for row in sample.rows.all():
        record_result(actor=ward.chair, row=row, result="CONFIRMED", seen=row.version)


# --- The plan


def test_days_are_written_for_many_places_at_once(ward, team):
    second = HamletFactory(parent=ward.place, name="Khu phố 2")
    day = datetime.date(YEAR, 11, 10)

    assert plan_visits(actor=ward.chair, inspection=team, dates={ward.hamlet.pk: day, second.pk: None}) == 1
    assert plan_visits(actor=ward.chair, inspection=team, dates={ward.hamlet.pk: day, second.pk: day}) == 1

    assert set(InspectionVisit.objects.values_list("place__name", "planned_on")) == {
        ("Khu phố 1", day),
        ("Khu phố 2", day),
    }


def test_a_day_outside_the_teams_time_or_a_place_outside_its_plan(ward, team):
    with pytest.raises(RecognitionError) as refused:
        plan_visits(actor=ward.chair, inspection=team, dates={ward.hamlet.pk: datetime.date(YEAR, 10, 31)})
    assert refused.value.message == (
        "Khu phố 1: ngày 31/10/2025 nằm ngoài thời gian của đoàn (01/11/2025 – 20/12/2025)."
    )
    with pytest.raises(RecognitionError, match="Có nơi không thuộc kế hoạch của đoàn."):
        plan_visits(actor=ward.chair, inspection=team, dates={ward.place.pk: None})
    with pytest.raises(NotPermitted):
        plan_visits(actor=ward.hamlet_officer, inspection=team, dates={ward.hamlet.pk: None})
    assert not InspectionVisit.objects.exists()


def test_a_place_left_out_for_a_reason_is_not_missing():
    district = make_district(2)
    done = make_ward_dossier(district, 0)
    assert district.team.pk
    inspect(actor=district.inspector, registration=done, shown=done.shown_as, scores=full_scores(done))
    args = {"actor": district.inspector, "inspection": district.team, "place": district.wards[1]}

    with pytest.raises(RecognitionError, match="Không đi một nơi trong kế hoạch phải ghi lý do."):
        cancel_visit(**args, reason="  ")
    cancel_visit(**args, reason="Phường đang sáp nhập")

    rows = plan(district.place, "COMMUNITY_COMMUNE", 2017, district.team)
    assert completeness_sentence(rows) == (
        "R-05: 1 nơi có kết quả và 1 nơi có lý do không kiểm tra, đủ 2 nơi trong kế hoạch."
    )
    with pytest.raises(RecognitionError, match="Phường 1 đã có kết quả kiểm tra nên không bỏ được."):
        cancel_visit(actor=district.inspector, inspection=district.team, place=district.wards[0], reason="Mưa bão")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"visited_on": datetime.date(YEAR - 1, 12, 31)}, "Không kiểm tra trước năm đánh giá 2025."),
        (
            {"window_to": datetime.date(YEAR + 1, 1, 1)},
            "Số liệu phải trong năm đánh giá, từ 01/01/2025 đến 31/12/2025.",
        ),
        ({"window_from": datetime.date(YEAR, 12, 1)}, "Ngày cuối phải sau ngày đầu."),
    ],
)
def test_days_of_a_visit(ward, team, more, sentence):
    with pytest.raises(RecognitionError, match=sentence):
        visited(ward, team, **more)


def test_a_visit_of_tomorrow(ward, team):
    with pytest.raises(RecognitionError, match="Ngày kiểm tra không được sau hôm nay."):
        visited(ward, team, visited_on=timezone.localdate() + datetime.timedelta(days=1))


# --- The sample


def test_anybody_draws_the_same_from_list_and_seed(ward, families, team):
    sample = draw(ward, team)

    ids = sorted(row.registrant_id for row in families)
    assert (sample.frame_ids, sample.frame_count) == (ids, 12)
    assert sample.frame_hash == hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()
    by_hand = sorted(ids, key=lambda pk: hashlib.sha256(f"2025:{pk}".encode()).hexdigest())
    assert [row.registrant_id for row in sample.rows.all()] == by_hand[:4]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(id ORDER BY encode(sha256(convert_to(%s || ':' || id, 'UTF8')), 'hex') COLLATE \"C\")"
            " FROM unnest(%s::bigint[]) id",
            ["2025", ids],
        )
        (by_sql,) = cursor.fetchone()
    assert by_sql == by_hand == drawn_order("2025", ids)
    assert CHECKS["samples"]() == []
    assert all(row.registration_id for row in sample.rows.all())


def test_every_family_is_drawn_about_equally_often():
    """A thousand seeds over ten families, three at a time: 300 each on average; five standard deviations are 72."""
    counts = dict.fromkeys(range(101, 111), 0)
    for seed in range(1000):
        for pk in drawn_order(str(seed), counts)[:3]:
            counts[pk] += 1

    assert sum(counts.values()) == 3000
    assert all(228 <= count <= 372 for count in counts.values()), counts


def test_nobody_draws_twice(ward, families, team):
    draw(ward, team)

    with pytest.raises(RecognitionError, match="Mẫu của Khu phố 1 đã bốc; không bốc lại được."):
        draw(ward, team, seed="7")
    assert InspectionSample.objects.get().seed == "2025"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"size": 13}, r"Số cần đến phải từ 1 đến 12 \(danh sách có 12\)."),
        ({"size": 0}, r"Số cần đến phải từ 1 đến 12 \(danh sách có 12\)."),
        ({"seed": "12a"}, "Số hạt giống gồm 1 đến 20 chữ số."),
        ({"seed": "١٢"}, "Số hạt giống gồm 1 đến 20 chữ số."),
        ({"frame": "ALL"}, "Hãy chọn danh sách để bốc."),
    ],
)
def test_a_draw_that_cannot_be(ward, families, team, more, sentence):
    with pytest.raises(RecognitionError, match=sentence):
        draw(ward, team, **more)
    assert not InspectionSample.objects.exists()


def test_an_empty_list_is_told(ward, team):
    with pytest.raises(
        RecognitionError, match="Danh sách “Hồ sơ đã tự chấm của năm” của Khu phố 1 năm 2025 không có ai"
    ):
        draw(ward, team)


def test_the_register_as_a_list_takes_those_who_stood_there_at_the_end_of_the_year(ward, families, team):
    there = make_household(ward.hamlet, "Trần Văn Chưa Đăng Ký")
    make_household(ward.hamlet, "Trần Văn Năm Sau", opened_on=datetime.date(YEAR + 1, 1, 1))

    sample = draw(ward, team, frame="REGISTER")

    assert sample.frame_ids == sorted([*(row.registrant_id for row in families), there.pk])


def test_the_machine_chooses_a_seed_when_none_is_typed(ward, families, team):
    sample = draw(ward, team, seed="")

    assert sample.seed.isdecimal()
    assert len(sample.seed) == 9
    assert CHECKS["samples"]() == []


def test_who_cannot_be_visited_is_replaced_by_the_next_of_the_draw(ward, families, team):
    sample = draw(ward, team)
    order = drawn_order("2025", sample.frame_ids)
    first = sample.rows.get(position=1)

    with pytest.raises(RecognitionError, match="Thay đối tượng phải ghi lý do."):
        replace_drawn(actor=ward.chair, row=first, reason=" ")
    new = replace_drawn(actor=ward.chair, row=first, reason="Đã chuyển đi")
    newer = replace_drawn(actor=ward.chair, row=new, reason="Đi viện")

    assert [(row.position, row.registrant_id) for row in (new, newer)] == [(5, order[4]), (6, order[5])]
    assert (new.replaces_id, newer.replaces_id, newer.reason) == (first.pk, new.pk, "Đi viện")
    with pytest.raises(RecognitionError, match="đã được thay rồi."):
        replace_drawn(actor=ward.chair, row=first, reason="Lần nữa")
    assert CHECKS["samples"]() == []


def test_the_list_can_run_out(ward, families, team):
    sample = draw(ward, team, size=12)

    with pytest.raises(RecognitionError, match="Danh sách bốc đã hết người để thay."):
        replace_drawn(actor=ward.chair, row=sample.rows.get(position=1), reason="Vắng")


def test_results_of_those_visited(ward, families, team):
    sample = draw(ward, team)
    one, two = sample.rows.all()[:2]

    kept = record_result(actor=ward.chair, row=one, result="CONFIRMED")
    assert (kept.result, kept.version, kept.result_by_name) == ("CONFIRMED", 1, "Phạm Thị Chi")
    with pytest.raises(RecognitionError, match="Khác hồ sơ thì phải ghi khác ở điểm nào."):
        record_result(actor=ward.chair, row=two, result="DIFFERS")
    with pytest.raises(RecognitionError, match="Hãy chọn kết quả."):
        record_result(actor=ward.chair, row=two, result="")
    with pytest.raises(RecognitionError, match="đã có kết quả nên không thay."):
        replace_drawn(actor=ward.chair, row=one, reason="Vắng")
    assert record_result(actor=ward.chair, row=two, result="ABSENT").result == "ABSENT"


def test_the_second_visitor_is_told_both_results(ward, families, team):
    sample = draw(ward, team)
    row = sample.rows.get(position=1)
    other = make_officer(Role.INSPECTOR, ward.place, name="Đặng Thị Hai")
    team.members.create(user=other, name=other.full_name)
    record_result(actor=ward.chair, row=row, result="CONFIRMED")

    with pytest.raises(ResultConflict) as refused:
        record_result(actor=other, row=row, result="DIFFERS", note="Chưa có tủ sách")

    assert "Phạm Thị Chi vừa ghi “Đúng như hồ sơ” lúc" in refused.value.message
    assert "bạn ghi “Khác hồ sơ (Chưa có tủ sách)”" in refused.value.message
    assert SampledRegistrant.objects.get(pk=row.pk).result == "CONFIRMED"
    assert record_result(actor=other, row=row, result="DIFFERS", note="Chưa có tủ sách", seen=1).version == 2


def test_nobody_visits_their_own_hamlet_or_their_own_entry(ward, families, team):
    sample = draw(ward, team)
    row = sample.rows.get(position=1)
    local = make_officer(Role.HAMLET_OFFICER, ward.hamlet, name="Bà Tư")
    ward.hamlet_officer.postings.all().delete()  # who entered the self-scores, now posted to the ward
    ward.hamlet_officer.postings.create(role=Role.WARD_OFFICER, place=ward.place, starts_on="2020-01-01")
    for user in (local, ward.hamlet_officer):
        team.members.create(user=user, name=user.full_name)

    with pytest.raises(NotPermitted, match="không được kiểm tra chính địa bàn mình"):
        record_result(actor=local, row=row, result="CONFIRMED")
    with pytest.raises(NotPermitted, match="phải khác người đã làm bước trước"):
        record_result(actor=User.objects.get(pk=ward.hamlet_officer.pk), row=row, result="CONFIRMED")
    with pytest.raises(NotPermitted, match="Bạn không có tên trong đoàn"):
        record_result(actor=ward.officer, row=row, result="CONFIRMED")


# --- What must be done


def action(ward, team, **more):
    values = {"text": "Bổ sung sổ ghi", "due_on": datetime.date(YEAR, 12, 1), "responsible": "Chi hội trưởng", **more}
    return add_action(actor=ward.chair, inspection=team, place=ward.hamlet, **values)


def test_late_things_come_first(ward, team):
    today, day = timezone.localdate(), datetime.timedelta(days=1)
    visited(ward, team)
    later = action(ward, team, text="Sau", due_on=today + day)
    late = action(ward, team, text="Trễ", due_on=today - day)
    today_only = action(ward, team, text="Hôm nay", due_on=today)
    done = action(ward, team, text="Xong", due_on=today - 5 * day)
    settle_action(actor=ward.chair, action=done, state="DONE", note="Đã bổ sung")

    assert [row.text for row in follow_up(team)] == ["Trễ", "Hôm nay", "Sau", "Xong"]
    fresh = ActionPoint.objects.get
    assert [is_late(fresh(pk=row.pk)) for row in (late, today_only, later, done)] == [True, False, False, False]


def test_the_inspected_side_tells_what_is_done_but_drops_nothing(ward, team):
    one = action(ward, team)

    with pytest.raises(NotPermitted):
        settle_action(actor=ward.hamlet_officer, action=one, state="DROPPED", note="Không cần")
    with pytest.raises(RecognitionError, match="Hãy ghi kết quả, hoặc lý do không làm nữa."):
        settle_action(actor=ward.hamlet_officer, action=one, state="DONE", note="")
    settle_action(actor=ward.hamlet_officer, action=one, state="DONE", note="Đã có sổ")
    with pytest.raises(RecognitionError, match="Trần Văn Ba vừa ghi “Đã xong” cho việc này."):
        settle_action(actor=ward.chair, action=one, state="DROPPED", note="Thôi")


def test_a_due_day_before_the_visit(ward, team):
    visited(ward, team)

    with pytest.raises(RecognitionError, match="Hạn phải từ ngày kiểm tra trở đi."):
        action(ward, team, due_on=datetime.date(YEAR, 11, 19))
    assert action(ward, team, due_on=datetime.date(YEAR, 11, 20)).pk


# --- Minutes


@pytest.fixture
def ready(ward, families, team):
    """A visit with everything written."""
    sample = draw(ward, team)
    answered(ward, sample)
    row = sample.rows.get(position=1).registration
    inspect(actor=ward.chair, registration=row, shown=row.shown_as, scores=full_scores(row, less=6))
    action(ward, team)
    return visited(ward, team, findings="Sổ ghi đầy đủ")


def sign(ward, team):
    return sign_for_team(actor=ward.chair, inspection=team, place=ward.hamlet)


def countersign(ward, team, visit, **more):
    values = {"agrees": True, "shown": visit.checksum, **more}
    return sign_for_place(actor=ward.hamlet_officer, inspection=team, place=ward.hamlet, **values)


def test_the_team_signs_only_when_everything_is_written(ward, families, team):
    sample = draw(ward, team)
    row = sample.rows.get(position=1).registration
    save_score(actor=ward.chair, registration=row, code=row.rulebook.spec.leaf_codes[0], points=1)

    with pytest.raises(RecognitionError) as refused:
        sign(ward, team)

    assert "Chưa ghi ngày kiểm tra" in refused.value.message
    assert f"Phiếu chưa kết luận: {row.registrant.name}." in refused.value.message
    assert "Chưa có kết quả thăm: " in refused.value.message


def test_minutes_are_plain_values(ward, team, ready):
    minutes = minutes_of(ready)

    assert (minutes["place"], minutes["by"], minutes["year"]) == ("Khu phố 1", "Phường Hòa Hưng", YEAR)
    assert (minutes["visited_on"], minutes["window_to"]) == ("2025-11-20", "2025-10-31")
    (sheet,) = minutes["sheets"]
    assert (sheet["own"], sheet["inspected"], sheet["gap"]) == (90.0, 94.0, 4.0)
    assert (minutes["sample"]["confirmed"], minutes["sample"]["differs"], minutes["sample"]["absent"]) == (4, 0, 0)
    assert minutes["actions"] == [
        {"code": "", "text": "Bổ sung sổ ghi", "due_on": "2025-12-01", "responsible": "Chi hội trưởng"}
    ]


def test_whoever_signs_for_the_place_is_led_from_home_to_the_form(ward, families, team, ready):
    sign(ward, team)
    client = signed_in(ward.hamlet_officer)
    link = f"/doan-kiem-tra/{team.pk}/noi/{ward.hamlet.pk}/#ky"

    client.post("/tuy-chon/nam/", {"nam": YEAR, "next": "/"})
    for page in ("/", "/viec-cua-toi/"):
        assert f'href="{link}"' in client.get(page).content.decode(), page
    work = work_of(ward.hamlet_officer.active_postings(), YEAR, datetime.date(YEAR, 11, 30))
    (line,) = [one for one in work if one.kind == WorkKind.MINUTES]
    assert url_of(ward.hamlet_officer, work_from(facts_of(line), line.place)) == link  # the reminder's way, too
    assert "Ký cho nơi được kiểm tra" in client.get(link).content.decode()


def test_both_sign_and_then_nothing_changes(ward, families, team, ready):
    visit = sign(ward, team)
    assert visit.state == "TEAM_SIGNED"
    signed = countersign(ward, team, visit)

    assert (signed.state, signed.place_signed_name, signed.place_agrees) == ("SIGNED", "Trần Văn Ba", True)
    assert signed.checksum != visit.checksum
    sentence = "Biên bản kiểm tra Khu phố 1 đã ký nên không sửa được nữa"
    sample = InspectionSample.objects.get()
    row = sample.rows.get(position=1)
    dossier = row.registration
    for attempt in (
        lambda: visited(ward, team, findings="Khác"),
        lambda: action(ward, team),
        lambda: record_result(actor=ward.chair, row=row, result="ABSENT", seen=1),
        lambda: replace_drawn(actor=ward.chair, row=row, reason="Vắng"),
        lambda: save_score(
            actor=ward.chair, registration=dossier, code=dossier.rulebook.spec.leaf_codes[0], points=1, seen=1
        ),
        lambda: inspect(actor=ward.chair, registration=dossier, shown=dossier.shown_as, scores=full_scores(dossier)),
        lambda: sign(ward, team),
    ):
        with pytest.raises(RecognitionError, match=sentence):
            attempt()
    kept = InspectionVisit.objects.get()
    assert kept.minutes["findings"] == "Sổ ghi đầy đủ"
    assert seal_of(kept) == kept.checksum


def test_the_inspected_side_may_disagree_in_words(ward, families, team, ready):
    visit = sign(ward, team)

    with pytest.raises(RecognitionError, match="Không thống nhất thì phải ghi ý kiến."):
        countersign(ward, team, visit, agrees=False)
    signed = countersign(ward, team, visit, agrees=False, opinion="Tiêu chí 3\nđã có sổ")

    assert (signed.state, signed.place_agrees, signed.place_opinion) == ("SIGNED", False, "Tiêu chí 3\nđã có sổ")


def test_only_the_head_signs_for_the_team_and_only_the_place_for_itself(ward, families, team, ready):
    team.members.create(user=ward.officer, name=ward.officer.full_name)
    with pytest.raises(NotPermitted, match="Việc này do trưởng đoàn làm."):
        sign_for_team(actor=ward.officer, inspection=team, place=ward.hamlet)
    visit = sign(ward, team)

    for actor in (ward.chair, ward.officer, ward.decider):
        with pytest.raises(NotPermitted, match="Chỉ cán bộ của Khu phố 1"):
            sign_for_place(actor=actor, inspection=team, place=ward.hamlet, agrees=True, shown=visit.checksum)


def test_minutes_opened_again_must_be_read_again(ward, families, team, ready):
    first = sign(ward, team)
    with pytest.raises(RecognitionError, match="Hãy ghi lý do mở lại biên bản."):
        reopen_visit(actor=ward.chair, inspection=team, place=ward.hamlet, reason="")
    reopen_visit(actor=ward.chair, inspection=team, place=ward.hamlet, reason="Ghi nhầm ngày")
    visited(ward, team, findings="Đã sửa")
    second = sign(ward, team)

    with pytest.raises(RecognitionError, match="Biên bản vừa được đoàn mở lại và sửa."):
        countersign(ward, team, first)
    assert countersign(ward, team, second).minutes["findings"] == "Đã sửa"
    kept = [event.minutes.get("findings") for event in InspectionVisit.objects.get().events.filter(state="TEAM_SIGNED")]
    assert kept == ["Sổ ghi đầy đủ", "Đã sửa"]


def test_the_books_notice_a_changed_sample_and_changed_minutes(ward, families, team, ready):
    sign(ward, team)
    assert CHECKS["samples"]() + CHECKS["minutes"]() == []
    sample = InspectionSample.objects.get()
    rest = drawn_order("2025", sample.frame_ids)[-1]

    SampledRegistrant.objects.filter(position=1).update(registrant_id=rest)
    InspectionVisit.objects.update(minutes={"findings": "Khác"})

    assert [fault.message for fault in CHECKS["samples"]() + CHECKS["minutes"]()] == [
        "Mẫu kiểm tra Khu phố 1 năm 2025: 1 đối tượng không đúng thứ tự bốc.",
        "Biên bản kiểm tra Khu phố 1 năm 2025 khác với bản đã ký.",
    ]
    InspectionSample.objects.update(frame_ids=sample.frame_ids[:-1], frame_hash=frame_hash(sample.frame_ids))
    assert CHECKS["samples"]()[0].message == "Mẫu kiểm tra Khu phố 1 năm 2025: danh sách bốc khác với dấu đã ghi."


# --- The pages


def test_a_visit_from_the_draw_to_both_signatures_on_screen(ward, families, team):
    head, local = signed_in(ward.chair), signed_in(ward.hamlet_officer)
    url = f"/doan-kiem-tra/{team.pk}/noi/{ward.hamlet.pk}/"
    assert head.get(url).status_code == 200
    assert local.get(url).status_code == 404  # nothing is planned yet

    answer = head.post(url, {"step": "draw", "frame": "DOSSIERS", "size": "2", "seed": "2025"})
    assert answer.headers["Location"] == f"{url}#mau"
    rows = list(SampledRegistrant.objects.select_related("registrant"))
    names = [row.registrant.name for row in rows]
    assert all(name in head.get(url).content.decode() for name in names)
    page = local.get(url).content.decode()  # whom the team will see stays with the team
    assert not any(name in page for name in names)
    assert local.get(f"{url}danh-sach/").status_code == 404
    assert local.get(f"{url}bien-ban/").status_code == 404

    head.post(url, {"step": "result", "row": rows[0].pk, "version": "0", "result": "CONFIRMED"})
    page = head.get(url).content.decode()  # done lines are folded, and the page leads to the next
    assert page.count("Sửa kết quả") == 1
    assert f"Đã đến 1 trong {len(rows)}." in page
    assert f'<a href="#mau-{rows[1].position}">Đến người chưa có kết quả</a>' in page
    refused = head.post(url, {"step": "result", "row": rows[1].pk, "version": "0", "result": "DIFFERS", "note": ""})
    assert refused.status_code == 422
    assert refused.content.decode().count("Khác hồ sơ thì phải ghi khác ở điểm nào.") == 2  # on top and at the row
    assert f'<a href="#mau-{rows[1].position}">Đến chỗ cần sửa</a>' in refused.content.decode()
    head.post(url, {"step": "result", "row": rows[1].pk, "version": "0", "result": "DIFFERS", "note": "Thiếu sổ"})
    assert "Đến người chưa có kết quả" not in head.get(url).content.decode()
    head.post(url, {"step": "add-action", "text": "Lập sổ", "due_on": "31/12/2025", "responsible": "Chi hội"})
    assert "Chưa ghi ngày kiểm tra" in head.post(url, {"step": "sign-team"}).content.decode()
    head.post(
        url,
        {"step": "visit", "visited_on": "20/11/2025", "window_from": "01/01/2025", "window_to": "31/10/2025"},
    )
    head.post(url, {"step": "sign-team"})

    visit = InspectionVisit.objects.get()
    page = local.get(url).content.decode()
    assert all(name in page for name in names)
    refused = local.post(url, {"step": "sign-place", "agrees": "no", "opinion": "", "checksum": visit.checksum})
    assert refused.status_code == 422
    local.post(url, {"step": "sign-place", "agrees": "no", "opinion": "Đã có sổ", "checksum": visit.checksum})
    visit.refresh_from_db()
    assert (visit.state, visit.place_opinion) == ("SIGNED", "Đã có sổ")
    paper = local.get(f"{url}bien-ban/").content.decode()
    assert "Không thống nhất với biên bản.</p>" in paper and ">Đã có sổ" in paper
    assert "1 đúng như hồ sơ, 1 khác hồ sơ, 0 vắng nhà." in paper
    assert local.get(f"{url}bien-ban/?tep=pdf").content.startswith(b"%PDF")
    assert head.get(f"{url}danh-sach/?tep=docx").content.startswith(b"PK")


def test_bad_posts_change_nothing(ward, families, team):
    client = signed_in(ward.chair)
    url = f"/doan-kiem-tra/{team.pk}/noi/{ward.hamlet.pk}/"
    for data in (
        {"step": "?"},
        {"step": "draw", "size": "x"},
        {"step": "draw", "frame": "DOSSIERS", "size": "9" * 400, "seed": "1"},
        {"step": "visit", "visited_on": "32/13/2025"},
        {"step": "cancel", "reason": ""},
        {"step": "reopen", "reason": "x"},
        {"step": "sign-place"},
    ):
        assert client.post(url, data).status_code == 422, data
    for data in ({"step": "result", "row": "9" * 30}, {"step": "settle", "action": "x"}):
        assert client.post(url, data).status_code == 404, data
    assert client.get(f"/doan-kiem-tra/{team.pk}/noi/{ward.place.pk}/").status_code == 404
    assert not InspectionSample.objects.exists()


def test_the_visit_costs_the_same_for_two_drawn_and_twelve(ward, families, team, django_assert_num_queries):
    other = HamletFactory(parent=ward.place, name="Khu phố 2")
    two = [make_household(other, name).pk for name in ("Lý Một", "Lý Hai")]
    register_many(actor=ward.officer, registrant_ids=two, model="FAMILY", year=YEAR)
    for place, frame, size in ((other, "REGISTER", 2), (ward.hamlet, "REGISTER", 12)):
        draw_sample(actor=ward.chair, inspection=team, place=place, frame=frame, size=size, seed="1")
        add_action(
            actor=ward.chair,
            inspection=team,
            place=place,
            text="Việc",
            due_on=datetime.date(YEAR, 12, 1),
            responsible="Chi hội",
        )
    client = signed_in(ward.chair)
    with django_assert_num_queries(18):
        client.get(f"/doan-kiem-tra/{team.pk}/noi/{other.pk}/")
    with django_assert_num_queries(18):
        client.get(f"/doan-kiem-tra/{team.pk}/noi/{ward.hamlet.pk}/")


def test_members_of_a_commune_team_are_its_officers_and_inspectors(ward):
    page = signed_in(ward.chair).get(f"/doan-kiem-tra/lap/{ward.place.pk}/?nam={YEAR}&model=FAMILY").content.decode()

    assert "Phạm Thị Chi" in page
    assert "Lê Thị An" in page
    assert "Trần Văn Ba" not in page


def test_the_plan_of_families_counts_dossiers_drawn_and_answered(ward, families, team):
    sample = draw(ward, team)
    record_result(actor=ward.chair, row=sample.rows.get(position=1), result="CONFIRMED")
    replace_drawn(actor=ward.chair, row=sample.rows.get(position=2), reason="Vắng")

    (row,) = plan(ward.place, "FAMILY", YEAR, team)

    assert (row.dossiers, row.drawn, row.answered, row.is_single) == (12, 4, 1, False)


def test_two_inspectors_of_a_district_see_each_others_lines():
    district = make_district(1)
    row = make_ward_dossier(district)
    other = add_inspector(district)
    save_score(actor=other, registration=row, code="5", points=9, remark="Phổ cập tốt")

    url = f"/doan-kiem-tra/{district.team.pk}/noi/{district.wards[0].pk}/"
    html = signed_in(district.inspector).get(url).content.decode()

    assert "đang chấm, chưa kết luận" in html
