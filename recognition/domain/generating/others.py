"""Organisations, clans, citizens and communities of one commune, beside its households. Invented names only."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence

from recognition.domain.generating.names import address, person
from recognition.domain.generating.places import HamletPair
from recognition.domain.generating.plan import CommunePlan, Plan
from units.choices import CitizenGroup, OrganisationType, Sex
from units.domain import citizens, clans, organisations
from units.domain.bulk import RegistrantDraft, add_registrants
from units.domain.communities import ensure_communities
from units.models import ClanMembership, Place, Registrant

SINCE = datetime.date(2025, 9, 5)  # after the reform, so each stands in one place only
HOUSEHOLDS_PER_CITIZEN, HOUSEHOLDS_PER_CLAN, FAMILIES = 10, 100, 6


def enter_others(plan: Plan, commune: CommunePlan, hamlets: Sequence[HamletPair]) -> None:
    """Every type of organisation, clans with their families, citizens at home and at work, and the communities.

    The number of statements does not depend on how many there are.
    """
    rng = random.Random(f"{plan.seed}:{commune.commune.code}:others")
    places = [pair.new for pair in hamlets]
    ensure_communities(actor=None, commune=commune.commune)
    offices = _organisations(rng, places, urban=commune.commune.kind == "phường")
    homes = list(
        Registrant.objects.households().open().filter(commune=commune.commune, opened_on__lt=SINCE).order_by("pk")
    )
    _clans(rng, places, homes, commune.households)
    chosen = rng.sample(homes, min(len(homes), max(1, commune.households // HOUSEHOLDS_PER_CITIZEN)))
    where = {place.pk: place for place in places}
    drafts = [_citizen(rng, where[host.hamlet_id], host) for host in [*chosen, *offices]]
    add_registrants(actor=None, book=citizens.BOOK, drafts=drafts)


def _organisations(rng, places: list[Place], *, urban: bool) -> list[Registrant]:
    drafts = [
        RegistrantDraft(
            rng.choice(places),
            f"{OrganisationType(kind).label} số {number}",
            SINCE,
            {"type": kind, "address": address(rng, urban=urban), "has_branch": True, "branch_chair": person(rng)},
        )
        for number, kind in enumerate(OrganisationType.values, start=1)
    ]
    return add_registrants(actor=None, book=organisations.BOOK, drafts=drafts)


def _clans(rng, places: list[Place], homes: list[Registrant], households: int) -> None:
    """Families share the clan's surname; each household is of one clan."""
    by_surname: dict[str, list[Registrant]] = {}
    for home in homes:
        by_surname.setdefault(home.name.split()[0], []).append(home)
    surnames = sorted(by_surname, key=lambda name: (-len(by_surname[name]), name))
    surnames = surnames[: max(1, households // HOUSEHOLDS_PER_CLAN)]
    drafts = [
        RegistrantDraft(rng.choice(places), f"Họ {surname}", SINCE, {"has_committee": True}) for surname in surnames
    ]
    rows = add_registrants(actor=None, book=clans.BOOK, drafts=drafts)
    ClanMembership.objects.bulk_create(
        ClanMembership(clan_id=clan.pk, household_id=home.pk, since=SINCE)
        for clan, surname in zip(rows, surnames, strict=True)
        for home in rng.sample(by_surname[surname], min(FAMILIES, len(by_surname[surname])))
    )


def _citizen(rng, place: Place, host: Registrant) -> RegistrantDraft:
    values = {
        f"{citizens.SIDES[host.kind]}_id": host.pk,
        "birth_year": rng.randint(1950, 2006),
        "sex": rng.choice(Sex.values),
        "group": rng.choice(CitizenGroup.values),
    }
    return RegistrantDraft(place, person(rng), SINCE, values)
