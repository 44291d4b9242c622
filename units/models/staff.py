"""Staff: users and their postings (who does what, where, from when to when)."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.choices import Role
from units.models.history import tracked
from units.models.places import Place

# Asked for every page. Written out because building the joins of `select_related` over places and their ancestors took
# Django longer than PostgreSQL needs for a whole page. The condition is that of PostingQuerySet.in_force.
POSTINGS_WITH_PLACES = """
SELECT posting.*, (
    SELECT json_agg(place) FROM units_place place
    WHERE place.id IN (home.id, home.parent_id, home.province_id, home.district_id, home.commune_id)
) AS places
FROM units_posting posting LEFT JOIN units_place home ON home.id = posting.place_id
WHERE posting.user_id = %(user)s AND posting.starts_on <= %(day)s
AND (posting.ends_on IS NULL OR posting.ends_on >= %(day)s)
ORDER BY posting.starts_on DESC, posting.id
"""


@tracked(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who signs in. What they may do follows from their postings alone."""

    first_name = None
    last_name = None
    full_name = models.CharField(_("Họ và tên"), max_length=150)
    phone = models.CharField(_("Điện thoại"), max_length=20, blank=True)

    REQUIRED_FIELDS = ["full_name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("Người dùng")
        verbose_name_plural = _("Người dùng")

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[-1] if self.full_name else self.username

    def active_postings(self) -> list[Posting]:
        """Postings in force today, with their places. Read once per request (the user object lives that long)."""
        if "_active_postings" not in self.__dict__:
            postings = list(Posting.objects.raw(POSTINGS_WITH_PLACES, {"user": self.pk, "day": timezone.localdate()}))
            for posting in postings:
                posting.place = Place.objects.joined(posting.places).get(posting.place_id)
            self.__dict__["_active_postings"] = postings
        return self.__dict__["_active_postings"]

    def has_role(self, *roles: str) -> bool:
        """Does the person hold one of `roles` anywhere today?"""
        return any(posting.role in roles for posting in self.active_postings())

    @property
    def is_portal_administrator(self) -> bool:
        return self.has_role(Role.ADMINISTRATOR)


class PostingQuerySet(models.QuerySet):
    """Who holds which role where, on a day."""

    def in_force(self, day: datetime.date | None = None) -> PostingQuerySet:
        """Postings that hold on `day` (today by default)."""
        day = day or timezone.localdate()
        return self.filter(Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day))


@tracked()
class Posting(models.Model):
    """A role at a place, from a day to a day. An empty place means the whole nation."""

    user = models.ForeignKey(User, models.CASCADE, related_name="postings", verbose_name=_("Người dùng"))
    role = models.CharField(_("Vai trò"), max_length=20, choices=Role.choices)
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name=_("Địa bàn")
    )
    starts_on = models.DateField(_("Từ ngày"), default=timezone.localdate)
    ends_on = models.DateField(_("Đến hết ngày"), null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("Phân công")
        verbose_name_plural = _("Phân công")
        ordering = ["-starts_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="%(app_label)s_%(class)s_role_known"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="%(app_label)s_%(class)s_dates_in_order",
                violation_error_message=_("Ngày kết thúc phân công phải sau ngày bắt đầu."),
            ),
            models.UniqueConstraint(
                fields=["user", "role", "place"],
                condition=Q(ends_on__isnull=True),
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_open_once",
                violation_error_message=_("Người này đang giữ vai trò đó tại địa bàn này."),
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=False) | Q(role__in=[Role.LEADER, Role.ADMINISTRATOR]),
                name="%(app_label)s_%(class)s_place_needed",
                violation_error_message=_("Vai trò này phải gắn với một địa bàn."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.place or _('Cả nước')}"
