"""Every door a spreadsheet comes in by, with every file that should not come: a sentence each time, never a crash."""

import io
import re
import unicodedata
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils.html import escape

from portal import jobs
from portal.jobs.models import Job
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.units.import_files import people, xlsx
from tests.units.xls_files import number_cell, record, text_cell, xls
from units.models import ImportBatch, Registrant

LIST = "không phải danh sách Excel"
BROKEN = "bị hỏng hoặc không phải tệp Excel"
# What no door can make a list of: the sentence says what it is or what the door looks for in vain.
NOTHING = "Không nhận ra cột nào|Không thấy"


def zipped(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name.replace("__", "/").replace("_x", ".x"), data)
    return target.getvalue()


def wide() -> bytes:
    book = openpyxl.Workbook()
    book.active.cell(1, 500).value = "x"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


FILES = {
    "empty": (b"", "rỗng"),
    "spaces": (b" \r\n \r\n", "rỗng"),
    "noise": (bytes(range(256)) * 9, LIST),
    "pdf": (b"%PDF-1.7\n%%EOF", LIST),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), LIST),
    "word": (zipped(word__document_xml=b"<w/>"), "Đây là tệp Word"),
    "archive": (zipped(readme_xml=b"x"), LIST),
    "cut off": (people(["Lê An"])[:2500], BROKEN),
    "password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "Tệp có mật khẩu"),
    "old and cut off": (xls(number_cell(0, 0))[:700], BROKEN),
    "old bomb": (
        xls(b"".join(text_cell(*divmod(n, 100), 0) for n in range(11_000)), texts=("x" * 30_000,)),
        "Tệp nén bất thường: mở ra lớn hơn",
    ),
    "old lie": (xls(record(0x200, b"\xff" * 14) + number_cell(0, 0)), BROKEN),
    "web page": (b"<html><table><tr><td>1</td></tr></table>", "Tệp này là trang web"),
    "no table": (xlsx([["Kính gửi"], ["Lời nói đầu"]]), NOTHING),
    "wrong template": (xlsx([["Ngày", "Nhiệt độ"], ["1/1/1900", 30]]), NOTHING),
    "too wide": (wide(), "Bảng có quá 104 cột"),
    "half UTF-16": (b"\xff\xfeL\x00\xea", BROKEN),
    "endless cell": (b'"' + b"x" * 200_000, BROKEN),
}
EVERYWHERE = ("empty", "noise", "password", "old bomb", "too wide")  # the other doors have the same reader
NAMES = {
    "../../../etc/passwd.xlsx": "passwd.xlsx",
    "C:\\Windows\\ds.xlsx": "ds.xlsx",
    unicodedata.normalize("NFD", "Danh sách hộ.xlsx"): "Danh sách hộ.xlsx",
    "a\u202egpj.xlsx": "agpj.xlsx",
    '"><b>.xlsx': '"><b>.xlsx',
}


@pytest.fixture
def ward(db):
    ward = make_ward()
    make_registrations(ward, 2, names=["Lê Văn An", "Lê Văn Bình"])
    return ward


def doors(client, ward, tmp_path):
    """Name → function of (data, file name) that gives (status, text people read)."""

    def post(url, user, **fields):
        def send(data, name):
            if client.session.get("_auth_user_id") != str(user.pk):
                client.force_login(user)
            answer = client.post(url, {**fields, "file": SimpleUploadedFile(name, data)})
            return answer.status_code, answer.content.decode()

        return send

    def screen(kind):
        def send(data, name):
            before = Job.objects.count()
            url = f"{reverse('units:import-create')}?loai={kind}"
            status, text = post(url, ward.officer, place=ward.place.pk, year=YEAR)(data, name)
            if Job.objects.count() > before:
                jobs.run_now(Job.objects.latest("pk"))
                answer = client.get(reverse("units:import-detail", args=[ImportBatch.objects.latest("pk").pk]))
                status, text = answer.status_code, answer.content.decode()
            return status, text

        return send

    def command(data, name):
        path = tmp_path / "ds.xlsx"
        path.write_bytes(data)
        with pytest.raises(CommandError) as refused:
            call_command("import_register", str(path), place=ward.place.code, year=YEAR)
        return 422, str(refused.value)

    declared = reverse("recognition:declared-import", args=[ward.place.pk])
    targets = reverse("recognition:target-import", args=[ward.place.pk])
    scores = f"{reverse('recognition:score-file', args=[ward.hamlet.pk])}?nam={YEAR}&model=FAMILY"
    return {
        "screen": screen("HOUSEHOLD"),
        "citizens": screen("CITIZEN"),
        "command": command,
        "scores": post(scores, ward.hamlet_officer),
        "declared": post(f"{declared}?nam={YEAR}", ward.officer),
        "targets": post(f"{targets}?nam={YEAR}", ward.chair),
        "hamlets": post(reverse("units:hamlet-create-many", args=[ward.place.pk]), ward.officer, kind="khu phố"),
    }


def test_each_bad_file_at_each_door_is_told_in_a_sentence(client, ward, tmp_path):
    before, faults = Registrant.objects.count(), []
    for door, send in doors(client, ward, tmp_path).items():
        for name in FILES if door in ("screen", "command") else EVERYWHERE:
            data, words = FILES[name]
            status, text = send(data, "ds.xlsx")
            if status not in (200, 422) or not re.search(words, text):
                told = re.findall(r'class="(?:invalid-feedback|error-summary|notice)[^>]*>(.{0,300})', text, re.DOTALL)
                faults.append((door, name, status, told or text[-300:]))
    assert not faults, "\n".join(map(repr, faults))
    assert Registrant.objects.count() == before


def test_a_file_may_be_called_anything(client, ward, tmp_path):
    """What is kept and shown has no folders and no signs that turn the text around; NUL and endless names are told."""
    send = doors(client, ward, tmp_path)["screen"]
    for name, kept in NAMES.items():
        status, text = send(people(["Lê Văn An", "1 Hòa Hưng", "Khu phố 1"]), name)
        batch = ImportBatch.objects.latest("pk")
        assert (status, batch.file_name, batch.counts["refused"]) == (200, kept, 0), name
        assert escape(kept) in text and "<b>.xlsx" not in text
        refused = client.get(reverse("units:import-refused", args=[batch.pk]))
        assert re.fullmatch(r'attachment; filename="[a-z-]+-dong-khong-nhap\.xlsx"', refused["Content-Disposition"])
    before = ImportBatch.objects.count()
    status, text = send(people(["Lê Văn An"]), "d" * 300 + ".xlsx")
    assert (status, ImportBatch.objects.count()) == (200, before + 1)
    assert len(ImportBatch.objects.latest("pk").file_name) <= 255
