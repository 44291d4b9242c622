"""Evidence of a dossier: beside each criterion, handed in, shown to those in scope only, taken back."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.uploads import megabytes, most_bytes, small_picture
from recognition.choices import EvidenceKind
from recognition.domain.errors import RecognitionError
from recognition.domain.evidence import add_file, by_criterion, confirm, take_back
from recognition.forms.evidence import EvidenceForm, TakeBackForm
from recognition.models import Evidence, Registration
from recognition.rules import may_add_evidence
from recognition.views.scope import registration_or_404
from recognition.views.versions import asks_the_same

PREVIEW_EDGE = 320


@dataclass
class Line:
    """A heading, or a criterion with what was handed in and what was wrong with the last attempt."""

    criterion: object
    position: int = 0  # among the criteria: codes contain dots
    items: list = field(default_factory=list)
    confirmed: bool = False
    errors: list[str] = field(default_factory=list)
    note: str = ""


def request_limit() -> int:
    """Bytes one request may send, as set now."""
    return settings.EVIDENCE_MAX_REQUEST_BYTES


@most_bytes(request_limit)
@require_http_methods(["GET", "HEAD", "POST"])
def evidence_list(request, pk):
    """Every criterion with its evidence; whoever enters the self-score hands in more."""
    row = registration_or_404(request, pk)
    allowed = may_add_evidence(request.user, row)
    errors, form = [], None
    if request.method == "POST":
        if not allowed:
            raise PermissionDenied(allowed.reason)
        form = EvidenceForm(request.POST, {"files": request.FILES.getlist("files")})
        if not form.is_valid():
            errors = [text for texts in form.errors.values() for text in texts]
        elif not asks_the_same(request, row, form.cleaned_data["criterion"]):
            errors = [_asks_something_else(row, form.cleaned_data)]
        else:
            errors = _hand_in(request, row, form.cleaned_data)
        if not errors:
            code = row.rulebook.spec.leaf_codes.index(form.cleaned_data["criterion"])
            return redirect(reverse("recognition:evidence-list", args=[pk]) + f"#muc-{code}")
        row = registration_or_404(request, pk)  # it may have gone to other rules this very moment
    lines = _lines(row)
    typed = form.data.get("criterion", "")[:40] if form else ""
    beside = next((line for line in lines if line.criterion.is_leaf and line.criterion.code == typed), None)
    if beside is not None:
        beside.errors, beside.note = errors, form.data.get("note", "")[:300]
    context = {
        "row": row,
        "lines": lines,
        "errors": errors,
        "allowed": allowed,
        "files": sum(one.kind == EvidenceKind.FILE and not one.taken_back_at for line in lines for one in line.items),
        "most_files": settings.EVIDENCE_MAX_FILES,
        "most_mb": megabytes(settings.EVIDENCE_MAX_BYTES),
        "at_once_mb": megabytes(settings.EVIDENCE_MAX_REQUEST_BYTES),
        "most_bytes": settings.EVIDENCE_MAX_REQUEST_BYTES,
    }
    return render(request, "recognition/evidence_list.html", context, status=422 if errors else 200)


def _asks_something_else(row: Registration, data: dict) -> str:
    """The page was drawn by another version of the rules, whose criterion of this code asked something else."""
    text = _(
        "Hồ sơ vừa chuyển sang phiên bản %(version)d của bộ tiêu chí và mục %(code)s nay hỏi điều khác, nên chưa lưu "
        "minh chứng. Hãy đọc lại các mục dưới đây rồi gửi vào mục đúng."
    ) % {"version": row.rulebook.version, "code": data["criterion"]}
    if not data["note"]:
        return text
    typed = _("Ghi chú đã gõ: “%(note)s”.") % {"note": data["note"]}
    return f"{text} {typed}"


def _hand_in(request, row: Registration, data: dict) -> list[str]:
    """Keep each file that can be kept; the sentences about the others. Each file stands for itself."""
    common = {"actor": request.user, "registration": row, "criterion": data["criterion"], "note": data["note"]}
    errors, kept = [], 0
    if data["confirmed"]:
        try:
            confirm(**common)
        except RecognitionError as error:
            return [error.message]
        messages.success(request, _("Đã ghi xác nhận của chi hội ở mục %(code)s.") % {"code": data["criterion"]})
        return []
    if not data["files"]:
        return [_("Hãy chọn ảnh hoặc tệp trước khi gửi.")]
    for one in data["files"]:
        # One byte more than allowed is enough to be refused: a larger file is never read whole.
        try:
            add_file(name=one.name, data=one.read(settings.EVIDENCE_MAX_BYTES + 1), **common)
        except RecognitionError as error:
            errors.append(error.message)
        else:
            kept += 1
    if kept:
        said = ngettext("Đã lưu %(count)d tệp ở mục %(code)s.", "Đã lưu %(count)d tệp ở mục %(code)s.", kept)
        messages.success(request, said % {"count": kept, "code": data["criterion"]})
    return errors


def _lines(row: Registration) -> list[Line]:
    """Headings and criteria in reading order."""
    found = by_criterion(row)
    lines = []
    for _depth, criterion in row.rulebook.spec.walk():
        items = found.get(criterion.code, []) if criterion.is_leaf else []
        confirmed = any(one.kind == EvidenceKind.CONFIRMED_BY_BRANCH and not one.taken_back_at for one in items)
        position = row.rulebook.spec.leaf_codes.index(criterion.code) if criterion.is_leaf else 0
        lines.append(Line(criterion, position, items, confirmed))
    return lines


def with_evidence(lines: list, row: Registration, *, sent: bool = False) -> list:
    """Score sheet lines with the standing evidence of their criterion beside them, and the place to add more.

    `sent`: also photos that came by a one-time link and wait for an officer.
    """
    found = by_criterion(row)
    page = reverse("recognition:evidence-list", args=[row.pk])
    for line in lines:
        if line.criterion.is_leaf:
            line.evidence = [
                one
                for one in found.get(line.criterion.code, [])
                if not one.taken_back_at and (sent or one.kind != EvidenceKind.SENT)
            ]
            line.evidence_url = f"{page}#muc-{row.rulebook.spec.leaf_codes.index(line.criterion.code)}"
    return lines


@require_safe
def evidence_file(request, pk):
    """The file itself. Pictures are shown (they were drawn anew), documents only saved; never kept by the browser."""
    one = get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk)
    if not one.has_file:
        raise Http404
    try:
        stream = one.file.open("rb")
    except OSError as error:
        raise Http404 from error
    if one.is_picture and request.GET.get("co") == "nho":
        with stream:
            response = HttpResponse(small_picture(stream, PREVIEW_EDGE), content_type=one.content_type)
    else:
        response = FileResponse(
            stream, as_attachment=not one.is_picture, filename=one.name, content_type=one.content_type
        )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_take_back(request, pk):
    """Take evidence back with a reason."""
    one = get_object_or_404(
        Evidence.objects.visible_to(request.user).select_related("registration__rulebook", "registration__registrant"),
        pk=pk,
    )
    allowed = may_add_evidence(request.user, one.registration)
    if not allowed:
        raise PermissionDenied(allowed.reason)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            take_back(actor=request.user, evidence=one, reason=form.cleaned_data["reason"])
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã rút minh chứng; hồ sơ vẫn giữ dấu vết và lý do."))
            return redirect("recognition:evidence-list", one.registration_id)
    context = {"one": one, "row": one.registration, "form": form}
    return render(request, "recognition/evidence_take_back.html", context, status=422 if form.errors else 200)
