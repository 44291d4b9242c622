"""A list of successions (level, from_code, to_code, effective_on, partial): checked row by row, loaded, carried."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib import tables
from portal.lib.locks import wait_turn
from portal.lib.numbers import number as in_figures
from portal.lib.tabular import Limits, Sheet, Unreadable, read_workbook
from units.choices import Level
from units.domain.errors import PortalError, RegisterError
from units.domain.importing.merged import Merged
from units.domain.importing.rows import text_of
from units.domain.places_held import lock_wards
from units.domain.reforms.applying import carry_out
from units.domain.reforms.plans import Plan, Target
from units.domain.reforms.wards import carry_ward
from units.domain.registrants import day_text
from units.models import ChangeKind, Place, PlaceChange, Registrant, Succession

COLUMNS = ("level", "from_code", "to_code", "effective_on", "partial")
# Excel takes the leading zeros of official codes away; they are always this long.
DIGITS = {Level.PROVINCE: 2, Level.DISTRICT: 3, Level.COMMUNE: 5}
NO_DAY_BEFORE = datetime.date(1900, 1, 1)


@dataclass(frozen=True)
class Link:
    """A row that can be loaded."""

    row: int
    old: Place
    new: Place
    on: datetime.date
    partial: bool


@dataclass
class Report:
    """What became of a list. `faults`: (row, sentence); with any of them nothing was written."""

    faults: list[tuple[int, str]] = field(default_factory=list)
    added: int = 0
    unchanged: int = 0
    carried: list[PlaceChange] = field(default_factory=list)
    waiting: list[tuple[Place, int]] = field(default_factory=list)


class Refused(PortalError):
    """The file is no list of successions."""


class _DryRun(Exception):
    """Takes everything back at the end of a trial."""


def merge_places(data: bytes, file_name: str, *, dry_run: bool = False) -> Report:
    """Check a list, load its successions and carry the registers of what went whole; all or nothing.

    Read as every other list: UTF-8 or UTF-16, commas or semicolons, .xlsx too. A row already loaded changes nothing.
    With `dry_run` everything is done and taken back.
    Raises Refused for a file without the columns; faults of rows stand in the report.
    """
    rows = _read(data, file_name)
    report = Report()
    try:
        with transaction.atomic():
            _hold(rows)
            links = _check(rows, report)
            if not report.faults:
                _load(links, report)
                _carry(links, report)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return report


def _read(data: bytes, file_name: str) -> list[dict]:
    limits = Limits(settings.IMPORT_MAX_BYTES, settings.IMPORT_MAX_UNZIPPED_BYTES, settings.IMPORT_MAX_ROWS)
    try:
        sheets, hidden = read_workbook(data, file_name, limits)
        sheet, heads = _listed(sheets, hidden)
    except Unreadable as error:
        raise Refused(str(error)) from error
    places = {name: heads.index(name) for name in COLUMNS}
    merged = Merged(sheet, places, 1, ())
    rows = []
    for number, line in enumerate(sheet.rows[1:], start=2):
        merged.fill(line, number - 1)
        row = {name: _cell(line[place]) for name, place in places.items()}
        fault = " ".join(filter(None, (sheet.fault_at(number - 1, place, name) for name, place in places.items())))
        if fault or any(row.values()):
            row["level"], row["partial"] = row["level"].lower(), row["partial"].lower()
            width = DIGITS.get(row["level"], 0)
            for name in ("from_code", "to_code"):
                row[name] = row[name].zfill(width) if row[name].isdecimal() else row[name]
            rows.append(row | {"row": number, "fault": fault})
    if not rows:
        raise Refused(_("Tệp không có dòng nào."))
    return rows


def _listed(sheets: list[Sheet], hidden: list[str]) -> tuple[Sheet, list[str]]:
    """The visible sheet that holds the list, and its headings. Raises Unreadable; two such sheets are one too many."""
    found, missing = [], list(COLUMNS)
    for sheet in sheets:
        heads = [text_of(cell).lower() for cell in sheet.rows[0]] if sheet.rows else []
        lacks = [name for name in COLUMNS if name not in heads]
        missing = min(missing, lacks, key=len)
        if not lacks:
            found.append((sheet, heads))
    if not found:
        text = _("Tệp thiếu cột: %(names)s.") % {"names": ", ".join(missing)}
        raise Unreadable(tables.with_hidden(text, hidden))
    if len(found) > 1:
        names = tables.quoted(sheet.name for sheet, _heads in found)
        raise Unreadable(
            _("Nhiều trang tính có danh sách: %(names)s. Hãy để một trang tính mỗi tệp.") % {"names": names}
        )
    sheet, heads = found[0]
    for name in COLUMNS:
        if heads.count(name) > 1:
            raise tables.two_columns(sheet, name, name, name)
    return sheet, heads


def _hold(rows: list[dict]) -> None:
    """One list after the other; imports into the wards it names, entries there and other reforms of them wait for it,
    or it waits for them and carries what they wrote. Wards without hamlets and people are nobody's
    work: not held."""
    wait_turn("units.merge_places")
    codes = {row["from_code"] for row in rows} | {row["to_code"] for row in rows}
    wards: dict[str, set[int]] = {}
    found = Place.objects.filter(code__in=codes, level__in=(Level.COMMUNE, Level.HAMLET))
    for pk, code, commune in found.values_list("pk", "code", "commune"):
        wards.setdefault(code, set()).add(commune or pk)
    every = [pk for some in wards.values() for pk in some]
    used = set(Place.objects.filter(commune__in=every, level=Level.HAMLET).values_list("commune", flat=True))
    used |= set(Registrant.objects.filter(commune__in=every).values_list("commune", flat=True).distinct())
    held: set[int] = set()
    for row in rows:
        olds = wards.get(row["from_code"], set())
        if olds & used:
            held |= olds | wards.get(row["to_code"], set())
    if len(held) > settings.MERGE_MAX_WARDS:
        raise RegisterError(
            _(
                "Danh sách chạm đến sổ của %(count)s phường, xã; mỗi lần nhiều nhất %(most)s. Hãy chia tệp theo tỉnh, "
                "chạy từng tệp. Chưa ghi gì."
            )
            % {"count": in_figures(len(held)), "most": in_figures(settings.MERGE_MAX_WARDS)}
        )
    lock_wards(held)


def _cell(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime.date) else text_of(value)


def _check(rows: list[dict], report: Report) -> list[Link]:
    """Rows as links; what is wrong goes into the report. Three queries for any number of rows."""
    codes = {row["from_code"] for row in rows} | {row["to_code"] for row in rows}
    places: dict[tuple[str, str], list[Place]] = {}
    for place in Place.objects.filter(code__in=codes).select_related("commune", "province"):
        places.setdefault((place.level, place.code), []).append(place)
    links: list[Link] = []
    seen: dict[tuple[int, int, datetime.date], int] = {}
    for row in rows:
        try:
            link = _link(row, places)
            key = (link.old.pk, link.new.pk, link.on)
            if key in seen:
                raise RegisterError(_("Trùng với dòng %(row)d.") % {"row": seen[key]})
            seen[key] = link.row
            links.append(link)
        except RegisterError as error:
            report.faults.append((row["row"], error.message))
    _check_together(links, report)
    report.faults.sort()
    return links


def _link(row: dict, places: dict[tuple[str, str], list[Place]]) -> Link:
    if row["fault"]:
        raise RegisterError(row["fault"])
    if row["level"] not in Level.values:
        raise RegisterError(
            _("Cấp “%(level)s” không có; hãy dùng %(known)s.")
            % {"level": row["level"][:40], "known": ", ".join(Level.values)}
        )
    if row["partial"] not in ("yes", "no"):
        raise RegisterError(
            _("Cột partial phải là yes hoặc no, không phải “%(text)s”.") % {"text": row["partial"][:40]}
        )
    try:
        on = datetime.date.fromisoformat(row["effective_on"])
    except ValueError:
        raise RegisterError(
            _("Ngày “%(text)s” không đọc được; hãy ghi dạng 2025-07-01.") % {"text": row["effective_on"][:40]}
        ) from None
    if on > timezone.localdate():
        raise RegisterError(_("Ngày %(day)s chưa đến.") % {"day": day_text(on)})
    if on < NO_DAY_BEFORE:
        raise RegisterError(_("Ngày “%(text)s” quá xa, hãy xem lại năm.") % {"text": row["effective_on"]})

    def standing(code: str, day: datetime.date) -> Place:
        found = [place for place in places.get((row["level"], code), []) if place.existed_on(day)]
        if not found:
            raise RegisterError(
                _("Ngày %(day)s không có %(level)s nào mang mã %(code)s.")
                % {"day": day_text(day), "level": Level(row["level"]).label.lower(), "code": code[:40]}
            )
        return found[0]

    old = standing(row["from_code"], on - datetime.timedelta(days=1))
    new = standing(row["to_code"], on)
    if old.pk == new.pk:
        raise RegisterError(_("%(place)s không thể kế thừa chính nó.") % {"place": old.name})
    return Link(row["row"], old, new, on, row["partial"] == "yes")


def _check_together(links: list[Link], report: Report) -> None:
    """Faults no row shows alone: a whole place going to several, and successions that lead back."""
    known = list(
        Succession.objects.filter(Q(from_place__level__in={link.old.level for link in links})).values_list(
            "from_place", "to_place", "effective_on", "partial"
        )
    )
    ways: dict[tuple[int, datetime.date], set[int]] = {}
    onward: dict[int, set[int]] = {}
    pairs = [(link.old.pk, link.new.pk, link.on) for link in links]
    for old, new, on in [*pairs, *((old, new, on) for old, new, on, _partial in known)]:
        ways.setdefault((old, on), set()).add(new)
        onward.setdefault(old, set()).add(new)
    stored = {(old, new, on): partial for old, new, on, partial in known}
    for link in links:
        if stored.get((link.old.pk, link.new.pk, link.on), link.partial) != link.partial:
            text = _("%(old)s → %(new)s đã có trong danh mục nhưng khác ở cột partial.")
            report.faults.append((link.row, text % {"old": link.old.name, "new": link.new.name}))
        elif not link.partial and len(ways[link.old.pk, link.on]) > 1:
            text = _("%(place)s đi về nhiều nơi nên mỗi dòng phải ghi partial là yes.")
            report.faults.append((link.row, text % {"place": link.old.name}))
        if _leads_to(onward, link.new.pk, link.old.pk):
            text = _("%(old)s → %(new)s đi thành vòng: từ %(new)s lại về %(old)s.")
            report.faults.append((link.row, text % {"old": link.old.name, "new": link.new.name}))


def _leads_to(onward: dict[int, set[int]], start: int, end: int) -> bool:
    known, wave = {start}, {start}
    while wave:
        if end in wave:
            return True
        wave = {after for place in wave for after in onward.get(place, ())} - known
        known |= wave
    return False


def _load(links: list[Link], report: Report) -> None:
    """Write the successions that are missing; what went whole ends the day before."""
    olds = [link.old.pk for link in links]
    known = set(Succession.objects.filter(from_place__in=olds).values_list("from_place", "to_place", "effective_on"))
    new = [link for link in links if (link.old.pk, link.new.pk, link.on) not in known]
    Succession.objects.bulk_create(
        Succession(from_place=link.old, to_place=link.new, effective_on=link.on, partial=link.partial) for link in new
    )
    report.added, report.unchanged = len(new), len(links) - len(new)
    official = [link for link in links if not link.partial and link.old.level != Level.HAMLET]
    for on in {link.on for link in official}:  # the days of a list's reforms, not its rows
        ended = on - datetime.timedelta(days=1)
        ids = [link.old.pk for link in official if link.on == on]
        Place.objects.filter(pk__in=ids).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=ended)).update(valid_to=ended)


def _carry(links: list[Link], report: Report) -> None:
    """Carry whole wards and hamlets with people left; only places with people cost statements."""
    people = Registrant.objects.open().filter(kind__in=["HOUSEHOLD", "CLAN", "ORGANISATION"])
    left: dict[int, int] = {}
    for commune, hamlet in people.filter(
        Q(commune__in=[link.old.pk for link in links]) | Q(hamlet__in=[link.old.pk for link in links])
    ).values_list("commune", "hamlet"):
        left[commune] = left.get(commune, 0) + 1
        if hamlet:
            left[hamlet] = left.get(hamlet, 0) + 1
    told = set()
    for link in links:
        if not left.get(link.old.pk):
            continue
        if link.partial:
            if link.old.pk not in told:
                report.waiting.append((link.old, left[link.old.pk]))
            told.add(link.old.pk)
        elif link.old.level == Level.COMMUNE:
            report.carried.append(carry_ward(actor=None, old=Place.objects.get(pk=link.old.pk)))
        elif link.old.level == Level.HAMLET:
            plan = Plan(
                ChangeKind.MERGE,
                link.old.commune,
                link.on,
                [link.old],
                [Target(link.new.commune, existing=link.new)],
                by_hamlet={link.old.pk: 0},
            )
            report.carried.append(carry_out(actor=None, plan=plan))
