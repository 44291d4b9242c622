"""The procedure part of a rulebook: facts with their source, steps, deadlines, validity and who decides.

Pure values, no database. The whole rulebook is in `rulebook_spec`; the format in docs/rulebooks.md.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from portal.lib.workdays import PLAIN, add_working_days
from recognition.choices import Step
from units.choices import Level

CONFIDENCES = ("V", "P", "M", "X")  # best first: verified, partly seen, unconfirmed, value chosen by us
CONFIDENCE_LABELS = {
    "V": _("Đã đối chiếu văn bản"),
    "P": _("Chưa đối chiếu văn bản gốc"),
    "M": _("Tạm thời: chưa xác nhận"),
    "X": _("Tạm thời: trị số tạm đặt, chờ Hội thay thế"),
}
STEPS = tuple(Step.values)
LEVELS = tuple(Level.values)
DISTRICTS_ENDED = date(2025, 6, 30)  # last day of the district tier


@dataclass(frozen=True)
class FactSource:
    """Where a fact comes from and how sure: V verified, P partly, M unconfirmed, X value chosen by us."""

    confidence: str
    sources: tuple[str, ...] = ()
    note: str = ""

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("mark", "sources", "note")
        return cls(node.choice("mark", CONFIDENCES), node.texts("sources"), node.text("note", ""))

    @property
    def provisional(self):
        """True for values people must not take for official ones (M and X)."""
        return self.confidence in ("M", "X")

    @property
    def label(self):
        return CONFIDENCE_LABELS.get(self.confidence, "")


@dataclass(frozen=True)
class Span:
    """A stretch of days, both ends included; None is open."""

    first: date | None
    last: date | None

    def __contains__(self, day):
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class PlaceLevel:
    """The level of place that performs a step in a span of days. `level` None: no rule was found."""

    level: str | None
    span: Span
    note: str

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("level", "from", "to", "note")
        return cls(node.choice("level", LEVELS, None), Span(node.day("from"), node.day("to")), node.text("note", ""))


@dataclass(frozen=True)
class AuthoritySpec:
    """Who signs the decision in a span of days. `authority` empty: no rule was found; said, not guessed."""

    authority: str
    level: str | None
    span: Span
    fact: FactSource
    symbol: str = ""  # letters of the decision's number, "QĐ-SGDĐT"; empty: the People's Committee's

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("authority", "symbol", "level", "from", "to", "fact")
        return cls(
            node.text("authority", ""),
            node.choice("level", LEVELS, None),
            Span(node.day("from"), node.day("to")),
            FactSource.read(node.node("fact")),
            node.text("symbol", ""),
        )

    @property
    def known(self):
        return bool(self.authority)


@dataclass(frozen=True)
class DeadlineSpec:
    """Last day of a step: day and month, in the assessed year or `year_offset` years later."""

    month: int
    day: int
    year_offset: int
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("month", "day", "year_offset", "fact")
        return cls(
            node.integer("month"),
            node.integer("day"),
            node.integer("year_offset", 0),
            FactSource.read(node.node("fact")),
        )

    def on(self, year):
        """The last day for the assessed year."""
        return date(year + self.year_offset, self.month, self.day)


@dataclass(frozen=True)
class WithinSpec:
    """How many working days a step may take, counted from the day the step before it was done."""

    working_days: int
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("working_days", "fact")
        return cls(node.integer("working_days"), FactSource.read(node.node("fact")))

    def until(self, since, calendar=PLAIN):
        """The last day for what has waited since `since`; `calendar`: recognition.domain.holidays."""
        return add_working_days(since, self.working_days, calendar)


@dataclass(frozen=True)
class StepSpec:
    """One step of the procedure: who performs it, at which level of place, by when.

    `differs_from`: earlier steps that must have been performed by another person. A step may have a last day
    (`deadline`), a number of working days (`within`), both or neither.
    """

    step: str
    roles: tuple[str, ...]
    places: tuple[PlaceLevel, ...]
    optional: bool
    bulk: bool
    differs_from: tuple[str, ...]
    deadline: DeadlineSpec | None
    help: str
    fact: FactSource
    within: WithinSpec | None = None

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("step", "roles", "places", "optional", "bulk", "differs_from", "deadline", "within", "help", "fact")
        return cls(
            step=node.choice("step", STEPS),
            roles=node.texts("roles"),
            places=tuple(PlaceLevel.read(child) for child in node.nodes("places", name="level")),
            optional=node.boolean("optional", False),
            bulk=node.boolean("bulk", False),
            differs_from=node.texts("differs_from"),
            deadline=DeadlineSpec.read(node.node("deadline")) if node.has("deadline") else None,
            help=node.text("help", ""),
            fact=FactSource.read(node.node("fact")),
            within=WithinSpec.read(node.node("within")) if node.has("within") else None,
        )

    @property
    def label(self):
        return Step(self.step).label

    def level_on(self, day):
        """Level of place that performs the step on a day; None when no rule is known for that day."""
        return next((place.level for place in self.places if day in place.span), None)


@dataclass(frozen=True)
class ValiditySpec:
    """How long a recognition holds."""

    years: int
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("years", "fact")
        return cls(node.integer("years"), FactSource.read(node.node("fact")))

    def until(self, decided_on):
        """Last valid day: 31 December, `years` years after the year of the decision.

        Reading of "3 năm tiếp theo năm được công nhận" (Circular 25/2023); in one place, being a reading.
        """
        return date(decided_on.year + self.years, 12, 31)
