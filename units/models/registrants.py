"""The register: one row per household, clan, community, organisation or citizen, with a one-to-one profile."""

from __future__ import annotations

import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.lib.text import bigrams, clean, fold, natural_key, sort_key
from units.choices import CloseReason, Poverty, RegistrantKind
from units.models.history import tracked
from units.models.places import Place


class RegistrantQuerySet(models.QuerySet):
    """Registrants of every kind, by who sees them, where they stand and whether they are still in the register."""

    def visible_to(self, user) -> RegistrantQuerySet:
        """Registrants inside the person's postings. The first verb of every query in a view."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q())

    def households(self) -> RegistrantQuerySet:
        """Households only."""
        return self.filter(kind=RegistrantKind.HOUSEHOLD)

    def open(self) -> RegistrantQuerySet:
        """Still in the register."""
        return self.filter(closed_on__isnull=True)

    def within(self, place: Place) -> RegistrantQuerySet:
        """Registrants that stand in `place` today."""
        return self.filter(**{place.fact_column: place.pk})

    def named(self, text: str) -> RegistrantQuerySet:
        """Name search without marks: the typed words in a row from the start of a word; the last may be unfinished."""
        folded = fold(text)
        if not folded:
            return self
        words = folded.split()
        query = self
        if len(words) > 1:
            query = query.filter(
                bigrams__contains=[f"{a} {b}" for a, b in zip(words[:-1], words[1:-1], strict=False)] or [words[0]]
            )
        return query.filter(Q(search_name__startswith=folded) | Q(search_name__contains=f" {folded}"))


@tracked(exclude=["search_name", "bigrams", "sort_key", "import_batch"], compare=False)
class Registrant(models.Model):
    """A row of the register ("dòng trong sổ"): who can be registered for a learning model.

    hamlet, commune, district and province are where it stands today; `Stay` keeps where it stood before. That they
    exist is asked by `references`.
    """

    kind = models.CharField(_("Loại"), max_length=14, choices=RegistrantKind.choices)
    name = models.CharField(_("Tên"), max_length=200)
    search_name = models.CharField(max_length=200, editable=False)
    bigrams = ArrayField(models.CharField(max_length=80), editable=False)
    sort_key = models.CharField(max_length=300, editable=False)
    hamlet = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("Khu phố, thôn"),
    )
    commune = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("Phường, xã"),
    )
    district = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("Quận, huyện"),
    )
    province = models.ForeignKey(
        Place,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("Tỉnh, thành phố"),
    )
    opened_on = models.DateField(_("Vào sổ từ ngày"))
    closed_on = models.DateField(_("Ra khỏi sổ ngày"), null=True, blank=True)
    close_reason = models.CharField(_("Lý do"), max_length=14, choices=CloseReason.choices, blank=True)
    note = models.CharField(_("Ghi chú"), max_length=300, blank=True)
    import_batch = models.ForeignKey(
        "units.ImportBatch",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    objects = RegistrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("Đối tượng trong sổ")
        verbose_name_plural = _("Sổ bộ")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=RegistrantKind.values), name="%(app_label)s_%(class)s_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="%(app_label)s_%(class)s_name_given",
                violation_error_message=_("Cần ghi tên."),
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, close_reason="")
                | Q(closed_on__isnull=False, closed_on__gte=models.F("opened_on")) & ~Q(close_reason=""),
                name="%(app_label)s_%(class)s_closing_complete",
                violation_error_message=_("Đưa ra khỏi sổ phải có ngày (không trước ngày vào sổ) và lý do."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="HOUSEHOLD") | Q(hamlet__isnull=False, commune__isnull=False),
                name="%(app_label)s_%(class)s_household_in_hamlet",
                violation_error_message=_("Hộ gia đình phải thuộc một khu phố, thôn hoặc ấp."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["CLAN", "ORGANISATION", "CITIZEN"]) | Q(commune__isnull=False),
                name="%(app_label)s_%(class)s_in_commune",
                violation_error_message=_("Dòng họ, đơn vị và công dân phải thuộc một phường, xã."),
            ),
        ]
        indexes = [
            models.Index(fields=["commune", "kind", "sort_key", "id"], name="registrant_commune_list"),
            models.Index(fields=["hamlet", "kind", "sort_key", "id"], name="registrant_hamlet_list"),
            GinIndex(fields=["bigrams"], name="registrant_bigrams"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def derive(self) -> None:
        """Fill search and sort columns from the name."""
        self.name = clean(self.name)
        self.search_name = fold(self.name)[:200]
        self.bigrams = bigrams(self.search_name)
        person = self.kind in (RegistrantKind.HOUSEHOLD, RegistrantKind.CITIZEN)
        self.sort_key = sort_key(self.name) if person else natural_key(self.name)

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    @property
    def place(self) -> Place:
        """The nearest place: hamlet, else commune, district, province."""
        return self.hamlet or self.commune or self.district or self.province


@tracked(exclude=["address_key"], compare=False)
class Household(models.Model):
    """Profile of a household. The registrant's name is the head's name. School results are never kept here."""

    registrant = models.OneToOneField(
        Registrant, models.PROTECT, primary_key=True, related_name="household", db_constraint=False
    )
    address = models.CharField(_("Địa chỉ"), max_length=250, blank=True)
    address_key = models.CharField(max_length=250, editable=False, blank=True)
    group_name = models.CharField(_("Tổ"), max_length=60, blank=True)
    members = models.PositiveSmallIntegerField(
        _("Số nhân khẩu"), null=True, blank=True, validators=[MaxValueValidator(60)]
    )
    adults = models.PositiveSmallIntegerField(_("Người lớn"), null=True, blank=True, validators=[MaxValueValidator(60)])
    pupils = models.PositiveSmallIntegerField(_("Học sinh"), null=True, blank=True, validators=[MaxValueValidator(60)])
    poverty = models.CharField(_("Diện hộ"), max_length=10, choices=Poverty.choices, default=Poverty.NONE)
    phone = models.CharField(_("Điện thoại"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("Hộ gia đình")
        verbose_name_plural = _("Hộ gia đình")
        constraints = [
            models.CheckConstraint(
                condition=Q(poverty__in=Poverty.values), name="%(app_label)s_%(class)s_poverty_known"
            ),
            models.CheckConstraint(
                condition=Q(members__isnull=True)
                | (
                    Q(members__gte=1, members__lte=60)
                    & (
                        Q(adults__isnull=True)
                        | Q(pupils__isnull=True)
                        | Q(members__gte=models.F("adults") + models.F("pupils"))
                    )
                    & (Q(adults__isnull=True) | Q(members__gte=models.F("adults")))
                    & (Q(pupils__isnull=True) | Q(members__gte=models.F("pupils")))
                ),
                name="%(app_label)s_%(class)s_members_add_up",
                violation_error_message=_("Số nhân khẩu phải từ 1 đến 60 và không ít hơn tổng người lớn và học sinh."),
            ),
        ]

    def __str__(self) -> str:
        return self.registrant.name

    def save(self, *args, **kwargs):
        self.derive()
        super().save(*args, **kwargs)

    def derive(self) -> None:
        """Fill the key addresses are compared by."""
        self.address = clean(self.address)
        self.group_name = clean(self.group_name)
        self.address_key = fold(self.address)[:250]


@tracked()
class Community(models.Model):
    """A place as a registrant (hamlet or commune community), one-to-one with its place."""

    registrant = models.OneToOneField(Registrant, models.PROTECT, primary_key=True, related_name="community")
    place = models.OneToOneField(Place, models.PROTECT, related_name="community", verbose_name=_("Địa bàn"))

    class Meta:
        verbose_name = _("Cộng đồng")
        verbose_name_plural = _("Cộng đồng")

    def __str__(self) -> str:
        return self.registrant.name


@tracked(compare=False)
class Stay(models.Model):
    """Where a registrant stood, from a day until (not including) a day.

    Yearly totals count who stood somewhere on 31 December, so a later move or merger never changes the past.
    """

    registrant = models.ForeignKey(Registrant, models.PROTECT, related_name="stays", db_constraint=False)
    hamlet = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    commune = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    district = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    province = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=14, choices=RegistrantKind.choices)
    since = models.DateField(_("Từ ngày"))
    until = models.DateField(_("Đến trước ngày"), null=True, blank=True)

    class Meta:
        verbose_name = _("Thời gian cư trú")
        verbose_name_plural = _("Thời gian cư trú")
        constraints = [
            models.UniqueConstraint(
                fields=["registrant"],
                condition=Q(until__isnull=True),
                name="%(app_label)s_%(class)s_one_open",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")),
                name="%(app_label)s_%(class)s_dates_in_order",
            ),
        ]
        indexes = [models.Index(fields=["commune", "kind"], name="stay_of_commune")]

    def __str__(self) -> str:
        return f"{self.registrant_id} · {self.since:%d/%m/%Y}"

    def covers(self, day: datetime.date) -> bool:
        """Did the registrant stand here on `day`?"""
        return self.since <= day and (self.until is None or self.until > day)
