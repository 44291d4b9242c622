"""Forms of one-time links: how long they hold, and why a sheet was changed or not taken."""

from __future__ import annotations

import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognition.domain.entry_links import LONGEST_DAYS

USUAL_DAYS = 14


class MakeLinksForm(forms.Form):
    """Links for a whole hamlet."""

    expires_on = forms.DateField(
        label=_("Dùng đến hết ngày"),
        help_text=_("Quá ngày này liên kết không mở được nữa."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Hãy chọn ngày hết hạn."), "invalid": _("Hãy chọn ngày hết hạn.")},
    )
    renew = forms.BooleanField(
        label=_("Làm lại liên kết chưa dùng"),
        help_text=_("Chọn khi mất phiếu: liên kết cũ chưa dùng sẽ hết hiệu lực, phiếu mới in ra thay thế."),
        required=False,
    )

    def __init__(self, *args, **kwargs):
        today = timezone.localdate()
        kwargs.setdefault("initial", {"expires_on": today + datetime.timedelta(days=USUAL_DAYS)})
        super().__init__(*args, **kwargs)
        self.fields["expires_on"].widget.attrs |= {
            "min": today.isoformat(),
            "max": (today + datetime.timedelta(days=LONGEST_DAYS)).isoformat(),
        }


class ReasonForm(forms.Form):
    """One sentence; whether it is needed depends on the button."""

    reason = forms.CharField(
        label=_("Lý do"),
        required=False,
        max_length=300,
        help_text=_("Bắt buộc khi sửa điểm hoặc không nhận."),
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
    )
