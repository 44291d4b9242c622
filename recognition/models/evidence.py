"""Evidence beside a criterion of a dossier."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.lib.uploads import TYPES
from recognition.choices import EvidenceKind
from recognition.models.kept_files import KeptFile
from recognition.models.registrations import Registration
from units.models.history import tracked


def random_path(instance, filename) -> str:
    """Where a file lies under MEDIA_ROOT: a path tells nothing of the file or its dossier, and cannot be guessed."""
    key = uuid.uuid4().hex
    return f"minh-chung/{key[:2]}/{key}"


class EvidenceQuerySet(models.QuerySet):
    """Pictures and files of dossiers; what came by a one-time link waits until an officer takes it."""

    def visible_to(self, user) -> EvidenceQuerySet:
        """Evidence of dossiers inside the person's postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q(prefix="registration__"))

    def standing(self) -> EvidenceQuerySet:
        """Without what was taken back, and what came by a one-time link and nobody took yet."""
        return self.filter(taken_back_at=None).exclude(kind=EvidenceKind.SENT)

    def waiting(self) -> EvidenceQuerySet:
        """Photos that came with a sheet by a one-time link and wait for an officer."""
        return self.filter(taken_back_at=None, kind=EvidenceKind.SENT)


@tracked()
class Evidence(KeptFile):
    """A photo, a file, or the word of the branch, for one criterion. Taken back with a reason, never deleted.

    A photo sent by a one-time link (`SENT`, by nobody) counts only when an officer takes the sheet; then it is a file
    like others. `format`, `size` and `sha256` are those of the kept file: a picture is kept as it was drawn anew.
    """

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="evidence")
    criterion = models.CharField(_("Tiêu chí"), max_length=40)
    kind = models.CharField(_("Loại"), max_length=10, choices=EvidenceKind.choices)
    file = models.FileField(_("Tệp"), upload_to=random_path, max_length=100, blank=True)
    # Those of KeptFile, empty for the word of the branch.
    name = models.CharField(_("Tên tệp"), max_length=150, blank=True)
    format = models.CharField(_("Dạng tệp"), max_length=4, choices=[(key, key) for key in TYPES], blank=True)
    size = models.PositiveIntegerField(_("Dung lượng"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    note = models.CharField(_("Ghi chú"), max_length=300, blank=True)
    at = models.DateTimeField(_("Lúc"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    taken_back_at = models.DateTimeField(_("Rút lúc"), null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    taken_back_by_name = models.CharField(max_length=150, blank=True)
    taken_back_reason = models.CharField(_("Lý do rút"), max_length=300, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("Minh chứng")
        verbose_name_plural = _("Minh chứng")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["FILE", "SENT"], size__gt=0)
                & ~Q(file="")
                & ~Q(name="")
                & ~Q(format="")
                & ~Q(sha256="")
                | Q(kind="CONFIRMED", file="", size=0),
                name="%(app_label)s_%(class)s_file_complete",
                violation_error_message=_("Minh chứng phải có tệp, hoặc là xác nhận của chi hội."),
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=True, taken_back_reason="")
                | Q(taken_back_at__isnull=False) & ~Q(taken_back_reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Rút minh chứng phải ghi lý do."),
            ),
            models.UniqueConstraint(
                fields=["registration", "criterion", "kind", "sha256"],
                condition=Q(taken_back_at__isnull=True),
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Minh chứng này đã có ở tiêu chí này."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.criterion}: {self.name or self.get_kind_display()}"

    @property
    def has_file(self) -> bool:
        return self.kind != EvidenceKind.CONFIRMED_BY_BRANCH
