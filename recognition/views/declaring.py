"""Declared figures of one place and year: entered, corrected and checked; and who below still owes theirs."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.numbers import number
from portal.lib.tabular import write_workbook
from portal.lib.text import fold
from recognition.domain import declaring as verbs
from recognition.domain.errors import RecognitionError
from recognition.domain.owing import count_owing, owing
from recognition.exports import XLSX_TYPE
from recognition.figure_names import measure_label
from recognition.forms.figures import DeclareForm, cell_name, line_label
from recognition.models import Declaration, DeclaredFigure
from recognition.rules import may_declare
from recognition.views.scope import own_places, own_tabs, place_or_404, year_of
from units.models import Place
from units.rules import scope_of

PLACES = Place.objects.select_related("province", "district", "commune", "parent")
SHOWN = ("", "con-thieu")


def place_url(place: Place, year: int) -> str:
    """Address of a place's declaration of a year."""
    return f"{reverse('recognition:declared-place', args=[place.pk])}?nam={year}"


@require_safe
def declared_own(request):
    """The form of the person's own place."""
    places = own_places(request.user)
    if not places:
        return redirect("recognition:declared-list")
    return redirect(place_url(places[0], year_of(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def declared_place(request, place_pk):
    """A place's declared figures of the year. Published facts, so open to read; a form for whoever may declare."""
    place = get_object_or_404(PLACES, pk=place_pk)
    year = year_of(request)
    may = may_declare(request.user, place)
    if request.method == "POST" and not may:
        if not scope_of(request.user).covers(place):
            raise Http404
        raise PermissionDenied(_("Bạn không được phân công khai số liệu của %(place)s.") % {"place": place.name})
    stored = verbs.declaration_of(place, year)
    locked = verbs.models_with_records(place, year)
    form, findings, current = None, [], None
    absent = verbs.absent_sentence(place, year)
    if request.method == "POST":
        form, findings, current, saved = _save(request, place, year, stored, locked)
        if saved is not None:
            if stored is not None and saved.version == stored.version:
                messages.info(request, _("Số liệu không thay đổi."))
            else:
                messages.success(request, _("Đã lưu số liệu khai báo năm %(year)d.") % {"year": year})
            return redirect(place_url(place, year))
    elif may and not absent and not all(model in locked for model, _group in verbs.lines_of(place)):
        form = _form(place, stored, locked)
        findings = _findings(place, year, stored)
    else:
        findings = _findings(place, year, stored)
    context = {
        "place": place,
        "year": year,
        "form": form,
        "stored": stored,
        "absent": absent,
        "all_kept": all(model in locked for model, _group in verbs.lines_of(place)),
        "rows": _rows(place, form, locked, findings, stored, current),
        "general": [one for _key, one in findings if not one.model],
        "measures": [measure_label(measure) for measure in verbs.MEASURES],
        "others": [] if stored is None else _others(place, stored),
        "reasons": [form[name] for name in form.fields if name.startswith("w-")] if form else [],
        "history": _history(stored),
        "tabs": own_tabs(request.user, place, lambda one: place_url(one, year)),
        "owing_url": reverse("recognition:declared-owing", args=[place.pk])
        if scope_of(request.user).covers(place) and place.child_level
        else "",
        "import_url": reverse("recognition:declared-import", args=[place.pk]) if may and place.child_level else "",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/declared_place.html", context, status=status)


def _form(place: Place, stored: Declaration | None, locked) -> DeclareForm:
    initial: dict = {"version": stored.version if stored else 0}
    if stored is not None:
        initial |= {"source": stored.source, "published_on": stored.published_on}
        for row in stored.figures.all():
            initial[cell_name(row.model, row.group, row.measure)] = number(row.value)
            if row.printed_percent is not None:
                initial[cell_name(row.model, row.group, "percent")] = number(row.printed_percent, 2)
    return DeclareForm(initial=initial, lines=verbs.lines_of(place), locked=locked, stored=stored)


def _save(request, place, year, stored, locked):
    """(form, findings, what somebody else saved meanwhile, the saved declaration)."""
    lines = verbs.lines_of(place)
    form = DeclareForm(request.POST, lines=lines, locked=locked, stored=stored)
    if not form.is_valid():
        return form, [], None, None
    data = form.cleaned_data
    try:
        typed = verbs.Typed(
            place=place,
            year=year,
            source=data["source"],
            published_on=data["published_on"],
            figures=form.figures(),
            percents=form.percents(),
            shown_version=data["version"],
            reason=data.get("reason", ""),
            explanations=form.explanations(),
        )
        saved = verbs.save_declaration(actor=request.user, typed=typed)
    except verbs.DeclarationRefused as error:
        warned = [one for one in error.findings if one[1].level == "warn"]
        form = DeclareForm(request.POST, lines=lines, locked=locked, stored=stored, warnings=warned)
        form.is_valid()
        form.add_error(None, error.message)
        return form, error.findings, None, None
    except verbs.DeclarationStale as error:
        # Typed answers stay; the version moves on, so that saving again says "yes, mine".
        typed = request.POST.copy()
        typed["version"] = str(error.current.version)
        form = DeclareForm(typed, lines=lines, locked=locked, stored=error.current)
        form.is_valid()
        form.add_error(None, error.message)
        return form, [], error.current, None
    except RecognitionError as error:
        field = getattr(error, "field", None)
        form.add_error(field if field in form.fields else None, error.message)
        return form, [], None, None
    return form, [], None, saved


def _findings(place, year, stored):
    """What the rules say about the kept figures, with their reasons left out."""
    if stored is None:
        return []
    return verbs.draft(
        place=place,
        year=year,
        source=stored.source,
        published_on=stored.published_on,
        figures={},
        declaration=stored,
    ).findings


def _rows(place, form, locked, findings, stored, current) -> list[dict]:
    """The lines of the grid: fields or figures, what the rules say beside them, and what somebody else saved."""
    names = (*verbs.MEASURES, "percent")
    kept = {} if stored is None else _texts(stored)
    meanwhile = {} if current is None else _texts(current)
    found = []
    for model, group in verbs.lines_of(place):
        lines = [one for _key, one in findings if one.model == model and (one.group if group else "") == group]
        cells = []
        for name in names:
            cell = cell_name(model, group, name)
            bound = form[cell] if form is not None and cell in form.fields else None
            typed = "" if bound is None else str(bound.value() or "")
            other = meanwhile.get(cell, "")
            cells.append(
                {
                    "label": measure_label(name) if name != "percent" else _("Tỷ lệ in (%)"),
                    "field": bound,
                    "text": kept.get(cell, ""),
                    "other": other if other and other != typed else "",
                    "wrong": any(one.measure == name or (name == "percent" and one.rule == "R-03") for one in lines),
                }
            )
        found.append(
            {
                "label": line_label(model, group) if not group else line_label(model, group).split(", ", 1)[1],
                "is_part": bool(group),
                "cells": cells,
                "findings": lines,
                "records": locked.get(model) if not group else None,
                "locked": model in locked,
            }
        )
    return found


def _texts(declaration: Declaration) -> dict[str, str]:
    found = {}
    for row in declaration.figures.all():
        found[cell_name(row.model, row.group, row.measure)] = number(row.value)
        if row.printed_percent is not None:
            found[cell_name(row.model, row.group, "percent")] = number(row.printed_percent, 2)
    return found


def _others(place, stored) -> list[tuple[str, str]]:
    """Kept figures the grid has no cell for: they came from a file (ranks)."""
    cells = {(model, group, measure) for model, group in verbs.lines_of(place) for measure in verbs.MEASURES}
    return [
        (f"{line_label(row.model, row.group)}, {measure_label(row.measure)}", number(row.value))
        for row in stored.figures.all()
        if (row.model, row.group, row.measure) not in cells
    ]


def _history(stored: Declaration | None) -> list[dict]:
    """Versions, newest first: who, when, why, and which figures became what. Two queries."""
    if stored is None:
        return []
    changes: dict = {}
    before: dict[int, str] = {}
    figures = DeclaredFigure.events.rel.related_model.objects.filter(declaration=stored.pk)
    for event in figures.order_by("pgh_id"):
        text = "" if event.pgh_label == "delete" else number(event.value)
        if event.printed_percent is not None and text:
            text += f" ({number(event.printed_percent, 2)}%)"
        old = before.get(event.id, "")
        before[event.id] = text
        if old != text:
            label = f"{line_label(event.model, event.group)}, {measure_label(event.measure)}"
            changes.setdefault(event.pgh_created_at, []).append((label, old, text))
    return [
        {
            "at": event.saved_at,
            "title": _("Bản %(version)d") % {"version": event.version},
            "actor": event.saved_by_name,
            "text": event.reason or _("Khai lần đầu, nguồn %(source)s") % {"source": event.source},
            "tone": "info",
            "changes": changes.get(event.pgh_created_at, []),
        }
        for event in stored.events.order_by("-pgh_id")
    ]


@require_POST
def declared_check(request, place_pk):
    """What the rules say about the figures as they are being typed: a fragment for the form. Saves nothing."""
    place = place_or_404(request.user, place_pk)
    if not may_declare(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công khai số liệu của %(place)s.") % {"place": place.name})
    year = year_of(request)
    locked = verbs.models_with_records(place, year)
    stored = verbs.declaration_of(place, year)
    form = DeclareForm(request.POST, lines=verbs.lines_of(place), locked=locked, stored=stored)
    form.is_valid()
    figures = {cell: value for cell, value in _valid(form, verbs.MEASURES).items() if value is None or value >= 0}
    percents = {(model, group): value for (model, group, _name), value in _valid(form, ("percent",)).items()}
    made = verbs.draft(
        place=place,
        year=year,
        source=form.cleaned_data.get("source") or "",
        published_on=form.cleaned_data.get("published_on"),
        figures=figures,
        percents=percents,
        declaration=stored,
    )
    wrong = [
        (form.fields[name].label, error)
        for name, errors in form.errors.items()
        if name.startswith("c-")
        for error in errors
    ]
    context = {"findings": [one for _key, one in made.findings], "wrong": wrong, "is_empty": not made.figures}
    return render(request, "recognition/_declared_findings.html", context)


def _valid(form: DeclareForm, names) -> dict:
    """Cells that could be read, by (model, group, name)."""
    return {
        (model, group, name): form.cleaned_data[cell_name(model, group, name)]
        for model, group in form.lines
        if model not in form.locked
        for name in names
        if cell_name(model, group, name) in form.cleaned_data
    }


# --- Who still owes


@require_safe
def declared_owing_nation(request):
    """The nation's provinces with how many of their wards owe figures."""
    if not scope_of(request.user).everything:
        raise Http404
    return _owing(request, None)


@require_safe
def declared_owing(request, place_pk):
    """Places below with neither dossiers nor declared figures of the year."""
    place = place_or_404(request.user, place_pk)
    if place.child_level is None:
        raise Http404
    return _owing(request, place)


def _owing(request, place):
    year = year_of(request)
    rows = owing(place, year)
    only = request.GET.get("tinh-trang", "con-thieu")
    only = only if only in SHOWN else "con-thieu"
    owed = [row for row in rows if row.owes]
    context = {
        "place": place,
        "year": year,
        "rows": owed if only else rows,
        "owe": sum(row.owe for row in rows),
        "places": sum(row.places for row in rows),
        "filters": [
            {
                "label": label,
                "count": len(some),
                "url": f"?nam={year}&tinh-trang={key}",
                "active": key == only,
            }
            for key, label, some in (("con-thieu", _("Còn thiếu"), owed), ("", _("Tất cả"), rows))
        ],
        "may": place is None or may_declare(request.user, place),
        "file_url": f"{reverse('recognition:declared-owing-file', args=[place.pk if place else 0])}?nam={year}",
        "import_url": reverse("recognition:declared-import", args=[place.pk])
        if place and may_declare(request.user, place)
        else "",
    }
    return render(request, "recognition/declared_owing.html", context)


@require_safe
def declared_owing_file(request, place_pk):
    """The list of those who owe, as a workbook; 0 is the nation."""
    if place_pk == 0:
        if not scope_of(request.user).everything:
            raise Http404
        place = None
    else:
        place = place_or_404(request.user, place_pk)
    year = year_of(request)
    rows = [row for row in owing(place, year) if row.owes]
    head = [_("STT"), _("Mã"), _("Địa bàn"), _("Thuộc"), _("Năm"), _("Số nơi còn thiếu"), _("Tổng số nơi")]
    lines = [
        [
            index,
            row.place.code,
            row.place.name,
            row.place.ancestors[-1].name if row.place.ancestors else "",
            year,
            row.owe,
            row.places,
        ]
        for index, row in enumerate(rows, start=1)
    ]
    content = write_workbook([(_("Còn thiếu số liệu"), head, lines, [6, 10, 34, 34, 8, 12, 12])])
    response = HttpResponse(content, content_type=XLSX_TYPE)
    name = fold(place.name).replace(" ", "-") if place else "ca-nuoc"
    response["Content-Disposition"] = f'attachment; filename="con-thieu-so-lieu-{year}-{name}.xlsx"'
    return response


def owing_link(user, place: Place | None, year: int) -> dict | None:
    """For the dashboard: how many below owe figures, with the list; None where nobody does or it is not theirs."""
    scope = scope_of(user)
    if not (scope.everything or (place is not None and scope.covers(place))) or (place and not place.child_level):
        return None
    owe, places = count_owing(place, year)
    if not owe:
        return None
    url = (
        reverse("recognition:declared-owing", args=[place.pk])
        if place
        else reverse("recognition:declared-owing-nation")
    )
    return {"owe": owe, "places": places, "url": f"{url}?nam={year}"}
