"""Counts of registrations by place, year and model, kept exact by the statement triggers in `waiting`."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import LearningModel
from units.models.places import Place

# Counter → SQL condition on a registration row. The order is that of the columns.
COUNTERS = {
    "registered": "state <> 'WITHDRAWN'",
    "assessed": "state <> 'WITHDRAWN' AND self_half IS NOT NULL",
    "reviewed": "state <> 'WITHDRAWN' AND review_half IS NOT NULL",
    "inspected": "state <> 'WITHDRAWN' AND inspection_half IS NOT NULL",
    "at_registered": "state = 'REGISTERED'",
    "at_self_assessed": "state = 'SELF_ASSESSED'",
    "at_reviewed": "state = 'REVIEWED'",
    "at_inspected": "state = 'INSPECTED'",
    "at_proposed": "state = 'PROPOSED'",
    "returned": "state = 'RETURNED'",
    "withdrawn": "state = 'WITHDRAWN'",
    "recognised": "state = 'RECOGNISED'",
    "refused": "state = 'REFUSED'",
    "rank_good": "state <> 'WITHDRAWN' AND rank = 'GOOD'",
    "rank_fair": "state <> 'WITHDRAWN' AND rank = 'FAIR'",
    "rank_average": "state <> 'WITHDRAWN' AND rank = 'AVERAGE'",
    "rank_not_met": "state <> 'WITHDRAWN' AND rank = 'NOT_MET'",
    "met_level_1": "state <> 'WITHDRAWN' AND level = 1",
    "met_level_2": "state <> 'WITHDRAWN' AND level = 2",
}


class Tally(models.Model):
    """How many registrations of a model stand where, per hamlet and per commune of the year.

    Exact in the same transaction as the change it counts. Districts, provinces and the nation are summed from
    commune rows when read (about a millisecond for the nation); counters on all ancestors would deadlock writers.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    level = models.CharField(max_length=10)
    commune_id = models.BigIntegerField(null=True)
    district_id = models.BigIntegerField(null=True)
    province_id = models.BigIntegerField()
    year = models.SmallIntegerField()
    model = models.CharField(max_length=20, choices=LearningModel.choices)
    registered = models.IntegerField(default=0)
    assessed = models.IntegerField(default=0)
    reviewed = models.IntegerField(default=0)
    inspected = models.IntegerField(default=0)
    at_registered = models.IntegerField(default=0)
    at_self_assessed = models.IntegerField(default=0)
    at_reviewed = models.IntegerField(default=0)
    at_inspected = models.IntegerField(default=0)
    at_proposed = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)
    withdrawn = models.IntegerField(default=0)
    recognised = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    rank_good = models.IntegerField(default=0)
    rank_fair = models.IntegerField(default=0)
    rank_average = models.IntegerField(default=0)
    rank_not_met = models.IntegerField(default=0)
    met_level_1 = models.IntegerField(default=0)
    met_level_2 = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("Số liệu tổng hợp")
        verbose_name_plural = _("Số liệu tổng hợp")
        constraints = [
            models.UniqueConstraint(fields=["place", "year", "model"], name="%(app_label)s_%(class)s_once"),
        ]
        indexes = [
            # Sums over districts, provinces and the nation read commune rows only, so their indexes hold no others.
            models.Index(
                fields=["province_id", "year", "model"], condition=Q(level="commune"), name="tally_in_province"
            ),
            models.Index(
                fields=["district_id", "year", "model"], condition=Q(level="commune"), name="tally_in_district"
            ),
            models.Index(fields=["year", "model"], condition=Q(level="commune"), name="tally_in_nation"),
            models.Index(fields=["commune_id", "year", "model"], name="tally_commune"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.year} {self.model}: {self.recognised}/{self.registered}"


# What the counters look at; halves only for whether there are any.
_LOOKED_AT = ("self_half", "review_half", "inspection_half")
_SAME = "hamlet_id, commune_id, district_id, province_id, year, model, state, rank, level"


def counts_select(source: str, *, weight: str = "1") -> str:
    """SQL: the counters each registration of `source` adds, once for its hamlet and once for its commune."""
    cases = ", ".join(f"CASE WHEN {sql} THEN {weight} ELSE 0 END AS {name}" for name, sql in COUNTERS.items())
    return " UNION ALL ".join(
        f"SELECT {level}_id AS place_id, '{level}' AS level, commune_id, district_id, province_id, year, model, {cases}"
        f" FROM {source} WHERE {level}_id IS NOT NULL"
        for level in ("hamlet", "commune")
    )


def alike(sources: list[tuple[str, int]], day: str) -> str:
    """SQL, a CTE: changed registrations that count alike and stand since the same `day`, added up.

    A bulk change then looks at its counters a few times, not once per row.
    """
    known = ", ".join(f"CASE WHEN {name} IS NOT NULL THEN 1 END AS {name}" for name in _LOOKED_AT)
    changed = " UNION ALL ".join(
        f"SELECT {_SAME}, {known}, {day} AS day, {sign} AS weight FROM {table}" for table, sign in sources
    )
    names = f"{_SAME}, {', '.join(_LOOKED_AT)}, day"
    return (
        f"alike AS MATERIALIZED (SELECT {names}, sum(weight) AS weight FROM ({changed}) AS c"
        f" GROUP BY {names} HAVING sum(weight) <> 0)"
    )


def tally_insert(source: str) -> str:
    """SQL that folds weighted rows of `source` into Tally, locking in place order, so that writers never deadlock."""
    names = ", ".join(COUNTERS)
    sums = ", ".join(f"sum({name})" for name in COUNTERS)
    changed = " OR ".join(f"sum({name}) <> 0" for name in COUNTERS)
    updates = ", ".join(f"{name} = t.{name} + EXCLUDED.{name}" for name in COUNTERS)
    return (
        "INSERT INTO recognition_tally AS t"
        f" (place_id, level, commune_id, district_id, province_id, year, model, {names})"
        f" SELECT place_id, min(level), min(commune_id), min(district_id), min(province_id), year, model, {sums}"
        f" FROM ({counts_select(source, weight='weight')}) AS d GROUP BY place_id, year, model HAVING {changed}"
        f" ORDER BY place_id, year, model ON CONFLICT (place_id, year, model) DO UPDATE SET {updates}"
    )
