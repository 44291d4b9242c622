"""The whole way from a file to the register in one transaction, for the command line."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from units.choices import ImportState, RegistrantKind, RowVerdict
from units.domain.importing.applying import write
from units.domain.importing.batches import ImportRefused, Progress, check, no_collector, receive, silent
from units.domain.importing.ready import Ready
from units.domain.places_held import lock_register
from units.models import ImportBatch, Place, User


@dataclass
class Outcome:
    """What an import at once did (or, on a dry run, would do)."""

    batch: ImportBatch
    counts: dict[str, int]
    refused: list[dict] = field(default_factory=list)
    duplicates: list[dict] = field(default_factory=list)


def import_at_once(
    *,
    actor: User | None,
    place: Place,
    year: int,
    register: bool,
    file_name: str,
    data: bytes,
    dry_run: bool = False,
    progress: Progress = silent,
    kind: str = RegistrantKind.HOUSEHOLD,
) -> Outcome:
    """Read, check and write a list in one transaction. Probable duplicates are reported and not added.

    Raises ImportRefused when the file cannot be read; then, and on a dry run, nothing is kept.
    """
    with transaction.atomic(), no_collector():
        lock_register(place.fact_ids["commune_id"] or place.pk)
        place = Place.objects.select_related("commune").get(pk=place.pk)  # it may have ended while this list waited
        batch = receive(
            actor=actor, place=place, year=year, register=register, file_name=file_name, data=data, kind=kind
        )
        ready = None if dry_run else Ready()
        batch = check(batch=batch, progress=progress, ready=ready)
        if batch.state == ImportState.REJECTED:
            raise ImportRefused(batch.message)
        if not dry_run:
            batch = write(actor=actor, batch=batch, ready=ready)
        outcome = Outcome(batch, batch.counts)
        odd = batch.rows.filter(verdict__in=(RowVerdict.REFUSED, RowVerdict.DUPLICATE)).order_by("id")
        for sheet, number, verdict, reasons in odd.values_list("sheet", "row_no", "verdict", "reasons"):
            target = outcome.refused if verdict == RowVerdict.REFUSED else outcome.duplicates
            target.append({"sheet": sheet, "row": number, "reason": " ".join(reasons)})
        transaction.set_rollback(dry_run)
    return outcome
