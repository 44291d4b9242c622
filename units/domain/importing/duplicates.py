"""Probable duplicates: a person says, row by row, whether it is another household."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from units.choices import ImportState, RowVerdict
from units.domain.importing.batches import ImportRefused, check_actor, locked_batch
from units.models import ImportBatch, ImportRow, User


@transaction.atomic
def decide_duplicate(*, actor: User | None, batch: ImportBatch, rows: list[int], add: bool) -> int:
    """Mark probable duplicates of a preview to be added as households of their own, or left out (the default).

    Returns how many rows were marked. Raises ImportRefused when the batch no longer waits for confirmation.
    """
    check_actor(actor, batch.place)
    locked = locked_batch(batch)
    if locked.state != ImportState.PREVIEW:
        raise ImportRefused(_("Lần nhập này không còn chờ xác nhận nên không đổi được."))
    found = list(ImportRow.objects.filter(batch=locked, verdict=RowVerdict.DUPLICATE, pk__in=rows).order_by("pk"))
    for row in found:
        row.before = {**(row.before or {}), "add": add}
    ImportRow.objects.bulk_update(found, ["before"])
    return len(found)
