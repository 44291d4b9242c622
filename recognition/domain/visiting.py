"""Visits of a team: when it goes where, what it says afterwards, what must be put right and by when."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from recognition.choices import ActionState, VisitState
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import is_lead, is_member, level_to_visit, places_to_visit, require_member
from recognition.models import ActionPoint, Inspection, InspectionVisit, Registration
from recognition.rules import closed_sentence, may_inspect_for, may_sign_for_place, season_closed
from units.models import Place, User


def visit_for(inspection: Inspection, registration: Registration) -> InspectionVisit:
    """The visit at which a dossier is met; made at first use, locked."""
    place = getattr(registration, level_to_visit(inspection.place, inspection.model)) or registration.commune
    return visit_to(inspection, place)


def visit_to(inspection: Inspection, place: Place) -> InspectionVisit:
    """The team's visit to a place; made at first use, locked until the transaction ends."""
    InspectionVisit.objects.bulk_create([InspectionVisit(inspection=inspection, place=place)], ignore_conflicts=True)
    visit = (
        InspectionVisit.objects.select_for_update(of=("self",))
        .select_related("place")
        .get(inspection=inspection, place=place)
    )
    visit.inspection = inspection
    return visit


def closed_visit_sentence(visit: InspectionVisit) -> str:
    """Why nothing can be written at a visit any more."""
    if visit.state == VisitState.CANCELLED:
        return _("Đoàn đã ghi là không đến %(place)s: %(reason)s") % {
            "place": visit.place.name,
            "reason": visit.reason,
        }
    return _("Biên bản kiểm tra %(place)s đã ký nên không sửa được nữa; trưởng đoàn có thể mở lại và ghi lý do.") % {
        "place": visit.place.name
    }


def refuse_if_closed(visit: InspectionVisit) -> None:
    """Raise RecognitionError when the minutes are signed, the team does not go there, or the year is locked."""
    if season_closed(visit.inspection.year):
        raise RecognitionError(closed_sentence(visit.inspection.year))
    if not visit.is_open:
        raise RecognitionError(closed_visit_sentence(visit))


# --- The plan


@transaction.atomic
def plan_visits(*, actor: User, inspection: Inspection, dates: Mapping[int, datetime.date | None]) -> int:
    """Write the days on which the team goes: place id → day, None for "not fixed". Returns how many changed.

    Places already visited keep their day. Raises NotPermitted, or RecognitionError: a place outside the plan, a
    day outside the team's time.
    """
    if not may_inspect_for(actor, inspection.place) and not is_lead(inspection, actor):
        raise NotPermitted(_("Chỉ người lập đoàn hoặc trưởng đoàn lập lịch kiểm tra."))
    if season_closed(inspection.year):
        raise RecognitionError(closed_sentence(inspection.year))
    places = {place.pk: place for place in places_to_visit(inspection.place, inspection.model, inspection.year)}
    for pk, day in dates.items():
        if pk not in places:
            raise RecognitionError(_("Có nơi không thuộc kế hoạch của đoàn."))
        if day and not inspection.starts_on <= day <= inspection.ends_on:
            raise RecognitionError(
                _("%(place)s: ngày %(day)s nằm ngoài thời gian của đoàn (%(start)s – %(end)s).")
                % {
                    "place": places[pk].name,
                    "day": f"{day:%d/%m/%Y}",
                    "start": f"{inspection.starts_on:%d/%m/%Y}",
                    "end": f"{inspection.ends_on:%d/%m/%Y}",
                }
            )
    kept = {visit.place_id: visit for visit in inspection.visits.select_for_update()}
    changed = [
        pk
        for pk, day in dates.items()
        if (pk in kept and kept[pk].state == VisitState.PLANNED and kept[pk].planned_on != day)
        or (pk not in kept and day is not None)
    ]
    InspectionVisit.objects.bulk_create(
        [InspectionVisit(inspection=inspection, place_id=pk, planned_on=dates[pk]) for pk in changed],
        update_conflicts=True,
        unique_fields=["inspection", "place"],
        update_fields=["planned_on"],
    )
    return len(changed)


@transaction.atomic
def cancel_visit(*, actor: User, inspection: Inspection, place: Place, reason: str) -> InspectionVisit:
    """The team does not go to this place, for a reason (R-05 asks for it)."""
    require_member(inspection, actor)
    visit = visit_to(inspection, place)
    refuse_if_closed(visit)
    if not clean(reason):
        raise RecognitionError(_("Không đi một nơi trong kế hoạch phải ghi lý do."))
    if visit.sheets.filter(concluded_at__isnull=False).exists():
        raise RecognitionError(_("%(place)s đã có kết quả kiểm tra nên không bỏ được.") % {"place": place.name})
    visit.state, visit.reason = VisitState.CANCELLED, clean(reason)
    visit.save()
    return visit


@transaction.atomic
def resume_visit(*, actor: User, inspection: Inspection, place: Place) -> InspectionVisit:
    """The team goes after all."""
    require_member(inspection, actor)
    visit = visit_to(inspection, place)
    if visit.state != VisitState.CANCELLED:
        return visit
    visit.state, visit.reason = VisitState.VISITED if visit.visited_on else VisitState.PLANNED, ""
    visit.save()
    return visit


@transaction.atomic
def record_visit(
    *,
    actor: User,
    inspection: Inspection,
    place: Place,
    visited_on: datetime.date,
    window_from: datetime.date,
    window_to: datetime.date,
    findings: str = "",
) -> InspectionVisit:
    """When the team came, which data it looked at, what it says of the place as a whole.

    Raises NotPermitted, or RecognitionError: a day in the future or before the assessed year, data outside the year.
    """
    require_member(inspection, actor)
    visit = visit_to(inspection, place)
    refuse_if_closed(visit)
    if visited_on > timezone.localdate():
        raise RecognitionError(_("Ngày kiểm tra không được sau hôm nay."))
    if visited_on.year < inspection.year:
        raise RecognitionError(_("Không kiểm tra trước năm đánh giá %(year)d.") % {"year": inspection.year})
    if {window_from.year, window_to.year} != {inspection.year}:
        raise RecognitionError(
            _("Số liệu phải trong năm đánh giá, từ 01/01/%(year)d đến 31/12/%(year)d.") % {"year": inspection.year}
        )
    if window_to < window_from:
        raise RecognitionError(_("Ngày cuối phải sau ngày đầu."))
    visit.visited_on, visit.window_from, visit.window_to = visited_on, window_from, window_to
    visit.findings, visit.state = clean_lines(findings), VisitState.VISITED
    visit.save()
    return visit


def clean_lines(text: str) -> str:
    """A text of several lines, each cleaned."""
    return "\n".join(clean(line) for line in text.splitlines()).strip()[:2000]


# --- What must be done


@transaction.atomic
def add_action(
    *,
    actor: User,
    inspection: Inspection,
    place: Place,
    text: str,
    due_on: datetime.date,
    responsible: str,
    code: str = "",
) -> ActionPoint:
    """Something the inspected side must put right. Raises RecognitionError: a due day before the visit."""
    require_member(inspection, actor)
    visit = visit_to(inspection, place)
    refuse_if_closed(visit)
    if due_on < (visit.visited_on or inspection.starts_on):
        raise RecognitionError(_("Hạn phải từ ngày kiểm tra trở đi."))
    if not clean(text) or not clean(responsible):
        raise RecognitionError(_("Hãy ghi việc phải làm và người chịu trách nhiệm."))
    return ActionPoint.objects.create(
        visit=visit,
        code=code,
        text=clean(text)[:500],
        due_on=due_on,
        responsible=clean(responsible)[:150],
        created_by_name=actor.full_name,
    )


@transaction.atomic
def settle_action(*, actor: User, action: ActionPoint, state: str, note: str) -> ActionPoint:
    """Done (told by either side), dropped or open again (the team's). A note says what was done, or why not.

    Raises NotPermitted or RecognitionError; an action somebody else settled meanwhile is refused.
    """
    row = (
        ActionPoint.objects.select_for_update(of=("self",))
        .select_related("visit__inspection__place", "visit__place")
        .get(pk=action.pk)
    )
    team = row.visit.inspection
    of_team = is_member(team, actor)
    if not of_team and not (state == ActionState.DONE and may_sign_for_place(actor, row.visit.place)):
        raise NotPermitted(_("Đoàn kiểm tra hoặc nơi được kiểm tra mới ghi kết quả việc này."))
    if row.state != action.state:
        raise RecognitionError(
            _("%(who)s vừa ghi “%(state)s” cho việc này. Hãy xem lại.")
            % {"who": row.state_by_name, "state": row.get_state_display()}
        )
    if state not in ActionState.values:
        raise RecognitionError(_("Hãy chọn tình trạng của việc."))
    if state != ActionState.OPEN and not clean(note):
        raise RecognitionError(_("Hãy ghi kết quả, hoặc lý do không làm nữa."))
    row.state, row.state_note = state, clean(note)[:500]
    row.state_at, row.state_by_name = timezone.now(), actor.full_name
    row.save()
    return row


def follow_up(inspection: Inspection) -> list[ActionPoint]:
    """Every action point of a team's visits: late ones first, then open ones by due day, then the rest. One query."""
    today = timezone.localdate()
    rows = ActionPoint.objects.filter(visit__inspection=inspection).select_related("visit__place")
    return sorted(rows, key=lambda row: (row.state != ActionState.OPEN, row.due_on >= today, row.due_on, row.pk))


def is_late(action: ActionPoint) -> bool:
    """Open after its day."""
    return action.state == ActionState.OPEN and action.due_on < timezone.localdate()
