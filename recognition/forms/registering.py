"""Forms of registering: filters of the list, one registrant, many at once, and reasons."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.listing import offer_rows
from portal.lib.text import clean
from portal.lib.years import allowed_years
from recognition.choices import LearningModel, State

SHOWN_MODELS = tuple(LearningModel)


class ReasonField(forms.CharField):
    """A reason people will read: cleaned text, at most 500 characters."""

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("Lý do"))
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3, "maxlength": 500}))
        super().__init__(max_length=500, **kwargs)

    def to_python(self, value):
        return clean(super().to_python(value))


class RegistrationFilterForm(forms.Form):
    """Filters above the list of dossiers. Place, year and model travel along as hidden values."""

    place = forms.IntegerField(required=False, widget=forms.HiddenInput)
    nam = forms.IntegerField(required=False, widget=forms.HiddenInput)
    model = forms.CharField(required=False, widget=forms.HiddenInput)
    rulebook = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    q = forms.CharField(
        label=_("Tên"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("không cần gõ dấu")}),
    )
    hamlet = forms.TypedChoiceField(label=_("Khu phố, thôn, ấp"), required=False, coerce=int, empty_value=None)
    state = forms.ChoiceField(
        label=_("Tình trạng"), required=False, choices=[("", _("Tất cả, trừ đã rút")), *State.choices]
    )
    passed = forms.ChoiceField(
        label=_("Kết quả"),
        required=False,
        choices=[("", _("Tất cả")), ("yes", _("Đạt")), ("no", _("Chưa đạt")), ("open", _("Chưa xét"))],
    )

    def __init__(self, *args, hamlets=(), **kwargs):
        super().__init__(*args, **kwargs)
        offer_rows(self, "hamlet", hamlets)


class RegisterForm(forms.Form):
    """Register one registrant for a model and year."""

    model = forms.ChoiceField(label=_("Danh hiệu"))
    year = forms.TypedChoiceField(label=_("Năm xét"), coerce=int)
    late_reason = forms.CharField(
        label=_("Lý do xét bổ sung"),
        required=False,
        max_length=300,
        help_text=_("Chỉ ghi khi đăng ký sau hạn của năm."),
    )

    def __init__(self, *args, models, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["model"].choices = [(model, LearningModel(model).label) for model in models]
        self.fields["year"].choices = [(year, str(year)) for year in allowed_years()]

    def clean_late_reason(self) -> str:
        return clean(self.cleaned_data["late_reason"])


class ManyFilterForm(forms.Form):
    """Narrows the registrants not yet registered: by hamlet, group, name."""

    nam = forms.IntegerField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(
        label=_("Họ tên, tên gọi"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("không cần gõ dấu")}),
    )
    hamlet = forms.TypedChoiceField(label=_("Khu phố, thôn, ấp"), required=False, coerce=int, empty_value=None)
    group = forms.CharField(label=_("Tổ"), required=False, max_length=60)

    def __init__(self, *args, hamlets=(), **kwargs):
        super().__init__(*args, **kwargs)
        offer_rows(self, "hamlet", hamlets)


class SendBackForm(forms.Form):
    """Why a dossier goes back."""

    reason = ReasonField(label=_("Lý do trả lại"), help_text=_("Người lập hồ sơ đọc lý do này để biết phải sửa gì."))


class WithdrawForm(forms.Form):
    """Why a registration is withdrawn."""

    reason = ReasonField(label=_("Lý do rút đăng ký"))
