"""A paper as DOCX and as PDF: page, margins, font, sizes and the order of the lines, read back from both files."""

import io
from dataclasses import replace

import docx as reader
import pypdfium2
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from portal.lib import docx, paper
from tests.portal.test_papers_lib import read_text

LONG = "Nguyễn Thị Phương Nghiêm Thuỵ Hằng Khuyển"


@pytest.fixture
def letter():
    return paper.Paper(
        heading=paper.Heading(
            superior="Hội Khuyến học Thành phố Hồ Chí Minh",
            agency=("Hội Khuyến học Phường Hòa Hưng",),
            number="05/TTr-HKH",
            place_and_date="Hòa Hưng, ngày 05 tháng 01 năm 2026",
        ),
        kind="Tờ trình",
        title="Về việc đề nghị công nhận danh hiệu “Gia đình học tập” năm 2025",
        code="TT-01",
        blocks=(
            paper.Text("Kính gửi: Ủy ban nhân dân Phường Hòa Hưng", paper.CENTRE),
            paper.Text("Căn cứ Luật Thi đua, khen thưởng.", paper.GROUND),
            paper.Article("Điều 1", "Công nhận 2 hộ gia đình."),
            paper.Text("Kính đề nghị xem xét./.\x0b"),
            paper.Closing(
                signers=(paper.Signer("TM. BAN CHẤP HÀNH", "Chủ tịch", LONG),), recipients=("- Như trên;", "- Lưu: VT.")
            ),
        ),
        annexes=(
            paper.Annex(
                title=("DANH SÁCH", "Đề nghị công nhận"),
                reference="(Kèm theo Tờ trình số 05/TTr-HKH)",
                landscape=True,
                blocks=(
                    paper.Table(
                        columns=("STT", "Họ và tên", "Điểm"),
                        rows=[(str(n), f"{LONG} <b>{n}</b> #x", "90,5") for n in range(1, 61)],
                        widths=(1, 6, 1),
                        centred=(0,),
                        right=(2,),
                    ),
                ),
            ),
        ),
    )


def words(text: str) -> str:
    return " ".join(text.split())


def lines_of(document) -> list[str]:
    """Texts in the order of the file, cells included."""
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.element.body.iter(qn("w:p"))]


def opened(letter):
    return reader.Document(io.BytesIO(docx.render(letter)))


def run_with(document, text):
    for p in document.element.body.iter(qn("w:p")):
        for run in reader.text.paragraph.Paragraph(p, document).runs:
            if run.text.startswith(text):
                return run
    raise AssertionError(text)


def test_page_and_margins_are_those_of_the_decree(letter):
    first, annex = opened(letter).sections

    mm = [round(side.mm) for side in (first.page_width, first.page_height)]
    margins = [
        round(side.mm) for side in (first.top_margin, first.bottom_margin, first.left_margin, first.right_margin)
    ]
    assert (mm, margins) == ([210, 297], [20, 20, 30, 15])
    assert annex.orientation == WD_ORIENT.LANDSCAPE
    assert (round(annex.page_width.mm), round(annex.page_height.mm)) == (297, 210)


def test_page_number_stands_in_the_top_centre_and_not_on_a_first_page(letter):
    for section in opened(letter).sections:
        (paragraph,) = section.header.paragraphs
        assert section.different_first_page_header_footer
        assert "PAGE" in paragraph._p.xml and paragraph.alignment == 1
        assert section.first_page_header.paragraphs[0].text == ""
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"


def test_font_and_sizes(letter):
    document = opened(letter)

    fonts = document.styles["Normal"].element.rPr.rFonts
    assert {fonts.get(qn(f"w:{name}")) for name in ("ascii", "hAnsi", "cs", "eastAsia")} == {"Times New Roman"}
    seen = {
        text: (
            run_with(document, text).font.size.pt,
            bool(run_with(document, text).bold),
            bool(run_with(document, text).italic),
        )
        for text in (
            "CỘNG HÒA",
            "Độc lập",
            "HỘI KHUYẾN HỌC THÀNH",
            "HỘI KHUYẾN HỌC PHƯỜNG",
            "Số: ",
            "Hòa Hưng, ngày",
            "TỜ TRÌNH",
            "Về việc",
            "Căn cứ",
            "Điều 1",
            "TM. BAN",
            "Nơi nhận:",
            "- Lưu",
        )
    }
    assert seen == {
        "CỘNG HÒA": (12, True, False),
        "Độc lập": (13, True, False),
        "HỘI KHUYẾN HỌC THÀNH": (12, False, False),
        "HỘI KHUYẾN HỌC PHƯỜNG": (12, True, False),
        "Số: ": (13, False, False),
        "Hòa Hưng, ngày": (13, False, True),
        "TỜ TRÌNH": (14, True, False),
        "Về việc": (14, True, False),
        "Căn cứ": (13, False, True),
        "Điều 1": (13, True, False),
        "TM. BAN": (13, True, False),
        "Nơi nhận:": (12, True, True),
        "- Lưu": (11, False, False),
    }


def test_lines_stand_in_the_order_of_the_decree(letter):
    lines = lines_of(opened(letter))

    order = [
        "HỘI KHUYẾN HỌC THÀNH PHỐ HỒ CHÍ MINH",
        "HỘI KHUYẾN HỌC PHƯỜNG HÒA HƯNG",
        "Số: 05/TTr-HKH",
        paper.STATE,
        paper.MOTTO,
        "Hòa Hưng, ngày 05 tháng 01 năm 2026",
        "TỜ TRÌNH",
        letter.title,
        "Điều 1. Công nhận 2 hộ gia đình.",
        "TM. BAN CHẤP HÀNH",
        "CHỦ TỊCH",
        LONG,
        "DANH SÁCH",
    ]
    assert [line for line in lines if line in order] == order


def test_pdf_says_the_same_words_as_docx_on_the_same_paper(letter):
    content = paper.to_pdf(letter)

    text = words(read_text(content))
    missing = [line for line in map(words, lines_of(opened(letter))) if line and line not in text]
    # A long line wraps inside its cell: its words must still all be there.
    assert [line for line in missing if not set(line.split()) <= set(text.split())] == []
    document = pypdfium2.PdfDocument(content)
    sizes = [tuple(round(side) for side in page.get_size()) for page in document]
    document.close()
    assert sizes[0] == (595, 842) and set(sizes[1:]) == {(842, 595)} and len(sizes) > 3


def test_names_are_never_markup_and_control_characters_do_not_break_the_file(letter):
    lines = lines_of(opened(letter))

    assert f"{LONG} <b>60</b> #x" in lines
    assert "Kính đề nghị xem xét./. " in lines
    assert "<b>60</b> #x" in words(read_text(paper.to_pdf(letter)))


def test_form_code_says_that_it_is_ours_at_the_foot_of_the_first_page(letter):
    first, annex = opened(letter).sections
    words_of = [[p.text for p in part.paragraphs] for part in (first.first_page_footer, first.footer)]
    assert words_of == [["Mẫu TT-01 (mã của phần mềm, không phải mẫu chính thức)"], [""]]
    assert [p.text for p in annex.first_page_footer.paragraphs] == [""]


def test_a_place_s_name_stays_on_one_line_and_names_of_signers_stand_side_by_side(letter):
    signers = (paper.Signer("", "Thư ký", "An"), paper.Signer("TM. BAN", "Đại diện Ban công tác Mặt trận", "Ba"))
    head = paper.Heading(agency=("Hội Khuyến học Phường\N{NO-BREAK SPACE}Hòa\N{NO-BREAK SPACE}Hưng",))
    made = opened(replace(letter, heading=head, blocks=(paper.Closing(signers=signers),), annexes=()))

    assert "HỘI KHUYẾN HỌC PHƯỜNG\N{NO-BREAK SPACE}HÒA\N{NO-BREAK SPACE}HƯNG" in lines_of(made)
    assert [cell.text for cell in made.tables[1].rows[1].cells] == ["An", "Ba"]


def test_grounds_end_as_the_decree_says_however_they_were_typed():
    typed = ["Căn cứ Luật Thi đua, khen thưởng", "", " Căn cứ quy chế;", "Xét Tờ trình số 01;."]

    assert [one.text for one in paper.grounds(typed)] == [
        "Căn cứ Luật Thi đua, khen thưởng;",
        "Căn cứ quy chế;",
        "Xét Tờ trình số 01.",
    ]
    assert paper.grounds([" "]) == []


def test_rows_to_fill_in_by_hand_are_tall_in_both_files(letter):
    rows = [(str(n), "", "") for n in range(12)]
    table = paper.Table(columns=("STT", "Tiêu chí", "Việc sẽ làm"), rows=rows, widths=(1, 3, 3), tall=18)
    made = replace(letter, blocks=(table,), annexes=())

    heights = {row._tr.trPr.find(qn("w:trHeight")).get(qn("w:val")) for row in opened(made).tables[1].rows[1:]}
    document = pypdfium2.PdfDocument(paper.to_pdf(made))
    pages = len(document)
    document.close()
    assert heights == {"1021"} and pages == 2  # 12 rows of 18 mm do not fit under the title, of one line they would
