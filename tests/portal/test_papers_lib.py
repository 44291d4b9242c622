"""The typeface of papers and the typesetter: every Vietnamese letter, one face, Vietnamese dates."""

import ctypes
import datetime
import io
import re

import docx
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from portal.lib import fonts, paper, pdf
from portal.lib.docx import render as docx_file


def read_text(content: bytes) -> str:
    """All text of a PDF, page after page."""
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def faces_of(page) -> set[str]:
    """Families of every twentieth letter: "ABCDEF+Tinos-Bold" → "Tinos"."""
    text, found = page.get_textpage(), set()
    for n in range(0, text.count_chars(), 20):
        name, flags = ctypes.create_string_buffer(100), ctypes.c_int()
        if pdfium.FPDFText_GetFontInfo(text.raw, n, name, 100, flags):
            found.add(re.sub(r"^[A-Z]{6}\+|-.*$", "", name.value.decode()))
    return found - {""}


def test_vietnamese_has_146_marked_letters():
    assert len(fonts.VIETNAMESE_LETTERS) == 146
    assert len(set(fonts.VIETNAMESE_LETTERS)) == 146


def test_every_family_on_offer_covers_all_146_letters_in_four_styles():
    families = fonts.families()

    assert families, "run npm ci: the packaged face must always be there"
    assert [
        (family.name, style, fonts.missing_letters(path))
        for family in families
        for style, path in family.files.items()
        if fonts.missing_letters(path)
    ] == []


def test_packaged_family_is_always_there():
    assert "Tinos" in [family.name for family in fonts.families()]


def test_font_without_vietnamese_letters_is_not_a_family(tmp_path, settings):
    # Debian's Liberation 1.07 is such a face; here the packaged one stands in with its letters looked for beyond reach.
    path = next(family for family in fonts.families() if family.name == "Tinos").files["regular"]

    assert fonts.missing_letters(path, "ệ\U0001f600") == "\U0001f600"


def test_all_146_letters_are_read_back_from_a_certificate_in_one_face(certificate_data):
    letters = fonts.VIETNAMESE_LETTERS
    certificate_data["rows"][0]["subject"] = letters[:73]
    certificate_data["rows"][0]["address"] = letters[73:]

    content = pdf.compile("certificate.typ", certificate_data)

    text = read_text(content).replace("\n", "").replace("\r", "")
    assert [letter for letter in letters if letter not in text] == []
    assert faces_of(pypdfium2.PdfDocument(content)[0]) == {fonts.paper_family().name.replace(" ", "")}


def test_certificates_of_a_batch_are_one_document_with_a_page_each(certificate_data):
    certificate_data["rows"] = certificate_data["rows"] * 25

    document = pypdfium2.PdfDocument(pdf.compile("certificate.typ", certificate_data))

    assert len(document) == 25
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (842, 595)  # A4 landscape, points
    document.close()


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (datetime.date(2026, 1, 5), "Hòa Hưng, ngày 05 tháng 01 năm 2026"),
        (datetime.date(2026, 2, 28), "Hòa Hưng, ngày 28 tháng 02 năm 2026"),
        (datetime.date(2026, 3, 9), "Hòa Hưng, ngày 09 tháng 3 năm 2026"),
        (datetime.date(2026, 12, 31), "Hòa Hưng, ngày 31 tháng 12 năm 2026"),
    ],
)
def test_place_and_date_takes_leading_zeros_as_the_decree_says(day, text):
    assert pdf.place_and_date("Hòa Hưng", day) == text
    # A long name leaves no room beside it: then the line breaks behind it, and the date stays whole.
    (name, date) = pdf.place_and_date("Xuân Hương - Đà Lạt", day).split(", ")
    assert (name, date.split(" "), date.split()) == ("Xuân Hương - Đà Lạt", [date], text[10:].split())


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Phường Hòa Hưng", "Hòa Hưng"),
        ("Phường 15", "Phường 15"),
        ("Quận 10", "Quận 10"),
        ("Thành phố Hồ Chí Minh", "Hồ Chí Minh"),
        ("Xã Liên Hương", "Liên Hương"),
    ],
)
def test_short_place_name_keeps_the_kind_of_numbered_places(name, short):
    assert pdf.short_place_name(name) == short


@pytest.fixture
def certificate_data() -> dict:
    return {
        "issuer": ["Ủy ban nhân dân", "Phường Hòa Hưng"],
        "heading": "GIẤY CÔNG NHẬN",
        "given": "",
        "book": "Số vào sổ",
        "authority": "CHỦ TỊCH ỦY BAN NHÂN DÂN",
        "achieves": "đạt danh hiệu",
        "decision": "05/QĐ-UBND",
        "decided_on": "05/12/2026",
        "check_address": "localhost/kiem-tra",
        "place_and_date": "Hòa Hưng, ngày 05 tháng 12 năm 2026",
        "signer_title": "Chủ tịch",
        "signer": "Phạm Quốc Đạo",
        "watermark": "",
        "rows": [
            {
                "subject": "Gia đình ông (bà) Đặng Thị Hồng",
                "address": "12 Hòa Hưng",
                "title": "GIA ĐÌNH HỌC TẬP",
                "detail": "năm 2026",
                "number": "0001/2026",
                "valid_until": "31/12/2027",
                "qr": pdf.qr_dots("http://localhost/kiem-tra/abc/"),
            }
        ],
    }


def test_signatures_never_stand_alone_nor_a_heading_ends_a_page():
    """Some number of lines always leaves no room for the signatures; then the last line goes along with them."""
    pages = set()
    for lines in range(14, 30):
        made = paper.Paper(
            heading=paper.Heading(
                superior="Hội Khuyến học phường Hòa Hưng", agency=("Chi hội khu phố 1",), number="", place_and_date=""
            ),
            kind="Biên bản",
            title="Họp",
            code="",
            blocks=(
                *(paper.Text(f"Dòng thứ {n}") for n in range(lines)),
                paper.Text("III. Kết quả", paper.HEADING),
                paper.Text("Biên bản đã được đọc."),
                paper.Closing(signers=(paper.Signer("", "Thư ký", "An"), paper.Signer("", "Chủ trì", "Ba"))),
            ),
        )
        document = pypdfium2.PdfDocument(paper.to_pdf(made))
        texts = [page.get_textpage().get_text_range() for page in document]
        pages.add(len(texts))
        assert "III. Kết quả" in texts[-1] and "đã được đọc" in texts[-1] and "THƯ KÝ" in texts[-1], lines
    assert pages == {1, 2}
    found = docx.Document(io.BytesIO(docx_file(made)))
    kept = {one.text: one.paragraph_format.keep_with_next for one in found.paragraphs}
    assert (kept["III. Kết quả"], kept["Biên bản đã được đọc."], kept["Dòng thứ 1"]) == (True, True, False)


def test_a_row_stands_on_one_page_and_the_last_one_with_the_signatures():
    """A list straight before its signatures: some number of rows always leaves no room for these."""
    pages, end = set(), paper.Closing(signers=(paper.Signer("", "Chủ tịch", "An"),), recipients=("- Lưu: VT.",))
    for count in range(4, 11):
        rows = [(str(n), f"đầu{n} " + "một việc đã làm trong năm " * 10 + f"cuối{n}") for n in range(1, count + 1)]
        table = paper.Table(columns=("STT", "Thành tích"), rows=rows, widths=(1, 1))
        made = paper.Paper(heading=paper.Heading(agency=("Hội",)), kind="Danh sách", blocks=(table, end))
        texts = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(paper.to_pdf(made))]
        pages.add(len(texts))
        for n in range(1, count + 1):
            (first,), (last,) = ([k for k, text in enumerate(texts) if f"{w}{n} " in text.replace("\r\n", " ") + " "]
                                 for w in ("đầu", "cuối"))  # fmt: skip
            assert first == last, (count, n)
        assert f"cuối{count}" in texts[-1] and "CHỦ TỊCH" in texts[-1] and "Nơi nhận" in texts[-1], count
    assert pages == {1, 2}
    cells = docx.Document(io.BytesIO(docx_file(made))).tables[1].rows[-1].cells
    assert all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in cells)
