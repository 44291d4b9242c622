"""Correcting the minutes of a review meeting: who came, where, when, what was said; never points and votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten

from django.db import transaction
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from portal.lib.moments import moment
from portal.lib.text import clean
from recognition.attendance import Person, written
from recognition.choices import Action, Attending, State
from recognition.domain.assessing import attendee_rows, check_attendees
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.kept_lists import Listed, minutes_list
from recognition.models import MeetingAttendee, MeetingCorrection, Registration, ReviewMeeting, Rulebook
from recognition.rules import Answer, acting_scope, closed_sentence, season_closed
from units.models import User

FIELDS = (
    *("held_on", "starts_at", "ends_at", "venue", "chair", "secretary", "front_representative"),
    *("invited", "present", "opinions"),
)
# Once one of its dossiers has been proposed, a letter rests on the minutes as they are.
_OPEN = (State.REGISTERED, State.SELF_ASSESSED, State.REVIEWED, State.RETURNED, State.WITHDRAWN)


def may_correct(actor: User, meeting: ReviewMeeting, results: Sequence[Listed]) -> Answer:
    """May these minutes, with their `results`, still be corrected, and by this person? Whoever may record the meeting,
    until it is proposed.

    No text says how minutes are corrected; what stands here follows from the procedure (nothing rests on them yet).
    """
    dossiers = Registration.objects.filter(pk__in=[one.registration_id for one in results])
    rulebook = Rulebook.objects.filter(registrations__in=dossiers).order_by("pk").first()
    if rulebook is None or not acting_scope(actor, rulebook, Action.REVIEW, meeting.year).covers(meeting.place):
        return Answer(
            False, _("Bạn không được phân công ghi biên bản họp của %(place)s.") % {"place": meeting.place.name}
        )
    if season_closed(meeting.year):
        return Answer(False, closed_sentence(meeting.year))
    if dossiers.filter(meeting=meeting).exclude(state__in=_OPEN).exists():
        return Answer(
            False,
            _(
                "Đã có hồ sơ của cuộc họp này được trình nên biên bản không sửa được nữa. "
                "Nếu biên bản sai, hãy đề nghị trả lại các hồ sơ ấy rồi sửa."
            ),
        )
    return Answer(True)


class MinutesChanged(RecognitionError):
    """Somebody else corrected them since the page was drawn; `seen` is how many corrections there are now."""

    def __init__(self, message: str, seen: int):
        super().__init__(message)
        self.seen = seen


@transaction.atomic
def correct_minutes(
    *,
    actor: User,
    meeting: ReviewMeeting,
    reason: str,
    values: Mapping[str, object],
    attendees: Mapping[str, Sequence[Person]],
    seen: int | None = None,
) -> MeetingCorrection | None:
    """Write other minutes data (`values`: FIELDS) and lists of those present; None when nothing differs.

    `seen`: how many corrections there were when the person opened the page; None skips the question.
    Raises NotPermitted, MinutesChanged, and RecognitionError without a reason, when lists and numbers do not fit, or
    when fewer people would be present than voted on a dossier. What stood there before is kept beside the reason.
    """
    locked = ReviewMeeting.objects.select_for_update(of=("self",)).select_related("place").get(pk=meeting.pk)
    results = minutes_list(locked)
    # Nobody proposes one of them, resting on these minutes, in the same moment.
    dossiers = Registration.objects.filter(pk__in=[one.registration_id for one in results])
    list(dossiers.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    allowed = may_correct(actor, locked, results)
    if not allowed:
        raise NotPermitted(allowed.reason)
    _check_seen(locked, seen)
    people = {standing: list(attendees.get(standing, ())) for standing in Attending.values}
    before = _said(locked, _attending(locked))
    for name in FIELDS:
        if name in values:
            setattr(locked, name, values[name])
    check_attendees(locked, people)
    _check_votes(locked, results)
    locked.full_clean(exclude=["created_by"])  # whose account may be gone
    after = _said(locked, people)
    changes = [[label, before[label], after[label]] for label in before if before[label] != after[label]]
    if not changes:
        return None
    if not clean(reason):
        raise RecognitionError(_("Sửa biên bản phải ghi lý do."))
    locked.save()
    locked.attendees.all().delete()  # each stays in the history
    MeetingAttendee.objects.bulk_create(attendee_rows(locked, people))
    return MeetingCorrection.objects.create(
        meeting=locked, reason=clean(reason)[:300], changes=changes, by=actor, by_name=actor.full_name
    )


def _attending(meeting: ReviewMeeting) -> dict[str, list[Person]]:
    rows = list(meeting.attendees.all())
    return {
        standing: [Person(one.name, one.role) for one in rows if one.standing == standing]
        for standing in Attending.values
    }


def _said(meeting: ReviewMeeting, people: Mapping[str, Sequence[Person]]) -> dict[str, str]:
    """What minutes say of everything that may be corrected, in their own words and language."""
    with official_language():
        said = {}
        for name in FIELDS:
            value = getattr(meeting, name)
            form = "%d/%m/%Y" if name == "held_on" else "%H:%M"
            text = "" if value is None else value.strftime(form) if hasattr(value, "strftime") else str(value)
            said[str(ReviewMeeting._meta.get_field(name).verbose_name)] = text.replace("\r\n", "\n").strip()
        return said | {str(Attending(standing).label): written(people[standing]) for standing in Attending.values}


def _check_seen(meeting: ReviewMeeting, seen: int | None) -> None:
    """A page drawn before somebody else's correction would take it back without anybody having seen it."""
    later = list(meeting.corrections.all())
    if seen is None or seen == len(later):
        return
    said = {what: after for one in later[seen:] for what, _before, after in one.changes}
    raise MinutesChanged(
        _(
            "%(who)s vừa sửa biên bản này lúc %(at)s: %(what)s. Chưa lưu gì; những gì bạn gõ còn nguyên. Hãy "
            "đối chiếu, bấm Lưu lần nữa nếu muốn thay bằng nội dung bạn gõ."
        )
        % {
            "who": later[-1].by_name,
            "at": moment(later[-1].at),
            "what": "; ".join(
                f"{what}: “{shorten(after or '–', 80, placeholder=' …')}”" for what, after in said.items()
            ),
        },
        len(later),
    )


def _check_votes(meeting: ReviewMeeting, results: Sequence[Listed]) -> None:
    """Nobody votes who is not there."""
    most = max(((one.votes_for or 0) + (one.votes_against or 0) for one in results), default=0)
    if meeting.present < most:
        raise RecognitionError(
            _("Có hồ sơ được %(votes)d phiếu nên số người có mặt không thể là %(present)d.")
            % {"votes": most, "present": meeting.present}
        )
