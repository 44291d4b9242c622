"""Empty lists to fill in, one for each kind: the headings the import knows, drop-downs of what the register knows."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import xlsxwriter
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.lists import heading_height, set_page
from portal.lib.tabular import guarded_format, heading_format, is_formula_like
from units.choices import CitizenGroup, ManagingLevel, OrganisationType, RegistrantKind, Sex

ROWS = 2000  # rows below the heading that offer their drop-downs
MOST_NAMES = 1000


@dataclass
class Known:
    """Names of the register a template offers. `communities`: those a list of communities starts from."""

    hamlets: list[str] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)
    clans: list[str] = field(default_factory=list)
    communities: list[str] = field(default_factory=list)


@dataclass
class Table:
    """One sheet: (heading, width, what its drop-down offers), and rows that stand in it already."""

    name: str
    columns: list[tuple]
    rows: list[list] = field(default_factory=list)


@in_official_language
def template_workbook(kind: str, known: Known, year: int) -> bytes:
    """An .xlsx to fill in for a kind of list."""
    tables, guide = _BUILDERS[kind](known, year)
    guide = [*guide, _("Ô có danh sách chọn: bấm mũi tên ở góc ô. Gõ tay cũng được, có dấu hay không dấu.")]
    guide.append(
        _("Có thể dùng danh sách sẵn có của phường, xã: hệ thống tự nhận ra các cột, không cần chép sang mẫu này.")
    )
    return _write(tables, guide)


def _hamlet(known: Known) -> tuple:
    return (_("Khu phố, thôn"), 18, known.hamlets)


def _labels(choices) -> list[str]:
    return [str(label) for _value, label in choices]


def _households(known: Known, year: int):
    columns = [
        (_("STT"), 6, None),
        (_("Họ và tên chủ hộ"), 30, None),
        (_("Địa chỉ"), 36, None),
        (_("Tổ"), 10, None),
        _hamlet(known),
        (_("Số nhân khẩu"), 14, None),
        (_("Người lớn"), 12, None),
        (_("Học sinh"), 12, None),
        (_("Diện hộ"), 14, [_("Nghèo"), _("Cận nghèo")]),
        (_("Điện thoại"), 16, None),
        (_("Đăng ký Gia đình học tập %(year)s") % {"year": year}, 22, ["x"]),
        (_("Ghi chú"), 30, None),
    ]
    guide = [
        _("Mỗi hộ một dòng. Bắt buộc có họ tên chủ hộ và khu phố, thôn; nên ghi địa chỉ để phân biệt hộ trùng tên."),
        _("Số nhân khẩu không ít hơn tổng người lớn và học sinh. Trẻ nhỏ chưa đi học chỉ tính vào số nhân khẩu."),
        _("Diện hộ: ghi Nghèo, Cận nghèo hoặc để trống. Cột đăng ký: ghi x nếu hộ đăng ký."),
    ]
    return [Table(_("Danh sách"), columns)], guide


def _clans(known: Known, year: int):
    columns = [
        (_("STT"), 6, None),
        (_("Tên dòng họ"), 30, None),
        (_("Nhà thờ họ"), 36, None),
        _hamlet(known),
        (_("Có ban khuyến học"), 14, ["x"]),
        (_("Trưởng ban khuyến học"), 26, None),
        (_("Điện thoại"), 16, None),
        (_("Quỹ khuyến học (đồng)"), 18, None),
        (_("Ghi chú"), 30, None),
    ]
    guide = [
        _("Mỗi dòng họ một dòng. Bắt buộc có tên dòng họ."),
        _("Không rõ khu phố, thôn thì để trống: dòng họ của cả phường, xã."),
        _("Có ban khuyến học thì ghi x; có trưởng ban thì phải có ban. Quỹ ghi số tiền đồng."),
    ]
    families = [
        (_("STT"), 6, None),
        (_("Dòng họ"), 30, known.clans),
        (_("Chủ hộ"), 30, None),
        (_("Địa chỉ"), 36, None),
        _hamlet(known),
        (_("Phường, xã của hộ"), 26, None),
    ]
    guide.append(_("Trang “Gia đình”: mỗi hộ của dòng họ một dòng. Hộ phải có trong sổ; mỗi hộ chỉ thuộc một dòng họ."))
    guide.append(
        _("Hộ ở phường, xã khác: ghi khu phố, thôn và phường, xã của hộ. Hộ trong phường, xã này thì để trống cột đó.")
    )
    return [Table(_("Dòng họ"), columns), Table(_("Gia đình"), families)], guide


def _organisations(known: Known, year: int):
    columns = [
        (_("STT"), 6, None),
        (_("Tên đơn vị"), 40, None),
        (_("Loại hình"), 28, _labels(OrganisationType.choices)),
        (_("Cấp quản lý"), 22, _labels(ManagingLevel.choices)),
        (_("Địa chỉ"), 36, None),
        _hamlet(known),
        (_("Có chi hội"), 11, ["x"]),
        (_("Chi hội trưởng"), 24, None),
        (_("Người liên hệ"), 24, None),
        (_("Điện thoại"), 16, None),
        (_("Cán bộ, người lao động %(year)s") % {"year": year}, 14, None),
        (_("Người học %(year)s") % {"year": year}, 12, None),
        (_("Ghi chú"), 30, None),
    ]
    guide = [
        _("Mỗi cơ quan, trường học, doanh nghiệp một dòng. Bắt buộc có tên đơn vị và loại hình."),
        _("Có số người học thì phải có số cán bộ, người lao động. Không rõ khu phố, thôn thì để trống."),
    ]
    return [Table(_("Cơ quan, đơn vị"), columns)], guide


def _citizens(known: Known, year: int):
    columns = [
        (_("STT"), 6, None),
        (_("Họ và tên"), 28, None),
        (_("Năm sinh"), 10, None),
        (_("Giới tính"), 10, _labels(Sex.choices)),
        (_("Nhóm"), 34, _labels(CitizenGroup.choices)),
        (_("Số căn cước"), 18, None),
        (_("Chủ hộ"), 28, None),
        (_("Địa chỉ"), 30, None),
        _hamlet(known),
        (_("Đơn vị"), 36, known.organisations),
        (_("Ghi chú"), 30, None),
    ]
    guide = [
        _("Mỗi người một dòng. Bắt buộc có họ tên, năm sinh, giới tính, nhóm và nơi được tính."),
        _("Mỗi người được tính một nơi: ghi tên chủ hộ (kèm khu phố, địa chỉ) hoặc ghi đơn vị, không ghi cả hai."),
        _("Số căn cước không được lưu: hệ thống chỉ giữ dấu vết để không ai bị nhập hai lần, và bốn số cuối."),
        _("Tên bốn nhóm còn tạm thời, sẽ sửa theo văn bản chính thức."),
    ]
    return [Table(_("Công dân"), columns)], guide


def _communities(known: Known, year: int):
    columns = [(_("STT"), 6, None), (_("Cộng đồng"), 34, known.communities), (_("Ghi chú"), 50, None)]
    rows = [[number, name, ""] for number, name in enumerate(known.communities, start=1)]
    guide = [
        _("Đã điền sẵn phường, xã và các khu phố, thôn. Xóa dòng không dùng; nơi đã có trong sổ được giữ nguyên."),
        _("Cộng đồng phải mang tên một khu phố, thôn đang có, hoặc tên phường, xã."),
    ]
    return [Table(_("Cộng đồng"), columns, rows)], guide


_BUILDERS = {
    RegistrantKind.HOUSEHOLD: _households,
    RegistrantKind.CLAN: _clans,
    RegistrantKind.ORGANISATION: _organisations,
    RegistrantKind.CITIZEN: _citizens,
    RegistrantKind.COMMUNITY: _communities,
}


def _write(tables: list[Table], guide: list[str]) -> bytes:
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        head, guarded = heading_format(book), guarded_format(book)
        sheets = [book.add_worksheet(table.name) for table in tables]
        told = book.add_worksheet(_("Hướng dẫn"))
        offers = _Offers(book, guarded)
        for sheet, table in zip(sheets, tables, strict=True):
            set_page(sheet, heading=0)
            sheet.freeze_panes(1, 2)  # the names stay, too
            names, widths, _choices = zip(*table.columns, strict=True)
            sheet.set_row(0, heading_height(names, widths))
            for position, (heading, width, choices) in enumerate(table.columns):
                sheet.set_column(position, position, width)
                sheet.write_string(0, position, str(heading), head)
                if choices:
                    sheet.data_validation(1, position, ROWS, position, offers.rule(choices))
            for number, row in enumerate(table.rows, start=1):
                for position, value in enumerate(row):
                    if isinstance(value, int):
                        sheet.write_number(number, position, value)
                    elif value:
                        sheet.write_string(number, position, value, guarded if is_formula_like(value) else None)
        set_page(told, heading=0)
        told.set_column(0, 0, 110)
        told.write_string(0, 0, _("Cách ghi"), head)
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for number, text in enumerate(guide, start=1):
            told.write_string(number, 0, text, wrapped)
    return target.getvalue()


class _Offers:
    """The hidden sheet the drop-downs read from: a list written in the rule itself ends at 255 letters."""

    def __init__(self, book, guarded):
        self.book, self.guarded, self.sheet = book, guarded, None
        self.columns: dict[tuple, int] = {}

    def rule(self, choices: list[str]) -> dict:
        """The validation that offers these names; another text may be typed, the import says what it thinks of it."""
        key = tuple(choices[:MOST_NAMES])
        if self.sheet is None:
            self.sheet = self.book.add_worksheet(_("Danh mục"))
            self.sheet.hide()
        if key not in self.columns:
            column = self.columns[key] = len(self.columns)
            for number, name in enumerate(key):
                self.sheet.write_string(number, column, name, self.guarded if is_formula_like(name) else None)
        column = xlsxwriter.utility.xl_col_to_name(self.columns[key])
        return {
            "validate": "list",
            "source": f"='{self.sheet.get_name()}'!${column}$1:${column}${len(key)}",
            "error_type": "information",
            "error_title": _("Không có trong danh sách"),
            "error_message": _("Tên này không có trong danh sách chọn. Hãy kiểm tra lại cách ghi."),
        }
