"""What was printed: one row for every file of papers that was made, of one paper or of a batch of a decision."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from recognition.models.commendations import Commendation, CommendationDecision
from recognition.models.decisions import Certificate, Decision


class PrintQuerySet(models.QuerySet):
    """Prints of papers of one kind."""

    def batches(self) -> PrintQuerySet:
        """Prints of whole batches."""
        return self.filter(**{self.model.PAPER: None})


class PaperPrint(models.Model):
    """One making of a file of papers: when, by whom; a reprint also says why. Written once, never changed.

    A subclass says whose: its paper (named by PAPER, nothing for a batch) and their decision, both with `prints` as the
    way back.
    `papers`: keys of those a batch held: somebody may print a part of a decision only. Unknown for batches of before.
    """

    count = models.PositiveIntegerField(_("Số giấy"))
    reason = models.CharField(_("Lý do in lại"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)
    papers = ArrayField(models.BigIntegerField(), null=True)

    objects = PrintQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.by_name} {self.at:%d/%m/%Y}"


class CertificatePrint(PaperPrint):
    """A print of certificates of recognition."""

    PAPER = "certificate"

    certificate = models.ForeignKey(Certificate, models.PROTECT, null=True, related_name="prints")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="prints")

    class Meta(PaperPrint.Meta):
        verbose_name = _("Lần in giấy công nhận")


class CommendationPrint(PaperPrint):
    """A print of papers of commendation (giấy khen)."""

    PAPER = "commendation"

    commendation = models.ForeignKey(Commendation, models.PROTECT, null=True, related_name="prints")
    decision = models.ForeignKey(CommendationDecision, models.PROTECT, related_name="prints")

    class Meta(PaperPrint.Meta):
        verbose_name = _("Lần in giấy khen")
