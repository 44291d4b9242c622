"""The workbook in which an ended ward's hamlets and households are given to its successors."""

from __future__ import annotations

import io

import xlsxwriter
from django.db.models import Count
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.tabular import guarded_format, heading_format, is_formula_like
from units.choices import RegistrantKind
from units.domain.reforms.assigning import (
    HAMLET_KEY,
    REGISTRANT_KEY,
    hamlets_to_assign,
    successor_names,
    to_assign,
)
from units.models import Place

_GUIDE = "Huong dan"  # named in the rule of the drop-down list; without marks, old programs read it too
_FIRST_NAME = 6  # row of the guide where the successors begin


@in_official_language
def assignment_workbook(old: Place) -> bytes:
    """Hamlets, then everybody in them; a hidden first column tells who is meant, the last one is a drop-down list."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    names = list(successor_names(old))
    with xlsxwriter.Workbook(target, options) as book:
        key, goal = _("Mã (không sửa)"), _("Chuyển về")
        counts = dict(to_assign(old).order_by().values_list("hamlet").annotate(count=Count("pk")))
        _sheet(
            book,
            _("Khu phố, thôn"),
            [(key, 10), (_("Khu phố, thôn"), 30), (_("Số hộ, đơn vị"), 14), (goal, 26)],
            [[f"{HAMLET_KEY}{place.pk}", place.name, counts[place.pk], ""] for place in hamlets_to_assign(old)],
            names,
        )
        _sheet(
            book,
            _("Hộ, đơn vị, dòng họ"),
            [
                (key, 10),
                (_("STT"), 6),
                (_("Khu phố, thôn"), 20),
                (_("Tổ"), 10),
                (_("Loại"), 18),
                (_("Tên"), 34),
                (_("Địa chỉ"), 36),
                (goal, 26),
            ],
            [
                [
                    f"{REGISTRANT_KEY}{row.pk}",
                    position,
                    row.hamlet.name if row.hamlet else "",
                    row.household.group_name if row.kind == RegistrantKind.HOUSEHOLD else "",
                    str(RegistrantKind(row.kind).label),
                    row.name,
                    row.household.address if row.kind == RegistrantKind.HOUSEHOLD else "",
                    "",
                ]
                for position, row in enumerate(to_assign(old), start=1)
            ],
            names,
        )
        _sheet(
            book,
            _GUIDE,
            [(_("Cách điền"), 110)],
            [
                [_("Trang thứ nhất: chọn nơi chuyển về cho khu phố, thôn đi trọn vẹn. Để trống nếu phải chia.")],
                [_("Trang thứ hai: chỉ điền những hộ, đơn vị đi khác khu phố của mình, hoặc khu phố để trống.")],
                [_("Không xóa dòng, không sửa cột ẩn. Ai cũng phải có nơi đến, nếu không tệp bị từ chối.")],
                [_("Các nơi kế thừa:")],
                *[[name] for name in names],
            ],
            [],
        )
    return target.getvalue()


def _sheet(book, name: str, columns: list[tuple[str, int]], rows: list[list], choices: list[str]) -> None:
    """One sheet. With `choices` its first column is hidden and its last one offers them, as the guide lists them."""
    head, guarded = heading_format(book), guarded_format(book)
    fill = book.add_format({"bg_color": "#FFF8E1", "border": 1})
    sheet = book.add_worksheet(name[:31])
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for at, (heading, width) in enumerate(columns):
        sheet.set_column(at, at, width, None, {"hidden": bool(choices) and at == 0})
        sheet.write_string(0, at, heading, head)
    last = len(columns) - 1
    for position, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            if choices and at == last:
                sheet.write_blank(position, at, None, fill)
            elif isinstance(value, int):
                sheet.write_number(position, at, value)
            elif value:
                sheet.write_string(position, at, value, guarded if is_formula_like(value) else None)
    if choices and rows:
        sheet.data_validation(
            1,
            last,
            len(rows),
            last,
            {
                "validate": "list",
                # A range: names written into the rule itself may be 255 characters at most.
                "source": f"='{_GUIDE}'!$A${_FIRST_NAME}:$A${_FIRST_NAME + len(choices) - 1}",
                "error_title": _("Chuyển về"),
                "error_message": _("Hãy chọn một tên trong danh sách."),
            },
        )
