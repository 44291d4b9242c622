"""Pages of the communities: hamlets and wards as registrants."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from portal.lib.language import in_official_language
from portal.lib.text import fold
from units.choices import REGISTER_KEEPERS, Level, RegistrantKind
from units.domain import communities as verbs
from units.domain.errors import NotAllowed
from units.exports import registrants_workbook
from units.forms.communities import CommunityForm
from units.models import Community, Place, Registrant
from units.rules import may_keep_register, scope_of
from units.views.browse import WITH_LIST, drill_down, own_places, own_tabs, place_or_404, places_kept_by
from units.views.registrants import RegistrantPages


@require_safe
def community_list(request):
    """Communities of the person's own place."""
    places = own_places(request.user)
    if places:
        return _page(request, places[0])
    if scope_of(request.user).everything:
        return _page(request, None)
    return render(request, "units/household_nowhere.html")


@require_safe
def community_place(request, place_pk):
    """Communities of a place inside the person's postings."""
    return _page(request, place_or_404(request.user, place_pk))


def _page(request, place: Place | None):
    tabs = own_tabs(request.user, place, "units:community-place")
    if place is None or place.level not in WITH_LIST:
        context = drill_down(place, "units:community-place", kind=RegistrantKind.COMMUNITY)
        return render(request, "units/community_places.html", {**context, "tabs": tabs})
    rows = (
        Community.objects.filter(registrant__in=Registrant.objects.visible_to(request.user).within(place))
        .select_related("registrant", "place")
        .order_by("place__level", "place__sort_key", "pk")
    )
    may_add = place.level == Level.COMMUNE and may_keep_register(request.user, place)
    context = {
        "place": place,
        "communities": list(rows),
        "tabs": tabs,
        "may_import": may_keep_register(request.user, place) and not place.is_legacy,
        "missing": verbs.missing_communities(place).count() if may_add else 0,
    }
    return render(request, "units/community_list.html", context)


def export_columns() -> list[tuple]:
    """Columns of the Excel list: (heading, width, function of the registrant)."""
    return [
        (_("Cộng đồng"), 34, lambda row: row.community.place.name),
        (_("Cấp"), 18, lambda row: str(row.community.place.get_level_display())),
    ]


def exported(place: Place, rows):
    """The register of communities of a place, as the workbook shows it: the ward first, then its hamlets."""
    rows = rows.within(place).filter(kind=RegistrantKind.COMMUNITY)
    return rows.select_related("community__place").order_by("community__place__level", "sort_key", "pk")


@require_safe
@in_official_language
def community_export(request, place_pk):
    """The communities of a ward or hamlet as an Excel workbook."""
    place = place_or_404(request.user, place_pk, *WITH_LIST)
    name = f"cong-dong-{fold(place.name).replace(' ', '-')}-{timezone.localdate():%Y%m%d}.xlsx"
    rows = exported(place, Registrant.objects.visible_to(request.user))
    return FileResponse(registrants_workbook(_("Cộng đồng"), export_columns(), rows), as_attachment=True, filename=name)


@require_POST
def community_ensure(request, place_pk):
    """Enter the communities a ward still lacks: its own and its hamlets'."""
    place = place_or_404(request.user, place_pk, Level.COMMUNE)
    try:
        added = verbs.ensure_communities(actor=request.user, commune=place)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    if added:
        messages.success(request, _("Đã đưa %(count)s cộng đồng vào sổ.") % {"count": len(added)})
    else:
        messages.info(request, _("Mọi khu phố, thôn đã có trong sổ cộng đồng."))
    return redirect("units:community-place", place.pk)


class CommunityPages(RegistrantPages):
    """Record, entry, correction, closing and reopening of a community; its lists stand above."""

    book = verbs.BOOK
    slug = profile = "community"
    title = gettext_lazy("Cộng đồng")
    form_class = CommunityForm
    detail_template = "units/community_detail.html"
    related = ("community__place",)

    def heading(self, registrant: Registrant) -> str:
        return _("Cộng đồng %(name)s") % {"name": registrant.name}

    def facts(self, registrant: Registrant) -> list[tuple]:
        place = registrant.community.place
        return [(_("Cấp"), place.get_level_display()), (_("Khu vực"), place.get_area_class_display())]

    def new_form(self, request, **kwargs) -> CommunityForm:
        missing = places_kept_by(request.user, REGISTER_KEEPERS).filter(community__isnull=True)
        initial = {name: request.GET[name] for name in ("place",) if name in request.GET}
        return self.form_class(request.POST or None, places=missing, initial=initial)

    def enter(self, request, form: CommunityForm) -> Registrant:
        data = form.cleaned_data
        return verbs.add_community(
            actor=request.user, place=data["place"], opened_on=data["opened_on"], note=data["note"]
        )


pages = CommunityPages()
