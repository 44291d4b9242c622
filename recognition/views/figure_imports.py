"""Declared figures and targets from Excel: template, preview, refused rows with their reasons, saving."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.tabular import Unreadable, too_large
from portal.lib.text import fold
from recognition import figure_sheets as sheets
from recognition.domain.figure_importing import Taken, take_figures, take_targets, template_lines
from recognition.exports import XLSX_TYPE
from recognition.figure_sheets import FilledRow
from recognition.forms.registering import ReasonField
from recognition.rules import may_declare, may_set_targets
from recognition.views import figure_links
from recognition.views.scope import place_or_404, year_of

form_methods = require_http_methods(["GET", "HEAD", "POST"])
SALT = "recognition.figure-imports"
MOST_SHOWN = 300
VERDICTS = {
    "new": (gettext_lazy("Thêm mới"), "success"),
    "changed": (gettext_lazy("Sẽ sửa"), "warning"),
    "same": (gettext_lazy("Không đổi"), "neutral"),
}
KINDS = {"figures": take_figures, "targets": take_targets}


class UploadForm(forms.Form):
    """A filled-in file, and the reason for what it corrects or what is unusual in it."""

    file = forms.FileField(label=gettext_lazy("Tệp đã điền"), required=False)
    reason = ReasonField(
        label=gettext_lazy("Lý do sửa, giải thích cảnh báo"),
        required=False,
        help_text=gettext_lazy("Chỉ cần khi tệp sửa số đã có, hoặc có cảnh báo mà số vẫn đúng."),
        widget=forms.TextInput,
    )


def _place(request, place_pk, kind: str):
    place = place_or_404(request.user, place_pk)
    may = may_declare if kind == "figures" else may_set_targets
    if not may(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công nhập số liệu của %(place)s.") % {"place": place.name})
    return place


@require_safe
def declared_template(request, place_pk):
    """The workbook to fill in, with the places below."""
    return _template(request, _place(request, place_pk, "figures"), "figures")


@require_safe
def target_template(request, place_pk):
    """The workbook of targets to fill in, with the places below."""
    return _template(request, _place(request, place_pk, "targets"), "targets")


def _template(request, place, kind: str) -> HttpResponse:
    year = year_of(request)
    content = sheets.template(kind, template_lines(kind, place, year))
    return _file(content, f"{'mau-so-lieu' if kind == 'figures' else 'mau-chi-tieu'}-{year}-{fold(place.name)}")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name.replace(" ", "-")}.xlsx"'
    return response


@form_methods
def declared_import(request, place_pk):
    """Declared figures of a place and those below it from a file."""
    return _import(request, _place(request, place_pk, "figures"), "figures")


@form_methods
def target_import(request, place_pk):
    """Targets of a place and those below it from a file."""
    return _import(request, _place(request, place_pk, "targets"), "targets")


def _import(request, place, kind: str):
    year = year_of(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    taken, payload, notices = None, "", []
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        rows, versions = _rows(request, form, place, kind, notices)
        if rows is not None and "loi" in request.POST:
            found = KINDS[kind](actor=request.user, place=place, rows=rows, reason=reason, preview=True)
            return _file(sheets.refused_book(kind, found.refused), f"dong-chua-nhan-{fold(place.name)}")
        if rows is not None and "luu" in request.POST:
            taken = KINDS[kind](actor=request.user, place=place, rows=rows, reason=reason, versions=versions)
            if not taken.refused:
                messages.success(request, _done(taken))
                return redirect(_back(place, kind, year))
            messages.warning(request, _done(taken))
        if rows is not None:
            taken = KINDS[kind](actor=request.user, place=place, rows=rows, reason=reason, preview=True)
            kept = {
                "place": place.pk,
                "kind": kind,
                "rows": [[row.number, row.cells] for row in rows],
                "versions": taken.versions,
            }
            payload = signing.dumps(kept, salt=SALT, compress=True)
    context = {
        "place": place,
        "year": year,
        "kind": kind,
        "form": form,
        "taken": taken,
        "payload": payload,
        "notices": notices,
        "lines": [(name, what, *VERDICTS[verdict]) for name, what, verdict in (taken.lines if taken else [])][
            :MOST_SHOWN
        ],
        "refused": [(row.number, _shown(row, kind), why) for row, why in (taken.refused if taken else [])][:MOST_SHOWN],
        "template_url": reverse(
            "recognition:declared-template" if kind == "figures" else "recognition:target-template", args=[place.pk]
        ),
        "back_url": _back(place, kind, year),
    }
    status = 422 if request.method == "POST" and not taken else 200
    return render(request, "recognition/figure_import.html", context, status=status)


def _rows(request, form, place, kind: str, notices: list[str]) -> tuple[list[FilledRow] | None, dict | None]:
    """Rows of the chosen file (with `notices` about it), or of the preview the person is answering; None with an error
    on the form."""
    upload = form.cleaned_data["file"]
    if upload is None:
        try:
            kept = signing.loads(request.POST.get("rows", ""), salt=SALT, max_age=24 * 3600)
        except signing.BadSignature:
            form.add_error("file", _("Hãy chọn tệp đã điền."))
            return None, None
        if (kept["place"], kept["kind"]) != (place.pk, kind):
            form.add_error("file", _("Hãy chọn tệp đã điền."))
            return None, None
        return [FilledRow(number, cells) for number, cells in kept["rows"]], kept["versions"]
    if upload.size > sheets.LIMITS.max_bytes:
        form.add_error("file", too_large(upload.size, sheets.LIMITS.max_bytes))
        return None, None
    try:
        return sheets.read_sheet(upload.read(), upload.name, kind, notices), None
    except Unreadable as error:
        form.add_error("file", str(error))
        return None, None


def _done(taken: Taken) -> str:
    return _("Thêm mới %(new)d, sửa %(changed)d, không đổi %(same)d, chưa nhận %(refused)d dòng.") % {
        "new": taken.new,
        "changed": taken.changed,
        "same": taken.same,
        "refused": len(taken.refused),
    }


def _back(place, kind: str, year: int) -> str:
    if kind == "targets":
        return figure_links.targets(place, year)
    name = "recognition:declared-owing" if place.child_level else "recognition:declared-place"
    return f"{reverse(name, args=[place.pk])}?nam={year}"


def _shown(row: FilledRow, kind: str) -> str:
    names = (
        ("place_name", "model", "group", "measure", "value")
        if kind == "figures"
        else ("scope_name", "model", "measure", "year", "percent")
    )
    return " · ".join(row.cells[name][:60] for name in names if row.cells.get(name))
