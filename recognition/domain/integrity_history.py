"""Proof that the history is whole: every row of a tracked table has its versions, and the last one is the row."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext as _

from recognition.domain.integrity_faults import Fault, faults, rows_of
from units.models import first_versions


def tracked() -> list[type[Model]]:
    """Models whose every version must stand in the history: all that are tracked, whoever adds the next one."""
    found = {one.pgh_tracked_model for one in apps.get_models() if hasattr(one, "pgh_tracked_model")}
    return sorted(found, key=lambda one: one._meta.label_lower)


def history() -> list[Fault]:
    """Each row has history, and its last version there equals the row; until its first change, what its import kept."""
    found: list[Fault] = []
    for model in tracked():  # a fixed number of tables, one statement each
        event = apps.get_model(f"{model._meta.label_lower}event")
        kept = {field.column for field in event._meta.concrete_fields}
        columns = [field.column for field in model._meta.concrete_fields if field.column in kept]
        same = " AND ".join(f'e."{column}" IS NOT DISTINCT FROM r."{column}"' for column in columns)
        key = model._meta.pk.column
        kept, of_import = first_versions.as_kept(model)
        rows = rows_of(
            f"SELECT key, told IS NULL FROM (SELECT r.{key} AS key,"
            f" CASE WHEN e.pgh_id IS NULL THEN {kept} ELSE {same} END AS told"
            f" FROM {model._meta.db_table} r LEFT JOIN LATERAL ("
            f" SELECT * FROM {event._meta.db_table} e WHERE e.pgh_obj_id = r.{key}"
            f" ORDER BY e.pgh_id DESC LIMIT 1) e ON true {of_import}) AS v WHERE told IS NOT TRUE ORDER BY 1"
        )
        name = str(model._meta.verbose_name)
        found += faults("history", rows, lambda row, name=name: _history_sentence(name, row))
    return found


def _history_sentence(name: str, row: tuple) -> str:
    values = {"name": name, "pk": row[0]}
    if row[1]:
        return _("%(name)s %(pk)d không có lịch sử.") % values
    return _("%(name)s %(pk)d khác bản ghi cuối trong lịch sử.") % values


CHECKS = {"history": history}
