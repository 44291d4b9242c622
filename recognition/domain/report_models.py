"""Yearly tables of the other models: TK-02 clans, TK-03 hamlet communities, TK-04 organisations, TK-05 citizens (layout
proposed from practice; no official numbered template is known).

Counts are the kept tallies; what a table adds beside them is read set-based from the records, a statement a table.
"""

from __future__ import annotations

import datetime

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition import checks
from recognition.choices import LearningModel, Rank
from recognition.domain.declared import children_with_declared, declared_within, with_declared
from recognition.domain.extents import Extent, child_level, extent_of
from recognition.domain.poverty import poor_declared
from recognition.domain.report_parts import (
    COUNT,
    PERCENT,
    ROW_TITLES,
    Column,
    Report,
    ReportRow,
    declared_notes,
    province_of,
)
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import NUMBERS, Figures, children_figures, figures_for, share
from units.choices import CitizenGroup, Level, OrganisationType
from units.models import Place


def _columns(total: str, registered: str, recognised: str) -> tuple[Column, ...]:
    """The counts every model's table prints; each percentage names its denominator."""
    return (
        Column("total", total, COUNT, summed=True),
        Column("registered", registered, COUNT, summed=True),
        Column("recognised", recognised, COUNT, summed=True),
        Column("recognised_of_registered", _("Tỷ lệ đạt/ĐK (%)"), PERCENT, over=("recognised", "registered")),
        Column("recognised_of_total", _("Tỷ lệ đạt/tổng (%)"), PERCENT, over=("recognised", "total")),
    )


def _values(figures: Figures) -> dict[str, object]:
    return {
        "total": figures.shown("total"),
        "registered": figures.shown("registered"),
        "recognised": figures.shown("recognised"),
        "recognised_of_registered": figures.recognised_of_registered,
        "recognised_of_total": figures.recognised_of_total,
    }


def _less(whole: Figures, parts: list[Figures]) -> Figures:
    return Figures(**{name: getattr(whole, name) - sum(getattr(one, name) for one in parts) for name in NUMBERS})


def _by_place(place: Place | None, year: int, model: str):
    """(rows, total figures): one row a place below with its figures, and one for what stands in no hamlet."""
    declared = declared_within(place, year, model)
    kept = figures_for(place, year, model)
    kids = children_figures(place, year, model)
    rest = _less(kept, [kid.figures for kid in kids]) if kids else Figures()
    kids = children_with_declared(kids, declared)
    rows = [(kid.place.name, kid.place.pk, kid.place.is_former, kid.figures) for kid in kids]
    if kids and any(getattr(rest, name) for name in ("total", "registered", "recognised")):
        rows.append((_("Không thuộc riêng nơi nào ở trên"), None, False, rest))
    total = with_declared(kept, declared)
    if not rows and place is not None:
        rows = [(place.name, place.pk, False, total)]
    return rows, total


def _report(code: str, title: str, place: Place | None, year: int, model: str, columns, rows, total, *, extra=()):
    """The table with its sums checked: its rows must add up to the kept total."""
    findings = checks.check_order(**{name: total.values[name] for name in ("total", "registered", "recognised")})
    if not total.declared and not any(row.declared for row in rows):
        for name, words in (("total", _("Tổng số")), ("registered", _("Đăng ký")), ("recognised", _("Đạt"))):
            parts = {f"{row.values['name']}{number}": row.values[name] for number, row in enumerate(rows)}
            findings += checks.check_sum(words, total.values[name], parts)
    rulebook = rulebook_for(model, year, province_of(place))
    return Report(
        code=code,
        title=title % {"year": year},
        place=place,
        year=year,
        columns=columns,
        rows=tuple(rows),
        total=total,
        notes=(*extent_of(place, year).notices(), *declared_notes(total.declared), *extra),
        findings=tuple(findings),
        provisional=bool(rulebook and rulebook.spec.provisional),
    )


def _placed(code, title, place, year, model, words, extras, extra_columns, notes=()) -> Report:
    """A table with one row a place. `extras`: place id or None → further values; their sum under the key "total"."""
    level = (place.level if extent_of(place, year).is_before else child_level(place)) or Level.HAMLET
    found, total = _by_place(place, year, model)
    alone = len(found) == 1 and place is not None and found[0][1] == place.pk
    empty = dict.fromkeys((column.key for column in extra_columns), None)
    rows = [
        ReportRow(
            {
                "no": number,
                "name": name,
                **_values(figures),
                **(extras["total"] if alone else extras.get(pk, empty)),
            },
            pk,
            figures.declared,
            former,
        )
        for number, (name, pk, former, figures) in enumerate(found, start=1)
    ]
    columns = (
        Column("no", _("STT"), COUNT),
        Column("name", str(ROW_TITLES[level])),
        *_columns(*words),
        *extra_columns,
    )
    summed = ReportRow(
        {"no": None, "name": _("Tổng cộng"), **_values(total), **extras["total"]}, declared=total.declared
    )
    return _report(code, title, place, year, model, columns, rows, summed, extra=notes)


def _inside(extent: Extent, alias: str) -> tuple[str, list]:
    """SQL condition: a fact (with its four place columns) stands in the extent."""
    if extent.place is None:
        return "TRUE", []
    return f"{alias}.{extent.place.level}_id = ANY(%s)", [list(extent.ids)]


def _day(year: int) -> datetime.date:
    """Who stood where: on 31 December or, while the year runs, today."""
    return min(datetime.date(year, 12, 31), timezone.localdate())


def _grouped(sql: str, params: list, names: tuple[str, ...]) -> dict:
    """Rows (key, …numbers) as {key: {name: number}}, and their sum under "total"."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = {row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor.fetchall()}
    total = {name: sum(row[name] or 0 for row in found.values()) for name in names}
    return found | {"total": total}


def clans(place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """TK-02: clans, the families that belong to them, those recognised in the year, and their funds (đồng)."""
    extent, day = extent_of(place, year), _day(year)
    where, params = _inside(extent, "s")
    column = _row_column(place, extent)
    extras = _grouped(
        f"SELECT s.{column}, coalesce(sum(f.families), 0)::bigint, coalesce(sum(f.recognised), 0)::bigint,"
        " coalesce(sum(c.fund), 0)::bigint"
        " FROM units_stay s JOIN units_clan c ON c.registrant_id = s.registrant_id"
        " LEFT JOIN LATERAL (SELECT count(*) AS families, count(a.id) AS recognised FROM units_clanmembership m"
        " LEFT JOIN recognition_award a ON a.registrant_id = m.household_id AND a.model = 'FAMILY' AND a.year = %s"
        " AND a.status <> 'REVOKED'"
        " WHERE m.clan_id = c.registrant_id AND m.since <= %s AND (m.until IS NULL OR m.until > %s)) f ON TRUE"
        f" WHERE s.kind = 'CLAN' AND s.since <= %s AND (s.until IS NULL OR s.until > %s) AND {where} GROUP BY 1",
        [year, day, day, day, day, *params],
        ("families", "families_recognised", "fund"),
    )
    return _placed(
        "TK-02",
        _("Kết quả công nhận Dòng họ học tập năm %(year)d"),
        place,
        year,
        LearningModel.CLAN,
        (_("Tổng số dòng họ"), _("Dòng họ đăng ký"), _("Dòng họ đạt")),
        extras,
        (
            Column("families", _("Số gia đình trong dòng họ"), COUNT, summed=True),
            Column("families_recognised", _("Số Gia đình học tập trong dòng họ"), COUNT, summed=True),
            Column("fund", _("Quỹ khuyến học (đ)"), COUNT, summed=True),
        ),
        (
            _("Dòng họ ghi ở nơi có nhà thờ họ hoặc nơi đăng ký; gia đình của dòng họ tính cả ở nơi khác."),
            _("Quỹ là số đang ghi trong sổ."),
        ),
    )


def _row_column(place: Place | None, extent: Extent) -> str:
    level = (place.level if extent.is_before else child_level(place)) or Level.HAMLET
    return f"{level}_id"


def hamlet_communities(place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """TK-03: hamlet communities, the share of learning families (of all households), poor households then and now."""
    families, all_families = _by_place(place, year, LearningModel.FAMILY)
    extent = extent_of(place, year)
    poor: dict = {}
    if year >= timezone.localdate().year:
        where, params = _inside(extent, "g")
        poor = _grouped(
            f"SELECT g.{_row_column(place, extent)}, count(*) FROM units_household h"
            " JOIN units_registrant g ON g.id = h.registrant_id"
            f" WHERE h.poverty = 'POOR' AND g.closed_on IS NULL AND {where} GROUP BY 1",
            params,
            ("poor",),
        )
    now = {pk: poor.get(pk, {}).get("poor", 0) for _name, pk, _former, _figures in families} if poor else {}
    first, last = (poor_declared(place, [pk for _name, pk, *_rest in families], one) for one in (year - 1, year))
    ends = {"poor_first": first, "poor": now | last}
    extras = {
        pk: {
            "families": figures.recognised_of_total,
            **{key: values.get(pk) for key, values in ends.items()},
        }
        for _name, pk, _former, figures in families
    }
    extras["total"] = {"families": all_families.recognised_of_total}
    own = place.pk if place else None
    summed = {}
    for key, values in ends.items():
        rows = [values[pk] for _name, pk, *_rest in families if pk in values]
        summed[key] = bool(rows)
        extras["total"][key] = sum(rows) if rows else values.get(own)
    return _placed(
        "TK-03",
        _("Kết quả công nhận Cộng đồng học tập khu phố, thôn năm %(year)d"),
        place,
        year,
        LearningModel.COMMUNITY_HAMLET,
        (_("Tổng số khu phố, thôn"), _("Khu phố, thôn đăng ký"), _("Khu phố, thôn đạt")),
        extras,
        (
            Column("families", _("Gia đình học tập/tổng số hộ (%)"), PERCENT),
            Column("poor_first", _("Hộ nghèo đầu kỳ"), COUNT, summed=summed["poor_first"]),
            Column("poor", _("Hộ nghèo cuối kỳ"), COUNT, summed=summed["poor"]),
        ),
        _poor_notes(year, is_counted=bool(set(now) - set(last)), is_declared=bool(first or last)),
    )


def _poor_notes(year: int, *, is_counted: bool, is_declared: bool) -> list[str]:
    """Where the poor households come from: the yearly review of December says the end of one year and so the beginning
    of the next; the register says how things stand today."""
    notes = []
    if is_declared:
        notes.append(
            _("Hộ nghèo đầu kỳ, cuối kỳ: số khai báo của năm %(before)d và năm %(year)d; nơi chưa khai để dấu gạch.")
            % {"before": year - 1, "year": year}
        )
    if is_counted:
        notes.append(_("Hộ nghèo cuối kỳ ở nơi chưa khai: theo sổ bộ hôm nay."))
    return notes or [_("Chưa khai số hộ nghèo; sổ bộ chỉ ghi hiện trạng nên năm đã qua để dấu gạch.")]


def organisations(place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """TK-04: organisations by type, with ranks or levels of those recognised."""
    extent, day = extent_of(place, year), _day(year)
    where, params = _inside(extent, "s")
    here, here_params = _inside(extent, "r")
    ranks = ", ".join(
        f"count(*) FILTER (WHERE r.state = 'RECOGNISED' AND r.rank = '{rank}') AS {rank.lower()}"
        for rank in Rank.values[:3]
    )
    levels = ", ".join(
        f"count(*) FILTER (WHERE r.state = 'RECOGNISED' AND r.level = {level}) AS level_{level}" for level in (1, 2)
    )
    names = ("total", "registered", "recognised", "good", "fair", "average", "level_1", "level_2")
    found = _grouped(
        "WITH t AS (SELECT o.type, count(*) AS total FROM units_stay s JOIN units_organisation o"
        " ON o.registrant_id = s.registrant_id WHERE s.kind = 'ORGANISATION' AND s.since <= %s"
        f" AND (s.until IS NULL OR s.until > %s) AND {where} GROUP BY 1),"
        " d AS (SELECT o.type, count(*) AS registered, count(*) FILTER (WHERE r.state = 'RECOGNISED') AS recognised,"
        f" {ranks}, {levels} FROM recognition_registration r JOIN units_organisation o"
        " ON o.registrant_id = r.registrant_id"
        f" WHERE r.model = 'UNIT' AND r.year = %s AND r.live AND {here} GROUP BY 1) SELECT coalesce(t.type, d.type),"
        " coalesce(t.total, 0), coalesce(d.registered, 0), coalesce(d.recognised, 0), coalesce(d.good, 0),"
        " coalesce(d.fair, 0), coalesce(d.average, 0),"
        " coalesce(d.level_1, 0), coalesce(d.level_2, 0) FROM t FULL JOIN d ON d.type = t.type",
        [day, day, *params, year, *here_params],
        names,
    )
    rows = []
    for number, kind in enumerate(OrganisationType, start=1):
        row = found.get(str(kind), dict.fromkeys(names, 0))
        rows.append(ReportRow({"no": number, "name": str(kind.label), **_with_shares(row)}))
    kept = with_declared(figures_for(place, year, LearningModel.UNIT), declared_within(place, year, LearningModel.UNIT))
    total = ReportRow(
        {"no": None, "name": _("Tổng cộng"), **_with_shares(found["total"]), **_values(kept)}, declared=kept.declared
    )
    columns = (
        Column("no", _("STT"), COUNT),
        Column("name", _("Loại hình")),
        *_columns(_("Tổng số đơn vị"), _("Đơn vị đăng ký"), _("Đơn vị đạt")),
        Column("good", _("Tốt"), COUNT, summed=True),
        Column("fair", _("Khá"), COUNT, summed=True),
        Column("average", _("Trung bình"), COUNT, summed=True),
        Column("level_1", _("Mức độ 1"), COUNT, summed=True),
        Column("level_2", _("Mức độ 2"), COUNT, summed=True),
    )
    return _report(
        "TK-04",
        _("Kết quả công nhận Đơn vị học tập theo loại hình năm %(year)d"),
        place,
        year,
        LearningModel.UNIT,
        columns,
        rows,
        total,
    )


def _with_shares(row: dict) -> dict:
    return {
        **row,
        "recognised_of_registered": share(row["recognised"], row["registered"]),
        "recognised_of_total": share(row["recognised"], row["total"]),
    }


def citizens(place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """TK-05: citizens by where they are counted (residential area or organisation) and by group."""
    extent, day = extent_of(place, year), _day(year)
    where, params = _inside(extent, "s")
    here, here_params = _inside(extent, "r")
    key = '(c.organisation_id IS NOT NULL)::int * 10 + c."group"'
    names = ("total", "women", "registered", "assessed", "recognised")
    found = _grouped(
        f"WITH t AS (SELECT {key} AS k, count(*) AS total, count(*) FILTER (WHERE c.sex = 'FEMALE') AS women"
        " FROM units_stay s JOIN units_citizen c ON c.registrant_id = s.registrant_id WHERE s.kind = 'CITIZEN'"
        f" AND s.since <= %s AND (s.until IS NULL OR s.until > %s) AND {where} GROUP BY 1),"
        f" d AS (SELECT {key} AS k, count(*) AS registered, count(*) FILTER"
        " (WHERE r.self_half IS NOT NULL) AS assessed, count(*) FILTER (WHERE r.state = 'RECOGNISED') AS recognised"
        " FROM recognition_registration r"
        " JOIN units_citizen c ON c.registrant_id = r.registrant_id"
        f" WHERE r.model = 'CITIZEN' AND r.year = %s AND r.live AND {here} GROUP BY 1)"
        " SELECT k, coalesce(t.total, 0), coalesce(t.women, 0), coalesce(d.registered, 0), coalesce(d.assessed, 0),"
        " coalesce(d.recognised, 0) FROM t FULL JOIN d USING (k)",
        [day, day, *params, year, *here_params],
        names,
    )
    rows = []
    for at_work, where_label in ((0, _("Khu dân cư")), (1, _("Đơn vị"))):
        for group in CitizenGroup:
            row = found.get(at_work * 10 + group.value, dict.fromkeys(names, 0))
            rows.append(
                ReportRow({"no": len(rows) + 1, "where": where_label, "name": str(group.label), **_with_shares(row)})
            )
    model = LearningModel.CITIZEN
    kept = with_declared(figures_for(place, year, model), declared_within(place, year, model))
    total = ReportRow(
        {"no": None, "name": _("Tổng cộng"), "where": "", **_with_shares(found["total"]), **_values(kept)},
        declared=kept.declared,
    )
    columns = (
        Column("no", _("STT"), COUNT),
        Column("where", _("Tính ở")),
        Column("name", _("Nhóm")),
        Column("total", _("Số người trong diện"), COUNT, summed=True),
        Column("women", _("Trong đó nữ"), COUNT, summed=True),
        Column("registered", _("Đăng ký"), COUNT, summed=True),
        Column("assessed", _("Được đánh giá"), COUNT, summed=True),
        Column("recognised", _("Đạt"), COUNT, summed=True),
        Column("recognised_of_registered", _("Tỷ lệ đạt/ĐK (%)"), PERCENT, over=("recognised", "registered")),
        Column("recognised_of_total", _("Tỷ lệ đạt/trong diện (%)"), PERCENT, over=("recognised", "total")),
    )
    return _report(
        "TK-05",
        _("Kết quả công nhận Công dân học tập theo nhóm năm %(year)d"),
        place,
        year,
        model,
        columns,
        rows,
        total,
        extra=(
            _("Mỗi người tính một lần, ở khu dân cư hoặc ở đơn vị, theo nơi và nhóm đang ghi trong sổ."),
            _("Phần mềm không thu thập dân tộc nên biểu không có cột dân tộc thiểu số."),
        ),
    )
