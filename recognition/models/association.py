"""The association's own figures by place and year, and its register of training sessions."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.lib.text import clean
from recognition.models.meetings import PlacedQuerySet
from units.models import Place
from units.models.history import tracked

MOST_PEOPLE, MOST_MONEY = 200_000_000, 10**15


class AssociationYearQuerySet(models.QuerySet):
    """Totals without names are open to everybody signed in, like all totals."""

    def visible_to(self, user):
        """All of them: the totals name nobody."""
        return self if user.is_authenticated else self.none()


def _count(label, most=MOST_PEOPLE, **options):
    return models.PositiveBigIntegerField(
        label,
        null=True,
        blank=True,
        validators=[
            MaxValueValidator(most, message=_("Số này quá lớn, hãy xem lại.")),
        ],
        **options,
    )


@tracked()
class AssociationYear(models.Model):
    """What an association counts of itself at the end of a year (biểu TK-08): branches, members, fund, centres.

    An empty figure is one that was not reported; zero means there are none. Money in đồng.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Địa bàn"))
    year = models.PositiveSmallIntegerField(_("Năm"))
    branches = _count(_("Chi hội"))
    committees = _count(_("Ban khuyến học"), help_text=_("Của dòng họ, cơ quan, tôn giáo, đồng hương."))
    members = _count(_("Hội viên"))
    population = _count(_("Dân số"), help_text=_("Để tính tỷ lệ hội viên trên dân số."))
    fund = _count(_("Quỹ khuyến học (đồng)"), MOST_MONEY, help_text=_("Số dư cuối năm."))
    scholarships = _count(_("Suất học bổng, khen thưởng"))
    scholarship_money = _count(_("Tiền học bổng, khen thưởng (đồng)"), MOST_MONEY)
    centres = _count(_("Trung tâm học tập cộng đồng"))
    source = models.CharField(_("Nguồn số liệu"), max_length=200, help_text=_("Ví dụ: Báo cáo số 12/BC-HKH."))

    objects = AssociationYearQuerySet.as_manager()

    class Meta:
        verbose_name = _("Số liệu của Hội")
        verbose_name_plural = _("Số liệu của Hội")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "year"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Địa bàn đã có số liệu của năm này."),
            ),
            models.CheckConstraint(
                condition=Q(members__isnull=True) | Q(population__isnull=True) | Q(members__lte=F("population")),
                name="%(app_label)s_%(class)s_members_of_population",
                violation_error_message=_("Số hội viên không thể nhiều hơn dân số."),
            ),
            models.CheckConstraint(
                condition=~Q(source=""),
                name="%(app_label)s_%(class)s_source_given",
                violation_error_message=_("Hãy ghi nguồn số liệu."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} · {self.year}"


@tracked()
class Training(models.Model):
    """A training session held by an association (lớp tập huấn). Cancelled ones stay, with the reason."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Đơn vị tổ chức"))
    held_on = models.DateField(_("Ngày tổ chức"))
    title = models.CharField(_("Nội dung tập huấn"), max_length=200)
    venue = models.CharField(_("Địa điểm"), max_length=200, blank=True)
    speaker = models.CharField(_("Báo cáo viên"), max_length=150, blank=True)
    note = models.TextField(_("Ghi chú"), max_length=2000, blank=True)
    cancelled_reason = models.CharField(_("Lý do hủy"), max_length=300, blank=True)
    created_by_name = models.CharField(max_length=150)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Lớp tập huấn")
        verbose_name_plural = _("Lớp tập huấn")
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title=""),
                name="%(app_label)s_%(class)s_title_given",
                violation_error_message=_("Hãy ghi nội dung tập huấn."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.held_on:%d/%m/%Y})"

    def clean(self) -> None:
        self.title, self.venue, self.speaker = map(clean, (self.title, self.venue, self.speaker))


@tracked()
class TrainingAttendance(models.Model):
    """Somebody who attended: an officer of the portal, or a name only. The name stays when the account goes."""

    training = models.ForeignKey(Training, models.CASCADE, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(_("Họ và tên"), max_length=150)

    class Meta:
        verbose_name = _("Người dự tập huấn")
        verbose_name_plural = _("Người dự tập huấn")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["training", "user"],
                condition=Q(user__isnull=False),
                name="%(app_label)s_%(class)s_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name
