"""Families of clans in a list: which household belongs to which clan, of one clan at a time."""

from __future__ import annotations

import datetime

from django.db import IntegrityError
from django.db.models import F
from django.utils.translation import gettext as _

from portal.lib.text import fold
from units.choices import Level, RegistrantKind, RowVerdict
from units.domain.clans import release
from units.domain.importing.kinds import elsewhere
from units.domain.importing.kinds.spec import Line, Scene
from units.domain.importing.merged import OWN
from units.domain.places_held import hold_wards_of
from units.domain.registrants import day_text
from units.models import ClanMembership, Registrant


class Families:
    """What a list of clans adds: rows that name a household are families; `values["clan"]` is the clan's key, or
    None when the list itself brings the clan; the row's registrant is the household. A row with `ward` names one that
    lives in another ward."""

    def own_fields(self, columns: dict[str, int]) -> frozenset[str]:
        """A clan's name may stand once beside all its families."""
        return OWN - {"name"} | {"household"} if "household" in columns else OWN

    def is_part(self, values: dict) -> bool:
        return bool(values.get("household"))

    def elsewhere(self, line: Line, scene: Scene) -> bool:
        told = line.values.get("ward")
        return bool(told) and self.is_part(line.values) and elsewhere.is_elsewhere(told, scene)

    def settle(self, line: Line, scene: Scene) -> None:
        if not self.elsewhere(line, scene):
            line.values.pop("ward", None)
        if self.is_part(line.values):
            line.values["address"] = line.values.pop("hall_address", "")
        elif "household" in line.values:
            del line.values["household"]

    def look_up(self, lines: list[Line], scene: Scene) -> None:
        parts = [line for line in lines if self.is_part(line.values)]
        if not parts:
            return
        far = [line for line in parts if line.values.get("ward")]
        near = [line for line in parts if not line.values.get("ward")]
        elsewhere.settle_wards(far, scene)
        scene.found["far_homes"] = elsewhere.homes_of(far)
        names = {fold(line.values["household"]) for line in near}
        keys = {line.values.get("household_id") or line.identity for line in near} - {None}
        rows = Registrant.objects.filter(kind=RegistrantKind.HOUSEHOLD).open().within(scene.place)
        rows = (rows.filter(search_name__in=names) | rows.filter(pk__in=keys)).select_related("household")
        homes = {row.pk: row for row in rows.order_by("pk")}
        by_name: dict[str, list[Registrant]] = {}
        for row in homes.values():
            by_name.setdefault(row.search_name, []).append(row)
        asked = [*homes, *(row.pk for row in scene.found["far_homes"])]
        members = ClanMembership.objects.filter(household__in=asked).select_related("clan__registrant")
        current, ended = {}, {}
        for one in members.order_by("until"):
            if one.until is None and one.clan.registrant.is_open:
                current[one.household_id] = one.clan
            elif one.until is None:
                continue  # a clan that left the register holds nobody
            elif one.until > one.since:
                ended[one.household_id] = one
        scene.found |= {"homes": homes, "by_head": by_name, "in_clan": current, "was_in_clan": ended}

    def judge_parts(self, parts: list[Line], lines: list[Line], scene: Scene) -> None:
        clans: dict[str, set] = {}
        for row in scene.known:
            if row.is_open and (scene.place.level != Level.HAMLET or row.hamlet_id == scene.place.pk):
                clans.setdefault(row.search_name, set()).add(row.pk)
        for line in lines:
            if line.registrant_id and line.verdict in (RowVerdict.CHANGED, RowVerdict.UNCHANGED):
                clans.setdefault(fold(line.name), set()).add(line.registrant_id)
            elif line.verdict == RowVerdict.ADDED:
                clans.setdefault(fold(line.name), set()).add(("row", line.number, line.sheet))
        seen: dict[int, Line] = {}
        for line in parts:
            line.verdict = RowVerdict.REFUSED
            if not line.reasons:
                named = clans.get(fold(line.name), set())
                reason = self._family(line, named, seen, scene)
                if reason:
                    line.refuse("household" if len(named) == 1 else "name", reason)

    def _family(self, line: Line, clans: set, seen: dict[int, Line], scene: Scene) -> str:
        """Why a row cannot be taken; else its verdict, household and clan are written into it."""
        if not clans:
            return _("Không có dòng họ “%(name)s” trong sổ của nơi này và trong tệp.") % {"name": line.name[:60]}
        if len(clans) > 1:
            return _("Có %(count)s dòng họ tên “%(name)s”. Hãy thêm gia đình trên trang của dòng họ.") % {
                "count": len(clans),
                "name": line.name[:60],
            }
        reason, home = self._household_of(line, scene)
        if reason:
            return reason
        clan = next(iter(clans))
        clan = clan if isinstance(clan, int) else None
        now = scene.found["in_clan"].get(home.pk)
        if now and now.pk != clan:
            line.like = now.pk
            if line.values.get("ward"):  # whose family it is over there is not ours to know
                text = _("Hộ “%(name)s” đang thuộc một dòng họ khác. Hãy đề nghị %(ward)s cho hộ rời dòng họ đó trước.")
                return text % {"name": home.name, "ward": line.values["ward"]}
            return _(
                "Hộ “%(name)s” đang thuộc %(clan)s. Mỗi hộ chỉ thuộc một dòng họ; hãy cho hộ rời dòng họ đó trước."
            ) % {"name": home.name, "clan": now}
        first = seen.get(home.pk)
        if first:
            return _("Hộ “%(name)s” đã ghi cho “%(clan)s” ở dòng %(row)s. Mỗi hộ chỉ thuộc một dòng họ.") % {
                "name": home.name,
                "clan": first.name,
                "row": first.number,
            }
        seen[home.pk] = line
        since = max(scene.day, home.opened_on)
        last = scene.found["was_in_clan"].get(home.pk)
        if not now and last and last.until > since:
            return _("Hộ “%(name)s” còn thuộc %(clan)s đến ngày %(day)s.") % {
                "name": home.name,
                "clan": _("một dòng họ khác") if line.values.get("ward") and last.clan_id != clan else last.clan,
                "day": day_text(last.until),
            }
        line.registrant_id = home.pk
        line.values |= {"clan": clan, "household_id": home.pk, "since": since.isoformat()}
        line.verdict = RowVerdict.UNCHANGED if now else RowVerdict.ADDED
        return ""

    def _household_of(self, line: Line, scene: Scene) -> tuple[str, Registrant | None]:
        values = line.values
        if values.get("ward"):
            return elsewhere.household_of(line, scene.found["far_homes"])
        key = values.get("household_id") or line.identity
        if key:
            home = scene.found["homes"].get(key)
            if home is None:
                return _("Không có hộ mang mã này trong sổ của nơi này. Hãy để trống ô mã và ghi tên chủ hộ."), None
            return "", home
        name = values["household"]
        found = scene.found["by_head"].get(fold(name), [])
        if line.hamlet_id:
            found = [row for row in found if row.hamlet_id == line.hamlet_id]
        exact = [row for row in found if row.household.address_key == fold(values.get("address", ""))]
        found = exact if values.get("address") and exact else found
        if not found:
            text = _("Không có hộ nào mang tên chủ hộ “%(name)s” ở nơi này. Hãy nhập hộ trước, hoặc ghi đúng tên.")
            return text % {"name": name[:60]}, None
        if len(found) > 1:
            text = _("Có %(count)s nơi mang tên “%(name)s”. Hãy ghi thêm khu phố và địa chỉ của hộ.")
            return text % {"count": len(found), "name": name[:60]}, None
        return "", found[0]

    def write_parts(self, parts: list[Line], added: list[Line], scene: Scene) -> None:
        # Other wards are not locked by this import: whoever closes or merges a household there comes before or after.
        keys = {line.registrant_id for line in parts}
        hold_wards_of(keys)
        rows = Registrant.objects.filter(pk__in=keys).open().order_by("pk").select_for_update(of=("self",))
        if len(rows.values_list("pk")) < len(keys):
            raise IntegrityError("clanmembership_one_clan")
        release(keys)
        fresh = {fold(line.name): line.registrant_id for line in added}
        rows = []
        for line in parts:
            clan = line.values["clan"] or fresh.get(fold(line.name))
            if clan is None:  # its clan fell out between the preview and now
                raise IntegrityError("clanmembership_one_clan")
            since = datetime.date.fromisoformat(line.values["since"])
            rows.append(ClanMembership(clan_id=clan, household_id=line.registrant_id, since=since))
        ClanMembership.objects.bulk_create(rows, batch_size=2000)

    def touched_parts(self, rows: list, added: list) -> list:
        fresh = {row.search_name: row.registrant_id for row in added}
        keys = [row.registrant_id for row in rows]
        members = ClanMembership.objects.filter(household__in=keys, until__isnull=True)
        now = {one.household_id: (one.clan_id, one.since.isoformat()) for one in members}
        return [
            row
            for row in rows
            if now.get(row.registrant_id) != (row.values["clan"] or fresh.get(row.search_name), row.values["since"])
        ]

    def undo_parts(self, rows: list) -> None:
        keys = [row.registrant_id for row in rows]
        ClanMembership.objects.filter(household__in=keys, until__isnull=True).update(until=F("since"))
