"""Yearly tables as plain data: the same object feeds the screen, Excel, PDF and JSON."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition import checks
from recognition.checks import Finding
from recognition.choices import LearningModel, Rank, State
from recognition.domain import report_models, report_overviews
from recognition.domain.declared import (
    children_with_declared,
    declared_findings,
    declared_within,
    with_declared,
)
from recognition.domain.errors import RecognitionError
from recognition.domain.extents import child_level, extent_of
from recognition.domain.ranking import ranking_findings
from recognition.domain.report_parts import (
    COUNT,
    PERCENT,
    POINTS,
    ROW_TITLES,
    SIGNED,
    Column,
    Report,
    ReportRow,
    TableSpec,
    declared_notes,
    province_of,
    target_notes,
)
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import ChildFigures, Figures, children_figures, figures_for, yearly
from recognition.domain.targets import target_for
from recognition.models import Registration
from units.choices import Level
from units.models import Place


def build_report(code: str, place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """Compute a table. Raises RecognitionError for an unknown code or a place the table is not made for.

    show_pending: also scores of dossiers without a decision; only for people whose postings cover the place.
    """
    if code not in TABLES:
        raise RecognitionError(
            _("Không có biểu “%(code)s”. Các biểu hiện có: %(known)s.") % {"code": code, "known": ", ".join(TABLES)}
        )
    return TABLES[code].build(place, year, show_pending=show_pending)


# --- TK-01: families


def families(place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """TK-01: families by the level below. Percentages name their denominator; places without households get a dash."""
    level = (place.level if extent_of(place, year).is_before else child_level(place)) or Level.HAMLET
    declared = declared_within(place, year, LearningModel.FAMILY)
    before = declared_within(place, year - 1, LearningModel.FAMILY)
    kids = children_with_declared(
        children_figures(place, year, LearningModel.FAMILY, with_previous=True), declared, before
    )
    target = target_for(place, year, LearningModel.FAMILY)
    kept = yearly(place, [year - 1, year], LearningModel.FAMILY)
    total, previous = with_declared(kept[year], declared), with_declared(kept[year - 1], before)
    compared = previous.has_dossiers  # a year nobody recorded is not a year of zeros
    rows = _family_rows(place, year, kids, compared=compared)
    summed = _family_values(total, previous if compared else None, target)
    if not kids and place is not None:  # a hamlet: its own figures are the table
        rows = [ReportRow({"no": 1, "name": place.name, **summed}, place.pk)]
    rulebook = rulebook_for(LearningModel.FAMILY, year, province_of(place))
    return Report(
        code="TK-01",
        title=_("Kết quả công nhận Gia đình học tập năm %(year)d") % {"year": year},
        place=place,
        year=year,
        columns=_family_columns(level),
        rows=tuple(rows),
        total=ReportRow({"no": None, "name": _("Tổng cộng"), **summed}, declared=total.declared),
        notes=tuple(_family_notes(place, year, target, total, rows)),
        findings=tuple(_family_findings(total, rows)),
        provisional=bool(rulebook and rulebook.spec.provisional),
    )


def _family_columns(level: str) -> tuple[Column, ...]:
    return (
        Column("no", _("STT"), COUNT),
        Column("name", str(ROW_TITLES[level])),
        Column("total", _("Tổng số hộ"), COUNT, summed=True),
        Column("registered", _("Hộ đăng ký"), COUNT, summed=True),
        Column("registered_of_total", _("Tỷ lệ ĐK/tổng (%)"), PERCENT, over=("registered", "total")),
        Column("recognised", _("Hộ đạt"), COUNT, summed=True),
        Column("recognised_of_registered", _("Tỷ lệ đạt/ĐK (%)"), PERCENT, over=("recognised", "registered")),
        Column("recognised_of_total", _("Tỷ lệ đạt/tổng (%)"), PERCENT, over=("recognised", "total")),
        Column("target", _("Chỉ tiêu năm (%)"), PERCENT),
        Column("against_target", _("So chỉ tiêu (±)"), SIGNED, minus=("recognised_of_total", "target")),
        Column("against_previous", _("So năm trước (±)"), SIGNED),
    )


def _family_rows(place: Place | None, year: int, kids: list[ChildFigures], *, compared: bool) -> list[ReportRow]:
    """A row for each place below, measured by the target of its area class; `compared`: with the year before."""
    targets = {}
    for area in {kid.place.area_class for kid in kids}:  # two area classes at most
        targets[area] = target_for(place, year, LearningModel.FAMILY, area)
    return [
        ReportRow(
            {
                "no": number,
                "name": kid.place.name,
                **_family_values(kid.figures, kid.previous if compared else None, targets[kid.place.area_class]),
            },
            kid.place.pk,
            kid.figures.declared,
            kid.place.is_former,
        )
        for number, kid in enumerate(kids, start=1)
    ]


def _family_findings(total: Figures, rows: list[ReportRow]) -> list[Finding]:
    """Figures in their order, and rows that add up to the total; a declared total need not."""
    findings = checks.check_order(**{name: total.shown(name) for name in ("total", "registered", "recognised")})
    if not total.declared:
        for name, words in (("total", _("Tổng số hộ")), ("registered", _("Hộ đăng ký")), ("recognised", _("Hộ đạt"))):
            parts = {row.values["name"] + str(row.place_id): row.values[name] for row in rows}
            findings += checks.check_sum(words, getattr(total, name), parts)
    return findings


def _family_values(figures: Figures, previous: Figures | None, target) -> dict[str, object]:
    rate = figures.recognised_of_total
    before = previous.recognised_of_total if previous else None
    return {
        "total": figures.shown("total"),
        "registered": figures.shown("registered"),
        "registered_of_total": figures.registered_of_total,
        "recognised": figures.shown("recognised"),
        "recognised_of_registered": figures.recognised_of_registered,
        "recognised_of_total": rate,
        "target": target.percent if target else None,
        "against_target": rate - target.percent if target and rate is not None else None,
        "against_previous": rate - before if rate is not None and before is not None else None,
    }


def _family_notes(place, year, target, total: Figures, rows) -> list[str]:
    notes = [
        _("Tổng số hộ: hộ có trong sổ ngày 31/12/%(year)d. Tỷ lệ làm tròn hai chữ số; nơi không có hộ ghi dấu gạch.")
        % {"year": year}
    ]
    notes += extent_of(place, year).notices()
    notes += target_notes(target, year)
    notes.append(_("So chỉ tiêu, so năm trước: chênh lệch điểm phần trăm của tỷ lệ đạt/tổng."))
    notes += declared_notes(total.declared)
    if any(row.is_former for row in rows):
        notes.append(_("Đơn vị đã chấm dứt vẫn có dòng riêng khi còn kết quả trong năm hoặc còn hộ chưa chuyển."))
    return notes


# --- TK-06: commune communities


def commune_communities(place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """TK-06: every commune of the place with its own and the inspected points, rank, decision and validity."""
    model = LearningModel.COMMUNITY_COMMUNE
    extent = extent_of(place, year)
    registrations = {
        row.commune_id: row
        for row in Registration.objects.live()
        .filter(model=model, year=year)
        .filter(**({} if place is None else {f"{_column(place)}__in": list(extent.ids)}))
        .select_related("commune", "award__decision")
        .order_by("commune__sort_key", "commune_id", "-pk")
    }
    communes = {row.commune_id: row.commune for row in registrations.values()}
    if place is not None:  # the nation's table lists registered communes only: three thousand dashes help nobody
        standing = Place.objects.on(extent.day).filter(level=Level.COMMUNE)
        own = {"pk__in": list(extent.ids)} if place.level == Level.COMMUNE else {f"{place.level}__in": list(extent.ids)}
        if place.level != Level.HAMLET:
            communes |= {one.pk: one for one in standing.filter(**own)}
    ordered = sorted(communes.values(), key=lambda one: (one.sort_key, one.pk))
    rows = tuple(
        ReportRow(
            {"name": commune.name, **_community_values(registrations.get(commune.pk), show_pending)},
            commune.pk,
            is_former=not commune.existed_on(extent.day),
        )
        for commune in ordered
    )
    figures = figures_for(place, year, model)
    rulebook = rulebook_for(model, year, province_of(place))
    notes = [*extent.notices()]
    hidden = any(_is_hidden(row, show_pending) for row in registrations.values())
    if hidden:
        notes.append(_("Điểm của hồ sơ chưa có quyết định chỉ hiện với người được phân công tại địa bàn."))
    if place is None:
        notes.append(_("Chỉ gồm phường, xã có đăng ký trong năm."))
    notes.append(_("Dấu gạch: chưa có số liệu."))
    return Report(
        code="TK-06",
        title=_("Kết quả đánh giá, xếp loại Cộng đồng học tập cấp xã năm %(year)d") % {"year": year},
        place=place,
        year=year,
        columns=(
            Column("name", _("Phường/xã")),
            Column("self_points", _("Điểm tự chấm"), POINTS),
            Column("inspection_points", _("Điểm thẩm định"), POINTS),
            Column("rank", _("Xếp loại")),
            Column("decision", _("Số, ngày QĐ")),
            Column("valid_until", _("Hiệu lực đến")),
        ),
        rows=rows,
        total=None,
        notes=(*_rank_notes(rows, figures, show_pending), *notes),
        findings=(*ranking_findings(place, year, model, figures), *declared_findings(place, year, model)),
        provisional=bool(rulebook and rulebook.spec.provisional),
    )


def _column(place: Place) -> str:
    return place.fact_column


def _is_hidden(registration: Registration | None, show_pending: bool) -> bool:
    return registration is not None and not show_pending and registration.state not in (State.RECOGNISED, State.REFUSED)


def _community_values(registration: Registration | None, show_pending: bool) -> dict[str, object]:
    empty = dict.fromkeys(("self_points", "inspection_points"), None) | dict.fromkeys(
        ("rank", "decision", "valid_until"), ""
    )
    if registration is None:
        return empty
    if _is_hidden(registration, show_pending):
        return {**empty, "decision": str(State(registration.state).label)}
    award = getattr(registration, "award", None)
    decided = ""
    if award is not None:
        decided = _("%(number)s ngày %(day)s") % {
            "number": award.decision,
            "day": award.decision.signed_on.strftime("%d/%m/%Y"),
        }
    return {
        "self_points": half(registration.self_half),
        "inspection_points": half(registration.inspection_half),
        "rank": registration.result_text if registration.rank or registration.level else "",
        "decision": decided,
        "valid_until": award.valid_until.strftime("%d/%m/%Y") if award and award.valid_until else "",
    }


def half(points: int | None) -> Decimal | None:
    """Half points as points: 189 → 94.5."""
    return None if points is None else Decimal(points) / 2


def _rank_notes(rows, figures: Figures, show_pending: bool) -> list[str]:
    counts = [f"{Rank(rank).label} {count}" for rank, count in figures.ranks.items() if count]
    if not counts or not show_pending:
        return []
    return [
        _("Đã tự chấm %(assessed)d, đã thẩm định %(inspected)d. Xếp loại: %(ranks)s.")
        % {"assessed": figures.assessed, "inspected": figures.inspected, "ranks": ", ".join(counts)}
    ]


TABLES = {
    spec.code: spec
    for spec in (
        TableSpec(
            "TK-01",
            gettext_lazy("Gia đình học tập"),
            LearningModel.FAMILY,
            families,
            gettext_lazy("Tổng số hộ, hộ đăng ký, hộ đạt, tỷ lệ, so với chỉ tiêu và năm trước."),
        ),
        TableSpec(
            "TK-02",
            gettext_lazy("Dòng họ học tập"),
            LearningModel.CLAN,
            report_models.clans,
            gettext_lazy("Dòng họ đăng ký, đạt; gia đình và Gia đình học tập trong dòng họ; quỹ khuyến học."),
        ),
        TableSpec(
            "TK-03",
            gettext_lazy("Cộng đồng học tập khu phố, thôn"),
            LearningModel.COMMUNITY_HAMLET,
            report_models.hamlet_communities,
            gettext_lazy("Khu phố, thôn đăng ký, đạt; tỷ lệ Gia đình học tập; hộ nghèo."),
        ),
        TableSpec(
            "TK-04",
            gettext_lazy("Đơn vị học tập"),
            LearningModel.UNIT,
            report_models.organisations,
            gettext_lazy("Cơ quan, trường học, doanh nghiệp và đơn vị khác theo loại hình và xếp loại."),
        ),
        TableSpec(
            "TK-05",
            gettext_lazy("Công dân học tập"),
            LearningModel.CITIZEN,
            report_models.citizens,
            gettext_lazy("Công dân trong diện, đăng ký, được đánh giá, đạt theo nhóm và nơi tính."),
        ),
        TableSpec(
            "TK-06",
            gettext_lazy("Cộng đồng học tập cấp xã"),
            LearningModel.COMMUNITY_COMMUNE,
            commune_communities,
            gettext_lazy("Điểm tự chấm, điểm thẩm định, xếp loại, quyết định của từng phường, xã."),
        ),
        TableSpec(
            "TK-07",
            gettext_lazy("Thực hiện chỉ tiêu"),
            LearningModel.FAMILY,
            report_overviews.targets,
            gettext_lazy("Tỷ lệ đạt của từng mô hình so với chỉ tiêu cả nước và chỉ tiêu của địa bàn."),
        ),
        TableSpec(
            "TK-08",
            gettext_lazy("Tổ chức Hội Khuyến học"),
            LearningModel.FAMILY,
            report_overviews.association,
            gettext_lazy("Chi hội, ban khuyến học, hội viên, quỹ, học bổng, trung tâm học tập cộng đồng."),
        ),
    )
}


def as_json(report: Report) -> dict:
    """The table as plain JSON values: percentages and points as numbers, dashes as null."""

    def plain(value):
        return float(value) if isinstance(value, Decimal) else value

    def row(one: ReportRow) -> dict:
        values = {key: plain(value) for key, value in one.values.items()}
        return {**values, "declared": list(one.declared)}

    return {
        "table": report.code,
        "title": report.title,
        "place": {"code": report.place.code, "name": report.place.name} if report.place else None,
        "year": report.year,
        "columns": [{"key": column.key, "title": column.title} for column in report.columns],
        "rows": [row(one) for one in report.rows],
        "total": row(report.total) if report.total else None,
        "notes": list(report.notes),
        "findings": [checks.as_json(one) for one in report.findings],
        "provisional": report.provisional,
    }
