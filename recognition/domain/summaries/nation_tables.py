"""The nation's summary by province: families through the years on today's map, every model in the last year."""

from __future__ import annotations

from django.utils.translation import gettext as _

from recognition.choices import LearningModel
from recognition.domain import maps
from recognition.domain.declared import children_with_declared, declared_within
from recognition.domain.report_parts import COUNT, PERCENT, Column, Report, ReportRow, declared_notes
from recognition.domain.summaries.period import Period
from recognition.domain.tallies import children_figures, share

FAMILY = LearningModel.FAMILY


def province_tables(period: Period) -> list[Report]:
    """Both tables; their totals are the nation's own figures."""
    return [families_table(period), last_year_table(period)]


def families_table(period: Period) -> Report:
    """Learning families by province and year. Each province of today carries what went wholly into it.

    What cannot be carried (places that were divided, figures declared for places of then) stands in a row of its own,
    so that the rows add up to the nation.
    """
    rows, found = [], {}
    for year in period.years:
        declared = declared_within(None, year, FAMILY)
        for one in children_with_declared(maps.children_today(None, year, FAMILY), declared):
            found.setdefault(one.place.pk, (one.place, {}))[1][year] = one.figures
    for place, figures in found.values():
        values = {"name": place.name, "total": figures[period.last].total}
        values |= {
            f"y{year}": figures[year].recognised if figures[year].has_dossiers else None for year in period.years
        }
        values["rate"] = share(values[f"y{period.last}"], values["total"])
        rows.append(ReportRow(values, place.pk))
    rows, silent = _spoken(rows, ["total", *(f"y{year}" for year in period.years)])
    nation = {year: period.figures[FAMILY, year] for year in period.years}
    total = {"name": _("Cả nước"), "total": nation[period.last].total}
    total |= {f"y{year}": one.recognised if one.has_dossiers else None for year, one in nation.items()}
    rest = {
        key: (total[key] or 0) - sum(row.values[key] or 0 for row in rows)
        for key in ("total", *(f"y{year}" for year in period.years))
    }
    if any(rest.values()):
        name = _("Chưa quy được về tỉnh hôm nay")
        rows.append(ReportRow({"no": len(rows) + 1, "name": name, **{key: n or None for key, n in rest.items()}}))
        rows[-1].values["rate"] = None
    total["rate"] = share(total[f"y{period.last}"], total["total"])
    columns = (
        Column("no", _("STT"), COUNT),
        Column("name", _("Tỉnh, thành phố")),
        Column("total", _("Tổng số hộ năm %(year)d") % {"year": period.last}, COUNT, summed=True),
        *(Column(f"y{year}", str(year), COUNT, summed=True) for year in period.years),
        Column(
            "rate", _("Tỷ lệ năm %(year)d (%%)") % {"year": period.last}, PERCENT, over=(f"y{period.last}", "total")
        ),
    )
    notes = [
        _("Số gia đình được công nhận. Tỉnh của hôm nay gồm các tỉnh đã nhập trọn vào; dấu gạch: chưa có số liệu."),
        *([_("Dòng cuối là nơi bị chia tách và số khai báo của nơi đã kết thúc.")] if any(rest.values()) else []),
        *silent,
    ]
    title = _("Gia đình học tập theo tỉnh giai đoạn %(first)d–%(last)d")
    return _report(period, "TH-5", title, columns, rows, total, notes)


def last_year_table(period: Period) -> Report:
    """Recognised of every model by province, in the last year and as the map was then."""
    found, sources = {}, []
    for model in period.models:
        declared = declared_within(None, period.last, model)
        for one in children_with_declared(children_figures(None, period.last, model), declared):
            # a place that ended within the year has rows of those models only that were worked on there
            row = found.setdefault(one.place.pk, (one.place, dict.fromkeys(map(str, period.models)), []))
            row[1][str(model)] = one.figures.shown("recognised") if one.figures.has_dossiers else None
            row[2].extend(one.figures.declared)
            sources += one.figures.declared
    rows = [
        ReportRow({"name": place.name, **values}, place.pk, tuple(dict.fromkeys(declared)), place.is_former)
        for place, values, declared in found.values()
    ]
    rows, silent = _spoken(rows, [str(model) for model in period.models])
    nation = {model: period.figures[model, period.last] for model in period.models}
    total = {"name": _("Cả nước")}
    total |= {str(model): one.shown("recognised") if one.has_dossiers else None for model, one in nation.items()}
    columns = [Column("no", _("STT"), COUNT), Column("name", _("Tỉnh, thành phố"))]
    columns += [Column(str(model), str(model.label), COUNT, summed=True) for model in period.models]
    title = _("Số được công nhận của các mô hình theo tỉnh năm %(last)d")
    notes = [*silent, *declared_notes(tuple(dict.fromkeys(sources)))]
    return _report(period, "TH-6", title, columns, rows, total, notes)


def _spoken(rows: list[ReportRow], keys: list[str]) -> tuple[list[ReportRow], list[str]]:
    """(rows with any figure, numbered; a sentence that names the others)."""
    kept = [row for row in rows if any(row.values[key] for key in keys)]
    for number, row in enumerate(kept, start=1):
        row.values["no"] = number
    silent = [row.values["name"] for row in rows if row not in kept and not row.is_former]
    if not silent:
        return kept, []
    text = _("%(count)d nơi chưa có số liệu: %(names)s.")
    return kept, [text % {"count": len(silent), "names": ", ".join(silent)}]


def _report(period: Period, code: str, title: str, columns, rows, total: dict, notes) -> Report:
    return Report(
        code=code,
        title=title % {"first": period.first, "last": period.last},
        place=None,
        year=period.last,
        columns=tuple(columns),
        rows=tuple(rows),
        total=ReportRow(total),
        notes=tuple(notes),
    )
