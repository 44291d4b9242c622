"""Check printed figures and targets against themselves: files, or what stands for a place and year."""

import datetime
import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from portal.lib import arguments
from portal.lib.errors import PortalError
from recognition.checks import Finding, as_json, stamped
from recognition.domain.boundaries import boundary_years_of
from recognition.domain.declared import DATA
from recognition.domain.findings import findings_for
from recognition.figure_checks import check_source, check_targets
from recognition.figure_files import FiguresError, by_source, read_figures
from units.domain.places import place_on
from units.models import Place

SHIPPED = (DATA / "articles.csv", DATA / "targets.csv")
KEYS = ("rule", "level", "place", "year", "model", "group", "measure", "printed", "expected", "hint")


class Command(BaseCommand):
    help = "Đối chiếu số liệu khai báo và chỉ tiêu trong tệp CSV, hoặc mọi số liệu của một địa bàn trong một năm."

    def add_arguments(self, parser):
        parser.add_argument("--file", type=Path, action="append", help="tệp số liệu hoặc tệp chỉ tiêu; ghi được nhiều")
        parser.add_argument("--place", help="mã địa bàn; VN là cả nước")
        parser.add_argument("--year", type=arguments.year, help="năm báo cáo")
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *args, **options):
        code, year = options["place"], options["year"]
        if bool(code) != (year is not None):
            raise CommandError("Hãy ghi cả --place và --year.", returncode=2)
        if code and options["file"]:
            raise CommandError("Chỉ chọn một trong hai: --file, hoặc --place với --year.", returncode=2)
        if year is not None and not 2000 <= year <= 2100:
            raise CommandError(f"Năm {year} không hợp lệ.", returncode=2)
        try:
            findings = _of_place(code, year) if code else _of_files(options["file"] or SHIPPED)
        except FiguresError as error:
            raise CommandError(str(error)) from error
        except PortalError as error:
            raise CommandError(error.message) from error
        if options["json"]:
            rows = [as_json(one) for one in findings]
            answer = {"findings": [{key: row[key] for key in KEYS} for row in rows]}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            return
        for one in findings:
            self.stdout.write(f"[{one.rule}] {one.label}: {' '.join(filter(None, (one.place, one.text)))}")
        self.stdout.write(f"Có {len(findings)} chỗ cần xem." if findings else "Không thấy chỗ nào sai.")


def _of_place(code: str, year: int) -> list[Finding]:
    place = None if code.upper() == "VN" else place_on(code, datetime.date(year, 12, 31))
    return findings_for(place, year)


def _of_files(paths) -> list[Finding]:
    found, figures, targets = [], [], []
    for path in paths:
        file = read_figures(path)
        unknown = {number: one for number, one in file.findings if one.level == "error"}
        for number, row in file.figures:
            if number in unknown:
                found += stamped([unknown[number]], place=row.place, year=row.year, measure=row.measure)
            else:
                figures.append(row)
        targets += [row for _number, row in file.targets]
    for _source, rows in by_source(figures):
        one = check_source(rows)
        if any((each.rule, each.measure) == ("R-24", "total") for each in one):  # a merger may explain it
            one = check_source(rows, boundary_years=_boundary_years(rows))
        found += one
    if targets:
        shipped = () if any(not one.scope for one in targets) else _national()
        found += check_targets(targets, shipped)
    return list(dict.fromkeys(found))


def _boundary_years(figures) -> dict[str, set[int]]:
    """Place code → years in which it merged or was split, as far as this portal knows the place.

    The only question a file has for the database: figures can be checked without one.
    """
    codes = dict(Place.objects.filter(code__in={row.place for row in figures}).values_list("pk", "code"))
    found: dict[str, set[int]] = {}
    for pk, year in boundary_years_of(set(codes), {row.year for row in figures}) if codes else ():
        found.setdefault(codes[pk], set()).add(year)
    return found


def _national():
    return [one for _number, one in read_figures(DATA / "targets.csv").targets if not one.scope]
