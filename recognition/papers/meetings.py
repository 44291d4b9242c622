"""Minutes of a hamlet's review meeting (BB-01)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.timezone import localtime

from portal.lib import paper
from portal.lib.language import in_official_language
from recognition.choices import Attending, LearningModel
from recognition.domain.kept_lists import Listed
from recognition.models import MeetingAttendee, MeetingCorrection, ReviewMeeting
from recognition.papers.letterheads import ASSOCIATION, head_of
from recognition.papers.words import half_points, noun_of

# Lists of the minutes in their order: whom, the heading, what stands beside the name.
ATTENDANCE = (
    (Attending.LOCAL, "Người của địa bàn có mặt", "Chức vụ, đơn vị, địa chỉ"),
    (Attending.GUEST, "Khách mời có mặt", "Chức vụ, đơn vị"),
    (Attending.EXCUSED, "Vắng mặt có lý do", "Chức vụ, lý do"),
)


@in_official_language
def minutes_paper(
    meeting: ReviewMeeting,
    results: Sequence[Listed],
    attendees: Sequence[MeetingAttendee] = (),
    corrections: Sequence[MeetingCorrection] = (),
) -> paper.Paper:
    """The minutes. `results`: every family as the meeting left it; `attendees`: who came and who was excused, empty for
    minutes that kept their number only; `corrections`: when and why the minutes were corrected, said at their end."""
    title = f"danh hiệu “{meeting.get_model_display()}” năm {meeting.year}"
    noun = noun_of(meeting.model)
    yes = [one for one in results if one.passed]
    no = [one for one in results if not one.passed]
    said = [line for line in meeting.opinions.splitlines() if line.strip()] or ["Cuộc họp không có ý kiến khác."]
    blocks = [
        paper.Text(f"{_opening(meeting)} tổ chức họp bình xét {title}."),
        paper.Text("I. Thành phần", paper.HEADING),
        *(paper.Text(line) for line in _people(meeting)),
        *_attendance(attendees),
        paper.Text("II. Ý kiến thảo luận", paper.HEADING),
        *(paper.Text(line) for line in said),
        paper.Text("III. Kết quả bình xét", paper.HEADING),
        paper.Text(
            f"Cuộc họp xét {len(results)} {noun}; đề nghị công nhận {len(yes)} {noun}, chưa đề nghị {len(no)} {noun}."
        ),
    ]
    for words, part in ((f"Các {noun} đề nghị công nhận", yes), (f"Các {noun} chưa đề nghị", no)):
        if part:
            blocks += [paper.Text(words, paper.HEADING), _table(part, meeting.model)]
    blocks += [
        *(
            paper.Text(
                f"Biên bản được sửa ngày {localtime(one.at):%d/%m/%Y}, người sửa: {one.by_name}, "
                f"lý do: {one.reason.rstrip('.')}."
            )
            for one in corrections
        ),
        paper.Text(f"{_end(meeting)}Biên bản đã được đọc cho mọi người cùng nghe và thống nhất./."),
        paper.Closing(
            signers=(
                paper.Signer("", "Thư ký", meeting.secretary),
                paper.Signer("", "Đại diện Ban công tác Mặt trận", meeting.front_representative),
                paper.Signer("", "Chủ trì", meeting.chair),
            )
        ),
    ]
    return paper.Paper(
        heading=head_of(meeting.place, ASSOCIATION, meeting.created_at).heading("", meeting.held_on),
        kind="Biên bản",
        title=f"Họp bình xét {title}",
        code="BB-01",
        blocks=tuple(blocks),
    )


def _opening(meeting: ReviewMeeting) -> str:
    """ "Hồi 19 giờ 00 phút, ngày 15/11/2026, tại Nhà văn hóa, Khu phố 1, Phường Hòa Hưng"; a ward has one name."""
    start = f"Hồi {meeting.starts_at:%H} giờ {meeting.starts_at:%M} phút, " if meeting.starts_at else ""
    day = f"ngày {meeting.held_on:%d/%m/%Y}"
    where = ", ".join(one.name for one in (meeting.place, meeting.place.commune) if one)
    return f"{start}{day if start else day.capitalize()}, tại {meeting.venue}, {where}"


def _people(meeting: ReviewMeeting) -> list[str]:
    """Who led the meeting and how many came."""
    people = [f"Chủ trì: ông (bà) {meeting.chair}.", f"Thư ký: ông (bà) {meeting.secretary}."]
    if meeting.front_representative:
        people.append(f"Đại diện Ban công tác Mặt trận: ông (bà) {meeting.front_representative}.")
    return [*people, f"Số người được mời: {meeting.invited}; số người có mặt: {meeting.present}."]


def _end(meeting: ReviewMeeting) -> str:
    """When it closed, a sentence with a space behind it; nothing where nobody wrote it down."""
    if not meeting.ends_at:
        return ""
    return f"Cuộc họp kết thúc lúc {meeting.ends_at:%H} giờ {meeting.ends_at:%M} phút cùng ngày. "


def _attendance(attendees: Sequence[MeetingAttendee]) -> list:
    """The lists of those present and of those excused, each under its heading."""
    blocks: list = []
    for standing, words, column in ATTENDANCE:
        people = [one for one in attendees if one.standing == standing]
        if people:
            blocks += [
                paper.Text(f"{words} ({len(people)} người)", paper.HEADING),
                paper.Table(
                    columns=("STT", "Họ và tên", column),
                    widths=(0.7, 3.6, 5.4),
                    centred=(0,),
                    rows=[(str(index), one.name, one.role) for index, one in enumerate(people, start=1)],
                ),
            ]
    return blocks


def _table(part: Sequence[Listed], model: str) -> paper.Table:
    """Those proposed, or those who were not with the reason beside each."""
    who = "Chủ hộ" if model == LearningModel.FAMILY else noun_of(model).capitalize()
    agree = "Đồng\N{NO-BREAK SPACE}ý"  # the headings break before it, not within
    reasons = any(one.why for one in part)
    why = ("Lý do",) if reasons else ()
    return paper.Table(
        columns=("STT", who, "Địa chỉ", "Tự chấm", "Thống nhất", agree, f"Không {agree.lower()}", *why),
        widths=(0.75, 2.1, 2.05, 0.8, 1, 1.15, 1.15, 2.5) if reasons else (0.7, 2.8, 3.4, 0.8, 1, 1.15, 1.15),
        centred=(0, 3, 4, 5, 6),
        rows=[
            (
                str(index),
                one.name,
                one.address,
                half_points(one.self_half),
                half_points(one.review_half),
                _votes(one.votes_for),
                _votes(one.votes_against),
                *([one.why] if reasons else []),
            )
            for index, one in enumerate(part, start=1)
        ],
    )


def _votes(count: int | None) -> str:
    return "" if count is None else str(count)
