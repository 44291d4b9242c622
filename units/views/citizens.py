"""Pages of citizens. They are entered at the household or organisation that counts them."""

from __future__ import annotations

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from portal.lib.text import fold
from units.choices import REGISTER_KEEPERS, RegistrantKind
from units.domain import citizens as verbs
from units.domain.errors import NotAllowed, RegisterError
from units.forms.citizens import CitizenFilterForm, CitizenForm, TransferForm
from units.models import Registrant
from units.rules import may_correct, role_scope
from units.views.registrant_parts import show_refusal
from units.views.registrants import RegistrantPages, form_methods

HOST_KINDS = {"ho": RegistrantKind.HOUSEHOLD, "don-vi": RegistrantKind.ORGANISATION}
FOUND_AT_MOST = 30
never_shown = sensitive_post_parameters("id_number")


def host_of(registrant: Registrant) -> Registrant:
    """The household or organisation a citizen is counted at."""
    profile = registrant.citizen
    return (profile.household or profile.organisation).registrant


class CitizenPages(RegistrantPages):
    """Citizens: list, record, form and export."""

    book = verbs.BOOK
    slug = "citizen"
    profile = "citizen"
    title = gettext_lazy("Công dân")
    icon = "person"
    form_class = CitizenForm
    filter_class = CitizenFilterForm
    detail_template = "units/citizen_detail.html"
    related = ("citizen__household__registrant", "citizen__organisation__registrant")
    sorts = RegistrantPages.sorts | {"birth": ("citizen__birth_year", "sort_key", "id")}

    def filtered(self, rows, filters: dict):
        text = (filters.get("q") or "").strip()
        if re.fullmatch(r"\d{4}", text, re.ASCII):
            return super().filtered(rows.filter(citizen__id_last4=text), filters | {"q": ""})
        return super().filtered(rows, filters)

    def facts(self, registrant: Registrant) -> list[tuple]:
        profile = registrant.citizen
        number = _("Đã kiểm tra trùng; bốn số cuối %(last4)s") % {"last4": profile.id_last4}
        return [
            (_("Họ và tên"), registrant.name),
            (_("Năm sinh"), str(profile.birth_year)),
            (_("Giới tính"), profile.get_sex_display()),
            (_("Nhóm"), profile.get_group_display(), _("tên nhóm tạm thời")),
            (_("Số căn cước"), number if profile.id_last4 else _("Chưa ghi")),
            (_("Tính ở"), _("Hộ gia đình") if profile.household_id else _("Đơn vị"), host_of(registrant).name),
        ]

    def columns(self) -> list[tuple]:
        return [
            (_("Họ và tên"), 28, lambda row: row.name),
            (_("Năm sinh"), 9, lambda row: row.citizen.birth_year),
            (_("Giới tính"), 9, lambda row: str(row.citizen.get_sex_display())),
            (_("Nhóm (tạm thời)"), 34, lambda row: str(row.citizen.get_group_display())),
            (_("Bốn số cuối căn cước"), 11, lambda row: row.citizen.id_last4),
            (_("Hộ gia đình hoặc đơn vị"), 30, lambda row: host_of(row).name),
            (_("Khu phố, thôn"), 18, lambda row: row.hamlet.name if row.hamlet else ""),
        ]

    def initial(self, registrant: Registrant) -> dict:
        profile = registrant.citizen
        found = {name: getattr(profile, name) for name in ("birth_year", "sex", "group")}
        return found | {"name": registrant.name, "note": registrant.note}

    def extra(self, request, registrant: Registrant) -> dict:
        host = host_of(registrant)
        seen = Registrant.objects.visible_to(request.user).filter(pk=host.pk).exists()
        return {"host": host if seen else None}

    def enter(self, request, form: CitizenForm) -> Registrant:
        host = self._host(request)
        return verbs.add_citizen(actor=request.user, host=host, seen_duplicates=form.seen_duplicates, **form.values())

    def change(self, request, registrant: Registrant, form: CitizenForm, *, version: str) -> None:
        verbs.correct_citizen(actor=request.user, registrant=registrant, version=version, **form.values())

    def new_form(self, request, **kwargs) -> CitizenForm:
        return CitizenForm(request.POST or None, places=None)

    @method_decorator([never_shown, form_methods])
    def create(self, request):
        """Enter one at ?ho=… or ?don-vi=…; without either the page helps to find where they are counted."""
        if not role_scope(request.user, REGISTER_KEEPERS).places:
            raise PermissionDenied
        host = self._host(request)
        return super().create(request) if host else self._choose_host(request)

    @method_decorator(never_shown)
    def correct(self, request, pk):
        return super().correct(request, pk)

    def _host(self, request) -> Registrant | None:
        """The household or organisation in the address: a stranger's is 404, one the person only reads 403."""
        for name, kind in HOST_KINDS.items():
            key = request.GET.get(name, "")
            if key:
                rows = Registrant.objects.visible_to(request.user).select_related("hamlet", "commune")
                key = int(key) if re.fullmatch(r"\d{1,18}", key, re.ASCII) else 0
                host = get_object_or_404(rows, pk=key, kind=kind)
                if not may_correct(request.user, host):
                    raise PermissionDenied
                return host
        return None

    @method_decorator(form_methods)
    def transfer(self, request, pk):
        """Count the citizen somewhere else, at ?ho=… or ?don-vi=…; without either the page helps to find it."""
        registrant = self.kept(request, pk)
        host = self._host(request)
        if not registrant.is_open:
            messages.error(request, _("Người này đã ra khỏi sổ. Hãy mở lại trước."))
            return redirect("units:citizen-detail", pk)
        if host is None:
            return self._choose_host(request, registrant)
        form = TransferForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                verbs.transfer(actor=request.user, registrant=registrant, host=host, on=form.cleaned_data["on"])
            except RegisterError as error:
                show_refusal(form, error)
            except NotAllowed as error:
                raise PermissionDenied(error.message) from error
            else:
                text = _("“%(name)s” nay được tính ở “%(host)s”.")
                messages.success(request, text % {"name": registrant.name, "host": host.name})
                return redirect("units:citizen-detail", pk)
        context = {"registrant": registrant, "host": host, "now": host_of(registrant), "form": form}
        return render(request, "units/citizen_transfer.html", context)

    def routes(self, prefix: str) -> list:
        own = path(f"{prefix}/<int:pk>/noi-tinh/", self.transfer, name="citizen-transfer")
        return [*super().routes(prefix), own]

    def _choose_host(self, request, registrant: Registrant | None = None):
        asked = request.GET.get("q", "").strip()[:100]
        found = []
        if fold(asked):
            kept = role_scope(request.user, REGISTER_KEEPERS).q()
            rows = Registrant.objects.filter(kept, kind__in=HOST_KINDS.values()).open().named(asked)
            rows = rows.select_related("household", "organisation", "hamlet", "commune").order_by("sort_key", "pk")
            found = list(rows[: FOUND_AT_MOST + 1])
        context = {
            "registrant": registrant,
            "asked": asked,
            "found": [
                (row, "ho" if row.kind == RegistrantKind.HOUSEHOLD else "don-vi") for row in found[:FOUND_AT_MOST]
            ],
            "more": len(found) > FOUND_AT_MOST,
            "limit": FOUND_AT_MOST,
        }
        return render(request, "units/citizen_where.html", context)

    def create_context(self, request) -> dict:
        host = self._host(request)
        lead = _("Tính ở %(host)s, %(place)s.") % {"host": host.name, "place": host.place.name}
        return {"lead": lead}


pages = CitizenPages()
