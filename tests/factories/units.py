"""Least valid objects of the register. A state is reached by domain verbs, never by writing it here."""

import datetime

import factory
from factory.django import DjangoModelFactory

from units.choices import CitizenGroup, Level, OrganisationType, RegistrantKind, Role, Sex
from units.models import Citizen, Clan, Household, Organisation, Place, Posting, Registrant, Stay, User


class ProvinceFactory(DjangoModelFactory):
    class Meta:
        model = Place

    level = Level.PROVINCE
    kind = "tỉnh"
    code = factory.Sequence(lambda n: f"P{n:02d}")
    name = factory.Sequence(lambda n: f"Tỉnh {n}")
    valid_from = datetime.date(2025, 7, 1)


class DistrictFactory(DjangoModelFactory):
    class Meta:
        model = Place

    level = Level.DISTRICT
    kind = "quận"
    code = factory.Sequence(lambda n: f"D{n:03d}")
    name = factory.Sequence(lambda n: f"Quận {n}")
    parent = factory.SubFactory(ProvinceFactory, valid_from=None, valid_to=datetime.date(2025, 6, 30))
    valid_to = datetime.date(2025, 6, 30)


class CommuneFactory(DjangoModelFactory):
    class Meta:
        model = Place

    level = Level.COMMUNE
    kind = "phường"
    code = factory.Sequence(lambda n: f"C{n:05d}")
    name = factory.Sequence(lambda n: f"Phường {n}")
    parent = factory.SubFactory(ProvinceFactory)
    valid_from = datetime.date(2025, 7, 1)


class HamletFactory(DjangoModelFactory):
    class Meta:
        model = Place

    level = Level.HAMLET
    kind = "khu phố"
    code = factory.Sequence(lambda n: f"H{n:06d}")
    name = factory.Sequence(lambda n: f"Khu phố {n}")
    parent = factory.SubFactory(CommuneFactory)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    full_name = factory.Sequence(lambda n: f"Nguyễn Thị {n}")


class PostingFactory(DjangoModelFactory):
    class Meta:
        model = Posting

    user = factory.SubFactory(UserFactory)
    role = Role.WARD_OFFICER
    place = factory.SubFactory(CommuneFactory)
    starts_on = datetime.date(2020, 1, 1)


def make_officer(role: str, place: Place | None, *, name: str = "", username: str = "") -> User:
    """A person with one posting, signed in by `client.force_login`."""
    user = UserFactory(**({"full_name": name} if name else {}), **({"username": username} if username else {}))
    PostingFactory(user=user, role=role, place=place)
    return user


def make_household(
    hamlet: Place, name: str = "Nguyễn Văn An", *, opened_on=datetime.date(2020, 1, 1), **profile
) -> Registrant:
    """A household standing in `hamlet`, with its profile and its stay."""
    registrant = Registrant.objects.create(
        kind=RegistrantKind.HOUSEHOLD, name=name, opened_on=opened_on, **hamlet.fact_ids
    )
    Household.objects.create(registrant=registrant, **profile)
    Stay.objects.create(registrant=registrant, kind=registrant.kind, since=opened_on, **hamlet.fact_ids)
    return registrant


def _registrant(kind: str, place: Place, name: str, opened_on: datetime.date) -> Registrant:
    """A registrant with its stay; the caller adds the profile."""
    registrant = Registrant.objects.create(kind=kind, name=name, opened_on=opened_on, **place.fact_ids)
    Stay.objects.create(registrant=registrant, kind=kind, since=opened_on, **place.fact_ids)
    return registrant


def make_organisation(
    place: Place, name: str = "Trường Tiểu học Hòa Hưng", *, opened_on=datetime.date(2020, 1, 1), **profile
) -> Registrant:
    """An organisation standing in a ward or hamlet."""
    registrant = _registrant(RegistrantKind.ORGANISATION, place, name, opened_on)
    Organisation.objects.create(registrant=registrant, **{"type": OrganisationType.PRIMARY} | profile)
    return registrant


def make_clan(
    place: Place, name: str = "Họ Nguyễn Hữu", *, opened_on=datetime.date(2020, 1, 1), **profile
) -> Registrant:
    """A clan standing in a ward or hamlet."""
    registrant = _registrant(RegistrantKind.CLAN, place, name, opened_on)
    Clan.objects.create(registrant=registrant, **profile)
    return registrant


def make_citizen(
    host: Registrant, name: str = "Nguyễn Thị Hoa", *, opened_on=datetime.date(2020, 1, 1), **profile
) -> Registrant:
    """A citizen counted at a household or organisation."""
    registrant = _registrant(RegistrantKind.CITIZEN, host.place, name, opened_on)
    side = "household_id" if host.kind == RegistrantKind.HOUSEHOLD else "organisation_id"
    values = {"birth_year": 1985, "sex": Sex.FEMALE, "group": CitizenGroup.WORKERS, side: host.pk}
    Citizen.objects.create(registrant=registrant, **values | profile)
    return registrant
