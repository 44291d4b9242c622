"""Reminders: who is told what on which day, and the daily e-mail. Nobody is told the same thing twice.

`remind` is run daily by `send_reminders`. Which reminders are due follows from the last day alone (`stage_of`), so a
missed run is made up for and a repeated one does nothing: the database holds one row a person, thing and stage.
"""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from recognition.choices import ReminderKind, WorkKind
from recognition.domain.work import Work
from recognition.domain.worklist import work_of
from recognition.models import Reminder, ReminderChoice, ReminderDigest
from recognition.rules import staff_roles
from units.models import Place, Posting, User

# What is reminded of by its last day. A list that waits for one's own confirmation has none.
NOT_REMINDED = (WorkKind.IMPORT,)


def stage_of(due: datetime.date, today: datetime.date) -> datetime.date | None:
    """The day of the newest reminder that should have been given by `today`; None while none is due yet.

    Before the last day: on the days of REMINDER_DAYS_BEFORE. After it: the day after, then every
    REMINDER_LATE_EVERY_DAYS days.
    """
    left = (due - today).days
    if left >= 0:
        marks = [mark for mark in settings.REMINDER_DAYS_BEFORE if mark >= left]
        return due - datetime.timedelta(days=min(marks)) if marks else None
    every = settings.REMINDER_LATE_EVERY_DAYS
    return due + datetime.timedelta(days=1 + (-left - 1) // every * every)


def people_of(places: Iterable[Place], day: datetime.date | None = None) -> dict[int, list[int]]:
    """Ids of the active people who read and act for each place today. One statement."""
    by_level = defaultdict(list)
    for place in places:
        by_level[place.level].append(place.pk)
    condition = Q(pk__in=[])
    for level, ids in by_level.items():
        condition |= Q(place__in=ids, role__in=staff_roles(level))
    found = defaultdict(list)
    rows = Posting.objects.in_force(day).filter(condition, user__is_active=True)
    for place_id, user_id in rows.values_list("place_id", "user_id").distinct().order_by("place_id", "user_id"):
        found[place_id].append(user_id)
    return found


def write_reminders(rows: Sequence[tuple], made_on: datetime.date) -> list[int]:
    """Keep reminders (user id, kind, key, stage, facts, by whom) that are not there yet; ids of the new ones.

    One statement. Two runs at the same moment meet at the unique key, and each row is new for one of them only.
    """
    if not rows:
        return []
    values = [
        {"user_id": user, "kind": str(kind), "key": key, "stage_on": stage.isoformat(), "facts": facts, "by_name": by}
        for user, kind, key, stage, facts, by in sorted(rows, key=lambda row: (row[0], row[2], row[3]))
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recognition_reminder (user_id, kind, key, stage_on, made_on, facts, by_name)"
            " SELECT user_id, kind, key, stage_on, %s, facts, by_name FROM jsonb_to_recordset(%s::jsonb)"
            " AS x(user_id bigint, kind text, key text, stage_on date, facts jsonb, by_name text)"
            " ON CONFLICT (user_id, key, stage_on) DO NOTHING RETURNING id",
            [made_on, json.dumps(values)],
        )
        return [pk for (pk,) in cursor.fetchall()]


def facts_of(work: Work) -> dict:
    """What a reminder keeps of a line of work: enough to say it and to link to it later, no names of families."""
    return {
        "work": work.kind,
        "place": work.place.pk if work.place else None,
        "place_name": work.place.name if work.place else "",
        "year": work.year,
        "count": work.count,
        "model": work.model,
        "state": work.state,
        "step": work.step,
        "passed_only": work.passed_only,
        "rulebook": work.rulebook_id,
        "due": work.due.isoformat() if work.due else None,
        "target": work.target,
        "inspected": work.inspected,
    }


def work_from(facts: dict, place: Place | None) -> Work:
    """The line of work a reminder was made of."""
    return Work(
        user_id=0,
        kind=facts["work"],
        place=place,
        year=facts["year"],
        count=facts["count"],
        model=facts["model"],
        state=facts["state"],
        step=facts["step"],
        passed_only=facts["passed_only"],
        rulebook_id=facts["rulebook"],
        due=datetime.date.fromisoformat(facts["due"]) if facts["due"] else None,
        target=facts["target"],
        inspected=facts.get("inspected"),  # reminders of older versions do not say it
    )


@dataclass(frozen=True)
class Wanted:
    """A reminder that should be there by a day."""

    user_id: int
    kind: str
    stage_on: datetime.date
    work: Work


def work_on(day: datetime.date) -> list[Work]:
    """Everybody's open work on a day: this year's, and last year's that is not done."""
    postings = list(
        Posting.objects.in_force(day)
        .filter(user__is_active=True)
        .select_related("place__province", "place__district", "place__commune")
    )
    return [work for year in _years(day) for work in work_of(postings, year, day)]


def _years(day: datetime.date) -> tuple[int, int]:
    return day.year - 1, day.year


def wanted_on(day: datetime.date, works: Iterable[Work] | None = None) -> list[Wanted]:
    """What everybody should have been reminded of by `day`."""
    found = []
    for work in work_on(day) if works is None else works:
        stage = stage_of(work.due, day) if work.due and work.kind not in NOT_REMINDED else None
        if stage:
            kind = ReminderKind.LATE if work.is_late(day) else ReminderKind.DUE
            found.append(Wanted(work.user_id, kind, stage, work))
    return found


def _settle(works: Iterable[Work], day: datetime.date) -> None:
    """Reminders of work that is done meanwhile count as read and are not mailed any more."""
    open_now = {(one.user_id, one.key) for one in works}
    waiting = Reminder.objects.filter(
        read_at=None, kind__in=(ReminderKind.DUE, ReminderKind.LATE), facts__year__in=_years(day)
    )
    done = [pk for pk, *key in waiting.values_list("pk", "user_id", "key") if tuple(key) not in open_now]
    Reminder.objects.filter(pk__in=done).update(read_at=timezone.now())


@dataclass(frozen=True)
class Outcome:
    """What a run did."""

    wanted: int
    made: int
    mailed: int
    failed: int
    without_mail: int


def write_due(day: datetime.date) -> tuple[int, int]:
    """Write the reminders of a day into the portal and settle those of work that is done. (wanted, new)."""
    works = work_on(day)
    wanted = wanted_on(day, works)
    _settle(works, day)
    rows = [(one.user_id, one.kind, one.work.key, one.stage_on, facts_of(one.work), "") for one in wanted]
    return len(wanted), len(write_reminders(rows, day))


def remind(
    *, day: datetime.date, compose: Callable[[User, list[Reminder]], object], deliver: Callable[[object], None]
) -> Outcome:
    """Write the reminders of `day` and send one e-mail a person with everything not mailed yet.

    `compose` makes a message of a person's reminders, `deliver` sends it. A message that cannot be sent is tried again
    by the next run; others go on. People without an address, or who want none, read their reminders in the portal.
    """
    wanted, made = write_due(day)
    waiting = Reminder.objects.filter(digest=None, read_at=None, made_on__lte=day, user__is_active=True)
    people = set(waiting.values_list("user_id", flat=True))
    unwilling = set(ReminderChoice.objects.filter(by_email=False, user__in=people).values_list("user_id", flat=True))
    reachable = set(User.objects.filter(pk__in=people).exclude(email="").values_list("pk", flat=True)) - unwilling
    ReminderDigest.objects.bulk_create(
        [ReminderDigest(user_id=pk, on=day) for pk in sorted(reachable)], ignore_conflicts=True
    )
    mailed = failed = 0
    for pk in ReminderDigest.objects.filter(on=day, sent_at=None).order_by("pk").values_list("pk", flat=True):
        sent = _send(pk, day, compose, deliver)
        mailed += sent is True
        failed += sent is False
    return Outcome(wanted, made, mailed, failed, len(people - reachable))


def _send(pk: int, day: datetime.date, compose, deliver) -> bool | None:
    """Send one digest while its row is locked. None: somebody else is sending it, has sent it, or nothing is left."""
    try:
        with transaction.atomic():
            digest = (
                ReminderDigest.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("user")
                .filter(pk=pk, sent_at=None)
                .first()
            )
            if digest is None:
                return None
            rows = Reminder.objects.filter(user=digest.user, digest=None, read_at=None, made_on__lte=day)
            reminders = list(rows.order_by("made_on", "pk"))
            if not reminders:
                digest.delete()  # read in the meantime: no mail was sent, so none is on record
                return None
            Reminder.objects.filter(pk__in=[one.pk for one in reminders]).update(digest=digest)
            ReminderDigest.objects.filter(pk=pk).update(sent_at=timezone.now(), failed="")
            deliver(compose(digest.user, reminders))
    except OSError as error:  # what a mail server answers with, and not being reached, are kinds of it
        ReminderDigest.objects.filter(pk=pk).update(failed=str(error)[:300])
        return False
    return True


def unread(user: User):
    """A person's reminders not read yet."""
    return Reminder.objects.filter(user=user, read_at=None)


def mark_read(*, user: User, pks: Iterable[int] | None = None) -> int:
    """Mark one's own reminders as read: the given ones, or all."""
    rows = unread(user) if pks is None else unread(user).filter(pk__in=list(pks))
    return rows.update(read_at=timezone.now())


def set_by_email(*, user: User, wanted: bool) -> None:
    """Switch a person's own e-mail on or off."""
    ReminderChoice.objects.update_or_create(user=user, defaults={"by_email": wanted})


def wants_email(user: User) -> bool:
    """Everybody gets e-mail until they say no."""
    return not ReminderChoice.objects.filter(user=user, by_email=False).exists()
