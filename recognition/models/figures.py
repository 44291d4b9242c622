"""Declared figures (from papers and articles) and targets of programmes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.choices import AreaClass
from units.models import Place
from units.models.history import tracked


class DeclaredFigureQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Published figures are public facts: every signed-in person may read them."""
        return self if user.is_authenticated else self.none()


@tracked()
class DeclaredFigure(models.Model):
    """A figure printed or declared for a place that keeps no records here; kept as printed, errors included."""

    source = models.CharField(_("Nguồn"), max_length=60)
    published_on = models.DateField(_("Ngày công bố"), null=True, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="declared_figures", verbose_name=_("Địa bàn"))
    period = models.CharField(_("Giai đoạn"), max_length=20, blank=True)
    year = models.PositiveSmallIntegerField(_("Năm"))
    model = models.CharField(_("Mô hình"), max_length=40)
    model_printed = models.CharField(_("Tên in trong nguồn"), max_length=100, blank=True)
    group = models.CharField(_("Nhóm"), max_length=40, blank=True)
    measure = models.CharField(_("Số đo"), max_length=40)
    value = models.BigIntegerField(_("Giá trị"))
    printed_percent = models.DecimalField(_("Tỷ lệ in"), max_digits=6, decimal_places=2, null=True, blank=True)
    printed_text = models.CharField(_("Nguyên văn"), max_length=300, blank=True)

    objects = DeclaredFigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("Số liệu khai báo")
        verbose_name_plural = _("Số liệu khai báo")
        ordering = ["source", "year", "model", "group", "measure", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "place", "year", "model", "group", "measure"],
                name="%(app_label)s_%(class)s_once",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="%(app_label)s_%(class)s_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.place_id} {self.year} {self.model} {self.measure} = {self.value}"


@tracked()
class Target(models.Model):
    """A programme target in percent for a scope, model, measure and year. An empty place means the nation."""

    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="targets", verbose_name=_("Phạm vi")
    )
    model = models.CharField(_("Mô hình"), max_length=20)
    measure = models.CharField(_("Số đo"), max_length=40)
    year = models.PositiveSmallIntegerField(_("Năm"))
    area_class = models.CharField(_("Khu vực"), max_length=10, choices=AreaClass.choices, default=AreaClass.NORMAL)
    percent = models.DecimalField(_("Chỉ tiêu (%)"), max_digits=5, decimal_places=2)
    legal_basis = models.CharField(_("Căn cứ"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("Chỉ tiêu")
        verbose_name_plural = _("Chỉ tiêu")
        ordering = ["model", "measure", "year", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "model", "measure", "year", "area_class"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_once",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100), name="%(app_label)s_%(class)s_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.year}: {self.percent}%"
