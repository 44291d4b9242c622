"""Forms of clans and their families."""

from __future__ import annotations

from crispy_forms.layout import Column, Field, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField
from portal.lib.layouts import inside_form
from units.choices import Level
from units.forms.fields import PlaceChoiceField
from units.forms.registrants import CleanCharField, PhoneField, RegistrantFilterForm, RegistrantForm
from units.models import Place
from units.models.clans import LARGEST_FUND


class MoneyField(WholeNumberField):
    """A sum in đồng."""

    def __init__(self, **kwargs):
        super().__init__(max_value=LARGEST_FUND, **kwargs)


class ClanFilterForm(RegistrantFilterForm):
    """Filters above the list of clans."""

    committee = forms.ChoiceField(
        label=_("Ban khuyến học"),
        required=False,
        choices=[("", _("Tất cả")), ("yes", _("Có ban")), ("no", _("Chưa có ban"))],
    )

    @staticmethod
    def narrow(rows, filters: dict):
        """By committee."""
        if filters.get("committee"):
            rows = rows.filter(clan__has_committee=filters["committee"] == "yes")
        return rows


class ClanForm(RegistrantForm):
    """Enter or correct a clan."""

    name = CleanCharField(label=_("Tên dòng họ"), max_length=200, help_text=_("Ví dụ: Họ Nguyễn Hữu"))
    hall_address = CleanCharField(
        label=_("Nhà thờ họ"), required=False, max_length=250, help_text=_("Địa chỉ nhà thờ họ hoặc nhà trưởng họ.")
    )
    has_committee = forms.BooleanField(label=_("Có ban khuyến học"), required=False)
    committee_head = CleanCharField(
        label=_("Trưởng ban khuyến học"), required=False, max_length=150, help_text=_("Chỉ ghi khi dòng họ có ban.")
    )
    phone = PhoneField()
    fund = MoneyField(
        label=_("Quỹ khuyến học (đồng)"),
        required=False,
        help_text=_("Ví dụ: 25.000.000; chưa rõ thì để trống, chưa có quỹ thì ghi 0."),
    )

    def groups(self) -> list[tuple]:
        """Name and place, committee and fund."""
        return [
            (_("Dòng họ"), [Field("name", autocomplete="off"), "place", "hall_address"]),
            (
                _("Ban khuyến học và quỹ"),
                [
                    "has_committee",
                    Row(
                        Column(Field("committee_head", autocomplete="off"), css_class="col-md-8"),
                        Column(Field("phone", inputmode="tel", autocomplete="off"), css_class="col-md-4"),
                    ),
                    "fund",
                ],
            ),
        ]

    def clean(self):
        data = super().clean()
        if data.get("committee_head") and not data.get("has_committee"):
            self.add_error("has_committee", _("Có trưởng ban thì dòng họ phải có ban khuyến học."))
        return data


class FamiliesForm(forms.Form):
    """Households ticked to be taken into a clan."""

    households = forms.TypedMultipleChoiceField(
        label=_("Hộ"), coerce=int, error_messages={"required": _("Hãy đánh dấu ít nhất một hộ.")}
    )
    since = forms.DateField(
        label=_("Vào dòng họ từ ngày"), initial=timezone.localdate, help_text=_("Ví dụ: 31/12/2026")
    )

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["households"].choices = [(row.pk, row.name) for row in offered]


class FarFamilyForm(forms.Form):
    """One household of another ward, named by its hamlet and head."""

    hamlet = PlaceChoiceField(
        level=Level.HAMLET,
        former=False,
        label=_("Khu phố, thôn của hộ"),
        help_text=_("Gõ tên khu phố, thôn và phường, xã, không cần dấu; ví dụ: khu pho 3 vuon lai."),
    )
    head = CleanCharField(label=_("Họ tên chủ hộ"), max_length=200)
    address = CleanCharField(
        label=_("Địa chỉ"), required=False, max_length=250, help_text=_("Chỉ cần khi nơi đó có nhiều hộ trùng tên.")
    )
    since = forms.DateField(
        label=_("Vào dòng họ từ ngày"), initial=timezone.localdate, help_text=_("Ví dụ: 31/12/2026")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, prefix="far", **kwargs)
        self.fields["hamlet"].queryset = Place.objects.filter(level=Level.HAMLET).current()
        rows = (
            Column(Field("head", autocomplete="off"), css_class="col-md-6"),
            Column(Field("address", autocomplete="off"), css_class="col-md-6"),
        )
        self.helper = inside_form("hamlet", Row(*rows), "since")


class LeaveForm(forms.Form):
    """Since when a household is no family of the clan any more."""

    until = forms.DateField(label=_("Rời dòng họ từ ngày"), initial=timezone.localdate)
