"""What every door that takes a table asks of its sheets, beside the reader's own refusals: text in a code page from
before Unicode, two columns of one meaning, sheets that are not read. Each is a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from portal.lib import legacy_text
from portal.lib.tabular import Sheet, Unreadable

LOOKED_AT = 2000  # rows of a sheet that tell its code page


def make_unicode(sheets: Sequence[Sheet]) -> str:
    """Turn sheets in a code page from before Unicode into Unicode, cell by cell; the notice that says so, or ""."""
    cells = {value for sheet in sheets for row in sheet.rows[:LOOKED_AT] for value in row if isinstance(value, str)}
    page = legacy_text.code_page(cells)
    if not page:
        return ""
    whole = legacy_text.is_whole(cells)
    count = 0
    for sheet in sheets:
        for row in sheet.rows:
            for position, value in enumerate(row):
                if isinstance(value, str) and (text := legacy_text.to_unicode(value, page, whole=whole)) != value:
                    row[position] = text
                    count += 1
    return _("Tệp dùng bảng mã cũ %(page)s; đã chuyển %(count)d ô sang Unicode. Hãy xem kỹ họ tên và địa chỉ.") % {
        "page": page,
        "count": count,
    }


def two_columns(sheet: Sheet, label: object, first: object, second: object) -> Unreadable:
    """The refusal of a heading that names two columns: nobody knows which one is meant."""
    return Unreadable(
        _("Trang tính “%(sheet)s” có hai cột cùng nghĩa “%(field)s”: “%(first)s” và “%(second)s”. "
          "Hãy xóa hoặc đổi tên một cột rồi tải lên.")
        % {"sheet": sheet.name[:60], "field": label, "first": str(first)[:60], "second": str(second)[:60]}
    )  # fmt: skip


def quoted(names: Iterable[str]) -> str:
    """“Trang 1”, “Trang 2”; a dash for none."""
    return ", ".join(f"“{name[:40]}”" for name in names) or "–"


def not_read(sheet: Sheet, others: Iterable[Sheet], hidden: Sequence[str]) -> list[str]:
    """Notices of a door that reads one sheet: other sheets that hold such a table too, and hidden ones."""
    told, names = [], [one.name for one in others]
    if names:
        text = _("Chỉ đọc trang tính “%(sheet)s”. Chưa đọc: %(names)s; hãy tải lên từng trang tính một.")
        told.append(text % {"sheet": sheet.name, "names": quoted(names)})
    if hidden:
        told.append(_("Bỏ qua trang tính ẩn: %(names)s.") % {"names": quoted(hidden)})
    return told


def with_hidden(sentence: str, hidden: Sequence[str]) -> str:
    """A refusal, with what may be its reason: sheets that somebody has hidden are not read."""
    if not hidden:
        return sentence
    text = _("Trang tính ẩn không được đọc: %(names)s. Nếu danh sách ở đó, hãy bỏ ẩn trang tính rồi tải lên.")
    return f"{sentence} {text % {'names': quoted(hidden)}}"
