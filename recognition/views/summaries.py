"""Summaries of several years, of the citizen pilot and of inspections: on screen, as Excel, Word and PDF.

Figures are open like those of all tables; the text of a period is its place's own.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.language import in_official_language
from portal.lib.redirects import onward
from recognition.choices import LearningModel
from recognition.domain.closing import may_sign
from recognition.domain.errors import RecognitionError
from recognition.domain.report_parts import Report
from recognition.domain.summaries import period as verbs
from recognition.domain.summaries.citizens import citizen_tables
from recognition.domain.summaries.inspected import inspection_tables, models_at, sentence
from recognition.domain.summaries.period_tables import period_tables
from recognition.domain.summaries.signing import versions
from recognition.forms.summaries import PeriodForm, SummaryForm
from recognition.papers.reports import period_title, report_paper
from recognition.views.figure_links import may_open_lists
from recognition.views.report_screens import FILES, file_response, screen, slug
from recognition.views.scope import own_places, place_or_404, year_of
from units.choices import Level
from units.models import Place

LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
ICONS = {"xlsx": "file-earmark-spreadsheet", "docx": "file-earmark-word", "pdf": "file-earmark-pdf"}
WORDS = {"xlsx": "Excel", "docx": "Word", "pdf": "PDF"}


@require_safe
def summary_home(request):
    """The summary of the person's own place; others choose one."""
    for place in own_places(request.user):
        found = place.commune if place.level == Level.HAMLET else place
        return onward(request, "recognition:summary-period", found.pk)
    provinces = Place.objects.current().filter(level=Level.PROVINCE).order_by("sort_key", "pk")
    return render(request, "recognition/summary_home.html", {"places": provinces})


def _place(place_pk) -> Place:
    return get_object_or_404(Place.objects.select_related("province", "district", "commune", "parent"), pk=place_pk)


def _tabs(place: Place, active: str, year: int) -> list[dict]:
    pages = (
        ("summary-period", _("Tổng kết giai đoạn")),
        ("summary-citizens", _("Công dân học tập")),
        ("summary-inspection", _("Kết quả kiểm tra")),
    )
    return [
        {
            "label": label,
            "url": reverse(f"recognition:{name}", args=[place.pk]) + f"?nam={year}",
            "active": name == active,
        }
        for name, label in pages
    ]


def _files(url: str, **query) -> list[dict]:
    return [
        {"url": f"{url}?{urlencode({**query, 'tep': kind})}", "label": WORDS[kind], "icon": ICONS[kind]}
        for kind in FILES
    ]


# --- Several years


def _years(request) -> tuple[PeriodForm, tuple[int, int] | None]:
    """The period of the address (?first=&last=), None when that is none; an address without asks for the five years
    that end with the year of the switch."""
    if "first" not in request.GET and "last" not in request.GET:
        first, last = verbs.usual_period(year_of(request))
        return PeriodForm(initial={"first": first, "last": last}), (first, last)
    form = PeriodForm(request.GET)
    return form, (form.cleaned_data["first"], form.cleaned_data["last"]) if form.is_valid() else None


def _built(place: Place | None, years: tuple[int, int] | None) -> verbs.Period:
    """The figures. Raises RecognitionError for years that make no period."""
    if years is None:
        raise RecognitionError(verbs.no_period())
    return verbs.build_period(place, *years)


def _page_of(request, place: Place | None) -> str:
    """The page of the same years, which says what is wrong with them."""
    query = request.GET.copy()
    query.pop("tep", None)
    return f"{_url(place)}?{query.urlencode()}"


def _url(place: Place | None) -> str:
    return _address("summary-period", place)


def _address(name: str, place: Place | None) -> str:
    return reverse(f"recognition:{name}", args=[place.pk]) if place else reverse(f"recognition:{name}-nation")


def period_url(place: Place | None, first: int, last: int) -> str:
    """The page of a period."""
    return f"{_url(place)}?{urlencode({'first': first, 'last': last})}"


def edit_url(place: Place | None, first: int, last: int) -> str:
    """Where its text is edited."""
    return f"{_address('summary-edit', place)}?{urlencode({'first': first, 'last': last})}"


def sign_url(place: Place | None, first: int, last: int) -> str:
    """Where it is signed."""
    return f"{_address('summary-sign', place)}?{urlencode({'first': first, 'last': last})}"


def _text_for(user, place: Place | None, first: int, last: int):
    """The saved text for people whose postings cover the place; others see the sentences of the figures."""
    return verbs.saved_summary(place, first, last) if may_open_lists(user, place) else None


@require_safe
def summary_period(request, place_pk):
    """Figures of several years with the text; ?tep=xlsx, docx or pdf gives them as a file."""
    return _period(request, _place(place_pk))


@require_safe
def summary_period_nation(request):
    """The same of the whole nation, also by province."""
    return _period(request, None)


def _period(request, place: Place | None) -> HttpResponse:
    kind = request.GET.get("tep", "")
    if kind in FILES:
        return _period_file(request, place, kind)
    form, years = _years(request)
    first, last = years or (None, None)
    context = {
        "place": place,
        "place_name": place.name if place else _("Cả nước"),
        "year": last or year_of(request),
        "first": first,
        "last": last,
        "form": form,
        "tabs": _tabs(place, "summary-period", last or year_of(request)) if place else [],
        "tables": [],
    }
    try:
        period = _built(place, years)
    except RecognitionError as error:
        context["problem"] = error.message
        return render(request, "recognition/summary_period.html", context, status=422)
    saved = _text_for(request.user, place, first, last)
    context |= {
        "tables": [screen(table) for table in period_tables(period)],
        "sections": saved.sections if saved else verbs.draft_sections(period),
        "saved": saved,
        "files": _files(_url(place), first=first, last=last),
        "edit_url": edit_url(place, first, last) if verbs.may_write(request.user, place) else "",
        "sign_url": sign_url(place, first, last) if saved and may_sign(request.user, place) else "",
        "versions": versions(place, first, last).visible_to(request.user),
    }
    return render(request, "recognition/summary_period.html", context)


@in_official_language
def _period_file(request, place: Place | None, kind: str) -> HttpResponse:
    try:
        period = _built(place, _years(request)[1])
    except RecognitionError:
        return redirect(_page_of(request, place))
    first, last = period.first, period.last
    saved = _text_for(request.user, place, first, last)
    tables = period_tables(period)
    return file_response(
        kind,
        f"tong-ket-{first}-{last}-{slug(place)}",
        tables,
        lambda: report_paper(
            place,
            period_title(first, last),
            saved.sections if saved else verbs.draft_sections(period),
            tables,
            signer=saved.signer if saved else "",
            signer_title=saved.signer_title if saved else "",
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def summary_edit(request, place_pk):
    """Edit the text of a period; sentences of the figures as they stand now are shown beside what was saved."""
    return _edit(request, place_or_404(request.user, place_pk, *LEVELS))


@require_http_methods(["GET", "HEAD", "POST"])
def summary_edit_nation(request):
    """The same for the nation."""
    return _edit(request, None)


def _edit(request, place: Place | None) -> HttpResponse:
    if not verbs.may_write(request.user, place):
        raise PermissionDenied(verbs.not_yours(place))
    try:
        period = _built(place, _years(request)[1])
    except RecognitionError:
        return redirect(_page_of(request, place))
    fresh, first, last = verbs.draft_sections(period), period.first, period.last
    back = period_url(place, first, last)
    saved = verbs.saved_summary(place, first, last)
    sections = saved.sections if saved else fresh
    initial = {"version": saved.version if saved else 0}
    if saved:
        initial |= {"signer": saved.signer, "signer_title": saved.signer_title}
    form = SummaryForm(request.POST or None, sections=sections, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            verbs.save_summary(
                actor=request.user,
                place=place,
                first=first,
                last=last,
                sections=form.texts(),
                signer=data["signer"],
                signer_title=data["signer_title"],
                version=data["version"],
            )
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã lưu báo cáo tổng kết."))
            return redirect(back)
    context = {
        "place": place,
        "place_key": place.pk if place else "nation",
        "first": first,
        "last": last,
        "form": form,
        "back_url": back,
        "fresh": [one for one in fresh if one["text"]] if saved else [],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/summary_edit.html", context, status=status)


# --- One year: citizens, inspections


@require_safe
def summary_citizens(request, place_pk):
    """Citizens by group, organisation and place in a year; ?tep= as a file."""
    place, year = _place(place_pk), year_of(request)
    return _one_year(
        request,
        place,
        year,
        page="summary-citizens",
        title=_("Kết quả Công dân học tập năm %(year)d") % {"year": year},
        build=lambda: citizen_tables(place, year),
        words=_citizen_words,
    )


@in_official_language
def _citizen_words(tables: list[Report]) -> str:
    total = tables[0].total.values
    shown = {name: total.get(name) if total.get(name) is not None else "–" for name in ("registered", "assessed")}
    rate = total.get("of_assessed")
    percent = f" ({rate}%)".replace(".", ",") if rate is not None else ""
    return _("Đăng ký %(registered)s người, được đánh giá %(assessed)s, đạt %(recognised)s%(percent)s.") % {
        **shown,
        "recognised": total.get("recognised") if total.get("recognised") is not None else "–",
        "percent": percent,
    }


@require_safe
def summary_inspection(request, place_pk):
    """What inspections of a year found; ?model= another model, ?tep= as a file."""
    place, year = _place(place_pk), year_of(request)
    models = models_at(place)
    asked = request.GET.get("model", "")
    model = LearningModel(asked) if asked in models else models[0]
    return _one_year(
        request,
        place,
        year,
        page="summary-inspection",
        title=_("Kết quả kiểm tra “%(model)s” năm %(year)d") % {"model": model.label, "year": year},
        build=lambda: inspection_tables(place, year, model),
        words=in_official_language(sentence),
        model=model,
        models=models,
    )


def _one_year(request, place, year, *, page, title, build, words, model=None, models=()) -> HttpResponse:
    """A summary of one year on screen, or as a file in the official language."""
    kind = request.GET.get("tep", "")
    if kind in FILES:
        return _one_year_file(place, year, page, title, build, words, kind)
    tables = build()
    query = {"nam": year} | ({"model": model} if model else {})
    url = reverse(f"recognition:{page}", args=[place.pk])
    context = {
        "place": place,
        "year": year,
        "title": title,
        "tables": [screen(table) for table in tables],
        "findings": [one for table in tables for one in table.findings],
        "sentence": words(tables) if tables[0].rows else "",
        "files": _files(url, **query),
        "tabs": _tabs(place, page, year),
        "model_tabs": [
            {"label": one.label, "url": f"{url}?{urlencode({'nam': year, 'model': one})}", "active": one == model}
            for one in models
        ]
        if len(models) > 1
        else [],
    }
    return render(request, "recognition/summary_year.html", context)


@in_official_language
def _one_year_file(place, year, page, title, build, words, kind) -> HttpResponse:
    tables = build()
    lines = [*(words([tables[0]]).splitlines() if tables[0].rows else [])]
    name = {"summary-citizens": "cong-dan-hoc-tap", "summary-inspection": "ket-qua-kiem-tra"}[page]
    return file_response(
        kind,
        f"{name}-{year}-{slug(place)}",
        tables,
        lambda: report_paper(place, title, [{"title": "", "text": "\n".join(lines)}], tables),
    )
