"""Form fields for numbers as people write them."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _


class WholeNumberField(forms.IntegerField):
    """A whole number from 0: "25.000.000", "25,000,000 đ" and "25000000" are the same."""

    default_error_messages = {"invalid": _("Hãy nhập một số nguyên, ví dụ 1.250.")}

    def __init__(self, *, min_value=0, **kwargs):
        super().__init__(min_value=min_value, widget=forms.TextInput, **kwargs)
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})

    def to_python(self, value):
        if isinstance(value, str):
            value = re.sub(r"[.,\s]|(đồng|vnđ|vnd|đ|d)$", "", value.strip().lower())
        return super().to_python(value)
