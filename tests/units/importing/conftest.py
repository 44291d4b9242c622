"""A ward that lists are imported into, and the person who keeps its register."""

import pytest

from tests.factories.units import CommuneFactory, HamletFactory, make_officer
from units.choices import Role


@pytest.fixture
def ward(db):
    """A ward with four hamlets."""
    ward = CommuneFactory(name="Phường Hòa Hưng")
    for number in range(1, 5):
        HamletFactory(parent=ward, name=f"Khu phố {number}")
    return ward


@pytest.fixture
def an(ward, client):
    """The ward officer, signed in."""
    officer = make_officer(Role.WARD_OFFICER, ward, name="Nguyễn Thị An")
    client.force_login(officer)
    return officer
