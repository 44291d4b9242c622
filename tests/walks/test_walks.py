"""Random walks through the whole register: sums stay, the past stays, nobody twice, undoing restores exactly."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from portal.lib.errors import PortalError
from recognition.choices import LearningModel
from recognition.domain.explaining import dossiers as dossiers_of
from recognition.domain.explaining import registrants
from recognition.domain.extents import extent_of
from recognition.domain.integrity import check_all
from recognition.domain.integrity_register import hosts
from recognition.domain.reporting import as_json, build_report
from recognition.views.figure_links import TABLE_OF
from tests.walks import dossiers, life, reforms
from tests.walks.looking import THIS_YEAR, YEARS, Rows, check_dossiers, check_register, differences, look, standing
from tests.walks.steps import Done
from tests.walks.world import TODAY, World
from units.domain.duplicates.merging import undo_merge
from units.domain.reforms.undoing import undo_change
from units.models import Place, PlaceChange, RegistrantMerge, User

pytestmark = pytest.mark.django_db
ANYTHING = life.STEPS | reforms.STEPS | dossiers.STEPS


@pytest.fixture
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: TODAY)


# Rows of these tables say, and it is printed below them, what the register has today: where somebody is counted, what
# kind an organisation is, a clan's fund and leader. Their sums and lists stay.
AS_THE_REGISTER_HAS_IT_NOW = (LearningModel.CITIZEN, LearningModel.UNIT, LearningModel.CLAN)


def tell(reader: User, model: str, place: Place | None, year: int) -> tuple:
    """The yearly table of a model, who stands in its total, and the dossiers it counts."""
    extent = extent_of(place, year)
    people = registrants(extent, model).values_list("registrant", "hamlet", "commune")
    counted = dossiers_of(reader, extent, model, "registered").values_list("registrant", "state", "hamlet", "commune")
    table = as_json(build_report(TABLE_OF[model], place, year))
    if model in AS_THE_REGISTER_HAS_IT_NOW:
        table["rows"] = []
    return table, sorted(people, key=str), sorted(counted, key=str)  # communities are sorted by their names of today


class Walk:
    """One walk: takes steps, looks after each, and keeps how to go back as long as nothing bars the way."""

    def __init__(self, world: World, seed: int):
        self.world = world
        world.throw(seed)
        self.told: list[str] = []
        # Tables of earlier years with the lists behind them, as they were told; None: to be told anew.
        places = [None, *Place.objects.exclude(level="hamlet").order_by("pk")]
        wanted = [(model, place, year) for model in TABLE_OF for place in places for year in YEARS[-3:-1]]
        self.past = dict.fromkeys(world.dice.sample(wanted, 3))
        for one in self.past:
            self.past[one] = tell(world.reader, *one)
        self.back: list[tuple[Done, Rows]] = []
        self.rows = look()
        self.refused = 0

    def step(self, steps: dict) -> None:
        dice, before = self.world.dice, self.rows
        (kind,) = dice.choices(list(steps), weights=list(steps.values()))
        try:
            done = kind(self.world)
        except PortalError as refusal:
            self.say(f"{kind.__name__} refused: {refusal.message}")
            self.refused += 1
            assert differences(before, look()) == [], kind.__name__
            return
        if done is None:
            return
        self.say(f"{kind.__name__}: {done.words}")
        self.look_after(done, before)
        if done.undo is None:
            self.back.clear()
        else:
            self.back.append((done, before))
            if dice.random() < 0.4:
                self.undo_last()

    def look_after(self, done: Done, before: Rows) -> None:
        """Sums are recounts, years before the step are as they were, and nobody else was touched."""
        after = self.rows = look()
        check_register(after)
        check_dossiers(after)
        assert hosts() == []
        for year in YEARS:
            was, now = standing(before, year), standing(after, year)
            if year < done.since:
                assert now == was, (year, done.words)
            stayed = {*was, *now} - {*done.counted}
            assert {pk for pk in stayed if (pk in was) != (pk in now)} == set(), (year, done.words)
            if done.moved is not None:
                assert {pk for pk in stayed if pk not in done.moved and was[pk] != now[pk]} == set(), (year, done.words)
        old, new = (
            {pk: row for pk, row in rows.get("recognition_registration", {}).items() if row["year"] < done.since}
            for rows in (before, after)
        )
        assert old == new, done.words
        self.look_back(done.since)

    def look_back(self, since: int, everything: bool = False) -> None:
        """Tables of earlier years tell what they told, to the digit and row by row, unless the step was of then."""
        for one in self.past:
            if one[2] >= since:
                self.past[one] = tell(self.world.reader, *one)
            elif everything or self.world.dice.random() < 0.15:
                assert tell(self.world.reader, *one) == self.past[one], one

    def undo_last(self) -> None:
        done, before = self.back.pop()
        self.say(f"back: {done.words}")
        done.undo()
        self.rows = look()
        assert differences(before, self.rows, besides=done.besides) == [], done.words
        if life.MOVES & done.besides:  # a stay of no day is left, and bars what came before
            self.back.clear()
        check_register(self.rows)
        check_dossiers(self.rows)
        for year in YEARS:
            assert standing(self.rows, year) == standing(before, year)
        self.look_back(done.since)

    def undo_any(self) -> None:
        """Some earlier reform or merge: taken back with all sums right, or refused and nothing changed."""
        changes = list(PlaceChange.objects.filter(undone_at=None).order_by("pk"))
        merges = list(RegistrantMerge.objects.filter(undone_at=None).order_by("pk"))
        if not changes + merges:
            return
        change, before = self.world.dice.choice(changes + merges), self.rows
        try:
            if change in merges:
                undo_merge(actor=self.world.officer, merge=change)
            else:
                undo_change(actor=None, change=change)
        except PortalError as refusal:
            self.say(f"{change} cannot be undone: {refusal.message}")
            assert differences(before, look()) == []
            return
        self.say(f"undone: {change}")
        if change in merges:
            moved, counted = {*change.people, change.kept_id}, {change.other_id}
            since = change.done_on.year
        else:
            moved = set(change.moves.values_list("registrant", flat=True))
            counted = set(change.moves.filter(to_place=None).values_list("registrant", flat=True))
            since = change.effective_on.year
        self.look_after(Done(f"undo {change}", since=since, moved=moved, counted=counted), before)
        self.back.clear()

    def say(self, words: str) -> None:
        self.told.append(words)
        note(words)


def build(seed: int) -> World:
    world = World(seed)
    dossiers.work_of_two_years(world)
    return world


def walk(world: World, seed: int, length: int = 12) -> Walk:
    with transaction.atomic():
        one = Walk(world, seed)
        check_register(one.rows)
        check_dossiers(one.rows)
        for _number in range(length):
            one.step(ANYTHING)
        for _number in range(3):
            one.undo_any()
        for _number in range(3):
            one.step(reforms.STEPS)
        while one.back:
            one.undo_last()
        one.look_back(THIS_YEAR, everything=True)
        faults = check_all()
        assert not faults, faults
        transaction.set_rollback(True)
    return one


@pytest.fixture
def world(db, november):
    return build(0)


@given(seed=st.integers(0, 10**6))
@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_random_walks(world, seed):
    walk(world, seed)
