"""What the forms of a rulebook being written share: they read their values from plain content and write them back.

They refuse what cannot be read (a number that is none); whether the whole holds together is told by the check, so that
people can save half a thought and go on tomorrow.
"""

from __future__ import annotations

import datetime
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import YearField
from portal.lib.numbers import points
from portal.lib.text import clean
from recognition.rulebook_checks import FIRST_YEAR, LAST_YEAR
from recognition.rulebook_procedure import CONFIDENCE_LABELS, CONFIDENCES

MARKS = [("", "—"), *((mark, f"{mark} – {CONFIDENCE_LABELS[mark]}") for mark in CONFIDENCES)]
BLANK = ("", "—")


class PointField(forms.DecimalField):
    """Points as people type them: 9,5 and 9.5 are the same."""

    default_error_messages = {"invalid": _("Hãy nhập một số, ví dụ 10 hoặc 0,5.")}

    def __init__(self, **options):
        super().__init__(
            min_value=0,
            max_value=1000,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **options,
        )

    def to_python(self, value):
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value):
        return points(value) if isinstance(value, (int, float, Decimal)) else value


def text(label, most=300, *, rows=0, **options):
    """A text; `rows` makes it several lines high."""
    options.setdefault("required", False)
    return forms.CharField(
        label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}) if rows else None, **options
    )


def year(label, **options):
    """A field for a year rules may speak of."""
    return YearField(label=label, min_value=FIRST_YEAR, max_value=LAST_YEAR, **options)


def _day(value):
    """A day kept as text, to be shown as people write it; what is none stays as it is."""
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        return value


class PartForm(forms.Form):
    """Fields named like the keys of an item; `FACTS`: keys that hold mark, sources and note.

    `LINES`: lists, one a line.

    `KEPT_EMPTY` keys are written even when nothing was typed. An item whose `MAIN` field is empty is left out whole.
    `ROWS`: fields that stand beside each other.
    """

    FACTS: dict[str, object] = {"fact": _("Nguồn")}
    LINES: tuple[str, ...] = ()
    KEPT_EMPTY: tuple[str, ...] = ()
    ROWS: tuple = ()
    MAIN = ""

    def __init__(self, *args, item: dict | None = None, sources=(), criteria=(), **kwargs):
        self.item, self.criteria = item or {}, list(criteria)
        self.source_keys = {str(key).casefold(): str(key) for key in sources}
        self._facts = {}
        for key in self.FACTS:
            self._add_fact(key)
        super().__init__(*args, **kwargs)
        self.fields.update(self._facts)
        self.initial = self._read() | self.initial
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
        self.lay_out()

    def lay_out(self):
        """Arrange the fields there are."""
        self.helper.layout = Layout(*self._layout())

    def _add_fact(self, key):
        self._facts[f"{key}_mark"] = forms.ChoiceField(label=_("Độ tin cậy"), choices=MARKS, required=False)
        self._facts[f"{key}_sources"] = forms.CharField(
            label=_("Mã nguồn"), max_length=200, required=False, help_text=_("Cách nhau dấu phẩy, ví dụ S1, S2")
        )
        self._facts[f"{key}_note"] = forms.CharField(label=_("Ghi chú"), max_length=500, required=False)

    def _layout(self):
        """Fields in the order they are declared; those of a row stand where its first one is."""
        own = [name for name in self.fields if name not in self._facts and name != "DELETE"]
        row_of = {name: row for row in self.ROWS for name in row}
        parts, done = [], set()
        for name in own:
            row = row_of.get(name)
            if row is None:
                parts.append(name)
            elif row not in done:
                done.add(row)
                parts.append(Row(*(Column(one, css_class="col-12 col-md") for one in row if one in self.fields)))
        for key, label in self.FACTS.items():
            parts.append(
                Fieldset(
                    label,
                    Row(
                        Column(f"{key}_mark", css_class="col-12 col-md-4"),
                        Column(f"{key}_sources", css_class="col-12 col-md-3"),
                        Column(f"{key}_note", css_class="col-12 col-md-5"),
                    ),
                    css_class="fact-fields",
                )
            )
        return parts

    def _choose_criterion(self, name, empty, *more):
        """Choose among the criteria there are by their words; one that is gone stays to be seen."""
        kept = str(self.item.get(name) or "")
        choices = [("", empty), *more, *self.criteria]
        if kept and kept not in [code for code, _label in choices]:
            choices.append((kept, _now("%(code)s (không còn trong bộ tiêu chí)") % {"code": kept}))
        self.fields[name].choices = choices

    def _read(self) -> dict:
        values = {}
        for name in self.fields:
            if name in self.item:
                value = self.item[name]
                if isinstance(self.fields[name], forms.DateField):
                    value = _day(value)
                values[name] = "\n".join(map(str, value)) if name in self.LINES and isinstance(value, list) else value
        for key in self.FACTS:
            fact = self.item.get(key)
            if isinstance(fact, dict):
                keys = fact.get("sources")
                values[f"{key}_mark"] = fact.get("mark", "")
                values[f"{key}_sources"] = ", ".join(map(str, keys)) if isinstance(keys, list) else ""
                values[f"{key}_note"] = fact.get("note", "")
        return values

    def clean(self):
        data = super().clean()
        for key in self.FACTS:
            found = []
            for one in (data.get(f"{key}_sources") or "").replace(";", ",").split(","):
                name = clean(one)
                if name and name.casefold() not in self.source_keys:
                    self.add_error(
                        f"{key}_sources",
                        _now("Không có nguồn “%(key)s”; hãy thêm ở phần Nguồn trước.") % {"key": name[:40]},
                    )
                elif name:
                    found.append(self.source_keys[name.casefold()])
            data[f"{key}_sources"] = list(dict.fromkeys(found))
        return data

    def write(self) -> dict | None:
        """The item with what was typed; keys the form does not know stay."""
        if self.MAIN and self.cleaned_data.get(self.MAIN) in (None, ""):
            return None
        item = dict(self.item)
        for name, value in self.cleaned_data.items():
            if name in self._facts or name in ("DELETE", "ORDER"):
                continue
            self._put(item, name, self._plain(name, value))
        for key in self.FACTS:
            data = self.cleaned_data
            fact = {"mark": data[f"{key}_mark"], "sources": data[f"{key}_sources"]}
            fact["note"] = clean(data[f"{key}_note"])
            self._put(item, key, {name: value for name, value in fact.items() if value})
        return item

    def _put(self, item, name, value):
        if value in (None, "", [], {}, False) and name not in self.KEPT_EMPTY:
            item.pop(name, None)
        else:
            item[name] = value

    def _plain(self, name, value):
        """JSON values only; whole numbers stay whole."""
        if name in self.LINES:
            return [line for line in map(clean, str(value or "").splitlines()) if line]
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        if hasattr(value, "isoformat"):
            return value.isoformat()
        if isinstance(value, str):
            return clean(value)
        return value
