"""Random samples of an inspection: which list, which seed, who was drawn, what was found."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import SampleFrame, SampleResult
from recognition.models.registrations import Registration
from recognition.models.visits import InspectionVisit
from units.models import Registrant
from units.models.history import tracked


@tracked()
class InspectionSample(models.Model):
    """A draw, made once and never again: anybody can repeat it from what stands here.

    The order of the frame is that of sha256("<seed>:<id>"); the first `size` are visited, those after them stand in for
    absent ones. `frame_ids` are the registrants drawn from, ascending; `frame_hash` is the sha256 of their ids
    joined by commas.
    """

    visit = models.OneToOneField(InspectionVisit, models.PROTECT, related_name="sample")
    frame = models.CharField(_("Danh sách bốc"), max_length=10, choices=SampleFrame.choices)
    size = models.PositiveSmallIntegerField(_("Số cần đến"))
    seed = models.CharField(_("Số hạt giống"), max_length=20)
    frame_ids = ArrayField(models.BigIntegerField())
    frame_count = models.PositiveIntegerField(_("Số đối tượng trong danh sách"))
    frame_hash = models.CharField(max_length=64)
    drawn_at = models.DateTimeField(_("Bốc lúc"), auto_now_add=True)
    drawn_by_name = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("Mẫu kiểm tra")
        verbose_name_plural = _("Mẫu kiểm tra")
        constraints = [
            models.CheckConstraint(
                condition=Q(frame__in=SampleFrame.values), name="%(app_label)s_%(class)s_frame_known"
            ),
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=F("frame_count")),
                name="%(app_label)s_%(class)s_size_fits",
                violation_error_message=_("Số cần đến phải từ 1 đến số đối tượng trong danh sách."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id}: {self.size}/{self.frame_count}"


@tracked()
class SampledRegistrant(models.Model):
    """Somebody drawn, in the order of the draw. `replaces`: the one this stands in for, with the reason."""

    sample = models.ForeignKey(InspectionSample, models.PROTECT, related_name="rows")
    position = models.PositiveIntegerField(_("Thứ tự bốc"))
    registrant = models.ForeignKey(Registrant, models.PROTECT, related_name="+")
    registration = models.ForeignKey(Registration, models.PROTECT, null=True, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField(_("Lý do thay"), max_length=300, blank=True)
    result = models.CharField(_("Kết quả"), max_length=9, choices=SampleResult.choices, blank=True)
    note = models.CharField(_("Ghi chú"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=0)
    result_at = models.DateTimeField(null=True)
    result_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    result_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("Đối tượng được bốc")
        verbose_name_plural = _("Đối tượng được bốc")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "registrant"], name="%(app_label)s_%(class)s_once"),
            models.UniqueConstraint(fields=["sample", "position"], name="%(app_label)s_%(class)s_one_position"),
            models.CheckConstraint(
                condition=Q(result="") | Q(result__in=SampleResult.values), name="%(app_label)s_%(class)s_result_known"
            ),
            models.CheckConstraint(
                condition=~Q(result=SampleResult.DIFFERS) | ~Q(note=""),
                name="%(app_label)s_%(class)s_difference_told",
                violation_error_message=_("Khác hồ sơ thì phải ghi khác ở điểm nào."),
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Thay đối tượng phải ghi lý do."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id} #{self.position}"
