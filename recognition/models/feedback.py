"""What people say about a criterion they do not understand, and the answer of those who keep the rules."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.models.rulebooks import Rulebook
from units.models import Place
from units.models.history import tracked

LONGEST = 1000


class FeedbackQuerySet(models.QuerySet):
    """Questions about criteria, by whether they are answered."""

    def waiting(self) -> FeedbackQuerySet:
        """Not answered yet."""
        return self.filter(answered_at__isnull=True)


@tracked()
class CriterionFeedback(models.Model):
    """Somebody found a criterion hard to understand or to apply. One open question per person and criterion."""

    rulebook = models.ForeignKey(Rulebook, models.PROTECT, related_name="feedback")
    criterion = models.CharField(_("Tiêu chí"), max_length=20)
    text = models.TextField(_("Nội dung"), max_length=LONGEST)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("Địa bàn"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField(_("Lúc"))
    answer = models.TextField(_("Trả lời"), max_length=LONGEST, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    answered_by_name = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("Góp ý về tiêu chí")
        verbose_name_plural = _("Góp ý về tiêu chí")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rulebook", "criterion", "by"],
                condition=Q(answered_at__isnull=True),
                name="%(app_label)s_%(class)s_one_open",
                violation_error_message=_("Bạn đã góp ý về tiêu chí này và đang chờ trả lời."),
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="%(app_label)s_%(class)s_answer_complete",
                violation_error_message=_("Trả lời phải có nội dung."),
            ),
            models.CheckConstraint(condition=~Q(text=""), name="%(app_label)s_%(class)s_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.rulebook} {self.criterion}"
