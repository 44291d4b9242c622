"""Drafts of rulebooks: what an association writes before it is rules."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import DraftState, LearningModel
from recognition.models.rulebooks import Rulebook
from units.models import Place
from units.models.history import tracked


class RulebookDraftQuerySet(models.QuerySet):
    """Rulebooks being written, seen by who keeps the rules of that province or of the country."""

    def visible_to(self, user) -> RulebookDraftQuerySet:
        """Drafts of the places the person keeps rules for; whoever keeps those of the country sees all."""
        from recognition.rule_keeping import rulebook_scope  # noqa: PLC0415  (rules read models)

        scope = rulebook_scope(user)
        return self if scope.everything else self.filter(scope.q("province__", own=True), province__isnull=False)


@tracked(exclude=["content"])
class RulebookDraft(models.Model):
    """A rulebook being written. `content` may be unfinished and wrong: only a clean one can be put into use.

    `revision` counts the saves, so nobody overwrites or activates what they have not seen; `last_change` says in words
    what the last save did, and the events of the row are the history. `editors`: whoever wrote in it. `offered_at`: its
    writers ask somebody else to put it into use as it stands; saving takes that back. `alone_reason`: why one of its
    own writers put it into use (only where nobody else could).
    """

    base = models.ForeignKey(Rulebook, models.PROTECT, null=True, blank=True, related_name="drafts")
    code = models.CharField(_("Mã"), max_length=40)
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    title = models.CharField(_("Tên"), max_length=250)
    province = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    content = models.JSONField()
    state = models.CharField(_("Tình trạng"), max_length=10, choices=DraftState.choices, default=DraftState.OPEN)
    revision = models.PositiveIntegerField(default=1)
    last_change = models.CharField(max_length=300)
    editors = ArrayField(models.BigIntegerField(), default=list)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    changed_by_name = models.CharField(max_length=150)
    changed_at = models.DateTimeField(auto_now=True)
    offered_at = models.DateTimeField(_("Đề nghị đưa vào dùng lúc"), null=True, blank=True)
    offered_by_name = models.CharField(_("Người đề nghị"), max_length=150, blank=True)
    alone_reason = models.CharField(_("Lý do tự đưa vào dùng"), max_length=500, blank=True)
    activated = models.OneToOneField(Rulebook, models.PROTECT, null=True, blank=True, related_name="made_from")

    objects = RulebookDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("Dự thảo bộ tiêu chí")
        verbose_name_plural = _("Dự thảo bộ tiêu chí")
        ordering = ["-changed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DraftState.values), name="%(app_label)s_%(class)s_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=DraftState.ACTIVATED, activated__isnull=False)
                | (~Q(state=DraftState.ACTIVATED) & Q(activated__isnull=True)),
                name="%(app_label)s_%(class)s_activated_as",
            ),
            models.CheckConstraint(
                condition=Q(offered_at__isnull=True) | Q(state=DraftState.OPEN),
                name="%(app_label)s_%(class)s_offered_while_open",
            ),
            models.CheckConstraint(
                condition=Q(alone_reason="") | Q(state=DraftState.ACTIVATED),
                name="%(app_label)s_%(class)s_alone_when_activated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.title}"
