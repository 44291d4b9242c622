import json

import pghistory
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from units.choices import Role
from units.domain import staff
from units.domain.errors import PortalError
from units.models import User


class Command(BaseCommand):
    """Invites an administrator of the whole nation and prints the one-time link. With --renew: a new link for somebody.

    The way into a fresh portal, and back into one whose administrators are gone.
    """

    help = "Tạo tài khoản quản trị và in liên kết dùng một lần để người đó tự đặt mật khẩu."

    def add_arguments(self, parser) -> None:
        parser.add_argument("username", help="tên đăng nhập")
        parser.add_argument("full_name", nargs="?", default="", help="họ và tên")
        parser.add_argument("--email", default="")
        parser.add_argument("--renew", action="store_true", help="cấp liên kết mới cho tài khoản đã có")
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *args, username: str, full_name: str, email: str, renew: bool, **options) -> None:
        if not renew and not full_name:
            raise CommandError("Cần ghi cả họ và tên.")
        try:
            with pghistory.context(user=None, user_name="Lệnh invite_administrator"), transaction.atomic():
                if renew:
                    user = User.objects.get(username=username)
                else:
                    user = staff.invite(
                        actor=None,
                        username=username,
                        full_name=full_name,
                        email=email,
                        postings=[staff.NewPosting(Role.ADMINISTRATOR, None)],
                    )
                token = staff.invitation_token(actor=None, user=user)
        except User.DoesNotExist as error:
            raise CommandError(f"Không có tài khoản nào tên {username}.") from error
        except PortalError as error:
            raise CommandError(error.message) from error
        link = settings.PUBLIC_URL + reverse("units:invitation", args=[token])
        if options["json"]:
            self.stdout.write(json.dumps({"username": user.username, "link": link, "days": staff.INVITATION_DAYS}))
        else:
            self.stdout.write(
                f"Liên kết cho {user.full_name}, dùng một lần trong {staff.INVITATION_DAYS} ngày:\n{link}"
            )
