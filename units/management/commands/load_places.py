import json
import time

import pghistory
from django.core.management.base import BaseCommand, CommandError

from portal.lib.numbers import number
from units.domain import gazetteer


class Command(BaseCommand):
    """Loads the official places (before and since 01/07/2025) and their successions. Repeatable."""

    help = "Nạp danh mục địa bàn chính thức và quan hệ sáp nhập, chia tách. Chạy lại không thay đổi gì."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *args, **options) -> None:
        start = time.monotonic()
        try:
            with pghistory.context(user=None, user_name="Lệnh load_places", note="Nạp danh mục địa bàn"):
                loaded = gazetteer.load()
        except gazetteer.GazetteerError as error:
            raise CommandError(error.message) from error
        seconds = round(time.monotonic() - start, 1)
        if options["json"]:
            result = {
                "places": loaded.places.as_dict(),
                "successions": loaded.successions.as_dict(),
                "provisional": loaded.provisional,
                "seconds": seconds,
            }
            self.stdout.write(json.dumps(result))
            return
        for label, counts in (("Địa bàn", loaded.places), ("Kế thừa địa bàn", loaded.successions)):
            self.stdout.write(
                f"{label}: thêm {number(counts.added)}, sửa {number(counts.changed)},"
                f" không đổi {number(counts.unchanged)}."
            )
        self.stdout.write(
            f"Trong đó {loaded.provisional} địa bàn mang mã tạm, chưa đối chiếu văn bản gốc."
            f" Hết {number(seconds)} giây."
        )
