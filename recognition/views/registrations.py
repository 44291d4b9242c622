"""Dossiers of a year: the list, registering one or many, one dossier with its history, withdrawing, sending back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.listing import Listing
from portal.lib.text import fold
from recognition.choices import FINAL_STATES, HAMLET_MODELS, Action, LearningModel, State
from recognition.domain.extents import extent_of
from recognition.domain.registering import send_back, withdraw
from recognition.domain.renewing import has_newer, newest_of, outdated
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import AT_STATE, Figures, children_figures, figures_for
from recognition.domain.upgrades import upgrade_findings
from recognition.forms.assessing import SheetLine
from recognition.forms.registering import (
    SHOWN_MODELS,
    RegistrationFilterForm,
    SendBackForm,
    WithdrawForm,
)
from recognition.forms.shown import read_shown, shown_pairs
from recognition.models import Registration
from recognition.opening import not_open_sentence, opening_at
from recognition.rules import acting_scope, may, may_enter_objection, may_register
from recognition.views import dossiers, figure_links
from recognition.views.evidence import with_evidence
from recognition.views.measures import measure_context
from recognition.views.outcome import outcome_page
from recognition.views.scope import (
    WITH_NAMES,
    hamlets_of,
    list_url,
    own_places,
    own_tabs,
    place_or_404,
    registration_or_404,
    year_of,
)
from recognition.workflow import sources
from units.choices import Level
from units.models import Place
from units.rules import scope_of

SORTS = {
    "name": ("registrant__sort_key", "id"),
    "hamlet": ("hamlet__sort_key", "registrant__sort_key", "id"),
    "changed": ("-state_at", "-id"),
}
FORMS = {Action.RETURN: (SendBackForm, send_back), Action.WITHDRAW: (WithdrawForm, withdraw)}
SAMPLE = 8


# --- List


@require_safe
def registration_list(request):
    """Dossiers of a place and year; above the ward the places that hold them."""
    place = _asked_place(request)
    year = year_of(request)
    model = _asked_model(request, place)
    if place is None and not scope_of(request.user).everything:
        return render(request, "recognition/registration_nowhere.html")
    if model == LearningModel.FAMILY and (place is None or place.level not in WITH_NAMES):
        return _drill_down(request, place, year, model)
    figures = figures_for(place, year, model)
    listing = _listing(request, place, year, model, figures)
    may_add = _may_add(request.user, place, year, model)
    context = {
        "place": place,
        "year": year,
        "model": model,
        "model_label": LearningModel(model).label,
        "listing": listing,
        "tabs": own_tabs(request.user, place, lambda one: list_url(place=one.pk, year=year, model=model)),
        "model_tabs": _model_tabs(place, year, model),
        "states": _state_links(place, year, model, figures, request.GET.get("state", "")),
        "show_hamlet": "hamlet" in listing.form.fields,
        "may_add": may_add,
        "many": model in HAMLET_MODELS,
        "blanks": _blank_forms(place, year, model) if may_add else [],
        "bulk": _bulk_actions(request.user, place, year, model),
        "notices": _notices(place, year),
        "outdated": _outdated(place, year, model),
        "dashboard_url": figure_links.dashboard(place.pk if place else None, year, model),
    }
    return render(request, "recognition/registration_list.html", context)


def _outdated(place, year: int, model: str) -> int:
    """Dossiers under an older version, where names are shown: a province's would be counted on every visit."""
    if place is None or place.level not in WITH_NAMES or not has_newer(year, model):
        return 0
    return outdated(place, year, model).count()


def _notices(place, year) -> list[str]:
    """What a reader needs to know of the place in that year, and when a yearly plan opens its registration."""
    if place is None:
        return []
    plan = opening_at(place, year)
    return extent_of(place, year).notices() + ([not_open_sentence(plan, year)] if plan else [])


def _blank_forms(place, year, model) -> list[dict]:
    """Forms to print: blank ones, and ones with the names of those on the list."""
    base = f"{reverse('recognition:registration-papers', args=[place.pk])}?nam={year}&model={model}"
    return [
        {"label": _("Giấy đăng ký, mẫu trống"), "url": f"{base}&mau=dang-ky"},
        {"label": _("Giấy đăng ký, in sẵn tên từng hồ sơ"), "url": f"{base}&mau=dang-ky&san=1"},
        {"label": _("Phiếu tự chấm, mẫu trống"), "url": f"{base}&mau=tu-cham"},
        {"label": _("Phiếu tự chấm, in sẵn tên từng hồ sơ"), "url": f"{base}&mau=tu-cham&san=1"},
    ]


def _asked_place(request) -> Place | None:
    if request.GET.get("place"):
        return place_or_404(request.user, request.GET["place"])
    places = own_places(request.user)
    return places[0] if places else None


def _asked_model(request, place: Place | None) -> str:
    asked = request.GET.get("model", "")
    if asked in SHOWN_MODELS:
        return asked
    above = place is not None and place.level in (Level.DISTRICT, Level.PROVINCE)
    return LearningModel.COMMUNITY_COMMUNE if above and place.is_legacy else LearningModel.FAMILY


def _listing(request, place, year, model, figures: Figures) -> Listing:
    rows = (
        Registration.objects.visible_to(request.user)
        .filter(**_inside(place, year), year=year, model=model)
        .select_related("registrant__household", "hamlet", "commune")
    )

    def total() -> int | None:
        filters = listing.filters
        if not any(filters.get(name) for name in ("q", "hamlet", "passed", "rulebook")):
            return _count_of(figures, filters.get("state") or "")
        return listing.last_row if not listing.next_url and listing.rows else listing.queryset.count()

    listing = Listing(
        request,
        rows,
        form_class=RegistrationFilterForm,
        form_kwargs={"hamlets": hamlets_of(place, year) if place else []},
        apply=_filtered,
        sorts=SORTS,
        default_sort="name",
        total=total,
    )
    return listing


def _inside(place: Place | None, year: int) -> dict:
    """Filter for the rows of a place; before it existed, those of the places that went into it."""
    if place is None:
        return {}
    extent = extent_of(place, year)
    if place.level in WITH_NAMES:
        return {f"{place.level}_id__in": extent.ids}
    communes = Place.objects.filter(level=Level.COMMUNE, **{f"{place.level}_id__in": extent.ids})
    return {"commune_id__in": communes.values("pk")}  # the index of dossiers starts with the commune


def _count_of(figures: Figures, state: str) -> int | None:
    if not state:
        return figures.registered
    names = {**AT_STATE, State.RECOGNISED: "recognised", State.REFUSED: "refused", State.WITHDRAWN: "withdrawn"}
    return getattr(figures, names[State(state)]) if state in State.values else None


def _filtered(rows, filters: dict):
    if filters.get("state"):
        rows = rows.filter(state=filters["state"])
    else:
        rows = rows.live()
    if filters.get("hamlet"):
        rows = rows.filter(hamlet_id=filters["hamlet"])
    if filters.get("rulebook"):  # asked for by the work list, where a list mixes dossiers of several rulebooks
        rows = rows.filter(rulebook_id=filters["rulebook"])
    passed = {"yes": True, "no": False}.get(filters.get("passed") or "")
    if passed is not None:
        rows = rows.filter(passed=passed)
    elif filters.get("passed") == "open":
        rows = rows.filter(passed__isnull=True)
    folded = fold(filters.get("q") or "")
    return rows.filter(registrant__search_name__contains=folded) if folded else rows


def _state_links(place, year, model, figures: Figures, current: str) -> list[dict]:
    """How many dossiers stand where, each a link to exactly those."""
    links = [
        {
            "label": _("Tất cả"),
            "count": figures.registered,
            "url": list_url(**_key(place, year, model)),
            "active": not current,
        }
    ]
    for state in State:
        count = _count_of(figures, state)
        if count or state == current:
            url = list_url(**_key(place, year, model), state=state)
            links.append({"label": state.label, "count": count, "url": url, "active": state == current})
    return links


def _key(place, year, model) -> dict:
    return {"place": place.pk if place else None, "year": year, "model": model}


def _model_tabs(place, year, model) -> list[dict]:
    if place is not None and place.level == Level.HAMLET:
        return []
    return [
        {"label": one.label, "url": list_url(**_key(place, year, one)), "active": one == model} for one in SHOWN_MODELS
    ]


def _may_add(user, place, year, model) -> bool:
    if place is None or place.level not in WITH_NAMES:
        return False
    rulebook = rulebook_for(model, year, place.province or place)
    return rulebook is not None and bool(may_register(user, rulebook, year, place))


def _bulk_actions(user, place, year, model) -> list[str]:
    """What the person may do with ticked rows here; each row is asked again when it is done."""
    rulebook = rulebook_for(model, year, place.province or place) if place else None
    if rulebook is None:
        return []
    return [
        str(action)
        for action in FORMS
        if any(
            acting_scope(user, rulebook, action, year, state).covers(place) for state in sources(rulebook.spec, action)
        )
    ]


def _drill_down(request, place, year, model):
    """Places one level below with their counts: names are listed in wards and hamlets only."""
    rows = [
        {
            "place": row.place,
            "figures": row.figures,
            "url": list_url(place=row.place.pk, year=year, model=model),
        }
        for row in children_figures(place, year, model)
    ]
    context = {
        "place": place,
        "year": year,
        "model": model,
        "model_label": LearningModel(model).label,
        "rows": [row for row in rows if row["figures"].registered or row["figures"].withdrawn],
        "idle": [row for row in rows if not (row["figures"].registered or row["figures"].withdrawn)],
        "figures": figures_for(place, year, model),
        "dashboard_url": figure_links.dashboard(place.pk if place else None, year, model),
        "tabs": own_tabs(request.user, place, lambda one: list_url(place=one.pk, year=year, model=model)),
        "model_tabs": _model_tabs(place, year, model),
    }
    return render(request, "recognition/registration_places.html", context)


# --- One dossier


@require_safe
def registration_detail(request, pk):
    """Key facts, where it stands, every score beside the others, and who did what."""
    row = registration_or_404(request, pk)
    events = dossiers.events_of(row)
    evidence = with_evidence([SheetLine(leaf, 0) for leaf in row.rulebook.spec.leaves], row)
    context = {
        "row": row,
        "spec": row.rulebook.spec,
        "facts": dossiers.facts(row),
        "steps": dossiers.steps(row, events),
        "sheet": dossiers.score_table(row),
        "history": dossiers.timeline(row, events),
        "may_object": row.state in (State.RECOGNISED, State.REFUSED) and may_enter_objection(request.user, row),
        "evidence": evidence,
        "has_evidence": any(line.evidence for line in evidence),
        "registrant_url": dossiers.registrant_url(row.registrant),
        "list_url": list_url(place=row.place.pk, year=row.year, model=row.model),
        "newer": None if row.state in FINAL_STATES else newest_of([row.rulebook], row.year).get(row.rulebook_id),
        "conditions": dossiers.conditions(row),
        "upgrades": [one for _row, one in upgrade_findings([row])],
        **measure_context(row, request.user),
        **dossiers.provisional_marks(row.rulebook.spec),
    }
    return render(request, "recognition/registration_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def registration_return(request, pk):
    """Send one dossier back with a reason."""
    return _one(request, pk, Action.RETURN)


@require_http_methods(["GET", "HEAD", "POST"])
def registration_withdraw(request, pk):
    """Withdraw one registration with a reason."""
    return _one(request, pk, Action.WITHDRAW)


def _one(request, pk, action):
    """Confirm page of one dossier; stale pages get the sentence and keep what was typed."""
    row = registration_or_404(request, pk)
    shown = request.POST.get("shown", "")[:40]
    answer = may(request.user, action, row)
    if not answer and shown in ("", row.shown_as):
        raise PermissionDenied(answer.reason)
    form_class, verb = FORMS[action]
    form = form_class(request.POST or None)
    if request.method == "POST" and form.is_valid():
        outcome = verb(actor=request.user, shown={row.pk: shown}, reason=form.cleaned_data["reason"])
        if outcome.done:
            messages.success(request, dossiers.done_sentence(action, 1))
            return redirect("recognition:registration-detail", row.pk)
        if not answer:  # somebody was faster, and now there is nothing left to do here
            messages.error(request, outcome.skipped[0][1])
            return redirect("recognition:registration-detail", row.pk)
        form.add_error(None, outcome.skipped[0][1])
    return render(
        request,
        "recognition/registration_reason.html",
        {
            "row": row,
            "form": form,
            "action": action,
            "title": Action(action).label,
            "danger": action == Action.WITHDRAW,
        },
        status=422 if form.errors else 200,
    )


@require_POST
def registration_bulk(request):
    """Withdraw or send back the ticked rows: first a page that says how many and which, then the deed."""
    action = request.POST.get("action", "")
    back_url = request.POST.get("back", "")
    back_url = back_url if back_url.startswith(reverse("recognition:registration-list")) else list_url()
    if action not in FORMS:
        messages.error(request, _("Hãy chọn việc cần làm với các hồ sơ đã chọn."))
        return redirect(back_url)
    shown = read_shown(request.POST.getlist("row"))
    rows = (
        Registration.objects.visible_to(request.user).filter(pk__in=list(shown)).order_by("registrant__sort_key", "pk")
    )
    names = dict(rows.values_list("pk", "registrant__name"))
    if not names:
        messages.error(request, _("Hãy chọn ít nhất một hồ sơ."))
        return redirect(back_url)
    form_class, verb = FORMS[action]
    form = form_class(request.POST if "confirmed" in request.POST else None)
    if form.is_bound and form.is_valid():
        outcome = verb(actor=request.user, shown=shown, reason=form.cleaned_data["reason"])
        return outcome_page(
            request,
            title=Action(action).label,
            done=dossiers.done_sentence(action, len(outcome.done)),
            outcome=outcome,
            names=names,
            back_url=back_url,
        )
    context = {
        "form": form,
        "action": action,
        "title": Action(action).label,
        "count": len(names),
        "sample": list(names.values())[:SAMPLE],
        "more": max(len(names) - SAMPLE, 0),
        "fields": [*shown_pairs(shown), ("action", action), ("back", back_url), ("confirmed", "1")],
        "back_url": back_url,
    }
    return render(request, "recognition/registration_bulk.html", context, status=422 if form.errors else 200)
