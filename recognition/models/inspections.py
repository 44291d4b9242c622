"""Inspections by a team of the level above."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import LearningModel
from recognition.models.meetings import PlacedQuerySet
from units.models import Place
from units.models.history import tracked


@tracked()
class Inspection(models.Model):
    """A team that looks at the places below its own for one model and year (đoàn kiểm tra).

    Districts and provinces inspect communes; wards inspect hamlets, families, clans, organisations and citizens, mostly
    by sample. Where the team goes and what it finds: `InspectionVisit` and what hangs on it.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Cấp kiểm tra"))
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    year = models.PositiveSmallIntegerField(_("Năm đánh giá"))
    decision_number = models.CharField(_("Số quyết định thành lập đoàn"), max_length=60, blank=True)
    decision_on = models.DateField(_("Ngày quyết định"), null=True, blank=True)
    starts_on = models.DateField(_("Kiểm tra từ ngày"))
    ends_on = models.DateField(_("Đến ngày"))
    note = models.TextField(_("Ghi chú"), blank=True)
    created_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Đoàn kiểm tra")
        verbose_name_plural = _("Đoàn kiểm tra")
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "model", "year"],
                name="%(app_label)s_%(class)s_one_per_year",
                violation_error_message=_("Năm này đã có đoàn kiểm tra cho mô hình này."),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lte=models.F("ends_on")),
                name="%(app_label)s_%(class)s_dates_in_order",
                violation_error_message=_("Ngày kết thúc phải sau ngày bắt đầu."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} · {self.year}"


@tracked()
class InspectionMember(models.Model):
    """A member of an inspection team."""

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(_("Họ và tên"), max_length=150)
    is_lead = models.BooleanField(_("Trưởng đoàn"), default=False)

    class Meta:
        verbose_name = _("Thành viên đoàn")
        verbose_name_plural = _("Thành viên đoàn")
        ordering = ["-is_lead", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "user"],
                condition=Q(user__isnull=False),
                name="%(app_label)s_%(class)s_once",
            ),
            models.UniqueConstraint(
                fields=["inspection"],
                condition=Q(is_lead=True),
                name="%(app_label)s_%(class)s_one_lead",
                violation_error_message=_("Đoàn chỉ có một trưởng đoàn."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class InspectionDuty(models.Model):
    """A criterion given to a member: only they and the head write its points. `code` is a top criterion."""

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="duties")
    code = models.CharField(_("Tiêu chí"), max_length=20)
    member = models.ForeignKey(
        InspectionMember, models.CASCADE, related_name="duties", verbose_name=_("Người phụ trách")
    )

    class Meta:
        verbose_name = _("Phân công tiêu chí")
        verbose_name_plural = _("Phân công tiêu chí")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "code"],
                name="%(app_label)s_%(class)s_one_member",
                violation_error_message=_("Mỗi tiêu chí giao cho một người."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} → {self.member}"
