"""Lists of citizens. An ID number is hashed while its cell is read; from then on only four digits of it are left."""

from __future__ import annotations

import re

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import fold
from units.choices import CitizenGroup, RegistrantKind, Sex
from units.domain import citizens
from units.domain.importing.kinds import cells
from units.domain.importing.kinds.spec import Field, KindList, Line, Scene
from units.domain.importing.rows import BadCell, name_of, text_of
from units.models import Citizen, Registrant
from units.models.citizens import EARLIEST_BIRTH

HIDDEN = "••••••••"
_LONG_NUMBER = re.compile(r"\d(?:[\s.]?\d){8,}")
# Words of real lists for the four groups, whose official names are not at hand: provisional as the groups themselves.
_GROUPS = {
    "1": CitizenGroup.FARMERS,
    "nhom 1": CitizenGroup.FARMERS,
    "nong dan": CitizenGroup.FARMERS,
    "lao dong nong thon": CitizenGroup.FARMERS,
    "2": CitizenGroup.WORKERS,
    "nhom 2": CitizenGroup.WORKERS,
    "cong nhan": CitizenGroup.WORKERS,
    "lao dong khac": CitizenGroup.WORKERS,
    "3": CitizenGroup.GRADUATES,
    "nhom 3": CitizenGroup.GRADUATES,
    "cong chuc": CitizenGroup.GRADUATES,
    "vien chuc": CitizenGroup.GRADUATES,
    "cong chuc vien chuc": CitizenGroup.GRADUATES,
    "can bo cong chuc vien chuc": CitizenGroup.GRADUATES,
    "tri thuc": CitizenGroup.GRADUATES,
    "4": CitizenGroup.OTHERS,
    "nhom 4": CitizenGroup.OTHERS,
    "nguoi cao tuoi": CitizenGroup.OTHERS,
    "nguoi nghi huu": CitizenGroup.OTHERS,
    "huu tri": CitizenGroup.OTHERS,
    "hoc sinh": CitizenGroup.OTHERS,
    "sinh vien": CitizenGroup.OTHERS,
    "nguoi hoc": CitizenGroup.OTHERS,
}
_SEXES = {"nam": Sex.MALE, "m": Sex.MALE, "trai": Sex.MALE, "nu": Sex.FEMALE, "f": Sex.FEMALE, "gai": Sex.FEMALE}


def _person(value: object) -> str:
    return name_of(value) if text_of(value) else ""


def _birth_year(value: object) -> int:
    """The year, also out of a full date of birth."""
    text = text_of(value)
    match = re.fullmatch(r"(?:\d{1,2}[/.-]\d{1,2}[/.-])?(\d{4})", text)
    year = int(match[1]) if match else 0
    if not EARLIEST_BIRTH <= year <= timezone.localdate().year:
        raise BadCell(
            _("Năm sinh ghi “%(text)s”. Hãy ghi bốn chữ số, từ %(first)s đến %(last)s.")
            % {"text": text[:20], "first": EARLIEST_BIRTH, "last": timezone.localdate().year}
        )
    return year


def _id_number(value: object) -> dict:
    """What is kept of an ID number. No sentence ever repeats it."""
    text = re.sub(r"[\s.']", "", text_of(value))
    if HIDDEN[0] in text:
        raise BadCell(
            _("Số căn cước đã được che, hệ thống không giữ. Hãy ghi lại đủ 12 chữ số, hoặc để trống nếu chưa rõ.")
        )
    if isinstance(value, float) and len(text) == 11:
        text = f"0{text}"  # a spreadsheet drops the leading zero of a number
    if not re.fullmatch(r"[0-9]{12}", text):
        raise BadCell(_("Số căn cước gồm đúng 12 chữ số; chưa rõ thì để trống."))
    return {"id_hash": citizens.id_hash(text), "id_last4": text[-4:]}


def _show(choices):
    labels = dict(choices)
    return lambda value: str(labels.get(value, value))


HOST, ORGANISATION, HOUSEHOLD = "host", "organisation", "household"


class CitizenList(KindList):
    """Lists of citizens. The number of the identity card tells them apart and is never kept: only its keyed hash and
    its last four digits are.
    """

    kind = RegistrantKind.CITIZEN
    book = citizens.BOOK
    profile = slug = "citizen"
    noun = gettext_lazy("công dân")
    title = gettext_lazy("Công dân")
    needed = ("birth_year", "sex", "group")
    related = ("citizen__household__registrant", "citizen__organisation__registrant")
    ignored = r"\bbon so cuoi\b|\b(ngay cap|noi cap)\b"
    fields = (
        Field(
            "id_number",
            gettext_lazy("Số căn cước"),
            r"\b(cccd|cmnd|can cuoc|dinh danh|cmt)\b",
            _id_number,
            lambda value: f"{HIDDEN}{value}",
        ),
        Field(
            HOST,
            gettext_lazy("Hộ gia đình hoặc đơn vị"),
            r"\bho gia dinh hoac don vi\b|\btinh o\b",
            cells.text(gettext_lazy("Hộ gia đình hoặc đơn vị"), 200),
        ),
        Field(
            HOUSEHOLD,
            gettext_lazy("Chủ hộ"),
            r"\b(chu ho|thuoc ho|ho gia dinh)\b|^ho$",
            cells.text(gettext_lazy("Chủ hộ"), 200),
        ),
        Field(
            ORGANISATION,
            gettext_lazy("Đơn vị"),
            r"\b(don vi|co quan|noi lam viec|cong tac|truong)\b",
            cells.text(gettext_lazy("Đơn vị"), 200),
        ),
        Field("birth_year", gettext_lazy("Năm sinh"), r"\b(nam sinh|sinh nam|ngay sinh)\b|^ns$", _birth_year),
        Field(
            "sex",
            gettext_lazy("Giới tính"),
            r"\b(gioi tinh|phai|nam nu)\b|^gioi$",
            cells.choice(gettext_lazy("Giới tính"), Sex.choices, _SEXES),
            _show(Sex.choices),
        ),
        Field(
            "group",
            gettext_lazy("Nhóm"),
            r"\b(nhom|doi tuong)\b",
            cells.choice(gettext_lazy("Nhóm"), CitizenGroup.choices, _GROUPS),
            _show(CitizenGroup.choices),
        ),
        Field("address", gettext_lazy("Địa chỉ"), r"\b(dia chi|so nha)\b", cells.text(gettext_lazy("Địa chỉ"), 250)),
        Field("name", gettext_lazy("Họ và tên"), r"\b(ho va ten|ho ten|cong dan)\b|^ten$", _person),
    )

    def remarks(self, fields, unknown=()):
        if "group" not in fields:
            return []
        return [
            _(
                "Tên bốn nhóm công dân còn tạm thời: “công chức, viên chức” được hiểu là nhóm 3, “công nhân” nhóm 2,"
                " “nông dân” nhóm 1, “người cao tuổi” nhóm 4. Hãy kiểm tra trước khi xác nhận."
            )
        ]

    def settle(self, line: Line, scene: Scene) -> None:
        values = line.values
        values.update(values.pop("id_number", {}))
        told = [name for name in (HOST, HOUSEHOLD, ORGANISATION) if values.get(name)]
        if len(told) > 1:
            line.refuse(told[-1], _("Mỗi người được tính một nơi: ở hộ hoặc ở đơn vị. Dòng này ghi cả hai."))
        elif not told and line.identity is None:
            text = _("Không rõ tính ở hộ hay đơn vị nào. Hãy ghi tên chủ hộ (cột “Chủ hộ”) hoặc đơn vị.")
            line.refuse(HOUSEHOLD, text)

    def conceal(self, line: Line, columns: dict[str, int]) -> None:
        cell = columns.get("id_number")
        for position, value in enumerate(line.raw):
            text = text_of(value)
            if position == cell and text:
                digits = re.sub(r"\D", "", text)
                # Few digits are no number to be hidden: what was typed helps to correct it.
                line.raw[position] = f"{HIDDEN}{digits[-4:]}" if len(digits) > 8 else text
            elif _LONG_NUMBER.search(text) and len(re.sub(r"\D", "", text)) >= 12:
                line.raw[position] = _LONG_NUMBER.sub(HIDDEN, text)

    def look_up(self, lines: list[Line], scene: Scene) -> None:
        kinds = [RegistrantKind.HOUSEHOLD, RegistrantKind.ORGANISATION]
        rows = Registrant.objects.filter(kind__in=kinds).open().within(scene.place)
        hosts: dict[tuple[str, str], list[Registrant]] = {}
        names = {
            fold(line.values[name])
            for line in lines
            for name in (HOST, HOUSEHOLD, ORGANISATION)
            if line.values.get(name)
        }
        rows = rows.filter(search_name__in=names).select_related("household", "hamlet", "commune", "province")
        for row in rows.order_by("pk"):
            hosts.setdefault((row.kind, row.search_name), []).append(row)
        for line in lines:
            if line.identity is None and not line.reasons:
                self._host(line, hosts)
        scene.found["hosts"] = {row.pk: row for rows in hosts.values() for row in rows}
        hashes = {line.values["id_hash"] for line in lines if line.values.get("id_hash")}
        held = Citizen.objects.filter(id_hash__in=hashes, active=True).select_related("registrant__commune")
        scene.found["held"] = {one.id_hash: one.registrant for one in held}

    def _host(self, line: Line, hosts: dict) -> None:
        """The one household or organisation a row names; the hamlet and the address tell namesakes apart."""
        values, found = line.values, []
        told = next(one for one in (HOUSEHOLD, ORGANISATION, HOST) if values.get(one))
        if values.get(HOUSEHOLD) or values.get(HOST):
            name = values.get(HOUSEHOLD) or values[HOST]
            found = hosts.get((RegistrantKind.HOUSEHOLD, fold(name)), [])
            if line.hamlet_id:
                found = [row for row in found if row.hamlet_id == line.hamlet_id]
            exact = [row for row in found if row.household.address_key == fold(values.get("address", ""))]
            found = exact if values.get("address") and exact else found
            missing = _("Không có hộ nào mang tên chủ hộ “%(name)s” ở nơi này. Hãy nhập hộ trước, hoặc ghi đúng tên.")
        if not found and (values.get(ORGANISATION) or values.get(HOST)):
            name = values.get(ORGANISATION) or values[HOST]
            found = hosts.get((RegistrantKind.ORGANISATION, fold(name)), [])
            missing = _("Không có đơn vị “%(name)s” trong sổ của nơi này. Hãy nhập đơn vị trước, hoặc ghi đúng tên.")
        if told == HOST:
            missing = _("Không có hộ hay đơn vị nào mang tên “%(name)s” ở nơi này. Hãy nhập trước, hoặc ghi đúng tên.")
        if not found:
            line.refuse(told, missing % {"name": name[:60]})
        elif len(found) > 1:
            line.refuse(
                told,
                _("Có %(count)s nơi mang tên “%(name)s”. Hãy ghi thêm khu phố và địa chỉ của hộ.")
                % {"count": len(found), "name": name[:60]},
            )
        else:
            values["host_id"] = found[0].pk

    def stored(self, registrant):
        found = super().stored(registrant)
        profile = registrant.citizen
        for name in (HOST, HOUSEHOLD, ORGANISATION):
            found.pop(name, None)
        return found | {"id_hash": profile.id_hash, "id_last4": profile.id_last4}

    def key(self, values, scene):
        if values.get("id_hash"):
            return ("id", values["id_hash"])
        return ("name", fold(values.get("name", "")), values.get("birth_year"), values.get("host_id"))

    def key_of(self, registrant):
        profile = registrant.citizen
        return ("name", registrant.search_name, profile.birth_year, profile.household_id or profile.organisation_id)

    def match(self, line: Line, open_rows: dict, scene: Scene) -> list[Registrant]:
        """Whom a row is: whoever has its ID number, else name, birth year and host. Two numbers are two people."""
        values = line.values
        held = scene.found["held"].get(values.get("id_hash"))
        if held:
            return [held] if held.commune_id == scene.commune.pk else []
        plain = ("name", fold(line.name), values.get("birth_year"), values.get("host_id"))
        rows = open_rows.get(plain, [])
        return [row for row in rows if not (values.get("id_hash") and row.citizen.id_hash)]

    def alike(self, line, scene):
        values = line.values
        for row in scene.namesakes(line.name):
            profile = row.citizen
            two_numbers = values.get("id_hash") and profile.id_hash
            if profile.birth_year == values.get("birth_year") and not two_numbers:
                if row.closed_on:
                    text = _("Người cùng tên, cùng năm sinh đã ra khỏi sổ ngày %(day)s.")
                    return text % {"day": row.closed_on.strftime("%d/%m/%Y")}, row
                host = (profile.household or profile.organisation).registrant.name
                text = _("Trong sổ đã có người cùng tên, cùng năm sinh, tính ở “%(host)s”.")
                return text % {"host": host}, row
        return "", None

    def refusal(self, line, there, scene):
        values = line.values
        held = scene.found["held"].get(values.get("id_hash"))
        if held and held.commune_id != scene.commune.pk:
            return _("Người có số căn cước này đã có trong sổ của %(place)s. Mỗi người chỉ tính một lần.") % {
                "place": held.commune
            }
        if held and (there is None or there.pk != held.pk or held.search_name != fold(line.name)):
            return _("Số căn cước này đang ghi cho “%(name)s” trong sổ. Hãy xem lại số hoặc họ tên.") % {
                "name": held.name
            }
        if there is None:
            if values.get("host_id") not in scene.found["hosts"]:
                return _("Hộ hoặc đơn vị tính người này không còn trong sổ.")
            return ""
        profile = there.citizen
        host = (profile.household or profile.organisation).registrant
        told = [values[name] for name in (HOST, HOUSEHOLD, ORGANISATION) if values.get(name)]
        if told and fold(told[0]) != host.search_name or values.get("host_id") not in (None, host.pk):
            return _("Người này đang được tính ở “%(host)s”. Nếu đã chuyển, hãy chuyển trong sổ thay vì nhập lại.") % {
                "host": host.name
            }
        return ""

    def place_of(self, line, scene):
        return scene.found["hosts"][line.values["host_id"]].place.fact_ids

    def opened_on(self, line, scene):
        return max(scene.day, scene.found["hosts"][line.values["host_id"]].opened_on)

    def build(self, line, registrant, scene):
        profile = super().build(line, registrant, scene)
        host = scene.found["hosts"][line.values["host_id"]]
        setattr(profile, f"{citizens.SIDES[host.kind]}_id", host.pk)
        return profile
