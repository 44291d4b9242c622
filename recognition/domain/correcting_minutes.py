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
    """Somebody else corrected the same since the page was drawn; `told` is how many corrections the sentence knows."""

    def __init__(self, message: str, told: int):
        super().__init__(message)
        self.told = told


@transaction.atomic
def correct_minutes(
    *,
    actor: User,
    meeting: ReviewMeeting,
    reason: str,
    values: Mapping[str, object],
    attendees: Mapping[str, Sequence[Person]],
    seen: int | None = None,
    told: int = 0,
) -> MeetingCorrection | None:
    """Write other minutes data (`values`: FIELDS) and lists of those present; None when nothing differs.

    `seen`: how many corrections there were when the person opened the page. What others corrected since, and the person
    left as it was, stays theirs; of what both changed the person is told first, unless `told` of it already.
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
    people = {standing: list(attendees.get(standing, ())) for standing in Attending.values}
    now, present = {name: getattr(locked, name) for name in FIELDS}, _attending(locked)
    before, names = _said(locked, present), _names()
    for name in FIELDS:
        if name in values:
            setattr(locked, name, values[name])
    for what in _of_others(list(locked.corrections.all()), before, _said(locked, people), seen, told):
        if (name := names.get(what)) in now:
            setattr(locked, name, now[name])
        elif name:
            people[name] = present[name]
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


def _names() -> dict[str, str]:
    """Fields and lists by what the minutes call them."""
    with official_language():
        return {str(ReviewMeeting._meta.get_field(name).verbose_name): name for name in FIELDS} | {
            str(Attending(standing).label): standing for standing in Attending.values
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


def _of_others(
    corrections: Sequence[MeetingCorrection], now: dict[str, str], typed: dict[str, str], seen: int | None, told: int
) -> list[str]:
    """What others corrected since the page was drawn and the person left as it was: it is not taken back unseen.

    Raises MinutesChanged where both changed the same, once.
    """
    later = corrections[len(corrections) if seen is None else seen :]
    drawn = {what: before for one in reversed(later) for what, before, _after in one.changes}
    alone = [what for what, before in drawn.items() if typed.get(what) == before]
    fresh = {what for one in corrections[max(seen or 0, told) :] for what, _before, _after in one.changes}
    both = [what for what in now if what in {*drawn} & fresh and what not in alone and typed[what] != now[what]]
    if not both:
        return alone
    last = next(one for one in reversed(later) if any(what in both for what, _before, _after in one.changes))
    raise MinutesChanged(
        _(
            "%(who)s vừa sửa biên bản này lúc %(at)s: %(what)s. Chưa lưu gì; những gì bạn gõ còn nguyên. Hãy "
            "đối chiếu, bấm Lưu lần nữa nếu muốn thay bằng nội dung bạn gõ."
        )
        % {
            "who": last.by_name,
            "at": moment(last.at),
            "what": "; ".join(f"{what}: “{shorten(now[what] or '–', 80, placeholder=' …')}”" for what in both),
        },
        len(corrections),
    )


def _check_votes(meeting: ReviewMeeting, results: Sequence[Listed]) -> None:
    """Nobody votes who is not there."""
    most = max(((one.votes_for or 0) + (one.votes_against or 0) for one in results), default=0)
    if meeting.present < most:
        raise RecognitionError(
            _("Có hồ sơ được %(votes)d phiếu nên số người có mặt không thể là %(present)d.")
            % {"votes": most, "present": meeting.present}
        )
