"""Declared figures and targets from a spreadsheet: through the same verbs as the screen, so the same rules hold.

A preview asks the same rules and does not write: what it says is what saving does. A place whose figures do not fit is
left out with the reason, the others are taken; the same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils.translation import gettext as _

from portal.lib.numbers import number
from recognition import figure_sheets as sheets
from recognition.choices import LearningModel
from recognition.domain.declaring import (
    CITIZEN_GROUPS,
    MEASURES,
    DeclarationRefused,
    Prepared,
    Typed,
    lines_of,
    prepare,
    write,
)
from recognition.domain.declaring_ground import ground_of
from recognition.domain.errors import RecognitionError
from recognition.domain.owing import counted_day
from recognition.domain.targets import AREA_OF, MEASURES_OF
from recognition.domain.targets_at_once import key_of, save_targets
from recognition.figure_checks import GROUP_LABELS
from recognition.figure_names import MEASURE_LABELS, measure_label
from recognition.figure_sheets import CellRefused, FilledRow
from recognition.models import Target
from units.choices import AreaClass, Level
from units.models import Place, User

TAKEN = (*MEASURES, "ranked")
AREAS = {word: kept.label for word, kept in AREA_OF.items()}


@dataclass
class Taken:
    """What became of a file: how many places or targets are new, changed or as they were, and the refused rows."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: list[tuple[FilledRow, str]] = field(default_factory=list)
    lines: list[tuple[str, str, str]] = field(default_factory=list)  # (place, what, verdict) of what is taken
    versions: dict[str, int] = field(default_factory=dict)  # key → version it was drawn from


def places_at(place: Place) -> list[Place]:
    """The place itself and those below it that a template lists: wards of a province, hamlets of a ward."""
    if place.level == Level.HAMLET:
        return [place]
    level = Level.HAMLET if place.level == Level.COMMUNE else Level.COMMUNE
    below = Place.objects.filter(level=level, **{place.fact_column: place.pk}).exclude(pk=place.pk)
    return [place, *below.select_related("province", "district", "commune").order_by("sort_key", "pk")]


def template_lines(kind: str, place: Place, year: int) -> list[dict]:
    """Rows of the template, filled with the places and everything known beforehand."""
    day = counted_day(year)
    found = []
    for one in places_at(place):
        if not one.existed_on(day):
            continue
        prefix = "place" if kind == "figures" else "scope"
        base = {f"{prefix}_code": one.code, f"{prefix}_level": one.level, f"{prefix}_name": one.name, "year": year}
        if kind == "figures":
            found += [
                base
                | {
                    "model": str(LearningModel(model).label),
                    "group": str(GROUP_LABELS.get(group, "")),
                    "measure": str(MEASURE_LABELS[measure]),
                }
                for model, group in lines_of(one)
                for measure in MEASURES
            ]
        else:
            found += [
                base
                | {
                    "model": str(LearningModel(model).label),
                    "measure": str(MEASURE_LABELS[measure]),
                    "area": str(AreaClass.NORMAL.label),
                }
                for model, measures in MEASURES_OF.items()
                for measure in measures
            ]
    return found


class _Places:
    """Places of a file by code, only those of the importing place."""

    def __init__(self, place: Place, column: str):
        self.column = column
        self.by_code: dict[str, list[Place]] = {}
        for one in places_at(place):
            self.by_code.setdefault(one.code, []).append(one)

    def find(self, cells: Mapping[str, str], year: int) -> Place:
        """The place a row names that stood in that year. Raises CellRefused."""
        code = cells.get(self.column, "")
        # A spreadsheet eats leading zeros; inside one place the padded code is still unmistakable.
        for candidate in (code, code.zfill(5), code.zfill(2)):
            standing = [one for one in self.by_code.get(candidate, ()) if _stood_in(one, year)]
            if len(standing) == 1:
                return standing[0]
        raise CellRefused(
            _("Mã địa bàn “%(code)s” không có trong phạm vi này vào năm %(year)d.") % {"code": code[:30], "year": year}
        )


def _stood_in(place: Place, year: int) -> bool:
    return (place.valid_from is None or place.valid_from.year <= year) and (
        place.valid_to is None or place.valid_to.year >= year
    )


# --- Declared figures


def take_figures(
    *,
    actor: User,
    place: Place,
    rows: Iterable[FilledRow],
    reason: str = "",
    versions: Mapping[str, int] | None = None,
    preview: bool = False,
) -> Taken:
    """Declare what the rows say, place by place. `reason` serves corrections and explains warnings.

    versions: what the preview was drawn from; a place somebody else saved since is refused.
    """
    taken = Taken()
    places = _Places(place, "place_code")
    groups: dict[tuple[int, int], dict] = {}
    for row in rows:
        try:
            _add_figure(groups, places, row)
        except CellRefused as error:
            taken.refused.append((row, str(error)))
    with transaction.atomic():
        ground = ground_of(actor, [group["place"] for group in groups.values()], sorted({year for _pk, year in groups}))
        prepared = []
        for (pk, year), group in groups.items():
            key, kept = f"{pk}-{year}", ground.kept.get((pk, year))
            before = kept.version if kept else 0
            taken.versions[key] = before
            shown = before if versions is None else versions.get(key, before)
            try:
                made = _declare(ground, actor, group, year, reason, shown)
            except RecognitionError as error:
                taken.refused += [(row, _why(error, row, group["models"])) for row in group["rows"]]
                continue
            prepared.append(made)
            verdict = _verdict(taken, before, made.declaration.version)
            taken.lines.append((group["place"].name, f"{year}: {len(group['rows'])}", verdict))
        if not preview:
            write(prepared)
    taken.refused.sort(key=lambda one: one[0].number)
    return taken


def _declare(ground, actor, group, year, reason, shown) -> Prepared:
    typed = Typed(
        place=group["place"],
        year=year,
        source=group["source"],
        published_on=group["day"],
        figures=group["figures"],
        percents=group["percents"],
        shown_version=shown,
        reason=reason,
    )
    try:
        return prepare(ground, actor=actor, typed=typed)
    except DeclarationRefused as error:
        if not reason or any(one.level == "error" for _key, one in error.findings):
            raise
        explained = replace(typed, explanations={key: reason for key, _one in error.findings})
        return prepare(ground, actor=actor, typed=explained)


def _add_figure(groups: dict, places: _Places, row: FilledRow) -> None:
    cells = row.cells
    sheets.check(cells)
    year = sheets.year(cells)
    place = places.find(cells, year)
    source, day = cells.get("article", ""), sheets.day(cells, "published_on")
    if not source:
        raise CellRefused(_("Cột %(column)s còn trống.") % {"column": sheets.HEADINGS["article"]})
    group = groups.setdefault(
        (place.pk, year),
        {"place": place, "source": source, "day": day, "figures": {}, "percents": {}, "rows": [], "models": {}},
    )
    if (group["source"], group["day"]) != (source, day):
        raise CellRefused(
            _("Một nơi, một năm chỉ ghi một nguồn; các dòng trên ghi “%(source)s”.") % {"source": group["source"][:60]}
        )
    model, part = sheets.model(cells), sheets.group(cells)
    measure = sheets.measure(cells, TAKEN)
    if (measure == "ranked") != (part != "" and part not in CITIZEN_GROUPS):
        raise CellRefused(_("Nhóm và số đo của dòng này không đi với nhau."))
    cell = (model, part, measure)
    if cell in group["figures"]:
        raise CellRefused(_("Số liệu này đã có ở dòng trên."))
    value, percent = sheets.whole(cells, "value"), sheets.percent(cells, "printed_percent")
    group["figures"][cell] = value
    if percent is not None:
        group["percents"][model, part] = percent
    group["rows"].append(row)
    group["models"][row.number] = model


def _why(error: RecognitionError, row: FilledRow, models: Mapping[int, str]) -> str:
    """The reason for one row: the findings about its model, else what stands against the whole place."""
    if not isinstance(error, DeclarationRefused):
        return error.message
    about = [one.text for _key, one in error.findings if one.model in ("", models[row.number])]
    return " ".join(about) if about else _("Nơi này có số khác chưa khớp nên chưa nhận.")


def _verdict(taken: Taken, before: int, after: int) -> str:
    if before == 0:
        taken.new += 1
        return "new"
    if after == before:
        taken.same += 1
        return "same"
    taken.changed += 1
    return "changed"


# --- Targets


def take_targets(
    *,
    actor: User,
    place: Place,
    rows: Iterable[FilledRow],
    reason: str = "",
    versions: Mapping[str, int] | None = None,
    preview: bool = False,
) -> Taken:
    """Set the targets the rows name, for the place and places below it; each row by itself, earlier years first, in a
    number of statements that does not depend on how many there are."""
    taken = Taken()
    places = _Places(place, "scope_code")
    made: list[tuple[FilledRow, Target]] = []
    seen: dict[tuple, int] = {}
    for row in rows:
        try:
            target = _target(places, row)
            key = (target.place_id, target.model, target.measure, target.year, target.area_class)
            if key in seen:
                raise CellRefused(_("Chỉ tiêu này đã có ở dòng %(row)d.") % {"row": seen[key]})
        except CellRefused as error:
            taken.refused.append((row, str(error)))
            continue
        seen[key] = row.number
        made.append((row, target))
    kept = {key_of(one): one for one in Target.objects.filter(place__in={target.place_id for _row, target in made})}
    shown = []
    for row, target in made:
        stored, name = kept.get(key_of(target)), f"row-{row.number}"
        taken.versions[name] = before = stored.version if stored else 0
        if stored is not None:
            target.confidence, target.source = stored.confidence, target.source or stored.source
        target.reason = reason
        shown.append(before if versions is None else versions.get(name, before))
    with transaction.atomic():
        try:
            saved = save_targets(
                actor=actor, targets=[target for _row, target in made], shown=shown, explanation=reason
            )
        except RecognitionError as error:
            saved = [error] * len(made)
        for (row, target), after in zip(made, saved, strict=True):
            if isinstance(after, RecognitionError):
                taken.refused.append((row, after.message))
                continue
            label = f"{LearningModel(target.model).label}, {measure_label(target.measure)}, {target.year}"
            verdict = _verdict(taken, taken.versions[f"row-{row.number}"], after.version)
            taken.lines.append((target.place.name, f"{label}: {number(target.percent)}%", verdict))
        if preview:
            transaction.set_rollback(True)
    taken.refused.sort(key=lambda one: one[0].number)
    return taken


def _target(places: _Places, row: FilledRow) -> Target:
    cells = row.cells
    sheets.check(cells)
    year = sheets.year(cells)
    # A plan may reach past the end of the place that issued it; the place must stand today or in that year.
    place = places.find(cells, min(year, counted_day(year).year))
    model = sheets.model(cells)
    if model not in MEASURES_OF:
        raise CellRefused(_("Mô hình này không có chỉ tiêu."))
    return Target(
        place=place,
        model=model,
        measure=sheets.measure(cells, MEASURES_OF[model]),
        year=year,
        area_class=AREA_OF[sheets.one_of(cells, "area", AREAS, empty="normal")],
        percent=sheets.percent(cells, "percent"),
        legal_basis=cells.get("legal_basis", ""),
        source=cells.get("article", ""),
    )
