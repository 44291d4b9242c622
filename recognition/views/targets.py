"""Targets of a place: which one applies and where it comes from, how far the year may come, and setting one's own."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.numbers import number
from portal.lib.years import this_year
from recognition.choices import LearningModel
from recognition.domain import targets as verbs
from recognition.domain.all_models import all_models, models_of
from recognition.domain.dashboards import Dashboard
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.pace import Standing, forecasts
from recognition.domain.rulebooks import rulebook_for
from recognition.figure_checks import MAIN_SHARE
from recognition.figure_names import measure_label
from recognition.forms.figures import TargetForm
from recognition.models import Target
from recognition.rules import may_set_targets
from recognition.views import figure_links
from recognition.views.scope import own_places, own_tabs, year_of
from units.models import Place
from units.rules import scope_of

PLACES = Place.objects.select_related("province", "district", "commune", "parent")
form_methods = require_http_methods(["GET", "HEAD", "POST"])


def outlook(place: Place | None, year: int, data: Dashboard) -> dict | None:
    """The forecast beside the target, for the dashboard; None outside the running year and for declared figures."""
    if year != this_year() or data.figures.declared:
        return None
    one = forecasts(place, year, {data.model: Standing(data.figures, data.previous, data.rulebook)})[data.model]
    return {
        "forecast": one,
        "verdict": one.against(data.target.percent if data.target else None),
        "target": data.target,
        "url": figure_links.targets(place, year),
    }


@require_safe
def target_own(request):
    """Targets of the person's own place; of the nation for those posted nowhere in particular."""
    places = own_places(request.user)
    return redirect(figure_links.targets(places[0] if places else None, year_of(request)))


@require_safe
def target_nation(request):
    """The nation's targets."""
    return _page(request, None)


@require_safe
def target_place(request, place_pk):
    """A place's targets. Public facts: open to everybody signed in."""
    return _page(request, get_object_or_404(PLACES, pk=place_pk))


def _page(request, place):
    year = year_of(request)
    applying = verbs.applying(place, year)
    nation = verbs.applying(None, year, place.area_class) if place else applying
    figures = {one.model: one for one in all_models(place, year)}
    province = place and (place.province or place)
    coming = forecasts(
        place,
        year,
        {
            str(model): Standing(one.figures, one.previous, rulebook_for(model, year, province))
            for model, one in figures.items()
        },
    )
    rows = []
    for model in models_of(place):
        for measure in verbs.MEASURES_OF[model]:
            found = applying.get((model, measure))
            rate = figures[model].figures.recognised_of_total if measure == MAIN_SHARE else None
            ahead = coming[str(model)]
            rows.append(
                {
                    "model": LearningModel(model).label,
                    "measure": measure_label(measure),
                    "target": found,
                    "origin": _origin(place, found),
                    "nation": nation.get((model, measure)) if place else None,
                    "rate": rate,
                    "gap": None if rate is None or found is None else rate - found.percent,
                    "url": figure_links.dashboard(place.pk if place else None, year, model),
                    "forecast": ahead if measure == MAIN_SHARE else None,
                    "verdict": ahead.against(found.percent) if found and measure == MAIN_SHARE else "",
                }
            )
    may = may_set_targets(request.user, place)
    own = Target.objects.visible_to(request.user).filter(place=place).order_by("year", "model", "measure", "area_class")
    context = {
        "place": place,
        "year": year,
        "rows": rows,
        "own": [
            {"target": one, "model": LearningModel(one.model).label, "measure": measure_label(one.measure)}
            for one in own
            if one.model in LearningModel.values
        ],
        "findings": verbs.scope_findings(place),
        "may": may,
        "create_url": _create_url(place) if may else "",
        "import_url": reverse("recognition:target-import", args=[place.pk]) if may and place else "",
        "tabs": own_tabs(request.user, place, lambda one: figure_links.targets(one, year)),
    }
    return render(request, "recognition/target_place.html", context)


def _create_url(place) -> str:
    return (
        reverse("recognition:target-create", args=[place.pk]) if place else reverse("recognition:target-create-nation")
    )


def _origin(place, found) -> str:
    """Where a target comes from, in a word: the place's own, the one above's, the nation's."""
    if found is None:
        return ""
    if found.place_id is None:
        return _("Cả nước")
    if place is not None and found.place_id == place.pk:
        return _("Của địa bàn")
    return found.scope


@form_methods
def target_create(request, place_pk=None):
    """Enter a target of a place, or of the nation."""
    place = None
    if place_pk is not None:
        place = get_object_or_404(PLACES, pk=place_pk)
    _require(request, place)
    return _form(request, Target(place=place, year=year_of(request)), 0)


def _require(request, place) -> None:
    if place is not None and not scope_of(request.user).covers(place):
        raise Http404
    if not may_set_targets(request.user, place):
        name = place.name if place else _("cả nước")
        raise PermissionDenied(_("Bạn không được phân công đặt chỉ tiêu của %(place)s.") % {"place": name})


def _target(request, pk) -> Target:
    found = get_object_or_404(
        Target.objects.visible_to(request.user).select_related("place__province", "place__district", "place__commune"),
        pk=pk,
    )
    _require(request, found.place)
    return found


@form_methods
def target_edit(request, pk):
    """Correct a target with a reason; what it was stays in the history."""
    target = _target(request, pk)
    return _form(request, target, target.version)


def _form(request, target: Target, version: int):
    place, stored_pk = target.place, target.pk
    events = list(target.events.order_by("-pgh_id")) if stored_pk else []
    form = TargetForm(request.POST or None, instance=target, initial={"version": version})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            saved = verbs.save_target(
                actor=request.user,
                target=form.made(),
                shown_version=data["version"],
                explanation=data["explanation"],
            )
        except verbs.TargetStale as error:
            typed = request.POST.copy()
            if stored_pk:
                typed["version"] = str(error.current.version)
            form = TargetForm(typed, instance=Target(pk=stored_pk, place=place))
            form.is_valid()
            form.add_error(None, error.message)
        except RecognitionError as error:
            form.add_error("explanation" if isinstance(error, verbs.TargetWarned) else None, error.message)
        else:
            messages.success(request, _("Đã lưu chỉ tiêu %(percent)s.") % {"percent": number(saved.percent) + "%"})
            return redirect(figure_links.targets(place, year_of(request)))
    context = {
        "place": place,
        "form": form,
        "stored": stored_pk,
        "version": events[0].version if events else 0,
        "withdrawn": bool(events and events[0].is_withdrawn),
        "history": [
            {
                "at": event.pgh_created_at,
                "title": _("Đã rút") if event.is_withdrawn else f"{number(event.percent)}%, {event.year}",
                "actor": event.saved_by_name,
                "text": "; ".join(filter(None, [event.reason, event.legal_basis, event.explanation])),
                "tone": "warning" if event.is_withdrawn else "info",
                "changes": [],
            }
            for event in events
        ],
        "back_url": figure_links.targets(place, year_of(request)),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/target_form.html", context, status=status)


@require_POST
def target_withdraw(request, pk):
    """Take back a target that should not have been entered."""
    target = _target(request, pk)
    shown = request.POST.get("version", "")
    try:
        verbs.withdraw_target(
            actor=request.user,
            target=target,
            shown_version=int(shown) if shown.isdecimal() and len(shown) < 10 else 0,
            reason=request.POST.get("reason", ""),
        )
    except NotPermitted as error:
        raise PermissionDenied(error.message) from error
    except RecognitionError as error:
        messages.error(request, error.message)
        return redirect("recognition:target-edit", pk)
    messages.success(request, _("Đã rút chỉ tiêu."))
    return redirect(figure_links.targets(target.place, year_of(request)))
