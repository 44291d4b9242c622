"""What pages say about one dossier: key facts, steps, scores side by side, history. Fixed numbers of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.lib.numbers import points, signed
from recognition.choices import STATE_TONE, STEP_STATE, Action, Stage, State, Step
from recognition.domain.inspecting import VISIT_KEYS
from recognition.models import Registration, Renewal
from recognition.outliers import is_wide
from recognition.rulebook_spec import RulebookSpec
from recognition.scoring import ScoreError, from_half_points

STAGES = (Stage.SELF, Stage.REVIEW, Stage.INSPECTION)
STATE_ACTION = {
    State.REGISTERED: gettext_lazy("Đăng ký"),
    State.SELF_ASSESSED: gettext_lazy("Ghi kết quả tự chấm"),
    State.REVIEWED: gettext_lazy("Ghi kết quả bình xét"),
    State.INSPECTED: gettext_lazy("Ghi kết quả kiểm tra"),
    State.PROPOSED: gettext_lazy("Trình đề nghị"),
    State.RETURNED: gettext_lazy("Trả lại bổ sung"),
    State.WITHDRAWN: gettext_lazy("Rút đăng ký"),
    State.RECOGNISED: gettext_lazy("Công nhận"),
    State.REFUSED: gettext_lazy("Không công nhận"),
}


def registrant_url(registrant) -> str:
    """The registrant's own page in the register."""
    return reverse(f"units:{registrant.kind.lower()}-detail", args=[registrant.pk])


def done_sentence(action: str, count: int) -> str:
    """What a withdrawing or returning action did."""
    if action == Action.RETURN:
        return ngettext("Đã trả lại %d hồ sơ.", "Đã trả lại %d hồ sơ.", count) % count
    return ngettext("Đã rút %d hồ sơ.", "Đã rút %d hồ sơ.", count) % count


def provisional_marks(spec: RulebookSpec) -> dict:
    """Whether criteria are marked one by one, and the note when one mark says it for all of them."""
    every = all(leaf.provisional for leaf in spec.leaves)
    return {"marks": not every, "common_note": spec.leaves[0].max_fact.note if every else ""}


def facts(row: Registration) -> list[tuple]:
    """Key facts for the summary list."""
    found = [
        (_("Danh hiệu"), row.get_model_display()),
        (_("Năm xét"), str(row.year)),
        (_("Bộ tiêu chí"), row.rulebook.title),
        (_("Địa bàn khi xét"), row.place.name),
    ]
    household = getattr(row.registrant, "household", None)
    if household:
        found.append((_("Địa chỉ"), household.address))
    if row.late_reason:
        found.append((_("Xét bổ sung"), row.late_reason))
    for stage, half in zip(STAGES, (row.self_half, row.review_half, row.inspection_half), strict=True):
        if half is not None:
            found.append((stage.label, _("%(points)s điểm") % {"points": points(Decimal(half) / 2)}))
    if row.passed is not None:
        found.append((_("Kết quả"), row.result_text))
    return found


def conditions(row: Registration) -> list[tuple[str, str]]:
    """Declared knock-out conditions with the latest answer in a word; no query where the rulebook asks none."""
    asked = row.rulebook.spec.conditions
    if not asked:
        return []
    by_stage = {one.stage: one.conditions for one in row.assessments.all()}
    answers = {}
    for stage in STAGES:
        answers.update(by_stage.get(stage, {}))
    words = {True: _("Có"), False: _("Không")}
    return [(knock.title, words.get(answers.get(knock.condition), _("chưa khai"))) for knock in asked]


# --- Steps


def events_of(row: Registration) -> list:
    """Every version of the dossier, oldest first."""
    return list(row.events.order_by("pgh_id"))


def steps(row: Registration, events: list) -> list[dict]:
    """The rulebook's procedure with who took each step when, for the steps bar."""
    reached = {}
    for event in events:
        reached[event.state] = event
    spec = row.rulebook.spec
    order = list(spec.steps)
    current = next((name for name in order if STEP_STATE.get(Step(name)) == row.state), None)
    position = order.index(current) if current else -1
    if row.state in (State.RECOGNISED, State.REFUSED):
        position = len(order) - 1
    elif row.state == State.RETURNED:
        position = 0
    found = []
    for index, name in enumerate(order):
        step = spec.step_named(name)
        state = "done" if index <= position else "current" if index == position + 1 else "todo"
        event = reached.get(str(STEP_STATE.get(Step(name), ""))) if state == "done" else None
        if name == Step.DECIDE and row.state in (State.RECOGNISED, State.REFUSED):
            event = reached.get(row.state)
            state = "refused" if row.state == State.REFUSED else "done"
        if row.state == State.RETURNED and index == 1:
            state, event = "returned", reached.get(State.RETURNED)
        if row.state == State.WITHDRAWN:
            event = reached.get(str(STEP_STATE.get(Step(name), "")))
            state = "done" if event else "skipped"
        hint = ""
        if event is not None:
            hint = f"{date_format(timezone.localtime(event.state_at), 'SHORT_DATE_FORMAT')} · {event.state_by_name}"
        elif state in ("current", "todo") and step.deadline:
            hint = _("hạn %(day)s") % {"day": date_format(step.deadline.on(row.year), "SHORT_DATE_FORMAT")}
            if step.deadline.fact.confidence != "V":
                hint += " " + _("(tạm thời)")
        found.append({"label": step.label, "state": state, "hint": hint})
    return found


def timeline(row: Registration, events: list) -> list[dict]:
    """Who did what, when and why; corrections within a step are told as such. Newest first."""
    entries, before = [], None
    for event in events:
        same = before is not None and before.state == event.state
        moved = same and before.rulebook_id != event.rulebook_id  # told by who moved it, below
        if same and (before.state_at == event.state_at or moved):
            before = event  # bookkeeping of the same step
            continue
        title = STATE_ACTION[State(event.state)]
        changes = []
        for label, name in (
            (_("Tự chấm"), "self_half"),
            (_("Bình xét"), "review_half"),
            (_("Kiểm tra"), "inspection_half"),
        ):
            old, new = getattr(before, name, None), getattr(event, name)
            if new != old and new is not None:
                changes.append((label, _half(old), _half(new)))
        entries.append(
            {
                "at": event.state_at,
                "title": _("%(step)s (sửa lại)") % {"step": title} if same else title,
                "actor": event.state_by_name,
                "text": event.state_note,
                "tone": {"muted": "neutral", "accent": "info"}.get(
                    STATE_TONE[State(event.state)], STATE_TONE[State(event.state)]
                ),
                "changes": changes,
            }
        )
        before = event
    entries += [
        _moved(one)
        for one in row.renewals.select_related("from_rulebook", "to_rulebook").defer(
            "from_rulebook__content", "to_rulebook__content"
        )
    ]
    return sorted(entries, key=lambda one: one["at"])[::-1]


def _moved(one: Renewal) -> dict:
    """The dossier went on by a newer version of its rules."""
    texts = [
        _("%(title)s, phiên bản %(version)d.") % {"title": one.to_rulebook.title, "version": one.to_rulebook.version}
    ]
    if one.before != one.after:
        names = {"before": one.before or "–", "after": one.after or "–"}
        texts.append(_("Kết quả: %(before)s → %(after)s.") % names)
    if one.dropped:
        texts.append(_("Phải chấm lại: %(codes)s.") % {"codes": ", ".join(code for code, _title in one.dropped)})
    title = _("Chuyển sang phiên bản mới của bộ tiêu chí")
    if one.from_rulebook.code != one.to_rulebook.code:  # who decides was entered for a province, or taken back
        title = _("Chuyển sang bộ tiêu chí khác của cùng mô hình")
    return {"at": one.at, "title": title, "actor": one.by_name, "text": " ".join(texts), "tone": "info", "changes": []}


def _half(half: int | None) -> str:
    return "" if half is None else points(Decimal(half) / 2)


# --- Scores side by side


@dataclass
class Cell:
    """Points of one criterion at one stage: text as people read it, and the remark beside it."""

    text: str = ""
    value: Decimal | None = None
    remark: str = ""


@dataclass
class ScoreRow:
    """One line of the sheet: a criterion (or heading) with a cell per stage and the gap of the last to the first."""

    criterion: object
    depth: int
    is_leaf: bool
    cells: list[Cell]
    gap: str = ""
    gap_wide: bool = False


@dataclass
class ScoreTable:
    """Everything the comparison shows. `stages`: (label, assessment); `total_only`: stages without criteria."""

    stages: list[tuple] = field(default_factory=list)
    rows: list[ScoreRow] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    gap: str = ""
    gap_wide: bool = False
    visit: list[tuple] = field(default_factory=list)

    @property
    def has_criteria(self) -> bool:
        return bool(self.rows)


def score_table(row: Registration) -> ScoreTable:
    """Self, review and inspection scores criterion by criterion. One query."""
    by_stage = {one.stage: one for one in row.assessments.all()}
    kept = [by_stage[stage] for stage in STAGES if stage in by_stage]
    table = ScoreTable(
        stages=[(Stage(one.stage).label, one) for one in kept],
        totals=[points(Decimal(one.total_half) / 2) for one in kept],
    )
    if len(kept) > 1:
        gap = Decimal(kept[-1].total_half - kept[0].total_half) / 2
        table.gap, table.gap_wide = signed(gap), is_wide(gap)
    sheets = [_sheet(row, one) for one in kept]
    if any(sheet is not None for sheet in sheets):
        for depth, criterion in row.rulebook.spec.walk():
            table.rows.append(_score_row(row, criterion, depth, kept, sheets))
    inspection = by_stage.get(Stage.INSPECTION)
    if inspection:
        labels = dict(
            zip(
                VISIT_KEYS,
                (_("Ngày kiểm tra"), _("Số liệu từ ngày đến ngày"), _("Nhận xét của đoàn"), _("Ý kiến của địa phương")),
                strict=True,
            )
        )
        table.visit = [
            (labels[key], visit_text(key, inspection.remarks.get(key, "")))
            for key in VISIT_KEYS
            if inspection.remarks.get(key)
        ]
    return table


def visit_text(key: str, value: str) -> str:
    """A kept remark as people read it; dates are kept as 2017-12-18."""
    if key == "visited_on" and len(value) == 10 and value[4] == "-":
        return "/".join(reversed(value.split("-")))
    return value


def _sheet(row: Registration, assessment):
    """(points by code, not applicable) of an assessment; None when only a total was entered."""
    if not assessment.scores:
        return None
    try:
        return from_half_points(row.rulebook.spec, assessment.scores)
    except ScoreError:
        return None


def _score_row(row, criterion, depth, kept, sheets) -> ScoreRow:
    cells = []
    for assessment, sheet in zip(kept, sheets, strict=True):
        if sheet is None:
            cells.append(Cell())
            continue
        scores, na = sheet
        codes = [leaf.code for leaf in criterion.leaves]
        remark = assessment.remarks.get(criterion.code, "") if criterion.is_leaf else ""
        if all(code in na for code in codes):
            cells.append(Cell(_("không áp dụng"), None, remark))
            continue
        value = sum((scores.get(code) or Decimal(0) for code in codes), Decimal(0))
        cells.append(Cell(points(value), value, remark))
    known = [cell.value for cell in cells if cell.value is not None]
    gap = known[-1] - known[0] if len(known) > 1 else None
    return ScoreRow(
        criterion, depth, criterion.is_leaf, cells, signed(gap) if gap else "", gap is not None and abs(gap) >= 2
    )
