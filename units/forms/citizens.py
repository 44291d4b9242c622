"""Forms of citizens. The ID number passes through: it is checked here, hashed by the verb, and kept nowhere."""

from __future__ import annotations

from crispy_forms.layout import Column, Field, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import YearField
from portal.lib.text import title_case
from units.choices import CitizenGroup, Sex
from units.domain.citizens import id_digits
from units.domain.errors import RegisterError
from units.forms.registrants import CleanCharField, RegistrantFilterForm, RegistrantForm
from units.models.citizens import EARLIEST_BIRTH


class CitizenFilterForm(RegistrantFilterForm):
    """Filters above the list of citizens."""

    group = forms.TypedChoiceField(
        label=_("Nhóm (tạm thời)"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Tất cả")), *CitizenGroup.choices],
    )
    where = forms.ChoiceField(
        label=_("Tính ở"),
        required=False,
        choices=[("", _("Tất cả")), ("home", _("Hộ gia đình")), ("work", _("Đơn vị"))],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["q"].label = _("Tên hoặc 4 số cuối căn cước")

    @staticmethod
    def narrow(rows, filters: dict):
        """By group and by where they are counted."""
        if filters.get("group"):
            rows = rows.filter(citizen__group=filters["group"])
        if filters.get("where"):
            rows = rows.filter(citizen__household__isnull=filters["where"] == "work")
        return rows


class CitizenForm(RegistrantForm):
    """Enter a citizen at a household or organisation, or correct one. Where they stand follows from that."""

    place = None
    name = CleanCharField(label=_("Họ và tên"), max_length=200)
    birth_year = YearField(label=_("Năm sinh"), min_value=EARLIEST_BIRTH)
    sex = forms.ChoiceField(
        label=_("Giới tính"),
        choices=Sex.choices,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Hãy chọn giới tính.")),
    )
    group = forms.TypedChoiceField(
        label=_("Nhóm (tên tạm thời)"),
        coerce=int,
        choices=[("", _("– Chọn –")), *CitizenGroup.choices],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Hãy chọn nhóm.")),
        help_text=_("Bốn nhóm ứng với bốn mẫu phiếu tự đánh giá; tên nhóm chưa đối chiếu văn bản gốc."),
    )
    id_number = CleanCharField(label=_("Số căn cước"), required=False, max_length=20)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        last4 = self.registrant.citizen.id_last4 if self.registrant else ""
        self.fields["id_number"].help_text = (
            _("Đang lưu số có bốn số cuối %(last4)s; để trống thì giữ nguyên.") % {"last4": last4}
            if last4
            else _("12 chữ số, để tránh tính trùng. Số không được lưu: chỉ giữ bốn số cuối và một mã kiểm tra.")
        )

    def groups(self) -> list[tuple]:
        """The person, then the number."""
        number = Field("id_number", inputmode="numeric", autocomplete="off", data_no_keep="1")
        return [
            (
                _("Công dân"),
                [
                    Field("name", autocomplete="off"),
                    Row(Column("birth_year", css_class="col-md-4"), Column("sex", css_class="col-md-8")),
                    "group",
                ],
            ),
            (_("Căn cước"), [number]),
        ]

    def clean_name(self) -> str:
        self.cleaned_data["name"] = title_case(self.cleaned_data["name"])
        return super().clean_name()

    def clean_birth_year(self) -> int:
        year = self.cleaned_data["birth_year"]
        if year > timezone.localdate().year:
            raise forms.ValidationError(_("Hãy xem lại năm sinh."))
        return year

    def clean_id_number(self) -> str:
        number = self.cleaned_data["id_number"]
        try:
            return id_digits(number) if number else ""
        except RegisterError as error:
            raise forms.ValidationError(error.message) from error


class TransferForm(forms.Form):
    """Since when a citizen is counted somewhere else."""

    on = forms.DateField(label=_("Tính ở nơi mới từ ngày"), initial=timezone.localdate)
