"""A team's visit to one place: when, what it scored, what must be done, and who signed."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import ActionState, Rank, VisitState
from recognition.models.inspections import Inspection
from recognition.models.registrations import Registration
from recognition.result_words import result_words
from units.models import Place
from units.models.history import tracked


class VisitQuerySet(models.QuerySet):
    """Visits are read by the level that inspects and by the place that is inspected."""

    def visible_to(self, user):
        """Visits of teams, or to places, inside the person's postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        scope = scope_of(user)
        return self.filter(scope.q(prefix="place__", own=True) | scope.q(prefix="inspection__place__", own=True))


@tracked()
class InspectionVisit(models.Model):
    """One place of a team's plan. Dates of visit and of the data looked at differ from team to team, so both are kept.

    `minutes` are the minutes as plain values, written when the team signs; `checksum` seals them. After both sides
    have signed nothing changes any more, unless the head opens the visit again with a reason.
    """

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="visits")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Nơi kiểm tra"))
    planned_on = models.DateField(_("Ngày dự kiến"), null=True, blank=True)
    state = models.CharField(_("Tình trạng"), max_length=12, choices=VisitState.choices, default=VisitState.PLANNED)
    visited_on = models.DateField(_("Ngày kiểm tra"), null=True, blank=True)
    window_from = models.DateField(_("Số liệu từ ngày"), null=True, blank=True)
    window_to = models.DateField(_("Số liệu đến ngày"), null=True, blank=True)
    findings = models.TextField(_("Nhận xét của đoàn"), max_length=2000, blank=True)
    reason = models.CharField(_("Lý do"), max_length=500, blank=True)
    team_signed_at = models.DateTimeField(null=True, blank=True)
    team_signed_name = models.CharField(max_length=150, blank=True)
    place_signed_at = models.DateTimeField(null=True, blank=True)
    place_signed_name = models.CharField(max_length=150, blank=True)
    place_agrees = models.BooleanField(_("Thống nhất với kết quả"), null=True, blank=True)
    place_opinion = models.TextField(_("Ý kiến của nơi được kiểm tra"), max_length=2000, blank=True)
    minutes = models.JSONField(default=dict, blank=True)
    checksum = models.CharField(max_length=64, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("Nơi kiểm tra")
        verbose_name_plural = _("Nơi kiểm tra")
        ordering = ["planned_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["inspection", "place"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=Q(state__in=VisitState.values), name="%(app_label)s_%(class)s_state_known"
            ),
            models.CheckConstraint(
                condition=Q(window_from__isnull=True) | Q(window_to__isnull=True) | Q(window_from__lte=F("window_to")),
                name="%(app_label)s_%(class)s_window_in_order",
                violation_error_message=_("Ngày cuối phải sau ngày đầu."),
            ),
            models.CheckConstraint(
                condition=~Q(state=VisitState.CANCELLED) | ~Q(reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Không đi một nơi trong kế hoạch phải ghi lý do."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[VisitState.TEAM_SIGNED, VisitState.SIGNED])
                | Q(visited_on__isnull=False, team_signed_at__isnull=False) & ~Q(checksum=""),
                name="%(app_label)s_%(class)s_signed_by_team",
                violation_error_message=_("Biên bản chỉ ký khi đã ghi ngày kiểm tra."),
            ),
            models.CheckConstraint(
                condition=~Q(state=VisitState.SIGNED)
                | Q(place_signed_at__isnull=False) & (Q(place_agrees=True) | ~Q(place_opinion="")),
                name="%(app_label)s_%(class)s_signed_by_place",
                violation_error_message=_("Không thống nhất thì phải ghi ý kiến."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspection_id} · {self.place}"

    @property
    def is_open(self) -> bool:
        """May the team still write?"""
        return self.state in (VisitState.PLANNED, VisitState.VISITED)


@tracked()
class InspectionSheet(models.Model):
    """The team's score of one dossier, beside the self-score it was compared with.

    The total stands once the sheet is concluded; a criterion changed afterwards opens it again. `self_scores` and
    `self_half` are those of the moment, so the gap of a signed visit does not move when the place scores itself anew.
    """

    visit = models.ForeignKey(InspectionVisit, models.PROTECT, related_name="sheets")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="inspection_sheets")
    total_half = models.SmallIntegerField(_("Điểm kiểm tra"), null=True)
    passed = models.BooleanField(_("Đạt"), null=True)
    rank = models.CharField(_("Xếp loại"), max_length=8, choices=Rank.choices, blank=True)
    level = models.PositiveSmallIntegerField(_("Mức độ"), null=True)
    self_half = models.SmallIntegerField(_("Tự chấm"), null=True)
    self_scores = ArrayField(models.SmallIntegerField(null=True), default=list)
    concluded_at = models.DateTimeField(_("Kết luận lúc"), null=True)
    concluded_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = _("Phiếu kiểm tra")
        verbose_name_plural = _("Phiếu kiểm tra")
        constraints = [
            models.UniqueConstraint(fields=["visit", "registration"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=Q(concluded_at__isnull=True) | Q(total_half__isnull=False, passed__isnull=False),
                name="%(app_label)s_%(class)s_concluded_has_total",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} · {self.registration_id}"

    @property
    def result_text(self) -> str:
        """Rank, level or "Đạt"; empty while nothing is decided."""
        return result_words(rank=self.rank, level=self.level, passed=self.passed)


@tracked()
class InspectionScore(models.Model):
    """The team's points and finding for one criterion of one sheet. `half`: half points, −1 = not applicable.

    `version` counts the writes: whoever saves says which one they saw, so the second of two inspectors is told.
    """

    sheet = models.ForeignKey(InspectionSheet, models.CASCADE, related_name="scores")
    code = models.CharField(_("Tiêu chí"), max_length=20)
    half = models.SmallIntegerField(_("Điểm"), null=True)
    remark = models.CharField(_("Nhận xét"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(_("Lúc"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    by_name = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("Điểm kiểm tra")
        verbose_name_plural = _("Điểm kiểm tra")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "code"], name="%(app_label)s_%(class)s_once"),
            models.CheckConstraint(
                condition=Q(half__isnull=True) | Q(half__gte=-1, half__lte=200),
                name="%(app_label)s_%(class)s_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.code}"


@tracked()
class ActionPoint(models.Model):
    """What the inspected side must put right, by when, and who sees to it (kiến nghị)."""

    visit = models.ForeignKey(InspectionVisit, models.PROTECT, related_name="actions")
    code = models.CharField(_("Tiêu chí"), max_length=20, blank=True)
    text = models.CharField(_("Việc phải làm"), max_length=500)
    due_on = models.DateField(_("Hạn"))
    responsible = models.CharField(_("Người chịu trách nhiệm"), max_length=150)
    state = models.CharField(_("Tình trạng"), max_length=8, choices=ActionState.choices, default=ActionState.OPEN)
    state_note = models.CharField(_("Kết quả, lý do"), max_length=500, blank=True)
    state_at = models.DateTimeField(null=True, blank=True)
    state_by_name = models.CharField(max_length=150, blank=True)
    created_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Việc sau kiểm tra")
        verbose_name_plural = _("Việc sau kiểm tra")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ActionState.values), name="%(app_label)s_%(class)s_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ActionState.OPEN) | ~Q(state_note=""),
                name="%(app_label)s_%(class)s_note_given",
                violation_error_message=_("Hãy ghi kết quả, hoặc lý do không làm nữa."),
            ),
        ]

    def __str__(self) -> str:
        return self.text
