"""Results of a place for everybody. A ward: counts, recognised communities, organisations, and families if decided so.

A province: counts, its recognised communes, and the wards that have pages of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from recognition.choices import WARD_MODELS, AwardStatus, LearningModel
from recognition.domain.errors import NotPermitted
from recognition.domain.tallies import Figures, yearly
from recognition.models import Award, PublicPage
from units.choices import Level, RegistrantKind, Role
from units.models import Place, User
from units.rules import role_scope

NAMED = (LearningModel.COMMUNITY_HAMLET, LearningModel.COMMUNITY_COMMUNE, LearningModel.UNIT)
MOST_NAMES = 500


PUBLISHERS = {Level.COMMUNE: (Role.WARD_CHAIR,), Level.DISTRICT: (Role.LEADER,), Level.PROVINCE: (Role.LEADER,)}


def may_publish(user: User, place: Place) -> bool:
    """May the person decide what the place publishes? A ward's chair, a province's leader, each for their own."""
    roles = PUBLISHERS.get(place.level)
    return bool(roles) and place.pk in role_scope(user, roles).places.get(place.level, ())


def not_yours() -> str:
    """The refusal to everybody else."""
    return _("Chỉ Chủ tịch Hội Khuyến học của phường, xã và lãnh đạo của tỉnh mới mở trang công khai của nơi mình.")


@transaction.atomic
def set_public_page(*, actor: User, place: Place, is_open: bool, shows_heads: bool) -> PublicPage:
    """Open or close a place's public page. Names of families are a ward's to publish. Raises NotPermitted."""
    if not may_publish(actor, place):
        raise NotPermitted(not_yours())
    shows_heads = shows_heads and place.level == Level.COMMUNE
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
    communes = [place.pk]
    if place.level != Level.COMMUNE:  # by its wards, which awards are found by
        communes = list(_wards(place).values_list("pk", flat=True))
    rows = (
        Award.objects.filter(commune__in=communes, year=year, model=model)
        .exclude(status=AwardStatus.REVOKED)
        .order_by("hamlet__sort_key", "registrant__sort_key", "pk")
    )
    # A community bears the name its place had then.
    then = Case(When(registrant__kind=RegistrantKind.COMMUNITY, then=Coalesce("hamlet__name", "commune__name")))
    names = rows.values_list(Coalesce(then, "registrant__name"), "hamlet__name")
    return [(name, hamlet or "") for name, hamlet in names[:MOST_NAMES]]


def named_models(place: Place) -> tuple[LearningModel, ...]:
    """Whose names the page lists: a province tells its communes, thousands of hamlets are told by their wards."""
    return NAMED if place.level == Level.COMMUNE else (LearningModel.COMMUNITY_COMMUNE,)


def open_below(place: Place) -> list[Place]:
    """Wards of a province that have an open page, in the order people count."""
    if place.level == Level.COMMUNE:
        return []
    return list(_wards(place).filter(public_page__is_open=True).order_by("sort_key", "pk"))


def _wards(place: Place):
    """Wards of all times inside a place."""
    return Place.objects.filter(level=Level.COMMUNE, **{place.fact_column: place.pk})
