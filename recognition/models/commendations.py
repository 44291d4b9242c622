"""Commendations (giấy khen, bằng khen, kỷ niệm chương): forms as data, lists, decisions, and each one given."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import IssuingBody, LearningModel
from recognition.honour_choices import (
    IN_REGISTER,
    CommendationKind,
    CommendationState,
    CriterionRule,
    Honouree,
    ListState,
    Occasion,
)
from units.choices import Level
from units.models import Place, Registrant
from units.models.history import tracked


class CommendationFormQuerySet(models.QuerySet):
    """Forms are open to everybody signed in: they name bodies and legal texts, no people."""

    def visible_to(self, user):
        """All forms for whoever is signed in."""
        return self if user.is_authenticated else self.none()

    def on(self, day):
        """Forms in force on a day."""
        return self.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=day)).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )


@tracked()
class CommendationForm(models.Model):
    """A form of commendation: what, given by which body at which level, on which legal basis, from when to when.

    An empty level means a central body outside the portal, whose decision is written down as received. `place`: the
    form is that place's own; empty means everywhere. `provisional`: the source was not compared with the original.
    `families_as`: no text that was read says whether a family is a collective, so each form says it.
    """

    kind = models.CharField(_("Loại"), max_length=10, choices=CommendationKind.choices)
    name = models.CharField(_("Tên hình thức khen"), max_length=200)
    body = models.CharField(_("Cơ quan khen"), max_length=12, choices=IssuingBody.choices)
    level = models.CharField(_("Cấp khen"), max_length=10, choices=[("", _("Trung ương")), *Level.choices], blank=True)
    for_collective = models.BooleanField(_("Khen tập thể"), default=True)
    for_individual = models.BooleanField(_("Khen cá nhân"), default=True)
    families_as = models.CharField(
        _("Gia đình xếp vào"),
        max_length=10,
        choices=Honouree.choices,
        default=Honouree.COLLECTIVE,
        db_default=Honouree.COLLECTIVE.value,
    )
    legal_basis = models.CharField(_("Căn cứ"), max_length=300)
    source = models.CharField(_("Nguồn của thông tin này"), max_length=300)
    provisional = models.BooleanField(_("Tạm thời, chưa đối chiếu văn bản gốc"), default=True)
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Chỉ áp dụng ở")
    )
    valid_from = models.DateField(_("Áp dụng từ ngày"), null=True, blank=True)
    valid_to = models.DateField(_("Áp dụng đến hết ngày"), null=True, blank=True)

    objects = CommendationFormQuerySet.as_manager()

    class Meta:
        verbose_name = _("Hình thức khen")
        verbose_name_plural = _("Hình thức khen")
        ordering = ["kind", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "body", "level", "place", "valid_from"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("Đã có hình thức khen này của cơ quan đó."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=CommendationKind.values)
                & Q(body__in=IssuingBody.values)
                & Q(families_as__in=Honouree.values)
                & Q(level__in=["", Level.PROVINCE, Level.DISTRICT, Level.COMMUNE]),
                name="%(app_label)s_%(class)s_words_known",
                violation_error_message=_("Hãy chọn loại, cơ quan và cấp khen."),
            ),
            models.CheckConstraint(
                condition=Q(for_collective=True) | Q(for_individual=True),
                name="%(app_label)s_%(class)s_for_somebody",
                violation_error_message=_("Hãy chọn khen tập thể, cá nhân hoặc cả hai."),
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(legal_basis="") & ~Q(source=""),
                name="%(app_label)s_%(class)s_basis_given",
                violation_error_message=_("Hãy ghi tên, căn cứ và nguồn."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="%(app_label)s_%(class)s_dates_in_order",
                violation_error_message=_("Ngày cuối phải sau ngày đầu."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_central(self) -> bool:
        """Given by a central body, which does not work in the portal."""
        return not self.level

    @property
    def giver(self) -> str:
        """The giving body in general words: "Ủy ban nhân dân · Phường, xã, đặc khu"."""
        return f"{self.get_body_display()} · {self.get_level_display()}"


class CommendationListQuerySet(models.QuerySet):
    """Lists of proposed commendations; a draft is seen only where it is written."""

    def visible_to(self, user) -> CommendationListQuerySet:
        """Lists made by, or sent to, places inside the person's postings; a body reads what it was sent."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        scope = scope_of(user)
        sent = scope.q(prefix="to_place__", own=True) & ~Q(state=ListState.DRAFT)
        return self.filter(scope.q(prefix="place__", own=True) | sent)


@tracked()
class CommendationList(models.Model):
    """A list of those a place proposes for one form of commendation, with the criterion they were chosen by."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Đơn vị đề nghị"))
    form = models.ForeignKey(CommendationForm, models.PROTECT, related_name="lists", verbose_name=_("Hình thức khen"))
    to_place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Nơi khen")
    )
    occasion = models.CharField(_("Dịp khen"), max_length=8, choices=Occasion.choices)
    title = models.CharField(_("Nội dung khen"), max_length=300)
    year_from = models.PositiveSmallIntegerField(_("Từ năm"))
    year_to = models.PositiveSmallIntegerField(_("Đến năm"))
    model = models.CharField(_("Danh hiệu làm căn cứ"), max_length=20, choices=LearningModel.choices, blank=True)
    rule = models.CharField(_("Tiêu chuẩn"), max_length=8, choices=CriterionRule.choices, blank=True)
    years_needed = models.PositiveSmallIntegerField(_("Số năm"), null=True, blank=True)
    state = models.CharField(_("Tình trạng"), max_length=8, choices=ListState.choices, default=ListState.DRAFT)
    number = models.PositiveIntegerField(_("Số"), null=True, blank=True)
    symbol = models.CharField(_("Ký hiệu"), max_length=40, blank=True)
    signed_on = models.DateField(_("Ngày ký"), null=True, blank=True)
    signer = models.CharField(_("Người ký"), max_length=150, blank=True)
    signer_title = models.CharField(_("Chức vụ"), max_length=150, blank=True)
    note = models.CharField(_("Lý do trả lại"), max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CommendationListQuerySet.as_manager()

    class Meta:
        verbose_name = _("Danh sách đề nghị khen")
        verbose_name_plural = _("Danh sách đề nghị khen")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ListState.values) & Q(occasion__in=Occasion.values),
                name="%(app_label)s_%(class)s_state_known",
            ),
            models.CheckConstraint(
                condition=Q(year_from__lte=F("year_to")) & Q(year_to__lte=F("year_from") + 9),
                name="%(app_label)s_%(class)s_years_in_order",
                violation_error_message=_("Giai đoạn phải từ 1 đến 10 năm, năm đầu trước năm cuối."),
            ),
            models.CheckConstraint(
                condition=Q(rule="", years_needed__isnull=True)
                | Q(rule__in=CriterionRule.values, years_needed__gte=1) & ~Q(model=""),
                name="%(app_label)s_%(class)s_criterion_whole",
                violation_error_message=_("Tiêu chuẩn phải có danh hiệu và số năm."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ListState.SENT, ListState.DECIDED])
                | Q(number__isnull=False, signed_on__isnull=False),
                name="%(app_label)s_%(class)s_sent_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state=ListState.RETURNED) | ~Q(note=""),
                name="%(app_label)s_%(class)s_reason_of_return",
                violation_error_message=_("Trả lại danh sách phải ghi lý do."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number:02d}/{self.symbol}" if self.number else self.title

    @property
    def years(self) -> str:
        """ "2025" or "2021–2025"."""
        return str(self.year_to) if self.year_from == self.year_to else f"{self.year_from}–{self.year_to}"

    @property
    def is_open(self) -> bool:
        """May its place still write?"""
        return self.state in (ListState.DRAFT, ListState.RETURNED)


@tracked()
class CommendationDecision(models.Model):
    """A decision of commendation. One issued in the portal has a number of its body's series; one of a body outside it
    is written down as received (`received`), with the number as text."""

    roll = models.OneToOneField(CommendationList, models.PROTECT, related_name="decision")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("Nơi ra quyết định"), null=True)
    authority = models.CharField(_("Thẩm quyền"), max_length=200)
    number = models.PositiveIntegerField(_("Số"), null=True, blank=True)
    number_year = models.PositiveSmallIntegerField()
    symbol = models.CharField(_("Ký hiệu"), max_length=40, blank=True)
    received = models.CharField(_("Số, ký hiệu theo văn bản"), max_length=60, blank=True)
    signed_on = models.DateField(_("Ngày ký"))
    signer = models.CharField(_("Người ký"), max_length=150)
    signer_title = models.CharField(_("Chức vụ"), max_length=150)
    grounds = ArrayField(models.TextField(), default=list, verbose_name=_("Căn cứ"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    issued_by_name = models.CharField(max_length=150)
    issued_at = models.DateTimeField()

    class Meta:
        verbose_name = _("Quyết định khen")
        verbose_name_plural = _("Quyết định khen")
        ordering = ["-signed_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "symbol", "number_year", "number"],
                condition=Q(number__isnull=False),
                name="%(app_label)s_%(class)s_number_once",
                violation_error_message=_("Số quyết định này đã dùng trong năm."),
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=False, place__isnull=False, received="")
                | Q(number__isnull=True) & ~Q(received=""),
                name="%(app_label)s_%(class)s_numbered",
                violation_error_message=_("Quyết định phải có số."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number:02d}/{self.symbol}" if self.number else self.received


class CommendationQuerySet(models.QuerySet):
    """Single commendations: the names on the lists, and what was given to whom."""

    def visible_to(self, user) -> CommendationQuerySet:
        """Names of lists the person may read, and those given to somebody inside their postings."""
        from units.rules import scope_of  # noqa: PLC0415  (rules read models; the verb belongs on the queryset)

        about_us = scope_of(user).q() & Q(state__in=IN_REGISTER)
        return self.filter(Q(roll__in=CommendationList.objects.visible_to(user)) | about_us)

    def given(self) -> CommendationQuerySet:
        """Those that were given."""
        return self.filter(state=CommendationState.GIVEN)


@tracked(exclude=["token"])
class Commendation(models.Model):
    """One name of a list, and after the decision the commendation itself with its number in the register.

    `registrant`: somebody of the register (a family as its form says, a citizen as an individual); without
    one it is a person or an organisation by name and position (a branch, a committee, an officer). `token`: the secret
    part of the address behind the QR code of its paper, from the decision on. `replaced_by`: whose paper stands in
    place of this misprinted or lost one; the decision stays as it was signed. `counted_years` are the years of
    recognition it rests on, as they stood when it was listed. The place is that of the time.
    """

    roll = models.ForeignKey(CommendationList, models.PROTECT, related_name="items")
    registrant = models.ForeignKey(Registrant, models.PROTECT, null=True, blank=True, related_name="commendations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    honouree = models.CharField(_("Đối tượng"), max_length=10, choices=Honouree.choices)
    name = models.CharField(_("Tên"), max_length=200)
    search_name = models.CharField(max_length=200, editable=False)
    position = models.CharField(_("Chức vụ, đơn vị"), max_length=200, blank=True)
    achievement = models.CharField(_("Thành tích"), max_length=500, blank=True)
    counted_years = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    hamlet = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    commune = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    district = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    province = models.ForeignKey(Place, models.PROTECT, related_name="+")
    state = models.CharField(
        _("Tình trạng"), max_length=8, choices=CommendationState.choices, default=CommendationState.LISTED
    )
    reason = models.CharField(_("Lý do"), max_length=500, blank=True)
    state_on = models.DateField(null=True, blank=True)
    book_number = models.PositiveIntegerField(_("Số vào sổ"), null=True, blank=True)
    book_year = models.PositiveSmallIntegerField(null=True, blank=True)
    token = models.CharField(max_length=43, blank=True, editable=False, db_default="")
    replaced_by = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaces")

    objects = CommendationQuerySet.as_manager()

    class Meta:
        verbose_name = _("Khen thưởng")
        verbose_name_plural = _("Sổ khen thưởng")
        ordering = ["roll", "honouree", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["roll", "registrant"],
                condition=Q(registrant__isnull=False) & ~Q(state=CommendationState.REPLACED),
                name="%(app_label)s_%(class)s_registrant_once",
                violation_error_message=_("Đối tượng này đã có trong danh sách."),
            ),
            models.UniqueConstraint(
                fields=["roll", "search_name", "position"],
                condition=Q(registrant__isnull=True) & ~Q(state=CommendationState.REPLACED),
                name="%(app_label)s_%(class)s_name_once",
                violation_error_message=_("Tên và chức vụ này đã có trong danh sách."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=CommendationState.values) & Q(honouree__in=Honouree.values) & ~Q(name=""),
                name="%(app_label)s_%(class)s_words_known",
                violation_error_message=_("Hãy ghi tên và chọn tập thể hay cá nhân."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=[CommendationState.LISTED, CommendationState.GIVEN]) | ~Q(reason=""),
                name="%(app_label)s_%(class)s_reason_given",
                violation_error_message=_("Không khen, thu hồi hoặc thay thế phải ghi lý do."),
            ),
            models.CheckConstraint(
                condition=Q(state=CommendationState.REPLACED, replaced_by__isnull=False)
                | ~Q(state=CommendationState.REPLACED) & Q(replaced_by__isnull=True),
                name="%(app_label)s_%(class)s_replaced_by_one",
            ),
            models.UniqueConstraint(
                fields=["token"], condition=~Q(token=""), name="%(app_label)s_%(class)s_token_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=IN_REGISTER) | ~Q(token=""),
                name="%(app_label)s_%(class)s_given_has_token",
            ),
        ]
        indexes = [models.Index(fields=["roll", "honouree", "id"], name="commendation_list")]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> Place:
        """The nearest place: hamlet, else commune, district, province."""
        return self.hamlet or self.commune or self.district or self.province

    @property
    def book_label(self) -> str:
        """Number in the register of commendations: "0012/2026"."""
        return f"{self.book_number:04d}/{self.book_year}" if self.book_number else ""
