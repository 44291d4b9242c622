"""Who came to a meeting: lists as people type them, numbers that do not fit, the minutes with and without a list."""

import io
import re
from datetime import time
from time import process_time

import docx
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from portal.lib.paper import to_pdf
from recognition.attendance import Person, judge, read_people, written
from recognition.choices import Attending, State
from recognition.domain.assessing import Entry, hold_meeting
from recognition.domain.errors import RecognitionError
from recognition.models import MeetingAttendee, MeetingCorrection, ReviewMeeting
from recognition.papers import minutes_paper
from tests.factories.recognition import YEAR, make_registrations, make_ward, meeting_of, propose
from tests.recognition.test_papers import read_text, words


@pytest.mark.parametrize(
    ("line", "person"),
    [
        ("Lê Văn An", Person("Lê Văn An")),
        ("  12.  Lê Văn An ,  Tổ trưởng,  tổ 3 ", Person("Lê Văn An", "Tổ trưởng, tổ 3")),
        ("- Lê Văn An: Bí thư", Person("Lê Văn An", "Bí thư")),
        ("Lê-Na Phạm - giáo viên", Person("Lê-Na Phạm", "giáo viên")),
        ("Lê Văn An (tổ 2, sinh 1954), Bí thư", Person("Lê Văn An (tổ 2, sinh 1954)", "Bí thư")),
        ("7\tLê Văn An\tTổ trưởng", Person("Lê Văn An", "Tổ trưởng")),
        ("Lê Văn An\t\tTổ trưởng", Person("Lê Văn An", "Tổ trưởng")),
        ("Le\u0302 Va\u0306n An", Person("Lê Văn An")),  # typed on a Mac: letters and marks apart
        ("Lê Văn An, tổ 2\tTổ trưởng", Person("Lê Văn An, tổ 2", "Tổ trưởng")),
        ("1. - Lê Văn An", Person("Lê Văn An")),
        ("\t \u200b", None),
    ],
)
def test_one_line_is_one_person(line, person):
    people = [person] if person else []
    assert read_people(f"\r\n{line}\r\n") == (people, [])
    assert read_people(written(people)) == (people, [])  # as it is given back to be corrected


def test_a_line_of_thousands_of_signs_is_refused_at_once():
    began = process_time()
    _people, faults = read_people("An (" + "," * 59_000 + ")")
    assert faults == ["Dòng 1 (“An (,,,,,,,,,,,,,,,,,,,,,,,,,, …”) quá dài; mỗi dòng chỉ ghi một người."]
    assert process_time() - began < 1  # looked through once, not once for every comma: that took five


def test_lines_that_are_no_people_are_named():
    people, faults = read_people(f"Lê Văn An\n123456\n{'Nguyễn ' * 30}\n, Tổ trưởng")
    assert people == [Person("Lê Văn An")]
    assert faults == [
        "Dòng 2 (“123456”): chưa có họ tên.",
        "Dòng 3 (“Nguyễn Nguyễn Nguyễn Nguyễn Ng …”) quá dài; mỗi dòng chỉ ghi một người.",
        "Dòng 4 (“, Tổ trưởng”): chưa có họ tên.",
    ]
    assert read_people("Lê Văn An\n" * 300)[1] == []
    assert read_people("Lê Văn An\n" * 301)[1] == ["Danh sách có 301 người; ghi được nhiều nhất 300."]


def both(name: str) -> str:
    return (
        f"“{name}” vừa ghi có mặt vừa ghi vắng mặt. Nếu là hai người trùng tên, hãy ghi thêm tổ, số nhà hoặc năm sinh "
        f"trong ngoặc sau họ tên, ví dụ: {name} (tổ 2)."
    )


AN, BINH, BINH_2 = Person("Lê Văn An"), Person("Trần Thị Bình", "tổ 1"), Person("Trần Thị Bình", "tổ 2")


@pytest.mark.parametrize(
    ("here", "excused", "present", "invited", "sentence"),
    [
        ([], [], 40, 50, ""),
        ([AN, BINH, BINH_2], [], 5, 5, ""),  # chair and secretary make five
        (
            *([AN, BINH, BINH_2], [], 4, 5),
            "Đã ghi tên 5 người có mặt (kể cả chủ trì, thư ký) nhưng số người có mặt là 4.",
        ),
        ([AN, Person("Ông Trần Văn Ba")], [], 3, 5, ""),  # the chair, listed once more
        ([], [AN], 4, 5, ""),
        ([], [AN, BINH], 4, 5, "Có mặt 4 và vắng có lý do 2 người, nhiều hơn 5 người được mời."),
        (
            *([AN, Person("lê văn AN")], [], 9, 9),
            "“lê văn AN” được ghi hai lần. Nếu là hai người trùng tên, hãy ghi thêm chức vụ hoặc địa chỉ.",
        ),
        ([AN], [Person("Bà Lê Văn An", "đi viện")], 9, 10, both("Bà Lê Văn An")),
        ([], [Person("Lý Thị Thu", "ốm")], 9, 10, both("Lý Thị Thu")),  # the secretary
        ([AN], [AN], 9, 10, both("Lê Văn An")),
        # namesakes are told apart in brackets
        ([AN], [Person("Lê Văn An (tổ 2)", "đi viện")], 9, 10, ""),
        ([], [Person("Lý Thị Thu (1960)", "ốm")], 9, 10, ""),
        ([Person("Lê Văn An (1954)")], [Person("Ông Lê Văn An (1954)")], 9, 10, both("Ông Lê Văn An (1954)")),
    ],
)
def test_lists_and_numbers_have_to_fit(here, excused, present, invited, sentence):
    leading = ("Trần Văn Ba", "Lý Thị Thu", "")
    assert judge(here=here, excused=excused, leading=leading, present=present, invited=invited) == sentence


@pytest.mark.django_db
def test_the_minutes_name_who_came_and_old_ones_stay_as_they_were():
    ward = make_ward()
    first, second = make_registrations(ward, 2, state=State.SELF_ASSESSED)
    old = meeting_of(ward)
    hold_meeting(actor=ward.hamlet_officer, meeting=old, entries=[Entry(first.pk, first.shown_as, total=90)])
    assert "Số người được mời: 50; số người có mặt: 40." in words(read_text(to_pdf(minutes_paper(old, []))))

    meeting, entries = meeting_of(ward), [Entry(second.pk, second.shown_as, total=90)]
    people = {
        Attending.LOCAL: [Person("Lê Văn An", "Tổ trưởng tổ 3"), Person("Đỗ Văn Sáu")],
        Attending.GUEST: [Person("Phạm Thị Nga", "Phó Chủ tịch Hội Khuyến học phường")],
        Attending.EXCUSED: [Person("Trần Văn Bảy", "đi viện")],
    }
    with pytest.raises(RecognitionError, match="“Trần Văn Ba” vừa ghi có mặt vừa ghi vắng mặt"):
        hold_meeting(
            actor=ward.hamlet_officer,
            meeting=meeting_of(ward),
            entries=entries,
            attendees={Attending.EXCUSED: [Person("Trần Văn Ba")]},
        )
    assert (ReviewMeeting.objects.count(), MeetingAttendee.objects.count()) == (1, 0)
    hold_meeting(actor=ward.hamlet_officer, meeting=meeting, entries=entries, attendees=people)

    client = Client()
    client.force_login(ward.officer, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("recognition:meeting-minutes", args=[meeting.pk])
    page = re.sub(r"<[^>]+>", " ", client.get(url).content.decode())
    pdf = read_text(client.get(url + "?tep=pdf").content)
    word = docx.Document(io.BytesIO(client.get(url + "?tep=docx").content))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    written = "\n".join([*(one.text for one in word.paragraphs), *(" ".join(row) for one in tables for row in one)])
    for text in (words(page), words(pdf), words(written)):
        for part in (
            "Người của địa bàn có mặt (2 người)",
            "1 Lê Văn An Tổ trưởng tổ 3",
            "Khách mời có mặt (1 người)",
            "1 Phạm Thị Nga Phó Chủ tịch Hội Khuyến học phường",
            "Vắng mặt có lý do (1 người)",
            "1 Trần Văn Bảy đi viện",
        ):
            assert part in text
        assert text.index("Số người được mời: 50") < text.index("Người của địa bàn") < text.index("Ý kiến thảo luận")

    # the next meeting may begin with the people of this one, never with its excuses
    make_registrations(ward, 1, state=State.SELF_ASSESSED)
    create = f"{reverse('recognition:meeting-create', args=[ward.hamlet.pk])}?nam={YEAR}"
    assert f"theo={meeting.pk}" in client.get(create).content.decode()
    form = client.get(f"{create}&theo={meeting.pk}").context["form"]
    assert form["local"].value() == "Lê Văn An, Tổ trưởng tổ 3\nĐỗ Văn Sáu"
    names = ("chair", "present", "excused", "held_on")
    assert [form[name].value() for name in names] == ["Trần Văn Ba", 40, None, None]
    for wrong in (old.pk + 999, "x", ""):
        assert client.get(f"{create}&theo={wrong}").context["form"]["local"].value() is None
    assert client.post(create, {}).status_code == 422

    assert meeting.attendees.first().events.get().pgh_label == "insert"
    with pytest.raises(IntegrityError, match="recognition_meetingattendee_named"), transaction.atomic():
        MeetingAttendee.objects.create(meeting=meeting, position=9, standing="LOCAL", name="")


@pytest.mark.django_db
def test_minutes_are_corrected_with_a_reason_until_they_are_proposed(client):
    ward = make_ward()
    (row,) = make_registrations(ward, 1, state=State.REVIEWED)
    meeting = ReviewMeeting.objects.get()
    url = reverse("recognition:meeting-correct", args=[meeting.pk])
    client.force_login(ward.hamlet_officer)
    form = client.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}
    data["held_on"] = "15/11/2025"

    def send(**changed):
        return client.post(url, data | changed, follow=True)

    assert "Không có gì thay đổi." in send(reason="Xem lại").content.decode()
    refused = send(local="Lê Văn An, Tổ trưởng tổ 3")
    assert (refused.status_code, MeetingAttendee.objects.count()) == (422, 0)  # no reason
    refused = send(present="39", reason="Đếm lại").content.decode()
    assert "Có hồ sơ được 40 phiếu nên số người có mặt không thể là 39." in refused
    refused = send(local="Lê Văn An", excused="Lê Văn An", reason="Ghi thiếu")
    assert both("Lê Văn An") in refused.content.decode()
    assert refused.context["form"]["local"].value() == "Lê Văn An"  # typed answers stay

    done = send(
        local="Lê Văn An, Tổ trưởng tổ 3", excused="Lê Văn An (tổ 2), ốm", starts_at="19:30", reason="Ghi thiếu"
    )
    page = words(re.sub(r"<[^>]+>", " ", done.content.decode()))
    assert "Trần Văn Ba: Ghi thiếu" in page and "Giờ bắt đầu: – → 19:30" in page
    (kept,) = meeting.corrections.all()
    assert (kept.reason, kept.by_name, kept.changes) == (
        "Ghi thiếu",
        "Trần Văn Ba",
        [
            ["Giờ bắt đầu", "", "19:30"],
            ["Người của địa bàn có mặt", "", "Lê Văn An, Tổ trưởng tổ 3"],
            ["Vắng mặt có lý do", "", "Lê Văn An (tổ 2), ốm"],
        ],
    )
    print_url = reverse("recognition:meeting-minutes", args=[meeting.pk])
    printed = words(read_text(client.get(print_url + "?tep=pdf").content))
    assert "Hồi 19 giờ 30 phút" in printed and "người sửa: Trần Văn Ba, lý do: Ghi thiếu" in printed
    assert "Người của địa bàn có mặt (1 người)" in printed
    row.refresh_from_db()
    assert (row.state, row.review_half, row.meeting_id) == (State.REVIEWED, 180, meeting.pk)

    # A page left open from before: what others changed meanwhile and the person left alone stays theirs.
    assert 'name="seen" value="1"' in client.get(url).content.decode()
    ReviewMeeting.objects.update(created_by=None)  # whose account was removed
    behind = data | {"venue": "Trường Tiểu học", "reason": "Nhầm chỗ", "seen": "0"}
    assert client.post(url, behind).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.venue, meeting.starts_at, meeting.attendees.count()) == (
        "Trường Tiểu học",
        time(19, 30),
        2,
    )
    assert [one[0] for one in meeting.corrections.last().changes] == ["Địa điểm"]
    # Of what both changed the person is told once; saved once more, it is meant.
    twice = behind | {"starts_at": "18:00", "venue": "Trường THCS"}
    refused = client.post(url, twice | {"reason": ""})
    assert (list(refused.context["form"].errors), refused.context["told"]) == (["reason"], 0)
    refused = client.post(url, twice)
    assert (refused.status_code, refused.context["seen"], refused.context["told"]) == (422, 0, 2)
    sentence = refused.context["form"].non_field_errors()[0]
    assert sentence.startswith("Trần Văn Ba vừa sửa biên bản này lúc ")
    assert ": Giờ bắt đầu: “19:30”; Địa điểm: “Trường Tiểu học”. Chưa lưu gì; " in sentence
    assert refused.content.decode().count("Chưa lưu gì; những gì bạn gõ còn nguyên.") == 1  # in the summary of errors
    assert refused.context["form"]["venue"].value() == "Trường THCS"
    assert (meeting.corrections.count(), client.post(url, twice | {"told": "2"}).status_code) == (2, 302)
    meeting.refresh_from_db()
    assert (meeting.venue, meeting.starts_at, meeting.attendees.count()) == ("Trường THCS", time(18), 2)
    again = client.get(url).context["form"]
    now = {name: again[name].value() for name in again.fields if again[name].value() not in (None, "")}
    for seen in ("99", "x", "-1"):  # nothing a page sends breaks it
        sent = now | {
            "held_on": "15/11/2025",
            "starts_at": "18:00",
            "seen": seen,
            "told": "9999999999",
            "reason": "Xem lại",
        }
        assert "Không có gì thay đổi." in client.post(url, sent, follow=True).content.decode()

    # Once it is proposed, a letter rests on the minutes; another ward never sees them.
    propose(ward, [row.pk])
    assert "Đã có hồ sơ của cuộc họp này được trình" in client.get(url).content.decode()
    assert client.post(url, data | {"venue": "Khác", "reason": "Sửa"}).status_code == 403
    detail = client.get(reverse("recognition:meeting-detail", args=[meeting.pk])).content.decode()
    assert (url in detail, MeetingCorrection.objects.count()) == (False, 3)
