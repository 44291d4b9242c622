"""Builds the demonstration data; see recognition/domain/demo."""

import json

from django.core.management.base import BaseCommand, CommandError

from recognition.domain.declared import load_figures
from recognition.domain.demo import ACCOUNTS, PASSWORD, STAGES, build, is_built
from recognition.domain.errors import RecognitionError
from units.models import User


class Command(BaseCommand):
    """Invented people on real places: Phường Hòa Hưng 2024–2026 and Quận 10 in 2017. Never for a real installation."""

    help = "Tạo dữ liệu trình diễn (người hư cấu trên địa bàn thật). Chạy lại không tạo thêm."

    def add_arguments(self, parser):
        parser.add_argument("--stage", choices=[*STAGES, "mixed"], default="mixed", help="Năm 2026 đi đến bước nào.")
        parser.add_argument("--seed", type=int, default=2026, help="Cùng số thì cùng dữ liệu.")
        parser.add_argument("--accounts", action="store_true", help="Chỉ liệt kê tài khoản trình diễn.")
        parser.add_argument("--json", action="store_true", help="In kết quả dạng JSON.")

    def handle(self, *args, stage, seed, accounts, **options):
        if accounts:
            self._print(self._accounts(), options["json"])
            return
        if is_built():
            self._print({"built": False, "message": "Dữ liệu trình diễn đã có, không tạo thêm."}, options["json"])
            return
        try:
            load_figures()  # first, so that what is signed stands to its targets
            result = build(seed=seed, stage=stage)
        except RecognitionError as error:
            raise CommandError(error.message) from error
        self._print({"built": True, "message": f"Đã tạo {result['households']} hộ.", "result": result}, options["json"])

    def _accounts(self) -> list[dict]:
        """Those that are there: a demonstration built by an older version may lack the newest."""
        there = set(
            User.objects.filter(username__in=[one.username for one in ACCOUNTS]).values_list("username", flat=True)
        )
        return [
            {
                "role": str(account.role.label),
                "username": account.username,
                "password": PASSWORD,
                "place": account.about,
            }
            for account in ACCOUNTS
            if account.username in there
        ]

    def _print(self, value, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(value, ensure_ascii=False))
        elif isinstance(value, list):
            for row in value:
                self.stdout.write(f"{row['username']:<12} {row['password']:<12} {row['role']} ({row['place']})")
        else:
            self.stdout.write(value["message"])
