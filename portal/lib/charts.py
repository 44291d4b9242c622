"""Data of a chart, checked on the server. `{% chart … %}` draws it and puts its table beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

KINDS = ("bar", "hbar", "stacked", "line", "donut")


@dataclass(frozen=True)
class Series:
    """One row of figures. `target`: drawn as a thin marked line instead of bars. None is a gap, not zero.

    `urls`: where each value leads from the chart's table, or nothing.
    """

    name: object
    values: Sequence
    target: bool = False
    urls: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """A chart ready for the component: {% chart chart %}. `key` is unique on its page."""

    key: str
    kind: str
    title: object
    labels: Sequence
    series: Sequence[Series] = field(default_factory=tuple)
    unit: object = ""
    note: object = ""
    rows_label: object = ""
    height: str = "md"

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}")
        for one in self.series:
            if len(one.values) != len(self.labels):
                raise ValueError(f"{one.name}: {len(one.values)} values for {len(self.labels)} labels")


def bar(key: str, title, rows: Iterable[tuple], *, name, unit="", **options) -> Chart:
    """Bar chart from (label, value) pairs."""
    rows = list(rows)
    return Chart(
        key, options.pop("kind", "bar"), title, [row[0] for row in rows], [Series(name, [row[1] for row in rows])],
        unit=unit, **options,
    )  # fmt: skip
