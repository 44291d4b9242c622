"""One-time links by which a household or citizen enters its own score without an account."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import EntryState
from recognition.models.registrations import Registration
from recognition.models.rulebooks import Rulebook
from units.models.history import tracked


class EntryLinkQuerySet(models.QuerySet):
    """One-time links for a self-assessment, seen by who sees the dossier."""

    def visible_to(self, user) -> EntryLinkQuerySet:
        """Links of dossiers inside the person's postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q(prefix="registration__"))


@tracked(exclude=["token_hash"])
class EntryLink(models.Model):
    """A link handed out on paper, and what came in by it until an officer decided.

    Only the hash of the token is kept: whoever reads the database cannot open a link. Scores are half points in the
    rulebook's leaf order, as in `Assessment`; nothing else is asked, no name, no free text.
    """

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="entry_links")
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(_("Tình trạng"), max_length=8, choices=EntryState.choices, default=EntryState.OPEN)
    expires_on = models.DateField(_("Dùng đến hết ngày"))
    attempts = models.PositiveSmallIntegerField(_("Số lần gửi sai"), default=0)
    scores = ArrayField(models.SmallIntegerField(null=True), default=list)
    conditions = models.JSONField(_("Điều kiện khai"), default=dict)
    total_half = models.SmallIntegerField(_("Tổng điểm"), null=True)
    sent_at = models.DateTimeField(_("Gửi lúc"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(max_length=150)
    decided_at = models.DateTimeField(_("Xác nhận lúc"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=150, blank=True)
    reason = models.CharField(_("Lý do"), max_length=300, blank=True)

    objects = EntryLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("Liên kết tự chấm")
        verbose_name_plural = _("Liên kết tự chấm")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=EntryState.values), name="%(app_label)s_%(class)s_state_known"
            ),
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(state__in=["OPEN", "SENT"]),
                name="%(app_label)s_%(class)s_one_live",
                violation_error_message=_("Hồ sơ này đã có một liên kết còn dùng hoặc đang chờ xác nhận."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["OPEN", "REVOKED", "LOCKED"]) | Q(sent_at__isnull=False),
                name="%(app_label)s_%(class)s_sent_before_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["CHANGED", "REFUSED"]) | ~Q(reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Sửa điểm hoặc không nhận phải ghi lý do."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.state}"

    @property
    def rulebook(self) -> Rulebook:
        """The version its scores are in the order of. A decided sheet stays as it came, by the version of that day."""
        if self.decided_at:
            moved = self.registration.renewals.filter(at__gt=self.decided_at).order_by("at", "pk")
            if (first := moved.select_related("from_rulebook").first()) is not None:
                return first.from_rulebook
        return self.registration.rulebook
