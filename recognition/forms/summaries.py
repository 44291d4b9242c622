"""Forms of summaries: which years, and the text an officer edits."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import YearField
from recognition.domain.summaries.period import LONGEST_TEXT


class PeriodForm(forms.Form):
    """First and last year; an address without them asks for the usual five."""

    first = YearField(label=_("Từ năm"), min_value=1990, max_value=2100)
    last = YearField(label=_("Đến năm"), min_value=1990, max_value=2100)


class SummaryForm(forms.Form):
    """One box a heading, who signs, and the version that was open."""

    signer_title = forms.CharField(label=_("Chức vụ người ký"), max_length=150, required=False, initial="Chủ tịch")
    signer = forms.CharField(label=_("Họ và tên người ký"), max_length=150, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args, sections, **kwargs):
        super().__init__(*args, **kwargs)
        self.sections = sections
        boxes = {}
        for number, one in enumerate(sections):
            boxes[f"t-{number}"] = forms.CharField(
                label=one["title"],
                required=False,
                max_length=LONGEST_TEXT,
                initial=one["text"],
                widget=forms.Textarea(attrs={"rows": min(14, max(3, one["text"].count("\n") + 3))}),
            )
        self.fields = boxes | self.fields

    def texts(self) -> list[dict]:
        """Title and text of each section, as they are kept."""
        return [
            {"title": one["title"], "text": self.cleaned_data[f"t-{number}"]}
            for number, one in enumerate(self.sections)
        ]
