"""Forms of organisations and their numbers by year."""

from __future__ import annotations

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Field, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField, YearField
from units.choices import ManagingLevel, OrganisationType
from units.forms.registrants import CleanCharField, PhoneField, RegistrantFilterForm, RegistrantForm
from units.models.organisations import EARLIEST_YEAR, MOST_PEOPLE


class OrganisationFilterForm(RegistrantFilterForm):
    """Filters above the list of organisations."""

    type = forms.ChoiceField(
        label=_("Loại hình"), required=False, choices=[("", _("Tất cả")), *OrganisationType.choices]
    )
    branch = forms.ChoiceField(
        label=_("Chi hội"),
        required=False,
        choices=[("", _("Tất cả")), ("yes", _("Có chi hội")), ("no", _("Chưa có chi hội"))],
    )

    @staticmethod
    def narrow(rows, filters: dict):
        """By type and branch."""
        if filters.get("type"):
            rows = rows.filter(organisation__type=filters["type"])
        if filters.get("branch"):
            rows = rows.filter(organisation__has_branch=filters["branch"] == "yes")
        return rows


class OrganisationForm(RegistrantForm):
    """Enter or correct an organisation."""

    name = CleanCharField(
        label=_("Tên đơn vị"), max_length=200, help_text=_("Ghi đầy đủ, ví dụ: Trường Tiểu học Hòa Hưng")
    )
    type = forms.ChoiceField(
        label=_("Loại hình"),
        choices=[("", _("– Chọn –")), *OrganisationType.choices],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Hãy chọn loại hình đơn vị.")),
    )
    managed_by = forms.ChoiceField(
        label=_("Cấp quản lý"),
        choices=ManagingLevel.choices,
        required=False,
        initial=ManagingLevel.COMMUNE,
        help_text=_("Quyết định bộ tiêu chí và cơ quan công nhận Đơn vị học tập."),
    )
    address = CleanCharField(label=_("Địa chỉ"), required=False, max_length=250)
    has_branch = forms.BooleanField(label=_("Có chi hội khuyến học"), required=False)
    branch_chair = CleanCharField(
        label=_("Chi hội trưởng"), required=False, max_length=150, help_text=_("Chỉ ghi khi đơn vị có chi hội.")
    )
    contact = CleanCharField(label=_("Người liên hệ"), required=False, max_length=150)
    phone = PhoneField()

    def clean_managed_by(self) -> str:
        """Most organisations of a ward's register are the ward's own."""
        return self.cleaned_data["managed_by"] or ManagingLevel.COMMUNE

    def groups(self) -> list[tuple]:
        """Name and place, branch, contact."""
        return [
            (_("Đơn vị"), [Field("name", autocomplete="off"), "type", "managed_by", "place", "address"]),
            (_("Chi hội khuyến học"), ["has_branch", Field("branch_chair", autocomplete="off")]),
            (
                _("Liên hệ"),
                [Field("contact", autocomplete="off"), Field("phone", inputmode="tel", autocomplete="off")],
            ),
        ]

    def clean(self):
        data = super().clean()
        if data.get("branch_chair") and not data.get("has_branch"):
            self.add_error("has_branch", _("Có chi hội trưởng thì đơn vị phải có chi hội khuyến học."))
        return data


class OrganisationYearForm(forms.Form):
    """Staff and learners of one year."""

    year = YearField(label=_("Năm"), min_value=EARLIEST_YEAR)
    staff = WholeNumberField(label=_("Cán bộ, người lao động"), min_value=0, max_value=MOST_PEOPLE)
    learners = WholeNumberField(
        label=_("Người học"),
        required=False,
        min_value=0,
        max_value=MOST_PEOPLE,
        help_text=_("Học sinh, sinh viên, học viên; đơn vị không có người học thì để trống."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].initial = timezone.localdate().year
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
        self.helper.layout = Layout(
            Row(*(Column(name, css_class="col-md-4") for name in ("year", "staff", "learners")))
        )
