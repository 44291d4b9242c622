"""People of an organisation who are counted at home: the register counts everybody once, its shares need them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from units.models import Citizen, Organisation
from units.models.history import tracked


@tracked()
class Affiliation(models.Model):
    """A citizen counted elsewhere works or learns at an organisation, as its officer confirmed (D-06, D-07).

    Nobody is counted twice by it: totals of citizens follow the register, only the organisation's own shares ask here.
    `until`: the first day it no longer holds. Rows are ended, never deleted.
    """

    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="affiliations")
    learner = models.BooleanField(_("Là người học"), default=False)
    since = models.DateField(_("Từ ngày"))
    until = models.DateField(_("Đến trước ngày"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    by_name = models.CharField(_("Người xác nhận"), max_length=150)
    at = models.DateTimeField(_("Lúc"), auto_now_add=True)

    class Meta:
        verbose_name = _("Người của đơn vị tính ở nơi khác")
        verbose_name_plural = _("Người của đơn vị tính ở nơi khác")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "citizen"],
                condition=Q(until__isnull=True),
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Người này đã được xác nhận là người của đơn vị."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="%(app_label)s_%(class)s_days_in_order",
                violation_error_message=_("Ngày thôi không được trước ngày bắt đầu."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.citizen_id} @ {self.organisation_id}"
