"""Taking a whole import back: what it added is closed, what it changed gets its old values, or nothing happens."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.lib.moments import moment
from units.choices import ImportState
from units.domain.importing import checking, hooks, kinds
from units.domain.importing.batches import COMMAND_LINE, ImportRefused, check_actor, locked_batch
from units.domain.importing.kinds import writing
from units.domain.places_held import lock_register
from units.models import ImportBatch, User

UNDO_JOB = "units.import_undo"  # the work in the background
_ALL_FIELDS = checking.REGISTRANT_FIELDS + checking.PROFILE_FIELDS


def _written(name: str) -> str:
    """What the import left in a field."""
    return "coalesce(nullif(i.poverty, ''), 'NONE')" if name == "poverty" else f"i.{name}"


def _stands(name: str) -> str:
    return f"{'r' if name in checking.REGISTRANT_FIELDS else 'h'}.{name}"


# A household that no longer is what the import left was changed by somebody afterwards.
_TOUCHED = f"""
    SELECT i.row_no, i.name FROM units_importrow i
    JOIN units_registrant r ON r.id = i.registrant_id JOIN units_household h ON h.registrant_id = r.id
    WHERE i.batch_id = %(batch)s AND (
        i.verdict = 'ADDED' AND (r.closed_on IS NOT NULL OR r.hamlet_id <> i.hamlet_id
            OR ({", ".join(_stands(name) for name in _ALL_FIELDS)})
                IS DISTINCT FROM ({", ".join(_written(name) for name in _ALL_FIELDS)})
            OR (SELECT count(*) FROM units_stay s WHERE s.registrant_id = r.id) <> 1
            OR EXISTS (SELECT FROM units_citizen c WHERE c.household_id = r.id)
            OR EXISTS (SELECT FROM units_clanmembership m WHERE m.household_id = r.id
                AND m.until IS DISTINCT FROM m.since))
        OR i.verdict = 'CHANGED' AND ({
    " OR ".join(f"i.before ? '{name}' AND {_stands(name)} IS DISTINCT FROM {_written(name)}" for name in _ALL_FIELDS)
}))
    ORDER BY i.id
"""
# The households are named one by one: joined with the import's rows, a register whose statistics say that nearly nobody
# stands in it (all taken back a moment ago) would be gone through once for every row.
_ADDED = "SELECT registrant_id FROM units_importrow WHERE batch_id = %s AND verdict = 'ADDED'"
_CLOSE = """
    UPDATE units_registrant SET closed_on = opened_on, close_reason = 'IMPORT_UNDONE' WHERE id = ANY(%(added)s)
"""
_LEAVE = "UPDATE units_stay SET until = since WHERE registrant_id = ANY(%(added)s) AND until IS NULL"


def _restore(table: str, key: str, fields: tuple[str, ...]) -> str:
    """UPDATE that puts old values back, typed by the table itself."""
    sets = ", ".join(
        f"{name} = CASE WHEN i.before ? '{name}' THEN (jsonb_populate_record(NULL::{table}, i.before)).{name}"
        f" ELSE t.{name} END"
        for name in fields
    )
    return (
        f"UPDATE {table} t SET {sets} FROM units_importrow i"
        f" WHERE i.batch_id = %(batch)s AND i.verdict = 'CHANGED' AND t.{key} = i.registrant_id"
        f" AND i.before ?| ARRAY[{', '.join(repr(name) for name in fields)}]"
    )


_RESTORE_HOUSEHOLDS = _restore("units_household", "registrant_id", (*checking.PROFILE_FIELDS, *checking.FROM_ADDRESS))
_RESTORE_REGISTRANTS = _restore("units_registrant", "id", (*checking.REGISTRANT_FIELDS, *checking.FROM_NAME))


def undo_obstacles(batch: ImportBatch) -> str:
    """Why the import cannot be taken back as far as the register itself knows; empty when it can."""
    if batch.state != ImportState.DONE:
        return _("Lần nhập này đang ở tình trạng “%(state)s” nên không hoàn tác được.") % {
            "state": batch.get_state_display()
        }
    kind = kinds.list_of(batch)
    if kind:
        return writing.obstacle(kind, batch)
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, {"batch": batch.pk})
        touched = cursor.fetchall()
    if not touched:
        return ""
    names = ", ".join(_("%(name)s (dòng %(row)s)") % {"name": name, "row": row} for row, name in touched[:3])
    return ngettext(
        "%(count)s hộ đã được sửa sau lần nhập này: %(names)s. "
        "Không hoàn tác được cả lần nhập; hãy sửa từng hộ trong sổ.",
        "%(count)s hộ đã được sửa sau lần nhập này, trong đó có %(names)s. "
        "Không hoàn tác được cả lần nhập; hãy sửa từng hộ trong sổ.",
        len(touched),
    ) % {"count": len(touched), "names": names}


@transaction.atomic
def request_undo(*, actor: User | None, batch: ImportBatch) -> None:
    """Say at once why an undo cannot be done, before it goes to the background: also to whoever is second to ask for
    it. The import is the caller's till the end of the transaction. Raises NotAllowed, ImportRefused."""
    locked = locked_batch(batch)
    _check(actor, locked)
    # Read again: who waited for the lock was joined to the job of before.
    job = ImportBatch.objects.only("job").select_related("job__created_by").get(pk=locked.pk).job
    if job is not None and job.kind == UNDO_JOB and job.state in ("QUEUED", "RUNNING"):
        raise ImportRefused(
            _("%(name)s đã bấm hoàn tác lần nhập này lúc %(at)s, máy đang làm; không cần bấm lại.")
            % {
                "name": job.created_by.get_full_name() if job.created_by else COMMAND_LINE,
                "at": moment(job.created_at),
            }
        )


def _check(actor: User | None, batch: ImportBatch) -> None:
    check_actor(actor, batch.place)
    obstacle = undo_obstacles(batch)
    if obstacle:
        raise ImportRefused(obstacle)


def undo(*, actor: User | None, batch: ImportBatch) -> tuple[ImportBatch, bool]:
    """Take a confirmed import back, all of it or nothing: the import, and whether it was this call that did it.
    Running it again afterwards changes nothing.

    Raises ImportRefused (a household was changed since) and whatever an undo hook raises (a registration went on).
    """
    with transaction.atomic():
        lock_register(batch.place.fact_ids["commune_id"])
        locked = locked_batch(batch)
        if locked.state == ImportState.UNDONE:
            return locked, False
        _check(actor, locked)
        figures = hooks.run(hooks.on_undo, batch=locked, actor=actor)
        kind = kinds.list_of(locked)
        if kind:
            writing.undo(kind, locked)
        else:
            _take_back(locked)
        if figures:
            locked.counts = locked.counts | figures
        locked.state, locked.undone_at = ImportState.UNDONE, timezone.now()
        locked.save(update_fields=["counts", "state", "undone_at"])
        return locked, True


def _take_back(batch: ImportBatch) -> None:
    """Close what a list of households added, and give what it changed its old values."""
    with connection.cursor() as cursor:
        cursor.execute(_ADDED, [batch.pk])
        values = {"batch": batch.pk, "added": [pk for (pk,) in cursor.fetchall()]}
        for statement in (_LEAVE, _CLOSE, _RESTORE_HOUSEHOLDS, _RESTORE_REGISTRANTS):
            cursor.execute(statement, values)
