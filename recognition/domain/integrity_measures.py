"""Proof that nobody passes below a required share: what a dossier was judged by against what its rulebook asks."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from recognition.domain.integrity_faults import Fault, faults, rows_of
from recognition.models import Rulebook
from recognition.rulebook_criteria import AREAS


def shares() -> list[Fault]:
    """Every dossier that passed has reached the shares kept with it, exactly and not by rounding. One statement.

    Rules of levels judge a share with its indicator; those of organisations leave out what their type is not asked.
    """
    asked = [
        (rulebook.pk, derived.code, area, derived.required[area])
        for rulebook in Rulebook.objects.all()
        for derived in rulebook.spec.derived
        for area in AREAS
        if area in derived.required and not rulebook.spec.by_levels
    ]
    if not asked:
        return []
    rulebooks, codes, areas, required = zip(*asked, strict=True)
    rows = rows_of(
        "SELECT g.name, r.year, m.code, coalesce(m.typed_numerator, m.numerator),"
        " coalesce(m.typed_denominator, m.denominator)"
        " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::numeric[]) AS a(rulebook_id, code, area, required)"
        " JOIN recognition_registration r ON r.rulebook_id = a.rulebook_id AND r.passed"
        " JOIN recognition_measuresnapshot m ON m.registration_id = r.id AND m.code = a.code"
        " LEFT JOIN units_place p ON p.id = r.commune_id JOIN units_registrant g ON g.id = r.registrant_id"
        " WHERE coalesce(p.area_class, 'NORMAL') = a.area AND coalesce(coalesce(m.typed_numerator, m.numerator) * 100"
        " < a.required * coalesce(m.typed_denominator, m.denominator)"
        " OR coalesce(m.typed_denominator, m.denominator) = 0, true) ORDER BY 1, 2",
        [list(rulebooks), list(codes), list(areas), list(required)],
    )
    return faults(
        "shares",
        rows,
        lambda row: (
            _("“%(name)s” năm %(year)d ghi là đạt nhưng %(code)s chỉ %(numerator)d/%(denominator)s, dưới mức cần.")
            % {
                "name": row[0],
                "year": row[1],
                "code": row[2],
                "numerator": row[3],
                "denominator": "–" if row[4] is None else row[4],
            }
        ),
    )


CHECKS: dict[str, Callable[[], list[Fault]]] = {"shares": shares}
