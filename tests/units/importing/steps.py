"""The steps of an import, as the tests take them."""

from pathlib import Path

from django.utils import timezone

from units.domain import importing
from units.models import ImportBatch, Place

LISTS = Path(__file__).resolve().parents[2] / "lists"
PLAIN, LETTERHEAD = LISTS / "ho-gia-dinh-don-gian.xlsx", LISTS / "ho-gia-dinh-mau-phuong.xlsx"


def hamlet(ward: Place, number: int) -> Place:
    return Place.objects.get(parent=ward, name=f"Khu phố {number}")


def at_once(ward: Place, data: bytes, *, year: int | None = None, **options) -> importing.Outcome:
    year = year or timezone.localdate().year
    return importing.import_at_once(
        actor=None, place=ward, year=year, register=False, file_name="danh-sach.xlsx", data=data, **options
    )


def previewed(ward: Place, data: bytes, actor=None, *, register: bool = False) -> ImportBatch:
    """`register`: families are registered by the list's column, too; that needs rules for their year."""
    options = {"actor": actor, "place": ward, "year": timezone.localdate().year, "register": register}
    return importing.check(batch=importing.receive(**options, file_name="danh-sach.xlsx", data=data))


def confirmed(batch: ImportBatch, actor=None) -> ImportBatch:
    importing.request_confirmation(actor=actor, batch=batch)
    return importing.confirm(actor=actor, batch=batch)
