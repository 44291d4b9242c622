"""Reminders: what somebody was told, on which day, read or not, mailed or not; and who asked a place to hurry."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import LearningModel, ReminderKind
from recognition.models.meetings import PlacedQuerySet
from units.models import Place


class ReminderChoice(models.Model):
    """Whether a person wants e-mail. No row: yes."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminder_choice")
    by_email = models.BooleanField(_("Nhận thư nhắc việc qua e-mail"), default=True)

    class Meta:
        verbose_name = _("Lựa chọn nhắc việc")
        verbose_name_plural = _("Lựa chọn nhắc việc")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.by_email}"


class ReminderDigest(models.Model):
    """One e-mail a person and day. Written before it is sent, so two runs never send two."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    on = models.DateField(_("Ngày"))
    sent_at = models.DateTimeField(_("Gửi lúc"), null=True)
    failed = models.CharField(_("Lỗi lần gửi cuối"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Thư nhắc việc")
        verbose_name_plural = _("Thư nhắc việc")
        constraints = [models.UniqueConstraint(fields=["user", "on"], name="%(app_label)s_%(class)s_once_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.on:%d/%m/%Y}"


class Reminder(models.Model):
    """One thing a person was reminded of. `key` says what, `stage_on` which of its reminders this is.

    The day a reminder belongs to (fourteen days before the last day, the first day after it …) is its stage: a run
    that was missed is made up for the next day, and no run ever repeats one. `facts` names places and counts, never
    families. Texts are made from them when read, in the reader's language.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders")
    kind = models.CharField(_("Loại"), max_length=8, choices=ReminderKind.choices)
    key = models.CharField(max_length=200)
    stage_on = models.DateField()
    made_on = models.DateField(_("Ngày"))
    facts = models.JSONField(default=dict)
    by_name = models.CharField(_("Người nhắc"), max_length=150, blank=True)
    read_at = models.DateTimeField(_("Đọc lúc"), null=True)
    digest = models.ForeignKey(ReminderDigest, models.SET_NULL, null=True, related_name="reminders")

    class Meta:
        verbose_name = _("Nhắc việc")
        verbose_name_plural = _("Nhắc việc")
        ordering = ["-made_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key", "stage_on"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=Q(kind__in=ReminderKind.values), name="%(app_label)s_%(class)s_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(read_at=None), name="reminder_unread")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key} {self.stage_on:%d/%m/%Y}"


class Nudge(models.Model):
    """Somebody above asked a place to send what it lacks. Kept for good; at most one a place, model, year and day."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Địa bàn"))
    year = models.PositiveSmallIntegerField(_("Năm"))
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    on = models.DateField(_("Ngày"))
    missing = ArrayField(models.CharField(max_length=12), verbose_name=_("Còn thiếu"))
    people = models.PositiveSmallIntegerField(_("Số người được nhắc"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("Người nhắc"), max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Lần nhắc địa bàn")
        verbose_name_plural = _("Lần nhắc địa bàn")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "year", "model", "on"],
                name="%(app_label)s_%(class)s_once_a_day",
                violation_error_message=_("Hôm nay đã nhắc địa bàn này rồi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.model} {self.on:%d/%m/%Y}"
