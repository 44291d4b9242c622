"""Congresses and honours conferences: how many delegates each place sends, and who they are."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.honour_choices import CongressKind, DelegateKind
from recognition.models.commendations import Commendation
from units.models import Place
from units.models.history import tracked


class CongressQuerySet(models.QuerySet):
    """Congresses, seen by the place that holds one and by those that send delegates."""

    def visible_to(self, user) -> CongressQuerySet:
        """Congresses of the person's places, and those their places send delegates to."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        scope = scope_of(user)
        invited = CongressQuota.objects.filter(scope.q(prefix="place__", own=True), congress=models.OuterRef("pk"))
        return self.filter(scope.q(prefix="place__", own=True) | Q(models.Exists(invited)))


@tracked()
class Congress(models.Model):
    """A congress or honours conference of a place's association (đại hội, hội nghị biểu dương)."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Nơi tổ chức"))
    kind = models.CharField(_("Loại"), max_length=8, choices=CongressKind.choices)
    title = models.CharField(_("Tên đại hội, hội nghị"), max_length=200)
    held_on = models.DateField(_("Ngày tổ chức"))
    venue = models.CharField(_("Địa điểm"), max_length=200, blank=True)
    year_from = models.PositiveSmallIntegerField(_("Giai đoạn từ năm"))
    year_to = models.PositiveSmallIntegerField(_("Giai đoạn đến năm"))
    created_by_name = models.CharField(max_length=150)

    objects = CongressQuerySet.as_manager()

    class Meta:
        verbose_name = _("Đại hội, hội nghị")
        verbose_name_plural = _("Đại hội, hội nghị")
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=CongressKind.values) & ~Q(title=""),
                name="%(app_label)s_%(class)s_words_known",
                violation_error_message=_("Hãy ghi tên đại hội, hội nghị."),
            ),
            models.CheckConstraint(
                condition=Q(year_from__lte=models.F("year_to")) & Q(year_to__lte=models.F("year_from") + 9),
                name="%(app_label)s_%(class)s_years_in_order",
                violation_error_message=_("Giai đoạn phải từ 1 đến 10 năm, năm đầu trước năm cuối."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


@tracked()
class CongressQuota(models.Model):
    """How many delegates of one kind a place sends."""

    congress = models.ForeignKey(Congress, models.CASCADE, related_name="quotas")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Đơn vị cử đại biểu"))
    kind = models.CharField(_("Thành phần"), max_length=8, choices=DelegateKind.choices)
    seats = models.PositiveSmallIntegerField(_("Số đại biểu"))

    class Meta:
        verbose_name = _("Phân bổ đại biểu")
        verbose_name_plural = _("Phân bổ đại biểu")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["congress", "place", "kind"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Đơn vị này đã được phân bổ thành phần đó."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DelegateKind.values, seats__lte=2000),
                name="%(app_label)s_%(class)s_seats_sensible",
                violation_error_message=_("Số đại biểu phải từ 0 đến 2.000."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.seats}"


@tracked()
class Delegate(models.Model):
    """Somebody a place sends. Taken off the list they stay, with the reason, and free their seat."""

    congress = models.ForeignKey(Congress, models.PROTECT, related_name="delegates")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Đơn vị cử"))
    kind = models.CharField(_("Thành phần"), max_length=8, choices=DelegateKind.choices)
    name = models.CharField(_("Họ và tên"), max_length=150)
    search_name = models.CharField(max_length=150, editable=False)
    position = models.CharField(_("Chức vụ, đơn vị"), max_length=200, blank=True)
    basis = models.CharField(_("Lý do cử"), max_length=300, blank=True)
    commendation = models.ForeignKey(Commendation, models.PROTECT, null=True, blank=True, related_name="delegates")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    removed_reason = models.CharField(_("Lý do thôi cử"), max_length=300, blank=True)
    created_by_name = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("Đại biểu")
        verbose_name_plural = _("Đại biểu")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["congress", "place", "search_name", "position"],
                condition=Q(removed_reason=""),
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Người này đã có trong danh sách đại biểu."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DelegateKind.values) & ~Q(name=""),
                name="%(app_label)s_%(class)s_words_known",
                violation_error_message=_("Hãy ghi họ tên đại biểu."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
