"""Parts of a rulebook only some models have: wordings by group, upgrades between levels, objections, revocation.

Pure values, no database. The whole rulebook is in `rulebook_spec`; the format in docs/rulebooks.md.
"""

from dataclasses import dataclass

from recognition.rulebook_procedure import FactSource
from units.choices import CitizenGroup, Level, OrganisationType

GROUPS = tuple(CitizenGroup.values)
ORGANISATION_TYPES = tuple(OrganisationType.values)
MANAGING_LEVELS = (str(Level.COMMUNE), str(Level.DISTRICT), str(Level.PROVINCE))


@dataclass(frozen=True)
class VariantSpec:
    """How an index is worded and proven for one group of citizens; what is left out is as in the criterion."""

    group: int
    help: str
    evidence: tuple[str, ...]
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("group", "help", "evidence", "fact")
        return cls(
            node.integer("group"), node.text("help", ""), node.texts("evidence"), FactSource.read(node.node("fact"))
        )


BLOCK, WARN = EARLY = ("block", "warn")


@dataclass(frozen=True)
class UpgradeSpec:
    """A higher level may be asked for `months` after the lower one, or at once by who meets it directly (R-09).

    `early`: asked for sooner it is not given (BLOCK), or whoever decides is warned and judges (WARN). Unsaid it blocks
    where the wait was read in the text itself, and warns where it was deduced.
    """

    from_level: int
    to_level: int
    months: int
    fact: FactSource
    early: str

    @property
    def blocks(self) -> bool:
        return self.early == BLOCK

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("from_level", "to_level", "months", "early", "fact")
        fact = FactSource.read(node.node("fact"))
        return cls(
            node.integer("from_level"),
            node.integer("to_level"),
            node.integer("months"),
            fact,
            node.choice("early", EARLY, BLOCK if fact.confidence == "V" else WARN),
        )


@dataclass(frozen=True)
class UnknownLevelSpec:
    """A level whose own, stricter wording nobody has read: it is not given until somebody enters it."""

    level: int
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("level", "fact")
        return cls(node.integer("level"), FactSource.read(node.node("fact")))


@dataclass(frozen=True)
class ObjectionSpec:
    """How long a list stands open to objections, and how soon they are answered (working days)."""

    days: int
    answer_days: int
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("days", "answer_days", "fact")
        return cls(node.integer("days"), node.integer("answer_days"), FactSource.read(node.node("fact")))


@dataclass(frozen=True)
class RevocationSpec:
    """A ground on which the deciding body takes a recognition back."""

    title: str
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("title", "fact")
        return cls(node.text("title"), FactSource.read(node.node("fact")))
