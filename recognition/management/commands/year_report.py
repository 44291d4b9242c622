"""Print or write a yearly table (TK-01 … TK-08) of a place."""

import datetime
import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from portal.lib.errors import PortalError
from recognition.domain.reporting import TABLES, as_json, build_report
from recognition.exports import all_notes, cell_text, report_pdf, report_xlsx
from units.domain.places import place_on

FORMATS = ("text", "json", "xlsx", "pdf")


class Command(BaseCommand):
    help = "Lập biểu báo cáo năm của một địa bàn (TK-01 … TK-08)."

    def add_arguments(self, parser):
        parser.add_argument("--place", required=True, help="mã địa bàn; VN là cả nước")
        parser.add_argument("--year", type=int, required=True, help="năm báo cáo")
        parser.add_argument("--table", default="TK-01", choices=list(TABLES), help="mã biểu")
        parser.add_argument("--on", type=datetime.date.fromisoformat, help="ngày để tìm mã địa bàn (mặc định 31/12)")
        parser.add_argument("--format", default="text", choices=FORMATS, help="dạng kết quả")
        parser.add_argument("--json", action="store_true", help="như --format json")
        parser.add_argument("--out", type=Path, help="ghi ra tệp")

    def handle(self, *args, **options):
        try:
            place = None
            if options["place"].upper() != "VN":
                place = place_on(options["place"], options["on"] or datetime.date(options["year"], 12, 31))
            report = build_report(options["table"], place, options["year"])
        except PortalError as error:
            raise CommandError(error.message) from error
        kind = "json" if options["json"] else options["format"]
        if kind in ("xlsx", "pdf"):
            content = report_xlsx(report) if kind == "xlsx" else report_pdf(report)
        else:
            text = json.dumps(as_json(report), ensure_ascii=False, indent=1) if kind == "json" else _text(report)
            content = text.encode() + b"\n"
        if options["out"]:
            try:
                options["out"].write_bytes(content)
            except OSError as error:
                raise CommandError(f"Không ghi được tệp {options['out']}: {error.strerror}.") from error
            self.stderr.write(f"Đã ghi {options['out']}.")
        elif kind in ("xlsx", "pdf"):
            if sys.stdout.isatty():
                raise CommandError("Hãy thêm --out TỆP để ghi kết quả dạng này.")
            sys.stdout.buffer.write(content)
        else:
            self.stdout.write(content.decode().rstrip("\n"))


def _text(report) -> str:
    """The table as plain text."""
    lines = [f"{report.code} · {report.title} · {report.place_name}", ""]
    lines.append(" | ".join(column.title for column in report.columns))
    for row in (*report.rows, *([report.total] if report.total else [])):
        lines.append(" | ".join(cell_text(column, row.values.get(column.key)) for column in report.columns))
    return "\n".join([*lines, "", *all_notes(report)])
