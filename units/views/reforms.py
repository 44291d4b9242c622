"""Reforms of the map on screen: fill in, look at what would move, confirm; list, undo."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from units import rules
from units.assignment_workbook import assignment_workbook
from units.choices import Level, RegistrantKind
from units.domain.errors import PortalError, RegisterError
from units.domain.place_search import with_names_above
from units.domain.reforms import hamlets, wards
from units.domain.reforms.applying import carry_out
from units.domain.reforms.assigning import AssignmentRefused, read_assignment, to_assign
from units.domain.reforms.plans import KINDS_THAT_ASK_ALL, Plan, Preview, check_assigned, preview
from units.domain.reforms.undoing import may_undo, standing_in_the_way, undo_change
from units.domain.reforms.wards import NOTHING
from units.forms.reforms import (
    MOST_ONE_BY_ONE,
    AssignForm,
    CarryForm,
    CloseForm,
    MergeForm,
    MoveForm,
    RenameForm,
    SplitForm,
)
from units.models import Place, PlaceChange, Registrant
from units.views.places import _commune_to_manage, _require_manager, _show

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HOSTS = [RegistrantKind.HOUSEHOLD, RegistrantKind.CLAN, RegistrantKind.ORGANISATION]


@require_GET
def reform_list(request: HttpRequest, pk: int) -> HttpResponse:
    """What can be rearranged in a commune, old registers that wait, and what was done."""
    commune = _commune_to_manage(request, pk)
    return render(
        request,
        "units/reform_list.html",
        {
            "commune": commune,
            "place": commune,
            "hamlets": Place.objects.filter(parent=commune, level=Level.HAMLET).current().order_by("sort_key"),
            "waiting": wards.waiting_wards(commune),
            "changes": PlaceChange.objects.at(commune).select_related("place").order_by("-pk")[:100],
        },
    )


@require_http_methods(["GET", "POST"])
def hamlet_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge hamlets of a commune."""
    commune = _commune_to_manage(request, pk)
    form = MergeForm(request.POST or None, commune=commune)
    return _page(
        request, commune, form, _("Nhập khu phố, thôn"), lambda: hamlets.plan_merge(actor=request.user, **form.values())
    )


@require_http_methods(["GET", "POST"])
def hamlet_rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give hamlets of a commune other names from a day on."""
    commune = _commune_to_manage(request, pk)
    form = RenameForm(request.POST or None, commune=commune)
    return _page(
        request,
        commune,
        form,
        _("Đổi tên khu phố, thôn"),
        lambda: hamlets.plan_rename(actor=request.user, **form.values()),
        template="units/reform_rename.html",
    )


@require_http_methods(["GET", "POST"])
def hamlet_split(request: HttpRequest, pk: int) -> HttpResponse:
    """Split a hamlet: names first, then groups and single households."""
    hamlet = _hamlet(request, pk)
    form = SplitForm(request.POST or None, hamlet=hamlet, groups=_groups([hamlet])[hamlet.pk], others=_rows([hamlet]))
    return _page(
        request,
        hamlet,
        form,
        _("Chia %(place)s") % {"place": hamlet.name},
        lambda: hamlets.plan_split(actor=request.user, hamlet=hamlet, **form.values()),
        template="units/reform_split.html",
    )


@require_http_methods(["GET", "POST"])
def hamlet_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a hamlet to another commune."""
    hamlet = _hamlet(request, pk)
    form = MoveForm(request.POST or None)
    return _page(
        request,
        hamlet,
        form,
        _("Chuyển %(place)s sang phường, xã khác") % {"place": hamlet.name},
        lambda: hamlets.plan_move(actor=request.user, hamlet=hamlet, **form.cleaned_data),
    )


@require_http_methods(["GET", "POST"])
def hamlet_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End an empty hamlet."""
    hamlet = _hamlet(request, pk)
    form = CloseForm(request.POST or None)
    return _page(
        request,
        hamlet,
        form,
        _("Kết thúc %(place)s") % {"place": hamlet.name},
        lambda: hamlets.plan_close(actor=request.user, hamlet=hamlet, **form.cleaned_data),
    )


@require_http_methods(["GET", "POST"])
def ward_carry(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry the register of an ended ward to its successors."""
    old = _old_ward(request, pk)
    links = wards.successors(old)
    whole = len(links) == 1 and not links[0].partial
    if whole:
        form = forms.Form(request.POST if request.method == "POST" else None)
    else:
        form = _carry_form(request, old, [link.to_place for link in links])
    return _page(
        request,
        old,
        form,
        _("Chuyển sổ của %(place)s") % {"place": old.name},
        lambda: wards.plan_ward(actor=request.user, old=old, choice=NOTHING if whole else form.choice()),
        template="units/reform_carry.html",
        extra={"links": links, "whole": whole},
    )


@require_GET
def ward_assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook of an ended ward: everybody in it, each with a drop-down of the successors."""
    old = _old_ward(request, pk)
    answer = HttpResponse(assignment_workbook(old), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="phan-ve-{old.code}.xlsx"'
    return answer


@require_http_methods(["GET", "POST"])
def ward_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry an ended ward's register as a filled-in workbook says."""
    old = _old_ward(request, pk)
    bound = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AssignForm(*bound, old=old)
    extra = {"links": wards.successors(old), "waiting": to_assign(old).count()}

    def make_plan() -> Plan:
        if form.assigned is None:
            file = form.cleaned_data["file"]
            try:
                form.assigned = read_assignment(actor=request.user, old=old, data=file.read(), file_name=file.name)
            except AssignmentRefused as error:
                for fault in error.faults:
                    form.add_error("file", fault)
                raise
        extra["elsewhere"] = form.assigned.elsewhere
        plan = wards.plan_ward(actor=request.user, old=old, choice=form.assigned.choice)
        extra["told"] = form.told_again(form.assigned)
        return plan

    return _page(
        request,
        old,
        form,
        _("Phân sổ của %(place)s bằng Excel") % {"place": old.name},
        make_plan,
        template="units/reform_assign.html",
        extra=extra,
    )


@require_GET
def reform_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One reform: what ended, what began, how many moved; undo while nothing was built on it."""
    change = _change(request, pk)
    may = may_undo(request.user, change)
    context = {
        "change": change,
        "rows": _counts(change.counts),
        "targets": change.to_communes.select_related("place"),
        "may_undo": may,
        "in_the_way": standing_in_the_way(change) if may and not change.undone_at else "",
    }
    return render(request, "units/reform_detail.html", context)


@require_POST
def reform_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a reform back."""
    change = _change(request, pk)
    if not may_undo(request.user, change):
        raise PermissionDenied
    try:
        undo_change(actor=request.user, change=change)
    except PortalError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Đã hoàn tác. Mọi hộ, đơn vị trở về nơi cũ."))
    return redirect("units:reform-detail", pk=change.pk)


def _page(
    request: HttpRequest,
    place: Place,
    form,
    title: str,
    make_plan: Callable[[], Plan],
    *,
    template: str = "units/reform_form.html",
    extra: dict | None = None,
) -> HttpResponse:
    """Form → preview → done. What was shown must still be what would happen, else it is shown again."""
    context = {"form": form, "title": title, "place": place} | (extra or {})
    if request.method == "POST" and form.is_valid():
        try:
            plan = make_plan()
            shown = preview(plan)
            if plan.kind in KINDS_THAT_ASK_ALL:
                check_assigned(shown)
            elif not plan.targets:
                raise RegisterError(_("Chưa chọn nơi đến nào. Hãy chọn cho ít nhất một khu phố, tổ hoặc hộ."))
            if request.POST.get("seen") == shown.fingerprint:
                change = carry_out(actor=request.user, plan=plan)
                messages.success(request, _("Đã thực hiện. Có thể hoàn tác khi chưa có gì mới ở nơi đến."))
                return redirect("units:reform-detail", pk=change.pk)
            if request.POST.get("seen"):
                messages.warning(request, _("Sổ vừa thay đổi. Hãy xem lại rồi xác nhận; chưa có gì được ghi."))
            context |= extra or {}  # what reading the form found
            context |= _shown(shown, request, told=(extra or {}).get("told", ""))
        except PortalError as error:
            _show(form, error)
    return render(request, template, context)


def _shown(shown: Preview, request: HttpRequest, *, told: str = "") -> dict:
    """Context of the preview. `told`: what a file said, sent back in its place."""
    plan = shown.plan
    names = {hamlet.pk: hamlet.name for hamlet in plan.sources}
    labels = [f"{target.label}, {target.commune.name}" for target in plan.targets]
    rows = [
        {
            "from": names.get(flow.hamlet_id, _("Không thuộc khu phố nào")),
            "kind": RegistrantKind(flow.kind).label,
            "to": labels[flow.target] if flow.target is not None else "",
            "count": flow.count,
        }
        for flow in shown.flows
    ]
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", "seen", "told")
    ]
    if told:
        kept.append(("told", told))
    return {"shown": shown, "flows": rows, "kept": kept, "new_places": labels, "totals": _counts(shown.counts)}


def _counts(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(RegistrantKind(kind).label, count) for kind, count in counts.items() if count]


def _old_ward(request: HttpRequest, pk: int) -> Place:
    """An ended ward whose register the person may take over, at least a part of it."""
    old = get_object_or_404(with_names_above(Place.objects.filter(level=Level.COMMUNE)), pk=pk)
    if not wards.may_carry(request.user, old):
        if rules.scope_of(request.user).covers(old):
            raise PermissionDenied
        raise Http404
    return old


def _hamlet(request: HttpRequest, pk: int) -> Place:
    places = with_names_above(Place.objects.select_related("parent")).filter(level=Level.HAMLET)
    hamlet = get_object_or_404(places, pk=pk)
    _require_manager(request, hamlet.commune)
    return hamlet


def _change(request: HttpRequest, pk: int) -> PlaceChange:
    """Keepers of a place the change started from or reached; others of these places 403, strangers 404."""
    change = get_object_or_404(PlaceChange.objects.visible_to(request.user).select_related("place"), pk=pk)
    reached = [change.place, *(row.place for row in change.to_communes.select_related("place"))]
    if not any(rules.may_manage_hamlets(request.user, place) for place in reached):
        raise PermissionDenied
    return change


def _groups(places: list[Place]) -> dict[int, list[tuple[str, int]]]:
    """Groups ("tổ") of open households by hamlet, with their number of households. One query."""
    found: dict[int, list[tuple[str, int]]] = {place.pk: [] for place in places}
    rows = (
        Registrant.objects.open().households().filter(hamlet__in=places).values_list("hamlet", "household__group_name")
    )
    for hamlet, name, count in rows.annotate(count=Count("pk")).order_by("hamlet", "household__group_name"):
        found[hamlet].append((name, count))
    return found


def _rows(places: list[Place]) -> list[Registrant]:
    """Registrants of the hamlets shown one by one: those that are no household first."""
    rows = Registrant.objects.open().filter(hamlet__in=places, kind__in=HOSTS)
    return list(rows.select_related("household", "hamlet").order_by("-kind", "sort_key", "pk")[:MOST_ONE_BY_ONE])


def _carry_form(request: HttpRequest, old: Place, successors: list[Place]) -> CarryForm:
    counted = dict(
        Registrant.objects.open()
        .filter(commune=old, kind__in=HOSTS)
        .values_list("hamlet")
        .annotate(count=Count("pk"))
        .order_by("hamlet")
    )
    places = list(Place.objects.filter(pk__in=[pk for pk in counted if pk]).order_by("sort_key"))
    groups = _groups(places)
    asked = request.GET.get("tung-ho", "")  # the hamlet whose households are shown one by one
    one_by_one = [place for place in places if str(place.pk) == asked]
    return CarryForm(
        request.POST if request.method == "POST" else None,
        wards=[place for place in successors if rules.may_manage_hamlets(request.user, place)],
        hamlets=[(place, counted[place.pk]) for place in places],
        groups=[(place, name, count) for place in places for name, count in groups[place.pk]],
        others=_rows(one_by_one) if one_by_one else [],
        ward_level=counted.get(None, 0),
    )
