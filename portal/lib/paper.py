"""Administrative papers, built once as plain values and rendered thrice: DOCX to edit, PDF to print, a page to read.

Layout: NĐ 30/2020/NĐ-CP, Phụ lục I (page, margins, sizes, order of the parts). How to make a paper:

    from portal.lib import paper
    letter = paper.Paper(
        heading=paper.Heading(superior="", agency=("Ủy ban nhân dân", "Phường Hòa Hưng"), number="05/QĐ-UBND",
                              place_and_date=pdf.place_and_date("Hòa Hưng", day)),
        kind="Báo cáo", title="Kết quả năm 2026",
        blocks=(paper.Text("Kính gửi: …", style=CENTRE), paper.Text("…"), paper.Table(columns=…, rows=…),
                paper.Closing(recipients=("- Như trên;", "- Lưu: VT."),
                              signers=(paper.Signer("TM. …", "Chủ tịch", "…"),))),
        annexes=(paper.Annex(title=("DANH SÁCH", "…"), reference="(Kèm theo …)", blocks=(…), landscape=True),),
    )
    docx.render(letter)   # bytes of a .docx            (portal.lib.docx)
    paper.to_pdf(letter)  # bytes of a .pdf, same words (templates/typst/paper.typ)
    {% include "recognition/_paper_sheet.html" with paper=letter %}  # a page to read and print, same words

Blocks are Text, Article, Table, Closing, Space and Facts; no paper has needed more so far. An annex starts on a page of
its own and counts from 1; it may lie on its side for a wide table. Text is data: nothing in it is ever markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from portal.lib import pdf

# How a paragraph stands: body is justified with an indented first line.
BODY, GROUND, CENTRE, HEADING, PLAIN, NOTE = "body", "ground", "centre", "heading", "plain", "note"

# Sizes in points, inside what the decree allows; one place, both renderings.
SIZES = {
    "state": 12,
    "motto": 13,
    "agency": 12,
    "number": 13,
    "date": 13,
    "kind": 14,
    "title": 14,
    "body": 13,
    "recipients_head": 12,
    "recipients": 11,
    "table": 11.5,
    "note": 11,
}
# Millimetres: 20–25, 20–25, 30–35, 15–20 allowed.
MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 15}
STATE, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"


@dataclass(frozen=True, kw_only=True)
class Heading:
    """Who issues (left) and the national title with place and date (right).

    A People's Committee writes its own name on two bold lines; an association writes the superior's name upright above
    its own, in bold. `number` is what follows "Số: "; empty leaves the line out.
    """

    agency: Sequence[str]
    superior: str = ""
    number: str = ""
    place_and_date: str = ""


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    text: str
    style: str = BODY
    bold: bool = False
    type: str = "text"


@dataclass(frozen=True)
class Article:
    """ "Điều 1. …": the name in bold, then the text."""

    name: str
    text: str
    type: str = "article"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A grid; `widths` are shares, `centred` and `right` columns by index, `bold` rows by index (groups, totals).

    `tall`: least height of a row in millimetres, for tables to be filled in by hand.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    centred: Sequence[int] = ()
    right: Sequence[int] = ()
    bold: Sequence[int] = ()
    size: float = SIZES["table"]
    tall: float = 0
    type: str = "table"


@dataclass(frozen=True)
class Signer:
    """One signature: "TM. …"/"KT. …" (may be empty), position, and the name below the space to sign."""

    authority: str
    position: str
    name: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Closing:
    """Signatures side by side; with one signer "Nơi nhận" stands at the left. `room`: millimetres to sign in."""

    signers: Sequence[Signer]
    recipients: Sequence[str] = ()
    room: int = 20
    type: str = "closing"


@dataclass(frozen=True)
class Space:
    """A ruled line to write on by hand."""

    lines: int = 1
    type: str = "space"

    @property
    def ruled(self) -> range:
        """The lines one by one, for templates."""
        return range(self.lines)


@dataclass(frozen=True)
class Facts:
    """What the paper says of its subject, line by line, with a QR code of `url` beside it and a word below the code."""

    lines: Sequence[str]
    url: str
    note: str = ""
    type: str = "facts"


@dataclass(frozen=True, kw_only=True)
class Annex:
    """A part on pages of its own."""

    title: Sequence[str]
    blocks: Sequence
    reference: str = ""
    landscape: bool = False


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A whole paper. `code` is our internal form code (GD-01 …), printed small and named as ours, not official."""

    heading: Heading
    kind: str
    blocks: Sequence
    title: str = ""
    code: str = ""
    landscape: bool = False
    annexes: Sequence[Annex] = field(default_factory=tuple)

    @property
    def code_line(self) -> str:
        """The line that names our form code and says whose it is."""
        return f"Mẫu {self.code} (mã của phần mềm, không phải mẫu chính thức)" if self.code else ""


def grounds(lines: Sequence[str]) -> list[Text]:
    """Legal grounds, each ending with ";" and the last with "." (NĐ 30/2020, Phụ lục I), however they were typed."""
    kept = [line for line in (one.strip().rstrip(";,. ") for one in lines) if line]
    return [Text(f"{line}{'.' if n == len(kept) else ';'}", GROUND) for n, line in enumerate(kept, start=1)]


def to_pdf(*papers: Paper) -> bytes:
    """The papers as one PDF, each beginning on a page of its own."""
    return pdf.compile(
        "paper.typ",
        {
            "state": STATE,
            "motto": MOTTO,
            "sizes": SIZES,
            "margins": MARGINS,
            "papers": [
                asdict(one) | {"code": one.code_line, "blocks": [_as_data(block) for block in one.blocks]}
                for one in papers
            ],
        },
    )


def _as_data(block) -> dict:
    """A block as the template takes it; a QR code goes as a picture."""
    return asdict(block) | ({"qr": pdf.qr_dots(block.url)} if isinstance(block, Facts) else {})
