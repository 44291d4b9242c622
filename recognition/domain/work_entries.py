"""What waits at desks about one-time links: sheets people sent, for whoever enters self-scores there."""

from __future__ import annotations

from django.db.models import Count, Min, Q

from recognition.choices import EntryState, WorkKind
from recognition.domain.desks import Desk, Piles
from recognition.domain.work import Work
from recognition.models import EntryLink
from units.choices import Level, Role

_ROLES = {Level.HAMLET: (Role.HAMLET_OFFICER,), Level.COMMUNE: (Role.WARD_OFFICER,)}


def entries_of(desks: list[Desk], year: int) -> list[Work]:
    """Sent sheets of the year, a line for each model. One statement."""
    placed = [desk for desk in desks if desk.place and desk.holds(*_ROLES.get(desk.level, ()))]
    if not placed:
        return []
    members = {pk for desk in placed for pk in desk.members}
    rows = EntryLink.objects.filter(
        Q(registration__hamlet__in=members) | Q(registration__commune__in=members),
        state=EntryState.SENT,
        registration__year=year,
    )
    columns = ("registration__model", "registration__hamlet_id", "registration__commune_id")
    piles: dict[str, Piles] = {}
    for model, hamlet, commune, count, since in (
        rows.order_by().values_list(*columns).annotate(Count("pk"), Min("sent_at__date"))
    ):
        piles.setdefault(model, Piles()).add([hamlet, commune], count, since)
    found = []
    for desk in placed:
        for model, pile in ((model, one.at(desk)) for model, one in piles.items()):
            if pile.count:
                work = Work(desk.user_id, WorkKind.ENTRIES, desk.place, year, pile.count, model, oldest=pile.oldest)
                found.append(work)
    return found
