"""Forms of places: search, one hamlet, many hamlets from pasted lines or an Excel list."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.tabular import Limits, Sheet, Unreadable, read_workbook
from portal.lib.text import clean, fold
from units.choices import AreaClass, HamletKind, Level
from units.domain.places import MAX_HAMLETS_AT_ONCE, NAME_LENGTH, HamletDraft, guess_kind, read_kind

NAME_HEADINGS = {
    "ten",
    "ten dia ban",
    "ten khu pho",
    "ten thon",
    "ten ap",
    "ten to dan pho",
    "ten khu pho thon",
    "khu pho thon",
    "khu pho",
    "thon",
}
KIND_HEADINGS = {"loai", "loai hinh", "loai dia ban"}
HEADINGS = NAME_HEADINGS | KIND_HEADINGS | {"", "stt", "tt", "so tt", "ma", "ghi chu"}
MOST_FAULTS = 5  # cells told one by one
LEVELS = [("", gettext_lazy("Mọi cấp")), *Level.choices]


class PlaceSearchForm(forms.Form):
    """Search of the places page."""

    q = forms.CharField(label=gettext_lazy("Tên hoặc mã"), required=False, max_length=200)
    level = forms.ChoiceField(label=gettext_lazy("Cấp"), choices=LEVELS, required=False)
    former = forms.ChoiceField(
        label=gettext_lazy("Thời gian"),
        required=False,
        choices=[("", gettext_lazy("Cả địa bàn cũ")), ("khong", gettext_lazy("Chỉ địa bàn hiện nay"))],
    )


class HamletForm(forms.Form):
    """One hamlet."""

    kind = forms.ChoiceField(label=gettext_lazy("Loại"), choices=HamletKind.choices)
    name = forms.CharField(
        label=gettext_lazy("Tên"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("Ví dụ: Khu phố 3. Gõ số 3 cũng được."),
        error_messages={"required": gettext_lazy("Cần ghi tên khu phố, thôn.")},
    )
    area_class = forms.ChoiceField(label=gettext_lazy("Khu vực"), choices=AreaClass.choices, initial=AreaClass.NORMAL)
    note = forms.CharField(label=gettext_lazy("Ghi chú"), max_length=300, required=False)


class HamletListForm(forms.Form):
    """Many hamlets: pasted lines or an Excel list with the columns Tên and Loại."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Loại, khi danh sách không ghi"), choices=HamletKind.choices, initial=HamletKind.KHU_PHO
    )
    lines = forms.CharField(
        label=gettext_lazy("Danh sách"),
        required=False,
        max_length=60_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=gettext_lazy("Mỗi dòng một tên. Dán từ Excel, Word, Zalo đều được; cột thứ hai (nếu có) là loại."),
    )
    file = forms.FileField(label=gettext_lazy("Hoặc chọn tệp Excel"), required=False)

    def clean(self) -> dict:
        data = super().clean()
        if self.errors:
            return data
        upload = data.get("file")
        if upload and clean(data.get("lines")):
            raise forms.ValidationError(_("Hãy dùng một cách thôi: dán danh sách hoặc chọn tệp."))
        rows, sheet = read_sheet(upload) if upload else (read_lines(data.get("lines", "")), None)
        drafts = drafts_of(rows, data["kind"], sheet)
        if not drafts:
            raise forms.ValidationError(_("Chưa có tên khu phố, thôn nào. Hãy dán danh sách hoặc chọn tệp."))
        if len(drafts) > MAX_HAMLETS_AT_ONCE:
            raise forms.ValidationError(
                _("Danh sách có %(count)d dòng; mỗi lần thêm được nhiều nhất %(most)d.")
                % {"count": len(drafts), "most": MAX_HAMLETS_AT_ONCE}
            )
        data["drafts"] = drafts
        return data


def read_lines(text: str) -> list[list[str]]:
    """Pasted lines as rows of cells: tabs, semicolons or vertical bars separate columns."""
    rows = []
    for line in text.splitlines():
        for mark in ("\t", ";", "|"):
            if mark in line:
                rows.append([clean(cell) for cell in line.split(mark)])
                break
        else:
            rows.append([clean(line)])
    return rows


def read_sheet(upload) -> tuple[list[list[str]], Sheet | None]:
    """Cells of the first visible sheet of an uploaded workbook, and that sheet. Raises ValidationError with a
    sentence."""
    limits = Limits(settings.IMPORT_MAX_BYTES, settings.IMPORT_MAX_UNZIPPED_BYTES, settings.IMPORT_MAX_ROWS)
    try:
        sheets, _hidden = read_workbook(upload.read(), upload.name, limits)
    except Unreadable as error:
        raise forms.ValidationError(str(error)) from error
    return ([[_cell(value) for value in row] for row in sheets[0].rows], sheets[0]) if sheets else ([], None)


def _cell(value) -> str:
    return clean(int(value)) if isinstance(value, float) and value.is_integer() else clean(value)


def drafts_of(rows: list[list[str]], kind: str, sheet: Sheet | None = None) -> list[HamletDraft]:
    """Rows as hamlets. A heading row tells the columns; without one the first text is the name, the next the kind.

    Raises ValidationError where a cell of `sheet` that is needed holds an error: it reads as empty, and the number in
    front of it would become a name.
    """
    name_at, kind_at, first = 0, 1, 0
    for position, row in enumerate(rows[:20]):
        folded = [fold(cell) for cell in row]
        known = {cell for cell in folded if cell in HEADINGS} - {""}
        # Real lists have more columns (number of households, head …): two known headings are enough.
        if known & NAME_HEADINGS and (len(known) > 1 or all(cell in HEADINGS for cell in folded)):
            name_at = next(at for at, cell in enumerate(folded) if cell in NAME_HEADINGS)
            kind_at = next((at for at, cell in enumerate(folded) if cell in KIND_HEADINGS), -1)
            first = position + 1
            break
    if sheet:
        labels = {name_at: _("Tên khu phố, thôn"), kind_at: _("Loại")} if first else {}
        asked = labels or dict.fromkeys(range(3), _("Tên khu phố, thôn"))
        places = sorted((row, column) for row, column in sheet.faults if row >= first and column in asked)
        if places:
            raise forms.ValidationError([sheet.fault_at(*place, asked[place[1]]) for place in places[:MOST_FAULTS]])
    drafts = []
    for number, row in enumerate(rows[first:], start=first + 1):
        if not first and len(row) > 1 and row[0].isdecimal() and fold(row[1]) and not read_kind(row[1]):
            row = row[1:]  # a column of running numbers in front
        name = row[name_at] if name_at < len(row) else ""
        if not name:
            continue
        written = row[kind_at] if 0 <= kind_at < len(row) else ""
        # An unknown word stays as it is: the plan says which line and why.
        drafts.append(HamletDraft(name, read_kind(written) or written or guess_kind(name, kind), number))
    return drafts
