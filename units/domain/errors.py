"""Refusals that carry a sentence for people."""

from portal.lib.errors import PortalError


class NotAllowed(PortalError):
    """The person may not do this here."""


class RegisterError(PortalError):
    """A change the register cannot take. `field`: name of the value it is about, when it is about one."""

    def __init__(self, message: str, *, field: str = ""):
        self.field = field
        super().__init__(message)


class ChangedMeanwhile(RegisterError):
    """Somebody else changed the record after the page was drawn. `differences`: (field, stored value, typed value);
    `version`: what the record stands at now; `who` and `when` of the newest change, when known."""

    def __init__(self, message: str, *, differences: list[tuple], version: str, who: str = "", when=None):
        self.differences, self.version, self.who, self.when = differences, version, who, when
        super().__init__(message)


class PossibleDuplicate(RegisterError):
    """The register holds records that may be the same; the person decides. `duplicates`: those records."""

    def __init__(self, message: str, *, duplicates: list):
        self.duplicates = duplicates
        super().__init__(message)
