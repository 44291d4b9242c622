"""Inspections: the team of a year, who looks at which criterion, and the places of its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from recognition import outliers
from recognition.choices import LearningModel, VisitState
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.extents import extent_of
from recognition.domain.rulebooks import rulebook_for
from recognition.models import (
    Inspection,
    InspectionDuty,
    InspectionMember,
    InspectionSheet,
    InspectionVisit,
    Registration,
    Rulebook,
)
from recognition.rules import closed_sentence, may_inspect_for, season_closed
from units.choices import Level
from units.models import Place, User

VISIT_KEYS = ("visited_on", "window", "findings", "opinion")  # kept in Assessment.remarks beside the criteria's
# The level whose place a community's dossier is about; of the other models a place has many dossiers.
OWN_LEVEL = {
    LearningModel.COMMUNITY_HAMLET: Level.HAMLET,
    LearningModel.COMMUNITY_COMMUNE: Level.COMMUNE,
    LearningModel.COMMUNITY_DISTRICT: Level.DISTRICT,
}
# Registrants of these may stand in a ward without a hamlet: then the ward itself is a place of its own team's plan.
OF_WARD = (LearningModel.CLAN, LearningModel.UNIT, LearningModel.CITIZEN)


@dataclass(frozen=True)
class Member:
    """A member of a team as typed: a user, or a name from outside the portal."""

    name: str
    user: User | None = None
    is_lead: bool = False


@dataclass(frozen=True)
class PlanRow:
    """One place of a year's plan with what is known of it. Where a place has one dossier (communities), it is
    `registration` (None: not registered); elsewhere `dossiers`, `drawn` and `answered` count."""

    place: Place
    registration: Registration | None = None
    visit: InspectionVisit | None = None
    sheet: InspectionSheet | None = None
    dossiers: int = 0
    scored: int = 0
    drawn: int = 0
    answered: int = 0
    is_single: bool = True

    @property
    def self_points(self) -> Decimal | None:
        return _points(self.registration and self.registration.self_half)

    @property
    def inspected_points(self) -> Decimal | None:
        if self.registration and self.registration.inspection_half is not None:
            return _points(self.registration.inspection_half)
        return _points(self.sheet and self.sheet.total_half)

    @property
    def gap(self) -> Decimal | None:
        """Inspected minus self-scored points."""
        if self.self_points is None or self.inspected_points is None:
            return None
        return self.inspected_points - self.self_points

    @property
    def wide(self) -> bool:
        """R-22: is the gap wide enough to be asked about?"""
        return outliers.is_wide(self.gap)

    @property
    def excused(self) -> bool:
        """The team does not go there, for a reason that is written down."""
        return self.visit is not None and self.visit.state == VisitState.CANCELLED

    @property
    def has_result(self) -> bool:
        if self.is_single:
            return self.inspected_points is not None
        return self.visit is not None and self.visit.state not in (VisitState.PLANNED, VisitState.CANCELLED)


def _points(half: int | None) -> Decimal | None:
    return None if half is None else Decimal(half) / 2


# --- The plan


def level_to_visit(place: Place, model: str) -> str:
    """Level of the places a team of `place` goes to."""
    if model == LearningModel.COMMUNITY_DISTRICT:
        return Level.DISTRICT
    return Level.HAMLET if place.level == Level.COMMUNE else Level.COMMUNE


def places_to_visit(place: Place, model: str, year: int) -> list[Place]:
    """Every place a team of `place` may go to, as they stood on 31 December of the year. One query."""
    extent = extent_of(place, year)
    inside = Q(level=level_to_visit(place, model), **{f"{place.level}_id__in": extent.ids})
    if place.level == Level.COMMUNE and model in OF_WARD:
        inside |= Q(pk__in=extent.ids)
    rows = Place.objects.filter(inside).select_related("province", "district", "commune", "parent")
    found = rows.on(extent.day).order_by("district__sort_key", "sort_key", "pk")
    return sorted(found, key=lambda one: one.pk not in extent.ids)  # the ward itself first


def is_single(place: Place, model: str) -> bool:
    """Is there one dossier of this model about the place itself?"""
    return OWN_LEVEL.get(LearningModel(model)) == place.level


def dossiers_of(inspection: Inspection, place: Place):
    """Dossiers a team meets at one place of its plan."""
    rows = Registration.objects.live().within(place).filter(model=inspection.model, year=inspection.year)
    if place.level == Level.COMMUNE and inspection.place.level == Level.COMMUNE:
        rows = rows.filter(hamlet__isnull=True)
    return rows


def plan(place: Place, model: str, year: int, inspection: Inspection | None = None) -> list[PlanRow]:
    """Every place under `place` on 31 December of the year, with its dossier or counts, and the team's visit.

    At most six queries, whatever the number of places.
    """
    places = places_to_visit(place, model, year)
    visits, sheets, drawn, scored = {}, {}, {}, {}
    if inspection is not None:
        counted = inspection.visits.annotate(
            drawn=Count("sample__rows", filter=Q(sample__rows__replaced_by__isnull=True)),
            answered=Count(
                "sample__rows", filter=Q(sample__rows__replaced_by__isnull=True) & ~Q(sample__rows__result="")
            ),
        )
        visits = {visit.place_id: visit for visit in counted}
        drawn = {place_id: (visit.drawn, visit.answered) for place_id, visit in visits.items()}
        for sheet in InspectionSheet.objects.filter(visit__inspection=inspection, concluded_at__isnull=False):
            sheets[sheet.registration_id] = sheet
            scored[sheet.visit_id] = scored.get(sheet.visit_id, 0) + 1
    single = OWN_LEVEL.get(LearningModel(model)) == level_to_visit(place, model)
    column = f"{level_to_visit(place, model)}_id"
    rows = Registration.objects.live().filter(model=model, year=year)
    inside = rows.filter(**{f"{column}__in": [one.pk for one in places]})
    if single:
        dossiers = {getattr(row, column): row for row in inside.select_related("registrant", "commune")}
        counts = {}
    else:
        dossiers = {}
        counts = dict(inside.order_by().values_list(column).annotate(Count("pk")))
        if place.level == Level.COMMUNE:
            counts[place.pk] = rows.filter(commune=place, hamlet__isnull=True).count()
    found = []
    for one in places:
        row, visit = dossiers.get(one.pk), visits.get(one.pk)
        found.append(
            PlanRow(
                one,
                row,
                visit,
                sheets.get(row.pk) if row else None,
                dossiers=counts.get(one.pk, 1 if row else 0),
                scored=scored.get(visit.pk, 0) if visit else 0,
                drawn=drawn.get(one.pk, (0, 0))[0],
                answered=drawn.get(one.pk, (0, 0))[1],
                is_single=single,
            )
        )
    return found


def unfinished(rows: Sequence[PlanRow]) -> list[PlanRow]:
    """Places of the plan without a result and without a reason for that (R-05)."""
    return [row for row in rows if not row.has_result and not row.excused]


def completeness_sentence(rows: Sequence[PlanRow]) -> str:
    """R-05 in words: places with a result plus those left out for a reason must be all places of the plan."""
    missing = unfinished(rows)
    excused = sum(row.excused and not row.has_result for row in rows)
    names = {"all": len(rows), "done": len(rows) - len(missing) - excused, "open": len(missing), "excused": excused}
    if not missing and not excused:
        return _("R-05: cả %(all)d nơi trong kế hoạch đã có kết quả kiểm tra.") % names
    if not missing:
        return (
            _(
                "R-05: %(done)d nơi có kết quả và %(excused)d nơi có lý do không kiểm tra, "
                "đủ %(all)d nơi trong kế hoạch."
            )
            % names
        )
    names["places"] = ", ".join(row.place.name for row in missing[:20]) + (" …" if len(missing) > 20 else "")
    return (
        _(
            "R-05: %(done)d nơi có kết quả trên %(all)d nơi trong kế hoạch; %(open)d nơi chưa có kết quả: %(places)s. "
            "Cần kiểm tra nốt hoặc ghi rõ lý do trước khi báo cáo."
        )
        % names
    )


# --- The team


def inspecting_levels(model: str) -> tuple[str, ...]:
    """Levels of place that may send a team for this model: always above the place that is looked at."""
    if model == LearningModel.COMMUNITY_COMMUNE:
        return (Level.DISTRICT, Level.PROVINCE)
    if model in (LearningModel.COMMUNITY_DISTRICT, LearningModel.COMMUNITY_PROVINCE):
        return (Level.PROVINCE,)
    return (Level.COMMUNE, Level.DISTRICT, Level.PROVINCE)


@transaction.atomic
def create_inspection(*, actor: User, inspection: Inspection, members: Sequence[Member]) -> Inspection:
    """Set up the team of a place for a model and year. One team per place, model and year.

    Raises NotPermitted, or RecognitionError: a level that does not inspect this model, a closed year, nobody in the
    team, two heads, a person twice, a second team.
    """
    if not may_inspect_for(actor, inspection.place):
        raise NotPermitted(
            _("Bạn không được phân công lập đoàn kiểm tra của %(place)s.") % {"place": inspection.place.name}
        )
    if inspection.place.level not in inspecting_levels(inspection.model):
        levels = ", ".join(str(Level(level).label).lower() for level in inspecting_levels(inspection.model))
        raise RecognitionError(
            _("Đoàn kiểm tra “%(model)s” do cấp trên của nơi được kiểm tra lập: %(levels)s.")
            % {"model": LearningModel(inspection.model).label, "levels": levels}
        )
    if season_closed(inspection.year):
        raise RecognitionError(closed_sentence(inspection.year))
    if not members:
        raise RecognitionError(_("Đoàn kiểm tra phải có ít nhất một thành viên."))
    if sum(member.is_lead for member in members) != 1:
        raise RecognitionError(_("Đoàn kiểm tra phải có đúng một trưởng đoàn."))
    users = [member.user.pk for member in members if member.user]
    if len(users) != len(set(users)):
        raise RecognitionError(_("Một người được ghi hai lần trong đoàn kiểm tra."))
    inspection.created_by_name = actor.full_name
    try:
        inspection.full_clean()
    except ValidationError as error:
        raise RecognitionError(" ".join(error.messages)) from error
    inspection.save()
    InspectionMember.objects.bulk_create(
        InspectionMember(inspection=inspection, user=member.user, name=member.name, is_lead=member.is_lead)
        for member in members
    )
    return inspection


def team_for(registration: Registration, actor: User | None = None) -> Inspection | None:
    """The team that inspects a dossier: the nearest one `actor` belongs to, else the nearest one."""
    above = [pk for pk in (registration.commune_id, registration.district_id, registration.province_id) if pk]
    teams = list(
        Inspection.objects.filter(place_id__in=above, model=registration.model, year=registration.year)
        .select_related("place")
        .prefetch_related("members")
    )
    teams.sort(key=lambda team: (not is_member(team, actor), above.index(team.place_id)))
    return teams[0] if teams else None


def is_member(inspection: Inspection, user: User | None) -> bool:
    """Is the person of the team?"""
    return user is not None and any(member.user_id == user.pk for member in inspection.members.all())


def is_lead(inspection: Inspection, user: User) -> bool:
    """Does the person head the team?"""
    return any(member.user_id == user.pk and member.is_lead for member in inspection.members.all())


def require_member(inspection: Inspection, actor: User) -> None:
    """Raise NotPermitted unless the person is of the team."""
    if not is_member(inspection, actor):
        raise NotPermitted(
            _("Bạn không có tên trong đoàn kiểm tra %(place)s năm %(year)d.")
            % {"place": inspection.place.name, "year": inspection.year}
        )


def require_lead(inspection: Inspection, actor: User) -> None:
    """Raise NotPermitted unless the person heads the team."""
    if not is_lead(inspection, actor):
        raise NotPermitted(_("Việc này do trưởng đoàn làm."))


# --- Who looks at what


def rulebook_of(inspection: Inspection) -> Rulebook | None:
    """The rules the team's criteria are named by: those of its dossiers, else those of the year."""
    used = Rulebook.objects.filter(
        registrations__model=inspection.model,
        registrations__year=inspection.year,
        **{f"registrations__{inspection.place.fact_column.removesuffix('_id')}": inspection.place},
    )
    return used.order_by("-pk").first() or rulebook_for(
        inspection.model, inspection.year, inspection.place.province or inspection.place
    )


def top_code(spec, code: str) -> str:
    """The top criterion a scored item belongs to: duties are given by these."""
    return next((top.code for top in spec.criteria if code in {leaf.code for leaf in top.leaves}), code)


@transaction.atomic
def split_criteria(*, actor: User, inspection: Inspection, duties: Mapping[str, int | None]) -> None:
    """Give the criteria to members: top criterion code → member id, None for "whoever of the team".

    Raises NotPermitted, or RecognitionError: a criterion or member that is not of this inspection.
    """
    inspection = Inspection.objects.select_for_update(of=("self",)).select_related("place").get(pk=inspection.pk)
    if not may_inspect_for(actor, inspection.place) and not is_lead(inspection, actor):
        raise NotPermitted(_("Chỉ người lập đoàn hoặc trưởng đoàn phân công tiêu chí."))
    if season_closed(inspection.year):
        raise RecognitionError(closed_sentence(inspection.year))
    rulebook = rulebook_of(inspection)
    codes = {criterion.code for criterion in rulebook.spec.criteria} if rulebook else set()
    members = {member.pk for member in inspection.members.all()}
    for code, member in duties.items():
        if code not in codes:
            raise RecognitionError(_("Bộ tiêu chí không có mục “%(code)s”.") % {"code": code[:20]})
        if member is not None and member not in members:
            raise RecognitionError(_("Người phụ trách mục %(code)s không có tên trong đoàn.") % {"code": code})
    given = [InspectionDuty(inspection=inspection, code=code, member_id=pk) for code, pk in duties.items() if pk]
    InspectionDuty.objects.filter(inspection=inspection).exclude(code__in=[duty.code for duty in given]).delete()
    InspectionDuty.objects.bulk_create(
        given, update_conflicts=True, unique_fields=["inspection", "code"], update_fields=["member"]
    )


def duties_of(inspection: Inspection) -> dict[str, InspectionMember]:
    """Top criterion code → the member it is given to."""
    return {duty.code: duty.member for duty in inspection.duties.select_related("member")}
