"""find_duplicates --place CODE [--kind KIND] [--json]."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from portal.lib.numbers import number
from units.choices import RegistrantKind
from units.domain.duplicates.finding import KINDS, MOST_IN_BLOCK, find_duplicates, with_registrants
from units.models import Place


class Command(BaseCommand):
    """Lists registrants of a place that may be entered twice, most likely first. Changes nothing."""

    help = "Liệt kê những đối tượng có thể bị nhập trùng của một địa bàn, khả năng cao trước. Không thay đổi gì."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--place", required=True, help="mã tỉnh, phường, xã hoặc khu phố, thôn hiện nay")
        parser.add_argument("--kind", default="HOUSEHOLD", choices=[str(kind) for kind in KINDS], help="loại đối tượng")
        parser.add_argument("--json", action="store_true", help="in JSON")

    def handle(self, *args, **options) -> None:
        place = Place.objects.current().filter(code=options["place"]).first()
        if place is None:
            raise CommandError(_("Không có địa bàn hiện nay mang mã %(code)s.") % {"code": options["place"]})
        kind = RegistrantKind(options["kind"])
        scan = find_duplicates(place=place, kind=kind)
        pairs = with_registrants(scan.pairs, kind)
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "place": place.code,
                        "kind": str(kind),
                        "total": scan.total,
                        "left_out_blocks": scan.left_out,
                        "left_out_rows": scan.left_out_rows,
                        "pairs": [
                            {
                                "first": {"id": pair.first_id, "name": pair.first.name},
                                "second": {"id": pair.second_id, "name": pair.second.name},
                                "score": pair.score,
                                "points": pair.points,
                            }
                            for pair in pairs
                        ],
                    },
                    ensure_ascii=False,
                )
            )
            return
        for pair in pairs:
            self.stdout.write(
                f"{pair.score}: {pair.first.name} ({pair.first_id}, {pair.first.place.name}) = "
                f"{pair.second.name} ({pair.second_id}, {pair.second.place.name}): {', '.join(pair.reasons)}"
            )
        self.stdout.write(_("%(count)s cặp có thể trùng.") % {"count": number(scan.total)})
        if scan.left_out:
            self.stdout.write(
                _("Chưa so sánh %(blocks)s nhóm (%(rows)s đối tượng) vì mỗi nhóm có hơn %(most)s đối tượng giống nhau.")
                % {
                    "blocks": number(scan.left_out),
                    "rows": number(scan.left_out_rows),
                    "most": number(MOST_IN_BLOCK),
                }
            )
