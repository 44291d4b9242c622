"""Declared figures of places that keep no records here: entered, corrected with a reason, checked while entered.

An error of the rules is not saved; a warning wants a reason, which stays with the declaration. Whoever saves says which
version they saw, so nobody writes over what somebody else saved meanwhile.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import clean
from portal.lib.years import FIRST_YEAR
from recognition import checks, figure_checks, year_checks
from recognition.checks import ERROR, WARN, Finding, Judged, stamped
from recognition.choices import LearningModel
from recognition.domain.all_models import models_of
from recognition.domain.declared import as_plain
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.models import Declaration, DeclaredFigure, Tally
from recognition.rules import closed_sentence, may_declare, season_closed
from units.choices import Level
from units.models import Place, User

MEASURES = ("total", "registered", "assessed", "recognised")
CITIZEN_GROUPS = ("staff", "residents")
BIGGEST = 200_000_000  # more than the nation has people

Cell = tuple[str, str, str]  # model, group, measure
Line = tuple[str, str]  # model, group
Figures = Mapping[Cell, int | None]
Percents = Mapping[Line, Decimal | None]
NO_PERCENTS: Percents = MappingProxyType({})


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
    return Declaration.objects.filter(place=place, year=year).first()


def models_with_records(place: Place, year: int) -> dict[str, int]:
    """Model → dossiers the place keeps of the year; a declared figure never stands in for them. One query."""
    rows = Tally.objects.filter(year=year)
    if place.level in (Level.COMMUNE, Level.HAMLET):
        rows = rows.filter(place_id=place.pk)
    else:
        rows = rows.filter(level=Level.COMMUNE, **{f"{place.level}_id": place.pk})
    counted = rows.values("model").annotate(dossiers=Sum(F("registered") + F("withdrawn"))).order_by("model")
    return {row["model"]: row["dossiers"] for row in counted if row["dossiers"]}


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
) -> Draft:
    """What would be kept, with the findings of the rules. Two queries; nothing is written."""
    rows = {(row.model, row.group, row.measure): row for row in declaration.figures.all()} if declaration else {}
    for cell, value in figures.items():
        if value is None:
            rows.pop(cell, None)
            continue
        row = rows.get(cell) or DeclaredFigure()
        row.place, row.year, row.value = place, year, value
        row.model, row.group, row.measure = cell
        rows[cell] = row
    for (model, group), percent in percents.items():
        if (model, group, "recognised") in rows:
            rows[model, group, "recognised"].printed_percent = percent
    for row in rows.values():
        row.declaration, row.source = declaration, source
        row.published_on, row.period = published_on, str(year)
    kept = tuple(rows.values())
    plain = [as_plain(row) for row in kept]
    found = [_helped(one) for one in figure_checks.check_source(plain) if not _is_early(one, year)]
    found += _against_last_year(place, year, kept)
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


def _against_last_year(place: Place, year: int, rows: tuple[DeclaredFigure, ...]) -> list[Finding]:
    """R-21 (everybody passed) and R-24 (a jump from the declared year before), by model."""
    before: dict[tuple[str, str], int] = {}
    last = DeclaredFigure.objects.filter(place=place, year=year - 1, group="", measure__in=("total", "recognised"))
    for row in last.order_by(F("declaration").asc(nulls_first=True)):
        before[row.model, row.measure] = row.value
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
        one = year_checks.check_changes(label, counts) if (model, "total") in before else []
        if (model, "registered") in now and (model, "recognised") in now:
            one += year_checks.check_all_passed(
                label, registered=now[model, "registered"], recognised=now[model, "recognised"]
            )
        found += stamped(one, place=place.code, year=year, model=model)
    return found


# --- Saving


@transaction.atomic
def save_declaration(
    *,
    actor: User,
    place: Place,
    year: int,
    source: str,
    published_on: datetime.date | None,
    figures: Figures,
    percents: Percents = NO_PERCENTS,
    shown_version: int = 0,
    reason: str = "",
    explanations: Mapping[str, str] | None = None,
) -> Declaration:
    """Enter or correct the declared figures of a place and year. Only the given cells change; None empties one.

    shown_version: the version the form was drawn from, 0 for none. explanations: finding key → why the figure is right.
    Raises NotPermitted; DeclarationStale; DeclarationRefused; RecognitionError. Saving the same again changes nothing.
    """
    _require_may(actor, place, year)
    source, reason = clean(source)[:60], clean(reason)[:500]
    if not source:
        raise RecognitionError(_("Hãy ghi nguồn của số liệu, ví dụ Báo cáo số 12/BC-HKH."))
    if published_on is None:
        raise RecognitionError(_("Hãy ghi ngày của văn bản."))
    if published_on > timezone.localdate():
        raise RecognitionError(_("Ngày của văn bản chưa đến."))
    wrong = [value for value in figures.values() if value is not None and not 0 <= value <= BIGGEST]
    if wrong:
        raise RecognitionError(_("Số %(value)d quá lớn hoặc nhỏ hơn 0, hãy xem lại.") % {"value": wrong[0]})
    # Two people declaring the same place follow one another; readers and foreign keys do not wait.
    Place.objects.select_for_update(no_key=True).get(pk=place.pk)
    kept = declaration_of(place, year)
    if (kept.version if kept else 0) != shown_version:
        raise _stale(kept)
    records = models_with_records(place, year)
    given = {model for (model, _group, _measure), value in figures.items() if value is not None}
    refused = [model for model in records if model in given]
    if refused:
        raise RecognitionError(
            _("%(models)s: nơi này đã có hồ sơ của năm %(year)d nên không khai số; hãy bỏ trống.")
            % {"models": ", ".join(str(LearningModel(one).label) for one in refused), "year": year}
        )
    before = _state(kept)
    made = draft(
        place=place,
        year=year,
        source=source,
        published_on=published_on,
        figures=figures,
        percents=percents,
        declaration=kept,
    )
    if not made.figures and kept is None:
        raise RecognitionError(_("Hãy ghi ít nhất một số liệu."))
    if made.errors:
        raise DeclarationRefused(
            _("Chưa lưu: số liệu chưa khớp. Hãy sửa những chỗ được nêu; những gì đã gõ còn nguyên."), made.errors
        )
    reasons = {key: clean(text)[:500] for key, text in (explanations or {}).items()}
    told = {one["message"]: one["reason"] for one in kept.explanations} if kept else {}
    reasons = {key: reasons.get(key) or told.get(str(one.message), "") for key, one in made.warnings}
    silent = [(key, one) for key, one in made.warnings if not reasons[key]]
    if silent:
        raise DeclarationRefused(_("Chưa lưu: có chỗ cần xem lại. Nếu đúng như văn bản, hãy ghi lý do."), silent)
    explained = [
        {"rule": one.rule, "message": str(one.message), "model": one.model, "reason": reasons[key]}
        for key, one in made.warnings
    ]
    if kept is not None:
        if before == _state_of(source, published_on, made.figures) and explained == kept.explanations:
            return kept
        if not reason:
            raise RecognitionError(_("Hãy ghi lý do sửa số liệu đã khai."))
    if DeclaredFigure.objects.filter(source=source, place=place, year=year, declaration__isnull=True).exists():
        text = _("Nguồn “%(source)s” đã có số liệu nạp sẵn của nơi này; hãy ghi tên nguồn khác.")
        raise RecognitionError(text % {"source": source})
    saved = kept or Declaration(place=place, year=year, version=0)
    saved.source, saved.published_on, saved.explanations = source, published_on, explained
    saved.version, saved.reason = saved.version + 1, reason if kept else ""
    saved.saved_by, saved.saved_by_name, saved.saved_at = actor, actor.full_name, timezone.now()
    saved.save()
    _write(saved, made.figures)
    return saved


def _require_may(actor: User, place: Place, year: int) -> None:
    if not may_declare(actor, place):
        raise NotPermitted(_("Bạn không được phân công khai số liệu của %(place)s.") % {"place": place.name})
    if not FIRST_YEAR <= year <= timezone.localdate().year:
        raise RecognitionError(_("Chỉ khai số liệu của các năm từ %(first)d đến năm nay.") % {"first": FIRST_YEAR})
    if season_closed(year):
        raise RecognitionError(closed_sentence(year))
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    if (place.valid_from and place.valid_from > last) or (place.valid_to and place.valid_to < first):
        raise RecognitionError(_("%(place)s không có trong năm %(year)d.") % {"place": place.name, "year": year})


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


def _state(kept: Declaration | None) -> tuple | None:
    return None if kept is None else _state_of(kept.source, kept.published_on, kept.figures.all())


def _write(declaration: Declaration, rows: tuple[DeclaredFigure, ...]) -> None:
    """Bring the kept figures to `rows`: three statements at most."""
    for row in rows:
        row.declaration = declaration
    declaration.figures.filter(~Q(pk__in=[row.pk for row in rows if row.pk])).delete()
    known = [row for row in rows if row.pk]
    if known:
        DeclaredFigure.objects.bulk_update(known, ["source", "published_on", "period", "value", "printed_percent"])
    DeclaredFigure.objects.bulk_create([row for row in rows if not row.pk])
