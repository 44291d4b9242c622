"""The number beside "Việc của tôi" in the menu: kept for a minute, so a page costs nothing for it.

Pages show what is kept; when nothing is, the menu asks for it by itself (templates/portal/shell/rail.html). Whatever a
person sends forgets their number, because it may have done some of the work.
"""

from django.core.cache import cache

SECONDS = 60


def _key(user_pk: int) -> str:
    return f"portal.work-count.{user_pk}"


def kept(user_pk: int, year: int) -> int | None:
    """Lines of work of a person and year as last counted; None when it must be asked for again."""
    found = cache.get(_key(user_pk))
    return found[1] if found and found[0] == year else None


def keep(user_pk: int, year: int, count: int) -> None:
    """Remember how many lines a person's work list of a year holds."""
    cache.set(_key(user_pk), (year, count), SECONDS)


def forget(user_pk: int) -> None:
    """The person's work changed: the next page that asks counts anew."""
    cache.delete(_key(user_pk))
