"""Reforms of the map as people carried them out: what ended, what began, who moved; listed and undone from here."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.models.history import tracked
from units.models.places import Place
from units.models.registrants import Registrant


class ChangeKind(models.TextChoices):
    """What happened to the places."""

    CLOSE = "CLOSE", _("Kết thúc khu phố, thôn")
    MERGE = "MERGE", _("Nhập khu phố, thôn")
    SPLIT = "SPLIT", _("Chia khu phố, thôn")
    MOVE = "MOVE", _("Chuyển khu phố, thôn sang phường, xã khác")
    RENAME = "RENAME", _("Đổi tên khu phố, thôn")
    CARRY = "CARRY", _("Chuyển sổ từ địa bàn cũ")


class PlaceChangeQuerySet(models.QuerySet):
    """Mergers, splits and renamings of places, by who sees them and where they took place."""

    def visible_to(self, user) -> PlaceChangeQuerySet:
        """Changes from or into places inside the person's postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        scope = scope_of(user)
        return self.filter(scope.q("place__", own=True) | Q(to_communes__place__in=_places(scope))).distinct()

    def at(self, commune: Place) -> PlaceChangeQuerySet:
        """Changes from or into a commune."""
        return self.filter(Q(place=commune) | Q(to_communes__place=commune)).distinct()


def _places(scope):
    return Place.objects.filter(scope.q(own=True)).values("pk")


@tracked()
class PlaceChange(models.Model):
    """One reform carried out. `place`: the commune it started from. Undone ones stay in the list.

    `closed`: [{id, name, valid_to}] with the end the place had before. `created`: [{id, name, code, commune}].
    A renamed hamlet's row also tells `postings`: those made in it, and those ended at the old one, [key, last day];
    `community`: its key and the name it had; `work`: what hooks.carry_work kept.
    `successions`: keys of the successions written. `counts`: registrants moved, by kind, and communities closed.
    """

    kind = models.CharField(_("Việc"), max_length=6, choices=ChangeKind.choices)
    place = models.ForeignKey(Place, models.PROTECT, related_name="changes", verbose_name=_("Địa bàn"))
    effective_on = models.DateField(_("Có hiệu lực từ"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False, verbose_name=_("Ai")
    )
    actor_name = models.CharField(max_length=150, blank=True)
    done_at = models.DateTimeField(_("Lúc"), default=timezone.now)
    counts = models.JSONField(default=dict)
    closed = models.JSONField(default=list)
    created = models.JSONField(default=list)
    successions = models.JSONField(default=list)
    undone_at = models.DateTimeField(_("Hoàn tác lúc"), null=True)
    undone_by_name = models.CharField(max_length=150, blank=True)

    objects = PlaceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("Sắp xếp địa bàn")
        verbose_name_plural = _("Sắp xếp địa bàn")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values), name="%(app_label)s_%(class)s_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.place} ({self.effective_on:%d/%m/%Y})"


class PlaceChangeCommune(models.Model):
    """A commune a change brought registrants or hamlets into."""

    change = models.ForeignKey(PlaceChange, models.CASCADE, related_name="to_communes")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("Nơi đến của sắp xếp")
        verbose_name_plural = _("Nơi đến của sắp xếp")
        constraints = [
            models.UniqueConstraint(fields=["change", "place"], name="%(app_label)s_%(class)s_once"),
        ]

    def __str__(self) -> str:
        return f"{self.change_id} → {self.place_id}"


class PlaceChangeMove(models.Model):
    """A registrant a change moved or, with no `to_place`, a community it closed: enough to take it back exactly.

    `new_stay` is empty when the stay began on or after the day and was therefore rewritten in place. Places and stays
    of an undone change are gone, so these are keys without a constraint.
    """

    change = models.ForeignKey(PlaceChange, models.CASCADE, related_name="moves")
    registrant = models.ForeignKey(Registrant, models.PROTECT, related_name="+", db_index=False)
    from_place = models.ForeignKey(Place, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    to_place = models.ForeignKey(
        Place, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    old_stay = models.BigIntegerField()
    new_stay = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("Đối tượng được chuyển")
        verbose_name_plural = _("Đối tượng được chuyển")
        constraints = [
            models.UniqueConstraint(fields=["change", "registrant"], name="%(app_label)s_%(class)s_once"),
        ]

    def __str__(self) -> str:
        return f"{self.registrant_id}: {self.from_place_id} → {self.to_place_id}"
