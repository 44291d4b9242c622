"""The grids rows are pasted into, one for each kind of list and one for the families of clans: their columns.

A column is a field of the kind's own list under a heading that list reads, in Vietnamese whatever the page speaks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.lib.language import official_language
from units.choices import RegistrantKind
from units.domain.importing import headings
from units.domain.importing.kinds import list_of_kind
from units.models import ImportBatch

FAMILY = "FAMILY"
_FAMILY_HEADINGS = {
    "name": "Dòng họ",
    "household": "Chủ hộ",
    "hall_address": "Địa chỉ",
    "hamlet": "Khu phố, thôn, ấp",
    "ward": "Phường, xã của hộ",
}
_HOUSEHOLD_HEADINGS = {
    "name": "Họ và tên chủ hộ",
    "address": "Địa chỉ",
    "group": "Tổ",
    "hamlet": "Khu phố, thôn, ấp",
    "members": "Số nhân khẩu",
    "adults": "Người lớn",
    "pupils": "Học sinh",
    "poverty": "Diện hộ",
    "phone": "Điện thoại",
    "register": "Đăng ký",
    "note": "Ghi chú",
}


@dataclass(frozen=True)
class Grid:
    """One grid. `key`: as the address names it; `kind`: of the list it becomes; `needed`: columns besides the name
    without which a row is not read at all; `secret`: columns whose text no page may keep."""

    key: str
    kind: str
    title: Any
    noun: Any
    hint: Any
    fields: tuple[str, ...]
    headings: dict[str, str] | None = None
    labels: dict[str, Any] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    secret: frozenset = frozenset()

    @cached_property
    def columns(self) -> dict[str, str]:
        """Field → the heading of its column in the workbook a paste becomes."""
        if self.headings:
            return self.headings
        with official_language():
            found = {
                one.name: str(one.label) for one in list_of_kind(self.kind).all_fields(ImportBatch(kind=self.kind))
            }
        return {name: found[name] for name in self.fields}

    def label(self, name: str) -> str:
        """What people call a column."""
        if name in self.labels:
            return str(self.labels[name])
        if self.kind == RegistrantKind.HOUSEHOLD:
            return str(headings.FIELD_LABELS[name])
        fields = list_of_kind(self.kind).all_fields(ImportBatch(kind=self.kind))
        return next(str(one.label) for one in fields if one.name == name)

    def rules(self, year: int) -> dict:
        """How headings of a copied list are understood, as `find_header` takes it."""
        kind = list_of_kind(self.kind)
        return {"rules": kind.vocabulary(ImportBatch(kind=self.kind, year=year)).rules} if kind else {}


GRIDS = {
    one.key: one
    for one in (
        Grid(
            RegistrantKind.HOUSEHOLD,
            RegistrantKind.HOUSEHOLD,
            _("Hộ gia đình"),
            _("hộ"),
            _("Cột đăng ký ghi x; diện hộ ghi Nghèo hoặc Cận nghèo. Mỗi hộ một dòng, bắt buộc có họ tên."),
            tuple(_HOUSEHOLD_HEADINGS),
            _HOUSEHOLD_HEADINGS,
        ),
        Grid(
            RegistrantKind.CLAN,
            RegistrantKind.CLAN,
            _("Dòng họ"),
            _("dòng họ"),
            _("Có ban khuyến học thì ghi x. Mỗi dòng họ một dòng, bắt buộc có tên."),
            ("name", "hall_address", "hamlet", "has_committee", "committee_head", "phone", "fund", "note"),
        ),
        Grid(
            FAMILY,
            RegistrantKind.CLAN,
            _("Gia đình của dòng họ"),
            _("gia đình"),
            _("Mỗi gia đình một dòng: tên dòng họ và chủ hộ. Hộ ở nơi khác: ghi thêm khu phố và phường, xã của hộ."),
            tuple(_FAMILY_HEADINGS),
            _FAMILY_HEADINGS,
            {"name": _("Dòng họ"), "hall_address": _("Địa chỉ của hộ"), "hamlet": _("Khu phố, thôn của hộ")},
            needed=("household",),
        ),
        Grid(
            RegistrantKind.ORGANISATION,
            RegistrantKind.ORGANISATION,
            _("Cơ quan, đơn vị"),
            _("đơn vị"),
            _("Có chi hội thì ghi x. Mỗi đơn vị một dòng, bắt buộc có tên và loại hình."),
            (
                "name",
                "type",
                "managed_by",
                "address",
                "hamlet",
                "has_branch",
                "branch_chair",
                "contact",
                "phone",
                "staff",
                "learners",
                "note",
            ),
        ),
        Grid(
            RegistrantKind.CITIZEN,
            RegistrantKind.CITIZEN,
            _("Công dân"),
            _("công dân"),
            _("Mỗi người một dòng, tính ở một hộ hoặc một đơn vị. Số căn cước không được lưu, chỉ giữ bốn số cuối."),
            (
                "name",
                "birth_year",
                "sex",
                "group",
                "id_number",
                "host",
                "address",
                "hamlet",
                "note",
            ),
            secret=frozenset({"id_number"}),
        ),
        Grid(
            RegistrantKind.COMMUNITY,
            RegistrantKind.COMMUNITY,
            _("Cộng đồng"),
            _("cộng đồng"),
            _("Cộng đồng phải mang tên một khu phố, thôn đang có, hoặc tên phường, xã."),
            ("name", "note"),
        ),
    )
}
HOUSEHOLDS = GRIDS[RegistrantKind.HOUSEHOLD]
