"""Where self-score and inspection differ, by criterion and by place; what looks too good or too equal (R-21, R-22).

Read from concluded sheets, which keep the self-score they were compared with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from portal.lib.numbers import round_half_up
from recognition import outliers
from recognition.choices import Stage
from recognition.domain.inspecting import is_single
from recognition.models import Inspection, InspectionSheet, Rulebook
from recognition.outliers import Outlier
from recognition.scoring import NOT_APPLICABLE
from units.choices import Level


@dataclass
class Gap:
    """Averages over `count` pairs of scores. `largest`: the widest single difference, and whose it is."""

    name: str
    count: int = 0
    own_sum: Decimal = Decimal(0)
    inspected_sum: Decimal = Decimal(0)
    largest: Decimal | None = None
    largest_at: str = ""
    wide: int = 0

    def add(self, whose: str, own: Decimal, inspected: Decimal) -> None:
        """Count one pair of scores."""
        gap = inspected - own
        self.count += 1
        self.own_sum += own
        self.inspected_sum += inspected
        if self.largest is None or abs(gap) > abs(self.largest):
            self.largest, self.largest_at = gap, whose
        self.wide += outliers.is_wide(gap)

    @property
    def own(self) -> Decimal | None:
        return round_half_up(self.own_sum / self.count, 2) if self.count else None

    @property
    def inspected(self) -> Decimal | None:
        return round_half_up(self.inspected_sum / self.count, 2) if self.count else None

    @property
    def gap(self) -> Decimal | None:
        """Average difference, rounded once (not the difference of rounded averages)."""
        return round_half_up((self.inspected_sum - self.own_sum) / self.count, 2) if self.count else None


@dataclass
class CriterionGap(Gap):
    """A scored criterion of a rulebook."""

    code: str = ""
    maximum: Decimal = Decimal(0)


@dataclass
class RulebookGaps:
    """The criteria of one rulebook; a team may meet dossiers of two."""

    title: str
    provisional: bool
    criteria: list[CriterionGap]


@dataclass
class GapReport:
    """Everything the page and the workbook show."""

    inspection: Inspection
    count: int = 0
    total: Gap = field(default_factory=lambda: Gap(""))
    rulebooks: list[RulebookGaps] = field(default_factory=list)
    places: list[Gap] = field(default_factory=list)
    findings: list[Outlier] = field(default_factory=list)


def gap_report(inspection: Inspection) -> GapReport:
    """Self against inspected over the concluded sheets of a team. Five queries, whatever their number."""
    sheets = list(
        InspectionSheet.objects.filter(
            visit__inspection=inspection, concluded_at__isnull=False, self_half__isnull=False
        )
        .select_related("registration__registrant", "visit__place")
        .prefetch_related("scores")
        .order_by("visit__place__sort_key", "visit__place_id", "registration__registrant__sort_key", "pk")
    )
    rulebooks = Rulebook.objects.in_bulk({sheet.registration.rulebook_id for sheet in sheets})
    report = GapReport(inspection, len(sheets))
    places: dict[int, Gap] = {}
    tables: dict[int, dict[str, CriterionGap]] = {
        pk: {leaf.code: CriterionGap(leaf.title, code=leaf.code, maximum=leaf.maximum) for leaf in rulebook.spec.leaves}
        for pk, rulebook in rulebooks.items()
    }
    for sheet in sheets:
        place = sheet.visit.place
        whose = place.name if is_single(place, inspection.model) else sheet.registration.registrant.name
        own, inspected = Decimal(sheet.self_half) / 2, Decimal(sheet.total_half) / 2
        report.total.add(whose, own, inspected)
        places.setdefault(place.pk, Gap(place.name)).add(whose, own, inspected)
        report.findings += outliers.score_gap(whose, own=own, inspected=inspected)
        _add_criteria(tables[sheet.registration.rulebook_id], rulebooks[sheet.registration.rulebook_id], sheet, whose)
    report.places = list(places.values())
    report.rulebooks = [
        RulebookGaps(rulebooks[pk].title, rulebooks[pk].spec.provisional, list(table.values()))
        for pk, table in sorted(tables.items())
    ]
    report.findings = [*too_equal(inspection), *report.findings]
    return report


def _add_criteria(table: dict[str, CriterionGap], rulebook: Rulebook, sheet: InspectionSheet, whose: str) -> None:
    """Pairs of one sheet; a criterion that does not apply on either side is no pair."""
    codes = rulebook.spec.leaf_codes
    if len(sheet.self_scores) != len(codes):
        return  # only a total was scored
    kept = {score.code: score.half for score in sheet.scores.all()}
    for code, own in zip(codes, sheet.self_scores, strict=True):
        inspected = kept.get(code)
        if own not in (None, NOT_APPLICABLE) and inspected not in (None, NOT_APPLICABLE):
            table[code].add(whose, Decimal(own) / 2, Decimal(inspected) / 2)


def widest(gaps: Iterable[Gap], count: int = 5) -> list[Gap]:
    """Those with the largest average difference, either way."""
    with_gap = [gap for gap in gaps if gap.gap]
    return sorted(with_gap, key=lambda gap: -abs(gap.gap))[:count]


def too_equal(inspection: Inspection) -> list[Outlier]:
    """R-21 for every hamlet (for communes' own dossiers, the whole place) under the team. One query."""
    below = inspection.place
    column = "r.hamlet_id" if below.level == Level.COMMUNE else "coalesce(r.hamlet_id, r.commune_id)"
    if inspection.model in ("COMMUNITY_COMMUNE", "COMMUNITY_DISTRICT", "COMMUNITY_HAMLET"):
        column = f"r.{below.fact_column}"  # one dossier a place: the places are compared with each other
    sql = (
        f"WITH d AS (SELECT {column} AS place_id, r.passed, a.scores, a.total_half FROM recognition_registration r"
        " LEFT JOIN recognition_assessment a ON a.registration_id = r.id AND a.stage = %s"
        f" WHERE r.{below.fact_column} = %s AND r.model = %s AND r.year = %s AND r.live),"
        " same AS (SELECT place_id, max(n) AS most, sum(n) AS of FROM (SELECT place_id, count(*) AS n FROM d"
        " WHERE total_half IS NOT NULL GROUP BY place_id, scores, total_half) g GROUP BY place_id)"
        " SELECT coalesce(p.name, ''), count(d.passed), count(*) FILTER (WHERE d.passed),"
        " coalesce(min(same.most), 0), coalesce(min(same.of), 0)::int FROM d JOIN units_place p ON p.id = d.place_id"
        " LEFT JOIN same ON same.place_id = d.place_id GROUP BY p.id, p.name, p.sort_key ORDER BY p.sort_key, p.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [str(Stage.SELF), below.pk, inspection.model, inspection.year])
        rows = cursor.fetchall()
    found = []
    for name, assessed, passed, same, scored in rows:
        found += outliers.pass_rate(name, passed=passed, assessed=assessed)
        found += outliers.identical_scores(name, same=same, assessed=scored)
    return found
