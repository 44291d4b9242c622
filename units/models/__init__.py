"""Who and where."""

from units.models import first_versions, references  # noqa: F401  (their triggers)
from units.models.changes import ChangeKind, PlaceChange, PlaceChangeCommune, PlaceChangeMove
from units.models.citizens import Citizen
from units.models.clans import Clan, ClanMembership
from units.models.duplicates import NotDuplicate, RegistrantMerge
from units.models.imports import HeadingAlias, ImportBatch, ImportRow
from units.models.organisations import Organisation, OrganisationYear
from units.models.places import Place, Succession
from units.models.registrants import Community, Household, Registrant, Stay
from units.models.staff import Posting, User
from units.models.tallies import RegisterTally

__all__ = [
    "ChangeKind",
    "Citizen",
    "Clan",
    "ClanMembership",
    "Community",
    "HeadingAlias",
    "Household",
    "ImportBatch",
    "ImportRow",
    "NotDuplicate",
    "Organisation",
    "OrganisationYear",
    "Place",
    "PlaceChange",
    "PlaceChangeCommune",
    "PlaceChangeMove",
    "Posting",
    "RegisterTally",
    "Registrant",
    "RegistrantMerge",
    "Stay",
    "Succession",
    "User",
]
