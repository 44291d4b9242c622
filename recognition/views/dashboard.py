"""Dashboards: totals of any place, open to everybody signed in (docs/decisions/0004); no names on them."""

from __future__ import annotations

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib.charts import Chart, Series
from portal.lib.numbers import EMPTY, number, signed
from portal.lib.years import current_year, this_year
from recognition.choices import LearningModel, Rank
from recognition.domain import dashboards
from recognition.domain.dashboards import DASHBOARD_MODELS, SORTS, Dashboard, ranked
from recognition.domain.registering import counting_day
from recognition.domain.report_parts import declared_notes, target_notes
from recognition.domain.tallies import Figures
from recognition.views import figure_links
from recognition.views.figure_links import may_open_lists
from units.choices import Level
from units.models import Place

SORT = "xep"
BEHIND_FIRST = "ty-le"
CHART_ROWS = 20  # more bars than this cannot be read; the table shows every row
TABLE_OF = {
    LearningModel.FAMILY: "TK-01",
    LearningModel.CLAN: "TK-02",
    LearningModel.COMMUNITY_HAMLET: "TK-03",
    LearningModel.UNIT: "TK-04",
    LearningModel.CITIZEN: "TK-05",
    LearningModel.COMMUNITY_COMMUNE: "TK-06",
}


@require_safe
def nation(request):
    """The dashboard of the whole nation."""
    return _page(request, None)


@require_safe
def dashboard(request, pk=None):
    """The dashboard of a place; without one, of the place the person is posted to."""
    if pk is None:
        postings = request.user.active_postings()
        place = next((posting.place for posting in postings if posting.place_id), None)
    else:
        place = get_object_or_404(Place.objects.select_related("province", "district", "commune", "parent"), pk=pk)
    return _page(request, place)


def chosen_model(request) -> str:
    """The model asked for by ?mo-hinh=…; the family by default."""
    asked = request.GET.get("mo-hinh", "")
    return LearningModel(asked) if asked in DASHBOARD_MODELS else LearningModel.FAMILY


def _page(request, place: Place | None):
    year, model = current_year(request), chosen_model(request)
    if place is not None and place.level == Level.HAMLET:
        model = LearningModel.FAMILY  # a commune's community lies above its hamlets
    data = dashboards.dashboard(place, year, model)
    order = Order(request)
    pk = place.pk if place else None
    tabs = [
        {"label": one.label, "url": figure_links.dashboard(pk, year, one), "active": one == model}
        for one in DASHBOARD_MODELS
        if place is None or place.level != Level.HAMLET
    ]
    context = {
        "data": data,
        "place": place,
        "year": year,
        "model": model,
        "is_family": model == LearningModel.FAMILY,
        "tabs": tabs if len(tabs) > 1 else [],
        "tiles": _tiles(request, data),
        "waiting": _waiting(request, data),
        "rows": _rows(data, order.sort),
        "order": order,
        "children_chart": _children_chart(data, show_ranks=may_open_lists(request.user, place)),
        "trend_chart": _trend_chart(data),
        "rank_labels": Rank.labels if may_open_lists(request.user, place) else [],
        "report_url": figure_links.report(TABLE_OF[model], pk, year),
        "table_code": TABLE_OF[model],
        "notes": _notes(data),
    }
    return render(request, "recognition/dashboard.html", context)


class Order:
    """Sort of the table of places below, kept in the address; what sort_header needs."""

    def __init__(self, request):
        self.params, self.path = request.GET, request.path
        asked = request.GET.get(SORT, "")
        self.sort = asked if asked.removeprefix("-") in SORTS else BEHIND_FIRST

    def sort_state(self, key: str) -> dict:
        """url and direction for a heading."""
        direction = {key: "asc", f"-{key}": "desc"}.get(self.sort, "")
        params = self.params.copy()
        params[SORT] = f"-{key}" if direction == "asc" else key
        return {"url": f"{self.path}?{params.urlencode()}", "direction": direction}


def _points(value) -> str:
    """A difference in percent points: "+1,25 điểm %"."""
    return _("%(points)s điểm %%") % {"points": signed(value, 2)}


def _rate(value) -> str:
    return EMPTY if value is None else number(value, 2)


def _of(rate, words: str) -> str:
    return "" if rate is None else words % {"rate": number(rate, 2)}


def _shown(data: Dashboard, name: str):
    value = data.figures.shown(name)
    return EMPTY if value is None else value


def _tiles(request, data: Dashboard) -> list[dict]:
    """The figures on top; each links to what it counts where the person may see it."""
    figures, user = data.figures, request.user
    # A year nobody recorded is not a year of zeros: no comparison with it.
    before = data.previous if data.previous.has_dossiers else None
    family = data.model == LearningModel.FAMILY

    def listed(state: str = "") -> str:
        return figure_links.registrations(user, data.place, data.year, data.model, state)

    tiles = [
        {
            "label": _("Tổng số hộ") if family else _("Tổng số phường, xã"),
            "value": _shown(data, "total"),
            "url": figure_links.register(user, data.place, data.model),
            "hint": _("có đến ngày %(day)s") % {"day": counting_day(data.year).strftime("%d/%m/%Y")},
        },
        {
            "label": _("Đã đăng ký"),
            "value": _shown(data, "registered"),
            "url": listed() if figures.registered else "",
            "hint": _of(figures.registered_of_total, _("%(rate)s%% tổng số")),
            "delta": _delta("registered", figures, before, data.year),
        },
    ]
    if not family:
        tiles.append(
            {
                "label": _("Đã thẩm định"),
                "value": _shown(data, "inspected"),
                "url": listed(),
                "hint": _ranks(figures) if may_open_lists(user, data.place) else "",
            }
        )
    tiles += [
        {
            "label": _("Được công nhận"),
            "value": _shown(data, "recognised"),
            "url": listed("RECOGNISED") if figures.recognised and not figures.declared else "",
            "hint": _of(figures.recognised_of_registered, _("%(rate)s%% số đăng ký")),
            "delta": _delta("recognised", figures, before, data.year),
        },
        *([_rate_tile(data)] if family else []),
        {
            "label": _("Đang chờ xử lý"),
            "value": figures.open,
            "url": listed() if figures.open else "",
            "hint": _("hồ sơ chưa có quyết định"),
            "tone": "warning" if figures.open else "neutral",
        },
    ]
    return tiles


def _ranks(figures: Figures) -> str:
    """ "Tốt 2, Khá 12". Ranks before the decision are for people posted there: a row of one commune is its rank."""
    return ", ".join(f"{Rank(rank).label} {number(count)}" for rank, count in figures.ranks.items() if count)


def _rate_tile(data: Dashboard) -> dict:
    """The rate people are measured by, against its target and last year."""
    tone = "neutral" if data.gap is None else "success" if data.gap >= 0 else "danger"
    change = data.against_last_year if data.previous.has_dossiers else None
    target = ""
    if data.target:
        target = _("%(percent)s%% (%(year)d)") % {"percent": number(data.target.percent), "year": data.target.year}
        if data.gap is not None:
            target += " · " + (_("đạt") if data.gap >= 0 else _("còn thiếu %(gap)s") % {"gap": number(-data.gap, 2)})
    return {
        "label": _("Tỷ lệ công nhận trên tổng số"),
        "value": _rate(data.figures.recognised_of_total),
        "unit": "%" if data.figures.recognised_of_total is not None else "",
        "url": figure_links.report(TABLE_OF[data.model], data.place.pk if data.place else None, data.year),
        "target": target,
        "delta": ""
        if change is None
        else _("%(change)s so với %(year)d") % {"change": _points(change), "year": data.year - 1},
        "delta_tone": "neutral" if not change else "success" if change > 0 else "danger",
        "tone": tone,
    }


def _delta(name: str, now: Figures, before: Figures | None, year: int) -> str:
    """ "+120 so với 2025"; nothing when either year is unknown."""
    if before is None or now.shown(name) is None or before.shown(name) is None:
        return ""
    change = getattr(now, name) - getattr(before, name)
    return _("%(change)s so với %(year)d") % {"change": signed(change), "year": year - 1}


def _waiting(request, data: Dashboard) -> list[dict]:
    """Rows of "what waits for whom", each with the dossiers it counts."""
    most = max((one.count for one in data.waiting), default=0)
    return [
        {
            "item": one,
            "most": most or 1,
            "url": figure_links.registrations(request.user, data.place, data.year, data.model, one.state)
            if one.count
            else "",
        }
        for one in data.waiting
    ]


def _rows(data: Dashboard, sort: str) -> list[dict]:
    """The places below, in the asked order."""
    rows = []
    for child in ranked(data.children, sort):
        rate = child.figures.recognised_of_total
        before = child.previous.recognised_of_total if data.previous.has_dossiers else None
        rows.append(
            {
                "place": child.place,
                "url": figure_links.dashboard(child.place.pk, data.year, data.model),
                "total": child.figures.shown("total"),
                "registered": child.figures.shown("registered"),
                "recognised": child.figures.shown("recognised"),
                "open": child.figures.open,
                "assessed": child.figures.shown("assessed"),
                "inspected": child.figures.shown("inspected"),
                "ranks": child.figures.ranks.values(),
                "rate": rate,
                "rate_text": _rate(rate),
                "change": None if rate is None or before is None else signed(rate - before, 2),
                "declared": child.figures.declared,
            }
        )
    return rows


def _trend_chart(data: Dashboard) -> Chart | None:
    """Rates of the last years with the target as a line."""
    years = sorted(data.trend)
    if sum(data.trend[year].has_dossiers for year in years) < 2:
        return None  # one point is no trend

    def known(name: str) -> list:  # a year without a single dossier is a gap, not a zero
        return [getattr(data.trend[year], name) if data.trend[year].has_dossiers else None for year in years]

    series = [
        Series(_("Đăng ký trên tổng số"), known("registered_of_total")),
        Series(_("Công nhận trên tổng số"), known("recognised_of_total")),
    ]
    if data.target and not data.target.is_past:
        series.append(
            Series(_("Chỉ tiêu %(year)d") % {"year": data.target.year}, [data.target.percent] * len(years), True)
        )
    return Chart(
        "trend",
        "line",
        _("Qua các năm"),
        [str(year) for year in years],
        series,
        unit="%",
        rows_label=_("Năm"),
        height="sm",
    )


def _children_chart(data: Dashboard, *, show_ranks: bool) -> Chart | None:
    """The places furthest behind, as bars."""
    if data.model != LearningModel.FAMILY:
        return _rank_chart(data) if show_ranks else None
    known = [row for row in ranked(data.children, BEHIND_FIRST) if row.figures.recognised_of_total is not None]
    if len(known) < 2:
        return None
    shown = known[:CHART_ROWS]
    series = [Series(_("Công nhận trên tổng số"), [row.figures.recognised_of_total for row in shown])]
    if data.target:
        series.append(
            Series(_("Chỉ tiêu %(year)d") % {"year": data.target.year}, [data.target.percent] * len(shown), True)
        )
    note = ""
    if len(known) > len(shown):
        note = _("Hiện %(shown)d nơi có tỷ lệ thấp nhất trong %(all)d nơi.") % {"shown": len(shown), "all": len(known)}
    return Chart(
        "behind",
        "hbar",
        _("Nơi có tỷ lệ thấp xếp trước"),
        [_("%(place)s (cũ)") % {"place": row.place} if row.place.is_former else str(row.place) for row in shown],
        series,
        unit="%",
        rows_label=_("Địa bàn"),
        note=note,
        height="md" if len(shown) > 6 else "sm",
    )


def _rank_chart(data: Dashboard) -> Chart | None:
    """How the inspected communities rank; those without a rank stand beside them."""
    figures = data.figures
    if not figures.inspected:
        return None
    bars = [(str(Rank(rank).label), count) for rank, count in figures.ranks.items()]
    unranked = figures.assessed - sum(figures.ranks.values())
    if unranked > 0:
        bars.append((_("Chưa xếp loại"), unranked))
    return Chart(
        "behind",
        "bar",
        _("Xếp loại"),
        [label for label, _count in bars],
        [Series(_("Số phường, xã"), [count for _label, count in bars])],
        rows_label=_("Xếp loại"),
        height="sm",
    )


def _notes(data: Dashboard) -> list[str]:
    """What a reader must know beside the figures."""
    notes = [*target_notes(data.target, data.year), *declared_notes(data.figures.declared)]
    if data.rulebook and data.rulebook.spec.provisional:
        notes.append(_("Bộ tiêu chí áp dụng có phần tạm thời, chưa đối chiếu văn bản gốc."))
    if data.year >= this_year():
        notes.append(_("Năm %(year)d chưa kết thúc, số liệu thay đổi theo từng hồ sơ.") % {"year": data.year})
    return notes
