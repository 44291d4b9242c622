"""The queue: one row per piece of long work, with its progress and outcome."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "QUEUED", _("Đang chờ")
    RUNNING = "RUNNING", _("Đang chạy")
    DONE = "DONE", _("Đã xong")
    FAILED = "FAILED", _("Không thành công")


class JobQuerySet(models.QuerySet):
    """Work of the queue, as far as somebody may see it."""

    def visible_to(self, user) -> "JobQuerySet":
        """A person's own jobs; administrators see all."""
        if user.is_authenticated and user.is_portal_administrator:
            return self
        return self.filter(created_by_id=user.pk) if user.is_authenticated else self.none()


class Job(models.Model):
    """A piece of long work. A worker holds an advisory lock on it while running, so a killed worker is noticed."""

    kind = models.CharField(_("Loại việc"), max_length=80)
    params = models.JSONField(default=dict)
    state = models.CharField(_("Tình trạng"), max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(_("Thông báo"), max_length=500, blank=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("Việc chạy nền")
        verbose_name_plural = _("Việc chạy nền")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="%(app_label)s_%(class)s_state_known"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state__in=["QUEUED", "RUNNING"]), name="job_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_finished(self) -> bool:
        """Nothing more will happen."""
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def waits_long(self) -> bool:
        """Still waiting after a minute: perhaps no worker runs."""
        return self.state == JobState.QUEUED and timezone.now() - self.created_at > datetime.timedelta(minutes=1)
