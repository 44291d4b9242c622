"""import_register FILE --place CODE [--kind KIND] [--hamlet NAME] --year Y [--register] [--dry-run] [--json]."""

from __future__ import annotations

import json
from pathlib import Path

import pghistory
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib import arguments
from portal.lib.tabular import Unreadable, read_file
from units.choices import Level, RegistrantKind
from units.domain import importing
from units.domain.errors import PortalError
from units.domain.importing.batches import COMMAND_LINE, entry_day
from units.domain.importing.hamlets import HamletFinder
from units.domain.importing.kinds import KINDS
from units.models import Place, User


class Command(BaseCommand):
    """Import a ward's list of one kind. Refused rows are reported and are no failure; an unreadable file is."""

    help = "Nhập danh sách hộ, dòng họ, đơn vị, công dân hoặc cộng đồng từ tệp Excel vào sổ bộ của một địa bàn."

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", help="tệp .xlsx, .xls, .ods hoặc .csv")
        parser.add_argument("--place", required=True, help="mã phường, xã (hoặc khu phố, thôn)")
        parser.add_argument(
            "--kind", default="household", choices=[one.lower() for one in KINDS], help="loại đối tượng"
        )
        parser.add_argument("--hamlet", default="", help="khu phố, thôn của cả danh sách, ví dụ: KP 4")
        parser.add_argument("--year", type=arguments.year, required=True, help="năm của danh sách")
        parser.add_argument("--register", action="store_true", help="đăng ký danh hiệu theo cột đăng ký")
        parser.add_argument("--dry-run", action="store_true", help="chỉ kiểm tra, không ghi")
        parser.add_argument("--user", default="", help="tên đăng nhập của người nhập")
        parser.add_argument("--json", action="store_true", help="in JSON")

    def handle(self, *args, **options) -> None:
        try:
            outcome = self._run(options)
        except PortalError as error:
            self._fail(error.message, options)
        if options["json"]:
            self.stdout.write(json.dumps(self._report(outcome), ensure_ascii=False))
        else:
            self._tell(outcome, options)

    def _fail(self, sentence: str, options: dict) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False))
        raise CommandError(sentence)

    def _run(self, options: dict) -> importing.Outcome:
        path = Path(options["file"])
        try:
            data = read_file(path, settings.IMPORT_MAX_BYTES)
        except Unreadable as error:
            raise importing.ImportRefused(str(error)) from error
        except OSError as error:
            raise importing.ImportRefused(_("Không mở được tệp %(path)s.") % {"path": path}) from error
        actor = self._actor(options["user"])
        person = (
            {"user": actor.pk, "user_name": actor.full_name} if actor else {"user": None, "user_name": COMMAND_LINE}
        )
        with pghistory.context(**person, url="import_register", ip=""):
            return importing.import_at_once(
                actor=actor,
                place=self._place(options),
                year=options["year"],
                register=options["register"],
                file_name=path.name,
                data=data,
                dry_run=options["dry_run"],
                kind=RegistrantKind[options["kind"].upper()],
            )

    def _actor(self, username: str) -> User | None:
        if not username:
            return None
        actor = User.objects.filter(username=username, is_active=True).first()
        if actor is None:
            raise importing.ImportRefused(_("Không có tài khoản “%(name)s” đang dùng.") % {"name": username})
        return actor

    def _place(self, options: dict) -> Place:
        """The place that bore the code when households of that year are entered; codes are reused after reforms."""
        code = options["place"]
        year = options["year"] if 1 <= options["year"] <= 9999 else timezone.localdate().year
        place = Place.objects.filter(code=code).on(entry_day(year)).select_related("commune").first()
        place = place or Place.objects.filter(code=code).current().select_related("commune").first()
        if place is None:
            raise importing.ImportRefused(_("Không có địa bàn mang mã %(code)s.") % {"code": code})
        if not options["hamlet"]:
            return place
        if place.level != Level.COMMUNE:
            raise importing.ImportRefused(_("--hamlet chỉ dùng khi --place là mã phường, xã."))
        hamlets = Place.objects.filter(commune=place, level=Level.HAMLET).on(entry_day(year))
        match = HamletFinder(list(hamlets.values_list("pk", "name")), place.name).find(options["hamlet"])
        if match.pk is None:
            raise importing.ImportRefused(match.reason)
        return Place.objects.select_related("commune").get(pk=match.pk)

    def _report(self, outcome: importing.Outcome) -> dict:
        counts = outcome.counts
        return {
            "batch": outcome.batch.pk,
            "kind": outcome.batch.kind.lower(),
            "added": counts["added"],
            "changed": counts["changed"],
            "unchanged": counts["unchanged"],
            "duplicates": counts["duplicates"],
            "refused": outcome.refused,
            "registered": counts.get("registered", 0),
            "possible_duplicates": outcome.duplicates,
            "notices": [notice["text"] for notice in outcome.batch.notices],
        }

    def _tell(self, outcome: importing.Outcome, options: dict) -> None:
        counts = outcome.counts
        for notice in outcome.batch.notices:
            self.stdout.write(notice["text"])
        if options["dry_run"]:
            self.stdout.write(_("Chỉ kiểm tra, chưa ghi gì vào sổ bộ."))
        self.stdout.write(
            _("Thêm mới %(added)s, thay đổi %(changed)s, không đổi %(unchanged)s, có thể trùng %(duplicates)s, "
              "từ chối %(refused)s, đăng ký %(registered)s.")
            % {"registered": 0, **counts}
        )  # fmt: skip
        for title, rows in ((_("Có thể trùng, chưa thêm"), outcome.duplicates), (_("Từ chối"), outcome.refused)):
            for row in rows:
                self.stdout.write(_("%(title)s – %(sheet)s, dòng %(row)s: %(reason)s") % {"title": title, **row})
