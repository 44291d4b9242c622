"""Small words every paper needs."""

from collections.abc import Sequence

from recognition.choices import LearningModel
from recognition.domain.kept_lists import Listed
from recognition.scoring import points_text
from units.choices import RegistrantKind
from units.models import Registrant

_NOUNS = {
    LearningModel.FAMILY: "hộ gia đình",
    LearningModel.CITIZEN: "công dân",
    LearningModel.CLAN: "dòng họ",
    LearningModel.COMMUNITY_HAMLET: "cộng đồng",
    LearningModel.COMMUNITY_COMMUNE: "cộng đồng",
}


def noun_of(model: str) -> str:
    """What a list of this model counts: "12 hộ gia đình", "3 dòng họ", else "đơn vị"."""
    return _NOUNS.get(LearningModel(model), "đơn vị")


def steps_taken(rows: Sequence[Listed]) -> str:
    """The steps a letter builds on: "đăng ký, tự đánh giá và bình xét", without the meeting where none was held."""
    met = any(row.review_half is not None for row in rows)
    return "đăng ký, tự đánh giá và bình xét" if met else "đăng ký và tự đánh giá"


def half_points(half: int | None) -> str:
    """Half points as people write them: 181 → "90,5"; nothing for a missing score."""
    return "" if half is None else f"{half / 2:g}".replace(".", ",")


def points(value) -> str:
    """Points as people write them."""
    return "" if value is None else points_text(value)


def address_of(registrant: Registrant) -> str:
    """Street and group of a household, also of the one a citizen lives in; address of an organisation; a clan's hall.

    Lists read what is asked for here along (`models.registrations.ADDRESSED`).
    """
    if registrant.kind == RegistrantKind.ORGANISATION:
        return registrant.organisation.address
    if registrant.kind == RegistrantKind.CLAN:
        return registrant.clan.hall_address
    if registrant.kind == RegistrantKind.CITIZEN:
        household = registrant.citizen.household
    else:
        household = registrant.household if registrant.kind == RegistrantKind.HOUSEHOLD else None
    return ", ".join(part for part in (household.address, household.group_name) if part) if household else ""
