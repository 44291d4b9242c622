"""Every total a dossier may get, scored once by the rulebook: chosen by SQL afterwards, so bulk stays set-based."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from psycopg2.extras import execute_values

from recognition.domain.errors import RecognitionError
from recognition.models import Rulebook
from recognition.rulebook_criteria import AREAS
from recognition.rulebook_spec import RulebookSpec
from recognition.scoring import ScoreError, evaluate, evaluate_total

TABLE = "generated_points"
VARIANTS = 6  # ways to spread the same total over the criteria
BELOW = 50  # half points below the pass mark that occur


@dataclass(frozen=True)
class Bounds:
    """Half points: the pass mark and the maximum of a rulebook in an area."""

    passing: int
    maximum: int


def create_points(cursor, rulebooks: list[Rulebook]) -> dict[tuple[int, str], Bounds]:
    """Fill the scratch table of results by rulebook, area and total; bounds by (rulebook id, area).

    Raises RecognitionError for a rulebook that no total can judge.
    """
    cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
    cursor.execute(
        f"CREATE TEMPORARY TABLE {TABLE} (rulebook_id bigint, area varchar, half smallint, variant smallint,"
        " scores smallint[], passed boolean, rank varchar, reasons text[], by_total text[])"
    )
    bounds, rows = {}, []
    for rulebook in rulebooks:
        for area in AREAS:
            mark = rulebook.spec.pass_mark(area)
            found = Bounds(int(mark * 2), int(rulebook.spec.maximum * 2))
            bounds[rulebook.pk, area] = found
            rows += _rows(rulebook, area, found)
    execute_values(cursor.cursor, f"INSERT INTO {TABLE} VALUES %s", rows, page_size=1000)
    cursor.execute(f"ANALYZE {TABLE}")
    return bounds


def _rows(rulebook: Rulebook, area: str, bounds: Bounds) -> list[tuple]:
    rng = random.Random(f"{rulebook.code}:{rulebook.version}:{area}")
    spec, rows = rulebook.spec, []
    try:
        for half in range(bounds.passing - BELOW, bounds.maximum + 1):
            total = evaluate_total(spec, Decimal(half) / 2, area)
            for variant in range(VARIANTS):
                halves = spread(rng, spec, half)
                points = {leaf.code: Decimal(value) / 2 for leaf, value in zip(spec.leaves, halves, strict=True)}
                result = evaluate(spec, points, area=area)
                rows.append(
                    (
                        rulebook.pk,
                        area,
                        half,
                        variant,
                        halves,
                        result.passed,
                        result.rank or "",
                        result.reasons,
                        total.reasons,
                    )
                )
    except ScoreError as error:
        raise RecognitionError(
            _("Bộ tiêu chí %(code)s không chấm được theo tổng điểm nên không tạo dữ liệu giả lập được: %(fault)s")
            % {"code": rulebook.code, "fault": error}
        ) from None
    return rows


def spread(rng: random.Random, spec: RulebookSpec, half: int) -> list[int]:
    """Half points per criterion that add up to `half`: in proportion to each maximum, then a little uneven."""
    limits = [int(leaf.maximum * 2) for leaf in spec.leaves]
    whole = sum(limits)
    found = [half * limit // whole for limit in limits]
    rest = half - sum(found)
    while rest:
        index = rng.randrange(len(limits))
        if found[index] < limits[index]:
            found[index] += 1
            rest -= 1
    for _transfer in range(len(limits)):
        giver, taker = rng.randrange(len(limits)), rng.randrange(len(limits))
        amount = min(rng.randrange(4), found[giver], limits[taker] - found[taker])
        found[giver] -= amount
        found[taker] += amount
    return found
