"""Speed as ratios: each piece of work is timed against the least the database could do for it, in the same run.

`python -m benchmarks` runs every module of this package that has `run(scale)` ("small" or "full"). Each gets its own
scratch database with the official places and the rulebooks loaded and nothing else, makes what it needs there and
returns a list of results:

    {"name": …, "seconds": …, "floor_seconds": …, "ratio": …, "target": …, "note": …}

Milliseconds differ from machine to machine and from minute to minute; the ratio of two things timed in turns does not.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

TOLERANCE = 1.15  # a ratio counts as missed only beyond target × this


def timed(work: Callable[[], object]) -> float:
    """Seconds `work` takes, with the collector's debts paid before the clock starts."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(
    name: str,
    *,
    work: Callable[[], object],
    floor: Callable[[], object],
    target: float,
    repeats: int = 5,
    inner: int = 1,
    before_work: Callable[[], object] = lambda: None,
    before_floor: Callable[[], object] = lambda: None,
    note: str = "",
) -> dict:
    """Time `work` and `floor` in turns and return a result: medians of both, median of the pairs' ratios.

    `inner`: calls per measurement, for work of less than a millisecond. `before_…` bring back the same start, untimed.
    One unmeasured round comes first, so caches and plans are warm on both sides.
    """
    works, floors = [], []
    for number in range(repeats + 1):
        # Taking turns also in who goes first keeps a drifting machine from favouring one side.
        sides = [(works, work, before_work), (floors, floor, before_floor)]
        for kept, side, prepare in sides if number % 2 else sides[::-1]:
            prepare()
            if inner == 1:
                gc.collect()
            seconds = timed(lambda side=side: [side() for _turn in range(inner)]) / inner
            if number:
                kept.append(seconds)
    return result(
        name,
        seconds=statistics.median(works),
        floor_seconds=statistics.median(floors),
        ratio=statistics.median(a / b for a, b in zip(works, floors, strict=True)),
        target=target,
        note=note,
    )


def result(
    name: str, *, seconds: float, floor_seconds: float, target: float, ratio: float | None = None, note=""
) -> dict:
    """A result row; the ratio is that of the two times unless given."""
    return {
        "name": name,
        "seconds": seconds,
        "floor_seconds": floor_seconds,
        "ratio": seconds / floor_seconds if ratio is None else ratio,
        "target": target,
        "note": note,
    }


def verdict(row: dict) -> str:
    """How a result stands to its target: met, near (within the noise) or missed."""
    if row["ratio"] <= row["target"]:
        return "met"
    return "near" if row["ratio"] <= row["target"] * TOLERANCE else "missed"
