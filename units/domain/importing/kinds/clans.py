"""Lists of clans."""

from django.utils.translation import gettext_lazy as _

from units.choices import RegistrantKind
from units.domain import clans
from units.domain.importing.kinds import cells
from units.domain.importing.kinds.families import Families
from units.domain.importing.kinds.spec import Field, KindList
from units.domain.importing.rows import phone_of
from units.models.clans import LARGEST_FUND


class ClanList(Families, KindList):
    """Clans, and in a sheet of their own (or mixed) the households that belong to them."""

    kind = RegistrantKind.CLAN
    book = clans.BOOK
    profile = slug = "clan"
    noun = _("dòng họ")
    title = _("Dòng họ")
    fields = (
        Field("phone", _("Điện thoại"), r"\b(dien thoai|so dt|sdt|dtdd|di dong|zalo)\b|^dt$", phone_of),
        Field(
            "committee_head",
            _("Trưởng ban khuyến học"),
            r"\btruong (ban|bkh|hkh)\b|\btruong ban khuyen hoc\b",
            cells.text(_("Trưởng ban khuyến học"), 150),
        ),
        Field(
            "has_committee",
            _("Có ban khuyến học"),
            r"\b(ban|bkh) khuyen hoc\b|\bbkh\b",
            cells.mark(_("Có ban khuyến học")),
            lambda value: "x" if value else "",
            erases=True,
            empty=False,
        ),
        Field("fund", _("Quỹ khuyến học (đồng)"), r"\bquy\b", cells.whole(_("Quỹ khuyến học"), LARGEST_FUND)),
        Field(
            "hall_address",
            _("Nhà thờ họ"),
            r"\b(nha tho|tu duong|dia chi|noi tho)\b",
            cells.text(_("Nhà thờ họ"), 250),
        ),
        Field("name", _("Tên dòng họ"), r"^(?:(?:ten|cac|dong|ho|toc|chi)(?: |$))+$", cells.name(_("Tên dòng họ"))),
    )
    # Only rows of the families' sheet say these; the address stands there under the hall's heading.
    _ward = Field(
        "ward",
        _("Phường, xã của hộ"),
        r"^(?:ten )?(?:phuong|xa)(?: (?:phuong|xa|thi tran|dac khu))*(?: cua ho| noi o)?$",
        cells.text(_("Phường, xã của hộ"), 200),
    )
    _household = Field("household", _("Chủ hộ"), r"\bchu ho\b", cells.text(_("Chủ hộ"), 200))
    _address = Field("address", _("Địa chỉ của hộ"), r"(?!)", cells.text(_("Địa chỉ của hộ"), 250))
    fields = (_household, _address, _ward, *fields)
    ignored = r"\btruong (toc|ho)\b|\bso (ho|gia dinh|thanh vien)\b"
