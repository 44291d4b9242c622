"""Random walks through the whole register: sums stay, the past stays, nobody twice, undoing restores exactly."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from portal.lib.errors import PortalError
from recognition.domain.integrity import check_all
from recognition.domain.integrity_register import hosts
from tests.walks import dossiers, life, reforms
from tests.walks.looking import YEARS, Rows, check_dossiers, check_register, differences, look, standing
from tests.walks.steps import Done
from tests.walks.world import TODAY, World
from units.domain.duplicates.merging import undo_merge
from units.domain.reforms.undoing import undo_change
from units.models import PlaceChange, RegistrantMerge

pytestmark = pytest.mark.django_db
ANYTHING = life.STEPS | reforms.STEPS | dossiers.STEPS


@pytest.fixture
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: TODAY)


class Walk:
    """One walk: takes steps, looks after each, and keeps how to go back as long as nothing bars the way."""

    def __init__(self, world: World, seed: int):
        self.world = world
        world.throw(seed)
        self.told: list[str] = []
        self.back: list[tuple[Done, Rows]] = []
        self.rows = look()
        self.refused = 0

    def step(self, steps: dict) -> None:
        dice, before = self.world.dice, self.rows
        (kind,) = dice.choices(list(steps), weights=list(steps.values()))
        try:
            done = kind(self.world)
        except PortalError as refusal:
            self.tell(f"{kind.__name__} refused: {refusal.message}")
            self.refused += 1
            assert differences(before, look()) == [], kind.__name__
            return
        if done is None:
            return
        self.tell(f"{kind.__name__}: {done.words}")
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

    def undo_last(self) -> None:
        done, before = self.back.pop()
        self.tell(f"back: {done.words}")
        done.undo()
        self.rows = look()
        assert differences(before, self.rows, besides=done.besides) == [], done.words
        if life.MOVES & done.besides:  # a stay of no day is left, and bars what came before
            self.back.clear()
        check_register(self.rows)
        check_dossiers(self.rows)
        for year in YEARS:
            assert standing(self.rows, year) == standing(before, year)

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
            self.tell(f"{change} cannot be undone: {refusal.message}")
            assert differences(before, look()) == []
            return
        self.tell(f"undone: {change}")
        if change in merges:
            moved, counted = {*change.people, change.kept_id}, {change.other_id}
            since = change.done_on.year
        else:
            moved = set(change.moves.values_list("registrant", flat=True))
            counted = set(change.moves.filter(to_place=None).values_list("registrant", flat=True))
            since = change.effective_on.year
        self.look_after(Done(f"undo {change}", since=since, moved=moved, counted=counted), before)
        self.back.clear()

    def tell(self, words: str) -> None:
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
        faults = check_all()
        assert not faults, faults
        transaction.set_rollback(True)
    return one


@pytest.fixture
def world(db, november):
    return build(0)


@given(seed=st.integers(0, 10**6))
@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_random_walks(world, seed):
    walk(world, seed)
