"""Form of the upload page."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.lib import years
from portal.lib.tabular import too_large
from units.choices import Level, RegistrantKind
from units.domain.importing.headings import IGNORED
from units.forms.registrants import CloseForm
from units.models import Place
from units.rules import REGISTER_KEEPERS, role_scope


class PlaceChoice(forms.ModelChoiceField):
    """A ward (its hamlets are told by the list) or one hamlet."""

    show_ward = False

    def label_from_instance(self, place: Place) -> str:
        if place.level == Level.COMMUNE:
            return _("Cả %(ward)s (khu phố, thôn theo danh sách)") % {"ward": place.name}
        return f"{place.name}, {place.commune.name}" if self.show_ward else place.name


class AbsentForm(CloseForm):
    """Those a list does not name, ticked to leave the register."""

    chosen = forms.TypedMultipleChoiceField(
        label=_("Chọn"), coerce=int, error_messages={"required": _("Hãy đánh dấu ít nhất một dòng.")}
    )

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = [(row.pk, row.name) for row in offered]


class HeadingsForm(forms.Form):
    """What headings mean that were not understood. Names: h-<n> for the n-th heading."""

    def __init__(self, *args, headings, known, meanings, **kwargs):
        super().__init__(*args, **kwargs)
        self.headings = list(headings)
        choices = [("", _("– Không dùng lần này –"))]
        choices += [(name, label) for name, label in meanings.items() if name not in known]
        choices.append((IGNORED, _("Luôn bỏ qua cột này")))
        for number, heading in enumerate(self.headings):
            self.fields[f"h-{number}"] = forms.ChoiceField(label=heading, required=False, choices=choices)

    def meanings(self) -> dict[str, str]:
        """Heading → chosen field."""
        return {heading: self.cleaned_data[f"h-{number}"] for number, heading in enumerate(self.headings)}


class ImportForm(forms.Form):
    """Which list, for which place and year."""

    place = PlaceChoice(queryset=Place.objects.none(), label=_("Nhập vào"), empty_label=None)
    year = forms.TypedChoiceField(label=_("Năm của danh sách"), coerce=int)
    register = forms.BooleanField(
        label=_("Đăng ký danh hiệu theo cột đăng ký"),
        help_text=_("Hộ có dấu x ở cột đăng ký được đăng ký Gia đình học tập của năm đã chọn."),
        required=False,
        initial=True,
    )
    file = forms.FileField(
        label=_("Tệp danh sách"),
        max_length=255,
        error_messages={
            "required": _("Hãy chọn tệp danh sách."),
            "empty": _("Tệp rỗng, không có dữ liệu. Hãy chọn lại tệp danh sách."),
            "invalid": _("Chưa nhận được tệp. Hãy chọn lại tệp danh sách."),
            "missing": _("Hãy chọn tệp danh sách."),
            "max_length": _("Tên tệp quá dài. Hãy đặt tên ngắn hơn."),
        },
    )

    def __init__(self, *args, user, kind=RegistrantKind.HOUSEHOLD, **kwargs):
        super().__init__(*args, **kwargs)
        if kind != RegistrantKind.HOUSEHOLD:
            del self.fields["register"]  # only households are registered by their list
        field = self.fields["place"]
        field.queryset = (
            Place.objects.filter(role_scope(user, REGISTER_KEEPERS).q(own=True))
            .filter(level__in=(Level.COMMUNE, Level.HAMLET))
            .current()
            .select_related("commune")
            # The ward first, then its hamlets as people count them.
            .order_by("level", "commune__sort_key", "sort_key", "pk")
        )
        field.show_ward = len({place.commune_id or place.pk for place in field.queryset}) > 1
        self.fields["year"].choices = [(year, str(year)) for year in years.allowed_years()]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(too_large(file.size, settings.IMPORT_MAX_BYTES))
        return file


class PasteForm(ImportForm):
    """Rows pasted on screen instead of a file: for which place and year."""

    file = None
