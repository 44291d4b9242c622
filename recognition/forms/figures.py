"""Forms of declared figures (a grid of models and measures) and of targets."""

from __future__ import annotations

import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.fields import WholeNumberField, YearField
from recognition.choices import LearningModel
from recognition.domain.declaring import BIGGEST, MEASURES
from recognition.domain.targets import MEASURES_OF
from recognition.figure_checks import GROUP_LABELS
from recognition.figure_names import measure_label
from recognition.forms.registering import ReasonField
from recognition.models import Target


class PercentField(forms.DecimalField):
    """A percentage with at most two decimals: "98,82", "98.82" and "98,82 %" are the same."""

    default_error_messages = {"invalid": gettext_lazy("Hãy nhập tỷ lệ phần trăm, ví dụ 98,82.")}

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        kwargs |= {"min_value": 0, "max_value": 100, "max_digits": 5, "decimal_places": 2}
        super().__init__(**kwargs)

    def to_python(self, value):
        if isinstance(value, str):
            value = value.strip().removesuffix("%").strip().replace(",", ".")
        return super().to_python(value)


def cell_name(model: str, group: str, measure: str) -> str:
    """The name of a cell's field."""
    return f"c-{model}-{group or 'all'}-{measure}"


class DeclareForm(forms.Form):
    """Every figure of a place and year; an empty cell is one that is not known. Warnings bring their reason box."""

    source = forms.CharField(
        label=gettext_lazy("Nguồn số liệu"), max_length=60, help_text=gettext_lazy("Ví dụ: Báo cáo số 12/BC-HKH")
    )
    published_on = forms.DateField(label=gettext_lazy("Ngày của văn bản"), help_text=gettext_lazy("Ví dụ: 15/12/2025"))
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    reason = ReasonField(label=gettext_lazy("Lý do sửa"), required=False)

    def __init__(self, *args, lines, locked=(), warnings=(), stored=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines, self.locked = lines, locked
        for model, group in lines:
            if model in locked:
                continue
            label = line_label(model, group)
            for measure in MEASURES:
                name = cell_name(model, group, measure)
                self.fields[name] = WholeNumberField(
                    required=False, max_value=BIGGEST, label=f"{label}, {measure_label(measure)}"
                )
            self.fields[cell_name(model, group, "percent")] = PercentField(
                required=False, label=_("%(line)s, tỷ lệ đạt in") % {"line": label}
            )
        for name in [name for name in self.fields if name.startswith("c-")]:
            self.fields[name].widget.attrs.update({"class": "grid-input", "maxlength": 20})
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label
        for key, finding in warnings:
            self.fields[f"w-{key}"] = ReasonField(
                label=finding.text, required=False, help_text=_("Vì sao số này vẫn đúng?"), widget=forms.TextInput
            )
        if stored is None:
            del self.fields["reason"]

    def clean_published_on(self) -> datetime.date:
        day = self.cleaned_data["published_on"]
        if day.year < 1990:
            raise forms.ValidationError(_("Năm của ngày này không đúng, hãy xem lại."))
        return day

    def figures(self) -> dict:
        """(model, group, measure) → number or None, of every cell of the form."""
        return {
            (model, group, measure): self.cleaned_data[cell_name(model, group, measure)]
            for model, group in self.lines
            if model not in self.locked
            for measure in MEASURES
        }

    def percents(self) -> dict:
        """The percentages typed, by model and group."""
        return {
            (model, group): self.cleaned_data[cell_name(model, group, "percent")]
            for model, group in self.lines
            if model not in self.locked
        }

    def explanations(self) -> dict[str, str]:
        """Finding key → reason, also for boxes drawn for warnings of the form before."""
        return {name.removeprefix("w-"): str(text) for name, text in self.data.items() if name.startswith("w-")}


def line_label(model: str, group: str) -> str:
    """ "Công dân học tập, Cán bộ, công chức, viên chức"."""
    label = str(LearningModel(model).label)
    return f"{label}, {GROUP_LABELS.get(group, group)}" if group else label


class TargetForm(forms.ModelForm):
    """One target. What it is a share of is chosen together with the model, so that no pair is impossible."""

    of = forms.ChoiceField(label=gettext_lazy("Mô hình, tỷ lệ"))
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput, initial=0)
    explanation = ReasonField(
        label=gettext_lazy("Giải thích cảnh báo"),
        required=False,
        help_text=gettext_lazy("Chỉ cần khi có cảnh báo, ví dụ chỉ tiêu giảm theo năm."),
        widget=forms.TextInput,
    )
    reason = ReasonField(label=gettext_lazy("Lý do sửa"), required=False, widget=forms.TextInput)

    class Meta:
        model = Target
        fields = ["year", "area_class", "percent", "legal_basis", "source", "confidence"]
        field_classes = {"percent": PercentField, "year": YearField}
        widgets = {"percent": forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})}
        help_texts = {
            "percent": gettext_lazy("Từ 0 đến 100, ví dụ 72,5"),
            "legal_basis": gettext_lazy("Văn bản giao chỉ tiêu. Ví dụ: Kế hoạch số 12/KH-UBND ngày 15/01/2026"),
            "source": gettext_lazy("Nơi lấy được văn bản, nếu khác căn cứ"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["of"].choices = [
            (f"{model}:{measure}", f"{LearningModel(model).label} – {measure_label(measure)}")
            for model, measures in MEASURES_OF.items()
            for measure in measures
        ]
        self.fields["legal_basis"].required = True
        self.order_fields(["of", "year", "area_class", "percent", "legal_basis", "source", "confidence"])
        if self.instance.pk:
            self.initial["of"] = f"{self.instance.model}:{self.instance.measure}"
            self.initial.setdefault("version", self.instance.version)
            self.initial["version"] = self.instance.version
            self.initial["reason"] = ""
            self.initial["explanation"] = self.instance.explanation
        else:
            del self.fields["reason"]

    def _get_validation_exclusions(self):
        """The verb checks the whole target with the row it replaces, locked."""
        return super()._get_validation_exclusions() | {"place", "model", "measure", "reason", "version", "explanation"}

    def validate_unique(self):
        pass

    def validate_constraints(self):
        pass

    def made(self) -> Target:
        """The target as typed, not saved."""
        target = self.instance
        target.model, target.measure = self.cleaned_data["of"].split(":")
        target.reason = self.cleaned_data.get("reason", "")
        return target
