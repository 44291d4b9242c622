"""Results of a ward for everybody: counts, recognised communities and organisations, and families if decided so."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from recognition.choices import WARD_MODELS, AwardStatus, LearningModel
from recognition.domain.errors import NotPermitted
from recognition.domain.tallies import Figures, yearly
from recognition.models import Award, PublicPage
from units.choices import Level, Role
from units.models import Place, User
from units.rules import role_scope

NAMED = (LearningModel.COMMUNITY_HAMLET, LearningModel.COMMUNITY_COMMUNE, LearningModel.UNIT)
MOST_NAMES = 500


def may_publish(user: User, place: Place) -> bool:
    """May the person decide what the ward publishes? Its chair."""
    return place.level == Level.COMMUNE and place.pk in role_scope(user, (Role.WARD_CHAIR,)).places.get(
        Level.COMMUNE, ()
    )


@transaction.atomic
def set_public_page(*, actor: User, place: Place, is_open: bool, shows_heads: bool) -> PublicPage:
    """Open or close a ward's public page. Raises NotPermitted."""
    if not may_publish(actor, place):
        raise NotPermitted(_("Chỉ Chủ tịch Hội Khuyến học của phường, xã mới mở trang công khai."))
    page, _created = PublicPage.objects.update_or_create(
        place=place, defaults={"is_open": is_open, "shows_heads": shows_heads}
    )
    return page


@dataclass(frozen=True)
class Result:
    """Counts of one model and year. Percentages are of all registrants of the kind."""

    model: str
    label: str
    year: int
    figures: Figures


def results(place: Place, years: list[int]) -> list[Result]:
    """Counts by model and year, newest year first; years nobody recorded anything in are left out."""
    found = []
    for model in WARD_MODELS:
        for year, figures in yearly(place, years, model).items():
            if figures.has_dossiers:
                found.append(Result(model, str(LearningModel(model).label), year, figures))
    return sorted(found, key=lambda one: (-one.year, WARD_MODELS.index(one.model)))


def recognised_names(place: Place, year: int, model: str) -> list[tuple[str, str]]:
    """(name, hamlet) of those recognised in the year whose recognition was not withdrawn, in the order people count."""
    rows = (
        Award.objects.filter(commune=place, year=year, model=model)
        .exclude(status=AwardStatus.REVOKED)
        .order_by("hamlet__sort_key", "registrant__sort_key", "pk")
    )
    return [(name, hamlet or "") for name, hamlet in rows.values_list("registrant__name", "hamlet__name")[:MOST_NAMES]]
