"""Typing a share instead of the counted one."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.fields import WholeNumberField
from recognition.domain.measures.freezing import LONGEST_REASON

MOST = 100_000_000


class TypedShareForm(forms.Form):
    """Numerator, denominator, and the reason that stays with them."""

    numerator = WholeNumberField(label=gettext_lazy("Tử số"), max_value=MOST, localize=True)
    denominator = WholeNumberField(label=gettext_lazy("Mẫu số"), min_value=1, max_value=MOST, localize=True)
    reason = forms.CharField(
        label=gettext_lazy("Lý do, căn cứ"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Ví dụ: theo biên bản rà soát số 12/BB ngày 05/11/2026. Lý do được lưu cùng tên bạn."),
        error_messages={
            "required": gettext_lazy("Khai số thay cho số máy tính phải ghi lý do, ví dụ số văn bản xác nhận.")
        },
    )

    def clean(self):
        data = super().clean()
        top, whole = data.get("numerator"), data.get("denominator")
        if top is not None and whole is not None and top > whole:
            self.add_error("numerator", _("Tử số phải từ 0 đến mẫu số."))
        return data
