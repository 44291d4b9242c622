"""The dashboard on a wall and on a phone: large figures for a meeting, three answers for the chair. No names."""

from __future__ import annotations

import datetime

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib.years import current_year
from recognition.choices import LearningModel
from recognition.domain.all_models import models_of
from recognition.domain.dashboards import Dashboard, dashboard, ranked
from recognition.domain.tallies import AT_STATE
from recognition.views import dashboard_tiles as parts
from recognition.views import figure_links
from recognition.views.dashboard import PLACES, chosen_model, own_place
from recognition.views.figure_links import TABLE_OF
from units.choices import Level
from units.models import Place

WALL_FIGURES = ("registered", "recognised", "inspected", "recognised_of_total", "open")
SHOWN = 6  # rows that can still be read from the back of a room


@require_safe
def screen_nation(request):
    """The nation on the wall."""
    return _screen(request, None)


@require_safe
def screen(request, pk):
    """One place on the wall; arrow keys lead to its neighbours and to other models."""
    return _screen(request, get_object_or_404(PLACES, pk=pk))


@require_safe
def brief_nation(request):
    """The nation in three answers."""
    return _brief(request, None)


@require_safe
def brief(request, pk=None):
    """A place in three answers: how far, who is behind, what waits for whom. Without one: the person's own place."""
    return _brief(request, get_object_or_404(PLACES, pk=pk) if pk is not None else own_place(request.user))


def _answers(request, place: Place | None, *, alone: bool = False) -> tuple[Dashboard, dict]:
    year, model = current_year(request), chosen_model(request, place)
    data = dashboard(place, year, model, alone=alone)
    pk = place.pk if place else None
    context = {
        "data": data,
        "place": place,
        "year": year,
        "model": model,
        "shows_ranks": parts.has_ranks(model),
        "total_label": parts.TOTAL_LABELS[model],
        "rate_text": parts.rate_text(data.figures.recognised_of_total),
        "change_text": ""
        if data.against_last_year is None or not data.previous.has_dossiers
        else parts.points_text(data.against_last_year),
        "gap_text": "" if data.gap is None else parts.points_text(data.gap),
        "summary": parts.summary(data),
        "dashboard_url": figure_links.dashboard(pk, year, model),
        "report_url": figure_links.report(TABLE_OF[model], pk, year),
    }
    return data, context


def _screen(request, place: Place | None):
    data, context = _answers(request, place, alone=True)
    year, model = data.year, data.model
    models = models_of(place)
    position = models.index(model)
    around = _neighbours(place, year, model)
    first = data.children[0].place.pk if data.children else None
    parent = place.ancestors[-1] if place and place.ancestors else None
    keys = {
        "left": (around[0], _("Nơi trước")),
        "right": (around[1], _("Nơi sau")),
        "enter": (figure_links.screen(first, year, model) if first else "", _("Xuống một cấp")),
        "back": (
            figure_links.screen(parent.pk if parent else None, year, _kept(model, parent)) if place else "",
            _("Lên một cấp"),
        ),
        "up": (figure_links.screen(place.pk if place else None, year, models[position - 1]), _("Mô hình trước")),
        "down": (
            figure_links.screen(place.pk if place else None, year, models[(position + 1) % len(models)]),
            _("Mô hình sau"),
        ),
    }
    behind = [row for row in ranked(data.children, "ty-le") if row.figures.recognised_of_total is not None]
    context |= {
        "explain": {name: figure_links.explain(place, year, model, name) for name in WALL_FIGURES},
        "keys": [{"key": name, "url": url, "label": label} for name, (url, label) in keys.items()],
        "behind": [_bar(row, data) for row in behind[:SHOWN]],
        "best": [_bar(row, data) for row in behind[SHOWN:][::-1][:SHOWN]],  # nobody stands on both lists
        "funnel": parts.funnel(request.user, data),
    }
    return render(request, "recognition/screen.html", context)


def _kept(model: str, place: Place | None) -> str:
    """The model goes along where the other place has it."""
    return model if model in models_of(place) else LearningModel.FAMILY


def _bar(row, data: Dashboard) -> dict:
    return {
        "name": _("%(place)s (cũ)") % {"place": row.place.name} if row.place.is_former else row.place.name,
        "rate": row.figures.recognised_of_total,
        "text": parts.rate_text(row.figures.recognised_of_total),
        "url": figure_links.explain(row.place, data.year, data.model, "recognised_of_total"),
    }


def _neighbours(place: Place | None, year: int, model: str) -> tuple[str, str]:
    """Addresses of the places before and after this one at its level, in the order people count. One query."""
    if place is None:
        return "", ""
    rows = Place.objects.on(datetime.date(year, 12, 31)).filter(level=place.level)
    if place.level != Level.PROVINCE:
        rows = rows.filter(parent=place.parent_id)
    ids = list(rows.order_by("sort_key", "pk").values_list("pk", flat=True))
    if place.pk not in ids or len(ids) < 2:
        return "", ""
    at = ids.index(place.pk)
    before, after = ids[at - 1], ids[(at + 1) % len(ids)]
    return figure_links.screen(before, year, model), figure_links.screen(after, year, model)


def _brief(request, place: Place | None):
    data, context = _answers(request, place)
    year, model = data.year, data.model
    rows = parts.rows(data, "ty-le")
    waiting = [
        {
            "item": one,
            "url": figure_links.behind(request.user, place, year, model, AT_STATE[one.state]),
        }
        for one in data.waiting
        if one.count
    ]
    context |= {
        "figures": data.figures,
        "explain": {
            name: figure_links.explain(place, year, model, name) for name in ("recognised", "registered", "total")
        },
        "explain_rate": figure_links.explain(place, year, model, "recognised_of_total"),
        "behind": [row for row in rows if row["rate"] is not None][:SHOWN],
        "waiting": waiting,
        "stuck": parts.stuck(request.user, data)[:3],
        "models": [
            {
                "label": one.model.label,
                "url": figure_links.phone(place.pk if place else None, year, one.model),
                "rate": parts.rate_text(one.figures.recognised_of_total),
                "rate_url": figure_links.explain(place, year, one.model, "recognised_of_total"),
            }
            for one in data.models
            if one.model != model
        ],
    }
    return render(request, "recognition/brief.html", context)
