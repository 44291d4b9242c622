"""Rulebooks (criteria, points, ranks, procedure as data) and the dates of each year."""

from __future__ import annotations

import copy
from functools import cached_property

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import LearningModel, RulebookOrigin, RulebookStatus
from recognition.rulebook_spec import RulebookSpec
from units.choices import ManagingLevel
from units.models.history import tracked

KEPT = 100  # rules of every model, their versions and those of some provinces
_read: dict[str, RulebookSpec] = {}


@tracked(exclude=["content"])
class Rulebook(models.Model):
    """One version of a model's rules for a period (design: rules are data with dates). Frozen once used."""

    code = models.CharField(_("Mã"), max_length=40)
    version = models.PositiveSmallIntegerField(_("Phiên bản"), default=1)
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    # Organisations of a commune, a district and a province follow different rules (docs/decisions/0012).
    managed_by = models.CharField(_("Cấp quản lý"), max_length=10, choices=ManagingLevel.choices, default="commune")
    title = models.CharField(_("Tên"), max_length=250)
    valid_from_year = models.PositiveSmallIntegerField(_("Từ năm"))
    valid_to_year = models.PositiveSmallIntegerField(_("Đến năm"), null=True, blank=True)
    status = models.CharField(_("Tình trạng"), max_length=12, choices=RulebookStatus.choices)
    province_codes = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    is_active = models.BooleanField(_("Đang dùng"), default=True)
    origin = models.CharField(
        _("Nguồn gốc"), max_length=12, choices=RulebookOrigin.choices, default=RulebookOrigin.SHIPPED
    )
    # Set by an association: the last year, whatever the rules themselves say; loading files leaves it alone.
    ended_after = models.PositiveSmallIntegerField(_("Kết thúc sau năm"), null=True, blank=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced")
    loaded_at = models.DateTimeField(_("Nạp lúc"), auto_now=True)

    class Meta:
        verbose_name = _("Bộ tiêu chí")
        verbose_name_plural = _("Bộ tiêu chí")
        ordering = ["model", "-valid_from_year", "code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="%(app_label)s_%(class)s_code_version"),
            models.CheckConstraint(
                condition=Q(model__in=LearningModel.values), name="%(app_label)s_%(class)s_model_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=RulebookStatus.values), name="%(app_label)s_%(class)s_status_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_to_year__isnull=True) | Q(valid_to_year__gte=models.F("valid_from_year")),
                name="%(app_label)s_%(class)s_years_in_order",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=RulebookOrigin.values), name="%(app_label)s_%(class)s_origin_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} (v{self.version})"

    @cached_property
    def spec(self) -> RulebookSpec:
        """The parsed rules, ready for scoring and for the procedure. A page meets the same rules in many rows, and
        reading them takes longer than most of its statements: what was read serves every row of equal content."""
        spec = _read.get(self.content_hash)
        if spec is None or spec.content != self.content:
            if len(_read) >= KEPT:
                _read.clear()
            spec = _read[self.content_hash] = RulebookSpec.from_dict(copy.deepcopy(self.content))
        return spec


@tracked()
class Season(models.Model):
    """The dates of one year of work (năm xét). A closed season takes no more changes."""

    year = models.PositiveSmallIntegerField(_("Năm xét"), unique=True)
    opens_on = models.DateField(_("Bắt đầu nhận đăng ký"))
    closes_on = models.DateField(_("Kết thúc"))
    is_closed = models.BooleanField(_("Đã khóa sổ"), default=False)

    class Meta:
        verbose_name = _("Năm xét")
        verbose_name_plural = _("Năm xét")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_on__lte=models.F("closes_on")),
                name="%(app_label)s_%(class)s_dates_in_order",
            )
        ]

    def __str__(self) -> str:
        return str(self.year)
