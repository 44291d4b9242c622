"""Closing the year: a place's report to sign and send, its versions, and who below has sent."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib import docx, paper
from portal.lib.language import in_official_language
from portal.lib.moments import moment
from portal.lib.redirects import onward
from portal.lib.text import fold
from recognition.choices import YEAR_REPORT_TONE, YearReportState
from recognition.domain import closing as verbs
from recognition.domain.errors import RecognitionError
from recognition.domain.report_parts import TEXT
from recognition.domain.report_text import draft_narrative
from recognition.exports import PDF_TYPE, XLSX_TYPE, reports_xlsx, row_texts
from recognition.forms.closing import ReturnForm, SignForm
from recognition.models import YearReport
from recognition.papers.year_reports import year_report_paper
from recognition.views.outcome import tell
from recognition.views.paper_files import DOCX_TYPE
from recognition.views.scope import own_places, own_tabs, place_or_404, year_of
from units.choices import Level
from units.rules import scope_of

LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)


def _place_url(place) -> str:
    return reverse("recognition:year-report-place", args=[place.pk])


@require_safe
def year_report_home(request):
    """The person's own place; those posted to the nation see every province."""
    for place in own_places(request.user):
        found = place.commune if place.level == Level.HAMLET else place
        if scope_of(request.user).covers(found):
            return onward(request, "recognition:year-report-place", found.pk)
        break
    if scope_of(request.user).everything:
        return _page(request, None)
    return render(request, "recognition/year_report_nowhere.html", {"year": year_of(request)})


@require_safe
def year_report_place(request, place_pk):
    """Versions of a place's report, what stands in its way, and who below has not sent."""
    return _page(request, place_or_404(request.user, place_pk, *LEVELS))


def _page(request, place):
    year = year_of(request)
    versions = (
        list(YearReport.objects.filter(place=place, year=year).defer("tables", "narrative").order_by("-version"))
        if place
        else []
    )
    below = verbs.places_below(place, year)
    wanted = request.GET.get("tinh-trang", "")
    counts = {state: sum(one.state == state for one in below) for state in ("", *YearReportState.values)}
    filters = [("", _("Tất cả"), len(below)), ("chua", _("Chưa gửi"), counts[""])]
    filters += [(state, YearReportState(state).label, counts[state]) for state in YearReportState.values]
    shown = [one for one in below if not wanted or one.state == ("" if wanted == "chua" else wanted)]
    context = {
        "place": place,
        "year": year,
        "versions": [(one, YEAR_REPORT_TONE[one.state]) for one in versions],
        "may_sign": place is not None and verbs.may_sign(request.user, place),
        "below": [(one, YEAR_REPORT_TONE.get(one.state, "muted")) for one in shown],
        "below_count": len(below),
        "missing": counts[""],
        "filters": [
            {
                "label": label,
                "count": count,
                "url": f"?nam={year}" + (f"&tinh-trang={key}" if key else ""),
                "active": key == wanted,
            }
            for key, label, count in filters
        ],
        "tabs": own_tabs(request.user, place, _place_url, *LEVELS),
    }
    return render(request, "recognition/year_report_place.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def year_report_sign(request, place_pk):
    """Look at every figure and finding, write the text, sign and send."""
    place = place_or_404(request.user, place_pk, *LEVELS)
    if not verbs.may_sign(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công ký báo cáo năm của %(place)s.") % {"place": place.name})
    year = year_of(request)
    if request.method == "POST":
        with transaction.atomic():  # looked at and signed under one lock: the tables are made once
            verbs.lock_signing(place)
            form, prepared, before = _sign_form(request, place, year)
            report = _signed(request, place, year, form, prepared)
        if report is not None:
            messages.success(request, _("Đã ký và gửi báo cáo năm %(year)d.") % {"year": year})
            return redirect("recognition:year-report-detail", report.pk)
    else:
        form, prepared, before = _sign_form(request, place, year)
    context = {
        "place": place,
        "year": year,
        "form": form,
        "prepared": prepared,
        "before": before,
        "notices": [one for _key, one in prepared.findings if one.level not in ("error", "warn")],
        "errors": [one for _key, one in prepared.errors],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/year_report_sign.html", context, status=status)


def _sign_form(request, place, year):
    """(form, prepared tables and findings, the version before)."""
    prepared = verbs.prepare(place, year)
    before = verbs.latest(place, year)
    outline = before.narrative if before else draft_narrative(place, year, prepared.tables)
    form = SignForm(request.POST or None, outline=outline, warnings=prepared.warnings, again=before is not None)
    return form, prepared, before


def _signed(request, place, year, form, prepared) -> YearReport | None:
    """The signed report; None with what stands against it on the form."""
    if not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        return verbs.sign_and_send(
            actor=request.user,
            place=place,
            year=year,
            signer_title=data["signer_title"],
            texts=form.texts(),
            explanations=form.explanations(),
            reason=data.get("reason", ""),
            prepared=prepared,
        )
    except RecognitionError as error:
        form.add_error(None, error.message)
        return None


def _report(request, pk) -> YearReport:
    rows = YearReport.objects.visible_to(request.user).select_related(
        "place__province", "place__district", "place__commune", "place__parent"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def year_report_detail(request, pk):
    """One signed version: text, findings with their reasons, every table as it was signed."""
    report = _report(request, pk)
    newest = verbs.latest(report.place, report.year)
    may_answer = (
        report.pk == newest.pk and report.state == YearReportState.SENT and verbs.may_answer(request.user, report.place)
    )
    context = {
        "report": report,
        "tone": YEAR_REPORT_TONE[report.state],
        "newest": newest if newest.pk != report.pk else None,
        "intact": verbs.is_intact(report),
        "tables": [_screen(verbs.thaw(kept, report.place)) for kept in report.tables.values()],
        "may_answer": may_answer,
        "return_form": ReturnForm() if may_answer else None,
        "facts": [
            (_("Bản"), report.version),
            (_("Lý do lập bản mới"), report.reason),
            (_("Người ký"), f"{report.signed_by_name} ({report.signer_title})"),
            (_("Ký lúc"), moment(report.signed_at)),
            (_("Trả lời"), f"{report.answered_by_name}, {moment(report.answered_at)}" if report.answered_at else ""),
            (_("Ghi chú") if report.state == YearReportState.ACCEPTED else _("Lý do trả lại"), report.answer_note),
            (_("Mã kiểm tra"), report.checksum[:16]),
        ],
    }
    return render(request, "recognition/year_report_detail.html", context)


def _screen(table) -> dict:
    def cells(row):
        return [
            {
                "text": text,
                "numeric": column.kind != TEXT,
                "is_name": column.key == "name",
                "title": column.title,
            }
            for column, text in zip(table.columns, row_texts(table, row), strict=True)
        ]

    return {
        "table": table,
        "rows": [cells(row) for row in table.rows],
        "total": cells(table.total) if table.total else None,
    }


@require_safe
def year_report_file(request, pk, kind):
    """The signed version as Word, PDF or Excel: always from what was frozen."""
    report = _report(request, pk)
    return _file(report, kind)


@in_official_language
def _file(report: YearReport, kind: str) -> HttpResponse:
    if kind == "xlsx":
        content, content_type = (
            reports_xlsx([verbs.thaw(one, report.place) for one in report.tables.values()]),
            XLSX_TYPE,
        )
    elif kind == "docx":
        content, content_type = docx.render(year_report_paper(report)), DOCX_TYPE
    else:
        content, content_type = paper.to_pdf(year_report_paper(report)), PDF_TYPE
    name = f"bao-cao-nam-{report.year}-{fold(report.place.name).replace(' ', '-')}-ban-{report.version}.{kind}"
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def year_report_accept(request, pk):
    """The level above takes the report."""
    return _answer(request, pk, accepted=True, done=_("Đã nhận báo cáo."))


@require_POST
def year_report_return(request, pk):
    """The level above sends the report back with the reason."""
    return _answer(request, pk, accepted=False, done=_("Đã trả lại báo cáo."))


def _answer(request, pk, *, accepted: bool, done: str):
    report = _report(request, pk)
    tell(request, done, verbs.answer, report=report, accepted=accepted, note=request.POST.get("note", ""))
    return redirect("recognition:year-report-detail", report.pk)
