"""Forms of the yearly report: signing it with text and explanations, answering it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from recognition.domain.closing import LONGEST_TEXT
from recognition.forms.registering import ReasonField


class SignForm(forms.Form):
    """One box a heading of the outline, one reason a warning, and who signs.

    Names: t-<n> for the n-th heading, w-<key> for a warning.
    """

    signer_title = forms.CharField(label=_("Chức vụ người ký"), max_length=150, initial=_("Chủ tịch"))
    reason = ReasonField(label=_("Lý do lập bản mới"), required=False)

    def __init__(self, *args, outline, warnings, again: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.outline, self.warned = outline, warnings
        for number, one in enumerate(outline):
            self.fields[f"t-{number}"] = forms.CharField(
                label=one["title"],
                required=False,
                max_length=LONGEST_TEXT,
                initial=one["text"],
                widget=forms.Textarea(attrs={"rows": max(3, one["text"].count("\n") + 2)}),
            )
        for key, finding in warnings:
            self.fields[f"w-{key}"] = ReasonField(label=finding.text, help_text=_("Vì sao số này vẫn đúng?"))
        if again:
            self.fields["reason"].required = True
        else:
            del self.fields["reason"]

    def texts(self) -> list[str]:
        return [self.cleaned_data[f"t-{number}"] for number in range(len(self.outline))]

    def explanations(self) -> dict[str, str]:
        return {key: self.cleaned_data[f"w-{key}"] for key, _finding in self.warned}


class ReturnForm(forms.Form):
    """Why a report goes back."""

    note = ReasonField(label=_("Lý do trả lại"), help_text=_("Nơi gửi đọc lý do này để biết phải sửa gì."))
