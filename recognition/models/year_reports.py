"""Signed yearly reports: figures frozen with their checksum; a correction is a new version, old ones stay."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import YearReportState
from recognition.models.meetings import PlacedQuerySet
from recognition.models.signed_reports import SignedReport, reason_of_new_version
from units.models import Place
from units.models.history import tracked


@tracked(exclude=["tables"])
class YearReport(SignedReport):
    """A place's yearly report as signed (báo cáo năm), sent to the level above, which accepts or returns it."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="year_reports", verbose_name=_("Địa bàn"))
    year = models.PositiveSmallIntegerField(_("Năm báo cáo"))
    state = models.CharField(
        _("Tình trạng"), max_length=8, choices=YearReportState.choices, default=YearReportState.SENT
    )
    answered_by_name = models.CharField(_("Người trả lời"), max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.CharField(_("Lý do trả lại"), max_length=500, blank=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Báo cáo năm")
        verbose_name_plural = _("Báo cáo năm")
        ordering = ["-year", "place", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["place", "year", "version"], name="%(app_label)s_%(class)s_version_once"),
            models.CheckConstraint(
                condition=Q(state__in=YearReportState.values), name="%(app_label)s_%(class)s_state_known"
            ),
            reason_of_new_version(),
            models.CheckConstraint(
                condition=~Q(state="RETURNED") | ~Q(answer_note=""),
                name="%(app_label)s_%(class)s_reason_of_return",
                violation_error_message=_("Trả lại báo cáo phải ghi lý do."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.year} · {self.version}"
