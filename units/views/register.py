"""Pages of the register of households."""

from __future__ import annotations

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Func, IntegerField, Q, TextField, Value
from django.db.models.functions import Cast
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.lib import phones, years
from portal.lib.listing import Listing
from portal.lib.redirects import onward
from portal.lib.text import fold
from units.choices import REGISTER_KEEPERS, Level
from units.domain import history
from units.domain import register as verbs
from units.domain.duplicates import hooks
from units.domain.errors import ChangedMeanwhile, NotAllowed, PossibleDuplicate, RegisterError
from units.domain.totals import register_total
from units.exports import households_workbook
from units.forms.register import HouseholdFilterForm, HouseholdForm
from units.forms.registrants import CloseForm, Status
from units.models import Household, Place, Registrant
from units.papers import MOST, household_slips
from units.rules import may_correct, may_keep_register, role_scope, scope_of
from units.views.browse import (
    WITH_LIST,
    drill_down,
    hamlets_kept_by,
    hamlets_of,
    own_places,
    own_tabs,
    place_or_404,
)
from units.views.registrant_parts import (
    citizens_of,
    clan_facts,
    closing_facts,
    conflict,
    describe_step,
    rendered_panels,
    set_hidden,
    show_refusal,
    stays_of,
)
from units.views.registrants import form_methods

SORTS = {
    "name": ("sort_key", "id"),
    "hamlet": ("hamlet__sort_key", "sort_key", "id"),
    "address": ("street", "house", "household__address_key", "id"),
}


# --- List


@require_safe
def household_list(request):
    """The register of the person's own place."""
    places = own_places(request.user)
    if places:
        return _household_place(request, places[0])
    if scope_of(request.user).everything:
        return _drill_down_page(request, None)
    return render(request, "units/household_nowhere.html")


@require_safe
def household_place(request, place_pk):
    """The register of a place inside the person's postings."""
    return _household_place(request, place_or_404(request.user, place_pk))


def _household_place(request, place: Place):
    if place.level not in WITH_LIST:
        return _drill_down_page(request, place)
    listing = _listing(request, place)
    context = {
        "place": place,
        "listing": listing,
        "tabs": own_tabs(request.user, place, "units:household-place"),
        "show_hamlet": "hamlet" in listing.form.fields,
        "show_closed": bool(listing.filters["status"]),
        "may_add": may_keep_register(request.user, place) and not place.is_legacy,
        "export_query": request.GET.urlencode(),
    }
    return render(request, "units/household_list.html", context)


def _drill_down_page(request, place: Place | None):
    context = drill_down(place, "units:household-place")
    context["tabs"] = own_tabs(request.user, place, "units:household-place")
    return render(request, "units/household_places.html", context)


def _listing(request, place: Place) -> Listing:
    """Households of a ward or hamlet. The total comes from the tally; only a filtered list is counted, in one ward."""
    rows = Registrant.objects.visible_to(request.user).within(place).households()
    rows = rows.select_related("household", "hamlet")
    if request.GET.get("xep", "").endswith("address"):
        rows = _by_street(rows)

    def total() -> int:
        filters = listing.filters
        if not any(filters[name] for name in ("q", "group", "poverty", "status")):
            return register_total(place) if not filters.get("hamlet") else register_total(_hamlet(listing))
        if not listing.next_url and listing.rows:
            return listing.last_row
        return listing.queryset.count()

    listing = Listing(
        request,
        rows,
        form_class=HouseholdFilterForm,
        form_kwargs={"hamlets": hamlets_of(place)},
        apply=_filtered,
        sorts=SORTS,
        default_sort="name",
        total=total,
    )
    return listing


def _hamlet(listing: Listing) -> Place:
    return Place(pk=listing.filters["hamlet"], level=Level.HAMLET)


def _filtered(rows, filters: dict):
    """The queryset under the filter form's values."""
    status = filters.get("status") or Status.OPEN
    if status == Status.OPEN:
        rows = rows.open()
    elif status == Status.CLOSED:
        rows = rows.filter(closed_on__isnull=False)
    if filters.get("hamlet"):
        rows = rows.filter(hamlet_id=filters["hamlet"])
    if filters.get("poverty"):
        rows = rows.filter(household__poverty=filters["poverty"])
    if filters.get("group"):
        group = " ".join(filters["group"].split())
        # "5" means "Tổ 5": people type either.
        rows = rows.filter(Q(household__group_name__iexact=group) | Q(household__group_name__iexact=f"Tổ {group}"))
    text = filters.get("q") or ""
    if re.search(r"\d", text):
        rows = rows.filter(Q(household__address_key__contains=fold(text)) | Q(search_name__contains=fold(text)))
    elif fold(text):
        rows = rows.named(text)
    return rows


def _by_street(rows):
    """Adds street (the address without its house numbers) and house number: addresses sort as people walk."""
    key = F("household__address_key")
    number = Func(key, Value(r"^\d{1,9}"), function="substring", output_field=TextField())
    return rows.annotate(
        street=Func(
            key, Value(r"^(so )?(\d+[a-z]? )+"), Value(""), function="regexp_replace", output_field=TextField()
        ),
        house=Cast(number, IntegerField()),
    )


@require_safe
def household_export(request, place_pk):
    """The filtered list as an Excel workbook, all pages of it."""
    place = place_or_404(request.user, place_pk, *WITH_LIST)
    file_name = f"ho-gia-dinh-{fold(place.name).replace(' ', '-')}-{timezone.localdate():%Y%m%d}.xlsx"
    return FileResponse(households_workbook(_listing(request, place).queryset), as_attachment=True, filename=file_name)


@require_safe
def household_slips_paper(request, place_pk):
    """The filtered list as slips to walk round with (PDF): what is kept, room to correct, a QR code each."""
    place = place_or_404(request.user, place_pk, *WITH_LIST)
    if not may_keep_register(request.user, place):
        raise PermissionDenied
    rows = list(_listing(request, place).queryset.filter(closed_on=None)[: MOST + 1])
    back = onward(request, "units:household-place", place.pk)
    if not rows:
        messages.info(request, _("Không có hộ nào để in."))
        return back
    if len(rows) > MOST:
        messages.error(
            request, _("Một lần in được nhiều nhất %(most)d hộ; hãy mở từng khu phố, thôn rồi in.") % {"most": MOST}
        )
        return back
    name = f"phieu-ra-soat-{fold(place.name).replace(' ', '-')}.pdf"
    return HttpResponse(
        household_slips(place, rows, years.current_year(request)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store, private"},
    )


# --- One household


def _household(request, pk: int) -> Registrant:
    return get_object_or_404(
        Registrant.objects.visible_to(request.user)
        .households()
        .select_related("household", "hamlet__province", "hamlet__district", "hamlet__commune"),
        pk=pk,
    )


def kept_household(request, pk: int) -> Registrant:
    """The household, for somebody who may change it: a stranger gets 404, a reader 403."""
    registrant = _household(request, pk)
    if not may_correct(request.user, registrant):
        raise PermissionDenied
    return registrant


@require_safe
def household_detail(request, pk):
    """Key facts, where it stood, what the yearly work adds, and its history."""
    registrant = _household(request, pk)
    context = {
        "registrant": registrant,
        "facts": [*_facts(registrant), *clan_facts(request.user, registrant)],
        "stays": stays_of(registrant),
        "may_correct": may_correct(request.user, registrant),
        "panels": rendered_panels(request, registrant),
        **citizens_of(registrant),
        "history": history.timeline(
            history.Track(Registrant, [pk], created=_("Đưa vào sổ"), describe=describe_step),
            history.Track(Household, [pk]),
        ),
    }
    return render(request, "units/household_detail.html", context)


def _facts(registrant: Registrant) -> list[tuple]:
    profile = registrant.household
    return [
        (_("Chủ hộ"), registrant.name),
        (_("Địa chỉ"), profile.address),
        (_("Tổ"), profile.group_name),
        (_("Số nhân khẩu"), profile.members),
        (_("Người lớn"), profile.adults),
        (_("Học sinh"), profile.pupils),
        (_("Diện hộ"), profile.get_poverty_display()),
        (_("Điện thoại"), phones.shown(profile.phone)),
        *closing_facts(registrant),
    ]


@form_methods
def household_create(request):
    """Enter a household. A likely duplicate is shown and asked about, never blocked."""
    if not role_scope(request.user, REGISTER_KEEPERS).places:
        raise PermissionDenied
    hamlets = hamlets_kept_by(request.user, REGISTER_KEEPERS)
    initial = {name: request.GET[name] for name in ("hamlet", "group_name") if name in request.GET}
    form = HouseholdForm(request.POST or None, hamlets=hamlets, initial=initial)
    duplicates = []
    if request.method == "POST" and form.is_valid():
        try:
            registrant = verbs.add_household(actor=request.user, seen_duplicates=form.seen_duplicates, **form.values())
        except PossibleDuplicate as error:
            duplicates = error.duplicates
            set_hidden(form, "seen", ",".join(str(row.pk) for row in duplicates))
        except RegisterError as error:
            show_refusal(form, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            messages.success(
                request,
                _("Đã thêm hộ “%(name)s” vào %(place)s.")
                % {"name": registrant.name, "place": form.cleaned_data["hamlet"]},
            )
            if "again" in request.POST:
                return redirect(_next_entry(request, registrant))
            return redirect("units:household-detail", registrant.pk)
    context = {"form": form, "duplicates": duplicates, "no_hamlets": not form.fields["hamlet"].queryset}
    return render(request, "units/household_create.html", context)


def _next_entry(request, registrant: Registrant) -> str:
    """The empty form again, in the hamlet and group one was just working on."""
    query = request.GET.copy()
    query["hamlet"], query["group_name"] = registrant.hamlet_id, request.POST.get("group_name", "")
    return f"{request.path}?{query.urlencode()}"


@form_methods
def household_correct(request, pk):
    """Correct a household. What somebody else saved meanwhile is shown beside what was typed, never lost unseen."""
    kept_household(request, pk)
    version = verbs.household_version(pk)
    registrant = _household(request, pk)  # read after the version: a change in between is noticed, never missed
    if not registrant.is_open:
        messages.error(request, _("Hộ này đã ra khỏi sổ. Hãy mở lại hộ trước khi sửa."))
        return redirect("units:household-detail", pk)
    profile = registrant.household
    initial = {name: getattr(profile, name) for name in verbs.PROFILE_FIELDS}
    initial |= {"name": registrant.name, "hamlet": registrant.hamlet_id, "note": registrant.note, "version": version}
    hamlets = hamlets_kept_by(request.user, REGISTER_KEEPERS).filter(commune_id=registrant.commune_id)
    form = HouseholdForm(request.POST or None, initial=initial, hamlets=hamlets, registrant=registrant)
    clash = None
    if request.method == "POST" and form.is_valid():
        try:
            # A form without a version is treated as an old one: asking once more harms nobody.
            verbs.correct_household(
                actor=request.user,
                registrant=registrant,
                version=form.cleaned_data["version"] or "-",
                **form.values(),
            )
        except ChangedMeanwhile as error:
            clash = conflict(error, verbs.BOOK, form)
            set_hidden(form, "version", error.version)
        except RegisterError as error:
            show_refusal(form, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            same = verbs.household_version(pk) == version
            messages.success(request, _("Không có gì thay đổi.") if same else _("Đã lưu thông tin hộ."))
            return redirect("units:household-detail", pk)
    context = {"registrant": registrant, "form": form, "conflict": clash}
    return render(request, "units/household_correct.html", context)


@form_methods
def household_close(request, pk):
    """Take a household out of the register, with a reason and a day."""
    registrant = kept_household(request, pk)
    if request.method != "POST" and not registrant.is_open:
        return redirect("units:household-detail", pk)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.close_registrant(actor=request.user, registrant=registrant, **form.cleaned_data)
        except RegisterError as error:
            show_refusal(form, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            messages.success(request, _("Đã đưa hộ “%(name)s” ra khỏi sổ.") % {"name": registrant.name})
            return redirect("units:household-detail", pk)
    context = {"registrant": registrant, "form": form, "dossiers": hooks.dossiers_of(registrant)}
    return render(request, "units/household_close.html", context)


@require_POST
def household_reopen(request, pk):
    """Take a household back into the register."""
    registrant = kept_household(request, pk)
    try:
        reopened = verbs.reopen_registrant(actor=request.user, registrant=registrant)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except RegisterError as error:
        messages.error(request, error.message)
        return redirect("units:household-detail", pk)
    text = _("Đã mở lại hộ “%(name)s”.") % {"name": reopened.name}
    if registrant.closed_on.year != timezone.localdate().year:
        text += " " + _("Hộ được tính lại từ hôm nay; số liệu các năm trước không đổi.")
    messages.success(request, text)
    return redirect("units:household-detail", pk)
