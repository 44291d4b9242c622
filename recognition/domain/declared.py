"""Declared figures (what papers print, errors included) and programme targets: loading, checking, standing in."""

from __future__ import annotations

import csv
import datetime
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import clean, fold
from recognition import checks
from recognition.checks import Finding
from recognition.choices import LearningModel, Rank
from recognition.domain.tallies import ChildFigures, Figures, figures_by_place
from recognition.models import DeclaredFigure, Target
from units.choices import AreaClass, Level
from units.models import Place

DATA = Path(__file__).resolve().parent.parent / "data" / "figures"
GROUP_LABELS = {
    "staff": gettext_lazy("Cán bộ, công chức, viên chức"),
    "residents": gettext_lazy("Người dân khu dân cư"),
    "GOOD": Rank.GOOD.label,
    "FAIR": Rank.FAIR.label,
}
# Measures of a source that may stand in for records.
STANDING_IN = ("total", "registered", "assessed", "recognised")
AREA = {"normal": AreaClass.NORMAL, "difficult": AreaClass.DIFFICULT}


@dataclass(frozen=True)
class LoadResult:
    """How many rows stand in the tables after loading, and what was noticed on the way."""

    figures: int
    targets: int
    findings: tuple[Finding, ...]


class FiguresError(Exception):
    """A row of the figures cannot be read; nothing was loaded. The message names file and row."""


@transaction.atomic
def load_figures(*, folder: Path = DATA) -> LoadResult:
    """Load articles.csv and targets.csv; the same files twice change nothing. Raises FiguresError."""
    findings: list[Finding] = []
    figures = _read_articles(folder / "articles.csv", findings)
    targets = _read_targets(folder / "targets.csv")
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
        update_fields=["percent", "legal_basis"],
    )
    return LoadResult(len(figures), len(targets), tuple(dict.fromkeys(findings)))


def _rows(path: Path) -> list[tuple[int, dict]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(number, row) for number, row in enumerate(csv.DictReader(file), start=2)]


def _places(rows: list[tuple[int, dict]], code: str) -> dict[tuple[str, str], list[Place]]:
    """All places that ever bore one of the codes, read at once."""
    found = defaultdict(list)
    for place in Place.objects.filter(code__in={row[code] for _n, row in rows if row[code]}):
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
    rows = _rows(path)
    places = _places(rows, "place_code")
    figures = []
    for number, row in rows:
        year = int(row["year"])
        model, found = checks.resolve_model(row["model"])
        findings += found
        if model is None:
            raise FiguresError(f"{path.name}, {_('dòng')} {number}: {found[0].message}")
        day = datetime.date(year, 12, 31)
        published = row["published_on"]
        figures.append(
            DeclaredFigure(
                source=row["article"],
                published_on=datetime.date.fromisoformat(published) if published else None,
                place=_place(places, path, number, row["place_code"], row["place_level"], row["place_name"], day),
                period=row["period"],
                year=year,
                model=model,
                model_printed="" if model == row["model"] else clean(row["model"]),
                group=row["group"],
                measure=row["measure"],
                value=int(row["value"]),
                printed_percent=Decimal(row["printed_percent"]) if row["printed_percent"] else None,
                printed_text=clean(row["printed_text"]),
            )
        )
    return figures


def _read_targets(path: Path) -> list[Target]:
    rows = _rows(path)
    places = _places(rows, "scope_code")
    targets = []
    for number, row in rows:
        # A local plan binds the place that issued it, also where its years run past the end of that place.
        day = min(datetime.date(int(row["year"]), 12, 31), datetime.date(2022, 12, 31))
        scope = None
        if row["scope_code"]:
            scope = _place(places, path, number, row["scope_code"], row["scope_level"], row["scope_name"], day)
        targets.append(
            Target(
                place=scope,
                model=row["model"],
                measure=row["measure"],
                year=int(row["year"]),
                area_class=AREA[row["area"]],
                percent=Decimal(row["percent"]),
                legal_basis=row["legal_basis"],
            )
        )
    return targets


# --- Checking a source against itself


def check_figures(figures: list[DeclaredFigure]) -> list[Finding]:
    """Every finding of one source: order, sums, percentages, ranks, copies, names, dates."""
    if not figures:
        return []
    findings: list[Finding] = []
    groups: dict[tuple, dict[tuple[str, str], DeclaredFigure]] = defaultdict(dict)
    for figure in figures:
        groups[figure.place_id, figure.model, figure.year][figure.measure, figure.group] = figure
    models = {model for _place_id, model, _year in groups if model in LearningModel.values}
    for model in sorted(models):
        findings += _check_period(model, [rows for key, rows in groups.items() if key[1] == model])
    for (_place_id, model, year), rows in sorted(groups.items()):
        if model in LearningModel.values:
            findings += _check_group(model, year, rows)
    totals = defaultdict(dict)
    for (place_id, model, year), rows in sorted(groups.items()):
        if ("total", "") in rows and model in LearningModel.values:
            totals[place_id, year][str(LearningModel(model).label)] = rows["total", ""].value
    for one in totals.values():
        findings += checks.check_same_totals(one)
    findings += [checks.alias_notice(figure.model_printed, figure.model) for figure in figures if figure.model_printed]
    findings += checks.check_words(figure.printed_text for figure in figures)
    findings += checks.check_source(
        published_on=figures[0].published_on,
        period=figures[0].period,
        years={figure.year for figure in figures if figure.model in LearningModel.values},
    )
    return list(dict.fromkeys(findings))


def _check_period(model: str, years: list[dict]) -> list[Finding]:
    """R-01 over the whole period: registrations without a single recognition."""
    registered = [rows["registered", ""].value for rows in years if ("registered", "") in rows]
    recognised = [rows for rows in years if ("recognised", "") in rows]
    if not registered or recognised:
        return []
    return checks.check_order(registered=registered[-1], recognised_expected=True)


def _check_group(model: str, year: int, rows: dict[tuple[str, str], DeclaredFigure]) -> list[Finding]:
    def value(measure, group=""):
        return rows[measure, group].value if (measure, group) in rows else None

    label = f"{LearningModel(model).label} {year}"
    findings = checks.check_order(total=value("total"), registered=value("registered"), recognised=value("recognised"))
    for measure, words in (("registered", _("đăng ký")), ("assessed", _("được đánh giá")), ("recognised", _("đạt"))):
        parts = {group: row.value for (one, group), row in rows.items() if one == measure and group}
        findings += checks.check_sum(f"{label}, {words}", value(measure), parts)
        # A part whose own percentage betrays the misprint explains the sum; then the total is not suspected.
        mended = {group: _mended(rows.get((measure, group)), value("registered", group)) for group in parts}
        if sum(mended.values()) != value(measure):
            findings += checks.propose_sum(f"{label}, {words}", value(measure), parts)
    for (measure, group), row in rows.items():
        if measure != "recognised" or row.printed_percent is None:
            continue
        whole = value("assessed", group) or value("registered", group) or value("total", group)
        words = f"{label}, {GROUP_LABELS.get(group, group)}" if group else label
        findings += checks.check_percent(words, row.value, whole, row.printed_percent)
        findings += checks.propose_percent(words, row.value, whole, row.printed_percent)
    ranked = [row.value for (measure, _group), row in rows.items() if measure == "ranked"]
    if ranked and value("assessed") is not None:
        findings += checks.check_ranked(inspected=value("assessed"), ranked=sum(ranked))
    return findings


def _mended(figure: DeclaredFigure, whole: int | None) -> int:
    """The figure, or the only number one digit away that fits its printed percentage."""
    fitting = checks.fitting_numerators(figure.value, whole or 0, figure.printed_percent)
    return fitting[0] if len(fitting) == 1 else figure.value


def declared_findings(place: Place | None, year: int, model: str) -> list[Finding]:
    """What the rules find in the figures declared for exactly this place, year and model, with their source named."""
    if place is None:
        return []
    by_source = defaultdict(dict)
    for row in DeclaredFigure.objects.filter(place=place, year=year, model=model):
        by_source[row.source][row.measure, row.group] = row
    return [
        replace(
            one, message=_("Số liệu khai báo, nguồn %(source)s: %(text)s") % {"source": source, "text": one.message}
        )
        for source, rows in by_source.items()
        for one in _check_group(model, year, rows)
    ]


def check_all_targets() -> list[Finding]:
    """R-23 for every local scope against the national targets."""
    national, local = {}, defaultdict(dict)
    for target in Target.objects.filter(area_class=AreaClass.NORMAL).select_related("place"):
        key = str(LearningModel(target.model).label), target.year
        if target.place is None:
            national.setdefault(key, target.percent)
        elif target.measure == "recognised_of_total" or key not in local[target.place]:
            local[target.place][key] = target.percent
    findings = []
    for scope, rows in local.items():
        findings += checks.check_targets(str(scope), rows, national)
    return findings


# --- Targets of a place


@dataclass(frozen=True)
class TargetFor:
    """The target a year is measured against. `is_past`: none is set for the year or later, this is the last one."""

    percent: Decimal
    year: int
    legal_basis: str
    scope: str
    is_past: bool


def target_for(place: Place | None, year: int, model: str, area_class: str | None = None) -> TargetFor | None:
    """The first target of the year or later; nearest scope first, then the place's area class. One query."""
    chain = [] if place is None else [place.pk, place.commune_id, place.district_id, place.province_id]
    area = area_class or (place.area_class if place else AreaClass.NORMAL)
    targets = list(
        Target.objects.filter(
            Q(place__isnull=True) | Q(place__in=[pk for pk in chain if pk]),
            model=model,
            measure="recognised_of_total",
        ).select_related("place")
    )

    def rank(target):
        scope = len(chain) if target.place_id is None else chain.index(target.place_id)
        coming = target.year >= year
        return (not coming, scope, target.year if coming else -target.year, target.area_class != area)

    usable = [one for one in targets if one.area_class in (area, AreaClass.NORMAL)]
    if not usable:
        return None
    best = min(usable, key=rank)
    scope = str(best.place) if best.place else _("Cả nước")
    return TargetFor(best.percent, best.year, best.legal_basis, scope, best.year < year)


# --- Declared figures standing in where no records exist


@dataclass(frozen=True)
class Declared:
    """Declared counts of one place without dossiers of its own; `kept_total`: what the register counts there."""

    place: Place
    figures: Figures
    kept_total: int


def declared_within(place: Place | None, year: int, model: str) -> list[Declared]:
    """Declared counts of `place` or of places below it that keep no dossiers of the year; never two nested ones."""
    rows = DeclaredFigure.objects.filter(year=year, model=model, group="").select_related("place")
    if place is not None:
        below = Q(place=place)
        if place.level != Level.HAMLET:
            below |= Q(**{f"place__{place.level}": place.pk})
        rows = rows.filter(below)
    by_place: dict[int, list[DeclaredFigure]] = defaultdict(list)
    for row in rows:
        by_place[row.place_id].append(row)
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
