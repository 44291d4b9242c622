"""Reminders: on which days, to whom, once; the daily e-mail; asking places below to hurry."""

import datetime
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from recognition.choices import LearningModel, ReminderKind, State
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.nudging import nudge
from recognition.domain.reminders import mark_read, remind, set_by_email, stage_of
from recognition.models import Nudge, Registration, Reminder, ReminderDigest
from recognition.views.reminder_lines import digest_message, lines_of
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.factories.units import HamletFactory, make_household, make_officer
from units.choices import Role
from units.models import User

DUE = datetime.date(YEAR, 11, 30)  # last day of self-assessment under FAMILY-448
FAMILY = LearningModel.FAMILY
DAYS = datetime.timedelta


def run(day=DUE, **options):
    out = StringIO()
    call_command("send_reminders", on=day.isoformat(), json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def give_address(*people):
    for person in people:
        User.objects.filter(pk=person.pk).update(email=f"{person.username}@example.vn")


@pytest.mark.parametrize(
    ("left", "stage"),
    [(15, None), (14, 14), (13, 14), (8, 14), (7, 7), (4, 7), (3, 3), (2, 3), (1, 1), (0, 0)]
    + [(-1, -1), (-7, -1), (-8, -8), (-14, -8), (-15, -15)],
)
def test_stages_on_both_sides_of_each_mark(left, stage):
    assert stage_of(DUE, DUE - DAYS(left)) == (None if stage is None else DUE - DAYS(stage))


@pytest.mark.django_db
def test_one_digest_a_person_and_never_twice():
    ward = make_ward()
    give_address(ward.officer, ward.hamlet_officer)
    make_registrations(ward, 2, names=["Lê Văn Bí Mật", "Lý Thị Kẽm"])
    make_registrations(ward, 1, names=["Hồ Văn Riêng"], state=State.RETURNED)

    early = run(DUE - DAYS(15))
    assert (early["wanted"], early["made"], early["mailed"], mail.outbox) == (0, 0, 0, [])
    dry = run(DUE - DAYS(3), dry_run=True)
    assert (dry["wanted"], dry["people"], dry["late"], Reminder.objects.count()) == (4, 2, 0, 0)

    first, again, next_day = run(DUE - DAYS(3)), run(DUE - DAYS(3)), run(DUE - DAYS(2))
    assert (first["made"], first["mailed"], first["without_mail"]) == (4, 2, 0)
    assert (again["made"], again["mailed"]) == (next_day["made"], next_day["mailed"]) == (0, 0)
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        f"{one.username}@example.vn" for one in (ward.officer, ward.hamlet_officer)
    )
    body = next(one for one in mail.outbox if ward.hamlet_officer.username in one.to[0]).body
    assert "- Sắp đến hạn: Gia đình học tập: 2 hồ sơ chờ tự chấm điểm (Khu phố 1), hạn 30/11/2025" in body
    assert "- Sắp đến hạn: Gia đình học tập: 1 hồ sơ bị trả lại, cần bổ sung (Khu phố 1), hạn 30/11/2025" in body
    assert f"?place={ward.hamlet.pk}&nam=2025&model=FAMILY&state=REGISTERED" in body
    for name in ("Bí Mật", "Kẽm", "Riêng"):
        assert name not in body

    late = run(DUE + DAYS(1))
    assert (late["made"], late["mailed"]) == (4, 2)
    assert Reminder.objects.filter(read_at=None).count() == 8
    assert mail.outbox[-1].subject == "2 việc cần bạn chú ý, 2 việc quá hạn – Cổng Mô hình học tập"
    assert Reminder.objects.filter(kind=ReminderKind.LATE).count() == 4
    Registration.objects.filter(state=State.RETURNED).update(state=State.WITHDRAWN)
    done = run(DUE + DAYS(2))  # what is done by now counts as read
    assert (done["made"], done["mailed"], Reminder.objects.filter(read_at=None).count()) == (0, 0, 4)


@pytest.mark.django_db
def test_people_without_address_or_who_want_none_read_in_the_portal(client):
    ward = make_ward()
    give_address(ward.officer)
    make_registrations(ward, 1)
    client.force_login(ward.officer)
    client.post(reverse("recognition:reminder-email"), {"by_email": "0"})

    done = run()

    assert (done["made"], done["mailed"], done["without_mail"], mail.outbox) == (2, 0, 2, [])
    page = client.get(reverse("recognition:reminder-list"))
    assert [line.text for line in page.context["lines"]] == [
        "Gia đình học tập: 1 hồ sơ chờ tự chấm điểm (Phường Hòa Hưng)"
    ]
    mine, theirs = Reminder.objects.get(user=ward.officer), Reminder.objects.get(user=ward.hamlet_officer)
    client.post(reverse("recognition:reminder-read"), {"pk": [mine.pk, theirs.pk, "x", "9" * 30]})
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.read_at is not None
    assert theirs.read_at is None  # somebody else's
    client.post(reverse("recognition:reminder-email"), {"by_email": "1"})
    assert run(DUE + DAYS(1))["mailed"] == 1  # the read one is not mailed, the new one is
    assert "- Quá hạn: Gia đình học tập: 1 hồ sơ" in mail.outbox[0].body
    assert mail.outbox[0].body.count("\n- ") == 1


@pytest.mark.django_db
def test_a_mail_that_fails_is_sent_by_the_next_run_and_the_others_go_on():
    ward = make_ward()
    give_address(ward.officer, ward.hamlet_officer)
    make_registrations(ward, 1)
    sent = []

    def deliver(message):
        if ward.officer.username in message.to[0] and not sent.count("again"):
            raise ConnectionRefusedError("no server")
        sent.append(message.to[0])

    first = remind(day=DUE, compose=digest_message, deliver=deliver)
    assert (first.mailed, first.failed) == (1, 1)
    assert ReminderDigest.objects.get(user=ward.officer).failed == "no server"
    sent.append("again")
    second = remind(day=DUE, compose=digest_message, deliver=deliver)
    assert (second.made, second.mailed, second.failed) == (0, 1, 0)
    assert sent.count(f"{ward.hamlet_officer.username}@example.vn") == 1
    with pytest.raises(CommandError, match="Ngày “30/11” chưa đúng"):
        call_command("send_reminders", on="30/11")


@pytest.mark.django_db
def test_asking_a_hamlet_to_hurry(client):
    ward = make_ward()
    second, third = (HamletFactory(parent=ward.place, name=f"Khu phố {n}") for n in (2, 3))
    make_household(second, "Lê Văn Hai")
    make_registrations(ward, 2, names=["Lê A", "Lê B"])
    rows = {"above": ward.place, "year": YEAR, "model": FAMILY}

    outcome = nudge(actor=ward.chair, place_ids=[ward.hamlet.pk, second.pk, third.pk], **rows)

    assert outcome.done == ["Khu phố 1"]
    assert outcome.skipped == [
        ("Khu phố 2", "chưa có cán bộ nào được phân công nên không có ai để nhắc"),
        ("Khu phố 3", "không còn thiếu gì"),
    ]
    kept = Nudge.objects.get()
    assert (kept.place, kept.missing, kept.people, kept.by_name) == (ward.hamlet, ["self_assess"], 1, "Phạm Thị Chi")
    [line] = lines_of(ward.hamlet_officer, Reminder.objects.filter(user=ward.hamlet_officer))
    assert line.text == ("Phạm Thị Chi nhắc Khu phố 1, Gia đình học tập năm 2025: chưa tự chấm xong (2 hồ sơ)")
    today = timezone.localdate()
    day = {"day": today, "again": today + DAYS(3)}
    told = "đã nhắc ngày {day:%d/%m/%Y}, có thể nhắc lại từ ngày {again:%d/%m/%Y}".format(**day)
    assert nudge(actor=ward.officer, place_ids=[ward.hamlet.pk], **rows).skipped == [("Khu phố 1", told)]
    Nudge.objects.update(on=today - DAYS(2))
    assert nudge(actor=ward.officer, place_ids=[ward.hamlet.pk], **rows).done == []
    Nudge.objects.update(on=today - DAYS(3))
    client.force_login(ward.officer)
    page = reverse("recognition:below-nudge", args=[ward.place.pk]) + f"?nam={YEAR}"
    answer = client.post(page, {"place": ward.hamlet.pk, "model": FAMILY}, follow=True)
    assert "Đã nhắc Khu phố 1." in answer.content.decode()
    assert [(one["nudge"].by_name, one["things"]) for one in answer.context["nudges"]] == [
        ("Lê Thị An", "chưa tự chấm xong"),
        ("Phạm Thị Chi", "chưa tự chấm xong"),
    ]
    assert Nudge.objects.count() == 2
    assert client.post(page, {"place": "x", "model": FAMILY}).status_code == 400


@pytest.mark.django_db
def test_only_people_above_ask_and_only_for_their_places():
    ward, elsewhere = make_ward(), make_ward("Phường Vườn Lài")
    make_registrations(ward, 1)
    rows = {"above": ward.place, "place_ids": [ward.hamlet.pk], "year": YEAR, "model": FAMILY}

    for person in (ward.hamlet_officer, ward.decider, elsewhere.chair):
        with pytest.raises(NotPermitted, match="Bạn không được phân công nhắc nơi này"):
            nudge(actor=person, **rows)
    with pytest.raises(RecognitionError, match="không thuộc danh sách này"):
        nudge(actor=ward.chair, **rows | {"place_ids": [elsewhere.hamlet.pk]})
    leader = make_officer(Role.LEADER, ward.place.province)
    assert nudge(actor=leader, **rows).done == ["Khu phố 1"]
    assert mark_read(user=ward.hamlet_officer) == 1
    set_by_email(user=leader, wanted=False)


def together(*calls):
    """Run the calls at the same moment, each on its own connection."""
    gate = threading.Barrier(len(calls))

    def run(call):
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_two_runs_and_two_leaders_at_once_remind_once():
    ward = make_ward()
    give_address(ward.officer, ward.hamlet_officer)
    make_registrations(ward, 1)
    sent = []

    runs = together(
        *[lambda: remind(day=DUE, compose=digest_message, deliver=lambda message: sent.append(message.to[0]))] * 2
    )

    assert sum(one.made for one in runs) == Reminder.objects.count() == 2
    assert sum(one.mailed for one in runs) == len(sent) == len(set(sent)) == 2

    rows = {"above": ward.place, "place_ids": [ward.hamlet.pk], "year": YEAR, "model": FAMILY}
    asked = together(*[lambda one=one: nudge(actor=one, **rows).done for one in (ward.chair, ward.officer)])

    assert sorted(asked) == [[], ["Khu phố 1"]]
    assert (Nudge.objects.count(), Reminder.objects.filter(kind=ReminderKind.NUDGE).count()) == (1, 1)
