"""merge_places FILE.csv [--dry-run] [--json]."""

from __future__ import annotations

import json
from pathlib import Path

import pghistory
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from portal.lib.numbers import number
from portal.lib.tabular import Unreadable, read_file
from units.domain.errors import PortalError
from units.domain.reforms.listed import Report, merge_places


class Command(BaseCommand):
    """Loads successions of places and carries the registers of what went whole. Any fault: nothing is written."""

    help = "Nạp quan hệ kế thừa địa bàn từ tệp CSV và chuyển sổ của những nơi đi toàn bộ."

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", help="tệp .csv có các cột level, from_code, to_code, effective_on, partial")
        parser.add_argument("--dry-run", action="store_true", help="chỉ kiểm tra, không ghi")
        parser.add_argument("--json", action="store_true", help="in JSON")

    def handle(self, *args, **options) -> None:
        try:
            path = Path(options["file"])
            data = read_file(path, settings.IMPORT_MAX_BYTES)
            with pghistory.context(user=None, user_name="Lệnh merge_places", note="Chuyển sổ theo địa bàn mới"):
                report = merge_places(data, path.name, dry_run=options["dry_run"])
        except Unreadable as error:
            raise CommandError(str(error)) from None
        except (OSError, ValueError):  # a name with a NUL in it is a ValueError
            raise CommandError(_("Không đọc được tệp %(path)s.") % {"path": options["file"]}) from None
        except PortalError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(report), ensure_ascii=False))
        else:
            self._tell(report, options["dry_run"])
        if report.faults:
            raise CommandError(
                _("%(count)s dòng có lỗi; chưa ghi gì.") % {"count": number(len(report.faults))}, returncode=1
            )

    def _tell(self, report: Report, dry_run: bool) -> None:
        for row, sentence in report.faults:
            self.stdout.write(_("Dòng %(row)d: %(sentence)s") % {"row": row, "sentence": sentence})
        if report.faults:
            return
        if dry_run:
            self.stdout.write(_("Chỉ kiểm tra, chưa ghi gì."))
        self.stdout.write(
            _("Quan hệ kế thừa: thêm %(added)s, đã có %(unchanged)s.")
            % {"added": number(report.added), "unchanged": number(report.unchanged)}
        )
        for change in report.carried:
            self.stdout.write(
                _("Đã chuyển sổ %(place)s: %(count)s đối tượng.")
                % {"place": _place_of(change), "count": number(_moved(change))}
            )
        for place, count in report.waiting:
            self.stdout.write(
                _("Chờ phân: %(place)s còn %(count)s hộ, đơn vị, dòng họ.")
                % {"place": place.name, "count": number(count)}
            )


def _place_of(change) -> str:
    names = [row["name"] for row in change.closed]
    return f"{', '.join(names)}, {change.place.name}" if change.kind == "MERGE" and names else change.place.name


def _moved(change) -> int:
    return sum(count for kind, count in change.counts.items() if kind != "COMMUNITY")


def _as_dict(report: Report) -> dict:
    return {
        "faults": [{"row": row, "message": sentence} for row, sentence in report.faults],
        "added": report.added,
        "unchanged": report.unchanged,
        "carried": [
            {"place": change.place.code, "name": _place_of(change), "counts": change.counts}
            for change in report.carried
        ],
        "waiting": [{"place": place.code, "name": place.name, "count": count} for place, count in report.waiting],
    }
