"""Small words every paper needs."""

from collections.abc import Sequence

from recognition.choices import LearningModel
from recognition.domain.kept_lists import Listed
from recognition.models.registrations import ADDRESS
from recognition.scoring import points_text
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
    """The parts of `models.registrations.ADDRESS` that are there, on one line.

    Lists read what is asked for here along (`models.registrations.ADDRESSED`).
    """
    return ", ".join(filter(None, (_followed(registrant, path) for path in ADDRESS[registrant.kind])))


def _followed(row: object, path: str) -> str:
    """What stands at the end of a path of fields; "" where it breaks off: a citizen may live at no household."""
    for name in path.split("__"):
        row = getattr(row, name) if row is not None else None
    return row or ""
