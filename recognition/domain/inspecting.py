"""Inspections by a team of the level above: the plan of a year, the team, and its score beside the ward's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from recognition.choices import Stage
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.extents import extent_of
from recognition.models import Inspection, InspectionMember, Registration
from recognition.rules import may_inspect_for, season_closed
from recognition.year_checks import is_wide
from units.choices import Level
from units.models import Place, User

VISIT_KEYS = ("visited_on", "window", "findings", "opinion")  # kept in Assessment.remarks beside the criteria's


@dataclass(frozen=True)
class Member:
    """A member of a team as typed: a user, or a name from outside the portal."""

    name: str
    user: User | None = None
    is_lead: bool = False


@dataclass(frozen=True)
class PlanRow:
    """One place of a year's plan with what is known of it. `registration` None: it has not registered."""

    place: Place
    registration: Registration | None

    @property
    def self_points(self) -> Decimal | None:
        return _points(self.registration and self.registration.self_half)

    @property
    def inspected_points(self) -> Decimal | None:
        return _points(self.registration and self.registration.inspection_half)

    @property
    def gap(self) -> Decimal | None:
        """Inspected minus self-scored points."""
        if self.self_points is None or self.inspected_points is None:
            return None
        return self.inspected_points - self.self_points

    @property
    def wide(self) -> bool:
        """R-22: is the gap wide enough to be asked about?"""
        return is_wide(self.self_points, self.inspected_points)


def _points(half: int | None) -> Decimal | None:
    return None if half is None else Decimal(half) / 2


def plan(place: Place, model: str, year: int) -> list[PlanRow]:
    """Every commune under `place` on 31 December of the year, with its dossier. Two queries, whatever their number."""
    extent = extent_of(place, year)
    communes = (
        Place.objects.filter(level=Level.COMMUNE, **{f"{place.level}_id__in": extent.ids})
        .on(extent.day)
        .order_by("district__sort_key", "sort_key", "pk")
    )
    dossiers = {
        row.commune_id: row
        for row in Registration.objects.live()
        .filter(commune__in=communes, model=model, year=year)
        .select_related("registrant", "commune")
    }
    return [PlanRow(commune, dossiers.get(commune.pk)) for commune in communes]


def unfinished(rows: Sequence[PlanRow]) -> list[PlanRow]:
    """Places of the plan without an inspected result (R-05)."""
    return [row for row in rows if row.inspected_points is None]


def completeness_sentence(rows: Sequence[PlanRow]) -> str:
    """R-05 in words: ranked places plus those without a result must be all places of the plan."""
    missing = unfinished(rows)
    names = {"all": len(rows), "done": len(rows) - len(missing), "open": len(missing)}
    if not missing:
        return _("R-05: cả %(all)d nơi trong kế hoạch đã có kết quả kiểm tra.") % names
    names["places"] = ", ".join(row.place.name for row in missing[:20]) + (" …" if len(missing) > 20 else "")
    return (
        _(
            "R-05: %(done)d nơi có kết quả trên %(all)d nơi trong kế hoạch; %(open)d nơi chưa có kết quả: %(places)s. "
            "Cần kiểm tra nốt hoặc ghi rõ lý do trước khi báo cáo."
        )
        % names
    )


@transaction.atomic
def create_inspection(*, actor: User, inspection: Inspection, members: Sequence[Member]) -> Inspection:
    """Set up the team of a district or province for a year. One team per place, model and year.

    Raises NotPermitted, or RecognitionError: a closed year, nobody in the team, two heads, a person twice, a second
    team.
    """
    if not may_inspect_for(actor, inspection.place):
        raise NotPermitted(
            _("Bạn không được phân công lập đoàn kiểm tra của %(place)s.") % {"place": inspection.place.name}
        )
    if inspection.place.level not in (Level.DISTRICT, Level.PROVINCE):
        raise RecognitionError(_("Đoàn kiểm tra do cấp huyện hoặc cấp tỉnh lập."))
    if season_closed(inspection.year):
        raise RecognitionError(_("Năm %(year)d đã khóa sổ.") % {"year": inspection.year})
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


def team_for(registration: Registration) -> Inspection | None:
    """The team that inspects a dossier: that of its district, else of its province."""
    above = [pk for pk in (registration.district_id, registration.province_id) if pk]
    teams = {
        team.place_id: team
        for team in Inspection.objects.filter(
            place_id__in=above, model=registration.model, year=registration.year
        ).select_related("place")
    }
    return next((teams[pk] for pk in above if pk in teams), None)


@transaction.atomic
def inspect(
    *,
    actor: User,
    registration: Registration,
    shown: str,
    scores: Mapping[str, Decimal | float | None],
    na: frozenset[str] = frozenset(),
    remarks: Mapping[str, str] | None = None,
) -> Registration:
    """Write the team's score of one place; total and rank follow from it. The dossier moves to INSPECTED.

    `remarks`: criterion code → remark, and the VISIT_KEYS. Raises EntriesRefused for points, NotPermitted when the
    person is not of the team, of the inspected place's own staff, or entered its self-score.
    """
    team = team_for(registration)
    if team is None:
        raise RecognitionError(
            _("Chưa lập đoàn kiểm tra năm %(year)d cho địa bàn này. Hãy lập đoàn trước khi chấm điểm.")
            % {"year": registration.year}
        )
    if not team.members.filter(user=actor).exists():
        raise NotPermitted(
            _("Bạn không có tên trong đoàn kiểm tra %(place)s năm %(year)d.")
            % {"place": team.place.name, "year": team.year}
        )
    entry = Entry(registration.pk, shown, scores=scores, na=na, remarks=remarks or {})
    outcome = record_scores(actor=actor, stage=Stage.INSPECTION, entries=[entry])
    if outcome.skipped:
        raise NotPermitted(outcome.skipped[0][1])
    registration.refresh_from_db()
    return registration
