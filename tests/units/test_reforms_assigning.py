"""Who of a ward that went to several goes where, told by a workbook: what is taken, what is refused, what undone."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from tests.factories.units import CommuneFactory, make_citizen, make_clan, make_household, make_officer
from tests.units.test_reforms import snapshot, total
from tests.units.test_reforms_wards import REFORM, link, old_ward
from units.assignment_workbook import assignment_workbook
from units.choices import Role
from units.domain.reforms.assigning import AssignmentRefused, read_assignment
from units.domain.reforms.undoing import undo_change
from units.domain.reforms.wards import carry_ward
from units.models import Place, PlaceChange, Registrant

pytestmark = pytest.mark.django_db
HAMLETS, ROWS = "Khu phố, thôn", "Hộ, đơn vị, dòng họ"


@pytest.fixture
def fourteen():
    """Ward 14 with three hamlets of 2, 2 and 1 households, gone in part to Hòa Hưng and in part to Diên Hồng."""
    province = CommuneFactory(code="27139", name="Phường Diên Hồng").parent
    CommuneFactory(code="27163", name="Phường Hòa Hưng", parent=province)
    CommuneFactory(code="27154", name="Phường Vườn Lài", parent=province)
    old = old_ward(14, "27169", [2, 2, 1])
    for code in ("27163", "27139"):
        link(old, Place.objects.get(code=code), partial=True)
    return old


def ward(code):
    return Place.objects.get(code=code, valid_to=None)


def filled(old, hamlets=None, rows=None, edit=None):
    """The downloaded workbook with destinations by hamlet name and by position in the list, as Excel saves it."""
    book = load_workbook(io.BytesIO(assignment_workbook(old)))
    for row in book[HAMLETS].iter_rows(min_row=2):
        row[-1].value = (hamlets or {}).get(row[1].value)
    for row in book[ROWS].iter_rows(min_row=2):
        row[-1].value = (rows or {}).get(row[1].value)
    if edit:
        edit(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read(old, data, actor=None):
    return read_assignment(actor=actor, old=old, data=data, file_name="phan-ve.xlsx")


def faults(old, data):
    with pytest.raises(AssignmentRefused) as refused:
        read(old, data)
    return str(refused.value.message), refused.value.faults


ALL = {"Khu phố 1": "Phường Hòa Hưng", "Khu phố 3": "Phường Diên Hồng"}
TWO = {3: "Phường Hòa Hưng", 4: "phuong dien hong"}


def test_the_workbook_names_everybody_and_offers_the_successors(fourteen):
    make_clan(fourteen)
    book = load_workbook(io.BytesIO(assignment_workbook(fourteen)))

    assert [row[1:3] for row in book[HAMLETS].iter_rows(min_row=2, values_only=True)] == [
        ("Khu phố 1", 2),
        ("Khu phố 2", 2),
        ("Khu phố 3", 1),
    ]
    assert book[ROWS].max_row == 7
    assert book[ROWS].column_dimensions["A"].hidden
    rule = book[ROWS].data_validations.dataValidation[0]
    sheet, cells = rule.formula1.replace("'", "").replace("$", "").split("!")
    assert [cell.value for (cell,) in book[sheet][cells]] == ["Phường Diên Hồng", "Phường Hòa Hưng"]
    assert str(rule.sqref) == "H2:H7"


def test_hamlets_and_households_go_where_the_workbook_says(fourteen):
    second = Place.objects.get(parent=fourteen, name="Khu phố 2")
    pupil = make_citizen(Registrant.objects.filter(hamlet=second).order_by("pk")[1])
    before = snapshot()

    said = read(fourteen, filled(fourteen, ALL, TWO))
    change = carry_ward(actor=None, old=fourteen, choice=said.choice)

    assert said.elsewhere == 0
    assert [total(place, 2025) for place in (fourteen, ward("27163"), ward("27139"))] == [0, 3, 2]
    assert [total(place, 2024) for place in (fourteen, ward("27163"), ward("27139"))] == [5, 0, 0]
    pupil.refresh_from_db()
    assert pupil.commune == ward("27139")
    assert change.counts["HOUSEHOLD"] == 5
    undo_change(actor=None, change=change)
    assert snapshot() == before


def test_a_ward_takes_its_own_part_and_the_rest_waits(fourteen):
    an = make_officer(Role.WARD_OFFICER, ward("27163"))

    said = read(fourteen, filled(fourteen, ALL, TWO), actor=an)
    carry_ward(actor=an, old=fourteen, choice=said.choice)

    assert said.elsewhere == 2
    assert [total(place, 2025) for place in (fourteen, ward("27163"), ward("27139"))] == [2, 3, 0]


def test_whoever_has_no_destination_is_named(fourteen):
    message, found = faults(fourteen, filled(fourteen, {"Khu phố 1": "Phường Hòa Hưng"}, {3: "Phường Hòa Hưng"}))

    assert message == "Tệp có 1 lỗi; chưa ghi gì. Hãy sửa trong tệp rồi tải lên lại."
    assert found == [
        "Còn 2 hộ, đơn vị hoặc dòng họ chưa được phân về đâu: Hộ 1 (Khu phố 2), Hộ 0 (Khu phố 3).",
    ]


def _formula(book):
    book[ROWS]["H4"].value = '=CONCATENATE("Phường ","Hòa Hưng")'


def _error(book):
    book[ROWS]["H4"].value = "#REF!"


def _missing(book):
    book[ROWS].delete_rows(6)


def _twice(book):
    book[ROWS]["A5"].value = book[ROWS]["A4"].value


def _no_key(book):
    book[ROWS]["A4"].value = "x"


@pytest.mark.parametrize(
    ("rows", "edit", "sentence"),
    [
        (
            {4: "Phường Vườn Lài"},
            None,
            "Trang “Hộ, đơn vị, dòng họ”, dòng 5: “Phường Vườn Lài” không kế thừa Phường 14 vào ngày 01/07/2025."
            " Hãy chọn một trong: Phường Diên Hồng, Phường Hòa Hưng.",
        ),
        (
            {4: "Phường Mây"},
            None,
            "Trang “Hộ, đơn vị, dòng họ”, dòng 5: không có phường, xã nào tên “Phường Mây”."
            " Hãy chọn một trong: Phường Diên Hồng, Phường Hòa Hưng.",
        ),
        (
            {},
            _formula,
            "Trang “Hộ, đơn vị, dòng họ”, dòng 4: cột Chuyển về là công thức chưa có kết quả. Hãy mở tệp bằng Excel,"
            " lưu lại rồi tải lên.",
        ),
        (
            {},
            _error,
            "Trang “Hộ, đơn vị, dòng họ”, dòng 4: ô H4 (cột Chuyển về, trang tính “Hộ, đơn vị, dòng họ”, tệp"
            " “phan-ve.xlsx”) báo lỗi #REF!. Hãy sửa ô đó trong tệp, lưu lại rồi tải lên.",
        ),
        ({}, _missing, "Tệp thiếu 1 dòng: Hộ 0 (Khu phố 3). Hãy tải lại tệp, không xóa dòng nào."),
        (
            {},
            _twice,
            "Trang “Hộ, đơn vị, dòng họ”, dòng 5: trùng với trang “hộ, đơn vị, dòng họ”, dòng 4.",
        ),
        (
            {},
            _no_key,
            "Trang “Hộ, đơn vị, dòng họ”, dòng 4: mã ẩn bị xóa hoặc bị sửa. Hãy tải lại tệp và điền vào tệp mới.",
        ),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_row(fourteen, rows, edit, sentence):
    before = snapshot()

    _message, found = faults(fourteen, filled(fourteen, ALL, TWO | rows, edit))

    assert sentence in found
    assert snapshot() == before


def test_a_row_of_another_ward_is_refused(fourteen):
    stranger = make_household(Place.objects.get(parent=old_ward(12, "27172", [1])))

    def edit(book):
        book[ROWS].append([f"D{stranger.pk}", 9, "", "", "", "", "", "Phường Hòa Hưng"])

    assert faults(fourteen, filled(fourteen, ALL, TWO, edit))[1] == [
        "Trang “Hộ, đơn vị, dòng họ”, dòng 7: không còn trong sổ của Phường 14. Hãy tải lại tệp."
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Tệp rỗng, không có dữ liệu. Hãy chọn lại tệp danh sách."),
        (
            "Tên,Số\nA,1\n".encode(),
            "Tệp không có cột mã ẩn hoặc cột “Chuyển về”. Hãy tải lại tệp phân về và điền vào đó.",
        ),
    ],
)
def test_a_file_of_something_else(fourteen, data, sentence):
    assert faults(fourteen, data)[0] == sentence


def test_on_screen_it_is_shown_then_done(fourteen, client):
    an = make_officer(Role.WARD_OFFICER, ward("27163"))
    client.force_login(an)
    url = reverse("units:ward-assign", args=[fourteen.pk])
    assert client.get(reverse("units:ward-assignment", args=[fourteen.pk])).content[:2] == b"PK"

    def upload(data):
        return client.post(url, {"file": SimpleUploadedFile("phan-ve.xlsx", data)})

    empty = client.post(url, {})
    assert "Hãy chọn tệp danh sách." in empty.content.decode()
    refused = upload(filled(fourteen, ALL))
    assert "chưa được phân về đâu: Hộ 0 (Khu phố 2), Hộ 1 (Khu phố 2)." in refused.content.decode()
    shown = upload(filled(fourteen, ALL, TWO))
    assert "2 dòng thuộc phường, xã khác" in shown.content.decode()
    assert not PlaceChange.objects.exists()

    sent = dict(shown.context["kept"]) | {"seen": shown.context["shown"].fingerprint}
    forged = client.post(url, sent | {"told": sent["told"][:-3] + "abc"})
    assert "Bản xem trước đã cũ. Hãy tải tệp lên lại; chưa có gì được ghi." in forged.content.decode()
    assert not PlaceChange.objects.exists()
    client.post(url, sent)

    assert [total(place, 2025) for place in (fourteen, ward("27163"), ward("27139"))] == [2, 3, 0]
    change = PlaceChange.objects.get()
    assert (change.actor, change.effective_on) == (an, REFORM)
