"""Since which day open dossiers stand where they stand, counted per ward and kept exact by statement triggers."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.choices import STEP_STATE, LearningModel, State
from recognition.models.registrations import Registration
from units.models.tallies import statement_triggers

OPEN_STATES = tuple(str(state) for state in (*STEP_STATE.values(), State.RETURNED))
# Recognised dossiers are kept by their day too: the pace of a year (recognition.domain.pace) is read from them.
KEPT_STATES = (*OPEN_STATES, str(State.RECOGNISED))


class WaitingDay(models.Model):
    """How many open dossiers of a ward, year and model stand in a state since a day.

    A dossier counts on the day of its last step (Registration.state_at, in Viet Nam). A province adds up some thousand
    of these rows instead of its million dossiers, and the median stays exact. Dossiers above the ward (a few dozen in
    the nation) have no row here. Recognised dossiers stand here since the day of their decision and never leave.
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


# SQL: the day a registration has stood in its state since.
SINCE = f"(state_at AT TIME ZONE '{settings.TIME_ZONE}')::date"
_KEY = "commune_id, year, model, state, day"


def waiting_select(source: str, sign: int = 1) -> str:
    """SQL: what the open and the recognised dossiers of `source` add (sign −1 takes it back)."""
    states = ", ".join(f"'{state}'" for state in KEPT_STATES)
    return (
        f"SELECT commune_id, district_id, province_id, year, model, state, {SINCE} AS day, {sign} AS weight"
        f" FROM {source} WHERE commune_id IS NOT NULL AND state IN ({states})"
    )


def waiting_statement(sources: list[tuple[str, int]]) -> str:
    """SQL that folds changed registrations into WaitingDay, locking rows in key order like the tallies."""
    union = " UNION ALL ".join(waiting_select(source, sign) for source, sign in sources)
    return (
        "INSERT INTO recognition_waitingday AS t"
        " (commune_id, district_id, province_id, year, model, state, day, count)"
        " SELECT commune_id, min(district_id), min(province_id), year, model, state, day, sum(weight)"
        f" FROM ({union}) AS d GROUP BY {_KEY} HAVING sum(weight) <> 0 ORDER BY {_KEY}"
        f" ON CONFLICT ({_KEY}) DO UPDATE SET count = t.count + EXCLUDED.count; RETURN NULL;"
    )


pgtrigger.register(*statement_triggers("waiting", waiting_statement))(Registration)
