"""The pages of the chain serve every model: register many, grid, meeting, result words."""

import pytest
from django.urls import reverse

from recognition.choices import LearningModel, State
from recognition.models import Registration
from recognition.result_words import result_words
from tests.factories.recognition import YEAR, make_community, make_learning_clan, make_registrations, make_ward
from tests.factories.units import make_citizen, make_household, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


def one_of(model, ward):
    if model == LearningModel.CLAN:
        return make_learning_clan(ward)
    if model == LearningModel.UNIT:
        return make_organisation(ward.hamlet)
    if model == LearningModel.CITIZEN:
        return make_citizen(make_household(ward.hamlet))
    make_registrations(ward, 1, state=State.RECOGNISED)  # its one household, so the required share is reached
    return make_community(ward.hamlet)


MODELS = [LearningModel.CLAN, LearningModel.UNIT, LearningModel.CITIZEN, LearningModel.COMMUNITY_HAMLET]


@pytest.mark.parametrize("model", MODELS)
def test_from_the_register_to_an_agreed_result_on_screen(client, ward, model):
    registrant = one_of(model, ward)
    client.force_login(ward.officer if model == LearningModel.UNIT else ward.hamlet_officer)
    query = f"?nam={YEAR}&model={model}"
    many = reverse("recognition:registration-create-many", args=[ward.hamlet.pk]) + query

    page = client.get(many).content.decode()
    assert registrant.name in page
    client.post(many, {"ids": str(registrant.pk), "confirmed": "1"})
    dossier = Registration.objects.get(registrant=registrant, model=model, year=YEAR)
    assert registrant.name not in client.get(many).content.decode().split("<main")[1]

    spec = dossier.rulebook.spec
    grid = reverse("recognition:scoring-grid", args=[ward.hamlet.pk]) + query + "&kieu=muc"
    data = {f"v-{dossier.pk}-{n}": str(leaf.maximum) for n, leaf in enumerate(spec.leaves)}
    client.post(grid, {**data, f"shown-{dossier.pk}": dossier.shown_as})
    dossier.refresh_from_db()
    assert (dossier.state, dossier.self_half, dossier.passed) == (State.SELF_ASSESSED, 200, None)

    client.force_login(ward.officer)
    meeting = reverse("recognition:meeting-create", args=[ward.hamlet.pk]) + query
    answer = client.post(
        meeting,
        {
            "held_on": f"15/11/{YEAR}",
            "venue": "Nhà văn hóa",
            "chair": "Lê Thị An",
            "secretary": "Trần Văn Ba",
            "invited": "10",
            "present": "8",
            f"x-{dossier.pk}": "1",
            f"d-{dossier.pk}": "100",
            f"shown-{dossier.pk}": dossier.shown_as,
        },
        follow=True,
    )
    dossier.refresh_from_db()
    assert "Đã lưu biên bản với 1 hồ sơ." in answer.content.decode()
    assert (dossier.state, dossier.review_half, dossier.passed) == (State.REVIEWED, 200, True)
    detail = client.get(reverse("recognition:registration-detail", args=[dossier.pk])).content.decode()
    assert "Đạt" in detail


def test_a_citizens_total_agreed_differently_needs_the_sheet(client, ward):
    test_from_the_register_to_an_agreed_result_on_screen(client, ward, LearningModel.CITIZEN)
    other = make_citizen(make_household(ward.hamlet, "Lê Hai"), "Lê Thị Hai")
    client.force_login(ward.hamlet_officer)
    query = f"?nam={YEAR}&model=CITIZEN"
    client.post(
        reverse("recognition:registration-create-many", args=[ward.hamlet.pk]) + query,
        {"ids": str(other.pk), "confirmed": "1"},
    )
    dossier = Registration.objects.get(registrant=other)
    grid = reverse("recognition:scoring-grid", args=[ward.hamlet.pk]) + query
    data = {f"v-{dossier.pk}-{n}": "9" for n in range(10)}
    client.post(grid, {**data, f"shown-{dossier.pk}": dossier.shown_as})
    dossier.refresh_from_db()
    page = client.post(
        reverse("recognition:meeting-create", args=[ward.hamlet.pk]) + query,
        {f"x-{dossier.pk}": "1", f"d-{dossier.pk}": "95", f"shown-{dossier.pk}": dossier.shown_as},
    ).content.decode()
    assert "phải chấm từng mục" in page
    dossier.refresh_from_db()
    assert dossier.state == State.SELF_ASSESSED


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rank": "", "level": None, "passed": None}, ""),
        ({"rank": "", "level": None, "passed": True}, "Đạt"),
        ({"rank": "", "level": None, "passed": False}, "Chưa đạt"),
        ({"rank": "GOOD", "level": None, "passed": True}, "Tốt"),
        ({"rank": "", "level": 2, "passed": True}, "Mức độ 2"),
    ],
)
def test_results_are_said_one_way(values, words):
    assert result_words(**values) == words


def test_indicators_are_met_or_not(client, ward):
    community = make_community(ward.place)
    client.force_login(ward.officer)
    client.post(
        reverse("recognition:registration-create", args=[community.pk]) + f"?nam={YEAR}",
        {"model": "COMMUNITY_COMMUNE", "year": str(YEAR)},
    )
    dossier = Registration.objects.get(registrant=community)
    form = reverse("recognition:assessment-form", args=[dossier.pk])
    page = client.get(form).content.decode()
    assert page.count('<option value="0">Chưa đạt</option>') == len(dossier.rulebook.spec.leaves)
    data = {f"s-{n}": "1" for n in range(len(dossier.rulebook.spec.leaves))}
    client.post(form, {**data, "s-3": "0", "shown": dossier.shown_as})
    dossier.refresh_from_db()
    sheet = dossier.assessments.get()
    assert (sheet.passed, sheet.level) == (False, None)
    client.post(form, {**data, "shown": dossier.shown_as})
    sheet.refresh_from_db()
    assert sheet.passed and sheet.level
    assert sheet.result_text == f"Mức độ {sheet.level}"
