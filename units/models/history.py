"""History by database triggers: one event row per changed row, also for bulk SQL.

The context row (who, from where, why) keeps names as text, so it stays when the person goes.
"""

import pghistory


def tracked(*, exclude: list[str] | None = None, compare: bool = True, indexes: list | None = None):
    """Decorator: keep every version of a model's rows in `<Model>Event` (insert, update, delete).

    Statement triggers with transition tables write all events of a bulk change at once. With `compare` an update that
    changes nothing leaves no event. Tables that change by thousands do without: a connection keeps the plan its first
    update made, and a comparison planned for one row runs for minutes over twenty thousand. `indexes`: further ones of
    the event table.
    """
    return pghistory.track(
        pghistory.InsertEvent(level=pghistory.Statement),
        pghistory.UpdateEvent(level=pghistory.Statement, **({} if compare else {"condition": None})),
        pghistory.DeleteEvent(row="OLD", level=pghistory.Statement),
        exclude=exclude or [],
        **({"meta": {"indexes": indexes}} if indexes else {}),
        obj_field=pghistory.ObjForeignKey(related_name="events", db_index=True),
    )
