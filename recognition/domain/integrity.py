"""Proof that the books are right: every tally recounted, every state, number, stay and history row checked.

Each check is one statement over whole tables (a million rows in seconds) and returns sentences for people.
A healthy portal returns nothing; `check_integrity` runs it, the demo and the tests too.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.lib.numbers import number
from recognition.choices import STEP_STATE, State, Step
from recognition.domain import (
    integrity_entries,
    integrity_history,
    integrity_honours,
    integrity_inspections,
    integrity_measures,
    integrity_register,
    integrity_reports,
    integrity_rules,
    integrity_waiting,
)
from recognition.domain.deciding import CERTIFICATES as CERTIFICATE_SERIES
from recognition.domain.honours.deciding import BOOK as COMMENDATION_SERIES
from recognition.domain.integrity_faults import Fault
from recognition.domain.integrity_faults import faults as _faults
from recognition.domain.integrity_faults import rows_of as _rows
from recognition.models import Rulebook
from recognition.models.tallies import COUNTERS, counts_select
from units.models.tallies import contributions


def check_all() -> list[Fault]:
    """Run every check in one snapshot, so that work going on meanwhile cannot look like a fault."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [fault for check in CHECKS.values() for fault in check()]


# --- Tallies


def tallies() -> list[Fault]:
    """Every counter of every place, year and model against a recount of the dossiers."""
    names = list(COUNTERS)
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in names)
    differ = " OR ".join(f"coalesce(l.{name}, 0) <> coalesce(t.{name}, 0)" for name in names)
    pairs = ", ".join(f"coalesce(t.{name}, 0), coalesce(l.{name}, 0)" for name in names)
    where = ("level", "commune_id", "district_id", "province_id")
    firsts = ", ".join(f"min({name}) AS {name}" for name in where)
    moved = " OR ".join(f"l.{name} IS DISTINCT FROM t.{name}" for name in where)
    rows = _rows(
        f"WITH l AS (SELECT place_id, year, model, {firsts}, {sums}"
        f" FROM ({counts_select('recognition_registration')}) d"
        " GROUP BY place_id, year, model)"
        " SELECT coalesce(p.name, '?'), coalesce(a.name, ''), coalesce(t.year, l.year), coalesce(t.model, l.model),"
        f" l.place_id IS NOT NULL AND t.place_id IS NOT NULL AND ({moved}), {pairs}"
        " FROM l FULL JOIN recognition_tally t USING (place_id, year, model)"
        " LEFT JOIN units_place p ON p.id = coalesce(t.place_id, l.place_id)"
        " LEFT JOIN units_place a ON a.id = p.parent_id"
        f" WHERE {differ} OR (l.place_id IS NOT NULL AND t.place_id IS NOT NULL AND ({moved})) ORDER BY 1, 2, 3, 4"
    )

    def sentence(row) -> str:
        kept = dict(zip(names, row[5::2], strict=True))
        right = dict(zip(names, row[6::2], strict=True))
        wrong = [f"{name} {kept[name]} ≠ {right[name]}" for name in names if kept[name] != right[name]]
        if row[4]:
            wrong.append(_("ghi sai cấp trên"))
        return _("Số liệu tổng hợp %(place)s (%(above)s), năm %(year)d, %(model)s: %(wrong)s (đếm lại).") % {
            "place": row[0],
            "above": row[1],
            "year": row[2],
            "model": row[3],
            "wrong": ", ".join(wrong),
        }

    return _faults("tallies", rows, sentence)


def register_tallies() -> list[Fault]:
    """Came and gone of every place, kind and year against a recount of the stays."""
    where = ("level", "commune_id", "district_id", "province_id")
    firsts = ", ".join(f"min({name}) AS {name}" for name in where)
    moved = " OR ".join(f"l.{name} IS DISTINCT FROM t.{name}" for name in where)
    rows = _rows(
        f"WITH l AS (SELECT place_id, kind, year, {firsts}, sum(came)::bigint AS came, sum(gone)::bigint AS gone"
        f" FROM ({contributions('units_stay', 1)}) d GROUP BY place_id, kind, year)"
        " SELECT coalesce(p.name, '?'), coalesce(a.name, ''), coalesce(t.year, l.year), coalesce(t.kind, l.kind),"
        " coalesce(t.came, 0), coalesce(l.came, 0), coalesce(t.gone, 0), coalesce(l.gone, 0)"
        " FROM l FULL JOIN units_registertally t USING (place_id, kind, year)"
        " LEFT JOIN units_place p ON p.id = coalesce(t.place_id, l.place_id)"
        " LEFT JOIN units_place a ON a.id = p.parent_id"
        " WHERE coalesce(t.came, 0) <> coalesce(l.came, 0) OR coalesce(t.gone, 0) <> coalesce(l.gone, 0)"
        f" OR (l.place_id IS NOT NULL AND t.place_id IS NOT NULL AND ({moved})) ORDER BY 1, 2, 3, 4"
    )
    return _faults(
        "register_tallies",
        rows,
        lambda row: (
            _(
                "Số liệu sổ bộ %(place)s (%(above)s), năm %(year)d, %(kind)s: đến %(came)d ≠ %(came_right)d, "
                "đi %(gone)d ≠ %(gone_right)d (đếm lại)."
            )
            % dict(
                zip(
                    ("place", "above", "year", "kind", "came", "came_right", "gone", "gone_right"),
                    row,
                    strict=True,
                )
            )
        ),
    )


# --- States


def states() -> list[Fault]:
    """No dossier stands in a state its rulebook cannot lead to, or without the scores a completed step leaves."""
    reachable: list[tuple[int, str]] = []
    scored: list[tuple[int, str, str]] = []
    columns = {Step.SELF_ASSESS: "self", Step.REVIEW: "review", Step.INSPECT: "inspection"}
    for rulebook in Rulebook.objects.all():
        done: list[str] = []
        for step in rulebook.spec.procedure:
            if step.step in columns and not step.optional:
                done.append(columns[Step(step.step)])
            targets = [STEP_STATE[Step(step.step)]] if step.step in STEP_STATE else [State.RECOGNISED, State.REFUSED]
            for state in targets:
                reachable.append((rulebook.pk, str(state)))
                scored += [(rulebook.pk, str(state), column) for column in done]
        reachable += [(rulebook.pk, str(State.RETURNED)), (rulebook.pk, str(State.WITHDRAWN))]
    rows = _rows(
        "WITH ok(rulebook_id, state) AS (SELECT * FROM unnest(%s::bigint[], %s::text[])),"
        " need(rulebook_id, state, stage) AS (SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]))"
        " SELECT r.id, r.state, b.code, '' FROM recognition_registration r JOIN recognition_rulebook b"
        " ON b.id = r.rulebook_id WHERE NOT EXISTS (SELECT 1 FROM ok WHERE ok.rulebook_id = r.rulebook_id"
        " AND ok.state = r.state)"
        " UNION ALL SELECT r.id, r.state, b.code, need.stage FROM recognition_registration r"
        " JOIN need ON need.rulebook_id = r.rulebook_id AND need.state = r.state"
        " JOIN recognition_rulebook b ON b.id = r.rulebook_id"
        " WHERE CASE need.stage WHEN 'self' THEN r.self_half WHEN 'review' THEN r.review_half"
        " ELSE r.inspection_half END IS NULL ORDER BY 1",
        [
            [pk for pk, _state in reachable],
            [state for _pk, state in reachable],
            [pk for pk, _state, _column in scored],
            [state for _pk, state, _column in scored],
            [column for _pk, _state, column in scored],
        ],
    )
    stages = {"self": _("tự chấm"), "review": _("bình xét"), "inspection": _("kiểm tra")}

    def sentence(row) -> str:
        values = {"pk": row[0], "state": State(row[1]).label, "rulebook": row[2], "stage": stages.get(row[3], "")}
        if row[3]:
            return _("Hồ sơ %(pk)d ở tình trạng “%(state)s” nhưng chưa có điểm %(stage)s.") % values
        return _("Hồ sơ %(pk)d ở tình trạng “%(state)s” mà quy trình %(rulebook)s không có.") % values

    return _faults("states", rows, sentence)


def scores() -> list[Fault]:
    """Totals on a dossier equal the assessments they come from."""
    stages = {"SELF": "self_half", "REVIEW": "review_half", "INSPECTION": "inspection_half"}
    rows = _rows(
        " UNION ALL ".join(
            f"SELECT r.id, '{stage}', r.{column}, a.total_half FROM recognition_registration r"
            f" LEFT JOIN recognition_assessment a ON a.registration_id = r.id AND a.stage = '{stage}'"
            f" WHERE r.{column} IS NOT NULL AND a.total_half IS DISTINCT FROM r.{column}"
            for stage, column in stages.items()
        )
        + " ORDER BY 1"
    )
    return _faults(
        "scores",
        rows,
        lambda row: (
            _("Hồ sơ %(pk)d, %(stage)s: điểm trên hồ sơ %(kept)s khác phiếu chấm %(sheet)s.")
            % {
                "pk": row[0],
                "stage": row[1],
                "kept": number(row[2] / 2),
                "sheet": number(None if row[3] is None else row[3] / 2),
            }
        ),
    )


def awards() -> list[Fault]:
    """Recognised ⇔ an award ⇔ of an issued decision of the same model and year."""
    rows = _rows(
        "SELECT r.id, CASE WHEN a.id IS NULL THEN 'no_award' WHEN r.state <> 'RECOGNISED' THEN 'not_recognised'"
        " WHEN d.state <> 'ISSUED' THEN 'not_issued' WHEN a.registrant_id <> r.registrant_id THEN 'other_subject'"
        " ELSE 'other_year' END"
        " FROM recognition_registration r FULL JOIN recognition_award a ON a.registration_id = r.id"
        " LEFT JOIN recognition_decision d ON d.id = a.decision_id"
        " WHERE (r.state = 'RECOGNISED') IS DISTINCT FROM (a.id IS NOT NULL)"
        " OR a.id IS NOT NULL AND (d.state <> 'ISSUED' OR a.registrant_id <> r.registrant_id OR a.model <> r.model"
        " OR a.year <> r.year OR d.model <> r.model OR d.year <> r.year) ORDER BY 1"
    )
    words = {
        "no_award": _("được công nhận nhưng không có bản ghi công nhận"),
        "not_recognised": _("có bản ghi công nhận nhưng không ở tình trạng được công nhận"),
        "not_issued": _("có bản ghi công nhận của quyết định chưa ban hành"),
        "other_subject": _("có bản ghi công nhận của đối tượng khác"),
        "other_year": _("có bản ghi công nhận khác năm hoặc khác mô hình"),
    }
    return _faults("awards", rows, lambda row: _("Hồ sơ %(pk)s %(what)s.") % {"pk": row[0], "what": words[row[1]]})


# --- Numbers


# Everything that carries a number of a series: place, symbol, year, number. Decisions may be numbered by a clerk; the
# others only ever by their series, so theirs have no holes.
_TYPED = (
    "SELECT place_id, symbol, number_year AS year, number FROM recognition_decision WHERE number IS NOT NULL"
    " UNION ALL SELECT place_id, symbol, number_year, number FROM recognition_commendationdecision"
    " WHERE number IS NOT NULL"
)
_COUNTED = (
    "SELECT place_id, symbol, extract(year FROM signed_on)::int AS year, number FROM recognition_proposal"
    " UNION ALL SELECT place_id, symbol, extract(year FROM signed_on)::int, number FROM recognition_commendationlist"
    " WHERE number IS NOT NULL"
    f" UNION ALL SELECT place_id, '{CERTIFICATE_SERIES}', number_year, number FROM recognition_certificate"
    f" UNION ALL SELECT coalesce(l.to_place_id, l.place_id), '{COMMENDATION_SERIES}', c.book_year, c.book_number"
    " FROM recognition_commendation c JOIN recognition_commendationlist l ON l.id = c.roll_id"
    " WHERE c.book_number IS NOT NULL"
)


def numbers() -> list[Fault]:
    """No number twice, none above what its series has given out, and no hole nobody typed."""
    rows = _rows(
        f"SELECT p.name, n.symbol, n.year, n.number, 'twice' FROM ({_TYPED} UNION ALL {_COUNTED}) n"
        " JOIN units_place p ON p.id = n.place_id GROUP BY 1, 2, 3, 4, n.place_id HAVING count(*) > 1"
        # above the series: somebody wrote a number past the counter, which will give it out again
        f" UNION ALL SELECT p.name, n.symbol, n.year, max(n.number), 'above' FROM ({_TYPED} UNION ALL {_COUNTED}) n"
        " JOIN units_place p ON p.id = n.place_id"
        " LEFT JOIN recognition_numberseries s ON s.place_id = n.place_id AND s.series = n.symbol AND s.year = n.year"
        " GROUP BY n.place_id, p.name, n.symbol, n.year, s.last HAVING max(n.number) > coalesce(s.last, 0)"
        f" UNION ALL SELECT p.name, n.symbol, n.year, max(n.number) - count(*), 'hole' FROM ({_COUNTED}) n"
        " JOIN units_place p ON p.id = n.place_id GROUP BY n.place_id, p.name, n.symbol, n.year"
        " HAVING max(n.number) > count(DISTINCT n.number) ORDER BY 1, 2, 3, 4",
        [],
    )
    sentences = {
        "twice": _("%(place)s: số %(number)d/%(symbol)s năm %(year)d dùng hai lần."),
        "above": _("%(place)s: số %(number)d/%(symbol)s năm %(year)d vượt số đã cấp của sổ."),
        "hole": _("%(place)s: dãy số %(symbol)s năm %(year)d thiếu %(number)d số không rõ lý do."),
    }
    return _faults(
        "numbers",
        rows,
        lambda row: sentences[row[4]] % {"place": row[0], "symbol": row[1], "year": row[2], "number": row[3]},
    )


# --- Stays and certificates


def stays() -> list[Fault]:
    """Everybody in the register stands in exactly one place, the one on their row; who left stands nowhere."""
    same = " AND ".join(
        f"s.{name}_id IS NOT DISTINCT FROM g.{name}_id" for name in ("hamlet", "commune", "district", "province")
    )
    rows = _rows(
        "SELECT g.id, CASE WHEN g.closed_on IS NOT NULL THEN 'closed' WHEN s.id IS NULL THEN 'nowhere'"
        " ELSE 'elsewhere' END"
        " FROM units_registrant g LEFT JOIN units_stay s ON s.registrant_id = g.id AND s.until IS NULL"
        f" WHERE (g.closed_on IS NULL) <> (s.id IS NOT NULL) OR s.id IS NOT NULL AND NOT (s.kind = g.kind AND {same})"
        " UNION ALL SELECT a.registrant_id, 'overlap' FROM units_stay a JOIN units_stay b"
        " ON b.registrant_id = a.registrant_id AND b.id > a.id"
        " AND daterange(a.since, a.until) && daterange(b.since, b.until) ORDER BY 1"
    )
    sentences = {
        "closed": _("Đối tượng %(pk)d đã ra khỏi sổ nhưng vẫn còn nơi cư trú mở."),
        "nowhere": _("Đối tượng %(pk)d còn trong sổ nhưng không có nơi cư trú."),
        "elsewhere": _("Đối tượng %(pk)d có nơi cư trú khác địa bàn ghi trong sổ."),
        "overlap": _("Đối tượng %(pk)d có hai nơi cư trú cùng lúc."),
    }
    return _faults("stays", rows, lambda row: sentences[row[1]] % {"pk": row[0]})


def certificates() -> list[Fault]:
    """Each award has one certificate in force, issued by the body that decided and not before it decided."""
    rows = _rows(
        "SELECT a.id, CASE WHEN count(c.id) = 0 THEN 'none' WHEN count(c.id) > 1 THEN 'many'"
        " WHEN bool_or(c.place_id <> d.place_id) THEN 'place' ELSE 'early' END"
        " FROM recognition_award a JOIN recognition_decision d ON d.id = a.decision_id"
        " LEFT JOIN recognition_certificate c ON c.award_id = a.id AND c.replaced_by_id IS NULL"
        " WHERE d.state = 'ISSUED' GROUP BY a.id"
        " HAVING count(c.id) <> 1 OR bool_or(c.place_id <> d.place_id) OR bool_or(c.issued_on < d.signed_on) ORDER BY 1"
    )
    sentences = {
        "none": _("Công nhận %(pk)d chưa có giấy công nhận."),
        "many": _("Công nhận %(pk)d có hơn một giấy công nhận đang dùng."),
        "place": _("Công nhận %(pk)d có giấy do cơ quan khác cấp."),
        "early": _("Công nhận %(pk)d có giấy cấp trước ngày ký quyết định."),
    }
    return _faults("certificates", rows, lambda row: sentences[row[1]] % {"pk": row[0]})


CHECKS: dict[str, Callable[[], list[Fault]]] = {
    "tallies": tallies,
    "register_tallies": register_tallies,
    "states": states,
    "scores": scores,
    "awards": awards,
    "numbers": numbers,
    **integrity_history.CHECKS,
    "stays": stays,
    "certificates": certificates,
    **integrity_register.CHECKS,
    **integrity_inspections.CHECKS,
    **integrity_honours.CHECKS,
    **integrity_reports.CHECKS,
    **integrity_waiting.CHECKS,
    **integrity_measures.CHECKS,
    **integrity_entries.CHECKS,
    **integrity_rules.CHECKS,
}
