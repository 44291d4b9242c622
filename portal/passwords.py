"""Password rules. Length and a list of common ones; no rules about capitals or digits, no forced change."""

from django.contrib.auth import password_validation
from django.utils.translation import gettext as _


class MinimumLength(password_validation.MinimumLengthValidator):
    """Django's rule; its sentence has no Vietnamese translation."""

    def get_error_message(self) -> str:
        return _("Mật khẩu này quá ngắn: cần ít nhất %(least)d ký tự.") % {"least": self.min_length}

    def get_help_text(self) -> str:
        return _("Mật khẩu có ít nhất %(least)d ký tự.") % {"least": self.min_length}
