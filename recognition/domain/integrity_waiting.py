"""The counts of waiting days against the dossiers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from recognition.choices import LearningModel, State
from recognition.domain.integrity_faults import Fault, faults, rows_of
from recognition.models.waiting import waiting_select


def waiting_days() -> list[Fault]:
    """How many dossiers wait since which day, against a recount of the dossiers."""
    rows = rows_of(
        "WITH l AS (SELECT commune_id, year, model, state, day, sum(weight)::bigint AS count"
        f" FROM ({waiting_select('recognition_registration')}) d GROUP BY 1, 2, 3, 4, 5)"
        " SELECT coalesce(p.name, '?'), year, model, state, day, coalesce(t.count, 0), coalesce(l.count, 0)"
        " FROM l FULL JOIN recognition_waitingday t USING (commune_id, year, model, state, day)"
        " LEFT JOIN units_place p ON p.id = coalesce(t.commune_id, l.commune_id)"
        " WHERE coalesce(t.count, 0) <> coalesce(l.count, 0)"
        " ORDER BY 1, 2, 3, 4, 5"
    )
    return faults(
        "waiting_days",
        rows,
        lambda row: (
            _(
                "Hồ sơ chờ ở %(place)s, năm %(year)d, %(model)s, %(state)s, từ ngày %(day)s: "
                "%(kept)d ≠ %(right)d (đếm lại)."
            )
            % {
                "place": row[0],
                "year": row[1],
                "model": LearningModel(row[2]).label,
                "state": State(row[3]).label,
                "day": row[4].strftime("%d/%m/%Y"),
                "kept": row[5],
                "right": row[6],
            }
        ),
    )


CHECKS = {"waiting_days": waiting_days}
