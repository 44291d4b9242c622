"""Commendations: who qualifies to the year, lists, decisions nobody takes about themselves, papers, the register."""

import datetime
import io

import docx
import openpyxl
import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recognition.choices import DecisionState, IssuingBody, LearningModel, RevocationGround, State
from recognition.domain import report_text
from recognition.domain.certifying import revoke as revoke_award
from recognition.domain.deciding import issue, prepare
from recognition.domain.errors import NotPermitted, RecognitionError, RowsRefused
from recognition.domain.honours import deciding, lists
from recognition.domain.honours.candidates import Criterion, candidates, year_marks
from recognition.domain.honours.deciding import DecisionPaper
from recognition.domain.honours.forms import forms_for, giving_place, load_forms, save_form
from recognition.domain.honours.lists import Draft
from recognition.domain.integrity import CHECKS
from recognition.domain.worklist import work_of
from recognition.honour_choices import CommendationKind, CommendationState, CriterionRule, Honouree, ListState
from recognition.models import (
    CertificateCheck,
    Commendation,
    CommendationDecision,
    CommendationForm,
    CommendationList,
    CommendationPrint,
    Decision,
)
from tests.factories.honours import recognise
from tests.factories.recognition import make_community, make_registration, make_ward
from tests.factories.units import CommuneFactory, HamletFactory, make_clan, make_household, make_officer
from tests.portal.test_papers_lib import read_text
from tests.recognition.test_races import together
from units.choices import Level, Role
from units.models import Registrant, RegistrantMerge, Stay, Succession, User

pytestmark = pytest.mark.django_db
LAST, REFORM, EVE = 2025, datetime.date(2025, 7, 1), datetime.date(2025, 6, 30)
TODAY = datetime.date(2026, 3, 2)


def running(k, *, last=LAST, model=LearningModel.FAMILY):
    return Criterion(model, CriterionRule.RUNNING, last, last - k + 1, k)


@pytest.fixture
def ward():
    """A ward that a smaller one went whole into on 1 July 2025, with the forms of commendation."""
    made = make_ward()
    load_forms()
    made.old = CommuneFactory(name="Phường 12", parent=made.place.parent, valid_from=None, valid_to=EVE)
    made.old_hamlet = HamletFactory(parent=made.old, name="Khu phố 1", valid_to=EVE)
    Succession.objects.create(from_place=made.old, to_place=made.place, effective_on=REFORM)
    Succession.objects.create(from_place=made.old_hamlet, to_place=made.hamlet, effective_on=REFORM)
    return made


def carried(ward, name, before=(), after=()):
    """A family that lived in the old ward; recognised there in `before`, in the new one in `after`."""
    family = make_household(ward.hamlet, name, opened_on=REFORM)
    Stay.objects.create(
        registrant=family, kind=family.kind, since=datetime.date(2020, 1, 1), until=REFORM, **ward.old_hamlet.fact_ids
    )
    recognise(family, before, place=ward.old_hamlet)
    recognise(family, after)
    return family


def names(place, criterion, *, short=False):
    found = [one for one in candidates(place, criterion) if one.short == short]
    people = Registrant.objects.in_bulk([one.registrant_id for one in found])
    return {people[one.registrant_id].name: one.years for one in found}


def merit(level=Level.COMMUNE):
    return CommendationForm.objects.get(level=level, body=IssuingBody.COMMITTEE, kind__in=["MERIT", "HIGH_MERIT"])


def new_list(ward, *, criterion=None, form=None, title="Thành tích khuyến học"):
    draft = Draft(form or merit(), "PERIOD", title, 2021, LAST, criterion)
    return lists.create_list(actor=ward.officer, place=ward.place, draft=draft)


def sent(ward, roll):
    return lists.send(actor=ward.chair, roll=roll, signed_on=TODAY, signer="Phạm Thị Chi", signer_title="Chủ tịch Hội")


def waits(user):
    """What the work list says about commendations."""
    postings = User.objects.get(pk=user.pk).active_postings()
    return [(one.kind, one.count, one.oldest) for one in work_of(postings, 2026) if one.kind.startswith("HONOURS")]


def paper(number=None, *, on=TODAY):
    return DecisionPaper(on, "Nguyễn Thị Đào", "Chủ tịch", ["Căn cứ quy chế;"], number)


def test_years_count_to_the_year_wherever_they_were_earned(ward):
    carried(ward, "Trần Đủ Ba", before=[2023, 2024], after=[2025])
    carried(ward, "Trần Thiếu Một", before=[2024], after=[2025])  # k - 1
    carried(ward, "Trần Đứt Quãng", before=[2021, 2022, 2023], after=[2025])
    gone = carried(ward, "Trần Thu Hồi", before=[2023, 2024], after=[2025])
    moved = carried(ward, "Trần Chuyển Đi", before=[2023, 2024], after=[2025])
    moved.stays.filter(until=None).update(until=datetime.date(2025, 9, 1))
    kept = make_household(ward.hamlet, "Trần Gộp", opened_on=REFORM)
    recognise(kept, [2025])
    twin = make_household(ward.hamlet, "Tran Gop", opened_on=REFORM)
    recognise(twin, [2023, 2024], place=ward.old_hamlet)
    Stay.objects.filter(registrant=twin).update(until=datetime.date(2025, 8, 1))
    merge = RegistrantMerge.objects.create(kind=kept.kind, kept=kept, other=twin, done_on=datetime.date(2025, 8, 1))
    award = gone.awards.get(year=2024)
    revoke_award(
        actor=make_officer(Role.DECIDER, award.decision.place),
        award=award,
        ground=RevocationGround.FALSE,
        reason="Khai sai",
        on=datetime.date(2025, 5, 5),
    )

    three = running(3)
    assert names(ward.place, three) == {"Trần Đủ Ba": (2023, 2024, 2025), "Trần Gộp": (2023, 2024, 2025)}
    assert names(ward.place, three, short=True) == {"Trần Thu Hồi": (2023, 2025)}
    assert set(names(ward.place, running(2))) == {"Trần Đủ Ba", "Trần Thiếu Một", "Trần Gộp"}
    assert names(ward.place, running(4)) == {}
    four_of_five = Criterion(LearningModel.FAMILY, CriterionRule.AT_LEAST, LAST, 2021, 4)
    assert names(ward.place, four_of_five) == {"Trần Đứt Quãng": (2021, 2022, 2023, 2025)}
    every = Criterion(LearningModel.FAMILY, CriterionRule.EVERY, LAST, 2023, 1)
    assert set(names(ward.place, every)) == {"Trần Đủ Ba", "Trần Gộp"}
    # Before the merger the same people are looked for in the old ward.
    assert set(names(ward.old, running(2, last=2024))) == {"Trần Đủ Ba", "Trần Chuyển Đi"}
    marks = year_marks([gone.pk], three)[gone.pk]
    assert [(one.year, one.counts, one.reason) for one in marks] == [
        (2023, True, ""),
        (2024, False, "Khai báo sai sự thật: Khai sai"),
        (2025, True, ""),
    ]
    RegistrantMerge.objects.filter(pk=merge.pk).update(undone_at=datetime.datetime(2025, 9, 1, tzinfo=datetime.UTC))
    assert set(names(ward.place, three)) == {"Trần Đủ Ba"}

    with CaptureQueriesContext(connection) as few:
        candidates(ward.place, three)
    for number in range(3):
        carried(ward, f"Lê Thêm {number}", before=[2023, 2024], after=[2025])
    with CaptureQueriesContext(connection) as many:
        assert len(candidates(ward.place, three)) == 5
    assert len(many) == len(few) <= 3


def test_a_merged_place_needs_all_it_was_made_of_and_long_validity_counts_each_year(ward):
    second = HamletFactory(parent=ward.old, name="Khu phố 2", valid_to=EVE)
    Succession.objects.create(from_place=second, to_place=ward.hamlet, effective_on=REFORM)
    model = LearningModel.COMMUNITY_HAMLET
    here, first, other = map(make_community, (ward.hamlet, ward.old_hamlet, second))
    recognise(here, [2025], model=model, place=ward.hamlet)
    recognise(first, [2023, 2024], model=model, place=ward.old_hamlet)
    recognise(other, [2024], model=model, place=second)

    found = candidates(ward.place, running(2, model=model))
    assert [(one.registrant_id, one.years) for one in found] == [(here.pk, (2024, 2025))]
    assert candidates(ward.place, running(3, model=model)) == []  # 2023: one of the two only

    commune = make_community(ward.place)
    model = LearningModel.COMMUNITY_COMMUNE
    recognise(commune, [2025], model=model, place=ward.place, valid_years=3)
    assert [one.years for one in candidates(ward.place, running(3, last=2027, model=model))] == [(2025, 2026, 2027)]
    assert candidates(ward.place, running(3, last=2028, model=model)) == []
    assert candidates(ward.place, running(4, last=2027, model=model)) == []


def test_a_criterion_that_cannot_be_is_refused_in_words(ward):
    for criterion, text in (
        (Criterion("FAMILY", CriterionRule.EVERY, 2020, 2021, 1), "Giai đoạn phải từ 1 đến 10 năm"),
        (Criterion("FAMILY", CriterionRule.EVERY, 2025, 2015, 1), "Giai đoạn phải từ 1 đến 10 năm"),
        (Criterion("FAMILY", CriterionRule.AT_LEAST, 2025, 2024, 3), "Số năm phải từ 1 đến 2"),
    ):
        with pytest.raises(RecognitionError, match=text):
            candidates(ward.place, criterion)
    with pytest.raises(RecognitionError, match="lập ở phường, xã"):
        candidates(ward.place.parent, running(3))
    assert candidates(ward.place.parent, running(3, model=LearningModel.CLAN)) == []


def test_from_candidates_to_the_register_and_back(client, ward):
    family = carried(ward, "Trần Đủ Ba", before=[2023, 2024], after=[2025])
    late = carried(ward, "Trần Thu Hồi", before=[2023, 2024], after=[2025])
    clan = make_clan(ward.hamlet, "Họ Lý")
    client.force_login(ward.officer)
    url = reverse("recognition:commendation-candidates", args=[ward.place.pk])
    query = f"{url}?model=FAMILY&rule=RUNNING&k=3&first=2021&last={LAST}&short=on"
    page = client.get(query).content.decode()
    assert "2 đối tượng đủ tiêu chuẩn: đạt “Gia đình học tập” 3 năm liền, từ 2023 đến 2025." in page
    assert f'value="{family.pk}:2023,2024,2025"' in page
    answer = client.post(
        query,
        {"row": [f"{one.pk}:2023,2024,2025" for one in (family, late)], "form": merit().pk, "occasion": "PERIOD"},
    )
    assert answer.status_code == 422 and not CommendationList.objects.exists()  # what for?
    details = {"form": merit().pk, "occasion": "PERIOD", "title": "Thành tích khuyến học"}
    stale = client.post(query, {"row": f"{family.pk}:2024,2025", **details})
    assert "Số năm được công nhận vừa thay đổi" in stale.content.decode()
    assert not Commendation.objects.exists() and not CommendationList.objects.exists()
    assert "Hãy chọn ít nhất một đối tượng." in client.post(query, {}).content.decode()
    client.post(query, {"row": [f"{one.pk}:2023,2024,2025" for one in (family, late)], **details})
    roll = CommendationList.objects.get()
    assert roll.items.count() == 2 and str(roll.years) == "2023–2025"
    assert roll.items.get(registrant=family).achievement == "Đạt “Gia đình học tập” 3 năm liền, từ 2023 đến 2025"

    add = reverse("recognition:commendation-add", args=[roll.pk])
    client.post(add, {"honouree": "COLLECTIVE", "name": "Chi hội  khu phố 1", "position": "Phường Hòa Hưng"})
    again = client.post(add, {"honouree": "COLLECTIVE", "name": "CHI HỘI KHU PHỐ 1", "position": "Phường Hòa Hưng"})
    assert "Tên và chức vụ này đã có trong danh sách." in again.content.decode()
    client.post(add, {"honouree": "INDIVIDUAL", "officer": ward.hamlet_officer.pk, "position": "Chi hội trưởng"})
    assert list(roll.items.values_list("name", "honouree").order_by("pk"))[2:] == [
        ("Chi hội khu phố 1", "COLLECTIVE"),
        ("Trần Văn Ba", "INDIVIDUAL"),
    ]
    with pytest.raises(RecognitionError, match="không chọn theo số năm"):
        lists.add_candidates(actor=ward.officer, roll=new_list(ward), shown={clan.pk: []})

    client.post(
        reverse("recognition:commendation-send", args=[roll.pk]),
        {"signed_on": "02/03/2026", "signer": "Phạm Thị Chi", "signer_title": "Chủ tịch Hội"},
    )
    roll.refresh_from_db()
    assert (roll.state, str(roll), roll.to_place) == (ListState.SENT, "01/TTr-HKH", ward.place)
    # A recognition revoked after the list was sent: the list says so, and giving is refused by name.
    assert waits(ward.decider) == [("HONOURS", 1, TODAY)] and waits(ward.chair) == []
    award = late.awards.get(year=2025)
    revoke_award(
        actor=ward.decider,
        award=award,
        ground=RevocationGround.FALSE,
        reason="Khai sai",
        on=datetime.date(2026, 1, 2),
    )
    client.force_login(ward.decider)
    shown = client.get(reverse("recognition:commendation-roll", args=[roll.pk])).content.decode()
    assert "Công nhận năm 2025 đã bị thu hồi" in shown and "1 tên không còn đủ năm" in shown
    decide = reverse("recognition:commendation-decide", args=[roll.pk])
    items = {one.name: one.pk for one in roll.items.all()}
    posted = {
        "item": list(items.values()),
        "signed_on": "03/03/2026",
        "signer": "Nguyễn Thị Đào",
        "signer_title": "Chủ tịch",
        "grounds": "Căn cứ quy chế;",
    }
    refused = client.post(decide, posted)
    assert refused.status_code == 422
    assert "Trần Thu Hồi: Công nhận năm 2025 đã bị thu hồi." in refused.content.decode()
    assert not CommendationDecision.objects.exists()
    client.post(reverse("recognition:commendation-return", args=[roll.pk]), {"note": "Xem lại"})
    assert waits(ward.chair) == [("HONOURS_BACK", 1, TODAY)] and waits(ward.decider) == []
    shown = client.get(reverse("recognition:commendation-rolls") + "?state=RETURNED").context["rows"]
    assert [row[0] for row in shown] == [roll]
    sent(ward, roll)
    no = {f"choice-{items['Trần Thu Hồi']}": "DECLINED"}
    assert "phải ghi lý do" in client.post(decide, posted | no).content.decode()
    no[f"reason-{items['Trần Thu Hồi']}"] = "Công nhận bị thu hồi"
    client.post(decide, posted | no)
    decision = CommendationDecision.objects.get()
    assert str(decision) == "01/QĐ-UBND"
    assert list(roll.items.order_by("book_number").values_list("name", "state", "book_number", "reason")) == [
        ("Trần Đủ Ba", "GIVEN", 1, ""),
        ("Chi hội khu phố 1", "GIVEN", 2, ""),
        ("Trần Văn Ba", "GIVEN", 3, ""),
        ("Trần Thu Hồi", "DECLINED", None, "Công nhận bị thu hồi"),
    ]
    again = client.post(decide, posted | no, follow=True)
    assert "không chờ quyết định" in again.content.decode() and CommendationDecision.objects.count() == 1

    given = roll.items.get(name="Trần Đủ Ba")
    detail = reverse("recognition:commendation-detail", args=[given.pk])
    early = client.post(detail, {"on": "02/03/2026", "reason": "Vi phạm"})
    assert "từ ngày quyết định khen (03/03/2026) đến hôm nay" in early.content.decode()
    assert "Đã thu hồi" in client.post(detail, {"on": "04/03/2026", "reason": "Vi phạm"}, follow=True).content.decode()
    book = client.get(reverse("recognition:commendation-list") + "?tep=xlsx&state=REVOKED")
    rows = list(openpyxl.load_workbook(io.BytesIO(book.content)).active.iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[1], row[-2], row[-1]) for row in rows] == [
        ("0001/2026", "Trần Đủ Ba", "Đã thu hồi", "Vi phạm")
    ]
    found = client.get(reverse("recognition:commendation-list") + "?q=tran van").content.decode()
    assert "Trần Văn Ba" in found and "Chi hội khu phố 1" not in found
    papers = client.get(reverse("recognition:commendation-decision-paper", args=[decision.pk]))
    assert papers.content.startswith(b"%PDF") and printed_batch(client, decision).startswith(b"%PDF")
    word = client.get(reverse("recognition:commendation-decision-paper", args=[decision.pk]) + "?tep=docx")
    text = docx_text(word.content)
    assert "Tặng giấy khen cho 2 tập thể và 1 cá nhân (danh sách kèm theo)" in text
    assert "CHI HỘI" not in text and "Trần Thu Hồi" not in text and "Số: 01/QĐ-UBND" in text


def docx_text(content: bytes) -> str:
    found = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in found.paragraphs), *cells])


def test_nobody_decides_about_themselves(ward):
    roll = new_list(ward)
    with pytest.raises(NotPermitted, match="không được phân công lập danh sách khen"):
        lists.add_name(actor=ward.decider, roll=roll, honouree=Honouree.INDIVIDUAL, name="A")
    with pytest.raises(RecognitionError, match="chưa có tên nào"):
        sent(ward, roll)
    own = lists.add_name(actor=ward.officer, roll=roll, honouree=Honouree.INDIVIDUAL, name="NGUYỄN THỊ ĐÀO")
    other = lists.add_name(actor=ward.officer, roll=roll, honouree=Honouree.COLLECTIVE, name="Ban khuyến học chợ")
    sent(ward, roll)
    with pytest.raises(RecognitionError, match="không sửa được"):
        lists.remove_items(actor=ward.officer, roll=roll, ids=[own.pk])
    give = {own.pk, other.pk}
    with pytest.raises(RecognitionError, match="Danh sách có tên bạn"):
        deciding.decide(actor=ward.decider, roll=roll, give=give, decline={}, paper=paper())
    with pytest.raises(RecognitionError, match="Danh sách có tên bạn"):  # not by declining either
        deciding.decide(actor=ward.decider, roll=roll, give={other.pk}, decline={own.pk: "Thôi"}, paper=paper())
    second = make_officer(Role.DECIDER, ward.place, name="Lý Văn Hai")
    with pytest.raises(NotPermitted):
        deciding.decide(actor=ward.chair, roll=roll, give=give, decline={}, paper=paper())
    with pytest.raises(RecognitionError, match="không được trước ngày tờ trình"):
        deciding.decide(actor=second, roll=roll, give=give, decline={}, paper=paper(on=datetime.date(2026, 3, 1)))
    with pytest.raises(RecognitionError, match="còn tên chưa quyết định"):
        deciding.decide(actor=second, roll=roll, give={own.pk}, decline={}, paper=paper())
    # A number of a recognition of the same series cannot be used again, nor the other way round.
    Decision.objects.create(
        place=ward.place,
        model="FAMILY",
        year=2026,
        authority="UBND",
        symbol="QĐ-UBND",
        number=7,
        number_year=2026,
        signed_on=TODAY,
        signer="A",
        signer_title="B",
        state=DecisionState.ISSUED,
        issued_at=datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC),
    )
    with pytest.raises(RecognitionError, match="Số 07/QĐ-UBND đã dùng trong năm 2026"):
        deciding.decide(actor=second, roll=roll, give=give, decline={}, paper=paper(7))
    decision = deciding.decide(actor=second, roll=roll, give=give, decline={}, paper=paper())
    assert str(decision) == "01/QĐ-UBND"
    proposal = make_registration(ward, state=State.PROPOSED).proposal
    draft = prepare(actor=second, proposal=proposal, signed_on=TODAY, signer="A", signer_title="B")
    with pytest.raises(RecognitionError, match="Số 01/QĐ-UBND đã dùng trong năm 2026"):
        issue(actor=second, decision=draft, recognise=dict(proposal.registrations.values_list("pk", "state")), number=1)
    own.refresh_from_db()
    with pytest.raises(RecognitionError, match="Danh sách có tên bạn"):
        deciding.revoke(actor=ward.decider, item=own, reason="Sai", on=TODAY)
    # A body's own place, and a list one wrote oneself.
    community = make_community(ward.place)
    recognise(community, [2025], model=LearningModel.COMMUNITY_COMMUNE, place=ward.place)
    roll = new_list(ward, criterion=running(1, model=LearningModel.COMMUNITY_COMMUNE))
    lists.add_candidates(actor=ward.officer, roll=roll, shown={community.pk: [2025]})
    sent(ward, roll)
    ids = set(roll.items.values_list("pk", flat=True))
    with pytest.raises(RecognitionError, match="không tự khen chính địa bàn của mình"):
        deciding.decide(actor=second, roll=roll, give=ids, decline={}, paper=paper())
    CommendationList.objects.filter(pk=roll.pk).update(created_by=second)
    with pytest.raises(RecognitionError, match="Người lập danh sách không ký"):
        deciding.decide(actor=second, roll=roll, give=ids, decline={}, paper=paper())
    deciding.send_back(actor=second, roll=roll, note="Gửi cấp tỉnh")
    with pytest.raises(RecognitionError, match="Tờ trình đã lấy số 02/TTr-HKH của năm 2026"):
        lists.send(actor=ward.chair, roll=roll, signed_on=datetime.date(2025, 12, 31), signer="A", signer_title="B")
    assert lists.send(actor=ward.chair, roll=roll, signed_on=TODAY, signer="A", signer_title="B").number == 2
    assert _faults() == []
    Commendation.objects.filter(pk=other.pk).update(state="LISTED", book_number=9)
    CommendationList.objects.filter(pk=roll.pk).update(number=3)
    assert _faults() == [
        "Phường Hòa Hưng: dãy số SKT năm 2026 thiếu 7 số không rõ lý do.",
        "Phường Hòa Hưng: số 9/SKT năm 2026 vượt số đã cấp của sổ.",
        "Phường Hòa Hưng: dãy số TTr-HKH năm 2026 thiếu 1 số không rõ lý do.",
        "Phường Hòa Hưng: số 3/TTr-HKH năm 2026 vượt số đã cấp của sổ.",
        "Khen thưởng của Ban khuyến học chợ không khớp với quyết định của danh sách.",
    ]


def _faults() -> list[str]:
    """What the books' checks say about commendations (recognitions made by hand here are not theirs)."""
    found = [one.message for check in ("numbers", "commendations") for one in CHECKS[check]()]
    return [text for text in found if "QĐ-UBND" not in text]


def test_bodies_outside_the_portal_and_forms_as_data(ward):
    assert load_forms() == 0  # twice changes nothing
    offered = set(forms_for(ward.place, TODAY).values_list("level", flat=True))
    assert offered == {"", "commune", "province"}  # no district any more
    medal = CommendationForm.objects.get(kind=CommendationKind.MEDAL)
    assert giving_place(medal, ward.place) is None and giving_place(merit("province"), ward.place) == ward.place.parent
    roll = new_list(ward, form=medal)
    with pytest.raises(RecognitionError, match="không khen tập thể"):
        lists.add_name(actor=ward.officer, roll=roll, honouree=Honouree.COLLECTIVE, name="Chi hội")
    item = lists.add_name(actor=ward.officer, roll=roll, honouree=Honouree.INDIVIDUAL, name="Bà Tám")
    sent(ward, roll)
    options = {"actor": ward.officer, "roll": roll, "give": {item.pk}, "decline": {}, "paper": paper()}
    with pytest.raises(RecognitionError, match="Hãy ghi số, ký hiệu"):
        deciding.record_received(**options, received=" ")
    assert str(deciding.record_received(**options, received="45/QĐ-KHVN")) == "45/QĐ-KHVN"
    item.refresh_from_db()
    assert (item.state, item.book_label) == (CommendationState.GIVEN, "0001/2026")
    # The ward's own committee works in the portal: its decision cannot be "received".
    roll = new_list(ward)
    item = lists.add_name(actor=ward.officer, roll=roll, honouree=Honouree.INDIVIDUAL, name="Ông Tư")
    sent(ward, roll)
    with pytest.raises(RecognitionError, match="có người ký trên hệ thống"):
        deciding.record_received(**options | {"roll": roll, "give": {item.pk}}, received="1/QĐ")

    own = CommendationForm(
        kind="MERIT",
        name="Giấy khen của Hội",
        body="ASSOCIATION",
        level="commune",
        legal_basis="Quy chế",
        source="Hội phường",
        place=ward.place,
    )
    with pytest.raises(NotPermitted):
        save_form(actor=ward.officer, form=own)
    save_form(actor=ward.chair, form=own)
    assert own in forms_for(ward.place) and own not in forms_for(CommuneFactory())
    roll = new_list(ward, form=own)
    item = lists.add_name(actor=ward.officer, roll=roll, honouree=Honouree.INDIVIDUAL, name="Cô Năm")
    sent(ward, roll)
    decision = deciding.decide(actor=ward.chair, roll=roll, give={item.pk}, decline={}, paper=paper())
    assert (str(decision), decision.authority) == ("01/QĐ-HKH", "Hội Khuyến học phường Hòa Hưng")
    own.name = "Tên khác"
    with pytest.raises(RecognitionError, match="đã có quyết định khen nên không đổi tên"):
        save_form(actor=ward.chair, form=own)
    own.refresh_from_db()
    own.valid_to = EVE
    save_form(actor=ward.chair, form=own)
    with pytest.raises(RecognitionError, match="không áp dụng vào ngày 02/03/2026"):
        roll = new_list(ward, form=own)
        lists.add_name(actor=ward.officer, roll=roll, honouree=Honouree.INDIVIDUAL, name="X")
        sent(ward, roll)


def decided(ward, *names, decider=None):
    """A list of collectives, sent and decided; its decision."""
    roll = new_list(ward)
    for name in names:
        lists.add_name(actor=ward.officer, roll=roll, honouree=Honouree.COLLECTIVE, name=name, position="Khu phố 1")
    roll = sent(ward, roll)
    give = set(roll.items.values_list("pk", flat=True))
    return deciding.decide(actor=decider or ward.decider, roll=roll, give=give, decline={}, paper=paper())


def printed_batch(client, decision) -> bytes:
    """The first file of a decision's papers."""
    return client.post(reverse("recognition:commendation-certificates", args=[decision.pk, 1])).content


def test_every_print_is_noted_a_reprint_with_its_reason_and_looking_is_none(client, ward):
    decision = decided(ward, "Chi hội khu phố 1", "Chi hội khu phố 2")
    first, second = decision.roll.items.order_by("pk")
    paper_of, page_of, roll_page = (
        lambda one: reverse("recognition:commendation-paper", args=[one.pk]),
        lambda one: client.get(reverse("recognition:commendation-detail", args=[one.pk])).content.decode(),
        reverse("recognition:commendation-roll", args=[decision.roll_id]),
    )
    client.force_login(ward.officer)
    for _n in range(2):
        assert "BẢN XEM" in read_text(client.get(paper_of(first)).content)
    assert "Giấy này chưa được in lần nào." in page_of(first) and not CommendationPrint.objects.exists()

    printed = client.post(paper_of(first))
    assert (printed["Content-Type"], "BẢN XEM" in read_text(printed.content)) == ("application/pdf", False)
    refused = client.post(paper_of(first), {"reason": " "}, follow=True).content.decode()
    assert "Hãy ghi lý do in lại." in refused
    assert client.post(paper_of(first), {"reason": "Mất giấy"})["Content-Type"] == "application/pdf"
    batch = reverse("recognition:commendation-certificates", args=[decision.pk, 1])
    assert client.get(batch).status_code == 405
    assert client.post(batch)["Content-Type"] == "application/pdf"
    for nothing in (0, 2, 10**30):
        none = client.post(reverse("recognition:commendation-certificates", args=[decision.pk, nothing]), follow=True)
        assert "Không có giấy khen nào để in." in none.content.decode()
    assert client.post(paper_of(second)).status_code == 302  # printed in the batch already, and nobody says why
    new = deciding.replace(actor=ward.decider, item=second, name="Chi hội 2", position="Khu phố 2", reason="Sai tên")
    assert client.post(paper_of(second), {"reason": "Xin lại"}, follow=True).redirect_chain  # replaced: not again
    assert "ĐÃ THAY THẾ" in read_text(client.get(paper_of(second)).content)
    assert client.post(paper_of(new))["Content-Type"] == "application/pdf"  # it was in no batch, so for the first time

    kept = CommendationPrint.objects.order_by("id").values_list("commendation", "count", "reason", "by_name")
    officer = ward.officer.full_name
    assert list(kept) == [
        (first.pk, 1, "", officer),
        (first.pk, 1, "Mất giấy", officer),
        (None, 2, "", officer),
        (new.pk, 0, "Sai tên", ward.decider.full_name),
        (new.pk, 1, "", officer),
    ]
    said = [
        ("in theo tập 2 giấy của quyết định" in page_of(one), "Mất giấy" in page_of(one), "Sai tên" in page_of(one))
        for one in (first, new)
    ]
    assert said == [(True, True, False), (False, False, True)]
    assert f"{officer}: 2 giấy" in client.get(roll_page).content.decode()


def test_the_check_page_shows_everything_printed_and_what_was_withdrawn(client, ward):
    decision = decided(ward, "Chi hội khu phố 1", "Chi hội khu phố 2")
    items = list(decision.roll.items.order_by("pk"))
    assert all(len(one.token) == 32 for one in items) and items[0].token != items[1].token
    client.force_login(ward.decider)
    pages = pypdfium2.PdfDocument(printed_batch(client, decision))
    read = [zxingcpp.read_barcodes(page.render(scale=2).to_pil())[0].text for page in pages]
    assert read == [f"{settings.PUBLIC_URL}/kiem-tra/{one.token}/" for one in items]
    anybody, url = Client(), reverse("recognition:check", args=[items[0].token])
    page = anybody.get(url).content.decode()
    for text in (
        *("Chi hội khu phố 1", "Khu phố 1", "Giấy khen", "Thành tích khuyến học, giai đoạn 2021–2025", "0001/2026"),
        *("Ủy ban nhân dân phường", "Số 01/QĐ-UBND ngày 02/03/2026", "Chủ tịch Nguyễn Thị Đào"),
        "Khen thưởng này có thật và còn hiệu lực.",
    ):
        assert text in page, text
    assert "Chi hội khu phố 2" not in page
    deciding.revoke(actor=ward.decider, item=items[0], reason="Khai sai", on=TODAY)
    page = anybody.get(url).content.decode()
    assert "Khen thưởng này đã bị thu hồi ngày 02/03/2026." in page and "Khai sai" not in page
    assert dict(CertificateCheck.objects.values_list("outcome", "count")) == {"VALID": 1, "REVOKED": 1}
    typed = anybody.get(reverse("recognition:check-start"), {"number": "0002/2026", "place": ward.place.name})
    text = typed.content.decode()
    assert "Số vào sổ khen thưởng" in text and "Khen thưởng này có thật" in text and "Chi hội khu phố 2" not in text
    listed = lists.add_name(actor=ward.officer, roll=new_list(ward), honouree=Honouree.COLLECTIVE, name="Chưa khen")
    assert listed.token == "" and anybody.get("/kiem-tra//").status_code == 404


def test_families_stand_where_their_form_says(ward):
    family = carried(ward, "Trần Đủ Ba", before=[2023, 2024], after=[2025])
    form = merit()
    assert (form.families_as, form.provisional) == (Honouree.COLLECTIVE, True)
    for kind in (Honouree.COLLECTIVE, Honouree.INDIVIDUAL):
        form.families_as = kind
        form.save()
        roll = new_list(ward, criterion=running(3), form=form, title=f"Gia đình {kind}")
        lists.add_candidates(actor=ward.officer, roll=roll, shown={family.pk: [2023, 2024, 2025]})
        assert roll.items.get().honouree == kind


def test_a_list_sent_again_is_told_and_candidates_come_with_it_or_not_at_all(ward):
    family = carried(ward, "Trần Đủ Ba", before=[2023, 2024], after=[2025])
    shown = {family.pk: [2023, 2024, 2025]}
    draft = Draft(merit(), "PERIOD", "Ba năm liền", 2021, LAST, running(3))

    def send(years):
        return lists.list_candidates(actor=ward.officer, place=ward.place, draft=draft, shown={family.pk: years})

    with pytest.raises(RowsRefused):
        send([2022, 2024, 2025])
    assert CommendationList.objects.count() == 0
    roll, added = send(shown[family.pk])
    assert (added, roll.items.count()) == (1, 1)
    with pytest.raises(RecognitionError, match="Danh sách “Ba năm liền” đã có, đang lập hoặc bị trả lại; hãy mở"):
        send(shown[family.pk])
    lists.send(actor=ward.chair, roll=roll, signed_on=TODAY, signer="Phạm Thị Chi", signer_title="Chủ tịch Hội")
    assert send(shown[family.pk])[0].pk != roll.pk


@pytest.mark.django_db(transaction=True)
def test_two_deciders_at_once_and_many_lists_at_once():
    """Of two decisions of one list exactly one stands; numbers of lists decided at once follow without a gap. A list
    sent twice is made once."""
    made = make_ward()
    load_forms()
    second = make_officer(Role.DECIDER, made.place, name="Lý Văn Hai")

    made_twice = together(lambda: new_list(made, title="Bấm hai lần"), lambda: new_list(made, title="Bấm hai lần"))
    assert sorted(type(one).__name__ for one in made_twice) == ["CommendationList", "RecognitionError"]
    assert CommendationList.objects.get().title == "Bấm hai lần"
    other = make_ward()

    def apart():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            return new_list(other, title="Phường bên")

    with transaction.atomic():  # a ward that takes its time keeps no other ward waiting
        new_list(made, title="Đang ghi")
        assert [str(one.place) for one in together(apart)] == [str(other.place)]
        transaction.set_rollback(True)

    def ready(number):
        roll = new_list(made, title=f"Đợt {number}")
        for name in (f"Chi hội {number}a", f"Chi hội {number}b"):
            lists.add_name(actor=made.officer, roll=roll, honouree=Honouree.COLLECTIVE, name=name)
        return sent(made, roll)

    def decide(actor, roll, **answer):
        pks = list(roll.items.order_by("pk").values_list("pk", flat=True))
        options = {"give": set(pks), "decline": {}} | {k: v(pks) for k, v in answer.items()}
        return deciding.decide(actor=actor, roll=roll, paper=paper(), **options)

    roll = ready(0)
    outcomes = together(
        lambda: decide(made.decider, roll),
        lambda: decide(second, roll, give=lambda pks: {pks[0]}, decline=lambda pks: {pks[1]: "Chưa đủ"}),
        lambda: deciding.send_back(actor=second, roll=roll, note="Xem lại"),
    )
    won = [one for one in outcomes if not isinstance(one, Exception)]
    assert len(won) == 1 and sum(isinstance(one, RecognitionError) for one in outcomes) == 2
    roll.refresh_from_db()
    stands = CommendationDecision.objects.filter(roll=roll).count()
    assert (roll.state, stands) in ((ListState.DECIDED, 1), (ListState.RETURNED, 0))
    before = Commendation.objects.filter(state=CommendationState.GIVEN).count()

    rolls = [ready(number) for number in range(1, 7)]
    answers = together(
        *(lambda roll=roll, n=n: decide(second if n % 2 else made.decider, roll) for n, roll in enumerate(rolls))
    )
    numbers = sorted(one.number for one in answers)
    assert numbers == list(range(stands + 1, stands + 7))
    given = Commendation.objects.filter(state=CommendationState.GIVEN)
    assert sorted(given.values_list("book_number", flat=True)) == list(range(1, before + 13))
    assert CHECKS["commendations"]() == []


def test_a_misprinted_paper_is_replaced_by_one_with_the_next_number_and_the_decision_stays(client, ward):
    decision = decided(ward, "Chi hội khu phố 1", "Chi hội khu phố 2")
    old, other = decision.roll.items.order_by("pk")
    new_paper = {"name": "Chi hội khuyến học khu phố 1", "position": "Phường Hòa Hưng", "reason": "In sai tên"}
    url = reverse("recognition:commendation-replace", args=[old.pk])
    for person in (ward.officer, ward.chair):
        client.force_login(person)
        assert client.post(url, new_paper).status_code == 403
    for missing, text in (("name", "Hãy ghi tên in trên giấy."), ("reason", "Cấp giấy thay thế phải ghi lý do.")):
        with pytest.raises(RecognitionError, match=text):
            deciding.replace(actor=ward.decider, item=old, **new_paper | {missing: " "})
    client.force_login(ward.decider)
    assert 'value="Chi hội khu phố 1"' in client.get(url).content.decode()  # what stands there now is to be corrected
    done = client.post(url, new_paper, follow=True).content.decode()
    assert "Đã cấp giấy số 0003/2026 thay giấy số 0001/2026." in done and "Thay cho giấy số 0001/2026" in done

    old.refresh_from_db()
    new = old.replaced_by
    assert (old.state, old.reason, old.name) == ("REPLACED", "In sai tên", "Chi hội khu phố 1")
    assert (new.state, new.book_label, new.name, new.roll) == ("GIVEN", "0003/2026", new_paper["name"], decision.roll)
    assert new.token != old.token and len(new.token) == 32
    with pytest.raises(RecognitionError, match="ở tình trạng “Đã thay thế” nên không cấp giấy thay thế"):
        deciding.replace(actor=ward.decider, item=old, **new_paper)
    anybody = Client()
    check = {one: anybody.get(reverse("recognition:check", args=[one.token])) for one in (old, new)}
    assert "Giấy này đã được thay bằng giấy khác." in check[old].content.decode()
    assert new_paper["name"] not in check[old].content.decode()
    assert "Khen thưởng này có thật và còn hiệu lực." in check[new].content.decode()
    # The decision prints whom it was signed for; the papers are those that hold; nobody counts twice.
    signed = client.get(reverse("recognition:commendation-decision-paper", args=[decision.pk]) + "?tep=docx")
    text = "\n".join(t.text for t in docx.Document(io.BytesIO(signed.content)).element.body.iter() if t.text)
    assert "Chi hội khu phố 1" in text and new_paper["name"] not in text and "cho 2 tập thể" in text
    printed = pypdfium2.PdfDocument(printed_batch(client, decision))
    assert len(printed) == 2
    printed.close()
    book = client.get(reverse("recognition:commendation-list") + "?tep=xlsx&state=REPLACED")
    rows = list(openpyxl.load_workbook(io.BytesIO(book.content)).active.iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[-2], row[-1]) for row in rows] == [("0001/2026", "Đã thay thế", "In sai tên")]
    assert _faults() == []
    # Printed next year, it praises nobody once more: the year is that of the decision.
    Commendation.objects.filter(pk=new.pk).update(book_year=2027)
    assert [report_text._given(ward.place, year) for year in (2026, 2027)] == [
        ["Khen thưởng: 2 tập thể, 0 cá nhân."],
        [],
    ]
    # Withdrawn afterwards, the misprinted one is withdrawn too.
    deciding.revoke(actor=ward.decider, item=new, reason="Khai sai", on=TODAY)
    assert (
        "Khen thưởng này đã bị thu hồi ngày 02/03/2026."
        in anybody.get(reverse("recognition:check", args=[old.token])).content.decode()
    )
    with pytest.raises(RecognitionError, match="Tên và chức vụ này đã có trong danh sách."):
        deciding.replace(actor=ward.decider, item=other, **new_paper)
    assert deciding.replace(actor=ward.decider, item=other, **new_paper | {"name": "B"}).book_label == "0004/2026"
