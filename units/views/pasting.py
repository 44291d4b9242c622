"""Rows copied in Excel into a grid on screen: checked as they land, saved in one go as an import."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.lib import years
from portal.lib.uploads import MEGABYTE
from units.choices import RowVerdict
from units.domain import importing
from units.domain.errors import PortalError
from units.domain.importing import pasting
from units.domain.importing.grids import GRIDS, HOUSEHOLDS, Grid
from units.forms.imports import PasteForm
from units.views.import_parts import changes_of
from units.views.imports import _only_keepers

BLANK = 10  # empty rows to type into
MOST_READ = 2000  # rows drawn on the page, emptied ones too; what is typed beyond that goes back as text
READ, SAVE, SAVE_GOOD = "doc", "luu", "luu-dong-dung"
TONES = {
    RowVerdict.ADDED: "success",
    RowVerdict.CHANGED: "info",
    RowVerdict.UNCHANGED: "neutral",
    RowVerdict.DUPLICATE: "warning",
    RowVerdict.REFUSED: "danger",
}
WIDE = {"name", "address", "note", "hall_address", "household", "host", "type"}
NARROW = {"members", "adults", "pupils", "register", "birth_year", "sex", "has_committee", "has_branch", "learners"}


@dataclass
class Line:
    """One row as the page draws it: cells as typed, and what the check says of it."""

    number: int
    cells: list[dict]
    found: pasting.PastedRow | None = None
    own: bool = False
    told: str = ""

    @property
    def tone(self) -> str:
        return TONES[self.found.verdict] if self.found else ""


@dataclass
class Typed:
    """The posted grid: texts by row, and the rows said to be another than the one they look like."""

    rows: list[list[str]] = field(default_factory=list)
    own: set[int] = field(default_factory=set)


def _grid(request: HttpRequest) -> Grid:
    """The grid a page is asked for (?loai=); households when it is none."""
    return GRIDS.get(request.GET.get("loai", ""), HOUSEHOLDS)


def _tabs(request: HttpRequest, chosen: Grid) -> list[dict]:
    """The choice of grid; what else the address says is kept."""
    tabs = []
    for grid in GRIDS.values():
        query = request.GET.copy()
        query["loai"] = grid.key
        tabs.append({"label": grid.title, "url": f"?{query.urlencode()}", "active": grid is chosen})
    return tabs


def _typed(request: HttpRequest, grid: Grid) -> Typed:
    """Cells are c-<row>-<column>, rows from 0. How many may be saved is judged later, when the page can
    show them again."""
    count = request.POST.get("dong", "")
    count = min(int(count), len(request.POST)) if count.isdecimal() and len(count) < 6 else 0
    typed = Typed([[request.POST.get(f"c-{n}-{k}", "") for k in range(len(grid.fields))] for n in range(count)])
    typed.own = {int(text) for text in request.POST.getlist("ho-khac") if text.isdecimal() and len(text) < 6}
    return typed


def _year(request: HttpRequest) -> int:
    """The year of the list, as far as it can be told before the form is judged."""
    text = request.POST.get("year", "")
    return int(text) if text.isdecimal() and len(text) == 4 else years.current_year(request)


def _as_text(rows: list[list[str]]) -> str:
    """Rows as they would be copied from Excel: what `pasting.read_text` reads back."""
    target = io.StringIO()
    csv.writer(target, delimiter="\t", lineterminator="\n").writerows(rows)
    return target.getvalue()


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
    grid, data = _grid(request), request.POST if request.method == "POST" else None
    form = PasteForm(data, user=request.user, kind=grid.kind, initial=initial)
    if data is None:
        return _page(request, grid, form, [])
    box, found, typed, told = request.POST.get("dan", ""), [], Typed(), {}
    try:
        typed = _typed(request, grid)
        if len(typed.rows) - BLANK > MOST_READ:
            typed.rows, typed.own = [row for row in typed.rows if any(map(str.strip, row))], set()
            if len(typed.rows) > MOST_READ:  # more than a page can draw go back as text in the box
                count, box, typed = len(typed.rows), _as_text(typed.rows) + box, Typed()
                pasting.check_size(count)
        if box.strip():
            pasted = pasting.read_text(box, grid, _year(request))
            together = _with_text(typed.rows, pasted.rows)
            filled = sum(any(map(str.strip, line)) for line in together)
            pasting.check_size(filled)  # too many: the text stays in the box
            typed.rows = together
            box = ""
            told = {"unused": pasted.unused, "notices": pasted.notices}
        if not form.is_valid():
            return _page(request, grid, form, typed.rows, own=typed.own, box=box, status=422, **told)
        place, year = form.cleaned_data["place"], form.cleaned_data["year"]
        action = request.POST.get("viec")
        if action not in (SAVE, SAVE_GOOD) or told:
            found = pasting.preview(actor=request.user, place=place, year=year, rows=typed.rows, grid=grid)
            return _page(request, grid, form, typed.rows, found=found, own=typed.own, **told)
        saved = pasting.save(
            actor=request.user,
            place=place,
            year=year,
            register=form.cleaned_data.get("register", False),
            rows=typed.rows,
            grid=grid,
            own=typed.own,
            good_only=action == SAVE_GOOD,
        )
    except PortalError as error:
        form.is_valid()
        form.add_error(None, error.message)
        return _page(request, grid, form, typed.rows, own=typed.own, box=box, status=422)
    return _saved(request, grid, form, typed, saved)


def _saved(request: HttpRequest, grid: Grid, form: PasteForm, typed: Typed, saved: pasting.Saved) -> HttpResponse:
    """All written: to the import, where it can be undone. Some left: they stay in the grid."""
    if saved.batch is None:
        return _page(request, grid, form, typed.rows, found=saved.rows, own=typed.own, status=422, refused=True)
    counts = saved.batch.counts
    told = {name: counts[name] for name in ("added", "changed", "unchanged")}
    text = _("Đã ghi vào sổ (%(noun)s): thêm mới %(added)d, thay đổi %(changed)d, không đổi %(unchanged)d.")
    messages.success(request, text % (told | {"noun": grid.noun}))
    if not saved.left:
        return redirect("units:import-detail", saved.batch.pk)
    left = {row.number: row for row in saved.left}
    rows = [typed.rows[number - pasting.FIRST_ROW] for number in sorted(left)]
    found = []
    for number, row in enumerate((left[number] for number in sorted(left)), start=pasting.FIRST_ROW):
        row.number = number
        found.append(row)
    return _page(request, grid, form, rows, found=found, batch=saved.batch)


def _page(
    request,
    grid,
    form,
    rows,
    *,
    found=(),
    own=(),
    box="",
    status=200,
    unused=(),
    notices=(),
    refused=False,
    batch=None,
):
    by_number = {row.number: row for row in found}
    width = len(grid.fields)
    rows = _with_text(rows, [])
    rows += [[""] * width] * BLANK
    labels = {name: grid.label(name) for name in grid.fields}
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
                "label": labels[name],
                "secret": name in grid.secret,
                "error": errors.get(name),
            }
            for k, name in enumerate(grid.fields)
        ]
        lines.append(Line(number, cells, result, number in own, " ".join(told(result)) if result else ""))
    left = [row for row in found if row.verdict not in pasting.GOOD and row.number not in own]
    context = {
        "form": form,
        "grid": grid,
        "tabs": _tabs(request, grid),
        "columns": [
            {
                "field": name,
                "label": labels[name],
                "size": "wide" if name in WIDE else "narrow" if name in NARROW else "",
            }
            for name in grid.fields
        ],
        "lines": lines,
        "checked": bool(found),
        "left": len(left),
        "summary": summary(len(found) - len(left), len(left)),
        "good": len(found) - len(left),
        "box": box,
        "unused": unused,
        "notices": notices,
        "refused": refused,
        "batch": batch,
        "most": pasting.MOST,
        "most_megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE,
        "most_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE - MEGABYTE // 2,  # what stands around each text is sent, too
        "first_row": pasting.FIRST_ROW,
    }
    return render(request, "units/import_paste.html", context, status=status)


@require_POST
def import_paste_check(request: HttpRequest) -> JsonResponse:
    """What the grid's rows are worth, for the script of the page; `dan`: text to be spread over columns first, from
    column `tu` on, with its merged cells in `gop`."""
    _only_keepers(request)
    grid = _grid(request)
    form = PasteForm(request.POST, user=request.user, kind=grid.kind)
    try:
        typed = _typed(request, grid)
        pasting.check_size(sum(any(map(str.strip, row)) for row in typed.rows))
        if "dan" in request.POST:
            start = request.POST.get("tu", "")
            pasted = pasting.read_text(
                request.POST["dan"],
                grid,
                _year(request),
                merged=request.POST.get("gop", ""),
                start=int(start) if start.isdecimal() and len(start) < 3 else 0,
            )
            return JsonResponse({"pasted": pasted.rows, "unused": pasted.unused, "notices": pasted.notices})
        if not form.is_valid():
            raise importing.ImportRefused(" ".join(text for texts in form.errors.values() for text in texts))
        found = []
        if any(map(any, typed.rows)):
            place, year = form.cleaned_data["place"], form.cleaned_data["year"]
            found = pasting.preview(actor=request.user, place=place, year=year, rows=typed.rows, grid=grid)
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
            "reasons": told(row),
            "cells": row.cells,
        }
        for row in found
    ]
    return JsonResponse(answer)


def told(row: pasting.PastedRow) -> list[str]:
    """Why a row cannot be taken, or what it changes in the register."""
    if row.verdict != RowVerdict.CHANGED or row.row is None:
        return row.reasons
    dash = "–"
    return [
        f"{one['label']}: {dash if one['before'] in (None, '') else one['before']}"
        f" → {dash if one['after'] in (None, '') else one['after']}."
        for one in changes_of(row.row, row.row.batch)
    ]


def summary(good: int, left: int) -> str:
    """How the grid stands, in words."""
    text = ngettext("%d dòng ghi được", "%d dòng ghi được", good) % good
    return text + ("; " + ngettext("%d dòng cần sửa", "%d dòng cần sửa", left) % left if left else "")
