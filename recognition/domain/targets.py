"""Targets of programmes: which one a place is measured by, and entering, correcting and withdrawing one.

The nation's come from decrees; a province or ward sets its own, or is given one from above. The nearest scope wins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.lib.text import clean
from portal.lib.years import FIRST_YEAR
from recognition import figure_checks
from recognition.checks import WARN, Finding
from recognition.choices import LearningModel
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.figure_checks import MAIN_SHARE, PlainTarget
from recognition.models import Target
from recognition.rules import may_set_targets
from units.choices import AreaClass
from units.models import Place, User

AREA_OF = {"normal": AreaClass.NORMAL, "difficult": AreaClass.DIFFICULT}
AREA_WORD = {kept: word for word, kept in AREA_OF.items()}
LAST_YEAR = 2045  # programmes reach to 2030, plans of the party to 2045
# Which shares have targets. The three of citizens are of different wholes, so none stands for another.
MEASURES_OF = {
    model: ("recognised_of_adults", "recognised_of_workers", "recognised_of_staff")
    if model == LearningModel.CITIZEN
    else (MAIN_SHARE,)
    for model in LearningModel
    if model not in (LearningModel.COMMUNITY_DISTRICT, LearningModel.COMMUNITY_PROVINCE)
}


class TargetStale(RecognitionError):
    """Somebody else saved this target meanwhile. `current` is what stands there now."""

    def __init__(self, message: str, current: Target):
        self.current = current
        super().__init__(message)


class TargetWarned(RecognitionError):
    """A rule warns (R-23) and nobody said why the target is right all the same."""

    def __init__(self, findings: list[Finding]):
        self.findings = findings
        super().__init__(" ".join([*(one.text for one in findings), _("Nếu đúng như văn bản, hãy ghi lý do.")]))


# --- Which target applies


@dataclass(frozen=True)
class TargetFor:
    """The target a year is measured against. `is_past`: none is set for the year or later, this is the last one.

    `level`: of the place that set it, "" for the nation.
    """

    percent: Decimal
    year: int
    legal_basis: str
    scope: str
    is_past: bool
    level: str = ""
    place_id: int | None = None
    source: str = ""
    is_provisional: bool = False


def target_for(place: Place | None, year: int, model: str, area_class: str | None = None) -> TargetFor | None:
    """The first target of the year or later; nearest scope first, then the place's area class. One query."""
    return targets_for(place, year, area_class, models=(model,)).get(model)


def targets_for(
    place: Place | None, year: int, area_class: str | None = None, *, models: Iterable[str] = LearningModel.values
) -> dict[str, TargetFor]:
    """The same for several models, by model; those without any target are missing. One query."""
    found = applying(place, year, area_class, models=models, measures=(MAIN_SHARE,))
    return {model: one for (model, _measure), one in found.items()}


def applying(
    place: Place | None,
    year: int,
    area_class: str | None = None,
    *,
    models: Iterable[str] = LearningModel.values,
    measures: Iterable[str] | None = None,
) -> dict[tuple[str, str], TargetFor]:
    """(model, measure) → the target a place is measured by. One query."""
    chain = [] if place is None else [place.pk, place.commune_id, place.district_id, place.province_id]
    area = area_class or (place.area_class if place else AreaClass.NORMAL)

    def rank(target):
        scope = len(chain) if target.place_id is None else chain.index(target.place_id)
        coming = target.year >= year
        return (not coming, scope, target.year if coming else -target.year, target.area_class != area)

    rows = Target.objects.in_force().filter(
        Q(place__isnull=True) | Q(place__in=[pk for pk in chain if pk]),
        model__in=list(models),
        area_class__in={area, AreaClass.NORMAL},
    )
    if measures is not None:
        rows = rows.filter(measure__in=list(measures))
    usable: dict[tuple[str, str], list[Target]] = defaultdict(list)
    for target in rows.select_related("place"):
        usable[target.model, target.measure].append(target)
    found = {}
    for key, targets in usable.items():
        best = min(targets, key=rank)
        scope = str(best.place) if best.place else _("Cả nước")
        found[key] = TargetFor(
            best.percent,
            best.year,
            best.legal_basis,
            scope,
            best.year < year,
            best.place.level if best.place else "",
            best.place_id,
            best.source,
            best.is_provisional,
        )
    return found


# ---


def as_plain(target: Target) -> PlainTarget:
    """A kept target as the rules read it; `place` must be there already."""
    return PlainTarget(
        source="",
        scope=target.place.code if target.place else "",
        scope_level=target.place.level if target.place else "nation",
        scope_name=str(target.place) if target.place else "",
        year=target.year,
        model=target.model,
        measure=target.measure,
        percent=target.percent,
        area=AREA_WORD[target.area_class],
        legal_basis=target.legal_basis,
    )


def check_all_targets() -> list[Finding]:
    """R-23 for every local scope against the national targets."""
    rows = Target.objects.in_force().select_related("place").order_by("model", "measure", "year", "id")
    return figure_checks.check_targets(as_plain(target) for target in rows)


def scope_findings(place: Place | None, extra: Target | None = None) -> list[Finding]:
    """R-23 of one scope against the nation, with `extra` as it is about to be saved. One query."""
    own = Q(place=place) if place is not None else Q(place__isnull=True)
    rows = Target.objects.in_force().filter(own | Q(place__isnull=True)).select_related("place").order_by("year", "pk")
    return findings_among(rows, place, extra)


def findings_among(rows: Iterable[Target], place: Place | None, extra: Target | None = None) -> list[Finding]:
    """The same where the targets in force of the scope and of the nation are at hand, earliest year first.

    Hamlets share no codes with other places, so scopes are told apart by their keys here.
    """
    # Others of the same list have no key yet, either; they are no earlier version of it.
    kept = [row for row in rows if row.pk is None or extra is None or row.pk != extra.pk]
    mine = [as_plain(row) for row in kept if row.place_id == (place.pk if place else None)]
    nation = [as_plain(row) for row in kept if row.place_id is None]
    if extra is not None:
        mine.append(as_plain(extra))
    return figure_checks.check_targets(mine, () if place is None else nation)


# --- Entering and correcting


def _require_may_set(actor: User, place: Place | None) -> None:
    if not may_set_targets(actor, place):
        name = place.name if place else _("cả nước")
        raise NotPermitted(_("Bạn không được phân công đặt chỉ tiêu của %(place)s.") % {"place": name})


@transaction.atomic
def save_target(*, actor: User, target: Target, shown_version: int = 0, explanation: str = "") -> Target:
    """Enter a target, or correct one (with `target.reason`). The version before stays in the history.

    shown_version: the version the form was drawn from, 0 for a new one. Raises NotPermitted, TargetStale,
    TargetWarned (R-23 without an explanation), RecognitionError.
    """
    check_entry(actor, target)
    kept = _locked(target)
    if not ready(actor, target, kept, shown_version, explanation, lambda: scope_findings(target.place, target)):
        return kept
    try:
        target.full_clean()
        with transaction.atomic():
            target.save()
    except ValidationError as error:
        raise RecognitionError(next(iter(error.messages))) from error
    except IntegrityError as error:  # two people entered the same target at once
        raise RecognitionError(_("Người khác vừa đặt chỉ tiêu này. Hãy tải lại trang rồi làm lại.")) from error
    return target


def check_entry(actor: User, target: Target) -> None:
    """What can be told of a target alone. Raises NotPermitted, RecognitionError."""
    _require_may_set(actor, target.place)
    if target.measure not in MEASURES_OF.get(target.model, ()):
        raise RecognitionError(_("Mô hình này không có chỉ tiêu theo tỷ lệ đó."))
    if not FIRST_YEAR <= target.year <= LAST_YEAR:
        values = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise RecognitionError(_("Năm của chỉ tiêu từ %(first)d đến %(last)d.") % values)
    target.legal_basis, target.source, target.reason = map(clean, (target.legal_basis, target.source, target.reason))
    if not target.legal_basis:
        raise RecognitionError(_("Hãy ghi căn cứ: số, ngày văn bản giao chỉ tiêu."))


def ready(
    actor: User,
    target: Target,
    kept: Target | None,
    shown_version: int,
    explanation: str,
    findings: Callable[[], list[Finding]],
) -> bool:
    """Make a target that takes the place of `kept` ready to be saved; False when it says what is kept already.

    `findings`: R-23 of its scope with the target in it. Raises as `save_target`.
    """
    if (kept.version if kept else 0) != shown_version and not (kept and kept.is_withdrawn and shown_version == 0):
        raise _stale(kept, target)
    if kept is not None:
        if _same(kept, target):
            return False
        if not target.reason and not kept.is_withdrawn:
            raise RecognitionError(_("Hãy ghi lý do sửa chỉ tiêu."))
        target.reason = target.reason or _("Đặt lại chỉ tiêu đã rút.")
        target.pk, target.version, target._state.adding = kept.pk, kept.version + 1, False
    else:
        target.reason = ""
    found = [
        one
        for one in findings()
        if one.model == target.model and one.measure in (target.measure, "target") and one.printed is not None
    ]
    if not 0 <= target.percent <= 100:  # told in a file of somebody else's, kept by nobody
        raise RecognitionError(" ".join(one.text for one in found if one.printed == target.percent))
    target.explanation = clean(explanation)[:500]
    if any(one.level == WARN for one in found) and not target.explanation:
        raise TargetWarned(found)
    target.is_withdrawn = False
    target.saved_by_name = actor.full_name
    return True


@transaction.atomic
def withdraw_target(*, actor: User, target: Target, shown_version: int, reason: str) -> Target:
    """Take a target back that should not have been entered; it stays in the history. Raises as `save_target`."""
    _require_may_set(actor, target.place)
    kept = Target.objects.select_for_update(of=("self",)).select_related("place").get(pk=target.pk)
    if kept.version != shown_version or kept.is_withdrawn:
        raise _stale(kept, target)
    reason = clean(reason)[:500]
    if not reason:
        raise RecognitionError(_("Hãy ghi lý do rút chỉ tiêu."))
    kept.is_withdrawn, kept.reason, kept.version = True, reason, kept.version + 1
    kept.saved_by_name = actor.full_name
    kept.save()
    return kept


def _locked(target: Target) -> Target | None:
    """The row this target replaces: itself, or the one with the same scope, model, measure, year and area."""
    rows = Target.objects.select_for_update(of=("self",)).select_related("place")
    if target.pk:
        return rows.filter(pk=target.pk).first()
    return rows.filter(
        place=target.place,
        model=target.model,
        measure=target.measure,
        year=target.year,
        area_class=target.area_class,
    ).first()


def _stale(kept: Target | None, target: Target) -> RecognitionError:
    if kept is None:
        return RecognitionError(_("Chỉ tiêu này không còn nữa. Hãy tải lại trang."))
    if not target.pk:
        text = _("Chỉ tiêu này đã có: %(percent)s%%. Hãy mở dòng đó để sửa.")
    elif kept.is_withdrawn:
        text = _("Chỉ tiêu này vừa được %(who)s rút.")
    else:
        text = _("%(who)s vừa sửa chỉ tiêu này thành %(percent)s%%. Số bạn gõ còn nguyên; bấm Lưu lần nữa để thay.")
    values = {"percent": figure_checks.checks.number(kept.percent), "who": kept.saved_by_name or _("Người khác")}
    return TargetStale(text % values, kept)


_COMPARED = ("model", "measure", "year", "area_class", "percent", "legal_basis", "source", "confidence")


def _same(kept: Target, target: Target) -> bool:
    return not kept.is_withdrawn and all(getattr(kept, name) == getattr(target, name) for name in _COMPARED)
