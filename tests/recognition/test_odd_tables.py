"""Tables that can be read but are not as they should be, at the doors beside the lists of the register.

The same table at the same door with one thing wrong: what is told names row and column; nothing is lost, cut or taken
for something else.
"""

import datetime
import io
import re

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from portal.lib.legacy_text import _FROM_TCVN3, _FROM_VNI
from tests.bad_files import page_words, with_part
from tests.factories.recognition import YEAR
from tests.recognition.test_bad_files import doors, ended, ward  # noqa: F401  (fixtures)
from units.models import Place, PlaceChange, Registrant, Succession

SHEET = "xl/worksheets/sheet1.xml"
HIDDEN = "Trang tính ẩn không được đọc: “Bảng”. Nếu danh sách ở đó, hãy bỏ ẩn trang tính rồi tải lên."
ERROR = "trang tính “Bảng”, tệp “ds.xlsx”) báo lỗi #REF!. Hãy sửa ô đó trong tệp, lưu lại rồi tải lên."
NO_RESULT = "là công thức chưa có kết quả. Hãy mở tệp bằng Excel, lưu lại rồi tải lên."
UNMERGE = "bị gộp với dòng 2. Hãy bỏ gộp và ghi riêng cho từng dòng."
ONE = "Hãy xóa hoặc đổi tên một cột rồi tải lên."
OTHER_SHEET = "Chỉ đọc trang tính “Bảng”. Chưa đọc: “Khác”; hãy tải lên từng trang tính một."
# By door: the column (letter) that counts and what it is called.
MATTERS = {
    "declared": ("G", "Giá trị"),
    "targets": ("E", "Chỉ tiêu (%)"),
    "hamlets": ("A", "Tên khu phố, thôn"),
    "scores": ("B", "Tổng điểm"),
    "assigning": ("C", "Chuyển về"),
    "merge_places": ("C", "to_code"),
}
GOOD = {
    "declared": "Thêm mới 1, sửa 0, không đổi 0, chưa nhận 0 dòng.",
    "targets": "Thêm mới 2, sửa 0, không đổi 0, chưa nhận 0 dòng.",
    "hamlets": "Lưu 2 khu phố, thôn",
    "scores": "2 hồ sơ có điểm mới, 0 hồ sơ như đang lưu, 0 dòng chưa có điểm, 0 dòng không nhận.",
    "assigning": "Xem trước",
    "merge_places": "Quan hệ kế thừa: thêm 0, đã có 1.",
}


def table(door, ward, ended):  # noqa: F811
    code, hamlet = ward.place.code, Place.objects.get(parent=ended)
    clan = ["BC 1", datetime.date(YEAR, 12, 15), code, YEAR, "Dòng họ học tập"]
    target = [code, YEAR, "Gia đình học tập", "Công nhận/tổng số", 70, "Kế hoạch 1"]
    return {
        "declared": [
            ["Nguồn", "Ngày của văn bản", "Mã địa bàn", "Năm", "Mô hình", "Số đo", "Giá trị"],
            [*clan, "Tổng số", 10],
            [*clan, "Được công nhận", 8],
        ],
        "targets": [
            ["Mã địa bàn", "Năm", "Mô hình", "Số đo", "Chỉ tiêu (%)", "Căn cứ"],
            target,
            [code, YEAR + 1, *target[2:4], 75, "Kế hoạch 2"],
        ],
        "hamlets": [["Tên", "Loại"], ["Ấp Bàu Sim", "ấp"], ["Ấp Đồng Lớn", "ấp"]],
        "scores": [["Họ và tên", "Tổng điểm"], ["Lê Văn An", 80], ["Lê Văn Bình", 90]],
        "assigning": [
            ["Mã (không sửa)", "Tên", "Chuyển về"],
            [f"K{hamlet.pk}", "Khu phố 9", ward.place.name],
            [f"D{Registrant.objects.get(hamlet=hamlet).pk}", "Lê Văn Cũ", ward.place.name],
        ],
        "merge_places": [
            ["level", "from_code", "to_code", "effective_on", "partial"],
            ["commune", ended.code, code, datetime.date(2025, 7, 1), "yes"],
        ],
    }[door]


def book(rows, change=None):
    made = openpyxl.Workbook()
    made.active.title = "Bảng"
    for row in rows:
        made.active.append(row)
    if change:
        change(made, made.active)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


@pytest.fixture
def told(client, ward, ended, tmp_path):  # noqa: F811
    """What a door answers to a table, as people read it."""
    found = doors(client, ward, ended, tmp_path)

    def ask(door, data, name="ds.xlsx"):
        status, text = found[door].send(data, name)
        assert status in (200, 422), (door, status)
        return re.sub(r"\d\d:\d\d \d\d/\d\d/\d{4}", "", page_words(text))

    return ask


def old_text(value, table):
    """Text as a workbook in a code page from before Unicode shows it."""
    if not isinstance(value, str):
        return value
    return "".join(table.get(letter, letter) for letter in value)


TCVN3 = {letter: chr(code) for code, letter in _FROM_TCVN3.items()}
TCVN3 |= {letter.upper(): code for letter, code in TCVN3.items() if letter.upper() not in TCVN3}  # another font
VNI = {letter: text for text, letter in reversed(_FROM_VNI.items())}


def test_one_thing_wrong_at_each_door(told, ward, ended):  # noqa: F811
    before, faults = Registrant.objects.count(), []
    for door, (letter, label) in MATTERS.items():
        rows = table(door, ward, ended)
        position = ord(letter) - 65
        heading = rows[0][position]
        good = told(door, book(rows))
        assert GOOD[door] in good, (door, good)

        def expect(name, data, *sentences, file_name="ds.xlsx", door=door, good=good):
            text = told(door, data, file_name)
            for sentence in sentences or (good,):
                if sentence not in text or len(text) > 5000:
                    faults.append((door, name, sentence, text))

        def broken(change, rows=rows):
            return book(rows, change)

        # What makes no difference, all at once: a sheet that says it is huge, numbers as text, days from 1904, a NUL in
        # the name of the file (no shell passes such a name on).
        same = [[str(value) if isinstance(value, int) else value for value in row] for row in rows]
        same = book(same, lambda made, sheet: setattr(made, "epoch", CALENDAR_MAC_1904))
        same = with_part(same, SHEET, lambda xml: re.sub(rb'ref="A1:\w+"', b'ref="A1:XFD1048576"', xml))
        expect("same", same, file_name="ds.xlsx" if door == "merge_places" else "d\0s.xlsx")

        # What is refused, with its place.
        other, other_label = ("B2", "from_code") if door == "merge_places" else (f"{letter}3", label)

        def no_values(made, sheet, at=f"{letter}2", other=other):
            sheet[at], sheet[other] = "#REF!", "=1+1"

        def twice(made, sheet, heading=heading):
            sheet.cell(1, 9).value, sheet.cell(2, 9).value = heading, "z"

        def hidden(made, sheet):
            made.create_sheet("Trống")
            sheet.sheet_state, made.active = "hidden", 1

        expect("no values", broken(no_values), f"{letter}2 (cột {label}, {ERROR}", f"ột {other_label} {NO_RESULT}")
        expect("twice", broken(twice), f"cùng nghĩa “{label}”: “{heading}” và “{heading}”. {ONE}")
        expect("hidden", broken(hidden), HIDDEN)

        # What the file has beside the table.
        def beside(made, sheet, rows=rows):
            other = made.create_sheet("Khác")
            for row in rows:
                other.append(row)
            made.create_sheet("Nháp").sheet_state = "hidden"

        if door == "merge_places":
            beside_told = ("Nhiều trang tính có danh sách: “Bảng”, “Khác”. Hãy để một trang tính mỗi tệp.",)
        elif door == "assigning":
            beside_told = ("Trang “Khác”, dòng 2: trùng với trang “bảng”, dòng 2.",)
        else:
            beside_told = (OTHER_SHEET, "Bỏ qua trang tính ẩn: “Nháp”.", GOOD[door])
        expect("beside", broken(beside), *beside_told)

        # A megabyte in one cell, and one cell over two rows.
        def long(made, sheet, at=f"{letter}2"):
            sheet[at] = "x" * 1_000_000

        def merged(made, sheet, letter=letter):
            sheet[f"{letter}3"] = None
            sheet.merge_cells(f"{letter}2:{letter}3")

        odd = {
            "declared": ("Cột Giá trị dài quá 300 ký tự.", f"Ô ở cột Giá trị {UNMERGE}"),
            "targets": ("Cột Chỉ tiêu (%) dài quá 300 ký tự.", f"Ô ở cột Chỉ tiêu (%) {UNMERGE}"),
            "hamlets": ("Tên dài quá", "Lưu 1 khu phố, thôn"),
            "scores": ("Dòng 2 trong tệp.", f"Dòng 3, Lê Văn Bình: Ô ở cột Tổng điểm {UNMERGE}"),
            "assigning": ("Trang “Bảng”, dòng 2: không có phường, xã nào tên “" + "x" * 80 + "”.", good),
            "merge_places": (
                "Dòng 2: Ngày 01/07/2025 không có phường, xã, đặc khu nào mang mã " + "x" * 40 + ".",
                good,
            ),
        }[door]
        expect("long", broken(long), odd[0])
        expect("merged", broken(merged), odd[1])

        # Text from before Unicode: read as if it were Unicode, and said where it is shown.
        if door != "merge_places":
            page, letters = (("VNI", VNI), ("TCVN3", TCVN3))[door in ("declared", "hamlets", "assigning")]
            data = book([[old_text(value, letters) for value in row] for row in rows])
            sentences = (f"Tệp dùng bảng mã cũ {page}", GOOD[door])
            expect(page, data, *(sentences if door != "assigning" else (good,)))
    assert not faults, "\n\n".join(map(repr, faults))
    assert (Registrant.objects.count(), PlaceChange.objects.count()) == (before, 0)
    assert Succession.objects.count() == 1


KINDS = {
    "clan": [
        ["Tên dòng họ", "Nhà thờ họ", "Quỹ khuyến học", "Khu phố"],
        ["Họ Lê Đình", "12 Bạch Đằng", 5000000, "Khu phố 1"],
        ["Họ Đỗ", "3 Cách mạng Tháng Tám", 7000000, "Khu phố 1"],
        ["Họ Phạm", "9 Tô Hiến Thành", 9000000, "Khu phố 1"],
    ],
    "organisation": [
        ["Tên đơn vị", "Loại đơn vị", "Số cán bộ", "Khu phố"],
        ["Trường Mầm non Hoa Sữa", "Trường mầm non", 20, "Khu phố 1"],
        ["Trường Tiểu học Đống Đa", "Trường tiểu học", 30, "Khu phố 1"],
        ["Doanh nghiệp Hòa Bình", "Doanh nghiệp", 40, "Khu phố 1"],
    ],
    "citizen": [
        ["Họ và tên", "Giới tính", "Năm sinh", "Nhóm", "Chủ hộ", "Khu phố"],
        ["Đặng Thị Bảy", "Nữ", 1980, 1, "Lê Văn An", "Khu phố 1"],
        ["Đỗ Thị Tám", "Nữ", 1981, 1, "Lê Văn An", "Khu phố 1"],
        ["Phạm Văn Chín", "Nam", 1982, 1, "Lê Văn An", "Khu phố 1"],
    ],
    "community": [
        ["Cộng đồng", "Ghi chú"],
        ["Khu phố 1", "Đã phát động học tập suốt đời"],
        ["Phường Hòa Hưng", "Cả phường"],
    ],
}
LONG = {"clan": "dài quá 200 ký tự", "organisation": "dài quá 200 ký tự", "citizen": "dài quá 200 ký tự"}


def test_one_thing_wrong_in_lists_of_the_other_kinds(told, ward):  # noqa: F811
    before, faults = Registrant.objects.count(), []
    for kind, rows in KINDS.items():
        heading, count = rows[0][0], len(rows) - 1

        def expect(name, data, *sentences, kind=kind):
            text = told(f"import_register {kind}", data)
            faults.extend((kind, name, one, text) for one in sentences if one not in text or len(text) > 5000)
            return text

        def no_values(made, sheet, count=count):
            for at, value in enumerate(("#REF!", "=1+1", "x" * 1_000_000)[:count], start=2):
                sheet.cell(at, 1).value = value

        def twice(made, sheet, heading=heading):
            sheet.cell(1, 9).value, sheet.cell(2, 9).value = heading, "z"

        def hidden(made, sheet):
            made.create_sheet("Trống")
            sheet.sheet_state, made.active = "hidden", 1

        def merged(made, sheet):
            sheet["A3"] = None
            sheet.merge_cells("A2:A3")

        good = expect("good", book(rows), f"Thêm mới {count}, thay đổi 0, không đổi 0, có thể trùng 0, từ chối 0")
        same = book([[str(value) if isinstance(value, int) else value for value in row] for row in rows])
        same = with_part(same, SHEET, lambda xml: re.sub(rb'ref="A1:\w+"', b'ref="A1:XFD1048576"', xml))
        expect("same", same, good)
        told_of = (f"dòng 2: Ô A2 (cột {heading}, {ERROR}", f"dòng 3: Cột {heading} {NO_RESULT}", LONG.get(kind, ""))
        expect("no values", book(rows, no_values), f"từ chối {count}", *told_of[:count])
        expect("twice", book(rows, twice), f"cùng nghĩa “{heading}”: “{heading}” và “{heading}”. {ONE}")
        expect("hidden", book(rows, hidden), HIDDEN)
        lacks = f"Từ chối – Bảng, dòng 3: Thiếu {heading.lower()}."
        expect("merged", book(rows, merged), f"Thêm mới {count - 1}, ", lacks)
        old = book([[old_text(value, TCVN3) for value in row] for row in rows])
        expect("TCVN3", old, "Tệp dùng bảng mã cũ TCVN3", f"Thêm mới {count}, ")
    assert not faults, "\n\n".join(map(repr, faults))
    assert Registrant.objects.count() == before
