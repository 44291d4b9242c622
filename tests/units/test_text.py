"""Vietnamese text: stored NFC, searched without marks, sorted by given name."""

import unicodedata

import pytest

from portal.lib.text import bigrams, clean, fold, natural_key, sort_key, title_case

NAMES = ["Đặng Thị Hồng", "Nguyễn Hữu Ước", "Lê Ngọc Bội", "Phạm Đình Đậu", "Trần Thị Tuyết Nguyệt", "Vũ Thế Ỷ"]


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Đặng Thị Hồng", "dang thi hong"),
        ("ĐẶNG  THỊ\tHỒNG", "dang thi hong"),
        ("Nguyễn Thị Ước, Quốc Ọ", "nguyen thi uoc quoc o"),
        ("ậ ặ ệ ộ Ậ Ặ Ệ Ộ ợ ự", "a a e o a a e o o u"),
        ("12/3A Hòa-Hưng, P.12", "12 3a hoa hung p 12"),
        ("H'Hen Niê", "h hen nie"),
        ("", ""),
        (None, ""),
        ("   ", ""),
        (2026, "2026"),
    ],
)
def test_fold_drops_marks_and_case(name, folded):
    assert fold(name) == folded


@pytest.mark.parametrize("name", NAMES + ["ậ ặ ệ ộ ợ ự", "Ậ Ặ Ệ Ộ Ợ Ự"])
def test_decomposed_text_gives_the_same_as_composed(name):
    assert nfd(name) != name

    assert fold(nfd(name)) == fold(name)
    assert clean(nfd(name)) == name
    assert sort_key(nfd(name)) == sort_key(name)
    assert bigrams(fold(nfd(name))) == bigrams(fold(name))


def test_every_vietnamese_letter_folds_to_a_plain_letter():
    letters = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
    tones = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
    everything = [unicodedata.normalize("NFC", a + t) for a in letters + letters.upper() for t in tones]

    assert {fold(letter) for letter in everything} == set("abcdefghijklmnopqrstuvwxyz")


def test_clean_stores_one_form():
    assert clean("  Nguyễn\u00a0Văn \r\n An\u200b ") == "Nguyễn Văn An"
    assert clean("Nguye\u200b\u0302\u0303n") == "Nguyễn"
    assert clean("a\x00b") == "a b"
    assert clean(None) == ""
    assert clean(5) == "5"


def test_bigrams_are_words_and_neighbouring_pairs():
    assert bigrams("dang thi hong") == ["dang", "dang thi", "hong", "thi", "thi hong"]
    assert bigrams("an") == ["an"]
    assert bigrams("") == []


def test_people_sort_by_given_name_then_family_name_then_middle_names():
    ordered = [
        "Lê Văn An",
        "Nguyễn Thị An",
        "Nguyễn Văn An",
        "Trần Văn Ánh",
        "Lê Thị Ăn",
        "Lê Thị Ân",
        "Phạm Văn Dũng",
        "An Văn Đào",
        "Đào Văn Đức",
        "Lê Thị Hà",
        "Lê Thị Hả",
        "Lê Thị Hã",
        "Lê Thị Há",
        "Lê Thị Hạ",
        "Trần Văn Ơn",
        "Lê Thị Uyên",
        "Nguyễn Hữu Ước",
    ]

    mixed = ordered[::2] + ordered[1::2]
    assert sorted(mixed, key=sort_key) == ordered


def test_shorter_given_name_comes_first():
    assert sorted(["Lê Ánh", "Lê Anh", "Vũ An", "Lê Ân"], key=sort_key) == ["Vũ An", "Lê Anh", "Lê Ánh", "Lê Ân"]


def test_tone_decides_before_the_family_name():
    assert sorted(["Lê Hạ", "Vũ Hà"], key=sort_key) == ["Vũ Hà", "Lê Hạ"]


@pytest.mark.parametrize("name", [*NAMES, "H'Hen Niê", "Müller", "Nguyễn Văn An (2)", "\u0302", " \u0301a", "李"])
def test_sort_keys_are_digits_only_so_every_collation_agrees(name):
    assert sort_key(name).isdigit() or sort_key(name) == ""


def test_sort_key_ignores_case_and_spaces_and_fits_its_column():
    assert sort_key("ĐẶNG  thị HỒNG ") == sort_key("Đặng Thị Hồng")
    assert len(sort_key("Nguyễn " * 60)) == 300
    assert sort_key("") == ""


def test_place_names_sort_as_people_count():
    names = ["Khu phố 10", "Khu phố 2", "Khu phố 1", "Ấp 3"]

    assert sorted(names, key=natural_key) == ["Ấp 3", "Khu phố 1", "Khu phố 2", "Khu phố 10"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("NGUYỄN THỊ HOA", "Nguyễn Thị Hoa"),
        ("đặng văn ánh", "Đặng Văn Ánh"),
        ("Nguyễn Thị hoa", "Nguyễn Thị hoa"),
        ("H'HEN NIÊ", "H'Hen Niê"),
        ("", ""),
    ],
)
def test_title_case_only_touches_names_in_one_case(typed, stored):
    assert title_case(typed) == stored


def test_title_case_takes_decomposed_capitals():
    assert title_case(nfd("ĐẬU THỊ ỆCH")) == "Đậu Thị Ệch"
