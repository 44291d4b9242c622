"""Load declared figures of the source articles and the programme targets."""

import json

import pghistory
from django.core.management.base import BaseCommand, CommandError

from recognition.checks import as_json
from recognition.domain.declared import load_figures
from recognition.figure_files import FiguresError


class Command(BaseCommand):
    help = "Nạp số liệu khai báo và chỉ tiêu (chạy lại không đổi gì)."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *args, **options):
        try:
            with pghistory.context(user_name="Lệnh load_figures", note="Nạp số liệu các bài báo"):
                result = load_figures()
        except FiguresError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "figures": result.figures,
                        "targets": result.targets,
                        "findings": [as_json(one) for one in result.findings],
                    },
                    ensure_ascii=False,
                )
            )
            return
        self.stdout.write(f"Đã nạp {result.figures} số liệu khai báo và {result.targets} chỉ tiêu.")
        for one in result.findings:
            self.stdout.write(f"  [{one.rule}] {one.message}")
