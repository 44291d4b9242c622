"""Totals of the register by place and year, kept exact by statement triggers on `Stay`."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.choices import RegistrantKind
from units.models.places import Place
from units.models.registrants import Stay


class RegisterTally(models.Model):
    """How many registrants of a kind came to and left a hamlet or commune in a year.

    The total on 31 December of year Y is the sum of (came − gone) over all years up to Y, so no year is ever
    rewritten by what happens later. Kept for hamlets and communes only; higher levels are summed when read.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    level = models.CharField(max_length=10)
    commune_id = models.BigIntegerField(null=True)
    district_id = models.BigIntegerField(null=True)
    province_id = models.BigIntegerField()
    kind = models.CharField(max_length=14, choices=RegistrantKind.choices)
    year = models.SmallIntegerField()
    came = models.IntegerField(default=0)
    gone = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("Số liệu sổ bộ")
        verbose_name_plural = _("Số liệu sổ bộ")
        constraints = [
            models.UniqueConstraint(fields=["place", "kind", "year"], name="%(app_label)s_%(class)s_once"),
        ]
        indexes = [
            # Sums over districts, provinces and the nation read commune rows only, so their indexes hold no others.
            # They add up all years, so they hold the numbers too and are read alone.
            models.Index(
                fields=["province_id", "kind", "year"],
                include=["came", "gone"],
                condition=Q(level="commune"),
                name="registertally_of_province",
            ),
            models.Index(
                fields=["district_id", "kind", "year"],
                include=["came", "gone"],
                condition=Q(level="commune"),
                name="registertally_of_district",
            ),
            models.Index(
                fields=["kind", "year"],
                include=["came", "gone"],
                condition=Q(level="commune"),
                name="registertally_in_nation",
            ),
            models.Index(fields=["commune_id", "kind", "year"], name="registertally_commune"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.kind} {self.year}: +{self.came} −{self.gone}"


def contributions(source: str, sign: int) -> str:
    """SQL: what the rows of a transition table add to each place and year (sign −1 takes it back)."""
    parts = []
    for level in ("hamlet", "commune"):
        for day, came, gone in (("since", sign, 0), ("until", 0, sign)):
            parts.append(
                f"SELECT {level}_id AS place_id, '{level}' AS level, commune_id, district_id, province_id, kind,"
                f" extract(year FROM {day})::int AS year, {came} AS came, {gone} AS gone"
                f" FROM {source} WHERE {level}_id IS NOT NULL AND {day} IS NOT NULL"
            )
    return " UNION ALL ".join(parts)


def tally_statement(sources: list[tuple[str, int]]) -> str:
    """SQL that folds changed stays into RegisterTally. Rows are locked in place order, so writers never deadlock.

    Stays that differ in nothing that counts are counted first: thousands of an import come to a dozen rows.
    """
    where = "hamlet_id, commune_id, district_id, province_id, kind"
    stays = " UNION ALL ".join(
        f"SELECT {where}, since, until, {sign} AS sign FROM {source}" for source, sign in sources
    )
    union = " UNION ALL ".join(
        f"SELECT {level}_id AS place_id, '{level}' AS level, commune_id, district_id, province_id, kind,"
        f" extract(year FROM {day})::int AS year, {came} AS came, {gone} AS gone"
        f" FROM few WHERE {level}_id IS NOT NULL AND {day} IS NOT NULL"
        for level in ("hamlet", "commune")
        for day, came, gone in (("since", "number", "0"), ("until", "0", "number"))
    )
    return (
        f"WITH few AS MATERIALIZED (SELECT {where}, since, until, sum(sign) AS number FROM ({stays}) AS s"
        f" GROUP BY {where}, since, until)"
        " INSERT INTO units_registertally AS t"
        " (place_id, level, commune_id, district_id, province_id, kind, year, came, gone)"
        " SELECT place_id, min(level), min(commune_id), min(district_id), min(province_id), kind, year,"
        " sum(came)::int, sum(gone)::int"
        f" FROM ({union}) AS d GROUP BY place_id, kind, year"
        " HAVING sum(came) <> 0 OR sum(gone) <> 0 ORDER BY place_id, kind, year"
        " ON CONFLICT (place_id, kind, year) DO UPDATE"
        " SET came = t.came + EXCLUDED.came, gone = t.gone + EXCLUDED.gone;"
        " RETURN NULL;"
    )


def statement_triggers(prefix: str, build) -> list[pgtrigger.Trigger]:
    """Three statement triggers (insert, update, delete) whose body is `build([(transition table, sign), …])`."""
    return [
        pgtrigger.Trigger(
            name=f"{prefix}_insert",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="new_values"),
            func=build([("new_values", 1)]),
        ),
        pgtrigger.Trigger(
            name=f"{prefix}_update",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            referencing=pgtrigger.Referencing(old="old_values", new="new_values"),
            func=build([("old_values", -1), ("new_values", 1)]),
        ),
        pgtrigger.Trigger(
            name=f"{prefix}_delete",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            referencing=pgtrigger.Referencing(old="old_values"),
            func=build([("old_values", -1)]),
        ),
    ]


pgtrigger.register(*statement_triggers("tally", tally_statement))(Stay)
