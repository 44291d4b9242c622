"""Forms of places: search, one hamlet, many hamlets from pasted lines or an Excel list."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.tables import make_unicode, not_read, two_columns, with_hidden
from portal.lib.tabular import Limits, Sheet, Unreadable, read_workbook
from portal.lib.text import clean, fold
from units.choices import AreaClass, HamletKind, Level
from units.domain.importing.merged import Merged
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
        if upload:
            sheet, data["notices"], hidden = read_sheet(upload)
        else:
            sheet, hidden = Sheet("", read_lines(data.get("lines", ""))), []
            data["notices"] = list(filter(None, [make_unicode([sheet])]))
        drafts = drafts_of(sheet, data["kind"])
        if not drafts:
            text = _("Chưa có tên khu phố, thôn nào. Hãy dán danh sách hoặc chọn tệp.")
            raise forms.ValidationError(with_hidden(text, hidden))
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


def read_sheet(upload) -> tuple[Sheet, list[str], list[str]]:
    """The first visible sheet of an uploaded workbook that says anything, its cells as text; what is to be said about
    the file; names of hidden sheets. Raises ValidationError with a sentence."""
    limits = Limits(settings.IMPORT_MAX_BYTES, settings.IMPORT_MAX_UNZIPPED_BYTES, settings.IMPORT_MAX_ROWS)
    try:
        sheets, hidden = read_workbook(upload.read(), upload.name, limits)
    except Unreadable as error:
        raise forms.ValidationError(str(error)) from error
    converted = make_unicode(sheets)
    for sheet in sheets:
        sheet.rows = [[_cell(value) for value in row] for row in sheet.rows]
    filled = [sheet for sheet in sheets if sheet.faults or any(map(any, sheet.rows))] or [Sheet("", [])]
    told = [converted] if converted else []
    return filled[0], told + not_read(filled[0], filled[1:], hidden), hidden


def _cell(value) -> str:
    return clean(int(value)) if isinstance(value, float) and value.is_integer() else clean(value)


def drafts_of(sheet: Sheet, kind: str) -> list[HamletDraft]:
    """Rows as hamlets. A heading row tells the columns; without one the first text is the name, the next the kind.

    Raises ValidationError where a heading names two columns, or a cell that is needed holds an error: it reads as
    empty, and the number in front of it would become a name.
    """
    rows = sheet.rows
    name_at, kind_at, first = 0, 1, 0
    for position, row in enumerate(rows[:20]):
        folded = [fold(cell) for cell in row]
        known = {cell for cell in folded if cell in HEADINGS} - {""}
        # Real lists have more columns (number of households, head …): two known headings are enough.
        if known & NAME_HEADINGS and (len(known) > 1 or all(cell in HEADINGS for cell in folded)):
            name_at = next(at for at, cell in enumerate(folded) if cell in NAME_HEADINGS)
            kind_at = next((at for at, cell in enumerate(folded) if cell in KIND_HEADINGS), -1)
            first = position + 1
            for known, label in ((NAME_HEADINGS, _("Tên khu phố, thôn")), (KIND_HEADINGS, _("Loại"))):
                same = [at for at, cell in enumerate(folded) if cell in known]
                if len(same) > 1:
                    raise forms.ValidationError(str(two_columns(sheet, label, row[same[0]], row[same[1]])))
            break
    labels = {name_at: _("Tên khu phố, thôn"), kind_at: _("Loại")} if first else {}
    asked = labels or dict.fromkeys(range(3), _("Tên khu phố, thôn"))
    places = sorted((row, column) for row, column in sheet.faults if row >= first and column in asked)
    if places:
        raise forms.ValidationError([sheet.fault_at(*place, asked[place[1]]) for place in places[:MOST_FAULTS]])
    merged = Merged(sheet, {"kind": kind_at, "name": name_at} if first else {}, first, {"name"})
    drafts = []
    for number, row in enumerate(rows[first:], start=first + 1):
        merged.fill(row, number - 1)
        if not first and len(row) > 1 and row[0].isdecimal() and fold(row[1]) and not read_kind(row[1]):
            row = row[1:]  # a column of running numbers in front
        name = (
            row[name_at][: NAME_LENGTH + 1] if name_at < len(row) else ""
        )  # what is too long is told, not shown whole
        if not name:
            continue
        written = row[kind_at] if 0 <= kind_at < len(row) else ""
        # An unknown word stays as it is: the plan says which line and why.
        drafts.append(HamletDraft(name, read_kind(written) or written or guess_kind(name, kind), number))
    return drafts
