"""Who is missing, on screen and in Excel; shares on the pages of a dossier; declared conditions."""

import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recognition.choices import EntryState, LearningModel, Stage, State
from recognition.domain import entry_links
from recognition.domain.assessing import Entry, hold_meeting, record_scores
from recognition.domain.measures.missing import Mark, below_note, summary
from recognition.domain.measures.showing import lines_of
from recognition.domain.registering import register
from recognition.domain.rulebooks import load_rulebooks
from recognition.models import EntryLink, ReviewMeeting, Rulebook
from recognition.papers.dossiers import score_paper, share_lines
from recognition.rulebook_checks import parse_rulebook
from recognition.shares import Share
from tests.factories.recognition import (
    YEAR,
    full_scores,
    make_community,
    make_registration,
    make_registrations,
    make_ward,
    meeting_of,
    shipped_specs,
)
from tests.factories.units import HamletFactory, make_clan, make_household
from units.models import ClanMembership


@pytest.fixture
def ward(db):
    return make_ward()


def page_of(client, name, *args, query=""):
    answer = client.get(reverse(f"recognition:{name}", args=args) + f"?nam={YEAR}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page: str) -> str:
    return " ".join(page.split("<main")[1].split())


@pytest.mark.parametrize(
    ("share", "required", "sentence"),
    [
        (Share(41, 120), 60, "Mới 41/120 hộ (34,2%), cần 60%: còn thiếu 31 hộ."),
        (Share(72, 120), 60, "72/120 hộ (60,0%), đạt mức 60%."),
        (Share(5, 10), None, "5/10 hộ (50,0%); chưa rõ mức yêu cầu."),
        (Share(0, 0), 60, "Không có mẫu số: chưa có hộ nào để tính."),
    ],
)
def test_a_mark_in_one_sentence(share, required, sentence):
    mark = Mark(share, None if required is None else Decimal(required), provisional=False, note="", rulebook=None)

    assert summary(mark, "hộ") == sentence


def everything_that_can_lack(ward) -> dict:
    """One family of each kind in the hamlet, and two recognised ones."""
    made = {"recognised": make_registrations(ward, 2, state=State.RECOGNISED)}
    made["waiting"] = make_registration(ward, state=State.REVIEWED, name="Lê Chờ Trình")
    made["registered"] = make_registration(ward, name="Lê Chưa Chấm")
    made["returned"] = make_registration(ward, state=State.RETURNED, name="Lê Bị Trả")
    made["refused"] = make_registration(ward, state=State.REFUSED, name="Lê Bị Từ Chối")
    made["below"] = make_registration(ward, name="Lê Thiếu Điểm")
    scores = full_scores(made["below"])
    scores |= {"1.1": 0, "2.2": 4, "3.1": 5, "4.1": 6, "4.2": 9.5}  # 74.5
    entry = Entry(made["below"].pk, State.REGISTERED, scores=scores)
    record_scores(actor=ward.hamlet_officer, stage=Stage.SELF, entries=[entry])
    made["total only"] = make_registration(ward, state=State.SELF_ASSESSED, name="Lê Chỉ Tổng", total=79.5)
    made["none"] = make_household(ward.hamlet, "Lê Chưa Đăng Ký")
    return made


def test_the_page_of_a_hamlet_says_who_lacks_what(client, ward):
    made = everything_that_can_lack(ward)
    client.force_login(ward.hamlet_officer)

    page = text_of(page_of(client, "missing-place", ward.hamlet.pk))

    assert "Mới 2/9 hộ (22,2%), cần 60%: còn thiếu 4 hộ." in page
    assert "Nếu 1 hồ sơ đang chờ đều được công nhận thì đạt 3/9 (33,3%)." in page
    headings = [
        "Đạt điểm, đang chờ bước sau: 1 hộ",
        "Bị trả lại, chờ bổ sung: 1 hộ",
        "Đã đăng ký, chưa chấm điểm: 1 hộ",
        "Chưa đạt mức điểm: 2 hộ",
        "Chưa đăng ký: 1 hộ",
        "Không được công nhận hoặc bị thu hồi: 1 hộ",
    ]
    assert [page.count(f">{heading}<") for heading in headings] == [1] * 6
    assert [page.index(f">{heading}<") for heading in headings] == sorted(
        page.index(f">{heading}<") for heading in headings
    )
    assert "chờ bước “Trình đề nghị”" in page
    assert "Thiếu chữ ký chủ hộ" in page  # why it was returned
    assert "74,5 điểm; thiếu nhiều ở mục 1.1 (0/10), 2.2 (4/10), 3.1 (5/10), 4.1 (6/10)" in page
    assert "79,5 điểm (chỉ nhập tổng điểm)" in page
    for row in made["recognised"]:
        assert row.registrant.name not in page

    # the workbook holds the same families
    answer = client.get(reverse("recognition:missing-place", args=[ward.hamlet.pk]) + f"?nam={YEAR}&tep=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["Danh sách"]
    rows = {row[2]: (row[4], row[5]) for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert len(rows) == 7
    assert rows["Lê Thiếu Điểm"][0] == "Chưa đạt mức điểm"
    assert rows["Lê Chưa Đăng Ký"] == ("Chưa đăng ký", "")
    tall = {row[5]: sheet.row_dimensions[n].height for n, row in enumerate(sheet.values, start=1) if n >= 5}
    long = next(text for text in tall if "mục 1.1" in text)
    assert tall[long] == 31.5 and tall["79,5 điểm (chỉ nhập tổng điểm)"] in (None, 15.75)  # LibreOffice finds none
    assert answer["Content-Disposition"] == f'attachment; filename="con-thieu-khu-pho-1-{YEAR}.xlsx"'


def test_the_page_of_a_ward_counts_its_hamlets_and_does_not_grow(client, ward):
    everything_that_can_lack(ward)
    client.force_login(ward.officer)
    page_of(client, "missing-place", ward.place.pk)  # what is read once a process

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(client, "missing-place", ward.place.pk)
        return len(captured)

    before = queries()
    for n in range(2, 6):
        make_household(HamletFactory(parent=ward.place, name=f"Khu phố {n}"), f"Trần {n}")
    assert queries() == before

    page = text_of(page_of(client, "missing-place", ward.place.pk))
    assert "0 trong 5 khu phố, thôn đã đủ tỷ lệ Gia đình học tập của mình." in page
    assert "2/9 (22,2%)" in page and "2/13 (15,4%)" in page
    answer = client.get(reverse("recognition:missing-place", args=[ward.place.pk]) + f"?nam={YEAR}&tep=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    first = [cell.value for cell in book["Khu phố"][5]]
    assert first == ["Khu phố 1", 9, 2, 22.22, 60, 4, 1, 1, 1, 2, 1, 1]
    assert book["Danh sách"].max_row == 4 + 7 + 4


def test_the_page_of_a_clan_names_only_families_inside_the_postings(client, ward):
    family = make_registration(ward, name="Nguyễn Hữu Một")
    clan = make_clan(ward.hamlet)
    elsewhere = make_household(HamletFactory(parent=ward.place, name="Khu phố 2"), "Nguyễn Hữu Hai")
    for one in (family.registrant, elsewhere):
        ClanMembership.objects.create(clan=clan.clan, household=one.household, since=datetime.date(2020, 1, 1))

    client.force_login(ward.hamlet_officer)
    page = text_of(page_of(client, "missing-clan", clan.pk))
    assert "Mới 0/2 hộ (0,0%), cần 60%: còn thiếu 2 hộ." in page
    assert "Nguyễn Hữu Một" in page and "Nguyễn Hữu Hai" not in page
    assert page.count("Ngoài địa bàn bạn phụ trách") == 1
    client.force_login(ward.officer)
    assert "Nguyễn Hữu Hai" in page_of(client, "missing-clan", clan.pk)


def test_below_note_without_a_sheet_that_fits():
    spec = parse_rulebook(Rulebook(content=SANCTIONED).content, "x.yaml")

    assert below_note(spec, [0], 100) == "50 điểm (chỉ nhập tổng điểm)"
    assert below_note(spec, None, None) == ""


# --- Shares on the pages of a dossier


def test_a_dossier_shows_counts_types_and_lists_its_shares(client, ward):
    make_registrations(ward, 1, state=State.RECOGNISED)
    make_registrations(ward, 2, names=["Lê Hai", "Lê Ba"])
    row = register(actor=ward.officer, registrant=make_community(ward.hamlet), model="COMMUNITY_HAMLET", year=YEAR)
    client.force_login(ward.officer)
    form = text_of(page_of(client, "assessment-form", row.pk))
    assert "1/3 (33,3%)" in form and "Chưa đạt" in form and "Tạm thời" in form
    entry = Entry(row.pk, row.state, scores=full_scores(row))
    record_scores(actor=ward.hamlet_officer, stage=Stage.SELF, entries=[entry])

    detail = text_of(page_of(client, "registration-detail", row.pk))
    assert "mới 1/3 hộ (33,3%) được công nhận, cần 60%, còn thiếu 1." in detail
    assert "Còn 2 hồ sơ Gia đình học tập chưa có quyết định" in detail
    assert "chỉ để tham khảo: chưa rõ mức yêu cầu nên không chặn công nhận" in detail
    members = text_of(page_of(client, "measure-members", row.pk, "D-03", query="&loc=chua"))
    assert "Tất cả (3)" in members and "Lê Hai" in members and "Nguyễn Văn A" not in members

    url = reverse("recognition:measure-type", args=[row.pk, "D-03"])
    answer = client.post(url, {"numerator": "5", "denominator": "4", "reason": ""})
    assert answer.status_code == 422
    assert "Tử số phải từ 0 đến mẫu số." in answer.content.decode()
    assert "Khai số thay cho số máy tính phải ghi lý do" in answer.content.decode()
    client.post(url, {"numerator": "3", "denominator": "4", "reason": "Theo biên bản số 12"})
    shares = text_of(page_of(client, "measure-list", row.pk))
    assert "3/4 (75,0%)" in shares and "Máy tính: 1/3 (33,3%). Lý do: Theo biên bản số 12" in shares
    assert "D-03: khai 3/4" in shares
    lines = share_lines(lines_of(row, "NORMAL"))
    assert lines[0] == (
        "Tỷ lệ hộ là Gia đình học tập: 3/4 (75,0%), cần từ 60% (mức tạm thời); số khai, lý do: Theo biên bản số 12."
    )
    sheet = row.assessments.get()
    paper = score_paper(row.rulebook, YEAR, row.place, row.registrant, sheet, shares=lines)
    assert lines[0] in [getattr(block, "text", "") for block in paper.blocks]

    make_registrations(ward, 1, names=["Lê Tư"])
    drifted = text_of(page_of(client, "measure-list", row.pk))
    assert "Khi chấm 33,3%, nay 1/4 (25,0%). Hãy tính lại trước khi trình." in drifted
    client.post(reverse("recognition:measure-take-back", args=[row.pk, "D-03"]))
    assert row.measures.get(code="D-03").share == Share(1, 4)
    assert client.get(reverse("recognition:measure-type", args=[row.pk, "D-99"])).status_code == 404
    assert client.get(url[:-5] + "danh-sach/?trang=-1&loc=x").status_code == 200


# --- Declared conditions

CONDITION = {
    "title": "Có thành viên bị kết án hoặc bị xử phạt vi phạm hành chính trong năm",
    "condition": "member_sanctioned",
    "fact": {"mark": "M", "note": "thử"},
}


def _sanctioned() -> dict:
    family = next(spec for spec in shipped_specs() if spec.code == "FAMILY-448")
    return family.to_dict() | {"code": "FAMILY-TEST", "valid_from_year": YEAR, "knock_outs": [CONDITION]}


SANCTIONED = _sanctioned()


@pytest.mark.parametrize(("answer", "passed"), [("1", False), ("0", True)])
def test_a_declared_condition_is_asked_and_stops_recognition(client, ward, answer, passed):
    load_rulebooks(specs=[parse_rulebook(SANCTIONED, "x.yaml")])
    row = make_registration(ward)
    assert row.rulebook.code == "FAMILY-TEST"
    client.force_login(ward.hamlet_officer)
    url = reverse("recognition:assessment-form", args=[row.pk])
    spec = row.rulebook.spec
    data = {f"s-{n}": str(leaf.maximum) for n, leaf in enumerate(spec.leaves)} | {"shown": row.shown_as}
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert f"Hãy chọn Có hoặc Không: “{CONDITION['title']}”." in refused.content.decode()

    client.post(url, data | {"d-0": answer})
    sheet = row.assessments.get(stage=Stage.SELF)
    sentence = f"Không được công nhận: {CONDITION['title']}."
    assert (sheet.passed, sheet.conditions, sentence in sheet.reasons) == (
        passed,
        {"member_sanctioned": answer == "1"},
        not passed,
    )
    entry = Entry(row.pk, State.SELF_ASSESSED, total=100, votes_for=9, votes_against=0)  # the meeting asks nobody again
    hold_meeting(actor=ward.hamlet_officer, meeting=meeting_of(ward), entries=[entry])
    row.refresh_from_db()
    assert row.passed is passed
    detail = text_of(page_of(client, "registration-detail", row.pk))
    assert CONDITION["title"] in detail


def test_a_condition_nobody_answered_does_not_pass(ward):
    load_rulebooks(specs=[parse_rulebook(SANCTIONED, "x.yaml")])
    row = make_registration(ward, state=State.REVIEWED, total=100)

    assert row.passed is False
    reasons = row.assessments.get(stage=Stage.REVIEW).reasons
    assert reasons[1:] == [f"Chưa khai có hay không: “{CONDITION['title']}”."]


def test_the_grid_asks_conditions_beside_the_points(client, ward):
    load_rulebooks(specs=[parse_rulebook(SANCTIONED, "x.yaml")])
    first, second = make_registrations(ward, 2)
    client.force_login(ward.hamlet_officer)
    url = reverse("recognition:scoring-grid", args=[ward.hamlet.pk]) + f"?nam={YEAR}&model=FAMILY"
    assert f"<strong>ĐK1</strong>: {CONDITION['title']}?" in client.get(url).content.decode()

    def post(answers) -> str:
        data = {}
        for row, answer in zip((first, second), answers, strict=True):
            data |= {f"v-{row.pk}-0": "95", f"v-{row.pk}-1": answer, f"shown-{row.pk}": row.shown_as}
        return client.post(url, data, follow=True).content.decode()

    sentence = f"ĐK1 ({CONDITION['title']}): gõ c nếu có, k nếu không."
    assert sentence in post(["y", "k"]) and sentence in post(["c", ""])
    assert not first.assessments.exists()

    post(["C", " không "])
    kept = [(row.assessments.get().passed, row.assessments.get().conditions) for row in (first, second)]
    assert kept == [(False, {"member_sanctioned": True}), (True, {"member_sanctioned": False})]
    assert f'name="v-{first.pk}-1" value="c"' in client.get(url).content.decode()


def test_the_meeting_asks_conditions_and_what_it_says_counts(client, ward):
    load_rulebooks(specs=[parse_rulebook(SANCTIONED, "x.yaml")])
    first, second, third = make_registrations(ward, 3, names=["Lê An", "Lê Bình", "Lê Chi"])
    record_scores(
        actor=ward.officer,
        stage=Stage.SELF,
        entries=[
            Entry(first.pk, State.REGISTERED, total=95, conditions={"member_sanctioned": False}),
            Entry(second.pk, State.REGISTERED, total=95, conditions={"member_sanctioned": True}),
            Entry(third.pk, State.REGISTERED, total=95),
        ],
    )
    client.force_login(ward.hamlet_officer)
    url = reverse("recognition:meeting-create", args=[ward.hamlet.pk]) + f"?nam={YEAR}&model=FAMILY"
    page = client.get(url).content.decode()
    assert f"<strong>ĐK1</strong>: {CONDITION['title']}?" in page
    for row, declared in ((first, "k"), (second, "c"), (third, "")):
        assert f'name="k-{row.pk}-0" value="{declared}"' in page
    data = {"held_on": f"15/11/{YEAR}", "venue": "Nhà văn hóa", "chair": "An", "secretary": "Ba"}
    data |= {"invited": "10", "present": "8"}
    for row in (first, second, third):
        row.refresh_from_db()
        data |= {f"x-{row.pk}": "1", f"d-{row.pk}": "95", f"shown-{row.pk}": row.shown_as}
    answers = {f"k-{first.pk}-0": "c", f"k-{second.pk}-0": " Không "}
    refused = client.post(url, data | answers | {f"k-{third.pk}-0": ""})
    assert refused.status_code == 422
    assert f"ĐK1 ({CONDITION['title']}): gõ c nếu có, k nếu không." in refused.content.decode()
    assert 'value=" Không "' in refused.content.decode() and not ReviewMeeting.objects.exists()

    client.post(url, data | answers | {f"k-{third.pk}-0": "k"})
    kept = [row.assessments.get(stage=Stage.REVIEW) for row in (first, second, third)]
    assert [(one.passed, one.conditions["member_sanctioned"]) for one in kept] == [
        (False, True),
        (True, False),
        (True, False),
    ]
    minutes = reverse("recognition:meeting-minutes", args=[ReviewMeeting.objects.get().pk])
    assert f"<td>{' '.join(kept[0].reasons)}</td>" in client.get(minutes).content.decode()


@pytest.mark.parametrize(("answer", "passed"), [("1", False), ("0", True), (None, None)])
def test_a_link_asks_conditions_and_judges_like_the_officers_form(client, ward, answer, passed):
    load_rulebooks(specs=[parse_rulebook(SANCTIONED, "x.yaml")])
    row = make_registration(ward)
    day = timezone.localdate()
    (made,) = entry_links.make_links(
        actor=ward.officer, place=ward.hamlet, year=YEAR, model=LearningModel.FAMILY, expires_on=day
    )
    spec = row.rulebook.spec
    data = {f"s-{n}": str(leaf.maximum) for n, leaf in enumerate(spec.leaves)} | {"rulebook": row.rulebook_id}
    url = reverse("recognition:entry", args=[made.token])
    sent = client.post(url, data if answer is None else data | {"d-0": answer})
    link = EntryLink.objects.get()
    if answer is None:
        sentence = f"Hãy chọn Có hoặc Không: “{CONDITION['title']}”."
        assert sent.status_code == 422 and sentence in sent.content.decode() and link.state == EntryState.OPEN
        told = entry_links.enter(token=made.token, rulebook_id=row.rulebook_id, scores=full_scores(row))
        assert (told.kept, told.faults) == (False, {"member_sanctioned": sentence})
        return
    assert sent.status_code == 302
    entry_links.accept(actor=ward.officer, shown={link.pk: row.shown_as})
    sheet = row.assessments.get(stage=Stage.SELF)
    assert (sheet.passed, sheet.conditions) == (passed, {"member_sanctioned": answer == "1"})
    assert (f"Không được công nhận: {CONDITION['title']}." in sheet.reasons) is not passed
