"""manage.py load_rulebooks: bring recognition/rulebooks/*.yaml, and the forms of commendation, into the database.

Repeatable.
"""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from recognition.domain.honours.forms import load_forms
from recognition.domain.rulebooks import load_rulebooks
from recognition.rulebook_checks import RULEBOOK_DIR, read_all
from recognition.rulebook_reader import RulebookError

OUTCOMES = ("added", "updated", "unchanged", "refused")


class Command(BaseCommand):
    help = "Nạp các bộ tiêu chí (tiêu chí, mức đạt, xếp loại, quy trình) từ tệp YAML vào cơ sở dữ liệu."

    def add_arguments(self, parser):
        parser.add_argument("--dir", default=str(RULEBOOK_DIR), help="thư mục chứa tệp .yaml (mặc định: kèm theo)")
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *, dir, json: bool, **options):
        folder = Path(dir)
        if not folder.is_dir():
            raise CommandError(_("Không có thư mục %(folder)s.") % {"folder": folder})
        try:
            specs = read_all(folder)
        except RulebookError as error:
            raise CommandError("\n".join([_("Chưa nạp bộ tiêu chí nào, vì có lỗi:"), *error.faults])) from None
        if not specs:
            raise CommandError(_("Thư mục %(folder)s không có tệp .yaml nào.") % {"folder": folder})
        results = load_rulebooks(specs=specs)
        load_forms()
        refused = [result for result in results if result.outcome == "refused"]
        if json:
            self.stdout.write(_as_json(results))
        else:
            for result in results:
                self.stdout.write(result.message)
        if refused:
            raise CommandError("\n".join(result.message for result in refused))


def _as_json(results):
    counts = {name: sum(result.outcome == name for result in results) for name in OUTCOMES}
    rulebooks = [
        {"code": result.code, "version": result.version, "outcome": result.outcome, "message": result.message}
        for result in results
    ]
    return json.dumps({**counts, "rulebooks": rulebooks}, ensure_ascii=False)
