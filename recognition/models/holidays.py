"""Public holidays that differ every year, as entered by whoever runs the portal."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models.history import tracked


@tracked()
class Holiday(models.Model):
    """One day off from a notice of a year. A day entered by mistake is marked as worked, never deleted."""

    day = models.DateField(_("Ngày"), unique=True, error_messages={"unique": _("Ngày này đã ghi rồi.")})
    name = models.CharField(_("Dịp nghỉ"), max_length=100)
    is_off = models.BooleanField(default=True)
    by_name = models.CharField(_("Người ghi"), max_length=150)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("Ngày nghỉ lễ")
        verbose_name_plural = _("Ngày nghỉ lễ")
        ordering = ["day"]

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
