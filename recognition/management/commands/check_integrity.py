"""Recount every tally and check states, numbers, history, stays and certificates."""

import json

from django.core.management.base import BaseCommand, CommandError

from recognition.domain.integrity import CHECKS, check_all

TITLES = {
    "tallies": "số liệu tổng hợp",
    "register_tallies": "số liệu sổ bộ",
    "states": "tình trạng hồ sơ",
    "scores": "điểm",
    "awards": "công nhận",
    "numbers": "số văn bản",
    "history": "lịch sử",
    "stays": "nơi cư trú",
    "certificates": "giấy công nhận",
    "samples": "mẫu kiểm tra",
    "minutes": "biên bản kiểm tra",
    "profiles": "thông tin theo loại",
    "hosts": "nơi tính công dân",
    "clans": "gia đình trong dòng họ",
    "places": "cấp trên của địa bàn",
    "references": "những gì sổ nhắc đến",
    "reports": "báo cáo đã ký",
    "waiting_days": "số ngày chờ",
    "commendations": "khen thưởng",
    "shares": "tỷ lệ bắt buộc",
    "entries": "liên kết tự chấm",
    "sheets": "phiếu chấm và minh chứng theo bộ tiêu chí",
    "renewals": "chuyển phiên bản",
    "affiliations": "người của đơn vị tính ở nơi khác",
    "holidays": "ngày nghỉ lễ",
}


class Command(BaseCommand):
    help = "Đếm lại mọi số liệu và kiểm tra tính toàn vẹn; kết thúc với mã 1 khi có lỗi."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *args, **options):
        faults = check_all()
        if options["json"]:
            rows = [{"check": fault.check, "message": fault.message} for fault in faults]
            self.stdout.write(
                json.dumps({"ok": not faults, "checks": list(CHECKS), "faults": rows}, ensure_ascii=False)
            )
        elif faults:
            for fault in faults:
                self.stdout.write(f"[{TITLES[fault.check]}] {fault.message}")
        else:
            self.stdout.write(f"Không có lỗi. Đã kiểm tra: {', '.join(TITLES[name] for name in CHECKS)}.")
        if faults:
            raise CommandError(f"Có {len(faults)} lỗi toàn vẹn dữ liệu.", returncode=1)
