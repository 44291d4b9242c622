"""Papers, files and texts kept in the records are Vietnamese, whatever language the screen has."""

from functools import wraps

from django.conf import settings
from django.utils import translation


def official_language():
    """A context in which texts come out in Vietnamese."""
    return translation.override(settings.LANGUAGE_CODE)


def in_official_language(function):
    """Run a function in Vietnamese.

    A new context for each call: one `translation.override` used as a decorator keeps the language to go back to
    on itself, and two requests at once would get each other's.
    """

    @wraps(function)
    def run(*args, **kwargs):
        with official_language():
            return function(*args, **kwargs)

    return run
