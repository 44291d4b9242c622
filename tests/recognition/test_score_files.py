"""Scores by workbook: the grid downloaded with hidden keys, filled in, put into the grid, saved there."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from recognition.choices import Stage, State
from recognition.domain.assessing import Entry, record_scores
from recognition.models import Registration
from tests.factories.recognition import YEAR, make_registrations, make_ward


@pytest.fixture
def ward(db, client):
    ward = make_ward()
    client.force_login(ward.hamlet_officer)
    return ward


def url(ward, name="score-file", **more) -> str:
    query = "&".join(f"{key}={value}" for key, value in ({"nam": YEAR, "model": "FAMILY"} | more).items())
    return f"{reverse(f'recognition:{name}', args=[ward.hamlet.pk])}?{query}"


def upload(client, ward, book, name="diem.xlsx", **more):
    data = book
    if not isinstance(book, bytes):
        target = io.BytesIO()
        book.save(target)
        data = target.getvalue()
    return client.post(url(ward, **more), {"file": SimpleUploadedFile(name, data)})


def downloaded(client, ward, **more):
    response = client.get(url(ward, tep="xlsx", **more))
    assert response.headers["Content-Disposition"] == f'attachment; filename="bang-diem-khu-pho-1-{YEAR}.xlsx"'
    return openpyxl.load_workbook(io.BytesIO(response.content))


def grid(response) -> dict[str, str]:
    """What stands in the first cell of each row."""
    return {line.registration.registrant.name: line.cells[0].text for line in response.context["grid"]}


def test_download_fill_upload_look_save(client, ward):
    names = ["Lê Văn An", "Lê Văn Bình", "Lê Văn Cường", "Lê Văn Dũng", "Lê Văn Em"]
    rows = make_registrations(ward, 5, names=names)
    record_scores(actor=ward.officer, stage=Stage.SELF, entries=[Entry(rows[4].pk, rows[4].state, total=70)])
    book = downloaded(client, ward)
    sheet = book["Điểm"]
    assert sheet.column_dimensions["A"].hidden
    head = [cell.value for cell in sheet[1]][:5]
    assert head[:4] == ["Mã hồ sơ (không sửa)", "STT", "Họ và tên, tên gọi", "Địa chỉ"]
    assert head[4] == "Tổng điểm (tối đa 100)"
    assert [row[4].value for row in sheet.iter_rows(min_row=2)] == [None, None, None, None, "70"]

    sheet["E2"], sheet["E3"], sheet["E4"] = "90,5", 101, 88.5
    sheet["C5"], sheet["E5"] = "Người khác", 60
    sheet.append([None, 6, "Trần Văn Lạ", "", 50])
    sheet.append([sheet["A2"].value, 7, "Lê Văn An", "", 80])
    sheet.append([999999, 8, "", "", 80])
    sheet.append([None, 9, "Lê Văn Dũng", "", 65])
    sheet.append([None, 10, "Lê Văn Em", "", "#REF!"])
    response = upload(client, ward, book)

    assert response.status_code == 422  # one cell to correct
    shown = grid(response)
    assert shown == dict(zip(names, ["90,5", "101", "88.5", "65", "70"], strict=True))
    told = response.context["from_file"]
    assert (told["filled"], told["same"], told["empty"]) == (4, 1, 0)
    assert [(one.number, one.name, one.reason) for one in told["refused"]] == [
        (5, "Người khác", "Mã trên dòng là của “Lê Văn Dũng” nhưng dòng ghi “Người khác”. Hãy tải lại bảng điểm."),
        (7, "Trần Văn Lạ", "Không có hồ sơ tên “Trần Văn Lạ” trong bảng này."),
        (8, "Lê Văn An", "Trùng với dòng 2: cùng một hồ sơ."),
        (9, "", "Mã hồ sơ “999999” không có trong bảng này (khu phố, năm và danh hiệu đang mở)."),
        (
            11,
            "Lê Văn Em",
            "Ô E11 (cột Tổng điểm (tối đa 100), trang tính “Điểm”, tệp “diem.xlsx”) báo lỗi #REF!. "
            "Hãy sửa ô đó trong tệp, lưu lại rồi tải lên.",
        ),
    ]
    assert "Dòng 3 trong tệp." in response.content.decode()
    assert Registration.objects.filter(state=State.SELF_ASSESSED).count() == 1  # looked at, not saved

    # What stands in the grid is what is saved: first nothing, then the good rows, the wrong one stays as typed.
    conditions = {f"v-{row.pk}-{n}": "k" for row in rows for n in range(1, len(response.context["columns"]))}
    posted = conditions | {f"v-{line.registration.pk}-0": line.cells[0].text for line in response.context["grid"]}
    posted |= {f"shown-{line.registration.pk}": line.registration.shown_as for line in response.context["grid"]}
    action = response.context["action"]
    refused = client.post(action, posted)
    assert refused.status_code == 422 and "Lưu các dòng đúng" in refused.content.decode()
    partly = client.post(action, posted | {"viec": "dong-dung"})
    assert partly.status_code == 200 and "Còn 1 dòng chưa lưu" in partly.content.decode()
    assert grid(partly)["Lê Văn Bình"] == "101"
    halves = dict(Registration.objects.values_list("registrant__name", "self_half"))
    assert halves == dict(zip(names, [181, None, 177, 130, 140], strict=True))


def test_by_criterion_and_somebody_elses_workbook(client, ward):
    rows = make_registrations(ward, 3, names=["Lê Văn An", "Lê Văn An", "Lê Thị Bình"])
    spec = rows[0].rulebook.spec
    codes = list(spec.leaf_codes)
    heads = [cell.value for cell in downloaded(client, ward, kieu="muc")["Điểm"][1]]
    assert [head.split()[0] for head in heads[4 : 4 + len(codes)]] == codes

    book = openpyxl.Workbook()
    book.active.append(["BẢNG ĐIỂM KHU PHỐ 1"])
    book.active.append(["TT", "Họ tên", "Địa chỉ", *codes, "Xếp loại"])
    full = [float(leaf.maximum) for leaf in spec.leaves]
    book.active.append([1, "LÊ VĂN AN", "2 tô hiến thành", *full])
    book.active.append([2, "Lê Văn An", "9 Bắc Hải", *full])
    book.active.append([3, "le thi binh", None, *["x"] * len(full)])
    response = upload(client, ward, book, kieu="muc")

    told = response.context["from_file"]
    assert (told["filled"], told["unused"]) == (2, ["Xếp loại"])
    assert [one.reason for one in told["refused"]] == [
        "Có 2 hồ sơ tên “Lê Văn An”. Hãy ghi đúng địa chỉ hoặc dùng bảng điểm tải về."
    ]
    lines = {line.registration.pk: line for line in response.context["grid"]}
    assert [cell.text for cell in lines[rows[1].pk].cells[: len(codes)]] == [f"{one:g}" for one in full]
    assert lines[rows[0].pk].cells[0].text == "" and "không phải là số" in lines[rows[2].pk].cells[0].error


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.xlsx", "Tệp rỗng"),
        (b"%PDF-1.7", "a.xlsx", "Tệp này không phải danh sách Excel."),
        (b"PK\x03\x04 hong", "a.xlsx", "Tệp bị hỏng"),
        ("Họ tên,Nghề\nAn,Nông\n".encode(), "a.csv", "Không thấy dòng tiêu đề có cột họ tên và các cột điểm"),
    ],
)
def test_files_that_are_no_scores(client, ward, data, name, words):
    make_registrations(ward, 1)
    response = upload(client, ward, data, name)
    assert response.status_code == 422 and words in response.content.decode()
    assert client.post(url(ward), {}).status_code == 422


def test_a_dossier_that_has_moved_on_takes_nothing(client, ward):
    (row,) = make_registrations(ward, 1, state=State.REVIEWED, names=["Lê Văn An"])
    book = downloaded(client, ward)
    assert upload(client, ward, book).context["from_file"]["refused"] == []  # says what is kept
    book["Điểm"]["E2"] = "50"
    (refused,) = upload(client, ward, book).context["from_file"]["refused"]
    assert refused.reason == "Hồ sơ đang ở tình trạng “Đã bình xét” nên không nhận điểm tự chấm nữa."
    row.refresh_from_db()
    assert row.state == State.REVIEWED


def test_refused_lines_are_given_back_mended_and_taken(client, ward):
    make_registrations(ward, 3, names=["Lê Văn An", "Lê Văn Bình", "Lê Văn Chi"])
    book = downloaded(client, ward)
    sheet = book["Điểm"]
    sheet["A2"], sheet["E2"] = 999_999, "90"
    sheet["C3"], sheet["E3"] = "Ai Đó", "80"
    sheet["E4"] = "85,5"
    first = upload(client, ward, book)
    told = first.context["from_file"]
    assert [one.number for one in told["refused"]] == [2, 3] and told["filled"] == 1
    page = first.content.decode()
    assert "Tải các dòng này để sửa (Excel)" in page and f'value="{told["lines"]}"' in page
    answer = client.post(url(ward), {"refused-lines": told["lines"]})
    assert answer.headers["Content-Disposition"] == f'attachment; filename="dong-khong-nhan-khu-pho-1-{YEAR}.xlsx"'
    given = openpyxl.load_workbook(io.BytesIO(answer.content))
    lines = [[cell.value for cell in row] for row in given["Điểm"].iter_rows()]
    assert lines[0][-1] == "Vì sao không nhận"
    assert [(line[0], line[2], line[4], line[-1]) for line in lines[1:]] == [
        (None, "Lê Văn An", "90", "Mã hồ sơ “999999” không có trong bảng này (khu phố, năm và danh hiệu đang mở)."),
        (None, "Ai Đó", "80", "Mã trên dòng là của “Lê Văn Bình” nhưng dòng ghi “Ai Đó”. Hãy tải lại bảng điểm."),
    ]
    given["Điểm"]["C3"] = "Lê Văn Bình"
    mended = upload(client, ward, given, name="sua.xlsx")
    assert (mended.context["from_file"]["refused"], mended.context["from_file"]["unused"]) == ([], [])
    assert grid(mended) == {"Lê Văn An": "90", "Lê Văn Bình": "80", "Lê Văn Chi": ""}
    late = client.post(url(ward), {"refused-lines": told["lines"][:-2]}, follow=True)
    assert "Hãy tải tệp lên lại." in late.content.decode()
