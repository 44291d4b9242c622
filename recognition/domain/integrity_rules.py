"""Proof of what hangs on rules: sheets and evidence fit the version a dossier stands under, moves between versions
follow one another, people of an organisation are confirmed once, and the days of the clocks hold together."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from portal.lib.workdays import fixed_holidays
from recognition.domain.integrity_faults import Fault, faults, rows_of
from recognition.models import HolidayYear, Rulebook


def sheets() -> list[Fault]:
    """Every sheet has one place for each criterion of its dossier's rules, none above its maximum; standing evidence
    lies beside a criterion there is. Two statements."""
    books = list(Rulebook.objects.order_by("pk"))
    maxima = ["{" + ",".join(str(int(leaf.maximum * 2)) for leaf in book.spec.leaves) + "}" for book in books]
    rows = rows_of(
        "WITH b AS (SELECT id, maxima::int[] AS maxima FROM unnest(%s::bigint[], %s::text[]) AS x(id, maxima))"
        " SELECT r.id, a.stage, cardinality(a.scores), cardinality(b.maxima) FROM recognition_assessment a"
        " JOIN recognition_registration r ON r.id = a.registration_id JOIN b ON b.id = r.rulebook_id"
        " WHERE cardinality(a.scores) > 0 AND (cardinality(a.scores) <> cardinality(b.maxima)"
        " OR EXISTS (SELECT 1 FROM unnest(a.scores, b.maxima) AS o(half, most) WHERE o.half > o.most OR o.half < -1))"
        " ORDER BY 1, 2",
        [[book.pk for book in books], maxima],
    )
    wrong, above = (
        _("Hồ sơ %(pk)d, %(stage)s: phiếu chấm có %(found)d mục, bộ tiêu chí có %(wanted)d mục."),
        _("Hồ sơ %(pk)d, %(stage)s: có mục ngoài khoảng điểm của bộ tiêu chí."),
    )
    found = faults(
        "sheets",
        rows,
        lambda row: (
            (wrong if row[2] != row[3] else above) % {"pk": row[0], "stage": row[1], "found": row[2], "wanted": row[3]}
        ),
    )
    codes = [(book.pk, code) for book in books for code in book.spec.leaf_codes]
    rows = rows_of(
        "SELECT e.registration_id, e.criterion FROM recognition_evidence e"
        " JOIN recognition_registration r ON r.id = e.registration_id WHERE e.taken_back_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM unnest(%s::bigint[], %s::text[]) AS c(rulebook_id, code)"
        " WHERE c.rulebook_id = r.rulebook_id AND c.code = e.criterion) ORDER BY 1, 2",
        [[pk for pk, _code in codes], [code for _pk, code in codes]],
    )
    return found + faults(
        "sheets",
        rows,
        lambda row: (
            _("Hồ sơ %(pk)d có minh chứng ở mục %(code)s mà bộ tiêu chí không có.") % {"pk": row[0], "code": row[1]}
        ),
    )


def renewals() -> list[Fault]:
    """A dossier's moves follow one another, and it stands where the last one took it."""
    rows = rows_of(
        "WITH m AS (SELECT n.registration_id AS id, n.from_rulebook_id AS was, n.to_rulebook_id AS new,"
        " lag(n.to_rulebook_id) OVER w AS before, lead(n.id) OVER w IS NULL AS is_last FROM recognition_renewal n"
        " WINDOW w AS (PARTITION BY n.registration_id ORDER BY n.at, n.id))"
        " SELECT m.id, CASE WHEN m.was = m.new THEN 'nowhere' WHEN m.before <> m.was THEN 'broken' ELSE 'elsewhere' END"
        " FROM m JOIN recognition_registration r ON r.id = m.id JOIN recognition_rulebook t ON t.id = m.new"
        " JOIN recognition_rulebook b ON b.id = r.rulebook_id LEFT JOIN recognition_rulebook p ON p.id = m.before"
        " LEFT JOIN recognition_rulebook f ON f.id = m.was"
        # Of one code: until 27 November 2026 entering an authority moved dossiers to another code without a record.
        " WHERE m.was = m.new OR m.before <> m.was AND p.code = f.code"
        " OR m.is_last AND r.rulebook_id <> m.new AND t.code = b.code ORDER BY 1, 2"
    )
    sentences = {
        "nowhere": _("Hồ sơ %(pk)d có lần chuyển phiên bản đến chính phiên bản cũ."),
        "broken": _("Hồ sơ %(pk)d có các lần chuyển phiên bản không nối tiếp nhau."),
        "elsewhere": _("Hồ sơ %(pk)d không đứng ở phiên bản của lần chuyển cuối."),
    }
    return faults("renewals", rows, lambda row: sentences[row[1]] % {"pk": row[0]})


def affiliations() -> list[Fault]:
    """Nobody is confirmed twice for one day; whoever was merged into another holds no confirmation any more.

    Somebody taken out by hand as entered twice was merged with nobody: what was confirmed waits for the reopening.
    """
    rows = rows_of(
        "SELECT a.citizen_id, a.organisation_id, 'twice' FROM recognition_affiliation a JOIN recognition_affiliation b"
        " ON b.citizen_id = a.citizen_id AND b.organisation_id = a.organisation_id AND b.id > a.id"
        " AND daterange(a.since, a.until) && daterange(b.since, b.until)"
        " UNION ALL SELECT a.citizen_id, a.organisation_id, 'merged' FROM recognition_affiliation a"
        " JOIN units_registrant g ON g.id IN (a.citizen_id, a.organisation_id) AND g.close_reason = 'DUPLICATE'"
        " WHERE a.until IS NULL AND EXISTS (SELECT 1 FROM units_registrantmerge m WHERE m.other_id = g.id"
        " AND m.undone_at IS NULL) ORDER BY 1, 2"
    )
    sentences = {
        "twice": _("Công dân %(citizen)d được xác nhận hai lần cùng lúc là người của đơn vị %(organisation)d."),
        "merged": _(
            "Công dân %(citizen)d còn là người của đơn vị %(organisation)d sau khi một bên đã gộp."
            " Hãy chạy manage.py mend_merges."
        ),
    }
    return faults("affiliations", rows, lambda row: sentences[row[2]] % {"citizen": row[0], "organisation": row[1]})


def holidays() -> list[Fault]:
    """Both halves of a swap stand together, and a year said to be complete has days beside those of the law."""
    rows = rows_of(
        "SELECT h.day FROM recognition_holiday h WHERE (h.is_off OR h.is_work) AND h.other_day IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM recognition_holiday o WHERE o.day = h.other_day AND o.other_day = h.day"
        " AND o.is_off = h.is_work AND o.is_work = h.is_off) OR h.is_work AND h.other_day IS NULL ORDER BY 1"
    )
    found = faults(
        "holidays", rows, lambda row: _("Ngày %(day)s hoán đổi mà thiếu ngày kia.") % {"day": f"{row[0]:%d/%m/%Y}"}
    )
    years = list(HolidayYear.objects.filter(is_complete=True).order_by("year").values_list("year", flat=True))
    law = [day for year in years for day in fixed_holidays(year)]
    rows = rows_of(
        "SELECT y FROM unnest(%s::int[]) AS y WHERE NOT EXISTS (SELECT 1 FROM recognition_holiday h WHERE h.is_off"
        " AND h.day >= make_date(y, 1, 1) AND h.day < make_date(y + 1, 1, 1) AND h.day <> ALL(%s::date[])) ORDER BY 1",
        [years, law],
    )
    return found + faults(
        "holidays",
        rows,
        lambda row: _("Năm %(year)d ghi là đủ ngày nghỉ lễ mà chỉ có ngày lễ dương lịch.") % {"year": row[0]},
    )


CHECKS: dict[str, Callable[[], list[Fault]]] = {
    "sheets": sheets,
    "renewals": renewals,
    "affiliations": affiliations,
    "holidays": holidays,
}
