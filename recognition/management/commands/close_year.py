"""Who has not sent the yearly report; close the year for changes, or open it again."""

import datetime
import json

from django.core.management.base import BaseCommand, CommandError

from portal.lib import arguments
from portal.lib.errors import PortalError
from recognition.choices import YearReportState
from recognition.domain.closing import latest, lock_year
from recognition.domain.reports_below import places_below
from units.domain.places import place_on
from units.models import Place


class Command(BaseCommand):
    help = "Liệt kê nơi chưa gửi báo cáo năm; khóa sổ năm (--lock) hoặc mở lại (--unlock)."

    def add_arguments(self, parser):
        parser.add_argument("--year", type=arguments.year, required=True, help="năm báo cáo")
        parser.add_argument("--place", default="VN", help="mã tỉnh; VN là mọi tỉnh, thành phố")
        parser.add_argument("--lock", action="store_true", help="khóa sổ: không ai sửa hồ sơ của năm được nữa")
        parser.add_argument("--unlock", action="store_true", help="mở lại năm đã khóa")
        parser.add_argument("--even-if-missing", action="store_true", help="khóa cả khi còn nơi chưa gửi")
        parser.add_argument("--json", action="store_true", help="kết quả dạng JSON")

    def handle(self, *args, **options):
        year = options["year"]
        if options["lock"] and options["unlock"]:
            raise CommandError("Chỉ chọn một trong --lock và --unlock.", returncode=2)
        if not 2000 <= year <= 2100:
            raise CommandError(f"Năm {year} không hợp lệ.", returncode=2)
        try:
            place = None
            if options["place"].upper() != "VN":
                place = self._place(options["place"], year)
            rows = places_below(place, year)
            missing = [row.place for row in rows if row.report is None]
            own = latest(place, year)
            returned = [row.place for row in rows if row.state == YearReportState.RETURNED]
            if place is not None and (options["lock"] or options["unlock"]):
                raise CommandError("Khóa sổ và mở lại áp dụng cho cả nước; bỏ --place.", returncode=2)
            if options["lock"]:
                if (missing or returned) and not options["even_if_missing"]:
                    raise CommandError(
                        f"Còn {len(missing)} nơi chưa gửi, {len(returned)} nơi bị trả lại; "
                        "thêm --even-if-missing nếu vẫn khóa."
                    )
                lock_year(year=year)
            elif options["unlock"]:
                lock_year(year=year, locked=False)
        except PortalError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            answer = {
                "year": year,
                "places": len(rows),
                "missing": [{"code": one.code, "name": one.name} for one in missing],
                "returned": [{"code": one.code, "name": one.name} for one in returned],
                "report": {"version": own.version, "state": str(own.state)} if own else None,
                "locked": options["lock"],
                "unlocked": options["unlock"],
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"Năm {year}: {len(rows)} nơi, {len(missing)} chưa gửi, {len(returned)} bị trả lại.")
        self.stdout.write(
            f"Báo cáo của {place or 'cả nước'}: bản {own.version}, {own.get_state_display().lower()}."
            if own
            else f"Báo cáo của {place or 'cả nước'}: chưa ký."
        )
        for one in missing:
            self.stdout.write(f"  chưa gửi: {one.code} {one.name}")
        for one in returned:
            self.stdout.write(f"  bị trả lại: {one.code} {one.name}")
        if options["lock"]:
            self.stdout.write(f"Đã khóa sổ năm {year}.")
        if options["unlock"]:
            self.stdout.write(f"Đã mở lại năm {year}.")

    def _place(self, code: str, year: int) -> Place:
        return place_on(code, datetime.date(year, 12, 31))
