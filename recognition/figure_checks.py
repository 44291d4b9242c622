"""Checking printed figures against themselves. Pure: the same for rows of a file and rows of the database."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition import checks
from recognition.checks import HINT, WARN, Finding, stamped
from recognition.choices import LearningModel, Rank
from recognition.year_checks import YearCounts, check_all_passed, check_changes

GROUP_LABELS = {
    "staff": gettext_lazy("Cán bộ, công chức, viên chức"),
    "residents": gettext_lazy("Người dân khu dân cư"),
    "GOOD": Rank.GOOD.label,
    "FAIR": Rank.FAIR.label,
}
MAIN_SHARE = "recognised_of_total"


@dataclass(frozen=True)
class PlainFigure:
    """One printed figure. `place`: the code; `model`: today's model, empty when the printed name is unknown."""

    source: str
    published_on: datetime.date | None
    place: str
    place_level: str
    place_name: str
    period: str
    year: int
    model: str
    model_printed: str  # the older or misspelt name, empty when the source says today's
    group: str
    measure: str
    value: int
    printed_percent: Decimal | None
    printed_text: str


@dataclass(frozen=True)
class PlainTarget:
    """One programme target in percent. An empty `scope` is the nation."""

    source: str
    scope: str
    scope_level: str
    scope_name: str
    year: int
    model: str
    measure: str
    percent: Decimal
    area: str
    legal_basis: str


Rows = Mapping[tuple[str, str], PlainFigure]  # (measure, group) → figure


def check_source(
    figures: Iterable[PlainFigure], *, boundary_years: Mapping[str, Collection[int]] | None = None
) -> list[Finding]:
    """Every finding of one source: order, sums, percentages, ranks, copies, years, names, dates. Hints are inside.

    boundary_years: place → years in which it merged or was split, so that its total may jump.
    """
    figures = list(figures)
    if not figures:
        return []
    findings: list[Finding] = []
    groups: dict[tuple[str, str, int], dict[tuple[str, str], PlainFigure]] = defaultdict(dict)
    for figure in figures:
        groups[figure.place, figure.model, figure.year][figure.measure, figure.group] = figure
    learning = {key: rows for key, rows in sorted(groups.items()) if key[1] in LearningModel.values}
    for place, model in sorted({(place, model) for place, model, _year in learning}):
        years = {key[2]: rows for key, rows in learning.items() if key[:2] == (place, model)}
        findings += stamped(_check_period(years), place=place, year=max(years), model=model)
        findings += stamped(_check_years(model, years, (boundary_years or {}).get(place, ())), place=place, model=model)
    for (_place, model, year), rows in learning.items():
        findings += check_group(model, year, rows)
    totals: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for (place, model, year), rows in learning.items():
        if ("total", "") in rows:
            totals[place, year][str(LearningModel(model).label)] = rows["total", ""].value
    for (place, year), one in totals.items():
        findings += stamped(checks.check_same_totals(one), place=place, year=year)
    first = figures[0]
    about = [checks.alias_notice(row.model_printed, row.model) for row in figures if row.model and row.model_printed]
    about += checks.check_words(figure.printed_text for figure in figures)
    about += checks.check_source(
        published_on=first.published_on,
        issuer=first.source,
        period=first.period,
        years={year for _place, _model, year in learning},
    )
    findings += stamped(about, place=first.place)
    return list(dict.fromkeys(findings))


def _check_period(years: Mapping[int, Rows]) -> list[Finding]:
    """R-01 over the whole period: registrations without a single recognition."""
    registered = [rows["registered", ""].value for _year, rows in sorted(years.items()) if ("registered", "") in rows]
    if not registered or any(("recognised", "") in rows for rows in years.values()):
        return []
    return checks.check_order(registered=registered[-1], recognised_expected=True)


def _check_years(model: str, years: Mapping[int, Rows], boundary: Collection[int]) -> list[Finding]:
    """R-24 from one year of the source to the next, R-21 in each."""

    def value(year: int, measure: str) -> int | None:
        row = years[year].get((measure, ""))
        return row.value if row else None

    label = str(LearningModel(model).label)
    counts = {year: YearCounts(value(year, "total"), value(year, "recognised")) for year in years}
    found = check_changes(label, counts, boundary_years=boundary)
    for year in sorted(years):
        registered, recognised = value(year, "registered"), value(year, "recognised")
        if registered is not None and recognised is not None:
            found += stamped(check_all_passed(label, registered=registered, recognised=recognised), year=year)
    return found


def check_group(model: str, year: int, rows: Rows) -> list[Finding]:
    """Findings inside the figures of one place, year and model of one source."""

    def value(measure, group=""):
        return rows[measure, group].value if (measure, group) in rows else None

    label = f"{LearningModel(model).label} {year}"
    findings = checks.check_order(total=value("total"), registered=value("registered"), recognised=value("recognised"))
    for measure, words in (("registered", _("đăng ký")), ("assessed", _("được đánh giá")), ("recognised", _("đạt"))):
        parts = {group: row.value for (one, group), row in rows.items() if one == measure and group}
        found = checks.check_sum(f"{label}, {words}", value(measure), parts)
        findings += stamped(found, measure=measure, hint=_sum_hint(rows, measure, parts) if found else "")
    for (measure, group), row in rows.items():
        if measure != "recognised" or row.printed_percent is None:
            continue
        words = f"{label}, {GROUP_LABELS.get(group, group)}" if group else label
        findings += stamped(_check_percent(words, row, _whole(rows, group)), group=group)
    ranked = [row.value for (measure, _group), row in rows.items() if measure == "ranked"]
    inspected = value("assessed")
    if ranked and inspected is not None:
        hint = checks.misprint_hint(checks.fitting_parts(ranked, inspected))
        findings += stamped(checks.check_ranked(inspected=inspected, ranked=sum(ranked)), hint=hint)
    place = next(iter(rows.values())).place
    return stamped(findings, place=place, year=year, model=model)


def _whole(rows: Rows, group: str) -> int | None:
    """What a printed percentage of the recognised is of: the assessed, else the registered, else all."""
    return next((rows[one, group].value for one in ("assessed", "registered", "total") if (one, group) in rows), None)


def _check_percent(words: str, row: PlainFigure, whole: int | None) -> list[Finding]:
    """R-03 with the hint of R-04; a misprint that is put right may leave a truncated percentage behind."""
    found = checks.check_percent(words, row.value, whole, row.printed_percent)
    proposed = checks.propose_percent(words, row.value, whole, row.printed_percent)
    hint = checks.misprint_hint((one.printed, one.expected) for one in proposed if one.level == HINT)
    return stamped([*found, *(one for one in proposed if one.level != HINT)], hint=hint)


def _sum_hint(rows: Rows, measure: str, parts: Mapping[str, int]) -> str:
    """The misprint behind a wrong sum, by how well the source itself proves it.

    First a part whose own percentage betrays it (338/440 = 99,54% → 438), then a total that the source gives rightly
    elsewhere (551, but 511 assessed). Without such a proof every single digit that would do is named.
    """
    total = rows[measure, ""].value
    mended = {group: _mended(rows[measure, group], _whole(rows, group)) for group in parts}
    if sum(mended.values()) == total:
        return checks.misprint_hint((parts[group], right) for group, right in mended.items() if parts[group] != right)
    totals = checks.fitting_totals(parts.values(), total)
    elsewhere = {row.value for (one, group), row in rows.items() if one != measure and not group}
    if totals and totals[0][1] in elsewhere:
        return checks.misprint_hint(totals)
    return checks.misprint_hint([*totals, *checks.fitting_parts(parts.values(), total)])


def _mended(figure: PlainFigure, whole: int | None) -> int:
    """The figure, or the only number one digit away that fits its printed percentage."""
    fitting = checks.fitting_numerators(figure.value, whole or 0, figure.printed_percent)
    return fitting[0] if len(fitting) == 1 else figure.value


def check_targets(targets: Iterable[PlainTarget], national: Iterable[PlainTarget] = ()) -> list[Finding]:
    """R-23: percentages between 0 and 100, rising by year, no model left out that the title names or the nation sets.

    A percentage beyond 0–100 warns where somebody printed it; keeping one is refused (`save_target`, the database).
    national: the nation's targets when `targets` has none of its own. Targets of difficult areas are not compared.
    """
    targets = list(targets)
    nation: dict[tuple[str, int], Decimal] = {}
    for one in [*(one for one in targets if not one.scope), *national]:
        if one.area == "normal":
            nation.setdefault((one.model, one.year), one.percent)
    findings: list[Finding] = []
    scopes: dict[str, list[PlainTarget]] = defaultdict(list)
    for one in targets:
        if not 0 <= one.percent <= 100:
            text = _("%(scope)s: chỉ tiêu %(percent)s%% năm %(year)d không nằm trong 0–100%%.")
            values = {"scope": _scope_name(one), "percent": checks.number(one.percent), "year": one.year}
            facts = {"place": one.scope, "year": one.year, "model": one.model, "measure": one.measure}
            findings.append(Finding("R-23", WARN, text % values, printed=one.percent, **facts))
        if one.area == "normal":
            scopes[one.scope].append(one)
    for scope, rows in scopes.items():
        name = _scope_name(rows[0])
        if scope:
            given = {one.model for one in rows}
            years = {one.year for one in rows}
            missing = {key: percent for key, percent in nation.items() if key[0] not in given and key[1] in years}
            for (model, year), percent in sorted(missing.items()):
                findings += stamped(
                    checks.check_targets(name, {("", year): Decimal(0)}, {(_label(model), year): percent}),
                    place=scope,
                    model=model,
                )
        findings += _titled(name, rows)
        for model, measure in dict.fromkeys((one.model, one.measure) for one in rows):
            steps = {
                (_label(model), one.year): one.percent for one in rows if (one.model, one.measure) == (model, measure)
            }
            found = [replace(one, measure=measure) for one in checks.check_targets(name, steps, {})]
            findings += stamped(found, place=scope, model=model)
    return list(dict.fromkeys(findings))


def _titled(name: str, rows: list[PlainTarget]) -> list[Finding]:
    """Models the title of a plan names, for which it sets no target in any year; each told once."""
    given = {one.model for one in rows}
    found = {}
    for row in rows:
        for model in checks.models_in_title(row.legal_basis) - given - set(found):
            text = _("%(scope)s: văn bản “%(title)s” nêu %(model)s nhưng không có chỉ tiêu.")
            values = {"scope": name, "title": row.legal_basis, "model": _label(model)}
            facts = {"place": row.scope, "year": row.year, "model": model, "measure": "target"}
            found[model] = Finding("R-23", WARN, text % values, **facts)
    return [found[model] for model in LearningModel.values if model in found]


def _scope_name(target: PlainTarget) -> str:
    return target.scope_name if target.scope else _("Cả nước")


def _label(model: str) -> str:
    return str(LearningModel(model).label) if model in LearningModel.values else model
