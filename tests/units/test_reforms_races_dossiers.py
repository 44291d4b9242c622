"""Real threads: a dossier registered in the very moment its hamlet gets another name or its household moves."""

import datetime

import pytest

from recognition.choices import LearningModel, Stage, State
from recognition.domain import deciding
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.integrity import check_all
from recognition.domain.registering import register
from recognition.models import Award, Proposal, Registration
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.factories.units import HamletFactory, make_household
from tests.units.test_reforms_races import in_the_middle, one_after_the_other
from units.domain import lives
from units.domain.duplicates.merging import merge_duplicates
from units.domain.errors import RegisterError
from units.domain.places_held import lock_wards
from units.domain.reforms.hamlets import merge_hamlets, rename_hamlets
from units.models import Place, Registrant

pytestmark = pytest.mark.django_db(transaction=True)
DAY = datetime.date(YEAR, 9, 1)


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(YEAR, 11, 20))


def asked(ward, household):
    return lambda: register(actor=ward.officer, registrant=household, model=LearningModel.FAMILY, year=YEAR)


def other_hamlet(ward):
    place = HamletFactory(parent=ward.place, name="Khu phố 2")
    return Place.objects.select_related("commune").get(pk=place.pk)


def test_a_dossier_and_the_name_of_its_hamlet_in_one_moment():
    ward = make_ward()
    one, two = make_household(ward.hamlet, "Lê A"), make_household(ward.hamlet, "Lê B")

    def renamed(name, on=DAY):
        hamlet = Place.objects.select_related("commune").get(pk=Registrant.objects.get(pk=one.pk).hamlet_id)
        return lambda: rename_hamlets(actor=ward.officer, names={hamlet: name}, on=on)

    first = one_after_the_other(renamed("Khu phố Bình Minh"), asked(ward, one))
    assert [type(result).__name__ for result in first] == ["PlaceChange", "Registration"], first
    second = one_after_the_other(asked(ward, two), renamed("Khu phố Hừng Đông", DAY.replace(month=10)))
    assert [type(result).__name__ for result in second] == ["Registration", "PlaceChange"], second

    rows = Registration.objects.order_by("pk").values_list("registrant__name", "hamlet__name", "hamlet__valid_to")
    assert list(rows) == [("Lê A", "Khu phố Hừng Đông", None), ("Lê B", "Khu phố Hừng Đông", None)]
    assert check_all() == []


def test_a_dossier_and_a_move_in_one_moment():
    ward = make_ward()
    one, two = make_household(ward.hamlet, "Lê A"), make_household(ward.hamlet, "Lê B")
    other = other_hamlet(ward)

    def moved(household):
        return lambda: lives.move(actor=ward.officer, registrant=household, hamlet=other, on=DAY)

    after = one_after_the_other(moved(one), asked(ward, one))[1]
    before = one_after_the_other(asked(ward, two), moved(two))[0]

    # Whoever came first is first: registered where it stood then, as without any hurry.
    assert (after.hamlet.name, before.hamlet.name) == ("Khu phố 2", ward.hamlet.name)
    assert check_all() == []


def test_a_dossier_and_a_merge_of_the_same_family_entered_twice_in_one_moment():
    ward = make_ward()
    kept, other, last = (make_household(ward.hamlet, name) for name in ("Lê A", "Lê An", "Lê Anh"))

    def merged(gone):
        return lambda: merge_duplicates(actor=ward.officer, kept=kept, other=gone)

    refused = one_after_the_other(merged(other), asked(ward, other))[1]
    assert str(refused) == f"Không có trong sổ vào ngày 20/11/{YEAR}."
    _made, told = one_after_the_other(asked(ward, last), merged(last))

    assert isinstance(told, RegisterError), told
    assert str(told.message) == (
        f"“Lê Anh” còn hồ sơ đang làm: Gia đình học tập, năm {YEAR}. Hãy rút hồ sơ đó trước, đánh dấu “Rút hồ sơ đang"
        " làm”, hoặc giữ lại “Lê Anh” thay cho “Lê A”."
    )
    assert list(Registration.objects.values_list("registrant__name", flat=True)) == ["Lê Anh"]
    assert check_all() == []


def test_a_move_and_a_reform_of_its_hamlets_never_wait_in_a_ring(monkeypatch):
    ward = make_ward()
    household, other = make_household(ward.hamlet, "Lê A"), other_hamlet(ward)

    moved, change = in_the_middle(
        *(monkeypatch, lives, "_open_household"),
        lambda: lives.move(actor=ward.officer, registrant=household, hamlet=other, on=DAY),
        lambda: merge_hamlets(actor=ward.officer, hamlets=[ward.hamlet], into=other, on=DAY),
    )

    assert isinstance(moved, Registrant), moved
    assert change.counts["HOUSEHOLD"] == 0
    assert Registrant.objects.get(pk=household.pk).hamlet == other
    assert check_all() == []


def test_a_decision_and_the_name_of_its_hamlet_in_one_moment():
    """Awards name the hamlet a reform holds, and that comes to the dossiers a decision holds. Wards are held first."""
    ward = make_ward()
    before, after, refused = make_registrations(ward, 3, state=State.PROPOSED)
    decision = deciding.prepare(
        actor=ward.decider,
        proposal=Proposal.objects.get(),
        signed_on=datetime.date(YEAR, 12, 10),
        signer="A",
        signer_title="Chủ tịch",
    )

    def hold():
        """As a reform begins."""
        lock_wards([ward.place.pk])
        list(Place.objects.select_for_update().filter(pk=ward.hamlet.pk))

    def renamed(name, month):
        hamlet = Place.objects.select_related("commune").get(parent=ward.place, valid_to=None)
        return rename_hamlets(actor=ward.officer, names={hamlet: name}, on=DAY.replace(month=month))

    def issued(recognise, refuse=()):
        shown = {row.pk: row.shown_as for row in refuse}
        return lambda: deciding.issue(
            actor=ward.decider,
            decision=decision,
            recognise={row.pk: row.shown_as for row in recognise},
            refuse=shown,
            refusal_reasons=dict.fromkeys(shown, "Vi phạm quy ước"),
        )

    # The reform began first: the decision is about the new name.
    change, done = one_after_the_other(hold, issued([before], [refused]), then=lambda: renamed("Bình Minh", 9))
    assert [type(result).__name__ for result in (change, done)] == ["PlaceChange", "Issued"], (change, done)
    assert Award.objects.get().hamlet.name == "Bình Minh"
    # The decision came first: it keeps the name of then, and what was not decided goes along.
    decision = deciding.prepare(
        actor=ward.decider, proposal=Proposal.objects.get(), signed_on=decision.signed_on, signer="A", signer_title="C"
    )
    done, change = one_after_the_other(issued([after]), lambda: renamed("Hừng Đông", 10))
    assert [type(result).__name__ for result in (done, change)] == ["Issued", "PlaceChange"], (done, change)
    names = dict(Registration.objects.values_list("pk", "hamlet__name"))
    assert names == {before.pk: "Bình Minh", refused.pk: "Bình Minh", after.pk: "Bình Minh"}
    assert check_all() == []


def test_scores_and_the_names_of_their_hamlets_in_one_moment():
    """A list is scored by key; a reform takes the dossiers by key too, not hamlet by hamlet."""
    ward = make_ward()
    names = {
        Place.objects.select_related("commune").get(pk=ward.hamlet.pk): "Bình Minh",
        other_hamlet(ward): "Hừng Đông",
    }
    low, high = (asked(ward, make_household(hamlet))() for hamlet in reversed(names))

    def scored(row):
        entry = Entry(row.pk, row.shown_as, total=90)
        return lambda: record_scores(actor=ward.officer, stage=Stage.SELF, entries=[entry])

    done, change = one_after_the_other(
        scored(low), lambda: rename_hamlets(actor=ward.officer, names=names, on=DAY), then=scored(high)
    )

    assert [type(result).__name__ for result in (done, change)] == ["Outcome", "PlaceChange"], (done, change)
    rows = Registration.objects.order_by("pk").values_list("pk", "state", "hamlet__name")
    assert list(rows) == [(low.pk, "SELF_ASSESSED", "Hừng Đông"), (high.pk, "SELF_ASSESSED", "Bình Minh")]
    assert check_all() == []
