"""Figures of the association itself and its training register.

Who writes: the ward's officers and chair for their ward, a province's or district's leaders for theirs. Places above a
ward show the sum of their wards; only where no ward has reported, the figure their own association reported.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.numbers import round_half_up
from portal.lib.text import clean, fold
from recognition.attendance import read_people, written
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.extents import child_level
from recognition.domain.twice import refuse_second
from recognition.models import AssociationYear, Training, TrainingAttendance
from recognition.rules import closed_sentence, season_closed
from units.choices import Level, Role
from units.models import Place, Posting, User
from units.rules import role_scope

FIGURES = (
    "branches",
    "committees",
    "members",
    "population",
    "fund",
    "scholarships",
    "scholarship_money",
    "centres",
)
WRITERS = {
    Level.COMMUNE: (Role.WARD_OFFICER, Role.WARD_CHAIR),
    Level.DISTRICT: (Role.LEADER,),
    Level.PROVINCE: (Role.LEADER,),
}
# Who counts as an officer to be trained: those who do the association's work, not who runs the portal.
OFFICER_ROLES = (Role.HAMLET_OFFICER, Role.WARD_OFFICER, Role.WARD_CHAIR, Role.INSPECTOR, Role.LEADER)
MOST_ATTENDING = 2000


def may_write(user: User, place: Place) -> bool:
    """May the person write the association's figures and trainings of `place`?"""
    roles = WRITERS.get(place.level)
    return bool(roles) and place.pk in role_scope(user, roles).places.get(place.level, ())


def _check_may_write(actor: User, place: Place) -> None:
    if not may_write(actor, place):
        raise NotPermitted(_("Bạn không được phân công ghi số liệu của Hội ở %(place)s.") % {"place": place.name})


def _check_open(*years: int) -> None:
    """Reports count these figures, so a locked year keeps them too. Raises RecognitionError."""
    for year in sorted(set(years)):
        if season_closed(year):
            raise RecognitionError(closed_sentence(year))


@transaction.atomic
def record_association_year(
    *, actor: User, place: Place, year: int, figures: Mapping[str, int | None], source: str
) -> AssociationYear:
    """Write a place's figures of a year; those already there are replaced and stay in the history.

    Raises NotPermitted; RecognitionError with `field` when a figure cannot be or nothing was given.
    """
    _check_may_write(actor, place)
    if year > timezone.localdate().year:
        raise RecognitionError(_("Năm %(year)d chưa đến.") % {"year": year})
    _check_open(year)
    if all(figures.get(name) is None for name in FIGURES):
        raise RecognitionError(_("Hãy ghi ít nhất một số liệu."))
    row = AssociationYear.objects.select_for_update().filter(place=place, year=year).first()
    row = row or AssociationYear(place=place, year=year)
    for name in FIGURES:
        setattr(row, name, figures.get(name))
    row.source = clean(source)
    try:
        row.full_clean()
        row.save()
    except ValidationError as error:
        raise RecognitionError(next(iter(error.messages))) from error
    except IntegrityError as error:  # two people saved the first figures of a year at once
        raise RecognitionError(_("Người khác vừa ghi số liệu năm này. Hãy tải lại trang rồi làm lại.")) from error
    return row


@dataclass(frozen=True)
class AssociationRow:
    """Figures of one place. `own`: reported by itself because no place below did; `reported` of `places` below."""

    place: Place | None
    values: dict[str, int | None]
    source: str = ""
    own: bool = False
    reported: int = 0
    places: int = 0

    @property
    def member_share(self):
        """Members in percent of the population, half up; None when one of them is unknown."""
        members, population = self.values["members"], self.values["population"]
        return round_half_up(members * 100 / population, 2) if members is not None and population else None


def _standing(year: int) -> Q:
    """Communes that stood on the last day of the year."""
    last = datetime.date(year, 12, 31)
    return (
        Q(level=Level.COMMUNE)
        & (Q(valid_from__isnull=True) | Q(valid_from__lte=last))
        & (Q(valid_to__isnull=True) | Q(valid_to__gte=last))
    )


def association_rows(place: Place | None, year: int) -> tuple[list[AssociationRow], AssociationRow]:
    """(rows of the level below, total) for a place and year; a ward has no rows below it. Four queries at most."""
    if place is not None and place.level in (Level.COMMUNE, Level.HAMLET):
        row = AssociationYear.objects.filter(place=place, year=year).first()
        values = {name: getattr(row, name) if row else None for name in FIGURES}
        return [], AssociationRow(place, values, row.source if row else "", own=True, reported=int(bool(row)), places=1)
    level = child_level(place)
    column = f"{level}_id" if level != Level.COMMUNE else "place_id"
    facts = AssociationYear.objects.filter(year=year, place__level=Level.COMMUNE)
    communes = Place.objects.filter(_standing(year))
    if place is not None:
        facts = facts.filter(**{f"place__{place.fact_column}": place.pk})
        communes = communes.filter(**{place.fact_column: place.pk})
    key = "place_id" if level == Level.COMMUNE else f"place__{column}"
    summed = facts.values(key).annotate(reported=Count("pk"), **{name: Sum(name) for name in FIGURES}).order_by()
    sums = {row.pop(key): row for row in summed}
    counted = {pk: row.pop("reported") for pk, row in sums.items()}
    standing = dict(communes.values_list("id" if level == Level.COMMUNE else column).annotate(n=Count("pk")).order_by())
    ids = set(standing) | set(sums)
    above = [place.pk] if place is not None else []
    own = {row.place_id: row for row in AssociationYear.objects.filter(year=year, place__in=[*ids, *above])}
    rows = []
    for one in Place.objects.filter(pk__in=ids).order_by("sort_key", "pk"):
        declared = own.get(one.pk)
        if one.pk in sums:
            values, source, is_own = sums[one.pk], declared.source if level == Level.COMMUNE and declared else "", False
        else:
            values = {name: getattr(declared, name) if declared else None for name in FIGURES}
            source, is_own = declared.source if declared else "", bool(declared)
        rows.append(AssociationRow(one, values, source, is_own, counted.get(one.pk, 0), standing.get(one.pk, 0)))
    return rows, _total(place, rows, own.get(place.pk) if place else None)


def _total(place: Place | None, rows: list[AssociationRow], declared: AssociationYear | None) -> AssociationRow:
    """The sum of the rows; a place whose rows are all silent shows what it reported itself."""
    reported, places = sum(row.reported for row in rows), sum(row.places for row in rows)
    given = {name: [row.values[name] for row in rows if row.values[name] is not None] for name in FIGURES}
    if not any(given.values()) and declared is not None:
        values = {name: getattr(declared, name) for name in FIGURES}
        return AssociationRow(place, values, declared.source, True, reported, places)
    return AssociationRow(
        place, {name: sum(found) if found else None for name, found in given.items()}, "", False, reported, places
    )


# --- Training


@transaction.atomic
def save_training(*, actor: User, training: Training) -> Training:
    """Enter or correct a session. Raises NotPermitted, RecognitionError."""
    _check_may_write(actor, training.place)
    if training.cancelled_reason:
        raise RecognitionError(_("Lớp này đã hủy nên không sửa được."))
    before = Training.objects.filter(pk=training.pk).values_list("held_on__year", flat=True)
    _check_open(*before, *([training.held_on.year] if training.held_on else []))
    training.created_by_name = training.created_by_name or actor.full_name
    try:
        training.full_clean()
    except ValidationError as error:
        raise RecognitionError(next(iter(error.messages))) from error
    same = {name: getattr(training, name) for name in ("place", "held_on", "title", "venue", "speaker")}
    refuse_second(
        Training.objects.filter(**same, cancelled_reason="").exclude(pk=training.pk),
        _(
            "Lớp này đã có trong danh sách: cùng ngày, cùng nội dung, địa điểm và báo cáo viên. "
            "Nếu là lớp khác, hãy ghi thêm buổi (sáng, chiều) vào nội dung."
        ),
        place=training.place,
    )
    training.save()
    return training


@transaction.atomic
def cancel_training(*, actor: User, training: Training, reason: str) -> None:
    """Mark a session as not held; it stays in the list and no longer counts. Raises NotPermitted, RecognitionError."""
    _check_may_write(actor, training.place)
    _check_open(training.held_on.year)
    reason = clean(reason)
    if not reason:
        raise RecognitionError(_("Hãy ghi lý do hủy."))
    training.cancelled_reason = reason[:300]
    training.save(update_fields=["cancelled_reason"])


def _at_or_below(place: Place | None) -> Q:
    """Filter for rows with a `place`: it is `place` or stands below it (None: anywhere)."""
    if place is None:
        return Q()
    below = Q(place=place)
    return below if place.level == Level.HAMLET else below | Q(**{f"place__{place.fact_column}": place.pk})


def officers_of(place: Place | None, day: datetime.date | None = None):
    """Officers posted in `place` or below it on a day (today by default), each once."""
    postings = Posting.objects.in_force(day).filter(role__in=OFFICER_ROLES, user__is_active=True)
    postings = postings.filter(_at_or_below(place))
    return User.objects.filter(pk__in=postings.values("user_id"))


@transaction.atomic
def record_attendance(*, actor: User, training: Training, user_ids: Iterable[int], names: str) -> int:
    """Write who attended: officers of the place, and further names one a line. Replaces what was there.

    Returns how many. Officers outside the place are left out; a name written twice counts once. Raises NotPermitted,
    RecognitionError.
    """
    _check_may_write(actor, training.place)
    if training.cancelled_reason:
        raise RecognitionError(_("Lớp này đã hủy nên không ghi người dự được."))
    _check_open(training.held_on.year)
    if training.held_on > timezone.localdate():
        raise RecognitionError(_("Lớp chưa diễn ra nên chưa ghi người dự được."))
    Training.objects.select_for_update().get(pk=training.pk)
    officers = list(officers_of(training.place).filter(pk__in=list(user_ids)).order_by("full_name", "pk"))
    known = {fold(one.full_name) for one in officers}
    others: dict[str, str] = {}
    people, faults = read_people(names, most=MOST_ATTENDING, longest=150)
    if faults:
        raise RecognitionError(" ".join(faults))
    for person in people:
        name = written([person])
        if fold(name) not in known:
            others.setdefault(fold(name), name)
    if len(officers) + len(others) > MOST_ATTENDING:
        raise RecognitionError(_("Một lớp ghi nhiều nhất %(most)d người.") % {"most": MOST_ATTENDING})
    kept = {row.user_id: row for row in training.attendances.filter(user__isnull=False)}
    training.attendances.exclude(user__in=officers).delete()
    TrainingAttendance.objects.bulk_create(
        [TrainingAttendance(training=training, user=one, name=one.full_name) for one in officers if one.pk not in kept]
        + [TrainingAttendance(training=training, name=name) for name in others.values()]
    )
    return len(officers) + len(others)


@dataclass(frozen=True)
class TrainedShare:
    """Officers of a place who attended at least one session of the year, among all of them."""

    trained: int
    officers: int
    sessions: int

    @property
    def percent(self):
        return round_half_up(self.trained * 100 / self.officers, 2) if self.officers else None


def trained_share(place: Place | None, year: int) -> TrainedShare:
    """How many of a place's officers were trained in a year. Three queries, whatever their number."""
    last = min(datetime.date(year, 12, 31), timezone.localdate())
    officers = officers_of(place, last)
    held = Training.objects.filter(held_on__year=year, cancelled_reason="")
    trained = TrainingAttendance.objects.filter(training__in=held, user__in=officers)
    sessions = held.filter(_at_or_below(place))
    return TrainedShare(
        trained=trained.values("user_id").distinct().count(), officers=officers.count(), sessions=sessions.count()
    )
