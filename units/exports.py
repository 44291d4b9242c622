"""Lists as Excel workbooks. Nothing in them can run: text is written as text, whatever it starts with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator

import xlsxwriter
from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Concat
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.language import in_official_language
from portal.lib.lists import heading_height, set_page
from portal.lib.tabular import guarded_format, heading_format, is_formula_like
from units.choices import CloseReason, Poverty

# Kept in a hidden first column: an edited list that is read in again finds its households by it.
IDENTITY_HEADING = gettext_lazy("Mã hộ (không sửa)")
HOUSEHOLD_COLUMNS = (
    (IDENTITY_HEADING, 12),
    (gettext_lazy("STT"), 6),
    (gettext_lazy("Họ và tên chủ hộ"), 30),
    (gettext_lazy("Địa chỉ"), 36),
    (gettext_lazy("Tổ"), 10),
    (gettext_lazy("Khu phố, thôn"), 18),
    (gettext_lazy("Số nhân khẩu"), 11),
    (gettext_lazy("Người lớn"), 11),
    (gettext_lazy("Học sinh"), 11),
    (gettext_lazy("Diện hộ"), 16),
    (gettext_lazy("Điện thoại"), 16),
    (gettext_lazy("Vào sổ từ ngày"), 14),
    (gettext_lazy("Ra khỏi sổ ngày"), 14),
    (gettext_lazy("Lý do ra khỏi sổ"), 24),
    (gettext_lazy("Ghi chú"), 30),
)
_FIELDS = (
    "pk",
    "name",
    "household__address",
    "household__group_name",
    "hamlet__name",
    "household__members",
    "household__adults",
    "household__pupils",
    "household__poverty",
    "household__phone",
    "opened_on",
    "closed_on",
    "close_reason",
    "note",
)


def household_rows(households: QuerySet) -> Iterator[list]:
    """Rows of the households list in the order of HOUSEHOLD_COLUMNS, read without holding them all."""
    poverty, reasons = dict(Poverty.choices), dict(CloseReason.choices)
    rows = households.values_list(*_FIELDS).iterator(chunk_size=2000)
    for number, (
        pk,
        name,
        address,
        group,
        hamlet,
        members,
        adults,
        pupils,
        poor,
        phone,
        since,
        until,
        why,
        note,
    ) in enumerate(rows, start=1):
        yield [
            pk,
            number,
            name,
            address,
            group,
            hamlet,
            members,
            adults,
            pupils,
            "" if poor in (None, Poverty.NONE) else str(poverty[poor]),
            phone,
            date_format(since, "SHORT_DATE_FORMAT"),
            date_format(until, "SHORT_DATE_FORMAT") if until else "",
            str(reasons.get(why, "")),
            note,
        ]


@in_official_language
def households_workbook(households: QuerySet):
    """An open temporary .xlsx file, at its beginning, of a queryset of household registrants."""
    return _workbook(_("Hộ gia đình"), HOUSEHOLD_COLUMNS, household_rows(households), hidden=1)


def registrants_workbook(sheet_name: str, columns: list[tuple], registrants: QuerySet, more: Iterable[tuple] = ()):
    """An open temporary .xlsx file of registrants of one kind; a hidden first column holds their keys.

    `columns`: (heading, width, function of the registrant). `more`: further sheets (name, columns, rows), the first
    column of each hidden.
    """
    head = [(_("Mã trong sổ (không sửa)"), 12), (_("STT"), 6), *(column[:2] for column in columns)]
    reasons = dict(CloseReason.choices)
    head += [(_("Vào sổ từ ngày"), 14), (_("Ra khỏi sổ ngày"), 14), (_("Lý do ra khỏi sổ"), 24), (_("Ghi chú"), 30)]

    def rows() -> Iterator[list]:
        for number, row in enumerate(registrants.iterator(chunk_size=2000), start=1):
            yield [
                row.pk,
                number,
                *(column[2](row) for column in columns),
                date_format(row.opened_on, "SHORT_DATE_FORMAT"),
                date_format(row.closed_on, "SHORT_DATE_FORMAT") if row.closed_on else "",
                str(reasons.get(row.close_reason, "")),
                row.note,
            ]

    return _workbook(sheet_name, head, rows(), hidden=1, more=more)


_FAR_WARD = Concat(
    "household__registrant__commune__name",
    Value(", "),
    "household__registrant__province__name",
    output_field=CharField(),
)


def family_sheet(memberships: QuerySet) -> tuple:
    """The sheet of families of a list of clans: a hidden key of the household, its clan, head, address and hamlet. Of
    one in another ward than its clan the ward is told and the address is not."""
    columns = [
        (IDENTITY_HEADING, 12),
        (_("STT"), 6),
        (_("Dòng họ"), 30),
        (_("Chủ hộ"), 30),
        (_("Địa chỉ"), 36),
        (_("Khu phố, thôn"), 18),
        (_("Phường, xã của hộ"), 26),
    ]
    near = Q(household__registrant__commune=F("clan__registrant__commune"))
    found = memberships.annotate(
        told_address=Case(When(near, then=F("household__address")), default=Value("")),
        told_ward=Case(When(near, then=Value("")), default=_FAR_WARD),
    ).values_list(
        "household",
        "clan__registrant__name",
        "household__registrant__name",
        "told_address",
        "household__registrant__hamlet__name",
        "told_ward",
    )
    rows = ([pk, number, *texts] for number, (pk, *texts) in enumerate(found.iterator(chunk_size=2000), start=1))
    return _("Gia đình"), columns, rows


def _workbook(
    sheet_name: str, columns: Iterable[tuple], rows: Iterable[list], *, hidden: int = 0, more: Iterable[tuple] = ()
):
    target = tempfile.TemporaryFile()  # noqa: SIM115  (the caller sends it and closes it)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        head, guarded = heading_format(book), guarded_format(book)
        for name, headings, lines in ((sheet_name, columns, rows), *more):
            _fill(book.add_worksheet(name[:31]), headings, lines, hidden, head, guarded)
    target.seek(0)
    return target


def _fill(sheet, columns: Iterable[tuple], rows: Iterable[list], hidden: int, head, guarded) -> None:
    columns = list(columns)
    set_page(sheet, heading=0)
    sheet.freeze_panes(1, hidden + 2)  # the names stay, too
    sheet.set_row(0, heading_height(*zip(*columns, strict=True)))
    for position, (heading, width) in enumerate(columns):
        sheet.set_column(position, position, width, None, {"hidden": position < hidden})
        sheet.write_string(0, position, str(heading), head)
    for number, row in enumerate(rows, start=1):
        for position, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, int):
                sheet.write_number(number, position, value)
            else:
                sheet.write_string(number, position, value, guarded if is_formula_like(value) else None)
