"""Which function does which kind of work. Knows no model, so apps can import it while they load."""

from collections.abc import Callable

from portal.lib.errors import PortalError

# Called with (done, total, message); cheap to call often, written down at most twice a second.
Progress = Callable[[int, int, str], None]

_handlers: dict[str, Callable] = {}


class JobError(PortalError):
    """The work cannot be done. Any other PortalError a handler lets through is told to people the same way."""


def handler(kind: str):
    """Register the decorated `function(job, progress) -> dict` for `kind`. Raises ValueError when it is taken."""

    def register(function: Callable) -> Callable:
        if _handlers.setdefault(kind, function) is not function:
            raise ValueError(f"{kind} is handled twice")
        return function

    return register


def handler_of(kind: str) -> Callable:
    """The function for `kind`; raises LookupError when there is none."""
    try:
        return _handlers[kind]
    except KeyError:
        raise LookupError(f"no handler for jobs of kind {kind!r}") from None
