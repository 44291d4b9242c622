"""A rulebook as plain values: criteria, pass marks, ranks, procedure, each fact with source and confidence.

Pure: no database, no request. `RulebookSpec.from_dict` reads the frozen content of a loaded rulebook;
files are read and fully checked by `rulebook_checks`. Format for people: docs/rulebooks.md.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from recognition.rulebook_criteria import (
    AREAS,
    EVALUATIONS,
    NA_POLICIES,
    STATUSES,
    CriterionSpec,
    DerivedSpec,
    KnockOutSpec,
    LegalBasis,
    MarkSpec,
    RankSpec,
    leaves_of,
)
from recognition.rulebook_procedure import (
    AuthoritySpec,
    FactSource,
    StepSpec,
    ValiditySpec,
)
from recognition.rulebook_reader import Node, RulebookError
from recognition.rulebook_variants import (
    MANAGING_LEVELS,
    ObjectionSpec,
    RevocationSpec,
    UnknownLevelSpec,
    UpgradeSpec,
)

KEYS = (
    *("code", "version", "model", "managed_by", "title", "summary", "status"),
    *("valid_from_year", "valid_to_year", "provinces", "sources", "legal_basis"),
    *("evaluation", "step", "na_policy", "criteria", "pass_marks", "ranks", "unknown_levels", "knock_outs", "derived"),
    *("procedure", "validity", "decision", "upgrade", "objection", "revocation", "decider_cannot_be_subject"),
)


@dataclass(frozen=True)
class RulebookSpec:
    """Everything needed to run one model in a period. See docs/rulebooks.md for every key."""

    code: str
    version: int
    model: str
    managed_by: str
    title: str
    status: str
    valid_from_year: int
    valid_to_year: int | None
    provinces: tuple[str, ...]
    summary: str
    sources: dict[str, str]
    legal_basis: tuple[LegalBasis, ...]
    evaluation: str
    step: Decimal
    na_policy: str
    na_fact: FactSource | None
    criteria: tuple[CriterionSpec, ...]
    pass_marks: dict[str, MarkSpec]
    ranks: tuple[RankSpec, ...]
    unknown_levels: tuple[UnknownLevelSpec, ...]
    knock_outs: tuple[KnockOutSpec, ...]
    derived: tuple[DerivedSpec, ...]
    procedure: tuple[StepSpec, ...]
    validity: ValiditySpec
    authorities: tuple[AuthoritySpec, ...]
    upgrade: UpgradeSpec | None
    objection: ObjectionSpec | None
    revocation: tuple[RevocationSpec, ...]
    decider_cannot_be_subject: bool
    content: dict = field(repr=False, compare=False, hash=False)

    @classmethod
    def from_dict(cls, content):
        """Build from the content of a loaded rulebook. Raises RulebookError when it is not readable."""
        faults = []
        spec = cls.read(Node(content, (content.get("code", "?") if isinstance(content, dict) else "?",), faults))
        if faults:
            raise RulebookError(faults)
        return spec

    def to_dict(self):
        """The content this was built from: JSON values only, what the database keeps."""
        return self.content

    @classmethod
    def read(cls, node):
        """Build from a node, noting faults on it; returns None when there is nothing to read."""
        if not node.is_mapping():
            return None
        node.only(*KEYS)
        evaluation = node.choice("evaluation", EVALUATIONS)
        na_policy, na_fact = _na_policy(node)
        sources = node.node("sources")
        return cls(
            code=node.text("code"),
            version=node.integer("version"),
            model=node.text("model"),
            managed_by=node.choice("managed_by", MANAGING_LEVELS, MANAGING_LEVELS[0]),
            title=node.text("title"),
            status=node.choice("status", STATUSES),
            valid_from_year=node.integer("valid_from_year"),
            valid_to_year=node.integer("valid_to_year", None),
            provinces=node.texts("provinces"),
            summary=node.text("summary", ""),
            sources={key: sources.text(key) for key in sources.value},
            legal_basis=tuple(LegalBasis.read(child) for child in node.nodes("legal_basis", name="document")),
            evaluation=evaluation,
            step=Decimal(1) if evaluation == "levels" else node.decimal("step"),
            na_policy=na_policy,
            na_fact=na_fact,
            criteria=tuple(CriterionSpec.read(child, evaluation=evaluation) for child in node.nodes("criteria")),
            pass_marks=_pass_marks(node),
            ranks=tuple(RankSpec.read(child) for child in node.nodes("ranks", name="rank")),
            unknown_levels=tuple(UnknownLevelSpec.read(child) for child in node.nodes("unknown_levels", name="level")),
            knock_outs=tuple(KnockOutSpec.read(child) for child in node.nodes("knock_outs", name="title")),
            derived=tuple(DerivedSpec.read(child) for child in node.nodes("derived")),
            procedure=tuple(StepSpec.read(child) for child in node.nodes("procedure", name="step")),
            validity=ValiditySpec.read(node.node("validity")),
            authorities=tuple(AuthoritySpec.read(child) for child in node.nodes("decision", name="from")),
            upgrade=UpgradeSpec.read(node.node("upgrade")) if node.has("upgrade") else None,
            objection=ObjectionSpec.read(node.node("objection")) if node.has("objection") else None,
            revocation=tuple(RevocationSpec.read(child) for child in node.nodes("revocation", name="title")),
            decider_cannot_be_subject=node.boolean("decider_cannot_be_subject"),
            content=node.value,
        )

    @cached_property
    def leaves(self):
        """Scored items in the rulebook's order: the order of every stored array of points."""
        return leaves_of(self.criteria)

    @cached_property
    def leaf_codes(self):
        return tuple(leaf.code for leaf in self.leaves)

    @cached_property
    def leaf_by_code(self):
        """Scored items by code."""
        return {leaf.code: leaf for leaf in self.leaves}

    @cached_property
    def by_code(self):
        """Every criterion, parents included, by code."""
        return {criterion.code: criterion for _depth, criterion in self.walk()}

    @cached_property
    def conditions(self):
        """Knock-outs that somebody declares with yes or no."""
        return tuple(knock for knock in self.knock_outs if knock.condition)

    @property
    def needs_measures(self):
        """Does the result depend on more than points: on shares of other models or on declared conditions?"""
        return bool(self.derived or self.conditions)

    @cached_property
    def maximum(self):
        """Most points one can reach (100 for every points rulebook); number of indicators for levels."""
        return sum((criterion.maximum for criterion in self.criteria), Decimal(0))

    @cached_property
    def levels(self):
        """The levels one can be recognised at, lowest first; empty for points."""
        return tuple(sorted({level for leaf in self.leaves for level in leaf.levels}))

    @cached_property
    def awarded_levels(self):
        """The levels whose wording is known, so that somebody can be recognised at them."""
        unknown = {one.level for one in self.unknown_levels}
        return tuple(level for level in self.levels if level not in unknown)

    @cached_property
    def steps(self):
        """Names of the steps in order."""
        return tuple(step.step for step in self.procedure)

    @property
    def by_levels(self):
        """True for a checklist of indicators met or not met."""
        return self.evaluation == "levels"

    @property
    def provisional(self):
        """True when people must be told that this is not the official text."""
        return self.status != "official"

    def walk(self):
        """All criteria with their depth, in reading order."""
        for criterion in self.criteria:
            yield from criterion.walk()

    def step_named(self, name):
        """The step, or None when the procedure does without it."""
        return next((step for step in self.procedure if step.step == name), None)

    def pass_mark(self, area):
        """Points from which recognition is given: the area's mark, or the floor of the last rank but one."""
        if area in self.pass_marks:
            return self.pass_marks[area].value
        return self.ranks[-2].floor if len(self.ranks) > 1 else None

    def rank_for(self, total):
        """The RankSpec a total falls into; None for rulebooks without ranks."""
        return next((rank for rank in self.ranks if total >= rank.floor), None)

    def authority_on(self, day):
        """Who signs the decision on a day (AuthoritySpec, perhaps with an unknown authority), or None."""
        return next((authority for authority in self.authorities if day in authority.span), None)

    def round_to_step(self, number):
        """Nearest multiple of the step, halves up."""
        return (number / self.step).quantize(Decimal(1), ROUND_HALF_UP) * self.step


def _na_policy(node) -> tuple[str, FactSource | None]:
    """How items that do not apply are counted, and where that stands."""
    if not node.has("na_policy"):
        return "FULL_POINTS", None
    policy = node.node("na_policy")
    policy.only("value", "fact")
    return policy.choice("value", NA_POLICIES), FactSource.read(policy.node("fact"))


def _pass_marks(node) -> dict[str, MarkSpec]:
    """The mark of each area; none for rulebooks of ranks and of levels."""
    if not node.has("pass_marks"):
        return {}
    areas = node.node("pass_marks")
    areas.only(*AREAS)
    return {area: MarkSpec.read(areas.node(area)) for area in AREAS}
