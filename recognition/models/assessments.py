"""Assessments: self, review and inspection scores side by side."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from recognition.choices import Rank, Stage
from recognition.models.registrations import Registration
from recognition.result_words import result_words
from units.models.history import tracked


@tracked(compare=False)
class Assessment(models.Model):
    """Scores of one registration at one stage.

    `scores` holds half points in the rulebook's leaf order (smallint array: eleven times smaller than one row per
    criterion); −1 = not applicable, empty array = only the total was entered.
    """

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="assessments")
    stage = models.CharField(_("Giai đoạn"), max_length=10, choices=Stage.choices)
    scores = ArrayField(models.SmallIntegerField(null=True), default=list)
    total_half = models.SmallIntegerField(_("Tổng điểm"))
    passed = models.BooleanField(_("Đạt"))
    rank = models.CharField(_("Xếp loại"), max_length=8, choices=Rank.choices, blank=True)
    level = models.PositiveSmallIntegerField(_("Mức độ"), null=True)
    reasons = ArrayField(models.TextField(), default=list)
    votes_for = models.PositiveSmallIntegerField(_("Phiếu đồng ý"), null=True)
    votes_against = models.PositiveSmallIntegerField(_("Phiếu không đồng ý"), null=True)
    remarks = models.JSONField(_("Nhận xét"), default=dict)
    # Answers to the declared knock-out conditions of the rulebook: name → yes or no. Absent = nobody answered.
    conditions = models.JSONField(_("Điều kiện khai"), default=dict, db_default=Value({}, models.JSONField()))
    at = models.DateTimeField(_("Lúc"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("Kết quả chấm điểm")
        verbose_name_plural = _("Kết quả chấm điểm")
        constraints = [
            models.UniqueConstraint(fields=["registration", "stage"], name="%(app_label)s_%(class)s_one_per_stage"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="%(app_label)s_%(class)s_stage_known"),
            models.CheckConstraint(
                condition=Q(total_half__gte=0, total_half__lte=200),
                name="%(app_label)s_%(class)s_total_in_bounds",
                violation_error_message=_("Tổng điểm nằm ngoài thang điểm."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.stage}: {self.total_half / 2:g}"

    @property
    def result_text(self) -> str:
        """Rank, level or "Đạt"; empty while nothing is decided."""
        return result_words(rank=self.rank, level=self.level, passed=self.passed)
