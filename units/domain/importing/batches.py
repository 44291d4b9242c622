"""One uploaded list from the file to the preview."""

from __future__ import annotations

import datetime
import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.tabular import Limits, Unreadable, read_workbook
from portal.lib.text import clean, fold
from units import rules
from units.choices import ImportState, Level, RegistrantKind
from units.domain.errors import NotAllowed, PortalError
from units.domain.importing import checking, kinds, reading, staging, understanding
from units.domain.importing.hamlets import HamletFinder
from units.domain.importing.headings import FIELD_LABELS, IGNORED
from units.domain.importing.kinds import staging as kind_rows
from units.domain.importing.ready import Ready
from units.models import HeadingAlias, ImportBatch, ImportRow, Place, User

FIRST_YEAR = 2010  # before the programmes of learning models
COMMAND_LINE = "Dòng lệnh"
MOST_UNKNOWN = 40


def matchable(batch: ImportBatch) -> dict[str, object]:
    """What a heading of such a list may be said to mean, with labels; keys and serial numbers never by hand."""
    kind = kinds.list_of(batch)
    if kind:
        return {one.name: one.label for one in kind.all_fields(batch) if not one.name.endswith(tuple("0123456789"))}
    return {name: label for name, label in FIELD_LABELS.items() if name not in ("identity", "number", IGNORED)}


def _aliases(batch: ImportBatch) -> dict[str, str]:
    """Headings people of the ward have matched by hand for this kind of list."""
    known = HeadingAlias.objects.filter(place=batch.place.commune or batch.place, kind=batch.kind)
    known = known.filter(field__in=[*matchable(batch), IGNORED])
    return dict(known.values_list("heading_key", "field"))


class ImportRefused(PortalError):
    """The import cannot go on; the sentence says why and what to do."""


Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, message: str) -> None:
    """Progress for nobody."""


def limits() -> Limits:
    """How large a list may be, from the settings."""
    return Limits(settings.IMPORT_MAX_BYTES, settings.IMPORT_MAX_UNZIPPED_BYTES, settings.IMPORT_MAX_ROWS)


def entry_day(year: int) -> datetime.date:
    """The day households of a list for `year` enter the register: 31 December, or today while the year runs, so that
    they count in that year."""
    return min(datetime.date(year, 12, 31), timezone.localdate())


def may_import(user: User, place: Place) -> bool:
    """May the person import a list into this ward or hamlet?"""
    return place.level in (Level.COMMUNE, Level.HAMLET) and rules.may_keep_register(user, place)


def check_actor(actor: User | None, place: Place) -> None:
    """Raise NotAllowed unless the person keeps the register there. None: whoever runs the portal's commands."""
    if actor is not None and not may_import(actor, place):
        raise NotAllowed(_("Bạn không được phân công giữ sổ bộ của %(place)s.") % {"place": place.name})


def check_stands(place: Place, year: int) -> None:
    """Raise ImportRefused where the place, or the ward it belongs to, does not exist on the day a list for `year`
    enters its rows."""
    day = entry_day(year)
    for one in filter(None, (place, place.commune)):
        if not one.existed_on(day):
            raise ImportRefused(
                _("%(place)s chưa có hoặc không còn vào ngày %(day)s nên không nhập được danh sách năm %(year)s.")
                % {"place": one.name, "day": day.strftime("%d/%m/%Y"), "year": year}
            )


def receive(
    *,
    actor: User | None,
    place: Place,
    year: int,
    register: bool,
    file_name: str,
    data: bytes,
    kind: str = RegistrantKind.HOUSEHOLD,
) -> ImportBatch:
    """Keep an uploaded file for a ward (hamlets told by the list) or a hamlet. Only households are registered by their
    list. Raises NotAllowed, ImportRefused."""
    check_actor(actor, place)
    if place.level not in (Level.COMMUNE, Level.HAMLET):
        raise ImportRefused(_("Danh sách chỉ nhập vào một phường, xã hoặc một khu phố, thôn."))
    latest = timezone.localdate().year + 1
    if not FIRST_YEAR <= year <= latest:
        raise ImportRefused(
            _("Năm %(year)s không hợp lệ. Hãy chọn từ %(first)s đến %(latest)s.")
            % {"year": year, "first": FIRST_YEAR, "latest": latest}
        )
    check_stands(place, year)
    if len(data) > settings.IMPORT_MAX_BYTES:
        # Refused before it is stored; the sentence is the reader's own.
        try:
            read_workbook(data, file_name, limits())
        except Unreadable as error:
            raise ImportRefused(str(error)) from error
    return ImportBatch.objects.create(
        kind=kind,
        place=place,
        year=year,
        register=register and kind == RegistrantKind.HOUSEHOLD,
        file_name=clean(file_name)[-255:] or "danh-sach",
        file_hash=hashlib.sha256(data).hexdigest(),
        file_bytes=data,
        created_by=actor,
        created_by_name=actor.get_full_name() if actor else COMMAND_LINE,
    )


def check(*, batch: ImportBatch, progress: Progress = silent, ready: Ready | None = None) -> ImportBatch:
    """Read the file and judge every row; the batch then waits for confirmation (PREVIEW) or is REJECTED with the
    sentence. May be run again: rows of an interrupted run are replaced. `ready` is given what `applying.write` can use
    in the same transaction."""
    with transaction.atomic():
        locked = locked_batch(batch)
        if locked.state not in (ImportState.UPLOADED, ImportState.CHECKING):
            return locked
        if "file_bytes" not in batch.get_deferred_fields():  # just received, or fetched already
            locked.file_bytes = batch.file_bytes
        try:
            with no_collector():
                if kinds.list_of(locked):
                    _read_and_judge_kind(locked, progress)
                else:
                    _read_and_judge(locked, progress, ready)
        except Unreadable as error:
            ImportRow.objects.filter(batch=locked).delete()
            locked.state, locked.message, locked.counts = ImportState.REJECTED, str(error), {}
            locked.mapping = {"unknown": getattr(error, "headings", [])}
        else:
            locked.state, locked.message = ImportState.PREVIEW, ""
        told = ["state", "message", "notices", "mapping", "counts"]
        if locked.kind == RegistrantKind.CITIZEN:
            locked.file_bytes = None  # it holds ID numbers; what the rows need of them was hashed
            locked.mapping["unknown"] = []
            told.append("file_bytes")
        locked.save(update_fields=told)
        return locked


@contextmanager
def no_collector() -> Iterator[None]:
    """A hundred thousand rows are looked through again and again for cycles, which they do not have."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read_and_judge_kind(batch: ImportBatch, progress: Progress) -> None:
    """The same for a list of another kind than households."""
    kind = kinds.list_of(batch)
    progress(0, 0, _("Đang đọc tệp"))
    sheets, hidden = read_workbook(bytes(batch.file_bytes), batch.file_name, limits())
    scene = kind_rows.scene_of(kind, batch, entry_day(batch.year))
    understood, lines = kind_rows.read(kind, sheets, hidden, _aliases(batch), scene)
    if not lines:
        raise kind_rows.no_rows(kind)
    progress(len(lines), len(lines), _("Đang đối chiếu với sổ bộ"))
    kind_rows.judge(kind, lines, scene)
    ImportRow.objects.filter(batch=batch).delete()
    kind_rows.keep(lines, kind, batch)
    unknown = dict.fromkeys(text for plan in understood.plans for text in plan.header.unknown)
    for text in kind.remarks(understood.fields, list(unknown)):
        understood.note("warning", text)
    batch.notices = understood.notices
    batch.mapping = {
        "fields": sorted(understood.fields),
        "sheets": understood.sheets,
        "rows": len(lines),
        "unknown": list(unknown)[:MOST_UNKNOWN],
    }
    batch.counts = kind_rows.counted(kind, batch)


def _read_and_judge(batch: ImportBatch, progress: Progress, ready: Ready | None) -> None:
    progress(0, 0, _("Đang đọc tệp"))
    understood, readers, finder, fixed = open_list(batch)
    total, message = understood.row_total, _("Đang kiểm tra danh sách")
    ImportRow.objects.filter(batch=batch).delete()
    told = {"most": total, "progress": lambda done: progress(done, total, message), "ready": ready}
    count = staging.stage(batch, readers, **told)
    if not count:
        raise Unreadable(_("Dưới dòng tiêu đề không có hộ nào. Hãy kiểm tra lại tệp."))
    progress(total, total, _("Đang đối chiếu với sổ bộ"))
    checking.judge_new(batch)
    batch.counts = checking.count_rows(batch)
    staging.keep_cells(batch, understood.plans)
    _note_what_was_assumed(understood, readers, finder, fixed, batch)
    batch.notices = understood.notices
    unknown = dict.fromkeys(text for plan in understood.plans for text in plan.header.unknown)
    batch.mapping = {
        "fields": sorted(understood.fields),
        "sheets": understood.sheets,
        "rows": count,
        "unknown": list(unknown)[:MOST_UNKNOWN],
    }


def open_list(batch: ImportBatch) -> tuple[understanding.Reading, list[reading.RowReader], HamletFinder, int | None]:
    """How a list of households is understood: the reading, a reader for each sheet, the ward's hamlets, and the hamlet
    the whole list is for. Raises Unreadable."""
    place, day = batch.place, entry_day(batch.year)
    commune = place.commune or place
    sheets, hidden = read_workbook(bytes(batch.file_bytes), batch.file_name, limits())
    understood = understanding.understand(sheets, hidden, year=batch.year, aliases=_aliases(batch))
    hamlets = Place.objects.filter(commune=commune, level=Level.HAMLET).on(day).values_list("pk", "name")
    finder = HamletFinder(list(hamlets), commune.name)
    fixed = place.pk if place.level == Level.HAMLET else None
    return understood, [reading.RowReader(plan, finder, fixed_hamlet=fixed) for plan in understood.plans], finder, fixed


def _note_what_was_assumed(understood, readers, finder, fixed, batch) -> None:
    for reader in readers:
        plan, told = reader.plan, reader.sheet_hamlet
        match = finder.find(told) if told else None
        sources = {"sheet": _("tên trang tính"), "letterhead": _("tiêu đề danh sách")}
        if fixed and match and match.pk != fixed:
            understood.note(
                "warning",
                _("Tệp ghi “%(told)s” (%(source)s) nhưng bạn chọn %(chosen)s. Các hộ sẽ được nhập vào %(chosen)s.")
                % {"told": told, "source": sources[plan.hamlet_from], "chosen": finder.name_of(fixed)},
            )
        elif match and match.pk and "hamlet" not in reader.columns and not fixed:
            understood.note(
                "info",
                _("Trang tính “%(sheet)s”: các hộ thuộc %(hamlet)s, lấy theo %(source)s.")
                % {"sheet": plan.sheet.name, "hamlet": finder.name_of(match.pk), "source": sources[plan.hamlet_from]},
            )
        for tone, text in reader.merged.notices(FIELD_LABELS):
            understood.note(tone, text)
        for text in reader.totals[-1:]:
            printed = reading.printed_total(text)
            if printed is not None and printed != reader.count:
                understood.note(
                    "warning",
                    _("Dòng tổng của trang tính “%(sheet)s” ghi %(printed)s hộ, đọc được %(count)s dòng.")
                    % {"sheet": plan.sheet.name, "printed": printed, "count": reader.count},
                )
    if batch.register and "register" not in understood.fields:
        understood.note(
            "warning", _("Danh sách không có cột đăng ký danh hiệu nên không hộ nào được đăng ký qua lần nhập này.")
        )


@transaction.atomic
def match_headings(*, actor: User | None, batch: ImportBatch, meanings: Mapping[str, str]) -> ImportBatch:
    """Say what headings mean that were not understood; remembered for the ward. The list is then to be read again.

    `meanings`: heading as printed → field (or "ignored"). Raises NotAllowed, ImportRefused.
    """
    check_actor(actor, batch.place)
    locked = locked_batch(batch)
    is_there = ImportBatch.objects.filter(pk=batch.pk, file_bytes__isnull=False).exists()
    if locked.state not in (ImportState.PREVIEW, ImportState.REJECTED) or not is_there:
        raise ImportRefused(
            _("Lần nhập này đang ở tình trạng “%(state)s” nên không đổi nghĩa các cột được.")
            % {"state": locked.get_state_display()}
        )
    asked = locked.mapping.get("unknown", [])
    chosen = {fold(heading)[:200]: field for heading, field in meanings.items() if field and heading in asked}
    if not chosen:
        raise ImportRefused(_("Hãy chọn ít nhất một cột."))
    labels = matchable(locked)
    if not set(chosen.values()) <= {*labels, IGNORED}:
        raise ImportRefused(_("Có cột được chọn nghĩa không có trong danh sách."))
    told = [field for field in chosen.values() if field != IGNORED]
    taken = {field for field in told if told.count(field) > 1 or field in locked.mapping.get("fields", [])}
    if taken:
        names = ", ".join(str(labels[field]) for field in sorted(taken))
        raise ImportRefused(_("Mỗi nghĩa chỉ chọn cho một cột; danh sách đã có cột: %(names)s.") % {"names": names})
    commune = locked.place.commune or locked.place
    HeadingAlias.objects.bulk_create(
        [
            HeadingAlias(
                place=commune,
                kind=locked.kind,
                heading_key=key,
                field=field,
                taught_by_name=actor.get_full_name() if actor else COMMAND_LINE,
                taught_at=timezone.now(),
            )
            for key, field in chosen.items()
        ],
        update_conflicts=True,
        unique_fields=["place", "kind", "heading_key"],
        update_fields=["field", "taught_by_name", "taught_at"],
    )
    locked.state, locked.message = ImportState.UPLOADED, ""
    locked.save(update_fields=["state", "message"])
    return locked


@transaction.atomic
def forget_heading(*, actor: User | None, alias: HeadingAlias) -> None:
    """A heading matched by hand means nothing any more. Raises NotAllowed."""
    check_actor(actor, alias.place)
    alias.delete()


@transaction.atomic
def discard(*, actor: User | None, batch: ImportBatch) -> None:
    """Throw away a list that was never written. Raises NotAllowed, ImportRefused."""
    check_actor(actor, batch.place)
    locked = locked_batch(batch)
    if locked.state in (ImportState.CONFIRMING, ImportState.DONE, ImportState.UNDONE):
        raise ImportRefused(
            _("Lần nhập này đang ở tình trạng “%(state)s” nên không bỏ được.") % {"state": locked.get_state_display()}
        )
    ImportRow.objects.filter(batch=locked)._raw_delete(using="default")
    locked.delete()


def locked_batch(batch: ImportBatch) -> ImportBatch:
    """The import as it stands now, nobody else's till the end of the transaction; its file is fetched when asked."""
    rows = ImportBatch.objects.select_for_update(of=("self",)).select_related("place__commune", "job")
    return rows.defer("file_bytes").get(pk=batch.pk)
