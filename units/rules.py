"""Who may see and keep what in the register. No request objects; every question is answered from postings."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q

from units.choices import REGISTER_KEEPERS, Level, Role
from units.models import Place, Posting, Registrant, Succession, User

LEVEL_COLUMNS = {
    Level.PROVINCE: "province_id",
    Level.DISTRICT: "district_id",
    Level.COMMUNE: "commune_id",
    Level.HAMLET: "hamlet_id",
}


@dataclass
class Scope:
    """The places a person's postings cover: everything, or place ids by level (predecessors included for reading)."""

    everything: bool = False
    places: dict[str, set[int]] = field(default_factory=dict)

    def q(self, prefix: str = "", *, own: bool = False) -> Q:
        """Filter for rows inside the scope.

        Facts carry hamlet_id … province_id themselves. With `own`, `prefix` leads to a Place, and the place itself
        counts too.
        """
        if self.everything:
            return Q(pk__isnull=False)  # true for every row; an empty Q would vanish beside "|" and let the rest decide
        condition = Q(pk__in=[])
        for level, ids in self.places.items():
            if not (own and level == Level.HAMLET):  # a Place has no column for its own level's last step
                condition |= Q(**{f"{prefix}{LEVEL_COLUMNS[level]}__in": ids})
            if own:
                condition |= Q(**{f"{prefix}id__in": ids})
        return condition

    def covers(self, row) -> bool:
        """Is a place or a fact (anything with the four place columns) inside the scope?"""
        if self.everything:
            return True
        if isinstance(row, Place):
            return any(value in self.places.get(level, ()) for level, value in _place_ids(row).items())
        return any(
            getattr(row, column) in self.places.get(level, ())
            for level, column in LEVEL_COLUMNS.items()
            if getattr(row, column)
        )


def _place_ids(place: Place) -> dict[str, int | None]:
    return {level: place.fact_ids[column] for level, column in LEVEL_COLUMNS.items()}


def predecessors(place_ids: set[int]) -> set[int]:
    """Places that went wholly into the given ones, through any number of successions, the given ones included."""
    known, wave = set(place_ids), set(place_ids)
    while wave:  # as many rounds as there were reforms, not as there are places
        wave = (
            set(Succession.objects.filter(to_place__in=wave, partial=False).values_list("from_place_id", flat=True))
            - known
        )
        known |= wave
    return known


def _scope(postings: list[Posting], *, with_past: bool) -> Scope:
    scope = Scope()
    by_level: dict[str, set[int]] = {}
    for posting in postings:
        if posting.place is None:
            scope.everything = True
        else:
            by_level.setdefault(posting.place.level, set()).add(posting.place_id)
    scope.places = {level: predecessors(ids) if with_past else ids for level, ids in by_level.items()}
    return scope


def scope_of(user: User) -> Scope:
    """What the person may read."""
    return _cached_scope(user, user.active_postings()) if user.is_authenticated else Scope()


def _cached_scope(user: User, postings: list[Posting]) -> Scope:
    """Computed once per request and set of postings (the user object lives that long)."""
    scopes = user.__dict__.setdefault("_scopes", {})
    key = tuple(posting.pk for posting in postings)
    if key not in scopes:
        scopes[key] = _scope(postings, with_past=True)
    return scopes[key]


def role_scope(user: User, roles) -> Scope:
    """Places where the person holds one of `roles` today: where they may act."""
    if not user.is_authenticated:
        return Scope()
    return _cached_scope(user, [posting for posting in user.active_postings() if posting.role in roles])


def places_visible_to(user: User):
    """Places inside the person's postings (for pickers and lists of one's own places)."""
    scope = scope_of(user)
    return Place.objects.filter(scope.q(own=True))


def may_keep_register(user: User, place: Place) -> bool:
    """May the person add or correct registrants standing in `place`?"""
    return role_scope(user, REGISTER_KEEPERS).covers(place)


def may_correct(user: User, registrant: Registrant) -> bool:
    """May the person correct, close or reopen this registrant?"""
    return role_scope(user, REGISTER_KEEPERS).covers(registrant)


def may_manage_hamlets(user: User, commune: Place) -> bool:
    """Hamlets are created and corrected by the ward's staff (and administrators)."""
    return role_scope(user, (Role.WARD_OFFICER, Role.WARD_CHAIR, Role.ADMINISTRATOR)).covers(commune)


def may_manage_staff(user: User) -> bool:
    """Accounts and postings are kept by administrators."""
    return user.is_authenticated and user.has_role(Role.ADMINISTRATOR)
