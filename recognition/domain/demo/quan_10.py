"""The other wards of the former Quận 10, small: carried on 1 July 2025 as the official successions say.

Those that went whole are carried already. Phường 14 went in part to Hòa Hưng and in part to Diên Hồng; it waits, so
that a visitor can divide it on screen or in Excel. Division into hamlets and households are invented.
"""

from __future__ import annotations

import datetime
import random

from recognition.domain.demo.names import household
from units.domain.bulk import add_households
from units.domain.places import HamletDraft, create_hamlets
from units.domain.reforms.wards import carry_ward
from units.models import Place, User

# Code of the old ward → households of each of its hamlets.
WHOLE = {
    "27187": (14, 11),  # Phường 8
    "27202": (9, 12),  # Phường 6
    "27178": (10, 8),  # Phường 10
    "27181": (7,),  # Phường 9
    "27184": (12, 9),  # Phường 1
    "27190": (8,),  # Phường 2
    "27193": (6, 5),  # Phường 4
}
FOURTEEN = ("27169", (13, 12, 9))


def enter_quan_10(rng: random.Random, users: dict[str, User], *, before: datetime.date) -> list[Place]:
    """Hamlets and households of the old wards; returns the hamlets of Phường 14."""
    hamlets = []
    for code, households in (*WHOLE.items(), FOURTEEN):
        ward = Place.objects.coded(code, on=before)
        drafts = [HamletDraft(f"Khu phố {number}", "khu phố") for number in range(1, len(households) + 1)]
        hamlets = create_hamlets(actor=users["quantri"], commune=ward, drafts=drafts)
        for hamlet, count in zip(hamlets, households, strict=True):
            families = [
                household(rng, position % 2 + 1, datetime.date(rng.randint(2010, 2023), rng.randint(1, 12), 1))
                for position in range(count)
            ]
            add_households(actor=users["hoiquan10"], hamlet=hamlet, drafts=families)
    return hamlets


def carry_quan_10(*, before: datetime.date) -> None:
    """Carry the registers of the wards that went whole."""
    for code in WHOLE:
        carry_ward(actor=None, old=Place.objects.coded(code, on=before))
