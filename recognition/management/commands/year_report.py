"""Print or write a yearly table (TK-01 … TK-08) of a place, or all of them as one file."""

import datetime
import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from portal.lib import arguments, docx, paper
from portal.lib.errors import PortalError
from recognition.domain.reporting import TABLES, as_json, build_report
from recognition.exports import all_notes, cell_text, reports_xlsx
from recognition.papers.yearly_tables import table_paper
from units.domain.places import place_on

FORMATS = ("text", "json", "xlsx", "docx", "pdf")
ALL = "all"


class Command(BaseCommand):
    help = "Lập biểu báo cáo năm của một địa bàn (TK-01 … TK-08)."

    def add_arguments(self, parser):
        parser.add_argument("--place", required=True, help="mã địa bàn; VN là cả nước")
        parser.add_argument("--year", type=arguments.year, required=True, help="năm báo cáo")
        parser.add_argument("--table", default="TK-01", choices=[*TABLES, ALL], help="mã biểu; all: mọi biểu")
        parser.add_argument("--on", type=arguments.day, help="ngày để tìm mã địa bàn (mặc định 31/12)")
        parser.add_argument("--format", default="text", choices=FORMATS, help="dạng kết quả")
        parser.add_argument("--json", action="store_true", help="như --format json")
        parser.add_argument("--out", type=Path, help="ghi ra tệp")

    def handle(self, *args, **options):
        try:
            place = None
            if options["place"].upper() != "VN":
                place = place_on(options["place"], options["on"] or datetime.date(options["year"], 12, 31))
            codes = list(TABLES) if options["table"] == ALL else [options["table"]]
            reports = [build_report(code, place, options["year"]) for code in codes]
        except PortalError as error:
            raise CommandError(error.message) from error
        kind = "json" if options["json"] else options["format"]
        if kind in FILES:
            content = FILES[kind](reports)
        else:
            content = (_json(reports, options["table"]) if kind == "json" else _text(reports)).encode() + b"\n"
        if options["out"]:
            try:
                options["out"].write_bytes(content)
            except OSError as error:
                raise CommandError(f"Không ghi được tệp {options['out']}. Hãy xem lại thư mục và quyền ghi.") from error
            self.stderr.write(f"Đã ghi {options['out']}.")
        elif kind in FILES:
            if sys.stdout.isatty():
                raise CommandError("Hãy thêm --out TỆP để ghi kết quả dạng này.")
            sys.stdout.buffer.write(content)
        else:
            self.stdout.write(content.decode().rstrip("\n"))


def _pdf(reports) -> bytes:
    return paper.to_pdf(*map(table_paper, reports))


def _docx(reports) -> bytes:
    return docx.render(*map(table_paper, reports))


FILES = {"xlsx": reports_xlsx, "docx": _docx, "pdf": _pdf}


def _json(reports, asked: str) -> str:
    """One table as an object; all of them as a list."""
    plain = [as_json(report) for report in reports]
    return json.dumps(plain if asked == ALL else plain[0], ensure_ascii=False, indent=1)


def _text(reports) -> str:
    """The tables as plain text."""
    return "\n\n".join(_text_of(report) for report in reports)


def _text_of(report) -> str:
    lines = [f"{report.code} · {report.title} · {report.place_name}", ""]
    lines.append(" | ".join(column.title for column in report.columns))
    for row in (*report.rows, *([report.total] if report.total else [])):
        lines.append(" | ".join(cell_text(column, row.values.get(column.key)) for column in report.columns))
    return "\n".join([*lines, "", *all_notes(report)])
