"""Entering the self-score of one dossier, criterion by criterion."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from recognition.choices import Action, Stage
from recognition.domain.assessing import EntriesRefused, Entry, record_scores
from recognition.domain.measures.showing import given_points, lines_of
from recognition.domain.transitions import Outcome
from recognition.forms.assessing import ScoreSheetForm
from recognition.models import Registration
from recognition.rules import is_submitted, may
from recognition.scoring import ScoreError, from_half_points, points_text
from recognition.views import dossiers
from recognition.views.evidence import with_evidence
from recognition.views.scope import (
    registration_or_404,
)
from recognition.views.versions import (
    moved_away,
    retyped,
)
from units.choices import AreaClass


def kept_scores(row: Registration, assessment) -> tuple[dict, set, dict]:
    """(points by code, not applicable, remarks) of an assessment; empty ones when there is none or only a total."""
    if assessment is None:
        return {}, set(), {}
    try:
        scores, na = from_half_points(row.rulebook.spec, assessment.scores) if assessment.scores else ({}, set())
    except ScoreError:
        scores, na = {}, set()
    return scores, na, assessment.remarks


def area_of(row: Registration) -> str:
    """Area class that decides the pass mark."""
    return row.commune.area_class if row.commune else AreaClass.NORMAL


@require_http_methods(["GET", "HEAD", "POST"])
def assessment_form(request, pk):
    """The self-score sheet of one dossier."""
    row = registration_or_404(request, pk)
    shown = request.POST.get("shown", "")[:40]
    answer = may(request.user, Action.SELF_ASSESS, row)
    if not answer and shown in ("", row.shown_as):
        raise PermissionDenied(answer.reason)
    moved = retyped(request, row) if moved_away(request, row) else None
    form = _sheet(request, row, moved)
    stale = ""
    if request.method == "POST" and form.is_valid():
        outcome = _save_sheet(request, row, form, shown)
        if outcome is not None and outcome.done:
            messages.success(
                request, _("Đã lưu điểm tự chấm: %(points)s điểm.") % {"points": points_text(form.result.total)}
            )
            return redirect("recognition:registration-detail", row.pk)
        if outcome is not None:
            stale = outcome.skipped[0][1]
            if not answer:
                messages.error(request, stale)
                return redirect("recognition:registration-detail", row.pk)
            form.add_error(None, stale)
    context = {
        "row": row,
        "form": form,
        "spec": row.rulebook.spec,
        "lines": with_evidence(form.lines(), row),
        "pass_mark": row.rulebook.spec.pass_mark(area_of(row)),
        "stale": stale,
        "moved": moved,
        "measures": lines_of(row, area_of(row)),
        "measures_submitted": is_submitted(row),
        **dossiers.provisional_marks(row.rulebook.spec),
    }
    status = 409 if moved else 422 if form.errors else 200
    return render(request, "recognition/assessment_form.html", context, status=status)


def _sheet(request, row: Registration, moved) -> ScoreSheetForm:
    """The sheet as kept, as typed, or as carried over (`moved`) when the dossier went to other rules meanwhile."""
    kept = row.assessments.filter(stage=Stage.SELF).first()
    scores, na, remarks = kept_scores(row, kept)
    return ScoreSheetForm(
        request.POST if request.method == "POST" and moved is None else None,
        initial=moved.initial if moved else None,
        spec=row.rulebook.spec,
        area=area_of(row),
        scores=scores,
        na=na,
        remarks=remarks,
        answers=kept.conditions if kept else {},
        given=given_points([row]).get(row.pk),
    )


def _save_sheet(request, row: Registration, form: ScoreSheetForm, shown: str) -> Outcome | None:
    """What became of the entry; None when its points were refused, which the form then says."""
    fields = ("scores", "na", "remarks", "conditions")
    entry = Entry(row.pk, shown, **{name: form.cleaned_data[name] for name in fields})
    try:
        return record_scores(actor=request.user, stage=Stage.SELF, entries=[entry])
    except EntriesRefused as error:
        form.add_faults(error.faults[row.pk])
        return None
