"""Charts of a dashboard; each has its table (components/chart.html)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.lib.charts import Chart, Series
from recognition.choices import Rank
from recognition.domain.dashboards import Dashboard, ranked
from recognition.domain.maps import PlaceLine
from recognition.views import figure_links
from recognition.views.dashboard_tiles import has_ranks

BEHIND_FIRST = "ty-le"
CHART_ROWS = 20  # more bars than this cannot be read; the table shows every row
LINES = 7  # more lines than this cannot be told apart


def trend_chart(data: Dashboard) -> Chart | None:
    """Rates of the last years on today's map, with the target as a line."""
    years = sorted(data.trend)
    if sum(data.trend[year].has_dossiers for year in years) < 2:
        return None  # one point is no trend

    def known(name: str) -> list:  # a year without a single dossier is a gap, not a zero
        return [getattr(data.trend[year], name) if data.trend[year].has_dossiers else None for year in years]

    def explained(name: str) -> list[str]:
        return [figure_links.explain(data.place, year, data.model, name) for year in years]

    series = [
        Series(_("Đăng ký trên tổng số"), known("registered_of_total"), urls=explained("registered_of_total")),
        Series(_("Công nhận trên tổng số"), known("recognised_of_total"), urls=explained("recognised_of_total")),
    ]
    poor = {one.year: one.percent for one in data.poverty}
    if any(poor.get(year) is not None for year in years):
        series.append(Series(_("Hộ nghèo trên tổng số (khai báo)"), [poor.get(year) for year in years]))
    return _trend(years, [*series, *_target(data, len(years))])


def trend_then_chart(data: Dashboard, lines: list[PlaceLine]) -> Chart | None:
    """The recognised share of every place as it then stood: one line a place, gaps where it did not stand."""
    years = sorted(data.trend)
    shown = [line for line in lines if any(one.has_dossiers for one in line.figures.values())][:LINES]
    if not shown:
        return None

    def rates(line: PlaceLine) -> list:
        return [
            line.figures[year].recognised_of_total if year in line.figures and line.figures[year].has_dossiers else None
            for year in years
        ]

    note = ""
    if len(lines) > len(shown):
        note = _("Hiện %(shown)d nơi trong %(all)d nơi.") % {"shown": len(shown), "all": len(lines)}
    return _trend(years, [Series(line.name, rates(line)) for line in shown], note=note)


def _trend(years: list[int], series: list[Series], note: str = "") -> Chart:
    return Chart(
        "trend",
        "line",
        _("Qua các năm"),
        [str(year) for year in years],
        series,
        unit="%",
        rows_label=_("Năm"),
        height="sm",
        note=note,
    )


def _target(data: Dashboard, length: int) -> list[Series]:
    if not data.target or data.target.is_past:
        return []
    label = _("Chỉ tiêu %(year)d") % {"year": data.target.year}
    return [Series(label, [data.target.percent] * length, True)]


def children_chart(data: Dashboard, *, show_ranks: bool) -> Chart | None:
    """The places furthest behind, as bars."""
    if has_ranks(data.model):
        return _rank_chart(data) if show_ranks else None
    known = [row for row in ranked(data.children, BEHIND_FIRST) if row.figures.recognised_of_total is not None]
    if len(known) < 2:
        return None
    shown = known[:CHART_ROWS]
    urls = [figure_links.explain(row.place, data.year, data.model, "recognised_of_total") for row in shown]
    series = [Series(_("Công nhận trên tổng số"), [row.figures.recognised_of_total for row in shown], urls=urls)]
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
    about = (data.place, data.year, data.model)
    bars = [
        (str(Rank(rank).label), count, figure_links.explain(*about, f"rank_{rank.lower()}"))
        for rank, count in figures.ranks.items()
    ]
    unranked = figures.assessed - sum(figures.ranks.values())
    if unranked > 0:
        bars.append((_("Chưa xếp loại"), unranked, ""))
    return Chart(
        "behind",
        "bar",
        _("Xếp loại"),
        [bar[0] for bar in bars],
        [Series(_("Số phường, xã"), [bar[1] for bar in bars], urls=[bar[2] for bar in bars])],
        rows_label=_("Xếp loại"),
        height="sm",
    )
