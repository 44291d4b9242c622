"""Take a confirmed import back, all of it or nothing."""

import json

import pghistory
from django.core.management.base import BaseCommand, CommandError

from portal.lib import arguments
from portal.lib.errors import PortalError
from units.domain import importing
from units.domain.importing.batches import COMMAND_LINE
from units.models import ImportBatch


class Command(BaseCommand):
    help = "Hoàn tác một lần nhập Excel đã ghi vào sổ bộ."

    def add_arguments(self, parser):
        parser.add_argument("id", type=arguments.whole, help="số của lần nhập (trang Nhập từ Excel)")
        parser.add_argument("--json", action="store_true", help="kết quả dạng JSON")

    def handle(self, *args, **options):
        batch = ImportBatch.objects.defer("file_bytes").filter(pk=options["id"]).first()
        if batch is None:
            raise CommandError(f"Không có lần nhập số {options['id']}.")
        try:
            with pghistory.context(user=None, user_name=COMMAND_LINE, url="undo_import", ip=""):
                batch, changed = importing.undo(actor=None, batch=batch)
        except PortalError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            answer = {"id": batch.pk, "undone": True, "changed": changed, "counts": batch.counts}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        elif changed:
            self.stdout.write(f"Đã hoàn tác lần nhập số {batch.pk} (“{batch.file_name}”).")
        else:
            self.stdout.write(f"Lần nhập số {batch.pk} đã được hoàn tác từ trước.")
