"""Forms of probable duplicates: which pairs are listed, and what a merge keeps."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from units.domain.duplicates.finding import KINDS


class PairFilterForm(forms.Form):
    """Kind of registrant, and whether somebody judged the pair before."""

    loai = forms.ChoiceField(
        label=_("Loại"), choices=[(kind.value, kind.label) for kind in KINDS], required=False, initial=KINDS[0].value
    )
    da_xem = forms.ChoiceField(
        label=_("Cặp"),
        choices=[("", _("Chưa xem xét")), ("roi", _("Đã cho là không trùng"))],
        required=False,
    )


class MergeChoiceForm(forms.Form):
    """Which of two stays, and field by field whose value. `a` is the first registrant, `b` the second."""

    keep = forms.ChoiceField(
        label=_("Giữ lại"),
        choices=[("a", "a"), ("b", "b")],
        error_messages={"required": _("Hãy chọn giữ lại bên nào.")},
    )
    withdraw = forms.BooleanField(label=_("Rút hồ sơ đang làm"), required=False)
    version = forms.CharField(required=False, widget=forms.HiddenInput, max_length=400)

    def __init__(self, *args, differing: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.differing = differing
        for name in differing:
            self.fields[f"f_{name}"] = forms.ChoiceField(choices=[("a", "a"), ("b", "b")], required=False)

    def taken(self) -> dict[str, bool]:
        """Fields whose value comes from the registrant that goes; no choice keeps the value of the one that stays."""
        keep = self.cleaned_data["keep"]
        return {name: self.cleaned_data[f"f_{name}"] not in ("", keep) for name in self.differing}
