"""Numbers as people in Viet Nam write them: 1.234,5 and 66,7%. In English: 1,234.5 and 66.7%."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language

EMPTY = "–"


def _localised(text: str) -> str:
    if (get_language() or "vi").startswith("vi"):
        return text.translate({ord(","): ".", ord("."): ","})
    return text


def number(value, places: int | None = None) -> str:
    """1234.5 → "1.234,5". None → "–". `places`: fixed decimals; by default as many as the value has, at most 2."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    if places is None and (isinstance(value, int) or value == int(value)):
        return _localised(f"{int(value):,}")
    rounded = round_half_up(value, 2 if places is None else int(places))
    text = f"{rounded:,f}"
    return _localised(text.rstrip("0").rstrip(".") if places is None else text)


def signed(value, places: int | None = None) -> str:
    """A difference with its sign: "+1,5", "−12", "0"; the minus is as wide as the plus."""
    return ("+" if value > 0 else "−" if value < 0 else "") + number(abs(value), places)


def points(value) -> str:
    """A score in half points: 8 → "8", 8.5 → "8,5"."""
    return number(value)


def percent(part, whole, places: int = 1) -> str:
    """Share of `part` in `whole`, rounded half up, e.g. "66,7%"; "–" when the whole is nothing."""
    if part is None or not whole:
        return EMPTY
    return number(Decimal(str(part)) * 100 / Decimal(str(whole)), places) + "%"


def percent_value(value, places: int = 1) -> str:
    """A percentage already computed: 66.66 → "66,7%". None → "–"."""
    return EMPTY if value is None or value == "" else number(Decimal(str(value)), places) + "%"


def round_half_up(value, places: int) -> Decimal:
    """Round half up as reports ask (Python's own rounding goes half to even)."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def machine(value):
    """A number for JavaScript and attributes: int or float, None kept."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
