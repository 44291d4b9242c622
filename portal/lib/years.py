"""The year people are looking at. Kept in the session, so every page of a person's work shows the same year."""

from django.utils import timezone

FIRST_YEAR = 2014  # learning-family pilots began in 2014; nothing older is recorded
SESSION_KEY = "year"
PARAM = "nam"


def this_year() -> int:
    """Calendar year in Viet Nam today."""
    return timezone.localdate().year


def allowed_years() -> list[int]:
    """Years that may be chosen, newest first: 2014 to next year (registration of next year starts early)."""
    return list(range(this_year() + 1, FIRST_YEAR - 1, -1))


def parse_year(text) -> int | None:
    """The year written in `text`, or None when it is not an allowed one."""
    try:
        year = int(str(text).strip())
    except ValueError:
        return None
    return year if FIRST_YEAR <= year <= this_year() + 1 else None


def current_year(request) -> int:
    """Year of this session; this calendar year when none was chosen.

    An address with ?nam=2025 (links from reports, bookmarks) chooses that year and keeps it."""
    asked = parse_year(request.GET.get(PARAM)) if PARAM in request.GET else None
    kept = parse_year(request.session.get(SESSION_KEY))
    if asked and asked != kept:
        set_year(request, asked)
    return asked or kept or this_year()


def set_year(request, year: int) -> None:
    """Remember `year` (already checked with parse_year) for this session."""
    request.session[SESSION_KEY] = year
