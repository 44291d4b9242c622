"""R-05 on records: every inspected community is ranked, or its missing rank has a reason."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from recognition import checks
from recognition.checks import Finding
from recognition.choices import LearningModel, State
from recognition.domain.tallies import Figures
from recognition.models import Inspection, Registration
from units.choices import Level
from units.models import Place


def ranking_findings(place: Place | None, year: int, model: str, figures: Figures) -> list[Finding]:
    """Findings of R-05 for a place: all communities a finished inspection should have ranked. At most two queries."""
    if model != LearningModel.COMMUNITY_COMMUNE or not figures.assessed or place is None:
        return []
    finished = Inspection.objects.filter(model=model, year=year, ends_on__lt=timezone.localdate())
    above = [pk for pk in (place.pk, place.district_id, place.province_id) if pk]
    inside = Q() if place.level == Level.HAMLET else Q(**{f"place__{place.level}": place.pk})
    ranked = sum(figures.ranks.values())
    if ranked == figures.assessed and ranked == figures.inspected:
        return []
    if not finished.filter(Q(place__in=above) | inside).exists():
        # The team is still at work: only what it has already scored must carry a rank.
        return checks.check_ranked(inspected=figures.inspected, ranked=min(ranked, figures.inspected))
    open_rows = (
        Registration.objects.live()
        .within(place)
        .filter(model=model, year=year, rank="", self_half__isnull=False)
        .select_related("commune")
        .order_by("commune__sort_key", "pk")
    )
    excused = [row for row in open_rows if row.state in (State.RETURNED, State.REFUSED) and row.state_note]
    missing = [row for row in open_rows if row not in excused]
    return checks.check_ranked(
        inspected=ranked + len(excused) + len(missing),
        ranked=ranked,
        unranked_with_reason=len(excused),
        names=[str(row.commune) for row in missing],
    )
