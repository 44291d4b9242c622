"""Explain a number: what it counts in words, the rows behind it, who came and went since a day, what was signed."""

from __future__ import annotations

import datetime
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib.listing import Listing
from portal.lib.numbers import EMPTY, number, signed
from portal.lib.years import current_year
from recognition.choices import LearningModel, State
from recognition.domain import explaining
from recognition.domain.declared import children_with_declared, declared_within, with_declared
from recognition.domain.explaining import LONGEST_ABOVE, WITH_NAMES, Changes, counted, has_changes, value_of
from recognition.domain.extents import Extent, child_level, extent_of
from recognition.domain.tallies import COMMUNITY_LEVEL, Figures, children_figures, figures_for
from recognition.domain.targets import target_for
from recognition.figure_checks import MAIN_SHARE
from recognition.figure_names import FIGURES
from recognition.views import figure_links
from recognition.views.dashboard import PLACES, chosen_model
from recognition.views.dashboard_tiles import points_text
from recognition.views.dossiers import registrant_url
from recognition.views.figure_links import TABLE_OF, may_open_lists
from units.choices import Level
from units.models import Place

SINCE = "tu"


@require_safe
def explain_nation(request, figure):
    """A figure of the whole nation."""
    return _page(request, None, figure)


@require_safe
def explain(request, pk, figure):
    """A figure of a place."""
    return _page(request, get_object_or_404(PLACES, pk=pk), figure)


def _page(request, place: Place | None, figure: str):
    if figure not in FIGURES:
        raise Http404
    inside = may_open_lists(request.user, place)
    if not inside and figure.startswith(("rank_", "met_level")):
        raise PermissionDenied(_("Xếp loại trước khi có quyết định chỉ hiện với người được phân công tại địa bàn."))
    year, model = current_year(request), chosen_model(request, place)
    extent, name = extent_of(place, year), FIGURES[figure]
    declared = declared_within(place, year, model)
    records = figures_for(place, year, model)
    figures = with_declared(records, declared)
    names = inside and _lists_names(place, model, counted(figure))
    listing = _listing(request, extent, model, counted(figure), records) if names else None
    moved, problem, since = _changes(request, extent, model, counted(figure), names=names)
    context = {
        "place": place,
        "year": year,
        "model": model,
        "figure": name,
        "value": _text(value_of(figures, figure), percent=bool(name.over)),
        "unit": "%" if name.over else "",
        "facts": [*_facts(extent, model, figure, figures, records), *_measured(place, year, model, figure, figures)],
        "parts": [_part(place, year, model, key, figures) for key in name.over or ()],
        "listing": listing,
        "rows": _rows(request.user, listing, counted(figure)) if names else [],
        "counted": FIGURES[counted(figure)],
        **({"places": [], "empty_places": 0} if names else _places(place, year, model, figure, declared)),
        "inside": inside,
        "changes": moved,
        "net": signed(moved.net) if moved else "",
        "problem": problem,
        "since": since,
        "by_place": _by_place(moved, year, model, counted(figure)) if moved else [],
        "has_changes": moved is not None,
        "frozen": _frozen(request.user, place, year, model, figure, figures),
        "declared": figures.declared,
        "crumb_query": figure_links.crumb_query(year, model),
        "dashboard_url": figure_links.dashboard(place.pk if place else None, year, model),
        "report_url": figure_links.report(TABLE_OF[model], place.pk if place else None, year),
        "list_url": figure_links.working_list(request.user, place, year, model, counted(figure)),
    }
    return render(request, "recognition/explain.html", context)


def _text(value, *, percent: bool) -> str:
    return EMPTY if value is None else number(value, 2) if percent else number(value)


def _lists_names(place: Place | None, model: str, figure: str) -> bool:
    """Names of hamlets and wards; of a register's totals no places, which are shown as places."""
    if place is None or place.level not in WITH_NAMES:
        return False
    return figure != "total" or model not in COMMUNITY_LEVEL


# --- In words


def _facts(extent: Extent, model: str, figure: str, figures: Figures, records: Figures) -> list[tuple]:
    """The question in words: what, of which model, year and place, taken from where."""
    name = FIGURES[figure]
    facts = [
        (_("Đếm gì"), str(name.words)),
        (_("Mô hình"), LearningModel(model).label),
        (_("Năm xét"), _("%(year)d: năm ghi trên hồ sơ, không phải ngày ghi.") % {"year": extent.year}),
        (_("Địa bàn"), _where(extent)),
    ]
    if name.over:
        part, whole = name.over
        facts.append(
            (
                _("Mẫu số"),
                _("%(title)s: %(value)s. Làm tròn hai chữ số, phần nửa làm tròn lên.")
                % {"title": FIGURES[whole].title, "value": _text(figures.shown(whole), percent=False)},
            )
        )
    facts.append((_("Lấy từ đâu"), _source(counted(figure), model, figures)))
    for text in extent.notices():
        facts.append((_("Lưu ý"), text))
    return facts


def _measured(place: Place | None, year: int, model: str, figure: str, figures: Figures) -> list[tuple]:
    """What the dashboard sets beside the rate people are measured by: the target, and the year before."""
    rate = figures.recognised_of_total
    if figure != MAIN_SHARE or rate is None:
        return []
    found = []
    target = target_for(place, year, model)
    if target is not None:
        words = _("%(percent)s%% (%(year)d, %(basis)s): lệch %(gap)s")
        values = {"percent": number(target.percent), "year": target.year, "basis": target.legal_basis}
        found.append((_("So chỉ tiêu"), words % {**values, "gap": points_text(rate - target.percent)}))
    before = with_declared(figures_for(place, year - 1, model), declared_within(place, year - 1, model))
    if before.has_dossiers and before.recognised_of_total is not None:
        words = _("%(rate)s%% năm %(year)d: lệch %(change)s")
        values = {"rate": number(before.recognised_of_total, 2), "year": year - 1}
        found.append((_("So năm trước"), words % {**values, "change": points_text(rate - before.recognised_of_total)}))
    return found


def _where(extent: Extent) -> str:
    if extent.place is None:
        return _("Cả nước: cộng mọi phường, xã của năm đó.")
    if extent.place.level == Level.HAMLET:
        return _("%(place)s, theo nơi ghi trên hồ sơ khi đăng ký.") % {"place": extent.place}
    return _("%(place)s và mọi nơi bên dưới, theo nơi ghi trên hồ sơ khi đăng ký.") % {"place": extent.place}


def _source(figure: str, model: str, figures: Figures) -> str:
    if figures.declared:
        return _("Có phần lấy từ số liệu khai báo (nguồn %(sources)s) ở nơi chưa có hồ sơ trong phần mềm.") % {
            "sources": ", ".join(figures.declared)
        }
    if figure == "total":
        if model in COMMUNITY_LEVEL:
            return _("Danh mục địa bàn: nơi còn hiệu lực ngày 31/12 của năm.")
        return _("Sổ bộ của phường, xã: ai đến trước hoặc đúng ngày 31/12 và chưa đi vào ngày đó.")
    return _("Hồ sơ trong phần mềm, đếm ngay khi mỗi hồ sơ thay đổi.")


def _part(place, year: int, model: str, key: str, figures: Figures) -> dict:
    return {
        "title": FIGURES[key].title,
        "value": _text(figures.shown(key), percent=False),
        "url": figure_links.explain(place, year, model, key),
    }


# --- The list


def _listing(request, extent: Extent, model: str, figure: str, records: Figures) -> Listing:
    rows = (
        explaining.registrants(extent, model)
        if figure == "total"
        else explaining.dossiers(request.user, extent, model, figure)
    )
    return Listing(request, rows, total=getattr(records, figure))


def _rows(user, listing: Listing, figure: str) -> list[dict]:
    if figure == "total":
        return [
            {
                "name": one.registrant.name,
                "url": registrant_url(one.registrant),
                "place": one.hamlet or one.commune,
                "state": _("từ ngày %(day)s") % {"day": one.since.strftime("%d/%m/%Y")},
            }
            for one in listing.rows
        ]
    return [
        {
            "name": one.registrant.name,
            "url": figure_links.dossier(one.pk),
            "place": one.hamlet or one.commune,
            "state": State(one.state).label,
            "at": one.state_at,
        }
        for one in listing.rows
    ]


def _places(place: Place | None, year: int, model: str, figure: str, declared) -> dict:
    """The same figure of every place below, each explained in its turn; those with nothing to count as a number."""
    rows = children_with_declared(children_figures(place, year, model), declared)
    whole = FIGURES[figure].over[1] if FIGURES[figure].over else figure
    shown = [
        {
            "place": row.place,
            "url": figure_links.explain(row.place, year, model, figure),
            "value": _text(value_of(row.figures, figure), percent=bool(FIGURES[figure].over)),
            "parts": [_text(row.figures.shown(key), percent=False) for key in FIGURES[figure].over or ()],
        }
        for row in rows
        if row.figures.shown(whole)
    ]
    if not rows and place is not None and COMMUNITY_LEVEL.get(model) == place.level:  # the place itself is counted
        value = value_of(with_declared(figures_for(place, year, model), declared), figure)
        shown = [{"place": place, "url": figure_links.dashboard(place.pk, year, model), "parts": []}]
        shown[0]["value"] = _text(value, percent=bool(FIGURES[figure].over))
    return {"places": shown, "empty_places": len(rows) - len(shown)}


# --- Changes


def _changes(request, extent: Extent, model: str, figure: str, *, names: bool):
    """(changes or None, what is wrong with the asked day, the day)."""
    today = timezone.localdate()
    asked = request.GET.get(SINCE, "")
    since, problem = today - datetime.timedelta(days=1), ""
    if asked:
        day = _day(asked)
        if day is None or day > today:
            problem = _("Ngày cần có dạng 31/12/2026 và không sau hôm nay. Đang xem từ hôm qua.")
        elif not names and (today - day).days > LONGEST_ABOVE:
            problem = _(
                "Trên cấp xã chỉ xem được thay đổi trong %(days)d ngày gần nhất; hãy mở từng phường, xã để xem xa hơn. "
                "Đang xem từ hôm qua."
            ) % {"days": LONGEST_ABOVE}
        else:
            since = day
    if not has_changes(extent, model, figure) or figure == "total" and not names:  # stays are told by name only
        return None, "", since
    if names and figure == "total":
        return explaining.stay_changes(extent, model, since), problem, since
    if names:
        return explaining.changes(extent, model, figure, since), problem, since
    level = (extent.place.level if extent.is_before else child_level(extent.place)) or extent.place.level
    found = explaining.changes(extent, model, figure, since, below=level)
    if found.too_many:
        problem = _(
            "Từ đầu ngày đó có hơn %(most)s lượt xử lý hồ sơ ở đây nên trang này không cộng; "
            "hãy mở từng nơi bên dưới để xem thay đổi của nơi đó."
        ) % {"most": number(found.too_many)}
    if extent.place is not None and extent.place.level == Level.HAMLET:
        found = replace(found, by_place=[])  # a row that says what the sum says
    return found, problem, since


def _day(text: str) -> datetime.date | None:
    """A day as the browser's field sends it or as people write it."""
    try:
        return parse_date(text) or datetime.datetime.strptime(text, "%d/%m/%Y").date()
    except ValueError:
        return None


def _by_place(moved: Changes, year: int, model: str, figure: str) -> list[dict]:
    names = Place.objects.in_bulk([pk for pk, _came, _went in moved.by_place])
    return [
        {
            "place": names[pk],
            "url": figure_links.explain(names[pk], year, model, figure),
            "came": came,
            "went": went,
            "net": signed(came - went),
        }
        for pk, came, went in moved.by_place
    ]


# --- What was signed


def _frozen(user, place: Place | None, year: int, model: str, figure: str, figures: Figures) -> list[dict]:
    now = _text(value_of(figures, figure), percent=bool(FIGURES[figure].over))
    found = []
    for one in explaining.frozen(user, place, year, TABLE_OF[model], figure):
        value = one.value if one.value is None or isinstance(one.value, int) else float(one.value)
        text = _text(value, percent=bool(FIGURES[figure].over))
        found.append({"report": one.report, "own": one.own, "value": text, "differs": text != now})
    return found
