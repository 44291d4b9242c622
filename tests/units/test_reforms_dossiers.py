"""Reforms and the yearly work: dossiers stay with the hamlet of their year; new ones keep a reform in force."""

import datetime

import pytest

from recognition.choices import LearningModel, State
from recognition.domain import registering
from recognition.domain.integrity import check_all
from recognition.models import Award, Registration, Tally
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.factories.units import HamletFactory, make_household, make_officer
from units.choices import Role
from units.domain.errors import RegisterError
from units.domain.reforms.hamlets import merge_hamlets, plan_merge
from units.domain.reforms.plans import preview
from units.domain.reforms.undoing import undo_change

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
