"""Congresses and honours conferences: prepare, share out seats, name delegates, lists as files."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognition.domain.errors import RecognitionError
from recognition.domain.honours import congresses as verbs
from recognition.exports import XLSX_TYPE
from recognition.forms.congresses import CongressForm, DelegateForm, QuotaForm, ShareForm
from recognition.honour_choices import DelegateKind
from recognition.models import Congress, CongressQuota, Delegate
from recognition.papers.congresses import delegates_paper
from recognition.papers.honour_books import delegates_workbook
from recognition.views.outcome import tell
from recognition.views.paper_files import paper_response
from recognition.views.scope import own_places, place_or_404, year_of
from units.choices import Level
from units.models import Place
from units.rules import scope_of

LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
form_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def congress_list(request):
    """Congresses of the person's places, and those their places send delegates to."""
    rows = Congress.objects.visible_to(request.user).select_related("place")[:200]
    own = [place for place in own_places(request.user, *LEVELS) if verbs.may_organise(request.user, place)]
    return render(request, "recognition/congress_list.html", {"rows": rows, "own": own})


@form_methods
def congress_create(request, place_pk):
    """Prepare a congress."""
    place = place_or_404(request.user, place_pk, *LEVELS)
    if not verbs.may_organise(request.user, place):
        raise PermissionDenied(
            _("Bạn không được phân công chuẩn bị đại hội, hội nghị của %(place)s.") % {"place": place.name}
        )
    year = year_of(request)
    return _congress_form(request, Congress(place=place, year_from=year - 4, year_to=year))


def _congress(request, pk) -> Congress:
    rows = Congress.objects.visible_to(request.user).select_related(
        "place__province", "place__district", "place__commune", "place__parent"
    )
    return get_object_or_404(rows, pk=pk)


def _organised(request, pk) -> Congress:
    congress = _congress(request, pk)
    if not verbs.may_organise(request.user, congress.place):
        raise PermissionDenied(
            _("Bạn không được phân công chuẩn bị đại hội, hội nghị của %(place)s.") % {"place": congress.place.name}
        )
    return congress


@form_methods
def congress_edit(request, pk):
    """Correct a congress."""
    return _congress_form(request, _organised(request, pk))


def _congress_form(request, congress: Congress):
    form = CongressForm(request.POST or None, instance=congress)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.save_congress(actor=request.user, congress=form.instance)
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã ghi đại hội, hội nghị."))
            return redirect("recognition:congress-detail", congress.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/congress_form.html", {"congress": congress, "form": form}, status=status)


def _shown_delegates(request, congress: Congress):
    """Delegates the person may read: all for the organiser and who stands above, else those of their own places."""
    rows = verbs.delegates_of(congress)
    if scope_of(request.user).covers(congress.place):
        return rows
    return rows.filter(scope_of(request.user).q(prefix="place__", own=True))


@require_safe
def congress_detail(request, pk):
    """Seats and delegates of every place."""
    congress = _congress(request, pk)
    seats = {(row.place_id, row.kind): row.seats for row in CongressQuota.objects.filter(congress=congress)}
    counted = _counts(congress)
    places = Place.objects.in_bulk({pk for pk, _kind in seats})
    ordered = sorted(places.values(), key=lambda one: (one.pk != congress.place_id, one.sort_key, one.pk))
    mine = scope_of(request.user)
    lines = [
        {
            "place": one,
            "cells": [(kind.label, counted.get((one.pk, kind), 0), seats.get((one.pk, kind))) for kind in DelegateKind],
            "url": reverse("recognition:congress-place", args=[congress.pk, one.pk]) if mine.covers(one) else "",
        }
        for one in ordered
    ]
    totals = [
        (
            kind.label,
            sum(n for (_pk, one), n in counted.items() if one == kind),
            sum(n for (_pk, one), n in seats.items() if one == kind),
        )
        for kind in DelegateKind
    ]
    context = {
        "congress": congress,
        "kinds": [kind.label for kind in DelegateKind],
        "lines": lines,
        "totals": totals,
        "delegates": list(_shown_delegates(request, congress)[:2000]),
        "organiser": verbs.may_organise(request.user, congress.place),
        "facts": [
            (_("Loại"), congress.get_kind_display()),
            (_("Ngày tổ chức"), congress.held_on.strftime("%d/%m/%Y")),
            (_("Địa điểm"), congress.venue),
            (_("Giai đoạn"), f"{congress.year_from}–{congress.year_to}"),
        ],
    }
    return render(request, "recognition/congress_detail.html", context)


def _counts(congress: Congress) -> dict[tuple[int, str], int]:
    rows = Delegate.objects.filter(congress=congress, removed_reason="").values("place_id", "kind")
    return {(row["place_id"], row["kind"]): row["n"] for row in rows.annotate(n=Count("pk")).order_by()}


@form_methods
def congress_quotas(request, pk):
    """Seats of every place; ?seats=&kind= proposes a sharing-out by recognised families."""
    congress = _organised(request, pk)
    places = verbs.sending_places(congress)
    seats = {(row.place_id, row.kind): row.seats for row in CongressQuota.objects.filter(congress=congress)}
    share = ShareForm(request.GET if "seats" in request.GET else None)
    if share.is_valid():
        kind = share.cleaned_data["kind"]
        found = verbs.suggested_seats(congress, share.cleaned_data["seats"])
        seats |= {(place, kind): count for place, count in found.items()}
    form = QuotaForm(request.POST or None, places=places, seats=seats)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.set_quotas(actor=request.user, congress=congress, seats=form.seats())
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã ghi phân bổ đại biểu."))
            return redirect("recognition:congress-detail", congress.pk)
    context = {
        "congress": congress,
        "form": form,
        "share": share if share.is_bound else ShareForm(),
        "kinds": [kind.label for kind in DelegateKind],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/congress_quotas.html", context, status=status)


def _sending_place(request, congress: Congress, place_pk) -> Place:
    """A place of the congress inside the person's postings."""
    if not CongressQuota.objects.filter(congress=congress, place=place_pk).exists():
        raise Http404
    return place_or_404(request.user, place_pk, *LEVELS, Level.HAMLET)


@form_methods
def congress_place(request, pk, place_pk):
    """Delegates of one place: named ones, suggestions with a button each, a form for other names."""
    congress = _congress(request, pk)
    place = _sending_place(request, congress, place_pk)
    may = verbs.may_name(request.user, congress, place)
    if request.method == "POST" and not may:
        raise PermissionDenied(_("Bạn không được phân công cử đại biểu của %(place)s.") % {"place": place.name})
    form = DelegateForm(request.POST or None) if may else None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = verbs.add_delegate(
                actor=request.user, congress=congress, place=place, **data, **_suggested(request, congress, place)
            )
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã cử %(name)s.") % {"name": row.name})
            return redirect("recognition:congress-place", congress.pk, place.pk)
    counted = _counts(congress)
    quotas = CongressQuota.objects.filter(congress=congress, place=place)
    context = {
        "congress": congress,
        "place": place,
        "form": form,
        "quotas": [(one.get_kind_display(), counted.get((place.pk, one.kind), 0), one.seats) for one in quotas],
        "delegates": list(verbs.delegates_of(congress).filter(place=place)),
        "suggestions": verbs.suggestions(congress, place) if may else [],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/congress_place.html", context, status=status)


def _suggested(request, congress: Congress, place: Place) -> dict:
    """The commendation or officer a suggestion's button names, if it is one of the suggestions still."""
    asked = {name: request.POST.get(name, "") for name in ("commendation", "officer")}
    if not any(asked.values()):
        return {}
    for one in verbs.suggestions(congress, place):
        if one.commendation is not None and str(one.commendation.pk) == asked["commendation"]:
            return {"commendation": one.commendation}
        if one.user is not None and str(one.user.pk) == asked["officer"]:
            return {"user": one.user}
    return {}


@require_POST
def delegate_remove(request, pk):
    """Take a delegate off the list with the reason."""
    rows = Delegate.objects.filter(congress__in=Congress.objects.visible_to(request.user))
    row = get_object_or_404(
        rows.filter(scope_of(request.user).q(prefix="place__", own=True)).select_related("congress", "place"), pk=pk
    )
    tell(
        request,
        _("Đã ghi thôi cử %(name)s.") % {"name": row.name},
        verbs.remove_delegate,
        delegate=row,
        reason=request.POST.get("reason", ""),
    )
    return redirect("recognition:congress-place", row.congress_id, row.place_id)


@require_safe
def congress_file(request, pk):
    """The list of delegates: ?tep=xlsx, docx, else PDF; names of the person's own places only."""
    congress = _congress(request, pk)
    rows = list(_shown_delegates(request, congress))
    name = f"dai-bieu-{congress.pk}"
    if request.GET.get("tep") == "xlsx":
        response = HttpResponse(delegates_workbook(congress, rows), XLSX_TYPE)
        response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
        response["Cache-Control"] = "no-store, private"
        return response
    total = verbs.delegates_of(congress).count()
    return paper_response(request, delegates_paper(congress, rows, total), name=name)
