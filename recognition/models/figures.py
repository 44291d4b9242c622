"""Declared figures (from papers and articles) and targets of programmes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.choices import AreaClass
from units.models import Place
from units.models.history import tracked


class DeclaredFigureQuerySet(models.QuerySet):
    """Figures places declared; published, so everybody signed in reads them."""

    def visible_to(self, user):
        """Published figures are public facts: every signed-in person may read them."""
        return self if user.is_authenticated else self.none()


@tracked()
class Declaration(models.Model):
    """What a place that keeps no records here declared for one year, from which paper, and by whom it was entered.

    `version` is the one a page shows; sent back with the form, it refuses to write over what somebody else saved
    meanwhile. `explanations`: the warnings found when it was saved, each with why the figure is right all the same.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="declarations", verbose_name=_("Địa bàn"))
    year = models.PositiveSmallIntegerField(_("Năm"))
    source = models.CharField(_("Nguồn"), max_length=60)
    published_on = models.DateField(_("Ngày của văn bản"))
    version = models.PositiveIntegerField(default=1)
    reason = models.CharField(_("Lý do sửa"), max_length=500, blank=True)
    explanations = models.JSONField(default=list, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    saved_by_name = models.CharField(max_length=150)
    saved_at = models.DateTimeField(_("Ghi lúc"))

    class Meta:
        verbose_name = _("Bản khai số liệu")
        verbose_name_plural = _("Bản khai số liệu")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "year"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Nơi này đã có bản khai của năm."),
            ),
            models.CheckConstraint(
                condition=~Q(source=""),
                name="%(app_label)s_%(class)s_source_given",
                violation_error_message=_("Hãy ghi nguồn của số liệu."),
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Sửa số liệu đã khai phải ghi lý do."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.year}: {self.source}"


@tracked()
class DeclaredFigure(models.Model):
    """A figure printed or declared for a place that keeps no records here; kept as printed, errors included."""

    # Entered here by a place or for it; empty for figures of articles loaded with the portal.
    declaration = models.ForeignKey(Declaration, models.PROTECT, null=True, blank=True, related_name="figures")
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


# The marks of rulebook facts (recognition.rulebook_procedure), in the words of a target.
TARGET_CONFIDENCE = [
    ("V", _("Đã có văn bản")),
    ("P", _("Tạm thời: chưa đối chiếu văn bản gốc")),
    ("M", _("Tạm thời: chưa xác nhận")),
    ("X", _("Tạm thời: trị số tạm đặt")),
]


class TargetQuerySet(models.QuerySet):
    """Targets of programmes; published, so everybody signed in reads them."""

    def visible_to(self, user):
        """Targets are public facts: every signed-in person may read them."""
        return self if user.is_authenticated else self.none()

    def in_force(self):
        """Without withdrawn ones."""
        return self.filter(is_withdrawn=False)


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
    source = models.CharField(_("Nguồn"), max_length=200, blank=True)
    confidence = models.CharField(_("Độ tin cậy"), max_length=1, choices=TARGET_CONFIDENCE, default="V")
    # A target that was entered by mistake is withdrawn with a reason; it stays in the history and no longer counts.
    is_withdrawn = models.BooleanField(_("Đã rút"), default=False)
    version = models.PositiveIntegerField(default=1)
    reason = models.CharField(_("Lý do sửa"), max_length=500, blank=True)
    explanation = models.CharField(_("Giải thích cảnh báo"), max_length=500, blank=True)
    saved_by_name = models.CharField(max_length=150, blank=True)

    objects = TargetQuerySet.as_manager()

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
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Sửa hoặc rút chỉ tiêu phải ghi lý do."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.year}: {self.percent}%"

    @property
    def is_provisional(self) -> bool:
        return self.confidence != "V"
