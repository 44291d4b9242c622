"""Forms of accounts and postings."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from units.choices import Level, Role
from units.domain.staff import ROLE_LEVELS, NewPosting
from units.forms.fields import PlaceChoiceField, PlacePicker
from units.forms.registrants import PhoneField
from units.models import Place, User

ROLES = [("", gettext_lazy("Chọn vai trò")), *Role.choices]


class StaffFilterForm(forms.Form):
    """Filters of the staff list."""

    q = forms.CharField(label=gettext_lazy("Tên, tên đăng nhập, e-mail"), required=False, max_length=150)
    role = forms.ChoiceField(
        label=gettext_lazy("Vai trò"), required=False, choices=[("", gettext_lazy("Mọi vai trò")), *Role.choices]
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Tình trạng"),
        required=False,
        choices=[
            ("", gettext_lazy("Tất cả")),
            ("active", gettext_lazy("Đang hoạt động")),
            ("invited", gettext_lazy("Đã mời, chưa đặt mật khẩu")),
            ("stopped", gettext_lazy("Đã ngừng")),
        ],
    )


class AccountForm(forms.Form):
    """Name and ways to reach a person."""

    full_name = forms.CharField(
        label=gettext_lazy("Họ và tên"),
        max_length=150,
        error_messages={"required": gettext_lazy("Cần ghi họ và tên.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        help_text=gettext_lazy("Không bắt buộc. Có e-mail thì người này tự lấy lại được mật khẩu khi quên."),
        error_messages={"invalid": gettext_lazy("Địa chỉ e-mail chưa đúng, ví dụ: ten@example.vn.")},
    )
    phone = PhoneField()


class PostingForm(forms.Form):
    """One posting: what, where, from when to when."""

    role = forms.ChoiceField(
        label=gettext_lazy("Vai trò"),
        choices=ROLES,
        error_messages={"required": gettext_lazy("Hãy chọn vai trò.")},
    )
    place = PlaceChoiceField(
        required=False,
        widget=PlacePicker(former=False, include="[name=role]"),
        help_text=gettext_lazy("Gõ tên, không cần dấu; ví dụ: hoa hung. Bỏ trống chỉ khi phụ trách cả nước."),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("Từ ngày"),
        required=False,
        widget=forms.DateInput(attrs={"placeholder": "31/12/2026", "inputmode": "numeric"}),
        help_text=gettext_lazy("Bỏ trống là từ hôm nay."),
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Đến hết ngày"),
        required=False,
        widget=forms.DateInput(attrs={"placeholder": "31/12/2026", "inputmode": "numeric"}),
        help_text=gettext_lazy("Bỏ trống nếu chưa biết."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        levels = ROLE_LEVELS.get(self.data.get("role"), Level.values)
        self.fields["place"].queryset = Place.objects.current().filter(level__in=[level for level in levels if level])

    def clean(self) -> dict:
        data = super().clean()
        role, place = data.get("role"), data.get("place")
        if role and not place and "place" not in self.errors and role not in (Role.LEADER, Role.ADMINISTRATOR):
            self.add_error("place", _("Vai trò này phải gắn với một địa bàn. Hãy tìm và chọn địa bàn."))
        starts_on = data.get("starts_on") or timezone.localdate()
        if data.get("ends_on") and data["ends_on"] < starts_on:
            self.add_error("ends_on", _("Ngày kết thúc phải sau ngày bắt đầu."))
        return data

    def posting(self) -> NewPosting:
        """What was typed, for the verbs."""
        data = self.cleaned_data
        return NewPosting(data["role"], data["place"], data["starts_on"], data["ends_on"])


class InviteForm(PostingForm, AccountForm):
    """A new account with its first posting."""

    username = forms.CharField(
        label=gettext_lazy("Tên đăng nhập"),
        max_length=60,
        help_text=gettext_lazy("Chữ không dấu, số, dấu chấm; ví dụ: an.hoahung."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Cần đặt tên đăng nhập.")},
    )
    field_order = ["full_name", "username", "email", "phone", "role", "place", "starts_on", "ends_on"]

    def clean_username(self) -> str:
        name = self.cleaned_data["username"].strip().lower()
        if not name.isascii() or not all(ch.isalnum() or ch in "._-" for ch in name):
            raise ValidationError(_("Tên đăng nhập chỉ gồm chữ không dấu, số và các dấu . _ -"))
        return name


class EndPostingForm(forms.Form):
    """When a posting ends; empty means at once."""

    last_day = forms.DateField(label=gettext_lazy("Ngày cuối cùng"), required=False)


class PasswordForm(forms.Form):
    """The person's own first password."""

    password1 = forms.CharField(
        label=gettext_lazy("Mật khẩu"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "Ít nhất 8 ký tự; nên dùng một câu dài dễ nhớ. Không dùng mật khẩu phổ biến (như 12345678)"
            " hay giống tên của bạn."
        ),
        error_messages={"required": gettext_lazy("Cần nhập ô này.")},
    )
    password2 = forms.CharField(
        label=gettext_lazy("Nhập lại mật khẩu"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("Cần nhập ô này.")},
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password1(self) -> str:
        validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]

    def clean(self) -> dict:
        data = super().clean()
        if data.get("password1") and data.get("password2") and data["password1"] != data["password2"]:
            self.add_error("password2", _("Hai lần nhập không giống nhau. Hãy nhập lại."))
        return data
