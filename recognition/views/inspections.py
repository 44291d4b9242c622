"""Inspections: the teams and the plan of a year, and the team's score of one place beside its own."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.numbers import points, signed
from recognition.choices import Action, LearningModel, Stage
from recognition.domain.assessing import EntriesRefused
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import completeness_sentence, create_inspection, inspect, plan, team_for, unfinished
from recognition.domain.rulebooks import rulebook_for
from recognition.forms.assessing import ScoreSheetForm
from recognition.forms.inspecting import TeamForm, VisitForm
from recognition.models import Inspection
from recognition.rules import may, may_inspect_for
from recognition.views import dossiers
from recognition.views.assessments import area_of, kept_scores
from recognition.views.evidence import with_evidence
from recognition.views.scope import own_places, place_or_404, registration_or_404, year_of
from units.choices import Level, Role
from units.models import Posting, User

MODEL = LearningModel.COMMUNITY_COMMUNE
ABOVE = (Level.DISTRICT, Level.PROVINCE)


@require_safe
def inspection_list(request):
    """Teams of the year inside the person's places; whoever organises inspections starts a new one here."""
    year = year_of(request)
    teams = (
        Inspection.objects.visible_to(request.user)
        .filter(year=year)
        .select_related("place__province")
        .prefetch_related("members")
        .order_by("place__sort_key", "pk")
    )
    teams = list(teams)
    taken = {team.place_id for team in teams}
    may_create = [
        place
        for place in own_places(request.user, *ABOVE)
        if place.pk not in taken and may_inspect_for(request.user, place)
    ]
    context = {
        "year": year,
        "teams": teams,
        "may_create": may_create,
        "rulebook": rulebook_for(MODEL, year),
        "own_wards": own_places(request.user, Level.COMMUNE),
    }
    return render(request, "recognition/inspection_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_create(request, place_pk):
    """Set up the team of a district or province for the year."""
    place = place_or_404(request.user, place_pk, *ABOVE)
    year = year_of(request)
    if not may_inspect_for(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công lập đoàn kiểm tra của %(place)s.") % {"place": place.name})
    inspectors = _inspectors(place)
    instance = Inspection(place=place, model=MODEL, year=year)
    initial = {"lead": request.user.pk} if any(user.pk == request.user.pk for user in inspectors) else {}
    form = TeamForm(request.POST or None, instance=instance, inspectors=inspectors, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            create_inspection(actor=request.user, inspection=instance, members=form.members())
        except NotPermitted as error:
            raise PermissionDenied(error.message) from error
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã lập đoàn kiểm tra năm %(year)d.") % {"year": year})
            return redirect("recognition:inspection-detail", instance.pk)
    context = {"place": place, "year": year, "form": form, "rulebook": rulebook_for(MODEL, year)}
    return render(request, "recognition/inspection_create.html", context, status=422 if form.errors else 200)


def _inspectors(place):
    """People who may be in the team: inspectors posted to the place, above it or inside it."""
    above = [one.pk for one in (place, *place.ancestors)]
    return (
        User.objects.filter(is_active=True, postings__role=Role.INSPECTOR, postings__place__in=above)
        .filter(postings__in=Posting.objects.in_force())
        .distinct()
        .order_by("full_name")
    )


@require_safe
def inspection_detail(request, pk):
    """A team and its plan: every ward with its own score, the team's score, rank and gap."""
    team = get_object_or_404(
        Inspection.objects.visible_to(request.user).select_related("place__province", "place__district"), pk=pk
    )
    rows = plan(team.place, team.model, team.year)
    members = list(team.members.all())
    in_team = any(member.user_id == request.user.pk for member in members)
    context = {
        "team": team,
        "members": members,
        "rows": [_plan_line(request.user, row, in_team) for row in rows],
        "missing": len(unfinished(rows)),
        "completeness": completeness_sentence(rows) if rows else "",
        "wide": [row for row in rows if row.wide],
        "may_edit": may_inspect_for(request.user, team.place),
    }
    return render(request, "recognition/inspection_detail.html", context)


def _plan_line(user, row, in_team) -> dict:
    """One ward of the plan. The button is drawn for the team only; the page it leads to asks the full question."""
    registration = row.registration
    open_states = ("PROPOSED", "INSPECTED")
    return {
        "place": row.place,
        "registration": registration,
        "self": points(row.self_points) if row.self_points is not None else "",
        "inspected": points(row.inspected_points) if row.inspected_points is not None else "",
        "gap": "" if row.gap is None else signed(row.gap),
        "wide": row.wide,
        "may_score": in_team and registration is not None and registration.state in open_states,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_score(request, pk):
    """The team's sheet for one ward: its own score and evidence beside each input; total and rank are computed."""
    row = registration_or_404(request, pk)
    if row.model != MODEL:
        raise Http404
    shown = request.POST.get("shown", "")[:40]
    answer = may(request.user, Action.INSPECT, row)
    if not answer and shown in ("", row.shown_as):
        raise PermissionDenied(answer.reason)
    team = team_for(row)
    kept = {one.stage: one for one in row.assessments.all()}
    own_scores, own_na, own_remarks = kept_scores(row, kept.get(Stage.SELF))
    scores, na, remarks = kept_scores(row, kept.get(Stage.INSPECTION))
    beside = {
        code: (_("không áp dụng") if code in own_na else points(own_scores.get(code)), own_remarks.get(code, ""))
        for code in row.rulebook.spec.leaf_codes
    }
    data = request.POST or None
    form = ScoreSheetForm(
        data, spec=row.rulebook.spec, area=area_of(row), scores=scores, na=na, remarks=remarks, beside=beside
    )
    visit = VisitForm(data, year=row.year, initial=VisitForm.initial_from(remarks, row.year))
    if request.method == "POST":
        saved = _save_inspection(request, row, shown, form, visit)
        if saved or not answer:
            return redirect("recognition:registration-detail", row.pk)
    context = {
        "row": row,
        "team": team,
        "form": form,
        "visit": visit,
        "lines": with_evidence(form.lines(), row),
        "spec": row.rulebook.spec,
        "self_total": None if row.self_half is None else points(Decimal(row.self_half) / 2),
        "self_half": row.self_half,
        **dossiers.provisional_marks(row.rulebook.spec),
    }
    return render(
        request,
        "recognition/inspection_score.html",
        context,
        status=422 if form.errors or visit.errors else 200,
    )


def _save_inspection(request, row, shown, form, visit) -> bool:
    """Saved? Otherwise the reasons stand beside the fields, and everything typed stays."""
    if not (form.is_valid() & visit.is_valid()):
        return False
    data = form.cleaned_data
    try:
        saved = inspect(
            actor=request.user,
            registration=row,
            shown=shown,
            scores=data["scores"],
            na=data["na"],
            remarks={**data["remarks"], **visit.remarks()},
        )
    except EntriesRefused as error:
        form.add_faults(error.faults[row.pk])
        return False
    except RecognitionError as error:
        messages.error(request, error.message)
        form.add_error(None, error.message)
        row.refresh_from_db()
        return False
    messages.success(
        request,
        _("Đã ghi kết quả kiểm tra %(place)s: %(points)s điểm, xếp loại %(rank)s.")
        % {
            "place": saved.place.name,
            "points": points(Decimal(saved.inspection_half) / 2),
            "rank": saved.get_rank_display(),
        },
    )
    return True
