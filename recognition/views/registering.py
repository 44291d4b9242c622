"""Registering one registrant from its page, or many households at once."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from portal.lib.listing import Listing
from portal.lib.text import fold
from recognition.choices import MODEL_KIND, LearningModel
from recognition.domain.errors import RecognitionError
from recognition.domain.registering import COMMUNITY_LEVEL, counting_day, register, register_many
from recognition.domain.rulebooks import rulebook_for
from recognition.forms.registering import SHOWN_MODELS, ManyFilterForm, RegisterForm
from recognition.models import Registration
from recognition.rules import may_register
from recognition.views import dossiers
from recognition.views.outcome import outcome_page
from recognition.views.scope import WITH_NAMES, hamlets_of, list_url, model_of, place_or_404, year_of
from units.choices import ManagingLevel, RegistrantKind
from units.models import Place, Registrant

SAMPLE = 8


def models_for(registrant: Registrant) -> list[str]:
    """Models the registrant can stand for, of those that have rulebooks."""
    found = [model for model in SHOWN_MODELS if MODEL_KIND[model] == registrant.kind]
    if registrant.kind == RegistrantKind.COMMUNITY:
        found = [model for model in found if COMMUNITY_LEVEL[model] == registrant.community.place.level]
    return found


def managing_level(registrant: Registrant) -> str:
    """The level whose rules an organisation follows; every other registrant follows those of its commune."""
    is_organisation = registrant.kind == RegistrantKind.ORGANISATION
    return registrant.organisation.managed_by if is_organisation else ManagingLevel.COMMUNE


@require_http_methods(["GET", "HEAD", "POST"])
def registration_create(request, registrant_pk):
    """Register one registrant, from its page."""
    registrant = get_object_or_404(
        Registrant.objects.visible_to(request.user).select_related(
            "household", "community__place", "organisation", "hamlet", "commune", "district", "province"
        ),
        pk=registrant_pk,
    )
    models = models_for(registrant)
    year = year_of(request)
    rulebook = rulebook_for(models[0], year, registrant.province, managing_level(registrant)) if models else None
    if models and rulebook and not may_register(request.user, rulebook, year, registrant.place):
        raise PermissionDenied(may_register(request.user, rulebook, year, registrant.place).reason)
    if not models:
        raise PermissionDenied(_("Chưa có danh hiệu nào dành cho loại đối tượng này."))
    form = RegisterForm(request.POST or None, models=models, initial={"year": year, "model": models[0]})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = register(actor=request.user, registrant=registrant, **data)
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request,
                _("Đã đăng ký “%(model)s” năm %(year)d cho %(name)s.")
                % {"model": row.get_model_display(), "year": row.year, "name": registrant.name},
            )
            return redirect("recognition:registration-detail", row.pk)
    step = rulebook.spec.step_named("register") if rulebook else None
    context = {
        "registrant": registrant,
        "form": form,
        "rulebook": rulebook,
        "year": year,
        "deadline": step.deadline if step else None,
        "deadline_on": step.deadline.on(year) if step and step.deadline else None,
        "back_url": dossiers.registrant_url(registrant),
    }
    return render(request, "recognition/registration_create.html", context, status=422 if form.errors else 200)


def _unregistered(place: Place, year: int, model: str):
    """Registrants of the model's kind standing in `place` on the counting day without a live dossier of the year."""
    day = counting_day(year)
    dossier = Registration.objects.live().filter(registrant=OuterRef("pk"), model=model, year=year)
    rows = Registrant.objects.filter(kind=MODEL_KIND[model])
    if model in COMMUNITY_LEVEL:
        rows = rows.filter(community__place__level=COMMUNITY_LEVEL[model])
    return (
        rows.within(place)
        .filter(stays__since__lte=day)
        .exclude(stays__until__lte=day)
        .open()
        .filter(~Exists(dossier))
        .select_related("household", "hamlet")
        .order_by("hamlet__sort_key", "sort_key", "id")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def registration_create_many(request, place_pk):
    """Registrants not yet registered: tick them, or take all of the filter; look again; register."""
    place = place_or_404(request.user, place_pk, *WITH_NAMES)
    year = year_of(request)
    model = model_of(request)
    rulebook = rulebook_for(model, year, place.province)
    if rulebook is None:
        messages.error(
            request,
            _("Chưa có bộ tiêu chí “%(model)s” áp dụng cho năm %(year)d.") % {"model": model.label, "year": year},
        )
        return redirect(list_url(place=place.pk, year=year, model=model))
    answer = may_register(request.user, rulebook, year, place)
    if not answer:
        raise PermissionDenied(answer.reason)
    if request.method == "POST" and "confirmed" in request.POST:
        return _register_chosen(request, place, year, model)

    def apply(rows, data):
        if data.get("hamlet"):
            rows = rows.filter(hamlet_id=data["hamlet"])
        if data.get("group"):
            group = " ".join(data["group"].split())
            rows = rows.filter(household__group_name__in=[group, f"Tổ {group}"])
        folded = fold(data.get("q") or "")
        return rows.filter(search_name__contains=folded) if folded else rows

    listing = Listing(
        request,
        _unregistered(place, year, model),
        form_class=ManyFilterForm,
        form_kwargs={"hamlets": hamlets_of(place, year)},
        apply=apply,
        page_size=100,
    )
    listing.queryset = listing.queryset.order_by("hamlet__sort_key", "sort_key", "id")
    if model != LearningModel.FAMILY:
        listing.form.fields.pop("group", None)
    if request.method == "POST":
        chosen = listing.queryset if "all" in request.POST else listing.queryset.filter(pk__in=_ids(request))
        return _confirm_many(
            request, place, year, rulebook, list(chosen.values_list("pk", "name", "household__address"))
        )
    context = {
        "place": place,
        "year": year,
        "listing": listing,
        "total": listing.queryset.count(),
        "rulebook": rulebook,
        "model": model,
        "is_family": model == LearningModel.FAMILY,
        "back_url": list_url(place=place.pk, year=year, model=model),
    }
    return render(request, "recognition/registration_create_many.html", context)


def _ids(request) -> list[int]:
    return [int(value) for value in request.POST.getlist("ids") if value.isdecimal() and len(value) < 19]


def _confirm_many(request, place, year, rulebook, chosen):
    """How many, which ones for example, and under which rules, before anything happens."""
    if not chosen:
        messages.error(request, _("Hãy chọn ít nhất một dòng."))
        return redirect(request.get_full_path())
    context = {
        "place": place,
        "year": year,
        "rulebook": rulebook,
        "count": len(chosen),
        "sample": chosen[:SAMPLE],
        "more": max(len(chosen) - SAMPLE, 0),
        "fields": [("ids", ",".join(str(pk) for pk, _name, _address in chosen)), ("confirmed", "1")],
        "model": rulebook.get_model_display(),
        "action": f"{reverse('recognition:registration-create-many', args=[place.pk])}"
        f"?nam={year}&model={rulebook.model}",
        "back_url": request.get_full_path(),
    }
    return render(request, "recognition/registration_create_confirm.html", context)


def _register_chosen(request, place, year, model):
    """Registers exactly the registrants of the confirmed page, however long ago it was drawn."""
    ids = [int(part) for part in request.POST.get("ids", "").split(",") if part.isdecimal() and len(part) < 19]
    try:
        outcome = register_many(actor=request.user, registrant_ids=ids, model=model, year=year)
    except RecognitionError as error:
        messages.error(request, error.message)
        return redirect(list_url(place=place.pk, year=year, model=model))
    names = dict(
        Registrant.objects.visible_to(request.user)
        .filter(pk__in=[pk for pk, _text in outcome.skipped])
        .values_list("pk", "name")
    )
    return outcome_page(
        request,
        title=_("Đăng ký nhiều hồ sơ"),
        done=ngettext("Đã đăng ký %d hồ sơ.", "Đã đăng ký %d hồ sơ.", len(outcome.done)) % len(outcome.done),
        outcome=outcome,
        names=names,
        back_url=list_url(place=place.pk, year=year, model=model),
    )
