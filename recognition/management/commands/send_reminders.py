"""Remind everybody of what is due: in the portal, and by one e-mail a person and day. Run it once a day."""

import datetime
import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from recognition.choices import ReminderKind
from recognition.domain.reminders import remind, wanted_on
from recognition.views.reminder_lines import digest_message


class Command(BaseCommand):
    help = "Nhắc việc sắp đến hạn và quá hạn: trong cổng và một thư mỗi người mỗi ngày. Chạy lại không nhắc lại."

    def add_arguments(self, parser):
        parser.add_argument("--on", help="ngày nhắc (năm-tháng-ngày); mặc định hôm nay")
        parser.add_argument("--dry-run", action="store_true", help="chỉ cho biết sẽ nhắc gì, không ghi, không gửi thư")
        parser.add_argument("--json", action="store_true", help="kết quả dạng JSON")

    def handle(self, *args, **options):
        day = self._day(options["on"])
        if options["dry_run"]:
            wanted = wanted_on(day)
            answer = {
                "day": day.isoformat(),
                "wanted": len(wanted),
                "late": sum(one.kind == ReminderKind.LATE for one in wanted),
                "people": len({one.user_id for one in wanted}),
                "dry_run": True,
            }
            text = (
                f"Ngày {day:%d/%m/%Y}: {answer['wanted']} việc cần nhắc ({answer['late']} quá hạn) "
                f"cho {answer['people']} người. Chưa ghi, chưa gửi gì."
            )
        else:
            done = remind(day=day, compose=digest_message, deliver=lambda message: message.send())
            answer = {
                "day": day.isoformat(),
                "wanted": done.wanted,
                "made": done.made,
                "mailed": done.mailed,
                "failed": done.failed,
                "without_mail": done.without_mail,
                "dry_run": False,
            }
            text = (
                f"Ngày {day:%d/%m/%Y}: {done.made} lời nhắc mới, {done.mailed} thư đã gửi, {done.failed} thư lỗi, "
                f"{done.without_mail} người không nhận thư."
            )
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1) if options["json"] else text)
        if answer.get("failed"):
            raise CommandError(f"{answer['failed']} thư chưa gửi được; lần chạy sau sẽ gửi lại.")

    def _day(self, text) -> datetime.date:
        if not text:
            return timezone.localdate()
        try:
            return datetime.date.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"Ngày “{text}” chưa đúng. Hãy ghi như 2026-11-30.") from error
