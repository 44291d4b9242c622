"""Public holidays that differ every year, as entered by whoever runs the portal."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.models.history import tracked

WEEKEND = (6, 7)  # Saturday, Sunday of ISO


@tracked()
class Holiday(models.Model):
    """One day of a notice of a year that differs from its weekday: off, or a weekend day worked in exchange for one.

    A day entered by mistake is neither, and never deleted. `other_day`: what a swapped day was exchanged with.
    """

    day = models.DateField(_("Ngày"), unique=True, error_messages={"unique": _("Ngày này đã ghi rồi.")})
    name = models.CharField(_("Dịp nghỉ"), max_length=100)
    is_off = models.BooleanField(default=True)
    is_work = models.BooleanField(_("Làm bù"), default=False)
    other_day = models.DateField(_("Hoán đổi với"), null=True, blank=True)
    by_name = models.CharField(_("Người ghi"), max_length=150)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("Ngày nghỉ lễ")
        verbose_name_plural = _("Ngày nghỉ lễ")
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(is_off=True, is_work=True),
                name="%(app_label)s_%(class)s_off_or_worked",
                violation_error_message=_("Một ngày chỉ nghỉ hoặc làm bù."),
            ),
            models.CheckConstraint(
                condition=Q(is_work=False) | Q(day__iso_week_day__in=WEEKEND),
                name="%(app_label)s_%(class)s_worked_at_weekend",
                violation_error_message=_("Ngày làm bù phải là thứ bảy hoặc chủ nhật."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.name}"


@tracked()
class HolidayYear(models.Model):
    """A year whose days off are all entered, and the notice that says so."""

    year = models.PositiveSmallIntegerField(_("Năm"), unique=True)
    is_complete = models.BooleanField(_("Đã ghi đủ"), default=True)
    source = models.CharField(_("Căn cứ"), max_length=300)
    by_name = models.CharField(_("Người ghi"), max_length=150)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("Năm đã ghi đủ ngày nghỉ lễ")
        verbose_name_plural = _("Năm đã ghi đủ ngày nghỉ lễ")
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)
