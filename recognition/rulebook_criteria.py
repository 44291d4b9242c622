"""The parts of a rulebook that are scored and judged: criteria, marks, ranks, knock-outs, shares. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext

from recognition.choices import Rank, RulebookStatus
from recognition.rulebook_procedure import (
    CONFIDENCES,
    FactSource,
)
from recognition.rulebook_variants import (
    VariantSpec,
)
from units.choices import AreaClass

STATUSES = tuple(RulebookStatus.values)
EVALUATIONS = ("points", "levels")
NA_POLICIES = ("FULL_POINTS", "RESCALE")
AREAS = tuple(AreaClass.values)
RANKS = tuple(Rank.values)  # best first
ALL_LEAVES = "*"
WITHIN = ("commune", "everywhere")


@dataclass(frozen=True)
class LegalBasis:
    """A document the rulebook rests on."""

    document: str
    issued_on: date | None
    content: str
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("document", "issued_on", "content", "fact")
        return cls(
            node.text("document"),
            node.day("issued_on"),
            node.text("content", ""),
            FactSource.read(node.node("fact")),
        )

    @property
    def named(self):
        """The document with its day, as a ground of a decision names it (NĐ 30/2020: months 1 and 2 take a zero).

        Kind and number come first, then the day, then who issued it and what it is about.
        """
        day = self.issued_on
        if day is None:
            return self.document
        month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
        number, about = re.match(r"(.*?)((?: (?:của|về) .*)?)$", self.document, re.DOTALL).groups()
        return f"{number} ngày {day.day:02d} tháng {month} năm {day.year}{about}"


@dataclass(frozen=True)
class CriterionSpec:
    """A criterion or a sub-item. Only leaves are scored; a parent is the sum of its children.

    `minimum` is a knock-out: fewer points than this fail recognition whatever the total.
    `levels` (evaluation "levels" only): the levels whose recognition needs this indicator.
    `applies_to`: types of organisation it is asked of, empty for all. `variants`: wording by group of citizens.
    """

    code: str
    title: str
    title_fact: FactSource
    maximum: Decimal
    max_fact: FactSource
    help: str = ""
    evidence: tuple[str, ...] = ()
    na_allowed: bool = False
    minimum: Decimal | None = None
    levels: tuple[int, ...] = ()
    applies_to: tuple[str, ...] = ()
    variants: tuple[VariantSpec, ...] = ()
    children: tuple["CriterionSpec", ...] = ()

    @classmethod
    def read(cls, node, *, evaluation):
        """Read from its node; faults are noted there."""
        node.only(
            "code",
            "title",
            "title_fact",
            "max",
            "max_fact",
            "help",
            "evidence",
            "na_allowed",
            "min",
            "levels",
            "applies_to",
            "variants",
            "children",
        )
        children = tuple(cls.read(child, evaluation=evaluation) for child in node.nodes("children"))
        title_fact = FactSource.read(node.node("title_fact"))
        if evaluation == "levels":
            maximum, max_fact = Decimal(len(leaves_of(children)) if children else 1), title_fact
        else:
            maximum, max_fact = node.decimal("max"), FactSource.read(node.node("max_fact"))
        levels = node.value.get("levels") or []
        if not isinstance(levels, (list, tuple)) or any(type(level) is not int for level in levels):
            node.fail(gettext("phải là danh sách số nguyên, thí dụ [1, 2]."), "levels")
            levels = []
        return cls(
            code=node.text("code"),
            title=node.text("title"),
            title_fact=title_fact,
            maximum=maximum,
            max_fact=max_fact,
            help=node.text("help", ""),
            evidence=node.texts("evidence"),
            na_allowed=node.boolean("na_allowed", False),
            minimum=node.decimal("min", None),
            levels=tuple(levels),
            applies_to=node.texts("applies_to"),
            variants=tuple(VariantSpec.read(child) for child in node.nodes("variants", name="group")),
            children=children,
        )

    def is_for(self, organisation_type):
        """Is the item asked of this type of organisation? An unknown type is asked everything."""
        return not self.applies_to or not organisation_type or organisation_type in self.applies_to

    @property
    def is_leaf(self):
        return not self.children

    @property
    def leaves(self):
        """The scored items below this one, or itself, in order."""
        return leaves_of(self.children) if self.children else (self,)

    @property
    def confidence(self):
        """The weaker of the confidence of the wording and of the points."""
        return max(self.title_fact.confidence, self.max_fact.confidence, key=CONFIDENCES.index)

    @property
    def provisional(self):
        return self.title_fact.provisional or self.max_fact.provisional

    def walk(self, depth=0):
        """This criterion and all below it, with their depth, in reading order."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


def leaves_of(criteria):
    """The scored items of several criteria, in order."""
    return tuple(leaf for criterion in criteria for leaf in criterion.leaves)


@dataclass(frozen=True)
class MarkSpec:
    """A number with its source: a pass mark of an area class."""

    value: Decimal
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("value", "fact")
        return cls(node.decimal("value"), FactSource.read(node.node("fact")))


@dataclass(frozen=True)
class RankSpec:
    """A rank and the points from which it is given (inclusive); it ends where the next better rank begins."""

    rank: str
    title: str
    floor: Decimal
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("rank", "title", "from", "fact")
        return cls(
            node.choice("rank", RANKS),
            node.text("title"),
            node.decimal("from"),
            FactSource.read(node.node("fact")),
        )


@dataclass(frozen=True)
class KnockOutSpec:
    """Fails recognition whatever the total.

    Either fewer than `minimum` points in `criterion` ("*" = in any scored item), or a declared `condition`.
    """

    title: str
    criterion: str
    minimum: Decimal | None
    condition: str
    fact: FactSource

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("title", "criterion", "min", "condition", "fact")
        return cls(
            node.text("title"),
            node.text("criterion", ""),
            node.decimal("min", None),
            node.text("condition", ""),
            FactSource.read(node.node("fact")),
        )


@dataclass(frozen=True)
class BracketSpec:
    """From so many percent on (inclusive) so many points."""

    floor: Decimal
    points: Decimal

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only("from", "points")
        return cls(node.decimal("from"), node.decimal("points"))


@dataclass(frozen=True)
class DerivedSpec:
    """A share computed from other models' results. `required`: percent per area class, empty if unknown: then it is
    shown but stops no recognition. `within`: a clan's families of the recognising commune only, or everywhere.
    `brackets`: which points of its criterion the share is worth, best first, empty where nobody read the table.
    """

    code: str
    criterion: str
    title: str
    measure: str
    numerator: str
    denominator: str
    required: dict[str, Decimal]
    fact: FactSource
    within: str = WITHIN[0]
    brackets: tuple[BracketSpec, ...] = ()
    brackets_fact: FactSource | None = None

    @property
    def enforced(self):
        return bool(self.required)

    def points_for(self, share):
        """Points the share is worth, exactly and not by rounding; None without a table or without a share."""
        if share is None or not share.known:
            return None
        return next((one.points for one in self.brackets if share.meets(one.floor)), None)

    @classmethod
    def read(cls, node):
        """Read from its node; faults are noted there."""
        node.only(
            *("code", "criterion", "title", "measure", "numerator", "denominator", "required", "within", "fact"),
            *("brackets", "brackets_fact"),
        )
        required = {}
        if node.has("required"):
            marks = node.node("required")
            marks.only(*AREAS)
            required = {area: marks.decimal(area) for area in AREAS}
        return cls(
            node.text("code"),
            node.text("criterion", ""),
            node.text("title"),
            node.text("measure"),
            node.text("numerator"),
            node.text("denominator"),
            required,
            FactSource.read(node.node("fact")),
            node.choice("within", WITHIN, WITHIN[0]),
            tuple(BracketSpec.read(child) for child in node.nodes("brackets", name="from")),
            FactSource.read(node.node("brackets_fact")) if node.has("brackets") else None,
        )
