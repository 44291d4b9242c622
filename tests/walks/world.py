"""A small country to walk through: two provinces, wards of today and wards that ended, and everybody in them."""

from __future__ import annotations

import datetime
from random import Random

from recognition.models import Affiliation
from tests.factories.recognition import load_shipped_rulebooks, make_community
from tests.factories.units import (
    CommuneFactory,
    DistrictFactory,
    HamletFactory,
    PostingFactory,
    ProvinceFactory,
    make_citizen,
    make_clan,
    make_household,
    make_officer,
    make_organisation,
)
from tests.walks.looking import THIS_YEAR, YEARS
from units.choices import Level, RegistrantKind, Role
from units.domain.citizens import id_hash
from units.models import ClanMembership, OrganisationYear, Place, Registrant, Succession

TODAY = datetime.date(THIS_YEAR, 11, 20)
NEW_YEAR = datetime.date(THIS_YEAR, 1, 1)
LAST_YEAR_ENDED = NEW_YEAR - datetime.timedelta(days=1)
GROUPS = ("Tổ 1", "Tổ 2", "")


class World:
    """The country and the dice it is walked with: the same seeds make the same country and the same walk."""

    def __init__(self, seed: int):
        self.throw(seed)
        load_shipped_rulebooks()
        home, far = ProvinceFactory(code="79", valid_from=None), ProvinceFactory(code="01", valid_from=None)
        ended = {"valid_from": None, "valid_to": LAST_YEAR_ENDED}
        district = DistrictFactory(parent=home, **ended)
        today = ((home, "27163", "Phường Một"), (home, "27169", "Phường Hai"), (far, "00004", "Xã Ba"))
        self.wards = [
            CommuneFactory(parent=province, code=code, name=name, valid_from=None) for province, code, name in today
        ]
        self.ended = [
            CommuneFactory(parent=district, code=code, name=name, **ended)
            for code, name in (("27190", "Phường Cũ"), ("27193", "Phường Chia"))
        ]
        links = ((0, 0, False), (1, 0, True), (1, 1, True))
        for old, new, partial in links:
            Succession.objects.create(
                from_place=self.ended[old], to_place=self.wards[new], partial=partial, effective_on=NEW_YEAR
            )
        for ward in (*self.wards, *self.ended):
            days = ended if ward in self.ended else {}
            for number in range(1, self.dice.choice((2, 2, 3)) + 1):
                HamletFactory(
                    code=f"{ward.code}-{number:02d}",
                    name=f"Khu phố {number}",
                    parent=ward,
                    **{"valid_from": None} | days,
                )
        self._staff()
        for place in Place.objects.filter(level=Level.HAMLET).select_related("commune").order_by("pk"):
            self._fill(place)
        for ward in (*self.wards, *self.ended):
            make_organisation(ward, f"Trường {ward.name}")
            if self.dice.random() < 0.5:
                make_community(ward)
        self._gather()

    def _staff(self) -> None:
        """Who works everywhere: one person a duty, and an officer in some hamlets. The reader sees everything."""
        self.reader = make_officer(Role.ADMINISTRATOR, None)
        first, *others = (*self.wards, *self.ended)
        self.officer, self.chair, self.inspector, self.decider = (
            make_officer(role, first) for role in (Role.WARD_OFFICER, Role.WARD_CHAIR, Role.INSPECTOR, Role.DECIDER)
        )
        for one in (self.officer, self.chair, self.inspector, self.decider):
            role = one.postings.get().role
            for ward in others:
                PostingFactory(user=one, role=role, place=ward)

    def _fill(self, place: Place) -> None:
        dice = self.dice
        for _number in range(dice.randint(1, 2)):
            household = make_household(
                place,
                self.name("Hộ"),
                opened_on=self.opening(place),
                group_name=dice.choice(GROUPS),
                members=dice.choice((None, 4)),
            )
            for _one in range(dice.choice((0, 1, 1, 2))):
                self.citizen(household)
        if dice.random() < 0.6:
            organisation = make_organisation(place, self.name("Cơ quan"), opened_on=self.opening(place))
            for year in YEARS[-2:]:
                OrganisationYear.objects.create(organisation_id=organisation.pk, year=year, staff=9, learners=year)
            self.citizen(organisation)
        if dice.random() < 0.4:
            make_clan(place, self.name("Họ"))
        if dice.random() < 0.6:
            make_community(place)
        if dice.random() < 0.4 and place.valid_to is None:
            make_officer(Role.HAMLET_OFFICER, place)

    def citizen(self, host: Registrant) -> Registrant:
        known = {}
        if self.dice.random() < 0.4:
            digits = f"{self.made:012d}"
            known = {"id_hash": id_hash(digits), "id_last4": digits[-4:]}
        return make_citizen(host, self.name("Người"), opened_on=max(self.opening(host.place), host.opened_on), **known)

    def _gather(self) -> None:
        """Families of clans from anywhere; people counted at home who are confirmed as an organisation's own."""
        dice = self.dice
        make_clan(self.wards[0], self.name("Họ"))
        clans = self.some(RegistrantKind.CLAN, 99)
        for household in self.some(RegistrantKind.HOUSEHOLD, 99):
            if dice.random() < 0.5:
                ClanMembership.objects.create(
                    clan_id=dice.choice(clans).pk, household_id=household.pk, since=household.opened_on
                )
        organisations = self.some(RegistrantKind.ORGANISATION, 99)
        for citizen in self.some(RegistrantKind.CITIZEN, 3):
            Affiliation.objects.create(
                citizen_id=citizen.pk,
                organisation_id=dice.choice(organisations).pk,
                learner=True,
                since=citizen.opened_on,
            )

    # --- Dice

    def throw(self, seed: int) -> None:
        """Begin anew with other dice."""
        self.dice, self.made = Random(seed), seed * 1000

    def name(self, stem: str) -> str:
        self.made += 1
        return f"{stem} {self.made}"

    def opening(self, place: Place | None = None) -> datetime.date:
        """A day of these years, before `place` ended."""
        years = YEARS if place is None or place.valid_to is None else YEARS[:-1]
        return datetime.date(self.dice.choice(years), self.dice.choice((1, 9, 10)), 2)

    def day(self) -> datetime.date:
        """A day of this year that has come."""
        return NEW_YEAR + datetime.timedelta(days=self.dice.randint(1, (TODAY - NEW_YEAR).days))

    def some(self, kind: str, most: int, **where) -> list[Registrant]:
        """Open registrants of a kind, as fresh as the tables."""
        rows = Registrant.objects.filter(kind=kind, closed_on=None, **where).order_by("pk")
        rows = list(rows.select_related("hamlet__commune", "commune", "province"))
        return self.dice.sample(rows, min(len(rows), most))

    def one(self, kind: str, **where) -> Registrant | None:
        return next(iter(self.some(kind, 1, **where)), None)

    def hamlet(self, *wards: Place) -> Place | None:
        """One that exists today, in one of the wards, else anywhere."""
        found = [place for ward in wards or self.wards for place in self.hamlets(ward)]
        return self.dice.choice(found) if found else None

    def hamlets(self, ward: Place) -> list[Place]:
        """Those that exist today."""
        rows = Place.objects.filter(parent=ward, level=Level.HAMLET, valid_to=None).order_by("pk")
        return list(rows.select_related("commune"))
