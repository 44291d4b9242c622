"""How lists are understood: headings, cells, hamlet names. No database."""

import datetime
import unicodedata

import pytest

from portal.lib.tabular import Sheet, Unreadable
from units.domain.importing import reading, rows, understanding
from units.domain.importing.hamlets import HamletFinder
from units.domain.importing.headings import field_of, find_header
from units.domain.importing.kinds import cells as other_cells

HAMLETS = [(number, f"Khu phố {number}") for number in range(1, 13)]


def read(body: list[list], *, hamlets=HAMLETS, fixed: int | None = None, name: str = "Sheet1"):
    """Rows of one sheet as (row, name, hamlet, reasons)."""
    understood = understanding.understand([Sheet(name, body)], [], year=2026)
    reader = reading.RowReader(understood.plans[0], HamletFinder(hamlets, "Phường Hòa Hưng"), fixed_hamlet=fixed)
    return [(row.number, row.name, row.hamlet_id, row.reasons) for row in reader]


@pytest.mark.parametrize(
    ("heading", "parent", "meaning"),
    [
        ("Họ và tên chủ hộ", "", "name"),
        ("HO TEN CHU HO", "", "name"),
        ("Họ tên", "", "name"),
        ("Người đại diện hộ", "", "name"),
        ("Điện thoại chủ hộ", "", "phone"),
        ("SĐT", "", "phone"),
        ("Ngày sinh chủ hộ", "", "ignored"),
        ("Số CCCD", "", "ignored"),
        ("Quan hệ với chủ hộ", "", "ignored"),
        ("SỐ NHÀ, ĐƯỜNG", "", "address"),
        ("Địa chỉ thường trú", "", "address"),
        ("Số nhà", "", "house_no"),
        ("Tên đường", "", "street"),
        ("Tổ", "", "group"),
        ("Tổ số", "", "group"),
        ("Khu phố", "", "hamlet"),
        ("KP", "", "hamlet"),
        ("Thôn/Ấp/Khu phố", "", "hamlet"),
        ("Số nhân khẩu", "", "members"),
        ("Tổng số", "NHÂN KHẨU", "members"),
        ("Tổng số", "", None),
        ("Số người lớn (18+)", "", "adults"),
        ("Học sinh", "NHÂN KHẨU", "pupils"),
        ("Số trẻ em đi học", "", "pupils"),
        ("Hộ nghèo", "", "poor"),
        ("Cận nghèo", "DIỆN HỘ", "near_poor"),
        ("Hộ nghèo/cận nghèo", "", "poverty"),
        ("Diện hộ", "", "poverty"),
        ("DIỆN HỘ – Cận nghèo", "", "near_poor"),
        ("ĐĂNG KÝ\nGĐHT", "", "register"),
        ("Đăng ký GĐHT 2026", "", "register"),
        ("Có", "Đăng ký danh hiệu", "register"),
        ("Không", "Đăng ký danh hiệu", "ignored"),
        ("Đăng ký hộ khẩu thường trú", "", "address"),
        ("Ghi chú", "", "note"),
        ("Dòng", "", "ignored"),
        ("Lý do", "", "ignored"),
    ],
)
def test_headings_are_known_by_meaning(heading, parent, meaning):
    assert field_of(heading, parent) == meaning
    assert field_of(unicodedata.normalize("NFD", heading), parent) == meaning


def test_group_headings_over_the_names():
    header = find_header(
        [
            ["TT", "Thông tin chủ hộ", "", "NHÂN KHẨU", "", "Đăng ký", ""],
            ["", "Họ và tên", "Năm sinh", "Tổng số", "Học sinh", "Có", "Không"],
            [1.0, "Nguyễn Văn An", 1970.0, 4.0, 1.0, "x", ""],
        ]
    )

    assert (header.first_row, header.columns) == (2, {"number": 0, "name": 1, "members": 3, "pupils": 4, "register": 5})
    assert header.ignored == ["Thông tin chủ hộ – Năm sinh", "Đăng ký – Không"]


def test_to_dan_pho_is_a_group_where_the_list_also_names_the_place():
    both = find_header([["Họ tên", "Tổ dân phố", "Khu phố"], ["An", "Tổ 8", "Khu phố 1"]])
    alone = find_header([["Họ tên", "Tổ dân phố"], ["An", "Tổ dân phố 1"]])

    assert both.columns == {"name": 0, "group": 1, "hamlet": 2}
    assert alone.columns == {"name": 0, "hamlet": 1}


@pytest.mark.parametrize(
    ("text", "pk"),
    [
        ("Khu phố 4", 4),
        ("KP 4", 4),
        ("KP4", 4),
        ("khu pho 04", 4),
        ("KHU PHỐ IV", 4),
        (unicodedata.normalize("NFD", "Khu phố 4"), 4),
        ("4", 4),
        ("04", 4),
        ("Khu phố số 12", 12),
    ],
)
def test_hamlets_are_found_however_they_are_written(text, pk):
    assert HamletFinder(HAMLETS, "Phường Hòa Hưng").find(text).pk == pk


def test_a_hamlet_that_is_not_there_is_refused_with_near_names():
    finder = HamletFinder(HAMLETS, "Phường Hòa Hưng")

    assert finder.find("Khu phố 13").reason == (
        "Phường Hòa Hưng không có “Khu phố 13”. Gần giống nhất: Khu phố 12, Khu phố 11, Khu phố 10."
    )
    assert finder.find("Thôn 4").reason == "Phường Hòa Hưng không có “Thôn 4”. Gần giống nhất: Khu phố 4."
    assert finder.find("Bình Lợi").reason == "Phường Hòa Hưng không có “Bình Lợi”."
    assert HamletFinder([], "Phường Hòa Hưng").find("KP 1").reason == (
        "Phường Hòa Hưng chưa có khu phố, thôn nào trong hệ thống. Hãy tạo khu phố trước rồi nhập lại."
    )


def test_a_name_that_fits_two_hamlets_is_refused_naming_both():
    finder = HamletFinder([(1, "Thôn Hòa Bình"), (2, "Ấp Hòa Bình"), (3, "Ấp Đông 1"), (4, "Ấp Đông 2")], "Xã Tân An")

    assert finder.find("Hòa Bình").reason == (
        "“Hòa Bình” có thể là Thôn Hòa Bình hoặc Ấp Hòa Bình. Hãy ghi đúng tên một nơi."
    )
    assert finder.find("Ấp Đông").reason == "“Ấp Đông” có thể là Ấp Đông 1 hoặc Ấp Đông 2. Hãy ghi đúng tên một nơi."
    assert finder.find("ấp hòa bình").pk == 2


def test_marks_decide_between_hamlets_that_differ_only_in_them():
    finder = HamletFinder([(1, "Ấp Đông"), (2, "Ấp Đồng")], "Xã Tân An")

    assert (finder.find("Ấp Đồng").pk, finder.find("ấp đông").pk) == (2, 1)
    assert finder.find("Ap Dong").reason.startswith("“Ap Dong” có thể là Ấp Đông hoặc Ấp Đồng.")


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (rows.name_of, "  NGUYỄN   NGỌC LIỄU ", "Nguyễn Ngọc Liễu"),
        (rows.name_of, unicodedata.normalize("NFD", "Đặng Thị Hồng"), "Đặng Thị Hồng"),
        (rows.name_of, "H'Hen Niê", "H'Hen Niê"),
        (rows.name_of, "Trần Thị Hoà", "Trần Thị Hoà"),
        (rows.phone_of, 994751846.0, "0994751846"),
        (rows.phone_of, "+84 994 751 846", "0994751846"),
        (rows.phone_of, "0994.751.846", "0994751846"),
        (rows.group_of, 31.0, "Tổ 31"),
        (rows.group_of, "Tổ 8", "Tổ 8"),
        (rows.poverty_of, "Hộ cận nghèo", "NEAR_POOR"),
        (rows.poverty_of, "NGHÈO", "POOR"),
        (rows.poverty_of, "Thoát nghèo", "NONE"),
        (rows.is_register_mark, "X", True),
        (rows.is_register_mark, "✓", True),
        (rows.is_register_mark, "Có", True),
        (rows.is_register_mark, "GĐHT", True),
        (rows.is_register_mark, "không", False),
        (rows.is_register_mark, "Không có", False),
        (rows.is_register_mark, 1.0, True),
        (rows.address_of, "=12/5 Hòa Hưng", "=12/5 Hòa Hưng"),
        (rows.address_of, 186.0, "186"),
    ],
)
def test_cells_are_read_forgivingly(reader, value, expected):
    assert reader(value) == expected


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *(("1 ", 1), (3.0, 3), ("4 người", 4), ("4 Khẩu.", 4), ("02", 2), ("４", 4)),
        *(("", None), ("-", None), ("—", None), ("…", None), ("Không.", None), ("chưa có", None)),
    ],
)
def test_numbers_of_people(value, number):
    assert rows.count_of(value, "Số nhân khẩu") == number


@pytest.mark.parametrize(
    ("reader", "value", "sentence"),
    [
        (rows.name_of, "", "Thiếu họ tên chủ hộ."),
        (rows.name_of, 12.0, "Ô họ tên ghi “12”, không phải tên người."),
        (
            rows.name_of,
            "=cmd|' /C calc'!A0",
            "Ô họ tên là một công thức (“=cmd|' /C calc'!A0”). Hãy ghi họ tên bằng chữ.",
        ),
        (rows.name_of, "Nguyễn Văn 5", "Họ tên “Nguyễn Văn 5” có chữ số. Hãy ghi đúng họ tên chủ hộ."),
        (rows.name_of, "#REF!", "Ô có lỗi công thức #REF!. Hãy sửa trong Excel rồi nhập lại."),
        (
            rows.name_of,
            "NguyÔn V¨n An",
            "Chữ “NguyÔn V¨n An” dùng bảng mã cũ (TCVN3 hoặc VNI). Hãy chuyển cả danh sách sang Unicode "
            "(UniKey: Ctrl+Shift+F6) rồi nhập lại.",
        ),
        (
            rows.name_of,
            "Nguyeãn Vaên An",
            "Chữ “Nguyeãn Vaên An” dùng bảng mã cũ (TCVN3 hoặc VNI). Hãy chuyển cả danh sách sang Unicode "
            "(UniKey: Ctrl+Shift+F6) rồi nhập lại.",
        ),
        (
            rows.address_of,
            datetime.datetime(2026, 5, 12),
            "Địa chỉ đã bị Excel đổi thành ngày 12/05/2026. Hãy đặt cột địa chỉ là kiểu Văn bản rồi ghi lại số nhà.",
        ),
        (rows.is_register_mark, "để sau", "Cột đăng ký ghi “để sau”. Hãy ghi x nếu có, để trống nếu không."),
        (rows.poverty_of, "khó khăn", "Diện hộ ghi “khó khăn”. Hãy ghi Nghèo, Cận nghèo hoặc để trống."),
        (rows.phone_of, "hỏi con", "Điện thoại ghi “hỏi con”, không phải số điện thoại."),
        # More digits than Python makes a number of (4,300): a key that stayed pressed, a formula gone wild.
        (rows.readers()["members"], "1" * 5000, "Số nhân khẩu là 1111111111…, phải từ 0 đến 60."),
        (rows.readers()["members"], 1e308, "Số nhân khẩu là 1000000000…, phải từ 0 đến 60."),
    ],
)
def test_cells_that_cannot_be_read_say_why(reader, value, sentence):
    with pytest.raises(rows.BadCell) as refusal:
        reader(value)

    assert str(refusal.value) == sentence


# Digits that int() does not take, and signs that fall away when a text is folded: "3½" is not 3, "?" is not empty.
ODD = ("²", "①", "½", "3½", "Ⅳ", "?", "???", "−3", "–3 người", "#", "四")


@pytest.mark.parametrize("value", ["nhiều", 2.5, -1.0, 61.0, datetime.datetime(2026, 1, 2), *ODD])
def test_wrong_numbers_of_people_are_refused(value):
    with pytest.raises(rows.BadCell, match=r"^Số nhân khẩu"):
        rows.count_of(value, "Số nhân khẩu")


def test_what_stands_in_a_cell_is_never_taken_for_an_empty_one():
    """In any column with a meaning of its own: the row is refused and the field named."""
    found = rows.readers()
    for name in ("members", "adults", "pupils", "register", "poor", "near_poor", "poverty", "phone", "identity"):
        for value in ("²", "?", "½", "☺"):
            with pytest.raises(rows.BadCell):
                found[name](value)
        assert name == "identity" or found[name]("–") in (None, False, "NONE", "")
    for column in (
        other_cells.whole("Quỹ", 10**12),
        other_cells.mark("Ban"),
        other_cells.choice("Giới", [("M", "Nam")], {}),
    ):
        for value in ("²", "?", "3½"):
            with pytest.raises(rows.BadCell):
                column(value)
    with pytest.raises(rows.BadCell, match="Họ tên “Lê An²” có chữ số"):
        rows.name_of("Lê An²")


def test_group_lines_hamlet_lines_totals_and_signatures_are_no_households():
    found = read(
        [
            ["UBND PHƯỜNG HÒA HƯNG", "", ""],
            ["STT", "Họ tên chủ hộ", "Địa chỉ"],
            ["(1)", "(2)", "(3)"],
            ["I. Khu phố 1", "", ""],
            [1.0, "Nguyễn Văn An", "1 Hòa Hưng"],
            ["Cộng khu phố 1: 1 hộ", "", ""],
            ["II. KHU PHỐ 2", "", ""],
            [1.0, "Công Tằng Tôn Nữ Hoa", "2 Hòa Hưng"],
            ["STT", "Họ tên chủ hộ", "Địa chỉ"],
            [2.0, "Tống Văn Bình", "3 Hòa Hưng"],
            ["Tổng cộng", 2.0, ""],
            ["", "Người lập bảng", "TRƯỞNG KHU PHỐ"],
            ["", "Nguyễn Kim Liễu", "Huỳnh Kim Vy"],
        ]
    )

    assert found == [
        (5, "Nguyễn Văn An", 1, []),
        (8, "Công Tằng Tôn Nữ Hoa", 2, []),
        (10, "Tống Văn Bình", 2, []),
    ]


def test_the_hamlet_comes_from_the_letterhead_when_nothing_else_tells():
    body = [
        ["CHI HỘI KHUYẾN HỌC KHU PHỐ 4 PHƯỜNG HÒA HƯNG", ""],
        ["Họ tên", "Địa chỉ"],
        ["Nguyễn Văn An", "1 Hòa Hưng"],
    ]

    assert read(body) == [(3, "Nguyễn Văn An", 4, [])]


def test_no_hamlet_anywhere_is_said_row_by_row():
    assert read([["Họ tên", "Địa chỉ"], ["Nguyễn Văn An", "1 Hòa Hưng"]]) == [
        (2, "Nguyễn Văn An", None,
         ["Không rõ khu phố, thôn nào. Hãy thêm cột “Khu phố” hoặc chọn khu phố khi tải lên."])
    ]  # fmt: skip


def test_a_line_of_another_hamlet_than_the_chosen_one_is_refused():
    body = [["Họ tên", "Khu phố"], ["Nguyễn Văn An", "KP 3"], ["Trần Thị Bình", ""]]

    assert read(body, fixed=4) == [
        (2, "Nguyễn Văn An", 3, ["Dòng này ghi Khu phố 3, nhưng danh sách đang nhập cho Khu phố 4."]),
        (3, "Trần Thị Bình", 4, []),
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([["", ""]], "Tệp không có dòng nào. Hãy kiểm tra lại tệp rồi tải lên."),
        (
            [["Mã hàng", "Tên hàng", "Đơn giá"], ["A1", "Bút", 3000.0]],
            "Không nhận ra cột nào của danh sách hộ gia đình. Các ô đầu tiên đọc được: “Mã hàng”, “Tên hàng”, "
            "“Đơn giá”. Danh sách cần một dòng tiêu đề, ít nhất có “Họ và tên chủ hộ” và “Địa chỉ”.",
        ),
        (
            [["STT", "Địa chỉ", "Khu phố"], [1.0, "1 Hòa Hưng", "KP 1"]],
            "Không thấy cột họ tên chủ hộ. Các tiêu đề đọc được: “STT”, “Địa chỉ”, “Khu phố”. "
            "Hãy ghi tiêu đề “Họ và tên chủ hộ” cho cột tên.",
        ),
        (
            [["Họ tên chủ hộ", "Địa chỉ", "Địa chỉ hiện nay"], ["An", "1", "2"]],
            "Trang tính “Sheet1” có hai cột cùng nghĩa “Địa chỉ”: “Địa chỉ” và “Địa chỉ hiện nay”. "
            "Hãy xóa hoặc đổi tên một cột rồi tải lên.",
        ),
    ],
)
def test_sheets_without_a_list_are_refused(body, sentence):
    with pytest.raises(Unreadable) as refusal:
        understanding.understand([Sheet("Sheet1", body)], [], year=2026)

    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("page", "body"),
    [
        (
            "TCVN3",
            [
                ["Hä vµ tªn chñ hé", "§Þa chØ"],
                ["NguyÔn V¨n An", "12 Hßa H\u00adng"],
                ["Bïi ThÞ Ph\u00adîng", "3 T« HiÕn Thµnh"],
            ],
        ),
        (
            "VNI",
            [
                ["Hoï vaø teân chuû hoä", "Ñòa chæ"],
                ["Nguyeãn Vaên An", "12 Hoøa Höng"],
                ["Buøi Thò Phöôïng", "3 Toâ Hieán Thaønh"],
            ],
        ),
    ],
)
def test_a_list_in_an_old_code_page_is_made_unicode_and_said_so(page, body):
    found = understanding.understand([Sheet("Sheet1", body)], [], year=2026)

    assert found.plans[0].sheet.rows == [
        ["Họ và tên chủ hộ", "Địa chỉ"],
        ["Nguyễn Văn An", "12 Hòa Hưng"],
        ["Bùi Thị Phượng", "3 Tô Hiến Thành"],
    ]
    assert found.notices[0] == {
        "tone": "warning",
        "text": f"Tệp dùng bảng mã cũ {page}; đã chuyển 6 ô sang Unicode. Hãy xem kỹ họ tên và địa chỉ.",
    }


def test_a_unicode_list_with_one_odd_cell_stays_and_the_cell_is_refused_later():
    body = [["Họ tên", "Địa chỉ"], ["Trần Văn Bình", "1 Hòa Hưng"], ["Lê Thị Hồng", "2"], ["NguyÔn V¨n An", "3"]]
    found = understanding.understand([Sheet("S", [list(row) for row in body])], [], year=2026)
    assert found.plans[0].sheet.rows == body


def test_another_year_in_the_title_or_heading_is_pointed_out():
    title = [["DANH SÁCH HỘ NĂM 2025", ""], ["Họ tên", "Địa chỉ"], ["An", "1"]]
    heading = [["Họ tên", "Đăng ký GĐHT 2025"], ["An", "x"]]
    dated = [["Hòa Hưng, ngày 12 tháng 01 năm 2025", ""], ["Họ tên", "Địa chỉ"], ["An", "1"]]

    def warnings(body):
        return [
            one["text"]
            for one in understanding.understand([Sheet("S", body)], [], year=2026).notices
            if one["tone"] == "warning"
        ]

    expected = "Danh sách ghi năm 2025 nhưng bạn chọn năm 2026. Hãy kiểm tra trước khi xác nhận."
    assert (warnings(title), warnings(heading), warnings(dated)) == ([expected], [expected], [])


def test_a_household_that_is_nothing_but_errors_is_refused_and_told():
    """Cells with errors read as empty, so such a line looks blank, like a heading, or like numbers below a heading."""
    head = ["STT", "Họ và tên chủ hộ", "Địa chỉ", "Khu phố", "Số nhân khẩu", "Cột khác"]
    wrong, error = {}, "#N/A"
    body = [
        ["DANH SÁCH", error, "", "", "", ""],
        head,
        [1.0, "Lê Một", "1 Hòa Hưng", "KP 1", 4.0, ""],
        [2.0, error, error, error, 3.0, ""],
        [error, error, error, error, error, error],
        ["", error, "", "Khu phố 3", "", ""],  # no heading of a hamlet
        [3.0, error, "", "", 3.0, 7.0],  # no numbering of columns
        ["", "", "", "", "", error],  # beside the list
        [4.0, "Lê Bốn", "4 Hòa Hưng", "", 4.0, error],
        ["Tổng cộng", error, "", "", error, error],
        ["", "Người lập bảng", "", "", "", error],
        ["", "Lê Ký", "", "", error, ""],
        ["", error, "", "", "", ""],
        ["", "Lê Ký Tiếp", "", "", "", ""],
        [5.0, error, "5 Hòa Hưng", "KP 1", "", ""],
        [6.0, "Lê Sáu", "6 Hòa Hưng", "KP 1", 2.0, ""],
    ]
    for row, cells in enumerate(body):
        for column, value in enumerate(cells):
            if value == error:
                wrong[row, column], cells[column] = error, ""
    understood = understanding.understand([Sheet("Sheet1", body, wrong, "ds.xlsx")], [], year=2026)
    finder = HamletFinder(HAMLETS, "Phường Hòa Hưng")
    found = {row.number: row for row in reading.RowReader(understood.plans[0], finder, fixed_hamlet=None)}

    assert [(number, row.name) for number, row in found.items()] == [
        (3, "Lê Một"), (4, ""), (5, ""), (6, ""), (7, ""), (9, "Lê Bốn"), (13, ""), (15, ""), (16, "Lê Sáu")
    ]  # fmt: skip
    for number in (4, 5, 6, 7, 13, 15):
        assert found[number].reasons[0] == (
            f"Ô B{number} (cột Họ và tên chủ hộ, trang tính “Sheet1”, tệp “ds.xlsx”) báo lỗi #N/A. "
            "Hãy sửa ô đó trong tệp, lưu lại rồi tải lên."
        )
    assert [number for number, row in found.items() if not row.reasons] == [3, 16]
    assert found[9].reasons == [  # line 6 was not taken for a heading of what follows
        "Ô khu phố, thôn để trống. Hãy ghi khu phố, thôn vào từng dòng."
    ]
