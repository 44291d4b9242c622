"""manage.py mend_merges: what merges of an older version left behind goes to the registrant that was kept."""

import json
from dataclasses import asdict

from django.core.management.base import BaseCommand
from django.db import transaction

from recognition.domain.merged_registrants import mend_affiliations


class Command(BaseCommand):
    help = (
        "Chuyển xác nhận người của đơn vị còn để ở bên đã gộp (do phiên bản cũ) sang bên được giữ. Chạy lại không sao."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="làm thử rồi bỏ, không ghi gì")
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *, dry_run, json: bool, **options):
        with transaction.atomic():
            done = mend_affiliations()
            if dry_run:
                transaction.set_rollback(True)
        self.stdout.write(_as_json(done, dry_run) if json else _as_text(done, dry_run))


def _as_json(done, dry_run) -> str:
    return json.dumps(asdict(done) | {"dry_run": dry_run})


def _as_text(done, dry_run) -> str:
    text = (
        f"Đã kết thúc {done.ended} xác nhận ở bên đã gộp và chuyển {done.carried} xác nhận sang bên được giữ."
        if done.ended
        else "Không có gì phải chuyển."
    )
    return f"{text} Chạy thử: không có gì được ghi." if dry_run else text
