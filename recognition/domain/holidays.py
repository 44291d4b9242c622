"""Public holidays: what is known of a year, entering its days, saying that all are there."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from portal.lib.workdays import fixed_holidays
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.models import Holiday, HolidayYear
from recognition.rules import may_keep_holidays
from units.models import User

FIRST_YEAR, LAST_YEAR = 2000, 2100
YEARS_ON = 1  # a clock of working days never runs further than into the year after


def days_off(since: datetime.date, until: datetime.date | None = None) -> frozenset[datetime.date]:
    """Every known public holiday from the year of `since` to the one after it (or after `until`). One statement."""
    first, last = since.year, (until or since).year + YEARS_ON
    entered = Holiday.objects.filter(is_off=True, day__year__gte=first, day__year__lte=last)
    fixed = {day for year in range(first, last + 1) for day in fixed_holidays(year)}
    return frozenset(fixed | set(entered.values_list("day", flat=True)))


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
    def complete(self) -> bool:
        return bool(self.declared and self.declared.is_complete)


def year_of_holidays(year: int) -> YearOff:
    return YearOff(
        year,
        fixed_holidays(year),
        list(Holiday.objects.filter(day__year=year)),
        HolidayYear.objects.filter(year=year).first(),
    )


@transaction.atomic
def enter_days(*, actor: User, first: datetime.date, last: datetime.date, name: str) -> int:
    """Enter the days off of one occasion, both ends included; days entered before get the new name.

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
    Holiday.objects.bulk_create(
        [
            Holiday(day=first + datetime.timedelta(days=n), name=name[:100], by_name=actor.full_name, at=timezone.now())
            for n in range(count)
        ],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["name", "is_off", "by_name", "at"],
    )
    return count


@transaction.atomic
def take_back_day(*, actor: User, pk: int) -> Holiday:
    """A day entered by mistake is worked again; it stays in the history. Raises NotPermitted, RecognitionError."""
    _check(actor)
    day = Holiday.objects.select_for_update().filter(pk=pk, is_off=True).first()
    if day is None:
        raise RecognitionError(_("Ngày này không còn là ngày nghỉ."))
    day.is_off, day.by_name = False, actor.full_name
    day.save()
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
    if not may_keep_holidays(actor):
        raise NotPermitted(_("Chỉ quản trị và lãnh đạo Trung ương Hội ghi ngày nghỉ lễ."))


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise RecognitionError(_("Năm phải từ %(first)d đến %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR})
