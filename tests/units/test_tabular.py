"""Reading and writing spreadsheets: every file that is no list is refused with its sentence."""

import contextlib
import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from portal.lib.cell_errors import in_xls, in_xlsx
from portal.lib.tabular import Limits, Sheet, Unreadable, read_workbook, safe_cell, write_workbook
from tests.units.import_files import xlsx
from tests.units.xls_files import number_cell, record, text_cell, xls

LISTS = Path(__file__).resolve().parents[1] / "lists"
LIMITS = Limits(max_bytes=5_000_000, max_unzipped_bytes=50_000_000, max_rows=1000)


def sentence(data: bytes, name: str = "danh-sach.xlsx", limits: Limits = LIMITS) -> str:
    """What the reader says about a file it refuses."""
    with pytest.raises(Unreadable) as refusal:
        read_workbook(data, name, limits)
    return str(refusal.value)


def archive(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name.replace("__", "/"), data)
    return target.getvalue()


def replaced(data: bytes, part: str, change) -> bytes:
    """The archive with one part changed by `change(bytes)`."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for info in source.infolist():
            body = source.read(info)
            packed.writestr(info.filename, change(body) if info.filename == part else body)
    return target.getvalue()


def test_values_come_as_typed_and_rows_keep_their_numbers():
    data = xlsx([["", ""], ["Tên", "Số"], ["An", 3], ["Bình", "3 "]])

    sheets, hidden = read_workbook(data, "a.xlsx", LIMITS)

    assert [(sheet.name, sheet.rows) for sheet in sheets] == [
        ("Danh sách", [["", ""], ["Tên", "Số"], ["An", 3.0], ["Bình", "3 "]])
    ]
    assert hidden == []


def test_hidden_sheets_are_named_not_read():
    book = openpyxl.load_workbook(io.BytesIO(xlsx([["a"]], more={"Nháp": [["b"]]})))
    book["Nháp"].sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)

    sheets, hidden = read_workbook(target.getvalue(), "a.xlsx", LIMITS)

    assert ([sheet.name for sheet in sheets], hidden) == (["Danh sách"], ["Nháp"])


def test_formulas_without_result_are_reported_by_cell():
    sheets, _hidden = read_workbook(xlsx([["a", "b"], ["x", "=1+1"]]), "a.xlsx", LIMITS)

    assert sheets[0].faults == {(1, 1): ""}


@pytest.mark.parametrize("name", ["loi-cong-thuc.xls", "loi-cong-thuc.ods"])  # both saved by LibreOffice
def test_errors_are_found_in_old_and_open_formats(name):
    sheets, _hidden = read_workbook((LISTS / name).read_bytes(), name, LIMITS)

    assert sheets[0].faults == {(2, 1): "#N/A", (2, 3): "#DIV/0!", (3, 0): "#REF!", (3, 3): "#NAME?"}
    assert sheets[0].rows[2] == ["Lê Bình", "", "Khu phố 1", ""]
    assert sheets[0].fault_at(2, 3, "Số nhân khẩu") == (
        f"Ô D3 (cột Số nhân khẩu, trang tính “KP 1”, tệp “{name}”) báo lỗi #DIV/0!. "
        "Hãy sửa ô đó trong tệp, lưu lại rồi tải lên."
    )
    assert sheets[0].fault_at(1, 3, "Số nhân khẩu") == ""


@pytest.mark.parametrize("place", [1644, 2050, 2276])
def test_a_damaged_old_workbook_is_refused_where_the_reader_gives_up_without_an_exception(place):
    data = bytearray((LISTS / "loi-cong-thuc.xls").read_bytes())
    data[place] = 1

    assert sentence(bytes(data), "a.xls").startswith("Tệp bị hỏng hoặc không phải tệp Excel.")


def test_an_old_workbook_is_read_whose_texts_go_on_in_another_piece():
    cells = b"".join(text_cell(row, 0, row % 2) + number_cell(row, 1, row) for row in range(3))

    sheets, _hidden = read_workbook(xls(cells, texts=("Nguyen Van An", "x" * 20_000)), "a.xls", LIMITS)

    assert [sheet.rows for sheet in sheets] == [[["Nguyen Van An", 0], ["x" * 20_000, 1], ["Nguyen Van An", 2]]]


def test_an_old_workbook_that_unfolds_too_far_is_refused_before_a_cell_is_built():
    """A text named by many cells: 300 KB came to 1.8 GB. A claim of two thousand million rows ended the process."""
    named = [text_cell(*divmod(number, 100), 0) for number in range(LIMITS.max_unzipped_bytes // 30_000 + 1)]
    long, much = ("x" * 30_000,), "Tệp nén bất thường: mở ra lớn hơn"
    sheets = [number_cell(500, 99)] * 3
    claim = record(0x200, struct.pack("<IIHHH", 0, 2**31, 0, 65_535, 0))

    assert read_workbook(xls(b"".join(named[:-1]), texts=long), "a.xls", LIMITS)[0][0].rows[0] == list(long) * 100
    assert sentence(xls(b"".join(named), texts=long), "a.xls").startswith(much)
    assert sentence(xls(b"".join(named[:9]), b"".join(named[9:]), texts=long), "a.xls").startswith(much)
    assert sentence(xls(*sheets), "a.xls").startswith(much)
    assert sentence(xls(number_cell(60_000, 200)), "a.xls").startswith("Bảng có quá 104 cột.")
    assert sentence(xls(number_cell(60_000, 9)), "a.xls").startswith("Danh sách có quá nhiều dòng")
    assert sentence(xls(named[0], at=[0] * 2000, texts=long), "a.xls").startswith(much)
    cell = number_cell(0, 0)
    assert read_workbook(xls(cell, streams=2, again=2), "a.xls", LIMITS)[0][0].rows == [[1]]
    for data in (
        *(xls(cell * 900, at=[0] * 90), xls(claim + cell)),
        *(xls(cell, streams=3), xls(cell, again=100)),  # each would be read whole, and so on for thousands
    ):
        assert sentence(data, "a.xls").startswith("Tệp bị hỏng hoặc không phải tệp Excel.")


def test_an_old_workbook_only_the_second_reader_stumbles_over_has_no_errors_known():
    assert in_xls(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600) == {}
    assert in_xls((LISTS / "loi-cong-thuc.xls").read_bytes()[:3000]) == {}


def test_an_opendocument_sheet_whose_tags_do_not_close_is_refused():
    """The reader of values would look for the end for ever. Nor is an encoding taken that nobody knows."""
    unknown = (b'version="1.0"', b'version="1.0" encoding="UTX-8"')
    for right, wrong in ((b"</table:table", b"</table:tableL"), (b"</table:table", b"</tableLtable"), unknown):
        data = replaced(ods(b""), "content.xml", lambda xml, a=right, b=wrong: xml.replace(a, b, 1))

        assert sentence(data, "a.ods").startswith("Tệp bị hỏng hoặc không phải tệp Excel.")


def test_errors_are_found_in_xlsx_and_text():
    errors = replaced(
        xlsx([["a", "b"], ["x", "#N/A"], ["=1/0", "y"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            b'<c r="A3"><f>1/0</f><v></v></c>', b'<c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        ).replace(b'<c r="A3"><f>1/0</f><v /></c>', b'<c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'),
    )
    assert read_workbook(errors, "a.xlsx", LIMITS)[0][0].faults == {(1, 1): "#N/A", (2, 0): "#DIV/0!"}

    sheet = read_workbook("Tên,Số\n#REF!,#4\nAn,#VALUE!\n".encode(), "a.csv", LIMITS)[0][0]
    assert (sheet.faults, sheet.rows[1:]) == ({(1, 0): "#REF!", (2, 1): "#VALUE!"}, [["", "#4"], ["An", ""]])
    assert Sheet("", [], {(0, 27): "#N/A"}).fault_at(0, 27, "x").startswith("Ô AB1 (")


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"", "Tệp rỗng, không có dữ liệu."),
        (b"%PDF-1.7 ...", "Tệp này không phải danh sách Excel."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "Tệp này không phải danh sách Excel."),
        (b"<html><table><tr><td>x</td></tr></table></html>", "Tệp này là trang web được đặt tên như tệp Excel."),
        (archive(word__document=b"<w/>").replace(b"word/document", b"word/document"), "Tệp này không phải danh sách"),
        (archive(**{"word/document.xml": b"<w/>"}), "Đây là tệp Word."),
        (archive(**{"xl/workbook.bin": b"x"}), "Tệp dạng .xlsb không đọc được."),
        (archive(**{"xl/workbook.xml": b"not xml"}), "Tệp bị hỏng hoặc không phải tệp Excel."),
        (b"PK\x03\x04 broken", "Tệp bị hỏng hoặc không phải tệp Excel."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "Tệp bị hỏng hoặc không phải tệp Excel."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "Tệp có mật khẩu nên không đọc được.",
        ),
        ("Tên;Số\nNguyễn Văn Ân;3\n".encode("cp1258", "replace"), "Chữ trong tệp .csv không phải bảng mã Unicode"),
    ],
)
def test_what_is_no_list_is_refused_by_name(data, start):
    assert sentence(data).startswith(start)


def test_file_over_the_limit():
    assert sentence(b"x" * 6_000_000).startswith("Tệp lớn 5,7 MB, vượt giới hạn 4 MB.")


def test_zip_bomb_is_refused_before_it_is_unfolded():
    bomb = archive(**{"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b"0" * 60_000_000})

    assert len(bomb) < 100_000
    assert sentence(bomb).startswith("Tệp nén bất thường: mở ra lớn hơn 47 MB.")


def test_zip_bomb_that_lies_about_its_size_is_refused_too():
    bomb = bytearray(archive(**{"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b"0" * 60_000_000}))
    size = struct.pack("<I", 60_000_000)
    while size in bomb:
        bomb[bomb.index(size) : bomb.index(size) + 4] = struct.pack("<I", 1000)

    assert sentence(bytes(bomb)).startswith("Tệp bị hỏng hoặc không phải tệp Excel.")


def test_far_cells_that_would_fill_the_memory():
    far_row = replaced(
        xlsx([["a"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="B1048576"><v>1</v></c></row></sheetData>'),
    )
    far_column = replaced(
        xlsx([["a"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", b'<row r="2"><c s="1" r="XFD2"><v>1</v></c></row></sheetData>'),
    )
    on_a_new_line = replaced(
        xlsx([["a"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", b'<row r="2"><c\nr="XFD2"><v>1</v></c></row></sheetData>'),
    )

    assert sentence(on_a_new_line).startswith("Bảng có quá 104 cột.")
    assert sentence(far_row).startswith("Danh sách có quá nhiều dòng (giới hạn 1.000 dòng một lần nhập).")
    assert sentence(far_column).startswith("Bảng có quá 104 cột.")


def with_rows(rows: str) -> bytes:
    """A workbook with these rows below its first."""
    return with_below(xlsx([["a"]]), rows)


def with_below(data: bytes, rows: str) -> bytes:
    """The workbook with these rows below those of its sheet."""
    return replaced(
        data,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", rows.encode() + b"</sheetData>"),
    )


@pytest.mark.parametrize(
    ("rows", "start"),
    [
        ("<row r='2'><c r='XFD2'><v>1</v></c></row>", "Bảng có quá 104 cột."),
        ('<row r="2"><x:c r="XFD2"><x:v>1</x:v></x:c></row>', "Bảng có quá 104 cột."),
        ('<row r="2"><c r = "dz2"><v>1</v></c></row>', "Bảng có quá 104 cột."),
        ('<row r="2"><c t="n" r="b1048576"><v>1</v></c></row>', "Danh sách có quá nhiều dòng"),
        ('<row r="2"><c r="B0000001048576"><v>1</v></c></row>', "Danh sách có quá nhiều dòng"),
        ('<row r="1048576"><c><v>1</v></c></row>', "Danh sách có quá nhiều dòng"),
        ('<row r="2">' + "<c><v>1</v></c>" * 200 + "</row>", "Bảng có quá 104 cột."),
        ('<row r="2"><c a=">" r="XFD2"><v>1</v></c></row>', "Tệp bị hỏng"),
        ('<row a=">" r="1048576"><c><v>1</v></c></row>', "Tệp bị hỏng"),
    ],
)
def test_far_cells_are_seen_however_they_are_written(rows, start):
    assert sentence(with_rows(rows)).startswith(start)


def test_cells_without_references_and_far_empty_ones_are_read():
    rows = '<row r="2"><c><v>1</v></c><c><v>2</v></c></row><row r="3"><c r="XFD3" s="0"/><c r=\'B3\'><v>3</v></c></row>'

    assert read_workbook(with_rows(rows), "a.xlsx", LIMITS)[0][0].rows == [["a", ""], [1, 2], ["", 3]]


def test_a_far_cell_is_seen_wherever_the_workbook_keeps_its_sheet():
    data = with_rows('<row r="2"><c r="XFD2"><v>1</v></c></row>')
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as packed:
        for info in source.infolist():
            packed.writestr(
                info.filename.replace("worksheets/sheet1.xml", "so/to1"),
                source.read(info).replace(b"worksheets/sheet1.xml", b"so/to1"),
            )

    assert sentence(target.getvalue()).startswith("Bảng có quá 104 cột.")


def with_texts(texts: list[str], rows: str) -> bytes:
    """A workbook whose cells name these texts, kept once, from 1 on."""
    found = "".join(f"<si><t>{text}</t></si>" for text in texts).encode()
    data = write_workbook([("Danh sách", ["a"], [], [9])])
    data = replaced(data, "xl/sharedStrings.xml", lambda xml: xml.replace(b"</sst>", found + b"</sst>"))
    return with_below(data, rows)


@pytest.mark.parametrize("cell", ['<c r="A%d" t="s"><v>1</v></c>', "<c t='s' r='A%d'><v a='>'> 1 </v></c>"])
def test_a_long_text_that_many_cells_name_is_refused_before_it_is_written_out(cell):
    """Kept once in the file, and once for each cell in memory: a hundred kilobytes are gigabytes."""
    rows = "".join(f'<row r="{number}">{cell % number}</row>' for number in range(2, 800))
    data = with_texts(["a" * 100_000], rows)

    assert len(data) < 20_000
    assert sentence(data).startswith("Tệp nén bất thường: mở ra lớn hơn 47 MB.")


def test_long_texts_of_a_plain_list_are_counted_where_they_stand():
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{1 + (n == 3)}</v></c></row>' for n in range(2, 800))
    data = with_texts(["An", "a" * 100_000], rows)

    rows = read_workbook(data, "a.xlsx", LIMITS)[0][0].rows
    assert [len(row[0]) for row in rows] == [1, 2, 100_000, *[2] * 796]


def test_tags_that_do_not_close_are_not_looked_through_again_and_again():
    """Each of fifty thousand cells up to the end of the sheet would take an hour."""
    for cell in (b'<c r="A1" t="e">', b'<c r="A1" ', b'<c r="A1"><f '):
        assert in_xlsx(cell * 50_000) == {}
        many = b"<sheetData>" + cell * 50_000
        data = replaced(
            xlsx([["a"]]), "xl/worksheets/sheet1.xml", lambda xml, many=many: xml.replace(b"<sheetData>", many)
        )
        with contextlib.suppress(Unreadable):
            read_workbook(data, "a.xlsx", LIMITS)


def test_rows_a_filter_hides_are_known():
    book = openpyxl.load_workbook(io.BytesIO(xlsx([["a"], ["b"], ["c"]])))
    book.active.row_dimensions[2].hidden = True
    target = io.BytesIO()
    book.save(target)
    shown = b"<table:table-row>" + (CELL % "").encode() + b"</table:table-row>"
    filtered = shown.replace(b"-row>", b'-row table:visibility="filter" table:number-rows-repeated="2">', 1)

    assert read_workbook(target.getvalue(), "a.xlsx", LIMITS)[0][0].hidden == {1}
    assert read_workbook(ods(shown + filtered), "a.ods", LIMITS)[0][0].hidden == {1, 2}


def test_more_rows_than_allowed():
    data = xlsx([["Tên"], *([f"Hộ {number}"] for number in range(1200))])

    assert sentence(data) == (
        "Danh sách có quá nhiều dòng (giới hạn 1.000 dòng một lần nhập). Hãy chia thành nhiều tệp."
    )


def test_csv_finds_its_delimiter_and_fills_short_rows():
    data = "Tên;Địa chỉ\nAn;12/5 Hòa Hưng\nBình\n".encode("utf-8-sig")

    sheets, _hidden = read_workbook(data, "kp4.csv", LIMITS)

    assert (sheets[0].name, sheets[0].rows) == ("kp4", [["Tên", "Địa chỉ"], ["An", "12/5 Hòa Hưng"], ["Bình", ""]])


def ods(rows: bytes) -> bytes:
    """A minimal OpenDocument sheet with these rows."""
    content = (
        b'<?xml version="1.0"?><office:document-content'
        b' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        b' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        b' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
        b'<office:spreadsheet><table:table table:name="KP 4">' + rows + b"</table:table></office:spreadsheet>"
        b"</office:body></office:document-content>"
    )
    return archive(
        **{"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content,
           "META-INF/manifest.xml": b'<?xml version="1.0"?><manifest:manifest'
           b' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"></manifest:manifest>'}
    )  # fmt: skip


CELL = '<table:table-cell office:value-type="string"%s><text:p>Hòa Hưng</text:p></table:table-cell>'


def test_opendocument_is_read():
    empty = b'<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    row = b"<table:table-row>" + (CELL % "").encode() + b"</table:table-row>"

    sheets, _hidden = read_workbook(ods(row + row + empty), "a.ods", LIMITS)

    assert (sheets[0].name, sheets[0].rows) == ("KP 4", [["Hòa Hưng"], ["Hòa Hưng"]])


def test_opendocument_with_errors_in_repeated_rows_and_cells():
    """As Excel writes them: the text is the error, nothing else marks it."""
    cells = (
        '<table:table-cell table:number-columns-repeated="2"/>' + CELL % "" + (CELL % "").replace("Hòa Hưng", "#N/A")
    )
    plain = b"<table:table-row>" + (CELL % "").encode() * 4 + b"</table:table-row>"
    twice = b'<table:table-row table:number-rows-repeated="2">' + cells.encode() + b"</table:table-row>"

    sheet = read_workbook(ods(plain + twice), "a.ods", LIMITS)[0][0]

    assert (sheet.faults, sheet.rows[2]) == ({(1, 3): "#N/A", (2, 3): "#N/A"}, ["", "", "Hòa Hưng", ""])


def test_opendocument_that_repeats_itself_into_a_bomb():
    wide = b"<table:table-row>" + (CELL % ' table:number-columns-repeated="16000"').encode() + b"</table:table-row>"
    long = b'<table:table-row table:number-rows-repeated="1000000">' + (CELL % "").encode() + b"</table:table-row>"
    far = 10**12  # nothing that may ever reach the reader of values, however it is written
    times = f" table:number-columns-repeated = '{far}' "
    cell = f"<table:table-row>{CELL % times}</table:table-row>".encode()
    before = f'<table:table-row table:number-rows-repeated="{far}"><table:table-cell/></table:table-row>'.encode()
    endless = (
        f'<table:table-row table:number-rows-repeated="{"9" * 5000}"><table:table-cell/></table:table-row>'.encode()
    )

    assert sentence(ods(cell), "a.ods").startswith("Bảng có quá 104 cột.")
    assert sentence(ods(before + wide.replace(b"16000", b"1")), "a.ods").startswith("Danh sách có quá nhiều dòng")
    assert sentence(ods(endless), "a.ods").startswith("Tệp bị hỏng")
    assert sentence(ods(wide), "a.ods").startswith("Bảng có quá 104 cột.")
    assert sentence(ods(long), "a.ods").startswith("Danh sách có quá nhiều dòng")
    text = (CELL % ' table:number-columns-repeated="100"').replace("Hòa Hưng", "a" * 900)
    much = f'<table:table-row table:number-rows-repeated="900">{text}</table:table-row>'.encode()
    spaces = much.replace(b"a" * 900, b'<text:s text:c="900"/>')
    assert sentence(ods(much), "a.ods").startswith("Tệp nén bất thường: mở ra lớn hơn 47 MB.")
    assert sentence(ods(spaces), "a.ods").startswith("Tệp nén bất thường: mở ra lớn hơn 47 MB.")


def test_written_text_never_runs_as_a_formula():
    data = write_workbook([("Dòng: từ chối", ["Tên"], [["=cmd|' /C calc'!A0"], ["+84"], [3]], [20])])

    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]

    assert sheet.title == "Dòng  từ chối"
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in sheet["A"]] == [
        ("Tên", "s", False),
        ("=cmd|' /C calc'!A0", "s", True),
        ("+84", "s", True),
        (3, "n", False),
    ]
    names = ["'KP 4'", "KP/4", "KP 4", "kp 4", "", "KP " + "😀" * 20, "KP " + "😀" * 21]
    made = openpyxl.load_workbook(io.BytesIO(write_workbook([(name, ["Tên"], [], [9]) for name in names]))).sheetnames
    assert made == ["KP 4", "KP 4 (2)", "KP 4 (3)", "kp 4 (4)", "Sheet", "KP " + "😀" * 14, "KP " + "😀" * 12 + " (2)"]
    assert [safe_cell(value) for value in ("=1", "-2", "An", 5)] == ["'=1", "'-2", "An", 5]
