"""A form belongs to the year it was drawn for, whatever the switch says when it is sent; big lists fit in one form."""

import html
import re

import pytest
from django.urls import reverse

from recognition.choices import State
from recognition.models import Decision, Proposal, Registration
from tests.factories.recognition import YEAR, make_registration, make_registrations, make_ward

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


def turn_switch(client, year):
    client.post(reverse("portal:set-year"), {"nam": year})


def action_of(page) -> str:
    """Where the page's own form is sent."""
    form = re.search(r'<form method="post" action="([^"]*nam=[^"]*)"', page.content.decode())
    return html.unescape(form[1])


def test_points_typed_while_the_year_was_switched_in_another_window_are_saved(ward, client):
    row = make_registration(ward, state=State.REGISTERED)
    client.force_login(ward.hamlet_officer)
    turn_switch(client, YEAR)
    page = client.get(reverse("recognition:scoring-grid", args=[row.hamlet_id]))
    turn_switch(client, YEAR - 1)

    client.post(action_of(page), {f"v-{row.pk}-0": "88", f"shown-{row.pk}": row.shown_as})

    assert Registration.objects.get().self_half == 176


@pytest.mark.parametrize(
    ("name", "who", "query"),
    [
        ("recognition:scoring-grid", "hamlet_officer", {"kieu": "muc"}),
        ("recognition:meeting-create", "hamlet_officer", {}),
        ("recognition:proposal-create", "officer", {"model": "FAMILY"}),
    ],
)
def test_forms_about_a_year_name_it_in_their_address(ward, client, name, who, query):
    row = make_registration(ward, state=State.REVIEWED if "proposal" in name else State.SELF_ASSESSED)
    client.force_login(getattr(ward, who))
    turn_switch(client, YEAR)
    place = row.commune_id if "proposal" in name else row.hamlet_id

    action = action_of(client.get(reverse(name, args=[place]), query))

    assert f"nam={YEAR}" in action
    assert all(f"{key}={value}" in action for key, value in query.items())


def test_a_form_with_a_decision_on_ten_thousand_families_is_read(ward, client):
    make_registrations(ward, 1, state=State.PROPOSED)
    client.force_login(ward.decider)
    rows = range(10**9, 10**9 + 10_000)  # families of nobody: only the size of the form matters here
    data = {"row": [f"{pk}:PROPOSED@1795424832662995" for pk in rows], "step": "edit"}
    data |= {f"choice-{pk}": "leave" for pk in rows} | {f"reason-{pk}": "" for pk in rows}

    response = client.post(reverse("recognition:decision-create", args=[Proposal.objects.get().pk]), data)

    assert response.status_code == 200
    assert Decision.objects.count() == 0


def test_cells_of_the_grid_are_named_in_words(ward, client):
    row = make_registration(ward, state=State.REGISTERED, name="Lê Văn An")
    client.force_login(ward.hamlet_officer)

    page = client.get(reverse("recognition:scoring-grid", args=[row.hamlet_id]), {"nam": YEAR}).content.decode()

    assert 'aria-label="Lê Văn An, Tổng điểm"' in page


def test_minutes_typed_while_somebody_recorded_the_meeting_stay_on_the_page(ward, client):
    row = make_registration(ward, state=State.REVIEWED)  # nobody is left to review
    client.force_login(ward.hamlet_officer)
    data = {"venue": "Nhà văn hóa khu phố", f"x-{row.pk}": "1", f"shown-{row.pk}": "SELF_ASSESSED"}

    response = client.post(f"{reverse('recognition:meeting-create', args=[row.hamlet_id])}?nam={YEAR}", data)

    page = response.content.decode()
    assert response.status_code == 422
    assert "Không còn hồ sơ nào chờ bình xét: có người vừa ghi kết quả các hồ sơ này ở một biên bản khác." in page
    assert 'value="Nhà văn hóa khu phố"' in page
