"""Probable duplicates: what people said about a pair, and which registrants were merged."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.choices import RegistrantKind
from units.models.history import tracked
from units.models.places import Place
from units.models.registrants import Registrant


@tracked()
class NotDuplicate(models.Model):
    """Somebody looked at a pair and said it is two. Taken back, the row stays with `dismissed` False."""

    first = models.ForeignKey(Registrant, models.PROTECT, related_name="+", db_index=False)
    second = models.ForeignKey(Registrant, models.PROTECT, related_name="+")
    dismissed = models.BooleanField(_("Không phải trùng"), default=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False, verbose_name=_("Ai")
    )
    actor_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(_("Lúc"), default=timezone.now)

    class Meta:
        verbose_name = _("Cặp không trùng")
        verbose_name_plural = _("Cặp không trùng")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="%(app_label)s_%(class)s_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class RegistrantMergeQuerySet(models.QuerySet):
    """Merges of registrants entered twice, by who sees them and where the kept one stands."""

    def visible_to(self, user) -> RegistrantMergeQuerySet:
        """Merges of registrants that stand inside the person's postings."""
        return self.filter(kept__in=Registrant.objects.visible_to(user))

    def at(self, place: Place) -> RegistrantMergeQuerySet:
        """Merges whose kept registrant stands in `place`."""
        return self.filter(kept__in=Registrant.objects.within(place))


@tracked(exclude=["before", "after"])  # a citizen's keyed hash is among them
class RegistrantMerge(models.Model):
    """A registrant entered twice, made one: `kept` stays, `other` left the register. Undone ones stay in the list.

    `before`, `after`: the kept one's values by field. `stays`: {closed: [keys], opened: [keys]}. `people`: citizens
    who went from the other to the kept one. `memberships`: {ended: [keys], made: [keys]} of clans, and what later apps
    carried over (hooks.carry_over).
    """

    kind = models.CharField(_("Loại"), max_length=14, choices=RegistrantKind.choices)
    kept = models.ForeignKey(Registrant, models.PROTECT, related_name="merges", verbose_name=_("Giữ lại"))
    other = models.ForeignKey(Registrant, models.PROTECT, related_name="merged_into", verbose_name=_("Nhập trùng"))
    done_on = models.DateField(_("Ngày"))
    done_at = models.DateTimeField(_("Lúc"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False, verbose_name=_("Ai")
    )
    actor_name = models.CharField(max_length=150, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    people = models.JSONField(default=list)
    stays = models.JSONField(default=dict)
    memberships = models.JSONField(default=dict)
    withdrawn = models.PositiveSmallIntegerField(_("Hồ sơ đã rút"), default=0)
    undone_at = models.DateTimeField(_("Hoàn tác lúc"), null=True)
    undone_by_name = models.CharField(max_length=150, blank=True)

    objects = RegistrantMergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("Lần gộp")
        verbose_name_plural = _("Các lần gộp")
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("other")), name="%(app_label)s_%(class)s_two"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind for kind in RegistrantKind.values if kind != "COMMUNITY"]),
                name="%(app_label)s_%(class)s_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.other_id} → {self.kept_id}"
