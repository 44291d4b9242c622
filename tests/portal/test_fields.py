"""Numbers as people write them, read by the forms of every page."""

import importlib
import pkgutil

import pytest
from django import forms
from django.core.exceptions import ValidationError

import recognition.forms
import units.forms
from portal.lib.fields import WholeNumberField, YearField


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", 0),
        (" 12 ", 12),
        ("1.250", 1250),
        ("1,250", 1250),
        ("25.000.000 đ", 25_000_000),
        ("25.000.000 đ.", 25_000_000),
        ("12.", 12),
        ("25 000 000 đồng", 25_000_000),
        ("1.000", 1000),  # Django alone reads this as 1
        ("12,0", 12),
        ("", None),
    ],
)
def test_a_whole_number_is_read_as_people_write_it(typed, number):
    assert WholeNumberField(required=False).clean(typed) == number


@pytest.mark.parametrize("typed", ["2,5", "2.5", "12.50", "1.0000", "1.25", "mười hai", "9" * 5000, "1.2.3", "٣.٠٠٠"])
def test_what_is_no_whole_number_is_told_with_an_example(typed):
    with pytest.raises(ValidationError) as refused:
        WholeNumberField().clean(typed)

    assert refused.value.messages == ["Hãy nhập một số nguyên, ví dụ 1.250."]


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        (WholeNumberField(min_value=1, max_value=60), "0", "Số ở ô này nhỏ nhất là 1."),
        (WholeNumberField(min_value=1, max_value=60), "61", "Số ở ô này lớn nhất là 60."),
        (WholeNumberField(max_value=999), "nhiều", "Hãy nhập một số nguyên, ví dụ 12."),
        (WholeNumberField(max_value=1000), "nhiều", "Hãy nhập một số nguyên, ví dụ 1.250."),
        (WholeNumberField(), "-1", "Số ở ô này nhỏ nhất là 0."),
        (YearField(min_value=1990, max_value=2100), "1989", "Năm sớm nhất ở ô này là 1990."),
        (YearField(min_value=1990, max_value=2100), "2101", "Năm muộn nhất ở ô này là 2100."),
        (YearField(min_value=1990, max_value=2100), "hai nghìn", "Hãy nhập năm bằng bốn chữ số, ví dụ 2026."),
    ],
)
def test_the_bounds_of_a_number_are_told_in_plain_words(field, typed, sentence):
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)

    assert refused.value.messages == [sentence]
    assert field.clean(str(field.min_value)) == field.min_value


def test_no_form_has_a_number_box_of_the_browser():
    """Such a box throws away what it cannot read, so that the portal can neither keep nor explain it."""
    for package in (units.forms, recognition.forms):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)

    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    own = [form for form in below(forms.BaseForm) if form.__module__.startswith(("units.", "recognition."))]
    boxes = [
        f"{form.__name__}.{name}"
        for form in own
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.NumberInput)
    ]

    assert len(own) > 50
    assert boxes == []
