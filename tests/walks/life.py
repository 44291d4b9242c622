"""Steps of the register: people come, move, split, merge, leave and come back; clans and organisations are kept."""

from __future__ import annotations

import datetime

from recognition.domain import affiliating
from recognition.domain.merged_registrants import ENDED
from recognition.models import Registration
from tests.walks.steps import Done
from tests.walks.world import GROUPS, TODAY, World
from units.choices import CitizenGroup, CloseReason, HeadChange, ImportState, RegistrantKind, Sex
from units.domain import citizens, clans, closing, leaving, lives, organisations, register, registrants
from units.domain.communities import ensure_communities
from units.domain.duplicates.merging import BOOKS, fields_of, merge_duplicates, undo_merge
from units.models import ImportBatch, Registrant

HOUSEHOLD, CITIZEN, CLAN, ORGANISATION, COMMUNITY = (
    RegistrantKind.HOUSEHOLD,
    RegistrantKind.CITIZEN,
    RegistrantKind.CLAN,
    RegistrantKind.ORGANISATION,
    RegistrantKind.COMMUNITY,
)
MOVES = frozenset({"units_stay", "units_registertally"})


def with_people(rows: list[Registrant]) -> set[int]:
    """The registrants and everybody counted at them, closed ones too."""
    return {row.pk for row in rows} | {
        pk for row in rows for pk in registrants.people_of(row).values_list("pk", flat=True)
    }


def come(world: World) -> Done | None:
    hamlet = world.hamlet()
    day = world.dice.choice((world.day(), world.opening()))
    home = register.add_household(
        actor=None,
        hamlet=hamlet,
        name=world.name("Hộ"),
        opened_on=min(day, TODAY),
        group_name=world.dice.choice(GROUPS),
    )
    return Done(f"{home} comes to {hamlet}", since=home.opened_on.year, moved=set(), counted={home.pk})


def born(world: World) -> Done | None:
    host = world.one(world.dice.choice((HOUSEHOLD, ORGANISATION)))
    day = max(world.day(), host.opened_on)
    one = citizens.add_citizen(
        actor=None,
        host=host,
        name=world.name("Người"),
        birth_year=1999,
        sex=Sex.MALE,
        group=CitizenGroup.WORKERS,
        opened_on=day,
    )
    return Done(f"{one} is counted at {host} since {day}", since=day.year, moved=set(), counted={one.pk})


def move_home(world: World) -> Done | None:
    """Moved by mistake and back on the same day counts as if nobody had moved."""
    home, day = world.one(HOUSEHOLD), world.day()
    old = home.hamlet
    new = world.hamlet()
    lives.move(actor=None, registrant=home, hamlet=new, on=day)
    back = old.valid_to is None and (lambda: lives.move(actor=None, registrant=home, hamlet=old, on=day))
    return Done(
        f"{home} moves from {old} to {new} on {day}",
        back or None,
        moved=with_people([home]),
        besides=MOVES,
        since=day.year,
    )


def wrong_hamlet(world: World) -> Done | None:
    """Entered in the wrong place of the ward: every year since it came is counted in the right one."""
    kind = world.dice.choice((HOUSEHOLD, CLAN, ORGANISATION))
    row = world.one(kind, commune__valid_to=None)
    new = row and world.hamlet(row.commune)
    if not new:
        return None
    book, old = BOOKS[kind], row.place
    since = row.stays.get(until=None).since
    registrants.correct(actor=None, book=book, registrant=row, **{book.place_field: new})
    return Done(f"{row} belongs to {new}, not {old}", since=since.year, moved=with_people([row]))


def new_head(world: World) -> Done | None:
    home = world.one(HOUSEHOLD)
    lives.change_head(actor=None, registrant=home, name=world.name("Hộ"), on=TODAY, reason=HeadChange.values[0])
    return Done(f"{home} has another head", moved=set())


def split_home(world: World) -> Done | None:
    home, day = world.one(HOUSEHOLD, commune__valid_to=None), world.day()
    people = registrants.people_of(home).filter(closed_on=None).values_list("pk", flat=True)[:1]
    new = lives.split(actor=None, registrant=home, on=day, name=world.name("Hộ"), people=list(people))
    return Done(f"{new} leaves {home} on {day}", moved=set(), counted={new.pk})


def join_homes(world: World) -> Done | None:
    pair = world.some(HOUSEHOLD, 2, commune=world.dice.choice((*world.wards, *world.ended)))
    if len(pair) < 2:
        return None
    home, into = pair
    day = world.day()
    lives.merge(actor=None, registrant=home, into=into, on=day)
    return Done(f"{home} joins {into} on {day}", moved=with_people([home, into]), counted={home.pk})


def other_host(world: World) -> Done | None:
    one, host, day = world.one(CITIZEN), world.one(world.dice.choice((HOUSEHOLD, ORGANISATION))), world.day()
    citizens.transfer(actor=None, registrant=one, host=host, on=day)
    return Done(f"{one} is counted at {host} since {day}", moved={one.pk})


def leave(world: World) -> Done | None:
    """Out of the register, by mistake perhaps: back in the same year it is as if it had not been."""
    row = world.one(world.dice.choice((HOUSEHOLD, CITIZEN, CLAN, ORGANISATION, COMMUNITY)))
    if row is None:
        return None
    day = world.dice.choice((world.day(), TODAY, datetime.date(TODAY.year - 1, 10, 20)))
    reason = CloseReason.MISTAKE if row.kind == COMMUNITY else CloseReason.MOVED_AWAY
    closing.close_registrant(actor=None, registrant=row, reason=reason, closed_on=day)

    def back():
        closing.reopen_registrant(actor=None, registrant=row)

    same_year = day.year == TODAY.year and row.place.valid_to is None
    return Done(
        f"{row} leaves on {day}", back if same_year else None, since=day.year, moved=set(), counted=with_people([row])
    )


def come_back(world: World) -> Done | None:
    gone = list(Registrant.objects.exclude(closed_on=None).order_by("pk").select_related("hamlet", "commune"))
    if not gone:
        return None
    row = world.dice.choice(gone)
    closing.reopen_registrant(actor=None, registrant=row)
    return Done(f"{row} comes back", moved=None, counted=with_people([row]))


def leave_together(world: World) -> Done | None:
    """Those a list did not name leave together and come back together."""
    kind, ward = world.dice.choice((HOUSEHOLD, CITIZEN, ORGANISATION, CLAN)), world.dice.choice(world.wards)
    rows = world.some(kind, 3, commune=ward)
    if not rows:
        return None
    batch = ImportBatch.objects.create(kind=kind, place=ward, year=TODAY.year, state=ImportState.DONE)
    day = world.day()
    chosen = [row.pk for row in rows]
    leaving.take_out(actor=None, batch=batch, chosen=chosen, reason=CloseReason.MOVED_AWAY, closed_on=day)
    return Done(
        f"{', '.join(map(str, rows))} leave together on {day}",
        lambda: leaving.bring_back(actor=None, batch=batch, position=0),
        moved=set(),
        counted=with_people(rows),
    )


def same_twice(world: World) -> Done | None:
    """Two entries turn out to be one; an open dossier of the one that leaves is withdrawn."""
    kind = world.dice.choice((HOUSEHOLD, CITIZEN, CLAN, ORGANISATION))
    pair = world.some(kind, 2, commune=world.dice.choice(world.wards))
    if len(pair) < 2:
        return None
    kept, other = pair
    years = Registration.objects.filter(registrant=other).exclude(state__in=ENDED).values_list("year", flat=True)
    years, everybody = [TODAY.year, *years], with_people(pair)
    take = {name: world.dice.random() < 0.3 for name in fields_of(kind)}
    merge = merge_duplicates(actor=world.officer, kept=kept, other=other, take=take, withdraw=True)
    work = {"recognition_registration", "recognition_tally", "recognition_waitingday"} if merge.withdrawn else set()
    return Done(
        f"{other} is {kept} entered twice",
        lambda: undo_merge(actor=world.officer, merge=merge),
        since=min(years),
        moved=everybody,
        counted={other.pk},
        besides=frozenset(work),
    )


def join_clan(world: World) -> Done | None:
    clan, homes = world.one(CLAN), world.some(HOUSEHOLD, 2)
    if clan is None:
        return None
    clans.add_families(actor=None, clan=clan, households=[one.pk for one in homes], since=world.day())
    return Done(f"{homes} are families of {clan}", moved=set())


def leave_clan(world: World) -> Done | None:
    clan = world.one(CLAN)
    family = clan and clans.families_now(clan).order_by("pk").first()
    if not family:
        return None
    clans.end_family(actor=None, clan=clan, household=family.household_id, until=TODAY)
    return Done(f"a family leaves {clan}", moved=set())


def count_people(world: World) -> Done | None:
    school = world.one(ORGANISATION)
    year = world.dice.choice((TODAY.year - 1, TODAY.year))
    organisations.record_year(actor=None, organisation=school, year=year, staff=5, learners=world.dice.randint(0, 900))
    return Done(f"people of {school} in {year}", since=year, moved=set())


def confirm_people(world: World) -> Done | None:
    school, people = world.one(ORGANISATION), world.some(CITIZEN, 2)
    affiliating.confirm(
        actor=world.officer, organisation=school, citizens=[one.pk for one in people], learner=False, since=world.day()
    )
    return Done(f"{people} are people of {school}", moved=set())


def found_communities(world: World) -> Done | None:
    made = ensure_communities(actor=None, commune=world.dice.choice(world.wards), opened_on=world.day())
    return Done(f"{len(made)} communities", moved=set(), counted={one.pk for one in made})


STEPS = {
    come: 2,
    born: 2,
    move_home: 3,
    wrong_hamlet: 1,
    new_head: 1,
    split_home: 1,
    join_homes: 2,
    other_host: 2,
    leave: 4,
    come_back: 2,
    leave_together: 2,
    same_twice: 5,
    join_clan: 1,
    leave_clan: 1,
    count_people: 1,
    confirm_people: 1,
    found_communities: 1,
}
