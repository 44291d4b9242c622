"""Steps of the map: hamlets end, merge, split, move and get other names; ended wards are carried, whole or in parts."""

from __future__ import annotations

from tests.walks.looking import YEARS
from tests.walks.steps import Done
from tests.walks.world import GROUPS, World
from units.choices import HamletKind, RegistrantKind
from units.domain.places import HamletDraft, create_hamlet
from units.domain.reforms.hamlets import close_hamlet, merge_hamlets, move_hamlet, rename_hamlets, split_hamlet
from units.domain.reforms.undoing import undo_change
from units.domain.reforms.wards import Choice, carry_ward
from units.models import Community, Place, PlaceChange, Registrant


def standing_in(places: list[Place]) -> set[int]:
    return set(Registrant.objects.filter(hamlet__in=places, closed_on=None).values_list("pk", flat=True))


def communities_of(places: list[Place]) -> set[int]:
    return set(Community.objects.filter(place__in=places).values_list("pk", flat=True))


def reform(words: str, change: PlaceChange, moved: set[int], closed: set[int] = frozenset()) -> Done:
    """A reform: whoever moved stands in its targets, nobody comes or goes but the communities that end with it."""
    went = dict(change.moves.filter(to_place__isnull=False).values_list("registrant", "to_place"))
    stands = {row.pk: row.place.pk for row in Registrant.objects.filter(pk__in=went, closed_on=None)}
    assert stands == went, (words, stands, went)
    assert set(went) <= moved, (words, went, moved)
    return Done(
        f"{words} on {change.effective_on}", lambda: undo_change(actor=None, change=change), moved=moved, counted=closed
    )


def merge(world: World) -> Done | None:
    hamlets = world.hamlets(world.hamlet().commune)
    chosen = world.dice.sample(hamlets, min(len(hamlets), world.dice.randint(1, 3)))
    into = world.dice.choice((world.dice.choice(hamlets), HamletDraft(world.name("Khu phố"), HamletKind.KHU_PHO)))
    day, moved = world.day(), standing_in(chosen)
    change = merge_hamlets(actor=None, hamlets=chosen, into=into, on=day)
    assert not standing_in([one for one in chosen if one != into])
    return reform(f"{chosen} merge into {into}", change, moved, communities_of(chosen))


def split(world: World) -> Done | None:
    place, day = world.hamlet(), world.day()
    drafts = [HamletDraft(world.name("Khu phố"), HamletKind.KHU_PHO) for _side in range(world.dice.randint(2, 3))]
    sides = range(len(drafts))
    groups = {name: world.dice.choice(sides) for name in GROUPS}
    own = {
        row.pk: world.dice.choice(sides)
        for row in Registrant.objects.filter(hamlet=place, closed_on=None).order_by("pk")
        if row.kind in (RegistrantKind.CLAN, RegistrantKind.ORGANISATION)
        or (row.kind == RegistrantKind.HOUSEHOLD and world.dice.random() < 0.3)
    }
    moved = standing_in([place])
    change = split_hamlet(actor=None, hamlet=place, into=drafts, groups=groups, registrants=own, on=day)
    assert not standing_in([place])
    return reform(f"{place} splits into {drafts}", change, moved, communities_of([place]))


def move(world: World) -> Done | None:
    place, day = world.hamlet(), world.day()
    old = place.commune
    new = world.dice.choice([ward for ward in world.wards if ward != old])
    moved = standing_in([place])
    change = move_hamlet(actor=None, hamlet=place, commune=new, on=day, name=world.name("Khu phố"))
    return reform(f"{place} goes from {old} to {new}", change, moved, communities_of([place]))


def rename(world: World) -> Done | None:
    hamlets = world.hamlets(world.hamlet().commune)
    chosen = world.dice.sample(hamlets, min(len(hamlets), 2))
    day, moved = world.day(), standing_in(chosen)
    if len(chosen) == 2 and world.dice.random() < 0.5:
        names = {chosen[0]: chosen[1].name, chosen[1]: chosen[0].name}
    else:
        names = {chosen[0]: world.name("Ấp")}
    change = rename_hamlets(actor=None, names=names, on=day)
    return reform(f"{names}", change, moved)


def close(world: World) -> Done | None:
    place = world.hamlet()
    change = close_hamlet(actor=None, hamlet=place, on=world.day())
    return reform(f"{place} ends", change, set(), communities_of([place]))


def begin(world: World) -> Done | None:
    """One that was forgotten stood as long as its ward; another begins on a day."""
    since = world.dice.choice((None, world.day()))
    ward = world.dice.choice(world.wards)
    place = create_hamlet(actor=None, commune=ward, name=world.name("Khu phố"), valid_from=since)
    return Done(f"{place} begins", since=since.year if since else YEARS[0], moved=set())


def carry(world: World) -> Done | None:
    """The register of an ended ward goes to its successors: whole, or as much of it as somebody assigns."""
    whole, parts = world.ended
    old = world.dice.choice((whole, parts, parts))
    hamlets = list(Place.objects.filter(parent=old).order_by("pk"))
    people = Registrant.objects.filter(commune=old, closed_on=None).order_by("pk")
    if not people.exists():
        return None
    moved = set(people.values_list("pk", flat=True))
    ending = communities_of([old, *hamlets])
    choice = Choice({}, {}, {}) if old == whole else _assigned(world, hamlets, people)
    change = carry_ward(actor=None, old=old, choice=choice)
    return reform(f"{old} is carried: {choice}", change, moved - ending, ending)


def _assigned(world: World, hamlets: list[Place], people) -> Choice:
    dice, targets = world.dice, [ward.pk for ward in world.wards[:2]]
    return Choice(
        hamlets={one.pk: dice.choice(targets) for one in hamlets if dice.random() < 0.5},
        groups={(one.pk, name): dice.choice(targets) for one in hamlets for name in GROUPS if dice.random() < 0.3},
        registrants={
            row.pk: dice.choice(targets)
            for row in people
            if row.kind not in (RegistrantKind.CITIZEN, RegistrantKind.COMMUNITY) and dice.random() < 0.3
        },
        ward_level=dice.choice((None, *targets)),
    )


STEPS = {merge: 4, split: 4, move: 3, rename: 3, close: 1, begin: 1, carry: 4}
