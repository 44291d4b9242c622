"""Small words every paper needs."""

from recognition.scoring import points_text
from units.models import Registrant


def half_points(half: int | None) -> str:
    """Half points as people write them: 181 → "90,5"; nothing for a missing score."""
    return "" if half is None else f"{half / 2:g}".replace(".", ",")


def points(value) -> str:
    """Points as people write them."""
    return "" if value is None else points_text(value)


def address_of(registrant: Registrant) -> str:
    """Street and group of a household; nothing for the others."""
    household = getattr(registrant, "household", None)
    return ", ".join(part for part in (household.address, household.group_name) if part) if household else ""
