"""Fills an empty database with an invented register of a given size; see recognition/domain/generating."""

import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from portal.lib.numbers import number
from recognition.domain.errors import RecognitionError
from recognition.domain.generating import SCALES, generate, plan


class Command(BaseCommand):
    """Invented households below real communes, with their yearly work. Never in production."""

    help = "Tạo sổ bộ và công việc nhiều năm giả lập trên địa bàn thật, để đo tốc độ và dùng thử."

    def add_arguments(self, parser):
        parser.add_argument(
            "--scale",
            choices=list(SCALES),
            required=True,
            help="ward: 8.000 hộ; district: 125.000 hộ; province: 1.000.000 hộ.",
        )
        parser.add_argument("--years", type=int, default=5, help="Số năm gần nhất, kể cả năm nay (mặc định 5).")
        parser.add_argument("--seed", type=int, default=1, help="Cùng số thì cùng dữ liệu.")
        parser.add_argument("--province", default="79", help="Mã tỉnh, thành phố (mặc định 79).")
        parser.add_argument("--json", action="store_true", help="In kết quả dạng JSON.")
        parser.add_argument("--households", type=int, help="Số hộ khác với quy mô đã chọn.")

    def handle(self, *args, scale, years, seed, province, households, **options):
        if settings.PRODUCTION:
            raise CommandError(_("Không tạo dữ liệu giả lập trên hệ thống đang vận hành (PORTAL_ENV=production)."))
        quiet = options["json"] or options["verbosity"] == 0
        try:
            wanted = plan(scale=scale, years=years, seed=seed, province=province, households=households)
            if not quiet:
                self.stdout.write(
                    _("%(place)s: %(communes)s phường, xã, %(households)s hộ, các năm %(first)d–%(last)d.")
                    % {
                        "place": wanted.province.name,
                        "communes": number(len(wanted.communes)),
                        "households": number(wanted.households),
                        "first": wanted.years[0],
                        "last": wanted.years[-1],
                    }
                )
            done = generate(wanted, progress=self._progress(quiet))
        except RecognitionError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            result = {
                "scale": scale,
                "province": province,
                "years": list(wanted.years),
                "seed": seed,
                "communes": len(wanted.communes),
                "rows": done.rows,
                "seconds": {part: round(value, 1) for part, value in done.seconds.items()},
                "total_seconds": round(done.total_seconds, 1),
            }
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        for name, count in done.rows.items():
            self.stdout.write(f"{name:<14} {number(count):>12}")
        parts = ", ".join(f"{part} {number(value, 1)}" for part, value in done.seconds.items())
        self.stdout.write(
            _("Hết %(seconds)s giây (%(parts)s).") % {"seconds": number(done.total_seconds, 1), "parts": parts}
        )

    def _progress(self, quiet: bool):
        def tell(done: int, of: int) -> None:
            if not quiet and (done == of or done % 10 == 0):
                self.stdout.write(_("Đã xong %(done)d/%(of)d phường, xã.") % {"done": done, "of": of})
                self.stdout.flush()

        return tell
