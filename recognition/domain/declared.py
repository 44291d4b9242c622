"""Declared figures (what papers print, errors included) and programme targets: loading, checking, standing in."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.lib.text import fold
from recognition import checks, figure_checks
from recognition.checks import Finding
from recognition.domain.boundaries import boundary_years_of
from recognition.domain.tallies import ChildFigures, Figures, figures_by_place
from recognition.domain.targets import AREA_OF
from recognition.figure_checks import PlainFigure
from recognition.figure_files import FiguresError, read_figures
from recognition.models import DeclaredFigure, Target
from units.choices import Level
from units.models import Place

DATA = Path(__file__).resolve().parent.parent / "data" / "figures"
# Measures of a source that may stand in for records.
STANDING_IN = ("total", "registered", "assessed", "recognised")
# Days and places of the decrees behind the shipped targets, as the sources print them.
TARGET_SOURCES = {
    "QĐ 281/QĐ-TTg": "Quyết định của Thủ tướng Chính phủ ngày 20/02/2014",
    "QĐ 387/QĐ-TTg": "Quyết định của Thủ tướng Chính phủ ngày 25/3/2022",
    "QĐ 677/QĐ-TTg": "Quyết định của Thủ tướng Chính phủ ngày 03/6/2022",
}


@dataclass(frozen=True)
class LoadResult:
    """How many rows stand in the tables after loading, and what was noticed on the way."""

    figures: int
    targets: int
    findings: tuple[Finding, ...]


@transaction.atomic
def load_figures(*, folder: Path = DATA) -> LoadResult:
    """Load articles.csv and targets.csv; the same files twice change nothing. Raises FiguresError."""
    findings: list[Finding] = []
    figures = _read_articles(folder / "articles.csv", findings)
    targets = _not_corrected(_read_targets(folder / "targets.csv"))
    DeclaredFigure.objects.bulk_create(
        figures,
        update_conflicts=True,
        unique_fields=["source", "place", "year", "model", "group", "measure"],
        update_fields=["published_on", "period", "model_printed", "value", "printed_percent", "printed_text"],
    )
    Target.objects.bulk_create(
        targets,
        update_conflicts=True,
        unique_fields=["place", "model", "measure", "year", "area_class"],
        update_fields=["percent", "legal_basis", "source", "confidence"],
    )
    return LoadResult(len(figures), len(targets), tuple(dict.fromkeys(findings)))


def _not_corrected(targets: list[Target]) -> list[Target]:
    """Without those somebody corrected or withdrew on screen since: a file never undoes that."""
    corrected = set(
        Target.objects.filter(version__gt=1).values_list("place_id", "model", "measure", "year", "area_class")
    )
    return [one for one in targets if (one.place_id, one.model, one.measure, one.year, one.area_class) not in corrected]


def _places(codes: Iterable[str]) -> dict[tuple[str, str], list[Place]]:
    """All places that ever bore one of the codes, read at once."""
    found = defaultdict(list)
    for place in Place.objects.filter(code__in={code for code in codes if code}):
        found[place.code, place.level].append(place)
    return found


def _place(places, path: Path, number: int, code: str, level: str, name: str, day: datetime.date) -> Place:
    standing = [place for place in places[code, level] if place.existed_on(day)]
    where = _("%(file)s, dòng %(row)d") % {"file": path.name, "row": number}
    if not standing:
        raise FiguresError(
            _(
                "%(where)s: không có địa bàn mang mã %(code)s (%(name)s) vào ngày %(day)s. "
                "Hãy chạy lệnh load_places trước."
            )
            % {"where": where, "code": code, "name": name, "day": day.strftime("%d/%m/%Y")}
        )
    if fold(name) != fold(standing[0].name):
        raise FiguresError(
            _("%(where)s: mã %(code)s là %(found)s, không phải %(name)s.")
            % {"where": where, "code": code, "found": standing[0].name, "name": name}
        )
    return standing[0]


def _read_articles(path: Path, findings: list[Finding]) -> list[DeclaredFigure]:
    file = read_figures(path)
    for number, found in file.findings:
        if found.level == checks.ERROR:
            raise FiguresError(f"{path.name}, {_('dòng')} {number}: {found.message}")
        findings.append(found)
    places = _places(row.place for _n, row in file.figures)
    return [
        DeclaredFigure(
            source=row.source,
            published_on=row.published_on,
            place=_place(
                places, path, number, row.place, row.place_level, row.place_name, datetime.date(row.year, 12, 31)
            ),
            period=row.period,
            year=row.year,
            model=row.model,
            model_printed=row.model_printed,
            group=row.group,
            measure=row.measure,
            value=row.value,
            printed_percent=row.printed_percent,
            printed_text=row.printed_text,
        )
        for number, row in file.figures
    ]


def _read_targets(path: Path) -> list[Target]:
    rows = read_figures(path).targets
    places = _places(row.scope for _n, row in rows)
    targets = []
    for number, row in rows:
        if row.percent > 100:
            raise FiguresError(
                _("%(file)s, dòng %(row)d: chỉ tiêu %(percent)s%% lớn hơn 100%%.")
                % {"file": path.name, "row": number, "percent": row.percent}
            )
        # A local plan binds the place that issued it, also where its years run past the end of that place.
        day = min(datetime.date(row.year, 12, 31), datetime.date(2022, 12, 31))
        scope = None
        if row.scope:
            scope = _place(places, path, number, row.scope, row.scope_level, row.scope_name, day)
        targets.append(
            Target(
                place=scope,
                model=row.model,
                measure=row.measure,
                year=row.year,
                area_class=AREA_OF[row.area],
                percent=row.percent,
                legal_basis=row.legal_basis,
                source=TARGET_SOURCES.get(row.legal_basis) or (_("Bài %s") % row.source if row.source else ""),
            )
        )
    return targets


# --- Checking a source against itself


def as_plain(figure: DeclaredFigure) -> PlainFigure:
    """A kept figure as the rules read it; `place` must be there already."""
    return PlainFigure(
        source=figure.source,
        published_on=figure.published_on,
        place=figure.place.code,
        place_level=figure.place.level,
        place_name=figure.place.name,
        period=figure.period,
        year=figure.year,
        model=figure.model,
        model_printed=figure.model_printed,
        group=figure.group,
        measure=figure.measure,
        value=figure.value,
        printed_percent=figure.printed_percent,
        printed_text=figure.printed_text,
    )


def check_sources(figures: Collection[DeclaredFigure]) -> dict[str, list[Finding]]:
    """Source → everything the rules find in it. Two queries, however many sources."""
    boundary = defaultdict(set)
    codes = {one.place_id: one.place.code for one in figures}
    for pk, year in boundary_years_of(set(codes), {one.year for one in figures}) if codes else ():
        boundary[codes[pk]].add(year)
    by_source = defaultdict(list)
    for one in figures:
        by_source[one.source].append(as_plain(one))
    return {
        source: figure_checks.check_source(rows, boundary_years=boundary) for source, rows in sorted(by_source.items())
    }


def check_figures(figures: Collection[DeclaredFigure]) -> list[Finding]:
    """The same of figures of one source."""
    return [finding for found in check_sources(figures).values() for finding in found]


def named(source: str, findings: Iterable[Finding]) -> list[Finding]:
    """Findings of declared figures, with the source in their words."""
    return [
        replace(
            one, message=_("Số liệu khai báo, nguồn %(source)s: %(text)s") % {"source": source, "text": one.message}
        )
        for one in findings
    ]


def declared_findings(place: Place | None, year: int, model: str) -> list[Finding]:
    """What the rules find in the figures declared for exactly this place, year and model, with their source named."""
    if place is None:
        return []
    by_source = defaultdict(dict)
    for row in DeclaredFigure.objects.filter(place=place, year=year, model=model).select_related("place"):
        by_source[row.source][row.measure, row.group] = as_plain(row)
    return [
        one for source, rows in by_source.items() for one in named(source, figure_checks.check_group(model, year, rows))
    ]


# --- Declared figures standing in where no records exist


@dataclass(frozen=True)
class Declared:
    """Declared counts of one place without dossiers of its own; `kept_total`: what the register counts there."""

    place: Place
    figures: Figures
    kept_total: int


def _declared_rows(place: Place | None, year: int):
    """What is declared for `place` or a place below it as a whole, not for one group."""
    rows = DeclaredFigure.objects.filter(year=year, group="")
    if place is None:
        return rows
    below = Q(place=place)
    if place.level != Level.HAMLET:
        below |= Q(**{f"place__{place.level}": place.pk})
    return rows.filter(below)


def models_declared(place: Place | None, year: int, models: Iterable[str]) -> list[str]:
    """Models for which something is declared inside `place`. One query."""
    known = set(_declared_rows(place, year).order_by().values_list("model", flat=True).distinct())
    return [model for model in models if model in known]


def declared_within(place: Place | None, year: int, model: str) -> list[Declared]:
    """Declared counts of `place` or of places below it that keep no dossiers of the year; never two nested ones."""
    rows = _declared_rows(place, year).filter(model=model).select_related("place")
    by_place: dict[int, list[DeclaredFigure]] = defaultdict(list)
    for row in rows:
        by_place[row.place_id].append(row)
    for pk, kept in by_place.items():  # what the place itself declared goes before what articles print of it
        by_place[pk] = [row for row in kept if row.declaration_id] or kept
    by_level: dict[str, list[int]] = defaultdict(list)
    for figures in by_place.values():
        by_level[figures[0].place.level].append(figures[0].place_id)
    kept_records: dict[int, Figures] = {}
    for level, ids in by_level.items():  # at most four levels
        kept_records.update(figures_by_place(level, ids, year, model))
    order = list(Level.values)
    found: list[Declared] = []
    for figures in sorted(by_place.values(), key=lambda rows: (order.index(rows[0].place.level), rows[0].place_id)):
        counts = {row.measure: row.value for row in figures if row.measure in STANDING_IN}
        records = kept_records[figures[0].place_id]
        outer = any(_inside(figures[0].place, one.place) for one in found)
        # Only a whole pair may join a sum: registrations without their households would lift every rate above it.
        itself = place is not None and figures[0].place_id == place.pk
        usable = counts.keys() & {"registered", "recognised"} if itself else {"total", "recognised"} <= counts.keys()
        if records.registered or records.withdrawn or outer or not usable:
            continue
        unknown = frozenset(set(STANDING_IN) - set(counts)) - ({"total"} if records.total else set())
        names = tuple(dict.fromkeys(row.source for row in figures))
        counts.setdefault("total", records.total)
        found.append(Declared(figures[0].place, Figures(**counts, declared=names, unknown=unknown), records.total))
    return found


def _inside(place: Place, other: Place) -> bool:
    return place.pk != other.pk and place.fact_ids.get(other.fact_column) == other.pk


def with_declared(figures: Figures, declared: list[Declared]) -> Figures:
    """Figures with declared counts where no dossiers exist. What a source does not give is a dash, not a zero."""
    for one in declared:
        summed = figures + one.figures
        figures = replace(summed, total=summed.total - one.kept_total)
    return figures


def children_with_declared(
    rows: list[ChildFigures], declared: list[Declared], previous: list[Declared] = ()
) -> list[ChildFigures]:
    """The same for the rows of the level below, so tiles and table always agree."""

    def under(row: ChildFigures, all_of: list[Declared]) -> list[Declared]:
        return [one for one in all_of if one.place.fact_ids.get(f"{row.place.level}_id") == row.place.pk]

    return [
        replace(
            row,
            figures=with_declared(row.figures, under(row, declared)),
            previous=with_declared(row.previous, under(row, previous)),
        )
        for row in rows
    ]
