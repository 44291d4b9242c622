"""Since which day open dossiers stand where they stand, counted per ward and kept exact by statement triggers."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import STEP_STATE, LearningModel, State
from recognition.models.registrations import SINCE, Registration
from recognition.models.tallies import alike, tally_insert
from units.models.tallies import statement_triggers

OPEN_STATES = tuple(str(state) for state in (*STEP_STATE.values(), State.RETURNED))
# Recognised dossiers are kept by their day too: the pace of a year (recognition.domain.pace) is read from them.
KEPT_STATES = (*OPEN_STATES, str(State.RECOGNISED))


class WaitingDay(models.Model):
    """How many open dossiers of a ward, year and model stand in a state since a day.

    A dossier counts on the day it came into its state (a correction there changes nothing). A province adds up some
    thousand of these rows instead of its million dossiers, and the median stays exact. Dossiers above the ward (a few
    dozen in the nation) have no row here. Recognised dossiers stand since the day of their decision, for good.
    """

    commune_id = models.BigIntegerField()
    district_id = models.BigIntegerField(null=True)
    province_id = models.BigIntegerField()
    year = models.SmallIntegerField()
    model = models.CharField(max_length=20, choices=LearningModel.choices)
    state = models.CharField(max_length=14, choices=State.choices)
    day = models.DateField()
    count = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("Hồ sơ chờ theo ngày")
        verbose_name_plural = _("Hồ sơ chờ theo ngày")
        constraints = [
            models.UniqueConstraint(
                fields=["commune_id", "year", "model", "state", "day"], name="%(app_label)s_%(class)s_once"
            ),
        ]
        indexes = [  # days nobody waits since any more are not read
            models.Index(fields=[f"{level}_id", "year", "model"], condition=~Q(count=0), name=f"waitingday_{level}")
            for level in ("province", "district")
        ] + [models.Index(fields=["year", "model"], condition=~Q(count=0), name="waitingday_nation")]

    def __str__(self) -> str:
        return f"{self.commune_id} {self.year} {self.model} {self.state} {self.day}: {self.count}"


_KEY = "commune_id, year, model, state, day"


def waiting_select(source: str, day: str = SINCE, weight: str = "1") -> str:
    """SQL: what the open and the recognised dossiers of `source` add."""
    states = ", ".join(f"'{state}'" for state in KEPT_STATES)
    return (
        f"SELECT commune_id, district_id, province_id, year, model, state, {day} AS day, {weight} AS weight"
        f" FROM {source} WHERE commune_id IS NOT NULL AND state IN ({states})"
    )


def counting_statement(sources: list[tuple[str, int]]) -> str:
    """SQL that folds changed registrations into Tally and WaitingDay, locking rows in key order.

    Both in one statement: dossiers that count alike and stand since the same day are added up in one pass, so a bulk
    change is read once and looks at its counters a few times (apart, the days cost as much again as the tallies).
    """
    waiting = (
        "INSERT INTO recognition_waitingday AS t"
        " (commune_id, district_id, province_id, year, model, state, day, count)"
        " SELECT commune_id, min(district_id), min(province_id), year, model, state, day, sum(weight)"
        f" FROM ({waiting_select('alike', 'day', 'weight')}) AS d"
        f" GROUP BY {_KEY} HAVING sum(weight) <> 0 ORDER BY {_KEY}"
        f" ON CONFLICT ({_KEY}) DO UPDATE SET count = t.count + EXCLUDED.count"
    )
    return f"WITH {alike(sources, SINCE)}, waiting AS ({waiting}) {tally_insert('alike')}; RETURN NULL;"


pgtrigger.register(*statement_triggers("counts", counting_statement))(Registration)
