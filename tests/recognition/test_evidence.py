"""Evidence beside a criterion: what is taken, what is refused in which words, who sees it, how it is taken back."""

import io
import struct
import threading
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from PIL import Image

from portal.lib.uploads import FileRefused, accept
from recognition.choices import EvidenceKind, State
from recognition.domain import evidence
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.models import Evidence, Registration
from tests.factories.recognition import make_registration, make_ward
from tests.factories.units import make_officer
from units.choices import Role

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nxref\n0 1\nstartxref\n9\n%%EOF\n"
GPS = 0x8825


def picture(size=(60, 40), kind="JPEG", *, colour="red", mode="RGB", **options) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind, **options)
    return target.getvalue()


def photo_of_a_phone() -> bytes:
    """Held sideways (orientation 6), with the place it was taken at and a comment; red above, blue below."""
    image = Image.new("RGB", (300, 200), "red")
    image.paste("blue", (0, 100, 300, 200))
    exif = image.getexif()
    exif[0x0112] = 6
    exif[0x010F] = "Hang May Anh"
    exif.get_ifd(GPS).update({1: "N", 2: (10.0, 46.0, 30.0), 3: "E", 4: (106.0, 40.0, 12.0)})
    target = io.BytesIO()
    image.save(target, "JPEG", exif=exif, comment=b"Bi mat", quality=95)
    return target.getvalue()


def archive(*parts: str, content: bytes = b"<x/>", packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as packed:
        for part in ("[Content_Types].xml", *parts):
            packed.writestr(part, content)
    return target.getvalue()


def lost(data: bytes, at: int) -> bytes:
    """Nine bytes of a file are missing."""
    return data[:at] + data[at + 9 :]


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(FileRefused) as caught:
        accept(data, name)
    return str(caught.value)


NOT_KNOWN = (
    "Tệp “{}” không phải ảnh JPEG, PNG, WebP, cũng không phải PDF, Word (.docx) hay Excel (.xlsx); "
    "đổi đuôi tên tệp không làm đổi loại tệp."
)

# --- What a file is


def test_a_photo_is_kept_upright_without_place_and_comment():
    raw = photo_of_a_phone()
    assert b"Bi mat" in raw
    assert Image.open(io.BytesIO(raw)).getexif().get_ifd(GPS)

    kept = accept(raw, "IMG_1.JPG")

    image = Image.open(io.BytesIO(kept.data))
    assert (image.format, image.size) == ("JPEG", (200, 300))
    assert dict(image.getexif()) == {}
    assert "comment" not in image.info
    assert b"Bi mat" not in kept.data
    assert b"Hang May Anh" not in kept.data
    right, left = image.getpixel((180, 150)), image.getpixel((20, 150))  # turned clockwise: the top is at the right
    assert right[0] > 200 > 60 > right[2]
    assert left[2] > 200 > 60 > left[0]


@pytest.mark.parametrize(
    ("size", "kept"), [((2000, 1000), (2000, 1000)), ((2002, 1001), (2000, 1000)), ((1000, 4000), (500, 2000))]
)
def test_pictures_are_at_most_two_thousand_pixels_long(size, kept):
    assert Image.open(io.BytesIO(accept(picture(size), "a.jpg").data)).size == kept


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_become_jpeg_whatever_their_name_says(kind):
    kept = accept(picture(kind=kind), "bang khen.exe")

    assert (kept.format, kept.name) == ("JPEG", "bang khen.jpg")
    assert kept.data.startswith(b"\xff\xd8\xff")


def test_transparent_parts_become_white():
    kept = accept(picture(kind="PNG", mode="RGBA", colour=(0, 0, 0, 0)), "dau.png")

    assert Image.open(io.BytesIO(kept.data)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "name", "kept"),
    [
        (PDF, "Biên bản.pdf", ("PDF", "Biên bản.pdf")),
        (archive("word/document.xml"), "..\\..\\danh sách.zip", ("DOCX", "danh sách.docx")),
        (archive("xl/workbook.xml"), "/etc/bang\x00.xlsx", ("XLSX", "bang .xlsx")),
    ],
)
def test_documents_are_known_by_what_is_in_them(data, name, kept):
    found = accept(data, name)

    assert (found.format, found.name) == kept
    assert found.data == data


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"#!/bin/sh\nrm -rf /\n", NOT_KNOWN.format("anh.jpg")),
        (b"<script>alert(1)</script>", NOT_KNOWN.format("anh.jpg")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NOT_KNOWN.format("anh.jpg")),
        (b"GIF89a" + b"\0" * 40, NOT_KNOWN.format("anh.jpg")),
        (archive("index.html"), NOT_KNOWN.format("anh.jpg")),
        (b"", "Tệp “anh.jpg” rỗng. Hãy chọn lại tệp."),
        (
            b"\0\0\0\x18ftypheic" + b"\0" * 40,
            "Ảnh “anh.jpg” ở dạng HEIC, cổng không đọc được. Cách nhanh: mở ảnh, chụp màn hình rồi gửi ảnh chụp đó. "
            "Lần sau, trên iPhone hãy chọn Cài đặt, Camera, Định dạng, Tương thích nhất trước khi chụp.",
        ),
        (
            b"\xd0\xcf\x11\xe0" + b"\0" * 40,
            "Tệp “anh.jpg” ở dạng Word, Excel cũ hoặc có mật khẩu. Hãy lưu lại dạng .docx, .xlsx hay PDF.",
        ),
        (b"\xff\xd8\xff<?php evil() ?>", "Tệp “anh.jpg” bị hỏng, không mở được. Hãy lưu hoặc chụp lại."),
        (picture((300, 300))[:700], "Tệp “anh.jpg” bị hỏng, không mở được. Hãy lưu hoặc chụp lại."),
        (b"%PDF-1.4 <script>", "Tệp “anh.jpg” bị hỏng, không mở được. Hãy lưu hoặc chụp lại."),
        (archive("word/document.xml")[:60], "Tệp “anh.jpg” bị hỏng, không mở được. Hãy lưu hoặc chụp lại."),
        # Bytes lost on the way, names in no encoding, a rare packing that is damaged.
        (lost(archive("word/document.xml"), 40), "Tệp “anh.jpg” bị hỏng, không mở được. Hãy lưu hoặc chụp lại."),
        (
            archive("word/document.xml", "đ.txt").replace("đ".encode(), b"\xff\xff"),
            "Tệp “anh.jpg” bị hỏng, không mở được. Hãy lưu hoặc chụp lại.",
        ),
        (
            archive("word/document.xml", packing=zipfile.ZIP_LZMA).replace(b"\x5d\0\0", b"\xff\0\0"),
            "Tệp “anh.jpg” bị hỏng, không mở được. Hãy lưu hoặc chụp lại.",
        ),
        (
            archive("word/document.xml", "word/vbaProject.bin"),
            "Tệp “anh.jpg” có macro nên không nhận. Hãy lưu lại dạng .docx, .xlsx hay PDF.",
        ),
        (
            archive("xl/workbook.xml", "xl/a.bin", content="application/vnd.ms-office.vbaProject".encode("utf-16")),
            "Tệp “anh.jpg” có macro nên không nhận. Hãy lưu lại dạng .docx, .xlsx hay PDF.",
        ),
    ],
)
def test_what_is_no_evidence_is_refused_with_words(data, sentence):
    assert refusal(data, "anh.jpg") == sentence


def test_floods_of_pixels_and_archives_that_unfold_too_far_are_refused():
    assert accept(picture((5000, 5000), "PNG", mode="1", colour=1), "vua.png").format == "JPEG"
    assert refusal(picture((5001, 5000), "PNG", mode="1", colour=1), "to.png") == (
        "Ảnh “to.png” có 5001 × 5000 điểm ảnh, quá lớn. Hãy thu nhỏ ảnh rồi gửi lại."
    )
    flood = bytearray(picture((10, 10), "PNG"))
    flood[16:24] = (60000).to_bytes(4) * 2
    header = bytes(flood[12:29])
    flood[29:33] = zlib.crc32(header).to_bytes(4)
    assert refusal(bytes(flood), "lu.png") == "Ảnh “lu.png” có quá nhiều điểm ảnh. Hãy thu nhỏ ảnh rồi gửi lại."
    bomb = archive("word/document.xml", content=b"\0" * (51 * 1024 * 1024))
    assert refusal(bomb, "bom.docx") == "Tệp “bom.docx” nén bất thường: mở ra lớn hơn 100 MB."


def test_a_picture_drawn_again_thousands_of_times_is_refused_before_it_is_drawn():
    """One small file would keep the server busy for minutes. An ordinary picture is drawn some ten times."""
    data = picture(kind="JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    again = data[at:-2]

    assert accept(data, "a.jpg").format == "JPEG"
    assert accept(data[:-2] + again * 400 + data[-2:], "a.jpg").format == "JPEG"
    assert refusal(data[:-2] + again * 600 + data[-2:], "a.jpg") == (
        "Tệp “a.jpg” bị hỏng, không mở được. Hãy lưu hoặc chụp lại."
    )


def test_a_photo_that_carries_a_second_picture_is_a_photo():
    """Phones write depth or brightness beside the picture (MPF); the first one counts."""
    second = Image.new("RGB", (30, 20), "blue")
    kept = accept(picture(kind="MPO", save_all=True, append_images=[second]), "chan dung.jpg")

    image = Image.open(io.BytesIO(kept.data))
    assert (kept.format, image.format, image.size) == ("JPEG", "JPEG", (60, 40))
    assert image.getpixel((5, 5))[0] > 200


def test_a_photo_is_turned_upright_whatever_else_the_camera_wrote():
    """A place noted in a type the standard does not know: the photo is a good one."""
    place = struct.pack(">HHHI4sI", 1, 1, 3, 2, b"N\0\0\0", 0)
    written = struct.pack(">HHHI4sHHIII", 2, 0x0112, 3, 1, b"\0\6\0\0", GPS, 4, 1, 38, 0)
    kept = accept(picture(exif=b"Exif\0\0MM\0*\0\0\0\x08" + written + place), "a.jpg")

    assert Image.open(io.BytesIO(kept.data)).size == (40, 60)


# --- The verbs


@pytest.fixture
def ward(db):
    return make_ward()


@pytest.fixture
def row(ward):
    return make_registration(ward)


def first_code(row) -> str:
    return row.rulebook.spec.leaf_codes[0]


def add(ward, row, data=PDF, name="a.pdf", code=""):
    return evidence.add_file(
        actor=ward.hamlet_officer, registration=row, criterion=code or first_code(row), name=name, data=data
    )


def sentence(function, *args, error=RecognitionError, **kwargs) -> str:
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    return caught.value.message


def test_a_file_lies_under_a_random_name_and_tells_what_was_kept(ward, row, settings):
    made = add(ward, row, picture(), "Ảnh nhà.png")

    made.refresh_from_db()
    assert (made.name, made.format, made.by_name) == ("Ảnh nhà.jpg", "JPEG", "Trần Văn Ba")
    path = settings.MEDIA_ROOT / made.file.name
    assert path.stat().st_size == made.size
    assert "." not in path.name
    assert len(path.name) == 32
    assert str(row.pk) not in path.parent.name


def test_one_byte_decides_about_the_size(ward, row, settings):
    settings.EVIDENCE_MAX_BYTES = 1024 * 1024
    whole = PDF.replace(b"1 0 obj", b"1 0 obj" + b" " * (1024 * 1024 - len(PDF)))

    assert add(ward, row, whole, "vua.pdf").size == 1024 * 1024
    assert sentence(add, ward, row, b"%PDF-" + whole, "to.pdf") == (
        "Tệp “to.pdf” lớn 1,1 MB, vượt giới hạn 1 MB. Hãy chọn tệp nhỏ hơn."
    )


def test_the_last_file_fits_and_one_more_is_refused_until_one_is_taken_back(ward, row, settings):
    settings.EVIDENCE_MAX_FILES = 2
    made = [add(ward, row, PDF + bytes(f"% {n}\n", "ascii"), f"{n}.pdf") for n in range(2)]

    assert sentence(add, ward, row, PDF, "3.pdf") == (
        "Hồ sơ đã có 2 tệp, không nhận thêm “3.pdf”. Hãy rút bớt tệp không cần thiết."
    )
    evidence.take_back(actor=ward.hamlet_officer, evidence=made[0], reason="Gửi nhầm")
    assert add(ward, row, PDF, "3.pdf").pk


def test_the_same_file_twice_is_told_but_may_serve_another_criterion(ward, row):
    first, second = row.rulebook.spec.leaf_codes[:2]
    add(ward, row)

    assert sentence(add, ward, row, PDF, "b.pdf") == f"Tệp “b.pdf” đã có ở mục {first}."
    assert add(ward, row, PDF, "b.pdf", second).criterion == second


def test_the_word_of_the_branch_stands_once_without_a_file(ward, row):
    code = first_code(row)
    made = evidence.confirm(actor=ward.hamlet_officer, registration=row, criterion=code, note="Chi hội họp 3/11")

    assert (made.kind, made.size, bool(made.file)) == (EvidenceKind.CONFIRMED_BY_BRANCH, 0, False)
    assert sentence(evidence.confirm, actor=ward.officer, registration=row, criterion=code) == (
        f"Mục {code} đã có xác nhận của chi hội."
    )


def test_a_criterion_the_rulebook_does_not_have_is_refused(ward, row):
    assert sentence(add, ward, row, PDF, "a.pdf", "99.9") == "Bộ tiêu chí của hồ sơ này không có mục “99.9”."


def test_taking_back_needs_a_reason_works_once_and_keeps_the_history(ward, row, settings):
    made = add(ward, row)

    assert sentence(evidence.take_back, actor=ward.officer, evidence=made, reason="  ") == (
        "Hãy ghi lý do rút minh chứng."
    )
    evidence.take_back(actor=ward.officer, evidence=made, reason="Ảnh của hộ khác")
    again = sentence(evidence.take_back, actor=ward.hamlet_officer, evidence=made, reason="Nhầm")
    assert again.startswith("Lê Thị An đã rút minh chứng này lúc ")
    made.refresh_from_db()
    assert made.taken_back_reason == "Ảnh của hộ khác"
    assert (settings.MEDIA_ROOT / made.file.name).exists()
    assert list(made.events.order_by("pgh_id").values_list("taken_back_reason", flat=True)) == ["", "Ảnh của hộ khác"]


def test_only_who_enters_the_self_score_hands_in_and_only_until_the_end(ward, row):
    assert sentence(
        evidence.add_file,
        actor=ward.decider,
        registration=row,
        criterion=first_code(row),
        name="a.pdf",
        data=PDF,
        error=NotPermitted,
    ) == ("Bạn không được phân công bổ sung minh chứng cho hồ sơ này.")
    assert add(ward, make_registration(ward, name="Lê Thị Bình", state=State.PROPOSED)).pk
    ended = make_registration(ward, name="Lê Thị Cúc", state=State.RECOGNISED)
    assert sentence(add, ward, ended, error=NotPermitted) == (
        "Hồ sơ đang ở tình trạng “Được công nhận” nên không bổ sung hay rút minh chứng được nữa."
    )


@pytest.mark.django_db(transaction=True)
def test_two_people_cannot_both_hand_in_the_last_file(settings):
    settings.EVIDENCE_MAX_FILES = 1
    ward = make_ward()
    row = make_registration(ward)
    start, told = threading.Barrier(2), []

    def hand_in(n):
        try:
            start.wait()
            add(ward, Registration.objects.get(pk=row.pk), PDF + bytes(f"% {n}\n", "ascii"), f"{n}.pdf")
        except RecognitionError as error:
            told.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=(n,)) for n in range(2)]
    [one.start() for one in threads]
    [one.join() for one in threads]

    assert Evidence.objects.count() == 1
    assert len(told) == 1
    assert told[0].startswith("Hồ sơ đã có 1 tệp, không nhận thêm “")


# --- The pages


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def send(client, row, *files, **data):
    url = reverse("recognition:evidence-list", args=[row.pk])
    return client.post(url, {"criterion": first_code(row), "files": list(files), **data})


def test_good_files_are_kept_and_bad_ones_told_beside_their_criterion(ward, row):
    ba = client_of(ward.hamlet_officer)

    answer = send(ba, row, SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("la.jpg", b"#!/bin/sh"), note="Họp tổ")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert NOT_KNOWN.format("la.jpg") in page
    assert "Đã lưu 1 tệp ở mục" in page
    assert 'value="Họp tổ"' in page
    assert list(Evidence.objects.values_list("name", "note")) == [("a.pdf", "Họp tổ")]
    assert "Hãy chọn ảnh hoặc tệp trước khi gửi." in send(ba, row).content.decode()
    confirmed = send(ba, row, confirmed="1")
    assert confirmed.headers["Location"] == reverse("recognition:evidence-list", args=[row.pk]) + "#muc-0"


def test_evidence_stands_on_the_sheet_and_on_the_dossier(ward, row):
    add(ward, row, picture(), "Góc học tập.jpg")
    gone = add(ward, row, PDF, "Nhầm.pdf")
    evidence.take_back(actor=ward.officer, evidence=gone, reason="Của hộ khác")
    ba = client_of(ward.hamlet_officer)

    for name in ("assessment-form", "registration-detail"):
        page = ba.get(reverse(f"recognition:{name}", args=[row.pk])).content.decode()
        assert "Góc học tập.jpg" in page
        assert "Nhầm.pdf" not in page
    page = ba.get(reverse("recognition:evidence-list", args=[row.pk])).content.decode()
    assert "Đã rút: Của hộ khác (Lê Thị An, " in page


def test_pictures_are_shown_and_documents_only_saved(ward, row):
    ba = client_of(ward.hamlet_officer)
    shown = ba.get(reverse("recognition:evidence-file", args=[add(ward, row, picture((800, 600)), "nhà.png").pk]))
    saved = ba.get(reverse("recognition:evidence-file", args=[add(ward, row).pk]))

    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert b"".join(saved.streaming_content) == PDF
    for answer in (shown, saved):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Cache-Control"] == "no-store, private"
    small = ba.get(shown.request["PATH_INFO"], {"co": "nho"})
    assert Image.open(io.BytesIO(small.content)).size == (320, 240)


def test_a_stranger_and_nobody_get_no_file_and_a_lost_file_is_no_crash(ward, row, settings):
    made = add(ward, row)
    url = reverse("recognition:evidence-file", args=[made.pk])
    stranger = make_officer(Role.WARD_OFFICER, make_ward("Phường Khác").place, name="Bùi Văn Dũng")

    assert client_of(stranger).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    assert Client().get(f"/media/{made.file.name}").status_code in (302, 404)
    (settings.MEDIA_ROOT / made.file.name).unlink()
    assert client_of(ward.officer).get(url).status_code == 404


class Unread:
    """A body that must not be read."""

    def read(self, *args):
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize("over", [0, 1])
def test_fifty_megabytes_are_refused_before_they_are_read(ward, row, settings, over):
    settings.EVIDENCE_MAX_REQUEST_BYTES = 25 * 1024 * 1024
    ba = client_of(ward.hamlet_officer)
    length = (25 if not over else 50) * 1024 * 1024 + over
    extra = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(length), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    request = {"path": reverse("recognition:evidence-list", args=[row.pk]), "method": "POST", "data": b""}

    if not over:  # at the limit the page begins to read
        with pytest.raises(AssertionError, match="the body was read"):
            ba.generic(request["method"], request["path"], **extra)
        return
    answer = ba.generic(request["method"], request["path"], **extra)

    assert answer.status_code == 413
    assert "Lần gửi này lớn 50 MB; mỗi lần chỉ gửi được tối đa 25 MB. Chưa có gì được lưu." in answer.content.decode()


def test_the_page_costs_the_same_for_one_piece_of_evidence_and_for_many(ward, row, django_assert_max_num_queries):
    ba, url = client_of(ward.hamlet_officer), reverse("recognition:evidence-list", args=[row.pk])
    ba.get(url)
    add(ward, row)
    with django_assert_max_num_queries(12) as one:
        ba.get(url)
    for n, code in enumerate(row.rulebook.spec.leaf_codes[:5]):
        add(ward, row, PDF + bytes(f"% {n}\n", "ascii"), f"{n}.pdf", code)
    with django_assert_max_num_queries(12) as many:
        ba.get(url)

    assert len(many) == len(one)
