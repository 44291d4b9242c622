"""Who may open the URLs of: the association's own figures (open totals) and its training register."""

import datetime

from recognition.models import Training
from tests.url_matrix.cast import Row, only, per_side

WRITERS = ("an", "chi")


@per_side
def training(side):
    return Training.objects.create(
        place=side.ward, held_on=datetime.date(2026, 3, 1), title="Bộ tiêu chí", created_by_name="An"
    )


def _place(side):
    return {"place_pk": side.ward.pk}


def _training(side):
    return {"pk": training(side).pk}


ROWS = [
    Row("recognition:association-home", own={"quan": 200, "*": 302}),
    Row("recognition:association-place", _place, foreign=200),
    Row("recognition:association-edit", _place, own=only(*WRITERS) | {"ba": 404}),
    Row("recognition:training-list"),
    Row("recognition:training-create", _place, own=only(*WRITERS) | {"ba": 404}),
    Row("recognition:training-detail", _training, own={"ba": 404, "*": 200}),
    Row("recognition:training-edit", _training, own=only(*WRITERS) | {"ba": 404}),
    Row(
        "recognition:training-cancel",
        _training,
        method="post",
        data={"reason": "Hoãn"},
        own=only(*WRITERS, ok=302) | {"ba": 404},
    ),
]
