"""Who may open the URLs of: declared figures and targets. What was published is open to everybody signed in."""

from recognition.models import DeclaredFigure, Target
from tests.url_matrix.cast import Row, only, per_side


@per_side
def figure(side):
    return DeclaredFigure.objects.create(
        source=f"bài {side.ward.code}", place=side.ward, year=2025, model="FAMILY", measure="total", value=10
    )


@per_side
def target(side):
    return Target.objects.create(
        place=side.ward, model="FAMILY", measure="recognised_of_total", year=2026, percent=80, legal_basis="KH 1"
    )


def _place(side):
    return {"place_pk": side.ward.pk}


def _target(side):
    return {"pk": target(side).pk}


DECLARE = ("an", "chi", "em")
SET = ("chi", "em")
BA = {"ba": 404}

ROWS = [
    Row("recognition:declared-list"),
    Row("recognition:declared-rules"),
    Row("recognition:declared-detail", lambda side: {"source": figure(side).source}, foreign=200),
    # one that does not exist
    Row("recognition:declared-detail", {"source": "999"}, own=404),
    Row("recognition:declared-own", own=302),
    Row("recognition:declared-place", _place, foreign=200),
    Row(
        "recognition:declared-place",
        _place,
        method="post",
        data={},
        own=only(*DECLARE, ok=422) | BA,
    ),
    Row("recognition:declared-check", _place, method="post", data={}, own=only(*DECLARE) | BA),
    Row("recognition:declared-import", _place, own=only(*DECLARE) | BA),
    Row("recognition:declared-template", _place, own=only(*DECLARE) | BA),
    Row("recognition:declared-owing-nation", own={"quan": 200, "*": 404}),
    Row("recognition:declared-owing", _place, own={"ba": 404, "*": 200}),
    Row("recognition:declared-owing-file", _place, own={"ba": 404, "*": 200}),
    Row("recognition:target-nation"),
    Row("recognition:target-own", own=302),
    Row("recognition:target-create-nation", own=only("quan")),
    Row("recognition:target-place", _place, foreign=200),
    Row("recognition:target-create", _place, own=only(*SET) | BA),
    Row("recognition:target-import", _place, own=only(*SET) | BA),
    Row("recognition:target-template", _place, own=only(*SET) | BA),
    Row("recognition:target-edit", _target, own=only(*SET) | BA),
    Row(
        "recognition:target-withdraw",
        _target,
        method="post",
        data={"reason": "Nhầm", "version": "1"},
        own=only(*SET, ok=302) | BA,
    ),
]
