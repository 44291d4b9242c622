"""Lists of clans, organisations, citizens and communities, through the same steps as a list of households.

A ward has hundreds or thousands of these, not a hundred thousand: rows are compared in memory against what one query
brought, and written in a fixed number of statements. What a kind says differently stands in a `KindList`.
"""

from units.choices import RegistrantKind
from units.domain.importing.kinds.citizens import CitizenList
from units.domain.importing.kinds.clans import ClanList
from units.domain.importing.kinds.communities import CommunityList
from units.domain.importing.kinds.organisations import OrganisationList
from units.domain.importing.kinds.spec import KindList
from units.models import ImportBatch

_LISTS: dict[str, KindList] = {
    one.kind: one for one in (ClanList(), OrganisationList(), CitizenList(), CommunityList())
}
KINDS = (RegistrantKind.HOUSEHOLD, *_LISTS)


def list_of(batch: ImportBatch) -> KindList | None:
    """How a list of this kind is read and written; None for households."""
    return _LISTS.get(batch.kind)


def list_of_kind(kind: str) -> KindList | None:
    """The same by the kind alone."""
    return _LISTS.get(kind)
