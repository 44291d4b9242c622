"""Who was recognised often enough: candidates for commendation, computed from awards by one statement.

A year counts when an award of that year was not revoked; an award of several years counts for each of them while it
holds (reading of "3 năm tiếp theo", provisional like the validity itself). People and organisations keep their years
wherever they stood: the register carried them. A community is its place: before a merger its year counts only when
every place that went whole into it was recognised that year. A duplicate's years count for the one that was kept.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.choices import MODEL_KIND, LearningModel
from recognition.domain.errors import RecognitionError
from recognition.domain.extents import extent_of
from recognition.domain.tallies import COMMUNITY_LEVEL
from recognition.honour_choices import CriterionRule
from units.choices import Level, RegistrantKind
from units.models import Place

LONGEST = 10
# Models whose lists name people are made where the people are known; above a ward only collectives are listed.
NAMED_IN_WARDS = (LearningModel.FAMILY, LearningModel.CITIZEN)


@dataclass(frozen=True)
class Criterion:
    """Recognised under `model` in at least `needed` of the years `first` to `last`."""

    model: str
    rule: str
    last: int
    period_from: int
    k: int

    @property
    def first(self) -> int:
        """First year that is looked at."""
        return self.last - self.k + 1 if self.rule == CriterionRule.RUNNING else self.period_from

    @property
    def needed(self) -> int:
        """How many of them must be recognised."""
        return self.last - self.period_from + 1 if self.rule == CriterionRule.EVERY else self.k

    @property
    def years(self) -> range:
        """The years looked at, first and last included."""
        return range(self.first, self.last + 1)

    def check(self) -> None:
        """Raises RecognitionError for years that cannot be."""
        if not 1 <= self.last - self.first + 1 <= LONGEST:
            raise RecognitionError(_("Giai đoạn phải từ 1 đến 10 năm, năm đầu trước năm cuối."))
        if not 1 <= self.needed <= self.last - self.first + 1:
            raise RecognitionError(
                _("Số năm phải từ 1 đến %(most)d, là số năm của giai đoạn.") % {"most": self.last - self.first + 1}
            )

    def words(self) -> str:
        """The criterion as papers say it."""
        label = LearningModel(self.model).label
        values = {"model": label, "first": self.first, "last": self.last, "k": self.needed}
        if self.rule == CriterionRule.AT_LEAST:
            return _("đạt “%(model)s” ít nhất %(k)d năm trong giai đoạn %(first)d–%(last)d") % values
        if self.first == self.last:
            return _("đạt “%(model)s” năm %(last)d") % values
        return _("đạt “%(model)s” %(k)d năm liền, từ %(first)d đến %(last)d") % values


@dataclass(frozen=True)
class Candidate:
    """Somebody who qualifies, or would had nothing been revoked (`short`). `years`: those that count."""

    registrant_id: int
    years: tuple[int, ...]
    short: bool


@dataclass(frozen=True)
class YearMark:
    """One year of a candidate: the award behind it. `counts`: it makes the year count."""

    year: int
    registration_id: int
    counts: bool
    revoked: bool
    reason: str
    place_id: int | None  # a predecessor's award, for communities


def candidates(place: Place, criterion: Criterion) -> list[Candidate]:
    """Registrants that stood in `place` on the last day of the criterion (today in a running year). One statement."""
    criterion.check()
    _check_named(place, criterion.model)
    day = min(datetime.date(criterion.last, 12, 31), timezone.localdate())
    ids = list(extent_of(place, criterion.last).ids)
    at = (
        ""
        if criterion.model not in COMMUNITY_LEVEL
        else (
            " AND EXISTS (SELECT 1 FROM units_community c JOIN units_place p ON p.id = c.place_id"
            f" WHERE c.registrant_id = s.registrant_id AND p.level = '{COMMUNITY_LEVEL[criterion.model]}'"
            " AND (p.valid_to IS NULL OR p.valid_to >= %s))"
        )
    )
    who = (
        f"SELECT DISTINCT s.registrant_id AS id FROM units_stay s WHERE s.kind = %s AND s.{place.fact_column} = ANY(%s)"
        f" AND s.since <= %s AND (s.until IS NULL OR s.until > %s){at}"
    )
    params = [MODEL_KIND[criterion.model], ids, day, day, *([day] if at else [])]
    sql, more = _counted(who, params, criterion)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{sql} SELECT y.root, y.counted, y.n < %s FROM yearly y"
            " JOIN units_registrant g ON g.id = y.root LEFT JOIN units_place h ON h.id = g.hamlet_id"
            " LEFT JOIN units_place c ON c.id = g.commune_id"
            " WHERE y.ever >= %s ORDER BY c.sort_key, h.sort_key NULLS FIRST, g.sort_key, g.id",
            [*more, criterion.needed, criterion.needed],
        )
        return [Candidate(pk, tuple(years or ()), short) for pk, years, short in cursor.fetchall()]


def counted_years(registrant_ids: Iterable[int], criterion: Criterion) -> dict[int, tuple[int, ...]]:
    """Years that count today for some registrants. One statement."""
    sql, params = _counted("SELECT unnest(%s::bigint[]) AS id", [list(registrant_ids)], criterion)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} SELECT root, counted FROM yearly", params)
        return {pk: tuple(years or ()) for pk, years in cursor.fetchall()}


def year_marks(registrant_ids: Iterable[int], criterion: Criterion) -> dict[int, list[YearMark]]:
    """The awards behind the years of some registrants, revoked ones too, by year. One statement."""
    head, params = _pairs("SELECT unnest(%s::bigint[]) AS id", [list(registrant_ids)], criterion)
    found: dict[int, list[YearMark]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{head} SELECT p.root, y.year, a.registration_id, a.status <> 'REVOKED', a.status_reason, p.member_place"
            f" FROM pair p JOIN recognition_award a ON a.registrant_id = p.member AND a.model = %s"
            f" CROSS JOIN LATERAL ({_SPAN}) AS y(year) WHERE y.year BETWEEN %s AND %s ORDER BY p.root, y.year, a.id",
            [*params, criterion.model, criterion.first, criterion.last],
        )
        for root, year, registration, holds, reason, member in cursor.fetchall():
            found.setdefault(root, []).append(YearMark(year, registration, holds, not holds, reason, member))
    return found


# The years an award stands for: one, or as many as it is valid. Validity is counted from the year of the decision.
_SPAN = (
    "SELECT generate_series(a.year, a.year + greatest(1, coalesce(extract(year FROM a.valid_until)::int"
    " - extract(year FROM a.valid_from)::int, 1)) - 1)"
)


def _pairs(who: str, params: list, criterion: Criterion) -> tuple[str, list]:
    """CTEs who and pair(root, member, member_place): whose awards count for whom."""
    if MODEL_KIND[criterion.model] != RegistrantKind.COMMUNITY:
        return (
            f"WITH RECURSIVE who AS ({who}), pair(root, member, member_place) AS ("
            "SELECT id, id, NULL::bigint FROM who UNION"
            " SELECT pair.root, m.other_id, NULL::bigint FROM pair JOIN units_registrantmerge m"
            " ON m.kept_id = pair.member AND m.undone_at IS NULL)",
            params,
        )
    level = COMMUNITY_LEVEL[criterion.model]
    return (
        f"WITH RECURSIVE who AS ({who}), line(root, place_id) AS ("
        "SELECT w.id, c.place_id FROM who w JOIN units_community c ON c.registrant_id = w.id UNION"
        " SELECT line.root, x.from_place_id FROM line CROSS JOIN LATERAL"
        " (SELECT u.from_place_id FROM units_succession u"
        " JOIN units_place f ON f.id = u.from_place_id AND f.level = %s"
        " WHERE u.to_place_id = line.place_id AND NOT u.partial OFFSET 0) x),"
        " pair AS (SELECT l.root, c.registrant_id AS member, l.place_id AS member_place FROM line l"
        " JOIN units_community c ON c.place_id = l.place_id)",
        [*params, str(level)],
    )


def _counted(who: str, params: list, criterion: Criterion) -> tuple[str, list]:
    """CTEs up to yearly(root, counted, n, ever): the years that count, how many, and how many before revocations."""
    head, params = _pairs(who, params, criterion)
    won = (
        ", won AS (SELECT p.root, y.year, count(DISTINCT p.member) FILTER (WHERE a.status <> 'REVOKED') AS holding,"
        " count(DISTINCT p.member) AS ever"
        " FROM pair p JOIN recognition_award a ON a.registrant_id = p.member AND a.model = %s"
        f" CROSS JOIN LATERAL ({_SPAN}) AS y(year) WHERE y.year BETWEEN %s AND %s GROUP BY 1, 2)"
    )
    params = [*params, criterion.model, criterion.first, criterion.last]
    need, join, wanted = "", "", "1"
    if MODEL_KIND[criterion.model] == RegistrantKind.COMMUNITY:
        # How many places of the line stood at the end of each year: all of them must have been recognised. A hamlet
        # without a first day stands since its ward does.
        need = (
            ", need AS (SELECT l.root, d.year, count(*) AS n FROM line l JOIN units_place p ON p.id = l.place_id"
            " LEFT JOIN units_place w ON w.id = p.commune_id"
            " CROSS JOIN LATERAL (SELECT generate_series(%s, %s)) AS d(year)"
            " WHERE coalesce(greatest(p.valid_from, w.valid_from) <= make_date(d.year, 12, 31), true)"
            " AND (p.valid_to IS NULL OR p.valid_to >= make_date(d.year, 12, 31)) GROUP BY 1, 2)"
        )
        params += [criterion.first, criterion.last]
        join, wanted = " JOIN need USING (root, year)", "need.n"
    yearly = (
        f", yearly AS (SELECT root, array_agg(year ORDER BY year) FILTER (WHERE won.holding >= {wanted}) AS counted,"
        f" count(*) FILTER (WHERE won.holding >= {wanted}) AS n, count(*) FILTER (WHERE won.ever >= {wanted}) AS ever"
        f" FROM won{join} GROUP BY root)"
    )
    return head + won + need + yearly, params


def _check_named(place: Place, model: str) -> None:
    if model in NAMED_IN_WARDS and place.level not in (Level.COMMUNE, Level.HAMLET):
        raise RecognitionError(
            _("Danh sách hộ gia đình và công dân lập ở phường, xã; cấp trên nhận qua danh sách đề nghị.")
        )
