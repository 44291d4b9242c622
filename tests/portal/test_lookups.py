"""`among` finds what `in` finds, whatever it is asked."""

import pytest

from tests.factories.units import CommuneFactory, HamletFactory
from units.models import Place

pytestmark = pytest.mark.django_db


def test_among_finds_what_in_finds():
    ward = CommuneFactory()
    first, second, third = HamletFactory.create_batch(3, parent=ward)

    def found(**condition):
        return set(Place.objects.filter(**condition))

    assert found(pk__among={first.pk, third.pk, 0, -5}) == {first, third}
    assert found(parent__among=[ward.pk]) == found(parent_id__among=(ward.pk,)) == {first, second, third}
    assert found(parent__pk__among=[ward.pk], pk__among=iter([second.pk])) == {second}
    assert found(pk__among=[]) == set()
    assert found(pk__among=[2**63, -(2**63) - 1, second.pk]) == {second}
    assert second in set(Place.objects.exclude(pk__among=[first.pk]))
    assert first not in set(Place.objects.exclude(pk__among=[first.pk]))


def test_ten_thousand_keys_are_one_parameter():
    keys = list(range(-10_000, 0))
    compiler = Place.objects.filter(pk__among=keys).query.get_compiler("default")
    _sql, params = compiler.as_sql()
    assert params == (keys,)
