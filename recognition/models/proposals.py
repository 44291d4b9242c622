"""Proposal letters (tờ trình) from a ward's association to the deciding authority."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import LearningModel, ProposalState
from recognition.models.meetings import PlacedQuerySet
from units.models import Place
from units.models.history import tracked


@tracked()
class Proposal(models.Model):
    """A numbered letter with the list of registrations it asks to recognise."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Đơn vị trình"))
    to_place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Nơi nhận"))
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    year = models.PositiveSmallIntegerField(_("Năm"))
    number = models.PositiveIntegerField(_("Số"))
    symbol = models.CharField(_("Ký hiệu"), max_length=40)
    signed_on = models.DateField(_("Ngày ký"))
    signer = models.CharField(_("Người ký"), max_length=150)
    signer_title = models.CharField(_("Chức vụ"), max_length=150)
    state = models.CharField(_("Tình trạng"), max_length=10, choices=ProposalState.choices, default=ProposalState.SENT)
    note = models.CharField(_("Ghi chú"), max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Tờ trình")
        verbose_name_plural = _("Tờ trình")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ProposalState.values), name="%(app_label)s_%(class)s_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number:02d}/{self.symbol}"
