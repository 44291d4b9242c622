"""A paper (portal.lib.paper) as DOCX: Times New Roman, NĐ 30/2020 margins, page number top centre from page 2.

`render(paper, …)` returns the bytes of one document; several papers follow one another, each on its own pages. See
portal.lib.paper for how a paper is built, and templates/typst/paper.typ for the same paper as PDF.
"""

from __future__ import annotations

import io
from functools import lru_cache

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from PIL import ImageFont

from portal.lib import pdf
from portal.lib.fonts import paper_family
from portal.lib.paper import MARGINS, MOTTO, SIZES, STATE, Annex, Heading, Paper, Table

FONT = "Times New Roman"
LEFT, CENTRE, JUSTIFY = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
_AGENCY_SHARE = 0.45  # of the text width; the rest is the national title's
_LINE_EIGHTHS = 6  # 0.75 pt
NO_BREAK = "\N{NO-BREAK SPACE}"  # keeps a place's name on one line; Python calls it unprintable


def render(*papers: Paper) -> bytes:
    """The papers as one .docx."""
    document = Document()
    _set_defaults(document)
    for index, one in enumerate(papers):
        section = document.sections[0] if index == 0 else document.add_section(WD_SECTION.NEW_PAGE)
        width = _set_page(section, one.landscape)
        _head(document, one.heading, width)
        _title(document, one.kind, one.title, width)
        _blocks(document, one.blocks, width)
        _code(section, one.code_line)
        for annex in one.annexes:
            _annex(document, annex)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _set_defaults(document) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZES["body"])
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(name), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    document.core_properties.author = document.core_properties.comments = ""
    document.core_properties.language = "vi-VN"


def _set_page(section, landscape: bool) -> float:
    """A4 with the decree's margins, the number in the header but not on a first page. Returns the text width in mm."""
    width, height = (297, 210) if landscape else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin, section.bottom_margin = Mm(MARGINS["top"]), Mm(MARGINS["bottom"])
    section.left_margin, section.right_margin = Mm(MARGINS["left"]), Mm(MARGINS["right"])
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    for old in section._sectPr.findall(qn("w:pgNumType")):
        section._sectPr.remove(old)
    # The schema wants it right after the margins.
    section._sectPr.find(qn("w:pgMar")).addnext(numbering)
    section.header.is_linked_to_previous = False
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = CENTRE
    _page_field(paragraph)
    return width - MARGINS["left"] - MARGINS["right"]


def _code(section, line: str) -> None:
    """Our form code at the foot of the first page, where it takes no line from the paper."""
    section.footer.is_linked_to_previous = section.first_page_footer.is_linked_to_previous = False
    section.footer_distance = Mm(10)
    if line:
        _write(section.first_page_footer.paragraphs[0], line, size=9, italic=True)


def _page_field(paragraph) -> None:
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.name, run.font.size = FONT, Pt(13)
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def printable(text: str) -> str:
    """Text that XML can hold: control characters pasted from elsewhere would make Word refuse the file."""
    return "".join(ch if ch.isprintable() or ch == NO_BREAK else " " for ch in str(text))


def _write(paragraph, text: str, *, size: float, bold=False, italic=False, align=None):
    run = paragraph.add_run(printable(text))
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    if align is not None:
        paragraph.alignment = align
    return paragraph


@lru_cache(maxsize=8)
def _face(bold: bool):
    return ImageFont.truetype(str(paper_family().files["bold" if bold else "regular"]), 200)


def _width_mm(text: str, size: float, bold: bool) -> float:
    return _face(bold).getlength(text) / 200 * size * 25.4 / 72


def _line_below(container, length: float, within: float) -> None:
    """A line of `length` mm, centred in `within` mm: a thin empty paragraph with a border."""
    paragraph = container.add_paragraph()
    side = max((within - length) / 2, 0)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(side)
    paragraph.paragraph_format.line_spacing = Pt(3)
    paragraph.paragraph_format.space_after = Pt(3)
    borders, edge = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", str(_LINE_EIGHTHS)), ("space", "1"), ("color", "000000")):
        edge.set(qn(f"w:{name}"), value)
    borders.append(edge)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _plain_table(document, widths: list[float], *, rows: int = 1):
    table = document.add_table(rows=rows, cols=len(widths))
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), "0")
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    table._tbl.tblPr.append(margins)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    return table


def _head(document, heading: Heading, width: float) -> None:
    left, right = width * _AGENCY_SHARE, width * (1 - _AGENCY_SHARE)
    agency, state = _plain_table(document, [left, right]).rows[0].cells
    lines = [(heading.superior, False)] if heading.superior else []
    lines += [(line, True) for line in heading.agency]
    for index, (line, bold) in enumerate(lines):
        paragraph = agency.paragraphs[0] if index == 0 else agency.add_paragraph()
        _write(paragraph, line.upper(), size=SIZES["agency"], bold=bold, align=CENTRE)
    last = _width_mm(lines[-1][0].upper(), SIZES["agency"], True)
    _line_below(agency, min(last, left) * 0.4, left)
    if heading.number:
        _write(agency.add_paragraph(), f"Số: {heading.number}", size=SIZES["number"], align=CENTRE)
    _write(state.paragraphs[0], STATE, size=SIZES["state"], bold=True, align=CENTRE)
    _write(state.add_paragraph(), MOTTO, size=SIZES["motto"], bold=True, align=CENTRE)
    _line_below(state, _width_mm(MOTTO, SIZES["motto"], True), right)
    if heading.place_and_date:
        _write(state.add_paragraph(), heading.place_and_date, size=SIZES["date"], italic=True, align=CENTRE)


def _title(document, kind: str, title: str, width: float) -> None:
    paragraph = _write(document.add_paragraph(), kind.upper(), size=SIZES["kind"], bold=True, align=CENTRE)
    paragraph.paragraph_format.space_before = Pt(14)
    if title:
        _write(document.add_paragraph(), title, size=SIZES["title"], bold=True, align=CENTRE)
        text = min(_width_mm(title, SIZES["title"], True), width)
        _line_below(document, min(text * 0.4, 60), width)


def _blocks(document, blocks, width: float) -> None:
    for index, block in enumerate(blocks):
        _RENDER[block.type](document, block, width)
        ends = index + 1 < len(blocks) and blocks[index + 1].type == "closing"
        if not ends:
            continue
        # Signatures never stand on a page without a line of the paper, or a row of the list.
        if block.type in ("text", "article"):
            document.paragraphs[-1].paragraph_format.keep_with_next = True
        elif block.type == "table":
            for cell in document.tables[-1].rows[-1].cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True


def _text(document, block, width: float) -> None:
    size = SIZES["note"] if block.style == "note" else SIZES["body"]
    paragraph = _write(
        document.add_paragraph(),
        block.text,
        size=size,
        bold=block.bold or block.style == "heading",
        italic=block.style in ("ground", "note"),
        align={"body": JUSTIFY, "ground": JUSTIFY, "centre": CENTRE}.get(block.style, LEFT),
    )
    form = paragraph.paragraph_format
    form.space_before = Pt(6)
    if block.style in ("body", "ground"):
        form.first_line_indent = Mm(12.7)
    form.keep_with_next = block.style == "heading"


def _article(document, block, width: float) -> None:
    paragraph = document.add_paragraph()
    _write(paragraph, f"{block.name}. ", size=SIZES["body"], bold=True, align=JUSTIFY)
    _write(paragraph, block.text, size=SIZES["body"])
    paragraph.paragraph_format.space_before = Pt(6)
    paragraph.paragraph_format.first_line_indent = Mm(12.7)


def _table(document, block: Table, width: float) -> None:
    spacer = document.add_paragraph()
    spacer.paragraph_format.line_spacing = Pt(6)
    table = document.add_table(rows=1, cols=len(block.columns))
    table.style = "Table Grid"
    margins = OxmlElement("w:tblCellMar")
    above = "15" if block.size < SIZES["table"] else "30"
    for side, space in (("top", above), ("left", "80"), ("bottom", above), ("right", "80")):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), space)
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    table._tbl.tblPr.append(margins)
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    share = width / sum(block.widths)
    for column, part in zip(table.columns, block.widths, strict=True):
        column.width = Mm(part * share)
    header = table.rows[0]
    repeat = OxmlElement("w:tblHeader")
    header._tr.get_or_add_trPr().append(repeat)
    _row(header._tr, block.columns, block, bold=True, header=True)
    for index, cells in enumerate(block.rows):
        _row(table.add_row()._tr, cells, block, bold=index in block.bold)


def _row(tr, cells, block: Table, *, bold: bool, header: bool = False) -> None:
    if not header:
        keep = OxmlElement("w:cantSplit")
        tr.get_or_add_trPr().append(keep)
        if block.tall:
            height = OxmlElement("w:trHeight")
            height.set(qn("w:val"), str(round(block.tall * 56.7)))  # twentieths of a point
            height.set(qn("w:hRule"), "atLeast")
            tr.get_or_add_trPr().append(height)
    for index, (tc, text) in enumerate(zip(tr.tc_lst, cells, strict=True)):
        middle = OxmlElement("w:vAlign")
        middle.set(qn("w:val"), "center")
        tc.get_or_add_tcPr().append(middle)
        paragraph = tc.p_lst[0]
        properties = paragraph.get_or_add_pPr()
        place = OxmlElement("w:jc")
        where = "center" if header or index in block.centred else "right" if index in block.right else "left"
        place.set(qn("w:val"), where)
        properties.append(place)
        run = paragraph.add_r()
        run.text = printable(text)
        size, half = run.get_or_add_rPr(), str(round(block.size * 2))
        if bold:
            size.append(OxmlElement("w:b"))
        for tag in ("w:sz", "w:szCs"):
            element = OxmlElement(tag)
            element.set(qn("w:val"), half)
            size.append(element)


def _closing(document, block, width: float) -> None:
    """Two rows, so that names stand on one line however long the positions are; both stay on one page."""
    spacer = document.add_paragraph()
    spacer.paragraph_format.line_spacing = Pt(10)
    spacer.paragraph_format.keep_with_next = True
    with_list = len(block.signers) == 1
    count = 2 if with_list else len(block.signers)
    table = _plain_table(document, [width / count] * count, rows=2)
    heads, names = list(table.rows[0].cells), list(table.rows[1].cells)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    if with_list:
        listed = heads[0].merge(names[0])
        if block.recipients:
            _write(listed.paragraphs[0], "Nơi nhận:", size=SIZES["recipients_head"], bold=True, italic=True)
        for line in block.recipients:
            _write(listed.add_paragraph(), line, size=SIZES["recipients"])
        heads, names = heads[1:], names[1:]
    for cell, signer in zip(heads, block.signers, strict=True):
        lines = [text.upper() for text in (signer.authority, signer.position) if text]
        for index, line in enumerate(lines):
            paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
            _write(paragraph, line, size=SIZES["body"], bold=True, align=CENTRE)
        if signer.hint:
            _write(cell.add_paragraph(), signer.hint, size=11, italic=True, align=CENTRE)
    for cell, signer in zip(names, block.signers, strict=True):
        name = _write(cell.paragraphs[0], signer.name, size=SIZES["body"], bold=True, align=CENTRE)
        name.paragraph_format.space_before = Mm(15 if all(one.hint for one in block.signers) else block.room)
    for paragraph in (one for cell in table.rows[0].cells for one in cell.paragraphs):
        paragraph.paragraph_format.keep_with_next = True


def _space(document, block, width: float) -> None:
    """Ruled lines that stay together."""
    for number in range(block.lines):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(4)
        paragraph.paragraph_format.keep_with_next = number + 1 < block.lines
        stops = paragraph.paragraph_format.tab_stops
        stops.add_tab_stop(Mm(width), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        paragraph.add_run("\t")


def _facts(document, block, width: float) -> None:
    """Lines at the left, the code at the right with its word below."""
    left, right = _plain_table(document, [width - 34, 34]).rows[0].cells
    for number, line in enumerate(block.lines):
        paragraph = left.paragraphs[0] if number == 0 else left.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(3)
        _write(paragraph, line, size=SIZES["body"])
    right.paragraphs[0].alignment = CENTRE
    right.paragraphs[0].add_run().add_picture(io.BytesIO(pdf.qr_png(block.url)), width=Mm(24))
    if block.note:
        _write(right.add_paragraph(), block.note, size=9, italic=True, align=CENTRE)


def _annex(document, annex: Annex) -> None:
    width = _set_page(document.add_section(WD_SECTION.NEW_PAGE), annex.landscape)
    for line in annex.title:
        _write(document.add_paragraph(), line, size=14, bold=True, align=CENTRE)
    if annex.reference:
        _write(document.add_paragraph(), annex.reference, size=SIZES["body"], italic=True, align=CENTRE)
    _code(document.sections[-1], "")
    _blocks(document, annex.blocks, width)


_RENDER = {"text": _text, "article": _article, "table": _table, "closing": _closing, "space": _space, "facts": _facts}
