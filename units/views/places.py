"""Places: search, picker, a place's page, and the hamlets a ward keeps. Whoever is signed in may read them."""

from __future__ import annotations

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from units import hooks, rules
from units.choices import Level
from units.domain.errors import PortalError
from units.domain.history import Track, timeline
from units.domain.place_search import best, place_label, search, with_names_above
from units.domain.places import correct_hamlet, create_hamlet, create_hamlets, plan_hamlets
from units.domain.staff import ROLE_LEVELS
from units.domain.totals import register_total, register_totals
from units.forms.fields import Option, options
from units.forms.places import HamletForm, HamletListForm, PlaceSearchForm
from units.models import Place

RESULTS = 40
FIELD_NAME = re.compile(r"^[A-Za-z][\w-]{0,80}$")


@require_GET
@vary_on_headers("HX-Request")
def place_search(request: HttpRequest) -> HttpResponse:
    """Search all places; without a search, the provinces of today to browse from."""
    form = PlaceSearchForm(request.GET or None)
    query = form.cleaned_data if form.is_bound and form.is_valid() else {"q": "", "level": "", "former": ""}
    places = Place.objects.current() if query["former"] else Place.objects.all()
    if query["level"]:
        places = places.filter(level=query["level"])
    found = []
    if query["q"]:
        near = rules.scope_of(request.user).q(own=True)
        found = best(list(search(with_names_above(places), query["q"], near=near)[: RESULTS + 1]))
    context = {
        "form": form,
        "query": query,
        "results": [(place, place_label(place)) for place in found[:RESULTS]],
        "more": len(found) > RESULTS,
        "limit": RESULTS,
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "units/_place_results.html", context)
    if not query["q"]:
        context["provinces"] = (
            Place.objects.current()
            .filter(level=Level.PROVINCE)
            .annotate(below=Count("children"))
            .order_by("sort_key", "pk")
        )
        own = [posting.place_id for posting in request.user.active_postings() if posting.place_id]
        context["own"] = with_names_above(Place.objects.filter(pk__in=own)).order_by("sort_key")
    return render(request, "units/place_search.html", context)


@require_GET
def place_options(request: HttpRequest) -> HttpResponse:
    """Radio buttons of the place picker for what is being typed."""
    field = request.GET.get("field", "")
    if not FIELD_NAME.match(field):
        raise Http404
    places = rules.places_visible_to(request.user) if request.GET.get("mine") == "1" else Place.objects.all()
    if request.GET.get("former") == "0":
        places = places.current()
    if request.GET.get("role") in ROLE_LEVELS:  # sent along by the posting form
        places = places.filter(level__in=[level for level in ROLE_LEVELS[request.GET["role"]] if level])
    if request.GET.get("level") in Level.values:
        places = places.filter(level=request.GET["level"])
    text = request.GET.get(f"{field}_q", "")[:200].strip()
    shown: list[Option] = options(places, text, near=rules.scope_of(request.user).q(own=True))
    return render(request, "units/_place_options.html", {"field": field, "options": shown, "text": text})


@require_GET
def place_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One place: facts, what lies below it, what it came from and became."""
    place = get_object_or_404(with_names_above(Place.objects.select_related("parent")), pk=pk)
    in_scope = rules.scope_of(request.user).covers(place)
    may_correct = place.level == Level.HAMLET and rules.may_manage_hamlets(request.user, place.commune)
    below = list(
        place.children.annotate(below=Count("children")).order_by(F("valid_to").desc(nulls_first=True), "sort_key")
    )
    households = register_totals(place, Level.HAMLET) if place.level == Level.COMMUNE else {}
    for child in below:
        child.households = households.get(child.pk, 0)
    return render(
        request,
        "units/place_detail.html",
        {
            "place": place,
            "below": below,
            "open_below": [child for child in below if child.valid_to is None or child.valid_to == place.valid_to],
            "closed_below": [
                child for child in below if child.valid_to is not None and child.valid_to != place.valid_to
            ],
            "came_from": place.successions_in.select_related("from_place__district", "from_place__province").order_by(
                "-effective_on", "partial", "from_place__sort_key"
            ),
            "became": place.successions_out.select_related("to_place__district", "to_place__province").order_by(
                "effective_on", "partial", "to_place__sort_key"
            ),
            "may_manage": place.level == Level.COMMUNE and rules.may_manage_hamlets(request.user, place),
            "may_correct": may_correct,
            "in_scope": in_scope,
            "links": [link for links in hooks.place_links for link in links(request, place)],
            # Totals are open to everybody signed in; lists of people stay inside one's postings.
            "households": register_total(place),
            "history": timeline(Track(Place, [place.pk], created=_("Thêm vào danh mục"))) if may_correct else None,
        },
    )


@require_http_methods(["GET", "POST"])
def hamlet_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Add one hamlet to a commune."""
    commune = _commune_to_manage(request, pk)
    form = HamletForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            hamlet = create_hamlet(actor=request.user, commune=commune, **form.cleaned_data)
        except PortalError as error:
            _show(form, error)
        else:
            messages.success(request, _("Đã thêm %(name)s, mã %(code)s.") % {"name": hamlet.name, "code": hamlet.code})
            return redirect("units:hamlet-create" if "another" in request.POST else "units:place-detail", pk=commune.pk)
    return render(request, "units/place_hamlet_form.html", {"form": form, "commune": commune, "place": commune})


@require_http_methods(["GET", "POST"])
def hamlet_create_many(request: HttpRequest, pk: int) -> HttpResponse:
    """Add many hamlets: a list is read and shown first; what was shown is then saved, all or nothing."""
    commune = _commune_to_manage(request, pk)
    form = HamletListForm(request.POST or None, request.FILES or None)
    context = {"form": form, "commune": commune}
    if request.method == "POST" and form.is_valid():
        plans = plan_hamlets(commune, form.cleaned_data["drafts"])
        good = [plan for plan in plans if not plan.problem]
        context |= {"plans": plans, "good": len(good), "bad": len(plans) - len(good)}
        context["notices"] = form.cleaned_data["notices"]
        # The preview sends the rows it shows as lines, so what is saved is what was seen.
        context["kept_lines"] = "\n".join(f"{plan.name}\t{plan.kind}" for plan in good)
        if "save" in request.POST:
            try:
                created = create_hamlets(actor=request.user, commune=commune, drafts=form.cleaned_data["drafts"])
            except PortalError as error:
                _show(form, error)
            else:
                count = len(created)
                done = ngettext("Đã thêm %(count)d khu phố, thôn.", "Đã thêm %(count)d khu phố, thôn.", count)
                messages.success(request, done % {"count": count})
                return redirect("units:place-detail", pk=commune.pk)
    return render(request, "units/place_hamlet_many.html", context)


@require_http_methods(["GET", "POST"])
def hamlet_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a hamlet's name, kind, area class or note."""
    hamlet = get_object_or_404(
        with_names_above(Place.objects.select_related("parent")).filter(level=Level.HAMLET), pk=pk
    )
    _require_manager(request, hamlet.commune)
    start = {name: getattr(hamlet, name) for name in ("name", "kind", "area_class", "note")}
    form = HamletForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            correct_hamlet(actor=request.user, hamlet=hamlet, **form.cleaned_data)
        except PortalError as error:
            _show(form, error)
        else:
            messages.success(request, _("Đã lưu. Tên cũ vẫn còn trong lịch sử thay đổi."))
            return redirect("units:place-detail", pk=hamlet.pk)
    context = {"form": form, "commune": hamlet.commune, "place": hamlet, "hamlet": hamlet}
    return render(request, "units/place_hamlet_form.html", context)


def _commune_to_manage(request: HttpRequest, pk: int) -> Place:
    commune = get_object_or_404(with_names_above(Place.objects.filter(level=Level.COMMUNE)), pk=pk)
    _require_manager(request, commune)
    return commune


def _require_manager(request: HttpRequest, commune: Place) -> None:
    """A stranger to the ward learns nothing of its working pages (404); the ward's other people get 403."""
    if rules.may_manage_hamlets(request.user, commune):
        return
    if rules.scope_of(request.user).covers(commune) or rules.places_visible_to(request.user).filter(
        commune_id=commune.pk
    ):
        raise PermissionDenied
    raise Http404


def _show(form, error: PortalError) -> None:
    """Put a refusal beside the field it is about."""
    field = getattr(error, "field", "")
    form.add_error(field if field in form.fields else None, error.message)
