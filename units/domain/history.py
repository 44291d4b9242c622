"""History as people read it: events of several models as one list of "who, when, field: before → after"."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import connection, models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from units.models import first_versions as imported

INSERT, UPDATE, DELETE = "insert", "update", "delete"


@dataclass
class Track:
    """Rows whose history is wanted. `model` is a tracked model, `pks` its keys.

    `created`, `changed`, `removed` title the entries. `describe(before, after)` may return (title, tone) or None; it
    gets event rows, `before` is None for the first one. `fields`: names to show, all tracked ones by default.
    `subject`: words put before each field, when several rows share a page ("Tổ 3").
    """

    model: type[models.Model]
    pks: Iterable
    created: str = ""
    changed: str = ""
    removed: str = ""
    describe: Callable | None = None
    fields: Iterable[str] | None = None
    subject: str = ""

    @property
    def events(self) -> type[models.Model]:
        return self.model.events.rel.related_model


@dataclass
class Entry:
    """One step: everything that changed together. `changes`: (field, before, after) as text; `address`: from where."""

    at: datetime.datetime
    title: str
    actor: str = ""
    text: str = ""
    tone: str = "neutral"
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    address: str = ""


@dataclass
class _Step:
    """Events of one transaction, still with raw values: (track, row, field) → [before, after]."""

    first: models.Model
    title: str = ""
    tone: str = "neutral"
    rank: int = 9
    values: dict[tuple, list] = field(default_factory=dict)


def timeline(*tracks: Track, limit: int = 200) -> list[Entry]:
    """History of all tracks, newest first, at most `limit` events of each.

    Changes made in one transaction make one entry; the first track's title wins. The number of queries is one per
    track and one per kind of related row shown, however long the history is.
    """
    steps: dict[tuple, _Step] = {}
    for rank, track in enumerate(tracks):
        _read(track, rank, limit, steps)
    names = _related_names(steps.values())
    entries = [_entry(step, names) for step in steps.values()]
    entries = [entry for entry in entries if entry.title or entry.changes]
    entries.sort(key=lambda entry: entry.at)
    return entries[::-1]


def version(*rows: tuple[type[models.Model], object]) -> str:
    """What several rows, each (model, key), stand at: their newest events. Changes exactly when one of them changes.

    Read it before the rows themselves: then a change in between is noticed, never missed.
    """
    parts = [
        # "+ 0" keeps the planner from walking the primary key backwards through everybody's events.
        f"coalesce((SELECT max(pgh_id + 0) FROM {Track(model, ()).events._meta.db_table} WHERE pgh_obj_id = %s), 0)"
        for model, _pk in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", [pk for _model, pk in rows])
        return "-".join(str(number) for number in cursor.fetchone())


def first_versions(model: type[models.Model], pks: Iterable) -> list[models.Model]:
    """First events, not stored, of rows that are still as an import wrote them (see `units.models.first_versions`)."""
    if model not in imported.MODELS:
        return []
    event, table = model.pgh_event_model, model._meta.db_table
    source = f"(SELECT * FROM {table} WHERE {model._meta.pk.column} = ANY(%s))"
    found = event.objects.raw(
        f"SELECT 0 AS pgh_id, f.* FROM ({imported.first_versions(model, source)}) AS f", [list(pks)]
    )
    return list(found.prefetch_related("pgh_context"))


def newest_author(*rows: tuple[type[models.Model], object]) -> tuple[str, datetime.datetime | None]:
    """Name and time of the newest change of the rows; ("", None) without history."""
    newest = None
    for model, pk in rows:
        event = (
            Track(model, ()).events.objects.filter(pgh_obj_id=pk).select_related("pgh_context").order_by("-pgh_id")[:1]
        )
        for row in event or first_versions(model, [pk]):
            if newest is None or row.pgh_created_at >= newest.pgh_created_at:
                newest = row
    return (actor_of(newest), newest.pgh_created_at) if newest else ("", None)


def _read(track: Track, rank: int, limit: int, steps: dict[tuple, _Step]) -> None:
    """Fold the events of one track into `steps`."""
    events = list(
        track.events.objects.filter(pgh_obj_id__in=list(track.pks))
        .select_related("pgh_context")
        .order_by("-pgh_id")[:limit]
    )
    told = {event.pgh_obj_id for event in events}
    if len(events) < limit and (silent := [pk for pk in track.pks if pk not in told]):
        events += first_versions(track.model, silent)
    tracked = _tracked_fields(track)
    previous: dict[object, models.Model] = {}
    for event in reversed(events):
        before = previous.get(event.pgh_obj_id)
        previous[event.pgh_obj_id] = event
        if before is None and event.pgh_label == UPDATE:
            continue  # older than the limit: what stood before is not at hand
        step = steps.setdefault((event.pgh_context_id, event.pgh_created_at), _Step(first=event))
        if event.pgh_label == UPDATE:
            for one in tracked:
                old, new = getattr(before, one.attname), getattr(event, one.attname)
                if old != new:
                    step.values.setdefault((track.subject, event.pgh_obj_id, one), [old, None])[1] = new
        title, tone = _title(track, before, event)
        if title and rank < step.rank:
            step.title, step.tone, step.rank = title, tone, rank


def _tracked_fields(track: Track) -> list[models.Field]:
    """Fields of the tracked model that its events keep, in the order asked for."""
    kept = {one.name for one in track.events._meta.fields}
    wanted = list(track.fields) if track.fields is not None else None
    fields = [one for one in track.model._meta.fields if one.name in kept and not one.primary_key]
    if wanted is None:
        return fields
    return sorted((one for one in fields if one.name in wanted), key=lambda one: wanted.index(one.name))


def _title(track: Track, before: models.Model | None, event: models.Model) -> tuple[str, str]:
    if track.describe and event.pgh_label != DELETE:
        described = track.describe(before, event)
        if described:
            return described
    return {
        INSERT: (track.created, "success"),
        UPDATE: (track.changed or _("Sửa thông tin"), "info"),
        DELETE: (track.removed or _("Xóa"), "danger"),
    }.get(event.pgh_label, ("", "neutral"))


def _related_names(steps: Iterable[_Step]) -> dict[tuple, str]:
    """(model, key) → text of every related row the changes name; one query per model."""
    wanted: dict[type, set] = {}
    for step in steps:
        for (_subject, _row, one), (old, new) in step.values.items():
            if one.is_relation:
                wanted.setdefault(one.related_model, set()).update(pk for pk in (old, new) if pk is not None)
    return {
        (model, pk): str(row) for model, pks in wanted.items() for pk, row in _with_names(model).in_bulk(pks).items()
    }


def _with_names(model: type[models.Model]):
    """Rows of a model with what their text needs: profiles are called as their registrant."""
    rows = model._default_manager.all()
    return rows.select_related("registrant") if any(one.name == "registrant" for one in model._meta.fields) else rows


def _entry(step: _Step, names: dict[tuple, str]) -> Entry:
    changes = []
    for (subject, _row, one), (old, new) in step.values.items():
        label = capfirst(str(one.verbose_name))
        change = (f"{subject}: {label}" if subject else label, _text(one, old, names), _text(one, new, names))
        if change[1] != change[2] and change not in changes:
            changes.append(change)
    metadata = _metadata(step.first)
    return Entry(
        at=step.first.pgh_created_at,
        title=step.title,
        actor=actor_of(step.first),
        text=str(metadata.get("note") or metadata.get("action") or ""),
        tone=step.tone,
        changes=changes,
        address=str(metadata.get("ip") or ""),
    )


def _metadata(event: models.Model) -> dict:
    return (event.pgh_context.metadata if event.pgh_context_id and event.pgh_context else None) or {}


def actor_of(event: models.Model) -> str:
    """The name kept as text when it happened, so it stays when the account goes."""
    return str(_metadata(event).get("user_name") or _("Hệ thống"))


def _text(one: models.Field, value, names: dict[tuple, str]) -> str:
    """A stored value as people read it; empty text for none."""
    if value is None or value == "":
        return ""
    if one.is_relation:
        return names.get((one.related_model, value), str(value))
    if one.flatchoices:
        return str(dict(one.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, datetime.datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, datetime.date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
