"""What every yearly table is made of: columns, rows, notes. The tables themselves: reporting.py, report_models.py."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.checks import Finding
from units.choices import Level
from units.models import Place

# How a column is written: text, whole number, points (half steps), percent (two decimals), signed percent points.
TEXT, COUNT, POINTS, PERCENT, SIGNED = "text", "count", "points", "percent", "signed"

ROW_TITLES = {
    Level.PROVINCE: gettext_lazy("Tỉnh, thành phố"),
    Level.DISTRICT: gettext_lazy("Quận, huyện"),
    Level.COMMUNE: gettext_lazy("Phường, xã"),
    Level.HAMLET: gettext_lazy("Khu phố, thôn"),
}


@dataclass(frozen=True)
class Column:
    """A column. `summed`: has a sum. So a spreadsheet can compute it: `over`, keys (part, whole) of a percentage;
    `plus`, keys that add up to it; `minus`, keys (from, less) of a difference."""

    key: str
    title: str
    kind: str = TEXT
    summed: bool = False
    over: tuple[str, str] | None = None
    plus: tuple[str, ...] = ()
    minus: tuple[str, str] | None = None


@dataclass(frozen=True)
class ReportRow:
    """One row: values by column key; the place it is about; marks (declared sources, place ended in the year)."""

    values: dict[str, object]
    place_id: int | None = None
    declared: tuple[str, ...] = ()
    is_former: bool = False


@dataclass(frozen=True)
class Report:
    """A yearly table of one place. `total` is None when the table has no sum."""

    code: str
    title: str
    place: Place | None
    year: int
    columns: tuple[Column, ...]
    rows: tuple[ReportRow, ...]
    total: ReportRow | None
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    provisional: bool = False
    made_on: datetime.date = field(default_factory=timezone.localdate)

    @property
    def place_name(self) -> str:
        return str(self.place) if self.place else _("Cả nước")

    @property
    def is_open_year(self) -> bool:
        """The year is not over: figures may still change."""
        return self.year >= self.made_on.year


@dataclass(frozen=True)
class TableSpec:
    """A table one can ask for."""

    code: str
    title: str
    model: str
    build: Callable[..., Report]
    description: str


def target_notes(target, year: int) -> list[str]:
    """Where the target column comes from, in words; or that there is none."""
    if target is None:
        return [_("Chưa có chỉ tiêu nào được nhập cho mô hình này.")]
    values = {
        "year": target.year,
        "percent": f"{target.percent.normalize():f}".replace(".", ","),
        "basis": target.legal_basis,
        "scope": target.scope,
        "asked": year,
    }
    if target.is_past:
        text = _(
            "Chỉ tiêu: %(percent)s%% đến năm %(year)d (%(scope)s, %(basis)s) là chỉ tiêu gần nhất; "
            "chưa nhập chỉ tiêu cho năm %(asked)d."
        )
        return [text % values]
    return [_("Chỉ tiêu: %(percent)s%% đến năm %(year)d (%(scope)s, %(basis)s).") % values]


def declared_notes(sources: tuple[str, ...]) -> list[str]:
    """Says which figures nobody can recount."""
    if not sources:
        return []
    return [
        _("Có số liệu khai báo (nguồn %(sources)s) ở nơi chưa có hồ sơ trong hệ thống.")
        % {"sources": ", ".join(sources)}
    ]


def province_of(place: Place | None) -> Place | None:
    """The province a place lies in, or is; None for the nation."""
    return None if place is None else (place.province or place)
