"""The summary of several years as tables: models, commendations, poor households beside learning families, the
association. Rows are years, so screen, Excel and papers print the same objects."""

from __future__ import annotations

from django.utils.translation import gettext as _

from recognition.choices import LearningModel
from recognition.domain.association import FIGURES
from recognition.domain.report_parts import COUNT, PERCENT, SIGNED, TEXT, Column, Report, ReportRow, declared_notes
from recognition.domain.summaries.nation_tables import province_tables
from recognition.domain.summaries.period import Period
from recognition.domain.tallies import share
from recognition.honour_choices import CommendationKind, Honouree
from recognition.models import AssociationYear

_LETTERS = {Honouree.COLLECTIVE: "c", Honouree.INDIVIDUAL: "i"}


def period_tables(period: Period) -> list[Report]:
    """All tables of a summary. Of the nation also by province; poor households are declared of places only."""
    tables = [models_table(period), commendations_table(period)]
    if period.place is not None:
        return [*tables, poverty_table(period), association_table(period)]
    return [*tables, association_table(period), *province_tables(period)]


def _report(period: Period, code: str, title: str, columns, rows, total=None, notes=()) -> Report:
    values = {"first": period.first, "last": period.last}
    return Report(
        code=code,
        title=title % values,
        place=period.place,
        year=period.last,
        columns=tuple(columns),
        rows=tuple(rows),
        total=total,
        notes=tuple(notes),
    )


def models_table(period: Period) -> Report:
    """Each model, each year: registered and recognised, of all, against target and the year before."""
    rows, sources = [], []
    for model in period.models:
        for year in period.years:
            one = period.figures[model, year]
            before = period.figures.get((model, year - 1))
            rate, target = one.recognised_of_total, period.targets.get((model, year))
            rate_before = before.recognised_of_total if before is not None and before.has_dossiers else None
            known = one.has_dossiers
            sources += one.declared
            rows.append(
                ReportRow(
                    {
                        "name": str(model.label),
                        "year": str(year),
                        "total": one.shown("total") or (0 if known else None),
                        "registered": one.shown("registered") if known else None,
                        "registered_of_total": one.registered_of_total if known else None,
                        "recognised": one.shown("recognised") if known else None,
                        "recognised_of_registered": one.recognised_of_registered if known else None,
                        "recognised_of_total": rate if known else None,
                        "target": target.percent if target else None,
                        "against_target": rate - target.percent if known and target and rate is not None else None,
                        "against_previous": rate - rate_before
                        if known and rate is not None and rate_before is not None
                        else None,
                    },
                    declared=one.declared,
                )
            )
    columns = (
        Column("name", _("Mô hình")),
        Column("year", _("Năm"), TEXT),
        Column("total", _("Tổng số"), COUNT),
        Column("registered", _("Đăng ký"), COUNT),
        Column("registered_of_total", _("Tỷ lệ ĐK/tổng (%)"), PERCENT, over=("registered", "total")),
        Column("recognised", _("Được công nhận"), COUNT),
        Column("recognised_of_registered", _("Tỷ lệ đạt/ĐK (%)"), PERCENT, over=("recognised", "registered")),
        Column("recognised_of_total", _("Tỷ lệ đạt/tổng (%)"), PERCENT, over=("recognised", "total")),
        Column("target", _("Chỉ tiêu (%)"), PERCENT),
        Column("against_target", _("So chỉ tiêu (±)"), SIGNED, minus=("recognised_of_total", "target")),
        Column("against_previous", _("So năm trước (±)"), SIGNED),
    )
    notes = [
        _("Số của từng năm là số của biểu TK-01 đến TK-06 năm đó. Dấu gạch: chưa có số liệu."),
        *period.notices,
        *declared_notes(tuple(dict.fromkeys(sources))),
    ]
    return _report(
        period, "TH-1", _("Kết quả các mô hình học tập giai đoạn %(first)d–%(last)d"), columns, rows, notes=notes
    )


def commendations_table(period: Period) -> Report:
    """Commendations by year, form and whom they went to."""
    kinds = list(CommendationKind)
    keys = {(kind, who): f"{kind.lower()}_{letter}" for kind in kinds for who, letter in _LETTERS.items()}
    rows, sources = [], []
    for year in period.years:
        given = period.given[year]
        sources += given.declared
        values = {key: given.of(who, kind) for (kind, who), key in keys.items()}
        rows.append(
            ReportRow(
                {
                    "name": str(year),
                    **values,
                    "all_c": given.of(Honouree.COLLECTIVE),
                    "all_i": given.of(Honouree.INDIVIDUAL),
                },
                declared=given.declared,
            )
        )
    names = {Honouree.COLLECTIVE: _("tập thể"), Honouree.INDIVIDUAL: _("cá nhân")}
    columns = [Column("name", _("Năm"))]
    for (kind, who), key in keys.items():
        columns.append(Column(key, f"{kind.label}, {names[who]}", COUNT, summed=True))
    for who, letter in _LETTERS.items():
        of_all = tuple(key for (_kind, one), key in keys.items() if one == who)
        columns.append(
            Column(f"all_{letter}", _("Cộng, %(who)s") % {"who": names[who]}, COUNT, summed=True, plus=of_all)
        )
    total = {"name": _("Cả giai đoạn")}
    for column in columns[1:]:
        total[column.key] = sum(row.values[column.key] for row in rows)
    notes = [
        _("Khen đã có quyết định, tính vào năm quyết định; khen đã thu hồi không tính."),
        _("Số khai báo không nói hình thức khen nên ghi ở “Hình thức khác”.") if sources else "",
        *declared_notes(tuple(dict.fromkeys(sources))),
    ]
    return _report(
        period,
        "TH-2",
        _("Khen thưởng giai đoạn %(first)d–%(last)d"),
        columns,
        rows,
        ReportRow(total),
        [text for text in notes if text],
    )


def poverty_table(period: Period) -> Report:
    """Learning families beside poor households, as article 000 reports them; nothing is concluded from it."""
    rows = []
    for year in period.years:
        one, poor = period.figures[LearningModel.FAMILY, year], period.poverty.get(year)
        known = one.has_dossiers
        of_all = share(poor.households, one.total) if poor and "total" not in one.unknown else None
        rows.append(
            ReportRow(
                {
                    "name": str(year),
                    "total": one.shown("total") or None,
                    "recognised": one.shown("recognised") if known else None,
                    "rate": one.recognised_of_total if known else None,
                    "poor": poor.households if poor else None,
                    "poor_rate": of_all,
                    "printed": poor.percent if poor and poor.is_printed else None,
                    "source": poor.source if poor else "",
                },
                declared=one.declared,
            )
        )
    columns = (
        Column("name", _("Năm")),
        Column("total", _("Tổng số hộ"), COUNT),
        Column("recognised", _("Gia đình học tập"), COUNT),
        Column("rate", _("Gia đình học tập/tổng số hộ (%)"), PERCENT, over=("recognised", "total")),
        Column("poor", _("Hộ nghèo (khai báo)"), COUNT),
        Column("poor_rate", _("Hộ nghèo/tổng số hộ (%)"), PERCENT, over=("poor", "total")),
        Column("printed", _("Tỷ lệ hộ nghèo in trong nguồn (%)"), PERCENT),
        Column("source", _("Nguồn"), TEXT),
    )
    notes = [_("Số hộ nghèo là số khai báo, không đếm từ sổ. Đặt cạnh để đọc cùng nhau, không nói cái này do cái kia.")]
    return _report(
        period, "TH-3", _("Gia đình học tập và hộ nghèo giai đoạn %(first)d–%(last)d"), columns, rows, notes=notes
    )


def association_table(period: Period) -> Report:
    """The association by year: branches, committees, members, fund, training."""
    labels = {name: str(AssociationYear._meta.get_field(name).verbose_name) for name in FIGURES}
    rows = []
    for year in period.years:
        one, trained = period.association[year], period.trained[year]
        rows.append(
            ReportRow(
                {
                    "name": str(year),
                    **one.values,
                    "member_share": one.member_share,
                    "sessions": trained.sessions,
                    "trained": trained.trained,
                    "officers": trained.officers,
                    "trained_share": trained.percent,
                }
            )
        )
    columns = (
        Column("name", _("Năm")),
        *(Column(name, labels[name], COUNT) for name in FIGURES),
        Column("member_share", _("Hội viên/dân số (%)"), PERCENT, over=("members", "population")),
        Column("sessions", _("Lớp tập huấn"), COUNT),
        Column("trained", _("Cán bộ đã dự tập huấn"), COUNT),
        Column("officers", _("Cán bộ của Hội"), COUNT),
        Column("trained_share", _("Cán bộ được tập huấn (%)"), PERCENT, over=("trained", "officers")),
    )
    notes = [
        _("Số liệu do Hội của từng nơi ghi (biểu TK-08); dấu gạch là chưa ghi. Tập huấn tính từ sổ tập huấn."),
        *period.notices,
    ]
    return _report(period, "TH-4", _("Tổ chức Hội giai đoạn %(first)d–%(last)d"), columns, rows, notes=notes)
