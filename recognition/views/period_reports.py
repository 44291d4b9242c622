"""Signed summaries of several years: sign the saved text with its figures, read and download what was signed."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.language import in_official_language
from recognition.domain.closing import is_intact, may_sign, thaw
from recognition.domain.errors import RecognitionError
from recognition.domain.summaries import period as periods
from recognition.domain.summaries import signing as verbs
from recognition.forms.closing import SignPeriodForm
from recognition.forms.summaries import PeriodForm
from recognition.models import PeriodReport
from recognition.papers.reports import period_report_paper
from recognition.views.report_screens import file_response, screen, signature_facts, slug
from recognition.views.scope import place_or_404, year_of
from recognition.views.summaries import LEVELS, period_url
from units.models import Place


@require_http_methods(["GET", "HEAD", "POST"])
def summary_sign(request, place_pk):
    """Look at text, tables and findings of a period, and sign."""
    return _sign(request, place_or_404(request.user, place_pk, *LEVELS))


@require_http_methods(["GET", "HEAD", "POST"])
def summary_sign_nation(request):
    """The same for the nation."""
    return _sign(request, None)


def _sign(request, place: Place | None) -> HttpResponse:
    if not may_sign(request.user, place):
        raise PermissionDenied(verbs.not_yours(place))
    years = PeriodForm(request.GET)
    first, last = (
        (years.cleaned_data["first"], years.cleaned_data["last"])
        if years.is_valid()
        else periods.usual_period(year_of(request))
    )
    back = period_url(place, first, last)
    with transaction.atomic():
        if request.method == "POST":
            periods.lock(place)  # looked at and signed under one lock: the figures are made once
        try:
            prepared = verbs.prepare(place, first, last)
        except RecognitionError:
            return redirect(back)
        if prepared.text is None:
            messages.error(request, _("Chưa ai lưu phần lời của giai đoạn này. Hãy sửa và lưu phần lời trước khi ký."))
            return redirect(back)
        before = verbs.versions(place, first, last).first()
        form = _form(request, prepared, before)
        report = _signed(request, form, prepared) if request.method == "POST" else None
    if report is not None:
        messages.success(request, _("Đã ký báo cáo tổng kết."))
        return redirect("recognition:summary-report", report.pk)
    context = {
        "place": place,
        "first": first,
        "last": last,
        "form": form,
        "prepared": prepared,
        "before": before,
        "errors": [one for _key, one in prepared.errors],
        "notices": [one for _key, one in prepared.findings if one.level not in ("error", "warn")],
        "tables": [screen(table) for table in prepared.tables],
        "back_url": back,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/period_report_sign.html", context, status=status)


def _form(request, prepared: verbs.Prepared, before: PeriodReport | None) -> SignPeriodForm:
    initial = {"text_version": prepared.text.version}
    if prepared.text.signer_title:
        initial["signer_title"] = prepared.text.signer_title
    newest = before.version if before else 0
    return SignPeriodForm(request.POST or None, warnings=prepared.warnings, before=newest, initial=initial)


def _signed(request, form: SignPeriodForm, prepared: verbs.Prepared) -> PeriodReport | None:
    """The signed report; None with what stands against it on the form."""
    if not form.is_valid():
        return None
    data, years = form.cleaned_data, prepared.period.years
    try:
        return verbs.sign_summary(
            actor=request.user,
            place=prepared.place,
            first=years[0],
            last=years[-1],
            signer_title=data["signer_title"],
            text_version=data["text_version"],
            reason=data.get("reason", ""),
            explanations=form.explanations(),
            prepared=prepared,
        )
    except RecognitionError as error:
        form.add_error(None, error.message)
        return None


def _report(request, pk) -> PeriodReport:
    rows = PeriodReport.objects.visible_to(request.user).select_related(
        "place__province", "place__district", "place__commune", "place__parent"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def summary_report(request, pk):
    """One signed version: text, findings with their reasons, every table as it was signed."""
    report = _report(request, pk)
    newest = verbs.versions(report.place, report.year_from, report.year_to).first()
    context = {
        "report": report,
        "place": report.place,
        "newest": newest if newest.pk != report.pk else None,
        "intact": is_intact(report),
        "tables": [screen(thaw(kept, report.place)) for kept in report.tables.values()],
        "back_url": period_url(report.place, report.year_from, report.year_to),
        "facts": [*signature_facts(report), (_("Mã kiểm tra"), report.checksum[:16])],
    }
    return render(request, "recognition/period_report.html", context)


@require_safe
@in_official_language
def summary_report_file(request, pk, kind):
    """The signed version as Word, PDF or Excel: always from what was frozen."""
    report = _report(request, pk)
    return file_response(
        kind,
        f"tong-ket-{report.year_from}-{report.year_to}-{slug(report.place)}-ban-{report.version}",
        [thaw(one, report.place) for one in report.tables.values()],
        lambda: period_report_paper(report),
    )
