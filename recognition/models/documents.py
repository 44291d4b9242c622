"""Documents sent down the tree: plans, guidance, rules; who received, opened and answered them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import DocumentKind
from recognition.models.kept_files import KeptFile
from recognition.models.meetings import PlacedQuerySet
from recognition.models.rulebooks import Rulebook
from units.models import Place
from units.models.history import tracked


def document_path(instance, filename) -> str:
    """Where a file lies under MEDIA_ROOT: a path tells nothing of the file, and cannot be guessed."""
    key = uuid.uuid4().hex
    return f"van-ban/{key[:2]}/{key}"


class DocumentQuerySet(models.QuerySet):
    """Documents sent from place to place, by who sees them and whether they still stand."""

    def visible_to(self, user) -> DocumentQuerySet:
        """Documents sent by or to a place inside the person's postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        scope = scope_of(user)
        received = DocumentReceipt.objects.filter(scope.q(prefix="place__", own=True), document=OuterRef("pk"))
        return self.filter(scope.q(prefix="place__", own=True) | Exists(received))

    def standing(self) -> DocumentQuerySet:
        """Without withdrawn and replaced ones."""
        return self.filter(withdrawn_at=None)


@tracked(exclude=["text"])
class Document(models.Model):
    """A paper sent from a place (empty: the centre) to places below. Never changed: withdrawn, or replaced by a new
    version; the old one stays readable. `opens_on`: a plan that opens the year's registration below on that day."""

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("Nơi gửi"))
    kind = models.CharField(_("Loại"), max_length=10, choices=DocumentKind.choices)
    number = models.CharField(_("Số, ký hiệu"), max_length=60)
    issued_on = models.DateField(_("Ngày văn bản"))
    title = models.CharField(_("Trích yếu"), max_length=300)
    text = models.TextField(_("Nội dung"), max_length=20_000, blank=True)
    year = models.PositiveSmallIntegerField(_("Năm công tác"))
    due_on = models.DateField(_("Hạn thực hiện, trả lời"), null=True, blank=True)
    reply_wanted = models.BooleanField(_("Yêu cầu trả lời"), default=False)
    opens_on = models.DateField(_("Mở đăng ký của năm từ ngày"), null=True, blank=True)
    rulebook = models.ForeignKey(
        Rulebook, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Bộ tiêu chí gửi kèm")
    )
    version = models.PositiveSmallIntegerField(_("Bản"), default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name=_("Thay thế")
    )
    sent_at = models.DateTimeField(_("Gửi lúc"))
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    sent_by_name = models.CharField(_("Người gửi"), max_length=150)
    withdrawn_at = models.DateTimeField(_("Thu hồi lúc"), null=True)
    withdrawn_by_name = models.CharField(max_length=150, blank=True)
    withdrawn_reason = models.CharField(_("Lý do thu hồi"), max_length=500, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("Văn bản gửi cấp dưới")
        verbose_name_plural = _("Văn bản gửi cấp dưới")
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(due_on__gte=F("issued_on")),
                name="%(app_label)s_%(class)s_due_after_issue",
                violation_error_message=_("Hạn thực hiện không được trước ngày văn bản."),
            ),
            models.CheckConstraint(
                condition=Q(opens_on__isnull=True) | Q(kind="PLAN"),
                name="%(app_label)s_%(class)s_only_plans_open",
                violation_error_message=_("Chỉ kế hoạch năm mới mở đăng ký của năm."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Thu hồi văn bản phải ghi lý do."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="%(app_label)s_%(class)s_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["year", "opens_on"], condition=Q(opens_on__isnull=False), name="document_opens")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


@tracked()
class DocumentReceipt(models.Model):
    """One place that was sent a document: opened first by whom, answered when and how."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="receipts")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Nơi nhận"))
    opened_at = models.DateTimeField(_("Mở lúc"), null=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    opened_by_name = models.CharField(_("Người mở"), max_length=150, blank=True)
    replied_at = models.DateTimeField(_("Trả lời lúc"), null=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    replied_by_name = models.CharField(_("Người trả lời"), max_length=150, blank=True)
    reply = models.TextField(_("Trả lời"), max_length=5000, blank=True)
    nudged_on = models.DateField(_("Nhắc ngày"), null=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Nơi nhận văn bản")
        verbose_name_plural = _("Nơi nhận văn bản")
        constraints = [
            models.UniqueConstraint(fields=["document", "place"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, opened_by_name="")
                | Q(opened_at__isnull=False) & ~Q(opened_by_name=""),
                name="%(app_label)s_%(class)s_opener_named",
            ),
            models.CheckConstraint(
                condition=Q(replied_at__isnull=True, reply="") | Q(replied_at__isnull=False) & ~Q(reply=""),
                name="%(app_label)s_%(class)s_reply_has_text",
                violation_error_message=_("Hãy ghi nội dung trả lời."),
            ),
        ]
        indexes = [models.Index(fields=["place"], name="document_receipt_place")]

    def __str__(self) -> str:
        return f"{self.document_id} → {self.place_id}"


class DocumentFile(KeptFile):
    """A file of a document, or of a reply when `receipt` is set. Judged by content (portal.lib.uploads)."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="files")
    receipt = models.ForeignKey(DocumentReceipt, models.PROTECT, null=True, related_name="files")
    file = models.FileField(_("Tệp"), upload_to=document_path, max_length=100)

    class Meta:
        verbose_name = _("Tệp của văn bản")
        verbose_name_plural = _("Tệp của văn bản")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "receipt", "sha256"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Tệp này đã có."),
            )
        ]

    def __str__(self) -> str:
        return self.name
