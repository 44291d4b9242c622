"""What stands on a dashboard beside its charts: tiles, all models, the funnel, what is stuck, the ranking."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.numbers import EMPTY, number, signed
from portal.lib.years import this_year
from recognition.choices import LearningModel, Rank, State
from recognition.domain.dashboards import Dashboard, places_in_rank, ranked
from recognition.domain.registering import counting_day
from recognition.domain.report_parts import declared_notes, target_notes
from recognition.domain.tallies import AT_STATE, Figures
from recognition.views import figure_links
from recognition.views.figure_links import TABLE_OF, may_open_lists
from units.models import Place

TOTAL_LABELS = {
    LearningModel.FAMILY: gettext_lazy("Tổng số hộ"),
    LearningModel.CLAN: gettext_lazy("Tổng số dòng họ"),
    LearningModel.COMMUNITY_HAMLET: gettext_lazy("Tổng số khu phố, thôn"),
    LearningModel.UNIT: gettext_lazy("Tổng số đơn vị"),
    LearningModel.CITIZEN: gettext_lazy("Số người trong diện"),
    LearningModel.COMMUNITY_COMMUNE: gettext_lazy("Tổng số phường, xã"),
}


def has_ranks(model: str) -> bool:
    """A commune's community is told by its points and rank; everything else by the share that was recognised."""
    return model == LearningModel.COMMUNITY_COMMUNE


def points_text(value) -> str:
    """A difference in percent points: "+1,25 điểm %"."""
    return _("%(points)s điểm %%") % {"points": signed(value, 2)}


def rate_text(value) -> str:
    """A rate with two decimals, a dash when unknown."""
    return EMPTY if value is None else number(value, 2)


def _of(rate, words: str) -> str:
    return "" if rate is None else words % {"rate": number(rate, 2)}


def _shown(figures: Figures, name: str):
    value = figures.shown(name)
    return EMPTY if value is None else value


def tiles(user, data: Dashboard) -> list[dict]:
    """The figures on top; each leads to the rows it counts, and to its explanation."""
    figures = data.figures
    # A year nobody recorded is not a year of zeros: no comparison with it.
    before = data.previous if data.previous.has_dossiers else None
    about = (data.place, data.year, data.model)
    found = [
        {
            "figure": "total",
            "label": TOTAL_LABELS[data.model],
            "value": _shown(figures, "total"),
            "hint": _("có đến ngày %(day)s") % {"day": counting_day(data.year).strftime("%d/%m/%Y")},
        },
        {
            "figure": "registered",
            "label": _("Đã đăng ký"),
            "value": _shown(figures, "registered"),
            "hint": _of(figures.registered_of_total, _("%(rate)s%% tổng số")),
            "delta": _delta("registered", figures, before, data.year),
        },
    ]
    if has_ranks(data.model):
        found.append(
            {
                "figure": "inspected",
                "label": _("Đã thẩm định"),
                "value": _shown(figures, "inspected"),
                "hint": _ranks(figures) if may_open_lists(user, data.place) else "",
            }
        )
    found += [
        {
            "figure": "recognised",
            "label": _("Được công nhận"),
            "value": _shown(figures, "recognised"),
            "hint": _of(figures.recognised_of_registered, _("%(rate)s%% số đăng ký")),
            "delta": _delta("recognised", figures, before, data.year),
        },
        *([] if has_ranks(data.model) else [_rate_tile(data)]),
        {
            "figure": "open",
            "label": _("Đang chờ xử lý"),
            "value": figures.open,
            "hint": _("hồ sơ chưa có quyết định"),
            "tone": "warning" if figures.open else "neutral",
        },
    ]
    for tile in found:
        tile["explain"] = figure_links.explain(data.place, data.year, data.model, tile["figure"])
        listed = "" if figures.declared else figure_links.working_list(user, *about, tile["figure"])
        tile.setdefault("url", listed or tile["explain"])
    return found


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
        "figure": "recognised_of_total",
        "label": _("Tỷ lệ công nhận trên tổng số"),
        "value": rate_text(data.figures.recognised_of_total),
        "unit": "%" if data.figures.recognised_of_total is not None else "",
        "url": figure_links.report(TABLE_OF[data.model], data.place.pk if data.place else None, data.year),
        "target": target,
        "delta": ""
        if change is None
        else _("%(change)s so với %(year)d") % {"change": points_text(change), "year": data.year - 1},
        "delta_tone": "neutral" if not change else "success" if change > 0 else "danger",
        "tone": tone,
    }


def _delta(name: str, now: Figures, before: Figures | None, year: int) -> str:
    """ "+120 so với 2025"; nothing when either year is unknown."""
    if before is None or now.shown(name) is None or before.shown(name) is None:
        return ""
    change = getattr(now, name) - getattr(before, name)
    return _("%(change)s so với %(year)d") % {"change": signed(change), "year": year - 1}


def models(data: Dashboard) -> list[dict]:
    """One row a model; every number leads to its explanation, the name to its dashboard."""
    rows = []
    for one in data.models:
        figures = one.figures

        def cell(name: str, one=one, figures=figures) -> dict:
            return {"value": figures.shown(name), "url": figure_links.explain(data.place, data.year, one.model, name)}

        rows.append(
            {
                "model": one.model,
                "active": one.model == data.model,
                "url": figure_links.dashboard(data.place.pk if data.place else None, data.year, one.model),
                "total": cell("total"),
                "registered": cell("registered"),
                "assessed": cell("assessed"),
                "recognised": cell("recognised"),
                "rate": {
                    "text": rate_text(figures.recognised_of_total),
                    "url": figure_links.explain(data.place, data.year, one.model, "recognised_of_total"),
                },
                "target": one.target,
                "target_url": figure_links.targets(data.place, data.year),
                "gap": None if one.gap is None else signed(one.gap, 2),
                "gap_tone": "" if one.gap is None else "success" if one.gap >= 0 else "danger",
                "change": None if one.change is None else signed(one.change, 2),
                "declared": figures.declared,
            }
        )
    return rows


def funnel(user, data: Dashboard) -> list[dict]:
    """Rows of the chain: taken by how many, how many of them stand here, since when, in whose hands."""
    most = max((one.reached for one in data.funnel), default=0) or 1
    rows = [
        {
            "label": one.label,
            "optional": one.optional,
            "reached": one.reached,
            "most": most,
            "reached_url": figure_links.explain(data.place, data.year, data.model, one.figure),
            **_standing(user, data, one.waiting),
        }
        for one in data.funnel
    ]
    known = {one.waiting.state for one in data.funnel if one.waiting}
    for one in data.waiting:  # sent back, or left in a step this year's rules no longer have
        if one.state not in known and one.count:
            rows.append({"label": State(one.state).label, "reached": None, **_standing(user, data, one)})
    return rows


def _standing(user, data: Dashboard, waiting) -> dict:
    if waiting is None or not waiting.count:
        return {"waiting": None}
    about = (data.place, data.year, data.model, AT_STATE[waiting.state])
    listed = figure_links.working_list(user, *about)
    return {
        "waiting": waiting,
        "wait": waiting.wait,
        "url": listed or figure_links.explain(*about),
        "oldest_url": f"{listed}&xep=-changed" if listed else "",
    }


def stuck(user, data: Dashboard) -> list[dict]:
    """Where most days are lost; each line leads to its dossiers, or to that place's dashboard."""
    places = {row.place.pk: row.place for row in data.children}
    missing = [one.place_id for one in data.stuck if one.place_id not in places]
    if missing:  # the table shows today's map, dossiers keep the place of their time
        places |= Place.objects.in_bulk(missing)
    labels = {one.state: one for one in data.waiting}
    inside = may_open_lists(user, data.place)
    return [
        {
            "place": places[one.place_id],
            "place_url": figure_links.dashboard(one.place_id, data.year, data.model),
            "url": figure_links.list_of(one.place_id, data.year, data.model, one.state)
            if inside
            else figure_links.explain_pk(one.place_id, data.year, data.model, AT_STATE[one.state]),
            "label": labels[one.state].label,
            "who": labels[one.state].who,
            "count": one.count,
            "longest": one.longest,
            "mean": one.mean,
        }
        for one in data.stuck
        if one.state in labels
    ]


def rows(data: Dashboard, sort: str) -> list[dict]:
    """The places below in the asked order, with their place in the ranking, this year and last."""
    now, last = places_in_rank(data.children), places_in_rank(data.children, previous=True)
    more = ("assessed", "inspected") if has_ranks(data.model) else ("recognised_of_total",)
    wanted = ("total", "registered", "recognised", "open", *more)
    found = []
    for child in ranked(data.children, sort):
        rate = child.figures.recognised_of_total
        before = child.previous.recognised_of_total if child.previous.has_dossiers else None
        gap = data.gap_of(child)
        position, position_before = now.get(child.place.pk), last.get(child.place.pk)

        def explained(name: str, child=child) -> str:
            return figure_links.explain(child.place, data.year, data.model, name)

        found.append(
            {
                "place": child.place,
                "url": figure_links.dashboard(child.place.pk, data.year, data.model),
                "explain": {name: explained(name) for name in wanted},
                "total": child.figures.shown("total"),
                "registered": child.figures.shown("registered"),
                "recognised": child.figures.shown("recognised"),
                "open": child.figures.open,
                "assessed": child.figures.shown("assessed"),
                "inspected": child.figures.shown("inspected"),
                "ranks": [(count, explained(f"rank_{rank.lower()}")) for rank, count in child.figures.ranks.items()]
                if has_ranks(data.model)
                else [],
                "rate": rate,
                "rate_text": rate_text(rate),
                "position": position,
                "moved": _moved(position, position_before),
                "gap": None if gap is None else signed(gap, 2),
                "behind": gap is not None and gap < 0,
                "change": None if rate is None or before is None else signed(rate - before, 2),
                "declared": child.figures.declared,
                "silent": not (child.figures.total or child.figures.has_dossiers or child.figures.declared),
            }
        )
    return found


def _moved(now: int | None, before: int | None) -> str:
    """ "lên 3", "xuống 2": places gained or lost in the ranking; nothing when unknown or unchanged."""
    if now is None or before is None or now == before:
        return ""
    if now < before:
        return _("lên %(places)d") % {"places": before - now}
    return _("xuống %(places)d") % {"places": now - before}


def summary(data: Dashboard) -> dict | None:
    """How many of the places below are at the target and how many behind it."""
    if data.target is None or has_ranks(data.model):
        return None
    gaps = [data.gap_of(row) for row in data.children]
    known = [gap for gap in gaps if gap is not None]
    if not known:
        return None
    ahead = sum(gap >= 0 for gap in known)
    return {"ahead": ahead, "behind": len(known) - ahead, "unknown": len(gaps) - len(known)}


def notes(data: Dashboard) -> list[str]:
    """What a reader must know beside the figures."""
    found = [*target_notes(data.target, data.year), *declared_notes(data.figures.declared)]
    if data.rulebook and data.rulebook.spec.provisional:
        found.append(_("Bộ tiêu chí áp dụng có phần tạm thời, chưa đối chiếu văn bản gốc."))
    if data.year >= this_year():
        found.append(_("Năm %(year)d chưa kết thúc, số liệu thay đổi theo từng hồ sơ.") % {"year": data.year})
    if data.figures.open:
        found.append(
            _(
                "Số ngày chờ tính từ ngày hồ sơ vào bước đang đứng. "
                "Trung vị: một nửa số hồ sơ chờ lâu hơn, một nửa ngắn hơn."
            )
        )
    return found
