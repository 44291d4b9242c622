"""Agencies, schools, enterprises and others as registrants, with their people counted by year."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.lib.text import clean
from units.choices import ManagingLevel, OrganisationType
from units.models.history import tracked
from units.models.registrants import Registrant

EARLIEST_YEAR, LATEST_YEAR, MOST_PEOPLE = 1990, 2100, 1_000_000


@tracked()
class Organisation(models.Model):
    """Profile of an organisation. It stands in a commune, or more exactly in one of its hamlets."""

    registrant = models.OneToOneField(Registrant, models.PROTECT, primary_key=True, related_name="organisation")
    type = models.CharField(_("Loại hình"), max_length=16, choices=OrganisationType.choices)
    managed_by = models.CharField(
        _("Cấp quản lý"), max_length=10, choices=ManagingLevel.choices, default=ManagingLevel.COMMUNE
    )
    address = models.CharField(_("Địa chỉ"), max_length=250, blank=True)
    has_branch = models.BooleanField(_("Có chi hội khuyến học"), default=False)
    branch_chair = models.CharField(_("Chi hội trưởng"), max_length=150, blank=True)
    contact = models.CharField(_("Người liên hệ"), max_length=150, blank=True)
    phone = models.CharField(_("Điện thoại"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("Cơ quan, đơn vị")
        verbose_name_plural = _("Cơ quan, đơn vị")
        constraints = [
            models.CheckConstraint(
                condition=Q(type__in=OrganisationType.values),
                name="%(app_label)s_%(class)s_type_known",
                violation_error_message=_("Hãy chọn loại hình đơn vị."),
            ),
            models.CheckConstraint(
                condition=Q(managed_by__in=ManagingLevel.values),
                name="%(app_label)s_%(class)s_managed_by_known",
                violation_error_message=_("Hãy chọn cấp quản lý."),
            ),
            models.CheckConstraint(
                condition=Q(has_branch=True) | Q(branch_chair=""),
                name="%(app_label)s_%(class)s_chair_of_branch",
                violation_error_message=_("Có chi hội trưởng thì đơn vị phải có chi hội khuyến học."),
            ),
        ]

    def __str__(self) -> str:
        return self.registrant.name

    def derive(self) -> None:
        """Store text the one way."""
        self.address, self.branch_chair, self.contact = map(clean, (self.address, self.branch_chair, self.contact))


@tracked()
class OrganisationYear(models.Model):
    """Staff and learners an organisation reported for a year. `learners` is empty where there are none."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="years", verbose_name=_("Cơ quan, đơn vị")
    )
    year = models.PositiveSmallIntegerField(
        _("Năm"), validators=[MinValueValidator(EARLIEST_YEAR), MaxValueValidator(LATEST_YEAR)]
    )
    staff = models.PositiveIntegerField(_("Cán bộ, người lao động"), validators=[MaxValueValidator(MOST_PEOPLE)])
    learners = models.PositiveIntegerField(
        _("Người học"), null=True, blank=True, validators=[MaxValueValidator(MOST_PEOPLE)]
    )

    class Meta:
        verbose_name = _("Số người của đơn vị theo năm")
        verbose_name_plural = _("Số người của đơn vị theo năm")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Đơn vị đã có số liệu của năm này."),
            ),
            models.CheckConstraint(
                condition=Q(year__gte=EARLIEST_YEAR, year__lte=LATEST_YEAR),
                name="%(app_label)s_%(class)s_year_sensible",
                violation_error_message=_("Hãy xem lại năm."),
            ),
            models.CheckConstraint(
                condition=Q(staff__lte=MOST_PEOPLE) & (Q(learners__isnull=True) | Q(learners__lte=MOST_PEOPLE)),
                name="%(app_label)s_%(class)s_people_sensible",
                violation_error_message=_("Số người quá lớn, hãy xem lại."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} · {self.year}"
