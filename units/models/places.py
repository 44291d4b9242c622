"""Places in time: provinces, districts (until 30/06/2025), communes and hamlets."""

from __future__ import annotations

import datetime

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.text import fold, natural_key
from units.choices import LEVEL_ORDER, AreaClass, Level
from units.models.history import tracked


class PlaceQuerySet(models.QuerySet):
    """Places in time: a code alone names none, it needs a day."""

    def on(self, day: datetime.date) -> PlaceQuerySet:
        """Places that existed on `day`. An empty start means "since before our records"."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        )

    def current(self) -> PlaceQuerySet:
        """Places that exist today."""
        return self.on(timezone.localdate())

    def below(self, place: Place) -> PlaceQuerySet:
        """Every place under `place` (not itself), at the time it stood there."""
        if place.level == Level.HAMLET:
            return self.none()
        return self.filter(**{f"{place.level}_id": place.pk}).exclude(pk=place.pk)

    def joined(self, rows: list[dict] | None) -> dict[int, Place]:
        """Places from their rows as JSON, by key; each knows those of its parent and ancestors that are among them."""
        found = {}
        for row in rows or []:
            days = {name: row[name] and datetime.date.fromisoformat(row[name]) for name in ("valid_from", "valid_to")}
            place = found[row["id"]] = Place(**row | days)
            place._state.adding, place._state.db = False, self.db
        for place in found.values():
            for name in ("parent", "province", "district", "commune"):
                key = getattr(place, f"{name}_id")
                if key is None or key in found:
                    setattr(place, name, found.get(key))
        return found

    def coded(self, code: str, *, on: datetime.date | None = None) -> Place:
        """The place that bore `code` on a day (today by default). Raises Place.DoesNotExist."""
        return self.on(on or timezone.localdate()).get(code=code)


@tracked(exclude=["search_name", "sort_key"])
class Place(models.Model):
    """An administrative unit or a hamlet, for the time it existed.

    A code is not an identity through time (codes are reused after mergers): the key is (code, valid_from).
    Official provinces, districts and communes: QĐ 19/2025/QĐ-TTg and the list before it. Hamlets are ours.
    The four levels are fixed, so the ancestors stand as columns instead of a path or a tree table.
    """

    code = models.CharField(_("Mã"), max_length=30)
    level = models.CharField(_("Cấp"), max_length=10, choices=Level.choices)
    kind = models.CharField(_("Loại"), max_length=40)
    name = models.CharField(_("Tên"), max_length=200)
    search_name = models.CharField(max_length=700, editable=False)
    sort_key = models.CharField(max_length=200, editable=False)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("Trực thuộc")
    )
    province = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Tỉnh, thành phố")
    )
    district = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Quận, huyện")
    )
    commune = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Phường, xã")
    )
    area_class = models.CharField(_("Khu vực"), max_length=10, choices=AreaClass.choices, default=AreaClass.NORMAL)
    valid_from = models.DateField(_("Từ ngày"), null=True, blank=True)
    valid_to = models.DateField(_("Đến hết ngày"), null=True, blank=True)
    note = models.CharField(_("Ghi chú"), max_length=300, blank=True)
    provisional = models.BooleanField(_("Chưa đối chiếu văn bản gốc"), default=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("Địa bàn")
        verbose_name_plural = _("Địa bàn")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_code_and_start",
                violation_error_message=_("Đã có địa bàn mang mã này từ ngày đó."),
            ),
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=Q(level="hamlet", valid_to__isnull=True),
                name="%(app_label)s_%(class)s_hamlet_name_once",
                violation_error_message=_("Phường, xã này đã có khu phố (thôn, ấp) trùng tên."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_from__lte=models.F("valid_to")),
                name="%(app_label)s_%(class)s_dates_in_order",
                violation_error_message=_("Ngày kết thúc phải sau ngày bắt đầu."),
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="%(app_label)s_%(class)s_level_known"),
            models.CheckConstraint(
                condition=Q(level="province") | Q(parent__isnull=False),
                name="%(app_label)s_%(class)s_has_parent",
            ),
        ]
        indexes = [
            models.Index(fields=["level", "valid_to"], name="place_level_open"),
            GinIndex(fields=["search_name"], opclasses=["gin_trgm_ops"], name="place_search_trgm"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def derive(self) -> None:
        """Fill what follows from name and parent: ancestors, search text, sort key."""
        if self.parent_id:
            self.province_id, self.district_id, self.commune_id = (
                self.parent.province_id or (self.parent_id if self.parent.level == Level.PROVINCE else None),
                self.parent.district_id or (self.parent_id if self.parent.level == Level.DISTRICT else None),
                self.parent.commune_id or (self.parent_id if self.parent.level == Level.COMMUNE else None),
            )
        names = [self.name]
        parent = self.parent
        while parent is not None:
            names.append(parent.name)
            parent = parent.parent
        self.search_name = fold(" ".join(names))[:700]
        self.sort_key = natural_key(self.name)

    @property
    def is_legacy(self) -> bool:
        """True when the place no longer exists today."""
        return self.valid_to is not None and self.valid_to < timezone.localdate()

    def existed_on(self, day: datetime.date) -> bool:
        """Did the place exist on `day`?"""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or self.valid_to >= day)

    @property
    def ancestors(self) -> list[Place]:
        """From province down to the parent, as they stood at the time."""
        return [place for place in (self.province, self.district, self.commune) if place is not None]

    @property
    def fact_ids(self) -> dict[str, int | None]:
        """The place columns of a fact that happens here: hamlet, commune, district, province ids."""
        ids = {
            "hamlet_id": None,
            "commune_id": self.commune_id,
            "district_id": self.district_id,
            "province_id": self.province_id,
        }
        ids[f"{self.level}_id"] = self.pk
        return ids

    @property
    def fact_column(self) -> str:
        """Name of the fact column that holds this place's id, for example `commune_id`."""
        return f"{self.level}_id"

    @property
    def child_level(self) -> str | None:
        """Level of the places directly below; a province has communes or, before 07/2025, districts."""
        if self.level == Level.PROVINCE:
            return Level.DISTRICT if self.valid_to and self.valid_to < datetime.date(2025, 7, 1) else Level.COMMUNE
        position = LEVEL_ORDER.index(Level(self.level))
        return LEVEL_ORDER[position + 1] if position + 1 < len(LEVEL_ORDER) else None


@tracked()
class Succession(models.Model):
    """From which place to which, on what day: merger, split, renaming. `partial`: only a part went there."""

    from_place = models.ForeignKey(Place, models.PROTECT, related_name="successions_out")
    to_place = models.ForeignKey(Place, models.PROTECT, related_name="successions_in")
    effective_on = models.DateField(_("Có hiệu lực từ"))
    partial = models.BooleanField(_("Một phần"), default=False)
    decree = models.CharField(_("Văn bản"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("Kế thừa địa bàn")
        verbose_name_plural = _("Kế thừa địa bàn")
        constraints = [
            models.UniqueConstraint(
                fields=["from_place", "to_place", "effective_on"], name="%(app_label)s_%(class)s_once"
            ),
            models.CheckConstraint(
                condition=~Q(from_place=models.F("to_place")),
                name="%(app_label)s_%(class)s_not_itself",
                violation_error_message=_("Một địa bàn không thể kế thừa chính nó."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_place} → {self.to_place} ({self.effective_on:%d/%m/%Y})"
