"""Declared figures of places that keep no records here: entered, corrected with a reason, checked while entered.

An error of the rules is not saved; a warning wants a reason, which stays with the declaration. Whoever saves says which
version they saw, so nobody writes over what somebody else saved meanwhile.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from portal.lib.years import FIRST_YEAR
from recognition import checks, figure_checks, year_checks
from recognition.checks import ERROR, WARN, Finding, Judged, stamped
from recognition.choices import LearningModel
from recognition.domain.all_models import models_of
from recognition.domain.boundaries import boundary_years_of
from recognition.domain.declared import as_plain
from recognition.domain.declaring_ground import Ground, LastYear, ground_of, outside, read_records
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.models import Declaration, DeclaredFigure
from recognition.rules import closed_sentence
from units.models import Place, User

MEASURES = ("total", "registered", "assessed", "recognised")
CITIZEN_GROUPS = ("staff", "residents")
BIGGEST = 200_000_000  # more than the nation has people

Cell = tuple[str, str, str]  # model, group, measure
Line = tuple[str, str]  # model, group
Figures = Mapping[Cell, int | None]
Percents = Mapping[Line, Decimal | None]
NO_PERCENTS: Percents = MappingProxyType({})


class ReasonMissing(RecognitionError):
    """Figures told before are corrected with a reason only."""

    field = "reason"


class DeclarationRefused(RecognitionError):
    """Errors of the rules, or warnings nobody explained. `findings`: (key, Finding), errors first."""

    def __init__(self, message: str, findings: list[tuple[str, Finding]]):
        self.findings = findings
        super().__init__(message)


class DeclarationStale(RecognitionError):
    """Somebody else saved figures of this place and year meanwhile. `current` is what stands there now."""

    def __init__(self, message: str, current: Declaration):
        self.current = current
        super().__init__(message)


@dataclass(frozen=True)
class Draft(Judged):
    """What a declaration would hold after saving: every figure, and what the rules say about it."""

    figures: tuple[DeclaredFigure, ...]
    findings: tuple[tuple[str, Finding], ...]


def lines_of(place: Place) -> list[Line]:
    """The lines of the form: every model counted at the place; citizens also by group."""
    found: list[Line] = []
    for model in models_of(place):
        found.append((str(model), ""))
        if model == LearningModel.CITIZEN:
            found += [(str(model), group) for group in CITIZEN_GROUPS]
    return found


def declaration_of(place: Place, year: int) -> Declaration | None:
    """What the place handed in for the year; None while it has not begun."""
    return Declaration.objects.filter(place=place, year=year).first()


def models_with_records(place: Place, year: int) -> dict[str, int]:
    """Model → dossiers the place keeps of the year; a declared figure never stands in for them. One query."""
    found = Ground()
    read_records(found, [place], [year])
    return found.records.get((place.pk, year), {})


# --- Checking


def draft(
    *,
    place: Place,
    year: int,
    source: str,
    published_on: datetime.date | None,
    figures: Figures,
    percents: Percents = NO_PERCENTS,
    declaration: Declaration | None = None,
    ground: Ground | None = None,
) -> Draft:
    """What would be kept, with the findings of the rules; nothing is written. Four queries, none with `ground`."""
    if ground is not None:
        known = [copy(row) for row in ground.figures.get((place.pk, year), ())]
    else:
        known = list(declaration.figures.all()) if declaration else []
    rows = {(row.model, row.group, row.measure): row for row in known}
    for cell, value in figures.items():
        if value is None:
            rows.pop(cell, None)
            continue
        row = rows.get(cell) or DeclaredFigure()
        row.year, row.value = year, value
        row.model, row.group, row.measure = cell
        rows[cell] = row
    for (model, group), percent in percents.items():
        if (model, group, "recognised") in rows:
            rows[model, group, "recognised"].printed_percent = percent
    for row in rows.values():
        row.place, row.declaration, row.source = place, declaration, source
        row.published_on, row.period = published_on, str(year)
    kept = tuple(rows.values())
    plain = [as_plain(row) for row in kept]
    found = [_helped(one) for one in figure_checks.check_source(plain) if not _is_early(one, year)]
    before = ground.last_year(place, year) if ground else _last_year(place, year)
    boundary = ground.boundary if ground else boundary_years_of({place.pk}, [year])
    found += _against_last_year(place, year, kept, before, is_boundary=(place.pk, year) in boundary)
    unique = {checks.key_of(one): one for one in found}
    order = (ERROR, WARN)
    ranked = sorted(unique.items(), key=lambda one: order.index(one[1].level) if one[1].level in order else 2)
    return Draft(kept, tuple(ranked))


def _is_early(found: Finding, year: int) -> bool:
    """A finding only a finished source deserves: the day is asked by the form, recognitions come at the year's end."""
    return found.measure == "published_on" or (_lacks_recognised(found) and year >= timezone.localdate().year)


def _lacks_recognised(found: Finding) -> bool:
    return found.rule == "R-01" and found.measure == "recognised" and found.expected is None


def _helped(found: Finding) -> Finding:
    """What whoever types can do about registrations of a past year without recognitions: an error like everywhere."""
    return replace(found, hint=_("Nếu năm đó không công nhận ai, hãy ghi 0.")) if _lacks_recognised(found) else found


def _last_year(place: Place, year: int) -> LastYear:
    rows = DeclaredFigure.objects.filter(place=place, year=year - 1, group="", measure__in=("total", "recognised"))
    return {(row.model, row.measure): row.value for row in rows.order_by(F("declaration").asc(nulls_first=True))}


def _against_last_year(
    place: Place, year: int, rows: tuple[DeclaredFigure, ...], before: LastYear, *, is_boundary: bool
) -> list[Finding]:
    """R-21 (everybody passed) and R-24 (a jump from the declared year before), by model."""
    now = {(row.model, row.measure): row.value for row in rows if not row.group}
    found = []
    for model in dict.fromkeys(model for model, _measure in now):
        if model not in LearningModel.values:
            continue
        label = str(LearningModel(model).label)
        counts = {
            one: year_checks.YearCounts(kept.get((model, "total")), kept.get((model, "recognised")))
            for one, kept in ((year - 1, before), (year, now))
        }
        explained = [year] if is_boundary else []
        one = year_checks.check_changes(label, counts, boundary_years=explained) if (model, "total") in before else []
        if (model, "registered") in now and (model, "recognised") in now:
            one += year_checks.check_all_passed(
                label, registered=now[model, "registered"], recognised=now[model, "recognised"]
            )
        found += stamped(one, place=place.code, year=year, model=model)
    return found


# --- Saving


@dataclass(frozen=True)
class Prepared:
    """A declaration that passed every rule. `figures` is None when it says what is kept already."""

    declaration: Declaration
    figures: tuple[DeclaredFigure, ...] | None


@dataclass(frozen=True)
class Typed:
    """What was typed for a place and year. Only the given cells change; None empties one.

    shown_version: the version the form was drawn from, 0 for none. explanations: finding key → why the figure is right.
    """

    place: Place
    year: int
    source: str
    published_on: datetime.date | None
    figures: Figures
    percents: Percents = field(default_factory=dict)
    shown_version: int = 0
    reason: str = ""
    explanations: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def save_declaration(*, actor: User, typed: Typed) -> Declaration:
    """Enter or correct the declared figures of a place and year.

    Raises NotPermitted; DeclarationStale; DeclarationRefused; RecognitionError. Saving the same again changes nothing.
    """
    made = prepare(ground_of(actor, [typed.place], [typed.year]), actor=actor, typed=typed)
    write([made])
    return made.declaration


def prepare(ground: Ground, *, actor: User, typed: Typed) -> Prepared:
    """Every rule of `save_declaration`, asked of what was read beforehand: no statement, nothing is written yet."""
    place, year, published_on, figures = typed.place, typed.year, typed.published_on, typed.figures
    _require_may(ground, place, year)
    source, reason = clean(typed.source)[:60], clean(typed.reason)[:500]
    if not source:
        raise RecognitionError(_("Hãy ghi nguồn của số liệu, ví dụ Báo cáo số 12/BC-HKH."))
    if published_on is None:
        raise RecognitionError(_("Hãy ghi ngày của văn bản."))
    if published_on > timezone.localdate():
        raise RecognitionError(_("Ngày của văn bản chưa đến."))
    wrong = [value for value in figures.values() if value is not None and not 0 <= value <= BIGGEST]
    if wrong:
        raise RecognitionError(_("Số %(value)d quá lớn hoặc nhỏ hơn 0, hãy xem lại.") % {"value": wrong[0]})
    kept = ground.kept.get((place.pk, year))
    if (kept.version if kept else 0) != typed.shown_version:
        raise _stale(kept)
    given = {model for (model, _group, _measure), value in figures.items() if value is not None}
    refused = [model for model in ground.records.get((place.pk, year), {}) if model in given]
    if refused:
        raise RecognitionError(
            _("%(models)s: nơi này đã có hồ sơ của năm %(year)d nên không khai số; hãy bỏ trống.")
            % {"models": ", ".join(str(LearningModel(one).label) for one in refused), "year": year}
        )
    made = draft(
        place=place,
        year=year,
        source=source,
        published_on=published_on,
        figures=figures,
        percents=typed.percents,
        declaration=kept,
        ground=ground,
    )
    if not made.figures and kept is None:
        raise RecognitionError(_("Hãy ghi ít nhất một số liệu."))
    if made.errors:
        raise DeclarationRefused(
            _("Chưa lưu: số liệu chưa khớp. Hãy sửa những chỗ được nêu; những gì đã gõ còn nguyên."), made.errors
        )
    explained = _explained(made, kept, typed.explanations)
    if kept is not None:
        before = _state_of(kept.source, kept.published_on, ground.figures[place.pk, year])
        if before == _state_of(source, published_on, made.figures) and explained == kept.explanations:
            return Prepared(kept, None)
        if not reason:
            raise ReasonMissing(_("Hãy ghi lý do sửa số liệu đã khai."))
    if (source, place.pk, year) in ground.loaded_sources:
        text = _("Nguồn “%(source)s” đã có số liệu nạp sẵn của nơi này; hãy ghi tên nguồn khác.")
        raise RecognitionError(text % {"source": source})
    saved = copy(kept) if kept else Declaration(place=place, year=year, version=0)
    saved.source, saved.published_on, saved.explanations = source, published_on, explained
    saved.version, saved.reason = saved.version + 1, reason if kept else ""
    saved.saved_by, saved.saved_by_name, saved.saved_at = actor, actor.full_name, timezone.now()
    ground.remember(saved, made.figures)
    return Prepared(saved, made.figures)


def _explained(made: Draft, kept: Declaration | None, explanations: Mapping[str, str]) -> list[dict]:
    """Every warning with the reason given for it, now or before. Raises DeclarationRefused with those without one."""
    reasons = {key: clean(text)[:500] for key, text in explanations.items()}
    told = {one["message"]: one["reason"] for one in kept.explanations} if kept else {}
    reasons = {key: reasons.get(key) or told.get(str(one.message), "") for key, one in made.warnings}
    silent = [(key, one) for key, one in made.warnings if not reasons[key]]
    if silent:
        raise DeclarationRefused(_("Chưa lưu: có chỗ cần xem lại. Nếu đúng như văn bản, hãy ghi lý do."), silent)
    return [
        {"rule": one.rule, "message": str(one.message), "model": one.model, "reason": reasons[key]}
        for key, one in made.warnings
    ]


def _require_may(ground: Ground, place: Place, year: int) -> None:
    if place.pk not in ground.allowed:
        raise NotPermitted(_("Bạn không được phân công khai số liệu của %(place)s.") % {"place": place.name})
    if not FIRST_YEAR <= year <= timezone.localdate().year:
        raise RecognitionError(_("Chỉ khai số liệu của các năm từ %(first)d đến năm nay.") % {"first": FIRST_YEAR})
    if year in ground.closed:
        raise RecognitionError(closed_sentence(year))
    if absent := absent_sentence(place, year):
        raise RecognitionError(absent)


def absent_sentence(place: Place, year: int) -> str:
    """A place that was not there in the year declares nothing for it; empty when it was."""
    if not outside(place, year):
        return ""
    return _("%(place)s không có trong năm %(year)d.") % {"place": place.name, "year": year}


def _stale(kept: Declaration | None) -> RecognitionError:
    if kept is None:
        return RecognitionError(_("Bản khai này không còn nữa. Hãy tải lại trang."))
    text = _(
        "%(who)s vừa lưu số liệu của nơi này. Số bạn gõ còn nguyên, số đang lưu ghi ở dưới ô; "
        "bấm Lưu lần nữa nếu muốn thay."
    )
    return DeclarationStale(text % {"who": kept.saved_by_name}, kept)


def _state_of(source, published_on, rows) -> tuple:
    values = sorted((row.model, row.group, row.measure, row.value, row.printed_percent) for row in rows)
    return source, published_on, [(*one[:4], "" if one[4] is None else f"{one[4]:.2f}") for one in values]


def write(prepared: Sequence[Prepared]) -> None:
    """Save what was prepared: the same few statements for one place and for a thousand."""
    changed = [one for one in prepared if one.figures is not None]
    if not changed:
        return
    made = [one.declaration for one in changed]
    Declaration.objects.bulk_create([one for one in made if one.pk is None])
    Declaration.objects.bulk_update([one for one in made if one.version > 1], _SAVED)
    rows = []
    for one in changed:
        for row in one.figures:
            row.declaration = one.declaration
            rows.append(row)
    stays = [row.pk for row in rows if row.pk]
    DeclaredFigure.objects.filter(declaration__in=[one.pk for one in made]).exclude(pk__in=stays).delete()
    DeclaredFigure.objects.bulk_update(
        [row for row in rows if row.pk],
        ["source", "published_on", "period", "value", "printed_percent"],
        batch_size=1000,
    )
    DeclaredFigure.objects.bulk_create([row for row in rows if not row.pk])


_SAVED = ["source", "published_on", "explanations", "version", "reason", "saved_by", "saved_by_name", "saved_at"]
