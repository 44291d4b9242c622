"""Merged cells of a list: what stands once holds for every row of the cell, and only where the file says so."""

import io

import openpyxl
import pytest

from portal.lib.tabular import Sheet
from tests.clock import this_year
from tests.factories.units import CommuneFactory, HamletFactory, make_household
from tests.units.import_files import HEAD, xlsx
from tests.units.importing.steps import LISTS
from units.choices import RegistrantKind, RowVerdict
from units.domain import importing
from units.domain.importing.merged import Merged

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    ward = CommuneFactory(name="Phường Hòa Hưng")
    for number in (1, 2):
        HamletFactory(parent=ward, name=f"Khu phố {number}")
    return ward


def merged(data: bytes, *ranges: str, sheet: int = 0, **cells) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    for one in ranges:
        book.worksheets[sheet].merge_cells(one)
    for address, value in cells.items():
        book.worksheets[sheet][address] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def checked(place, data: bytes, *, kind=RegistrantKind.HOUSEHOLD, name: str = "ds.xlsx", register: bool = True):
    batch = importing.receive(
        actor=None, place=place, year=this_year(), register=register, file_name=name, data=data, kind=kind
    )
    return importing.check(batch=batch)


def told(batch) -> list[str]:
    return [one["text"] for one in batch.notices if "gộp" in one["text"]]


def test_a_hamlet_written_once_beside_its_households(ward):
    data = xlsx(
        [
            HEAD,
            [1, "Nguyễn Văn An", "1 Hòa Hưng", "KP 1", 4, 2, 1, "Cận nghèo", "x"],
            [2, "Trần Thị Bé", "2 Hòa Hưng", None, None, 2, 2, None, None],
            [3, "Lê Ba", "3 Hòa Hưng", None, 2, None, None, None, None],
            [None, "Tổng cộng: 3 hộ"],
            [4, "Võ Bốn", "4 Hòa Hưng", "KP 2", 2, None, None, None, None],
            [5, "Phan Năm", "5 Hòa Hưng", None, 2, None, None, None, None],
            [6, "Đỗ Sáu", None, "#REF!", 2, None, None, None, None],
            [7, "Đỗ Bảy", "7 Hòa Hưng", None, 2, None, None, None, None],
        ]
    )
    # D6:D40 reaches far below the list, as cells merged "to be safe" do; E2:E3 is a number of people, I2:I3 a tick;
    # D50:D52 are empty cells below the last row.
    batch = checked(ward, merged(data, "D2:D4", "E2:E3", "H2:H3", "I2:I3", "D6:D7", "D8:D40", "D50:D52"))

    rows = {row.row_no: row for row in batch.rows.all()}
    good = {n: (row.hamlet.name, row.members, row.poverty, row.wants_registration)
            for n, row in rows.items() if row.verdict == RowVerdict.ADDED}  # fmt: skip
    assert good == {
        2: ("Khu phố 1", 4, "NEAR_POOR", True),
        3: ("Khu phố 1", None, "NEAR_POOR", True),
        4: ("Khu phố 1", 2, "NONE", False),
        6: ("Khu phố 2", 2, "NONE", False),
        7: ("Khu phố 2", 2, "NONE", False),
    }
    fault = "Ô D%d (cột Khu phố, thôn, ấp, trang tính “Danh sách”, tệp “ds.xlsx”) báo lỗi #REF!."
    assert sorted(rows) == [2, 3, 4, 6, 7, 8, 9]  # no row out of the empty tail of the cell
    assert [rows[n].reasons[0].startswith(fault % n) for n in (8, 9)] == [True, True]
    assert told(batch) == [
        "Trang tính “Danh sách” có ô gộp; nội dung ô gộp được hiểu là của mọi dòng trong ô: "
        "Khu phố, thôn, ấp (3 dòng), Diện hộ (1 dòng), Đăng ký danh hiệu (1 dòng).",
        "Trang tính “Danh sách” có ô gộp ở cột Số nhân khẩu. Mỗi dòng cần ghi riêng ở đó nên chỉ dòng đầu của ô gộp "
        "được đọc.",
    ]
    # A refused row keeps the hamlet it was given, so that the workbook of refused rows stands for itself.
    bad = merged(data, "D2:D4", F3="nhiều")
    assert checked(ward, bad).rows.get(row_no=3).raw[3] == "KP 1"


@pytest.mark.parametrize("name", ["o-gop.ods", "o-gop.xls"])  # both saved by LibreOffice: D2:D4 and D5:D6
def test_old_and_open_formats(ward, name):
    batch = checked(ward, (LISTS / name).read_bytes(), name=name)

    assert list(batch.rows.order_by("row_no").values_list("row_no", "verdict", "hamlet__name")) == [
        (2, "ADDED", "Khu phố 1"),
        (3, "ADDED", "Khu phố 1"),
        (4, "ADDED", "Khu phố 1"),
        (5, "ADDED", "Khu phố 2"),
        (6, "ADDED", "Khu phố 2"),
        (7, "REFUSED", None),
    ]


def test_what_one_cell_says_of_several_clans_families_organisations_and_citizens(ward):
    home = ward.children.get(name="Khu phố 1")
    for name, address in (("Lê Văn An", "1 Hòa Hưng"), ("Lê Văn Bình", "2 Hòa Hưng")):
        make_household(home, name, address=address)
    families = xlsx(
        [["Tên dòng họ", "Nhà thờ họ"], ["Họ Lê", "9 Hòa Hưng"]],
        title="Dòng họ",
        more={"Gia đình": [["Dòng họ", "Chủ hộ", "Khu phố"], ["Họ Lê", "Lê Văn An", "KP 1"], [None, "Lê Văn Bình"]]},
    )
    batch = checked(ward, merged(families, "A2:A3", "C2:C3", sheet=1), kind=RegistrantKind.CLAN)
    assert (batch.counts["added"], batch.counts["parts"], batch.counts["refused"]) == (3, 2, 0)

    schools = xlsx(
        [
            ["Tên đơn vị", "Loại hình", "Người lao động"],
            ["Trường Hoa Mai", "Trường mầm non", 20],
            ["Trường Hoa Lan", None, None],
        ]
    )
    batch = checked(ward, merged(schools, "B2:B3", "C2:C3"), kind=RegistrantKind.ORGANISATION)
    assert [row.values for row in batch.rows.order_by("row_no")] == [
        {"name": "Trường Hoa Mai", "type": "KINDERGARTEN", f"staff_{this_year()}": 20},
        {"name": "Trường Hoa Lan", "type": "KINDERGARTEN"},
    ]

    people = xlsx(
        [
            ["Họ và tên", "Năm sinh", "Giới tính", "Nhóm", "Hộ"],
            ["Lê Văn An", 1970, "Nam", 3, "Lê Văn An"],
            ["Lê Thị Cúc", 1972, "Nữ", 3, None],
        ]
    )
    batch = checked(ward, merged(people, "E2:E3"), kind=RegistrantKind.CITIZEN)
    assert (batch.counts["added"], batch.counts["refused"]) == (2, 0), list(batch.rows.values("reasons"))


def test_ranges_that_lie_upon_each_other_cost_no_more_than_the_sheet():
    sheet = Sheet("A", [["Tên"], ["x"], *([""] for _row in range(1000))], merged=[(1, 1001, 0)] * 100_000)

    found = Merged(sheet, {"hamlet": 0}, 1)

    assert sum(map(len, found.told.values())) <= 1002
