"""Pages of clans and their families."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.lib import numbers, phones
from portal.lib.text import fold
from units.domain import clans as verbs
from units.domain import history
from units.domain.clan_families import add_named_family
from units.domain.errors import NotAllowed, RegisterError
from units.exports import family_sheet
from units.forms.clans import ClanFilterForm, ClanForm, FamiliesForm, FarFamilyForm, LeaveForm
from units.models import ClanMembership, Place, Registrant, User
from units.rules import may_correct, may_keep_register
from units.views.registrant_parts import show_refusal
from units.views.registrants import RegistrantPages, form_methods

FOUND_AT_MOST = 60
HISTORY_FAMILIES = 500


class ClanPages(RegistrantPages):
    """Clans: list, record, form and export."""

    book = verbs.BOOK
    slug = "clan"
    profile = "clan"
    title = gettext_lazy("Dòng họ")
    icon = "diagram-3"
    form_class = ClanForm
    filter_class = ClanFilterForm
    detail_template = "units/clan_detail.html"

    def filtered(self, rows, filters: dict):
        # Counted in a subquery by the database, one statement for the whole page.
        return (
            super()
            .filtered(rows, filters)
            .annotate(
                families=Count(
                    "clan__memberships",
                    filter=Q(
                        clan__memberships__until__isnull=True,
                        clan__memberships__household__registrant__closed_on__isnull=True,
                    ),
                )
            )
        )

    def facts(self, registrant: Registrant) -> list[tuple]:
        profile = registrant.clan
        return [
            (_("Tên dòng họ"), registrant.name),
            (_("Nhà thờ họ"), profile.hall_address),
            (_("Ban khuyến học"), _("Có") if profile.has_committee else _("Chưa có")),
            (_("Trưởng ban khuyến học"), profile.committee_head),
            (_("Điện thoại"), phones.shown(profile.phone)),
            (_("Quỹ khuyến học (đồng)"), None if profile.fund is None else numbers.number(profile.fund)),
        ]

    def columns(self) -> list[tuple]:
        return [
            (_("Tên dòng họ"), 30, lambda row: row.name),
            (_("Nhà thờ họ"), 36, lambda row: row.clan.hall_address),
            (_("Khu phố, thôn"), 18, lambda row: row.hamlet.name if row.hamlet else ""),
            (_("Số gia đình"), 11, lambda row: row.families),
            (_("Có ban khuyến học"), 11, lambda row: "x" if row.clan.has_committee else ""),
            (_("Trưởng ban khuyến học"), 24, lambda row: row.clan.committee_head),
            (_("Điện thoại"), 16, lambda row: row.clan.phone),
            (_("Quỹ khuyến học (đồng)"), 18, lambda row: row.clan.fund),
        ]

    def more_sheets(self, place: Place, rows, user: User | None = None) -> list[tuple]:
        """Families of the listed clans. Whoever keeps the place's register gets those of other wards, too: a list
        brings them in again; others get what they see on the pages."""
        members = ClanMembership.objects.filter(
            clan__in=rows.order_by().values("pk"),
            until__isnull=True,
            household__registrant__closed_on__isnull=True,
        )
        if user is not None and not may_keep_register(user, place):
            seen = Registrant.objects.visible_to(user).households().filter(pk=OuterRef("household"))
            members = members.filter(Exists(seen))
        return [family_sheet(members.order_by("clan__registrant__sort_key", "household__registrant__sort_key", "pk"))]

    def tracks(self, registrant: Registrant) -> list[history.Track]:
        members = ClanMembership.objects.filter(clan=registrant.pk).order_by("-pk")[:HISTORY_FAMILIES]
        return super().tracks(registrant) + [
            history.Track(
                ClanMembership,
                list(members.values_list("pk", flat=True)),
                created=_("Thêm gia đình vào dòng họ"),
                changed=_("Gia đình rời dòng họ"),
                fields=(),
            )
        ]

    def extra(self, request, registrant: Registrant) -> dict:
        """Families the person may see. To whoever keeps the clan those elsewhere are named, with hamlet and ward and
        nothing else; to others it is told how many they are."""
        members = verbs.families_now(registrant)
        mine = Registrant.objects.visible_to(request.user).households().filter(pk=OuterRef("household"))
        rows = members.annotate(seen=Exists(mine))
        if not may_correct(request.user, registrant):
            rows = rows.filter(seen=True)
        rows = rows.select_related("household__registrant__hamlet", "household__registrant__commune")
        rows = list(rows.order_by("household__registrant__sort_key", "pk")[:HISTORY_FAMILIES])
        total = members.count()
        places = members.values("household__registrant__hamlet").distinct().count()
        return {"families": rows, "families_total": total, "hidden": total - len(rows), "hamlet_count": places}


pages = ClanPages()


@form_methods
def clan_families(request, pk):
    """Find households by name and take the ticked ones into the clan; or name one of another ward."""
    registrant = pages.kept(request, pk)
    if not registrant.is_open:
        messages.error(request, _("Dòng họ này đã ra khỏi sổ. Hãy mở lại trước."))
        return redirect("units:clan-detail", pk)
    asked = request.GET.get("q", "").strip()[:100]
    found = list(_offered(request.user, asked)[: FOUND_AT_MOST + 1]) if fold(asked) else []
    current = ClanMembership.objects.filter(household__in=[row.pk for row in found], until__isnull=True)
    current = current.filter(clan__registrant__closed_on__isnull=True).select_related("clan__registrant")
    clan_of = {one.household_id: one.clan for one in current}
    offered = [{"row": row, "clan": clan_of.get(row.pk)} for row in found[:FOUND_AT_MOST]]
    is_far = "far" in request.POST
    form = FamiliesForm(None if is_far else request.POST or None, offered=[one["row"] for one in offered])
    far = FarFamilyForm(request.POST if is_far else None)
    sent = far if is_far else form
    if request.method == "POST" and sent.is_valid():
        try:
            if is_far:
                added = [add_named_family(actor=request.user, clan=registrant, **far.cleaned_data)]
            else:
                added = verbs.add_families(actor=request.user, clan=registrant, **form.cleaned_data)
        except RegisterError as error:
            show_refusal(sent, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            text = ngettext(
                "Đã thêm %(count)s gia đình vào “%(clan)s”.",
                "Đã thêm %(count)s gia đình vào “%(clan)s”.",
                len(added),
            )
            messages.success(request, text % {"count": len(added), "clan": registrant.name})
            return redirect("units:clan-detail", pk)
    context = {
        "registrant": registrant,
        "form": form,
        "far_form": far,
        "asked": asked,
        "offered": offered,
        "ticked": {str(key) for key in request.POST.getlist("households")},
        "more": len(found) > FOUND_AT_MOST,
        "limit": FOUND_AT_MOST,
    }
    return render(request, "units/clan_families.html", context)


def _offered(user, text: str):
    """Open households the person may read whose name matches, the Vietnamese way of sorting."""
    rows = Registrant.objects.visible_to(user).households().open().named(text)
    return rows.select_related("household", "hamlet", "commune").order_by("sort_key", "pk")


@form_methods
def clan_family_end(request, pk, household_pk):
    """A household leaves the clan on a day."""
    registrant = pages.kept(request, pk)
    member = (
        verbs.families_now(registrant).filter(household=household_pk).select_related("household__registrant").first()
    )
    if member is None:
        messages.info(request, _("Hộ này không còn trong dòng họ."))
        return redirect("units:clan-detail", pk)
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.end_family(actor=request.user, clan=registrant, household=household_pk, **form.cleaned_data)
        except RegisterError as error:
            show_refusal(form, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            text = _("Gia đình “%(name)s” đã rời “%(clan)s”.")
            messages.success(request, text % {"name": member.household, "clan": registrant.name})
            return redirect("units:clan-detail", pk)
    return render(request, "units/clan_family_end.html", {"registrant": registrant, "member": member, "form": form})
