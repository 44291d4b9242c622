"""One place and year across all models at once, so that a leader need not open them one after another."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from recognition.choices import HAMLET_MODELS, WARD_MODELS, LearningModel
from recognition.domain.declared import declared_within, models_declared, with_declared
from recognition.domain.extents import Extent
from recognition.domain.tallies import SUMS, Figures, figures_from, rows_of, total_sql, with_predecessors
from recognition.domain.targets import TargetFor, targets_for
from units.choices import Level
from units.models import Place


@dataclass(frozen=True)
class ModelFigures:
    """One model: this year, last year, and what it is measured against."""

    model: LearningModel
    figures: Figures
    previous: Figures
    target: TargetFor | None

    @property
    def gap(self) -> Decimal | None:
        """Points between the rate reached and the target; None without either, and in a year nobody recorded."""
        rate = self.figures.recognised_of_total if self.figures.has_dossiers else None
        return None if rate is None or self.target is None else rate - self.target.percent

    @property
    def change(self) -> Decimal | None:
        """Points against last year; None when either year is unknown."""
        rate, before = self.figures.recognised_of_total, self.previous.recognised_of_total
        return None if rate is None or before is None or not self.previous.has_dossiers else rate - before


def models_of(place: Place | None) -> tuple[LearningModel, ...]:
    """Models that are counted at a place: a ward's own community lies above its hamlets."""
    return HAMLET_MODELS if place is not None and place.level == Level.HAMLET else WARD_MODELS


def all_models(place: Place | None, year: int, models: tuple[LearningModel, ...] | None = None) -> list[ModelFigures]:
    """Every model counted at the place (or only `models`), with declared figures where no records exist.

    A fixed number of statements.
    """
    models = models_of(place) if models is None else models
    kept = kept_by_model(place, (year - 1, year), models)
    for one in (year - 1, year):
        for model in models_declared(place, one, models):
            kept[model, one] = with_declared(kept[model, one], declared_within(place, one, model))
    targets = targets_for(place, year, models=models)
    return [ModelFigures(model, kept[model, year], kept[model, year - 1], targets.get(model)) for model in models]


def kept_by_model(place: Place | None, years: tuple[int, ...], models) -> dict[tuple[str, int], Figures]:
    """Figures from records by model and year. One statement; two when the years cross the start of the place."""
    early = [one for one in years if place is not None and place.valid_from and one <= place.valid_from.year]
    groups = [(() if place is None else (place.pk,), [one for one in years if one not in early])]
    if early:
        groups.append((with_predecessors(place), early))
    found: dict[tuple[str, int], Figures] = {}
    for ids, some in groups:
        if some:
            found |= _of(Extent(place, some[0], ids), some, models)
    return found


def _of(extent: Extent, years: list[int], models) -> dict[tuple[str, int], Figures]:
    where, params = rows_of(extent)
    parts, values = [], []
    for model in models:
        total, total_params = total_sql(extent, model, year="y.year")
        parts.append(
            f"SELECT %s, y.year, ({total}), t.* FROM unnest(%s::int[]) AS y(year)"
            f" LEFT JOIN LATERAL (SELECT {SUMS} FROM recognition_tally"
            f" WHERE {where} AND year = y.year AND model = %s) AS t ON true"
        )
        values += [str(model), *total_params, years, *params, str(model)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return {(LearningModel(row[0]), row[1]): figures_from(row[2:]) for row in cursor.fetchall()}
