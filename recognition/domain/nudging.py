"""A leader asks places below to hurry: recorded, not too often, told to the people of the place."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.choices import ReminderKind
from recognition.domain.below import below
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.reminders import people_of, write_reminders
from recognition.models import Nudge
from recognition.rules import may_nudge
from units.models import Place, User


@dataclass
class Nudged:
    """Names of the places that were reminded, and (name, why not) of the others."""

    done: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def nudge(*, actor: User, above: Place | None, place_ids: Sequence[int], year: int, model: str) -> Nudged:
    """Remind places directly below `above` of what each has not sent. Says of each place why it was left out.

    Raises NotPermitted for a place the person does not watch over. A fixed number of statements.
    """
    today = timezone.localdate()
    page = below(above, year, model, today)
    rows = {row.place.pk: row for row in page.rows if row.place.pk in set(place_ids)}
    with transaction.atomic():
        # Two people pressing at once: the second waits here and then sees the first one's reminder.
        places = list(Place.objects.select_for_update(no_key=True).filter(pk__in=rows).order_by("pk"))
        if not places or len(places) != len(set(place_ids)):
            raise RecognitionError(_("Nơi cần nhắc không thuộc danh sách này. Hãy tải lại trang."))
        if not all(may_nudge(actor, place) for place in places):
            raise NotPermitted(_("Bạn không được phân công nhắc nơi này."))
        last = dict(
            Nudge.objects.filter(place__in=rows, year=year, model=model).values_list("place_id").annotate(Max("on"))
        )
        people = people_of(places)
        outcome, made, reminders = Nudged(), [], []
        for place in places:
            row, users = rows[place.pk], people.get(place.pk, [])
            refused = _refusal(row, users, last.get(place.pk), today)
            if refused:
                outcome.skipped.append((place.name, refused))
                continue
            outcome.done.append(place.name)
            missing = [one.step for one in row.missing]
            made.append(
                Nudge(
                    place=place,
                    year=year,
                    model=model,
                    on=today,
                    missing=missing,
                    people=len(users),
                    by=actor,
                    by_name=actor.full_name,
                )
            )
            facts = {"place": place.pk, "place_name": place.name, "year": year, "model": model}
            facts["missing"] = [[one.step, one.count, one.due and one.due.isoformat()] for one in row.missing]
            key = f"NUDGE:{place.pk}:{year}:{model}"
            reminders += [(user, ReminderKind.NUDGE, key, today, facts, actor.full_name) for user in users]
        Nudge.objects.bulk_create(made)
        write_reminders(reminders, today)
    return outcome


def _refusal(row, users: list[int], last: datetime.date | None, today: datetime.date) -> str:
    """Why a place is not reminded now; empty when it is."""
    if not row.missing:
        return _("không còn thiếu gì")
    if not users:
        return _("chưa có cán bộ nào được phân công nên không có ai để nhắc")
    if last:
        again = last + datetime.timedelta(days=settings.NUDGE_EVERY_DAYS)
        if today < again:
            return _("đã nhắc ngày %(day)s, có thể nhắc lại từ ngày %(again)s") % {
                "day": last.strftime("%d/%m/%Y"),
                "again": again.strftime("%d/%m/%Y"),
            }
    return ""


RECENT = 20


def recent_nudges(above: Place | None, year: int, model: str) -> list[Nudge]:
    """The newest reminders to places below `above`."""
    rows = Nudge.objects.filter(year=year, model=model).select_related("place")
    if above is not None:
        rows = rows.filter(**{f"place__{above.fact_column}": above.pk})
    return list(rows.order_by("-at", "-pk")[:RECENT])


def last_nudges(place_ids: Sequence[int], year: int, model: str) -> dict[int, Nudge]:
    """The newest reminder of each place."""
    rows = Nudge.objects.filter(place__in=place_ids, year=year, model=model).order_by("place_id", "-on", "-pk")
    return {one.place_id: one for one in rows.distinct("place_id")}
