"""The guide: every role has its year, and no step leads where that role may not go."""

import pytest

from portal.navigation import GROUPS
from portal.views.guide_steps import STEPS
from tests.factories.units import CommuneFactory, HamletFactory, make_officer
from units.choices import Role

PAGES = {item.url_name: item for group in GROUPS for item in group.items}


def test_every_role_has_a_guide():
    assert set(STEPS) == set(Role)
    assert all(len(steps) >= 4 for steps in STEPS.values())


@pytest.mark.parametrize("role", Role)
def test_every_step_leads_to_a_page_in_the_rail_of_its_role(role):
    pages = [step.page for step in STEPS[role]]

    assert [page for page in pages if page not in PAGES] == []
    assert [page for page in pages if role not in PAGES[page].roles] == []


@pytest.mark.django_db
def test_own_year_has_links_and_another_role_has_none(client):
    hamlet = HamletFactory(parent=CommuneFactory())
    client.force_login(make_officer(Role.HAMLET_OFFICER, hamlet))

    own = client.get("/huong-dan/").content.decode()
    assert f'href="/cham-diem/{hamlet.pk}/"' in own.split('class="guide"')[1]
    assert "vai trò khác" not in own

    other = client.get("/huong-dan/?vai-tro=DECIDER").content.decode()
    steps = other.split('class="guide"')[1].split("</ol>")[0]
    assert "Ra quyết định" in steps and "/quyet-dinh/" not in steps
    assert "vai trò khác" in other
    unknown = client.get("/huong-dan/?vai-tro=KHONG").content.decode()
    assert unknown.split('class="guide"')[1] == own.split('class="guide"')[1]
