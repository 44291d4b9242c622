"""Feedback on criteria: said by anybody who works with them, answered by whoever keeps the rulebook."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.moments import moment
from recognition.choices import ReminderKind
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.reminders import unread, write_reminders
from recognition.models import CriterionFeedback, Rulebook
from recognition.models.feedback import LONGEST
from recognition.rule_keeping import may_answer_feedback
from units.models import User

MOST_OPEN = 30  # of one person: whoever has more open questions calls instead


@dataclass(frozen=True)
class Asked:
    """How often a criterion was asked about, and how often nobody answered yet."""

    rulebook: Rulebook
    criterion: str
    title: str
    total: int
    waiting: int


def say(*, actor: User, rulebook: Rulebook, criterion: str, text: str) -> CriterionFeedback:
    """Send feedback on a criterion. Raises RecognitionError: no such criterion, empty, asked already, too many open."""
    if criterion not in rulebook.spec.by_code:
        raise RecognitionError(_("Bộ tiêu chí này không có tiêu chí %(code)s.") % {"code": criterion[:20]})
    if not text.strip():
        raise RecognitionError(_("Hãy ghi điều khó hiểu."))
    if len(text) > LONGEST:
        raise RecognitionError(_("Góp ý dài nhất %(most)d ký tự.") % {"most": LONGEST})
    mine = CriterionFeedback.objects.waiting().filter(by=actor)
    if mine.count() >= MOST_OPEN:
        raise RecognitionError(_("Bạn đang có %(most)d góp ý chưa được trả lời.") % {"most": MOST_OPEN})
    place = next((posting.place for posting in actor.active_postings() if posting.place_id), None)
    try:
        with transaction.atomic():
            return CriterionFeedback.objects.create(
                rulebook=rulebook,
                criterion=criterion,
                text=text.strip(),
                place=place,
                by=actor,
                by_name=actor.full_name,
                at=timezone.now(),
            )
    except IntegrityError:
        raise RecognitionError(_("Bạn đã góp ý về tiêu chí này và đang chờ trả lời.")) from None


@transaction.atomic
def answer(*, actor: User, feedback: CriterionFeedback, text: str) -> CriterionFeedback:
    """Answer once; whoever asked is told in the portal and by e-mail.

    Raises NotPermitted, or RecognitionError: empty, or somebody was faster.
    """
    row = CriterionFeedback.objects.select_for_update(of=("self",)).select_related("rulebook", "by").get(pk=feedback.pk)
    if not may_answer_feedback(actor, row.rulebook):
        raise NotPermitted(_("Chỉ người giữ bộ tiêu chí này được trả lời góp ý."))
    if row.answered_at:
        raise RecognitionError(
            _("%(who)s đã trả lời lúc %(when)s.") % {"who": row.answered_by_name, "when": moment(row.answered_at)}
        )
    if not text.strip() or len(text) > LONGEST:
        raise RecognitionError(_("Trả lời phải có nội dung, dài nhất %(most)d ký tự.") % {"most": LONGEST})
    row.answer = text.strip()
    row.answered_by, row.answered_by_name, row.answered_at = actor, actor.full_name, timezone.now()
    row.save()
    if row.by is not None and row.by.is_active and row.by != actor:
        today = timezone.localdate()
        facts = {"answer": row.pk, "criterion": row.criterion, "title": row.rulebook.title}
        write_reminders([(row.by_id, ReminderKind.ANSWER, _key(row), today, facts, actor.full_name)], today)
    return row


def _key(row: CriterionFeedback) -> str:
    return f"ANSWER:{row.pk}"


def seen(*, user: User, feedback: CriterionFeedback) -> None:
    """Whoever asked has opened the answer: they are not reminded of it any longer."""
    if feedback.answered_at and feedback.by_id == user.pk:
        unread(user).filter(key=_key(feedback)).update(read_at=timezone.now())


def most_asked(rows) -> list[Asked]:
    """Criteria of the given feedback, the ones waiting most first."""
    counted = list(
        rows.order_by()
        .values("rulebook_id", "criterion")
        .annotate(total=Count("pk"), waiting=Count("pk", filter=Q(answered_at__isnull=True)))
        .order_by("-waiting", "-total", "rulebook_id", "criterion")[:50]
    )
    books = Rulebook.objects.in_bulk({row["rulebook_id"] for row in counted})
    found = []
    for row in counted:
        book = books[row["rulebook_id"]]
        item = book.spec.by_code.get(row["criterion"])
        found.append(Asked(book, row["criterion"], item.title if item else "", row["total"], row["waiting"]))
    return found
