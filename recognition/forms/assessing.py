"""Score sheets: one dossier criterion by criterion, and the keyboard grid of a hamlet."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import clean
from recognition.rulebook_spec import RulebookSpec
from recognition.scoring import ScoreError, evaluate, evaluate_total, not_asked, points_text, wrong_points

YES_WORDS, NO_WORDS = {"c", "có", "co", "x", "1"}, {"k", "không", "khong", "0"}
NOT_APPLICABLE_WORDS = {"k", "kad", "không áp dụng", "khong ap dung", "-", "na"}
REMARK_LENGTH = 500


def read_points(text: str) -> Decimal | None:
    """Points as people type them: "9,5", "9.5", " 10 "; None when empty. Raises ValueError for anything else."""
    text = clean(text).replace(" ", "").replace(",", ".")
    if not text:
        return None
    if len(text) > 12 or not all(ch.isdecimal() or ch in ".+-" for ch in text):
        raise ValueError(text)
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None


def not_a_number(text: str, maximum) -> str:
    """The sentence for a cell that is no number."""
    return _("“%(value)s” không phải là số; hãy nhập số từ 0 đến %(max)s, ví dụ 9,5.") % {
        "value": clean(text)[:20],
        "max": points_text(maximum),
    }


def _score_widget(spec: RulebookSpec, leaf) -> forms.Widget:
    """A box for points; for an indicator of a level, met or not met."""
    data = {"data-max": str(leaf.maximum), "data-step": str(spec.step), "data-score": leaf.code}
    if spec.by_levels:
        choices = [("", _("– Chọn –")), ("1", _("Đạt")), ("0", _("Chưa đạt"))]
        return forms.Select(choices=choices, attrs={"class": "form-select score-input", **data})
    return forms.TextInput(
        attrs={
            "class": "form-control score-input",
            "inputmode": "decimal",
            "autocomplete": "off",
            "maxlength": 12,
            **data,
        }
    )


@dataclass
class SheetLine:
    """One criterion of the sheet as the page draws it."""

    criterion: object
    depth: int
    score: object = None
    na: object = None
    remark: object = None
    beside: str = ""  # the other stage's points, as text
    beside_remark: str = ""
    evidence: list = field(default_factory=list)  # standing evidence, put here by the view
    evidence_url: str = ""
    given: object = None  # GivenPoints: what the rules read off a share
    sources: list[str] = field(default_factory=list)  # where the wording was read
    photo_name: str = ""  # of the file field, where a photo may come with the sheet
    # Where every line is saved by itself: address, name of its hidden version, version, who saved it when, whose it is.
    save_url: str = ""
    version_name: str = ""
    version: int = 0
    saved: str = ""
    duty: str = ""

    @property
    def fixed(self) -> bool:
        """Are the points read off a share, so that there is nothing to type?"""
        return self.given is not None and not self.criterion.na_allowed


class ScoreSheetForm(forms.Form):
    """One dossier, criterion by criterion: points, "không áp dụng" where allowed, a remark or evidence.

    Field names are s-<n>, k-<n> and m-<n> with n the position of the leaf, because codes contain dots.
    """

    def __init__(
        self,
        *args,
        spec: RulebookSpec,
        area: str,
        scores=None,
        na=(),
        remarks=None,
        beside=None,
        organisation_type: str = "",
        answers=None,
        given=None,
        **kwargs,
    ):
        """`answers`: kept answers to the declared conditions, which are then asked; None leaves them out.
        `given`: criterion → GivenPoints, what the rules' tables read off shares; nobody has to type those."""
        super().__init__(*args, **kwargs)
        self.given = given or {}
        self.asks_conditions = answers is not None
        self.spec, self.area, self.organisation_type = spec, area, organisation_type
        self.left_out = not_asked(spec, organisation_type)
        self.beside = beside or {}
        self.result = None
        scores, remarks = scores or {}, remarks or {}
        for n, leaf in enumerate(spec.leaves):
            if leaf.code in self.left_out:
                continue
            value = self.given[leaf.code].points if leaf.code in self.given else scores.get(leaf.code)
            value = None if leaf.code in na else value
            self.fields[f"s-{n}"] = forms.CharField(
                label=_("Điểm mục %(code)s") % {"code": leaf.code},
                required=False,
                initial="" if value is None else points_text(value),
                widget=_score_widget(spec, leaf),
            )
            if leaf.na_allowed:
                self.fields[f"k-{n}"] = forms.BooleanField(
                    label=gettext_lazy("Không áp dụng"),
                    required=False,
                    initial=leaf.code in na,
                    widget=forms.CheckboxInput(attrs={"class": "form-check-input", "data-na": leaf.code}),
                )
            self.fields[f"m-{n}"] = forms.CharField(
                label=_("Minh chứng, ghi chú mục %(code)s") % {"code": leaf.code},
                required=False,
                max_length=REMARK_LENGTH,
                initial=remarks.get(leaf.code, ""),
                widget=forms.Textarea(attrs={"class": "form-control", "rows": 1, "maxlength": REMARK_LENGTH}),
            )

        for n, knock in enumerate(spec.conditions if self.asks_conditions else ()):
            kept = (answers or {}).get(knock.condition)
            self.fields[f"d-{n}"] = forms.ChoiceField(
                label=knock.title,
                choices=[("1", _("Có")), ("0", _("Không"))],
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
                initial=None if kept is None else str(int(kept)),
                error_messages={"required": _("Hãy chọn Có hoặc Không: “%(title)s”.") % {"title": knock.title}},
            )

    def conditions(self) -> list:
        """The questions on declared conditions with their provisional mark: (bound field, knock-out)."""
        asked = self.spec.conditions if self.asks_conditions else ()
        return [(self[f"d-{n}"], knock) for n, knock in enumerate(asked)]

    def clean(self):
        data = super().clean()
        scores, na, unread = {}, set(), set()
        for n, leaf in enumerate(self.spec.leaves):
            if leaf.code in self.left_out:
                continue
            if data.get(f"k-{n}"):
                na.add(leaf.code)
            try:
                scores[leaf.code] = read_points(data.get(f"s-{n}") or "")
            except ValueError as error:
                self.add_error(f"s-{n}", not_a_number(str(error), leaf.maximum))
                unread.add(leaf.code)
            if leaf.code in self.given and leaf.code not in na | unread:
                unread |= self._compute(n, leaf.code, scores)
        try:
            self.result = evaluate(self.spec, scores, area=self.area, na=na, organisation_type=self.organisation_type)
        except ScoreError as error:
            self.add_faults(error.faults)
        self.add_faults(
            {
                leaf.code: _("Mục %(code)s chưa chấm; hãy nhập số từ 0 đến %(max)s.")
                % {"code": leaf.code, "max": points_text(leaf.maximum)}
                for leaf in self.spec.leaves
                if scores.get(leaf.code) is None and leaf.code not in na | unread | self.left_out
            }
        )
        data["scores"], data["na"] = scores, frozenset(na)
        data["conditions"] = (
            {
                knock.condition: data[f"d-{n}"] == "1"
                for n, knock in enumerate(self.spec.conditions)
                if data.get(f"d-{n}") in ("0", "1")
            }
            if self.asks_conditions
            else None
        )
        data["remarks"] = {
            leaf.code: clean(data.get(f"m-{n}") or "")
            for n, leaf in enumerate(self.spec.leaves)
            if clean(data.get(f"m-{n}") or "")
        }
        return data

    def _compute(self, n: int, code: str, scores: dict) -> set[str]:
        """Put the points of a share where nothing is typed; other points are refused, the criterion is then named."""
        one = self.given[code]
        typed = scores.get(code)
        scores[code] = one.points
        if typed is None or typed == one.points:
            return set()
        self.add_error(f"s-{n}", wrong_points(one.sentence, typed))
        return {code}

    def add_faults(self, faults: dict[str, str]) -> None:
        """Sentences of the scoring rules, each beside the field it is about."""
        for code, text in faults.items():
            if code in self.spec.leaf_codes:
                self.add_error(f"s-{self.spec.leaf_codes.index(code)}", text)
            else:
                self.add_error(None, text)

    def lines(self) -> list[SheetLine]:
        """Headings and criteria in reading order with their bound fields."""
        found = []
        for depth, criterion in self.spec.walk():
            if criterion.is_leaf and criterion.code in self.left_out:
                continue
            line = SheetLine(criterion, depth)
            if criterion.is_leaf:
                n = self.spec.leaf_codes.index(criterion.code)
                line.score, line.remark = self[f"s-{n}"], self[f"m-{n}"]
                line.na = self[f"k-{n}"] if f"k-{n}" in self.fields else None
                line.given = self.given.get(criterion.code)
                line.sources = [self.spec.sources[key] for key in criterion.title_fact.sources]
                line.beside, line.beside_remark = self.beside.get(criterion.code, ("", ""))
            found.append(line)
        return found


# --- The grid: plain values instead of form fields, because four hundred families make four thousand cells.


@dataclass
class GridCell:
    """One cell: field name, text as typed or kept, and what is wrong with it."""

    name: str
    text: str
    label: str = ""
    error: str = ""
    given: object = None  # GivenPoints: what the rules read off a share
    fixed: bool = False  # nothing to type: the points are the share's

    @property
    def is_given(self) -> bool:
        """Does the cell say no more than what the share is worth?"""
        return self.given is not None and clean(self.text) in ("", points_text(self.given.points))


@dataclass
class GridRow:
    """One family. `locked`: why its scores cannot be entered now; `error`: why it was not saved."""

    registration: object
    cells: list[GridCell] = field(default_factory=list)
    total: str = ""
    locked: str = ""
    error: str = ""

    @property
    def has_error(self) -> bool:
        return bool(self.error) or any(cell.error for cell in self.cells)


@dataclass(frozen=True)
class GridColumn:
    """A leaf criterion, or the total; with `condition` a declared condition to answer with yes or no."""

    key: str
    title: str
    maximum: Decimal
    na_allowed: bool = False
    condition: str = ""


def grid_columns(spec: RulebookSpec, *, by_criterion: bool) -> list[GridColumn]:
    """One column per leaf, or one for the total; then one per declared condition."""
    asked = condition_columns(spec)
    if by_criterion:
        return [GridColumn(leaf.code, leaf.title, leaf.maximum, leaf.na_allowed) for leaf in spec.leaves] + asked
    return [GridColumn("total", _("Tổng điểm"), spec.maximum), *asked]


def condition_columns(spec: RulebookSpec) -> list[GridColumn]:
    """One column per declared condition: ĐK1, ĐK2 …"""
    return [
        GridColumn(_("ĐK%(n)d") % {"n": n}, knock.title, Decimal(1), condition=knock.condition)
        for n, knock in enumerate(spec.conditions, start=1)
    ]


def answer_text(answer: bool | None) -> str:
    """A kept answer as the grid shows it."""
    return "" if answer is None else "c" if answer else "k"


def _read_answers(row: GridRow, columns: list[GridColumn]) -> dict[str, bool]:
    """Answers to the declared conditions; cells with none, or with something else, are marked wrong."""
    found = {}
    for cell, column in zip(row.cells, columns, strict=True):
        if column.condition:
            read_answer(cell, column, found)
    return found


def read_answer(cell: GridCell, column: GridColumn, found: dict[str, bool]) -> None:
    """Put the answer of a cell into `found`, or its sentence beside the cell."""
    word = clean(cell.text).lower()
    if word in YES_WORDS or word in NO_WORDS:
        found[column.condition] = word in YES_WORDS
    else:
        cell.error = _("%(key)s (%(title)s): gõ c nếu có, k nếu không.") % {"key": column.key, "title": column.title}


def read_grid_row(spec: RulebookSpec, area: str, row: GridRow, columns: list[GridColumn]) -> dict | None:
    """What was typed in a row: {"scores", "na"} or {"total"}, and {"conditions"}; None when all cells are empty or one
    is wrong.

    Marks the wrong cells. Points are judged by the same rules as every other way in.
    """
    if not any(clean(cell.text) and not cell.is_given for cell in row.cells):
        return None
    numbers, na = {}, set()
    conditions = _read_answers(row, columns)
    columns = [column for column in columns if not column.condition]
    for cell, column in zip(row.cells, columns, strict=False):
        if column.na_allowed and clean(cell.text).lower() in NOT_APPLICABLE_WORDS:
            na.add(column.key)
            continue
        try:
            numbers[column.key] = read_points(cell.text)
        except ValueError:
            cell.error = not_a_number(cell.text, column.maximum)
            continue
        if cell.given is not None:
            typed, numbers[column.key] = numbers[column.key], cell.given.points
            if typed is not None and typed != cell.given.points:
                cell.error = wrong_points(cell.given.sentence, typed)
    try:
        if columns[0].key == "total":
            if not row.cells[0].error:
                evaluate_total(spec, numbers["total"], area)
        else:
            evaluate(spec, numbers, area=area, na=na)
    except ScoreError as error:
        for cell, column in zip(row.cells, columns, strict=False):
            cell.error = cell.error or error.faults.get(column.key, "")
        row.error = " ".join(text for key, text in error.faults.items() if key not in {c.key for c in columns})
    for cell, column in zip(row.cells, columns, strict=False):
        if numbers.get(column.key) is None and column.key not in na and not cell.error and column.key != "total":
            cell.error = _("Mục %(code)s chưa chấm.") % {"code": column.key}
    if row.has_error:
        return None
    typed = {"total": numbers["total"]} if columns[0].key == "total" else {"scores": numbers, "na": frozenset(na)}
    return {**typed, "conditions": conditions}
