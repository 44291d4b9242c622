"""Write the register of a place as a workbook: the same file the list's "Excel" button gives."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.lib import arguments
from portal.lib.errors import PortalError
from portal.lib.language import in_official_language
from units.choices import RegistrantKind
from units.domain.places import place_on
from units.exports import households_workbook, registrants_workbook
from units.forms.registrants import Status
from units.models import Registrant
from units.views import communities
from units.views.citizens import pages as citizens
from units.views.clans import pages as clans
from units.views.organisations import pages as organisations

PAGES = {"organisation": organisations, "clan": clans, "citizen": citizens}
KINDS = ("household", *PAGES, "community")


class Command(BaseCommand):
    help = "Xuất sổ bộ của một địa bàn ra tệp Excel."

    def add_arguments(self, parser):
        parser.add_argument("--place", required=True, help="mã phường, xã hoặc khu phố, thôn")
        parser.add_argument("--kind", default="household", choices=KINDS, help="loại đối tượng")
        parser.add_argument("--on", type=arguments.day, help="ngày để tìm mã địa bàn (mặc định hôm nay)")
        parser.add_argument("--closed", action="store_true", help="gồm cả đối tượng đã ra khỏi sổ")
        parser.add_argument("--out", type=Path, required=True, help="ghi ra tệp .xlsx")
        parser.add_argument("--json", action="store_true", help="kết quả dạng JSON")

    @in_official_language
    def handle(self, *args, **options):
        try:
            place = place_on(options["place"], options["on"] or timezone.localdate())
        except PortalError as error:
            raise CommandError(error.message) from error
        kind = RegistrantKind[options["kind"].upper()]
        rows = Registrant.objects.filter(kind=kind).within(place).order_by("hamlet__sort_key", "sort_key", "pk")
        if kind == RegistrantKind.HOUSEHOLD:
            rows = rows if options["closed"] else rows.open()
            book = households_workbook(rows)
        elif kind == RegistrantKind.COMMUNITY:
            rows = communities.exported(place, Registrant.objects.all() if options["closed"] else rows.open())
            book = registrants_workbook("Cộng đồng", communities.export_columns(), rows)
        else:
            page = PAGES[options["kind"]]
            rows = page.filtered(rows, {"status": Status.ALL if options["closed"] else Status.OPEN})
            rows = rows.select_related(page.profile, "hamlet", "commune", *page.related)
            book = registrants_workbook(
                str(page.title), page.columns(), page.exported(rows), page.more_sheets(place, rows)
            )
        with book:
            try:
                options["out"].write_bytes(book.read())
            except OSError as error:
                raise CommandError(f"Không ghi được tệp {options['out']}. Hãy xem lại thư mục và quyền ghi.") from error
        count = rows.count()
        if options["json"]:
            answer = {"place": place.code, "kind": options["kind"], "rows": count, "file": str(options["out"])}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.stdout.write(f"Đã ghi {count} dòng vào {options['out']}.")
