"""Who may rearrange hamlets and carry registers: the ward's officers and administrators."""

import datetime

from tests.factories.units import CommuneFactory, HamletFactory
from tests.url_matrix.cast import Row, Side, only, per_side
from units.domain.reforms.hamlets import close_hamlet
from units.models import Place, PlaceChange, Succession

KEEPERS = ("an", "chi", "quan")
REFORM = datetime.date(2025, 7, 1)


@per_side
def old_ward(side: Side) -> Place:
    """A ward that went whole into the side's ward."""
    old = CommuneFactory(
        parent=side.province, name="Phường 12", valid_from=None, valid_to=REFORM - datetime.timedelta(days=1)
    )
    Succession.objects.create(from_place=old, to_place=side.ward, effective_on=REFORM)
    return old


@per_side
def change(side: Side) -> PlaceChange:
    """An empty hamlet of the ward that was ended."""
    hamlet = HamletFactory(parent=side.ward, name="Khu phố trống")
    return close_hamlet(actor=side.officer, hamlet=hamlet, on=datetime.date.today())


def _ward(side: Side) -> dict:
    return {"pk": side.ward.pk}


def _hamlet(side: Side) -> dict:
    return {"pk": side.hamlet.pk}


def _change(side: Side) -> dict:
    return {"pk": change(side).pk}


ROWS: list[Row] = [
    Row("units:reform-list", _ward, own=only(*KEEPERS)),
    Row("units:hamlet-merge", _ward, own=only(*KEEPERS)),
    Row("units:hamlet-merge", _ward, method="post", data={"name": "Khu phố 9"}, own=only(*KEEPERS)),
    Row("units:hamlet-rename", _ward, own=only(*KEEPERS)),
    Row("units:hamlet-rename", _ward, method="post", data={"on": "01/09/2026"}, own=only(*KEEPERS)),
    Row("units:hamlet-split", _hamlet, own=only(*KEEPERS), other_hamlet=403),
    Row("units:hamlet-move", _hamlet, own=only(*KEEPERS), other_hamlet=403),
    Row("units:hamlet-close", _hamlet, own=only(*KEEPERS), other_hamlet=403),
    Row("units:ward-carry", lambda side: {"pk": old_ward(side).pk}, own=only(*KEEPERS, others=403) | {"ba": 404}),
    Row("units:ward-assign", lambda side: {"pk": old_ward(side).pk}, own=only(*KEEPERS, others=403) | {"ba": 404}),
    Row("units:ward-assignment", lambda side: {"pk": old_ward(side).pk}, own=only(*KEEPERS, others=403) | {"ba": 404}),
    Row("units:reform-detail", _change, own=only(*KEEPERS) | {"ba": 404}),
    Row("units:reform-undo", _change, method="post", own=only(*KEEPERS, ok=302) | {"ba": 404}),
]
