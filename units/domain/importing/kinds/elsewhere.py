"""Households a list names in other wards than its own: by ward, hamlet and head, and no more of them is told."""

from __future__ import annotations

import re

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.lib.text import clean, fold
from units.choices import Level, RegistrantKind
from units.domain.importing.hamlets import HamletFinder
from units.domain.importing.kinds.spec import Line, Scene
from units.models import Place, Registrant

_KIND = re.compile(r"^(phuong|xa|thi tran|dac khu|tt|p|x)(?: |$)")
_SHORT = {"p": "phuong", "x": "xa", "tt": "thi tran"}
_ABOVE = re.compile(r"^(thanh pho|tinh|tp) ")


def _ward(text: str) -> tuple[str, str, str]:
    """(kind, name, province) as folded words: "P. Vườn Lài, TP Hồ Chí Minh" → ("phuong", "vuon lai", "ho chi minh")."""
    name, _comma, above = text.partition(",")
    folded = fold(name)
    match = _KIND.match(folded)
    kind = _SHORT.get(match[1], match[1]) if match else ""
    return kind, folded[match.end() :] if match else folded, _ABOVE.sub("", fold(above.split(",")[-1]))


def is_elsewhere(text: str, scene: Scene) -> bool:
    """Does a cell name another ward than the list's own?"""
    kind, name, above = _ward(text)
    own_kind, own, _above = _ward(scene.commune.name)
    province = _ABOVE.sub("", fold(scene.commune.province.name)) if above else ""
    return bool(name) and (name != own or kind not in ("", own_kind) or above != province)


def settle_wards(lines: list[Line], scene: Scene) -> None:
    """Ward and hamlet of each line, or why they are not known: three queries, whatever the number of lines."""
    fresh = [line for line in lines if "ward_id" not in line.values]
    if not fresh:
        return
    wards: dict[str, list[tuple]] = {}
    rows = Place.objects.filter(level=Level.COMMUNE).on(scene.day).select_related("province").order_by("sort_key", "pk")
    for row in rows.only("name", "province__name"):
        kind, name, _above = _ward(row.name)
        wards.setdefault(name, []).append((row, kind, _ABOVE.sub("", fold(row.province.name))))
    for line in fresh:
        reason, ward = _one(line.values["ward"], wards, scene)
        if ward is None:
            line.refuse("ward", reason)
        else:
            line.values |= {"ward_id": ward.pk, "ward": ward.name}
    asked = {line.values["ward_id"]: line.values["ward"] for line in fresh if "ward_id" in line.values}
    hamlets: dict[int, list[tuple]] = {}
    there = Place.objects.filter(commune__in=asked, level=Level.HAMLET).on(scene.day).order_by("sort_key", "pk")
    for pk, commune, name in there.values_list("pk", "commune_id", "name"):
        hamlets.setdefault(commune, []).append((pk, name))
    finders = {pk: HamletFinder(hamlets.get(pk, []), name) for pk, name in asked.items()}
    for line in fresh:
        if "ward_id" not in line.values:
            continue
        if not line.hamlet_text:
            line.refuse("hamlet", _("Hộ ở phường, xã khác thì phải ghi cả khu phố, thôn của hộ."))
            continue
        match = finders[line.values["ward_id"]].find(line.hamlet_text)
        line.hamlet_id = match.pk
        if match.pk is None:
            line.refuse("hamlet", match.reason)


def _one(text: str, wards: dict[str, list[tuple]], scene: Scene) -> tuple[str, Place | None]:
    kind, name, above = _ward(text)
    found = wards.get(name, [])
    found = [one for one in found if one[1] == kind] or found
    if above:
        found = [one for one in found if one[2] == above]
    near = [one for one in found if one[0].province_id == scene.commune.province_id]
    found = near or found
    if not found:
        return _("Không có phường, xã nào tên “%(name)s” vào ngày %(day)s. Hãy ghi tên hiện nay.") % {
            "name": clean(text)[:60],
            "day": scene.day.strftime("%d/%m/%Y"),
        }, None
    if len(found) > 1:
        return _("Có %(count)s nơi tên “%(name)s”. Hãy ghi thêm tỉnh, thành phố, ví dụ “%(example)s”.") % {
            "count": len(found),
            "name": clean(text)[:60],
            "example": f"{found[0][0].name}, {found[0][0].province.name}",
        }, None
    return "", found[0][0]


def homes_of(lines: list[Line]) -> list[Registrant]:
    """Open households of the lines' wards that have a name or key of theirs."""
    wards = {line.values["ward_id"] for line in lines if "ward_id" in line.values}
    if not wards:
        return []
    names = {fold(line.values["household"]) for line in lines}
    rows = Registrant.objects.filter(kind=RegistrantKind.HOUSEHOLD, commune__in=wards).open()
    return list(rows.filter(Q(search_name__in=names)).select_related("household").order_by("pk"))


def household_of(line: Line, homes: list[Registrant]) -> tuple[str, Registrant | None]:
    """The one household a line names. A key alone opens nothing: name and hamlet must fit it."""
    values, name = line.values, fold(line.values["household"])
    found = [row for row in homes if row.hamlet_id == line.hamlet_id and row.search_name == name]
    key = values.get("household_id") or line.identity
    found = [row for row in found if row.pk == key] or found
    if values.get("address"):
        found = [row for row in found if row.household.address_key == fold(values["address"])] or found
    told = {"name": values["household"][:60], "ward": values["ward"]}
    if not found:
        text = _("Không có hộ nào mang tên chủ hộ “%(name)s” ở khu phố, thôn đó của %(ward)s. Hãy xem lại tên, nơi ở.")
        return text % told, None
    if len(found) > 1:
        text = _(
            "Có %(count)s hộ mang tên chủ hộ “%(name)s” ở khu phố, thôn đó của %(ward)s. Hãy ghi đúng địa chỉ của hộ."
        )
        return text % (told | {"count": len(found)}), None
    return "", found[0]
