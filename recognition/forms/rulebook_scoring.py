"""Forms of what a rulebook scores and when it is enough: criteria, marks, ranks, knock-outs, shares, levels."""

from __future__ import annotations

import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from portal.lib.text import clean, fold
from recognition.choices import Rank
from recognition.forms.rulebook_fields import BLANK, PartForm, PointField, text
from recognition.shares import MEASURES, TITLES
from units.choices import AreaClass, CitizenGroup, OrganisationType

BRACKET = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?)\s*%?\s*[:=]\s*(\d{1,3}(?:[.,]\d)?)")  # "70: 10", "62,5%: 7,5"


class CriterionForm(PartForm):
    """One criterion, or an item below it."""

    FACTS = {"title_fact": _("Nguồn của nội dung"), "max_fact": _("Nguồn của điểm")}
    LINES = ("evidence",)
    ROWS = (("code", "parent"), ("max", "min"))

    code = forms.RegexField(
        r"^[0-9A-ZĐ]+(\.[0-9A-Za-z]+)*$",
        label=_("Mã"),
        max_length=20,
        help_text=_("Ví dụ 2.3"),
        error_messages={"invalid": _("Chỉ gồm chữ số, chữ hoa và dấu chấm, ví dụ 2.3.")},
    )
    parent = forms.ChoiceField(label=_("Thuộc tiêu chí"), required=False)
    title = text(_("Nội dung"), 600, rows=2, required=True)
    max = PointField(label=_("Điểm tối đa"))
    min = PointField(label=_("Điểm tối thiểu"), required=False, help_text=_("Thấp hơn thì không công nhận."))
    help = text(_("Hướng dẫn chấm"), 2000, rows=3)
    evidence = text(_("Minh chứng"), 2000, rows=3, help_text=_("Mỗi dòng một thí dụ."))
    na_allowed = forms.BooleanField(label=_("Được ghi “không áp dụng”"), required=False)
    levels = forms.TypedMultipleChoiceField(
        label=_("Thuộc mức độ"),
        coerce=int,
        choices=[(1, _("Mức độ 1")), (2, _("Mức độ 2"))],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    applies_to = forms.MultipleChoiceField(
        label=_("Chỉ hỏi loại hình"),
        choices=OrganisationType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Không chọn loại nào thì hỏi mọi đơn vị."),
    )

    def __init__(self, *args, by_levels=False, of_units=False, parents=(), taken=(), code="", **kwargs):
        if by_levels:
            self.FACTS = {"title_fact": _("Nguồn của nội dung")}
        self.taken, self.own_code = set(taken), code
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [("", _("Không thuộc tiêu chí nào")), *parents]
        gone = ("max", "min", "na_allowed") if by_levels else ("levels",)
        has_parts = bool(self.item.get("children"))
        # A criterion with items below it is their sum: nothing that is asked of a scored item.
        gone += ("levels", "na_allowed") if has_parts else ()
        gone += () if of_units and not has_parts else ("applies_to",)
        for name in {*gone} & set(self.fields):
            del self.fields[name]
        self.lay_out()

    def clean_code(self):
        code = clean(self.cleaned_data["code"])
        if code != self.own_code and code in self.taken:
            raise forms.ValidationError(_("Mã này đã có trong bộ tiêu chí."))
        return code

    def write(self) -> dict:
        """The part as the rulebook's content keeps it."""
        item = super().write()
        item.pop("parent", None)
        return item


class VariantForm(PartForm):
    """How a criterion is worded for one group of citizens."""

    LINES = ("evidence",)
    group = forms.TypedChoiceField(label=_("Nhóm công dân"), choices=[BLANK, *CitizenGroup.choices], coerce=int)
    help = text(_("Hướng dẫn chấm"), 2000, rows=2)
    evidence = text(_("Minh chứng"), 2000, rows=2, help_text=_("Mỗi dòng một thí dụ."))


class MarkForm(PartForm):
    """A pass mark of an area class."""

    MAIN = "value"
    value = PointField(label=_("Mức đạt"), required=False, help_text=_("Từ số điểm này trở lên thì đạt."))


class RankForm(PartForm):
    """A rank and where it begins."""

    ROWS = (("rank", "title", "from"),)
    KEPT_EMPTY = ("from",)
    rank = forms.ChoiceField(label=_("Xếp loại"), choices=[BLANK, *Rank.choices])
    title = text(_("Tên gọi"), 60, required=True)
    locals()["from"] = PointField(label=_("Từ điểm"))


class PolicyForm(PartForm):
    """How items that do not apply are counted."""

    MAIN = "value"
    value = forms.ChoiceField(
        label=_("Mục không áp dụng"),
        required=False,
        choices=[BLANK, ("FULL_POINTS", _("Tính đủ điểm tối đa")), ("RESCALE", _("Không tính, quy đổi về thang 100"))],
    )


class KnockOutForm(PartForm):
    """What fails a dossier whatever its total."""

    ROWS = (("criterion", "min"),)
    title = text(_("Nội dung"), 300, required=True)
    asked = forms.ChoiceField(
        label=_("Cách xét"),
        choices=[
            ("", _("Theo điểm: dưới số điểm của một tiêu chí")),
            ("yes", _("Hỏi có hay không khi chấm: trả lời “có” thì không công nhận")),
        ],
        required=False,
    )
    criterion = forms.ChoiceField(label=_("Tiêu chí"), required=False)
    min = PointField(label=_("Dưới số điểm"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._choose_criterion("criterion", "—", ("*", _("Bất kỳ mục nào được chấm")))
        if self.item.get("condition"):
            self.fields["asked"].help_text = _("Mã: %(code)s") % {"code": self.item["condition"]}

    def _read(self):
        return super()._read() | {"asked": "yes" if self.item.get("condition") else ""}

    def clean(self):
        data = super().clean()
        if data.get("asked") and (data.get("criterion") or data.get("min") is not None):
            self.add_error("asked", _now("Đã hỏi có hay không thì để trống tiêu chí và số điểm."))
        return data

    def write(self):
        """The part as the rulebook's content keeps it."""
        item = super().write()
        asked = item.pop("asked", None)
        # The name the answers are kept under: made once, so that rewording the question loses no answer.
        name = self.item.get("condition") or re.sub(r"[^a-z0-9]+", "_", fold(item.get("title", ""))).strip("_")
        self._put(item, "condition", name[:60] if asked else None)
        return item


class DerivedForm(PartForm):
    """A share the portal counts."""

    FACTS = {"fact": _("Nguồn"), "brackets_fact": _("Nguồn của bảng đổi")}
    ROWS = (("code", "criterion"), ("normal", "difficult"))
    code = text(_("Mã"), 20, required=True)
    criterion = forms.ChoiceField(label=_("Tiêu chí"), required=False)
    title = text(_("Tên tỷ lệ"), 300, required=True)
    measure = forms.ChoiceField(label=_("Cách đếm"), choices=[BLANK, *((name, TITLES[name]) for name in MEASURES)])
    numerator = text(_("Tử số"), 300, required=True)
    denominator = text(_("Mẫu số"), 300, required=True)
    normal = PointField(label=_("Mức cần (%)"), required=False, help_text=_("Để trống nếu chưa rõ: chỉ tham khảo."))
    difficult = PointField(label=_("Mức cần ở vùng khó khăn (%)"), required=False)
    brackets = forms.CharField(
        label=_("Bảng đổi ra điểm"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Mỗi dòng một mức, từ cao xuống thấp, ví dụ 70: 10 (từ 70% được 10 điểm). Để trống nếu chưa rõ."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._choose_criterion("criterion", _("Không thuộc tiêu chí nào"))
        if self.item.get("measure"):
            self.fields["measure"].help_text = _("Mã: %(code)s") % {"code": self.item["measure"]}

    def _read(self):
        required = self.item.get("required")
        required = required if isinstance(required, dict) else {}
        lines = self.item.get("brackets")
        lines = [one for one in lines if isinstance(one, dict)] if isinstance(lines, list) else []
        table = "\n".join(f"{one.get('from')}: {one.get('points')}".replace(".", ",") for one in lines)
        values = {"normal": required.get("NORMAL"), "difficult": required.get("DIFFICULT"), "brackets": table}
        return super()._read() | values

    def clean_brackets(self):
        found = []
        for line in filter(None, map(clean, (self.cleaned_data.get("brackets") or "").splitlines())):
            match = BRACKET.fullmatch(line)
            if match is None:
                raise forms.ValidationError(
                    _now("Không đọc được dòng “%(line)s”; hãy ghi như 70: 10.") % {"line": line[:40]}
                )
            values = [Decimal(one.replace(",", ".")) for one in match.groups()]
            plain = [int(one) if one == one.to_integral_value() else float(one) for one in values]
            found.append(dict(zip(("from", "points"), plain, strict=True)))
        return found

    def clean(self):
        data = super().clean()
        if (data.get("normal") is None) != (data.get("difficult") is None) and not self.errors:
            self.add_error("difficult", _now("Hãy ghi mức cần cho cả hai vùng, hoặc để trống cả hai."))
        return data

    def write(self):
        """The part as the rulebook's content keeps it."""
        item = super().write()
        normal, difficult = item.pop("normal", None), item.pop("difficult", None)
        self._put(item, "required", {AreaClass.NORMAL.value: normal, AreaClass.DIFFICULT.value: difficult})
        if normal is None:
            item.pop("required")
        if "brackets" not in item:
            item.pop("brackets_fact", None)
        return item


class UnknownLevelForm(PartForm):
    """A level whose own wording nobody has read: it is not given."""

    FACTS = {"fact": _("Vì sao chưa rõ")}
    level = forms.TypedChoiceField(
        label=_("Mức độ chưa có nguyên văn"), coerce=int, choices=[BLANK, (1, _("Mức độ 1")), (2, _("Mức độ 2"))]
    )
