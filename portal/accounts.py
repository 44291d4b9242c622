"""Accounts: nobody signs up by themselves; administrators invite. What allauth says, in our words."""

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.translation import gettext_lazy as _

from portal.lib.client_address import throttled_address

WRONG_PASSWORD = _(
    "Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra phím Caps Lock, bộ gõ tiếng Việt rồi thử lại;"
    " nếu quên, dùng “Quên mật khẩu”."
)


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Closed sign-up. Officers get an invitation link from an administrator."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("Tài khoản này đã ngừng hoạt động. Hãy liên hệ người quản trị."),
        "email_password_mismatch": WRONG_PASSWORD,
        "username_password_mismatch": WRONG_PASSWORD,
        "invalid_login": WRONG_PASSWORD,
        "too_many_login_attempts": _(
            "Đã nhập sai quá nhiều lần. Hãy chờ 5 phút rồi thử lại, hoặc dùng “Quên mật khẩu”."
        ),
        "enter_current_password": _("Mật khẩu hiện nay không đúng. Hãy nhập lại."),
        "incorrect_password": _("Mật khẩu không đúng. Hãy nhập lại."),
        "invalid_password_reset": _("Liên kết đặt lại mật khẩu không dùng được nữa. Hãy xin liên kết mới."),
        "unknown_email": _("Không có tài khoản nào dùng địa chỉ e-mail này."),
        "rate_limited": _("Bạn gửi yêu cầu quá nhanh. Hãy chờ một phút rồi thử lại."),
    }

    def is_open_for_signup(self, request) -> bool:
        return False

    def get_client_ip(self, request) -> str:
        """The address whose failed sign-ins are counted."""
        return throttled_address(request) or super().get_client_ip(request)

    def format_email_subject(self, subject) -> str:
        """Our own prefix: allauth would write the server's host name in brackets."""
        return f"[{_('Cổng Mô hình học tập')}] {subject}"
