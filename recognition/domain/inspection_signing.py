"""Minutes signed by both sides: the head of the team first, then the inspected place, which agrees or says why not."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from recognition.choices import VisitState
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import is_member, require_lead
from recognition.domain.inspection_minutes import current_minutes, seal_of
from recognition.domain.visiting import clean_lines, refuse_if_closed, visit_to
from recognition.models import Inspection, InspectionVisit
from recognition.rules import closed_sentence, may_sign_for_place, season_closed
from units.models import Place, User


def missing_for_signing(visit: InspectionVisit) -> list[str]:
    """What the team still has to write before it can sign; empty when nothing. Three queries."""
    found = []
    if not visit.visited_on:
        found.append(_("Chưa ghi ngày kiểm tra và khoảng thời gian của số liệu."))
    open_sheets = visit.sheets.filter(concluded_at__isnull=True).select_related("registration__registrant")
    names = [sheet.registration.registrant.name for sheet in open_sheets]
    if names:
        found.append(_("Phiếu chưa kết luận: %s.") % ", ".join(names[:10]))
    rows = (
        [
            row.registrant.name
            for row in visit.sample.rows.filter(replaced_by__isnull=True, result="").select_related("registrant")
        ]
        if hasattr(visit, "sample")
        else []
    )
    if rows:
        found.append(_("Chưa có kết quả thăm: %s.") % ", ".join(rows[:10]))
    if not names and not visit.sheets.exists() and not hasattr(visit, "sample"):
        found.append(_("Chưa chấm điểm hồ sơ nào và chưa thăm ai ở đây."))
    return found


@transaction.atomic
def sign_for_team(*, actor: User, inspection: Inspection, place: Place) -> InspectionVisit:
    """The head signs: the minutes are kept as they stand. Raises NotPermitted, RecognitionError (what is missing)."""
    require_lead(inspection, actor)
    visit = visit_to(inspection, place)
    refuse_if_closed(visit)
    if missing := missing_for_signing(visit):
        raise RecognitionError(" ".join(missing))
    visit.minutes = current_minutes(visit)
    visit.team_signed_at, visit.team_signed_name = timezone.now(), actor.full_name
    visit.place_signed_at, visit.place_signed_name = None, ""
    visit.place_agrees, visit.place_opinion = None, ""
    visit.state = VisitState.TEAM_SIGNED
    visit.checksum = seal_of(visit)
    visit.save()
    return visit


@transaction.atomic
def sign_for_place(
    *, actor: User, inspection: Inspection, place: Place, agrees: bool, opinion: str = "", shown: str
) -> InspectionVisit:
    """The inspected side signs what it was shown (`shown`: the seal on the page): agrees, or writes its opinion.

    From then on nothing of the visit changes. Raises NotPermitted (somebody of the team, or not of the place),
    RecognitionError: minutes not signed by the team, changed since, no opinion.
    """
    visit = visit_to(inspection, place)
    if not may_sign_for_place(actor, place) or is_member(inspection, actor):
        raise NotPermitted(
            _("Chỉ cán bộ của %(place)s, không phải người của đoàn, ký cho nơi được kiểm tra.") % {"place": place.name}
        )
    if season_closed(inspection.year):
        raise RecognitionError(closed_sentence(inspection.year))
    if visit.state == VisitState.SIGNED:
        raise RecognitionError(
            _("%(who)s đã ký biên bản này cho nơi được kiểm tra.") % {"who": visit.place_signed_name}
        )
    if visit.state != VisitState.TEAM_SIGNED:
        raise RecognitionError(_("Trưởng đoàn chưa ký biên bản."))
    if shown != visit.checksum:
        raise RecognitionError(_("Biên bản vừa được đoàn mở lại và sửa. Hãy đọc bản mới rồi ký."))
    if not agrees and not clean(opinion):
        raise RecognitionError(_("Không thống nhất thì phải ghi ý kiến."))
    visit.place_signed_at, visit.place_signed_name = timezone.now(), actor.full_name
    visit.place_agrees, visit.place_opinion = agrees, clean_lines(opinion)
    visit.state = VisitState.SIGNED
    visit.checksum = seal_of(visit)
    visit.save()
    return visit


@transaction.atomic
def reopen_visit(*, actor: User, inspection: Inspection, place: Place, reason: str) -> InspectionVisit:
    """The head opens signed minutes again, with a reason; both sides sign anew. The history keeps what was signed."""
    require_lead(inspection, actor)
    visit = visit_to(inspection, place)
    if season_closed(inspection.year):
        raise RecognitionError(closed_sentence(inspection.year))
    if visit.is_open or visit.state == VisitState.CANCELLED:
        raise RecognitionError(_("Biên bản chưa ký nên không cần mở lại."))
    if not clean(reason):
        raise RecognitionError(_("Hãy ghi lý do mở lại biên bản."))
    visit.state, visit.reason = VisitState.VISITED, clean(reason)[:500]
    visit.minutes, visit.checksum = {}, ""
    visit.team_signed_at, visit.team_signed_name = None, ""
    visit.place_signed_at, visit.place_signed_name = None, ""
    visit.place_agrees, visit.place_opinion = None, ""
    visit.save()
    return visit
