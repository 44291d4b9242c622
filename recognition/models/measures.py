"""Shares of other models' results as a dossier was submitted with them, beside what somebody typed instead."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from recognition.models.registrations import Registration
from recognition.shares import Share
from units.models.history import tracked


@tracked()
class MeasureSnapshot(models.Model):
    """One derived share (D-01 …) of one dossier, as it was when the dossier was last scored or submitted.

    Computed numbers stay beside typed ones, which always say who typed them and why. `list_hash` is the checksum of the
    list that was counted: whoever recounts can prove that it is the same one. Every version stays in the history.
    """

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="measures")
    code = models.CharField(_("Mã"), max_length=20)
    measure = models.CharField(max_length=40)
    numerator = models.PositiveIntegerField(_("Tử số"))
    denominator = models.PositiveIntegerField(_("Mẫu số"), null=True)
    still_open = models.PositiveIntegerField(_("Hồ sơ cấp dưới chưa quyết định"), default=0)
    list_hash = models.CharField(max_length=64)
    computed_at = models.DateTimeField(_("Tính lúc"))
    typed_numerator = models.PositiveIntegerField(_("Tử số khai"), null=True)
    typed_denominator = models.PositiveIntegerField(_("Mẫu số khai"), null=True)
    typed_reason = models.CharField(_("Lý do khai"), max_length=500, blank=True)
    typed_at = models.DateTimeField(_("Khai lúc"), null=True)
    typed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    typed_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("Tỷ lệ của hồ sơ")
        verbose_name_plural = _("Tỷ lệ của hồ sơ")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "code"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=Q(typed_numerator__isnull=True, typed_denominator__isnull=True, typed_at__isnull=True)
                | Q(
                    typed_numerator__isnull=False,
                    typed_denominator__gt=0,
                    typed_numerator__lte=F("typed_denominator"),
                    typed_at__isnull=False,
                ),
                name="%(app_label)s_%(class)s_typed_complete",
                violation_error_message=_("Số khai phải có đủ tử số và mẫu số; tử số không lớn hơn mẫu số."),
            ),
            models.CheckConstraint(
                condition=Q(typed_numerator__isnull=True) | ~Q(typed_reason="") & ~Q(typed_by_name=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Khai số thay cho số máy tính phải ghi lý do."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.code}: {self.numerator}/{self.denominator}"

    @property
    def is_typed(self) -> bool:
        return self.typed_numerator is not None

    @property
    def computed(self) -> Share:
        """What was counted in the records."""
        return Share(self.numerator, self.denominator)

    @property
    def share(self) -> Share:
        """What the dossier is judged by: the typed numbers where there are any."""
        return Share(self.typed_numerator, self.typed_denominator) if self.is_typed else self.computed
