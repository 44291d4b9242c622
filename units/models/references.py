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


def exist(*named: tuple[str, tuple[str, ...]], of: str = "new_values") -> str:
    """SQL: the new rows name only rows that exist; those are kept from being deleted meanwhile. `named`: (table, the
    columns that name its rows); the new rows are looked through once for all of them."""
    every = ", ".join(name for _table, columns in named for name in columns)
    steps, missing = [f"few AS MATERIALIZED (SELECT DISTINCT {every} FROM {of})"], []
    for number, (table, columns) in enumerate(named):
        told, kept = f"told_{number}", f"kept_{number}"
        values = ", ".join(f"(few.{name})" for name in columns)
        steps += [
            f"{told} AS MATERIALIZED (SELECT DISTINCT v.id FROM few, LATERAL (VALUES {values}) AS v(id)"
            " WHERE v.id IS NOT NULL)",
            # By key whatever the statistics say: the plan made for the first statement is kept for all that follow.
            f"{kept} AS MATERIALIZED (SELECT t.id FROM {table} AS t WHERE t.id = ANY(ARRAY(SELECT id FROM {told}))"
            " ORDER BY t.id FOR KEY SHARE)",
        ]
        missing.append(f"WHEN EXISTS (SELECT FROM {told} WHERE id NOT IN (SELECT id FROM {kept})) THEN '{table}'")
    return (
        f"absent := (WITH {', '.join(steps)} SELECT CASE {' '.join(missing)} END);"
        " IF absent IS NOT NULL THEN RAISE foreign_key_violation USING MESSAGE ="
        " format('rows of %s name a row of %s that does not exist', TG_TABLE_NAME, absent); END IF;"
    )


def registrants_exist() -> str:
    """SQL: `exist` for the registrants of new profiles and stays. Those this transaction wrote itself need no lock:
    nobody else sees them yet, or whoever wants to delete them waits for it. Nearly always there are no others, and
    those of an import are numbered without a gap: then counting them is enough."""
    own = "SELECT {} FROM units_registrant AS t WHERE t.xmin = pg_current_xact_id()::xid AND t.id"
    return (
        "SELECT min(registrant_id), max(registrant_id), count(*) INTO lowest, highest, number FROM new_values;"
        f" IF number <> highest - lowest + 1 OR number <> ({own.format('count(*)')} BETWEEN lowest AND highest) THEN"
        " IF EXISTS (SELECT FROM new_values AS n WHERE n.registrant_id NOT IN"
        f" ({own.format('t.id')} = ANY(ARRAY(SELECT registrant_id FROM new_values)))) THEN"
        f" {exist(('units_registrant', ('registrant_id',)))} END IF; END IF;"
    )


def still_exist(table: str, columns: tuple[str, ...]) -> str:
    """SQL: `exist` for an update, of the rows that name something else than before. Like a foreign key, it waits for
    nobody when another column changes: who changes a place holds it and waits for the rows that name it."""
    # No join: planned for the first statement of one row, it would compare each row with each in a large one.
    names = ", ".join(("id", *columns))
    changed = f"(SELECT {names} FROM new_values EXCEPT SELECT {names} FROM old_values) AS changed"
    return exist((table, columns), of=changed)


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


# Variables of the functions: the table that misses a row; of registrants the keys named, first and last, and how many.
_ABSENT = [("absent", "text")]
_KEYS = [*_ABSENT, ("lowest", "bigint"), ("highest", "bigint"), ("number", "bigint")]


def _trigger(name: str, operation, func: str, declare: list[tuple[str, str]] | None = None) -> pgtrigger.Trigger:
    tables = {pgtrigger.Insert: ("new",), pgtrigger.Update: ("new", "old"), pgtrigger.Delete: ("old",)}[operation]
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**{one: f"{one}_values" for one in tables}),
        declare=declare,
        func=f"{func} RETURN NULL;",
    )


_PLACES, _BATCH = ("units_place", PLACES), ("units_importbatch", ("import_batch_id",))
for _model, _named in ((Registrant, (_PLACES, _BATCH)), (Stay, (_PLACES,))):
    pgtrigger.register(
        _trigger("places_insert", pgtrigger.Insert, exist(*_named), _ABSENT),
        _trigger("places_update", pgtrigger.Update, still_exist(*_PLACES), _ABSENT),
    )(_model)
pgtrigger.register(_trigger("batch_update", pgtrigger.Update, still_exist(*_BATCH), _ABSENT))(Registrant)
pgtrigger.register(_trigger("batch_insert", pgtrigger.Insert, exist(("units_importbatch", ("batch_id",))), _ABSENT))(
    ImportRow
)
for _model in (Household, Stay):
    pgtrigger.register(
        _trigger("registrant_insert", pgtrigger.Insert, registrants_exist(), _KEYS),
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
