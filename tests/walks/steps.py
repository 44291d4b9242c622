"""What a step says it did, so that what else changed is a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.walks.looking import THIS_YEAR


@dataclass
class Done:
    """A step that was taken. `since`: the first year whose figures it may change. `moved`: registrants that may stand
    elsewhere now (None: anybody). `counted`: those that may come or go. `undo` takes it back: afterwards every row is
    as before, those of the tables `besides` aside."""

    words: str
    undo: Callable[[], object] | None = None
    since: int = THIS_YEAR
    moved: set[int] | None = None
    counted: frozenset[int] | set[int] = frozenset()
    besides: frozenset[str] = frozenset()
    done: Callable[[], object] | None = None
