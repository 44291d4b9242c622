"""Form fields for numbers as people write them.

They are text boxes with the number keys on a phone: a browser's own number box drops what it cannot read and then
complains in its own language, so that the sentence of the portal never comes up and the typed answer is lost.
"""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

GROUPED = re.compile(r"-?[0-9]{1,3}([.,][0-9]{3})+")


class WholeNumberField(forms.IntegerField):
    """A whole number from 0: "25.000.000 đ", "25,000,000" and "25 000 000,0" are the same; "2,5" is not one."""

    default_error_messages = {
        "invalid": _("Hãy nhập một số nguyên, ví dụ 1.250."),
        "min_value": _("Số ở ô này nhỏ nhất là %(limit_value)s."),
        "max_value": _("Số ở ô này lớn nhất là %(limit_value)s."),
    }

    def __init__(self, *, min_value=0, max_value=None, **kwargs):
        super().__init__(min_value=min_value, max_value=max_value, widget=forms.TextInput, **kwargs)
        if max_value is not None and max_value < 1000 and "invalid" not in (kwargs.get("error_messages") or {}):
            self.error_messages["invalid"] = _("Hãy nhập một số nguyên, ví dụ 12.")
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})

    def to_python(self, value):
        if isinstance(value, str):
            value = re.sub(r"\s|(đồng|vnđ|vnd|đ|d)$", "", value.strip().lower().rstrip(" .,;"))
            value = re.sub(r"[.,]0{1,2}$", "", value)
            if GROUPED.fullmatch(value):
                value = re.sub(r"[.,]", "", value)
            elif "." in value or "," in value:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class YearField(WholeNumberField):
    """A year with its four digits."""

    default_error_messages = {
        "invalid": _("Hãy nhập năm bằng bốn chữ số, ví dụ 2026."),
        "min_value": _("Năm sớm nhất ở ô này là %(limit_value)s."),
        "max_value": _("Năm muộn nhất ở ô này là %(limit_value)s."),
    }
