"""Lists into the register and back: counts of the two real layouts, reasons row by row, twice, meanwhile, undo."""

import datetime
import io
import threading
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pghistory
import pytest
import xlsxwriter
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from portal.lib.errors import PortalError
from tests.clock import this_year, today
from tests.factories.units import CommuneFactory, HamletFactory, make_citizen, make_clan, make_household, make_officer
from tests.units.import_files import people, xlsx
from tests.units.importing.steps import LETTERHEAD, PLAIN, at_once, confirmed, hamlet, previewed
from units.choices import CloseReason, ImportState, Role
from units.domain import importing, register
from units.domain.errors import NotAllowed
from units.exports import households_workbook
from units.models import ClanMembership, Household, ImportBatch, ImportRow, RegisterTally, Registrant, Stay


def figures(outcome) -> tuple:
    counts = outcome.counts
    return tuple(counts[name] for name in ("added", "changed", "unchanged", "duplicates", "refused"))


def reasons(batch: ImportBatch) -> list[tuple]:
    """(row, verdict, reason) in the order of the list."""
    rows = batch.rows.order_by("id").values_list("row_no", "verdict", "reasons")
    return [(number, verdict, " ".join(texts)) for number, verdict, texts in rows]


def everything() -> list:
    """All the register knows, to compare before and after."""
    return [list(model.objects.order_by("pk").values()) for model in (Registrant, Household, Stay, RegisterTally)] + [
        pghistory.models.Events.objects.count()
    ]


def independent_reading(path: Path, first_row: int, columns: dict[str, int]) -> list[dict]:
    """The households of a list as another program reads them: every row with a number in the first column."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [
        {name: row[column] for name, column in columns.items()}
        for row in sheet.iter_rows(min_row=first_row, values_only=True)
        if isinstance(row[0], int)
    ]


# --- The two real layouts


def test_the_plain_list_untouched(ward):
    told = independent_reading(PLAIN, 2, {"hamlet": 4, "members": 5, "adults": 6, "poverty": 8, "register": 10})
    assert (len(told), sum(row["register"] == "x" for row in told)) == (400, 329)

    outcome = at_once(ward, PLAIN.read_bytes())

    assert (figures(outcome), outcome.refused, outcome.duplicates) == ((400, 0, 0, 0, 0), [], [])
    assert outcome.counts["wanted"] == 329
    households = Household.objects.select_related("registrant__hamlet")
    assert Counter(one.registrant.hamlet.name for one in households) == Counter(row["hamlet"] for row in told)
    assert Counter(one.members for one in households) == Counter(row["members"] for row in told)
    assert sum(one.adults for one in households) == sum(row["adults"] for row in told)
    assert Counter(one.get_poverty_display() for one in households) == Counter(
        (row["poverty"] or "Không thuộc diện").removeprefix("Hộ ").capitalize() for row in told
    )
    tally = RegisterTally.objects.get(place=ward, year=this_year())
    assert (tally.came, tally.gone) == (400, 0)


def test_the_list_with_letterhead_untouched(ward):
    told = independent_reading(
        LETTERHEAD, 9, {"name": 1, "group": 3, "members": 4, "poor": 7, "near": 8, "register": 9}
    )
    assert (len(told), sum(bool(row["register"]) for row in told)) == (211, 169)

    outcome = at_once(ward, LETTERHEAD.read_bytes())

    assert (figures(outcome), outcome.refused, outcome.duplicates) == ((211, 0, 0, 0, 0), [], [])
    assert outcome.counts["wanted"] == 169
    households = Household.objects.select_related("registrant")
    assert {one.registrant.hamlet_id for one in households} == {hamlet(ward, 4).pk}
    assert Counter(one.group_name for one in households) == Counter(f"Tổ {row['group']}" for row in told)
    assert sum(one.members for one in households) == sum(int(row["members"]) for row in told)
    assert Counter(one.poverty for one in households) == Counter(
        {"POOR": sum(bool(row["poor"]) for row in told), "NEAR_POOR": sum(bool(row["near"]) for row in told),
         "NONE": sum(not row["poor"] and not row["near"] for row in told)}
    )  # fmt: skip
    names = set(Registrant.objects.values_list("name", flat=True))
    assert {"Nguyễn Ngọc Liễu", "Tô Kim Lan", "Trần Thị Bích Tuyết"} <= names  # capitals, double spaces
    assert not {"Người lập bảng", "Nguyễn Kim Liễu", "Tổ 31"} & names
    notices = [notice["text"] for notice in outcome.batch.notices]
    assert "Trang tính “KP 4”: các hộ thuộc Khu phố 4, lấy theo tên trang tính." in notices


def test_the_same_list_twice_writes_nothing(ward):
    at_once(ward, LETTERHEAD.read_bytes())
    before = everything()

    outcome = at_once(ward, LETTERHEAD.read_bytes())

    assert figures(outcome) == (0, 0, 211, 0, 0)
    assert everything() == before


# --- Identity


def test_what_becomes_of_each_row(ward):
    same = make_household(hamlet(ward, 1), "Nguyễn Văn An", address="1 Hòa Hưng", members=4, adults=2)
    changed = make_household(hamlet(ward, 1), "Trần Thị Bình", address="2 Hòa Hưng", members=4, phone="0912345678")
    make_household(hamlet(ward, 2), "Lê Văn Cường", address="3 Hòa Hưng")
    make_household(hamlet(ward, 1), "Phạm Thị Dung", address="4 Hòa Hưng")
    make_household(hamlet(ward, 1), "Hồ Văn Em", address="")
    gone = make_household(hamlet(ward, 1), "Ngô Thị Giang", address="6 Hòa Hưng")
    register.close_registrant(actor=None, registrant=gone, reason=CloseReason.MOVED_AWAY, closed_on=today())
    data = people(
        ["NGUYEN VAN AN", "1 hoa hung", "kp 1", None, 2, None, None, None],
        ["Trần Thị Bình", "2 Hòa Hưng", "Khu phố 1", 5, None, None, "Nghèo", None],
        ["Lê Văn Cường", "3 Hòa Hưng", "Khu phố 1", 3, None, None, None, None],
        ["Phạm Thị Dung", "44 Hòa Hưng", "Khu phố 1", 3, None, None, None, None],
        ["Hồ Văn Em", "5 Hòa Hưng", "Khu phố 1", 3, None, None, None, None],
        ["Ngô Thị Giang", "6 Hòa Hưng", "Khu phố 1", 3, None, None, None, None],
        ["Đỗ Văn Hải", "7 Hòa Hưng", "Khu phố 1", 3, 2, 1, None, "x"],
        ["Do Van Hai", "7 hòa hưng", "KP1", 3, 2, 1, None, "x"],
        ["Đỗ Văn Hải", "", "KP1", 3, 2, 1, None, "x"],
        ["Vũ Văn Khoa", "8 Hòa Hưng", "Khu phố 9", 3, None, None, None, None],
        ["Đỗ Văn Hải", "7 Hòa Hưng", "Khu phố 2", 3, 2, 1, None, "x"],
    )

    batch = previewed(ward, data)

    assert reasons(batch) == [
        (2, "UNCHANGED", ""),
        (3, "CHANGED", ""),
        (4, "REFUSED", "Hộ này đã có ở Khu phố 2. Nếu hộ đã chuyển đến, hãy chuyển hộ trong sổ thay vì nhập mới."),
        (5, "DUPLICATE", "Cùng khu phố đã có hộ trùng tên ở địa chỉ “4 Hòa Hưng”."),
        (6, "DUPLICATE", "Cùng khu phố đã có hộ trùng tên, chưa ghi địa chỉ."),
        (7, "DUPLICATE", f"Hộ cùng tên, cùng địa chỉ đã ra khỏi sổ ngày {today():%d/%m/%Y}. "
         "Nếu hộ quay lại, hãy mở lại hộ đó."),
        (8, "ADDED", ""),
        (9, "REFUSED", "Trùng với dòng 8 trong tệp (cùng họ tên chủ hộ, cùng địa chỉ)."),
        (10, "DUPLICATE", "Dòng 8 trong tệp trùng tên và có địa chỉ; dòng này không ghi địa chỉ."),
        (11, "REFUSED", "Phường Hòa Hưng không có “Khu phố 9”. Gần giống nhất: Khu phố 4, Khu phố 3, Khu phố 2."),
        (12, "REFUSED", "Trùng với dòng 8 trong tệp (cùng họ tên chủ hộ, cùng địa chỉ)."),
    ]  # fmt: skip
    assert batch.counts == {
        "added": 1, "changed": 1, "unchanged": 1, "duplicates": 4, "refused": 4, "wanted": 1,
    }  # fmt: skip
    confirmed(batch)
    same.refresh_from_db()
    profile = Household.objects.get(registrant=changed)
    assert (same.name, same.household.address) == ("Nguyễn Văn An", "1 Hòa Hưng")
    # An empty cell erases nothing: the phone number stays.
    assert (profile.members, profile.poverty, profile.phone) == (5, "POOR", "0912345678")
    assert list(Registrant.objects.filter(import_batch=batch).values_list("name", flat=True)) == ["Đỗ Văn Hải"]


def test_two_households_of_one_name_at_two_addresses_are_two(ward):
    data = people(
        ["Nguyễn Thị Loan", "1 Hòa Hưng", "KP 1", 3, None, None, None, None],
        ["Nguyễn Thị Loan", "2 Hòa Hưng", "KP 1", 3, None, None, None, None],
    )

    assert figures(at_once(ward, data)) == (2, 0, 0, 0, 0)
    assert figures(at_once(ward, data)) == (0, 0, 2, 0, 0)


def test_same_name_without_addresses_asks_for_addresses(ward):
    data = people(
        ["Nguyễn Thị Loan", "", "KP 1", 3, None, None, None, None],
        ["Nguyễn Thị Loan", None, "KP 1", 3, None, None, None, None],
    )

    outcome = at_once(ward, data)

    assert figures(outcome) == (1, 0, 0, 0, 1)
    assert outcome.refused == [
        {"sheet": "Danh sách", "row": 3,
         "reason": "Trùng tên với dòng 2, cả hai dòng không ghi địa chỉ. Nếu là hai hộ, hãy ghi địa chỉ từng hộ."}
    ]  # fmt: skip


def test_a_correction_that_cannot_be_true_with_what_the_register_says(ward):
    make_household(hamlet(ward, 1), "Nguyễn Văn An", address="1 Hòa Hưng", members=4, adults=2)
    data = xlsx([["Họ tên", "Địa chỉ", "Khu phố", "Người lớn"], ["Nguyễn Văn An", "1 Hòa Hưng", "KP 1", 5]])

    outcome = at_once(ward, data)

    assert outcome.refused[0]["reason"] == (
        "Người lớn (5) cộng học sinh (0) nhiều hơn số nhân khẩu đang ghi trong sổ (4)."
    )


def test_names_and_addresses_get_their_marks(ward):
    one = make_household(hamlet(ward, 1), "Nguyen Van Tuyet", address="1 Hoa Hung")

    at_once(ward, people(["Nguyễn Văn Tuyết", "1 Hòa Hưng", "KP 1", None, None, None, None, None]))

    one.refresh_from_db()
    assert (one.name, one.household.address) == ("Nguyễn Văn Tuyết", "1 Hòa Hưng")
    expected = Registrant(kind="HOUSEHOLD", name="Nguyễn Văn Tuyết")
    expected.derive()
    assert (one.search_name, one.sort_key, one.bigrams) == (
        expected.search_name, expected.sort_key, expected.bigrams,
    )  # fmt: skip


def test_added_households_are_complete(ward):
    batch = confirmed(previewed(ward, people(["ĐỖ VĂN HẢI", "7/1 Hòa Hưng", "KP 2", "4 ", 2, 1, "Cận nghèo", "x"])))

    one = Registrant.objects.get(import_batch=batch)
    expected = Registrant(kind="HOUSEHOLD", name="Đỗ Văn Hải")
    expected.derive()
    assert (one.name, one.search_name, one.sort_key, one.bigrams, one.opened_on) == (
        "Đỗ Văn Hải", expected.search_name, expected.sort_key, expected.bigrams, today(),
    )  # fmt: skip
    assert (one.hamlet, one.commune, one.province) == (hamlet(ward, 2), ward, ward.province)
    profile = one.household
    assert (profile.address, profile.address_key, profile.members, profile.poverty) == (
        "7/1 Hòa Hưng", "7 1 hoa hung", 4, "NEAR_POOR",
    )  # fmt: skip
    stay = one.stays.get()
    assert (stay.hamlet_id, stay.since, stay.until) == (one.hamlet_id, today(), None)


def test_a_list_of_last_year_counts_in_last_year(ward):
    ward.valid_from = datetime.date(this_year() - 3, 1, 1)
    ward.save()

    at_once(ward, people(["Đỗ Văn Hải", "7 Hòa Hưng", "KP 2", 4, 2, 1, None, None]), year=this_year() - 1)

    assert Registrant.objects.get().opened_on == datetime.date(this_year() - 1, 12, 31)


@pytest.mark.parametrize(
    ("year", "sentence"),
    [
        (lambda: 1999, "Năm 1999 không hợp lệ. Hãy chọn từ 2010 đến {latest}."),
        (lambda: this_year() + 2, "Năm {year} không hợp lệ. Hãy chọn từ 2010 đến {latest}."),
        (
            lambda: 2020,
            "Phường Hòa Hưng chưa có hoặc không còn vào ngày 31/12/2020 nên không nhập được danh sách năm 2020.",
        ),
    ],
)
def test_wrong_years(ward, year, sentence):
    with pytest.raises(importing.ImportRefused) as refusal:
        at_once(ward, PLAIN.read_bytes(), year=year())

    assert refusal.value.message == sentence.format(year=year(), latest=this_year() + 1)


# --- Who, when, how many statements


def test_people_of_another_ward_or_role_may_not(ward):
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory())
    leader = make_officer(Role.LEADER, ward)
    of_hamlet = make_officer(Role.HAMLET_OFFICER, hamlet(ward, 1))

    for actor in (stranger, leader, of_hamlet):
        with pytest.raises(NotAllowed):
            previewed(ward, PLAIN.read_bytes(), actor)
    assert importing.may_import(of_hamlet, hamlet(ward, 1))
    assert not importing.may_import(of_hamlet, hamlet(ward, 2))


def test_the_number_of_statements_does_not_grow(ward):
    def statements(count: int, first: int) -> int:
        data = people(
            *(
                [f"Nguyễn Văn {chr(65 + n % 26)}", f"{first + n} Hòa Hưng", "KP 1", 3, 2, 1, None, "x"]
                for n in range(count)
            )
        )
        with CaptureQueriesContext(
            connection,
        ) as captured:
            confirmed(previewed(ward, data))
        return len(captured)

    assert statements(3, 1000) == statements(300, 2000)


# --- Files nobody can read


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"", "Tệp rỗng, không có dữ liệu."),
        (b"%PDF-1.4", "Tệp này không phải danh sách Excel."),
        (xlsx([]), "Tệp không có dòng nào."),
        (xlsx([["Họ tên chủ hộ", "Địa chỉ"]]), "Dưới dòng tiêu đề không có hộ nào."),
        (xlsx([["A", "B", "C"], ["1", "2", "3"]]), "Không nhận ra cột nào của danh sách hộ gia đình."),
        (xlsx([["Họ tên", "Khu phố", "KP"], ["An", "1", "2"]]), "Trang tính “Danh sách” có hai cột cùng nghĩa"),
    ],
)
def test_unreadable_files_leave_only_their_sentence(ward, data, start):
    batch = previewed(ward, data)

    assert (batch.state, ImportRow.objects.count(), Registrant.objects.count()) == (ImportState.REJECTED, 0, 0)
    assert batch.message.startswith(start)


def test_more_rows_than_the_setting_allows(ward, settings):
    settings.IMPORT_MAX_ROWS = 100

    assert previewed(ward, PLAIN.read_bytes()).message == (
        "Danh sách có quá nhiều dòng (giới hạn 100 dòng một lần nhập). Hãy chia thành nhiều tệp."
    )


def test_formulas_are_refused_or_kept_as_text(ward):
    data = xlsx(
        [
            ["Họ tên chủ hộ", "Địa chỉ", "Khu phố", "Số nhân khẩu", "Ghi chú"],
            ['="Nguyễn "&"An"', "1 Hòa Hưng", "KP 1", 3, None],
            ["Trần Văn Bình", "2 Hòa Hưng", "KP 1", "=1+2", None],
            ["Trần Văn Cường", "'=HYPERLINK(1)", "KP 1", 3, "+84 ở xa"],
        ]
    )

    batch = confirmed(previewed(ward, data))

    assert reasons(batch) == [
        (2, "REFUSED", "Cột Họ và tên chủ hộ là công thức chưa có kết quả. "
         "Hãy mở tệp bằng Excel, lưu lại rồi tải lên."),
        (3, "REFUSED", "Cột Số nhân khẩu là công thức chưa có kết quả. Hãy mở tệp bằng Excel, lưu lại rồi tải lên."),
        (4, "ADDED", ""),
    ]  # fmt: skip
    assert Registrant.objects.get().note == "+84 ở xa"


def test_a_formula_that_gave_an_empty_text_is_an_empty_cell(ward):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Họ tên chủ hộ", "Địa chỉ", "Khu phố", "Số nhân khẩu", "Ghi chú"])
        sheet.write_row(1, 0, ["Trần Văn Bình", "2 Hòa Hưng", "KP 1", 3])
        sheet.write_formula(1, 4, '=IF(D2>9,"đông","")', value="nothing")
        sheet.write_formula(2, 0, '=IF(D3>0,"x","")', value="nothing")  # prepared for more families
    as_excel = io.BytesIO()
    with zipfile.ZipFile(out) as made, zipfile.ZipFile(as_excel, "w") as kept:
        for name in made.namelist():
            kept.writestr(name, made.read(name).replace(b"<v>nothing</v>", b"<v></v>"))

    assert reasons(confirmed(previewed(ward, as_excel.getvalue()))) == [(2, "ADDED", "")]
    assert Registrant.objects.get().note == ""


def test_nasty_rows_each_with_its_reason(ward):
    data = people(
        [None, "1 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
        ["Nguyễn Văn 7", "2 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
        ["Nguyễn Văn An", "3 Hòa Hưng", "KP 1", 3, 3, 1, None, None],
        ["Nguyễn Văn Bình", "4 Hòa Hưng", "KP 1", "ba", 2, 1, None, None],
        ["Nguyễn Văn Cường", "5 Hòa Hưng", "KP 1", 0, None, None, None, None],
        ["Nguyễn Văn Dũng", datetime.datetime(this_year(), 5, 12), "KP 1", 3, 2, 1, None, None],
        ["Nguyễn Văn Em", "7 Hòa Hưng", None, 3, 2, 1, None, None],
        ["Nguyễn Văn Giang", "8 Hòa Hưng", "KP 1", 3, 2, 1, "khó khăn", "để sau"],
        ["Nguyễn Văn Hải", "9 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
    )

    assert reasons(previewed(ward, data)) == [
        (2, "REFUSED", "Thiếu họ tên chủ hộ."),
        (3, "REFUSED", "Họ tên “Nguyễn Văn 7” có chữ số. Hãy ghi đúng họ tên chủ hộ."),
        (4, "REFUSED", "Người lớn (3) cộng học sinh (1) nhiều hơn số nhân khẩu (3)."),
        (5, "REFUSED", "Số nhân khẩu ghi “ba”, không phải là số người."),
        (6, "REFUSED", "Số nhân khẩu là 0; một hộ có ít nhất một người."),
        (7, "REFUSED", f"Địa chỉ đã bị Excel đổi thành ngày 12/05/{this_year()}. "
         "Hãy đặt cột địa chỉ là kiểu Văn bản rồi ghi lại số nhà."),
        (8, "REFUSED", "Ô khu phố, thôn để trống. Hãy ghi khu phố, thôn vào từng dòng."),
        (9, "REFUSED", "Diện hộ ghi “khó khăn”. Hãy ghi Nghèo, Cận nghèo hoặc để trống. "
         "Cột đăng ký ghi “để sau”. Hãy ghi x nếu có, để trống nếu không."),
        (10, "ADDED", ""),
    ]  # fmt: skip


def test_a_list_of_another_hamlet_than_the_chosen_one_is_pointed_out(ward):
    batch = previewed(hamlet(ward, 1), LETTERHEAD.read_bytes())

    assert [one["text"] for one in batch.notices if one["tone"] == "warning"] == [
        "Tệp ghi “KP 4” (tên trang tính) nhưng bạn chọn Khu phố 1. Các hộ sẽ được nhập vào Khu phố 1."
    ]
    assert batch.counts["added"] == 211


def test_sheets_by_hamlet(ward):
    head = ["Họ tên chủ hộ", "Địa chỉ"]
    data = xlsx(
        [head, ["Nguyễn Văn An", "1 Hòa Hưng"]],
        title="KP 1",
        more={
            "KP 2": [head, ["Nguyễn Văn An", "2 Hòa Hưng"], ["Trần Văn Tâm", "1 Hòa Hưng"]],
            "Hướng dẫn": [["Cách ghi"]],
        },
    )

    batch = confirmed(previewed(ward, data))

    assert list(Registrant.objects.order_by("pk").values_list("name", "hamlet__name")) == [
        ("Nguyễn Văn An", "Khu phố 1"), ("Nguyễn Văn An", "Khu phố 2"), ("Trần Văn Tâm", "Khu phố 2"),
    ]  # fmt: skip
    assert "Bỏ qua trang tính không có danh sách: “Hướng dẫn”." in [one["text"] for one in batch.notices]


# --- Between preview and confirmation


def test_duplicates_are_added_only_where_somebody_said_so(ward):
    make_household(hamlet(ward, 1), "Phạm Thị Dung", address="4 Hòa Hưng")
    rows = [["Phạm Thị Dung", f"{n} Hòa Hưng", "KP 1", 3, None, None, None, "x"] for n in (41, 42)]
    batch = previewed(ward, people(*rows))
    first = batch.rows.order_by("id").first()

    assert importing.decide_duplicate(actor=None, batch=batch, rows=[first.pk], add=True) == 1
    confirmed(batch)

    assert list(Registrant.objects.filter(import_batch=batch).values_list("household__address", flat=True)) == [
        "41 Hòa Hưng"
    ]
    assert figures(at_once(ward, people(rows[0]))) == (0, 0, 1, 0, 0)


def test_what_changed_since_the_preview_is_not_written(ward):
    edited = make_household(hamlet(ward, 1), "Trần Thị Bình", address="2 Hòa Hưng", members=4)
    batch = previewed(
        ward,
        people(
            ["Trần Thị Bình", "2 Hòa Hưng", "KP 1", 5, None, None, None, None],
            ["Đỗ Văn Hải", "7 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
            ["Vũ Văn Khoa", "8 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
        ),
    )
    Household.objects.filter(pk=edited.pk).update(members=6)
    make_household(hamlet(ward, 1), "Đỗ Văn Hải", address="7 Hòa Hưng", members=9)
    make_household(hamlet(ward, 2), "Vũ Văn Khoa", address="8 Hòa Hưng")

    confirmed(batch)

    assert reasons(batch) == [
        (2, "REFUSED", "Hộ này đã được người khác sửa sau khi xem trước. Hãy tải tệp lên lại."),
        (3, "UNCHANGED", ""),
        (4, "REFUSED", "Sổ bộ đã thay đổi sau khi xem trước: Hộ này đã có ở Khu phố 2. "
         "Nếu hộ đã chuyển đến, hãy chuyển hộ trong sổ thay vì nhập mới."),
    ]  # fmt: skip
    assert Household.objects.get(pk=edited.pk).members == 6
    assert Household.objects.get(registrant__name="Đỗ Văn Hải").members == 9


def test_confirming_twice(ward):
    batch = previewed(ward, PLAIN.read_bytes())
    importing.request_confirmation(actor=None, batch=batch)

    with pytest.raises(importing.ImportRefused) as refusal:
        importing.request_confirmation(actor=None, batch=batch)
    importing.confirm(actor=None, batch=batch)
    importing.confirm(actor=None, batch=batch)  # a worker killed after the commit runs the job again

    assert refusal.value.message == "Lần nhập này đang ở tình trạng “Đang ghi”, không xác nhận thêm được."
    assert Registrant.objects.count() == 400


def test_families_that_cannot_be_registered_are_not_entered_either(ward):
    """There are no rules for the year yet, and the list asks to register: what other apps refuse leaves nothing."""
    batch = previewed(ward, PLAIN.read_bytes(), register=True)
    importing.request_confirmation(actor=None, batch=batch)

    with pytest.raises(PortalError) as refusal:
        importing.confirm(actor=None, batch=batch)
    assert refusal.value.message == f"Chưa có bộ tiêu chí “Gia đình học tập” áp dụng cho năm {today().year}."

    assert (Registrant.objects.count(), Stay.objects.count(), RegisterTally.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_people_confirm_the_same_list_at_once():
    ward = CommuneFactory(name="Phường Hòa Hưng")
    for number in range(1, 5):
        HamletFactory(parent=ward, name=f"Khu phố {number}")
    batches = [previewed(ward, PLAIN.read_bytes()) for _ in range(2)]
    start, failures = threading.Barrier(2), []

    def work(batch):
        try:
            start.wait(60)
            confirmed(batch)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[batch]) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)

    assert failures == []
    done = [ImportBatch.objects.get(pk=batch.pk).counts for batch in batches]
    assert sorted((one["added"], one["unchanged"]) for one in done) == [(0, 400), (400, 0)]
    assert Registrant.objects.count() == 400


# --- Undo


def test_undo_takes_everything_back(ward):
    changed = make_household(hamlet(ward, 1), "Tran Thi Binh", address="2 Hòa Hưng", members=None, phone="0912345678")
    before = list(Household.objects.values()), list(Registrant.objects.values())
    data = people(
        ["Trần Thị Bình", "2 Hòa Hưng", "KP 1", 5, 2, 1, "Nghèo", None],
        ["Đỗ Văn Hải", "7 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
    )
    batch = confirmed(previewed(ward, data))
    changed.refresh_from_db()
    assert (changed.name, changed.household.members) == ("Trần Thị Bình", 5)

    importing.undo(actor=None, batch=batch)
    importing.undo(actor=None, batch=batch)  # run again after the commit: nothing more happens

    open_ones = Registrant.objects.open()
    assert (list(Household.objects.filter(registrant__in=open_ones).values()), list(open_ones.values())) == before
    added = Registrant.objects.get(name="Đỗ Văn Hải")
    assert (added.close_reason, added.closed_on) == (CloseReason.IMPORT_UNDONE, added.opened_on)
    tallies = {(one.year, one.came - one.gone) for one in RegisterTally.objects.filter(place=ward)}
    assert tallies == {(2020, 1), (this_year(), 0)}
    # The list may be imported again as if it had never been there.
    assert figures(at_once(ward, data)) == (1, 1, 0, 0, 0)


def test_undo_is_refused_when_a_household_was_touched_since(ward):
    data = people(
        ["Đỗ Văn Hải", "7 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
        ["Vũ Văn Khoa", "8 Hòa Hưng", "KP 1", 3, 2, 1, None, None],
    )
    batch = confirmed(previewed(ward, data))
    one = Registrant.objects.get(name="Vũ Văn Khoa")
    register.correct_household(actor=None, registrant=one, members=4)

    with pytest.raises(importing.ImportRefused) as refusal:
        importing.undo(actor=None, batch=batch)

    assert refusal.value.message == (
        "1 hộ đã được sửa sau lần nhập này: Vũ Văn Khoa (dòng 3). "
        "Không hoàn tác được cả lần nhập; hãy sửa từng hộ trong sổ."
    )
    assert Registrant.objects.open().count() == 2


@pytest.mark.parametrize("what", ["citizen", "clan"])
def test_undo_is_refused_when_somebody_is_counted_at_a_household_since(ward, what):
    batch = confirmed(previewed(ward, people(["Vũ Văn Khoa", "8 Hòa Hưng", "KP 1", 3, 2, 1, None, None])))
    home = Registrant.objects.get(name="Vũ Văn Khoa")
    if what == "citizen":
        make_citizen(home)
    else:
        clan = make_clan(ward).clan
        ClanMembership.objects.create(clan=clan, household=home.household, since=home.opened_on)

    with pytest.raises(importing.ImportRefused, match="Vũ Văn Khoa"):
        importing.undo(actor=None, batch=batch)

    home.refresh_from_db()
    assert home.is_open


def test_undo_before_confirmation_and_discard_after_it(ward):
    batch = previewed(ward, PLAIN.read_bytes())
    with pytest.raises(importing.ImportRefused) as early:
        importing.undo(actor=None, batch=batch)
    confirmed(batch)
    with pytest.raises(importing.ImportRefused) as late:
        importing.discard(actor=None, batch=batch)

    assert early.value.message == "Lần nhập này đang ở tình trạng “Chờ xác nhận” nên không hoàn tác được."
    assert late.value.message == "Lần nhập này đang ở tình trạng “Đã nhập” nên không bỏ được."


def test_discard_leaves_no_trace(ward):
    batch = previewed(ward, PLAIN.read_bytes())

    importing.discard(actor=None, batch=batch)

    assert (ImportBatch.objects.count(), ImportRow.objects.count(), Registrant.objects.count()) == (0, 0, 0)


# --- A list downloaded from the register, edited, uploaded


def downloaded(*rows: list) -> bytes:
    """A list with the register's own key in its first column."""
    return xlsx([["Mã hộ (không sửa)", "Họ và tên chủ hộ", "Địa chỉ", "Khu phố, thôn", "Số nhân khẩu"], *rows])


def test_an_edited_download_changes_the_same_households(ward):
    one = make_household(hamlet(ward, 1), "Nguyễn Văn An", address="1 Hòa Hưng", members=4)
    other = make_household(hamlet(ward, 1), "Trần Thị Bình", address="2 Hòa Hưng", members=3)
    before = list(Registrant.objects.values()), list(Household.objects.values())
    data = downloaded(
        [one.pk, "Nguyen Thi Hoa", "1/2 Bắc Hải", "Khu phố 1", 5],
        [other.pk, "Trần Thị Bình", None, "KP 1", None],
        [None, "Lê Văn Mới", "3 Hòa Hưng", "KP 1", 2],
    )

    batch = confirmed(previewed(ward, data))

    assert reasons(batch) == [(2, "CHANGED", ""), (3, "UNCHANGED", ""), (4, "ADDED", "")]
    one.refresh_from_db()
    expected = Registrant(kind="HOUSEHOLD", name="Nguyen Thi Hoa")
    expected.derive()
    assert (one.name, one.search_name, one.sort_key, one.bigrams) == (
        expected.name, expected.search_name, expected.sort_key, expected.bigrams,
    )  # fmt: skip
    assert (one.household.address, one.household.address_key, one.household.members) == (
        "1/2 Bắc Hải",
        "1 2 bac hai",
        5,
    )
    assert figures(at_once(ward, downloaded([one.pk, "Nguyen Thi Hoa", "1/2 Bắc Hải", "KP 1", 5]))) == (0, 0, 1, 0, 0)
    importing.undo(actor=None, batch=batch)
    kept = Registrant.objects.filter(pk__in=[one.pk, other.pk]).order_by("pk")
    profiles = Household.objects.filter(registrant__in=kept).order_by("pk")
    assert (list(kept.values()), list(profiles.values())) == before


def test_keys_that_cannot_be_right_are_refused(ward):
    moved = make_household(hamlet(ward, 2), "Nguyễn Văn An", address="1 Hòa Hưng")
    first = make_household(hamlet(ward, 1), "Trần Thị Bình", address="2 Hòa Hưng")
    make_household(hamlet(ward, 1), "Lê Văn Cường", address="3 Hòa Hưng")
    gone = make_household(hamlet(ward, 1), "Ngô Thị Giang", address="6 Hòa Hưng")
    register.close_registrant(actor=None, registrant=gone, reason=CloseReason.MOVED_AWAY, closed_on=today())
    foreign = make_household(HamletFactory(), "Võ Văn Xa")
    data = downloaded(
        [moved.pk, "Nguyễn Văn An", "1 Hòa Hưng", "KP 1", 4],
        [first.pk, "Lê Văn Cường", "3 Hòa Hưng", "KP 1", 4],
        [first.pk, "Trần Thị Bình", "22 Hòa Hưng", "KP 1", 4],
        [gone.pk, "Ngô Thị Giang", "6 Hòa Hưng", "KP 1", 4],
        [foreign.pk, "Võ Văn Xa", "7 Hòa Hưng", "KP 1", 4],
        ["H-5", "Võ Văn Gần", "8 Hòa Hưng", "KP 1", 4],
    )

    assert reasons(previewed(ward, data)) == [
        (2, "REFUSED", "Hộ này đã có ở Khu phố 2. Nếu hộ đã chuyển đến, hãy chuyển hộ trong sổ thay vì nhập mới."),
        (3, "REFUSED", "Cùng khu phố đã có hộ khác trùng họ tên và địa chỉ này."),
        (4, "REFUSED", "Trùng mã hộ với dòng 3 trong tệp. Nếu là hộ mới, hãy để trống ô mã hộ."),
        (5, "REFUSED", f"Hộ này đã ra khỏi sổ ngày {today():%d/%m/%Y}. Nếu hộ quay lại, hãy mở lại hộ đó trong sổ."),
        (6, "REFUSED", "Không có hộ mang mã này trong sổ của phường, xã. Nếu là hộ mới, hãy để trống ô mã hộ."),
        (7, "REFUSED", "Mã hộ ghi “H-5”. Đừng sửa cột này; nếu là hộ mới, hãy để trống."),
    ]


def test_two_of_one_name_and_address_come_back_as_the_two_they_are(ward):
    """The register may have such two: their own rows are no repetition. A row without a key that says the same is."""
    twins = [make_household(hamlet(ward, 1), "Lê Đôi", address="9 Hòa Hưng") for _number in range(2)]
    other = make_household(hamlet(ward, 1), "Lê Khác", address="8 Hòa Hưng")
    with households_workbook(Registrant.objects.order_by("pk")) as file:
        data = file.read()
    outcome = at_once(ward, data)
    assert (outcome.counts["unchanged"], outcome.counts["refused"]) == (3, 0)

    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    sheet.insert_rows(2)  # in front of the two
    for heading, value in (("Họ và tên chủ hộ", "Le Doi"), ("Địa chỉ", "9 hoà hưng"), ("Khu phố, thôn", "Khu phố 1")):
        sheet.cell(2, heads.index(heading) + 1).value = value
    sheet.cell(3, heads.index("Điện thoại") + 1).value = "0912345678"
    sheet.cell(5, heads.index("Họ và tên chủ hộ") + 1).value = "Lê Đôi"  # the other one takes their name and address
    sheet.cell(5, heads.index("Địa chỉ") + 1).value = "9 Hòa Hưng"
    target = io.BytesIO()
    book.save(target)
    batch = previewed(ward, target.getvalue())

    assert reasons(batch) == [
        (2, "REFUSED", "Trùng với dòng 3 trong tệp (cùng họ tên chủ hộ, cùng địa chỉ)."),
        (3, "CHANGED", ""),
        (4, "UNCHANGED", ""),
        (5, "REFUSED", "Trùng với dòng 3 trong tệp (cùng họ tên chủ hộ, cùng địa chỉ)."),
    ]
    confirmed(batch)
    twins[0].household.refresh_from_db()
    assert (twins[0].household.phone, Registrant.objects.open().count()) == ("0912345678", 3)
    assert Registrant.objects.get(pk=other.pk).name == "Lê Khác"


def test_the_register_downloaded_and_uploaded_changes_nothing(ward):
    at_once(ward, PLAIN.read_bytes())
    # Numbers of before forms wrote them one way: the same number is no change.
    written = ("0912 345 678", "0912.345.678", "+84 912-345-678", "912345678", "(028) 3865 1234")
    for home, phone in zip(Household.objects.order_by("pk")[: len(written)], written, strict=True):
        Household.objects.filter(pk=home.pk).update(phone=phone)
    with households_workbook(Registrant.objects.order_by("sort_key")) as file:
        data = file.read()
    before = everything()

    batch = confirmed(previewed(ward, data))

    assert (batch.counts["unchanged"], batch.counts["added"], batch.counts["changed"]) == (400, 0, 0)
    assert everything() == before
