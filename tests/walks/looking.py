"""What stands in the tables after a step, counted by hand and compared with everything that is stored as a sum."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

from django.apps import apps
from django.db import connection

from recognition.choices import FINAL_STATES, State
from recognition.domain.tallies import AT_STATE

YEARS = range(2022, 2027)
THIS_YEAR = YEARS[-1]
LEVELS = ("hamlet", "commune", "district", "province")
PLACE = ("hamlet_id", "commune_id", "district_id", "province_id")
# Reforms, merges and lists stay listed after they were undone. Rulebooks are long and nobody here changes one.
LEFT_OUT = {
    *("placechange", "placechangecommune", "placechangemove", "registrantmerge", "importbatch", "importrow"),
    *("rulebook", "user"),
}
SUMS = ("units_registertally", "recognition_tally", "recognition_waitingday")
COUNTED_AS = {str(state): AT_STATE.get(state, str(state).lower()) for state in State}
HALVES = {"assessed": "self_half", "reviewed": "review_half", "inspected": "inspection_half"}

Rows = dict[str, dict]


@cache
def _everything() -> str:
    """SQL: every row of every table of the register and the yearly work, but for their history."""
    tables = sorted(
        (model._meta.db_table, model._meta.pk.column)
        for app in ("units", "recognition")
        for model in apps.get_app_config(app).get_models()
        if model._meta.model_name not in LEFT_OUT and not model.__name__.endswith("Event")
    )
    return " UNION ALL ".join(f"SELECT '{table}', t.{pk}::text, to_jsonb(t) FROM {table} t" for table, pk in tables)


def look() -> Rows:
    """Table → key → row. Sums of nought are left out, and so is their key: they come and go with what they count.
    Neither counts a confirmation that ends on the day it began: it holds on no day."""
    found: Rows = {}
    with connection.cursor() as cursor:
        cursor.execute(_everything())
        for table, key, text in cursor.fetchall():
            row = json.loads(text)
            if table in SUMS:
                row.pop("id")
                numbers = {name: value for name, value in row.items() if name in _numbers(table) and value}
                if numbers:
                    key = tuple((name, row[name]) for name in sorted(row) if name not in _numbers(table))
                    found.setdefault(table, {})[key] = numbers
            elif table != "recognition_affiliation" or row["since"] != row["until"]:
                found.setdefault(table, {})[int(key) if key.isdecimal() else key] = row
    return found


@cache
def _numbers(table: str) -> frozenset[str]:
    (model,) = (model for model in apps.get_models() if model._meta.db_table == table)
    names = {one.column for one in model._meta.fields if one.get_internal_type() == "IntegerField"}
    return frozenset(names)


def standing(rows: Rows, year: int) -> dict[int, tuple]:
    """Registrant → where it stood on 31 December, by its stays; nobody at two places."""
    last = f"{year}-12-31"
    found: dict[int, tuple] = {}
    for stay in rows.get("units_stay", {}).values():
        if stay["since"] <= last and (stay["until"] is None or stay["until"] > last):
            assert stay["registrant_id"] not in found, f"counted twice in {year}: {stay}"
            found[stay["registrant_id"]] = tuple(stay[name] for name in PLACE)
    return found


def check_register(rows: Rows) -> None:
    """Whoever is in the register stands where its row says; every stored total is a recount, at every level."""
    registrants, places = rows["units_registrant"], rows["units_place"]
    now = {pk: tuple(row[name] for name in PLACE) for pk, row in registrants.items() if row["closed_on"] is None}
    assert standing(rows, THIS_YEAR) == now
    for hamlet, *above in {*now.values(), *(there for year in YEARS for there in standing(rows, year).values())}:
        if hamlet:
            assert above == [places[hamlet][name] for name in PLACE[1:]]
    for year in YEARS:
        live = Counter()
        for pk, where in standing(rows, year).items():
            live.update((level, place, registrants[pk]["kind"]) for level, place in zip(LEVELS, where, strict=True))
            live["nation", 0, registrants[pk]["kind"]] += 1
        kept = Counter()
        for key, numbers in rows.get("units_registertally", {}).items():
            row = dict(key)
            if row["year"] <= year:
                total = numbers.get("came", 0) - numbers.get("gone", 0)
                kept[row["level"], row["place_id"], row["kind"]] += total
                if row["level"] == "commune":
                    for level in ("district", "province"):
                        kept[level, row[f"{level}_id"], row["kind"]] += total
                    kept["nation", 0, row["kind"]] += total
        assert _named(kept) == _named(live), year


def check_dossiers(rows: Rows) -> None:
    """The tallies of the yearly work are a recount of its dossiers, in every year and model and at every level."""
    live, kept = Counter(), Counter()
    for row in rows.get("recognition_registration", {}).values():
        names = [COUNTED_AS[row["state"]]]
        if row["state"] != State.WITHDRAWN:
            names += ["registered"]
            names += ["open"] if row["state"] not in FINAL_STATES else []
            names += [name for name, column in HALVES.items() if row[column] is not None]
        for level, place in (*((level, row[f"{level}_id"]) for level in LEVELS), ("nation", 0)):
            live.update((level, place, row["year"], row["model"], name) for name in names)
    for key, numbers in rows.get("recognition_tally", {}).items():
        row = dict(key)
        told = {name: numbers.get(name, 0) for name in (*COUNTED_AS.values(), "registered", *HALVES)}
        told["open"] = told["registered"] - told["recognised"] - told["refused"]
        above = [(row["level"], row["place_id"])]
        if row["level"] == "commune":
            above += [("district", row["district_id"]), ("province", row["province_id"]), ("nation", 0)]
        for level, place in above:
            kept.update({(level, place, row["year"], row["model"], name): n for name, n in told.items()})
    assert _named(kept) == _named(live)


def _named(counted: Counter) -> dict:
    """Without sums of nought and without what stands at no place of a level."""
    return {key: n for key, n in counted.items() if n and key[1] is not None}


def differences(before: Rows, after: Rows, *, besides: set[str] = frozenset()) -> list[str]:
    """Rows that are not as they were, in words, for a failure that can be read."""
    told = []
    for table in sorted({*before, *after} - besides):
        old, new = before.get(table, {}), after.get(table, {})
        for key in sorted({*old, *new}, key=str):
            if old.get(key) != new.get(key):
                told.append(f"{table} {key}: {_changed(old.get(key), new.get(key))}")
    return told


def _changed(old: dict | None, new: dict | None) -> str:
    if old is None or new is None:
        return f"{'came' if old is None else 'went'}: {new or old}"
    return ", ".join(f"{k}: {old.get(k)} → {new.get(k)}" for k in sorted({*old, *new}) if old.get(k) != new.get(k))
