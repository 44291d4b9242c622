"""What a place wants on its papers, and how often certificates were checked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import CertificateLayout, CheckOutcome, IssuingBody
from recognition.models.meetings import PlacedQuerySet
from units.models import Place
from units.models.history import tracked


@tracked()
class Letterhead(models.Model):
    """Head and signature of a place's papers, per body; what is empty is taken from the place's name.

    NĐ 30/2020 binds the People's Committee; an association follows its own rules, so the block is a setting.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Địa bàn"))
    body = models.CharField(_("Cơ quan"), max_length=12, choices=IssuingBody.choices)
    superior = models.CharField(_("Cơ quan chủ quản (dòng trên)"), max_length=150, blank=True)
    agency = models.CharField(_("Cơ quan ban hành"), max_length=150, blank=True)
    signed_for = models.CharField(_("Quyền hạn ký (TM., KT., TL.)"), max_length=150, blank=True)
    archive = models.CharField(_("Dòng lưu trong nơi nhận"), max_length=80, blank=True)
    certificate_layout = models.CharField(
        _("Mẫu giấy công nhận"), max_length=8, choices=CertificateLayout.choices, default=CertificateLayout.CLASSIC
    )

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Mẫu văn bản")
        verbose_name_plural = _("Mẫu văn bản")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "body"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Địa bàn này đã có mẫu văn bản của cơ quan đó."),
            ),
            models.CheckConstraint(condition=Q(body__in=IssuingBody.values), name="%(app_label)s_%(class)s_body_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_body_display()} · {self.place}"


class CertificateCheck(models.Model):
    """How often certificates were checked in public: a day, an outcome, a number. Nothing of the visitor is kept."""

    day = models.DateField()
    outcome = models.CharField(max_length=10, choices=CheckOutcome.choices)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "outcome"], name="%(app_label)s_%(class)s_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.outcome}: {self.count}"
