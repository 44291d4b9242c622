"""Who may open the import pages: keepers of the register import, administrators look on."""

from tests.url_matrix.cast import Row, Side, only, per_side
from units.choices import ImportState
from units.models import ImportBatch

LOOKS_ON = {"an": 200, "chi": 200, "quan": 200, "ba": 404, "*": 403}  # the list is the ward's, so Ba does not see it
ACTS = {"an": 302, "chi": 302, "ba": 404, "*": 403}


@per_side
def preview(side: Side) -> dict:
    """A list of the ward, read and waiting for confirmation."""
    batch = ImportBatch.objects.create(
        place=side.ward,
        year=2026,
        file_name="ho-gia-dinh.xlsx",
        file_hash="0" * 64,
        state=ImportState.PREVIEW,
        created_by=side.officer,
        created_by_name=side.officer.full_name,
    )
    return {"pk": batch.pk}


ROWS: list[Row] = [
    Row("units:import-list", own=only("an", "ba", "chi", "quan")),
    Row("units:import-create", own=only("an", "ba", "chi")),
    Row("units:import-create", method="post", data={"year": "2026"}, own=only("an", "ba", "chi", ok=422)),
    Row("units:import-template", own=only("an", "ba", "chi")),
    Row("units:import-detail", preview, own=LOOKS_ON),
    Row("units:import-refused", preview, own=LOOKS_ON | {"an": 302, "chi": 302, "quan": 302}),  # nothing was left out
    *(
        Row(f"units:import-{verb}", preview, method="post", own=ACTS)
        for verb in ("confirm", "undo", "discard", "decide")
    ),
]
