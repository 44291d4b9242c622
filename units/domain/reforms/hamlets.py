"""Verbs of hamlets through time: end, merge, split, rename, move to another commune. Each has a plan to show first."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from portal.lib.text import clean, natural_key
from units.choices import Level
from units.domain.errors import RegisterError
from units.domain.places import (
    HamletDraft,
    _duplicate_sentence,
    _name_problem,
    _siblings,
    guess_kind,
    hamlet_name,
)
from units.domain.reforms.applying import carry_out
from units.domain.reforms.plans import Plan, Target, check_day, check_keeper, check_sources
from units.models import ChangeKind, Place, PlaceChange, User


def plan_close(*, actor: User | None, hamlet: Place, on: datetime.date) -> Plan:
    """A hamlet ends and nobody stands in it. Raises NotAllowed, RegisterError."""
    _check(actor, [hamlet], on)
    return Plan(ChangeKind.CLOSE, hamlet.commune, on, [hamlet], [])


def close_hamlet(*, actor: User | None, hamlet: Place, on: datetime.date) -> PlaceChange:
    """End an empty hamlet; one with people in it is merged into another. Raises NotAllowed, RegisterError."""
    return carry_out(actor=actor, plan=plan_close(actor=actor, hamlet=hamlet, on=on))


def plan_merge(*, actor: User | None, hamlets: Sequence[Place], into: Place | HamletDraft, on: datetime.date) -> Plan:
    """Several hamlets of a commune become one: an existing hamlet (it may be among them) or a new one.

    Raises NotAllowed, RegisterError.
    """
    sources = [hamlet for hamlet in dict.fromkeys(hamlets) if hamlet != into]
    if not sources:
        raise RegisterError(_("Hãy chọn các khu phố, thôn được nhập."), field="hamlets")
    _check(actor, sources, on)
    commune = sources[0].commune
    if isinstance(into, Place):
        if into.level != Level.HAMLET or into.commune_id != commune.pk or not into.existed_on(on) or into.is_legacy:
            raise RegisterError(
                _("Hãy chọn nơi nhập vào là khu phố, thôn của %(place)s còn vào ngày đó.") % {"place": commune.name},
                field="into",
            )
        target = Target(commune, existing=into)
    else:
        if len(sources) < 2:
            raise RegisterError(_("Nhập thành khu phố, thôn mới cần ít nhất hai nơi."), field="hamlets")
        target = _new_targets(commune, [into], sources)[0]
    return Plan(ChangeKind.MERGE, commune, on, sources, [target], by_hamlet={hamlet.pk: 0 for hamlet in sources})


def merge_hamlets(
    *, actor: User | None, hamlets: Sequence[Place], into: Place | HamletDraft, on: datetime.date
) -> PlaceChange:
    """Merge on a day: people move, the hamlets end the day before. Raises NotAllowed, RegisterError."""
    return carry_out(actor=actor, plan=plan_merge(actor=actor, hamlets=hamlets, into=into, on=on))


def plan_split(
    *,
    actor: User | None,
    hamlet: Place,
    into: Sequence[HamletDraft],
    groups: Mapping[str, int] | None = None,
    registrants: Mapping[int, int] | None = None,
    on: datetime.date,
) -> Plan:
    """A hamlet becomes several new ones. `groups`: "tổ" → position in `into`; `registrants`: key → position, wins.

    Raises NotAllowed, RegisterError.
    """
    _check(actor, [hamlet], on)
    if len(into) < 2:
        raise RegisterError(_("Chia cần ít nhất hai khu phố, thôn mới."), field="names")
    targets = _new_targets(hamlet.commune, into, [hamlet])
    groups, registrants = dict(groups or {}), dict(registrants or {})
    if any(not 0 <= position < len(targets) for position in (*groups.values(), *registrants.values())):
        raise RegisterError(_("Có hộ được phân vào nơi không có trong danh sách khu phố, thôn mới."))
    return Plan(
        ChangeKind.SPLIT,
        hamlet.commune,
        on,
        [hamlet],
        targets,
        by_group={(hamlet.pk, clean(name)): position for name, position in groups.items()},
        by_registrant=registrants,
    )


def split_hamlet(
    *,
    actor: User | None,
    hamlet: Place,
    into: Sequence[HamletDraft],
    groups: Mapping[str, int] | None = None,
    registrants: Mapping[int, int] | None = None,
    on: datetime.date,
) -> PlaceChange:
    """Split on a day. Raises NotAllowed; RegisterError with the count while somebody is not assigned."""
    plan = plan_split(actor=actor, hamlet=hamlet, into=into, groups=groups, registrants=registrants, on=on)
    return carry_out(actor=actor, plan=plan)


def plan_move(*, actor: User | None, hamlet: Place, commune: Place, on: datetime.date, name: str = "") -> Plan:
    """A hamlet goes to another commune, under its name or a new one. Raises NotAllowed, RegisterError."""
    _check(actor, [hamlet], on)
    if commune.level != Level.COMMUNE or not commune.existed_on(on) or commune.is_legacy:
        raise RegisterError(_("Hãy chọn phường, xã còn vào ngày đó."), field="commune")
    if commune.pk == hamlet.commune_id:
        raise RegisterError(
            _("%(place)s đang thuộc %(commune)s.") % {"place": hamlet.name, "commune": commune.name}, field="commune"
        )
    check_keeper(actor, commune)
    target = _new_targets(commune, [HamletDraft(clean(name) or hamlet.name, hamlet.kind)], [hamlet])[0]
    return Plan(ChangeKind.MOVE, hamlet.commune, on, [hamlet], [target], by_hamlet={hamlet.pk: 0})


def move_hamlet(*, actor: User | None, hamlet: Place, commune: Place, on: datetime.date, name: str = "") -> PlaceChange:
    """Move a hamlet with everybody in it to another commune. Raises NotAllowed, RegisterError."""
    return carry_out(actor=actor, plan=plan_move(actor=actor, hamlet=hamlet, commune=commune, on=on, name=name))


def plan_rename(*, actor: User | None, names: Mapping[Place, str], on: datetime.date) -> Plan:
    """Hamlets of a commune bear other names from a day on, several at once, so that two may also change names. The old
    ones end: lists, decisions and certificates of before keep the name of then. Raises NotAllowed, RegisterError."""
    asked = {hamlet: hamlet_name(name, guess_kind(name, hamlet.kind)) for hamlet, name in names.items() if clean(name)}
    asked = {hamlet: name for hamlet, name in asked.items() if name != hamlet.name}
    if not asked:
        raise RegisterError(_("Hãy ghi tên mới cho ít nhất một khu phố, thôn."))
    sources = list(asked)
    _check(actor, sources, on)
    drafts = [HamletDraft(name, guess_kind(name, hamlet.kind)) for hamlet, name in asked.items()]
    targets = _new_targets(sources[0].commune, drafts, sources)
    targets = [replace(target, area_class=hamlet.area_class) for target, hamlet in zip(targets, sources, strict=True)]
    by_hamlet = {hamlet.pk: position for position, hamlet in enumerate(sources)}
    return Plan(ChangeKind.RENAME, sources[0].commune, on, sources, targets, by_hamlet=by_hamlet)


def rename_hamlets(*, actor: User | None, names: Mapping[Place, str], on: datetime.date) -> PlaceChange:
    """Rename on a day; whoever is posted there goes along. Raises NotAllowed, RegisterError."""
    return carry_out(actor=actor, plan=plan_rename(actor=actor, names=names, on=on))


def _check(actor: User | None, sources: list[Place], on: datetime.date) -> None:
    check_sources(sources, on)
    if len({place.commune_id for place in sources}) > 1:
        raise RegisterError(_("Các khu phố, thôn được nhập phải cùng một phường, xã."), field="hamlets")
    check_keeper(actor, sources[0].commune)
    check_day(on)


def _new_targets(commune: Place, drafts: Sequence[HamletDraft], ending: list[Place]) -> list[Target]:
    """Hamlets to be created: names checked against those that stay and each other; an ending one's name is free."""
    gone = {place.pk for place in ending}
    taken = {
        natural_key(name): name
        for pk, name in _siblings(commune).filter(valid_to=commune.valid_to).values_list("pk", "name")
        if pk not in gone
    }
    targets = []
    for draft in drafts:
        name = hamlet_name(draft.name, draft.kind)
        problem = _name_problem(name, draft.kind)
        if not problem and natural_key(name) in taken:
            problem = _duplicate_sentence(commune, taken[natural_key(name)])
        if problem:
            raise RegisterError(problem, field="name")
        taken[natural_key(name)] = name
        targets.append(Target(commune, name=name, kind=draft.kind, area_class=ending[0].area_class))
    return targets
