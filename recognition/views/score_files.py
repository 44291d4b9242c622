"""The scoring grid of a hamlet as a file: downloaded, filled in, uploaded into the grid, looked at and saved there."""

from __future__ import annotations

from dataclasses import astuple

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.lib.tabular import Unreadable, read_workbook, too_large
from portal.lib.text import fold
from recognition import score_files as files
from recognition.choices import Action, State
from recognition.domain.measures.showing import given_points
from recognition.forms.assessing import grid_columns, read_grid_row
from recognition.papers.words import address_of
from recognition.rules import acting_scope
from recognition.scoring import needs_criteria, points_text
from recognition.views import scoring_grid
from recognition.views.assessments import area_of
from recognition.views.scope import model_of, place_or_404, year_of
from recognition.views.versions import ASKED, rows_of, version_of
from units.choices import Level
from units.domain.importing.batches import limits

LINES, KEPT_SECONDS = "refused-lines", 24 * 3600
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ScoreFileForm(forms.Form):
    """The filled-in grid."""

    file = forms.FileField(
        label=gettext_lazy("Bảng điểm đã điền"),
        error_messages={
            "required": gettext_lazy("Hãy chọn tệp bảng điểm."),
            "empty": gettext_lazy("Tệp rỗng, không có dữ liệu. Hãy chọn lại tệp bảng điểm."),
            "invalid": gettext_lazy("Chưa nhận được tệp. Hãy chọn lại tệp bảng điểm."),
            "missing": gettext_lazy("Hãy chọn tệp bảng điểm."),
        },
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > limits().max_bytes:
            raise forms.ValidationError(too_large(file.size, limits().max_bytes))
        return file


@require_http_methods(["GET", "HEAD", "POST"])
def score_file(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the upload page; ?tep=xlsx: the grid as a workbook. POST: the file's scores stand in the grid, not saved
    yet, wrong cells marked, lines that fit nowhere named with their reason."""
    place = place_or_404(request.user, pk, Level.HAMLET)
    year, model = year_of(request), model_of(request)
    found = scoring_grid.grid_registrations(request, place, year, model)
    back = f"{reverse('recognition:scoring-grid', args=[place.pk])}?nam={year}&model={model}"
    rulebook = version_of(request, found)
    if rulebook is None:
        return redirect(back)
    rows = rows_of(rulebook, found)
    back += f"&{ASKED}={rulebook.pk}" if len(rows) < len(found) else ""
    if not acting_scope(request.user, rulebook, Action.SELF_ASSESS, year).covers(place):
        raise PermissionDenied(_("Bạn không được phân công chấm điểm cho địa bàn này."))
    spec = rulebook.spec
    by_criterion = needs_criteria(spec) or request.GET.get("kieu") == "muc"
    back += "&kieu=muc" if by_criterion else ""
    grid = grid_columns(spec, by_criterion=by_criterion)
    columns = [files.Column(one.key, one.title, "" if one.condition else points_text(one.maximum)) for one in grid]
    given = given_points(rows)
    known = [_known(row, spec, grid, given.get(row.pk, {})) for row in rows]
    if request.GET.get("tep") == "xlsx":
        return _download(place, year, model, columns, known, spec)
    if request.method == "POST" and LINES in request.POST:
        return _refused(request, place, year, model, columns, spec)
    form = ScoreFileForm(request.POST, request.FILES) if request.method == "POST" else ScoreFileForm()
    context = {
        "place": place,
        "year": year,
        "model": model,
        "form": form,
        "back_url": back,
        "by_criterion": by_criterion,
    }
    if request.method == "POST" and form.is_valid():
        try:
            sheets, hidden = read_workbook(form.cleaned_data["file"].read(), form.cleaned_data["file"].name, limits())
            read = files.read_scores(sheets, columns, known, hidden)
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            return _in_grid(request, context, rows, rulebook, grid, given, read)
    return render(request, "recognition/score_file.html", context, status=422 if form.errors else 200)


def _known(row, spec, columns, given) -> files.Known:
    locked = scoring_grid.is_locked(row, spec)
    given = {} if locked else given
    return files.Known(
        row.pk,
        row.registrant.name,
        address_of(row.registrant),
        str(State(row.state).label),
        scoring_grid.kept_texts(row, spec, columns, given),
        locked=locked,
        given=frozenset(given),
    )


def _download(place, year, model, columns, known, spec) -> HttpResponse:
    guide = [
        _("Chỉ điền vào các ô màu vàng: điểm lẻ ghi 9,5; để trống nếu chưa chấm. Không sửa, không xóa cột ẩn."),
        _("Mục không áp dụng ghi chữ k; câu hỏi có hoặc không ghi c hoặc k."),
        _("Lưu tệp rồi tải lên ở trang “Chấm điểm theo bảng”; điểm hiện ra trong bảng để xem lại trước khi lưu."),
    ]
    if any(row.given for row in known):
        guide.append(_("Cột có bảng đổi ra điểm: máy tính điểm từ sổ, ô không tô màu, không cần điền."))
    title = f"{model.label} {year}, {place.name}: {spec.title}"
    return _book(files.write_scores(title, columns, known, guide), "bang-diem", place, year)


def _refused(request, place, year, model, columns, spec) -> HttpResponse:
    """The lines the page just named, given back as a workbook. They travel signed in the page: nothing is stored."""
    try:
        lines = [files.Refused(*one) for one in signing.loads(request.POST[LINES], salt=LINES, max_age=KEPT_SECONDS)]
    except signing.BadSignature:
        messages.error(request, _("Trang đã mở quá lâu nên không còn danh sách dòng không nhận. Hãy tải tệp lên lại."))
        return redirect(request.get_full_path())
    lines = [one for one in lines if len(one.texts) == len(columns)]
    guide = [
        _("Cột cuối nói vì sao dòng chưa được nhận. Sửa họ tên, địa chỉ hoặc điểm rồi tải chính tệp này lên lại."),
        _("Dòng không cần nữa thì xóa cả dòng. Hồ sơ đã chuyển bước thì không nhận điểm nữa."),
    ]
    title = f"{model.label} {year}, {place.name}: {spec.title}"
    return _book(files.write_refused(title, columns, lines, guide), "dong-khong-nhan", place, year)


def _book(content: bytes, kind: str, place, year: int) -> HttpResponse:
    name = f"{kind}-{fold(place.name).replace(' ', '-')}-{year}.xlsx"
    return HttpResponse(
        content,
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"},
    )


def _in_grid(request, context, rows, rulebook, columns, given, read: files.Read) -> HttpResponse:
    """The grid with the file's scores in their cells."""
    spec, wrong, filled = rulebook.spec, 0, 0
    grid = []
    for row in rows:
        texts = read.typed.get(row.pk)
        own = {} if scoring_grid.is_locked(row, spec) else given.get(row.pk, {})
        kept = scoring_grid.kept_texts(row, spec, columns, own)
        typed = None if texts is None else {f"v-{row.pk}-{n}": text for n, text in enumerate(texts)}
        line = scoring_grid.grid_row(row, spec, columns, given, typed=typed)
        grid.append(line)
        if texts is None or texts == kept:
            continue
        filled += 1
        read_grid_row(spec, area_of(row), line, columns)
        if line.has_error:
            wrong += 1
            line.error = _("Dòng %(row)d trong tệp.") % {"row": read.numbers[row.pk]} + (
                f" {line.error}" if line.error else ""
            )
    page = {
        "place": context["place"],
        "year": context["year"],
        "model": context["model"],
        "rulebook": rulebook,
        "by_criterion": context["by_criterion"],
        "action": context["back_url"],
        "list_url": "",
        "from_file": {
            "filled": filled,
            "same": len(read.typed) - filled,
            "empty": read.empty,
            "refused": read.refused,
            "lines": signing.dumps([astuple(one) for one in read.refused], salt=LINES, compress=True),
            "url": request.get_full_path(),
            "unused": read.unused,
            "notices": read.notices,
        },
    }
    return scoring_grid.grid_page(request, page, grid, spec, columns, wrong=wrong, status=422 if wrong else 200)
