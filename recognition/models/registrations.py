"""Registrations: one per registrant, model and year; the row every step of the chain moves forward."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import LearningModel, Rank, State
from recognition.models.rulebooks import Rulebook
from recognition.result_words import result_words
from units.choices import RegistrantKind
from units.models import Place, Registrant
from units.models.history import tracked

# Where a registrant has its address, by kind: street and group of a household, also of the one a citizen lives in;
# address of an organisation; a clan's hall. A community has none.
ADDRESS = {
    RegistrantKind.HOUSEHOLD: ("household__address", "household__group_name"),
    RegistrantKind.CITIZEN: ("citizen__household__address", "citizen__household__group_name"),
    RegistrantKind.ORGANISATION: ("organisation__address",),
    RegistrantKind.CLAN: ("clan__hall_address",),
    RegistrantKind.COMMUNITY: (),
}
# What a list reads along so that everybody's address (papers.words.address_of) costs no query of its own.
ADDRESSED = ("registrant__household", "registrant__organisation", "registrant__clan", "registrant__citizen__household")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
# SQL: the day a registration has stood in its state since, in Viet Nam.
SINCE = f"coalesce(stands_since, (state_at AT TIME ZONE '{settings.TIME_ZONE}')::date)"


class RegistrationQuerySet(models.QuerySet):
    """Dossiers, by who sees them, at which place as it then stood, and how far they have come."""

    def visible_to(self, user) -> RegistrationQuerySet:
        """Registrations inside the person's postings, predecessors of their places included."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        return self.filter(scope_of(user).q())

    def within(self, place: Place | None) -> RegistrationQuerySet:
        """Registrations made in `place` as it then stood; None means the whole nation."""
        return self if place is None else self.filter(**{place.fact_column: place.pk})

    def live(self) -> RegistrationQuerySet:
        """Without withdrawn ones."""
        return self.exclude(state=State.WITHDRAWN)


# Events are appended in the order of time: an index of a few pages finds "since yesterday" among hundreds of millions.
@tracked(
    exclude=["live", "stands_since"],  # both follow from the rest
    compare=False,
    # What is written in one go is mostly of one place, so ranges of pages tell provinces apart as they tell moments.
    indexes=[
        BrinIndex(
            fields=["pgh_created_at", "province"], autosummarize=True, pages_per_range=32, name="registrationevent_when"
        )
    ],
)
class Registration(models.Model):
    """A registrant's dossier for one learning model and year.

    `state` is the last completed step, or returned / withdrawn / recognised / refused. Every change of state writes
    who, when and why beside it, and a trigger keeps each version, so the events of a row are the history of its steps.
    Places are those of the year and never change afterwards; only an open dossier goes on under its hamlet's new name
    (docs/decisions/0026). Totals are in half points (steps of 0.5).
    """

    registrant = models.ForeignKey(Registrant, models.PROTECT, related_name="registrations")
    model = models.CharField(_("Mô hình"), max_length=20, choices=LearningModel.choices)
    year = models.PositiveSmallIntegerField(_("Năm"))
    rulebook = models.ForeignKey(Rulebook, models.PROTECT, related_name="registrations", db_index=False)
    hamlet = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    commune = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    district = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    province = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(_("Tình trạng"), max_length=14, choices=State.choices, default=State.REGISTERED)
    state_at = models.DateTimeField(_("Lúc"))
    # The day it came into this state, where a correction within the state has moved `state_at` on since; else empty.
    stands_since = models.DateField(null=True, editable=False)
    state_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    state_by_name = models.CharField(max_length=150, blank=True)
    state_note = models.CharField(_("Lý do"), max_length=500, blank=True)
    self_half = models.SmallIntegerField(_("Tự chấm"), null=True)
    review_half = models.SmallIntegerField(_("Bình xét"), null=True)
    inspection_half = models.SmallIntegerField(_("Kiểm tra"), null=True)
    passed = models.BooleanField(_("Đạt"), null=True)
    rank = models.CharField(_("Xếp loại"), max_length=8, choices=Rank.choices, blank=True)
    level = models.PositiveSmallIntegerField(_("Mức độ"), null=True)
    late_reason = models.CharField(_("Xét bổ sung"), max_length=300, blank=True)
    meeting = models.ForeignKey(
        "recognition.ReviewMeeting", models.PROTECT, null=True, related_name="registrations", db_index=False
    )
    proposal = models.ForeignKey("recognition.Proposal", models.PROTECT, null=True, related_name="registrations")
    import_batch_id = models.BigIntegerField(null=True)
    # What the unique index below asks for. An index that named the state itself would take part in every step, and
    # PostgreSQL could never update a row in place (measured: 1.5 times the work of approving ten thousand).
    live = models.GeneratedField(
        expression=~Q(state="WITHDRAWN"), output_field=models.BooleanField(), db_persist=True, editable=False
    )

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("Hồ sơ đăng ký")
        verbose_name_plural = _("Hồ sơ đăng ký")
        constraints = [
            models.UniqueConstraint(
                fields=["registrant", "model", "year"],
                condition=Q(live=True),
                name="%(app_label)s_%(class)s_one_live",
                violation_error_message=_("Đối tượng này đã đăng ký danh hiệu của năm này."),
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="%(app_label)s_%(class)s_state_known"),
            models.CheckConstraint(
                condition=Q(model__in=LearningModel.values), name="%(app_label)s_%(class)s_model_known"
            ),
            models.CheckConstraint(
                condition=Q(rank="") | Q(rank__in=Rank.values), name="%(app_label)s_%(class)s_rank_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["RETURNED", "REFUSED"]) | ~Q(state_note=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Trả lại hoặc không công nhận phải ghi lý do."),
            ),
            models.CheckConstraint(
                condition=~Q(state="RECOGNISED") | Q(passed=True),
                name="%(app_label)s_%(class)s_recognised_passed",
                violation_error_message=_("Chỉ hồ sơ đạt mới được công nhận."),
            ),
        ]
        # No index holds the state: it changes most, and tallies answer what such an index would be for.
        indexes = [
            models.Index(fields=["commune", "year", "model", "id"], name="registration_commune_list"),
            models.Index(fields=["hamlet", "year", "model", "id"], name="registration_hamlet_list"),
        ]

    def __str__(self) -> str:
        return f"{self.registrant_id} {self.model} {self.year}"

    @property
    def place(self) -> Place:
        """The nearest place at the time."""
        return self.hamlet or self.commune or self.district or self.province

    @property
    def name_then(self) -> str:
        """Whose dossier it is. A community bears the name its place had then: places are renamed."""
        return self.place.name if self.registrant.kind == RegistrantKind.COMMUNITY else self.registrant.name

    @property
    def shown_as(self) -> str:
        """The version of this dossier a page shows: state and the microsecond of its last change.

        Sent back with a form, it makes the verb refuse a dossier somebody else changed meanwhile, even within a state.
        """
        return f"{self.state}@{(self.state_at - EPOCH) // datetime.timedelta(microseconds=1)}"

    @property
    def self_points(self) -> float | None:
        """Self-scored total in points."""
        return None if self.self_half is None else self.self_half / 2

    @property
    def review_points(self) -> float | None:
        """Total agreed by the review meeting, in points."""
        return None if self.review_half is None else self.review_half / 2

    @property
    def inspection_points(self) -> float | None:
        """Total given by the inspection, in points."""
        return None if self.inspection_half is None else self.inspection_half / 2

    @property
    def result_text(self) -> str:
        """Rank, level or "Đạt"; empty while nothing is decided."""
        return result_words(rank=self.rank, level=self.level, passed=self.passed)
