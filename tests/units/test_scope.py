"""What postings cover: one's own places and those that went wholly into them, and nothing else."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from tests.factories.units import (
    CommuneFactory,
    DistrictFactory,
    HamletFactory,
    PostingFactory,
    ProvinceFactory,
    make_household,
    make_officer,
)
from units.choices import Role
from units.models import Place, Registrant, Succession
from units.rules import places_visible_to, role_scope, scope_of

pytestmark = pytest.mark.django_db
REFORM = datetime.date(2025, 7, 1)


def names(rows) -> list[str]:
    return sorted(str(row) for row in rows)


@pytest.fixture
def ward():
    return CommuneFactory(name="Phường Hòa Hưng", parent=ProvinceFactory(name="Thành phố Hồ Chí Minh"))


def test_each_level_covers_what_stands_below_it(ward):
    first, second = (HamletFactory(name=f"Khu phố {n}", parent=ward) for n in (1, 2))
    elsewhere = HamletFactory(name="Thôn Xa")
    for hamlet in (first, second, elsewhere):
        make_household(hamlet, f"Hộ ở {hamlet.name}")

    def seen(role, place) -> list[str]:
        return names(Registrant.objects.visible_to(make_officer(role, place)))

    assert seen(Role.HAMLET_OFFICER, first) == ["Hộ ở Khu phố 1"]
    assert seen(Role.WARD_OFFICER, ward) == ["Hộ ở Khu phố 1", "Hộ ở Khu phố 2"]
    assert seen(Role.LEADER, ward.parent) == ["Hộ ở Khu phố 1", "Hộ ở Khu phố 2"]
    assert seen(Role.LEADER, None) == ["Hộ ở Khu phố 1", "Hộ ở Khu phố 2", "Hộ ở Thôn Xa"]
    assert seen(Role.WARD_OFFICER, CommuneFactory()) == []
    assert names(Registrant.objects.visible_to(AnonymousUser())) == []


def test_whole_predecessors_are_covered_and_parts_are_not(ward):
    district = DistrictFactory()
    wholly, partly = (
        CommuneFactory(name=name, parent=district, valid_from=None, valid_to=REFORM - datetime.timedelta(days=1))
        for name in ("Phường 15", "Phường 14")
    )
    Succession.objects.create(from_place=wholly, to_place=ward, effective_on=REFORM)
    Succession.objects.create(from_place=partly, to_place=ward, effective_on=REFORM, partial=True)

    officer = make_officer(Role.WARD_OFFICER, ward)

    assert names(places_visible_to(officer)) == ["Phường 15", "Phường Hòa Hưng"]
    assert scope_of(officer).covers(wholly) and not scope_of(officer).covers(partly)


def test_only_postings_in_force_count(ward):
    officer = make_officer(Role.HAMLET_OFFICER, HamletFactory(parent=ward))
    PostingFactory(user=officer, role=Role.WARD_CHAIR, place=ward, ends_on=datetime.date(2021, 1, 1))

    assert not scope_of(officer).covers(ward)
    assert not role_scope(officer, (Role.WARD_CHAIR,)).covers(ward)


def test_the_whole_nation_stays_true_beside_another_condition(ward):
    leader = make_officer(Role.LEADER, None)

    rows = Place.objects.filter(scope_of(leader).q(own=True) | Q(name="không có nơi này"))

    assert names(rows) == ["Phường Hòa Hưng", "Thành phố Hồ Chí Minh"]
