"""Every paper the portal makes, read back: NĐ 30/2020/NĐ-CP, Phụ lục I, in both files; and papers of a free design.

Page, margins, face, sizes and the order and place of the lines. docs/papers.md lists the papers; one that is in the
code but not here, or here but not there, fails.
"""

import importlib
import io
import pkgutil
import re
from collections import namedtuple
from pathlib import Path

import docx as reader
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from docx.oxml.ns import qn

import recognition.papers
from portal.lib import docx, paper, pdf
from portal.lib.fonts import paper_family
from tests.factories.papers import every_paper, every_sheet
from tests.factories.recognition import make_ward
from tests.once import built_once
from tests.portal.test_papers_lib import faces_of

pytestmark = pytest.mark.django_db  # or no test database is set up for the module's fixture
ROOT = Path(__file__).parents[2]
MM = 72 / 25.4
Letter = namedtuple("Letter", "char left bottom right top size")
Made = namedtuple("Made", "papers sheets")


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    with built_once(django_db_blocker):
        ward = make_ward()
        papers = every_paper(ward)
        yield Made(papers, every_sheet(ward))


def builders() -> set[str]:
    """Functions of recognition.papers that build a paper."""
    found = set()
    for one in pkgutil.iter_modules(recognition.papers.__path__):
        module = importlib.import_module(f"recognition.papers.{one.name}")
        for name, value in vars(module).items():
            returned = str(getattr(value, "__annotations__", {}).get("return", ""))
            if not name.startswith("_") and returned.endswith("paper.Paper") and value.__module__ == module.__name__:
                found.add(name)
    return found


def test_no_paper_is_forgotten(made):
    templates = {path.name for path in pdf.TEMPLATES.glob("*.typ")} - {"common.typ", "paper.typ", "progress.typ"}
    listed = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")

    assert set(made.papers) == builders()
    assert {name.split(",")[0] for name in made.sheets} == templates
    assert [name for name in (*made.papers, *templates, "progress.typ") if f"`{name}`" not in listed] == []
    assert [one.code for one in made.papers.values() if one.code and one.code not in listed] == []


# --- What a paper says, in the order of the decree


def head_lines(one: paper.Paper) -> list[tuple[str, float, bool, bool]]:
    """(line, size, bold, italic) from the top to the title."""
    head = one.heading
    return [
        *([(head.superior.upper(), 12, False, False)] if head.superior else []),
        *((line.upper(), 12, True, False) for line in head.agency),
        *([(f"Số: {head.number}", 13, False, False)] if head.number else []),
        (paper.STATE, 12, True, False),
        (paper.MOTTO, 13, True, False),
        *([(head.place_and_date, 13, False, True)] if head.place_and_date else []),
        (one.kind.upper(), 14, True, False),
        *([(one.title, 14, True, False)] if one.title else []),
    ]


def end_lines(blocks) -> list[tuple[str, float, bool, bool]]:
    """The signatures, as they stand in the file: list of recipients, positions, names."""
    (end,) = [block for block in blocks if block.type == "closing"]
    found = [("Nơi nhận:", 12, True, True)] if end.recipients and len(end.signers) == 1 else []
    found += [(line, 11, False, False) for line in end.recipients if len(end.signers) == 1]
    for signer in end.signers:
        found += [(text.upper(), 13, True, False) for text in (signer.authority, signer.position) if text]
    return found + [(one.name, 13, True, False) for one in end.signers if one.name]


def body_lines(one: paper.Paper) -> list[tuple[str, float, bool, bool]]:
    """Grounds, articles and headings of the text."""
    found = []
    for block in one.blocks:
        if block.type == "article":
            found.append((f"{block.name}. ", 13, True, False))
        elif block.type == "text" and block.style in ("ground", "heading"):
            found.append((block.text, 13, block.style == "heading", block.style == "ground"))
    return found


def runs_of(document) -> list[tuple[str, float, bool, bool]]:
    found = []
    for p in document.element.body.iter(qn("w:p")):
        for run in reader.text.paragraph.Paragraph(p, document).runs:
            if run.text.strip():
                size = run.font.size.pt if run.font.size else 13
                found.append((run.text, size, bool(run.bold), bool(run.italic)))
    return found


def stands_in_order(wanted, found) -> list:
    """What of `wanted` does not follow in `found`."""
    rest = iter(found)
    return [one for one in wanted if one not in rest]


def test_docx_has_page_face_sizes_and_order_of_the_decree(made):
    faults = []
    for name, one in made.papers.items():
        document = reader.Document(io.BytesIO(docx.render(one)))
        turned = [one.landscape, *(annex.landscape for annex in one.annexes)]
        sections = list(document.sections)
        pages = [(round(s.page_width.mm), round(s.page_height.mm)) for s in sections]
        margins = {
            tuple(round(side.mm) for side in (s.top_margin, s.bottom_margin, s.left_margin, s.right_margin))
            for s in sections
        }
        fonts = document.styles["Normal"].element.rPr.rFonts
        faces = {fonts.get(qn(f"w:{kind}")) for kind in ("ascii", "hAnsi", "cs", "eastAsia")}
        faces |= {node.get(qn("w:ascii")) for node in document.element.body.iter(qn("w:rFonts"))}
        numbered = [
            s.different_first_page_header_footer and "PAGE" in s.header.paragraphs[0]._p.xml
            and not s.first_page_header.paragraphs[0].text for s in sections
        ]  # fmt: skip
        runs = runs_of(document)
        wanted = [*head_lines(one), *body_lines(one)]
        for annex in one.annexes:
            wanted += [(line, 14, True, False) for line in annex.title]
        checks = {
            "pages": pages == [(297, 210) if side else (210, 297) for side in turned],
            "margins": margins == {(20, 20, 30, 15)},
            "face": faces - {None} == {"Times New Roman"},
            "page number": all(numbered),
            "order": stands_in_order(wanted, runs) == [],
            "signatures": stands_in_order(end_lines(one.blocks), runs) == [],
            "sizes": {size for _text, size, _bold, _italic in runs} <= {9, 9.5, 10, 10.5, 11, 11.5, 12, 13, 14},
        }
        faults += [(name, what) for what, holds in checks.items() if not holds]
    assert not faults, "\n".join(f"{name}: {what}" for name, what in faults)


# --- The same in the PDF


def letters_of(page) -> list[Letter]:
    text = page.get_textpage()
    found = []
    for n in range(text.count_chars()):
        char = text.get_text_range(n, 1)
        if char.strip():
            found.append(Letter(char, *text.get_charbox(n), round(pdfium.FPDFText_GetFontSize(text.raw, n), 1)))
    return found


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def find(letters: list[Letter], words: str, after: int = 0) -> int:
    """Where the words begin among the letters, however they wrap; -1 when nowhere."""
    return "".join(one.char for one in letters).find(squeezed(words), after)


def test_pdf_has_page_margins_sizes_and_places_of_the_decree(made):
    faults = []
    for name, one in made.papers.items():
        content = paper.to_pdf(one)
        document = pypdfium2.PdfDocument(content)
        faces = {face for page in document for face in faces_of(page)}
        pages = [(page.get_size(), letters_of(page)) for page in document]
        document.close()
        checks = {
            "face": faces == {paper_family().name.replace(" ", "")},
            **_heads(one, pages[0]),
            **_margins(one, pages),
        }
        whole = [letter for _size, letters in pages for letter in letters]
        at = 0
        for line, size, *_style in [*head_lines(one)[-1:], *body_lines(one)]:
            at = find(whole, line, max(at, 0))
            checks[line[:40]] = at >= 0 and abs(whole[at].size - size) < 0.1
        for line, size, *_style in end_lines(one.blocks):  # the list of recipients stands beside the signature
            found = find(whole, line, max(at, 0))
            checks[line[:40]] = found >= 0 and abs(whole[found].size - size) < 0.1
        faults += [(name, what) for what, holds in checks.items() if not holds]
    assert not faults, "\n".join(f"{name}: {what}" for name, what in faults)


def _heads(one: paper.Paper, first) -> dict[str, bool]:
    """Agency at the left, the state at the right, each line below the one before, kind and title in the middle."""
    (width, _height), letters = first
    middle = (paper.MARGINS["left"] * MM + width - paper.MARGINS["right"] * MM) / 2
    head = one.heading

    def box(words):
        start = find(letters, words)
        part = letters[start : start + len(squeezed(words))] if start >= 0 else []
        return part and (min(p.left for p in part), max(p.right for p in part), part[0].top)

    agency, state, motto, kind = (
        box(words) for words in (head.agency[-1].upper(), paper.STATE, paper.MOTTO, one.kind.upper())
    )
    date, number = (box(words) if words else None for words in (head.place_and_date, head.number))
    checks = {
        "agency at the left": agency[1] < state[0],
        "state at the right": state[0] > middle - 25 * MM and motto[2] < state[2],
        "kind in the middle": abs((kind[0] + kind[1]) / 2 - middle) < 2 * MM and kind[2] < motto[2],
        "motto centred below": abs((motto[0] + motto[1]) / 2 - (state[0] + state[1]) / 2) < 2 * MM,
    }
    if date:
        checks["date below motto"] = kind[2] < date[2] < motto[2] and date[0] > middle - 25 * MM
    if number:
        checks["number below agency"] = kind[2] < number[2] < agency[2] and number[1] < state[0]
    return checks


def _margins(one: paper.Paper, pages) -> dict[str, bool]:
    """Nothing in the margins but the number of the page, top centre from the second on, and our form code."""
    checks, number, turned = {}, 0, [one.landscape, *(annex.landscape for annex in one.annexes)]
    starts = [one.kind.upper(), *(annex.title[0] for annex in one.annexes)]
    for (width, height), letters in pages:
        beginning = next((n for n, words in enumerate(starts) if find(letters[:400], words) >= 0), None)
        number = 1 if beginning is not None and (beginning or not number) else number + 1
        above = [p for p in letters if p.bottom > height - 19 * MM]
        code = squeezed(one.code_line)
        below = [p for p in letters if p.top < 19.5 * MM]
        inside = [p for p in letters if p not in above and p not in below]
        page = f"page {number} ({width:.0f} × {height:.0f})"
        checks[f"{page} size"] = {round(width), round(height)} == {595, 842} and (width > height) in turned
        checks[f"{page} number"] = "".join(p.char for p in above) == ("" if number == 1 else str(number))
        if above:
            centre = (above[0].left + above[-1].right) / 2
            inner = (30 * MM + width - 15 * MM) / 2
            checks[f"{page} number centred"] = abs(centre - inner) < 2 * MM
        checks[f"{page} foot"] = "".join(p.char for p in below) in ("", code)
        checks[f"{page} left"] = min(p.left for p in inside) >= 29.5 * MM
        checks[f"{page} right"] = max(p.right for p in inside) <= width - 14 * MM  # a comma hangs out
    return checks


# --- Papers of a free design


def test_sheets_of_a_free_design_stay_on_their_page_with_the_longest_names(made):
    pages = {
        name: [letters_of(page) for page in pypdfium2.PdfDocument(content)] for name, content in made.sheets.items()
    }

    assert {name: len(found) for name, found in pages.items()} == dict.fromkeys(made.sheets, 1)
    for name in made.sheets:
        if name.startswith("certificate"):
            text = "".join(one.char for one in pages[name][0])
            assert squeezed("Công Tằng Tôn Nữ Nguyễn Thị Phương Nghiêm Thuỵ Hằng") in text, name
            assert min(one.bottom for one in pages[name][0]) > 12 * MM, name
