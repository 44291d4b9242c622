"""Slips to cut and hand out: one for each household or citizen, with the one-time link as QR code."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from portal.lib import pdf
from portal.lib.language import in_official_language
from recognition.choices import LearningModel
from recognition.domain.entry_links import MadeLink
from recognition.papers.words import address_of


def entry_url(token: str) -> str:
    """Address behind the QR code of a slip."""
    return settings.PUBLIC_URL + reverse("recognition:entry", args=[token])


@in_official_language
def slips_pdf(links: Sequence[MadeLink], *, place_name: str) -> bytes:
    """Eight slips on an A4 page, in the order of the list."""
    rows = []
    for link in links:
        row = link.registration
        rows.append(
            {
                "title": f"Tự chấm điểm “{LearningModel(row.model).label}” năm {row.year}",
                "name": row.registrant.name,
                "address": address_of(row.registrant),
                "until": f"{link.expires_on:%d/%m/%Y}",
                "url": entry_url(link.token),
                "qr": pdf.qr_dots(entry_url(link.token)),
            }
        )
    data = {"place": place_name, "host": urlsplit(settings.PUBLIC_URL).netloc, "rows": rows}
    return pdf.compile("slips.typ", data)
