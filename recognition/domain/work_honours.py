"""What waits at desks about commendations: lists for whoever signs for the giving body, and lists that came back."""

from __future__ import annotations

from django.db.models import Count, Min

from recognition.choices import IssuingBody, WorkKind
from recognition.domain.association import WRITERS
from recognition.domain.closing import SIGNERS
from recognition.domain.desks import Desk, Piles
from recognition.domain.work import Work
from recognition.honour_choices import ListState
from recognition.models import CommendationList
from units.choices import Role


def honours_of(desks: list[Desk], year: int) -> list[Work]:
    """Lists whose letter is of the year. One statement."""
    placed = [desk for desk in desks if desk.place and _roles(desk)]
    if not placed:
        return []
    members = {pk for desk in placed for pk in desk.members}
    rows = CommendationList.objects.filter(signed_on__year=year, state__in=[ListState.SENT, ListState.RETURNED])
    sent = {body: Piles() for body in IssuingBody}
    back = Piles()
    counted = rows.order_by().values_list("state", "form__body", "place_id", "to_place_id")
    for state, body, place_id, to_place_id, count, since in counted.annotate(Count("pk"), Min("signed_on")):
        if state == ListState.SENT and to_place_id in members:
            sent[IssuingBody(body)].add([to_place_id], count, since)
        elif state == ListState.RETURNED and place_id in members:
            back.add([place_id], count, since)
    found = []
    for desk in placed:
        for kind, piles, roles in (
            (WorkKind.HONOURS, sent[IssuingBody.COMMITTEE], (Role.DECIDER,)),
            (WorkKind.HONOURS, sent[IssuingBody.ASSOCIATION], SIGNERS.get(desk.level, ())),
            (WorkKind.HONOURS_BACK, back, WRITERS.get(desk.level, ())),
        ):
            pile = piles.at(desk)
            if pile.count and desk.holds(*roles):
                found.append(Work(desk.user_id, kind, desk.place, year, pile.count, oldest=pile.oldest))
    return found


def _roles(desk: Desk) -> bool:
    """Does anything about commendations wait for such a desk?"""
    return desk.holds(Role.DECIDER, *SIGNERS.get(desk.level, ()), *WRITERS.get(desk.level, ()))
