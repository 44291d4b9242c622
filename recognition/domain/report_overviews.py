"""Yearly tables across models: TK-07, reached against targets, and TK-08, the association itself (layout proposed from
practice; no official numbered template is known)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from recognition.choices import LearningModel
from recognition.domain.association import FIGURES, association_rows, trained_share
from recognition.domain.declared import declared_within, with_declared
from recognition.domain.extents import child_level, extent_of
from recognition.domain.report_parts import COUNT, PERCENT, ROW_TITLES, SIGNED, TEXT, Column, Report, ReportRow
from recognition.domain.tallies import figures_for
from recognition.domain.targets import target_for
from recognition.models import AssociationYear
from units.choices import Level
from units.models import Place


def association(place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """TK-08: the association itself: branches, committees, members in the population, fund, scholarships, centres."""
    found, total = association_rows(place, year)
    labels = {name: str(AssociationYear._meta.get_field(name).verbose_name) for name in FIGURES}

    def row(one, name, number=None) -> ReportRow:
        state = "" if one.own and one.places > 1 else f"{one.reported}/{one.places}"
        return ReportRow(
            {
                "no": number,
                "name": name,
                **one.values,
                "member_share": one.member_share,
                "reported": state or _("tự khai"),
            },
            one.place.pk if one.place else None,
        )

    rows = [row(one, one.place.name, number) for number, one in enumerate(found, start=1)]
    if not rows:
        rows = [row(total, total.place.name, 1)]
    trained = trained_share(place, year)
    return Report(
        code="TK-08",
        title=_("Tổ chức Hội Khuyến học năm %(year)d") % {"year": year},
        place=place,
        year=year,
        columns=(
            Column("no", _("STT"), COUNT),
            Column("name", str(ROW_TITLES[child_level(place) or Level.HAMLET]) if found else _("Địa bàn")),
            *(Column(name, labels[name], COUNT, summed=True) for name in FIGURES),
            Column("member_share", _("Hội viên/dân số (%)"), PERCENT, over=("members", "population")),
            Column("reported", _("Phường, xã đã ghi"), TEXT),
        ),
        rows=tuple(rows),
        total=row(total, _("Tổng cộng")) if found else None,
        notes=(
            _("Số liệu do Hội của từng nơi ghi; dấu gạch là chưa ghi."),
            _("Cán bộ dự tập huấn trong năm: %(trained)d/%(officers)d.")
            % {"trained": trained.trained, "officers": trained.officers},
        ),
    )


def targets(place: Place | None, year: int, *, show_pending: bool = True) -> Report:
    """TK-07: each model's recognised share against the national target and that of the place."""
    models = (
        LearningModel.FAMILY,
        LearningModel.CLAN,
        LearningModel.COMMUNITY_HAMLET,
        LearningModel.UNIT,
        LearningModel.CITIZEN,
    )
    rows = []
    for number, model in enumerate(models, start=1):
        figures = with_declared(figures_for(place, year, model), declared_within(place, year, model))
        national, own = target_for(None, year, model), target_for(place, year, model)
        actual = figures.recognised_of_total
        rows.append(
            ReportRow(
                {
                    "no": number,
                    "name": str(model.label),
                    "total": figures.shown("total"),
                    "recognised": figures.shown("recognised"),
                    "actual": actual,
                    "national": national.percent if national else None,
                    "target": own.percent if own else None,
                    "target_year": str(own.year) if own else "",
                    "gap": actual - own.percent if own and actual is not None else None,
                    "basis": f"{own.legal_basis} ({own.scope})" if own else "",
                },
                declared=figures.declared,
            )
        )
    return Report(
        code="TK-07",
        title=_("Thực hiện chỉ tiêu năm %(year)d") % {"year": year},
        place=place,
        year=year,
        columns=(
            Column("no", _("STT"), COUNT),
            Column("name", _("Mô hình")),
            Column("total", _("Tổng số"), COUNT),
            Column("recognised", _("Được công nhận"), COUNT),
            Column("actual", _("Thực hiện: đạt/tổng (%)"), PERCENT, over=("recognised", "total")),
            Column("national", _("Chỉ tiêu cả nước (%)"), PERCENT),
            Column("target", _("Chỉ tiêu áp dụng (%)"), PERCENT),
            Column("target_year", _("Đến năm"), TEXT),
            Column("gap", _("Chênh lệch (±)"), SIGNED),
            Column("basis", _("Căn cứ"), TEXT),
        ),
        rows=tuple(rows),
        total=None,
        notes=(
            *extent_of(place, year).notices(),
            _("Chỉ tiêu áp dụng là chỉ tiêu của địa bàn hoặc cấp trên gần nhất; dấu gạch là chưa nhập chỉ tiêu."),
            _("Chỉ tiêu về Công dân học tập tính trên người lớn, người lao động nên không so với tổng số trong sổ."),
        ),
    )
