"""The team's sheet of one dossier: its own scores and evidence beside each input, every line saved as it is written."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.lib.numbers import points
from recognition.choices import Stage
from recognition.domain.assessing import EntriesRefused
from recognition.domain.errors import NotPermitted, RecognitionError, VersionMoved
from recognition.domain.inspecting import duties_of, is_member, is_single, level_to_visit, team_for, top_code
from recognition.domain.inspection_sheets import (
    ScoreConflict,
    half_text,
    inspect,
    organisation_type_of,
    save_score,
    sheet_of,
)
from recognition.domain.measures.showing import given_points, lines_of
from recognition.forms.assessing import REMARK_LENGTH, ScoreSheetForm, not_a_number, read_points
from recognition.forms.inspecting import VisitForm
from recognition.models import InspectionScore
from recognition.rules import is_inspection_step, is_submitted, may_check
from recognition.scoring import NOT_APPLICABLE, points_text
from recognition.views import dossiers
from recognition.views.assessments import area_of, kept_scores
from recognition.views.evidence import with_evidence
from recognition.views.scope import registration_or_404
from recognition.views.versions import moved_away, retyped


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_score(request, pk):
    """The whole sheet: shown, and concluded by its button. Total and rank are computed."""
    row = registration_or_404(request, pk)
    shown = request.POST.get("shown", "")[:40]
    answer = may_check(request.user, row)
    team = team_for(row, request.user)
    # Where inspecting is no step of the procedure only a team that exists makes a sheet of it.
    if not is_inspection_step(row) and not is_member_of(team, request.user):
        raise PermissionDenied(answer.reason or _("Bạn không có tên trong đoàn kiểm tra hồ sơ này."))
    if not answer and shown in ("", row.shown_as):
        raise PermissionDenied(answer.reason)
    sheet = sheet_of(team, row) if team else None
    data = request.POST if request.method == "POST" else None
    moved = retyped(request, row) if moved_away(request, row) else None
    form = _sheet_form(row, sheet, None, moved.initial) if moved else _sheet_form(row, sheet, data)
    visit = None
    if team is None or is_single(row.place, row.model):
        initial = VisitForm.initial_from(form.kept_remarks, row.year)
        if sheet and sheet.visit.visited_on:
            initial |= VisitForm.initial_of(sheet.visit, row.year)
        visit = VisitForm(data, year=row.year, initial=initial)
    if request.method == "POST" and moved is None:
        saved = _conclude(request, row, team, shown, form, visit)
        if saved or not answer:
            return redirect(_next_page(row, team, request.user))
        sheet = sheet_of(team, row) if team else None
    context = {
        "row": row,
        "team": team,
        "form": form,
        "visit": visit,
        "moved": moved,
        "lines": _lines(row, team, form, sheet),
        "spec": row.rulebook.spec,
        "sheet": sheet,
        "back_url": _next_page(row, team, request.user),
        "self_total": None if row.self_half is None else points(Decimal(row.self_half) / 2),
        "self_half": row.self_half,
        "measures": lines_of(row, area_of(row)),
        "measures_submitted": is_submitted(row),
        **dossiers.provisional_marks(row.rulebook.spec),
    }
    wrong = form.errors or (visit is not None and visit.errors)
    status = 409 if moved else 422 if wrong else 200
    return render(request, "recognition/inspection_score.html", context, status=status)


def is_member_of(team, user) -> bool:
    """Is the person in the team, if there is one?"""
    return team is not None and is_member(team, user)


def _next_page(row, team, user) -> str:
    """The visit for the team, the dossier for everybody else."""
    if is_member_of(team, user) and not is_single(row.place, row.model):
        place = getattr(row, level_to_visit(team.place, team.model)) or row.commune
        return reverse("recognition:inspection-visit", args=[team.pk, place.pk])
    return reverse("recognition:registration-detail", args=[row.pk])


def _sheet_form(row, sheet, data, initial=None) -> ScoreSheetForm:
    """The form with what the team has written so far (or `initial`, by field), and the self-score beside it."""
    spec = row.rulebook.spec
    kept = {one.stage: one for one in row.assessments.all()}
    own_scores, own_na, own_remarks = kept_scores(row, kept.get(Stage.SELF))
    scores, na, remarks = kept_scores(row, kept.get(Stage.INSPECTION))
    if sheet is not None:
        written = {score.code: score for score in sheet.scores.all()}
        na = {code for code, score in written.items() if score.half == NOT_APPLICABLE}
        scores = {
            code: Decimal(score.half) / 2
            for code, score in written.items()
            if score.half is not None and code not in na
        }
        remarks = {**remarks, **{code: score.remark for code, score in written.items()}}
    beside = {
        code: (_("không áp dụng") if code in own_na else points(own_scores.get(code)), own_remarks.get(code, ""))
        for code in spec.leaf_codes
    }
    form = ScoreSheetForm(
        data,
        initial=initial,
        spec=spec,
        area=area_of(row),
        scores=scores,
        na=na,
        remarks=remarks,
        beside=beside,
        organisation_type=organisation_type_of(row),
        given=given_points([row]).get(row.pk),
    )
    form.kept_remarks = remarks
    return form


def _lines(row, team, form: ScoreSheetForm, sheet) -> list:
    """The sheet's lines, each with its own way of saving."""
    written = {score.code: score for score in sheet.scores.all()} if sheet else {}
    duties = duties_of(team) if team else {}
    lines = with_evidence(form.lines(), row)
    for line in lines:
        if not line.criterion.is_leaf:
            continue
        code = line.criterion.code
        n = row.rulebook.spec.leaf_codes.index(code)
        score = written.get(code)
        line.save_url = reverse("recognition:inspection-score-line", args=[row.pk, n])
        line.version_name, line.version = f"v-{n}", score.version if score else 0
        line.saved = _saved(score) if score else ""
        duty = duties.get(top_code(row.rulebook.spec, code))
        line.duty = duty.name if duty else ""
    return lines


def _saved(score: InspectionScore) -> str:
    return _("Đã lưu: %(who)s, %(when)s") % {
        "who": score.by_name,
        "when": timezone.localtime(score.at).strftime("%H:%M %d/%m"),
    }


def _seen(request, spec) -> dict[str, int]:
    """Versions the page showed."""
    return {code: _version(request.POST.get(f"v-{n}", "")) for n, code in enumerate(spec.leaf_codes)}


def _version(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _conclude(request, row, team, shown, form, visit) -> bool:
    """Saved? Otherwise the reasons stand beside the fields, and everything typed stays."""
    if not (form.is_valid() & (visit is None or visit.is_valid())):
        return False
    data = form.cleaned_data
    try:
        saved = inspect(
            actor=request.user,
            registration=row,
            shown=shown,
            scores=data["scores"],
            na=data["na"],
            remarks={**data["remarks"], **(visit.remarks() if visit else {})},
            seen=_seen(request, row.rulebook.spec),
        )
    except EntriesRefused as error:
        form.add_faults(error.faults[row.pk])
        return False
    except ScoreConflict as error:
        form.add_faults(error.faults)
        return False
    except RecognitionError as error:
        messages.error(request, error.message)
        form.add_error(None, error.message)
        row.refresh_from_db()
        return False
    sheet = sheet_of(team, saved)
    messages.success(
        request,
        _("Đã ghi kết quả kiểm tra %(name)s: %(points)s điểm%(result)s.")
        % {
            "name": saved.place.name if is_single(saved.place, saved.model) else saved.registrant.name,
            "points": points(Decimal(sheet.total_half) / 2),
            "result": f", {sheet.result_text}" if sheet.result_text else "",
        },
    )
    return True


@require_POST
def score_line(request, pk, n):
    """One criterion, saved as it is written: answers with the line's new state, or with both values (409)."""
    row = registration_or_404(request, pk)
    spec = row.rulebook.spec
    if n >= len(spec.leaves):
        raise Http404
    leaf = spec.leaves[n]
    typed = request.POST.get(f"s-{n}", "")[:20]
    na = bool(request.POST.get(f"k-{n}")) and leaf.na_allowed
    version = _version(request.POST.get(f"v-{n}", ""))
    line = {"n": n, "name": f"v-{n}", "version": version, "url": request.path}
    status = 200
    try:
        if moved_away(request, row):
            raise VersionMoved
        value = None if na else read_points(typed)
        score = save_score(
            actor=request.user,
            registration=row,
            code=leaf.code,
            points=value,
            na=na,
            remark=request.POST.get(f"m-{n}", "")[:REMARK_LENGTH],
            seen=version,
        )
        if score is not None:
            line |= {"version": score.version, "saved": _saved(score)}
    except ValueError:
        line["error"], status = not_a_number(typed, leaf.maximum), 422
    except EntriesRefused as error:
        line["error"], status = next(iter(error.faults[row.pk].values())), 422
    except ScoreConflict as error:
        kept, status = error.kept[leaf.code], 409
        line |= {"error": error.message, "kept": kept, "kept_text": half_text(kept.half), "newer": kept.version}
        line["kept_points"] = "" if kept.half in (None, NOT_APPLICABLE) else points_text(Decimal(kept.half) / 2)
    except NotPermitted as error:
        line["error"], status = error.message, 403
    except VersionMoved as error:
        line["error"], status = error.message, 409
    except RecognitionError as error:
        line["error"], status = error.message, 422
    if status == 200 and "saved" not in line:
        line["saved"] = _("Không có gì thay đổi.") if not version else ""
    return render(request, "recognition/_inspection_line.html", {"line": line}, status=status)
