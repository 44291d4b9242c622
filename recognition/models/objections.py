"""Objections to a published result, with their clock."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognition.choices import ObjectionOutcome
from recognition.models.registrations import Registration
from units.models.history import tracked


class ObjectionQuerySet(models.QuerySet):
    """Objections to results, seen by who sees the dossier."""

    def visible_to(self, user) -> ObjectionQuerySet:
        """Objections to dossiers inside the person's postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q(prefix="registration__"))


@tracked()
class Objection(models.Model):
    """Somebody of the ward objects to a result; an officer enters it on their behalf. Answered once."""

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="objections")
    objector = models.CharField(_("Người phản ánh"), max_length=150)
    contact = models.CharField(_("Địa chỉ, điện thoại"), max_length=200, blank=True)
    received_on = models.DateField(_("Ngày nhận"))
    text = models.TextField(_("Nội dung"), max_length=2000)
    published_on = models.DateField(_("Ngày công bố kết quả"))
    window_until = models.DateField(_("Hết hạn phản ánh"))
    due_on = models.DateField(_("Hạn trả lời"))
    outcome = models.CharField(_("Kết quả"), max_length=8, choices=ObjectionOutcome.choices, blank=True)
    answer = models.TextField(_("Trả lời"), max_length=2000, blank=True)
    answered_on = models.DateField(_("Ngày trả lời"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    answered_by_name = models.CharField(max_length=150, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    entered_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("Phản ánh")
        verbose_name_plural = _("Phản ánh")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", answered_on__isnull=True)
                | (~Q(outcome="") & ~Q(answer="") & Q(answered_on__isnull=False)),
                name="%(app_label)s_%(class)s_answer_complete",
                violation_error_message=_("Trả lời phải có kết quả, nội dung và ngày."),
            ),
            models.CheckConstraint(
                condition=Q(received_on__gte=models.F("published_on"), received_on__lte=models.F("window_until")),
                name="%(app_label)s_%(class)s_in_window",
                violation_error_message=_("Phản ánh phải nhận trong thời hạn kể từ ngày công bố kết quả."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.objector} {self.received_on:%d/%m/%Y}"

    @property
    def is_late(self) -> bool:
        """Answered, or still waiting, after the day the answer was due?"""
        return (self.answered_on or timezone.localdate()) > self.due_on
