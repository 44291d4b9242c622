"""The team's points, criterion by criterion: saved as one goes, by several inspectors at once, then concluded."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from portal.lib.moments import moment
from portal.lib.text import clean
from recognition.choices import LearningModel, Stage, VisitState
from recognition.domain.assessing import EntriesRefused, Entry, record_scores
from recognition.domain.errors import NotPermitted, RecognitionError, VersionMoved
from recognition.domain.inspecting import VISIT_KEYS, duties_of, is_lead, require_member, team_for, top_code
from recognition.domain.measures import freezing
from recognition.domain.measures.showing import computed_points, given_points
from recognition.domain.visiting import closed_visit_sentence, visit_for
from recognition.models import Assessment, Inspection, InspectionScore, InspectionSheet, InspectionVisit, Registration
from recognition.rules import is_inspection_step, may_check
from recognition.scoring import NOT_APPLICABLE, ScoreError, evaluate, points_text, wrong_points
from units.choices import AreaClass
from units.models import User


class ScoreConflict(RecognitionError):
    """Another inspector saved these criteria meanwhile. `faults`: code → sentence with both values; `kept`: code → the
    score that stands. Nothing was saved."""

    def __init__(self, faults: dict[str, str], kept: dict[str, InspectionScore]):
        self.faults, self.kept = faults, kept
        super().__init__(next(iter(faults.values())))


@dataclass(frozen=True)
class Line:
    """What an inspector writes for one criterion: half points (−1 not applicable, None still open) and a finding."""

    half: int | None
    remark: str = ""


def half_text(half: int | None) -> str:
    """Kept half points in words."""
    if half is None:
        return _("chưa chấm")
    return _("không áp dụng") if half == NOT_APPLICABLE else points_text(Decimal(half) / 2)


def organisation_type_of(registration: Registration) -> str:
    """Type of organisation, which decides what is asked of it; empty for everybody else."""
    if registration.model != LearningModel.UNIT:
        return ""
    return getattr(getattr(registration.registrant, "organisation", None), "type", "")


def area_of(registration: Registration) -> str:
    """Area class that decides the pass mark."""
    return registration.commune.area_class if registration.commune else AreaClass.NORMAL


def sheet_of(inspection: Inspection, registration: Registration) -> InspectionSheet | None:
    """The team's sheet of a dossier with its scores, if it has begun one."""
    rows = InspectionSheet.objects.filter(visit__inspection=inspection, registration=registration)
    return rows.select_related("visit").prefetch_related("scores").first()


@transaction.atomic
def save_score(
    *, actor: User, registration: Registration, code: str, points, na: bool = False, remark: str = "", seen: int = 0
) -> InspectionScore | None:
    """Save one criterion. `seen`: the version the page showed (0: none yet); None is returned when nothing changed.

    Raises ScoreConflict when another inspector saved another value since, EntriesRefused for points out of bounds,
    NotPermitted or RecognitionError otherwise.
    """
    team = _team(registration, actor)
    sheet, spec = _open_sheet(actor, registration, team)
    if code not in spec.leaf_codes:
        raise RecognitionError(_("Bộ tiêu chí không có mục “%(code)s”.") % {"code": code[:20]})
    given = given_points([registration]).get(registration.pk, {}).get(code)
    if given is not None and not na:
        if points is not None and Decimal(str(points)) != given.points:
            raise EntriesRefused({registration.pk: {code: wrong_points(given.sentence, Decimal(str(points)))}})
        points = given.points
    lines = {code: _line(registration, spec, code, points, na, remark)}
    written = _write(actor, team, sheet, spec, lines, {code: seen})
    return written.get(code)


@transaction.atomic
def inspect(
    *,
    actor: User,
    registration: Registration,
    shown: str,
    scores: Mapping[str, Decimal | float | None],
    na: frozenset[str] = frozenset(),
    remarks: Mapping[str, str] | None = None,
    seen: Mapping[str, int] | None = None,
) -> Registration:
    """Write the team's whole score of one dossier and conclude it: total, rank or level follow from the points.

    Where inspecting is a step of the procedure the dossier moves to INSPECTED; elsewhere it stays where it is and
    the team's sheet alone keeps the result. `remarks`: criterion code → finding, and the VISIT_KEYS. `seen`: versions
    the page showed, None when nobody looked at a page. Raises as `save_score` does.
    """
    remarks = remarks or {}
    team = _team(registration, actor)
    sheet, spec = _open_sheet(actor, registration, team)
    given = given_points([registration]).get(registration.pk, {})
    computed = computed_points(given, scores, na)
    scores = {**scores, **computed}
    if is_inspection_step(registration):
        entry = Entry(registration.pk, shown, scores=scores, na=na, remarks=remarks)
        outcome = record_scores(actor=actor, stage=Stage.INSPECTION, entries=[entry])
        if outcome.skipped:
            raise NotPermitted(outcome.skipped[0][1])
    elif shown not in ("", registration.state, registration.shown_as):
        raise RecognitionError(_("Hồ sơ vừa được người khác thay đổi. Hãy xem lại rồi lưu."))
    _conclude(registration, sheet, spec, scores, na)
    lines = {
        code: _line(registration, spec, code, scores.get(code), code in na, remarks.get(code, ""))
        for code in spec.leaf_codes
    }
    _write(actor, team, sheet, spec, lines, seen, nobodys=computed)
    _seal(actor, sheet)
    _note_visit(sheet.visit, remarks)
    registration.refresh_from_db()
    return registration


def _team(registration: Registration, actor: User) -> Inspection:
    team = team_for(registration, actor)
    if team is None:
        raise RecognitionError(
            _("Chưa lập đoàn kiểm tra năm %(year)d cho địa bàn này. Hãy lập đoàn trước khi chấm điểm.")
            % {"year": registration.year}
        )
    return team


def _open_sheet(actor: User, registration: Registration, team: Inspection):
    """The locked sheet of a dossier and its rulebook; made at first use. Refuses a signed visit, and a dossier that has
    gone to other rules since it was read."""
    require_member(team, actor)
    if not (answer := may_check(actor, registration)):
        raise NotPermitted(answer.reason)
    visit = visit_for(team, registration)
    if not visit.is_open:
        raise RecognitionError(closed_visit_sentence(visit))
    InspectionSheet.objects.bulk_create(
        [InspectionSheet(visit=visit, registration=registration)], ignore_conflicts=True
    )  # two inspectors may begin at the same moment
    sheet = InspectionSheet.objects.select_for_update().get(visit=visit, registration=registration)
    sheet.visit = visit
    # Locked in this order everywhere: visit, sheet, dossier. A dossier with a sheet is not moved to other rules, so
    # whoever moves it has done so before this lock or meets the sheet.
    now = Registration.objects.select_for_update(of=("self",), no_key=True).get(pk=registration.pk)
    if now.rulebook_id != registration.rulebook_id:
        raise VersionMoved
    return sheet, registration.rulebook.spec


def _line(registration: Registration, spec, code: str, points, na: bool, remark: str) -> Line:
    """Checked points as they are kept. Raises EntriesRefused with the sentence of the scoring rules."""
    kind = organisation_type_of(registration)
    try:
        evaluate(
            spec,
            {} if na or points is None else {code: points},
            area=area_of(registration),
            na={code} if na else (),
            organisation_type=kind,
        )
    except ScoreError as error:
        raise EntriesRefused({registration.pk: error.faults}) from error
    if na:
        half = NOT_APPLICABLE
    else:
        half = None if points is None else int(Decimal(str(points)) * 2)
    return Line(half, clean(remark)[:500])


def _write(
    actor, team, sheet, spec, lines: Mapping[str, Line], seen, *, nobodys: Collection[str] = ()
) -> dict[str, InspectionScore]:
    """Save what differs from what is kept; all or nothing. The sheet is locked, so nobody writes in between.
    `nobodys`: criteria whose points the rules read off a share, so they are neither anybody's duty nor in conflict."""
    kept = {score.code: score for score in sheet.scores.all()}
    changed, faults, others, given = [], {}, {}, {}
    duties, head = duties_of(team), is_lead(team, actor)
    now = timezone.now()
    for code, line in lines.items():
        before = kept.get(code)
        if before is None and line.half is None and not line.remark:
            continue
        if before is not None and (before.half, before.remark) == (line.half, line.remark):
            continue
        duty = None if code in nobodys else duties.get(top_code(spec, code))
        given_away = duty is not None and duty.user_id not in (None, actor.pk) and not head
        shown = 0 if seen is None else seen.get(code, 0)
        stale = seen is not None and code not in nobodys and before is not None and before.version != shown
        # Who may not write the one line they typed is told so, and not asked first to choose between two values.
        if stale and not (given_away and len(lines) == 1):
            faults[code], others[code] = _conflict_sentence(spec, before, line), before
            continue
        if given_away:
            given[code] = _("Mục %(code)s giao cho %(name)s; chỉ người này hoặc trưởng đoàn ghi điểm.") % {
                "code": code,
                "name": duty.name,
            }
            continue
        version = before.version + 1 if before else 1
        changed.append(
            InspectionScore(
                sheet=sheet,
                code=code,
                half=line.half,
                remark=line.remark,
                version=version,
                at=now,
                by=actor,
                by_name=actor.full_name,
            )
        )
    if given:
        raise EntriesRefused({sheet.registration_id: given})
    if faults:
        raise ScoreConflict(faults, others)
    if changed:
        InspectionScore.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["sheet", "code"],
            update_fields=["half", "remark", "version", "at", "by", "by_name"],
        )
        if sheet.concluded_at is not None:
            sheet.concluded_at = None  # the total has to be concluded anew
            sheet.save(update_fields=["concluded_at"])
    return {score.code: score for score in changed}


def _conflict_sentence(spec, kept: InspectionScore, typed: Line) -> str:
    names = {
        "code": kept.code,
        "who": kept.by_name,
        "when": moment(kept.at),
        "kept": half_text(kept.half),
        "typed": half_text(typed.half),
        "kept_remark": kept.remark,
        "typed_remark": typed.remark,
    }
    if kept.half == typed.half:
        return (
            _(
                "Mục %(code)s: %(who)s vừa ghi nhận xét “%(kept_remark)s” lúc %(when)s; bạn ghi “%(typed_remark)s”. "
                "Chưa lưu; hãy chọn một trong hai."
            )
            % names
        )
    return (
        _("Mục %(code)s: %(who)s vừa ghi %(kept)s lúc %(when)s; bạn ghi %(typed)s. Chưa lưu; hãy chọn một trong hai.")
        % names
    )


def _conclude(registration: Registration, sheet: InspectionSheet, spec, scores, na) -> None:
    """The sheet's total, and the self-score it stands beside, not yet saved.

    Raises EntriesRefused while a criterion is open.
    """
    kind = organisation_type_of(registration)
    basis = freezing.basis_for([registration], {registration.rulebook_id: registration.rulebook})
    measures = basis.get(registration.pk, freezing.NOTHING).measures
    try:
        with official_language():
            result = evaluate(
                spec, scores, area=area_of(registration), na=na, measures=measures, organisation_type=kind
            )
    except ScoreError:
        _judge_again(registration, spec, scores, na, kind)
        raise
    if result.missing:
        raise EntriesRefused(
            {
                registration.pk: {
                    code: _("Mục %(code)s chưa chấm; hãy nhập số từ 0 đến %(max)s.")
                    % {"code": code, "max": points_text(spec.by_code[code].maximum)}
                    for code in result.missing
                }
            }
        )
    own = Assessment.objects.filter(registration=registration, stage=Stage.SELF).first()
    sheet.total_half, sheet.passed = int(result.total * 2), result.passed
    sheet.rank, sheet.level = result.rank or "", result.level
    sheet.self_half, sheet.self_scores = (own.total_half, own.scores) if own else (None, [])


def _judge_again(registration: Registration, spec, scores, na, kind: str) -> None:
    """The faults in the person's language (what is kept with the record is Vietnamese)."""
    try:
        evaluate(spec, scores, area=area_of(registration), na=na, organisation_type=kind)
    except ScoreError as error:
        raise EntriesRefused({registration.pk: error.faults}) from error


def _seal(actor: User, sheet: InspectionSheet) -> None:
    sheet.concluded_at, sheet.concluded_by_name = timezone.now(), actor.full_name
    sheet.save()


def _note_visit(visit: InspectionVisit, remarks: Mapping[str, str]) -> None:
    """What the sheet says of the visit itself, where the sheet is about the whole place."""
    if not any(key in remarks for key in VISIT_KEYS):
        return
    day = _day(remarks.get("visited_on", ""), "%Y-%m-%d")
    start, _dash, end = remarks.get("window", "").partition("–")
    visit.visited_on = day or visit.visited_on
    visit.window_from = _day(start, "%d/%m/%Y") or visit.window_from
    visit.window_to = _day(end, "%d/%m/%Y") or visit.window_to
    visit.findings = remarks.get("findings", visit.findings)
    if visit.visited_on:
        visit.state = VisitState.VISITED
    visit.save()


def _day(text: str, pattern: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(text, pattern).date()
    except ValueError:
        return None
