"""Declared figures as printed, with what the rules find in them. Published facts: open to everybody signed in."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import F
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.lib.numbers import number
from recognition.checks import ERROR
from recognition.choices import LearningModel
from recognition.domain.declared import check_figures, check_sources
from recognition.domain.tallies import share
from recognition.domain.targets import check_all_targets
from recognition.figure_checks import GROUP_LABELS
from recognition.figure_names import measure_label
from recognition.models import DeclaredFigure, Target
from recognition.rule_list import LEVELS, MOMENTS, RULES, TONES
from units.choices import AreaClass

OTHERS = {
    "COMMENDATION": gettext_lazy("Biểu dương"),
    "DELEGATES": gettext_lazy("Đại biểu"),
    "PARTICIPANTS": gettext_lazy("Đơn vị tham gia"),
}
OTHER_GROUPS = {
    "collectives": gettext_lazy("Tập thể"),
    "individuals": gettext_lazy("Cá nhân"),
    "agencies": gettext_lazy("Cơ quan"),
    "schools": gettext_lazy("Trường học"),
    "hamlets": gettext_lazy("Khu phố, ấp"),
    "poor": gettext_lazy("Hộ nghèo"),
}


def _model_label(model: str) -> str:
    return str(LearningModel(model).label) if model in LearningModel.values else str(OTHERS.get(model, model))


def _group_label(group: str) -> str:
    return str({**GROUP_LABELS, **OTHER_GROUPS}.get(group, group))


@require_safe
def declared_list(request):
    """Sources with what was found in them, and the programme targets."""
    by_source = defaultdict(list)
    for figure in (
        DeclaredFigure.objects.visible_to(request.user).filter(declaration=None).select_related("place__province")
    ):
        by_source[figure.source].append(figure)
    sources = []
    found = check_sources([one for figures in by_source.values() for one in figures])
    for source, findings in found.items():
        figures = by_source[source]
        sources.append(
            {
                "source": source,
                "place": figures[0].place,
                "published_on": figures[0].published_on,
                "period": figures[0].period,
                "count": len(figures),
                "errors": sum(one.level == ERROR for one in findings),
                "others": sum(one.level != ERROR for one in findings),
            }
        )
    targets = [
        {
            "scope": str(target.place) if target.place else _("Cả nước"),
            "model": _model_label(target.model),
            "measure": measure_label(target.measure),
            "target": target,
            "area": target.get_area_class_display() if target.area_class != AreaClass.NORMAL else "",
        }
        for target in Target.objects.select_related("place").order_by(
            F("place__sort_key").asc(nulls_first=True), "year", "model", "measure", "-percent"
        )
    ]
    context = {"sources": sources, "targets": targets, "target_findings": check_all_targets()}
    return render(request, "recognition/declared_list.html", context)


@require_safe
def declared_detail(request, source):
    """One source: every figure as printed, recomputed percentages beside it, findings on top."""
    figures = list(
        DeclaredFigure.objects.visible_to(request.user).filter(source=source).select_related("place__province")
    )
    if not figures:
        raise Http404
    values = {(row.place_id, row.model, row.year, row.measure, row.group): row.value for row in figures}
    rows = []
    for row in figures:
        whole = None
        if row.measure == "recognised":
            key = (row.place_id, row.model, row.year)
            whole = next(
                (
                    values[*key, one, row.group]
                    for one in ("assessed", "registered", "total")
                    if (*key, one, row.group) in values
                ),
                None,
            )
        computed = share(row.value, whole)
        rows.append(
            {
                "figure": row,
                "model": _model_label(row.model),
                "group": _group_label(row.group),
                "measure": measure_label(row.measure),
                "whole": whole,
                "computed": "" if computed is None else number(computed, 2) + "%",
                "printed": "" if row.printed_percent is None else number(row.printed_percent, 2) + "%",
                "differs": row.printed_percent is not None and computed != row.printed_percent,
            }
        )
    first = figures[0]
    context = {
        "source": source,
        "rows": rows,
        "findings": check_figures(figures),
        "place": first.place,
        "facts": [
            (_("Địa bàn"), first.place.name),
            (_("Giai đoạn"), first.period),
            (_("Ngày công bố"), first.published_on.strftime("%d/%m/%Y") if first.published_on else _("không ghi")),
        ],
    }
    return render(request, "recognition/declared_detail.html", context)


@require_safe
def rule_list(request):
    """The rules that figures and dossiers are checked by, for people to read."""
    rules = [
        {
            "rule": rule,
            "levels": [(LEVELS[level], TONES[level]) for level in rule.levels],
            "moments": [MOMENTS[moment] for moment in rule.moments],
        }
        for rule in RULES
    ]
    return render(request, "recognition/declared_rules.html", {"rules": rules})
