"""Everything the rules find for a place and a year: its tables, declared figures, targets, and the year before.

A fixed number of statements, whatever the size of the place: tables and comparisons read tallies. What needs
the single dossiers (equal scores, gaps) is looked at where the dossiers are, in a ward or hamlet; late steps (R-11) and
drifted shares (R-12) everywhere somebody signs, by name in a ward and in numbers above it.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from django.db import connection
from django.db.models import Count, F, Max
from django.db.models.functions import Abs, Coalesce
from django.utils.translation import gettext as _

from recognition import figure_checks, year_checks
from recognition.checks import Finding, stamped
from recognition.choices import LearningModel, Step
from recognition.domain.boundaries import boundary_years
from recognition.domain.declared import as_plain, named
from recognition.domain.extents import name_under
from recognition.domain.measures.showing import MeasureLine, judged_by
from recognition.domain.report_parts import Report
from recognition.domain.reporting import TABLES, build_report
from recognition.domain.tallies import yearly
from recognition.domain.targets import check_all_targets
from recognition.figure_checks import PlainFigure
from recognition.models import DeclaredFigure, MeasureSnapshot, Registration, Rulebook
from units.choices import Level
from units.models import Place

OWN_DOSSIERS = (Level.COMMUNE, Level.HAMLET)


def findings_for(place: Place | None, year: int, *, tables: Iterable[Report] | None = None) -> list[Finding]:
    """All findings of a place and year, each once. None is the nation. `tables`: when they are made already."""
    if tables is None:
        tables = [build_report(code, place, year, show_pending=False) for code in TABLES]
    code = place.code if place else ""
    sources = _sources(place, year)
    boundary = boundary_years(place, {year, *(row.year for rows in sources.values() for row in rows)})
    plain, declared = _declared(place, year, sources, boundary)
    told = {(one.rule, one.message) for one in plain}  # said again below, with the name of the source
    of_tables = [
        one
        for table in tables
        for one in stamped(table.findings, place=code, year=year)
        if (one.rule, one.message) not in told
    ]
    found = [*of_tables, *declared, *_targets(place), *_against_last_year(place, year, boundary)]
    if place is not None and place.level in OWN_DOSSIERS:
        found += _same_scores(place, year) + _gaps(place, year) + _late(place, year) + _drifted(place, year)
    elif place is not None:
        found += _late_below(place, year) + _drifted_below(place, year)
    return list({(one.rule, one.message): one for one in found}.values())


def _sources(place: Place | None, year: int) -> dict[str, list[PlainFigure]]:
    """What is declared of the place by sources that speak of the year, each read whole."""
    if place is None:
        return {}
    here = DeclaredFigure.objects.filter(place=place)
    by_source = defaultdict(list)
    for row in here.filter(source__in=here.filter(year=year).values("source")).select_related("place"):
        by_source[row.source].append(as_plain(row))
    return by_source


def _declared(
    place: Place | None, year: int, sources: dict[str, list[PlainFigure]], boundary: set[int]
) -> tuple[list[Finding], list[Finding]]:
    """Findings of declared figures of the place: as the rules say them, and with the source in the words.

    What a source says about its period counts; other years' findings are left out.
    """
    plain, in_words = [], []
    for source, rows in sorted(sources.items()):
        found = [
            one
            for one in figure_checks.check_source(rows, boundary_years={place.code: boundary})
            if one.year in (None, year)
        ]
        plain += found
        in_words += named(source, stamped(found, year=year))
    return plain, in_words


def _targets(place: Place | None) -> list[Finding]:
    return [one for one in check_all_targets() if one.place == (place.code if place else "")]


def _against_last_year(place: Place | None, year: int, boundary: set[int]) -> list[Finding]:
    """R-24 and the 100 % of R-21, by model."""
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

    A dossier registered late says why ("xét bổ sung"), and so is told only; for all others whoever signs gives the
    reason, beside the finding.
    """
    rows = (
        Registration.objects.live()
        .within(place)
        .filter(year=year, proposal__isnull=False)
        .order_by("model", "rulebook", "late_reason")
        .values("model", "rulebook", "late_reason")
        .annotate(proposed=Max("proposal__signed_on"), decided=Max("award__decision__signed_on"))
    )
    rulebooks = Rulebook.objects.in_bulk({row["rulebook"] for row in rows})
    found = []
    for row in rows:
        for name, done_on in ((Step.PROPOSE, row["proposed"]), (Step.DECIDE, row["decided"])):
            label, deadline = _last_day(rulebooks[row["rulebook"]], name, year)
            if done_on is None or deadline is None:
                continue
            late = year_checks.check_deadline(done_on=done_on, deadline=deadline, reason=row["late_reason"])
            found += [
                replace(one, message=f"{label}: {one.message}", place=place.code, year=year, model=row["model"])
                for one in late
            ]
    return found


def _last_day(rulebook: Rulebook, name: str, year: int) -> tuple[str, datetime.date | None]:
    """(model and step in words, the last day of the step), the day only where the law says it."""
    step = rulebook.spec.step_named(name)
    if step is None or step.deadline is None or step.deadline.fact.confidence != "V":
        return "", None
    label = _("%(model)s, %(step)s") % {"model": LearningModel(rulebook.model).label, "step": step.label}
    return label, step.deadline.on(year)


def _late_below(place: Place, year: int) -> list[Finding]:
    """R-11 above the ward: from letters and decisions, of which a province has thousands where dossiers are a million.

    How many of the places that took a step took it late. Letters of dossiers registered late are told by their ward.
    """
    inside = f"(p.id = %(place)s OR p.{place.level}_id = %(place)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'propose', l.place_id, max(l.signed_on), r.rulebook_id FROM recognition_proposal l"
            f" JOIN units_place p ON p.id = l.place_id AND {inside}"
            " CROSS JOIN LATERAL (SELECT rulebook_id FROM recognition_registration"
            " WHERE proposal_id = l.id AND late_reason = '' LIMIT 1) r"
            " WHERE l.year = %(year)s AND l.state <> 'RETURNED' GROUP BY 2, 4"
            " UNION ALL SELECT 'decide', d.place_id, max(d.signed_on), r.rulebook_id FROM recognition_decision d"
            f" JOIN units_place p ON p.id = d.place_id AND {inside}"
            " CROSS JOIN LATERAL (SELECT rulebook_id FROM recognition_award a"
            " JOIN recognition_registration r ON r.id = a.registration_id"
            " WHERE a.decision_id = d.id AND late_reason = '' LIMIT 1) r"
            " WHERE d.year = %(year)s AND d.state = 'ISSUED' GROUP BY 2, 4",
            {"place": place.pk, "year": year},
        )
        rows = cursor.fetchall()
    rulebooks = Rulebook.objects.in_bulk({row[3] for row in rows})
    steps = {Step.PROPOSE: "propose", Step.DECIDE: "decide"}
    found = []
    for pk, rulebook in sorted(rulebooks.items(), key=lambda one: (one[1].model, one[0])):
        for name, word in steps.items():
            days = [row[2] for row in rows if row[3] == pk and row[0] == word]
            label, deadline = _last_day(rulebook, name, year)
            if not days or deadline is None:
                continue
            late = year_checks.check_late_places(
                late=sum(day > deadline for day in days), places=len(days), last=max(days), deadline=deadline
            )
            found += [
                replace(one, message=f"{label}: {one.message}", place=place.code, year=year, model=rulebook.model)
                for one in late
            ]
    return found


def _moved_shares(place: Place, year: int) -> list[tuple[Registration, MeasureLine]]:
    """Shares dossiers are judged by that were counted; typed ones were never the records'."""
    rows = list(
        Registration.objects.live()
        .within(place)
        .filter(year=year, pk__in=MeasureSnapshot.objects.values("registration"))
        .select_related("registrant", "commune__district")
        .order_by("model", "registrant__sort_key", "pk")
    )
    return [(row, line) for row, line in judged_by(rows) if line.kept is not None and line.now is not None]


def _drifted(place: Place, year: int) -> list[Finding]:
    """R-12: shares a dossier is judged by that the records no longer say."""
    found = []
    for row, line in _moved_shares(place, year):
        name = _("%(who)s, %(share)s") % {"who": row.registrant.name, "share": line.derived.title}
        names = {"numerator": name + " " + _("(tử số)"), "denominator": name + " " + _("(mẫu số)")}
        kept = {text: getattr(line.kept.computed, key) or 0 for key, text in names.items()}
        now = {text: getattr(line.now.share, key) or 0 for key, text in names.items()}
        found += stamped(year_checks.check_snapshot(kept, now), place=place.code, year=year, model=row.model)
    return found


def _drifted_below(place: Place, year: int) -> list[Finding]:
    """R-12 above the ward: how many dossiers, and where most; their wards name each."""
    moved: dict[str, dict[tuple, set[int]]] = defaultdict(lambda: defaultdict(set))
    for row, line in _moved_shares(place, year):
        kept, now = line.kept.computed, line.now.share
        if (kept.numerator or 0, kept.denominator or 0) != (now.numerator or 0, now.denominator or 0):
            moved[row.model][_ward(row)].add(row.pk)
    return [
        finding
        for model, places in sorted(moved.items())
        for finding in stamped(
            year_checks.check_drifts(
                str(LearningModel(model).label), [(name, len(ids)) for (name, _key), ids in sorted(places.items())]
            ),
            place=place.code,
            year=year,
            model=model,
        )
    ]


def _ward(row: Registration) -> tuple[str, int]:
    """Its name, with the district of then, and its key; a dossier of a district or province stands for itself."""
    if row.commune is None:
        return row.registrant.name, row.registrant_id
    return name_under(row.commune, row.commune.district), row.commune_id


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
