"""Confirming: the previewed rows into the register, all of them or none."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.text import bigrams, sort_key
from units.choices import ImportState, RowVerdict
from units.domain.importing import checking, hooks, kinds
from units.domain.importing.batches import ImportRefused, check_actor, check_stands, entry_day, locked_batch
from units.domain.importing.kinds import staging as kind_rows
from units.domain.importing.kinds import writing as kind_writing
from units.domain.importing.ready import Ready
from units.domain.places_held import lock_register
from units.models import ImportBatch, ImportRow, User, first_versions

# All new households, or those with the given keys.
_NEW = (
    "WHERE batch_id = %(batch)s AND verdict = 'ADDED'"
    " AND (%(only)s::bigint[] IS NULL OR registrant_id = ANY(%(only)s::bigint[]))"
)
_ADD_REGISTRANTS = f"""
    INSERT INTO units_registrant (id, kind, name, search_name, bigrams, sort_key, hamlet_id, commune_id, district_id,
        province_id, opened_on, closed_on, close_reason, note, import_batch_id)
    SELECT registrant_id, 'HOUSEHOLD', name, search_name, bigrams, sort_key, hamlet_id, %(commune)s, %(district)s,
        %(province)s, %(day)s, NULL, '', note, batch_id
    FROM units_importrow {_NEW} ORDER BY sort_key, id
"""
_ADD_HOUSEHOLDS = f"""
    INSERT INTO units_household (registrant_id, address, address_key, group_name, members, adults, pupils,
        poverty, phone)
    SELECT registrant_id, address, address_key, group_name, members, adults, pupils,
        coalesce(nullif(poverty, ''), 'NONE'), phone
    FROM units_importrow {_NEW} ORDER BY id
"""
_ADD_STAYS = f"""
    INSERT INTO units_stay (registrant_id, hamlet_id, commune_id, district_id, province_id, kind, since, until)
    SELECT registrant_id, hamlet_id, %(commune)s, %(district)s, %(province)s, 'HOUSEHOLD', %(day)s, NULL
    FROM units_importrow {_NEW} ORDER BY id
"""


# Who writes, and when, as the events of the new rows would say it.
_SIGN = "UPDATE units_importbatch SET written_in = _pgh_attach_context(), written_at = now() WHERE id = %(batch)s"


def _change(table: str, key: str, fields: tuple[str, ...], extra: str = "") -> str:
    """UPDATE that writes exactly the fields the preview showed as changed; rows without any are left alone."""
    sets = ", ".join(f"{name} = CASE WHEN i.before ? '{name}' THEN i.{name} ELSE t.{name} END" for name in fields)
    return (
        f"UPDATE {table} t SET {sets}{extra} FROM units_importrow i"
        f" WHERE i.batch_id = %(batch)s AND i.verdict = 'CHANGED' AND t.{key} = i.registrant_id"
        f" AND i.before ?| ARRAY[{', '.join(repr(name) for name in fields)}]"
    )


_CHANGE_REGISTRANTS = _change(
    "units_registrant",
    "id",
    checking.REGISTRANT_FIELDS,
    "".join(f", {name} = CASE WHEN i.before ? 'name' THEN i.{name} ELSE t.{name} END" for name in checking.FROM_NAME),
)
_CHANGE_HOUSEHOLDS = _change(
    "units_household",
    "registrant_id",
    checking.PROFILE_FIELDS,
    ", address_key = CASE WHEN i.before ? 'address' THEN i.address_key ELSE t.address_key END",
)


def request_confirmation(*, actor: User | None, batch: ImportBatch) -> ImportBatch:
    """Take the batch from preview to confirming, once: the second click or the second person gets the sentence."""
    check_actor(actor, batch.place)
    with transaction.atomic():
        locked = locked_batch(batch)
        # A job that gave up wrote nothing, so its batch may be confirmed again.
        stuck = locked.state == ImportState.CONFIRMING and locked.job is not None and locked.job.state == "FAILED"
        if locked.state != ImportState.PREVIEW and not stuck:
            raise ImportRefused(
                _("Lần nhập này đang ở tình trạng “%(state)s”, không xác nhận thêm được.")
                % {"state": locked.get_state_display()}
            )
        batch.state, batch.message = ImportState.CONFIRMING, ""
        batch.save(update_fields=["state", "message"])
    return batch


def confirm(*, actor: User | None, batch: ImportBatch) -> ImportBatch:
    """Write a batch whose confirmation was requested. Running it again after it was written changes nothing."""
    with transaction.atomic():
        lock_register(batch.place.fact_ids["commune_id"])
        locked = locked_batch(batch)
        if locked.state == ImportState.DONE:
            return locked
        if locked.state != ImportState.CONFIRMING:
            raise ImportRefused(
                _("Lần nhập này đang ở tình trạng “%(state)s”, không ghi được.") % {"state": locked.get_state_display()}
            )
        check_actor(actor, locked.place)
        check_stands(locked.place, locked.year)
        kind = kinds.list_of(locked)
        if kind:
            kind_writing.judge_again(kind, locked, entry_day(locked.year))
        else:
            checking.judge_again(locked)
        checking.refuse_ended(locked)
        return write(actor=actor, batch=locked)


def release(batch: ImportBatch, message: str) -> None:
    """Back to the preview after a confirmation that could not be carried out; nothing was written."""
    ImportBatch.objects.filter(pk=batch.pk, state=ImportState.CONFIRMING).update(
        state=ImportState.PREVIEW, message=message
    )


def write(*, actor: User | None, batch: ImportBatch, ready: Ready | None = None) -> ImportBatch:
    """Write the judged rows inside the caller's transaction, which holds the ward's lock. `ready`: what the check made
    of them in this same transaction."""
    place = batch.place
    params = {
        "batch": batch.pk,
        "day": entry_day(batch.year),
        "commune": place.fact_ids["commune_id"],
        "district": place.district_id,
        "province": place.province_id,
    }
    kind = kinds.list_of(batch)
    if kind:
        counts = kind_rows.counted(kind, batch)
        _write_kind(kind, batch)
    else:
        counts = batch.counts if ready else checking.count_rows(batch)  # counted in this same transaction
        _write_households(batch, params, counts, ready)
    batch.counts = counts | hooks.run(hooks.on_confirm, batch=batch, actor=actor)
    batch.state, batch.message, batch.confirmed_at = ImportState.DONE, "", timezone.now()
    batch.save(update_fields=["counts", "state", "message", "confirmed_at"])
    return batch


def _write_kind(kind, batch: ImportBatch) -> None:
    scene = kind_rows.scene_of(kind, batch, entry_day(batch.year))
    try:
        kind_writing.write(kind, batch, scene)
    except kind_writing.TakenMeanwhile as error:
        raise ImportRefused(
            _("Trong lúc ghi, người khác vừa nhập một dòng trùng với tệp này. Hãy bấm xác nhận lại để xem dòng đó.")
        ) from error


def _write_households(batch: ImportBatch, params: dict, counts: dict, ready: Ready | None) -> None:
    with connection.cursor() as cursor:
        if counts["added"]:
            cursor.execute(_SIGN, params)
            cursor.execute(first_versions.without_events())
            count = ready.write(batch, params) if ready and ready.blocks else 0
            if count < counts["added"]:
                only = {"only": ready.others if ready and ready.blocks else None}
                for statement in (_ADD_REGISTRANTS, _ADD_HOUSEHOLDS, _ADD_STAYS):
                    cursor.execute(statement, params | only)
                count += cursor.rowcount
            if count != counts["added"]:
                raise RuntimeError(f"{count} households written of {counts['added']}")
            cursor.execute(first_versions.with_events())
        if counts["changed"]:
            if ready:
                _derive_names(batch)
            for statement in (_CHANGE_REGISTRANTS, _CHANGE_HOUSEHOLDS):
                cursor.execute(statement, params)


def _derive_names(batch: ImportBatch) -> None:
    """What is found and sorted by, for rows that change a name and were staged without it (`lines.Encoder`)."""
    rows = list(batch.rows.filter(verdict=RowVerdict.CHANGED, before__has_key="name", sort_key=""))
    for row in rows:
        row.bigrams, row.sort_key = bigrams(row.search_name), sort_key(row.name)
    ImportRow.objects.bulk_update(rows, ["bigrams", "sort_key"], batch_size=1000)
