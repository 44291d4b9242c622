"""Reading files of printed figures (articles.csv) and of programme targets (targets.csv). Pure: no database.

Whatever is wrong with a file is told in one sentence that names the file, the row, the column and what to do.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from portal.lib.tabular import Unreadable, read_file
from portal.lib.text import clean
from recognition.checks import Finding, resolve_model
from recognition.choices import LearningModel
from recognition.figure_checks import PlainFigure, PlainTarget

FIGURE_COLUMNS = [
    "article",
    "published_on",
    "place_code",
    "place_level",
    "place_name",
    "period",
    "year",
    "model",
    "group",
    "measure",
    "value",
    "printed_percent",
    "printed_text",
]
TARGET_COLUMNS = [
    "article",
    "scope_code",
    "scope_level",
    "scope_name",
    "year",
    "model",
    "measure",
    "percent",
    "area",
    "legal_basis",
]
BIGGEST_FILE = 5 * 1024 * 1024
MOST_ROWS = 20_000
LONGEST = {"article": 60, "period": 20, "model": 100, "group": 40, "measure": 40, "printed_text": 300}
LONGEST_CELL = 200
MEASURES = ("total", "registered", "assessed", "recognised", "ranked", "count")
AREAS = ("normal", "difficult")
YEARS = range(1990, 2101)


class FiguresError(Exception):
    """A file of figures cannot be read; nothing was loaded. The message names file and row."""


@dataclass(frozen=True)
class FigureFile:
    """A file that was read: `figures` or `targets` with the number of their row, and what reading already noticed."""

    name: str
    figures: tuple[tuple[int, PlainFigure], ...] = ()
    targets: tuple[tuple[int, PlainTarget], ...] = ()
    findings: tuple[tuple[int, Finding], ...] = ()


def read_figures(path: Path) -> FigureFile:
    """Read either kind, told by its columns. Raises FiguresError."""
    columns, rows = _rows(path)
    read = _figure if columns == FIGURE_COLUMNS else _target
    figures, targets, findings, seen = [], [], [], {}
    for number, row in rows:
        cell = _Cells(path.name, number, row)
        one, found = read(cell)
        findings += [(number, finding) for finding in found]
        key = (
            (one.source, one.place, one.place_level, one.year, one.model or one.model_printed, one.group, one.measure)
            if isinstance(one, PlainFigure)
            else (one.scope, one.scope_level, one.model, one.measure, one.year, one.area)
        )
        if key in seen:
            raise cell.error(_("cùng một số liệu đã có ở dòng %(row)d. Hãy bỏ một dòng.") % {"row": seen[key]})
        seen[key] = number
        (figures if isinstance(one, PlainFigure) else targets).append((number, one))
    return FigureFile(path.name, tuple(figures), tuple(targets), tuple(findings))


# --- The file as rows of text


def _rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    text = _text(path)
    head = text.split("\n", 1)[0].rstrip("\r")
    separator = next((one for one in ";\t" if one in head and "," not in head), ",")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        columns = [name.strip() for name in next(lines)]
        if columns not in (FIGURE_COLUMNS, TARGET_COLUMNS):
            raise FiguresError(_wrong_columns(path.name, columns))
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            number = lines.line_num
            if len(cells) != len(columns):
                raise FiguresError(
                    _("%(file)s, dòng %(row)d: có %(found)d ô, cần %(wanted)d ô. Hãy xem lại dấu phẩy và dấu nháy.")
                    % {"file": path.name, "row": number, "found": len(cells), "wanted": len(columns)}
                )
            rows.append((number, dict(zip(columns, cells, strict=True))))
            if len(rows) > MOST_ROWS:
                raise FiguresError(
                    _("%(file)s: có hơn %(most)s dòng. Hãy chia thành nhiều tệp.")
                    % {"file": path.name, "most": f"{MOST_ROWS:,}".replace(",", ".")}
                )
    except csv.Error as error:
        raise FiguresError(
            _("%(file)s, dòng %(row)d: không đọc được dòng này như CSV. Hãy xem lại dấu nháy.")
            % {"file": path.name, "row": lines.line_num}
        ) from error
    if not rows:
        raise FiguresError(_("%(file)s: chỉ có dòng tên cột, không có số liệu nào.") % {"file": path.name})
    return columns, rows


def _text(path: Path) -> str:
    try:
        data = read_file(path, BIGGEST_FILE)
    except Unreadable as error:
        raise FiguresError(
            _("%(file)s: lớn hơn %(most)d MB. Hãy chia thành nhiều tệp.")
            % {"file": path.name, "most": BIGGEST_FILE // 1024 // 1024}
        ) from error
    except OSError as error:
        raise FiguresError(
            _("Không mở được tệp %(file)s. Hãy xem lại đường dẫn và quyền đọc.") % {"file": path}
        ) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FiguresError(
            _("%(file)s: không phải chữ UTF-8. Hãy lưu lại bằng kiểu “CSV UTF-8”.") % {"file": path.name}
        ) from error
    if "\0" in text:
        raise FiguresError(_("%(file)s: không phải tệp CSV (có ký tự rỗng).") % {"file": path.name})
    if not text.strip():
        raise FiguresError(_("%(file)s: tệp trống.") % {"file": path.name})
    return text


def _wrong_columns(name: str, columns: list[str]) -> str:
    wanted = max((FIGURE_COLUMNS, TARGET_COLUMNS), key=lambda known: len(set(known) & set(columns)))
    missing = [one for one in wanted if one not in columns]
    strange = [one[:40] for one in columns if one not in wanted][:10]
    text = _("%(file)s: cột không đúng.") % {"file": name}
    if missing:
        text += " " + _("Thiếu: %(names)s.") % {"names": ", ".join(missing)}
    if strange:
        text += " " + _("Lạ: %(names)s.") % {"names": ", ".join(strange)}
    return text + " " + _("Các cột cần có, theo thứ tự: %(names)s.") % {"names": ", ".join(wanted)}


# --- A row as figures


class _Cells:
    """The cells of a row, read by kind; refuses with file, row and column."""

    def __init__(self, file: str, number: int, row: dict[str, str]):
        self.file, self.number, self.row = file, number, row

    def error(self, text: str) -> FiguresError:
        """A refusal with file and row."""
        return FiguresError(_("%(file)s, dòng %(row)d") % {"file": self.file, "row": self.number} + ": " + text)

    def _refuse(self, name: str, wanted: str) -> FiguresError:
        text = _("cột %(column)s ghi “%(value)s”, cần %(wanted)s.")
        return self.error(text % {"column": name, "value": self.row[name].strip()[:40], "wanted": wanted})

    def words(self, name: str, *, required: bool = False) -> str:
        """Text of a column, not too long."""
        text = clean(self.row[name])
        longest = LONGEST.get(name, LONGEST_CELL)
        if len(text) > longest:
            raise self._refuse(name, _("nhiều nhất %(most)d ký tự") % {"most": longest})
        if required and not text:
            raise self.error(_("cột %(column)s còn trống.") % {"column": name})
        return text

    def code(self, name: str) -> str:
        """The code of a place."""
        text = self.row[name].strip()
        if not re.fullmatch(r"[0-9]{2}|[0-9]{3}|[0-9]{5}", text):
            raise self._refuse(name, _("mã địa bàn 2, 3 hoặc 5 chữ số (giữ số 0 ở đầu)"))
        return text

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        """One of the known words."""
        text = self.row[name].strip()
        if text not in known:
            raise self._refuse(name, _("một trong: %(known)s") % {"known": ", ".join(known)})
        return text

    def whole(self, name: str) -> int:
        """A whole number from 0."""
        text = self.row[name].strip()
        if not re.fullmatch(r"[0-9]{1,15}", text):
            raise self._refuse(name, _("số nguyên viết liền, ví dụ 74087"))
        return int(text)

    def year(self) -> int:
        """The assessed year."""
        text = self.row["year"].strip()
        if not re.fullmatch(r"[0-9]{4}", text) or int(text) not in YEARS:
            raise self._refuse("year", _("năm có bốn chữ số, từ 1990 đến 2100"))
        return int(text)

    def percent(self, name: str, *, required: bool = False) -> Decimal | None:
        """A percentage; None where the cell may be empty and is."""
        text = self.row[name].strip().replace(",", ".")
        if not text and not required:
            return None
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text):
            raise self._refuse(name, _("tỷ lệ không ghi dấu phần trăm, nhiều nhất hai chữ số lẻ, ví dụ 98.82"))
        return Decimal(text)

    def day(self, name: str) -> datetime.date | None:
        """A day; None where the cell is empty."""
        text = self.row[name].strip()
        if not text:
            return None
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            try:
                return datetime.date.fromisoformat(text)
            except ValueError:
                pass
        raise self._refuse(name, _("ngày có thật viết dạng năm-tháng-ngày, ví dụ 2023-06-05"))

    def period(self) -> str:
        """A year or the years of a period."""
        text = self.words("period")
        match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", text)
        if text and not match:
            raise self._refuse("period", _("một năm hoặc hai năm, ví dụ 2016-2020"))
        if match:
            first, last = int(match[1]), int(match[2] or match[1])
            if first not in YEARS or last not in YEARS or last < first:
                raise self._refuse("period", _("năm đầu không sau năm cuối, từ 1990 đến 2100"))
        return text


PLACE_LEVELS = ("province", "district", "commune", "hamlet")


def _figure(cell: _Cells) -> tuple[PlainFigure, list[Finding]]:
    printed = cell.words("model", required=True)
    model, found = resolve_model(printed)
    return (
        PlainFigure(
            source=cell.words("article", required=True),
            published_on=cell.day("published_on"),
            place=cell.code("place_code"),
            place_level=cell.one_of("place_level", PLACE_LEVELS),
            place_name=cell.words("place_name", required=True),
            period=cell.period(),
            year=cell.year(),
            model=str(model or ""),
            model_printed="" if model == printed else printed,
            group=cell.words("group"),
            measure=cell.one_of("measure", MEASURES),
            value=cell.whole("value"),
            printed_percent=cell.percent("printed_percent"),
            printed_text=cell.words("printed_text"),
        ),
        found,
    )


def _target(cell: _Cells) -> tuple[PlainTarget, list[Finding]]:
    nation = cell.row["scope_level"].strip() == "nation"
    return (
        PlainTarget(
            source=cell.words("article"),
            scope="" if nation and not cell.row["scope_code"].strip() else cell.code("scope_code"),
            scope_level=cell.one_of("scope_level", ("nation", *PLACE_LEVELS)),
            scope_name=cell.words("scope_name", required=True),
            year=cell.year(),
            model=cell.one_of("model", tuple(LearningModel.values)),
            measure=cell.words("measure", required=True),
            percent=cell.percent("percent", required=True),
            area=cell.one_of("area", AREAS),
            legal_basis=cell.words("legal_basis"),
        ),
        [],
    )


def by_source(figures: Iterable[PlainFigure]) -> Iterator[tuple[str, list[PlainFigure]]]:
    """Figures of each source, in the order of the sources' names."""
    found: dict[str, list[PlainFigure]] = {}
    for figure in figures:
        found.setdefault(figure.source, []).append(figure)
    yield from sorted(found.items())
