"""Dossiers moved to a newer version of their rulebook."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from recognition.models.registrations import Registration
from recognition.models.rulebooks import Rulebook


class Renewal(models.Model):
    """One dossier went on by the newest version of its rules: who moved it, what was dropped, what it came to.

    Kept for good and never changed. `dropped`: (code, title) of criteria whose answers could not be kept; `before` and
    `after`: the result in words.
    """

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="renewals")
    from_rulebook = models.ForeignKey(Rulebook, models.PROTECT, related_name="+", db_index=False)
    to_rulebook = models.ForeignKey(Rulebook, models.PROTECT, related_name="+", db_index=False)
    dropped = models.JSONField(default=list)
    before = models.CharField(_("Kết quả trước"), max_length=60, blank=True)
    after = models.CharField(_("Kết quả sau"), max_length=60, blank=True)
    at = models.DateTimeField(_("Lúc"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    by_name = models.CharField(_("Người chuyển"), max_length=150)

    class Meta:
        verbose_name = _("Lần chuyển phiên bản bộ tiêu chí")
        verbose_name_plural = _("Lần chuyển phiên bản bộ tiêu chí")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.from_rulebook_id} → {self.to_rulebook_id}"
