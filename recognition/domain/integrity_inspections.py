"""Proof that inspections are what they say: samples can be drawn again, signed minutes are as they were signed."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from recognition.choices import VisitState
from recognition.domain.inspection_minutes import seal_of
from recognition.domain.integrity_faults import Fault, faults, rows_of
from recognition.models import InspectionVisit


def samples() -> list[Fault]:
    """Every sample drawn again in SQL from its list and seed: same seal, same people, same order. One statement."""
    rows = rows_of(
        "WITH s AS (SELECT m.*, encode(sha256(convert_to(array_to_string(m.frame_ids, ','), 'UTF8')), 'hex') AS seal"
        " FROM recognition_inspectionsample m),"
        " o AS (SELECT s.id, f.pk, row_number() OVER (PARTITION BY s.id ORDER BY"
        " encode(sha256(convert_to(s.seed || ':' || f.pk, 'UTF8')), 'hex') COLLATE \"C\", f.pk) AS position"
        " FROM s CROSS JOIN LATERAL unnest(s.frame_ids) AS f(pk))"
        " SELECT p.name, i.year, s.seal <> s.frame_hash OR cardinality(s.frame_ids) <> s.frame_count,"
        " count(d.id) FILTER (WHERE o.pk IS DISTINCT FROM d.registrant_id) FROM s"
        " JOIN recognition_inspectionvisit v ON v.id = s.visit_id JOIN units_place p ON p.id = v.place_id"
        " JOIN recognition_inspection i ON i.id = v.inspection_id"
        " LEFT JOIN recognition_sampledregistrant d ON d.sample_id = s.id"
        " LEFT JOIN o ON o.id = s.id AND o.position = d.position"
        " GROUP BY s.id, s.seal, s.frame_hash, s.frame_ids, s.frame_count, p.name, i.year"
        " HAVING s.seal <> s.frame_hash OR cardinality(s.frame_ids) <> s.frame_count"
        " OR count(d.id) FILTER (WHERE o.pk IS DISTINCT FROM d.registrant_id) > 0 ORDER BY 1, 2"
    )

    def sentence(row) -> str:
        names = {"place": row[0], "year": row[1], "count": row[3]}
        if row[2]:
            return _("Mẫu kiểm tra %(place)s năm %(year)d: danh sách bốc khác với dấu đã ghi.") % names
        return _("Mẫu kiểm tra %(place)s năm %(year)d: %(count)d đối tượng không đúng thứ tự bốc.") % names

    return faults("samples", rows, sentence)


def minutes() -> list[Fault]:
    """Every signed minutes has the seal it was given."""
    signed = InspectionVisit.objects.filter(state__in=[VisitState.TEAM_SIGNED, VisitState.SIGNED])
    rows = [
        (visit.place.name, visit.inspection.year)
        for visit in signed.select_related("place", "inspection").order_by("pk").iterator()
        if seal_of(visit) != visit.checksum
    ]
    return faults(
        "minutes",
        rows,
        lambda row: (
            _("Biên bản kiểm tra %(place)s năm %(year)d khác với bản đã ký.") % {"place": row[0], "year": row[1]}
        ),
    )


CHECKS: dict[str, Callable[[], list[Fault]]] = {"samples": samples, "minutes": minutes}
