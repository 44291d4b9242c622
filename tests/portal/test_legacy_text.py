"""TCVN3 and VNI: every letter comes back, real Unicode is never touched, doubtful cells stay as they are."""

import csv
import unicodedata
from pathlib import Path

import pytest
from django.conf import settings

from portal.lib import legacy_text
from portal.lib.legacy_text import TCVN3, VNI, code_page, from_tcvn3, from_vni, is_syllable, to_unicode
from portal.lib.tabular import Limits, Unreadable, _decode, read_workbook

SMALL = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
# As the old fonts keep them, seen as Western text.
IN_TCVN3 = {"Nguyễn Văn Tâm": "NguyÔn V¨n T©m", "Đỗ Thị Phượng": "§ç ThÞ Ph\u00adîng", "Lê Quốc Hùng": "Lª Quèc Hïng"}
IN_VNI = {
    "Nguyễn Văn Tâm": "Nguyeãn Vaên Taâm",
    "Đỗ Thị Phượng": "Ñoã Thò Phöôïng",
    "Lê Quốc Hùng": "Leâ Quoác Huøng",
    "NGUYỄN THỊ BƯỞI": "NGUYEÃN THÒ BÖÔÛI",
}


def as_tcvn3(text: str) -> str:
    table = {letter: bytes([code]).decode("latin-1") for code, letter in legacy_text._FROM_TCVN3.items()}
    return "".join(table.get(letter, letter) for letter in text)


def as_vni(text: str) -> str:
    table = {value: key for key, value in reversed(legacy_text._FROM_VNI.items())}
    return "".join(table.get(letter, letter) for letter in text)


def test_every_letter_comes_back():
    assert from_tcvn3(as_tcvn3(SMALL)) == SMALL
    assert from_vni(as_vni(SMALL)) == SMALL
    assert from_vni(as_vni(SMALL.upper())) == SMALL.upper()
    assert sorted(legacy_text._FROM_TCVN3.values()) == sorted(
        [ch for ch in SMALL if not ch.isascii()] + list("ĂÂÊÔƠƯĐ")
    )


@pytest.mark.parametrize(("page", "samples"), [(TCVN3, IN_TCVN3), (VNI, IN_VNI)])
def test_known_samples(page, samples):
    assert code_page(samples.values()) == page
    assert {name: to_unicode(text, page) for name, text in samples.items()} == {name: name for name in samples}


@pytest.mark.parametrize(("name", "text"), [(k, v) for k, v in {**IN_TCVN3, **IN_VNI}.items() if not k.isupper()])
def test_comma_separated_text_of_an_old_code_page_is_not_read_as_vietnamese_windows(name, text):
    samples = IN_TCVN3 if IN_TCVN3.get(name) == text else IN_VNI
    raw = "\r\n".join(["ho ten", *samples.values()]).encode("latin-1")

    assert _decode(raw).splitlines() == ["ho ten", *samples.values()]


def test_vietnamese_windows_text_is_read():
    # Windows-1258 writes some letters whole and tones as marks behind them.
    raw = "Bu\u0300i Va\u0306n Ta\u0301m\nLo\u0300 Thi\u0323 Ha\u0300\nMa\u0303 Quy\u0301".replace("a\u0306", "\u0103")
    assert _decode(raw.encode("cp1258")) == "Bùi Văn Tám\nLò Thị Hà\nMã Quý"
    with pytest.raises(Unreadable, match="không phải bảng mã Unicode"):
        _decode("Müller\nGroß\nCafé\nÆrø".encode("cp1252"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_read(encoding):
    text = "Họ tên,Địa chỉ\nNguyễn Văn An,12 Hòa Hưng\n"
    assert _decode(text.encode(encoding)) == text
    with pytest.raises(Unreadable):
        _decode(b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00" * 50)  # a program, not a list


@pytest.mark.parametrize("name", ["ho-gia-dinh-don-gian", "ho-gia-dinh-mau-phuong", "cong-dan-hoc-tap"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_real_lists_are_never_taken_for_an_old_code_page(name, form):
    data = (Path(settings.BASE_DIR) / "tests" / "lists" / f"{name}.xlsx").read_bytes()
    sheets, _hidden = read_workbook(data, f"{name}.xlsx", Limits(10**7, 10**8, 10**5))
    cells = [value for sheet in sheets for row in sheet.rows for value in row if isinstance(value, str)]
    assert len(cells) > 500
    assert code_page(unicodedata.normalize(form, text) for text in cells) == ""


def gazetteer_names() -> set[str]:
    with open(Path(settings.BASE_DIR) / "units" / "data" / "gazetteer" / "units.csv", encoding="utf-8") as file:
        return {row["name"] for row in csv.DictReader(file)}


def test_no_unicode_name_is_ever_taken_for_an_old_code_page():
    names = gazetteer_names()
    assert len(names) > 5000
    assert code_page(names) == ""
    touched = {name for name in names for page in (TCVN3, VNI) if to_unicode(name, page) != name}
    assert touched == set()


@pytest.mark.parametrize("texts", [[], ["abc"], ["Café", "naïve", "Müller"], ["Nguyễn Văn An"] * 3, ["★★★", "¥€", "½"]])
def test_too_little_or_foreign_text_tells_nothing(texts):
    assert code_page(texts) == ""


def test_what_could_be_either_is_of_the_code_page_only_where_the_whole_file_is():
    rows = ["NguyÔn V¨n T©m", "§ç ThÞ H¹nh", "Khu phè 1", "Sè ®o"]
    assert legacy_text.is_whole(rows) and not legacy_text.is_whole([*rows, "Họ và tên"])
    assert [to_unicode(text, TCVN3, whole=True) for text in rows[2:]] == ["Khu phố 1", "Số đo"]
    assert [to_unicode(text, TCVN3) for text in rows[2:]] == ["Khu phè 1", "Số đo"]


def test_a_cell_that_would_not_become_vietnamese_stays():
    assert to_unicode("Müller GmbH", TCVN3) == "Müller GmbH"
    assert to_unicode("Khu phố 3", VNI) == "Khu phố 3"  # headings may be Unicode in a file whose rows are not


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *(
            (word, True)
            for word in ("giếng", "quý", "của", "giữa", "khuỷu", "ngoằn", "hoà", "hòa", "thuở", "già", "gì")
        ),
        *((word, False) for word in ("Giaù", "Maõ", "ño")),  # VNI: no vowel of Vietnamese has its tone there
        ("Nguyễn", True),
        ("Quyền", True),
        ("giỏi", True),
        ("Phượng", True),
        ("V¨n", False),
        ("aá", False),
    ],
)
def test_syllables(word, expected):
    assert is_syllable(word) is expected
