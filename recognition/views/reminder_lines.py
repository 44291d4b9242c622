"""Reminders as people read them: on the page, and as the one e-mail of a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.lib.language import in_official_language
from recognition.choices import REMINDER_TONE, LearningModel, ReminderKind
from recognition.domain.reminders import work_from
from recognition.models import Reminder
from recognition.views.not_yet import NOT_YET
from recognition.views.work_lines import counted, url_of
from units.models import Place, User

ORDER = [ReminderKind.LATE, ReminderKind.NUDGE, ReminderKind.DUE]
ORDER += [kind for kind in ReminderKind if kind not in ORDER]
NEVER = datetime.date.max


@dataclass(frozen=True)
class ReminderLine:
    """One reminder in words, with the way to what it is about."""

    reminder: Reminder
    text: str
    url: str
    due: datetime.date | None

    @property
    def label(self) -> str:
        return str(ReminderKind(self.reminder.kind).label)

    @property
    def tone(self) -> str:
        return REMINDER_TONE[ReminderKind(self.reminder.kind)]


def lines_of(user: User, reminders: Iterable[Reminder]) -> list[ReminderLine]:
    """Reminders in words. One statement for all their places."""
    rows = list(reminders)
    places = Place.objects.in_bulk({one.facts["place"] for one in rows if one.facts.get("place")})
    return [_line(user, one, places) for one in rows]


def _line(user: User, one: Reminder, places: dict[int, Place]) -> ReminderLine:
    facts = one.facts
    due = datetime.date.fromisoformat(facts["due"]) if facts.get("due") else None
    if "work" in facts:
        work = work_from(facts, places.get(facts["place"]))
        text = counted(work)
        return ReminderLine(one, f"{text} ({facts['place_name']})" if facts["place"] else text, url_of(user, work), due)
    if "draft" in facts:
        text = _("%(who)s đề nghị bạn xem và đưa vào dùng bộ tiêu chí: %(title)s") % {
            "who": one.by_name,
            "title": facts["title"],
        }
        return ReminderLine(one, text, reverse("recognition:rulebook-draft", args=[facts["draft"]]), due)
    if "answer" in facts:
        text = _("%(who)s trả lời góp ý của bạn về tiêu chí %(code)s, %(title)s") % {
            "who": one.by_name,
            "code": facts["criterion"],
            "title": facts["title"],
        }
        return ReminderLine(one, text, reverse("recognition:feedback-detail", args=[facts["answer"]]), due)
    if "document" in facts:
        return ReminderLine(
            one, _document_text(one), reverse("recognition:document-detail", args=[facts["document"]]), due
        )
    things = []
    for step, count, _due in facts["missing"]:
        text = str(NOT_YET[step])
        things.append(_("%(text)s (%(count)d hồ sơ)") % {"text": text, "count": count} if count else text)
    text = _("%(who)s nhắc %(place)s, %(model)s năm %(year)d: %(things)s") % {
        "who": one.by_name,
        "place": facts["place_name"],
        "model": LearningModel(facts["model"]).label,
        "year": facts["year"],
        "things": "; ".join(things),
    }
    return ReminderLine(one, text, f"{reverse('recognition:work-list')}?nam={facts['year']}", due)


def _document_text(one: Reminder) -> str:
    facts = one.facts
    names = {"who": one.by_name, "number": facts["number"], "title": facts["title"]}
    if one.kind == ReminderKind.DOCUMENT:
        return _("%(who)s gửi văn bản số %(number)s: %(title)s") % names
    if facts.get("reply"):
        return _("%(who)s nhắc trả lời văn bản số %(number)s: %(title)s") % names
    return _("%(who)s nhắc mở văn bản số %(number)s: %(title)s") % names


@in_official_language
def digest_message(user: User, reminders: list[Reminder]) -> EmailMessage:
    """The e-mail of a day: late things first, then what is due soonest, each with its link.

    Places and counts only, no names of families.
    """
    lines = sorted(lines_of(user, reminders), key=lambda line: (ORDER.index(line.reminder.kind), line.due or NEVER))
    late = sum(line.reminder.kind == ReminderKind.LATE for line in lines)
    subject = ngettext("%(count)d việc cần bạn chú ý", "%(count)d việc cần bạn chú ý", len(lines)) % {
        "count": len(lines)
    }
    if late:
        subject += ", " + ngettext("%(count)d việc quá hạn", "%(count)d việc quá hạn", late) % {"count": late}
    body = [_("Kính gửi %(name)s,") % {"name": user.full_name}, ""]
    for line in lines:
        due = _(", hạn %(day)s") % {"day": date_format(line.due, "SHORT_DATE_FORMAT")} if line.due else ""
        body += [f"- {line.label}: {line.text}{due}", f"  {settings.PUBLIC_URL}{line.url}"]
    body += [
        "",
        _("Thư này do Cổng Mô hình học tập gửi tự động, mỗi ngày nhiều nhất một thư."),
        _("Muốn thôi nhận thư, hãy vào %(url)s") % {"url": settings.PUBLIC_URL + reverse("recognition:reminder-list")},
    ]
    return EmailMessage(f"{subject} – {_('Cổng Mô hình học tập')}", "\n".join(body), to=[user.email])
