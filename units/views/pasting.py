"""Rows copied in Excel into a grid on screen: checked as they land, saved in one go as an import."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.lib import years
from units.choices import RowVerdict
from units.domain import importing
from units.domain.errors import PortalError
from units.domain.importing import pasting
from units.domain.importing.headings import FIELD_LABELS
from units.forms.imports import PasteForm
from units.views.imports import _only_keepers

BLANK = 10  # empty rows to type into
READ, SAVE, SAVE_GOOD = "doc", "luu", "luu-dong-dung"
TONES = {
    RowVerdict.ADDED: "success",
    RowVerdict.CHANGED: "info",
    RowVerdict.UNCHANGED: "neutral",
    RowVerdict.DUPLICATE: "warning",
    RowVerdict.REFUSED: "danger",
}
WIDE, NARROW = {"name", "address", "note"}, {"group", "members", "adults", "pupils", "register"}


@dataclass
class Line:
    """One row as the page draws it: cells as typed, and what the check says of it."""

    number: int
    cells: list[dict]
    found: pasting.PastedRow | None = None
    own: bool = False

    @property
    def tone(self) -> str:
        return TONES[self.found.verdict] if self.found else ""


@dataclass
class Typed:
    """The posted grid: texts by row, and the rows said to be households of their own."""

    rows: list[list[str]] = field(default_factory=list)
    own: set[int] = field(default_factory=set)


def _typed(request: HttpRequest) -> Typed:
    """Cells are c-<row>-<column>, rows from 0. Raises ImportRefused for more rows than the page has."""
    count = request.POST.get("dong", "")
    count = int(count) if count.isdecimal() and len(count) < 6 else 0
    pasting.check_size(count - BLANK)
    typed = Typed([[request.POST.get(f"c-{n}-{k}", "") for k in range(len(pasting.FIELDS))] for n in range(count)])
    typed.own = {int(text) for text in request.POST.getlist("ho-khac") if text.isdecimal() and len(text) < 6}
    return typed


def _with_text(rows: list[list[str]], added: list[list[str]]) -> list[list[str]]:
    """Pasted rows below what is there already; empty rows at the end give way."""
    kept = list(rows)
    while kept and not any(kept[-1]):
        kept.pop()
    return kept + added


@require_http_methods(["GET", "HEAD", "POST"])
def import_paste(request: HttpRequest) -> HttpResponse:
    """The grid. Text in the box is spread over it; without a script that is the way in."""
    _only_keepers(request)
    initial = {"year": years.current_year(request), "place": request.GET.get("place")}
    form = PasteForm(request.POST if request.method == "POST" else None, user=request.user, initial=initial)
    if request.method != "POST":
        return _page(request, form, [])
    box, found, typed, told = request.POST.get("dan", ""), [], Typed(), {}
    try:
        typed = _typed(request)
        if box.strip():
            pasted = pasting.read_text(box)
            typed.rows = _with_text(typed.rows, pasted.rows)
            box = ""
            told = {"unused": pasted.unused}
        if not form.is_valid():
            return _page(request, form, typed.rows, own=typed.own, box=box, status=422, **told)
        place, year = form.cleaned_data["place"], form.cleaned_data["year"]
        action = request.POST.get("viec")
        if action not in (SAVE, SAVE_GOOD) or told:
            found = pasting.preview(actor=request.user, place=place, year=year, rows=typed.rows)
            return _page(request, form, typed.rows, found=found, own=typed.own, **told)
        saved = pasting.save(
            actor=request.user,
            place=place,
            year=year,
            register=form.cleaned_data["register"],
            rows=typed.rows,
            own_households=typed.own,
            good_only=action == SAVE_GOOD,
        )
    except PortalError as error:
        form.is_valid()
        form.add_error(None, error.message)
        return _page(request, form, typed.rows, own=typed.own, box=box, status=422)
    return _saved(request, form, typed, saved)


def _saved(request: HttpRequest, form: PasteForm, typed: Typed, saved: pasting.Saved) -> HttpResponse:
    """All written: to the import, where it can be undone. Some left: they stay in the grid."""
    if saved.batch is None:
        return _page(request, form, typed.rows, found=saved.rows, own=typed.own, status=422, refused=True)
    counts = saved.batch.counts
    messages.success(
        request,
        _("Đã ghi vào sổ: thêm mới %(added)d hộ, thay đổi %(changed)d hộ, không đổi %(unchanged)d hộ.")
        % {name: counts[name] for name in ("added", "changed", "unchanged")},
    )
    if not saved.left:
        return redirect("units:import-detail", saved.batch.pk)
    left = {row.number: row for row in saved.left}
    rows = [typed.rows[number - pasting.FIRST_ROW] for number in sorted(left)]
    found = []
    for number, row in enumerate((left[number] for number in sorted(left)), start=pasting.FIRST_ROW):
        row.number = number
        found.append(row)
    return _page(request, form, rows, found=found, batch=saved.batch)


def _page(request, form, rows, *, found=(), own=(), box="", status=200, unused=(), refused=False, batch=None):
    by_number = {row.number: row for row in found}
    width = len(pasting.FIELDS)
    rows = _with_text(rows, [])
    rows += [[""] * width] * BLANK
    lines = []
    for n, row in enumerate(rows):
        number = n + pasting.FIRST_ROW
        result = by_number.get(number)
        errors = result.cells if result else {}
        cells = [
            {
                "name": f"c-{n}-{k}",
                "text": row[k],
                "field": name,
                "label": FIELD_LABELS[name],
                "error": errors.get(name),
            }
            for k, name in enumerate(pasting.FIELDS)
        ]
        lines.append(Line(number, cells, result, number in own))
    left = [row for row in found if row.verdict not in pasting.GOOD and row.number not in own]
    context = {
        "form": form,
        "columns": [
            {
                "field": name,
                "label": FIELD_LABELS[name],
                "size": "wide" if name in WIDE else "narrow" if name in NARROW else "",
            }
            for name in pasting.FIELDS
        ],
        "lines": lines,
        "checked": bool(found),
        "left": len(left),
        "summary": summary(len(found) - len(left), len(left)),
        "good": len(found) - len(left),
        "box": box,
        "unused": unused,
        "refused": refused,
        "batch": batch,
        "most": pasting.MOST,
        "first_row": pasting.FIRST_ROW,
    }
    return render(request, "units/import_paste.html", context, status=status)


@require_POST
def import_paste_check(request: HttpRequest) -> JsonResponse:
    """What the grid's rows are worth, for the script of the page; `dan`: text to be spread over columns first."""
    _only_keepers(request)
    form = PasteForm(request.POST, user=request.user)
    try:
        typed = _typed(request)
        if "dan" in request.POST:
            pasted = pasting.read_text(request.POST["dan"])
            return JsonResponse({"pasted": pasted.rows, "unused": pasted.unused})
        if not form.is_valid():
            raise importing.ImportRefused(" ".join(text for texts in form.errors.values() for text in texts))
        found = []
        if any(map(any, typed.rows)):
            found = pasting.preview(
                actor=request.user, place=form.cleaned_data["place"], year=form.cleaned_data["year"], rows=typed.rows
            )
    except PortalError as error:
        return JsonResponse({"error": error.message}, status=422)
    left = [row for row in found if row.verdict not in pasting.GOOD and row.number not in typed.own]
    answer = {"left": len(left), "summary": summary(len(found) - len(left), len(left))}
    answer["rows"] = [
        {
            "number": row.number,
            "label": row.label,
            "tone": TONES[row.verdict],
            "like": row.verdict == RowVerdict.DUPLICATE,
            "reasons": row.reasons,
            "cells": row.cells,
        }
        for row in found
    ]
    return JsonResponse(answer)


def summary(good: int, left: int) -> str:
    """How the grid stands, in words."""
    text = ngettext("%d dòng ghi được", "%d dòng ghi được", good) % good
    return text + ("; " + ngettext("%d dòng cần sửa", "%d dòng cần sửa", left) % left if left else "")
