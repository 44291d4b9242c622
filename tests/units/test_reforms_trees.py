"""Random trees, moves between wards and merges: sums stay, the past stays, nobody twice, undoing restores exactly."""

import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognition.domain.integrity import CHECKS
from tests.factories.units import CommuneFactory, HamletFactory, make_citizen, make_household, make_organisation
from tests.units.test_reforms import DAY, snapshot, total
from units.choices import RegistrantKind
from units.domain.places import HamletDraft
from units.domain.reforms.hamlets import merge_hamlets, move_hamlet, rename_hamlets
from units.domain.reforms.undoing import undo_change
from units.models import Place

pytestmark = pytest.mark.django_db
KINDS = (RegistrantKind.HOUSEHOLD, RegistrantKind.CITIZEN, RegistrantKind.ORGANISATION)
YEARS = range(2022, 2027)


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))


def grow(data, wards):
    """Hamlets with households, some with a citizen, and now and then an organisation."""
    for ward in wards:
        for number in range(1, data.draw(st.integers(1, 3)) + 1):
            place = HamletFactory(code=f"{ward.code}-{number:02d}", name=f"Khu phố {number}", parent=ward)
            for position in range(data.draw(st.integers(0, 3))):
                day = datetime.date(data.draw(st.integers(2022, 2026)), data.draw(st.sampled_from((1, 9, 10))), 2)
                household = make_household(place, f"Hộ {position}", opened_on=day)
                if data.draw(st.booleans()):
                    make_citizen(household, opened_on=day)
            if data.draw(st.booleans()):
                make_citizen(make_organisation(place, f"Trường {number}"))


def change(data, wards, number):
    """One reform on a day of its own."""
    day = DAY + datetime.timedelta(days=number)
    ward, other = data.draw(st.permutations(wards))
    living = list(Place.objects.filter(commune=ward, valid_to=None).order_by("pk").select_related("commune"))
    if len(living) > 1 and data.draw(st.booleans()):
        into = data.draw(st.sampled_from([living[-1], HamletDraft(f"Khu phố nhập {number}", "khu phố")]))
        return merge_hamlets(actor=None, hamlets=living[:2], into=into, on=day)
    if not living:
        return None
    place = data.draw(st.sampled_from(living))
    if data.draw(st.booleans()):  # two that change names, or one with a new name
        names = {living[0]: living[-1].name, living[-1]: living[0].name} if len(living) > 1 else {place: f"Ấp {number}"}
        return rename_hamlets(actor=None, names=names, on=day)
    return move_hamlet(actor=None, hamlet=place, commune=other, on=day, name=f"Khu phố chuyển {number}")


def broken():
    return [fault for name in ("register_tallies", "stays", "hosts", "places") for fault in CHECKS[name]()]


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_trees(db, data):
    with transaction.atomic():
        first = CommuneFactory(code="27163", name="Phường Hòa Hưng")
        wards = [first, CommuneFactory(code="27169", name="Phường Diên Hồng", parent=first.parent)]
        grow(data, wards)
        places = [*wards, *Place.objects.filter(commune__in=wards)]
        past = [total(place, year, kind) for place in places for year in YEARS[:-1] for kind in KINDS]
        together = [sum(total(ward, year, kind) for ward in wards) for year in YEARS for kind in KINDS]
        steps = []
        for number in range(data.draw(st.integers(1, 3))):
            before = snapshot()
            made = change(data, wards, number)
            if made:
                steps.append((made, before))

        assert [total(place, year, kind) for place in places for year in YEARS[:-1] for kind in KINDS] == past
        assert [sum(total(ward, year, kind) for ward in wards) for year in YEARS for kind in KINDS] == together
        for ward in wards:
            below = Place.objects.filter(commune=ward)
            for year in YEARS:
                for kind in KINDS:
                    assert sum(total(place, year, kind) for place in below) == total(ward, year, kind)
        assert broken() == []
        for made, before in reversed(steps):
            undo_change(actor=None, change=made)
            assert snapshot() == before
        assert broken() == []
        transaction.set_rollback(True)
