"""Who may open the pages of the Excel import: those who keep the register, administrators look on."""

import datetime

from tests.units.import_files import people
from tests.url_matrix.cast import Row, only, per_side
from units.choices import RowVerdict
from units.domain import importing
from units.models import HeadingAlias

KEEPERS = ("an", "chi")


@per_side
def preview(side):
    """A list waiting for confirmation in the ward, with one row refused."""
    data = people(
        ["Trần Văn Tâm", "1 Hòa Hưng", side.hamlet.name, 3, 2, 1, None, None],
        ["", "2 Hòa Hưng", side.hamlet.name, 3, 2, 1, None, None],
    )
    batch = importing.receive(
        actor=None, place=side.ward, year=datetime.date.today().year, register=False, file_name="ds.xlsx", data=data
    )
    return importing.check(batch=batch)


@per_side
def written(side):
    """A list that was written."""
    batch = importing.check(
        batch=importing.receive(
            actor=None,
            place=side.ward,
            year=datetime.date.today().year,
            register=False,
            file_name="ds.xlsx",
            data=people(["Trần Văn Toàn", "9 Hòa Hưng", side.hamlet.name, 3, 2, 1, None, None]),
        )
    )
    importing.request_confirmation(actor=None, batch=batch)
    return importing.confirm(actor=None, batch=batch)


@per_side
def learnt(side):
    return HeadingAlias.objects.create(place=side.ward, heading_key="gia chu", field="name")


def _key(make):
    return lambda side: {"pk": make(side).pk}


_SEEN = only("an", "chi", "quan") | {"ba": 404}
_DONE = only(*KEEPERS, ok=302) | {"ba": 404}

ROWS: list[Row] = [
    Row("units:import-list", own=only("an", "ba", "chi", "quan")),
    Row("units:import-create", own=only("an", "ba", "chi")),
    Row("units:import-create", method="post", data={"year": "2026"}, own=only("an", "ba", "chi", ok=422)),
    Row("units:import-paste", own=only("an", "ba", "chi")),
    Row("units:import-paste", method="post", data={"dong": "0"}, own=only("an", "ba", "chi", ok=422)),
    Row("units:import-paste-check", method="post", data={"dong": "0"}, own=only("an", "ba", "chi", ok=422)),
    Row("units:import-template", own=only("an", "ba", "chi")),
    Row("units:import-detail", _key(preview), own=_SEEN),
    Row("units:import-detail", _key(written), own=_SEEN),
    Row("units:import-refused", _key(preview), own=_SEEN),
    Row("units:import-absent", _key(written), own=only(*KEEPERS) | {"ba": 404}),
    Row("units:import-absent", _key(written), method="post", own=only(*KEEPERS) | {"ba": 404}),
    Row("units:import-absent-back", lambda side: {"pk": written(side).pk, "position": 0}, method="post", own=_DONE),
    Row("units:import-confirm", _key(preview), method="post", own=_DONE),
    Row("units:import-undo", _key(written), method="post", own=_DONE),
    Row("units:import-headings", _key(preview), method="post", own=_DONE),
    Row("units:import-heading-forget", _key(learnt), method="post", own=only("an", "chi", ok=302, others=404)),
    Row("units:import-discard", _key(preview), method="post", own=_DONE),
    Row(
        "units:import-decide",
        _key(preview),
        method="post",
        data={"decision": "add", "nhom": RowVerdict.DUPLICATE},
        own=_DONE,
    ),
]
