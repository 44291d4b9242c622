"""Confirming and undoing lists of the other kinds: what was shown is what is written, all of it or nothing."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from units.choices import CloseReason, RowVerdict
from units.domain.importing.kinds import staging
from units.domain.importing.kinds.spec import KindList, Line, Scene
from units.models import Citizen, ClanMembership, ImportBatch, ImportRow, Registrant, Stay

_ADDED, _CHANGED, _SAME = RowVerdict.ADDED, RowVerdict.CHANGED, RowVerdict.UNCHANGED
_REGISTRANT_FIELDS = ("name", "note")
_DERIVED = ("search_name", "bigrams", "sort_key")


class TakenMeanwhile(Exception):
    """Somebody entered the same person, or took the same household into a clan, in the same moment."""


def judge_again(kind: KindList, batch: ImportBatch, day) -> Scene:
    """Judge kept rows against the register of now. A row goes on only to what was shown for it, or to nothing."""
    scene = staging.scene_of(kind, batch, day)
    kept = list(batch.rows.exclude(verdict=RowVerdict.REFUSED).order_by("id"))
    lines = [
        Line(
            row.sheet,
            row.row_no,
            [],
            identity=row.registrant_id if row.verdict in (_CHANGED, _SAME) else None,
            hamlet_id=row.hamlet_id,
            values=dict(row.values or {}),
        )
        for row in kept
    ]
    staging.judge(kind, lines, scene)
    for row, line in zip(kept, lines, strict=True):
        _settle(row, line)
    ImportRow.objects.bulk_update(kept, ["verdict", "registrant_id", "reasons", "before"], batch_size=2000)
    return scene


def _settle(row: ImportRow, line: Line) -> None:
    shown, now = row.verdict, line.verdict
    if shown == RowVerdict.DUPLICATE and not (row.before or {}).get("add"):
        return
    # One who only now looks like somebody in the register was not decided on by anybody, so it falls through.
    if shown == now == _ADDED or (shown == RowVerdict.DUPLICATE and now in (_ADDED, RowVerdict.DUPLICATE)):
        row.verdict = _ADDED
        return
    if shown in (_ADDED, RowVerdict.DUPLICATE) and line.registrant_id and now in (_CHANGED, _SAME):
        row.verdict, row.registrant_id, row.before = _SAME, line.registrant_id, None
        return
    if line.registrant_id == row.registrant_id and row.registrant_id:
        if shown == _SAME:
            return
        if shown == _CHANGED and now == _SAME:
            row.verdict, row.before = _SAME, None
            return
        if shown == _CHANGED and now == _CHANGED and line.before == row.before:
            return
    row.verdict = RowVerdict.REFUSED
    reason = " ".join(line.reasons)
    row.reasons = [
        _("Sổ bộ đã thay đổi sau khi xem trước: %s") % reason
        if reason
        else _("Dòng này đã được người khác sửa trong sổ sau khi xem trước. Hãy tải tệp lên lại.")
    ]


def write(kind: KindList, batch: ImportBatch, scene: Scene) -> None:
    """Write the judged rows inside the caller's transaction, which holds the ward's lock."""
    rows = list(batch.rows.filter(verdict__in=(_ADDED, _CHANGED)).order_by("id"))
    fresh = [_line(row) for row in rows if row.verdict == _ADDED]
    added = [line for line in fresh if not kind.is_part(line.values)]
    parts = [line for line in fresh if kind.is_part(line.values)]
    changed = [_line(row) for row in rows if row.verdict == _CHANGED]
    try:
        with transaction.atomic():
            _add(kind, batch, added, scene)
            known = {row.pk: row for row in scene.known}
            _put(kind, [(known[line.registrant_id], {n: line.values[n] for n in line.before}) for line in changed])
            kind.write_parts(parts, added, scene)
    except IntegrityError as error:
        if "citizen_id_once" not in str(error) and "clanmembership_one_clan" not in str(error):
            raise
        raise TakenMeanwhile from error
    keys = {line.row_id: line.registrant_id for line in added}
    for row in rows:
        row.registrant_id = keys.get(row.pk, row.registrant_id)
    ImportRow.objects.bulk_update(rows, ["registrant_id"], batch_size=2000)
    kind.after_write(added, changed, scene)


def _line(row: ImportRow) -> Line:
    return Line(
        row.sheet,
        row.row_no,
        [],
        hamlet_id=row.hamlet_id,
        values=row.values or {},
        registrant_id=row.registrant_id,
        before=row.before,
        row_id=row.pk,
    )


def _add(kind: KindList, batch: ImportBatch, lines: list[Line], scene: Scene) -> None:
    kind.look_up(lines, scene)
    undone = scene.found.get("undone", {})
    registrants, fresh = [], []
    for line in lines:
        row = undone.get(line.values.get("place")) or Registrant(kind=kind.kind)
        row.name, row.note = line.name, line.values.get("note", "")
        row.opened_on, row.closed_on, row.close_reason = kind.opened_on(line, scene), None, ""
        row.import_batch_id = batch.pk
        for column, pk in kind.place_of(line, scene).items():
            setattr(row, column, pk)
        row.derive()
        registrants.append(row)
        if row.pk is None:
            fresh.append(row)
        else:
            row.save()  # a community of an undone import: as many as were undone, of a ward's few
    Registrant.objects.bulk_create(fresh, batch_size=2000)
    new = {id(row) for row in fresh}
    profiles = []
    for line, row in zip(lines, registrants, strict=True):
        line.registrant_id = row.pk
        if id(row) in new:
            profile = kind.build(line, row, scene)
            profile.registrant = row
            if hasattr(profile, "derive"):
                profile.derive()
            profiles.append(profile)
    if profiles:
        type(profiles[0]).objects.bulk_create(profiles, batch_size=2000)
    Stay.objects.bulk_create(
        (
            Stay(
                registrant=row,
                kind=kind.kind,
                since=row.opened_on,
                hamlet_id=row.hamlet_id,
                commune_id=row.commune_id,
                district_id=row.district_id,
                province_id=row.province_id,
            )
            for row in registrants
        ),
        batch_size=2000,
    )


def _put(kind: KindList, changes: list[tuple[Registrant, dict]]) -> None:
    """Write values into registrants and profiles; only those columns that change."""
    registrants, profiles, columns = [], [], set()
    for row, values in changes:
        if values.keys() & set(_REGISTRANT_FIELDS):
            for name in values.keys() & set(_REGISTRANT_FIELDS):
                setattr(row, name, values[name])
            row.derive()
            registrants.append(row)
        names = kind.profile_fields(values)
        if names:
            profile = getattr(row, kind.profile)
            for name in names:
                setattr(profile, name, values[name])
            if hasattr(profile, "derive"):
                profile.derive()
            profiles.append(profile)
            columns |= set(names)
    if registrants:
        Registrant.objects.bulk_update(registrants, [*_REGISTRANT_FIELDS, *_DERIVED], batch_size=1000)
    if profiles:
        type(profiles[0]).objects.bulk_update(profiles, sorted(columns), batch_size=1000)


def obstacle(kind: KindList, batch: ImportBatch) -> str:
    """Why the import cannot be taken back as far as the register knows; empty when it can."""
    every = list(batch.rows.filter(verdict__in=(_ADDED, _CHANGED)).order_by("id"))
    rows, parts = _split(kind, every)
    known = _standing(kind, rows)
    keys = [row.registrant_id for row in rows]
    moved = Stay.objects.filter(registrant__in=keys, until__gt=F("since"))
    many = set(moved.values_list("registrant", flat=True))
    members = ClanMembership.objects.filter(clan__in=keys).exclude(until=F("since"))
    members = members.exclude(household__in=[row.registrant_id for row in parts])
    built = set(members.values_list("clan", flat=True))
    built |= set(Citizen.objects.filter(organisation__in=keys).values_list("organisation", flat=True))
    touched = []
    for row in rows:
        one = known.get(row.registrant_id)
        stored = kind.stored(one) if one else {}
        names = row.before if row.verdict == _CHANGED else row.values
        compared = [name for name in names if name in stored]
        if (
            one is None
            or not one.is_open
            or any(stored[name] != row.values.get(name) for name in compared)
            or (row.verdict == _ADDED and (row.registrant_id in built or row.registrant_id in many))
        ):
            touched.append(row)
    touched += kind.touched_parts(parts, [row for row in rows if row.verdict == _ADDED])
    if not touched:
        return ""
    names = ", ".join(_("%(name)s (dòng %(row)s)") % {"name": row.name, "row": row.row_no} for row in touched[:3])
    return ngettext(
        "%(count)s dòng đã được sửa hoặc dùng tiếp sau lần nhập này: %(names)s. "
        "Không hoàn tác được cả lần nhập; hãy sửa từng dòng trong sổ.",
        "%(count)s dòng đã được sửa hoặc dùng tiếp sau lần nhập này, trong đó có %(names)s. "
        "Không hoàn tác được cả lần nhập; hãy sửa từng dòng trong sổ.",
        len(touched),
    ) % {"count": len(touched), "names": names}


def _split(kind: KindList, rows: list[ImportRow]) -> tuple[list[ImportRow], list[ImportRow]]:
    """Records of the kind, and parts that hang on them."""
    whole, parts = [], []
    for row in rows:
        (parts if kind.is_part(row.values or {}) else whole).append(row)
    return whole, parts


def _standing(kind: KindList, rows: list[ImportRow]) -> dict[int, Registrant]:
    keys = {row.registrant_id for row in rows}
    found = Registrant.objects.filter(pk__in=keys).select_related(kind.profile, "hamlet", *kind.related)
    return {row.pk: row for row in found}


def undo(kind: KindList, batch: ImportBatch) -> None:
    """Close what the import added, give back what it changed. The caller asked obstacle() under the same lock."""
    rows, parts = _split(kind, list(batch.rows.filter(verdict__in=(_ADDED, _CHANGED)).order_by("id")))
    kind.undo_parts(parts)
    added = [row.registrant_id for row in rows if row.verdict == _ADDED]
    known = _standing(kind, rows)
    Stay.objects.filter(registrant__in=added, until__isnull=True).update(until=F("since"))
    Registrant.objects.filter(pk__in=added).update(closed_on=F("opened_on"), close_reason=CloseReason.IMPORT_UNDONE)
    _put(kind, [(known[row.registrant_id], row.before) for row in rows if row.verdict == _CHANGED])
    kind.after_undo(rows, Scene(batch, batch.place, batch.place.commune or batch.place, timezone.localdate()))
