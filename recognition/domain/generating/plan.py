"""What will be generated: which communes, how many households and hamlets in each, which years, by which rulebook."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.choices import LearningModel
from recognition.domain.errors import RecognitionError
from recognition.domain.rulebooks import rulebook_for
from recognition.models import Rulebook
from units.choices import Level
from units.models import Place, Registrant, Succession

REFORM = datetime.date(2025, 7, 1)
MODEL = LearningModel.FAMILY
DEFAULT_PROVINCE = "79"
MOST_YEARS = 10
HOUSEHOLDS_PER_HAMLET = 350
FEWEST_HAMLETS, MOST_HAMLETS = 15, 30


@dataclass(frozen=True)
class Scale:
    """Size of a run. `communes`: how many of the province's communes; None = all of them."""

    households: int
    communes: int | None


SCALES = {
    "ward": Scale(8_000, 1),
    "district": Scale(125_000, 16),
    "province": Scale(1_000_000, None),
}


@dataclass(frozen=True)
class CommunePlan:
    """One commune of today, the communes that went wholly into it, and what to put there."""

    commune: Place
    former: tuple[Place, ...]
    households: int
    hamlets: int


@dataclass(frozen=True)
class Plan:
    """The whole run."""

    province: Place
    communes: tuple[CommunePlan, ...]
    years: tuple[int, ...]
    rulebooks: dict[int, Rulebook]  # by year
    seed: int

    @property
    def households(self) -> int:
        return sum(one.households for one in self.communes)


def plan(*, scale: str, years: int, seed: int, province: str = DEFAULT_PROVINCE, households: int | None = None) -> Plan:
    """Choose places and sizes. `years`: the last N years, this one included. `households` overrides the scale's number.

    Only communes into which at least one earlier commune went wholly are chosen, so that years before the reform can
    stand in the places of their time without guessing. Raises RecognitionError when places or rulebooks are missing
    or the chosen communes are not empty.
    """
    size = SCALES[scale]
    if not 1 <= years <= MOST_YEARS:
        raise RecognitionError(_("Số năm phải từ 1 đến %(most)d.") % {"most": MOST_YEARS})
    total = size.households if households is None else households
    try:
        place = Place.objects.coded(province)
    except Place.DoesNotExist:
        place = None
    if place is None or place.level != Level.PROVINCE:
        raise RecognitionError(
            _("Không có tỉnh, thành phố nào mang mã %(code)s. Nếu chưa nạp địa bàn, hãy chạy: manage.py load_places")
            % {"code": province}
        )
    communes = _communes(place)[: size.communes]
    if not communes:
        raise RecognitionError(
            _("%(place)s chưa có phường, xã nào biết đơn vị tiền thân nên không tạo dữ liệu được.")
            % {"place": place.name}
        )
    if total < len(communes):
        raise RecognitionError(
            _("Cần ít nhất %(count)d hộ: mỗi phường, xã một hộ.") % {"count": len(communes)},
        )
    former = _former(communes)
    _refuse_filled([*communes, *(one for ones in former.values() for one in ones)])
    this_year = timezone.localdate().year
    span = tuple(range(this_year - years + 1, this_year + 1))
    rng = random.Random(f"{seed}:{province}:{scale}")
    sizes = _split(total, [rng.uniform(0.7, 1.3) for _commune in communes])
    return Plan(
        province=place,
        communes=tuple(
            CommunePlan(commune, tuple(former[commune.pk]), count, _hamlets(count))
            for commune, count in zip(communes, sizes, strict=True)
        ),
        years=span,
        rulebooks={year: _rulebook(year, province) for year in span},
        seed=seed,
    )


def _communes(province: Place) -> list[Place]:
    whole = Succession.objects.filter(to_place=OuterRef("pk"), partial=False, effective_on=REFORM)
    return list(
        Place.objects.current()
        .filter(Exists(whole), province=province, level=Level.COMMUNE, valid_from=REFORM)
        .select_related("province", "parent")
        .order_by("code")
    )


def _former(communes: list[Place]) -> dict[int, list[Place]]:
    links = (
        Succession.objects.filter(to_place__in=communes, partial=False, effective_on=REFORM)
        .select_related("from_place__province", "from_place__district", "from_place__parent")
        .order_by("from_place__code")
    )
    former: dict[int, list[Place]] = {commune.pk: [] for commune in communes}
    for link in links:
        former[link.to_place_id].append(link.from_place)
    return former


def _refuse_filled(communes: list[Place]) -> None:
    filled = Place.objects.filter(pk__in=[one.pk for one in communes]).filter(
        Q(Exists(Place.objects.filter(parent=OuterRef("pk"))))
        | Q(Exists(Registrant.objects.filter(commune=OuterRef("pk"))))
    )
    first = filled.order_by(F("valid_from").desc(nulls_last=True), "code").first()
    if first is not None:
        raise RecognitionError(
            _(
                "%(place)s (mã %(code)s) đã có khu phố, thôn hoặc đối tượng trong sổ nên không tạo thêm dữ liệu "
                "giả lập vào đó. Hãy dùng một cơ sở dữ liệu mới hoặc chọn tỉnh khác bằng --province."
            )
            % {"place": first.name, "code": first.code}
        )


def _rulebook(year: int, province: str) -> Rulebook:
    found = rulebook_for(MODEL, year, province)
    if found is None:
        raise RecognitionError(
            _("Chưa có bộ tiêu chí “%(model)s” áp dụng cho năm %(year)d. Hãy chạy: manage.py load_rulebooks")
            % {"model": MODEL.label, "year": year}
        )
    return found


def _split(total: int, weights: list[float]) -> list[int]:
    """Whole shares of `total` by weight, at least one each; they add up exactly."""
    spare = total - len(weights)
    whole = sum(weights)
    shares = [1 + int(spare * weight / whole) for weight in weights]
    for index in range(total - sum(shares)):
        shares[index % len(shares)] += 1
    return shares


def _hamlets(households: int) -> int:
    """About 350 households each, 15 to 30 hamlets; fewer only where there are hardly any households (tests)."""
    usual = min(max(round(households / HOUSEHOLDS_PER_HAMLET), FEWEST_HAMLETS), MOST_HAMLETS)
    return max(1, min(usual, households // 20))
