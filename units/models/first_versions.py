"""Households that an import brought in get their first event only when they change for the first time.

An import of a hundred thousand households would write three hundred thousand events that say once more what stands in
the rows themselves; a sixth of its time went into that. Until a row changes it is its own first version, and who wrote
it and when stands on the import (`written_in`, `written_at`). The triggers here write the event that was left out, just
before the event of the first change or of the deletion; from then on the history is like any other.
`units.domain.history` reads both. See docs/decisions/0024-first-versions.md.
"""

import pgtrigger

from units.models.registrants import Household, Registrant, Stay

_OF_REGISTRANT = (
    "JOIN units_registrant r ON r.id = o.registrant_id JOIN units_importbatch b ON b.id = r.import_batch_id"
)
# From a row to the import that wrote it. A later stay of an imported household has its own event from the start.
_IMPORT = {
    Registrant: "JOIN units_importbatch b ON b.id = o.import_batch_id",
    Household: _OF_REGISTRANT,
    Stay: _OF_REGISTRANT,
}
MODELS = tuple(_IMPORT)


def columns_of(model: type) -> list[str]:
    """Columns of a model that its events keep."""
    kept = model.pgh_event_model._meta.concrete_fields
    return [field.column for field in kept if not field.column.startswith("pgh_")]


def first_versions(model: type, source: str) -> str:
    """SQL: rows of `source` (called o) that have no event because they are as an import wrote them, as that event."""
    event, key = model.pgh_event_model._meta.db_table, f"o.{model._meta.pk.column}"
    return (
        f"SELECT {', '.join(f'o.{name}' for name in columns_of(model))}, b.written_in AS pgh_context_id,"
        f" b.written_at AS pgh_created_at, 'insert' AS pgh_label, {key} AS pgh_obj_id"
        f" FROM {source} o {_IMPORT[model]} WHERE b.written_at IS NOT NULL"
        f" AND NOT EXISTS (SELECT FROM {event} e WHERE e.pgh_obj_id = {key})"
    )


# What an import keeps of the rows it adds, beside those rows: proof that one without events is as it was written.
_KEPT = {
    Registrant: "(r.name, r.note, r.hamlet_id, r.closed_on) IS NOT DISTINCT FROM (i.name, i.note, i.hamlet_id, NULL)",
    Household: "(r.address, r.group_name, r.members, r.adults, r.pupils, r.poverty, r.phone) IS NOT DISTINCT FROM"
    " (i.address, i.group_name, i.members, i.adults, i.pupils, coalesce(nullif(i.poverty, ''), 'NONE'), i.phone)",
    Stay: "(r.hamlet_id, r.until) IS NOT DISTINCT FROM (i.hamlet_id, NULL)",
}


def as_kept(model: type) -> tuple[str, str]:
    """SQL: whether a row (r) without event (e) is what its import kept of it, NULL if none did; and the join needed."""
    if model not in _KEPT:
        return "NULL::boolean", ""
    key = "id" if model is Registrant else "registrant_id"
    return (
        f"CASE WHEN i.id IS NOT NULL THEN {_KEPT[model]} END",
        "LEFT JOIN (SELECT i.* FROM units_importrow i JOIN units_importbatch b ON b.id = i.batch_id"
        " WHERE i.verdict = 'ADDED' AND b.written_at IS NOT NULL) i"
        f" ON e.pgh_id IS NULL AND i.registrant_id = r.{key}",
    )


def without_events() -> str:
    """SQL that keeps the history from writing events of new rows of these models, till `with_events` or the end of the
    transaction. Only for rows of an import that keeps `written_in` and `written_at` in the same transaction."""
    labels = [f"{model._meta.label}:insert_insert" for model in MODELS]
    names = ",".join(trigger.get_pgid(model) for model, trigger in pgtrigger.registered(*labels))
    return f"SELECT set_config('pgtrigger.ignore', '{{{names}}}', true)"


def with_events() -> str:
    """SQL that ends `without_events`."""
    return "SELECT set_config('pgtrigger.ignore', '{}', true)"


def writing(model: type, source: str) -> str:
    """SQL that writes the left-out first events of rows of `source`.

    Oldest first, and so sorted before the first is written: rows written while others are still looked for would all be
    looked through again for every one of those, in a table that was empty when the statement began.
    """
    event = model.pgh_event_model._meta.db_table
    names = [*columns_of(model), "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id"]
    return (
        f"INSERT INTO {event} ({', '.join(names)}) {first_versions(model, source)} ORDER BY pgh_created_at, pgh_obj_id"
    )


def _write(model: type) -> str:
    # Planned anew each time: the plan for the first statement of one row would compare each with each in a large one.
    return f"EXECUTE $sql${writing(model, 'old_values')}$sql$; RETURN NULL;"


for _model in MODELS:
    # Triggers fire in the order of their names: these before those of the history, "update…" and "delete…".
    pgtrigger.register(
        *(
            pgtrigger.Trigger(
                name=f"begin_{operation}",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update if operation == "update" else pgtrigger.Delete,
                referencing=pgtrigger.Referencing(old="old_values"),
                func=_write(_model),
            )
            for operation in ("update", "delete")
        )
    )(_model)
