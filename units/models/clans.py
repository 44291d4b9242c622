"""Clans as registrants, and which households belong to them."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.lib.text import clean
from units.models.history import tracked
from units.models.registrants import Household, Registrant

LARGEST_FUND = 1_000_000_000_000


@tracked()
class Clan(models.Model):
    """Profile of a clan. It stands in the ward of its hall or leader; its families may live anywhere."""

    registrant = models.OneToOneField(Registrant, models.PROTECT, primary_key=True, related_name="clan")
    hall_address = models.CharField(_("Nhà thờ họ"), max_length=250, blank=True)
    has_committee = models.BooleanField(_("Có ban khuyến học"), default=False)
    committee_head = models.CharField(_("Trưởng ban khuyến học"), max_length=150, blank=True)
    phone = models.CharField(_("Điện thoại"), max_length=20, blank=True)
    fund = models.PositiveBigIntegerField(
        _("Quỹ khuyến học (đồng)"), null=True, blank=True, validators=[MaxValueValidator(LARGEST_FUND)]
    )

    class Meta:
        verbose_name = _("Dòng họ")
        verbose_name_plural = _("Dòng họ")
        constraints = [
            models.CheckConstraint(
                condition=Q(has_committee=True) | Q(committee_head=""),
                name="%(app_label)s_%(class)s_head_of_committee",
                violation_error_message=_("Có trưởng ban thì dòng họ phải có ban khuyến học."),
            ),
            models.CheckConstraint(
                condition=Q(fund__isnull=True) | Q(fund__lte=LARGEST_FUND),
                name="%(app_label)s_%(class)s_fund_sensible",
                violation_error_message=_("Số tiền quỹ quá lớn, hãy xem lại."),
            ),
        ]

    def __str__(self) -> str:
        return self.registrant.name

    def derive(self) -> None:
        """Store text the one way."""
        self.hall_address, self.committee_head = clean(self.hall_address), clean(self.committee_head)


@tracked()
class ClanMembership(models.Model):
    """A household is a family of a clan from a day until (not including) a day; of one clan at a time."""

    clan = models.ForeignKey(Clan, models.PROTECT, related_name="memberships", verbose_name=_("Dòng họ"))
    household = models.ForeignKey(
        Household, models.PROTECT, related_name="clan_memberships", verbose_name=_("Hộ gia đình")
    )
    since = models.DateField(_("Từ ngày"))
    until = models.DateField(_("Đến trước ngày"), null=True, blank=True)

    class Meta:
        verbose_name = _("Gia đình trong dòng họ")
        verbose_name_plural = _("Gia đình trong dòng họ")
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(until__isnull=True),
                name="%(app_label)s_%(class)s_one_clan",
                violation_error_message=_("Hộ đang thuộc một dòng họ khác."),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")),
                name="%(app_label)s_%(class)s_dates_in_order",
                violation_error_message=_("Ngày rời dòng họ không được trước ngày vào."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clan_id} · {self.household_id}"
