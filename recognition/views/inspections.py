"""Inspections: the teams of a year, who looks at what, when they go where, what must be done, where scores differ."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.charts import Chart, Series
from portal.lib.numbers import points, signed
from portal.lib.text import fold
from recognition.choices import ActionState, IssuingBody, LearningModel
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import (
    completeness_sentence,
    create_inspection,
    duties_of,
    inspecting_levels,
    is_lead,
    is_member,
    plan,
    rulebook_of,
    split_criteria,
    unfinished,
)
from recognition.domain.inspection_gaps import gap_report, widest
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.visiting import follow_up, is_late, plan_visits
from recognition.exports import XLSX_TYPE
from recognition.forms.inspecting import DutiesForm, PlanForm, TeamForm
from recognition.inspection_exports import gaps_xlsx
from recognition.models import Inspection, InspectionVisit
from recognition.papers.inspection_teams import body_of, team_paper
from recognition.rules import may_inspect_for
from recognition.views.paper_files import paper_response
from recognition.views.scope import own_places, place_or_404, year_of
from units.choices import Level, Role
from units.models import Posting, User

MODELS = tuple(model for model in LearningModel if model != LearningModel.COMMUNITY_PROVINCE)
CHARTED = 15  # bars on one chart


def inspected_model(request) -> LearningModel:
    """The model asked for by the address (?model=), else communities of communes."""
    asked = request.GET.get("model", "")
    return LearningModel(asked) if asked in MODELS else LearningModel.COMMUNITY_COMMUNE


def inspection_or_404(request, pk) -> Inspection:
    """A team inside the person's places."""
    rows = Inspection.objects.visible_to(request.user).select_related(
        "place__province", "place__district", "place__parent"
    )
    return get_object_or_404(rows.prefetch_related("members"), pk=pk)


@require_safe
def inspection_list(request):
    """Teams of the year and model inside the person's places, and visits of others to them."""
    year, model = year_of(request), inspected_model(request)
    teams = list(
        Inspection.objects.visible_to(request.user)
        .filter(year=year, model=model)
        .select_related("place__province")
        .prefetch_related("members")
        .order_by("place__sort_key", "pk")
    )
    taken = {team.place_id for team in teams}
    levels = inspecting_levels(model)
    may_create = [
        place
        for place in own_places(request.user, *levels)
        if place.pk not in taken and may_inspect_for(request.user, place)
    ]
    visits = (
        InspectionVisit.objects.visible_to(request.user)
        .filter(inspection__year=year, inspection__model=model)
        .exclude(inspection__in=teams)
        .select_related("place__parent", "inspection__place")
    )
    url = reverse("recognition:inspection-list")
    context = {
        "year": year,
        "model": model,
        "model_tabs": [
            {"label": one.label, "url": f"{url}?nam={year}&model={one}", "active": one == model} for one in MODELS
        ],
        "teams": teams,
        "may_create": may_create,
        "visits": visits[:200],
        "rulebook": rulebook_for(model, year),
        "levels": ", ".join(str(Level(level).label).lower() for level in reversed(levels)),
        "own_wards": own_places(request.user, Level.COMMUNE) if model == LearningModel.COMMUNITY_COMMUNE else [],
    }
    return render(request, "recognition/inspection_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_create(request, place_pk):
    """Set up the team of a place for the year and model."""
    model = inspected_model(request)
    place = place_or_404(request.user, place_pk, *inspecting_levels(model))
    year = year_of(request)
    if not may_inspect_for(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công lập đoàn kiểm tra của %(place)s.") % {"place": place.name})
    inspectors = _inspectors(place)
    instance = Inspection(place=place, model=model, year=year)
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
    context = {
        "place": place,
        "year": year,
        "model": model,
        "form": form,
        "rulebook": rulebook_for(model, year, place.province or place),
    }
    return render(request, "recognition/inspection_create.html", context, status=422 if form.errors else 200)


def _inspectors(place):
    """People who may be in the team: inspectors posted to the place or above it; in a ward its officers, too."""
    above = [one.pk for one in (place, *place.ancestors)]
    in_force = Posting.objects.in_force()
    found = in_force.filter(role=Role.INSPECTOR, place__in=above)
    if place.level == Level.COMMUNE:
        found |= in_force.filter(role__in=(Role.WARD_OFFICER, Role.WARD_CHAIR), place=place)
    return User.objects.filter(is_active=True, postings__in=found).distinct().order_by("full_name")


def team_tabs(team: Inspection, active: str) -> list[dict]:
    """The pages of one team."""
    pages = (
        ("detail", _("Kế hoạch, kết quả")),
        ("dates", _("Lịch đi")),
        ("duties", _("Phân công tiêu chí")),
        ("actions", _("Việc theo dõi")),
        ("gaps", _("Chênh lệch điểm")),
    )
    return [
        {"label": label, "url": reverse(f"recognition:inspection-{name}", args=[team.pk]), "active": name == active}
        for name, label in pages
    ]


@require_safe
def inspection_detail(request, pk):
    """A team and its plan: every place with its own score, the team's score, rank and gap."""
    team = inspection_or_404(request, pk)
    rows = plan(team.place, team.model, team.year, team)
    in_team = is_member(team, request.user)
    single = bool(rows) and rows[0].is_single
    context = {
        "team": team,
        "tabs": team_tabs(team, "detail"),
        "members": list(team.members.all()),
        "single": single,
        "rows": [_plan_line(row, in_team) for row in rows],
        "missing": len(unfinished(rows)),
        "completeness": completeness_sentence(rows) if rows else "",
        "wide": [row for row in rows if row.wide],
    }
    return render(request, "recognition/inspection_detail.html", context)


def _plan_line(row, in_team) -> dict:
    """One place of the plan. The button is drawn for the team only; the page it leads to asks the full question."""
    registration = row.registration
    open_states = ("PROPOSED", "INSPECTED", "SELF_ASSESSED", "REVIEWED")
    return {
        "place": row.place,
        "visit": row.visit,
        "registration": registration,
        "self": points(row.self_points) if row.self_points is not None else "",
        "inspected": points(row.inspected_points) if row.inspected_points is not None else "",
        "gap": "" if row.gap is None else signed(row.gap),
        "wide": row.wide,
        "result": (registration and registration.result_text) or (row.sheet and row.sheet.result_text) or "",
        "dossiers": row.dossiers,
        "drawn": row.drawn,
        "answered": row.answered,
        "scored": row.scored,
        "may_score": in_team
        and registration is not None
        and registration.state in open_states
        and (row.visit is None or row.visit.is_open),
    }


@require_safe
def inspection_decision(request, pk):
    """The decision that sets the team up, with members and plan, to sign: a page, or a file (?tep=docx, ?tep=pdf).

    ?co-quan=COMMITTEE or ASSOCIATION says whose head it carries; without it the number of the decision does.
    """
    team = inspection_or_404(request, pk)
    asked = request.GET.get("co-quan", "")
    body = IssuingBody(asked) if asked in IssuingBody.values else body_of(team)
    rows = plan(team.place, team.model, team.year, team)
    made = team_paper(team, rows, duties_of(team), rulebook_of(team), body)
    if request.GET.get("tep"):
        name = f"quyet-dinh-doan-kiem-tra-{fold(team.place.name).replace(' ', '-')}-{team.year}"
        return paper_response(request, made, name=name)
    context = {
        "team": team,
        "paper": made,
        "file_url": f"?co-quan={body}&tep=",
        "body_tabs": [{"label": one.label, "url": f"?co-quan={one}", "active": one == body} for one in IssuingBody],
    }
    return render(request, "recognition/inspection_decision.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_dates(request, pk):
    """When the team goes where: one day a place, all on one page."""
    team = inspection_or_404(request, pk)
    may_edit = may_inspect_for(request.user, team.place) or is_lead(team, request.user)
    rows = plan(team.place, team.model, team.year, team)
    form = PlanForm(request.POST if request.method == "POST" else None, rows=rows, inspection=team)
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied(_("Chỉ người lập đoàn hoặc trưởng đoàn lập lịch kiểm tra."))
        if form.is_valid():
            try:
                changed = plan_visits(actor=request.user, inspection=team, dates=form.dates())
            except RecognitionError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Đã lưu lịch; %(count)d nơi thay đổi.") % {"count": changed})
                return redirect("recognition:inspection-dates", team.pk)
    context = {"team": team, "tabs": team_tabs(team, "dates"), "form": form, "may_edit": may_edit}
    return render(request, "recognition/inspection_dates.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_duties(request, pk):
    """Who looks at which criterion."""
    team = inspection_or_404(request, pk)
    may_edit = may_inspect_for(request.user, team.place) or is_lead(team, request.user)
    rulebook, form = rulebook_of(team), None
    if rulebook is not None:
        form = DutiesForm(
            request.POST if request.method == "POST" else None,
            spec=rulebook.spec,
            members=team.members.all(),
            duties=duties_of(team),
        )
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied(_("Chỉ người lập đoàn hoặc trưởng đoàn phân công tiêu chí."))
        if form is not None and form.is_valid():
            try:
                split_criteria(actor=request.user, inspection=team, duties=form.values())
            except RecognitionError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Đã lưu phân công tiêu chí."))
                return redirect("recognition:inspection-duties", team.pk)
    context = {
        "team": team,
        "tabs": team_tabs(team, "duties"),
        "form": form,
        "rulebook": rulebook,
        "may_edit": may_edit,
    }
    return render(
        request, "recognition/inspection_duties.html", context, status=422 if form is not None and form.errors else 200
    )


@require_safe
def inspection_actions(request, pk):
    """Everything that must be put right after a team's visits, late things first."""
    team = inspection_or_404(request, pk)
    rows = follow_up(team)
    context = {
        "team": team,
        "tabs": team_tabs(team, "actions"),
        "rows": [(row, is_late(row)) for row in rows],
        "open": sum(row.state == ActionState.OPEN for row in rows),
        "late": sum(is_late(row) for row in rows),
    }
    return render(request, "recognition/inspection_actions.html", context)


@require_safe
def inspection_gaps(request, pk):
    """Self-score against inspected score: by criterion and by place; ?tep=xlsx is the workbook."""
    team = inspection_or_404(request, pk)
    report = gap_report(team)
    if request.GET.get("tep") == "xlsx":
        response = HttpResponse(gaps_xlsx(report), content_type=XLSX_TYPE)
        name = f"chenh-lech-diem-{fold(team.place.name).replace(' ', '-')}-{team.year}.xlsx"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    context = {
        "team": team,
        "tabs": team_tabs(team, "gaps"),
        "report": report,
        "charts": _gap_charts(report),
        "widest": [gap for table in report.rulebooks for gap in widest(table.criteria)],
    }
    return render(request, "recognition/inspection_gaps.html", context)


def _gap_charts(report) -> list[Chart]:
    """A chart of averages for the criteria of each rulebook, and one for the places."""
    charts = [
        Chart(
            f"gap-criteria-{number}",
            "bar",
            _("Điểm bình quân theo tiêu chí"),
            [gap.code for gap in table.criteria],
            (
                Series(_("Tự chấm"), [gap.own for gap in table.criteria]),
                Series(_("Kiểm tra"), [gap.inspected for gap in table.criteria]),
            ),
            unit=_("điểm"),
            rows_label=_("Tiêu chí"),
        )
        for number, table in enumerate(report.rulebooks)
    ]
    places = sorted(report.places, key=lambda gap: -abs(gap.gap or 0))[:CHARTED]
    if len(places) > 1:
        charts.append(
            Chart(
                "gap-places",
                "hbar",
                _("Nơi lệch nhiều nhất"),
                [gap.name for gap in places],
                (
                    Series(_("Tự chấm"), [gap.own for gap in places]),
                    Series(_("Kiểm tra"), [gap.inspected for gap in places]),
                ),
                unit=_("điểm"),
                rows_label=_("Nơi kiểm tra"),
            )
        )
    return charts
