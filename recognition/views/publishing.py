"""The public page of a place and its open data; no account needed, no person named unless a ward decided so."""

from __future__ import annotations

import csv

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.tabular import safe_cell
from portal.lib.years import allowed_years, parse_year, this_year
from recognition.choices import LearningModel
from recognition.domain import publishing as verbs
from recognition.models import PublicPage
from recognition.views.scope import place_or_404
from units.choices import Level

COLUMNS = ("place_code", "place", "year", "model", "total", "registered", "recognised", "recognised_percent")


def _open_page(place_pk) -> PublicPage:
    page = (
        PublicPage.objects.filter(place=place_pk, is_open=True)
        .select_related("place__province", "place__district", "place__commune")
        .first()
    )
    if page is None:
        raise Http404
    return page


@login_not_required
@require_safe
def public_page(request, place_pk):
    """Results by year, recognised communities and organisations, and heads of families where the ward decided so."""
    page = _open_page(place_pk)
    found = verbs.results(page.place, allowed_years())
    years = sorted({one.year for one in found}, reverse=True)
    asked = parse_year(request.GET.get("nam"))
    year = asked if asked in years else (years[0] if years else this_year())
    lists = [
        (LearningModel(model).label, verbs.recognised_names(page.place, year, model))
        for model in verbs.named_models(page.place)
    ]
    if page.shows_heads:
        lists.append((LearningModel.FAMILY.label, verbs.recognised_names(page.place, year, LearningModel.FAMILY)))
    context = {
        "page": page,
        "place": page.place,
        "year": year,
        "years": [{"label": str(one), "url": f"?nam={one}", "active": one == year} for one in years],
        "results": [one for one in found if one.year == year],
        "lists": [(label, names) for label, names in lists if names],
        "most": verbs.MOST_NAMES,
        "below": verbs.open_below(page.place),
    }
    return render(request, "recognition/public_page.html", context)


def _rows(page: PublicPage) -> list[dict]:
    return [
        {
            "place_code": page.place.code,
            "place": page.place.name,
            "year": one.year,
            "model": one.model,
            "total": one.figures.total,
            "registered": one.figures.registered,
            "recognised": one.figures.recognised,
            "recognised_percent": None
            if one.figures.recognised_of_total is None
            else float(one.figures.recognised_of_total),
        }
        for one in verbs.results(page.place, allowed_years())
    ]


@login_not_required
@require_safe
def public_csv(request, place_pk):
    """Open data: counts by year and model as CSV (UTF-8 with a mark that Excel understands)."""
    page = _open_page(place_pk)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="mo-hinh-hoc-tap-{page.place.code}.csv"'
    writer = csv.DictWriter(response, COLUMNS)
    writer.writeheader()
    writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in _rows(page))
    return response


@login_not_required
@require_safe
def public_json(request, place_pk):
    """Open data: the same as JSON."""
    page = _open_page(place_pk)
    answer = {"place": {"code": page.place.code, "name": page.place.name}, "results": _rows(page)}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


class PublishForm(forms.ModelForm):
    """What the ward publishes."""

    class Meta:
        model = PublicPage
        fields = ["is_open", "shows_heads"]


@require_http_methods(["GET", "HEAD", "POST"])
def public_settings(request, place_pk):
    """The chair of a ward or the leader of a province opens or closes its public page."""
    place = place_or_404(request.user, place_pk, *verbs.PUBLISHERS)
    if not verbs.may_publish(request.user, place):
        raise PermissionDenied(verbs.not_yours())
    kept = PublicPage.objects.filter(place=place).first()
    form = PublishForm(request.POST if request.method == "POST" else None, instance=kept)
    if place.level != Level.COMMUNE:
        del form.fields["shows_heads"]
    if request.method == "POST" and form.is_valid():
        data = {"shows_heads": False} | form.cleaned_data
        verbs.set_public_page(actor=request.user, place=place, **data)
        messages.success(request, _("Đã lưu."))
        return redirect("recognition:public-settings", place.pk)
    context = {"place": place, "form": form, "page": PublicPage.objects.filter(place=place, is_open=True).first()}
    return render(request, "recognition/public_settings.html", context)
