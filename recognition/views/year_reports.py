"""Closing the year: a place's report to sign and send, its versions, and who below has sent."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.language import in_official_language
from portal.lib.moments import moment
from portal.lib.redirects import onward
from recognition.choices import YEAR_REPORT_TONE, YearReportState
from recognition.domain import closing as verbs
from recognition.domain.errors import RecognitionError
from recognition.domain.report_text import draft_narrative
from recognition.domain.reports_below import places_below
from recognition.forms.closing import ReturnForm, SignForm
from recognition.models import YearReport
from recognition.papers.reports import year_report_paper
from recognition.views import figure_links
from recognition.views.outcome import tell
from recognition.views.report_screens import file_response, screen, signature_facts, slug
from recognition.views.scope import own_places, own_tabs, place_or_404, year_of
from units.choices import Level
from units.rules import scope_of

HEADINGS, NEXT_YEAR = 6, 4  # of the outline; the one about targets to come
LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)


def _place_url(place) -> str:
    if place is None:
        return reverse("recognition:year-report-nation")
    return reverse("recognition:year-report-place", args=[place.pk])


def _sign_url(place, year: int) -> str:
    page = (
        reverse("recognition:year-report-sign", args=[place.pk])
        if place
        else reverse("recognition:year-report-sign-nation")
    )
    return f"{page}?nam={year}"


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
def year_report_nation(request):
    """Versions of the nation's report, for everybody; who of the provinces has sent, for those posted to the nation."""
    return _page(request, None)


@require_safe
def year_report_place(request, place_pk):
    """Versions of a place's report, what stands in its way, and who below has not sent."""
    return _page(request, place_or_404(request.user, place_pk, *LEVELS))


def _page(request, place):
    year = year_of(request)
    versions = YearReport.objects.filter(place=place, year=year).defer("tables", "narrative").order_by("-version")
    below = places_below(place, year) if place or scope_of(request.user).everything else []
    wanted = request.GET.get("tinh-trang", "")
    counts = {state: sum(one.state == state for one in below) for state in ("", *YearReportState.values)}
    filters = [("", _("Tất cả"), len(below)), ("chua", _("Chưa gửi"), counts[""])]
    states = [one for one in YearReportState.values if one != YearReportState.SIGNED]  # only the nation's is
    filters += [(state, YearReportState(state).label, counts[state]) for state in states]
    shown = [one for one in below if not wanted or one.state == ("" if wanted == "chua" else wanted)]
    context = {
        "place": place,
        "year": year,
        "versions": [(one, YEAR_REPORT_TONE[one.state]) for one in versions],
        "sign_url": _sign_url(place, year) if verbs.may_sign(request.user, place) else "",
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
    return _sign(request, place_or_404(request.user, place_pk, *LEVELS))


@require_http_methods(["GET", "HEAD", "POST"])
def year_report_sign_nation(request):
    """The same for the nation, whose report goes to nobody."""
    return _sign(request, None)


def _sign(request, place):
    if not verbs.may_sign(request.user, place):
        raise PermissionDenied(verbs.not_yours(place))
    year = year_of(request)
    if request.method == "POST":
        with transaction.atomic():  # looked at and signed under one lock: the tables are made once
            verbs.lock_signing(place)
            form, prepared, before = _sign_form(request, place, year)
            report = _signed(request, place, year, form, prepared)
        if report is not None:
            done = _("Đã ký và gửi báo cáo năm %(year)d.") if place else _("Đã ký báo cáo năm %(year)d của cả nước.")
            messages.success(request, done % {"year": year})
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
        "tables": [(one, figure_links.report(one.code, place.pk if place else None, year)) for one in prepared.tables],
        "back_url": _place_url(place),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/year_report_sign.html", context, status=status)


def _sign_form(request, place, year):
    """(form, prepared tables and findings, the version before)."""
    prepared = verbs.prepare(place, year)
    before = verbs.latest(place, year)
    outline = before.narrative if before else draft_narrative(place, year, prepared.tables)
    form = SignForm(
        request.POST or None,
        outline=outline,
        warnings=prepared.warnings,
        before=before.version if before else 0,
        hints=_hints(place, year, outline),
    )
    return form, prepared, before


def _hints(place, year, outline) -> list[str]:
    """What the person writes where the records have nothing to say, heading by heading."""
    # A version signed when the outline was another one may have fewer headings.
    empty = [not one["text"] for one in outline[:HEADINGS]] + [False] * (HEADINGS - len(outline))
    asked = _("Ghi kiến nghị, nếu có; để trống thì báo cáo in dấu ba chấm.")
    if place:  # nobody stands above the nation
        asked = _("Ghi kiến nghị với cấp trên, nếu có; để trống thì báo cáo in dấu ba chấm.")
    ahead = ""
    if empty[NEXT_YEAR]:
        words = _("Chưa có chỉ tiêu cho năm {year}. {link} rồi mở lại trang này để máy viết câu, hoặc tự viết ở đây.")
        link = format_html('<a href="{}">{}</a>', figure_links.targets(place, year + 1), _("Nhập chỉ tiêu"))
        ahead = format_html(words, year=year + 1, link=link)
    return [
        "",
        _("Chưa gửi văn bản nào cho cấp dưới trong năm; ghi văn bản đã ban hành ở nơi khác.") if empty[1] else "",
        "",
        _("Máy chỉ viết được số; nguyên nhân và bài học do người ký viết."),
        ahead,
        asked if empty[5] else "",
    ]


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
        "back_url": _place_url(report.place),
        "tone": YEAR_REPORT_TONE[report.state],
        "newest": newest if newest.pk != report.pk else None,
        "intact": verbs.is_intact(report),
        "tables": [screen(verbs.thaw(kept, report.place)) for kept in report.tables.values()],
        "may_answer": may_answer,
        "return_form": ReturnForm() if may_answer else None,
        "facts": [
            *signature_facts(report),
            (_("Trả lời"), f"{report.answered_by_name}, {moment(report.answered_at)}" if report.answered_at else ""),
            (_("Ghi chú") if report.state == YearReportState.ACCEPTED else _("Lý do trả lại"), report.answer_note),
            (_("Mã kiểm tra"), report.checksum[:16]),
        ],
    }
    return render(request, "recognition/year_report_detail.html", context)


@require_safe
@in_official_language
def year_report_file(request, pk, kind):
    """The signed version as Word, PDF or Excel: always from what was frozen."""
    report = _report(request, pk)
    return file_response(
        kind,
        f"bao-cao-nam-{report.year}-{slug(report.place)}-ban-{report.version}",
        [verbs.thaw(one, report.place) for one in report.tables.values()],
        lambda: year_report_paper(report),
    )


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
