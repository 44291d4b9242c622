"""Reforms and the yearly work: dossiers stay with the hamlet of their year; new ones keep a reform in force."""

import datetime

import pytest

from recognition.choices import LearningModel, State
from recognition.domain import registering
from recognition.domain.integrity import check_all
from recognition.models import Award, Inspection, InspectionVisit, Registration, Tally
from tests.factories.recognition import YEAR, make_community, make_registrations, make_ward, walk
from tests.factories.units import HamletFactory, make_household, make_officer
from units.choices import Role
from units.domain.errors import RegisterError
from units.domain.lives import move
from units.domain.reforms.hamlets import merge_hamlets, plan_merge, rename_hamlets
from units.domain.reforms.plans import preview
from units.domain.reforms.undoing import undo_change
from units.models import Place, User

pytestmark = pytest.mark.django_db
DAY = datetime.date(YEAR, 9, 1)


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(YEAR, 11, 20))


def work():
    """Every dossier, award and tally as it stands."""
    return (
        list(Registration.objects.order_by("pk").values_list("pk", "hamlet", "commune", "state", "rank")),
        list(Award.objects.order_by("pk").values()),
        list(Tally.objects.order_by("pk").values()),
    )


def test_dossiers_awards_and_tallies_stay():
    ward = make_ward()
    make_registrations(ward, 2, state=State.REGISTERED, names=["Lê A", "Lê B"])
    make_registrations(ward, 1, state=State.RECOGNISED, names=["Lê C"])
    other = HamletFactory(parent=ward.place, name="Khu phố 2")
    before = work()

    shown = preview(plan_merge(actor=ward.officer, hamlets=[ward.hamlet], into=other, on=DAY))
    assert (shown.total("HOUSEHOLD"), shown.open_work) == (3, 2)
    change = merge_hamlets(actor=ward.officer, hamlets=[ward.hamlet], into=other, on=DAY)

    assert work() == before
    assert check_all() == []
    undo_change(actor=ward.officer, change=change)
    assert work() == before
    assert check_all() == []


def test_a_dossier_made_in_the_new_place_keeps_the_reform():
    ward = make_ward()
    household = make_household(ward.hamlet, "Lê A")
    other = HamletFactory(parent=ward.place, name="Khu phố 2")
    change = merge_hamlets(actor=ward.officer, hamlets=[ward.hamlet], into=other, on=DAY)
    household.refresh_from_db()
    officer = make_officer(Role.HAMLET_OFFICER, other)
    registering.register_many(actor=officer, registrant_ids=[household.pk], model=LearningModel.FAMILY, year=YEAR)

    with pytest.raises(RegisterError) as refused:
        undo_change(actor=ward.officer, change=change)

    assert str(refused.value.message) == "Không hoàn tác được: có 1 hồ sơ đăng ký đã lập ở nơi mới."


def test_a_dossier_made_there_before_the_reform_is_none_of_its():
    """A family registered in Khu phố 2, moved to Khu phố 1, and Khu phố 1 then becomes part of Khu phố 2."""
    ward = make_ward()
    other = Place.objects.select_related("commune").get(pk=HamletFactory(parent=ward.place, name="Khu phố 2").pk)
    household = make_household(other, "Lê A")
    registering.register(actor=ward.officer, registrant=household, model=LearningModel.FAMILY, year=YEAR)
    move(actor=ward.officer, registrant=household, hamlet=ward.hamlet, on=DAY)
    change = merge_hamlets(actor=ward.officer, hamlets=[ward.hamlet], into=other, on=DAY.replace(month=10))

    undo_change(actor=ward.officer, change=change)

    household.refresh_from_db()
    assert (household.hamlet, Registration.objects.get().hamlet) == (ward.hamlet, other)
    assert check_all() == []


def test_under_another_name_what_goes_on_goes_along_and_what_was_decided_keeps_the_name_of_then():
    ward = make_ward()
    open_one, waiting = make_registrations(ward, 2, names=["Lê A", "Lê B"])
    make_registrations(ward, 1, state=State.RECOGNISED, names=["Lê C"])
    (older,) = make_registrations(ward, 1, names=["Lê D"], year=YEAR - 1)
    community = make_community(ward.hamlet)
    registering.register_many(
        actor=ward.hamlet_officer, registrant_ids=[community.pk], model=LearningModel.COMMUNITY_HAMLET, year=YEAR
    )
    own = Registration.objects.get(registrant=community)
    team = Inspection.objects.create(
        place=ward.place, model=LearningModel.FAMILY, year=YEAR, starts_on=DAY, ends_on=DAY, created_by_name=""
    )
    visits = [InspectionVisit.objects.create(inspection=team, place=ward.hamlet)]
    before = (work(), list(InspectionVisit.objects.values_list("pk", "place")))

    change = rename_hamlets(actor=ward.officer, names={ward.hamlet: "Ấp Bàu Sim"}, on=DAY)

    new = Place.objects.get(name="Ấp Bàu Sim")
    stands = dict(Registration.objects.values_list("registrant__name", "hamlet__name"))
    assert stands == {
        "Lê A": "Ấp Bàu Sim",
        "Lê B": "Ấp Bàu Sim",
        "Lê C": "Khu phố 1",  # decided
        "Lê D": "Khu phố 1",  # of an earlier year
        "Ấp Bàu Sim": "Ấp Bàu Sim",
    }
    own.refresh_from_db()
    assert (own.name_then, Award.objects.get().hamlet) == ("Ấp Bàu Sim", ward.hamlet)
    visits[0].refresh_from_db()
    assert visits[0].place == new
    assert dict(Tally.objects.filter(model="FAMILY", year=YEAR, level="hamlet").values_list("place", "registered")) == {
        ward.hamlet.pk: 1,
        new.pk: 2,
    }
    assert check_all() == []

    undo_change(actor=ward.officer, change=change)
    assert (work(), list(InspectionVisit.objects.values_list("pk", "place"))) == before
    assert check_all() == []

    # Decided under the new name: it stays.
    change = rename_hamlets(actor=ward.officer, names={ward.hamlet: "Ấp Bàu Sim"}, on=DAY)
    ward.hamlet = Place.objects.get(name="Ấp Bàu Sim")
    ward.hamlet_officer = User.objects.get(pk=ward.hamlet_officer.pk)  # posted under the new name now
    walk(ward, [open_one.pk], state=State.RECOGNISED)
    with pytest.raises(RegisterError) as refused:
        undo_change(actor=ward.officer, change=change)
    assert str(refused.value.message) == "Không hoàn tác được: có 1 hồ sơ đã được quyết định ở nơi mới."
