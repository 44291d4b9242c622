"""One line of a work list."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from units.models import Place


@dataclass(frozen=True)
class Work:
    """One line of a work list. `target`: the paper it is about, where a line stands for a single one."""

    user_id: int
    kind: str
    place: Place | None
    year: int
    count: int
    model: str = ""
    state: str = ""
    step: str = ""
    passed_only: bool = False
    rulebook_id: int | None = None  # set when the list holds dossiers of other rulebooks that wait for somebody else
    rulebook_title: str = ""
    oldest: datetime.date | None = None
    due: datetime.date | None = None
    provisional: bool = False  # the deadline was not compared with the original text
    target: int | None = None
    inspected: int | None = None  # of minutes: the place as it stood then, which the person's own may have followed
    unsure: tuple[int, ...] = ()  # years the clock of working days crosses whose holidays are not all entered

    def days_waiting(self, today: datetime.date) -> int | None:
        """Whole days the oldest has waited."""
        return None if self.oldest is None else max((today - self.oldest).days, 0)

    def is_late(self, today: datetime.date) -> bool:
        """Is the last day over? On that day itself it is not."""
        return self.due is not None and self.due < today

    @property
    def key(self) -> str:
        """What this line is about, the same from day to day."""
        parts = (self.place.pk if self.place else 0, self.year, self.model, self.state, self.step)
        paper = f"{self.target}-{self.inspected}" if self.inspected else self.target
        return ":".join(str(part or "") for part in (self.kind, *parts, self.rulebook_id, paper))
