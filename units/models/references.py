"""That the places, imports and registrants named by mass tables exist: asked once per statement, not once per row.

A foreign key asks for every row and column. An import of a hundred thousand households names a dozen places in eight
columns, and each household twice, so keys took a third of its time. These statement triggers give the same guarantee:
a row cannot name what does not exist, what is named cannot be deleted, and two transactions that do both at once wait
for each other.
"""

import pgtrigger

from units.models.imports import ImportBatch, ImportRow
from units.models.places import Place
from units.models.registrants import Household, Registrant, Stay

PLACES = ("hamlet_id", "commune_id", "district_id", "province_id")
# Table → column → the table it names. For the nightly proof; the triggers below are what keeps it true.
REFERENCES: dict[str, dict[str, str]] = {
    "units_registrant": dict.fromkeys(PLACES, "units_place") | {"import_batch_id": "units_importbatch"},
    "units_stay": dict.fromkeys(PLACES, "units_place") | {"registrant_id": "units_registrant"},
    "units_household": {"registrant_id": "units_registrant"},
    "units_importrow": {"batch_id": "units_importbatch"},
}


def exist(table: str, columns: tuple[str, ...], *, of: str = "new_values") -> str:
    """SQL: the new rows name only rows of `table` in `columns`; those are kept from being deleted meanwhile."""
    names, values = ", ".join(columns), ", ".join(f"(n.{name})" for name in columns)
    return (
        "IF EXISTS ("
        f" WITH told AS MATERIALIZED (SELECT DISTINCT v.id FROM (SELECT DISTINCT {names} FROM {of}) AS n,"
        f" LATERAL (VALUES {values}) AS v(id) WHERE v.id IS NOT NULL),"
        # By key whatever the statistics say: the plan made for the first statement is kept for all that follow.
        f" kept AS MATERIALIZED (SELECT t.id FROM {table} AS t WHERE t.id = ANY(ARRAY(SELECT id FROM told))"
        " ORDER BY t.id FOR KEY SHARE)"
        " SELECT FROM told WHERE id NOT IN (SELECT id FROM kept)"
        ") THEN RAISE foreign_key_violation"
        f" USING MESSAGE = format('rows of %s name a row of {table} that does not exist', TG_TABLE_NAME);"
        " END IF;"
    )


def registrants_exist() -> str:
    """SQL: `exist` for the registrants of new profiles and stays. Those this transaction wrote itself need no lock:
    nobody else sees them yet, or whoever wants to delete them waits for it. Nearly always there are no others."""
    return (
        "IF EXISTS (SELECT FROM new_values AS n WHERE n.registrant_id NOT IN (SELECT t.id FROM units_registrant AS t"
        " WHERE t.id = ANY(ARRAY(SELECT registrant_id FROM new_values)) AND t.xmin = pg_current_xact_id()::xid))"
        f" THEN {exist('units_registrant', ('registrant_id',))} END IF;"
    )


def still_exist(table: str, columns: tuple[str, ...]) -> str:
    """SQL: `exist` for an update, of the rows that name something else than before. Like a foreign key, it waits for
    nobody when another column changes: who changes a place holds it and waits for the rows that name it."""
    # No join: planned for the first statement of one row, it would compare each row with each in a large one.
    names = ", ".join(("id", *columns))
    return exist(
        table, columns, of=f"(SELECT {names} FROM new_values EXCEPT SELECT {names} FROM old_values) AS changed"
    )


def unused(tables: dict[str, tuple[str, ...]]) -> str:
    """SQL: no row of `tables` names a deleted row in the given columns."""
    uses = " OR ".join(
        f"EXISTS (SELECT FROM old_values AS o JOIN {table} AS t ON t.{name} = o.id)"
        for table, names in tables.items()
        for name in names
    )
    return (
        f"IF {uses} THEN RAISE foreign_key_violation"
        " USING MESSAGE = format('a deleted row of %s is still named', TG_TABLE_NAME); END IF;"
    )


def _trigger(name: str, operation, func: str) -> pgtrigger.Trigger:
    tables = {pgtrigger.Insert: ("new",), pgtrigger.Update: ("new", "old"), pgtrigger.Delete: ("old",)}[operation]
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**{one: f"{one}_values" for one in tables}),
        func=f"{func} RETURN NULL;",
    )


for _model in (Registrant, Stay):
    pgtrigger.register(
        _trigger("places_insert", pgtrigger.Insert, exist("units_place", PLACES)),
        _trigger("places_update", pgtrigger.Update, still_exist("units_place", PLACES)),
    )(_model)
pgtrigger.register(
    _trigger("batch_insert", pgtrigger.Insert, exist("units_importbatch", ("import_batch_id",))),
    _trigger("batch_update", pgtrigger.Update, still_exist("units_importbatch", ("import_batch_id",))),
)(Registrant)
pgtrigger.register(_trigger("batch_insert", pgtrigger.Insert, exist("units_importbatch", ("batch_id",))))(ImportRow)
for _model in (Household, Stay):
    pgtrigger.register(
        _trigger("registrant_insert", pgtrigger.Insert, registrants_exist()),
        pgtrigger.Trigger(  # a row hardly ever changes whom it is about
            name="registrant_update",
            level=pgtrigger.Row,
            when=pgtrigger.After,
            operation=pgtrigger.UpdateOf("registrant_id"),
            condition=pgtrigger.Condition("OLD.registrant_id IS DISTINCT FROM NEW.registrant_id"),
            func="PERFORM FROM units_registrant WHERE id = NEW.registrant_id FOR KEY SHARE; IF NOT FOUND THEN"
            " RAISE foreign_key_violation USING MESSAGE ="
            " format('rows of %s name a row of units_registrant that does not exist', TG_TABLE_NAME); END IF;"
            " RETURN NULL;",
        ),
    )(_model)
pgtrigger.register(
    _trigger(
        "unnamed",
        pgtrigger.Delete,
        unused({"units_household": ("registrant_id",), "units_stay": ("registrant_id",)}),
    ),
)(Registrant)
pgtrigger.register(
    _trigger("unnamed", pgtrigger.Delete, unused({"units_registrant": PLACES, "units_stay": PLACES})),
)(Place)
pgtrigger.register(
    _trigger(
        "unnamed",
        pgtrigger.Delete,
        unused({"units_registrant": ("import_batch_id",), "units_importrow": ("batch_id",)}),
    ),
)(ImportBatch)
