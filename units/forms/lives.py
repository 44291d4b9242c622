"""Forms of what happens to a household: move, change of head, split, merge."""

from __future__ import annotations

from crispy_forms.layout import Column, Field, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField
from portal.lib.layouts import inside_form
from portal.lib.text import title_case
from units.choices import HeadChange, Level
from units.forms.fields import PlaceChoiceField
from units.forms.registrants import CleanCharField
from units.models import Place, Registrant


class LifeForm(forms.Form):
    """A day, and what the kind of event needs."""

    on = forms.DateField(label=_("Từ ngày"), initial=timezone.localdate, help_text=_("Ví dụ: 31/12/2026"))
    version = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = inside_form(*self.parts())

    def parts(self) -> list:
        """Layout objects in order."""
        return ["on", "version"]

    def values(self) -> dict:
        """What the verb takes; the version goes along where the verb asks for it."""
        return dict(self.cleaned_data)


def _person_name(name: str) -> str:
    name = title_case(name)
    if not any(letter.isalpha() for letter in name):
        raise forms.ValidationError(_("Họ tên phải có chữ cái."))
    return name


class MoveForm(LifeForm):
    """Where to, since when."""

    hamlet = PlaceChoiceField(
        level=Level.HAMLET,
        former=False,
        label=_("Khu phố, thôn nơi đến"),
        help_text=_("Gõ tên khu phố, thôn và phường, xã, không cần dấu; ví dụ: khu pho 3 vuon lai."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hamlet"].queryset = Place.objects.filter(level=Level.HAMLET).current()
        self.fields["on"].label = _("Chuyển từ ngày")

    def parts(self) -> list:
        return ["hamlet", "on"]

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("hamlet", "on")}


class HeadForm(LifeForm):
    """The new head, why, since when."""

    name = CleanCharField(label=_("Họ tên chủ hộ mới"), max_length=200)
    reason = forms.ChoiceField(
        label=_("Lý do"),
        choices=HeadChange.choices,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Hãy chọn lý do đổi chủ hộ.")),
    )

    def parts(self) -> list:
        return [Field("name", autocomplete="off"), "reason", "on", "version"]

    def clean_name(self) -> str:
        return _person_name(self.cleaned_data["name"])


class SplitForm(LifeForm):
    """Head and address of the new household, and who goes."""

    name = CleanCharField(label=_("Họ tên chủ hộ mới"), max_length=200)
    address = CleanCharField(label=_("Địa chỉ hộ mới"), required=False, max_length=250)
    members = WholeNumberField(label=_("Nhân khẩu"), required=False, min_value=1, max_value=60)
    adults = WholeNumberField(label=_("Người lớn"), required=False, min_value=0, max_value=60)
    pupils = WholeNumberField(label=_("Học sinh"), required=False, min_value=0, max_value=60)
    people = forms.TypedMultipleChoiceField(
        label=_("Công dân trong sổ chuyển sang hộ mới"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, citizens: list[Registrant], **kwargs):
        self.citizens = citizens
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Tách từ ngày")
        self.fields["people"].choices = [(row.pk, f"{row.name} ({row.citizen.birth_year})") for row in citizens]
        if not citizens:
            del self.fields["people"]

    def parts(self) -> list:
        return [
            Field("name", autocomplete="off"),
            "address",
            Row(*(Column(name, css_class="col-4") for name in ("members", "adults", "pupils"))),
            *(["people"] if self.citizens else []),
            "on",
            "version",
        ]

    def clean_name(self) -> str:
        return _person_name(self.cleaned_data["name"])

    def values(self) -> dict:
        data = self.cleaned_data
        return {
            "name": data["name"],
            "address": data["address"],
            "numbers": {name: data[name] for name in ("members", "adults", "pupils")},
            "people": data.get("people", []),
            "on": data["on"],
            "version": data["version"],
        }


class MergeForm(LifeForm):
    """Into which household, since when. `offered` are households of the ward that match what was searched."""

    into = forms.ChoiceField(
        label=_("Nhập vào hộ"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Hãy chọn hộ để nhập vào.")),
    )

    def __init__(self, *args, offered: list[Registrant], **kwargs):
        super().__init__(*args, **kwargs)
        self.offered = {str(row.pk): row for row in offered}
        self.fields["on"].label = _("Nhập từ ngày")
        self.fields["into"].choices = [
            (row.pk, " · ".join(filter(None, (row.name, row.household.address, row.hamlet.name)))) for row in offered
        ]

    def parts(self) -> list:
        return ["into", "on", "version"]

    def values(self) -> dict:
        data = self.cleaned_data
        return {"into": self.offered[data["into"]], "on": data["on"], "version": data["version"]}
