"""Entering the self-scores of a hamlet in a keyboard grid, all rows in one request."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from recognition.choices import HAMLET_MODELS, Action, Stage, State
from recognition.domain.assessing import EntriesRefused, Entry, record_scores
from recognition.domain.measures.showing import given_points
from recognition.domain.tallies import children_figures
from recognition.forms.assessing import GridCell, GridRow, answer_text, grid_columns, read_grid_row
from recognition.models import Assessment, Registration, Rulebook
from recognition.models.registrations import ADDRESSED
from recognition.rules import acting_scope
from recognition.scoring import ScoreError, from_half_points, needs_criteria, points_text
from recognition.views.assessments import area_of
from recognition.views.scope import (
    WITH_NAMES,
    list_url,
    model_of,
    own_tabs,
    place_or_404,
    year_of,
)
from recognition.views.versions import (
    ASKED,
    drawn_by,
    gone,
    left_behind,
    rows_of,
    told_behind,
    version_instead,
    version_of,
    version_tabs,
)
from recognition.workflow import sources
from units.choices import Level

NOT_APPLICABLE = "k"
LISTED = 5
GOOD_ONLY = "dong-dung"  # the button that saves the rows without faults


@require_http_methods(["GET", "HEAD", "POST"])
def scoring_grid(request, pk):
    """Dossiers of a hamlet and model as rows; one column for the total or one per criterion. Saved in one request."""
    place = place_or_404(request.user, pk)
    year = year_of(request)
    if place.level != Level.HAMLET:
        return _choose_hamlet(request, place, year)
    model = model_of(request)
    found = grid_registrations(request, place, year, model)
    rulebook = version_of(request, found)
    if nothing_there := bool(found) and rulebook is None:
        rulebook = version_instead(request, found)
    rows = rows_of(rulebook, found)
    must_judge_each = rulebook is not None and needs_criteria(rulebook.spec)
    by_criterion = must_judge_each or request.GET.get("kieu") == "muc"
    context = {
        "place": place,
        "year": year,
        "rulebook": rulebook,
        "by_criterion": by_criterion,
        "model": model,
        "model_tabs": _grid_models(place, year, model),
        "version_tabs": version_tabs(request, found, rulebook) if rulebook else [],
        "mode_tabs": [] if must_judge_each else _mode_tabs(request, place, year, model, by_criterion),
        "list_url": list_url(place=place.pk, year=year, model=model),
        "tabs": own_tabs(
            request.user,
            place,
            lambda one: f"{reverse('recognition:scoring-grid', args=[one.pk])}?nam={year}&model={model}",
            *WITH_NAMES,
        ),
    }
    if not rows:
        return render(request, "recognition/grid_scoring.html", context)
    if not acting_scope(request.user, rulebook, Action.SELF_ASSESS, year).covers(place):
        raise PermissionDenied(_("Bạn không được phân công chấm điểm cho địa bàn này."))
    spec = rulebook.spec
    columns = grid_columns(spec, by_criterion=by_criterion)
    if request.method == "POST":
        behind = found if nothing_there else left_behind(request, found, rulebook)
        context["behind"] = _told(request, found, behind, by_criterion) if behind else []
        if nothing_there:
            messages.error(request, gone())
        else:
            return _save_grid(request, context, rows, spec, columns)
    given = given_points(rows)
    grid = [grid_row(row, spec, columns, given) for row in rows]
    return grid_page(request, context, grid, spec, columns, status=409 if nothing_there else 200)


def _told(request, found, behind, by_criterion) -> list[tuple[str, str]]:
    """What was typed for dossiers that went to another version, in the words of the version the page was drawn by."""
    drawn = Rulebook.objects.filter(pk=drawn_by(request)).first()
    if drawn is None:
        return []
    columns = grid_columns(drawn.spec, by_criterion=by_criterion)
    titles = [column.title if column.key == "total" else column.key for column in columns]
    behind = [row for row in behind if f"shown-{row.pk}" in request.POST]
    return told_behind(request, behind, titles, [f"v-{{pk}}-{n}" for n in range(len(columns))])


def grid_registrations(request, place, year, model) -> list[Registration]:
    """The hamlet's live dossiers of a model with their self-scores, in the order of the register."""
    rows = (
        Registration.objects.visible_to(request.user)
        .within(place)
        .live()
        .filter(year=year, model=model)
        .select_related(*ADDRESSED, "commune")
        .prefetch_related("assessments")
        .order_by("registrant__sort_key", "pk")
    )
    return list(rows)


def _grid_models(place, year, model) -> list[dict]:
    """The models whose dossiers a hamlet may hold."""
    url = reverse("recognition:scoring-grid", args=[place.pk])
    return [
        {"label": one.label, "url": f"{url}?nam={year}&model={one}", "active": one == model} for one in HAMLET_MODELS
    ]


def _mode_tabs(request, place, year, model, by_criterion) -> list[dict]:
    url = reverse("recognition:scoring-grid", args=[place.pk])
    asked = request.GET.get(ASKED, "")
    url += f"?nam={year}&model={model}" + (f"&{ASKED}={asked}" if asked.isdecimal() else "")
    return [
        {"label": _("Nhập tổng điểm"), "url": url, "active": not by_criterion},
        {"label": _("Nhập từng tiêu chí"), "url": f"{url}&kieu=muc", "active": by_criterion},
    ]


def _choose_hamlet(request, place, year):
    """A ward has several grids: one per hamlet, with how far each is."""
    if place.level not in WITH_NAMES:
        return redirect(list_url(place=place.pk, year=year))
    model = model_of(request)
    rows = [
        {"row": row, "url": f"{reverse('recognition:scoring-grid', args=[row.place.pk])}?nam={year}&model={model}"}
        for row in children_figures(place, year, model)
    ]
    context = {"place": place, "year": year, "rows": rows, "model_tabs": _grid_models(place, year, model)}
    return render(request, "recognition/grid_hamlets.html", context)


def _self_score(row: Registration):
    return next((one for one in row.assessments.all() if one.stage == Stage.SELF), None)


def kept_texts(row: Registration, spec, columns, given) -> list[str]:
    """What each cell shows before anybody types. `given`: the row's points that are read off shares; they stand in
    their cells whatever was kept, because nobody types them."""
    texts = _texts_of(_self_score(row), spec, columns)
    for n, column in enumerate(columns):
        if column.key in given and texts[n] != NOT_APPLICABLE:
            texts[n] = points_text(given[column.key].points)
    return texts


def _texts_of(kept: Assessment | None, spec, columns) -> list[str]:
    if kept is None:
        return [""] * len(columns)
    try:
        scores, na = from_half_points(spec, kept.scores) if kept.scores else ({}, set())
    except ScoreError:
        scores, na = {}, set()
    texts = []
    for column in columns:
        if column.condition:
            texts.append(answer_text(kept.conditions.get(column.condition)))
            continue
        if column.key == "total":
            texts.append(points_text(Decimal(kept.total_half) / 2))
            continue
        value = scores.get(column.key)
        texts.append(NOT_APPLICABLE if column.key in na else "" if value is None else points_text(value))
    return texts


def is_locked(row: Registration, spec) -> bool:
    """Does the dossier take no self-score any more?"""
    return row.state not in sources(spec, Action.SELF_ASSESS)


def grid_row(row: Registration, spec, columns, given, typed=None) -> GridRow:
    """A row with what is kept, or with what was typed (`typed`: the posted values). `given` as for `kept_texts`."""
    locked = State(row.state).label if is_locked(row, spec) else ""
    grid = GridRow(row, locked=locked)
    own = {} if locked else given.get(row.pk, {})
    for n, (column, kept) in enumerate(zip(columns, kept_texts(row, spec, columns, own), strict=True)):
        name = f"v-{row.pk}-{n}"
        text = kept if typed is None or locked else typed.get(name, kept)
        said = column.title if column.key == "total" else column.key  # criteria are told apart by code, as on paper
        worth = own.get(column.key)
        fixed = worth is not None and not column.na_allowed
        grid.cells.append(GridCell(name, text, f"{row.registrant.name}, {said}", given=worth, fixed=fixed))
    half = row.self_half
    grid.total = "" if half is None else points_text(Decimal(half) / 2)
    return grid


def _save_grid(request, context, rows, spec, columns):
    """Check every changed row, save all of them or none; rows somebody else changed are told one by one."""
    grid, entries = [], []
    posted, given = {}, given_points(rows)
    for row in rows:
        line = grid_row(row, spec, columns, given, typed=request.POST)
        grid.append(line)
        if line.locked:
            continue
        if _untouched(row, line, spec, columns):
            continue
        found = read_grid_row(spec, area_of(row), line, columns)
        if found is not None:
            posted[row.pk] = request.POST.get(f"shown-{row.pk}", "")[:40]
            entries.append(Entry(row.pk, posted[row.pk], **found, remarks=_remarks(row)))
        elif not line.has_error and _self_score(row) is not None:
            line.error = _not_erased()
    wrong = [line for line in grid if line.has_error]
    if wrong and not (entries and request.POST.get("viec") == GOOD_ONLY):
        return grid_page(request, context, grid, spec, columns, wrong=len(wrong), status=422)
    if not entries:
        messages.info(request, _("Chưa có điểm nào thay đổi."))
        return _after_saving(request, context, spec, columns)
    try:
        outcome = record_scores(actor=request.user, stage=Stage.SELF, entries=entries)
    except EntriesRefused as error:  # the rules were read above; a rulebook changed in between ends here
        for line in grid:
            line.error = " ".join(error.faults.get(line.registration.pk, {}).values())
        return grid_page(request, context, grid, spec, columns, wrong=len(error.faults), status=422)
    saved = ngettext("Đã lưu điểm của %d hồ sơ.", "Đã lưu điểm của %d hồ sơ.", len(outcome.done)) % len(outcome.done)
    if wrong:
        return _partly_saved(request, context, spec, columns, outcome, saved, {line.registration.pk for line in wrong})
    if not outcome.skipped:
        messages.success(request, saved)
        return _after_saving(request, context, spec, columns)
    return _stale_grid(request, context, spec, columns, outcome, saved)


def _untouched(row: Registration, line: GridRow, spec, columns) -> bool:
    """Was nothing typed here? Where a share has moved since the kept score, saving the grid brings its points along;
    but a dossier that was sent back waits for whoever mends it."""
    own = {column.key: cell.given for column, cell in zip(columns, line.cells, strict=True) if cell.given}
    shown = kept_texts(row, spec, columns, own)
    texts = [cell.text.strip() or (kept if cell.given else "") for cell, kept in zip(line.cells, shown, strict=True)]
    kept = None if row.state == State.RETURNED else _self_score(row)
    return texts == shown and (kept is None or not own or _texts_of(kept, spec, columns) == shown)


def _after_saving(request, context, spec, columns):
    """Back to the page; one that has to tell what could not be saved is drawn at once."""
    if not context["behind"]:
        return redirect(request.get_full_path())
    rows = _rows_again(request, context)
    given = given_points(rows)
    grid = [grid_row(row, spec, columns, given) for row in rows]
    return grid_page(request, context, grid, spec, columns)


def _rows_again(request, context) -> list[Registration]:
    """The page's dossiers as they are kept now, of the version the page was drawn by."""
    rows = grid_registrations(request, context["place"], context["year"], context["model"])
    return rows_of(context["rulebook"], rows)


def _not_erased() -> str:
    return _("Điểm đã chấm không xóa được; hãy nhập điểm mới hoặc rút đăng ký.")


def _partly_saved(request, context, spec, columns, outcome, saved, wrong: set[int]):
    """The good rows are saved; wrong ones, and those somebody else changed, stay as typed with their sentences."""
    told = dict(outcome.skipped)
    grid, rows = [], _rows_again(request, context)
    given = given_points(rows)
    for row in rows:
        left = row.pk in wrong or row.pk in told
        line = grid_row(row, spec, columns, given, typed=request.POST if left else None)
        if row.pk in wrong:
            read_grid_row(spec, area_of(row), line, columns)
            line.error = line.error or ("" if line.has_error else _not_erased())
        line.error = told.get(row.pk, line.error)
        grid.append(line)
    messages.success(request, saved)
    context["partly"] = True
    return grid_page(request, context, grid, spec, columns, wrong=len(wrong | set(told)), status=200)


def _stale_grid(request, context, spec, columns, outcome, saved):
    """Some rows were changed by others: what was typed stays, beside the sentence and the value now kept."""
    told = dict(outcome.skipped)
    grid, rows = [], _rows_again(request, context)
    given = given_points(rows)
    for row in rows:
        line = grid_row(row, spec, columns, given, typed=request.POST if row.pk in told else None)
        if row.pk in told:
            line.error = told[row.pk]
            if line.total:
                line.error += " " + _("Điểm đang lưu: %(total)s.") % {"total": line.total}
        grid.append(line)
    if outcome.done:
        messages.success(request, saved)
    return grid_page(request, context, grid, spec, columns, wrong=len(told), status=409)


def _remarks(row: Registration) -> dict:
    kept = _self_score(row)
    return kept.remarks if kept else {}


def grid_page(request, context, grid, spec, columns, *, wrong=0, status=200):
    """The grid as a page: fresh, with faults (422), or with lines somebody else wrote meanwhile (409)."""
    context |= {
        "grid": grid,
        "columns": columns,
        "spec": spec,
        "wrong": wrong,
        "stale": status == 409 and wrong,
        "may_part": status == 422 and any(line.cells and not line.has_error for line in grid),
        "first_faults": _first_faults(grid),
        "na_policy": spec.na_policy,
        "has_given": any(cell.fixed for line in grid for cell in line.cells),
        "scored": sum(bool(line.total) for line in grid),
    }
    return render(request, "recognition/grid_scoring.html", context, status=status)


def _first_faults(grid) -> list[tuple[str, str]]:
    """The first wrong rows by name, for the summary above a long table."""
    found = []
    for line in grid:
        texts = [line.error, *(cell.error for cell in line.cells)]
        if text := next(filter(None, texts), ""):
            found.append((line.registration.registrant.name, text))
    return found[:LISTED]
