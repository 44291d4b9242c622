"""Moving undecided dossiers to the newest version of their rulebook: answers kept where the criterion is the same.

Never by itself: somebody sees what every dossier would come to, then confirms exactly that. A decided dossier stays
with the rules it was decided by.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from portal.lib import moments
from portal.lib.language import official_language
from recognition.choices import FINAL_STATES, STEP_STATE, EntryState, RulebookStatus, Stage, State, Step
from recognition.domain.evidence import take_back_all
from recognition.domain.measures import freezing
from recognition.domain.transitions import Outcome, split_shown
from recognition.models import Assessment, EntryLink, Evidence, InspectionSheet, Registration, Renewal, Rulebook
from recognition.models.registrations import SINCE
from recognition.result_words import result_words
from recognition.rulebook_spec import RulebookSpec
from recognition.rules import may_renew, season_closed
from recognition.scoring import Result, ScoreError, evaluate, evaluate_total, from_half_points, to_half_points
from units.models import Place, User

MOST = 500  # dossiers looked at and moved in one go
STAGES = tuple(Stage)
CHANGED = "Phiên bản mới đổi tiêu chí này"  # kept with the evidence, so Vietnamese
COLUMNS = {Stage.SELF: "self_half", Stage.REVIEW: "review_half", Stage.INSPECTION: "inspection_half"}


@dataclass
class Renewed:
    """What a dossier would come to: `dropped` criteria whose answers are lost, `new` ones still to be answered,
    `evidence` criteria that ask something else now, so that what lies beside them is taken back, `refusal`: why it
    cannot be moved (then nothing else is filled).
    """

    row: Registration
    target: Rulebook
    kept: int = 0
    dropped: list[tuple[str, str]] = field(default_factory=list)
    new: list[tuple[str, str]] = field(default_factory=list)
    before: str = ""
    after: str = ""
    reasons: list[str] = field(default_factory=list)
    refusal: str = ""
    sheets: list[Assessment] = field(default_factory=list)
    evidence: list[tuple[str, str]] = field(default_factory=list)
    evidence_ids: list[int] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        return self.before != self.after


def newest_of(rulebooks: Iterable[Rulebook], year: int) -> dict[int, Rulebook]:
    """Rulebook id → the newest version in use of the same code that holds for the year, where that is a later one."""
    olds = list(rulebooks)
    rows = Rulebook.objects.filter(
        code__in={one.code for one in olds}, is_active=True, valid_from_year__lte=year
    ).exclude(status=RulebookStatus.DRAFT)
    newest: dict[str, Rulebook] = {}
    for one in rows.order_by("version"):
        if one.valid_to_year is None or one.valid_to_year >= year:
            newest[one.code] = one
    return {one.pk: newest[one.code] for one in olds if one.code in newest and newest[one.code].version > one.version}


def has_newer(year: int, model: str) -> bool:
    """Has a rulebook of the model an older and a newer version, the newer in use for the year? Rulebooks only are read:
    most years there is none, and then no dossier need be looked at."""
    older = Rulebook.objects.filter(code=OuterRef("code"), version__lt=OuterRef("version"))
    rows = Rulebook.objects.filter(Exists(older), model=model, is_active=True, valid_from_year__lte=year)
    rows = rows.filter(Q(valid_to_year=None) | Q(valid_to_year__gte=year))
    return rows.exclude(status=RulebookStatus.DRAFT).exists()


def outdated(place: Place, year: int, model: str) -> QuerySet[Registration]:
    """Undecided dossiers of a place that stand under an older version than the newest in use. Three statements."""
    rows = Registration.objects.within(place).filter(year=year, model=model).exclude(state__in=FINAL_STATES)
    used = Rulebook.objects.filter(pk__in=rows.order_by().values("rulebook").distinct()).defer("content")
    return rows.filter(rulebook__in=list(newest_of(used, year)))


def preview(rows: Sequence[Registration], into: Rulebook | None = None) -> list[Renewed]:
    """What each dossier would come to under the newest version, or under `into`; those that stand under it already are
    left out.

    A fixed number of statements for any number of dossiers of one year. Nothing is written.
    """
    books = Rulebook.objects.in_bulk({row.rulebook_id for row in rows})
    for row in rows:
        row.rulebook = books[row.rulebook_id]  # shared, so that every version is read and understood once
    targets: dict[int, Rulebook] = {}
    if into is not None:
        targets = dict.fromkeys(set(books) - {into.pk}, into)
    for year in {row.year for row in rows} if into is None else ():
        targets |= newest_of([books[row.rulebook_id] for row in rows if row.year == year], year)
    rows = [row for row in rows if row.rulebook_id in targets]
    after = {row.pk: targets[row.rulebook_id] for row in rows}
    sheets: dict[int, list[Assessment]] = {}
    for one in Assessment.objects.filter(registration__in=rows).order_by("pk"):
        sheets.setdefault(one.registration_id, []).append(one)
    beside: dict[int, list[tuple[int, str]]] = {}
    kept = Evidence.objects.filter(registration__in=rows, taken_back_at=None).order_by("pk")
    for pk, registration, code in kept.values_list("pk", "registration_id", "criterion"):
        beside.setdefault(registration, []).append((pk, code))
    inspected = set(InspectionSheet.objects.filter(registration__in=rows).values_list("registration_id", flat=True))
    areas, types = freezing.areas_of(rows), freezing.types_of(rows)
    # The shares of the newer version: counted now, but for those a submitted dossier was submitted with.
    basis = _basis(rows, after)
    found = []
    with official_language():
        for row in rows:
            one = Renewed(row, after[row.pk], before=row.result_text)
            area, kind = areas.get(row.commune_id, "NORMAL"), types.get(row.pk, "")
            old, new = books[row.rulebook_id].spec, one.target.spec
            one.refusal = _refusal(row, new, row.pk in inspected and not _judge_alike(old, new))
            if not one.refusal:
                _judge(one, old, new, sheets.get(row.pk, []), area, kind, basis[row.pk])
                _lose(one, old, new, beside.get(row.pk, []))
            found.append(one)
    return found


def _basis(rows: Sequence[Registration], books: Mapping[int, Rulebook]) -> dict[int, freezing.Basis]:
    """Shares and conditions each dossier would be judged by under `books`."""
    moved = [copy.copy(row) for row in rows]
    for one in moved:
        one.rulebook_id = books[one.pk].pk
    found = freezing.basis_for(moved, {one.pk: one for one in books.values()}, missing_too=True)
    return {row.pk: found.get(row.pk, freezing.NOTHING) for row in rows}


def _refusal(row: Registration, new: RulebookSpec, inspected: bool) -> str:
    if row.state in FINAL_STATES:
        return _("Hồ sơ đã có kết quả nên giữ bộ tiêu chí đã dùng.")
    if row.state != State.RETURNED and row.state not in {
        STEP_STATE[Step(name)] for name in new.steps if name != Step.DECIDE
    }:
        return _("Quy trình của phiên bản mới không có bước hồ sơ đang đứng; hãy trả lại hồ sơ trước.")
    if inspected:
        return _("Đoàn kiểm tra đã lập phiếu chấm theo phiên bản cũ; hồ sơ đi tiếp theo phiên bản đó.")
    return ""


def _judge_alike(old: RulebookSpec, new: RulebookSpec) -> bool:
    """Do both judge the same points the same way? Then sheets of a team hold under either."""
    names = ("criteria", "na_policy", "step", "pass_marks", "ranks", "knock_outs", "derived", "unknown_levels")
    return all(getattr(old, name) == getattr(new, name) for name in names)


def same_codes(old: RulebookSpec, new: RulebookSpec) -> dict[str, str]:
    """Codes of scored items that ask the same in both versions: same words, same points."""
    mine = {leaf.code: (leaf.title, leaf.maximum) for leaf in old.leaves}
    return {leaf.code: leaf.code for leaf in new.leaves if mine.get(leaf.code) == (leaf.title, leaf.maximum)}


def carried(old: RulebookSpec, new: RulebookSpec, halves: Sequence[int | None], kind: str = "") -> list[int | None]:
    """A stored array of half points in the order of the newer version; None where it asks something else."""
    scores, na = from_half_points(old, halves)
    same = same_codes(old, new)
    asked = {leaf.code for leaf in new.leaves if leaf.is_for(kind)}
    kept = {code: value for code, value in scores.items() if code in same and code in asked and value is not None}
    kept = {code: value for code, value in kept.items() if not value % new.step}
    return to_half_points(new, kept, {code for code in na if code in same and new.by_code[code].na_allowed}, kind)


def _judge(one: Renewed, old, new, sheets: list[Assessment], area: str, kind: str, basis) -> None:
    """Fill in what the dossier comes to; the sheets are changed in memory only."""
    asked = [leaf for leaf in new.leaves if leaf.is_for(kind)]
    answered, lost = set(), set()
    for sheet in sheets:
        if not sheet.scores:
            # A bare total says nothing of single criteria, so it stays only where all of them ask the same.
            same = [(leaf.code, leaf.title, leaf.maximum) for leaf in old.leaves] == [
                (leaf.code, leaf.title, leaf.maximum) for leaf in new.leaves
            ]
            result = _total(new, sheet, area, kind, basis.measures) if same else None
            if result is None:
                one.refusal = _(
                    "Hồ sơ chỉ có tổng điểm mà tiêu chí của phiên bản mới khác; hãy chấm lại từng mục trước rồi chuyển."
                )
                return
        else:
            before = dict(zip(old.leaf_codes, sheet.scores, strict=True))
            sheet.scores = carried(old, new, sheet.scores, kind)
            now = dict(zip(new.leaf_codes, sheet.scores, strict=True))
            lost |= {code for code, half in before.items() if half is not None and now.get(code) is None}
            answered |= {code for code, half in now.items() if half is not None}
            result = _result(new, sheet.scores, area, kind, basis.measures)
        sheet.conditions = _answers(new, sheet.conditions)
        sheet.total_half, sheet.passed = int(result.total * 2), result.passed
        sheet.rank, sheet.level, sheet.reasons = result.rank or "", result.level, result.reasons
    one.sheets = sheets
    by_code = {leaf.code: leaf.title for leaf in old.leaves}
    one.dropped = [(code, by_code[code]) for code in old.leaf_codes if code in lost]
    one.kept = len(answered)
    scored = any(sheet.scores for sheet in sheets)
    one.new = [(leaf.code, leaf.title) for leaf in asked if scored and leaf.code not in answered]
    last = max(sheets, key=lambda sheet: STAGES.index(Stage(sheet.stage)), default=None)
    one.reasons = last.reasons if last else []
    if last is not None and last.stage != Stage.SELF:
        one.after = result_words(rank=last.rank, level=last.level, passed=last.passed)


def _lose(one: Renewed, old: RulebookSpec, new: RulebookSpec, beside: Iterable[tuple[int, str]]) -> None:
    """Evidence is joined by code alone: where the code asks something else now it would prove what nobody showed."""
    same = same_codes(old, new)
    lost = [(pk, code) for pk, code in beside if code not in same]
    one.evidence_ids = [pk for pk, _code in lost]
    titles = {leaf.code: leaf.title for leaf in old.leaves}
    one.evidence = [(code, titles.get(code, code)) for code in sorted({code for _pk, code in lost})]


def _result(new: RulebookSpec, halves: Sequence[int | None], area: str, kind: str, measures=None) -> Result:
    """What carried half points come to; what is still open counts nothing."""
    scores, na = from_half_points(new, halves)
    known = {code: value for code, value in scores.items() if value is not None}
    allowed = {code for code in na if new.by_code[code].na_allowed}
    return evaluate(new, known, area=area, na=allowed, measures=measures, organisation_type=kind)


def _answers(new: RulebookSpec, given: Mapping[str, bool]) -> dict[str, bool]:
    """Answers to the declared conditions the newer version still asks for."""
    names = {knock.condition for knock in new.conditions}
    return {name: value for name, value in given.items() if name in names}


def _total(new: RulebookSpec, sheet: Assessment, area: str, kind: str, measures) -> Result | None:
    try:
        return evaluate_total(new, Decimal(sheet.total_half) / 2, area, measures=measures, organisation_type=kind)
    except ScoreError:
        return None


@transaction.atomic
def renew(*, actor: User, shown: Mapping[int, str], targets: Mapping[int, int]) -> Outcome:
    """Move exactly the dossiers that were shown, as they were shown, to the version each was shown with.

    One somebody changed meanwhile, decided, or that would now go to a yet newer version stays and is explained. The
    dossiers are locked in id order like everywhere, so deciding and moving never do half of each.
    """
    outcome = Outcome()
    ids = list(shown)[:MOST]
    rows = list(
        Registration.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    )
    found = {one.row.pk: one for one in preview(rows)}
    by_pk = {row.pk: row for row in rows}
    closed = {year: season_closed(year) for year in {row.year for row in rows}}
    go = []
    for pk in ids:
        row, one = by_pk.get(pk), found.get(pk)
        state, at = split_shown(shown[pk])
        if row is None:
            text = _("Không tìm thấy hồ sơ này trong phạm vi của bạn.")
        elif row.state in FINAL_STATES:
            text = _("Hồ sơ đã có kết quả nên giữ bộ tiêu chí đã dùng.")
        elif row.state != state or at not in (None, row.state_at):
            text = _("%(who)s vừa sửa hồ sơ này. Hãy tải lại trang rồi xem lại kết quả tính lại.") % {
                "who": row.state_by_name or _("Người khác")
            }
        elif not (answer := may_renew(actor, row, closed=closed[row.year])):
            text = answer.reason
        elif one is None or one.target.pk != targets.get(pk):
            text = _("Bộ tiêu chí vừa thay đổi. Hãy tải lại trang rồi xem lại kết quả tính lại.")
        elif one.refusal:
            text = one.refusal
        else:
            go.append(one)
            continue
        outcome.skipped.append((pk, text))
    _write(actor, go)
    outcome.done = [one.row.pk for one in go]
    return outcome


def move_all(*, actor: User, rows: QuerySet[Registration], into: Rulebook) -> Outcome:
    """Move dossiers to a rulebook that takes the place of theirs, like a newer version; those that cannot go stay and
    are explained. The caller has asked whether the person may, and holds a transaction."""
    outcome = Outcome()
    found = preview(list(rows.select_for_update(of=("self",)).order_by("pk")), into)
    go = [one for one in found if not one.refusal]
    outcome.skipped += [(one.row.pk, one.refusal) for one in found if one.refusal]
    _write(actor, go)
    outcome.done = [one.row.pk for one in go]
    return outcome


def _carry_waiting_sheets(go: Sequence[Renewed], olds: dict[int, Rulebook], targets: dict[int, Rulebook]) -> None:
    """What people sent by their link and nobody took yet, under the new rules. Only sheets that wait: what was
    accepted or refused stays on record as it came (docs/decisions/0021)."""
    kinds = freezing.types_of([one.row for one in go])
    classes = freezing.areas_of([one.row for one in go])
    areas = {one.row.pk: classes.get(one.row.commune_id, "NORMAL") for one in go}
    links = list(EntryLink.objects.filter(registration__in=list(olds), state=EntryState.SENT).order_by("pk"))
    for link in links:
        pk = link.registration_id
        new, kind = targets[pk].spec, kinds.get(pk, "")
        link.scores = carried(olds[pk].spec, new, link.scores, kind)
        result = _result(new, link.scores, areas[pk], kind)
        link.total_half, link.conditions = int(result.total * 2), _answers(new, link.conditions)
    if links:
        EntryLink.objects.bulk_update(links, ["scores", "total_half", "conditions"])


def _write(actor: User, go: Sequence[Renewed]) -> None:
    if not go:
        return
    now = moments.now()
    since = dict(
        Registration.objects.filter(pk__in=[one.row.pk for one in go])
        .extra(select={"since": SINCE})  # the day it has stood there since: moving it does not start its wait again
        .values_list("pk", "since")
    )
    rows, sheets = [], []
    olds = {one.row.pk: one.row.rulebook for one in go}
    targets = {one.row.pk: one.target for one in go}
    _carry_waiting_sheets(go, olds, targets)
    for one in go:
        row = one.row
        by_stage = {Stage(sheet.stage): sheet for sheet in one.sheets}
        for stage, column in COLUMNS.items():
            if stage in by_stage:
                setattr(row, column, by_stage[stage].total_half)
        last = next((by_stage[stage] for stage in reversed(STAGES) if stage in by_stage), None)
        if last is not None and last.stage != Stage.SELF:
            row.passed, row.rank, row.level = last.passed, last.rank, last.level
        row.stands_since, row.state_at, row.rulebook = since[row.pk], now, one.target
        rows.append(row)
        sheets += one.sheets
    Registration.objects.bulk_update(
        rows,
        ["rulebook", "state_at", "stands_since", "passed", "rank", "level", *COLUMNS.values()],
    )
    if sheets:
        Assessment.objects.bulk_update(
            sheets, ["scores", "total_half", "passed", "rank", "level", "reasons", "conditions"]
        )
    take_back_all(actor, [pk for one in go for pk in one.evidence_ids], CHANGED)
    freezing.keep({pk: one.fresh for pk, one in _basis(rows, targets).items()}, targets)
    Renewal.objects.bulk_create(
        Renewal(
            registration=one.row,
            from_rulebook=olds[one.row.pk],
            to_rulebook=one.target,
            dropped=one.dropped,
            before=one.before[:60],
            after=one.after[:60],
            at=now,
            by=actor,
            by_name=actor.full_name,
        )
        for one in go
    )
