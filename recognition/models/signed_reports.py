"""What signed reports have in common: figures frozen with their checksum; a correction is a new version."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.models.meetings import PlacedQuerySet


class SignedReportQuerySet(PlacedQuerySet):
    """Reports of places, and of the nation, which has no place."""

    def visible_to(self, user):
        """Those of places inside the person's postings, and the nation's, which everybody reads."""
        return super().visible_to(user) | self.filter(place=None)


class SignedReport(models.Model):
    """A report as signed: its tables, text, findings and who explained them.

    `tables` holds every table as it was computed at signing; nothing read from it is ever computed again. `checksum`
    is that of tables and text together.
    """

    version = models.PositiveSmallIntegerField(_("Bản"), default=1)
    reason = models.CharField(_("Lý do lập bản mới"), max_length=500, blank=True)
    tables = models.JSONField(default=dict)
    narrative = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    checksum = models.CharField(max_length=64)
    signer_title = models.CharField(_("Chức vụ người ký"), max_length=150)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    signed_by_name = models.CharField(_("Người ký"), max_length=150)
    signed_at = models.DateTimeField(_("Ký lúc"))

    class Meta:
        abstract = True


def reason_of_new_version() -> models.CheckConstraint:
    """The constraint of every signed report: a further version says why."""
    return models.CheckConstraint(
        condition=Q(version=1) | ~Q(reason=""),
        name="%(app_label)s_%(class)s_reason_of_new_version",
        violation_error_message=_("Bản sửa phải ghi lý do."),
    )
