"""What pages say of a dossier's shares: what counts, what is asked, and how far the records have moved since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recognition.choices import LearningModel
from recognition.domain.measures.computing import Computed, count_for_dossiers
from recognition.domain.measures.definitions import DEFINITIONS
from recognition.domain.measures.freezing import areas_of, basis_for, types_of
from recognition.models import MeasureSnapshot, Registration, Rulebook
from recognition.scoring import not_asked
from recognition.shares import Share, gap_of, points_of_shares


@dataclass(frozen=True)
class MeasureLine:
    """One derived share of a dossier: as submitted, as it would be today, and what is asked."""

    derived: object
    required: Decimal | None
    kept: MeasureSnapshot | None
    now: Computed | None
    asked: bool = True

    @property
    def share(self) -> Share | None:
        """What counts: kept with the dossier, or counted now when nothing is kept yet."""
        return self.kept.share if self.kept else self.now.share if self.now else None

    @property
    def share_text(self) -> str:
        """ "41/120 (34,2%)", "không có mẫu số", "chưa có số liệu"."""
        return (self.share or Share(0, None)).text(self.required)

    @property
    def enforced(self) -> bool:
        return self.asked and self.required is not None

    @property
    def met(self) -> bool | None:
        """Is the mark reached? None when nothing is asked."""
        return None if not self.enforced else bool(self.share and self.share.meets(self.required))

    @property
    def worth(self) -> Decimal | None:
        """Points of its criterion the share is worth; None where the rules have no table."""
        return self.derived.points_for(self.share) if self.asked else None

    @property
    def drift(self) -> bool:
        """Have the records moved since the numbers were kept?"""
        return bool(self.kept and self.now) and self.kept.list_hash != self.now.list_hash

    @property
    def still_open(self) -> int:
        """Dossiers of the models below that are not decided: the share may still change."""
        return self.now.still_open if self.now else 0

    @property
    def more_than_all(self) -> bool:
        """More counted than reported: the register and the reported number do not fit."""
        share = self.share
        return bool(share and share.denominator is not None and share.numerator > share.denominator)

    @property
    def gap(self) -> str:
        """What of the share is not in the register and so has to be declared, in a sentence."""
        return gap_of(self.derived.measure)

    @property
    def below_labels(self) -> str:
        """Names of the models whose results are counted."""
        definition = DEFINITIONS.get(self.derived.measure)
        return ", ".join(str(LearningModel(model).label) for model in definition.below) if definition else ""


@dataclass(frozen=True)
class GivenPoints:
    """Points of a criterion that the rules' table reads off a share; `sentence` says which share and how many."""

    points: Decimal
    share: str
    sentence: str


def given_points(rows: Sequence[Registration]) -> dict[int, dict[str, GivenPoints]]:
    """Dossier → criterion → the points its share is worth, by the very numbers a scoring now would be judged by.

    One query where no rulebook has such a table; otherwise the statements do not grow with the rows. A share without
    a denominator decides nothing: whoever scores gives those points.
    """
    rulebooks = Rulebook.objects.in_bulk({row.rulebook_id for row in rows})
    rows = [row for row in rows if any(one.brackets for one in rulebooks[row.rulebook_id].spec.derived)]
    if not rows:
        return {}
    basis, types = basis_for(rows, rulebooks), types_of(rows)
    found = {}
    for row in rows:
        spec, measures = rulebooks[row.rulebook_id].spec, basis[row.pk].measures
        worth = points_of_shares(spec, measures, not_asked(spec, types.get(row.pk, "")))
        shares = {one.criterion: measures[one.measure] for one in spec.derived if one.criterion in worth}
        found[row.pk] = {
            code: GivenPoints(points, shares[code].text(), sentence) for code, (points, sentence) in worth.items()
        }
    return found


def computed_points(given: Mapping[str, GivenPoints], scores: Mapping, na: Collection[str]) -> dict[str, Decimal]:
    """What the table gives for the items a sheet leaves open."""
    return {code: one.points for code, one in given.items() if scores.get(code) is None and code not in na}


def judged_by(rows: Sequence[Registration]) -> list[tuple[Registration, MeasureLine]]:
    """The required shares dossiers are judged by, for whoever decides on them. Statements do not grow with rows."""
    rulebooks = Rulebook.objects.in_bulk({row.rulebook_id for row in rows})
    rows = [row for row in rows if any(one.required for one in rulebooks[row.rulebook_id].spec.derived)]
    if not rows:
        return []
    now = count_for_dossiers({row.pk: rulebooks[row.rulebook_id].spec for row in rows})
    kept = {(one.registration_id, one.code): one for one in MeasureSnapshot.objects.filter(registration__in=rows)}
    areas, types = areas_of(rows), types_of(rows)
    found = []
    for row in rows:
        spec = rulebooks[row.rulebook_id].spec
        beside = not_asked(spec, types.get(row.pk, ""))
        for derived in spec.derived:
            required = derived.required.get(areas.get(row.commune_id, "NORMAL"))
            if required is not None and derived.criterion not in beside:
                line = MeasureLine(derived, required, kept.get((row.pk, derived.code)), now[row.pk].get(derived.code))
                found.append((row, line))
    return found


def lines_of(registration: Registration, area: str) -> list[MeasureLine]:
    """Every derived share of a dossier. No query for rules without any."""
    spec = registration.rulebook.spec
    if not spec.derived:
        return []
    now = count_for_dossiers({registration.pk: spec})[registration.pk]
    kept = {one.code: one for one in registration.measures.all()}
    kind = types_of([registration]).get(registration.pk, "")
    beside = {leaf.code for leaf in spec.leaves if not leaf.is_for(kind)}
    return [
        MeasureLine(
            derived,
            derived.required.get(area),
            kept.get(derived.code),
            now.get(derived.code),
            asked=derived.criterion not in beside,
        )
        for derived in spec.derived
    ]
