"""Telephone numbers as people write them."""

import pytest

from portal.lib import phones
from units.domain.importing import rows
from units.forms.registrants import PhoneField

ONE = "0912345678"


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("0912 345 678", ONE, "0912 345 678"),
        ("(0912) 345-678", ONE, "0912 345 678"),
        ("0912.345.678", ONE, "0912 345 678"),
        ("0912–345—678", ONE, "0912 345 678"),
        ("+84 912 345 678", ONE, "0912 345 678"),
        ("+84 (0)912 345 678", ONE, "0912 345 678"),
        ("84912345678", ONE, "0912 345 678"),
        ("0084912345678", ONE, "0912 345 678"),
        ("912345678", ONE, "0912 345 678"),
        ("ĐT: 0912 345 678", ONE, "0912 345 678"),
        ("０９１２３４５６７８", ONE, "0912 345 678"),
        ("\u00a00912\u2011345\u2011678", ONE, "0912 345 678"),
        ("2838651234", "02838651234", "028 3865 1234"),
        ("(028) 3865 1234", "02838651234", "028 3865 1234"),
        ("0296 384 1234", "02963841234", "0296 384 1234"),
        ("01234567890", "01234567890", "0123 456 7890"),  # a mobile number of before 2018
        ("3865 1234", "38651234", "38651234"),  # without area code
        ("1900 1234", "19001234", "1900 1234"),
        ("+1 202 555 0143", "+12025550143", "+12025550143"),
        ("", "", ""),
        (" - ", "", ""),
    ],
)
def test_however_it_is_written_it_is_kept_one_way(typed, kept, shown):
    assert (phones.read(typed), rows.phone_of(typed), PhoneField().clean(typed)) == (kept,) * 3
    assert (phones.shown(kept), phones.read(shown)) == (shown, kept)


SHORT = "chưa đúng. Số di động có 10 chữ số, số cố định ghi cả mã vùng; ví dụ: 0912 345 678, 028 3865 1234."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("hỏi con", "Điện thoại ghi “hỏi con”, không phải số điện thoại."),
        ("0912 345 67x", "Điện thoại ghi “0912 345 67x”, không phải số điện thoại."),
        ("12", "Điện thoại ghi “12”, không phải số điện thoại."),
        ("0912 345 67", f"Điện thoại “0912 345 67” {SHORT}"),
        ("0000000000", f"Điện thoại “0000000000” {SHORT}"),
        ("091234567890", "Điện thoại “091234567890” quá dài. Chỉ ghi một số."),
        ("0912345678; 0913111222", "Điện thoại “0912345678; 0913111222” quá dài. Chỉ ghi một số."),
        ("9" * 5000, f"Điện thoại “{'9' * 40}” quá dài. Chỉ ghi một số."),
    ],
)
def test_nonsense_is_refused_in_words(typed, sentence):
    with pytest.raises(rows.BadCell) as error:
        rows.phone_of(typed)
    assert str(error.value) == sentence


def test_no_phone_told_in_words_is_no_mistake():
    assert [rows.phone_of(text) for text in ("Không có", "chưa có", "ko", 0)] == [""] * 4
