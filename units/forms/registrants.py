"""Forms every kind of registrant shares: filter, enter or correct, close."""

from __future__ import annotations

import datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Fieldset, Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib import phones
from portal.lib.listing import offer_rows
from portal.lib.text import clean
from units.choices import Level
from units.domain.close_reasons import reasons_for
from units.domain.importing.rows import phone_fault
from units.models import Place

EARLIEST = datetime.date(1990, 1, 1)  # older than any movement of learning families; earlier days are slips of typing


class CleanCharField(forms.CharField):
    """Text stored the one way: NFC, single spaces."""

    def to_python(self, value):
        return clean(super().to_python(value))


class PhoneField(CleanCharField):
    """A telephone number as people write it, with brackets, dashes, +84; kept as digits, shown in groups."""

    def __init__(self, **kwargs):
        super().__init__(**{"label": _("Điện thoại"), "required": False, "max_length": 40} | kwargs)
        self.widget.input_type = "tel"

    def prepare_value(self, value):
        return phones.shown(value) if isinstance(value, str) else value

    def clean(self, value):
        phone = super().clean(value)
        try:
            return phones.read(phone)  # written the one way, so that a list taken out and in again changes nothing
        except phones.NotAPhone as error:
            if error.why == phones.LETTERS:
                raise forms.ValidationError(_("Số điện thoại chỉ gồm chữ số, ví dụ: 0912 345 678.")) from None
            raise forms.ValidationError(phone_fault(error, phone)) from None


def entry_day(day: datetime.date) -> datetime.date:
    """A day somebody came into the register, when it is not a slip of typing."""
    if day < EARLIEST:
        raise forms.ValidationError(_("Ngày vào sổ quá xa, hãy xem lại năm."))
    return day


class Status:
    """Values of the filter "Tình trạng"."""

    OPEN, CLOSED, ALL = "", "closed", "all"


class StandingField(forms.ModelChoiceField):
    """A ward, or more exactly one of its hamlets, of the offered ones."""

    def __init__(self, **kwargs):
        super().__init__(
            queryset=Place.objects.none(),
            label=_("Khu phố, thôn, ấp"),
            empty_label=_("– Chọn –"),
            error_messages=dict.fromkeys(("required", "invalid_choice"), _("Hãy chọn một nơi trong danh sách.")),
            **kwargs,
        )
        self.show_ward = False

    def label_from_instance(self, place):
        if place.level == Level.COMMUNE:
            return _("Cả %(ward)s, không riêng khu phố, thôn nào") % {"ward": place.name}
        return f"{place.name}, {place.commune.name}" if self.show_ward else place.name

    def offer(self, places) -> None:
        """Offer a queryset of places; the only one is chosen already."""
        self.queryset = places
        rows = list(places)
        self.show_ward = len({place.commune_id or place.pk for place in rows}) > 1
        if len(rows) == 1:
            self.initial = rows[0].pk


class RegistrantFilterForm(forms.Form):
    """Filters above a list of one kind. The list always stands in one ward or hamlet."""

    q = forms.CharField(
        label=_("Tên"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("không cần dấu")}),
    )
    hamlet = forms.TypedChoiceField(label=_("Khu phố, thôn, ấp"), required=False, coerce=int, empty_value=None)
    status = forms.ChoiceField(
        label=_("Tình trạng"),
        required=False,
        choices=[
            (Status.OPEN, _("Trong sổ")),
            (Status.CLOSED, _("Đã ra khỏi sổ")),
            (Status.ALL, _("Tất cả")),
        ],
    )

    def __init__(self, *args, hamlets: list[Place] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name != "status"), "status"])
        offer_rows(self, "hamlet", hamlets)

    @staticmethod
    def narrow(rows, filters: dict):
        """The queryset under this kind's own filters."""
        return rows


class RegistrantForm(forms.Form):
    """Enter a registrant, or correct one (`registrant` given): then without the day it came and with a version.

    A kind adds its fields and says in `groups` how they stand together: (heading, names or crispy layout objects).
    """

    name = CleanCharField(max_length=200)
    place = StandingField()
    opened_on = forms.DateField(
        label=_("Vào sổ từ ngày"),
        initial=timezone.localdate,
        help_text=_("Từ ngày này tính vào sổ; chưa rõ thì để hôm nay. Ví dụ: 31/12/2026"),
    )
    note = CleanCharField(label=_("Ghi chú"), required=False, max_length=300)
    version = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args, places, registrant=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.registrant = registrant
        if registrant is not None:
            del self.fields["opened_on"], self.fields["seen"]
        else:
            del self.fields["version"]
        if "place" in self.fields:
            self.fields["place"].offer(places)
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
        last = ["note", "version"] if registrant is not None else ["opened_on", "note", "seen"]
        self.helper.layout = Layout(
            *(Fieldset(heading, *fields) for heading, fields in self.groups()), Fieldset(_("Ghi sổ"), *last)
        )

    def groups(self) -> list[tuple]:
        """Fieldsets before the last one: (heading, layout objects)."""
        return [(_("Thông tin chung"), [Field("name", autocomplete="off"), "place"])]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if not any(letter.isalpha() for letter in name):
            raise forms.ValidationError(_("Tên phải có chữ cái."))
        return name

    def clean_opened_on(self) -> datetime.date:
        return entry_day(self.cleaned_data["opened_on"])

    @property
    def seen_duplicates(self) -> set[int]:
        """Keys of the likely duplicates the person has already been shown."""
        return {int(key) for key in self.cleaned_data.get("seen", "").split(",") if key.isdecimal()}

    def values(self) -> dict:
        """What the verbs take: everything typed, without the form's own fields."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"version", "seen"}}


class CloseForm(forms.Form):
    """Why and since when a registrant is no longer in the register."""

    reason = forms.ChoiceField(label=_("Lý do"), widget=forms.RadioSelect)
    closed_on = forms.DateField(label=_("Ra khỏi sổ ngày"), initial=timezone.localdate)

    def __init__(self, *args, noun="", kind="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(reason.value, reason.label) for reason in reasons_for(kind)]
        help_text = _("Từ ngày này không tính vào số %(noun)s. Ví dụ: 31/12/2026")
        self.fields["closed_on"].help_text = help_text % {"noun": noun or _("hộ")}
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
