"""Workbooks of the import: rows that were refused, in their own columns, and an empty list to fill in."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.tabular import write_workbook
from units.choices import RowVerdict
from units.models import ImportBatch

LEFT_OUT = (RowVerdict.REFUSED, RowVerdict.DUPLICATE)


@in_official_language
def refused_workbook(batch: ImportBatch) -> bytes:
    """Rows left out (refused, or probable duplicates nobody added), one sheet for each sheet of the list: its columns
    as they came, the hamlet where no column told it, then the row's number and the reason. It can be corrected and
    uploaded as it is."""
    sheets: dict[str, tuple[list[str], list[list]]] = {}
    rows = batch.rows.filter(verdict__in=LEFT_OUT).select_related("hamlet").order_by("id")
    for row in rows.iterator(chunk_size=2000):
        info = batch.mapping.get("sheets", {}).get(row.sheet, {})
        headings, tells_hamlet = info.get("headings", []), info.get("hamlet", True)
        if row.sheet not in sheets:
            extra = [] if tells_hamlet else [_("Khu phố")]
            sheets[row.sheet] = ([*headings, *extra, _("Dòng"), _("Lý do")], [])
        cells = [*row.raw[: len(headings)], *[""] * (len(headings) - len(row.raw))]
        place = [] if tells_hamlet else [row.hamlet.name if row.hamlet else row.hamlet_text]
        sheets[row.sheet][1].append([*cells, *place, row.row_no, " ".join(row.reasons)])
    return write_workbook(
        [(name, head, body, [16] * (len(head) - 2) + [8, 80]) for name, (head, body) in sheets.items()]
    )


@in_official_language
def template_workbook(hamlets: list[str], year: int) -> bytes:
    """An empty list with the headings the import knows, and a sheet that tells how to fill it in."""
    headings = [
        _("STT"),
        _("Họ và tên chủ hộ"),
        _("Địa chỉ"),
        _("Tổ"),
        _("Khu phố, thôn"),
        _("Số nhân khẩu"),
        _("Người lớn"),
        _("Học sinh"),
        _("Diện hộ"),
        _("Điện thoại"),
        _("Đăng ký Gia đình học tập %(year)s") % {"year": year},
        _("Ghi chú"),
    ]
    guide = [
        [_("Mỗi hộ một dòng. Bắt buộc có họ tên chủ hộ và khu phố, thôn; nên ghi địa chỉ để phân biệt hộ trùng tên.")],
        [_("Số nhân khẩu không ít hơn tổng người lớn và học sinh. Trẻ nhỏ chưa đi học chỉ tính vào số nhân khẩu.")],
        [_("Diện hộ: ghi Nghèo, Cận nghèo hoặc để trống. Cột đăng ký: ghi x nếu hộ đăng ký.")],
        [_("Có thể dùng danh sách sẵn có của phường, xã: hệ thống tự nhận ra các cột, không cần chép sang mẫu này.")],
        *([[_("Các khu phố, thôn: %(names)s.") % {"names": ", ".join(hamlets)}]] if hamlets else []),
    ]
    widths = [6, 30, 36, 10, 18, 14, 12, 12, 14, 16, 22, 30]
    return write_workbook([(_("Danh sách"), headings, [], widths), (_("Hướng dẫn"), [_("Cách ghi")], guide, [110])])
