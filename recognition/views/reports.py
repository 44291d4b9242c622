"""Yearly tables on screen and as files."""

from __future__ import annotations

import json

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib.language import in_official_language
from portal.lib.years import current_year
from recognition.choices import LearningModel
from recognition.domain.report_parts import TEXT, Report
from recognition.domain.reporting import TABLES, as_json, build_report
from recognition.exports import file_stem, notes_below, report_xlsx, row_texts
from recognition.papers.yearly_tables import report_docx, report_pdf
from recognition.views import figure_links
from recognition.views.paper_files import attachment
from units.choices import Level
from units.models import Place


@require_safe
def report_list(request):
    """The tables there are, for the person's own places and the nation."""
    year = current_year(request)
    own = {posting.place_id: posting.place for posting in request.user.active_postings() if posting.place_id}
    tables = [
        {
            "spec": spec,
            "links": [
                *({"name": place.name, "url": figure_links.report(code, pk, year)} for pk, place in own.items()),
                {"name": _("Cả nước"), "url": figure_links.report(code, None, year)},
            ],
        }
        for code, spec in TABLES.items()
    ]
    return render(request, "recognition/report_list.html", {"tables": tables, "year": year})


@require_safe
def report(request, table, place_pk=None):
    """One table; ?dang=xlsx, docx, pdf or json gives it as a file."""
    if table not in TABLES:
        raise Http404
    place = None
    if place_pk is not None:
        places = Place.objects.select_related("province", "district", "commune", "parent")
        place = get_object_or_404(places, pk=place_pk)
    year = current_year(request)
    asked = request.GET.get("dang", "")
    if asked in FORMATS:
        return _file(request, table, place, year, asked)
    found = build_report(table, place, year, show_pending=figure_links.may_open_lists(request.user, place))
    context = {
        "report": found,
        "place": place,
        "year": year,
        "head": [{"title": column.title, "numeric": column.kind != TEXT} for column in found.columns],
        "rows": [_screen_row(found, row, year) for row in found.rows],
        "total": _screen_row(found, found.total, year) if found.total else None,
        "notes": notes_below(found),
        "files": [
            {"url": figure_links.report(table, place_pk, year, dang=kind), "label": label, "icon": icon}
            for kind, label, icon in (
                ("xlsx", _("Tải Excel"), "file-earmark-spreadsheet"),
                ("docx", _("Tải Word"), "file-earmark-word"),
                ("pdf", _("Tải PDF"), "file-earmark-pdf"),
            )
        ],
        "crumb_query": figure_links.crumb_query(year, TABLES[table].model),
        "dashboard_url": figure_links.dashboard(place_pk, year, TABLES[table].model),
        "tabs": [
            {
                "label": f"{code} · {spec.title}",
                "url": figure_links.report(code, place_pk, year),
                "active": code == table,
            }
            for code, spec in TABLES.items()
        ],
    }
    return render(request, "recognition/report_detail.html", context)


@in_official_language
def _file(request, table: str, place: Place | None, year: int, asked: str) -> HttpResponse:
    """The table as a file: it leaves the portal as an official paper, in Vietnamese."""
    found = build_report(table, place, year, show_pending=figure_links.may_open_lists(request.user, place))
    return attachment(FORMATS[asked](found), file_stem(found), asked)


def _json(found: Report) -> bytes:
    return json.dumps(as_json(found), ensure_ascii=False).encode()


def _screen_row(found: Report, row, year: int) -> dict:
    """Cells as texts; the name leads one level down where there is one."""
    deeper = row.place_id and row.place_id != (found.place.pk if found.place else None)
    below = deeper and (found.place is None or found.place.level != Level.COMMUNE) and found.total is not None
    return {
        "name": row.values["name"],
        "url": figure_links.report(found.code, row.place_id, year) if below else "",
        "is_former": row.is_former,
        "declared": row.declared,
        # nothing counted at all: one line on a phone instead of a card of dashes
        "silent": bool(row.place_id) and not any(row.values.get(one.key) for one in found.columns if one.summed),
        "cells": [
            {
                "text": text,
                "url": _explained(found, row, column.key, year),
                "numeric": column.kind != TEXT,
                "is_name": column.key == "name",
                "is_number": column.key == "no",  # a card needs no row number
                "title": column.title,
            }
            for column, text in zip(found.columns, row_texts(found, row), strict=True)
        ],
    }


FORMATS = {"xlsx": report_xlsx, "docx": report_docx, "pdf": report_pdf, "json": _json}
# Columns whose numbers are figures of a place, with the name they are explained by.
EXPLAINED = {name: name for name in ("total", "registered", "assessed", "recognised")} | {
    "registered_of_total": "registered_of_total",
    "recognised_of_registered": "recognised_of_registered",
    "recognised_of_total": "recognised_of_total",
    "actual": "recognised_of_total",
}
MODELS_BY_LABEL = "TK-07"  # its rows are models, not places


def _explained(found: Report, row, key: str, year: int) -> str:
    """Where a number of the table comes from; "" for numbers that are no figure of one place."""
    if key not in EXPLAINED or row.values.get(key) is None:
        return ""
    model, place_pk = TABLES[found.code].model, row.place_id
    if found.code == MODELS_BY_LABEL:
        model = next((one for one in LearningModel if str(one.label) == row.values["name"]), None)
    elif row is not found.total and place_pk is None:
        return ""
    if model is None:
        return ""
    pk = place_pk or (found.place.pk if found.place else None)
    return figure_links.explain_pk(pk, year, model, EXPLAINED[key])
