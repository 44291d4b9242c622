"""Pages of organisations and their numbers by year."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal.lib import phones
from units.choices import WITH_LEARNERS
from units.domain import history
from units.domain import organisations as verbs
from units.domain.errors import NotAllowed, RegisterError
from units.forms.organisations import OrganisationFilterForm, OrganisationForm, OrganisationYearForm
from units.models import OrganisationYear, Registrant
from units.views.registrant_parts import citizens_of, show_refusal
from units.views.registrants import RegistrantPages, form_methods


def _of_year(name: str, year: int):
    """Number of a year out of the years read for all rows at once."""
    return lambda row: next((getattr(one, name) for one in row.organisation.years.all() if one.year == year), None)


class OrganisationPages(RegistrantPages):
    """Organisations: list, record, form and export."""

    book = verbs.BOOK
    slug = "organisation"
    profile = "organisation"
    title = gettext_lazy("Cơ quan, đơn vị")
    icon = "building"
    form_class = OrganisationForm
    filter_class = OrganisationFilterForm
    detail_template = "units/organisation_detail.html"
    sorts = RegistrantPages.sorts | {"type": ("organisation__type", "sort_key", "id")}

    def facts(self, registrant: Registrant) -> list[tuple]:
        profile = registrant.organisation
        return [
            (_("Tên đơn vị"), registrant.name),
            (_("Loại hình"), profile.get_type_display()),
            (_("Cấp quản lý"), profile.get_managed_by_display()),
            (_("Địa chỉ"), profile.address),
            (_("Chi hội khuyến học"), _("Có") if profile.has_branch else _("Chưa có")),
            (_("Chi hội trưởng"), profile.branch_chair),
            (_("Người liên hệ"), profile.contact),
            (_("Điện thoại"), phones.shown(profile.phone)),
        ]

    def columns(self) -> list[tuple]:
        return [
            (_("Tên đơn vị"), 40, lambda row: row.name),
            (_("Loại hình"), 26, lambda row: str(row.organisation.get_type_display())),
            (_("Cấp quản lý"), 22, lambda row: str(row.organisation.get_managed_by_display())),
            (_("Địa chỉ"), 36, lambda row: row.organisation.address),
            (_("Khu phố, thôn"), 18, lambda row: row.hamlet.name if row.hamlet else ""),
            (_("Có chi hội"), 11, lambda row: "x" if row.organisation.has_branch else ""),
            (_("Chi hội trưởng"), 24, lambda row: row.organisation.branch_chair),
            (_("Người liên hệ"), 24, lambda row: row.organisation.contact),
            (_("Điện thoại"), 16, lambda row: row.organisation.phone),
            *(
                column
                for year in (timezone.localdate().year - 1, timezone.localdate().year)
                for column in (
                    (_("Cán bộ, người lao động %(year)s") % {"year": year}, 12, _of_year("staff", year)),
                    (_("Người học %(year)s") % {"year": year}, 12, _of_year("learners", year)),
                )
            ),
        ]

    def exported(self, rows):
        return rows.prefetch_related("organisation__years")

    def tracks(self, registrant: Registrant) -> list[history.Track]:
        # Years taken away have events only, so their keys are read from the events.
        events = OrganisationYear.events.rel.related_model.objects.filter(organisation=registrant.pk)
        years = sorted(set(events.values_list("pgh_obj_id", "year")))
        return super().tracks(registrant) + [
            history.Track(
                OrganisationYear,
                [key for key, number in years if number == year],
                created=_("Ghi số liệu năm %(year)s") % {"year": year},
                changed=_("Sửa số liệu năm %(year)s") % {"year": year},
                removed=_("Xóa số liệu năm %(year)s") % {"year": year},
                subject=_("Năm %(year)s") % {"year": year},
            )
            for year in sorted({number for _key, number in years}, reverse=True)[:5]
        ]

    def extra(self, request, registrant: Registrant) -> dict:
        return {
            "years": list(registrant.organisation.years.order_by("-year")),
            "with_learners": registrant.organisation.type in WITH_LEARNERS,
            **citizens_of(registrant),
        }


pages = OrganisationPages()


@form_methods
def organisation_year(request, pk):
    """Write an organisation's staff and learners of a year; a year already written is replaced."""
    registrant = pages.kept(request, pk)
    asked = request.GET.get("nam", "")
    stored = registrant.organisation.years.filter(year=asked).first() if asked.isdecimal() and len(asked) < 5 else None
    initial = {"year": stored.year, "staff": stored.staff, "learners": stored.learners} if stored else {}
    form = OrganisationYearForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = verbs.record_year(actor=request.user, organisation=registrant, **form.cleaned_data)
        except RegisterError as error:
            show_refusal(form, error)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        else:
            messages.success(request, _("Đã ghi số liệu năm %(year)s.") % {"year": row.year})
            return redirect("units:organisation-detail", pk)
    context = {"registrant": registrant, "form": form, "stored": stored}
    return render(request, "units/organisation_year.html", context)


@require_POST
def organisation_year_remove(request, pk, year):
    """Take away the numbers of a year that were written by mistake; the history keeps them."""
    registrant = pages.kept(request, pk)
    try:
        verbs.remove_year(actor=request.user, organisation=registrant, year=year)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except RegisterError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Đã xóa số liệu năm %(year)s.") % {"year": year})
    return redirect("units:organisation-detail", pk)
