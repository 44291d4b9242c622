"""Desks: the places people sit at. What waits for whom is asked of all desks at once, whoever they belong to.

A desk is one person at one place with every role held there. Reading goes through the place and all places that went
wholly into it, so the work of a merged ward lies on the desk of the new one.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from units.choices import LEVEL_ORDER, Level
from units.models import Place, Posting, Succession

LEVELS = tuple(Level.values)


@dataclass(frozen=True)
class Desk:
    """One person at one place (None: the nation). `members`: the place and those that went wholly into it."""

    user_id: int
    place: Place | None
    roles: frozenset[str]
    members: frozenset[int]

    @property
    def level(self) -> str | None:
        return self.place.level if self.place else None

    def holds(self, *roles: str) -> bool:
        """Does the desk belong to one of these roles?"""
        return bool(self.roles.intersection(roles))


def desks_of(postings: Iterable[Posting]) -> list[Desk]:
    """Desks of postings in force, nearest places first. As many statements as there were reforms in a row."""
    roles: dict[tuple, set[str]] = defaultdict(set)
    places: dict[int | None, Place | None] = {}
    for posting in postings:
        roles[posting.user_id, posting.place_id].add(posting.role)
        places[posting.place_id] = posting.place
    members = _members({pk for pk in places if pk})
    found = [
        Desk(user_id, places[place_id], frozenset(held), frozenset(members.get(place_id, ())))
        for (user_id, place_id), held in roles.items()
    ]
    return sorted(found, key=lambda desk: -LEVEL_ORDER.index(Level(desk.level)) if desk.place else 1)


def _members(roots: set[int]) -> dict[int, set[int]]:
    """Each place with everything that went wholly into it."""
    links: dict[int, set[int]] = defaultdict(set)
    known, wave = set(roots), set(roots)
    while wave:  # as many rounds as there were reforms, not as there are places
        pairs = Succession.objects.filter(to_place__in=wave, partial=False).values_list("to_place_id", "from_place_id")
        wave = set()
        for after, before in pairs:
            links[after].add(before)
            wave.add(before)
        wave -= known
        known |= wave
    found = {}
    for root in roots:
        inside, todo = {root}, [root]
        while todo:
            new = links.get(todo.pop(), set()) - inside
            inside |= new
            todo += new
        found[root] = inside
    return found


@dataclass
class Pile:
    """How many things of one sort lie somewhere, since when, and the first day one is due."""

    count: int = 0
    oldest: datetime.date | None = None
    due: datetime.date | None = None

    def add(self, count: int, oldest=None, due=None) -> None:
        """Lay more of the same sort on it."""
        self.count += count
        self.oldest = min(filter(None, (self.oldest, oldest)), default=None)
        self.due = min(filter(None, (self.due, due)), default=None)


class Piles:
    """Piles by place and every place above it, so a desk at any level finds its own."""

    def __init__(self):
        self._piles: dict[int | None, Pile] = defaultdict(Pile)

    def add(self, place_ids: Iterable[int | None], count: int, oldest=None, due=None) -> None:
        """`place_ids`: the place of a row with all places above it."""
        for pk in {None, *place_ids}:
            self._piles[pk].add(count, oldest, due)

    def at(self, desk: Desk) -> Pile:
        """What lies inside the desk's places."""
        whole = Pile()
        for pk in desk.members or (None,):
            pile = self._piles.get(pk)
            if pile:
                whole.add(pile.count, pile.oldest, pile.due)
        return whole
