"""Public holidays: what is known of a year, entering its days, saying that all are there."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.locks import wait_turn
from portal.lib.text import clean
from portal.lib.workdays import WorkCalendar, fixed_holidays, is_weekend
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.twice import wait_for_others
from recognition.models import Holiday, HolidayYear
from recognition.rule_keeping import may_keep_holidays
from units.models import User

FIRST_YEAR, LAST_YEAR = 2000, 2100
FARTHEST_SWAP = 60  # days between a day off and the one worked for it: farther apart one of them is a slip
YEARS_ON = 1  # a clock of working days never runs further than into the year after


def work_calendar(since: datetime.date, until: datetime.date | None = None) -> WorkCalendar:
    """What is known of the days from the year of `since` to the one after it (or after `until`). One statement."""
    first, last = since.year, (until or since).year + YEARS_ON
    entered = Holiday.objects.filter(Q(is_off=True) | Q(is_work=True), day__year__gte=first, day__year__lte=last)
    off = {day for year in range(first, last + 1) for day in fixed_holidays(year)}
    worked = set()
    for day, is_work in entered.values_list("day", "is_work"):
        (worked if is_work else off).add(day)
    return WorkCalendar(frozenset(off), frozenset(worked))


def incomplete_between(first: int, last: int) -> tuple[int, ...]:
    """Years from `first` to `last` whose changing holidays nobody has declared complete. One statement."""
    rows = HolidayYear.objects.filter(year__gte=first, year__lte=last, is_complete=True)
    known = set(rows.values_list("year", flat=True))
    return tuple(year for year in range(first, last + 1) if year not in known)


def incomplete_years(*days: datetime.date) -> list[int]:
    """Years of the days whose changing holidays nobody has declared complete."""
    years = {day.year for day in days}
    known = HolidayYear.objects.filter(year__in=years, is_complete=True).values_list("year", flat=True)
    return sorted(years - set(known))


def note_on(*days: datetime.date) -> str:
    """How the clock between the days was counted, in a sentence."""
    missing = incomplete_years(*days)
    if not missing:
        return _("đã trừ ngày nghỉ lễ")
    return _("đã trừ ngày lễ dương lịch; năm %(years)s chưa ghi đủ Tết và các ngày nghỉ theo thông báo") % {
        "years": ", ".join(map(str, missing))
    }


@dataclass
class YearOff:
    """One year as the page shows it."""

    year: int
    fixed: list[datetime.date]
    entered: list[Holiday] = field(default_factory=list)
    declared: HolidayYear | None = None

    @property
    def days(self) -> list[tuple[datetime.date, Holiday | None]]:
        """Every day in order: those of the law (None beside them), and those entered."""
        return sorted([*((day, None) for day in self.fixed), *((one.day, one) for one in self.entered)], key=_by_day)

    @property
    def complete(self) -> bool:
        return bool(self.declared and self.declared.is_complete)


def _by_day(line: tuple[datetime.date, Holiday | None]) -> tuple[datetime.date, bool]:
    return line[0], line[1] is not None


def year_of_holidays(year: int) -> YearOff:
    """Everything known of the year's days off: fixed by law, entered, and whether somebody said that is all."""
    return YearOff(
        year,
        fixed_holidays(year),
        list(Holiday.objects.filter(day__year=year)),
        HolidayYear.objects.filter(year=year).first(),
    )


@transaction.atomic
def enter_days(*, actor: User, first: datetime.date, last: datetime.date, name: str) -> int:
    """Enter the days off of one occasion, both ends included; days entered before get the new name, but for those that
    are off in exchange for another: they stay what they are.

    Raises NotPermitted, RecognitionError for days out of order, of more than two weeks, or beyond the years kept.
    """
    _check(actor)
    name = clean(name)
    if not name:
        raise RecognitionError(_("Hãy ghi dịp nghỉ, ví dụ Tết Nguyên đán."))
    if last < first:
        raise RecognitionError(_("Ngày cuối không được trước ngày đầu."))
    _check_year(first.year)
    _check_year(last.year)
    count = (last - first).days + 1
    if count > 14:
        raise RecognitionError(_("Một dịp nghỉ nhiều nhất 14 ngày; hãy xem lại hai ngày."))
    wait_for_others()
    if worked := Holiday.objects.filter(is_work=True, day__gte=first, day__lte=last).first():
        raise RecognitionError(
            _("Ngày %(day)s đang ghi là ngày làm bù; hãy bỏ hoán đổi đó trước.") % {"day": f"{worked.day:%d/%m/%Y}"}
        )
    swapped = Holiday.objects.filter(is_off=True, other_day__isnull=False, day__gte=first, day__lte=last)
    days = {first + datetime.timedelta(days=n) for n in range(count)} - set(swapped.values_list("day", flat=True))
    Holiday.objects.bulk_create(
        [Holiday(day=day, name=name[:100], by_name=actor.full_name, at=timezone.now()) for day in sorted(days)],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["name", "is_off", "other_day", "by_name", "at"],
    )
    return count


@transaction.atomic
def swap_days(*, actor: User, off: datetime.date, work: datetime.date, name: str) -> None:
    """A weekday is off, and a Saturday or Sunday is worked instead. Both together or neither.

    Raises NotPermitted, RecognitionError for days that cannot be swapped.
    """
    _check(actor)
    name = clean(name)
    if not name:
        raise RecognitionError(_("Hãy ghi dịp nghỉ, ví dụ Tết Nguyên đán."))
    _check_year(off.year)
    _check_year(work.year)
    if is_weekend(off):
        raise RecognitionError(_("Ngày nghỉ hoán đổi phải là ngày trong tuần, từ thứ hai đến thứ sáu."))
    if not is_weekend(work):
        raise RecognitionError(_("Ngày làm bù phải là thứ bảy hoặc chủ nhật."))
    if abs((work - off).days) > FARTHEST_SWAP:
        raise RecognitionError(
            _("Ngày nghỉ và ngày làm bù cách nhau nhiều nhất %(days)d ngày; hãy xem lại hai ngày.")
            % {"days": FARTHEST_SWAP}
        )
    wait_for_others()  # days nobody has entered yet have no row to wait at
    taken = {one.day: one for one in Holiday.objects.select_for_update().filter(day__in=(off, work)).order_by("day")}
    for day, one in taken.items():
        if one.is_off or one.is_work:
            raise RecognitionError(
                _("Ngày %(day)s đã ghi là “%(name)s”; hãy bỏ trước nếu muốn ghi lại.")
                % {"day": f"{day:%d/%m/%Y}", "name": one.name}
            )
    if off in fixed_holidays(off.year):
        raise RecognitionError(_("Ngày %(day)s là ngày lễ nên không hoán đổi.") % {"day": f"{off:%d/%m/%Y}"})
    for day, other, is_off in ((off, work, True), (work, off, False)):
        row = taken.get(day) or Holiday(day=day)
        row.name, row.by_name, row.other_day = name[:100], actor.full_name, other
        row.is_off, row.is_work = is_off, not is_off
        row.save()


@transaction.atomic
def take_back_day(*, actor: User, pk: int) -> Holiday:
    """A day entered by mistake is again what its weekday is, and so is the one it was swapped with; both stay in the
    history. Raises NotPermitted, RecognitionError."""
    _check(actor)
    wait_for_others()
    day = Holiday.objects.select_for_update().filter(Q(is_off=True) | Q(is_work=True), pk=pk).first()
    if day is None:
        raise RecognitionError(_("Ngày này không còn là ngày nghỉ."))
    others = Holiday.objects.select_for_update().filter(day=day.other_day, other_day=day.day) if day.other_day else ()
    for one in (day, *others):
        one.is_off, one.is_work, one.by_name = False, False, actor.full_name
        one.save()
    return day


@transaction.atomic
def declare_year(*, actor: User, year: int, complete: bool, source: str = "") -> HolidayYear:
    """Say that all days off of a year are entered, by which notice; or that they are not. Raises as `enter_days`."""
    _check(actor)
    source = clean(source)
    _check_year(year)
    if complete and not source:
        raise RecognitionError(_("Hãy ghi văn bản thông báo lịch nghỉ của năm."))
    moving = Holiday.objects.filter(day__year=year, is_off=True).exclude(day__in=fixed_holidays(year))
    if complete and not moving.exists():
        raise RecognitionError(_("Năm %(year)d chưa ghi ngày nghỉ nào ngoài ngày lễ dương lịch.") % {"year": year})
    values = {"is_complete": complete, "by_name": actor.full_name} | ({"source": source[:300]} if source else {})
    return HolidayYear.objects.update_or_create(year=year, defaults=values)[0]


def _check(actor: User) -> None:
    """May the person enter days? Then nobody else does until the end of the transaction."""
    if not may_keep_holidays(actor):
        raise NotPermitted(_("Chỉ quản trị và lãnh đạo Trung ương Hội ghi ngày nghỉ lễ."))
    wait_turn("recognition.holidays")  # whoever else enters days waits: nobody can lock a day that is not there yet


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise RecognitionError(_("Năm phải từ %(first)d đến %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR})
