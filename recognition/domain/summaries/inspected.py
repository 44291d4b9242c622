"""What an inspection found, as in article 004: how many places, how ranked, which of them; and each with its points."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from recognition.choices import LearningModel, Rank
from recognition.domain.declared import declared_findings
from recognition.domain.extents import extent_of
from recognition.domain.ranking import ranking_findings
from recognition.domain.report_parts import (
    COUNT,
    PERCENT,
    POINTS,
    SIGNED,
    TEXT,
    Column,
    Report,
    ReportRow,
    province_of,
)
from recognition.domain.reporting import half
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import figures_for, share
from recognition.models import DeclaredFigure, InspectionVisit, Registration
from recognition.result_words import result_words
from units.choices import Level
from units.models import Place

NONE = "-"


def models_at(place: Place) -> tuple[LearningModel, ...]:
    """Models whose inspection a place sums up: wards from above, hamlets, clans and organisations in a ward."""
    if place.level in (Level.COMMUNE, Level.HAMLET):
        return (LearningModel.COMMUNITY_HAMLET, LearningModel.CLAN, LearningModel.UNIT, LearningModel.COMMUNITY_COMMUNE)
    return (LearningModel.COMMUNITY_COMMUNE,)


def inspection_tables(place: Place, year: int, model: str) -> list[Report]:
    """By result, and place by place. A fixed number of statements."""
    extent = extent_of(place, year)
    visits = InspectionVisit.objects.filter(
        inspection__model=model, inspection__year=year, sheets__registration=OuterRef("pk")
    ).order_by("-visited_on")
    rows = list(
        Registration.objects.live()
        .filter(model=model, year=year, self_half__isnull=False, **{f"{place.fact_column}__in": extent.ids})
        .select_related("registrant", "hamlet", "commune", "district", "province")
        .annotate(
            visited=Subquery(visits.values("visited_on")[:1]),
            visit_state=Subquery(visits.values("state")[:1]),
        )
        .order_by("commune__sort_key", "hamlet__sort_key", "registrant__sort_key", "pk")
    )
    figures = figures_for(place, year, model)
    findings = (*ranking_findings(place, year, model, figures), *declared_findings(place, year, model))
    rulebook = rulebook_for(model, year, province_of(place))
    options = {
        "place": place,
        "year": year,
        "findings": findings,
        "provisional": bool(rulebook and rulebook.spec.provisional),
    }
    if not rows:
        declared = _declared(place, year, model, options)
        return [declared] if declared else [_by_result([], year, model, options, extent.notices())]
    return [_by_result(rows, year, model, options, extent.notices()), _by_place(rows, year, model, options)]


def result_key(row: Registration) -> str:
    """What inspection or review came to; a self-score alone is no result."""
    return result_words(rank=row.rank, level=row.level, passed=row.passed) or NONE


def sentence(tables: list[Report]) -> str:
    """The result in one sentence, as a conference hears it."""
    table = tables[0]
    total = table.total.values["count"] if table.total else 0
    parts = [
        f"{row.values['name'].lower()} {row.values['count']}"
        + (f" ({row.values['names']})" if row.values["names"] else "")
        for row in table.rows
    ]
    if not parts:
        return _("Chưa có nơi nào được kiểm tra.")
    return _("%(total)d nơi tự chấm điểm; kết quả: %(parts)s.") % {"total": total, "parts": "; ".join(parts)}


def _title(year: int, model: str) -> str:
    return _("Kết quả kiểm tra “%(model)s” năm %(year)d") % {"model": LearningModel(model).label, "year": year}


def _by_result(rows: list[Registration], year: int, model: str, options: dict, notices) -> Report:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(result_key(row), []).append(row.place.name)
    known = [str(Rank(rank).label) for rank in Rank.values]
    order = {name: position for position, name in enumerate(known)}
    names = sorted(found, key=lambda one: (one == NONE, order.get(one, len(order)), one))
    lines = [
        ReportRow(
            {
                "name": one if one != NONE else _("Chưa có kết quả"),
                "count": len(found[one]),
                "all": len(rows),
                "share": share(len(found[one]), len(rows)),
                "names": ", ".join(found[one]) if len(found[one]) <= 30 else "",
            }
        )
        for one in names
    ]
    return Report(
        code="TH-KT1",
        title=_title(year, model),
        columns=(
            Column("name", _("Xếp loại, mức độ")),
            Column("count", _("Số nơi"), COUNT, summed=True),
            Column("all", _("Tổng số nơi tự chấm"), COUNT),
            Column("share", _("Tỷ lệ/tổng (%)"), PERCENT, over=("count", "all")),
            Column("names", _("Gồm"), TEXT),
        ),
        rows=tuple(lines),
        total=ReportRow(
            {
                "name": _("Tổng cộng"),
                "count": len(rows),
                "all": len(rows),
                "share": share(len(rows), len(rows)),
                "names": "",
            }
        ),
        notes=(*notices, _("Tính cả nơi đã tự chấm mà đoàn chưa cho kết quả, để tổng số luôn đủ.")),
        **options,
    )


def _by_place(rows: list[Registration], year: int, model: str, options: dict) -> Report:
    lines = []
    for number, row in enumerate(rows, start=1):
        own, team = half(row.self_half), half(row.inspection_half)
        key = result_key(row)
        lines.append(
            ReportRow(
                {
                    "no": number,
                    "name": row.registrant.name
                    if model in (LearningModel.CLAN, LearningModel.UNIT)
                    else row.place.name,
                    "visited": row.visited.strftime("%d/%m/%Y") if row.visited else "",
                    "self": own,
                    "team": team,
                    "gap": team - own if team is not None else None,
                    "result": key if key != NONE else "",
                    "state": str(row.get_state_display()),
                },
                row.place.pk,
            )
        )
    return Report(
        code="TH-KT2",
        title=_("Kết quả kiểm tra từng nơi năm %(year)d") % {"year": year},
        columns=(
            Column("no", _("STT"), COUNT),
            Column("name", _("Nơi kiểm tra")),
            Column("visited", _("Ngày kiểm tra"), TEXT),
            Column("self", _("Điểm tự chấm"), POINTS),
            Column("team", _("Điểm kiểm tra"), POINTS),
            Column("gap", _("Chênh lệch (±)"), SIGNED, minus=("team", "self")),
            Column("result", _("Xếp loại, mức độ"), TEXT),
            Column("state", _("Tình trạng hồ sơ"), TEXT),
        ),
        rows=tuple(lines),
        total=None,
        notes=(_("Dấu gạch: chưa có số liệu."),),
        **(options | {"findings": ()}),
    )


def _declared(place: Place, year: int, model: str, options: dict) -> Report | None:
    """What a source printed about a place without records: how many inspected, how many of each rank."""
    inspected, ranked, sources = None, {}, []
    for row in DeclaredFigure.objects.filter(place=place, year=year, model=model, measure__in=("assessed", "ranked")):
        sources.append(row.source)
        if row.measure == "assessed" and not row.group:
            inspected = row.value
        elif row.group in Rank.values:
            ranked[row.group] = row.value
    if inspected is None and not ranked:
        return None
    marks = tuple(dict.fromkeys(sources))
    whole = inspected if inspected is not None else sum(ranked.values())
    return Report(
        code="TH-KT1",
        title=_title(year, model),
        columns=(
            Column("name", _("Xếp loại, mức độ")),
            Column("count", _("Số nơi"), COUNT),
            Column("all", _("Tổng số nơi tự chấm"), COUNT),
            Column("share", _("Tỷ lệ/tổng (%)"), PERCENT, over=("count", "all")),
            Column("names", _("Gồm"), TEXT),
        ),
        rows=tuple(
            ReportRow(
                {
                    "name": str(Rank(rank).label),
                    "count": ranked[rank],
                    "all": whole,
                    "share": share(ranked[rank], whole),
                    "names": "",
                },
                declared=marks,
            )
            for rank in Rank.values
            if rank in ranked
        ),
        total=ReportRow(
            {"name": _("Tổng cộng (như nguồn in)"), "count": whole, "all": whole, "share": None, "names": ""},
            declared=marks,
        ),
        notes=(
            _("Nơi này không có hồ sơ trong hệ thống: số liệu khai báo, nguồn %(sources)s, giữ nguyên cả chỗ sai.")
            % {"sources": ", ".join(marks)},
        ),
        **options,
    )
