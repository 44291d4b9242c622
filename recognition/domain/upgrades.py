"""R-09: whoever asks for a higher level holds a valid decision of the lower one, old enough."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition import year_checks
from recognition.checks import ERROR, Finding
from recognition.choices import AwardStatus
from recognition.models import Award, Proposal, Registration, Rulebook


def upgrade_findings(
    rows: Sequence[Registration], *, asked_on: datetime.date | None = None
) -> list[tuple[Registration, Finding]]:
    """What R-09 says about dossiers that reached the higher level. Three queries at most, whatever their number.

    Asked on the day of the letter that proposes it; while there is none, today (or `asked_on`).

    A registrant never recognised before asks directly, which the circulars allow. Asked for too early it is an error
    where the rulebook says so; everything else is a warning, and who decides judges.
    """
    today = asked_on or timezone.localdate()
    rows = [row for row in rows if row.level]
    if not rows:
        return []
    rulebooks = Rulebook.objects.in_bulk({row.rulebook_id for row in rows})
    asking = []
    for row in rows:
        upgrade = rulebooks[row.rulebook_id].spec.upgrade
        if upgrade is not None and row.level == upgrade.to_level:
            asking.append((row, upgrade))
    if not asking:
        return []
    letters = {row.proposal_id for row, _upgrade in asking} - {None}
    days = dict(Proposal.objects.filter(pk__in=letters).values_list("pk", "signed_on")) if letters else {}
    before: dict[tuple[int, str], list[Award]] = defaultdict(list)
    kept = Award.objects.filter(
        Q(level__isnull=False), registrant__in={row.registrant_id for row, _upgrade in asking}
    ).select_related("decision")
    for award in kept.order_by("decision__signed_on", "pk"):
        before[award.registrant_id, award.model].append(award)
    found = []
    for row, upgrade in asking:
        awards = [one for one in before[row.registrant_id, row.model] if one.registration_id != row.pk]
        valid = [one for one in awards if one.level >= upgrade.from_level and one.status == AwardStatus.VALID]
        lower = [one for one in valid if one.level == upgrade.from_level]
        last = valid[-1] if valid else None
        found += [
            (row, one)
            for one in year_checks.check_upgrade(
                asked_on=asked_on or days.get(row.proposal_id, today),
                decided_on=lower[0].decision.signed_on if lower else None,
                valid_until=last.valid_until if last else None,
                # never recognised, or recognised at the higher level before
                directly=not awards or any(one.level >= upgrade.to_level for one in valid),
                months=upgrade.months,
                blocks=upgrade.blocks,
            )
        ]
    return found


def too_early(rows: Sequence[Registration]) -> list[tuple[int, str]]:
    """(dossier, sentence) of those that may not be given the higher level yet."""
    return [
        (
            row.pk,
            _("%(why)s Hãy trả lại hồ sơ để lập tờ trình từ ngày đó, hoặc ghi là không công nhận.")
            % {"why": finding.text},
        )
        for row, finding in upgrade_findings(rows)
        if finding.level == ERROR
    ]
