"""Who may open the sign-in and password pages (django-allauth). Who is signed in is sent on from the entrance."""

from tests.url_matrix.cast import Row

NEW = {"oldpassword": "sai", "password1": "mot cau dai de nho", "password2": "mot cau dai de nho"}

ROWS: list[Row] = [
    Row("account_login", own=302, anonymous=200),
    Row("account_login", method="post", data={"login": "an", "password": "sai"}, own=302, anonymous=200),
    Row("account_logout", own=200, anonymous=302),
    Row("account_logout", method="post", own=302, anonymous=302),
    Row("account_inactive", anonymous=200),
    Row("account_signup", own=302, anonymous=200),
    Row("account_reauthenticate"),
    Row("account_email", own=302),
    Row("account_email_verification_sent", anonymous=200),
    Row("account_confirm_email", {"key": "khong-co"}, anonymous=200),
    Row("account_change_password"),
    Row("account_change_password", method="post", data=NEW),
    Row("account_set_password", own=302),
    Row("account_reset_password", anonymous=200),
    Row("account_reset_password_done", anonymous=200),
    Row("account_reset_password_from_key", {"uidb36": "1", "key": "khong-co"}, anonymous=200),
    Row("account_reset_password_from_key_done", anonymous=200),
    Row("account_confirm_login_code", own=302, anonymous=302),
]
