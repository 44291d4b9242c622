"""Forms of households: filter, enter, correct."""

from __future__ import annotations

import datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Field, Fieldset, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField
from portal.lib.text import title_case
from units.choices import Level, Poverty
from units.domain.register import members_fault
from units.forms.registrants import CleanCharField, PhoneField, RegistrantFilterForm, entry_day
from units.models import Place


class HamletField(forms.ModelChoiceField):
    """A hamlet of the offered ones; for one elsewhere the refusal says where it is."""

    def __init__(self, **kwargs):
        super().__init__(
            queryset=Place.objects.none(), label=_("Khu phố, thôn, ấp"), empty_label=_("– Chọn –"), **kwargs
        )
        self.show_ward = False

    def label_from_instance(self, place):
        return f"{place.name}, {place.commune.name}" if self.show_ward else place.name

    def to_python(self, value):
        try:
            return super().to_python(value)
        except forms.ValidationError:
            elsewhere = (
                Place.objects.filter(level=Level.HAMLET, pk=value).select_related("commune").first()
                if str(value).isdecimal() and len(str(value)) < 19  # longer ones are no keys
                else None
            )
            if elsewhere is None:
                raise forms.ValidationError(_("Hãy chọn một khu phố, thôn hoặc ấp trong danh sách.")) from None
            return self.refuse(elsewhere)

    def refuse(self, place: Place):
        """Raise ValidationError where the hamlet must not be taken."""
        raise forms.ValidationError(
            _("%(hamlet)s thuộc %(ward)s, ngoài địa bàn bạn giữ sổ.") % {"hamlet": place.name, "ward": place.commune}
        )


class OwnWardHamletField(HamletField):
    """While correcting, any hamlet passes the form: the verb says why one of another ward is refused."""

    def refuse(self, place: Place):
        return place


class HouseholdFilterForm(RegistrantFilterForm):
    """Filters above the list of households."""

    q = forms.CharField(
        label=_("Tên hoặc địa chỉ"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("không cần dấu")}),
    )
    group = forms.CharField(
        label=_("Tổ"), required=False, max_length=60, widget=forms.TextInput(attrs={"class": "is-narrow"})
    )
    poverty = forms.ChoiceField(label=_("Diện hộ"), required=False, choices=[("", _("Tất cả")), *Poverty.choices])


class HouseholdForm(forms.Form):
    """Enter a household, or correct one (`registrant` given): then without the day it came and with a version."""

    name = CleanCharField(label=_("Họ tên chủ hộ"), max_length=200)
    hamlet = HamletField()
    address = CleanCharField(
        label=_("Địa chỉ"), required=False, max_length=250, help_text=_("Số nhà, đường; ví dụ: 12/3 Hòa Hưng")
    )
    group_name = CleanCharField(label=_("Tổ"), required=False, max_length=60, help_text=_("Ví dụ: Tổ 5"))
    members = WholeNumberField(label=_("Nhân khẩu"), required=False, min_value=1, max_value=60)
    adults = WholeNumberField(label=_("Người lớn"), required=False, min_value=0, max_value=60)
    pupils = WholeNumberField(label=_("Học sinh"), required=False, min_value=0, max_value=60)
    poverty = forms.ChoiceField(label=_("Diện hộ"), choices=Poverty.choices, initial=Poverty.NONE)
    phone = PhoneField()
    opened_on = forms.DateField(
        label=_("Vào sổ từ ngày"),
        initial=timezone.localdate,
        help_text=_("Ngày hộ về ở khu phố, thôn này; chưa rõ thì để hôm nay. Ví dụ: 31/12/2026"),
    )
    note = CleanCharField(label=_("Ghi chú"), required=False, max_length=300)
    version = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args, hamlets, registrant=None, **kwargs):
        super().__init__(*args, **kwargs)
        if registrant is not None:
            self.fields["hamlet"] = OwnWardHamletField()
            del self.fields["opened_on"], self.fields["seen"]
        else:
            del self.fields["version"]
        field = self.fields["hamlet"]
        field.queryset = hamlets
        rows = list(hamlets)
        field.show_ward = len({place.commune_id for place in rows}) > 1
        if len(rows) == 1 and registrant is None:
            field.initial = rows[0].pk
        self.helper = self._layout(correcting=registrant is not None)

    def _layout(self, *, correcting: bool) -> FormHelper:
        helper = FormHelper()
        helper.form_tag, helper.disable_csrf = False, True
        last = ["note", "version"] if correcting else ["opened_on", "note", "seen"]
        helper.layout = Layout(
            Fieldset(
                _("Chủ hộ và chỗ ở"),
                Field("name", autocomplete="off"),
                "hamlet",
                Row(Column("address", css_class="col-md-8"), Column("group_name", css_class="col-md-4")),
            ),
            Fieldset(
                _("Nhân khẩu"),
                Row(*(Column(name, css_class="col-4") for name in ("members", "adults", "pupils"))),
                "poverty",
                Field("phone", inputmode="tel", autocomplete="off"),
            ),
            Fieldset(_("Ghi sổ"), *last),
        )
        return helper

    def clean_name(self) -> str:
        name = title_case(self.cleaned_data["name"])
        if not any(letter.isalpha() for letter in name):
            raise forms.ValidationError(_("Họ tên phải có chữ cái."))
        return name

    def clean_opened_on(self) -> datetime.date:
        return entry_day(self.cleaned_data["opened_on"])

    def clean(self):
        data = super().clean()
        if not {"members", "adults", "pupils"} & set(self.errors):
            fault = members_fault(data.get("members"), data.get("adults"), data.get("pupils"))
            if fault:
                self.add_error("members", fault)
        return data

    @property
    def seen_duplicates(self) -> set[int]:
        """Keys of the likely duplicates the person has already been shown."""
        return {int(key) for key in self.cleaned_data.get("seen", "").split(",") if key.isdecimal()}

    def values(self) -> dict:
        """What the verbs take: everything typed, without the form's own fields."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"version", "seen"}}
