"""A ward that went to several: who goes where, told by a workbook that was filled in. Nothing is guessed.

The workbook (units/assignment_workbook.py) lists the hamlets, then every household, organisation and clan. What is
written beside one of them goes before what is written beside its hamlet. All rows or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from portal.lib import tables
from portal.lib.numbers import number
from portal.lib.tabular import Limits, Sheet, Unreadable, is_formula_like, read_workbook
from portal.lib.text import fold
from units import rules
from units.choices import Level, RegistrantKind
from units.domain.errors import RegisterError
from units.domain.importing.merged import Merged
from units.domain.reforms.plans import WARD_LEVEL
from units.domain.reforms.wards import Choice, successors
from units.domain.registrants import day_text
from units.models import Place, Registrant, User

HAMLET_KEY, REGISTRANT_KEY = "K", "D"  # first letter of the hidden identity: khu phố, đối tượng
KINDS = (RegistrantKind.HOUSEHOLD, RegistrantKind.CLAN, RegistrantKind.ORGANISATION)
TOLD = 20  # faults and names told one by one; the rest as a number


class AssignmentRefused(RegisterError):
    """A workbook that cannot be taken. `faults`: sentences with sheet and row. Nothing was written."""

    def __init__(self, message: str, faults: list[str]):
        self.faults = faults
        super().__init__(message)


@dataclass(frozen=True)
class Assigned:
    """What a workbook says. `choice`: what the person may carry; `elsewhere`: how many rows wait for other wards'
    own staff."""

    choice: Choice
    elsewhere: int


@dataclass
class _Line:
    """One filled-in row. `hamlet`, `registrant`: whom it is about."""

    at: str
    hamlet: int | None
    registrant: int | None
    ward: int | None


def hamlets_to_assign(old: Place) -> list[Place]:
    """Hamlets of the ended ward that still have somebody in the register."""
    return list(Place.objects.filter(pk__in=to_assign(old).values("hamlet")).order_by("sort_key", "pk"))


def to_assign(old: Place):
    """Whoever stands in the ended ward and is carried by itself; citizens go along with their household."""
    rows = Registrant.objects.open().filter(commune=old, kind__in=KINDS)
    return rows.select_related("household", "hamlet").order_by(
        "hamlet__sort_key", "-kind", "household__group_name", "sort_key", "pk"
    )


def successor_names(old: Place) -> dict[str, int]:
    """Successors of the last day, as the drop-down names them → key."""
    links = successors(old)
    on = max((link.effective_on for link in links), default=None)
    return {link.to_place.name: link.to_place_id for link in links if link.effective_on == on}


def read_assignment(*, actor: User | None, old: Place, data: bytes, file_name: str) -> Assigned:
    """Check a filled-in workbook against the register as it stands now. Raises AssignmentRefused with every fault:
    unknown successors, rows that are missing, foreign or there twice, formulas, and whoever has no destination."""
    limits = Limits(settings.IMPORT_MAX_BYTES, settings.IMPORT_MAX_UNZIPPED_BYTES, settings.IMPORT_MAX_ROWS)
    try:
        sheets, hidden = read_workbook(data, file_name, limits)
        tables.make_unicode(sheets)  # what is meant must be the name of a successor: no notice is needed
    except Unreadable as error:
        raise AssignmentRefused(str(error), []) from error
    wards = successor_names(old)
    faults: list[str] = []
    try:
        lines = [line for sheet in sheets for line in _lines(sheet, old, wards, faults)]
    except Unreadable as error:
        raise AssignmentRefused(str(error), []) from error
    if not lines and not faults:
        text = _("Tệp không có cột mã ẩn hoặc cột “Chuyển về”. Hãy tải lại tệp phân về và điền vào đó.")
        raise AssignmentRefused(tables.with_hidden(text, hidden), [])
    rows = {row.pk: row for row in to_assign(old)}
    hamlets = {place.pk: place for place in hamlets_to_assign(old)}
    faults += _strangers(old, lines, rows, hamlets) + _twice(lines)
    seen = {line.registrant for line in lines}
    gone = [row for pk, row in rows.items() if pk not in seen]
    if gone:
        faults.append(
            _("Tệp thiếu %(count)s dòng: %(names)s. Hãy tải lại tệp, không xóa dòng nào.")
            % {"count": number(len(gone)), "names": _names(gone)}
        )
    by_hamlet = {line.hamlet: line.ward for line in lines if line.hamlet is not None and line.ward}
    own = {line.registrant: line.ward for line in lines if line.registrant is not None and line.ward}
    waiting = [row for pk, row in rows.items() if pk in seen and not own.get(pk) and not by_hamlet.get(row.hamlet_id)]
    if waiting:
        faults.append(
            _("Còn %(count)s hộ, đơn vị hoặc dòng họ chưa được phân về đâu: %(names)s.")
            % {"count": number(len(waiting)), "names": _names(waiting)}
        )
    if faults:
        if hidden:
            faults.append(tables.with_hidden("", hidden).strip())
        told = faults[:TOLD]
        if len(faults) > TOLD:
            told.append(_("… và %(count)s lỗi nữa.") % {"count": number(len(faults) - TOLD)})
        raise AssignmentRefused(
            _("Tệp có %(count)s lỗi; chưa ghi gì. Hãy sửa trong tệp rồi tải lên lại.") % {"count": number(len(faults))},
            told,
        )
    return _choice(actor, old, rows, by_hamlet, own)


def _choice(actor: User | None, old: Place, rows: dict, by_hamlet: dict, own: dict) -> Assigned:
    """Of what the workbook says, the part that goes to wards the person keeps; each ward takes its own."""
    places = {link.to_place_id: link.to_place for link in successors(old)}
    mine = {pk for pk, place in places.items() if actor is None or rules.may_manage_hamlets(actor, place)}
    goes = {pk: own.get(pk) or by_hamlet[row.hamlet_id] for pk, row in rows.items()}
    totals = Counter(row.hamlet_id for row in rows.values())
    together = Counter((row.hamlet_id, goes[pk]) for pk, row in rows.items())
    # A hamlet goes as such when everybody in it does; else each of its rows is told by itself.
    whole = {
        hamlet: ward
        for (hamlet, ward), count in together.items()
        if hamlet and count == totals[hamlet] and ward in mine
    }
    single = {pk: ward for pk, ward in goes.items() if ward in mine and rows[pk].hamlet_id not in whole}
    return Assigned(Choice(whole, {}, single), sum(ward not in mine for ward in goes.values()))


def _lines(sheet: Sheet, old: Place, wards: dict[str, int], faults: list[str]) -> Iterator[_Line]:
    """Rows of a sheet that carry an identity. Faults of single cells go into `faults`. Raises Unreadable."""
    head = [fold(str(cell or "")) for cell in (sheet.rows[0] if sheet.rows else [])]
    keys, goals = ([at for at, text in enumerate(head) if text == name] for name in ("ma khong sua", "chuyen ve"))
    if not keys or not goals:
        return
    for same in (keys, goals):
        if len(same) > 1:
            raise tables.two_columns(sheet, sheet.rows[0][same[0]], *(sheet.rows[0][at] for at in same[:2]))
    key, goal = keys[0], goals[0]
    known = {fold(name): pk for name, pk in wards.items()}
    merged = Merged(sheet, {"goal": goal}, 1, ())
    for at, cells in enumerate(sheet.rows[1:], start=1):
        merged.fill(cells, at)
        cells = [*cells, *[""] * (len(head) - len(cells))]
        if not any(str(cell or "").strip() for cell in cells):
            continue
        where = _("Trang “%(sheet)s”, dòng %(row)d") % {"sheet": sheet.name, "row": at + 1}
        code, wanted = str(cells[key] or "").strip(), str(cells[goal] or "").strip()
        letter, digits = code[:1].upper(), code[1:]
        if (
            letter not in (HAMLET_KEY, REGISTRANT_KEY)
            or not (digits.isascii() and digits.isdigit())
            or len(digits) > 15
        ):
            faults.append(
                _("%(where)s: mã ẩn bị xóa hoặc bị sửa. Hãy tải lại tệp và điền vào tệp mới.") % {"where": where}
            )
            continue
        if why := sheet.fault_at(at, goal, _("Chuyển về")):
            faults.append(f"{where}: {why[:1].lower()}{why[1:]}")
            wanted = ""
        elif is_formula_like(wanted):
            faults.append(_("%(where)s: ô “Chuyển về” là công thức. Hãy chọn tên trong danh sách.") % {"where": where})
            wanted = ""
        ward = known.get(fold(wanted)) if wanted else None
        if wanted and ward is None:
            faults.append(f"{where}: {_not_a_successor(old, wanted, wards)}")
        about = int(digits)
        yield _Line(where, about, None, ward) if letter == HAMLET_KEY else _Line(where, None, about, ward)


def _not_a_successor(old: Place, wanted: str, wards: dict[str, int]) -> str:
    """Why a name cannot be taken: no such ward, or one that does not take over from the old one on the day."""
    names = {"wanted": wanted[:80], "old": old.name, "wards": ", ".join(wards), "day": ""}
    links = successors(old)
    if not links:
        return _("%(old)s chưa có phường, xã kế thừa.") % names
    names["day"] = day_text(max(link.effective_on for link in links))
    if Place.objects.filter(level=Level.COMMUNE, name=wanted).exists():
        return _("“%(wanted)s” không kế thừa %(old)s vào ngày %(day)s. Hãy chọn một trong: %(wards)s.") % names
    return _("không có phường, xã nào tên “%(wanted)s”. Hãy chọn một trong: %(wards)s.") % names


def _strangers(old: Place, lines: list[_Line], rows: dict, hamlets: dict) -> list[str]:
    return [
        _("%(where)s: không còn trong sổ của %(old)s. Hãy tải lại tệp.") % {"where": line.at, "old": old.name}
        for line in lines
        if (line.registrant is not None and line.registrant not in rows)
        or (line.hamlet not in (None, WARD_LEVEL) and line.hamlet not in hamlets)
    ]


def _twice(lines: list[_Line]) -> list[str]:
    first: dict[tuple, str] = {}
    found = []
    for line in lines:
        earlier = first.setdefault((line.hamlet, line.registrant), line.at)
        if earlier != line.at:
            found.append(_("%(where)s: trùng với %(earlier)s.") % {"where": line.at, "earlier": earlier.lower()})
    return found


def _names(rows: list[Registrant]) -> str:
    named = ", ".join(f"{row.name} ({row.hamlet.name if row.hamlet else row.commune.name})" for row in rows[:TOLD])
    if len(rows) > TOLD:
        named += ", " + _("và %(count)s nữa") % {"count": number(len(rows) - TOLD)}
    return named
