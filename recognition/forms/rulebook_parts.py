"""The parts of a rulebook as pages of forms: which forms stand on a page, and how what they hold is written down."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from recognition.forms import rulebook_drafts as whole
from recognition.forms import rulebook_procedure as procedure
from recognition.forms import rulebook_scoring as scoring
from recognition.forms.rulebook_fields import PartForm
from recognition.rulebook_compare import criteria_of
from units.choices import AreaClass

MOST_ROWS = 60


@dataclass(frozen=True)
class Block:
    """One form, or (`many`) rows of them, for the value at `path` of the item the page is about."""

    prefix: str
    path: tuple[str, ...]
    form: type[PartForm]
    title: object = ""
    many: bool = False
    only: str = ""  # "points", "levels": the kind of evaluation it belongs to


@dataclass(frozen=True)
class PartPage:
    """A page of the editor."""

    slug: str
    title: object
    keys: tuple[str, ...]  # keys of the content it shows, to lead from a finding to it
    blocks: tuple[Block, ...]


PAGES = (
    PartPage(
        "thong-tin",
        _("Thông tin chung, năm áp dụng"),
        ("title", "summary", "status", "valid_from_year", "valid_to_year", "step", "code", "model", "provinces"),
        (Block("g", (), whole.GeneralForm),),
    ),
    PartPage(
        "muc-dat",
        _("Mức đạt, xếp loại, mức độ"),
        ("pass_marks", "ranks", "na_policy", "upgrade", "unknown_levels"),
        (
            *(
                Block(f"m{area}", ("pass_marks", area), scoring.MarkForm, AreaClass(area).label, only="points")
                for area in AreaClass.values
            ),
            Block("r", ("ranks",), scoring.RankForm, _("Xếp loại, từ cao xuống thấp"), many=True, only="points"),
            Block("n", ("na_policy",), scoring.PolicyForm, _("Mục không áp dụng"), only="points"),
            Block("l", ("unknown_levels",), scoring.UnknownLevelForm, _("Mức độ chưa rõ"), many=True, only="levels"),
            Block("u", ("upgrade",), procedure.UpgradeForm, _("Lên mức độ cao hơn"), only="levels"),
        ),
    ),
    PartPage(
        "khong-cong-nhan",
        _("Điều kiện không công nhận"),
        ("knock_outs",),
        (Block("k", ("knock_outs",), scoring.KnockOutForm, many=True),),
    ),
    PartPage(
        "ty-le",
        _("Tỷ lệ tính từ mô hình khác"),
        ("derived",),
        (Block("d", ("derived",), scoring.DerivedForm, many=True),),
    ),
    PartPage(
        "hieu-luc",
        _("Hiệu lực, phản ánh"),
        ("validity", "objection", "revocation"),
        (
            Block("v", ("validity",), procedure.YearsForm, _("Hiệu lực công nhận")),
            Block("o", ("objection",), procedure.ObjectionForm, _("Niêm yết và phản ánh")),
            Block("w", ("revocation",), procedure.RevocationForm, _("Căn cứ thu hồi"), many=True),
        ),
    ),
    PartPage(
        "tham-quyen",
        _("Thẩm quyền quyết định"),
        ("decision", "decider_cannot_be_subject"),
        (Block("a", ("decision",), procedure.AuthorityRowForm, many=True),),
    ),
    PartPage("can-cu", _("Căn cứ"), ("legal_basis",), (Block("b", ("legal_basis",), whole.BasisForm, many=True),)),
    PartPage("nguon", _("Nguồn"), ("sources",), (Block("s", ("sources",), whole.SourceForm, many=True),)),
)
BY_SLUG = {page.slug: page for page in PAGES}
CRITERION = (
    Block("c", (), scoring.CriterionForm),
    Block("v", ("variants",), scoring.VariantForm, _("Theo nhóm công dân"), many=True),
)
STEP = (
    Block("s", (), procedure.StepForm),
    Block("p", ("places",), procedure.PlaceForm, _("Cấp thực hiện theo thời gian"), many=True),
)


def page_of(key: str) -> PartPage | None:
    """The page that shows a key of the content."""
    return next((page for page in PAGES if key in page.keys), None)


class RowsFormSet(BaseFormSet):
    """Rows of items; one more stands empty at the end."""

    def __init__(self, *args, items, **kwargs):
        self.items = items
        super().__init__(*args, initial=[{} for _item in items], **kwargs)

    def get_form_kwargs(self, index):
        known = index is not None and index < len(self.items)
        return super().get_form_kwargs(index) | {"item": self.items[index] if known else None}

    def write(self) -> list:
        """The items in their order, without deleted rows and the empty one."""
        return [
            form.write()
            for index, form in enumerate(self.forms)
            if not form.cleaned_data.get("DELETE") and (form.has_changed() or index < len(self.items))
        ]


@dataclass
class Bound:
    """A block with its form or rows."""

    block: Block
    form: object

    @property
    def errors(self) -> bool:
        return bool(self.form.total_error_count() if self.block.many else self.form.errors)


def bind(blocks, item: dict, data, *, content: dict, **first) -> list[Bound]:
    """The forms of a page about `item`. `first`: further arguments of the first block's form."""
    bound = []
    sources = tuple(content.get("sources") or ())
    criteria = [
        (str(one.get("code", "")), f"{one.get('code', '')} {one.get('title') or ''}"[:90])
        for _parent, one in criteria_of(content)
    ]
    kind = "levels" if content.get("evaluation") == "levels" else "points"
    for block in blocks:
        if block.only and block.only != kind:
            continue
        extra = first if block is blocks[0] and not block.many else {}
        if block.many:
            rows = formset_factory(
                block.form, formset=RowsFormSet, extra=1, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS
            )
            kwargs = {"sources": sources, "criteria": criteria}
            form = rows(data, prefix=block.prefix, items=_items(item, block.path), form_kwargs=kwargs)
            for row in form:
                if "DELETE" in row.fields:
                    row.fields["DELETE"].label = _("Bỏ dòng này")
        else:
            form = block.form(data, prefix=block.prefix, item=_at(item, block.path), sources=sources, **extra)
        bound.append(Bound(block, form))
    return bound


def is_valid(bound: list[Bound]) -> bool:
    """Are all the small forms of a part filled in right?"""
    answers = [one.form.is_valid() for one in bound]  # all of them, so that every mistake is shown at once
    return all(answers)


def written(bound: list[Bound], item: dict) -> dict:
    """The item with everything typed."""
    item = copy.deepcopy(item)
    for one in bound:
        value, path = one.form.write(), one.block.path
        if not path:
            item = value
            continue
        target = item
        for key in path[:-1]:
            target = target.setdefault(key, {})
        if path == ("sources",):
            value = {row["key"]: row["text"] for row in value}
        if value or path in (("sources",), ("places",)):
            target[path[-1]] = value
        else:
            target.pop(path[-1], None)
            if len(path) > 1 and not target:
                item.pop(path[0], None)
    return item


def _at(item: dict, path) -> dict:
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item if isinstance(item, dict) else {}


def _items(item: dict, path) -> list[dict]:
    found = item.get(path[0])
    if isinstance(found, dict):  # the sources: key → text
        return [{"key": key, "text": text} for key, text in found.items()]
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


class RevisionForm(forms.Form):
    """The version of the draft the page showed."""

    revision = forms.IntegerField(min_value=1, max_value=2_000_000_000, widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why somebody puts their own writing into use."""

    reason = forms.CharField(
        label=_("Lý do tự đưa vào dùng"),
        max_length=500,
        required=False,
        error_messages={"max_length": _("Lý do dài quá 500 ký tự. Hãy viết gọn lại.")},
    )
