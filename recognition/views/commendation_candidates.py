"""Candidates of a commendation: who fits a criterion, with every year shown; ticked rows go on a list."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.lib.listing import Listing
from recognition.choices import LearningModel
from recognition.domain.errors import RecognitionError, RowsRefused
from recognition.domain.honours import lists
from recognition.domain.honours.candidates import NAMED_IN_WARDS, Criterion, candidates, year_marks
from recognition.domain.honours.forms import forms_for, may_keep_lists
from recognition.forms.honours import MODELS, CriterionForm, NewListForm
from recognition.honour_choices import LIST_OPEN, CriterionRule
from recognition.models import Commendation, CommendationList
from recognition.views.scope import place_or_404, year_of
from units.choices import Level
from units.models import Registrant

LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
form_methods = require_http_methods(["GET", "HEAD", "POST"])


@form_methods
def commendation_candidates(request, place_pk):
    """Who was recognised often enough, with the years; chosen ones make a new list or join an open one."""
    place = place_or_404(request.user, place_pk, *LEVELS)
    if not may_keep_lists(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công lập danh sách khen của %(place)s.") % {"place": place.name})
    year = year_of(request)
    models = MODELS if place.level == Level.COMMUNE else [m for m in MODELS if m not in NAMED_IN_WARDS]
    asked = CriterionForm(request.GET or None, year=year, models=models)
    criterion, problem = _criterion(asked, year, models)
    found = []
    try:
        found = candidates(place, criterion)
    except RecognitionError as error:
        problem = error.message
    able = [one for one in found if not one.short]
    with_short = not asked.is_bound or bool(request.GET.get("short"))
    shown = found if with_short else able
    form = NewListForm(
        request.POST if request.method == "POST" else None,
        forms_of_place=forms_for(place),
        initial={"occasion": "YEARLY"},
    )
    opened = _open_lists(request.user, place, criterion)
    if request.method == "POST":
        made = _choose(request, place, criterion, able, form, opened)
        if made is not None:
            return made
    listing = Listing(
        request,
        shown,
        form_class=CriterionForm,
        form_kwargs={"year": year, "models": models},
        total=len(shown),
    )
    context = {
        "place": place,
        "year": year,
        "criterion": criterion,
        "words": criterion.words(),
        "problem": problem,
        "listing": listing,
        "rows": _candidate_rows(listing.rows, criterion),
        "able": len(able),
        "short": len(found) - len(able),
        "digest": _digest(able),
        "form": form,
        "opened": opened,
        "is_community": criterion.model in (LearningModel.COMMUNITY_HAMLET, LearningModel.COMMUNITY_COMMUNE),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/commendation_candidates.html", context, status=status)


def _criterion(form: CriterionForm, year: int, models) -> tuple[Criterion, str]:
    """The criterion of the address, defaults where it says nothing; and what is wrong with it."""
    data, problem = {}, ""
    if form.is_bound:
        if not form.is_valid():
            problem = " ".join(str(text) for errors in form.errors.values() for text in errors)
        data = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    last = data.get("last", year)
    k = data.get("k", 3)
    first = data.get("first", last - 4)
    criterion = Criterion(data.get("model", models[0]), data.get("rule", CriterionRule.RUNNING), last, first, k)
    return criterion, problem


def _digest(able) -> str:
    """What "all of them" meant when the page was drawn."""
    text = ";".join(f"{one.registrant_id}:{one.years}" for one in able)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _open_lists(user, place, criterion: Criterion):
    rows = CommendationList.objects.visible_to(user).filter(place=place, state__in=LIST_OPEN, model=criterion.model)
    rows = rows.filter(rule=criterion.rule, year_to=criterion.last, year_from=criterion.first)
    return rows.filter(years_needed=criterion.needed).select_related("form")[:20]


def _candidate_rows(page, criterion: Criterion) -> list[dict]:
    """The rows of one page with names, places, every year's awards and earlier commendations. Three statements."""
    ids = [one.registrant_id for one in page]
    people = Registrant.objects.select_related("hamlet", "commune", "district", "province").in_bulk(ids)
    marks = year_marks(ids, criterion)
    before: dict[int, list] = {}
    given = Commendation.objects.given().filter(registrant__in=ids).select_related("roll__form", "roll__decision")
    for one in given.order_by("-roll__decision__number_year", "-pk"):
        said = f"{one.roll.form.get_kind_display()} {one.roll.decision.number_year}"
        before.setdefault(one.registrant_id, []).append(said)
    rows = []
    for one in page:
        by_year: dict[int, list] = {}
        for mark in marks.get(one.registrant_id, []):
            by_year.setdefault(mark.year, []).append(mark)
        rows.append(
            {
                "one": one,
                "person": people[one.registrant_id],
                "key": f"{one.registrant_id}:{','.join(map(str, one.years))}",
                "cells": [
                    {"year": year, "counts": year in one.years, "marks": by_year.get(year, [])}
                    for year in criterion.years
                ],
                "before": before.get(one.registrant_id, [])[:3],
            }
        )
    return rows


def _choose(request, place, criterion: Criterion, able, form: NewListForm, opened):
    """Make a list of the ticked rows, or put them on an open one; None when something must be put right first."""
    if request.POST.get("all"):
        if request.POST.get("digest") != _digest(able):
            messages.error(request, _("Danh sách ứng viên vừa thay đổi; hãy xem lại rồi chọn lại."))
            return None
        shown = {one.registrant_id: one.years for one in able}
    else:
        shown = _ticked(request)
    if not shown:
        form.add_error(None, _("Hãy chọn ít nhất một đối tượng."))
        return None
    asked = request.POST.get("roll", "")
    roll = next((one for one in opened if str(one.pk) == asked), None)
    try:
        if roll is None:
            if not form.is_valid():
                return None
            draft = form.draft(year_from=criterion.first, year_to=criterion.last, criterion=criterion)
            roll, added = lists.list_candidates(actor=request.user, place=place, draft=draft, shown=shown)
        else:
            added = lists.add_candidates(actor=request.user, roll=roll, shown=shown)
    except RowsRefused as error:
        names = dict(Registrant.objects.visible_to(request.user).filter(pk__in=shown).values_list("pk", "name"))
        details = "; ".join(f"{names.get(pk, '–')}: {text}" for pk, text in error.skipped[:5])
        messages.error(request, f"{error.message} {details}")
        return None
    except RecognitionError as error:
        form.add_error(None, error.message)
        return None
    messages.success(request, _("Đã đưa %(count)d tên vào danh sách.") % {"count": added})
    return redirect("recognition:commendation-roll", roll.pk)


def _ticked(request) -> dict[int, list[int]]:
    """Registrant id → years shown, of the ticked rows."""
    found = {}
    for text in request.POST.getlist("row")[:5000]:
        pk, _colon, years = text.partition(":")
        parts = years.split(",") if years else []
        if pk.isdecimal() and len(pk) < 19 and all(part.isdecimal() and len(part) == 4 for part in parts):
            found[int(pk)] = [int(part) for part in parts]
    return found
