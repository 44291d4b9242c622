"""Slips of the register to walk round with: one block for each household as it is kept, room to correct, its QR code.

The layout is ours; no official form is known.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from portal.lib import pdf, phones
from portal.lib.language import in_official_language
from units.choices import Poverty
from units.models import Place, Registrant

MOST = 600  # a hamlet; a ward is printed hamlet by hamlet
_BLANK = ""  # the dotted line behind it is written on


@in_official_language
def household_slips(place: Place, households: Iterable[Registrant], year: int) -> bytes:
    """Five households on an A4 page, in the order given. The QR code opens the household's form, after signing in."""
    rows = []
    for number, one in enumerate(households, start=1):
        kept = one.household
        counts = [("Nhân khẩu", kept.members), ("Người lớn", kept.adults), ("Học sinh", kept.pupils)]
        poverty = str(Poverty(kept.poverty).label) if kept.poverty != Poverty.NONE else "không"
        rows.append(
            {
                "number": str(number),
                "name": one.name,
                "address": kept.address or _BLANK,
                "facts": [
                    ["Tổ", kept.group_name or _BLANK],
                    *[[label, _BLANK if value is None else str(value)] for label, value in counts],
                    ["Hộ nghèo, cận nghèo", poverty],
                    ["Điện thoại", phones.shown(kept.phone) or _BLANK],
                ],
                "qr": pdf.qr_dots(settings.PUBLIC_URL + reverse("units:household-correct", args=[one.pk])),
            }
        )
    where = place.name if place.commune_id in (None, place.pk) else f"{place.name}, {place.commune.name}"
    return pdf.compile("households.typ", {"place": where, "year": str(year), "rows": rows})
