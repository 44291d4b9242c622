"""Summaries of several years (tổng kết 5 năm): the text while it is written, and what was signed with its figures."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from recognition.models.meetings import PlacedQuerySet
from recognition.models.signed_reports import SignedReport, SignedReportQuerySet, reason_of_new_version
from units.models import Place
from units.models.history import tracked


@tracked()
class PeriodSummary(models.Model):
    """What an officer wrote for a place and period; `version` rises with each saving, so nobody overwrites another.

    An empty place means the whole nation. The figures beside the text are those of the day until it is signed.
    """

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("Địa bàn"))
    year_from = models.PositiveSmallIntegerField(_("Từ năm"))
    year_to = models.PositiveSmallIntegerField(_("Đến năm"))
    sections = models.JSONField(default=list)
    signer = models.CharField(_("Người ký"), max_length=150, blank=True)
    signer_title = models.CharField(_("Chức vụ"), max_length=150, blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    saved_by_name = models.CharField(max_length=150)
    saved_at = models.DateTimeField(auto_now=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Báo cáo tổng kết")
        verbose_name_plural = _("Báo cáo tổng kết")
        ordering = ["-year_to", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "year_from", "year_to"], nulls_distinct=False, name="%(app_label)s_%(class)s_once"
            ),
            models.CheckConstraint(
                condition=Q(year_from__lt=F("year_to")) & Q(year_to__lte=F("year_from") + 9),
                name="%(app_label)s_%(class)s_years_in_order",
                violation_error_message=_("Giai đoạn phải từ 2 đến 10 năm, năm đầu trước năm cuối."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place or _('Cả nước')} {self.year_from}–{self.year_to}"


@tracked(exclude=["tables"])
class PeriodReport(SignedReport):
    """A summary as signed: text and tables of that moment with their checksum. A correction is a new version.

    An empty place means the whole nation.
    """

    place = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="period_reports", verbose_name=_("Địa bàn")
    )
    year_from = models.PositiveSmallIntegerField(_("Từ năm"))
    year_to = models.PositiveSmallIntegerField(_("Đến năm"))

    objects = SignedReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("Báo cáo tổng kết đã ký")
        verbose_name_plural = _("Báo cáo tổng kết đã ký")
        ordering = ["-year_to", "place", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "year_from", "year_to", "version"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_version_once",
            ),
            models.CheckConstraint(
                condition=Q(year_from__lt=F("year_to")) & Q(year_to__lte=F("year_from") + 9),
                name="%(app_label)s_%(class)s_years_in_order",
                violation_error_message=_("Giai đoạn phải từ 2 đến 10 năm, năm đầu trước năm cuối."),
            ),
            reason_of_new_version(),
        ]

    def __str__(self) -> str:
        return f"{self.place or _('Cả nước')} {self.year_from}–{self.year_to} · {self.version}"
