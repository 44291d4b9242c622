"""Signed yearly reports: figures frozen with their checksum; a correction is a new version, old ones stay."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import YearReportState
from recognition.models.signed_reports import SignedReport, SignedReportQuerySet, reason_of_new_version
from units.models import Place
from units.models.history import tracked


@tracked(exclude=["tables"])
class YearReport(SignedReport):
    """A place's yearly report as signed (báo cáo năm), sent to the level above, which accepts or returns it.

    An empty place means the whole nation: nobody stands above it, so its report is signed and that is all.
    """

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="year_reports", verbose_name=_("Địa bàn"))
    year = models.PositiveSmallIntegerField(_("Năm báo cáo"))
    state = models.CharField(
        _("Tình trạng"), max_length=8, choices=YearReportState.choices, default=YearReportState.SENT
    )
    answered_by_name = models.CharField(_("Người trả lời"), max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_note = models.CharField(_("Lý do trả lại"), max_length=500, blank=True)

    objects = SignedReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("Báo cáo năm")
        verbose_name_plural = _("Báo cáo năm")
        ordering = ["-year", "place", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "year", "version"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_version_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=YearReportState.values), name="%(app_label)s_%(class)s_state_known"
            ),
            reason_of_new_version(),
            models.CheckConstraint(
                condition=~Q(state="RETURNED") | ~Q(answer_note=""),
                name="%(app_label)s_%(class)s_reason_of_return",
                violation_error_message=_("Trả lại báo cáo phải ghi lý do."),
            ),
            models.CheckConstraint(
                condition=Q(place=None, state="SIGNED") | (Q(place__isnull=False) & ~Q(state="SIGNED")),
                name="%(app_label)s_%(class)s_nation_is_answered_by_nobody",
                violation_error_message=_("Chỉ báo cáo của cả nước không có cấp trên để gửi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place or _('Cả nước')} {self.year} · {self.version}"
