"""One place of a team's plan: the visit, whom to see there, what was found, what must be done, who signs."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.text import fold
from recognition.choices import VISIT_TONE, VisitState
from recognition.domain import sampling, visiting
from recognition.domain.errors import RecognitionError
from recognition.domain.inspecting import dossiers_of, is_lead, is_member, is_single, places_to_visit, rulebook_of
from recognition.domain.inspection_minutes import minutes_of
from recognition.domain.inspection_signing import missing_for_signing, reopen_visit, sign_for_place, sign_for_team
from recognition.forms.inspecting import (
    ActionForm,
    DrawnRow,
    PlaceSignForm,
    ReplaceForm,
    SampleForm,
    SettleForm,
    WholeVisitForm,
)
from recognition.forms.registering import ReasonField
from recognition.models import ActionPoint, Inspection, InspectionSheet, InspectionVisit, SampledRegistrant
from recognition.papers import inspection_paper, visit_list_paper
from recognition.rules import is_inspection_step, may_sign_for_place
from recognition.views.paper_files import paper_response
from units.models import Place
from units.rules import scope_of

LISTED = 200  # dossiers of a place shown for scoring; a sample is the way to choose among more


@dataclass
class Seen:
    """A visit as one person sees it. `works`: reads as the inspecting side; `in_team`: may write."""

    team: Inspection
    place: Place
    visit: InspectionVisit
    works: bool
    in_team: bool
    heads: bool
    signs: bool
    forms: dict = field(default_factory=dict)
    typed: dict = field(default_factory=dict)  # sampled row id → (posted data, sentence)
    refused: str = ""

    @property
    def writes(self) -> bool:
        return self.in_team and self.visit.is_open


def seen_or_404(request, pk: int, place_pk: int) -> Seen:
    """The visit for somebody of the inspecting level, or for the inspected place once a visit is planned."""
    rows = Inspection.objects.select_related("place__province", "place__district", "place__commune", "place__parent")
    team = get_object_or_404(rows.prefetch_related("members"), pk=pk)
    scope = scope_of(request.user)
    works = scope.covers(team.place)
    visit = (
        InspectionVisit.objects.filter(inspection=team, place_id=place_pk)
        .select_related("place__parent", "place__province", "place__district", "place__commune")
        .first()
    )
    if visit is None:
        if not works:
            raise Http404
        place = next((one for one in places_to_visit(team.place, team.model, team.year) if one.pk == place_pk), None)
        if place is None:
            raise Http404
        visit = InspectionVisit(inspection=team, place=place)
    elif not works and not scope.covers(visit.place):
        raise Http404
    visit.inspection = team
    in_team = is_member(team, request.user)
    return Seen(
        team,
        visit.place,
        visit,
        works=works,
        in_team=in_team,
        heads=is_lead(team, request.user),
        signs=not in_team and may_sign_for_place(request.user, visit.place),
    )


def _url(seen: Seen, anchor: str = "") -> str:
    return reverse("recognition:inspection-visit", args=[seen.team.pk, seen.place.pk]) + anchor


@require_http_methods(["GET", "HEAD", "POST"])
def visit_detail(request, pk, place_pk):
    """Everything about one visit; each part of the page posts its own step."""
    seen = seen_or_404(request, pk, place_pk)
    step = request.POST.get("step", "")
    if request.method == "POST" and step in STEPS:
        try:
            answer = STEPS[step](request, seen)
        except RecognitionError as error:
            seen.refused = error.message
        else:
            if answer is not None:
                return answer
    context = _context(request, seen)
    return render(
        request, "recognition/inspection_visit.html", context, status=422 if request.method == "POST" else 200
    )


# --- Steps: each returns where to go next, or None when what was typed needs another look


def _done(request, seen: Seen, text: str, anchor: str = ""):
    messages.success(request, text)
    return redirect(_url(seen, anchor))


def _save_visit(request, seen: Seen):
    form = seen.forms["visit"] = WholeVisitForm(request.POST, year=seen.team.year)
    if not form.is_valid():
        return None
    visiting.record_visit(actor=request.user, inspection=seen.team, place=seen.place, **form.values())
    return _done(request, seen, _("Đã ghi buổi kiểm tra %(place)s.") % {"place": seen.place.name})


def _reason(request) -> str:
    """The typed reason; the verb refuses an empty one in its own words."""
    return ReasonField(required=False).to_python(request.POST.get("reason", "")[:500])


def _cancel(request, seen: Seen):
    visiting.cancel_visit(actor=request.user, inspection=seen.team, place=seen.place, reason=_reason(request))
    return _done(request, seen, _("Đã ghi là đoàn không đến %(place)s.") % {"place": seen.place.name})


def _resume(request, seen: Seen):
    visiting.resume_visit(actor=request.user, inspection=seen.team, place=seen.place)
    return _done(request, seen, _("%(place)s lại nằm trong kế hoạch.") % {"place": seen.place.name})


def _draw(request, seen: Seen):
    form = seen.forms["sample"] = SampleForm(request.POST)
    if not form.is_valid():
        return None
    sample = sampling.draw_sample(actor=request.user, inspection=seen.team, place=seen.place, **form.cleaned_data)
    text = _("Đã bốc %(size)d trong %(count)d, hạt giống %(seed)s.")
    values = {"size": sample.size, "count": sample.frame_count, "seed": sample.seed}
    return _done(request, seen, text % values, "#mau")


def _drawn(request, seen: Seen) -> SampledRegistrant:
    key = request.POST.get("row", "")
    rows = SampledRegistrant.objects.filter(sample__visit=seen.visit.pk or 0)  # not saved: nobody was drawn
    return get_object_or_404(rows, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)


def _result(request, seen: Seen):
    row = _drawn(request, seen)
    version = request.POST.get("version", "")
    try:
        sampling.record_result(
            actor=request.user,
            row=row,
            result=request.POST.get("result", "")[:10],
            note=request.POST.get("note", "")[:500],
            seen=int(version) if version.isdecimal() and len(version) < 9 else 0,
        )
    except RecognitionError as error:
        seen.typed[row.pk] = (request.POST, error.message)
        raise
    return redirect(_url(seen, f"#mau-{row.position}"))


def _replace(request, seen: Seen):
    row, form = _drawn(request, seen), ReplaceForm(request.POST)
    form.is_valid()
    try:
        new = sampling.replace_drawn(actor=request.user, row=row, reason=form.cleaned_data.get("reason", ""))
    except RecognitionError as error:
        seen.typed[row.pk] = (None, error.message)
        raise
    text = _("Người bốc tiếp theo là %(name)s.") % {"name": new.registrant.name}
    return _done(request, seen, text, f"#mau-{new.position}")


def _add_action(request, seen: Seen):
    rulebook = rulebook_of(seen.team)
    form = seen.forms["action"] = ActionForm(request.POST, spec=rulebook.spec if rulebook else None)
    if not form.is_valid():
        return None
    visiting.add_action(actor=request.user, inspection=seen.team, place=seen.place, **form.cleaned_data)
    return _done(request, seen, _("Đã thêm việc phải làm."), "#viec")


def _settle(request, seen: Seen):
    key, form = request.POST.get("action", ""), SettleForm(request.POST)
    rows = ActionPoint.objects.filter(visit=seen.visit.pk or 0)
    action = get_object_or_404(rows, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
    if not form.is_valid():
        raise RecognitionError(_("Hãy chọn tình trạng của việc."))
    action.state = request.POST.get("shown", "")[:8]
    visiting.settle_action(
        actor=request.user, action=action, state=form.cleaned_data["state"], note=form.cleaned_data["state_note"]
    )
    return _done(request, seen, _("Đã ghi kết quả việc này."), "#viec")


def _sign_team(request, seen: Seen):
    sign_for_team(actor=request.user, inspection=seen.team, place=seen.place)
    return _done(request, seen, _("Đã ký biên bản cho đoàn; nơi được kiểm tra ký tiếp."), "#ky")


def _sign_place(request, seen: Seen):
    form = seen.forms["sign"] = PlaceSignForm(request.POST)
    if not form.is_valid():
        return None
    sign_for_place(
        actor=request.user,
        inspection=seen.team,
        place=seen.place,
        agrees=form.cleaned_data["agrees"] == "yes",
        opinion=form.cleaned_data["opinion"],
        shown=form.cleaned_data["checksum"],
    )
    return _done(request, seen, _("Đã ký biên bản cho nơi được kiểm tra."), "#ky")


def _reopen(request, seen: Seen):
    reopen_visit(actor=request.user, inspection=seen.team, place=seen.place, reason=_reason(request))
    return _done(request, seen, _("Đã mở lại biên bản; hai bên phải ký lại."), "#ky")


STEPS = {
    "visit": _save_visit,
    "cancel": _cancel,
    "resume": _resume,
    "draw": _draw,
    "result": _result,
    "replace": _replace,
    "add-action": _add_action,
    "settle": _settle,
    "sign-team": _sign_team,
    "sign-place": _sign_place,
    "reopen": _reopen,
}


# --- What the page shows


def _context(request, seen: Seen) -> dict:
    visit, team = seen.visit, seen.team
    if visit.pk and request.method == "POST":
        visit.refresh_from_db(fields=[f.attname for f in visit._meta.concrete_fields if not f.is_relation])
    signed = visit.state in (VisitState.TEAM_SIGNED, VisitState.SIGNED)
    # Whom the team will see stays with the team until it has signed.
    drawn = _drawn_rows(seen) if visit.pk and (seen.works or signed) else []
    sample = visit.sample if drawn else None
    rulebook = rulebook_of(team) if seen.writes else None
    forms = seen.forms
    if seen.writes:
        forms.setdefault(
            "visit", WholeVisitForm(None, year=team.year, initial=WholeVisitForm.initial_of(visit, team.year))
        )
        forms.setdefault("action", ActionForm(None, spec=rulebook.spec if rulebook else None))
        if sample is None:
            forms.setdefault("sample", SampleForm(None, initial={"size": 4}))
    if seen.signs and visit.state == VisitState.TEAM_SIGNED:
        forms.setdefault("sign", PlaceSignForm(None, initial={"checksum": visit.checksum}))
    return {
        "seen": seen,
        "team": team,
        "visit": visit,
        "place": seen.place,
        "tone": VISIT_TONE[VisitState(visit.state)],
        "signed": signed,
        "lines": _sheet_lines(seen, drawn),
        "single": is_single(seen.place, team.model),
        "sample": sample,
        "drawn": drawn,
        "visited": sum(one.is_done for one in drawn),
        "next_drawn": next((one.row.position for one in drawn if not one.row.result and not one.replaced), None),
        "actions": [(row, visiting.is_late(row)) for row in visit.actions.all()] if visit.pk else [],
        "may_settle": seen.in_team or seen.signs,
        "missing": missing_for_signing(visit) if visit.pk and seen.writes else [],
        "forms": forms,
        "refused": seen.refused,
        # The line below that has to be put right; the page opens at its top.
        "refused_at": next((one.row.position for one in drawn if one.error), None),
    }


def _drawn_rows(seen: Seen) -> list[DrawnRow]:
    rows = []
    for row in sampling.drawn_rows(seen.visit):
        data, error = seen.typed.get(row.pk, (None, ""))
        rows.append(DrawnRow(row, data, error))
    return rows


def _sheet_lines(seen: Seen, drawn: list[DrawnRow]) -> list[dict]:
    """Dossiers of the visit with both scores: the place's own, those that were begun, and those that may be scored."""
    team, visit = seen.team, seen.visit
    sheets = {}
    if visit.pk:
        for sheet in InspectionSheet.objects.filter(visit=visit):
            sheets[sheet.registration_id] = sheet
    wanted = set(sheets) | {one.row.registration_id for one in drawn if sampling.samples_dossiers(team, seen.place)}
    rows = dossiers_of(team, seen.place).select_related("registrant", "rulebook")
    if not is_single(seen.place, team.model):
        first = rows.select_related(None).only("pk", "rulebook", "year").first()
        if first is None or not is_inspection_step(first):
            rows = rows.filter(pk__in=wanted)
    found = []
    for row in rows.order_by("registrant__sort_key", "pk")[:LISTED]:
        sheet = sheets.get(row.pk)
        done = sheet is not None and sheet.total_half is not None
        found.append(
            {
                "row": row,
                "sheet": sheet,
                "own": row.self_half if sheet is None or sheet.self_half is None else sheet.self_half,
                "inspected": sheet.total_half if done else row.inspection_half,
                "is_open": sheet is not None and sheet.concluded_at is None,
                "may_score": seen.writes and row.self_half is not None,
            }
        )
    for line in found:
        both = line["own"] is not None and line["inspected"] is not None
        line["gap"] = line["inspected"] - line["own"] if both else None
    return found


# --- Papers


@require_safe
def visit_list(request, pk, place_pk):
    """Whom the team visits, to print and take along: a page, or a file (?tep=docx, ?tep=pdf)."""
    seen = seen_or_404(request, pk, place_pk)
    if not seen.visit.pk or not seen.works or not hasattr(seen.visit, "sample"):
        raise Http404
    drawn = sampling.drawn_rows(seen.visit)
    paper = visit_list_paper(seen.visit, drawn)
    if request.GET.get("tep"):
        return paper_response(request, paper, name=_file_name("danh-sach-di-tham", seen))
    context = {"team": seen.team, "visit": seen.visit, "paper": paper}
    return render(request, "recognition/inspection_visit_list.html", context)


@require_safe
def visit_minutes(request, pk, place_pk):
    """The minutes as they are printed and signed: a page, or a file (?tep=docx, ?tep=pdf)."""
    seen = seen_or_404(request, pk, place_pk)
    visit = seen.visit
    signed = visit.state in (VisitState.TEAM_SIGNED, VisitState.SIGNED)
    if not visit.pk or not visit.visited_on or not (seen.works or signed):
        raise Http404
    paper = inspection_paper(visit, minutes_of(visit))
    if request.GET.get("tep"):
        return paper_response(request, paper, name=_file_name("bien-ban-kiem-tra", seen))
    context = {"team": seen.team, "visit": visit, "paper": paper, "signed": signed}
    return render(request, "recognition/inspection_minutes.html", context)


def _file_name(what: str, seen: Seen) -> str:
    return f"{what}-{fold(seen.place.name).replace(' ', '-')}-{seen.team.year}"
