"""From the chosen outcomes to rows: dossiers, scores, awards and certificates. One INSERT … SELECT per table."""

from __future__ import annotations

from django.conf import settings

from recognition.choices import Stage, State
from recognition.domain.generating import points
from recognition.domain.generating.papers import MAKER, MEETINGS, PROPOSALS, PROPOSED_STATES, REVIEWED_STATES
from recognition.domain.generating.plan import MODEL
from recognition.domain.generating.years import REFUSE_REASON, RETURN_REASON, TABLE, WITHDRAW_REASON


def _in(column: str, states) -> str:
    return f"{column} IN ({', '.join(repr(str(state)) for state in states)})"


_SCORED = (State.SELF_ASSESSED, State.RETURNED, *REVIEWED_STATES)
_JUDGED = (State.RETURNED, *REVIEWED_STATES)
# The day each step was taken: that of its paper.
_DAY = (
    f"CASE WHEN {_in('d.state', [State.REGISTERED, State.WITHDRAWN])}"
    " THEN make_date(d.year, 2, 1) + floor(40 * d.jitter)::int"
    f" WHEN d.state = '{State.SELF_ASSESSED}' THEN make_date(d.year, 11, 1) + floor(4 * d.jitter)::int"
    f" WHEN d.state = '{State.RETURNED}' THEN make_date(d.year, 11, 16)"
    f" WHEN d.state = '{State.REVIEWED}' THEN m.held_on"
    f" WHEN d.state = '{State.PROPOSED}' THEN p.signed_on ELSE p.decided_on END"
)


def _moment(day: str, hours: str) -> str:
    """SQL: a moment of a local day, never later than now."""
    return f"least(now(), (({day})::timestamp + {hours} * interval '1 hour') AT TIME ZONE '{settings.TIME_ZONE}')"


_PARAMS = {
    "model": MODEL.value,
    "maker": MAKER,
    "returned": RETURN_REASON,
    "refused": REFUSE_REASON,
    "withdrawn": WITHDRAW_REASON,
}
_RESULT = (
    f"LEFT JOIN (SELECT DISTINCT ON (rulebook_id, area, half) rulebook_id, area, half, passed, rank FROM {points.TABLE}"
    " ORDER BY rulebook_id, area, half, variant) AS t"
    " ON t.rulebook_id = d.rulebook_id AND t.area = d.area AND t.half = d.review_half"
    f" AND {_in('d.state', _JUDGED)}"
)
_STATEMENTS = [
    # One dossier per household and year, in the state it reached.
    "INSERT INTO recognition_registration (id, registrant_id, model, year, rulebook_id, hamlet_id, commune_id,"
    " district_id, province_id, state, state_at, state_by_name, state_note, self_half, review_half, passed, rank,"
    " late_reason, meeting_id, proposal_id)"
    " SELECT d.id, d.registrant_id, %(model)s, d.year, d.rulebook_id, d.hamlet_id, d.commune_id, d.district_id,"
    f" d.province_id, d.state, {_moment(_DAY, '(8 + 9 * d.jitter)')}, %(maker)s,"
    f" CASE d.state WHEN '{State.RETURNED}' THEN %(returned)s WHEN '{State.REFUSED}' THEN %(refused)s"
    f" WHEN '{State.WITHDRAWN}' THEN %(withdrawn)s ELSE '' END,"
    f" CASE WHEN {_in('d.state', _SCORED)} THEN d.self_half END,"
    f" CASE WHEN {_in('d.state', _JUDGED)} THEN d.review_half END, t.passed, coalesce(t.rank, ''), '', m.id, p.id"
    f" FROM {TABLE} d {_RESULT}"
    f" LEFT JOIN {MEETINGS} m ON m.hamlet_id = d.hamlet_id AND m.year = d.year"
    f" AND {_in('d.state', REVIEWED_STATES)}"
    f" LEFT JOIN {PROPOSALS} p ON p.commune_id = d.commune_id AND p.year = d.year AND p.goal = d.goal"
    f" AND {_in('d.state', PROPOSED_STATES)} ORDER BY d.id",
    # Self-scores by criterion.
    "INSERT INTO recognition_assessment (registration_id, stage, scores, total_half, passed, rank, reasons, remarks,"
    " at, by_name)"
    f" SELECT d.id, '{Stage.SELF}', t.scores, d.self_half, t.passed, t.rank, t.reasons, '{{}}',"
    f" {_moment('make_date(d.year, 11, 1) + floor(4 * d.jitter)::int', '(8 + 8 * d.jitter)')}, %(maker)s"
    f" FROM {TABLE} d JOIN {points.TABLE} t ON t.rulebook_id = d.rulebook_id AND t.area = d.area"
    f" AND t.half = d.self_half AND t.variant = d.variant WHERE {_in('d.state', _SCORED)} ORDER BY d.id",
    # What the meeting agreed on: the total and the votes.
    "INSERT INTO recognition_assessment (registration_id, stage, scores, total_half, passed, rank, reasons, votes_for,"
    " votes_against, remarks, at, by_name)"
    f" SELECT d.id, '{Stage.REVIEW}', '{{}}', d.review_half, t.passed, t.rank, t.by_total,"
    " 36 - v.against, v.against, '{}',"
    f" {_moment('coalesce(m.held_on, make_date(d.year, 11, 15))', '21')}, %(maker)s"
    f" FROM {TABLE} d JOIN {points.TABLE} t ON t.rulebook_id = d.rulebook_id AND t.area = d.area"
    " AND t.half = d.review_half AND t.variant = 0"
    " CROSS JOIN LATERAL (SELECT (ARRAY[0, 0, 0, 0, 1, 2])[1 + floor(6 * d.jitter)::int] AS against) AS v"
    f" LEFT JOIN {MEETINGS} m ON m.hamlet_id = d.hamlet_id AND m.year = d.year"
    f" WHERE {_in('d.state', _JUDGED)} ORDER BY d.id",
    "INSERT INTO recognition_award (registration_id, decision_id, registrant_id, model, year, rank, total_half,"
    " hamlet_id, commune_id, district_id, province_id, valid_from, valid_until, status, status_reason)"
    " SELECT d.id, p.decision_id, d.registrant_id, %(model)s, d.year, t.rank, d.review_half, d.hamlet_id, d.commune_id,"
    " d.district_id, d.province_id, p.decided_on, p.valid_until, 'VALID', ''"
    f" FROM {TABLE} d {_RESULT}"
    f" JOIN {PROPOSALS} p ON p.commune_id = d.commune_id AND p.year = d.year AND p.goal = d.goal"
    f" WHERE d.state = '{State.RECOGNISED}' ORDER BY d.id",
    # Numbered in the order of the printed list: hamlet, then name. Tokens are secret, so they alone are truly random.
    "INSERT INTO recognition_certificate (award_id, place_id, number_year, number, token, printed_name,"
    " printed_address, issued_on)"
    " SELECT c.award_id, c.commune_id, extract(year FROM c.decided_on), c.first_certificate - 1 + row_number() OVER ("
    "PARTITION BY c.decision_id ORDER BY ph.sort_key, g.sort_key, g.id),"
    " translate(encode(uuid_send(gen_random_uuid()) || substring(uuid_send(gen_random_uuid()) FROM 1 FOR 8), 'base64'),"
    " '+/', '-_'), g.name, concat_ws(', ', nullif(h.address, ''), ph.name, pc.name), c.decided_on"
    " FROM (SELECT a.id AS award_id, d.registrant_id, d.hamlet_id, d.commune_id, p.decision_id, p.decided_on,"
    f" p.first_certificate FROM {TABLE} d JOIN recognition_award a ON a.registration_id = d.id"
    f" JOIN {PROPOSALS} p ON p.commune_id = d.commune_id AND p.year = d.year AND p.goal = d.goal"
    f" WHERE d.state = '{State.RECOGNISED}') AS c"
    " JOIN units_registrant g ON g.id = c.registrant_id JOIN units_household h ON h.registrant_id = g.id"
    " JOIN units_place ph ON ph.id = c.hamlet_id JOIN units_place pc ON pc.id = c.commune_id",
]


def write_dossiers(cursor) -> None:
    """Write the scratch dossiers of one commune with everything that hangs on them."""
    for statement in _STATEMENTS:
        cursor.execute(statement, _PARAMS)
