"""Objections: who may object until when, when the answer is due, and what it does.

No text on appeals was found for any rulebook; the windows are defaults, marked provisional wherever they are shown.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from portal.lib.workdays import add_working_days
from recognition.choices import AwardStatus, ObjectionOutcome, RevocationGround, State
from recognition.domain.certifying import revoke
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.holidays import work_calendar
from recognition.domain.twice import refuse_second
from recognition.models import Award, Objection, Registration
from recognition.rules import may_answer_objection, may_enter_objection
from units.models import User

WINDOW_DAYS = 7  # working days after the result was published; 5 to 7 are usual
ANSWER_DAYS = 10  # working days after it was received


def published_on(registration: Registration) -> datetime.date | None:
    """The day the result became known: that of the decision, or of the refusal. None while nothing is decided."""
    if registration.state == State.RECOGNISED:
        return registration.award.decision.signed_on
    if registration.state == State.REFUSED:
        return timezone.localdate(registration.state_at)
    return None


def window_until(registration: Registration) -> datetime.date | None:
    """Last day an objection is taken."""
    day = published_on(registration)
    return add_working_days(day, WINDOW_DAYS, work_calendar(day)) if day else None


def answer_due(received_on: datetime.date) -> datetime.date:
    """The last day to answer what came in on a day, by the holidays known now. A kept objection keeps its day."""
    return add_working_days(received_on, ANSWER_DAYS, work_calendar(received_on))


@transaction.atomic
def enter(
    *, actor: User, registration: Registration, objector: str, text: str, received_on: datetime.date, contact: str = ""
) -> Objection:
    """Write down an objection on somebody's behalf.

    Raises RecognitionError for a result not yet published, a day outside the window, or one that lies in the future.
    """
    answer = may_enter_objection(actor, registration)
    if not answer:
        raise NotPermitted(answer.reason)
    first = published_on(registration)
    if first is None:
        raise RecognitionError(_("Hồ sơ chưa có kết quả công bố nên chưa thể phản ánh."))
    last = add_working_days(first, WINDOW_DAYS, work_calendar(first))
    if received_on > timezone.localdate():
        raise RecognitionError(_("Ngày nhận phản ánh không được sau hôm nay."))
    if not first <= received_on <= last:
        raise RecognitionError(
            _("Thời hạn phản ánh là từ %(first)s đến %(last)s; phản ánh nhận ngày %(day)s nằm ngoài thời hạn.")
            % {name: day.strftime("%d/%m/%Y") for name, day in (("first", first), ("last", last), ("day", received_on))}
        )
    objector, text = clean(objector), text.strip()
    if not objector or not text:
        raise RecognitionError(_("Hãy ghi người phản ánh và nội dung."))
    refuse_second(
        Objection.objects.filter(
            registration=registration, objector=objector[:150], received_on=received_on, text=text[:2000]
        ),
        _("Phản ánh này đã được ghi: cùng người, cùng ngày, cùng nội dung."),
        place=registration.place,
    )
    return Objection.objects.create(
        registration=registration,
        objector=objector[:150],
        contact=clean(contact)[:200],
        received_on=received_on,
        text=text[:2000],
        published_on=first,
        window_until=last,
        due_on=answer_due(received_on),
        entered_by=actor,
        entered_by_name=actor.full_name,
    )


@transaction.atomic
def answer(*, actor: User, objection: Objection, outcome: str, text: str) -> Objection:
    """Answer an objection: the result is kept, or the recognition revoked in the same step. Once only."""
    locked = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    registration = Registration.objects.select_related("rulebook").get(pk=locked.registration_id)
    permitted = may_answer_objection(actor, registration)
    if not permitted:
        raise NotPermitted(permitted.reason)
    if locked.outcome:
        raise RecognitionError(
            _("%(who)s đã trả lời phản ánh này ngày %(day)s; câu trả lời của bạn chưa được lưu.")
            % {"who": locked.answered_by_name, "day": locked.answered_on.strftime("%d/%m/%Y")}
        )
    text = text.strip()
    if outcome not in ObjectionOutcome.values or not text:
        raise RecognitionError(_("Hãy chọn kết quả và ghi nội dung trả lời."))
    if outcome == ObjectionOutcome.REVOKED:
        award = Award.objects.filter(registration=registration, status=AwardStatus.VALID).first()
        if award is None:
            raise RecognitionError(_("Hồ sơ này không có công nhận còn hiệu lực để thu hồi."))
        revoke(actor=actor, award=award, ground=RevocationGround.OBJECTION, reason=text[:400], on=timezone.localdate())
    locked.outcome, locked.answer = outcome, text[:2000]
    locked.answered_on = timezone.localdate()
    locked.answered_by, locked.answered_by_name = actor, actor.full_name
    locked.save()
    return locked
