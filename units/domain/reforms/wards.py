"""A ward's register carried from the old map to the new one, as the official successions say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.lib.text import natural_key
from units import rules
from units.choices import Level
from units.domain.errors import NotAllowed, RegisterError
from units.domain.reforms.applying import carry_out
from units.domain.reforms.plans import WARD_LEVEL, Plan, Target
from units.models import ChangeKind, Place, PlaceChange, Registrant, Succession, User


@dataclass(frozen=True)
class Choice:
    """Which successor ward something goes to. `hamlets`, `groups` ((hamlet, "tổ")) and `registrants` by key;
    `ward_level`: whoever of the ward stands in no hamlet."""

    hamlets: Mapping[int, int]
    groups: Mapping[tuple[int, str], int]
    registrants: Mapping[int, int]
    ward_level: int | None = None


NOTHING = Choice({}, {}, {})


def successors(old: Place) -> list[Succession]:
    """The wards an ended ward went to, when it ended."""
    links = old.successions_out.filter(to_place__level=Level.COMMUNE).select_related("to_place__province")
    return list(links.order_by("partial", "to_place__sort_key", "pk"))


def may_carry(actor: User | None, old: Place) -> bool:
    """Staff of a ward that something of the old one went to, and administrators."""
    if actor is None:
        return True
    return any(rules.may_manage_hamlets(actor, link.to_place) for link in successors(old))


def waiting_wards(commune: Place) -> list[Place]:
    """Ended wards, wholly or partly gone into `commune`, whose register still has people in it. One query."""
    left = Registrant.objects.filter(closed_on__isnull=True, kind__in=["HOUSEHOLD", "CLAN", "ORGANISATION"])
    old = Place.objects.filter(level=Level.COMMUNE, successions_out__to_place=commune)
    return list(old.filter(pk__in=left.values("commune")).select_related("province", "district").distinct())


def plan_ward(*, actor: User | None, old: Place, choice: Choice = NOTHING) -> Plan:
    """What would be carried. A ward that went whole to one other needs no choice; of the others only what is chosen
    goes, the rest waits. Hamlets get a successor of the same name; a name already taken gets the next free number.

    Raises NotAllowed, RegisterError.
    """
    if old.level != Level.COMMUNE:
        raise RegisterError(_("Hãy chọn một phường, xã cũ."))
    links = successors(old)
    if not links or not old.is_legacy:
        raise RegisterError(
            _("%(place)s chưa có phường, xã kế thừa. Hãy nạp quyết định sáp nhập, chia tách trước.")
            % {"place": old.name}
        )
    if not may_carry(actor, old):
        raise NotAllowed(
            _("Chỉ cán bộ Hội Khuyến học của nơi kế thừa %(place)s và người quản trị được chuyển sổ này.")
            % {"place": old.name}
        )
    on = max(link.effective_on for link in links)
    wards = {link.to_place_id: link.to_place for link in links if link.effective_on == on}
    hamlets = list(
        Place.objects.filter(parent=old, level=Level.HAMLET)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=old.valid_to))
        .select_related("commune")
        .order_by("sort_key", "pk")
    )
    whole = len(wards) == 1 and not links[0].partial
    if whole:
        only = next(iter(wards))
        choice = Choice({place.pk: only for place in hamlets}, {}, {}, ward_level=only)
    _check_choice(actor, old, choice, wards, hamlets)
    plan = Plan(ChangeKind.CARRY, old, on, hamlets, [], ward=old)
    wanted = _wanted(choice)
    positions = _targets(plan, wanted, wards, {place.pk: place for place in hamlets})
    plan.by_hamlet = {pk: positions[pk, ward] for pk, ward in choice.hamlets.items()}
    plan.by_group = {key: positions[key[0], ward] for key, ward in choice.groups.items()}
    where = dict(Registrant.objects.filter(pk__in=list(choice.registrants)).values_list("pk", "hamlet_id"))
    plan.by_registrant = {pk: positions[where[pk] or WARD_LEVEL, ward] for pk, ward in choice.registrants.items()}
    if choice.ward_level:
        plan.by_hamlet[WARD_LEVEL] = positions[WARD_LEVEL, choice.ward_level]
    return plan


def carry_ward(*, actor: User | None, old: Place, choice: Choice = NOTHING) -> PlaceChange:
    """Carry the register of an ended ward, or the chosen part of it, from the day its successors began.

    Raises NotAllowed, RegisterError (nothing chosen, no successor).
    """
    plan = plan_ward(actor=actor, old=old, choice=choice)
    if not plan.targets:
        raise RegisterError(_("Chưa chọn nơi đến nào. Hãy chọn cho ít nhất một khu phố, tổ hoặc hộ."))
    return carry_out(actor=actor, plan=plan)


def _wanted(choice: Choice) -> list[tuple[int, int]]:
    """(hamlet or WARD_LEVEL, ward) pairs that need a place to go to, in a steady order."""
    pairs = [(hamlet, ward) for hamlet, ward in choice.hamlets.items()]
    pairs += [(hamlet, ward) for (hamlet, _group), ward in choice.groups.items()]
    where = dict(Registrant.objects.filter(pk__in=list(choice.registrants)).values_list("pk", "hamlet_id"))
    pairs += [(where[pk] or WARD_LEVEL, ward) for pk, ward in choice.registrants.items()]
    if choice.ward_level:
        pairs.append((WARD_LEVEL, choice.ward_level))
    return list(dict.fromkeys(pairs))


def _targets(
    plan: Plan, wanted: list[tuple[int, int]], wards: dict[int, Place], hamlets: dict[int, Place]
) -> dict[tuple[int, int], int]:
    """Fill plan.targets; where each pair stands in it. A successor an earlier step created is used again."""
    earlier = {
        (link.from_place_id, link.to_place.commune_id): link.to_place
        for link in Succession.objects.filter(
            from_place__in=list(hamlets), to_place__level=Level.HAMLET, effective_on=plan.on
        ).select_related("to_place")
    }
    taken: dict[int, set[str]] = {pk: set() for pk in wards}
    beside = Place.objects.filter(parent__in=list(wards), level=Level.HAMLET, valid_to__isnull=True)
    for parent, name in beside.values_list("parent_id", "name"):
        taken[parent].add(natural_key(name))
    order = {pk: position for position, pk in enumerate(hamlets)}
    positions = {}
    for hamlet, ward in sorted(wanted, key=lambda pair: (order.get(pair[0], -1), pair[1])):
        if hamlet == WARD_LEVEL:
            target = Target(wards[ward], existing=wards[ward])
        elif (hamlet, ward) in earlier:
            target = Target(wards[ward], existing=earlier[hamlet, ward])
        else:
            old = hamlets[hamlet]
            name = free_name(old.name, taken[ward])
            taken[ward].add(natural_key(name))
            target = Target(wards[ward], name=name, kind=old.kind, area_class=old.area_class)
        positions[hamlet, ward] = len(plan.targets)
        plan.targets.append(target)
    return positions


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with the next free number behind it: "Khu phố 1" → "Khu phố 7" where 1 to 6 are taken."""
    if natural_key(name) not in taken:
        return name
    stem = re.sub(r"\s*\d+$", "", name) or name
    position = 1 if stem != name else 2
    while natural_key(f"{stem} {position}") in taken:
        position += 1
    return f"{stem} {position}"


def _check_choice(
    actor: User | None, old: Place, choice: Choice, wards: dict[int, Place], hamlets: list[Place]
) -> None:
    """Raises RegisterError for a ward that is no successor or something that is not of the old ward; NotAllowed for
    a ward the person does not keep."""
    chosen = {*choice.hamlets.values(), *choice.groups.values(), *choice.registrants.values()}
    chosen |= {choice.ward_level} if choice.ward_level else set()
    if chosen - set(wards):
        raise RegisterError(_("Có nơi được chọn không phải nơi kế thừa %(place)s.") % {"place": old.name})
    known = {place.pk for place in hamlets}
    own = Registrant.objects.filter(pk__in=list(choice.registrants), commune=old, closed_on__isnull=True).exclude(
        kind__in=["CITIZEN", "COMMUNITY"]
    )
    if {*choice.hamlets, *(hamlet for hamlet, _group in choice.groups)} - known or own.count() != len(
        choice.registrants
    ):
        raise RegisterError(_("Có khu phố hoặc hộ được chọn không còn trong sổ của %(place)s.") % {"place": old.name})
    for pk in sorted(chosen):  # as many as the old ward has successors
        if actor is not None and not rules.may_manage_hamlets(actor, wards[pk]):
            raise NotAllowed(
                _("Bạn chỉ nhận được phần về phường, xã của mình; phần về %(place)s do nơi đó nhận.")
                % {"place": wards[pk].name}
            )
