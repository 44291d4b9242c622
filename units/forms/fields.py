"""A field that finds a place by typing its name."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.domain.place_search import best, place_label, search, with_names_above
from units.models import Place

SHOWN = 12


@dataclass(frozen=True)
class Picked:
    """What the widget sent: the chosen place's key, and what was typed."""

    key: str = ""
    text: str = ""


@dataclass(frozen=True)
class Option:
    """One place offered by the picker."""

    key: int
    label: str
    former: bool
    chosen: bool = False


def options(places, text: str, *, chosen: str = "", near: Q | None = None) -> list[Option]:
    """The places offered for typed text, best first, of equal ones those of `near`. One query."""
    found = best(list(search(with_names_above(places), text, near=near)[:SHOWN]))
    return [Option(place.pk, place_label(place), place.is_legacy, str(place.pk) == chosen) for place in found]


class PlacePicker(forms.Widget):
    """A search box above a list of radio buttons.

    With JavaScript the list follows the typing; without it, sending the form lists what matches the typed text.
    `level`, `former` and `mine` narrow what is offered while typing, `include` (a selector) sends another field along;
    the field's queryset decides what is accepted.
    """

    template_name = "units/widgets/place_picker.html"
    use_fieldset = False

    def __init__(self, attrs=None, *, level: str = "", former: bool = True, mine: bool = False, include: str = ""):
        super().__init__(attrs)
        self.level, self.former, self.mine, self.include = level, former, mine, include
        self.places = Place.objects.none()  # set by the field

    def value_from_datadict(self, data, files, name) -> Picked:
        return Picked(data.get(name) or "", (data.get(f"{name}_q") or "").strip())

    def value_omitted_from_data(self, data, files, name) -> bool:
        return name not in data and f"{name}_q" not in data

    def id_for_label(self, id_) -> str:
        return f"{id_}_q" if id_ else id_

    def format_value(self, value):
        return value

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        picked = value if isinstance(value, Picked) else Picked(str(getattr(value, "pk", value) or ""))
        shown = options(self.places, picked.text, chosen=picked.key) if picked.text else []
        if picked.key.isdecimal() and len(picked.key) < 19 and not any(option.chosen for option in shown):
            chosen = with_names_above(self.places).filter(pk=picked.key).first()
            if chosen:
                shown.insert(0, Option(chosen.pk, place_label(chosen), chosen.is_legacy, True))
        context["widget"] |= {
            "text": picked.text,
            "describedby": context["widget"]["attrs"].get("aria-describedby", ""),
            "options": shown,
            "include": self.include,
            "narrow": {"field": name, "level": self.level, "former": int(self.former), "mine": int(self.mine)},
        }
        return context


class PlaceChoiceField(forms.Field):
    """Choice of one place of `queryset`, by typing its name or code. Cleans to a Place (None when empty)."""

    widget = PlacePicker
    default_error_messages = {
        "required": _("Hãy chọn một địa bàn."),
        "gone": _("Địa bàn đã chọn không có hoặc không thuộc phạm vi của bạn. Hãy tìm và chọn lại."),
        "none": _(
            "Không tìm thấy địa bàn nào khớp “%(text)s”. Hãy gõ tên phường, xã, thêm tên tỉnh nếu cần,"
            " ví dụ: hòa hưng hcm."
        ),
        "many": _("Có nhiều địa bàn khớp “%(text)s”. Hãy chọn một trong danh sách bên dưới."),
    }

    def __init__(self, *, queryset=None, level: str = "", former: bool = True, mine: bool = False, **kwargs):
        kwargs.setdefault("label", _("Địa bàn"))
        kwargs.setdefault("help_text", _("Gõ tên, không cần dấu; ví dụ: hoa hung, p15 q10."))
        kwargs.setdefault("widget", PlacePicker(level=level, former=former, mine=mine))
        super().__init__(**kwargs)
        places = Place.objects.all() if queryset is None else queryset
        self.queryset = places.filter(level=level) if level else places

    @property
    def queryset(self):
        return self._queryset

    @queryset.setter
    def queryset(self, places):
        """Forms narrow it to what the person may choose; the widget offers the same."""
        self._queryset = self.widget.places = places

    def __deepcopy__(self, memo):
        field = super().__deepcopy__(memo)
        field.queryset = self._queryset.all()
        return field

    def clean(self, value) -> Place | None:
        picked = value if isinstance(value, Picked) else Picked(str(getattr(value, "pk", value) or ""))
        if picked.key:
            place = self._chosen(picked.key)
        elif picked.text:
            place = self._typed(picked.text)
        elif self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        else:
            return None
        self.run_validators(place)
        return place

    def has_changed(self, initial, data) -> bool:
        key = data.key if isinstance(data, Picked) else str(data or "")
        return str(getattr(initial, "pk", initial) or "") != key

    def _chosen(self, key: str) -> Place:
        # A key longer than a bigint is no key, and PostgreSQL would say so with an error.
        place = with_names_above(self.queryset).filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
        if place is None:
            raise ValidationError(self.error_messages["gone"], code="gone")
        return place

    def _typed(self, text: str) -> Place:
        """The one place meant by the text: the only match, or the only exact one."""
        found = list(search(with_names_above(self.queryset), text)[:2])
        if not found:
            raise ValidationError(self.error_messages["none"], code="none", params={"text": text})
        found = best(found)
        exact = [place for place in found if place.rank == 0 and not place.former]
        if len(found) == 1 or len(exact) == 1:
            return (exact or found)[0]
        raise ValidationError(self.error_messages["many"], code="many", params={"text": text})
