"""Forms of the yearly report: signing it with text and explanations, answering it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognition.domain.closing import LONGEST_TEXT
from recognition.forms.registering import ReasonField


def _signed_meanwhile(version: int) -> str:
    return gettext(
        "Bản %(version)d đã được ký sau khi bạn mở trang này, nên lần gửi này chưa ký gì thêm. Hãy xem bản đó; "
        "nếu vẫn cần bản mới thì ghi lý do rồi ký lại."
    ) % {"version": version}


class SignForm(forms.Form):
    """One box a heading of the outline, one reason a warning, and who signs.

    `hints`: for each heading what to write there, or nothing. Names: t-<n> for the n-th heading, w-<key> for a warning,
    w-all for those that share a reason. `before`: the newest version there is (0: none); whoever sends the form again
    after a slow line or with the browser's back button does not sign a second time.
    """

    signer_title = forms.CharField(label=_("Chức vụ người ký"), max_length=150, initial=_("Chủ tịch"))
    reason = ReasonField(label=_("Lý do lập bản mới"), required=False)
    before = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, *args, outline, warnings, before: int, hints=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.outline, self.warned, self.before = outline, warnings, before
        self.fields["before"].initial = before
        for number, one in enumerate(outline):
            self.fields[f"t-{number}"] = forms.CharField(
                label=one["title"],
                required=False,
                max_length=LONGEST_TEXT,
                initial=one["text"],
                help_text=hints[number] if number < len(hints) else "",
                widget=forms.Textarea(attrs={"rows": max(3, one["text"].count("\n") + 2)}),
            )
        several = len(warnings) > 1
        for key, finding in warnings:
            self.fields[f"w-{key}"] = ReasonField(
                label=finding.text, help_text=_("Vì sao số này vẫn đúng?"), required=not several
            )
        if several:
            self.fields["w-all"] = ReasonField(
                label=_("Lý do chung"),
                help_text=_("Ghi vào mọi cảnh báo ở trên còn để trống."),
                required=False,
            )
        if before:
            self.fields["reason"].required = True
        else:
            del self.fields["reason"]

    def clean(self):
        data = super().clean()
        if data.get("before") not in (None, self.before):
            self.add_error(None, _signed_meanwhile(self.before))
            self.data = self.data.copy()  # told now; sent once more it is meant
            self.data["before"] = self.before
        if "w-all" in self.fields and not data.get("w-all"):
            for key, _finding in self.warned:
                if not data.get(f"w-{key}") and f"w-{key}" not in self.errors:
                    self.add_error(f"w-{key}", _("Hãy ghi lý do, hoặc ghi lý do chung ở dưới."))
        return data

    def texts(self) -> list[str]:
        """The text under each heading of the outline."""
        return [self.cleaned_data[f"t-{number}"] for number in range(len(self.outline))]

    def explanations(self) -> dict[str, str]:
        """Finding key → reason: its own, else the one for all."""
        shared = self.cleaned_data.get("w-all", "")
        return {key: self.cleaned_data[f"w-{key}"] or shared for key, _finding in self.warned}


class SignPeriodForm(SignForm):
    """The same for a summary of several years: its text was saved before; the version that was read travels along."""

    text_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, outline=(), **kwargs)


class ReturnForm(forms.Form):
    """Why a report goes back."""

    note = ReasonField(label=_("Lý do trả lại"), help_text=_("Nơi gửi đọc lý do này để biết phải sửa gì."))
