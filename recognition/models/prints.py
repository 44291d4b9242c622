"""What was printed: one row for every file of papers that was made, of one paper or of a batch of a decision."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from recognition.models.commendations import Commendation, CommendationDecision
from recognition.models.decisions import Certificate, Decision


class PaperPrint(models.Model):
    """One making of a file of papers: when, by whom; a reprint also says why. Written once, never changed.

    A subclass says whose: its paper (nothing for a batch) and their decision, both with `prints` as the way back.
    `papers`: keys of those a batch held: somebody may print a part of a decision only. Unknown for batches of before.
    """

    count = models.PositiveIntegerField(_("Số giấy"))
    reason = models.CharField(_("Lý do in lại"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)
    papers = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.by_name} {self.at:%d/%m/%Y}"


class CertificatePrintQuerySet(models.QuerySet):
    """Prints of certificates."""

    def batches(self) -> CertificatePrintQuerySet:
        """Prints of whole batches."""
        return self.filter(certificate=None)


class CertificatePrint(PaperPrint):
    """A print of certificates of recognition."""

    certificate = models.ForeignKey(Certificate, models.PROTECT, null=True, related_name="prints")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="prints")

    objects = CertificatePrintQuerySet.as_manager()

    class Meta(PaperPrint.Meta):
        verbose_name = _("Lần in giấy công nhận")


class CommendationPrintQuerySet(models.QuerySet):
    """Prints of papers of commendation."""

    def batches(self) -> CommendationPrintQuerySet:
        """Prints of whole batches."""
        return self.filter(commendation=None)


class CommendationPrint(PaperPrint):
    """A print of papers of commendation (giấy khen)."""

    commendation = models.ForeignKey(Commendation, models.PROTECT, null=True, related_name="prints")
    decision = models.ForeignKey(CommendationDecision, models.PROTECT, related_name="prints")

    objects = CommendationPrintQuerySet.as_manager()

    class Meta(PaperPrint.Meta):
        verbose_name = _("Lần in giấy khen")
