"""Decisions, the awards they make, and the certificates printed for them."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognition.choices import AwardStatus, DecisionState, LearningModel, Rank
from recognition.models.proposals import Proposal
from recognition.models.registrations import Registration
from recognition.result_words import result_words
from units.choices import RegistrantKind
from units.models import Place, Registrant
from units.models.history import tracked


class NumberSeries(models.Model):
    """Last number given out per body, series and year (NĐ 30/2020, Điều 15). Reserved inside the transaction."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    series = models.CharField(max_length=30)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "series", "year"], name="%(app_label)s_%(class)s_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last}"


class DecisionQuerySet(models.QuerySet):
    """Decisions, seen where they are taken and where somebody is recognised by them."""

    def visible_to(self, user) -> DecisionQuerySet:
        """Decisions of bodies inside the person's postings, and those that recognise somebody inside them."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        about_us = Award.objects.visible_to(user).filter(decision=models.OuterRef("pk"))
        return self.filter(scope_of(user).q(prefix="place__", own=True) | Q(models.Exists(about_us)))


@tracked()
class Decision(models.Model):
    """A decision of recognition: number, date, authority, legal grounds, list (NĐ 30/2020). Issued all or nothing."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Cơ quan ban hành"))
    authority = models.CharField(_("Thẩm quyền"), max_length=200)
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    year = models.PositiveSmallIntegerField(_("Năm xét"))
    proposal = models.ForeignKey(Proposal, models.PROTECT, null=True, blank=True, related_name="decisions")
    number = models.PositiveIntegerField(_("Số"), null=True)
    number_year = models.PositiveSmallIntegerField(null=True)
    symbol = models.CharField(_("Ký hiệu"), max_length=40)
    signed_on = models.DateField(_("Ngày ký"))
    signer = models.CharField(_("Người ký"), max_length=150)
    signer_title = models.CharField(_("Chức vụ"), max_length=150)
    grounds = ArrayField(models.TextField(), default=list, verbose_name=_("Căn cứ"))
    state = models.CharField(_("Tình trạng"), max_length=8, choices=DecisionState.choices, default=DecisionState.DRAFT)
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    issued_by_name = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Quyết định")
        verbose_name_plural = _("Quyết định")
        ordering = ["-signed_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "symbol", "number_year", "number"],
                name="%(app_label)s_%(class)s_number_once",
                violation_error_message=_("Số quyết định này đã dùng trong năm."),
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT")
                | Q(number__isnull=False, number_year__isnull=False, issued_at__isnull=False),
                name="%(app_label)s_%(class)s_issued_complete",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DecisionState.values), name="%(app_label)s_%(class)s_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number:02d}/{self.symbol}" if self.number else str(_("Quyết định đang soạn"))


class AwardQuerySet(models.QuerySet):
    """Recognitions, at the places as they stood when they were given."""

    def visible_to(self, user) -> AwardQuerySet:
        """Awards inside the person's postings, predecessors of their places included."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q())

    def within(self, place: Place | None) -> AwardQuerySet:
        """Awards at a place or below it; all for None."""
        return self if place is None else self.filter(**{place.fact_column: place.pk})


@tracked()
class Award(models.Model):
    """A recognition: one per recognised registration. Stays with the place as it then stood, also after mergers."""

    registration = models.OneToOneField(Registration, models.PROTECT, related_name="award")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="awards")
    registrant = models.ForeignKey(Registrant, models.PROTECT, related_name="awards")
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    year = models.PositiveSmallIntegerField(_("Năm"))
    rank = models.CharField(_("Xếp loại"), max_length=8, choices=Rank.choices, blank=True)
    level = models.PositiveSmallIntegerField(_("Mức độ"), null=True)
    total_half = models.SmallIntegerField(null=True)
    hamlet = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    commune = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    district = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    province = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateField(_("Có hiệu lực từ"))
    valid_until = models.DateField(_("Có hiệu lực đến"), null=True)
    status = models.CharField(_("Hiệu lực"), max_length=8, choices=AwardStatus.choices, default=AwardStatus.VALID)
    status_reason = models.CharField(max_length=500, blank=True)
    status_on = models.DateField(null=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = _("Công nhận")
        verbose_name_plural = _("Công nhận")
        constraints = [
            models.CheckConstraint(
                condition=Q(status="VALID") | ~Q(status_reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Thu hồi hoặc thay thế phải ghi lý do."),
            ),
        ]
        indexes = [models.Index(fields=["commune", "year", "model", "id"], name="award_commune_list")]

    def __str__(self) -> str:
        return f"{self.registrant_id} {self.model} {self.year}"

    @property
    def place(self) -> Place:
        """The nearest place at the time."""
        return self.hamlet or self.commune or self.district or self.province

    @property
    def name_then(self) -> str:
        """Whose recognition it is. A community bears the name its place had then: places are renamed."""
        return self.place.name if self.registrant.kind == RegistrantKind.COMMUNITY else self.registrant.name

    @property
    def points(self) -> float | None:
        """The total it was recognised with, in points."""
        return None if self.total_half is None else self.total_half / 2

    @property
    def result_text(self) -> str:
        """Rank, level or "Đạt"; empty while nothing is decided."""
        return result_words(rank=self.rank, level=self.level, passed=None)

    def is_expired(self, on: datetime.date | None = None) -> bool:
        """Past its last day of validity?"""
        return self.valid_until is not None and self.valid_until < (on or timezone.localdate())


class CertificateQuerySet(models.QuerySet):
    """Certificates, seen by who sees the award; anybody may check a single one by its token."""

    def visible_to(self, user) -> CertificateQuerySet:
        """Certificates of awards inside the person's postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q(prefix="award__"))


@tracked(exclude=["token"])
class Certificate(models.Model):
    """A numbered certificate (giấy công nhận) with what it prints, frozen at issue, and its secret check token."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="certificates")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    number_year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField(_("Số vào sổ"))
    token = models.CharField(max_length=43, unique=True)
    printed_name = models.CharField(_("Tên in"), max_length=200)
    printed_address = models.CharField(_("Địa chỉ in"), max_length=600, blank=True)
    issued_on = models.DateField(_("Ngày cấp"))
    replaced_by = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaces")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("Giấy công nhận")
        verbose_name_plural = _("Giấy công nhận")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "number_year", "number"], name="%(app_label)s_%(class)s_number_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number:04d}/{self.number_year}"
