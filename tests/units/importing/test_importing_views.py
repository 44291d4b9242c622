"""The way through the pages: upload, progress, preview, confirm, result, undo."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal import jobs
from portal.jobs.models import Job
from recognition.models import Registration
from tests.clock import this_year
from tests.factories.recognition import load_shipped_rulebooks
from tests.factories.units import make_household, make_officer
from tests.units.import_files import people, xlsx
from tests.units.importing.steps import PLAIN
from units.choices import ImportState, Role
from units.models import ImportBatch, Place, Registrant


def upload(client, place, data: bytes, name: str = "danh-sach.xlsx", **fields):
    """Post the upload form; returns the response."""
    file = SimpleUploadedFile(name, data)
    return client.post(
        reverse("units:import-create"),
        {"place": place.pk, "year": this_year(), "file": file, **fields},
    )


def uploaded(client, place, data: bytes, **fields) -> ImportBatch:
    """Upload and let the worker read it."""
    response = upload(client, place, data, **fields)
    job = Job.objects.latest("pk")
    assert response.url == reverse("jobs:detail", args=[job.pk])
    jobs.run_now(job)
    return ImportBatch.objects.latest("pk")


def page(client, batch, **query) -> str:
    response = client.get(reverse("units:import-detail", args=[batch.pk]), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def act(client, batch, name: str, **data):
    """Post an action and let the worker do it."""
    response = client.post(reverse(f"units:import-{name}", args=[batch.pk]), data)
    job = Job.objects.latest("pk")
    if job.state == "QUEUED":
        jobs.run_now(job)
    batch.refresh_from_db()
    return response


def messages(client, url: str) -> list[str]:
    return [str(message) for message in client.get(url).context["messages"]]


def test_the_whole_way(client, an, ward):
    load_shipped_rulebooks()
    batch = uploaded(client, ward, PLAIN.read_bytes(), register="on")
    assert (batch.state, batch.created_by) == (ImportState.PREVIEW, an)
    text = page(client, batch)
    assert "Thêm mới <strong>400</strong> hộ" in text
    assert f"Đăng ký danh hiệu năm {this_year()} cho <strong>329</strong> hộ" in text
    assert "Nguyễn Thị Phượng" in text and "Dòng 1–50" in text
    assert Registrant.objects.count() == 0

    act(client, batch, "confirm")

    assert (batch.state, Registrant.objects.count()) == (ImportState.DONE, 400)
    text = page(client, batch)
    assert "Thêm mới 400 hộ, thay đổi 0 hộ, không đổi 0 hộ." in text
    assert "Hoàn tác lần nhập này" in text
    assert Registration.objects.live().count() == 329

    act(client, batch, "undo")

    assert (batch.state, Registrant.objects.open().count()) == (ImportState.UNDONE, 0)
    assert Registration.objects.live().count() == 0
    assert "Đã hoàn tác" in page(client, batch)
    event = Registrant.objects.first().events.latest("pgh_id")
    assert event.pgh_context.metadata["user_name"] == "Nguyễn Thị An"


def test_five_groups_with_reasons_changes_and_paging(client, an, ward):
    first = Place.objects.get(name="Khu phố 1")
    one = make_household(first, "Trần Thị Bình", address="2 Hòa Hưng", members=4)
    make_household(first, "Phạm Thị Dung", address="4 Hòa Hưng")
    rows = [
        ["Trần Thị Bình", "2 Hòa Hưng", "KP 1", 5, None, None, None, None],
        ["Phạm Thị Dung", "44 Hòa Hưng", "KP 1", 3, None, None, None, None],
        ["<script>alert(1)</script>", "1", "KP 9", 3, None, None, None, None],
        *([f"Nguyễn Văn {chr(65 + n % 26)}", f"{n} Bắc Hải", "KP 1", 3, 2, 1, None, "x"] for n in range(120)),
    ]
    batch = uploaded(client, ward, people(*rows))

    assert "Số nhân khẩu: <del>4</del> → <ins>5</ins>" in page(client, batch, nhom="CHANGED")
    assert reverse("units:household-detail", args=[one.pk]) in page(client, batch, nhom="CHANGED")
    duplicates = page(client, batch, nhom="DUPLICATE")
    assert "Cùng khu phố đã có hộ trùng tên ở địa chỉ “4 Hòa Hưng”." in duplicates
    refused = page(client, batch, nhom="REFUSED")
    assert "Phường Hòa Hưng không có “KP 9”." in refused
    assert "<script>alert" not in refused
    assert "Dòng 101–120 trong 120" in page(client, batch, nhom="ADDED", trang=3)
    assert page(client, batch, nhom="XYZ", trang="abc")


def test_probable_duplicates_are_decided_on_screen(client, an, ward):
    make_household(Place.objects.get(name="Khu phố 1"), "Phạm Thị Dung", address="4 Hòa Hưng")
    batch = uploaded(client, ward, people(["Phạm Thị Dung", "44 Hòa Hưng", "KP 1", 3, None, None, None, None]))
    row = batch.rows.get()
    assert "Không có gì cần ghi" in page(client, batch)

    empty = client.post(reverse("units:import-decide", args=[batch.pk]), {"decision": "add", "rows": ["²", "9" * 5000]})
    assert messages(client, empty.url) == ["Chưa chọn dòng nào. Hãy đánh dấu các dòng rồi bấm nút."]
    done = client.post(reverse("units:import-decide", args=[batch.pk]), {"decision": "add", "rows": row.pk})
    assert messages(client, done.url) == ["1 dòng sẽ được thêm thành hộ mới khi xác nhận."]
    assert "(trong đó 1 dòng có thể trùng mà bạn đã chọn thêm mới)" in page(client, batch)
    act(client, batch, "confirm")

    assert Registrant.objects.filter(name="Phạm Thị Dung").count() == 2
    assert "Còn dòng chưa ghi" not in page(client, batch)


def test_refused_rows_as_a_workbook_that_can_be_corrected_and_uploaded(client, an, ward):
    data = xlsx(
        [
            ["STT", "Họ tên chủ hộ", "Địa chỉ", "NHÂN KHẨU", None],
            [None, None, None, "Tổng số", "Người lớn"],
            [1, "Nguyễn Văn An", "=1+1", 3, 2],
            [2, "Trần Thị Bình", "2 Hòa Hưng", 3, 5],
            [3, "Lê Văn Cường", "3 Hòa Hưng", 3, 2],
        ],
        title="KP 2",
    )
    batch = uploaded(client, ward, data)

    response = client.get(reverse("units:import-refused", args=[batch.pk]))

    assert response.headers["Content-Disposition"] == 'attachment; filename="danh-sach-dong-khong-nhap.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert [[cell.value for cell in row] for row in book["KP 2"]] == [
        ["STT", "Họ tên chủ hộ", "Địa chỉ", "NHÂN KHẨU – Tổng số", "NHÂN KHẨU – Người lớn", "Khu phố", "Dòng", "Lý do"],
        [1, "Nguyễn Văn An", None, 3, 2, "Khu phố 2", 3,
         "Cột Địa chỉ là công thức chưa có kết quả. Hãy mở tệp bằng Excel, lưu lại rồi tải lên."],
        [2, "Trần Thị Bình", "2 Hòa Hưng", 3, 5, "Khu phố 2", 4,
         "Người lớn (5) cộng học sinh (0) nhiều hơn số nhân khẩu (3)."],
    ]  # fmt: skip
    book["KP 2"]["C2"], book["KP 2"]["E3"] = "1 Hòa Hưng", 3
    corrected = io.BytesIO()
    book.save(corrected)
    again = uploaded(client, ward, corrected.getvalue())
    assert again.counts["added"] == 2
    act(client, batch, "confirm")
    done = page(client, batch)
    assert "Còn dòng chưa ghi" in done and "2 dòng từ chối hoặc có thể trùng không được ghi." in done


def test_an_unreadable_file_says_so_and_offers_another(client, an, ward):
    batch = uploaded(client, ward, b"%PDF-1.7")

    text = page(client, batch)

    assert batch.state == ImportState.REJECTED
    assert "Tệp này không phải danh sách Excel. Hãy chọn tệp .xlsx, .xls, .ods hoặc .csv." in text
    assert f"{reverse('units:import-create')}?place={ward.pk}" in text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "Tệp rỗng, không có dữ liệu."), (b"x" * 2_000_000, "Tệp lớn 1,9 MB, vượt giới hạn 1 MB.")],
)
def test_the_form_keeps_what_was_chosen(client, an, ward, settings, data, sentence):
    settings.IMPORT_MAX_BYTES = 1024 * 1024

    response = upload(client, ward, data, year=this_year() - 1)

    assert response.status_code == 422
    text = response.content.decode()
    assert sentence in text
    assert f'<option value="{this_year() - 1}" selected>' in text
    assert ImportBatch.objects.count() == 0


def test_a_year_before_the_ward_existed_is_told_in_the_form(client, an, ward):
    response = upload(client, ward, PLAIN.read_bytes(), year=2020)

    assert "Phường Hòa Hưng chưa có hoặc không còn vào ngày 31/12/2020" in response.content.decode()


def test_a_hamlet_officer_imports_into_the_own_hamlet_only(client, ward):
    own, other = Place.objects.get(name="Khu phố 1"), Place.objects.get(name="Khu phố 2")
    client.force_login(make_officer(Role.HAMLET_OFFICER, own))

    choices = [
        str(label) for _key, label in client.get(reverse("units:import-create")).context["form"]["place"].field.choices
    ]
    assert choices == ["Khu phố 1"]
    assert upload(client, other, PLAIN.read_bytes()).status_code == 422
    assert upload(client, ward, PLAIN.read_bytes()).status_code == 422
    batch = uploaded(client, own, PLAIN.read_bytes())
    assert (batch.counts["added"], batch.counts["refused"]) == (133, 267)


def test_double_click_on_confirm(client, an, ward):
    batch = uploaded(client, ward, PLAIN.read_bytes())
    client.post(reverse("units:import-confirm", args=[batch.pk]))

    second = client.post(reverse("units:import-confirm", args=[batch.pk]))

    assert messages(client, second.url) == ["Lần nhập này đang ở tình trạng “Đang ghi”, không xác nhận thêm được."]
    assert Job.objects.filter(kind="units.import_confirm").count() == 1


def test_a_confirmation_that_fails_goes_back_to_the_preview(client, an, ward):
    """Nobody can be registered in a year without rules, and the list asks for it: the families stay out, too."""
    batch = uploaded(client, ward, PLAIN.read_bytes(), register="on")

    act(client, batch, "confirm")

    job = Job.objects.latest("pk")
    why = f"Chưa có bộ tiêu chí “Gia đình học tập” áp dụng cho năm {this_year()}."
    assert (batch.state, job.state, job.message) == (ImportState.PREVIEW, "FAILED", why)
    assert why in page(client, batch)
    assert "Xác nhận, ghi vào sổ" in page(client, batch)
    assert Registrant.objects.count() == 0


def test_undo_after_somebody_worked_on_it(client, an, ward):
    batch = uploaded(client, ward, PLAIN.read_bytes())
    act(client, batch, "confirm")
    household = Registrant.objects.first().household
    household.phone = "0912345678"
    household.save()

    assert "1 hộ đã được sửa sau lần nhập này" in page(client, batch)
    response = act(client, batch, "undo")

    assert messages(client, response.url)[0].startswith("1 hộ đã được sửa sau lần nhập này")
    assert Registrant.objects.open().count() == 400


def test_discarding_a_preview(client, an, ward):
    batch = uploaded(client, ward, PLAIN.read_bytes())

    response = client.post(reverse("units:import-discard", args=[batch.pk]))

    assert messages(client, response.url) == ["Đã bỏ lần nhập “danh-sach.xlsx”. Sổ bộ không thay đổi."]
    assert ImportBatch.objects.count() == 0


def test_the_list_of_imports_and_its_queries(client, an, ward, django_assert_num_queries):
    url = reverse("units:import-list")
    assert "Chưa nhập danh sách nào" in client.get(url).content.decode()
    uploaded(client, ward, PLAIN.read_bytes())
    client.get(url)
    with django_assert_num_queries(7):
        client.get(url)
    for _ in range(3):
        uploaded(client, ward, people(["Trần Văn Tâm", "1 Hòa Hưng", "KP 1", 3, 2, 1, None, None]))

    with django_assert_num_queries(7):
        text = client.get(url).content.decode()

    assert text.count("danh-sach.xlsx") == 4


def test_the_preview_costs_the_same_for_any_list(client, an, ward, django_assert_num_queries):
    def rows(count: int) -> bytes:
        return people(
            *([f"Nguyễn Văn {chr(65 + n)}", f"{n} Bắc Hải", "KP 1", 3, 2, 1, None, "x"] for n in range(count))
        )

    few, many = uploaded(client, ward, rows(2)), uploaded(client, ward, rows(20))
    page(client, few)
    for batch in (few, many):
        with django_assert_num_queries(6):
            page(client, batch, nhom="ADDED")


def test_the_template_can_be_filled_in_and_imported(client, an, ward):
    response = client.get(reverse("units:import-template"))
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    sheet = book.worksheets[0]
    sheet.append(
        [1, "Nguyễn Văn An", "1 Hòa Hưng", "Tổ 1", "Khu phố 1", 4, 2, 1, "Cận nghèo", "0912345678", "x", "ở xa"]
    )
    data = io.BytesIO()
    book.save(data)

    batch = uploaded(client, ward, data.getvalue())

    assert (batch.counts["added"], batch.counts["wanted"], batch.counts["refused"]) == (1, 1, 0)
    assert [one["text"] for one in batch.notices if one["tone"] == "warning"] == []
