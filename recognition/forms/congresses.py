"""Forms of congresses: the congress, seats of every place, a delegate by name."""

from __future__ import annotations

from crispy_forms.layout import Column, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField, YearField
from portal.lib.layouts import inside_form, name_nothing
from recognition.honour_choices import DelegateKind
from recognition.models import Congress


def _row(*names) -> Row:
    return Row(*(Column(name, css_class="col-12 col-md-6") for name in names))


class CongressForm(forms.ModelForm):
    """A congress or conference."""

    class Meta:
        model = Congress
        fields = ["kind", "title", "held_on", "venue", "year_from", "year_to"]
        field_classes = {"year_from": YearField, "year_to": YearField}
        help_texts = {
            "held_on": _("Ví dụ: 15/11/2026"),
            "year_from": _("Khen thưởng trong giai đoạn này được gợi ý làm đại biểu."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name_nothing(self, "kind")
        self.helper = inside_form(_row("kind", "held_on"), "title", "venue", _row("year_from", "year_to"))

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() | {"place"}


class QuotaForm(forms.Form):
    """A number a place and kind; names: s-<place>-<kind>."""

    def __init__(self, *args, places, seats, **kwargs):
        super().__init__(*args, **kwargs)
        self.places = places
        for place in places:
            for kind in DelegateKind:
                self.fields[f"s-{place.pk}-{kind}"] = WholeNumberField(
                    label=f"{place.name}, {kind.label}",
                    required=False,
                    min_value=0,
                    max_value=2000,
                    initial=seats.get((place.pk, kind)),
                )

    def lines(self) -> list[tuple]:
        """(place, its boxes)."""
        return [(place, [self[f"s-{place.pk}-{kind}"] for kind in DelegateKind]) for place in self.places]

    def seats(self) -> dict[tuple[int, str], int]:
        """What was typed; an empty box leaves a place without a quota of that kind."""
        return {
            (place.pk, str(kind)): self.cleaned_data[f"s-{place.pk}-{kind}"]
            for place in self.places
            for kind in DelegateKind
            if self.cleaned_data.get(f"s-{place.pk}-{kind}") is not None
        }


class ShareForm(forms.Form):
    """How many seats to share out by recognised families."""

    seats = WholeNumberField(label=_("Số đại biểu cần chia"), min_value=1, max_value=2000)
    kind = forms.ChoiceField(label=_("Thành phần"), choices=DelegateKind.choices)


class DelegateForm(forms.Form):
    """A delegate by name."""

    kind = forms.ChoiceField(label=_("Thành phần"), choices=DelegateKind.choices)
    name = forms.CharField(label=_("Họ và tên"), max_length=150)
    position = forms.CharField(label=_("Chức vụ, đơn vị"), required=False, max_length=200)
    basis = forms.CharField(label=_("Lý do cử"), required=False, max_length=300)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = inside_form(_row("kind", "name"), _row("position", "basis"))
