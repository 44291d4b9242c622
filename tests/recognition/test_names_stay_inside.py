"""Ids in a form may be anybody's: a page that answers them names nobody outside the person's places."""

import pytest
from django.urls import reverse

from recognition.choices import State
from tests.factories.recognition import YEAR, make_registrations, make_ward

pytestmark = pytest.mark.django_db
STRANGER = "Quách Thị Xa Lạ"


@pytest.fixture
def strangers():
    """A dossier of another ward."""
    return make_registrations(make_ward(), 1, state=State.PROPOSED, names=[STRANGER])[0]


def test_a_letter_with_a_foreign_dossier_is_refused_without_its_name(client, strangers):
    ward = make_ward()
    (own,) = make_registrations(ward, 1, state=State.REVIEWED)
    client.force_login(ward.officer)

    answer = client.post(
        f"{reverse('recognition:proposal-create', args=[ward.place.pk])}?nam={YEAR}",
        {
            "signed_on": f"20/11/{YEAR}",
            "signer": "Trần Thị Chi",
            "signer_title": "Chủ tịch Hội",
            "row": [f"{own.pk}:{own.state}", f"{strangers.pk}:PROPOSED"],
        },
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Có 1 hồ sơ không trình được nên chưa lập tờ trình." in page
    assert STRANGER not in page


def test_a_decision_checked_with_a_foreign_dossier_does_not_name_it(client, strangers):
    ward = make_ward()
    (own,) = make_registrations(ward, 1, state=State.PROPOSED)
    own.refresh_from_db()
    client.force_login(ward.decider)

    answer = client.post(
        reverse("recognition:decision-create", args=[own.proposal_id]),
        {
            "signed_on": f"05/12/{YEAR}",
            "number": "",
            "signer_title": "Chủ tịch",
            "signer": "Nguyễn Thị Đào",
            "grounds": "Căn cứ Quyết định số 448/QĐ-KHVN.",
            "step": "check",
            "row": [f"{own.pk}:PROPOSED", f"{strangers.pk}:PROPOSED"],
            f"choice-{own.pk}": "recognise",
            f"choice-{strangers.pk}": "recognise",
        },
    )

    assert answer.status_code == 200
    assert own.registrant.name in answer.content.decode()
    assert STRANGER not in answer.content.decode()
