"""Review meetings of a hamlet (họp bình xét) with what their minutes need."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from recognition.attendance import NAME_LENGTH, ROLE_LENGTH
from recognition.choices import Attending, LearningModel
from units.models import Place
from units.models.history import tracked


class PlacedQuerySet(models.QuerySet):
    """For papers that belong to one place."""

    def visible_to(self, user):
        """Papers of places inside the person's postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q(prefix="place__", own=True))


@tracked()
class ReviewMeeting(models.Model):
    """One meeting, many families: time, venue, chair, secretary, who came, what was said (biên bản họp bình xét)."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Khu phố, thôn"))
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    year = models.PositiveSmallIntegerField(_("Năm"))
    held_on = models.DateField(_("Ngày họp"))
    starts_at = models.TimeField(_("Giờ bắt đầu"), null=True, blank=True)
    ends_at = models.TimeField(_("Giờ kết thúc"), null=True, blank=True)
    venue = models.CharField(_("Địa điểm"), max_length=200)
    chair = models.CharField(_("Chủ trì"), max_length=150)
    secretary = models.CharField(_("Thư ký"), max_length=150)
    front_representative = models.CharField(_("Đại diện Ban công tác Mặt trận"), max_length=150, blank=True)
    invited = models.PositiveSmallIntegerField(_("Số người được mời"))
    present = models.PositiveSmallIntegerField(_("Số người có mặt"))
    opinions = models.TextField(_("Ý kiến thảo luận"), blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Cuộc họp bình xét")
        verbose_name_plural = _("Họp bình xét")
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(present__gte=1, invited__gte=models.F("present")),
                name="%(app_label)s_%(class)s_presence",
                violation_error_message=_("Số người có mặt phải từ 1 và không nhiều hơn số người được mời."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.place} · {self.held_on:%d/%m/%Y}"


@tracked()
class MeetingAttendee(models.Model):
    """Somebody who came to a review meeting or was excused, in the order of the list. Meetings recorded without a list
    keep the number of those present alone."""

    meeting = models.ForeignKey(ReviewMeeting, models.PROTECT, related_name="attendees")
    position = models.PositiveSmallIntegerField(_("Thứ tự"))
    standing = models.CharField(_("Dự họp"), max_length=10, choices=Attending.choices)
    name = models.CharField(_("Họ và tên"), max_length=NAME_LENGTH)
    role = models.CharField(_("Chức vụ, đơn vị"), max_length=ROLE_LENGTH, blank=True)

    class Meta:
        verbose_name = _("Người dự họp")
        verbose_name_plural = _("Người dự họp")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "position"],
                name="%(app_label)s_%(class)s_order",
                violation_error_message=_("Hai người dự họp không thể cùng một số thứ tự."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name=""),
                name="%(app_label)s_%(class)s_named",
                violation_error_message=_("Người dự họp phải có họ tên."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_standing_display()})"


class MeetingCorrection(models.Model):
    """One correction of saved minutes: why, by whom, when, and what stood there before. Written once, never changed.

    `changes` is [what, before, after] of each field, in the words of the minutes.
    """

    meeting = models.ForeignKey(ReviewMeeting, models.PROTECT, related_name="corrections")
    reason = models.CharField(_("Lý do sửa biên bản"), max_length=300)
    changes = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Lần sửa biên bản")
        verbose_name_plural = _("Các lần sửa biên bản")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Sửa biên bản phải ghi lý do."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.meeting} · {self.by_name}"
