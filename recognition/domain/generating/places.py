"""Hamlets of today, and before the reform of 01/07/2025 the hamlets they were, inside the communes of that time.

The rule for years before the reform: every hamlet of today is a whole hamlet of one commune that went wholly into
today's commune. People who lived there before 01/07/2025 have a stay in the old hamlet that ends that day, and what
they did in a year whose counting day is before it stands there. No commune is split and nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from recognition.domain.errors import RecognitionError
from recognition.domain.generating.plan import REFORM, CommunePlan
from units.choices import HamletKind, Level
from units.models import Place, Succession

NOTE = "Dữ liệu giả lập"
SOUTH = "70"  # provinces coded from here on say "ấp"


@dataclass(frozen=True)
class HamletPair:
    """A hamlet of today and the one it was before the reform."""

    new: Place
    old: Place


def build_hamlets(plan: CommunePlan) -> list[HamletPair]:
    """Create the hamlets of one commune, of today and of before, and their successions."""
    kind = hamlet_kind(plan.commune)
    new = [_hamlet(plan.commune, kind, number) for number in range(1, plan.hamlets + 1)]
    old = []
    for index in range(plan.hamlets):
        # Neighbouring hamlets come from the same former commune, numbered from 1 in each.
        former = plan.former[index * len(plan.former) // plan.hamlets]
        number = sum(one.parent_id == former.pk for one in old) + 1
        old.append(_hamlet(former, kind, number))
    Place.objects.bulk_create([*old, *new])
    Succession.objects.bulk_create(
        Succession(from_place=before, to_place=after, effective_on=REFORM, decree=NOTE)
        for before, after in zip(old, new, strict=True)
    )
    return [HamletPair(after, before) for before, after in zip(old, new, strict=True)]


def hamlet_kind(commune: Place) -> HamletKind:
    """What people there call it: khu phố in towns, ấp in the south, thôn elsewhere."""
    if commune.kind in ("phường", "đặc khu"):
        return HamletKind.KHU_PHO
    if commune.province is None:
        raise RecognitionError(_("%(place)s không thuộc tỉnh nào.") % {"place": commune.name})
    return HamletKind.AP if commune.province.code >= SOUTH else HamletKind.THON


def _hamlet(commune: Place, kind: HamletKind, number: int) -> Place:
    hamlet = Place(
        code=f"{commune.code}-{number:02d}",
        level=Level.HAMLET,
        kind=kind.value,
        name=f"{kind.value.capitalize()} {number}",
        parent=commune,
        area_class=commune.area_class,
        valid_from=commune.valid_from,
        valid_to=commune.valid_to,
        note=NOTE,
    )
    hamlet.derive()
    return hamlet
