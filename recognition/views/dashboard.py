"""Dashboards: totals of any place, open to everybody signed in (docs/decisions/0004); no names on them."""

from __future__ import annotations

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib.years import current_year
from recognition.choices import LearningModel, Rank
from recognition.domain import dashboards, maps
from recognition.domain.all_models import models_of
from recognition.domain.dashboards import DASHBOARD_MODELS, SORTS
from recognition.views import dashboard_charts as charts
from recognition.views import dashboard_tiles as parts
from recognition.views import figure_links
from recognition.views.declaring import owing_link
from recognition.views.figure_links import TABLE_OF, may_open_lists
from recognition.views.targets import outlook
from units.models import Place

SORT = "xep"
ROWS_MAP, TREND_MAP = "ban-do", "ban-do-nam"
PLACES = Place.objects.select_related("province", "district", "commune", "parent")


@require_safe
def nation(request):
    """The dashboard of the whole nation."""
    return _page(request, None)


@require_safe
def dashboard(request, pk=None):
    """The dashboard of a place; without one, of the place the person is posted to."""
    return _page(request, get_object_or_404(PLACES, pk=pk) if pk is not None else own_place(request.user))


def own_place(user) -> Place | None:
    """The first place of the person's postings; None is the nation."""
    return next((posting.place for posting in user.active_postings() if posting.place_id), None)


def chosen_model(request, place: Place | None = None) -> LearningModel:
    """The model asked for by ?mo-hinh=…; the family by default, and where the place has no such model."""
    asked = request.GET.get("mo-hinh", "")
    return LearningModel(asked) if asked in models_of(place) else LearningModel.FAMILY


def _page(request, place: Place | None):
    year, model = current_year(request), chosen_model(request, place)
    rows_map = maps.TODAY if request.GET.get(ROWS_MAP) == maps.TODAY else maps.THEN
    data = dashboards.dashboard(place, year, model, rows_map=rows_map)
    order = Order(request)
    pk = place.pk if place else None
    inside = may_open_lists(request.user, place)
    two_trends = maps.is_new_since(place, data.trend)
    then = two_trends and request.GET.get(TREND_MAP) == maps.THEN
    trend = (
        charts.trend_then_chart(data, maps.lines_then(place, data.trend, model)) if then else charts.trend_chart(data)
    )
    context = {
        "data": data,
        "place": place,
        "year": year,
        "model": model,
        "shows_ranks": parts.has_ranks(model),
        "tabs": [
            {"label": one.label, "url": figure_links.dashboard(pk, year, one), "active": one == model}
            for one in DASHBOARD_MODELS
            if one in models_of(place)
        ],
        "tiles": parts.tiles(request.user, data),
        "models": parts.models(data),
        "funnel": parts.funnel(request.user, data),
        "stuck": parts.stuck(request.user, data),
        "rows": parts.rows(data, order.sort),
        "summary": parts.summary(data),
        "order": order,
        "children_chart": charts.children_chart(data, show_ranks=inside),
        "trend_chart": trend,
        "trend_maps": _switch(request, TREND_MAP, maps.THEN if then else maps.TODAY) if two_trends else [],
        "rows_maps": _switch(request, ROWS_MAP, rows_map, year) if data.two_maps else [],
        "rank_labels": Rank.labels if inside else [],
        "report_url": figure_links.report(TABLE_OF[model], pk, year),
        "screen_url": figure_links.screen(pk, year, model),
        "phone_url": figure_links.phone(pk, year, model),
        "missing_url": figure_links.missing(request.user, place, year),
        "nation_url": figure_links.dashboard(None, year, model),
        "crumb_query": figure_links.crumb_query(year, model),
        "table_code": TABLE_OF[model],
        "notes": parts.notes(data),
        "outlook": outlook(place, year, data),
        "owing": owing_link(request.user, place, year),
    }
    return render(request, "recognition/dashboard.html", context)


def _switch(request, name: str, current: str, year: int | None = None) -> list[dict]:
    """Links between today's map and the map of then; everything else of the address stays."""

    def url(value: str) -> str:
        params = request.GET.copy()
        params[name] = value
        return f"{request.path}?{params.urlencode()}"

    then = _("Bản đồ năm %(year)d") % {"year": year} if year else _("Bản đồ từng năm")
    return [
        {"label": label, "url": url(value), "active": value == current}
        for value, label in ((maps.TODAY, _("Bản đồ hôm nay")), (maps.THEN, then))
    ]


class Order:
    """Sort of the table of places below, kept in the address; what sort_header needs."""

    def __init__(self, request):
        self.params, self.path = request.GET, request.path
        asked = request.GET.get(SORT, "")
        self.sort = asked if asked.removeprefix("-") in SORTS else charts.BEHIND_FIRST

    def sort_state(self, key: str) -> dict:
        """url and direction for a heading."""
        direction = {key: "asc", f"-{key}": "desc"}.get(self.sort, "")
        params = self.params.copy()
        params[SORT] = f"-{key}" if direction == "asc" else key
        return {"url": f"{self.path}?{params.urlencode()}", "direction": direction}
