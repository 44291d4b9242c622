"""Documents down the tree: who receives, opens and answers; scope of files; versions; plans that open a year."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recognition.choices import DocumentKind, LearningModel, ReminderKind, WorkKind
from recognition.domain.documents import Draft, Upload, mark_opened, nudge_receivers, replace, reply, send, withdraw
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.registering import register
from recognition.domain.worklist import work_of
from recognition.models import Document, DocumentFile, DocumentReceipt, Reminder, Rulebook
from recognition.rules import may_register
from tests.clock import this_year, today
from tests.factories.recognition import load_shipped_rulebooks, make_ward
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from units.choices import Level, Role
from units.models import User

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n"


def draft(**changes):
    values = {"kind": DocumentKind.GUIDANCE, "number": "12/HD-HKH", "issued_on": today(), "title": "Hướng dẫn bình xét"}
    return Draft(**values | {"year": this_year(), "text": "Các khu phố tổ chức họp."} | changes)


@pytest.fixture
def ward():
    return make_ward()


def fresh(user):
    return User.objects.get(pk=user.pk)


def sent_by(ward, *, files=(), levels=(Level.HAMLET,), **changes):
    return send(actor=ward.officer, place=ward.place, draft=draft(**changes), levels=levels, files=files)


def test_levels_and_places_that_receive(ward):
    province = ward.place.province
    other = CommuneFactory(parent=province, name="Phường Vườn Lài")
    hamlet = HamletFactory(parent=other, name="Khu phố 9")
    HamletFactory(parent=other, name="Khu phố cũ", valid_to=today() - DAY)
    leader = make_officer(Role.LEADER, province)

    def to(levels, only=()):
        made = send(actor=leader, place=province, draft=draft(), levels=levels, only=only)
        return sorted(made.receipts.values_list("place__name", flat=True))

    assert to([Level.COMMUNE]) == ["Phường Hòa Hưng", "Phường Vườn Lài"]
    assert to([Level.COMMUNE, Level.HAMLET]) == ["Khu phố 1", "Khu phố 9", "Phường Hòa Hưng", "Phường Vườn Lài"]
    assert to([Level.COMMUNE, Level.HAMLET], [other.pk]) == [hamlet.name, other.name]
    for levels, only in (([], ()), ([Level.PROVINCE], ()), ([Level.HAMLET], [province.pk + 10**6])):
        with pytest.raises(RecognitionError, match="Chưa chọn nơi nhận nào"):
            to(levels, only)
    nation = make_officer(Role.LEADER, None)
    assert sent_from_centre(nation).receipts.get().place == province
    # Read for everybody at a place that received it; nobody else knows it exists.
    assert Reminder.objects.filter(user=ward.hamlet_officer, kind=ReminderKind.DOCUMENT).count() == 1
    with pytest.raises(NotPermitted, match="Bạn không được phân công gửi văn bản của nơi này"):
        send(actor=ward.hamlet_officer, place=ward.place, draft=draft(), levels=[Level.HAMLET])


def sent_from_centre(nation):
    return send(actor=nation, place=None, draft=draft(), levels=[Level.PROVINCE])


def test_sent_opened_answered_through_the_pages(ward, client):
    second = HamletFactory(parent=ward.place, name="Khu phố 2")
    make_officer(Role.HAMLET_OFFICER, second, name="Lê Văn Hai", username="hai")
    stranger = make_ward("Phường Vườn Lài")
    client.force_login(ward.chair)
    fields = {
        "kind": "GUIDANCE", "number": "12/HD-HKH", "issued_on": today().strftime("%d/%m/%Y"), "year": this_year(),
        "title": "Hướng dẫn bình xét", "due_on": (today() + DAY).strftime("%d/%m/%Y"), "reply_wanted": "on",
        "levels": ["hamlet"], "files": SimpleUploadedFile("huong dan.txt.pdf", PDF),
    }  # fmt: skip
    create = reverse("recognition:document-create", args=[ward.place.pk])
    wrong = client.post(create, {**fields, "files": SimpleUploadedFile("a.docx", b"MZ"), "due_on": ""})
    assert "không phải ảnh JPEG" in wrong.context["form"].errors["files"][0]
    wrong = client.post(create, {**fields, "files": "", "due_on": ""})
    assert wrong.context["form"].errors == {"due_on": ["Văn bản yêu cầu trả lời phải có hạn trả lời."]}
    fields["files"].seek(0)
    page = client.post(create, fields, follow=True)
    assert "Đã gửi văn bản đến 2 nơi." in page.content.decode()
    made = Document.objects.get()
    address, file = reverse("recognition:document-detail", args=[made.pk]), made.files.get()
    file_page = reverse("recognition:document-file", args=[file.pk])
    assert made.receipts.filter(opened_at=None).count() == 2  # the sender looking at it opens nothing

    client.force_login(ward.hamlet_officer)
    lines = work_of(fresh(ward.hamlet_officer).active_postings(), this_year(), today())
    assert [(one.kind, one.count, one.due) for one in lines] == [
        (WorkKind.REPLY, 1, today() + DAY),
        (WorkKind.DOCUMENT, 1, None),
    ]
    shown = client.get(address).content.decode()
    assert "Nơi nhận</h2>" not in shown  # who else opened it is the sender's to know
    receipt = made.receipts.get(place=ward.hamlet)
    assert (receipt.opened_by_name, made.receipts.get(place=second).opened_at) == ("Trần Văn Ba", None)
    answer = reverse("recognition:document-reply", args=[receipt.pk])
    assert client.post(answer, {"text": " "}).status_code == 422
    bad = client.post(answer, {"text": "Xong", "files": SimpleUploadedFile("a.jpg", b"#!/bin/sh")})
    assert "không phải ảnh JPEG" in bad.content.decode()
    assert "Xong</textarea>" in bad.content.decode()
    client.post(answer, {"text": "Đã họp ngày 10.", "files": SimpleUploadedFile("bien ban.pdf", PDF)})
    receipt.refresh_from_db()
    assert (receipt.reply, receipt.replied_by_name) == ("Đã họp ngày 10.", "Trần Văn Ba")
    reply_page = reverse("recognition:document-file", args=[DocumentFile.objects.get(receipt=receipt).pk])
    assert work_of(fresh(ward.hamlet_officer).active_postings(), this_year(), today()) == []

    seen = {}
    for who in ("hai", ward.officer.username, stranger.officer.username, stranger.hamlet_officer.username):
        client.force_login(User.objects.get(username=who))
        seen[who] = [client.get(url).status_code for url in (file_page, reply_page, address)]
    assert list(seen.values()) == [[200, 404, 200], [200, 200, 200], [404, 404, 404], [404, 404, 404]]
    client.force_login(ward.officer)
    context = client.get(address).context
    assert [(one.place.name, one.opened_by_name) for one in context["listing"].rows] == [
        ("Khu phố 2", "Lê Văn Hai"),
        ("Khu phố 1", "Trần Văn Ba"),
    ]
    assert (context["counts"], context["overdue"]) == ({"all": 2, "unopened": 0, "silent": 1, "replied": 1}, 0)


def test_overdue_only_after_the_day_and_only_those_silent(ward, client):
    HamletFactory(parent=ward.place, name="Khu phố 2")
    made = sent_by(ward, reply_wanted=True, due_on=today())
    reply(actor=ward.hamlet_officer, receipt=made.receipts.get(place=ward.hamlet), text="Đã nhận.")
    client.force_login(ward.officer)
    address = reverse("recognition:document-detail", args=[made.pk])
    assert client.get(address).context["overdue"] == 0
    Document.objects.update(issued_on=today() - DAY, due_on=today() - DAY)
    context = client.get(address, {"loc": "cho-tra-loi"}).context
    assert (context["overdue"], [one.place.name for one in context["listing"].rows]) == (1, ["Khu phố 2"])


def test_an_unopened_document_without_reply_is_due_on_its_day_and_brings_its_rulebook(ward, client):
    rules = Rulebook.objects.get(code="FAMILY-448")
    made = sent_by(ward, due_on=today(), kind=DocumentKind.RULES, rulebook=rules.pk)

    [line] = work_of(fresh(ward.hamlet_officer).active_postings(), this_year(), today())
    assert (line.kind, line.due) == ("DOCUMENT", today())
    assert (line.is_late(today()), line.is_late(today() + DAY)) == (False, True)
    client.force_login(ward.hamlet_officer)
    shown = client.get(reverse("recognition:document-detail", args=[made.pk])).content.decode()
    assert f'href="{reverse("recognition:rulebook-detail", args=[rules.pk])}">{rules.title}</a>' in shown


def test_the_table_costs_the_same_for_many_places(ward, client):
    made = sent_by(ward)
    client.force_login(ward.officer)
    address = reverse("recognition:document-detail", args=[made.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for number in range(2, 9):
        DocumentReceipt.objects.create(document=made, place=HamletFactory(parent=ward.place, name=f"Khu phố {number}"))
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(one) == len(many) <= 20


def test_reminding_those_who_are_silent(ward):
    HamletFactory(parent=ward.place, name="Khu phố 2")  # nobody is posted there
    made = sent_by(ward, reply_wanted=True, due_on=today())

    assert nudge_receivers(actor=ward.chair, document=made) == (1, 1)
    assert nudge_receivers(actor=ward.chair, document=made) == (0, 2)  # told today
    DocumentReceipt.objects.filter(nudged_on=today()).update(nudged_on=today() - 3 * DAY)
    Reminder.objects.update(stage_on=today() - 3 * DAY)
    assert nudge_receivers(actor=ward.officer, document=made) == (1, 1)
    assert Reminder.objects.filter(user=ward.hamlet_officer, kind=ReminderKind.NUDGE).count() == 2
    reply(actor=ward.hamlet_officer, receipt=made.receipts.get(place=ward.hamlet), text="Đã nhận.")
    assert nudge_receivers(actor=ward.officer, document=made) == (0, 1)
    with pytest.raises(NotPermitted, match="Chỉ cán bộ của nơi gửi"):
        nudge_receivers(actor=ward.hamlet_officer, document=made)


def test_new_version_and_withdrawal_keep_the_old_readable(ward, client):
    old = sent_by(ward, files=[Upload("a.pdf", PDF), Upload("b.pdf", PDF)], reply_wanted=True, due_on=today())
    assert old.files.count() == 1  # the same file twice is one file
    new = replace(actor=ward.chair, document=old, draft=draft(title="Bản sửa"), reason="Sai ngày họp")
    old.refresh_from_db()

    assert (new.version, new.replaces, old.withdrawn_reason) == (2, old, "Sai ngày họp")
    assert list(new.receipts.values_list("place", flat=True)) == list(old.receipts.values_list("place", flat=True))
    client.force_login(ward.hamlet_officer)
    shown = client.get(reverse("recognition:document-detail", args=[old.pk])).content.decode()
    assert "Đã có bản mới thay văn bản này" in shown
    assert "Các khu phố tổ chức họp." in shown
    with pytest.raises(RecognitionError, match="Phạm Thị Chi đã thu hồi hoặc thay văn bản này lúc"):
        withdraw(actor=ward.chair, document=old, reason="Lần nữa")
    with pytest.raises(RecognitionError, match="đã bị thu hồi hoặc thay bằng bản mới"):
        reply(actor=ward.hamlet_officer, receipt=old.receipts.get(), text="Muộn")
    with pytest.raises(RecognitionError, match="Hãy ghi lý do thu hồi."):
        withdraw(actor=ward.chair, document=new, reason="  ")
    withdraw(actor=ward.chair, document=new, reason="Thôi không làm")
    assert work_of(fresh(ward.hamlet_officer).active_postings(), this_year(), today()) == []
    assert old.events.count() == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (lambda: {"due_on": today() - DAY}, "Hạn thực hiện không được trước ngày văn bản."),
        (lambda: {"opens_on": today()}, "Chỉ kế hoạch năm mới mở đăng ký của năm."),
        (lambda: {"reply_wanted": True}, "Văn bản yêu cầu trả lời phải có hạn trả lời."),
        (lambda: {"files": [Upload("to.pdf", PDF + b" " * 11 * 1024 * 1024)]}, "vượt giới hạn 10 MB"),
        (lambda: {"files": [Upload("x.jpg", b"<script>")]}, "không phải ảnh JPEG"),
        (lambda: {"files": [Upload(f"{n}.pdf", PDF) for n in range(11)]}, "nhiều nhất 10 tệp; bạn đã chọn 11 tệp"),
    ],
)
def test_refusals_leave_nothing_behind(ward, changes, sentence):
    with pytest.raises(RecognitionError, match=sentence):
        sent_by(ward, **changes())
    assert (Document.objects.count(), Reminder.objects.count()) == (0, 0)


def test_a_plan_opens_the_year_for_those_below_on_its_day(ward):
    load_shipped_rulebooks()
    home, other = make_household(ward.hamlet), make_ward("Phường Vườn Lài")
    plan = {"kind": DocumentKind.PLAN, "number": "01/KH", "title": "Kế hoạch năm"}
    province = make_officer(Role.LEADER, ward.place.province)
    send(actor=province, place=ward.place.province, draft=draft(**plan, opens_on=today() - DAY), levels=[Level.COMMUNE])
    late = sent_by(ward, **plan, opens_on=today() + DAY)  # the ward's own plan stands nearer than the province's
    told = f"Theo kế hoạch năm số 01/KH, đăng ký của năm {this_year()} mở từ ngày {today() + DAY:%d/%m/%Y}."

    def try_it(actor=ward.hamlet_officer, registrant=home):
        return register(actor=actor, registrant=registrant, model=LearningModel.FAMILY, year=this_year())

    with pytest.raises(NotPermitted) as refused:
        try_it()
    assert refused.value.message == told
    rules = try_it(other.hamlet_officer, make_household(other.hamlet)).rulebook
    assert may_register(fresh(ward.officer), rules, this_year(), ward.hamlet).reason == told
    assert may_register(fresh(other.officer), rules, this_year(), other.hamlet)
    Document.objects.filter(pk=late.pk).update(opens_on=today())
    assert try_it().year == this_year()  # from the day itself on


def test_a_withdrawn_plan_closes_nothing(ward):
    plan = sent_by(ward, kind=DocumentKind.PLAN, opens_on=today() + DAY)
    withdraw(actor=ward.chair, document=plan, reason="Lùi kế hoạch")

    assert register(
        actor=ward.hamlet_officer, registrant=make_household(ward.hamlet), model=LearningModel.FAMILY, year=this_year()
    )


def together(*calls):
    """Run the calls at the same moment, each on its own connection; results or refusals in their order."""
    gate = threading.Barrier(len(calls))

    def run(call):
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            return call()
        except RecognitionError as error:
            return error.message
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_opening_and_one_new_version():
    ward = make_ward()
    people = (ward.hamlet_officer, make_officer(Role.HAMLET_OFFICER, ward.hamlet, name="Lê Thị Hai"))
    sent = together(*[lambda: sent_by(ward)] * 2)
    [made] = [one for one in sent if isinstance(one, Document)]
    [refusal] = [one for one in sent if isinstance(one, str)]
    assert f"{ward.officer.full_name} đã gửi chính văn bản này đến các nơi này lúc" in refusal

    counts = together(*[lambda one=one: mark_opened(actor=one, document=made) for one in people])

    assert sorted(counts) == [0, 1]
    receipt = made.receipts.get()
    assert receipt.opened_by_name == people[counts.index(1)].full_name
    assert receipt.events.filter(opened_at__isnull=False).count() == 1

    new = draft(title="Bản sửa")
    results = together(
        *[
            lambda one=one: replace(actor=one, document=made, draft=new, reason="Sai")
            for one in (ward.officer, ward.chair)
        ]
    )

    [refusal] = [one for one in results if isinstance(one, str)]
    assert "đã thu hồi hoặc thay văn bản này lúc" in refusal
    assert list(Document.objects.order_by("pk").values_list("version", flat=True)) == [1, 2]
