"""The association's own figures, and its training register."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.redirects import onward
from recognition.domain import association as verbs
from recognition.domain.errors import RecognitionError
from recognition.forms.association import AssociationYearForm, AttendanceForm, CancelTrainingForm, TrainingForm
from recognition.models import AssociationYear, Training
from recognition.rules import closed_sentence, season_closed
from recognition.views.outcome import tell
from recognition.views.scope import own_places, place_or_404, year_of
from units.choices import Level
from units.models import Place

LEVELS = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)
form_methods = require_http_methods(["GET", "HEAD", "POST"])


def _home_place(user) -> Place | None:
    """The nearest place with an association of its own; a hamlet officer looks at the ward's."""
    for place in own_places(user):
        return place.commune if place.level == Level.HAMLET else place
    return None


@require_safe
def association_home(request):
    """Figures of the person's own place; of the nation for those posted nowhere in particular."""
    place = _home_place(request.user)
    if place is None:
        return _figures_page(request, None)
    return onward(request, "recognition:association-place", place.pk)


@require_safe
def association_place(request, place_pk):
    """A place's figures of a year: its own or, above a ward, those of the level below with their sum. Open totals."""
    rows = Place.objects.select_related("province", "district", "commune", "parent").filter(level__in=LEVELS)
    return _figures_page(request, get_object_or_404(rows, pk=place_pk))


def _figures_page(request, place: Place | None):
    year = year_of(request)
    rows, total = verbs.association_rows(place, year)
    may_write = place is not None and verbs.may_write(request.user, place)
    locked = _locked(year) if may_write else ""
    fields = [(name, AssociationYear._meta.get_field(name).verbose_name) for name in verbs.FIGURES]
    context = {
        "place": place,
        "year": year,
        "total": total,
        "head": [label for _name, label in fields],
        "rows": [{"row": one, "cells": [one.values[name] for name, _label in fields]} for one in rows],
        "total_cells": [total.values[name] for name, _label in fields],
        "tiles": [(label, total.values[name]) for name, label in fields],
        "trained": verbs.trained_share(place, year),
        "may_write": may_write and not locked,
        "locked": locked,
        "up_url": _up_url(place),
    }
    return render(request, "recognition/association_place.html", context)


def _locked(year: int) -> str:
    """Why whoever else may write finds no button; "" while the year is open."""
    return closed_sentence(year) if season_closed(year) else ""


def _up_url(place: Place | None) -> str:
    above = place.parent if place is not None else None
    return reverse("recognition:association-place", args=[above.pk]) if above is not None else ""


def _writable_place(request, place_pk) -> Place:
    place = place_or_404(request.user, place_pk, *LEVELS)
    if not verbs.may_write(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công ghi số liệu của Hội ở %(place)s.") % {"place": place.name})
    return place


@form_methods
def association_edit(request, place_pk):
    """Write a place's figures of the year; what was there stays in the history."""
    place = _writable_place(request, place_pk)
    year = year_of(request)
    stored = AssociationYear.objects.filter(place=place, year=year).first()
    form = AssociationYearForm(request.POST or None, instance=stored or AssociationYear(place=place, year=year))
    if request.method == "POST" and form.is_valid():
        figures = {name: form.cleaned_data[name] for name in verbs.FIGURES}
        try:
            verbs.record_association_year(
                actor=request.user, place=place, year=year, figures=figures, source=form.cleaned_data["source"]
            )
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã ghi số liệu của Hội năm %(year)d.") % {"year": year})
            return onward(request, "recognition:association-place", place.pk)
    context = {"place": place, "year": year, "form": form, "stored": stored}
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/association_form.html", context, status=status)


# --- Training


@require_safe
def training_list(request):
    """Sessions of the person's places in a year, with how many came, and the share of officers trained."""
    year = year_of(request)
    place = _home_place(request.user)
    rows = (
        Training.objects.visible_to(request.user)
        .filter(held_on__year=year)
        .select_related("place")
        .annotate(attended=Count("attendances"))
    )
    context = {
        "place": place,
        "year": year,
        "trainings": rows[:500],
        "trained": verbs.trained_share(place, year),
        "create_url": reverse("recognition:training-create", args=[place.pk])
        if place is not None and verbs.may_write(request.user, place)
        else "",
    }
    return render(request, "recognition/training_list.html", context)


@form_methods
def training_create(request, place_pk):
    """Enter a session."""
    place = _writable_place(request, place_pk)
    return _training_form(request, Training(place=place, created_by_name=request.user.full_name))


@form_methods
def training_edit(request, pk):
    """Correct a session."""
    training = _training(request, pk)
    _check_may_write(request, training)
    return _training_form(request, training)


def _training_form(request, training: Training):
    form = TrainingForm(request.POST or None, instance=training)
    if request.method == "POST" and form.is_valid():
        try:
            saved = verbs.save_training(actor=request.user, training=form.instance)
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã ghi lớp tập huấn."))
            return redirect("recognition:training-detail", saved.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/training_form.html", {"training": training, "form": form}, status=status)


def _training(request, pk) -> Training:
    return get_object_or_404(Training.objects.visible_to(request.user).select_related("place"), pk=pk)


def _check_may_write(request, training: Training) -> None:
    if not verbs.may_write(request.user, training.place):
        raise PermissionDenied(_("Chỉ đơn vị tổ chức mới được sửa lớp tập huấn này."))


@form_methods
def training_detail(request, pk):
    """A session and who came; its organiser writes the attendance here."""
    training = _training(request, pk)
    may_write = verbs.may_write(request.user, training.place) and not training.cancelled_reason
    attended = list(training.attendances.all())
    officers = verbs.officers_of(training.place)
    initial = {
        "officers": [one.user_id for one in attended if one.user_id],
        "names": "\n".join(one.name for one in attended if not one.user_id),
    }
    locked = _locked(training.held_on.year) if may_write else ""
    if locked and request.method != "POST":  # what is sent all the same gets the sentence of the verb
        may_write = False
    form = AttendanceForm(request.POST or None, officers=officers, initial=initial) if may_write else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied(_("Chỉ đơn vị tổ chức mới được sửa lớp tập huấn này."))
        if form.is_valid():
            try:
                count = verbs.record_attendance(
                    actor=request.user,
                    training=training,
                    user_ids=[one.pk for one in form.cleaned_data["officers"]],
                    names=form.cleaned_data["names"],
                )
            except RecognitionError as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Đã ghi %(count)d người dự.") % {"count": count})
                return redirect("recognition:training-detail", training.pk)
    context = {
        "training": training,
        "attended": attended,
        "locked": locked,
        "form": form,
        "cancel_form": CancelTrainingForm() if may_write else None,
        "facts": [
            (_("Ngày tổ chức"), training.held_on.strftime("%d/%m/%Y")),
            (_("Đơn vị tổ chức"), training.place.name),
            (_("Địa điểm"), training.venue),
            (_("Báo cáo viên"), training.speaker),
            (_("Ghi chú"), training.note),
            (_("Số người dự"), len(attended)),
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/training_detail.html", context, status=status)


@require_POST
def training_cancel(request, pk):
    """Mark a session as not held."""
    training = _training(request, pk)
    tell(
        request,
        _("Đã hủy lớp tập huấn."),
        verbs.cancel_training,
        training=training,
        reason=request.POST.get("reason", ""),
    )
    return redirect("recognition:training-detail", training.pk)
