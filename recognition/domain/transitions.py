"""The one place that changes the state of registrations: check, lock, write, for one row or for ten thousand.

Costs the same few SQL statements for any number of rows. Triggers keep history and tallies in the same statement.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.lib import moments
from portal.lib.moments import moment
from recognition import rules
from recognition.choices import Action, State
from recognition.models import Registration, Rulebook, Season
from recognition.models.registrations import EPOCH, SINCE
from recognition.rules import acting_scope
from recognition.workflow import RESULT, sources
from units.models import User
from units.rules import LEVEL_COLUMNS, Scope


@dataclass
class Outcome:
    """What a bulk action did: ids that went, and (id, sentence) for each that did not."""

    done: list[int] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """New values of one registration column, one per shown row, with their SQL type."""

    sql_type: str
    values: Sequence


@transaction.atomic
def move(
    *,
    actor: User,
    action: str,
    shown: Mapping[int, str],
    note: str = "",
    columns: Mapping[str, Column] | None = None,
    constants: Mapping[str, object] | None = None,
    only_passed: bool = False,
) -> Outcome:
    """Take `action` on exactly the rows that were shown: registration id → what the page showed.

    What was shown is a state, or `Registration.shown_as` (state and moment): then a dossier changed within its state,
    scores corrected by somebody else for instance, is refused too. `columns` and `constants` set further columns of
    the same rows. Rows that cannot go are left untouched and explained one by one; the caller decides whether that
    is an error.
    """
    if not shown:
        return Outcome()
    groups = _groups(shown)
    if not groups:
        return Outcome(skipped=[(pk, _not_found()) for pk in shown])
    locked_sql, locked_params = _locked(actor, action, shown, groups, columns or {}, only_passed)
    sets = {
        "state": str(RESULT[Action(action)]),
        "state_at": moments.now(),
        "state_by_id": actor.pk,
        "state_by_name": actor.full_name,
        "state_note": note,
        **(constants or {}),
    }
    assignments = [f"{name} = %s" for name in sets] + [f"{name} = locked.{name}" for name in columns or {}]
    # A correction within a state does not start its wait again.
    assignments.append(f"stands_since = CASE WHEN r.state = %s THEN {SINCE} END")
    sql = (
        f"WITH {locked_sql} UPDATE recognition_registration AS r SET {', '.join(assignments)}"
        " FROM locked WHERE r.id = locked.id RETURNING r.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*locked_params, *sets.values(), sets["state"]])
        done = {pk for (pk,) in cursor.fetchall()}
    outcome = Outcome(done=[pk for pk in shown if pk in done])
    missing = [pk for pk in shown if pk not in done]
    if missing:
        outcome.skipped = _explain(actor, action, shown, missing, groups, only_passed)
    return outcome


def shown_now(ids: Sequence[int]) -> dict[int, str]:
    """Current states of registrations, for callers that have not drawn them on a screen (commands, demo)."""
    return dict(Registration.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "state"))


def _groups(shown: Mapping[int, str]) -> list[tuple[Rulebook, int]]:
    """The (rulebook, year) pairs among the shown rows: usually one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT rulebook_id, year FROM recognition_registration WHERE id = ANY(%s) ORDER BY 1, 2",
            [list(shown)],
        )
        pairs = cursor.fetchall()
    rulebooks = Rulebook.objects.in_bulk({rulebook for rulebook, _year in pairs})
    return [(rulebooks[rulebook], year) for rulebook, year in pairs]


def split_shown(value: str) -> tuple[str, datetime.datetime | None]:
    """State and moment of what a page showed; a bare state has no moment. Unreadable text fits no dossier."""
    state, _at, moment = value.partition("@")
    if not moment:
        return state, None
    return state, EPOCH + datetime.timedelta(microseconds=int(moment)) if moment.isdecimal() and len(
        moment
    ) < 18 else EPOCH


def scope_condition(scope: Scope, alias: str = "r") -> tuple[str, list]:
    """The scope as an SQL condition on a registration row."""
    if scope.everything:
        return "TRUE", []
    parts = [(f"{alias}.{LEVEL_COLUMNS[level]} = ANY(%s)", list(ids)) for level, ids in scope.places.items() if ids]
    if not parts:
        return "FALSE", []
    return "(" + " OR ".join(sql for sql, _ids in parts) + ")", [ids for _sql, ids in parts]


def _other_person_sql(actor: User, rulebook: Rulebook, action: str) -> tuple[str, list]:
    """Maker and checker differ: nobody decides on what they themselves handed in (rulebook: differs_from)."""
    states = rules.differs_from_states(rulebook, action)
    if not states:
        return "TRUE", []
    # Who took the step a dossier stands at is on the dossier itself; only earlier steps need the history.
    return (
        "(NOT (r.state = ANY(%s) AND coalesce(r.state_by_id = %s, FALSE)) AND (r.state = ALL(%s)"
        " OR NOT EXISTS (SELECT 1 FROM recognition_registrationevent e WHERE e.pgh_obj_id = r.id AND e.state = ANY(%s)"
        " AND e.state_by_id = %s AND e.pgh_id = (SELECT max(l.pgh_id) FROM recognition_registrationevent l"
        " WHERE l.pgh_obj_id = r.id AND l.state = e.state))))",
        [states, actor.pk, states, states, actor.pk],
    )


def _locked(actor, action, shown, groups, columns, only_passed) -> tuple[str, list]:
    """The CTE `locked`, after `shown` where needed: rows that may go, locked by id so that writers never deadlock."""
    ids = list(shown)
    states, moments = zip(*(split_shown(shown[pk]) for pk in ids), strict=True)
    given_names = "".join(f", {name}" for name in columns)
    given_types = "".join(
        f", %s::{'text' if column.sql_type.endswith('[]') else column.sql_type}[]" for column in columns.values()
    )
    # Mostly all were shown in one state: said once, not ten thousand times.
    alike = len({*zip(states, moments, strict=True)}) == 1
    said = (states[0], moments[0]) if alike else (list(states), list(moments))
    # And then without a join: a planner that expects one dossier where thousands stand (a season that has just begun)
    # would go through all that were shown for each of them.
    joined = bool(columns) or not alike
    params: list = [ids, *(list(column.values) for column in columns.values())]
    params += said if joined else [states[0], moments[0], moments[0]]
    picks = "".join(f", s.{name}::{column.sql_type} AS {name}" for name, column in columns.items())
    branches = []
    for rulebook, year in groups:
        other_sql, other_params = _other_person_sql(actor, rulebook, action)
        if action == Action.INSPECT:
            own = rules.not_to_inspect(actor, rulebook.model)
            other_sql += f" AND NOT coalesce(r.{own[0]} = ANY(%s), FALSE)"
            other_params = [*other_params, list(own[1])]
        for froms, scope in _scopes(actor, rulebook, action, year):
            scope_sql, scope_params = scope_condition(scope)
            branches.append(
                f"(r.rulebook_id = %s AND r.year = %s AND r.state = ANY(%s) AND {scope_sql} AND {other_sql})"
            )
            params += [rulebook.pk, year, froms, *scope_params, *other_params]
    if not branches:
        branches = ["FALSE"]
    closed = "NOT r.year = ANY(ARRAY(SELECT year FROM recognition_season WHERE is_closed))"  # read once, not per row
    passed = " AND r.passed" if only_passed else ""
    rest = f"({' OR '.join(branches)}) AND {closed}{passed} ORDER BY r.id FOR UPDATE OF r)"
    if not joined:
        return (
            "locked AS (SELECT r.id FROM recognition_registration r WHERE r.id = ANY(%s) AND r.state = %s"
            f" AND (%s::timestamptz IS NULL OR r.state_at = %s) AND {rest}"
        ), params
    sql = (
        f"shown(id{given_names}, state, moment) AS"
        f" (SELECT * FROM unnest(%s::bigint[]{given_types}{'' if alike else ', %s::text[], %s::timestamptz[]'}) u"
        f"{' CROSS JOIN (SELECT %s::text, %s::timestamptz) c' if alike else ''}),"
        f" locked AS (SELECT r.id{picks} FROM recognition_registration r JOIN shown s ON s.id = r.id"
        f" AND s.state = r.state AND (s.moment IS NULL OR s.moment = r.state_at) WHERE {rest}"
    )
    return sql, params


def _scopes(actor: User, rulebook: Rulebook, action: str, year: int) -> list[tuple[list[str], Scope]]:
    """(source states, where the person may act from them): one pair, except that returning depends on the state."""
    froms = sorted(sources(rulebook.spec, action))
    if action != Action.RETURN:
        return [(froms, acting_scope(actor, rulebook, action, year))] if froms else []
    return [([state], acting_scope(actor, rulebook, action, year, state)) for state in froms]


def _not_found() -> str:
    return _("Không tìm thấy hồ sơ này trong phạm vi của bạn.")


def _explain(actor, action, shown, missing, groups, only_passed) -> list[tuple[int, str]]:
    """One sentence per row that did not go. Two queries, whatever the number of rows."""
    rows = {row.pk: row for row in Registration.objects.visible_to(actor).filter(pk__in=missing)}
    by_key = {(rulebook.pk, year): rulebook for rulebook, year in groups}
    closed_years = set(Season.objects.filter(is_closed=True).values_list("year", flat=True))
    scopes = {
        (key, state): scope
        for key, rulebook in by_key.items()
        for states, scope in _scopes(actor, rulebook, action, key[1])
        for state in states
    }
    sentences = []
    for pk in missing:
        row = rows.get(pk)
        if row is None:
            sentences.append((pk, _not_found()))
            continue
        key = (row.rulebook_id, row.year)
        state, moment = split_shown(shown[pk])
        if row.state != state or moment not in (None, row.state_at):
            text = _moved_on(row, same_state=row.state == state)
        elif row.state not in sources(by_key[key].spec, action):
            text = rules.state_sentence(row.state, action)
        elif not scopes[key, row.state].covers(row):
            text = rules.scope_sentence(action)
        elif row.year in closed_years:
            text = rules.closed_sentence(row.year)
        elif action == Action.INSPECT and rules.would_inspect_self(actor, row):
            text = rules.own_staff_sentence()
        elif only_passed and not row.passed:
            text = rules.not_passed_sentence(action)
        else:
            text = rules.same_person_sentence(action)
        sentences.append((pk, text))
    return sentences


def _moved_on(row: Registration, *, same_state: bool) -> str:
    """Who was faster, and when."""
    names = {
        "who": row.state_by_name or _("Người khác"),
        "state": State(row.state).label,
        "when": moment(row.state_at),
    }
    if same_state:
        return _("%(who)s vừa sửa hồ sơ này lúc %(when)s. Hãy tải lại trang rồi làm lại.") % names
    return _("%(who)s vừa chuyển hồ sơ này sang “%(state)s” lúc %(when)s. Hãy tải lại danh sách.") % names
