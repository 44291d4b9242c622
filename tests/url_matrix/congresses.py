"""Congresses: seen by those who organise and those who send delegates."""

import datetime

from recognition.domain.honours import congresses as verbs
from recognition.models import Congress
from tests.url_matrix.cast import Row, only, per_side


@per_side
def congress(side):
    row = Congress(
        place=side.ward,
        kind="CONGRESS",
        title="Đại hội",
        held_on=datetime.date(2030, 5, 1),
        year_from=2025,
        year_to=2029,
    )
    verbs.save_congress(actor=side.officer, congress=row)
    verbs.set_quotas(actor=side.officer, congress=row, seats={(side.hamlet.pk, "OFFICIAL"): 5})
    return row


@per_side
def delegate(side):
    return verbs.add_delegate(
        actor=side.officer, congress=congress(side), place=side.hamlet, kind="OFFICIAL", name="Bà Tư"
    )


ROWS = [
    Row("recognition:congress-list"),
    Row("recognition:congress-create", lambda side: {"place_pk": side.ward.pk}, own=only("an", "chi") | {"ba": 404}),
    Row("recognition:congress-detail", lambda side: {"pk": congress(side).pk}),
    Row("recognition:congress-edit", lambda side: {"pk": congress(side).pk}, own=only("an", "chi")),
    Row("recognition:congress-quotas", lambda side: {"pk": congress(side).pk}, own=only("an", "chi")),
    Row("recognition:congress-place", lambda side: {"pk": congress(side).pk, "place_pk": side.hamlet.pk}),
    Row("recognition:congress-file", lambda side: {"pk": congress(side).pk}, query={"tep": "xlsx"}),
    Row(
        "recognition:congress-delegate-remove",
        lambda side: {"pk": delegate(side).pk},
        method="post",
        data={"reason": "Bận việc"},
        own=only("an", "ba", "chi", ok=302),
    ),
]
