"""Excel in: uploaded lists, their staged rows, and headings learnt for a place."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.choices import ImportState, RegistrantKind, RowVerdict
from units.models.history import tracked
from units.models.places import Place


class ImportBatchQuerySet(models.QuerySet):
    """Uploaded lists; only who keeps the register of the place sees them, since they hold people's data."""

    def visible_to(self, user):
        """Imports into places the person keeps the register of."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q(prefix="place__", own=True))


class ImportBatch(models.Model):
    """One uploaded list: the file as it came, how it was read, what it did, and whether it was undone."""

    kind = models.CharField(max_length=14, choices=RegistrantKind.choices, default=RegistrantKind.HOUSEHOLD)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Địa bàn"))
    year = models.PositiveSmallIntegerField(_("Năm"))
    register = models.BooleanField(_("Đăng ký danh hiệu theo cột đăng ký"), default=True)
    file_name = models.CharField(_("Tên tệp"), max_length=255)
    file_hash = models.CharField(max_length=64)
    file_bytes = models.BinaryField(null=True)
    state = models.CharField(_("Tình trạng"), max_length=12, choices=ImportState.choices, default=ImportState.UPLOADED)
    message = models.TextField(_("Thông báo"), blank=True)
    notices = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    # What the events of its rows would say: `first_versions` writes them when a row changes for the first time.
    written_in = models.UUIDField(null=True, editable=False)
    written_at = models.DateTimeField(null=True, editable=False)
    undone_at = models.DateTimeField(null=True)
    # Whom people took out of the register because this list does not name them, and brought back: one entry a time,
    # {keys, people, reason, closed_on, by, at} and {back_by, back_at}.
    taken_out = models.JSONField(default=list)
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("Lần nhập Excel")
        verbose_name_plural = _("Các lần nhập Excel")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="%(app_label)s_%(class)s_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One staged row: what the sheet said, how it was understood, what becomes of it and why."""

    # `references` asks whether it exists; the index below begins with it.
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", db_index=False, db_constraint=False)
    sheet = models.CharField(max_length=120)
    row_no = models.PositiveIntegerField(_("Dòng"))
    raw = models.JSONField(default=list)
    name = models.CharField(max_length=300, blank=True)
    search_name = models.CharField(max_length=200, blank=True)
    bigrams = ArrayField(models.CharField(max_length=80), default=list)
    sort_key = models.CharField(max_length=300, blank=True)
    hamlet = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    hamlet_text = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=400, blank=True)
    address_key = models.CharField(max_length=400, blank=True)
    group_name = models.CharField(max_length=200, blank=True)
    members = models.SmallIntegerField(null=True)
    adults = models.SmallIntegerField(null=True)
    pupils = models.SmallIntegerField(null=True)
    poverty = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    wants_registration = models.BooleanField(default=False)
    values = models.JSONField(null=True)  # what rows of the other kinds say; households have columns of their own
    verdict = models.CharField(max_length=10, choices=RowVerdict.choices, blank=True)
    reasons = ArrayField(models.TextField(), default=list)
    registrant_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)

    class Meta:
        verbose_name = _("Dòng nhập")
        verbose_name_plural = _("Dòng nhập")
        indexes = [models.Index(fields=["batch", "verdict", "id"], name="importrow_batch_verdict")]

    def __str__(self) -> str:
        return f"{self.sheet}:{self.row_no}"


@tracked()
class HeadingAlias(models.Model):
    """A heading matched by hand once for a place and a kind of list, remembered for the next one; who said so, when.
    The history keeps those that were forgotten or changed."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=14, choices=RegistrantKind.choices, default=RegistrantKind.HOUSEHOLD)
    heading_key = models.CharField(max_length=200)
    field = models.CharField(max_length=40)
    taught_by_name = models.CharField(max_length=150, blank=True)
    taught_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "kind", "heading_key"], name="%(app_label)s_%(class)s_once")
        ]

    def __str__(self) -> str:
        return f"{self.heading_key} → {self.field}"
