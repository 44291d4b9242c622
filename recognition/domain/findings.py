"""Everything the rules find for a place and a year: its tables, declared figures, targets, and the year before.

A fixed number of statements, whatever the size of the place: tables and comparisons read tallies. Only what needs the
single dossiers (equal scores, gaps) is looked at where the dossiers are, in a ward or hamlet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from django.db.models import Count, F, Max, Q
from django.db.models.functions import Abs, Coalesce
from django.utils.translation import gettext as _

from recognition import figure_checks, year_checks
from recognition.checks import Finding, stamped
from recognition.choices import LearningModel, Step
from recognition.domain.declared import as_plain, named
from recognition.domain.measures.showing import judged_by
from recognition.domain.report_parts import Report
from recognition.domain.reporting import TABLES, build_report
from recognition.domain.tallies import yearly
from recognition.domain.targets import check_all_targets
from recognition.models import DeclaredFigure, MeasureSnapshot, Registration, Rulebook
from units.choices import Level
from units.models import Place, PlaceChange, Succession

OWN_DOSSIERS = (Level.COMMUNE, Level.HAMLET)


def findings_for(place: Place | None, year: int, *, tables: Iterable[Report] | None = None) -> list[Finding]:
    """All findings of a place and year, each once. None is the nation. `tables`: when they are made already."""
    if tables is None:
        tables = [build_report(code, place, year, show_pending=False) for code in TABLES]
    code = place.code if place else ""
    plain, declared = _declared(place, year)
    told = {(one.rule, one.message) for one in plain}  # said again below, with the name of the source
    of_tables = [
        one
        for table in tables
        for one in stamped(table.findings, place=code, year=year)
        if (one.rule, one.message) not in told
    ]
    found = [*of_tables, *declared, *_targets(place), *_against_last_year(place, year)]
    if place is not None and place.level in OWN_DOSSIERS:
        found += _same_scores(place, year) + _gaps(place, year) + _late(place, year) + _drifted(place, year)
    return list({(one.rule, one.message): one for one in found}.values())


def _declared(place: Place | None, year: int) -> tuple[list[Finding], list[Finding]]:
    """Findings of declared figures of the place: as the rules say them, and with the source in the words.

    A source is read whole, so what it says about its period counts; other years' findings are left out.
    """
    if place is None:
        return [], []
    here = DeclaredFigure.objects.filter(place=place)
    sources = here.filter(year=year).values("source")
    by_source = defaultdict(list)
    for row in here.filter(source__in=sources).select_related("place"):
        by_source[row.source].append(as_plain(row))
    plain, in_words = [], []
    for source, rows in sorted(by_source.items()):
        found = [one for one in figure_checks.check_source(rows) if one.year in (None, year)]
        plain += found
        in_words += named(source, stamped(found, year=year))
    return plain, in_words


def _targets(place: Place | None) -> list[Finding]:
    return [one for one in check_all_targets() if one.place == (place.code if place else "")]


def _against_last_year(place: Place | None, year: int) -> list[Finding]:
    """R-24 and the 100 % of R-21, by model."""
    boundary = {year} if _has_boundary_event(place, year) else set()
    found = []
    for model in LearningModel:
        figures = yearly(place, [year - 1, year], model)
        now = figures[year]
        label = str(model.label)
        one = year_checks.check_all_passed(label, registered=now.registered, recognised=now.recognised)
        if figures[year - 1].has_dossiers and now.has_dossiers:  # a year nobody recorded is not a year of zeros
            counts = {key: year_checks.YearCounts(row.total, row.recognised) for key, row in figures.items()}
            one += year_checks.check_changes(label, counts, boundary_years=boundary)
        found += stamped(one, place=place.code if place else "", year=year, model=str(model))
    return found


def _has_boundary_event(place: Place | None, year: int) -> bool:
    """Did places merge, split or move in the year, so that the place's total may jump?"""
    if place is None:
        return False
    touched = Q(from_place=place) | Q(to_place=place)
    changed = Q(place=place) | Q(to_communes__place=place)
    if place.level != Level.HAMLET:
        touched |= Q(**{f"from_place__{place.level}": place.pk}) | Q(**{f"to_place__{place.level}": place.pk})
        changed |= Q(**{f"place__{place.level}": place.pk}) | Q(**{f"to_communes__place__{place.level}": place.pk})
    return (
        Succession.objects.filter(touched, effective_on__year=year).exists()
        or PlaceChange.objects.filter(changed, effective_on__year=year, undone_at=None).exists()
    )


def _same_scores(place: Place, year: int) -> list[Finding]:
    """R-21 by quarter: the last score each dossier got."""
    rows = (
        Registration.objects.live()
        .within(place)
        .filter(year=year, hamlet__isnull=False)
        .annotate(half=Coalesce("inspection_half", "review_half", "self_half"))
        .filter(half__isnull=False)
        .values("model", "hamlet", "hamlet__name", "half")
        .annotate(count=Count("pk"))
        .order_by("model", "hamlet__sort_key", "hamlet")
    )
    counts: dict[tuple, dict[Decimal, int]] = defaultdict(dict)
    for row in rows:
        counts[row["model"], row["hamlet"], row["hamlet__name"]][Decimal(row["half"]) / 2] = row["count"]
    found = []
    for (model, _hamlet, name), scores in counts.items():
        label = _("%(model)s, %(place)s") % {"model": LearningModel(model).label, "place": name}
        found += stamped(
            year_checks.check_same_scores(label, scores), place=place.code, year=year, model=model, group=name
        )
    return found


def _late(place: Place, year: int) -> list[Finding]:
    """R-11: letters and decisions after the last day of their rulebook, by model; unverified days bind nobody.

    The reason is written by whoever signs, beside the finding.
    """
    rows = (
        Registration.objects.live()
        .within(place)
        .filter(year=year, proposal__isnull=False)
        .order_by("model", "rulebook")
        .values("model", "rulebook")
        .annotate(proposed=Max("proposal__signed_on"), decided=Max("award__decision__signed_on"))
    )
    rulebooks = Rulebook.objects.in_bulk({row["rulebook"] for row in rows})
    found = []
    for row in rows:
        spec = rulebooks[row["rulebook"]].spec
        for name, done_on in ((Step.PROPOSE, row["proposed"]), (Step.DECIDE, row["decided"])):
            step = spec.step_named(name)
            if step is None or done_on is None or step.deadline is None or step.deadline.fact.confidence != "V":
                continue
            label = _("%(model)s, %(step)s") % {"model": LearningModel(row["model"]).label, "step": step.label}
            late = year_checks.check_deadline(done_on=done_on, deadline=step.deadline.on(year))
            found += [
                replace(one, message=f"{label}: {one.message}", place=place.code, year=year, model=row["model"])
                for one in late
            ]
    return found


def _drifted(place: Place, year: int) -> list[Finding]:
    """R-12: shares a dossier is judged by that the records no longer say; typed ones were never theirs."""
    rows = list(
        Registration.objects.live()
        .within(place)
        .filter(year=year, pk__in=MeasureSnapshot.objects.values("registration"))
        .select_related("registrant")
        .order_by("model", "registrant__sort_key", "pk")
    )
    found = []
    for row, line in judged_by(rows):
        if line.kept is None or line.now is None:
            continue
        name = _("%(who)s, %(share)s") % {"who": row.registrant.name, "share": line.derived.title}
        names = {"numerator": name + " " + _("(tử số)"), "denominator": name + " " + _("(mẫu số)")}
        kept = {text: getattr(line.kept.computed, key) or 0 for key, text in names.items()}
        now = {text: getattr(line.now.share, key) or 0 for key, text in names.items()}
        found += stamped(year_checks.check_snapshot(kept, now), place=place.code, year=year, model=row.model)
    return found


def _gaps(place: Place, year: int) -> list[Finding]:
    """R-22 by model."""
    limit = int(year_checks.GAP_LIMIT * 2)  # half points
    rows = (
        Registration.objects.live()
        .within(place)
        .filter(year=year)
        .annotate(gap=Abs(F("inspection_half") - F("self_half")))
        .filter(gap__gt=limit)
        .values("model")
        .annotate(count=Count("pk"), widest=Max("gap"))
        .order_by("model")
    )
    return [
        finding
        for row in rows
        for finding in stamped(
            year_checks.check_gaps(str(LearningModel(row["model"]).label), row["count"], Decimal(row["widest"]) / 2),
            place=place.code,
            year=year,
            model=row["model"],
        )
    ]
