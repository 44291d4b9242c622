"""Sign-in and password forms in our words. Passwords may be pasted and as long as people like, from 8 characters on."""

from allauth.account import forms as allauth
from django.utils.translation import gettext_lazy as _

PASSWORD_HINT = _(
    "Ít nhất 8 ký tự; nên dùng một câu dài dễ nhớ. Không dùng mật khẩu phổ biến (như 12345678) hay giống tên của bạn."
)
REPEAT = _("Hai lần nhập không giống nhau. Hãy nhập lại.")


class _Words:
    """Our labels and hints instead of allauth's; placeholders repeat the label, so they go."""

    labels: dict = {}
    hints: dict = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            field.error_messages["required"] = _("Cần nhập ô này.")

    def clean(self):
        data = super().clean()
        if "password2" in self.errors and data.get("password1") and self.data.get("password2"):
            self.errors["password2"] = self.error_class([REPEAT])
        return data


class LoginForm(_Words, allauth.LoginForm):
    """Sign in with the name of the account or its e-mail; phones must not capitalise or correct the name."""

    labels = {"login": _("Tên đăng nhập hoặc e-mail"), "password": _("Mật khẩu")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        }


class ChangePasswordForm(_Words, allauth.ChangePasswordForm):
    """A new password, by who knows the one of now."""

    labels = {
        "oldpassword": _("Mật khẩu hiện nay"),
        "password1": _("Mật khẩu mới"),
        "password2": _("Nhập lại mật khẩu mới"),
    }
    hints = {"password1": PASSWORD_HINT}


class SetPasswordForm(_Words, allauth.SetPasswordForm):
    """The first password of an account that has none yet."""

    labels = {"password1": _("Mật khẩu"), "password2": _("Nhập lại mật khẩu")}
    hints = {"password1": PASSWORD_HINT}


class ResetPasswordForm(_Words, allauth.ResetPasswordForm):
    """Ask for a link to a new password, sent to the e-mail of the account."""

    labels = {"email": _("E-mail đã ghi trong tài khoản")}


class ResetPasswordKeyForm(_Words, allauth.ResetPasswordKeyForm):
    """The new password, behind the link that was sent."""

    labels = {"password1": _("Mật khẩu mới"), "password2": _("Nhập lại mật khẩu mới")}
    hints = {"password1": PASSWORD_HINT}


class ReauthenticateForm(_Words, allauth.ReauthenticateForm):
    """The password once more, before something that matters to the account's safety."""

    labels = {"password": _("Mật khẩu")}
