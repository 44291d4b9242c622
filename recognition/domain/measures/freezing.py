"""Shares kept with a dossier: counted anew whenever it is scored, frozen once it is submitted, judged with its points.

A dossier is submitted when it goes upward with a proposal letter. Until then every scoring counts anew; from then on
everybody judges by the numbers it was submitted with, and pages show how far the records have moved since (R-12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import official_language
from portal.lib.text import clean
from recognition.choices import Action, LearningModel, Stage, State
from recognition.domain.errors import NotPermitted, RecognitionError, VersionMoved
from recognition.domain.measures.computing import Computed, count_for_dossiers
from recognition.models import Assessment, MeasureSnapshot, Registration, Rulebook
from recognition.rules import acting_scope, closed_sentence, is_submitted, may_change_measures, season_closed
from recognition.scoring import Result, ScoreError, evaluate, evaluate_total, from_half_points, not_asked
from recognition.shares import points_of_shares, required_shares
from units.models import Organisation, Place, User

STAGES = (Stage.SELF, Stage.REVIEW, Stage.INSPECTION)
LONGEST_REASON = 500
# Stages whose points follow a share that is counted again, with where the dossier keeps their total.
FOLLOWING = {Stage.SELF: "self_half", Stage.REVIEW: "review_half"}


@dataclass(frozen=True)
class Basis:
    """What a dossier is judged by beside its points. `fresh`: just counted, to be kept when the scoring succeeds."""

    measures: Mapping[str, object] | None
    fresh: Mapping[str, Computed]
    conditions: Mapping[str, bool]


NOTHING = Basis(None, {}, {})


def basis_for(
    rows: Iterable[Registration],
    rulebooks: Mapping[int, Rulebook],
    answers: Mapping[int, Mapping[str, bool] | None] | None = None,
    *,
    missing_too: bool = False,
) -> dict[int, Basis]:
    """The shares and declared conditions of dossiers; nothing, and no query, for rules that look at points only.

    `answers`: what was answered now; None for "as before", which takes the latest assessment's answers. `missing_too`:
    count shares a submitted dossier was submitted without, because its rules did not ask for them then.
    """
    rows = [row for row in rows if rulebooks[row.rulebook_id].spec.needs_measures]
    if not rows:
        return {}
    ids = [row.pk for row in rows]
    specs = {row.pk: rulebooks[row.rulebook_id].spec for row in rows}
    kept: dict[int, dict[str, MeasureSnapshot]] = {}
    for one in MeasureSnapshot.objects.filter(registration__in=ids):
        kept.setdefault(one.registration_id, {})[one.code] = one
    # Submitted before shares were kept at all: then the first look is the one that counts.
    submitted = {row.pk: set(kept[row.pk]) for row in rows if is_submitted(row) and row.pk in kept}
    fresh = count_for_dossiers({row.pk: specs[row.pk] for row in rows if missing_too or row.pk not in submitted})
    fresh = {
        pk: {code: one for code, one in shares.items() if code not in submitted.get(pk, ())}
        for pk, shares in fresh.items()
    }
    declared = answers_kept(ids, specs)
    found = {}
    for pk in ids:
        given = (answers or {}).get(pk)
        names = {knock.condition for knock in specs[pk].conditions}
        conditions = {name: value for name, value in (declared.get(pk, {}) | (given or {})).items() if name in names}
        measures: dict[str, object] = dict(conditions)
        for derived in specs[pk].derived:
            snapshot = kept.get(pk, {}).get(derived.code)
            if snapshot is not None and (snapshot.is_typed or pk not in fresh or pk in submitted):
                measures[derived.measure] = snapshot.share
            elif derived.code in fresh.get(pk, {}):
                measures[derived.measure] = fresh[pk][derived.code].share
        found[pk] = Basis(measures, fresh.get(pk, {}), conditions)
    return found


def answers_kept(ids: Sequence[int], specs) -> dict[int, dict[str, bool]]:
    """Latest answers to declared conditions; no query where no rulebook asks any."""
    ids = [pk for pk in ids if specs[pk].conditions]
    if not ids:
        return {}
    rows = sorted(
        Assessment.objects.filter(registration__in=ids).values_list("registration_id", "stage", "conditions"),
        key=lambda row: STAGES.index(Stage(row[1])),
    )
    found: dict[int, dict[str, bool]] = {}
    for pk, _stage, conditions in rows:
        found.setdefault(pk, {}).update(conditions)
    return found


def keep(fresh: Mapping[int, Mapping[str, Computed]], rulebooks_of: Mapping[int, Rulebook]) -> None:
    """Write freshly counted shares beside their dossiers; typed numbers stay. One statement."""
    now = timezone.now()
    rows = [
        MeasureSnapshot(
            registration_id=pk,
            code=derived.code,
            measure=derived.measure,
            numerator=one.share.numerator,
            denominator=one.share.denominator,
            still_open=one.still_open,
            list_hash=one.list_hash,
            computed_at=now,
        )
        for pk, shares in sorted(fresh.items())
        for derived in rulebooks_of[pk].spec.derived
        if (one := shares.get(derived.code)) is not None
    ]
    if rows:
        MeasureSnapshot.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["registration", "code"],
            update_fields=["measure", "numerator", "denominator", "still_open", "list_hash", "computed_at"],
        )


# --- Judging again


def refresh(ids: Sequence[int]) -> dict[int, list[str]]:
    """Count the shares of dossiers that are not submitted yet, keep them, and judge the kept points by them again.

    Returns the sentences of the required shares that are too low, by dossier. A fixed number of statements. Callers
    run it inside a transaction; the dossiers are locked in id order, like everywhere.
    """
    rulebooks = Rulebook.objects.in_bulk(
        set(Registration.objects.filter(pk__among=ids).values_list("rulebook_id", flat=True))
    )
    asked = [pk for pk, rulebook in rulebooks.items() if rulebook.spec.derived]
    if not asked:
        return {}
    rows = [
        row
        for row in Registration.objects.select_for_update(of=("self",))
        .filter(pk__in=list(ids), rulebook__in=asked)
        .order_by("pk")
        if not is_submitted(row)
    ]
    basis = basis_for(rows, rulebooks)
    keep({pk: one.fresh for pk, one in basis.items()}, {row.pk: rulebooks[row.rulebook_id] for row in rows})
    return _judge_again(rows, rulebooks, basis)


def _judge_again(rows, rulebooks, basis: Mapping[int, Basis]) -> dict[int, list[str]]:
    areas = areas_of(rows)
    types = types_of(rows)
    latest: dict[int, Assessment] = {}
    for one in Assessment.objects.filter(registration__in=[row.pk for row in rows]):
        if one.registration_id not in latest or STAGES.index(Stage(one.stage)) > STAGES.index(
            Stage(latest[one.registration_id].stage)
        ):
            latest[one.registration_id] = one
    sheets, dossiers, short = [], [], {}
    with official_language():
        for row in rows:
            spec, area, kind = (
                rulebooks[row.rulebook_id].spec,
                areas.get(row.commune_id, "NORMAL"),
                types.get(row.pk, ""),
            )
            too_low, _reached = required_shares(spec, area, basis[row.pk].measures, not_asked(spec, kind))
            short[row.pk] = list(too_low.values())
            sheet = latest.get(row.pk)
            follow = bool(sheet) and _points_follow(spec, sheet, kind, basis[row.pk].measures)
            result = _result_again(spec, sheet, area, kind, basis[row.pk].measures) if sheet else None
            if result is None:
                continue
            if follow:
                sheet.total_half = int(result.total * 2)
                setattr(row, FOLLOWING[Stage(sheet.stage)], sheet.total_half)
            values = {"passed": result.passed, "rank": result.rank or "", "level": result.level}
            changed = any(getattr(sheet, name) != value for name, value in values.items())
            if follow or changed or sheet.reasons != result.reasons:
                for name, value in values.items():
                    setattr(sheet, name, value)
                sheet.reasons = result.reasons
                sheets.append(sheet)
            decides = sheet.stage != Stage.SELF and any(getattr(row, name) != value for name, value in values.items())
            for name, value in values.items() if decides else ():
                setattr(row, name, value)
            if decides or follow:
                dossiers.append(row)
    if sheets:
        Assessment.objects.bulk_update(sheets, ["passed", "rank", "level", "reasons", "scores", "total_half"])
    if dossiers:
        Registration.objects.bulk_update(dossiers, ["passed", "rank", "level", *FOLLOWING.values()])
    return short


def _points_follow(spec, sheet: Assessment, kind: str, measures) -> bool:
    """Put into the sheet what a table now reads off its shares: nobody typed those points, so nobody has to again.
    An inspection's sheet is the team's, which concludes it again."""
    if sheet.stage not in FOLLOWING or not sheet.scores:
        return False
    try:
        scores, na = from_half_points(spec, sheet.scores)
    except ScoreError:
        return False
    worth = points_of_shares(spec, measures, na | not_asked(spec, kind))
    moved = {code: int(points * 2) for code, (points, _said) in worth.items() if scores.get(code) not in (None, points)}
    sheet.scores = [moved.get(code, half) for code, half in zip(spec.leaf_codes, sheet.scores, strict=True)]
    return bool(moved)


def _result_again(spec, sheet: Assessment, area: str, kind: str, measures) -> Result | None:
    """The kept points judged by other shares; None when they no longer fit the rulebook."""
    try:
        if not sheet.scores:
            return evaluate_total(spec, Decimal(sheet.total_half) / 2, area, measures=measures, organisation_type=kind)
        scores, na = from_half_points(spec, sheet.scores)
        asked = {code: value for code, value in scores.items() if value is not None}
        allowed = {code for code in na if spec.by_code[code].na_allowed}
        return evaluate(spec, asked, area=area, na=allowed, measures=measures, organisation_type=kind)
    except ScoreError:
        return None


def areas_of(rows: Iterable[Registration]) -> dict[int, str]:
    """Area class by commune id."""
    return dict(Place.objects.filter(pk__in={row.commune_id for row in rows}).values_list("pk", "area_class"))


def types_of(rows: Iterable[Registration]) -> dict[int, str]:
    """Type of organisation by dossier id; empty for other models."""
    units = {row.registrant_id: row.pk for row in rows if row.model == LearningModel.UNIT}
    if not units:
        return {}
    kinds = Organisation.objects.filter(pk__in=list(units)).values_list("pk", "type")
    return {units[registrant]: kind for registrant, kind in kinds}


# --- Verbs of one dossier


@transaction.atomic
def count_again(*, actor: User, registration: Registration) -> None:
    """Count the dossier's shares now and judge it by them. Raises NotPermitted once it is submitted."""
    _require_may_change(actor, registration)
    refresh([registration.pk])


@transaction.atomic
def count_all_again(*, actor: User, rulebook: Rulebook, place: Place, year: int) -> tuple[int, int, int]:
    """Count the shares of every scored dossier of a place that is not submitted yet: (counted, now pass, now fail).

    Families are decided after their hamlet was reviewed: one click brings all hamlets up to date before proposing.
    Raises NotPermitted outside the person's postings or in a closed year.
    """
    if not any(acting_scope(actor, rulebook, step, year).covers(place) for step in (Action.SELF_ASSESS, Action.REVIEW)):
        raise NotPermitted(_("Bạn không được phân công chấm điểm hồ sơ này nên không thay đổi được các tỷ lệ."))
    if season_closed(year):
        raise NotPermitted(closed_sentence(year))
    rows = Registration.objects.within(place).filter(
        year=year, model=rulebook.model, proposal=None, state__in=[State.SELF_ASSESSED, State.REVIEWED, State.INSPECTED]
    )
    before = dict(rows.order_by("pk").values_list("pk", "passed"))
    refresh(list(before))
    now = dict(Registration.objects.filter(pk__in=list(before)).values_list("pk", "passed"))
    return (
        len(before),
        sum(now[pk] is True and before[pk] is False for pk in before),
        sum(now[pk] is False and before[pk] is True for pk in before),
    )


@transaction.atomic
def type_share(
    *, actor: User, registration: Registration, code: str, numerator: int, denominator: int, reason: str
) -> MeasureSnapshot:
    """Judge the dossier by typed numbers instead of the counted ones, with a reason; who typed them is kept for good.

    Raises NotPermitted, VersionMoved, RecognitionError (unknown share, no reason, numbers that cannot be).
    """
    if _require_may_change(actor, registration).rulebook_id != registration.rulebook_id:
        raise VersionMoved
    derived = _derived(registration, code)
    reason = clean(reason)
    if not reason:
        raise RecognitionError(_("Khai số thay cho số máy tính phải ghi lý do, ví dụ số văn bản xác nhận."))
    if len(reason) > LONGEST_REASON:
        raise RecognitionError(_("Lý do dài quá 500 ký tự. Hãy viết gọn lại."))
    if denominator < 1:
        raise RecognitionError(_("Mẫu số phải từ 1 trở lên."))
    if not 0 <= numerator <= denominator:
        raise RecognitionError(_("Tử số phải từ 0 đến mẫu số."))
    refresh([registration.pk])
    row, _made = MeasureSnapshot.objects.get_or_create(
        registration=registration,
        code=code,
        defaults={"measure": derived.measure, "numerator": 0, "computed_at": timezone.now(), "list_hash": ""},
    )
    row.typed_numerator, row.typed_denominator, row.typed_reason = numerator, denominator, reason
    row.typed_at, row.typed_by, row.typed_by_name = timezone.now(), actor, actor.full_name
    row.save()
    refresh([registration.pk])
    return row


@transaction.atomic
def take_back_typed(*, actor: User, registration: Registration, code: str) -> None:
    """Go back to the counted numbers. The typed ones stay in the history."""
    _require_may_change(actor, registration)
    row = MeasureSnapshot.objects.select_for_update().filter(registration=registration, code=code).first()
    if row is None or not row.is_typed:
        raise RecognitionError(_("Tỷ lệ này đang dùng số máy tính, không có số khai nào để bỏ."))
    row.typed_numerator = row.typed_denominator = row.typed_at = row.typed_by = None
    row.typed_reason = row.typed_by_name = ""
    row.save()
    refresh([registration.pk])


def _require_may_change(actor: User, registration: Registration) -> Registration:
    """Asked of the locked row: somebody may be submitting it at this very moment."""
    # Without its rulebook: a join would lose the row to whoever moves it to another one while this waits.
    locked = Registration.objects.select_for_update(of=("self",)).get(pk=registration.pk)
    answer = may_change_measures(actor, locked)
    if not answer:
        raise NotPermitted(answer.reason)
    return locked


def _derived(registration: Registration, code: str):
    derived = next((one for one in registration.rulebook.spec.derived if one.code == code), None)
    if derived is None:
        raise RecognitionError(_("Bộ tiêu chí của hồ sơ không có tỷ lệ “%(code)s”.") % {"code": code[:20]})
    return derived
